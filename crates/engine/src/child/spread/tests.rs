use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, ListArray, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{Int64Type, Schema};
use zuzen_plan::table::{Column, Split};
use zuzen_plan::value::Type;

use super::{Cell, Spread};
use crate::decode::arrow_type;

fn column(name: &str, kind: &str) -> Column {
    Column {
        name: name.to_owned(),
        kind: Type::parse(kind).unwrap(),
        path: vec![name.to_owned()],
        reference: None,
        values: Vec::new(),
        about: None,
        sideload: None,
        pseudo: false,
        search: None,
        custom: false,
        labels: Default::default(),
    }
}

/// Rows of the elements of `lists`, whose rows have the ids 10, 20, ….
fn spread(
    list: &str,
    members: &[&str],
    lists: ArrayRef,
    wanted: &[(&str, &str, Cell)],
) -> Result<Vec<String>, String> {
    let ids: Int64Array = (1..=lists.len() as i64).map(|row| row * 10).collect();
    let input = [("a list", lists), ("id", Arc::new(ids) as ArrayRef)];
    let batch =
        RecordBatch::try_from_iter_with_nullable(input.map(|(name, column)| (name, column, true)));
    let fields = wanted.iter().map(|(name, kind, _)| {
        let kind = arrow_type(&Type::parse(kind).unwrap());
        datafusion::arrow::datatypes::Field::new(*name, kind, true)
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let split = Split {
        column: "kind".to_owned(),
        members: members.iter().map(|&member| member.to_owned()).collect(),
    };
    let split = Some(&split).filter(|split| !split.members.is_empty());
    let cells = wanted.iter().map(|(_, _, cell)| cell.clone()).collect();
    let spread = Spread::new(&column("list", list), split, cells, schema);
    let mut decoder = spread.decoder().unwrap();
    let out = spread
        .spread(&batch.unwrap(), decoder.as_mut())
        .map_err(|error| crate::Error::from(error).to_string())?;
    let text = datafusion::arrow::util::pretty::pretty_format_batches(&[out]).unwrap();
    let text = text.to_string();
    let rows = text.lines().filter(|line| line.starts_with("| "));
    Ok(rows
        .skip(1)
        .map(|row| {
            row.split_whitespace()
                .filter(|it| *it != "|")
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect())
}

#[test]
fn lists_give_a_row_for_each_element() {
    let some = |items: &[i64]| Some(items.iter().copied().map(Some).collect::<Vec<_>>());
    let lists = ListArray::from_iter_primitive::<Int64Type, _, _>([
        some(&[7, 8]),
        None,
        some(&[]),
        some(&[9]),
    ]);
    // A slice, as a join or a filter may leave it.
    let lists: ArrayRef = Arc::new(lists);
    let wanted = [
        ("id", "int64", Cell::Carried(1)),
        ("position", "int64", Cell::Position),
        ("item", "int64", Cell::Element),
    ];
    let rows = spread("list<int64>", &[], Arc::clone(&lists), &wanted).unwrap();
    assert_eq!(rows, ["10 1 7", "10 2 8", "40 1 9"]);
    let rows = spread("list<int64>", &[], lists.slice(2, 2), &wanted).unwrap();
    assert_eq!(rows, ["20 1 9"]);
}

#[test]
fn lists_of_objects_are_decoded() {
    let lists: ArrayRef = Arc::new(StringArray::from(vec![
        Some(r#"[{"field":"a\"b","n":1},{"n":2}]"#),
        None,
        Some("[]"),
        Some(r#"{"field":"one object","n":3}"#),
    ]));
    let wanted = [
        ("id", "int64", Cell::Carried(1)),
        ("position", "int64", Cell::Position),
        ("n", "int64", Cell::Inside(Box::new(column("n", "int64")))),
        (
            "field",
            "text",
            Cell::Inside(Box::new(column("field", "text"))),
        ),
    ];
    let rows = spread("json", &[], Arc::clone(&lists), &wanted).unwrap();
    assert_eq!(rows, ["10 1 1 a\"b", "10 2 2", "40 1 3 one object"]);
    let rows = spread("json", &[], lists, &wanted[..1]).unwrap();
    assert_eq!(rows, ["10", "10", "40"]);
}

#[test]
fn several_lists_tell_themselves_apart() {
    let lists: ArrayRef = Arc::new(StringArray::from(vec![
        Some(r#"{"any":[{"n":3}],"all":[{"n":1},{"n":2}],"more":[{"n":9}]}"#),
        Some(r#"{"all":[]}"#),
        Some(r#"{"all":null,"any":[{"n":4}]}"#),
    ]));
    let wanted = [
        ("id", "int64", Cell::Carried(1)),
        ("kind", "text", Cell::Member),
        ("position", "int64", Cell::Position),
        ("n", "int64", Cell::Inside(Box::new(column("n", "int64")))),
    ];
    let rows = spread("json", &["all", "any"], lists, &wanted).unwrap();
    assert_eq!(
        rows,
        ["10 all 1 1", "10 all 2 2", "10 any 1 3", "30 any 1 4"]
    );
}

#[test]
fn a_value_is_its_own_element() {
    let values: ArrayRef = Arc::new(StringArray::from(vec![Some("good"), None, Some("bad")]));
    let wanted = [
        ("id", "int64", Cell::Carried(1)),
        ("score", "text", Cell::Element),
    ];
    let rows = spread("text", &[], values, &wanted).unwrap();
    assert_eq!(rows, ["10 good", "30 bad"]);
}

#[test]
fn what_is_no_list_is_an_error() {
    for (members, text, part) in [
        (&[][..], r#"[{"n":"x"}]"#, "n"),
        (&[][..], "[null]", "null"),
        (&[][..], "17", "list"),
        (&["all"][..], "[]", "no object"),
        (&["all"][..], r#"{"all":5}"#, "list"),
    ] {
        let lists: ArrayRef = Arc::new(StringArray::from(vec![Some(text)]));
        let wanted = [("n", "int64", Cell::Inside(Box::new(column("n", "int64"))))];
        let error = spread("json", members, lists, &wanted).unwrap_err();
        assert!(error.contains(part), "{text}: {error}");
    }
}
