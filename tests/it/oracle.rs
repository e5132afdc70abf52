//! The same data in plain in-memory tables: the vendor's database read around the API, decoded by code of its own.
//!
//! It takes names, types and JSON paths from the declared tables and nothing else from the engine.

use std::sync::{Arc, OnceLock};

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, ListBuilder, PrimitiveBuilder, RecordBatch,
    StringArray, StringBuilder,
};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, TimeUnit};
use datafusion::catalog::{
    CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider,
};
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionConfig, SessionContext};
use serde_json::Value;
use zuzen_engine::Engine;
use zuzen_simulator::Account;

use crate::stage;

/// A column as the table file declares it.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// `int64`, `text`, `json`, `list<text>`, …
    pub(crate) kind: String,
    /// The table that its values are keys of.
    pub(crate) refers: Option<String>,
    path: Vec<String>,
}

/// A declared table and its true rows.
#[derive(Debug, Clone)]
pub(crate) struct Truth {
    pub(crate) name: String,
    pub(crate) key: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: RecordBatch,
    /// The rows as JSON.
    pub(crate) values: Vec<Value>,
    /// Keys that are deliberately no columns.
    pub(crate) ignored: Vec<String>,
    /// Declared paths, pseudo-columns included.
    pub(crate) paths: Vec<Vec<String>>,
}

/// The frozen account's tables, made once.
pub(crate) fn frozen() -> &'static [Truth] {
    static FROZEN: OnceLock<Vec<Truth>> = OnceLock::new();
    FROZEN.get_or_init(|| truth(&stage::frozen()))
}

/// Every declared table with its rows.
pub(crate) fn truth(account: &Account) -> Vec<Truth> {
    let nowhere = "URL=http://127.0.0.1:1;User=a@example.com;ApiToken=x";
    let engine = Engine::builder()
        .connection("zendesk", nowhere)
        .build()
        .unwrap();
    let connector = engine.connections()[0].connector();
    let tables = connector.tables.iter();
    tables
        .map(|table| {
            let columns: Vec<Column> = table
                .columns
                .iter()
                .filter(|column| !column.pseudo)
                .map(|column| Column {
                    name: column.name.clone(),
                    kind: column.kind.to_string(),
                    refers: column.reference.clone(),
                    path: column.path.clone(),
                })
                .collect();
            let values = match &table.child {
                None => account.truth(&table.name),
                Some(_) => unnested(&engine, &table.name, account),
            };
            let columns: Vec<Column> = match &table.child {
                None => columns,
                Some(_) => columns.into_iter().map(Column::by_name).collect(),
            };
            Truth {
                name: table.name.clone(),
                key: match &table.child {
                    None => table.key.clone().unwrap_or_default(),
                    // Its elements have none; the row that holds them does.
                    Some(_) => table.columns[0].name.clone(),
                },
                rows: batch(&table.name, &columns, &values),
                columns,
                values,
                ignored: table.ignore.clone(),
                paths: match &table.child {
                    None => paths(table.columns.iter().map(|column| &column.path)),
                    Some(_) => paths(table.columns.iter().map(|it| vec![it.name.clone()])),
                },
            }
        })
        .collect()
}

fn paths<P: AsRef<[String]>>(paths: impl Iterator<Item = P>) -> Vec<Vec<String>> {
    paths.map(|path| path.as_ref().to_vec()).collect()
}

impl Column {
    /// The same in rows that are keyed by the names of columns.
    fn by_name(self) -> Self {
        Self {
            path: vec![self.name.clone()],
            ..self
        }
    }
}

/// The rows of a table over a list of another one, made of that one's true rows, keyed by the names of columns.
fn unnested(engine: &Engine, name: &str, account: &Account) -> Vec<Value> {
    let connector = engine.connections()[0].connector();
    let table = connector.table(name).unwrap();
    let child = table.child.as_ref().unwrap();
    let parent = connector.table(&child.of).unwrap();
    let path_of = |name: &str| parent.column(name).unwrap().path.clone();
    let list = path_of(&child.list);
    let mut rows = Vec::new();
    for row in account.truth(&child.of) {
        let lists: Vec<(&str, &Value)> = match &child.split {
            None => vec![("", lookup(&row, &list))],
            Some(split) => split
                .members
                .iter()
                .map(|member| (member.as_str(), &lookup(&row, &list)[member]))
                .collect(),
        };
        for (member, list) in lists {
            let elements: Vec<&Value> = match list {
                Value::Null => Vec::new(),
                Value::Array(elements) => elements.iter().collect(),
                alone => vec![alone],
            };
            for (place, element) in elements.into_iter().enumerate() {
                let mut made = serde_json::Map::new();
                for column in &table.columns {
                    let origin = child.origin(&column.name);
                    let is_split = child.split.as_ref().map(|it| &it.column) == Some(&column.name);
                    let value = match origin {
                        Some(origin) => lookup(&row, &path_of(origin)).clone(),
                        None if child.element.as_ref() == Some(&column.name) => element.clone(),
                        None if is_split => Value::from(member),
                        None if column.name == "position" => Value::from(place + 1),
                        None => lookup(element, &column.path).clone(),
                    };
                    made.insert(column.name.clone(), value);
                }
                rows.push(Value::Object(made));
            }
        }
    }
    rows
}

