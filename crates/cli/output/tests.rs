//! What each format shows, whole and broken off.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int64Array, ListBuilder, StringArray, StringBuilder, TimestampMicrosecondArray,
};
use arrow::datatypes::Schema;
use arrow::ipc::reader::StreamReader;

use super::*;

const FORMATS: [Format; 10] = [
    Format::Table,
    Format::Expanded,
    Format::Markdown,
    Format::Csv,
    Format::Tsv,
    Format::Json,
    Format::Ndjson,
    Format::Arrow,
    Format::Parquet,
    Format::Html,
];

fn rows() -> RecordBatch {
    let mut tags = ListBuilder::new(StringBuilder::new());
    tags.append_value([Some("vip"), Some("say \"hi\"")]);
    tags.append_null();
    let names = StringArray::from(vec![Some("a,\"b\"|\n日本 <i>"), None]);
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
    screen: Option<usize>,
) -> (Vec<u8>, Result<Printed, Failure>) {
    let look = Look {
        format,
        zone: Zone::new(Some("Asia/Tokyo")),
        screen: screen.map(|width| Screen { width }),
        file: None,
    };
    let mut out = Vec::new();
    let rows = futures::stream::iter(batches);
    let outcome = futures::executor::block_on(print(schema, rows, &look, &mut out));
    (out, outcome)
}

fn text(format: Format, screen: Option<usize>) -> String {
    let batch = rows();
    let (shown, outcome) = printed(&batch.schema(), vec![Ok(batch.clone())], format, screen);
    assert!(matches!(outcome, Ok(Printed::Rows(2))), "{format:?}");
    if screen.is_none() {
        // However the rows are cut into batches.
        let halves = vec![Ok(batch.slice(0, 1)), Ok(batch.slice(1, 1))];
        assert_eq!(printed(&batch.schema(), halves, format, screen).0, shown);
    }
    String::from_utf8(shown).unwrap()
}

#[test]
fn people_get_every_value_whole() {
    for (format, shown) in [
        (
            Format::Table,
            "+------------------+----------+-----------------+---------------------------+\n\
             | id               | name     | tags            | at                        |\n\
             +------------------+----------+-----------------+---------------------------+\n\
             | 9007199254740993 | a,\"b\"|   | [vip, say \"hi\"] | 2026-11-22 09:00:00+09:00 |\n\
             |                  | 日本 <i> |                 |                           |\n\
             |                2 | NULL     | NULL            | NULL                      |\n\
             +------------------+----------+-----------------+---------------------------+\n",
        ),
        (
            Format::Expanded,
            "-[ row 1 ]\n\
             id   | 9007199254740993\n\
             name | a,\"b\"|\n    \x20| 日本 <i>\n\
             tags | [vip, say \"hi\"]\n\
             at   | 2026-11-22 09:00:00+09:00\n\
             -[ row 2 ]\n\
             id   | 2\nname | NULL\ntags | NULL\nat   | NULL\n",
        ),
        (
            Format::Markdown,
            "| id               | name                          | tags                | at                        |\n\
             | ---------------: | ----------------------------- | ------------------- | ------------------------- |\n\
             | 9007199254740993 | a,\"b\"\\|<br>日本 &lt;i&gt;    | \\[vip, say \"hi\"\\] | 2026-11-22 09:00:00+09:00 |\n\
             |                2 | NULL                          | NULL                | NULL                      |\n",
        ),
    ] {
        let found = text(format, None);
        let plain = |text: &str| text.replace([' ', '-'], "");
        if format == Format::Markdown {
            assert_eq!(plain(&found), plain(shown), "{found}");
            let widths: Vec<usize> = found.lines().map(cell::width).collect();
            assert!(widths.iter().all(|width| *width == widths[0]), "{found}");
        } else {
            assert_eq!(found, shown, "{found}");
        }
    }
}

#[test]
fn a_terminal_gets_what_fits() {
    for width in [40, 60, 70, 80, 200] {
        let shown = text(Format::Table, Some(width));
        let lines: Vec<usize> = shown.lines().map(cell::width).collect();
        assert!(
            lines.iter().all(|line| *line == lines[0] && *line <= width),
            "{shown}"
        );
        assert_eq!(lines.len(), 6, "{shown}");
        assert!(shown.contains("9007199254740993"), "{shown}");
        let is_whole = shown.contains("| at ") && !shown.contains('…');
        assert_eq!(is_whole, width >= 84, "{shown}");
        assert!(width < 60 || shown.contains("a,\"b\"|↵日本"), "{shown}");
    }
    // What broke off has no line below it.
    let batch = rows();
    let batches = vec![Ok(batch.clone()), Err(Error::new(Kind::Network, "gone"))];
    let (shown, _) = printed(&batch.schema(), batches, Format::Table, Some(80));
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.lines().last().unwrap().starts_with("| "), "{shown}");
}

#[test]
fn no_rows_have_a_shape_too() {
    let schema = rows().schema();
    for (format, text) in [
        (Format::Csv, "id,name,tags,at\n"),
        (Format::Json, "[]\n"),
        (Format::Ndjson, ""),
        (Format::Expanded, ""),
        (
            Format::Table,
            "+----+------+------+----+\n| id | name | tags | at |\n+----+------+------+----+\n\
             +----+------+------+----+\n",
        ),
    ] {
        for batches in [vec![], vec![Ok(rows().slice(0, 0))]] {
            let (shown, outcome) = printed(&schema, batches, format, None);
            assert_eq!(String::from_utf8(shown).unwrap(), text, "{format:?}");
            assert!(matches!(outcome, Ok(Printed::Rows(0))), "{format:?}");
        }
    }
}

#[test]
fn half_an_answer_does_not_look_whole() {
    let batch = rows();
    for format in FORMATS {
        let broken = Err(Error::new(Kind::Network, "gone"));
        let batches = vec![Ok(batch.clone()), broken];
        let (shown, outcome) = printed(&batch.schema(), batches, format, None);
        assert!(matches!(outcome, Err(Failure::Failed(error)) if error.kind() == Kind::Network));
        let text = String::from_utf8_lossy(&shown).into_owned();
        match format {
            Format::Table | Format::Expanded | Format::Markdown => assert_eq!(text, ""),
            // Lines are whole in themselves.
            Format::Csv | Format::Tsv | Format::Ndjson => assert!(text.ends_with('\n')),
            Format::Json => assert!(text.starts_with('[') && text.ends_with('}'), "{text}"),
            Format::Arrow => {
                let read: Result<Vec<_>, _> =
                    StreamReader::try_new(&shown[..], None).unwrap().collect();
                assert!(read.is_err());
            }
            Format::Parquet => assert!(!shown.ends_with(b"PAR1") || shown.len() == 4),
            Format::Html => assert!(
                text.contains("id=\"unfinished\"") && !text.contains("#unfinished{display:none}")
            ),
        }
    }
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
        for (format, shown) in [
            (Format::Table, text.to_owned()),
            (Format::Expanded, text.to_owned()),
            (Format::Markdown, format!("```\n{text}```\n")),
        ] {
            let (found, outcome) = printed(&batch.schema(), vec![Ok(batch.clone())], format, None);
            assert_eq!(String::from_utf8(found).unwrap(), shown);
            assert!(matches!(outcome, Ok(Printed::Plan)));
        }
    }
}

#[test]
fn a_statement_without_columns_prints_nothing() {
    let schema: SchemaRef = Arc::new(Schema::empty());
    for format in FORMATS {
        let (shown, outcome) = printed(&schema, vec![], format, None);
        assert!(shown.is_empty());
        assert!(matches!(outcome, Ok(Printed::Nothing)));
    }
}
