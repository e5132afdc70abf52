//! Rows to stdout, in the format asked for.
//!
//! `table` and `json` write nothing before the last row is in: half an answer looks like an answer. `csv` and `ndjson`
//! write rows as they arrive; a failure after that shows in the exit code.

use std::collections::HashSet;
use std::io::Write;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::writer::{EncoderOptions, JsonFormat, make_encoder};
use arrow::util::pretty::pretty_format_batches;
use arrow::{csv, json};
use futures::{Stream, TryStreamExt as _};
use zuzen_engine::{Error, Kind};

use crate::arguments::Format;
use crate::cell::{Zone, visible};
use crate::exit::Failure;

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Printed {
    /// So many rows.
    Rows(u64),
    /// A plan.
    Plan,
    /// Nothing: a statement without rows.
    Nothing,
}

/// Writes all rows.
pub(crate) async fn print<E>(
    schema: &SchemaRef,
    rows: impl Stream<Item = Result<RecordBatch, E>>,
    format: Format,
    zone: &Zone,
    out: &mut impl Write,
) -> Result<Printed, Failure>
where
    Error: From<E>,
{
    let mut rows = std::pin::pin!(rows.map_err(Error::from));
    if schema.fields().is_empty() {
        let batches: Vec<RecordBatch> = rows.try_collect().await?;
        let count = batches.iter().map(RecordBatch::num_rows).sum::<usize>();
        return Ok(match count {
            0 => Printed::Nothing,
            _ => Printed::Rows(count as u64),
        });
    }
    let mut count = 0;
    match format {
        Format::Table => {
            let batches: Vec<RecordBatch> = rows.try_collect().await?;
            if is_plan(schema) {
                let text = plan(&batches).map_err(unprintable)?;
                out.write_all(text.as_bytes())?;
                return Ok(Printed::Plan);
            }
            count = batches.iter().map(RecordBatch::num_rows).sum();
            let text = table(schema, &batches, zone).map_err(unprintable)?;
            out.write_all(text.as_bytes())?;
        }
        Format::Json => {
            let batches: Vec<RecordBatch> = rows.try_collect().await?;
            let mut writer = json_builder(zone).build::<_, json::writer::JsonArray>(Vec::new());
            for batch in batches {
                count += batch.num_rows();
                write_json(&mut writer, &batch, zone).map_err(unprintable)?;
                out.write_all(&std::mem::take(writer.get_mut()))?;
            }
            writer.finish().map_err(unprintable)?;
            out.write_all(writer.get_ref())?;
            out.write_all(b"\n")?;
        }
        Format::Ndjson => {
            let mut writer = json_builder(zone).build::<_, json::writer::LineDelimited>(Vec::new());
            while let Some(batch) = rows.try_next().await? {
                count += batch.num_rows();
                write_json(&mut writer, &batch, zone).map_err(unprintable)?;
                out.write_all(&std::mem::take(writer.get_mut()))?;
                out.flush()?;
            }
        }
        Format::Csv => {
            let mut headed = false;
            while let Some(batch) = rows.try_next().await? {
                count += batch.num_rows();
                let text = lines(&batch, zone, !headed).map_err(unprintable)?;
                headed = true;
                out.write_all(&text)?;
                out.flush()?;
            }
            if !headed {
                let none = RecordBatch::new_empty(Arc::clone(schema));
                out.write_all(&lines(&none, zone, true).map_err(unprintable)?)?;
            }
        }
    }
    Ok(Printed::Rows(count as u64))
}

fn unprintable(error: ArrowError) -> Failure {
    let reason = format!("a value cannot be written: {error}");
    Error::new(Kind::Unsupported, reason)
        .with_hint("CAST the column to text, or leave it out")
        .into()
}

fn table(schema: &Schema, batches: &[RecordBatch], zone: &Zone) -> Result<String, ArrowError> {
    let texts = zone.texts(schema, batches)?;
    Ok(format!("{}\n", pretty_format_batches(&[texts])?))
}

/// Whether these are the rows of EXPLAIN.
fn is_plan(schema: &Schema) -> bool {
    let names: Vec<&str> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    names == ["plan_type", "plan"]
}

