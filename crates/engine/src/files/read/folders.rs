//! Folders whose names tell values, as Hive, Spark and COPY make them: `tickets/status=open/data_0.parquet` has a column `status`.
//!
//! It is the same table by its folder and by a pattern. A condition on such a column opens no other folder.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{Array as _, AsArray as _, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, ScalarValue, Statistics};
use datafusion::datasource::TableType;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::listing::helpers::expr_applicable_for_cols;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::object_store::ObjectMeta;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;

use super::open::NULL_FOLDER;
use super::reason::shown;
use crate::error::{Error, Kind};

/// What the names of folders tell of one file, from the outermost on.
pub(super) type Values = Vec<(String, Option<String>)>;

/// What those below a folder tell of a file; nothing for one that has none.
pub(super) fn values(root: &Path, file: &Path) -> Values {
    let inner = file.strip_prefix(root).unwrap_or(file);
    let folders = inner.parent().into_iter().flat_map(Path::components);
    let told = folders.filter_map(|part| match part {
        Component::Normal(name) => {
            let name = name.to_string_lossy();
            let (name, value) = name.split_once('=')?;
            let value = (value != NULL_FOLDER).then(|| decoded(value));
            Some((decoded(name), value))
        }
        _ => None,
    });
    told.collect()
}

/// `%3D` and the like, which stand for letters that names of folders cannot have.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..2).filter(|_| *first == b'%');
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = match byte {
            Some(_) => behind.get(2..).unwrap_or_default(),
            None => behind,
        };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// The columns that all files have from their folders.
///
/// # Errors
/// `Config` if two files have others.
pub(super) fn told(files: &[(PathBuf, Values)]) -> Result<Vec<String>, Error> {
    let names = |values: &Values| {
        values
            .iter()
            .map(|(name, _)| name.clone())
            .collect::<Vec<_>>()
    };
    let Some((first, values)) = files.first() else {
        return Ok(Vec::new());
    };
    let columns = names(values);
    match files.iter().find(|(_, values)| names(values) != columns) {
        None => Ok(columns),
        Some((other, _)) => {
            let reason = format!(
                "folders named column=value are columns, and {} lies in others than {}",
                shown(other),
                shown(first)
            );
            Err(Error::new(Kind::Config, reason)
                .with_hint("a pattern such as 'folder/status=*/*.parquet' chooses among the files"))
        }
    }
}

/// Files in such folders as a table.
#[derive(Debug)]
pub(super) struct Folders {
    format: Arc<dyn FileFormat>,
    table: TableSchema,
    files: Vec<PartitionedFile>,
}

impl Folders {
    pub(super) fn new(
        format: Arc<dyn FileFormat>,
        columns: &SchemaRef,
        told: &[String],
        files: Vec<(ObjectMeta, Values)>,
    ) -> Self {
        // What a folder says goes for the file, too.
        let own = columns
            .fields()
            .iter()
            .filter(|field| !told.contains(field.name()));
        let own: Vec<FieldRef> = own.cloned().collect();
        let text = told
            .iter()
            .map(|name| Arc::new(Field::new(name, DataType::Utf8, true)));
        let files = files.into_iter().map(|(object, values)| {
            let values = values
                .into_iter()
                .map(|(_, value)| ScalarValue::Utf8(value));
            PartitionedFile::new_from_meta(object).with_partition_values(values.collect())
        });
        Self {
            format,
            table: TableSchema::builder(Arc::new(Schema::new(own)))
                .with_table_partition_cols(text.collect::<Vec<_>>())
                .build(),
            files: files.collect(),
        }
    }

    /// Whether a condition is about folders alone.
    fn about_folders(&self, condition: &Expr) -> bool {
        let columns = self.table.table_partition_cols();
        let names: Vec<&str> = columns.iter().map(|field| field.name().as_str()).collect();
        expr_applicable_for_cols(&names, condition)
    }

    /// The files in folders that fit the conditions.
    fn chosen(&self, state: &dyn Session, conditions: &[Expr]) -> Result<Vec<PartitionedFile>> {
        let about = conditions
            .iter()
            .filter(|it| self.about_folders(it))
            .cloned();
        let Some(condition) = conjunction(about) else {
            return Ok(self.files.clone());
        };
        let columns = Arc::new(Schema::new(self.table.table_partition_cols().clone()));
        let named = DFSchema::try_from(Arc::clone(&columns))?;
        let condition = state.create_physical_expr(condition, &named)?;
        let mut chosen = Vec::new();
        for file in &self.files {
            let values = file.partition_values.iter().map(ScalarValue::to_array);
            let values = values.collect::<Result<Vec<_>>>()?;
            let row = RecordBatch::try_new(Arc::clone(&columns), values)?;
            let fits = condition.evaluate(&row)?.into_array(1)?;
            let fits = fits.as_boolean();
            if fits.is_valid(0) && fits.value(0) {
                chosen.push(file.clone());
            }
        }
        Ok(chosen)
    }
}

#[async_trait]
impl TableProvider for Folders {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.table.table_schema())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        conditions: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let fit = conditions.iter().map(|it| match self.about_folders(it) {
            true => TableProviderFilterPushDown::Exact,
            false => TableProviderFilterPushDown::Inexact,
        });
        Ok(fit.collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        conditions: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut files = self.chosen(state, conditions)?;
        let schema = self.table.table_schema();
        if files.is_empty() {
            let columns = match projection {
                Some(places) => Arc::new(schema.project(places)?),
                None => Arc::clone(schema),
            };
            return Ok(Arc::new(EmptyExec::new(columns)));
        }
        let place = ObjectStoreUrl::local_filesystem();
        let store = state.runtime_env().object_store(&place)?;
        if state.config().collect_statistics() {
            for file in &mut files {
                let own = Arc::clone(self.table.file_schema());
                let about = self
                    .format
                    .infer_stats(state, &store, own, &file.object_meta)
                    .await?;
                *file = file.clone().with_statistics(Arc::new(about));
            }
        }
        let about = files.iter().map(|file| file.statistics.as_deref());
        let about = match about.collect::<Option<Vec<_>>>() {
            Some(about) => Statistics::try_merge_iter(about, schema)?,
            None => Statistics::new_unknown(schema),
        };
        let groups = FileGroup::new(files).split_files(state.config().target_partitions());
        let scan = FileScanConfigBuilder::new(place, self.format.file_source(self.table.clone()))
            .with_file_groups(groups)
            .with_statistics(about)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        self.format.create_physical_plan(state, scan).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_tell_values() {
        for (file, expected) in [
            ("/r=1/t/a.csv", vec![]),
            ("/r=1/t/s=open/a=b.csv", vec![("s", Some("open"))]),
            (
                "/r=1/t/s=a%2Fb%3D/x/d=__HIVE_DEFAULT_PARTITION__/a.csv",
                vec![("s", Some("a/b=")), ("d", None)],
            ),
            (
                "/r=1/t/s=100%/日=%E6%9C%AC/a.csv",
                vec![("s", Some("100%")), ("日", Some("本"))],
            ),
        ] {
            let told = values(Path::new("/r=1/t"), Path::new(file));
            let told: Vec<_> = told
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_deref()))
                .collect();
            assert_eq!(told, expected, "{file}");
        }
    }
}
