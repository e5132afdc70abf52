//! Batches brought to the types of a plan.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _};
use arrow::datatypes::{
    DataType, Field, Schema, TimeUnit, TimestampNanosecondType, TimestampSecondType,
};

use super::super::{arrow_type, fit, kind_of};
use super::*;

/// One value through the decoder for the target's kind, then to the target.
fn fitted(json: &str, target: &DataType) -> Result<ArrayRef, String> {
    let columns = [ResultColumn {
        header: "v".to_owned(),
        kind: kind_of(target).unwrap(),
    }];
    let mut decoder = LineDecoder::new(&columns, 10).unwrap();
    let lines = format!("{{\"v\":{json}}}\n{{\"v\":null}}\n");
    decoder.push(lines.as_bytes()).unwrap();
    let batch = decoder.finish().unwrap().unwrap();
    let schema = Arc::new(Schema::new(vec![Field::new("w", target.clone(), true)]));
    let batch = fit(&batch, &schema).map_err(|error| error.to_string())?;
    assert_eq!(batch.schema(), schema);
    assert!(batch.column(0).is_null(1));
    assert!(!batch.column(0).is_null(0));
    Ok(Arc::clone(batch.column(0)))
}

fn shown(array: &ArrayRef) -> String {
    let options = FormatOptions::new();
    let formatter = ArrayFormatter::try_new(array, &options).unwrap();
    formatter.value(0).to_string()
}

#[test]
fn what_fits_keeps_its_value() {
    use DataType as T;
    let stamp = |unit, zone: Option<&str>| T::Timestamp(unit, zone.map(Into::into));
    let instant = "\"2024-01-02T03:04:05Z\"";
    let cases = [
        ("-128", T::Int8, "-128"),
        ("32767", T::Int16, "32767"),
        ("-2147483648", T::Int32, "-2147483648"),
        ("9223372036854775807", T::Int64, "9223372036854775807"),
        ("255", T::UInt8, "255"),
        ("65535", T::UInt16, "65535"),
        ("4294967295", T::UInt32, "4294967295"),
        ("9223372036854775807", T::UInt64, "9223372036854775807"),
        ("0.1", T::Float32, "0.1"),
        ("\"Infinity\"", T::Float32, "inf"),
        ("0.1", T::Float64, "0.1"),
        ("12.50", T::Decimal128(10, 2), "12.50"),
        ("true", T::Boolean, "true"),
        ("\"é\"", T::Utf8, "é"),
        ("\"é\"", T::LargeUtf8, "é"),
        (
            "\"a text longer than twelve bytes\"",
            T::Utf8View,
            "a text longer than twelve bytes",
        ),
        ("\"2024-01-02\"", T::Date32, "2024-01-02"),
        (
            instant,
            stamp(TimeUnit::Second, None),
            "2024-01-02T03:04:05",
        ),
        (
            instant,
            stamp(TimeUnit::Millisecond, Some("UTC")),
            "2024-01-02T03:04:05Z",
        ),
        (
            instant,
            stamp(TimeUnit::Microsecond, Some("+00:00")),
            "2024-01-02T03:04:05Z",
        ),
        (
            instant,
            stamp(TimeUnit::Nanosecond, None),
            "2024-01-02T03:04:05",
        ),
        (
            instant,
            stamp(TimeUnit::Nanosecond, Some("+09:00")),
            "2024-01-02T12:04:05+09:00",
        ),
        (
            "\"1969-12-31T23:59:59.250Z\"",
            stamp(TimeUnit::Millisecond, None),
            "1969-12-31T23:59:59.250",
        ),
    ];
    for (json, target, wanted) in cases {
        let array = fitted(json, &target).unwrap();
        assert_eq!(shown(&array), wanted, "{json} {target}");
    }
    let seconds = fitted(instant, &stamp(TimeUnit::Second, None)).unwrap();
    assert_eq!(
        seconds.as_primitive::<TimestampSecondType>().value(0),
        1_704_164_645
    );
    let nanos = fitted(instant, &stamp(TimeUnit::Nanosecond, Some("UTC"))).unwrap();
    let nanos = nanos.as_primitive::<TimestampNanosecondType>();
    assert_eq!(nanos.value(0), 1_704_164_645_000_000_000);
}

