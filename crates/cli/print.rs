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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use arrow::array::{Int64Array, ListBuilder, StringBuilder, TimestampMicrosecondArray};

    use super::*;

    const FORMATS: [Format; 4] = [Format::Table, Format::Csv, Format::Json, Format::Ndjson];

    fn rows() -> RecordBatch {
        let mut tags = ListBuilder::new(StringBuilder::new());
        tags.append_value([Some("vip"), Some("say \"hi\"")]);
        tags.append_null();
        let names = StringArray::from(vec![Some("a,\"b\""), None]);
        let instants = TimestampMicrosecondArray::from(vec![Some(1_795_305_600_000_000), None]);
        RecordBatch::try_from_iter(vec![
            (
                "id",
                Arc::new(Int64Array::from(vec![9_007_199_254_740_993, 2])) as ArrayRef,
            ),
            ("name", Arc::new(names) as ArrayRef),
            ("tags", Arc::new(tags.finish()) as ArrayRef),
            ("at", Arc::new(instants.with_timezone("+00:00")) as ArrayRef),
        ])
        .unwrap()
    }

    /// What reaches stdout, and how it ended.
    fn printed(
        schema: &SchemaRef,
        batches: Vec<Result<RecordBatch, Error>>,
        format: Format,
        zone: &Zone,
    ) -> (String, Result<Printed, Failure>) {
        let mut out = Vec::new();
        let rows = futures::stream::iter(batches);
        let outcome = futures::executor::block_on(print(schema, rows, format, zone, &mut out));
        (String::from_utf8(out).unwrap(), outcome)
    }

    #[test]
    fn each_format_writes_the_same_values() {
        let batch = rows();
        let (schema, zone) = (batch.schema(), Zone::new(Some("Asia/Tokyo")));
        for (format, text) in [
            (
                Format::Csv,
                "id,name,tags,at\n\
                 9007199254740993,\"a,\"\"b\"\"\",\"[\"\"vip\"\",\"\"say \\\"\"hi\\\"\"\"\"]\",2026-11-22T09:00:00+09:00\n\
                 2,,,\n",
            ),
            (
                Format::Ndjson,
                "{\"id\":9007199254740993,\"name\":\"a,\\\"b\\\"\",\"tags\":[\"vip\",\"say \\\"hi\\\"\"],\
                 \"at\":\"2026-11-22T09:00:00+09:00\"}\n\
                 {\"id\":2,\"name\":null,\"tags\":null,\"at\":null}\n",
            ),
            (
                Format::Json,
                "[{\"id\":9007199254740993,\"name\":\"a,\\\"b\\\"\",\"tags\":[\"vip\",\"say \\\"hi\\\"\"],\
                 \"at\":\"2026-11-22T09:00:00+09:00\"},\
                 {\"id\":2,\"name\":null,\"tags\":null,\"at\":null}]\n",
            ),
            (
                Format::Table,
                "+------------------+-------+-----------------+---------------------------+\n\
                 | id               | name  | tags            | at                        |\n\
                 +------------------+-------+-----------------+---------------------------+\n\
                 | 9007199254740993 | a,\"b\" | [vip, say \"hi\"] | 2026-11-22 09:00:00+09:00 |\n\
                 |                2 | NULL  | NULL            | NULL                      |\n\
                 +------------------+-------+-----------------+---------------------------+\n",
            ),
        ] {
            let (shown, outcome) = printed(&schema, vec![Ok(batch.clone())], format, &zone);
            assert_eq!(shown, text);
            assert!(matches!(outcome, Ok(Printed::Rows(2))), "{format:?}");
            // However the rows are cut into batches.
            let halves = vec![Ok(batch.slice(0, 1)), Ok(batch.slice(1, 1))];
            assert_eq!(printed(&schema, halves, format, &zone).0, text);
        }
    }

    #[test]
    fn no_rows_have_a_shape_too() {
        let schema = rows().schema();
        for (format, text) in [
            (Format::Csv, "id,name,tags,at\n"),
            (Format::Json, "[]\n"),
            (Format::Ndjson, ""),
            (
                Format::Table,
                "+----+------+------+----+\n| id | name | tags | at |\n+----+------+------+----+\n\
                 +----+------+------+----+\n",
            ),
        ] {
            for batches in [vec![], vec![Ok(rows().slice(0, 0))]] {
                let (shown, outcome) = printed(&schema, batches, format, &Zone::new(None));
                assert_eq!(shown, text, "{format:?}");
                assert!(matches!(outcome, Ok(Printed::Rows(0))), "{format:?}");
            }
        }
    }

    #[test]
    fn half_an_answer_is_not_shown_where_it_would_look_whole() {
        let batch = rows();
        for format in FORMATS {
            let broken = Err(Error::new(Kind::Network, "gone"));
            let batches = vec![Ok(batch.clone()), broken];
            let (shown, outcome) = printed(&batch.schema(), batches, format, &Zone::new(None));
            assert!(
                matches!(outcome, Err(Failure::Failed(error)) if error.kind() == Kind::Network)
            );
            let streams = matches!(format, Format::Csv | Format::Ndjson);
            assert_eq!(!shown.is_empty(), streams, "{format:?}: {shown}");
        }
    }

    #[test]
    fn columns_of_one_name_stay_apart_in_json() {
        let number = |number| Arc::new(Int64Array::from(vec![number])) as ArrayRef;
        let batch = RecordBatch::try_from_iter(vec![
            ("id", number(1)),
            ("id", number(2)),
            ("id_2", number(3)),
            ("id", number(4)),
        ])
        .unwrap();
        let zone = Zone::new(None);
        let (shown, _) = printed(&batch.schema(), vec![Ok(batch)], Format::Ndjson, &zone);
        assert_eq!(shown, "{\"id\":1,\"id_2\":2,\"id_2_2\":3,\"id_3\":4}\n");
    }

    #[test]
    fn plans_are_shown_as_they_are() {
        let plans = |rows: &[(&str, &str)]| {
            let (kinds, bodies): (Vec<&str>, Vec<&str>) = rows.iter().copied().unzip();
            RecordBatch::try_from_iter(vec![
                ("plan_type", Arc::new(StringArray::from(kinds)) as ArrayRef),
                ("plan", Arc::new(StringArray::from(bodies)) as ArrayRef),
            ])
            .unwrap()
        };
        for (rows, text) in [
            (
                vec![
                    ("logical_plan", "Scan"),
                    ("physical_plan", "ApiScan\n  | GET\n"),
                ],
                "ApiScan\n  | GET\n",
            ),
            (vec![("Plan with Metrics", "ApiScan")], "ApiScan\n"),
            (
                vec![
                    ("initial_logical_plan", "Scan"),
                    ("physical_plan", "ApiScan"),
                ],
                "initial_logical_plan:\nScan\n\nphysical_plan:\nApiScan\n",
            ),
        ] {
            let batch = plans(&rows);
            let zone = Zone::new(None);
            let (shown, outcome) = printed(&batch.schema(), vec![Ok(batch)], Format::Table, &zone);
            assert_eq!(shown, text);
            assert!(matches!(outcome, Ok(Printed::Plan)));
        }
    }

    #[test]
    fn a_statement_without_columns_prints_nothing() {
        let schema: SchemaRef = Arc::new(Schema::empty());
        for format in FORMATS {
            let (shown, outcome) = printed(&schema, vec![], format, &Zone::new(None));
            assert_eq!(shown, "");
            assert!(matches!(outcome, Ok(Printed::Nothing)));
        }
    }
}
