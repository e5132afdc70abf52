//! Files that are read from their beginning to their end by readers of our own, as a format of DataFusion.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{GetExt as _, Statistics};
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{
    FileOpenFuture, FileOpener, FileScanConfig, FileScanConfigBuilder, FileSource,
};
use datafusion::datasource::projection::{ProjectionOpener, SplitProjection};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::object_store::local::LocalFileSystem;
use datafusion::object_store::path::Path as Location;
use datafusion::object_store::{ObjectMeta, ObjectStore};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::projection::ProjectionExprs;
use datafusion::physical_plan::{ExecutionPlan, apply_expression_roots};
use futures::stream::{StreamExt as _, iter};

use super::csv::Csv;
use super::ipc;
use crate::error::Error;

/// Rows of a batch, unless the session says something else.
const TOGETHER: usize = 8192;

/// What the files are.
#[derive(Debug, Clone)]
pub(super) enum Whole {
    Csv(Csv),
    Arrow,
}

impl Whole {
    fn packed(&self) -> FileCompressionType {
        match self {
            Self::Csv(csv) => csv.packed,
            Self::Arrow => FileCompressionType::UNCOMPRESSED,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Csv(_) => "csv",
            Self::Arrow => "arrow",
        }
    }
}

/// Where a file of a plan lies.
pub(super) fn path_of(location: &Location) -> Result<PathBuf> {
    Ok(LocalFileSystem::new().path_to_filesystem(location)?)
}

#[async_trait]
impl FileFormat for Whole {
    fn get_ext(&self) -> String {
        self.name().to_owned()
    }

    fn get_ext_with_compression(&self, packed: &FileCompressionType) -> Result<String> {
        Ok(format!("{}{}", self.name(), packed.get_ext()))
    }

    fn compression_type(&self) -> Option<FileCompressionType> {
        Some(self.packed())
    }

    /// Tables know their columns before; see `columns`.
    async fn infer_schema(
        &self,
        _state: &dyn Session,
        _store: &Arc<dyn ObjectStore>,
        _objects: &[ObjectMeta],
    ) -> Result<SchemaRef> {
        Ok(Arc::new(Schema::empty()))
    }

    async fn infer_stats(
        &self,
        _state: &dyn Session,
        _store: &Arc<dyn ObjectStore>,
        schema: SchemaRef,
        _object: &ObjectMeta,
    ) -> Result<Statistics> {
        Ok(Statistics::new_unknown(&schema))
    }

    async fn create_physical_plan(
        &self,
        _state: &dyn Session,
        scan: FileScanConfig,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let scan = FileScanConfigBuilder::from(scan).with_file_compression_type(self.packed());
        Ok(DataSourceExec::from_data_source(scan.build()))
    }

    fn file_source(&self, table: TableSchema) -> Arc<dyn FileSource> {
        Arc::new(Rows {
            files: self.clone(),
            projection: SplitProjection::unprojected(&table),
            table,
            together: TOGETHER,
            metrics: ExecutionPlanMetricsSet::new(),
        })
    }
}

/// The rows of such files in a plan.
#[derive(Clone)]
struct Rows {
    files: Whole,
    table: TableSchema,
    projection: SplitProjection,
    together: usize,
    metrics: ExecutionPlanMetricsSet,
}

impl FileSource for Rows {
    fn create_file_opener(
        &self,
        _store: Arc<dyn ObjectStore>,
        _scan: &FileScanConfig,
        _partition: usize,
    ) -> Result<Arc<dyn FileOpener>> {
        let columns = self.table.file_schema();
        let opener = Opener {
            files: self.files.clone(),
            wanted: Arc::new(columns.project(&self.projection.file_indices)?),
            together: self.together,
        };
        ProjectionOpener::try_new(self.projection.clone(), Arc::new(opener), columns)
    }

    fn table_schema(&self) -> &TableSchema {
        &self.table
    }

    fn with_batch_size(&self, together: usize) -> Arc<dyn FileSource> {
        Arc::new(Self {
            together,
            ..self.clone()
        })
    }

    fn try_pushdown_projection(
        &self,
        projection: &ProjectionExprs,
    ) -> Result<Option<Arc<dyn FileSource>>> {
        let merged = self.projection.source.try_merge(projection)?;
        Ok(Some(Arc::new(Self {
            projection: SplitProjection::new(self.table.file_schema(), &merged),
            ..self.clone()
        })))
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        Some(&self.projection.source)
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        &self.metrics
    }

    fn file_type(&self) -> &str {
        self.files.name()
    }

    /// Where records begin is known from the beginning on only.
    fn supports_repartitioning(&self) -> bool {
        false
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        apply_expression_roots(self.projection.source.iter(), visit)
    }
}

struct Opener {
    files: Whole,
    wanted: SchemaRef,
    together: usize,
}

impl FileOpener for Opener {
    fn open(&self, file: PartitionedFile) -> Result<FileOpenFuture> {
        let path = path_of(&file.object_meta.location)?;
        let (files, wanted, together) =
            (self.files.clone(), Arc::clone(&self.wanted), self.together);
        Ok(Box::pin(async move {
            type Rows = Box<dyn Iterator<Item = std::result::Result<RecordBatch, Error>> + Send>;
            let rows = match files {
                Whole::Csv(csv) => csv
                    .rows(&path, &wanted, together)
                    .map(|it| Box::new(it) as Rows),
                Whole::Arrow => ipc::rows(&path, &wanted).map(|it| Box::new(it) as Rows),
            };
            let rows = rows.map_err(Error::into_datafusion)?;
            Ok(iter(rows)
                .map(|batch| batch.map_err(Error::into_datafusion))
                .boxed())
        }))
    }
}

impl fmt::Debug for Rows {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", self.files)
    }
}
