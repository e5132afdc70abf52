//! A tenant's true rows as plain in-memory tables, read around both services: live rows only, in the engine's types. It takes
//! nothing from the engine.

use std::sync::{Arc, OnceLock};

use arrow::array::{
    ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit, TimestampMicrosecondType};
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use zuzen_simulator::{Kind, Object, Tenant, Value};

use super::stage;

/// A column that both Data Query and the tenant have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// As Data Query has it.
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// An object and its live rows.
#[derive(Debug, Clone)]
pub(crate) struct Truth {
    pub(crate) object: Object,
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: RecordBatch,
}

/// The frozen tenant's tables, made once.
pub(crate) fn frozen() -> &'static [Truth] {
    static FROZEN: OnceLock<Vec<Truth>> = OnceLock::new();
    FROZEN.get_or_init(|| truth(&stage::frozen()))
}

/// Every object with its live rows.
pub(crate) fn truth(tenant: &Tenant) -> Vec<Truth> {
    Object::ALL
        .iter()
        .map(|object| table(tenant, *object))
        .collect()
}

/// The same as exports tell it: times are cut to their second.
pub(crate) fn in_seconds(tables: &[Truth]) -> Vec<Truth> {
    let cut = |table: &Truth| {
        let arrays = table.rows.columns().iter().map(|array| {
            let Some(times) = array.as_primitive_opt::<TimestampMicrosecondType>() else {
                return Arc::clone(array);
            };
            let cut: TimestampMicrosecondArray =
                times.unary(|micros| micros - micros.rem_euclid(1_000_000));
            Arc::new(cut.with_timezone("+00:00"))
        });
        Truth {
            rows: RecordBatch::try_new(table.rows.schema(), arrays.collect()).unwrap(),
            ..table.clone()
        }
    };
    tables.iter().map(cut).collect()
}

fn table(tenant: &Tenant, object: Object) -> Truth {
    let live: Vec<_> = tenant
        .rows(object)
        .filter(|row| !row.is_deleted())
        .collect();
    let (mut columns, mut fields, mut arrays) = (Vec::new(), Vec::new(), Vec::new());
    for column in object.columns() {
        let cells: Vec<Value> = live.iter().map(|row| column.read(row)).collect();
        let array = array(&cells, column.kind());
        fields.push(Field::new(column.name(), array.data_type().clone(), true));
        arrays.push(array);
        columns.push(Column {
            name: column.name(),
            kind: column.kind(),
        });
    }
    Truth {
        object,
        name: object.table(),
        columns,
        rows: RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap(),
    }
}

/// The engine's type of cells of a kind.
pub(crate) fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Integer => DataType::Int64,
        Kind::Decimal => DataType::Decimal128(18, 6),
        Kind::Boolean => DataType::Boolean,
        Kind::Date => DataType::Date32,
        Kind::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into())),
    }
}

fn array(cells: &[Value], kind: Kind) -> ArrayRef {
    fn each<'a, T>(cells: &'a [Value], read: impl Fn(&'a Value) -> Option<T>) -> Vec<Option<T>> {
        let cell = |cell: &'a Value| match cell {
            Value::Null => None,
            other => Some(read(other).unwrap_or_else(|| panic!("{other:?} is of another kind"))),
        };
        cells.iter().map(cell).collect()
    }
    match kind {
        Kind::Text => Arc::new(StringArray::from(each(cells, |cell| match cell {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        }))),
        Kind::Integer => Arc::new(Int64Array::from(each(cells, |cell| match cell {
            Value::Integer(number) => Some(*number),
            _ => None,
        }))),
        Kind::Decimal => {
            let numbers = Decimal128Array::from(each(cells, Value::millionths));
            Arc::new(numbers.with_precision_and_scale(18, 6).unwrap())
        }
        Kind::Boolean => Arc::new(BooleanArray::from(each(cells, |cell| match cell {
            Value::Boolean(truth) => Some(*truth),
            _ => None,
        }))),
        Kind::Date => Arc::new(Date32Array::from(each(cells, |cell| match cell {
            Value::Date(days) => Some(*days),
            _ => None,
        }))),
        Kind::Timestamp => {
            let micros = each(cells, |cell| match cell {
                Value::Timestamp(millis) => Some(millis * 1_000),
                _ => None,
            });
            Arc::new(TimestampMicrosecondArray::from(micros).with_timezone("+00:00"))
        }
    }
}

/// Adds the tables to a plain session, in the schema `zuora`; makes the session if there is none.
pub(crate) fn session(tables: &[Truth], beside: Option<SessionContext>) -> SessionContext {
    let context = beside.unwrap_or_else(|| crate::oracle::session(&[], &["zuora"]));
    let provider = MemorySchemaProvider::new();
    for table in tables {
        let rows = MemTable::try_new(table.rows.schema(), vec![vec![table.rows.clone()]]);
        provider
            .register_table(table.name.clone(), Arc::new(rows.unwrap()))
            .unwrap();
    }
    let catalog = context.catalog("zuzen").unwrap();
    catalog
        .register_schema("zuora", Arc::new(provider))
        .unwrap();
    context
}
