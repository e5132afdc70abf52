//! Catalogs with all below them as the nested batch that ADBC wants.

use std::sync::Arc;

use adbc_core::schemas::{
    COLUMN_SCHEMA, CONSTRAINT_SCHEMA, GET_OBJECTS_SCHEMA, OBJECTS_DB_SCHEMA_SCHEMA, TABLE_SCHEMA,
    USAGE_SCHEMA,
};
use arrow::array::{
    ArrayRef, BooleanArray, Int16Array, Int32Array, ListArray, RecordBatch, StringArray,
    StructArray, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;
use zuzen_engine::CATALOG;

use crate::metadata::{Catalog, Column, Constraint, Schema, Table};

/// The batch.
///
/// # Errors
/// If Arrow refuses it.
pub(crate) fn batch(catalogs: &[Catalog]) -> Result<RecordBatch, ArrowError> {
    let names = texts(catalogs.iter().map(|catalog| Some(catalog.name.as_str())));
    let below = list(
        &OBJECTS_DB_SCHEMA_SCHEMA,
        catalogs.iter().map(|catalog| catalog.schemas.as_deref()),
        schemas,
    )?;
    RecordBatch::try_new(Arc::clone(&GET_OBJECTS_SCHEMA), vec![names, below])
}

fn schemas(all: &[&Schema]) -> Result<ArrayRef, ArrowError> {
    let names = texts(all.iter().map(|schema| Some(schema.name.as_str())));
    let below = list(
        &TABLE_SCHEMA,
        all.iter().map(|schema| schema.tables.as_deref()),
        tables,
    )?;
    structs(&OBJECTS_DB_SCHEMA_SCHEMA, vec![names, below], all.len())
}

fn tables(all: &[&Table]) -> Result<ArrayRef, ArrowError> {
    let names = texts(all.iter().map(|table| Some(table.name.as_str())));
    let kinds = texts(all.iter().map(|table| Some(table.kind)));
    let columns = list(
        &COLUMN_SCHEMA,
        all.iter().map(|table| table.columns.as_deref()),
        columns,
    )?;
    let constraints = list(
        &CONSTRAINT_SCHEMA,
        all.iter().map(|table| table.constraints.as_deref()),
        constraints,
    )?;
    structs(
        &TABLE_SCHEMA,
        vec![names, kinds, columns, constraints],
        all.len(),
    )
}

fn columns(all: &[&Column]) -> Result<ArrayRef, ArrowError> {
    let short = |pick: &dyn Fn(&Column) -> Option<i16>| -> ArrayRef {
        Arc::new(all.iter().map(|it| pick(it)).collect::<Int16Array>())
    };
    let int = |pick: &dyn Fn(&Column) -> Option<i32>| -> ArrayRef {
        Arc::new(all.iter().map(|it| pick(it)).collect::<Int32Array>())
    };
    let flag = |value: bool| -> ArrayRef { Arc::new(BooleanArray::from(vec![value; all.len()])) };
    let nothing = || new_null_array(&DataType::Utf8, all.len());
    let given: Vec<ArrayRef> = vec![
        texts(all.iter().map(|it| Some(it.name.as_str()))),
        int(&|it| Some(it.place)),
        texts(all.iter().map(|it| it.remarks.as_deref())),
        short(&|it| it.kind.code),
        texts(all.iter().map(|it| Some(it.kind.name.as_str()))),
        int(&|it| it.kind.size),
        short(&|it| it.kind.scale),
        short(&|it| it.kind.radix()),
        short(&|it| Some(i16::from(it.nullable))),
        // No column has a default.
        nothing(),
        short(&|it| it.kind.moment().map(|(sql, _)| sql).or(it.kind.code)),
        short(&|it| it.kind.moment().map(|(_, part)| part)),
        // Texts are not bounded.
        new_null_array(&DataType::Int32, all.len()),
        texts(
            all.iter()
                .map(|it| Some(if it.nullable { "YES" } else { "NO" })),
        ),
        nothing(),
        nothing(),
        nothing(),
        flag(false),
        flag(false),
    ];
    structs(&COLUMN_SCHEMA, given, all.len())
}

fn constraints(all: &[&Constraint]) -> Result<ArrayRef, ArrowError> {
    let names = texts(all.iter().map(|it| Some(it.name.as_str())));
    let kinds = texts(all.iter().map(|it| {
        Some(match it.target {
            Some(_) => "FOREIGN KEY",
            None => "PRIMARY KEY",
        })
    }));
    let columns = list(
        &DataType::Utf8,
        all.iter().map(|it| Some(std::slice::from_ref(&it.column))),
        |columns: &[&String]| Ok(texts(columns.iter().map(|name| Some(name.as_str())))),
    )?;
    let usage = list(
        &USAGE_SCHEMA,
        all.iter()
            .map(|it| it.target.as_ref().map(std::slice::from_ref)),
        usage,
    )?;
    structs(
        &CONSTRAINT_SCHEMA,
        vec![names, kinds, columns, usage],
        all.len(),
    )
}

fn usage(all: &[&(String, String, String)]) -> Result<ArrayRef, ArrowError> {
    let given = vec![
        texts(all.iter().map(|_| Some(CATALOG))),
        texts(all.iter().map(|(schema, ..)| Some(schema.as_str()))),
        texts(all.iter().map(|(_, table, _)| Some(table.as_str()))),
        texts(all.iter().map(|(.., column)| Some(column.as_str()))),
    ];
    structs(&USAGE_SCHEMA, given, all.len())
}

fn texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

pub(crate) fn structs(
    of: &DataType,
    columns: Vec<ArrayRef>,
    rows: usize,
) -> Result<ArrayRef, ArrowError> {
    let DataType::Struct(fields) = of else {
        return Err(ArrowError::SchemaError(format!("{of} is no struct")));
    };
    let all = StructArray::try_new_with_length(fields.clone(), columns, None, rows)?;
    Ok(Arc::new(all))
}

/// A list for each row; NULL where there is none.
pub(crate) fn list<'a, T: 'a>(
    of: &DataType,
    rows: impl Iterator<Item = Option<&'a [T]>>,
    values: impl FnOnce(&[&'a T]) -> Result<ArrayRef, ArrowError>,
) -> Result<ArrayRef, ArrowError> {
    let mut all: Vec<&'a T> = Vec::new();
    let (mut lengths, mut valid) = (Vec::new(), Vec::new());
    for row in rows {
        lengths.push(row.map_or(0, <[T]>::len));
        valid.push(row.is_some());
        all.extend(row.into_iter().flatten());
    }
    let field = Field::new_list_field(of.clone(), true);
    let all = ListArray::try_new(
        Arc::new(field),
        OffsetBuffer::from_lengths(lengths),
        values(&all)?,
        Some(NullBuffer::from(valid)),
    )?;
    Ok(Arc::new(all))
}
