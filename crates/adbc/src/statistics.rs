//! How many rows tables have, where a scan has counted them.
//!
//! No API tells statistics, and a guess of ours would pass for one of the vendor's: only what was counted is told. It is
//! approximate all the same, because rows come and go since then.

use std::sync::Arc;

use adbc_core::constants::ADBC_STATISTIC_ROW_COUNT_KEY;
use adbc_core::schemas::{
    GET_STATISTICS_SCHEMA, STATISTIC_VALUE_SCHEMA, STATISTICS_DB_SCHEMA_SCHEMA, STATISTICS_SCHEMA,
};
use arrow::array::{
    ArrayRef, BooleanArray, Int16Array, Int64Array, RecordBatch, StringArray, UnionArray,
    new_empty_array, new_null_array,
};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use zuzen_engine::{CATALOG, Engine};

use crate::objects::{list, structs};
use crate::pattern::Pattern;

/// A table and its rows.
type Counted = (String, i64);

/// The rows of tables whose catalog, schema and name fit.
///
/// # Errors
/// If Arrow refuses the batch.
pub(crate) fn statistics(
    engine: &Engine,
    wanted: &[Pattern; 3],
) -> Result<RecordBatch, ArrowError> {
    let [catalog, schema, table] = wanted;
    let schemas: Vec<(&str, Vec<Counted>)> = engine
        .connections()
        .iter()
        .filter(|connection| schema.fits(connection.name()))
        .map(|connection| {
            let tables = connection.tables();
            let fitting = tables.iter().filter(|it| table.fits(&it.name));
            let counted = fitting.filter_map(|it| {
                let rows = connection.counted(&it.name)?;
                Some((it.name.clone(), i64::try_from(rows).ok()?))
            });
            (connection.name(), counted.collect())
        })
        .collect();
    let catalogs: Vec<&[(&str, Vec<Counted>)]> = match catalog.fits(CATALOG) {
        true => vec![&schemas],
        false => Vec::new(),
    };
    let names: StringArray = catalogs.iter().map(|_| Some(CATALOG)).collect();
    let below = list(
        &STATISTICS_DB_SCHEMA_SCHEMA,
        catalogs.iter().map(|all| Some(*all)),
        of_schemas,
    )?;
    RecordBatch::try_new(
        Arc::clone(&GET_STATISTICS_SCHEMA),
        vec![Arc::new(names), below],
    )
}

fn of_schemas(all: &[&(&str, Vec<Counted>)]) -> Result<ArrayRef, ArrowError> {
    let names: StringArray = all.iter().map(|(name, _)| Some(*name)).collect();
    let below = list(
        &STATISTICS_SCHEMA,
        all.iter().map(|(_, tables)| Some(tables.as_slice())),
        of_tables,
    )?;
    structs(
        &STATISTICS_DB_SCHEMA_SCHEMA,
        vec![Arc::new(names), below],
        all.len(),
    )
}

fn of_tables(all: &[&Counted]) -> Result<ArrayRef, ArrowError> {
    let names: StringArray = all.iter().map(|(name, _)| Some(name.as_str())).collect();
    let rows: Int64Array = all.iter().map(|(_, rows)| Some(*rows)).collect();
    let key = Int16Array::from(vec![ADBC_STATISTIC_ROW_COUNT_KEY; all.len()]);
    let given: Vec<ArrayRef> = vec![
        Arc::new(names),
        // The table as a whole.
        new_null_array(&DataType::Utf8, all.len()),
        Arc::new(key),
        whole_numbers(rows)?,
        Arc::new(BooleanArray::from(vec![true; all.len()])),
    ];
    structs(&STATISTICS_SCHEMA, given, all.len())
}

/// Numbers as the union that values of statistics are.
fn whole_numbers(numbers: Int64Array) -> Result<ArrayRef, ArrowError> {
    let DataType::Union(fields, _) = STATISTIC_VALUE_SCHEMA.clone() else {
        return Err(ArrowError::SchemaError(
            "the schema of statistics has changed".to_owned(),
        ));
    };
    let kinds = vec![0_i8; numbers.len()];
    let places: Vec<i32> = (0..).take(numbers.len()).collect();
    let mut children: Vec<ArrayRef> = vec![Arc::new(numbers)];
    let rest = fields.iter().skip(1);
    children.extend(rest.map(|(_, field)| new_empty_array(field.data_type())));
    let values = UnionArray::try_new(fields, kinds.into(), Some(places.into()), children)?;
    Ok(Arc::new(values))
}