/// A plain DataFusion session that holds `tables` in each of these schemas; the first is the default.
pub(crate) fn session(tables: &[Truth], schemas: &[&str]) -> SessionContext {
    let mut config = SessionConfig::new()
        .with_default_catalog_and_schema("zuzen", schemas[0])
        .with_create_default_catalog_and_schema(false)
        .with_target_partitions(1);
    // As the engine reads numbers: 0.01 is a decimal.
    config.options_mut().sql_parser.parse_float_as_decimal = true;
    let context = SessionContext::new_with_config(config);
    let catalog = MemoryCatalogProvider::new();
    for schema in schemas {
        let provider = MemorySchemaProvider::new();
        for table in tables {
            let rows = MemTable::try_new(table.rows.schema(), vec![vec![table.rows.clone()]]);
            provider
                .register_table(table.name.clone(), Arc::new(rows.unwrap()))
                .unwrap();
        }
        catalog.register_schema(schema, Arc::new(provider)).unwrap();
    }
    context.register_catalog("zuzen", Arc::new(catalog));
    context
}

fn batch(table: &str, columns: &[Column], rows: &[Value]) -> RecordBatch {
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns
        .iter()
        .map(|column| {
            let cells: Vec<&Value> = rows.iter().map(|row| lookup(row, &column.path)).collect();
            let array = array(&cells, &column.kind).unwrap_or_else(|cell| {
                panic!("{table}.{}: {cell} is no {}", column.name, column.kind)
            });
            (
                Field::new(&column.name, array.data_type().clone(), true),
                array,
            )
        })
        .unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

/// The key under which a row holds what the API sends for it, where the row says more than that: a bare value, or an
/// object without the key it was asked for with.
const ITEM: &str = "_item";

/// What lies at a path; a missing key is NULL. The empty path is the row as the API sends it.
pub(crate) fn lookup<'a>(row: &'a Value, path: &[String]) -> &'a Value {
    if path.is_empty() {
        return row.get(ITEM).unwrap_or(row);
    }
    path.iter()
        .try_fold(row, |value, key| value.get(key))
        .unwrap_or(&Value::Null)
}

/// A column of cells; the first cell that does not fit otherwise.
fn array(cells: &[&Value], kind: &str) -> Result<ArrayRef, Value> {
    fn each<'a, T>(
        cells: &[&'a Value],
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Vec<Option<T>>, Value> {
        cells
            .iter()
            .map(|cell| match cell {
                Value::Null => Ok(None),
                cell => read(cell).map(Some).ok_or_else(|| (*cell).clone()),
            })
            .collect()
    }
    Ok(match kind {
        "int64" => Arc::new(Int64Array::from(each(cells, Value::as_i64)?)),
        "float64" => Arc::new(Float64Array::from(each(cells, Value::as_f64)?)),
        "bool" => Arc::new(BooleanArray::from(each(cells, Value::as_bool)?)),
        "text" => Arc::new(StringArray::from(each(cells, Value::as_str)?)),
        "json" => Arc::new(StringArray::from(each(cells, |cell| {
            Some(cell.to_string())
        })?)),
        "timestamp" => {
            let texts = each(cells, |cell| cell.as_str().map(dashed))?;
            let texts: ArrayRef = Arc::new(StringArray::from(texts));
            let kind = DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into()));
            let strict = CastOptions {
                safe: false,
                ..CastOptions::default()
            };
            cast_with_options(&texts, &kind, &strict).unwrap()
        }
        "date" => {
            let texts = each(cells, Value::as_str)?;
            let texts: ArrayRef = Arc::new(StringArray::from(texts));
            cast(&texts, &DataType::Date32).unwrap()
        }
        "list<int64>" => {
            let mut lists = ListBuilder::new(PrimitiveBuilder::<Int64Type>::new());
            for list in each(cells, Value::as_array)? {
                lists.append_option(
                    list.map(|list| list.iter().map(Value::as_i64).collect::<Vec<_>>()),
                );
            }
            Arc::new(lists.finish())
        }
        "list<text>" => {
            let mut lists = ListBuilder::new(StringBuilder::new());
            for list in each(cells, Value::as_array)? {
                lists.append_option(
                    list.map(|list| list.iter().map(Value::as_str).collect::<Vec<_>>()),
                );
            }
            Arc::new(lists.finish())
        }
        other => panic!("the oracle knows no type {other}"),
    })
}

/// Deleted tickets carry times such as `20250525T00:53:18Z`.
fn dashed(time: &str) -> String {
    match time.find('T') {
        Some(8) => format!("{}-{}-{}", &time[..4], &time[4..6], &time[6..]),
        _ => time.to_owned(),
    }
}