/// Plans as they are: a box around them would wrap or widen every line. Of a logical and a physical one, which is
/// what EXPLAIN without VERBOSE gives, only the physical one says what will be sent.
fn plan(batches: &[RecordBatch]) -> Result<String, ArrowError> {
    let mut plans: Vec<(String, String)> = Vec::new();
    for batch in batches {
        let kinds = texts(batch.column(0))?;
        let bodies = texts(batch.column(1))?;
        let cell = |cells: &StringArray, row: usize| match cells.is_null(row) {
            true => String::new(),
            false => visible(cells.value(row)).trim_end().to_owned(),
        };
        plans.extend((0..batch.num_rows()).map(|row| (cell(&kinds, row), cell(&bodies, row))));
    }
    let kinds: Vec<&str> = plans.iter().map(|(kind, _)| kind.as_str()).collect();
    if kinds == ["logical_plan", "physical_plan"] {
        plans.remove(0);
    }
    if let [(_, body)] = plans.as_slice() {
        return Ok(format!("{body}\n"));
    }
    let blocks: Vec<String> = plans
        .into_iter()
        .map(|(kind, body)| format!("{kind}:\n{body}\n"))
        .collect();
    Ok(blocks.join("\n"))
}

fn texts(column: &ArrayRef) -> Result<StringArray, ArrowError> {
    let column = cast(column, &DataType::Utf8)?;
    let texts = column.as_any().downcast_ref::<StringArray>();
    texts
        .cloned()
        .ok_or_else(|| ArrowError::CastError("a plan is not text".to_owned()))
}

/// Lines of CSV. Lists and structures, which CSV has no way to say, are JSON.
fn lines(batch: &RecordBatch, zone: &Zone, header: bool) -> Result<Vec<u8>, ArrowError> {
    let batch = zone.localize(batch)?;
    let mut fields: Vec<FieldRef> = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        if field.data_type().is_nested() {
            let flat = Field::new(field.name(), DataType::Utf8, true);
            fields.push(Arc::new(flat));
            columns.push(json_texts(field, column, zone)?);
        } else {
            fields.push(Arc::clone(field));
            columns.push(Arc::clone(column));
        }
    }
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?;
    let mut writer = csv::WriterBuilder::new()
        .with_header(header)
        .with_timestamp_tz_format(zone.iso().to_owned())
        .build(Vec::new());
    writer.write(&batch)?;
    Ok(writer.into_inner())
}

fn json_texts(field: &FieldRef, column: &ArrayRef, zone: &Zone) -> Result<ArrayRef, ArrowError> {
    let options = EncoderOptions::default()
        .with_explicit_nulls(true)
        .with_timestamp_tz_format(zone.iso().to_owned());
    let mut encoder = make_encoder(field, column.as_ref(), &options)?;
    let mut texts: Vec<Option<String>> = Vec::with_capacity(column.len());
    for row in 0..column.len() {
        if encoder.is_null(row) {
            texts.push(None);
            continue;
        }
        let mut text = Vec::new();
        encoder.encode(row, &mut text);
        texts.push(Some(String::from_utf8_lossy(&text).into_owned()));
    }
    Ok(Arc::new(StringArray::from(texts)))
}

fn json_builder(zone: &Zone) -> json::WriterBuilder {
    json::WriterBuilder::new()
        .with_explicit_nulls(true)
        .with_timestamp_tz_format(zone.iso().to_owned())
}

fn write_json<F: JsonFormat>(
    writer: &mut json::Writer<Vec<u8>, F>,
    batch: &RecordBatch,
    zone: &Zone,
) -> Result<(), ArrowError> {
    let batch = zone.localize(batch)?;
    // Two columns of a join may share their name; most readers of JSON would keep only the last of them.
    let mut taken = HashSet::new();
    let schema = batch.schema();
    let fields = schema.fields().iter().map(|field| {
        let name = std::iter::once(field.name().clone())
            .chain((2..).map(|number| format!("{}_{number}", field.name())))
            .find(|name| taken.insert(name.clone()));
        let name = name.unwrap_or_else(|| field.name().clone());
        Arc::new(field.as_ref().clone().with_name(name))
    });
    let schema = Schema::new(fields.collect::<Vec<FieldRef>>());
    let batch = RecordBatch::try_new(Arc::new(schema), batch.columns().to_vec())?;
    writer.write(&batch)
}
