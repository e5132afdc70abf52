//! The tables that a tenant shows to its queries, those that only look like tables included, and what has changed about their
//! columns since. It refuses to read rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::catalog::TableProvider;

use super::options::QueryOptions;
use super::table::{Closed, Drawn, ObjectTable, Rows, schema};
use super::trino::{Relation, empty, function_names};
use crate::zuora::account::{Object, Tenant};

/// What a job says that may succeed the next time.
pub(super) const TRANSIENT: &str = "Internal message: Service Temporarily Unavailable. Please try again later or contact our \
     support team with the following error code: LINK_30000007";

/// Tables that are listed and that nobody, or not everybody, can read.
const CLOSED: [&str; 4] = [
    "archived_processedusage",
    "archived_usage",
    "guidedusage",
    "user",
];

/// What a tenant has added to its objects and taken from them.
#[derive(Debug, Clone, Default)]
pub(super) struct Drift {
    pub(super) added: BTreeSet<(Object, String)>,
    pub(super) removed: BTreeSet<(Object, String)>,
}

/// The tables at one moment.
#[derive(Debug, Clone)]
pub(super) struct Catalog {
    pub(super) tenant: Arc<Tenant>,
    pub(super) options: QueryOptions,
    pub(super) drift: Drift,
    /// A column that is described and not there.
    pub(super) vanished: Option<&'static str>,
}

impl Catalog {
    /// The names of all tables.
    pub(super) fn tables(&self) -> Vec<String> {
        let objects = Object::ALL.into_iter().map(Object::table);
        let mut tables: Vec<String> = objects.chain(CLOSED.map(str::to_owned)).collect();
        tables.sort_unstable();
        tables
    }

    /// The columns of an object, the hidden one left out.
    fn columns(&self, object: Object) -> Vec<Drawn> {
        let removed = |name: &str| {
            self.drift
                .removed
                .iter()
                .any(|(owner, column)| *owner == object && column.eq_ignore_ascii_case(name))
        };
        let own = object
            .columns()
            .filter(|column| !removed(column.api_name()))
            .map(Drawn::Column);
        let added = self
            .drift
            .added
            .iter()
            .filter(|(owner, _)| *owner == object);
        own.chain(added.map(|(_, name)| Drawn::Added(name.clone())))
            .collect()
    }

    /// Every table, as DataFusion takes them. Without rows they are good for planning.
    pub(super) fn relations(
        &self,
        read_deleted: bool,
        with_rows: bool,
    ) -> Result<Vec<Relation>, String> {
        let zone = &self.options.time_zone;
        let provider = |object: Object,
                        columns: Vec<Drawn>,
                        rows: Rows|
         -> Result<Arc<dyn TableProvider>, String> {
            let schema = schema(&columns, zone);
            if !with_rows {
                return empty(&schema);
            }
            Ok(Arc::new(ObjectTable {
                tenant: Arc::clone(&self.tenant),
                object,
                columns: columns.into(),
                schema,
                rows,
                input_rows: self.options.limits.input_rows,
                complaint: self.options.too_much_input(&object.table()),
            }))
        };
        let mut relations = Vec::new();
        for object in Object::ALL {
            let mut columns = self.columns(object);
            columns.retain(|column| self.vanished != Some(column.name().as_str()));
            let rows = if read_deleted {
                Rows::Deleted
            } else {
                Rows::Live
            };
            let plain = provider(object, columns.clone(), rows)?;
            columns.push(Drawn::Deleted);
            let with_deleted = provider(object, columns, Rows::Both)?;
            relations.push(Relation {
                name: object.table(),
                plain,
                with_deleted,
            });
        }
        for name in CLOSED {
            let table = self.closed(name)?;
            relations.push(Relation {
                name: name.to_owned(),
                plain: Arc::clone(&table),
                with_deleted: table,
            });
        }
        Ok(relations)
    }

    fn closed(&self, name: &str) -> Result<Arc<dyn TableProvider>, String> {
        let columns = closed_columns(name);
        let columns: Vec<Drawn> = columns
            .iter()
            .map(|name| Drawn::Added((*name).to_owned()))
            .collect();
        let schema = schema(&columns, &self.options.time_zone);
        if name == "user" && self.options.administrator {
            return empty(&schema);
        }
        let complaint = if name.starts_with("archived_") {
            TRANSIENT.to_owned()
        } else {
            format!("failed to process object {name}")
        };
        Ok(Arc::new(Closed { schema, complaint }))
    }

    /// The rows of SHOW TABLES.
    pub(super) fn show_tables(&self) -> Result<RecordBatch, String> {
        texts(&[("Table", self.tables())])
    }

    /// The rows of SHOW FUNCTIONS.
    pub(super) fn show_functions() -> Result<RecordBatch, String> {
        texts(&[(
            "Function",
            function_names().into_iter().map(str::to_owned).collect(),
        )])
    }

    /// The rows of DESCRIBE.
    pub(super) fn describe(&self, table: &str) -> Result<RecordBatch, String> {
        let columns = match Object::of_table(table) {
            Some(object) => self.columns(object),
            None => closed_columns(table)
                .iter()
                .map(|name| Drawn::Added((*name).to_owned()))
                .collect(),
        };
        let comments = columns.iter().map(|column| match column {
            Drawn::Column(column) => column.api_name().to_owned(),
            Drawn::Added(name) => name.clone(),
            Drawn::Deleted => "Deleted".to_owned(),
        });
        let kind = |column: &Drawn| column.kind(&self.options.time_zone).to_string();
        texts(&[
            ("Column", columns.iter().map(Drawn::name).collect()),
            ("Type", columns.iter().map(kind).collect()),
            ("Extra", vec![String::new(); columns.len()]),
            ("Comment", comments.collect()),
        ])
    }
}

fn closed_columns(table: &str) -> &'static [&'static str] {
    match table {
        "user" => &["Email", "FirstName", "Id", "LastName", "Username"],
        _ => &["Id", "AccountId", "Quantity"],
    }
}

fn texts(columns: &[(&str, Vec<String>)]) -> Result<RecordBatch, String> {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, _)| Field::new(*name, DataType::Utf8, true))
        .collect();
    let arrays = columns
        .iter()
        .map(|(_, texts)| Arc::new(StringArray::from(texts.clone())) as ArrayRef);
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays.collect())
        .map_err(|error| error.to_string())
}