#[test]
fn what_does_not_fit_is_an_error() {
    use DataType as T;
    let cases = [
        ("128", T::Int8, "128"),
        ("-129", T::Int8, "-129"),
        ("2147483648", T::Int32, "2147483648"),
        ("-1", T::UInt64, "-1"),
        ("-1", T::UInt8, "-1"),
        ("1e39", T::Float32, "too large for a 32-bit float"),
        (
            "\"2024-01-02T03:04:05.5Z\"",
            T::Timestamp(TimeUnit::Second, None),
            "does not fit",
        ),
        (
            "\"2024-01-02T03:04:05.0001Z\"",
            T::Timestamp(TimeUnit::Millisecond, None),
            "does not fit",
        ),
        (
            "\"9999-12-31T00:00:00Z\"",
            T::Timestamp(TimeUnit::Nanosecond, None),
            "out of range",
        ),
    ];
    for (json, target, wanted) in cases {
        let error = fitted(json, &target).unwrap_err();
        assert!(error.starts_with("column w: "), "{error}");
        assert!(error.contains(wanted), "{json} {target}: {error}");
    }
}

#[test]
fn batches_of_other_kinds_are_refused() {
    let batch = decode_lines(
        &["d decimal(10,2)", "t text"],
        [&b"{\"d\":12345678.90,\"t\":null}\n"[..]],
        10,
    )
    .unwrap()
    .remove(0);
    let try_fit = |first: DataType, nullable| {
        let fields = vec![
            Field::new("d", first, true),
            Field::new("t", DataType::Utf8, nullable),
        ];
        let found = fit(&batch, &Arc::new(Schema::new(fields)));
        found
            .map(|batch| all_rows(&[batch]).remove(0))
            .map_err(|error| error.to_string())
    };
    let decimal = DataType::Decimal128;
    assert_eq!(try_fit(decimal(38, 2), true).unwrap(), "12345678.90|~");
    assert!(
        try_fit(decimal(9, 2), true)
            .unwrap_err()
            .starts_with("column d: ")
    );
    assert!(
        try_fit(decimal(38, 3), true)
            .unwrap_err()
            .contains("does not become")
    );
    assert!(
        try_fit(DataType::Int64, true)
            .unwrap_err()
            .contains("does not become")
    );
    assert!(
        try_fit(decimal(10, 2), false)
            .unwrap_err()
            .starts_with("column t: is NULL")
    );
    let one = Arc::new(Schema::new(vec![Field::new("d", decimal(10, 2), true)]));
    assert!(
        fit(&batch, &one)
            .unwrap_err()
            .to_string()
            .contains("2 columns where the plan has 1")
    );

    let nothing = decode_lines(&[], [&b"{}\n{}\n"[..]], 10).unwrap().remove(0);
    let empty = fit(&nothing, &Arc::new(Schema::empty())).unwrap();
    assert_eq!(empty.num_rows(), 2);
}

#[test]
fn kinds_of_types() {
    for kind in [
        "int64",
        "float64",
        "decimal(22,9)",
        "bool",
        "text",
        "timestamp",
        "date",
    ] {
        let kind = Type::parse(kind).unwrap();
        assert_eq!(kind_of(&arrow_type(&kind)), Some(kind));
    }
    for none in [
        DataType::Null,
        DataType::Binary,
        DataType::Date64,
        DataType::Decimal128(10, -2),
        DataType::Decimal256(50, 2),
        DataType::new_list(DataType::Int64, true),
    ] {
        assert_eq!(kind_of(&none), None, "{none}");
    }
}
