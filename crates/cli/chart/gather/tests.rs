//! Which charts rows make.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::sync::Arc;

use arrow::array::{
    Decimal128Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray,
};

use super::*;

fn rows() -> RecordBatch {
    let at = TimestampMicrosecondArray::from(vec![3_000_000, 1_000_000, 2_000_000, 2_500_000]);
    let amounts = Decimal128Array::from(vec![Some(150), Some(250), None, Some(100)]);
    RecordBatch::try_from_iter(vec![
        (
            "status",
            Arc::new(StringArray::from(vec![
                Some("open"),
                Some("new"),
                Some("open"),
                None,
            ])) as ArrayRef,
        ),
        (
            "n",
            Arc::new(Int64Array::from(vec![1, 2, 3, 4])) as ArrayRef,
        ),
        (
            "amount",
            Arc::new(amounts.with_precision_and_scale(10, 2).unwrap()) as ArrayRef,
        ),
        ("at", Arc::new(at.with_timezone("+00:00")) as ArrayRef),
    ])
    .unwrap()
}

fn drawn(wish: &str) -> Result<Option<Figure>, Error> {
    let batch = rows();
    let mut gathered = Gathered::new(&batch.schema(), &wish.parse()?, &Zone::new(None))?;
    gathered.add(&batch.slice(0, 1)).unwrap();
    gathered.add(&batch.slice(1, 3)).unwrap();
    Ok(gathered.figure(&batch.schema()))
}

#[test]
fn charts_name_what_they_show() {
    let bars = |bars: &[(&str, f64)]| {
        Shape::Bars(
            bars.iter()
                .map(|(label, value)| ((*label).to_owned(), *value))
                .collect(),
        )
    };
    for (wish, title, shape, notes) in [
        (
            "bar",
            "sum of n by status",
            bars(&[("open", 4.0), ("new", 2.0), ("NULL", 4.0)]),
            0,
        ),
        (
            "bar status amount",
            "amount by status",
            bars(&[("open", 1.5), ("new", 2.5), ("NULL", 1.0)]),
            1,
        ),
        (
            "BAR Status",
            "sum of n by status",
            bars(&[("open", 4.0), ("new", 2.0), ("NULL", 4.0)]),
            0,
        ),
        (
            "hist n",
            "rows by ranges of n",
            bars(&[
                ("1 – 2", 1.0),
                ("2 – 3", 1.0),
                ("3 – 4", 1.0),
                ("4 – 5", 1.0),
            ]),
            0,
        ),
    ] {
        let figure = drawn(wish).unwrap().unwrap();
        assert_eq!(
            (figure.title.as_str(), &figure.shape, figure.notes.len()),
            (title, &shape, notes),
            "{wish}"
        );
    }
    let line = drawn("line at amount").unwrap().unwrap();
    assert_eq!(line.title, "amount over at");
    let Shape::Line {
        points,
        is_time: true,
        ..
    } = line.shape
    else {
        panic!()
    };
    assert_eq!(points, [(1_000.0, 2.5), (2_500.0, 1.0), (3_000.0, 1.5)]);
    assert_eq!(line.notes, ["1 row without a value left out"]);
}

#[test]
fn what_cannot_be_drawn_is_said() {
    for (wish, message, hint) in [
        ("pie", "no chart `pie`", "\\chart bar"),
        ("bar stat", "no column `stat`", "status, n, amount, at"),
        ("bar n status", "`status` is Utf8", "\\chart"),
        ("line status n", "`status` is Utf8", "\\chart"),
        ("hist n n", "a histogram takes one", "\\chart"),
        ("bar a b c", "two columns at most", "\\chart"),
    ] {
        let error = drawn(wish).unwrap_err();
        assert!(error.message().contains(message), "{wish}: {error}");
        assert!(error.hint().unwrap().contains(hint), "{wish}: {error}");
    }
}

#[test]
fn ids_are_names_not_amounts() {
    let batch = RecordBatch::try_from_iter(vec![
        ("id", Arc::new(Int64Array::from(vec![7, 8, 9])) as ArrayRef),
        (
            "status",
            Arc::new(StringArray::from(vec!["open", "new", "open"])) as ArrayRef,
        ),
        (
            "Brand_ID",
            Arc::new(Int64Array::from(vec![1, 1, 1])) as ArrayRef,
        ),
        ("n", Arc::new(Int64Array::from(vec![2, 3, 5])) as ArrayRef),
        (
            "at",
            Arc::new(TimestampMicrosecondArray::from(vec![
                Some(0),
                None,
                Some(1),
            ])) as ArrayRef,
        ),
    ])
    .unwrap();
    let title = |columns: &[usize], wish: &str| {
        let batch = batch.project(columns).unwrap();
        let wish = wish.parse().unwrap();
        let mut gathered = Gathered::new(&batch.schema(), &wish, &Zone::new(None)).unwrap();
        gathered.add(&batch).unwrap();
        let tells = gathered.tells_something();
        (gathered.figure(&batch.schema()).unwrap().title, tells)
    };
    for (columns, wish, expected, tells) in [
        (&[0, 1, 2, 3][..], "", "sum of n by status", true),
        // Two labels of three rows.
        (&[0, 1, 2], "", "rows by status", false),
        (&[0, 1, 2], "bar status id", "sum of id by status", true),
        (&[0, 3], "", "n over id", true),
        (&[2, 3], "hist", "rows by ranges of n", true),
        (&[0], "", "rows by ranges of id", true),
        (&[4, 0], "", "rows by hour of at", true),
        (&[1, 4], "hist", "rows by hour of at", true),
        (&[1, 3, 4], "hist at", "rows by hour of at", true),
        (&[4, 3], "", "n over at", true),
    ] {
        assert_eq!(
            title(columns, wish),
            (expected.to_owned(), tells),
            "{columns:?} {wish}"
        );
    }
}

#[test]
fn many_bars_are_the_greatest() {
    let labels: Vec<String> = (0..60).map(|number| format!("l{number}")).collect();
    let batch = RecordBatch::try_from_iter(vec![
        ("l", Arc::new(StringArray::from(labels)) as ArrayRef),
        (
            "v",
            Arc::new(Float64Array::from_iter_values((0..60).map(f64::from))) as ArrayRef,
        ),
    ])
    .unwrap();
    let mut gathered = Gathered::new(&batch.schema(), &Wish::default(), &Zone::new(None)).unwrap();
    gathered.add(&batch).unwrap();
    let figure = gathered.figure(&batch.schema()).unwrap();
    assert_eq!(figure.notes, ["the 25 greatest of 60; 35 left out"]);
    let Shape::Bars(bars) = figure.shape else {
        panic!()
    };
    assert_eq!((bars.len(), bars[0].1), (25, 59.0));
}

#[test]
fn ranges_hold_every_value() {
    for values in [
        vec![5.0],
        vec![-3.5, 0.0, 9.25],
        (0..1_000).map(f64::from).collect(),
        vec![1e-9, 2e-9],
        vec![1e15, -1e15],
    ] {
        let total: f64 = ranges(&values).iter().map(|(_, count)| count).sum();
        assert_eq!(total, values.len() as f64, "{values:?}");
        assert!(ranges(&values).len() <= 3 * RANGES);
    }
}
