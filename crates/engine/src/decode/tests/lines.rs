//! JSON lines: what stands in them, in which order, and what is refused.

use super::super::DecodeErrorKind;
use super::*;

fn whole(columns: &[&str], file: &str) -> Result<Vec<String>, DecodeError> {
    let file = file.as_bytes();
    let found = decode_lines(columns, [file], 3).map(|batches| all_rows(&batches));
    // However the file is cut, it is the same file.
    for length in [1, 2, 3, 7] {
        let cut = decode_lines(columns, file.chunks(length), 3).map(|batches| all_rows(&batches));
        assert_eq!(cut, found, "in pieces of {length}");
    }
    found
}

#[test]
fn values_of_every_type() {
    let cases = [
        ("int64", "7", "7"),
        ("int64", "-9223372036854775808", "-9223372036854775808"),
        ("int64", "\"12\"", "12"),
        ("float64", "1.5", "1.5"),
        ("float64", "1E2", "100.0"),
        ("float64", "\"NaN\"", "NaN"),
        ("float64", "\"Infinity\"", "inf"),
        ("float64", "\"-Infinity\"", "-inf"),
        ("decimal(18,6)", "1E2", "100.000000"),
        ("decimal(18,6)", "-0.50", "-0.500000"),
        ("decimal(18,6)", "3041.670", "3041.670000"),
        ("decimal(18,6)", "\"3041.67\"", "3041.670000"),
        (
            "decimal(38,0)",
            "99999999999999999999999999999999999999",
            "99999999999999999999999999999999999999",
        ),
        ("decimal(18,2)", "0.10000000000000000000000000", "0.10"),
        ("bool", "true", "true"),
        ("bool", "\"False\"", "false"),
        ("bool", "\"TRUE\"", "true"),
        ("text", "\"\"", ""),
        ("text", r#""a\"b\\\u00e9\ud83d\ude00\n""#, "a\"b\\é😀\n"),
        ("text", "12.50", "12.50"),
        ("text", "true", "true"),
        ("text", "\"null\"", "null"),
        ("date", "\"2018-06-14\"", "2018-06-14"),
        ("date", "\"2018-06-14T00:00:00-07:00\"", "2018-06-14"),
        (
            "timestamp",
            "\"2018-06-14T11:40:51-07:00\"",
            "2018-06-14T18:40:51Z",
        ),
        (
            "timestamp",
            "\"2018-06-14T11:40:51\"",
            "2018-06-14T11:40:51Z",
        ),
        (
            "timestamp",
            "\"2018-06-14 11:40:51.123 America/Los_Angeles\"",
            "2018-06-14T18:40:51.123Z",
        ),
        ("timestamp", "\"2018-06-14\"", "2018-06-14T00:00:00Z"),
        ("json", r#"{"a": [1, null]}"#, r#"{"a": [1, null]}"#),
        ("list<int64>", "[1,null]", "[1, ~]"),
    ];
    for (kind, json, wanted) in cases {
        let column = format!("v {kind}");
        for value in [json, "null"] {
            let wanted = if value == "null" { "~" } else { wanted };
            // Twice: the first line is read by the full parser, the second is cut.
            let file = format!("{{\"v\":{value}}}\n{{\"v\":{value}}}\n");
            assert_eq!(
                whole(&[&column], &file).unwrap(),
                [wanted, wanted],
                "{kind} {value}"
            );
        }
    }
}

#[test]
fn keys_in_any_order() {
    let columns = ["a int64", "b text"];
    let cases: [(&str, &[&str]); 13] = [
        ("", &[]),
        ("\n\n", &[]),
        ("{\"a\":1,\"b\":\"x\"}", &["1|x"]),
        ("{\"a\":1,\"b\":\"x\"}\n", &["1|x"]),
        (
            "{\"a\":1,\"b\":\"x\"}\r\n{\"a\":2,\"b\":\"y\"}\r\n",
            &["1|x", "2|y"],
        ),
        (
            "{\"b\":\"x\",\"a\":1}\n{\"a\":2,\"b\":\"y\"}\n{\"b\":null,\"a\":3}\n",
            &["1|x", "2|y", "3|~"],
        ),
        // What is not wanted may come and go.
        (
            "{\"a\":1,\"x\":{\"a\":9},\"b\":\"x\"}\n{\"a\":2,\"b\":\"y\",\"z\":[{}]}\n{\"a\":3,\"b\":\"\"}",
            &["1|x", "2|y", "3|"],
        ),
        (
            "{ \"a\" : 1 ,\t\"b\" : \"x\" }\n{ \"a\" : 2 ,\t\"b\" : \"y\" }\n",
            &["1|x", "2|y"],
        ),
        (
            "  {\"a\":1,\"b\":\"x\"}  \n\n   \n{\"a\":2,\"b\":\"y\"}\n\n",
            &["1|x", "2|y"],
        ),
        (
            "{\"\\u0061\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"y\"}\n",
            &["1|x", "2|y"],
        ),
        ("\u{feff}{\"a\":1,\"b\":\"x\"}\n", &["1|x"]),
        // A key that begins like another one, and one with quotes in it.
        (
            "{\"aa\":9,\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"aa\":9,\"b\":\"y\"}\n{\"a\\\"\":9,\"a\":3,\"b\":\"z\"}\n{\"a\\\"\":9,\"a\":4,\"b\":\"z\"}",
            &["1|x", "2|y", "3|z", "4|z"],
        ),
        (
            "{\"a\":1,\"b\":\"1\"}\n{\"a\":2,\"b\":\"2\"}\n{\"a\":3,\"b\":\"3\"}\n{\"a\":4,\"b\":\"4\"}\n",
            &["1|1", "2|2", "3|3", "4|4"],
        ),
    ];
    for (file, wanted) in cases {
        assert_eq!(whole(&columns, file).unwrap(), wanted, "{file}");
    }
    assert_eq!(
        whole(&[], "{\"a\":1}\n{}\n{\"b\":2}").unwrap(),
        ["", "", ""]
    );
}

#[test]
fn batches_are_full_and_the_last_is_the_rest() {
    let file: String = (0..10).map(|row| format!("{{\"a\":{row}}}\n")).collect();
    let sizes = |batch_rows| -> Vec<usize> {
        decode_lines(&["a int64"], [file.as_bytes()], batch_rows)
            .unwrap()
            .iter()
            .map(RecordBatch::num_rows)
            .collect()
    };
    assert_eq!(sizes(4), [4, 4, 2]);
    assert_eq!(sizes(5), [5, 5]);
    assert_eq!(sizes(100), [10]);
    assert_eq!(sizes(0), [1; 10]);
}

#[test]
fn long_rows_end_a_batch_early() {
    let line = format!("{{\"a\":\"{}\"}}\n", "x".repeat(3 << 20));
    let mut decoder = LineDecoder::new(&result_columns(&["a text"]), 1_000_000).unwrap();
    for _ in 0..11 {
        decoder.push(line.as_bytes()).unwrap();
    }
    assert_eq!(decoder.next_batch().unwrap().num_rows(), 11);
}

#[test]
fn batches_that_nobody_took_come_first() {
    let mut decoder = LineDecoder::new(&result_columns(&["a int64"]), 1).unwrap();
    decoder.push(b"{\"a\":1}\n{\"a\":2}\n{\"a\":3}").unwrap();
    let first = decoder.finish().unwrap().unwrap();
    let rest: Vec<_> = std::iter::from_fn(|| decoder.next_batch()).collect();
    assert_eq!(rows(&first), ["1"]);
    assert_eq!(all_rows(&rest), ["2", "3"]);
}

#[test]
fn errors_name_row_column_and_value() {
    use DecodeErrorKind::{Cell, Columns, Incomplete, Malformed};
    let good = "{\"id\":1,\"amount\":1.5}\n";
    let long = format!("{{\"id\":2,\"amount\":\"{}\"}}\n", "9".repeat(100));
    let nines = format!("\"{}…", "9".repeat(59));
    let cases: Vec<(&str, DecodeErrorKind, &str)> = vec![
        (
            "{\"id\":2,\"amount\":1.505}\n",
            Cell,
            "row 2, column amount: 1.505 has more than 2 digits after the point",
        ),
        (
            "{\"amount\":12345678901,\"id\":2}\n",
            Cell,
            "row 2, column amount: 12345678901 has more than 10 digits",
        ),
        (
            "{\"id\":2.5,\"amount\":1}\n",
            Cell,
            "row 2, column id: 2.5 is not an integer",
        ),
        (
            "{\"id\":true,\"amount\":1}\n",
            Cell,
            "row 2, column id: true is not an integer",
        ),
        (
            "{\"id\":2,\"amount\":\"\"}\n",
            Cell,
            "row 2, column amount: \"\" is not a decimal number",
        ),
        (&long, Cell, &nines),
        (
            "{\"id\":2}\n",
            Columns,
            "row 2: has no column amount, only \"id\"",
        ),
        (
            "{\"ID\":2,\"amount\":1}\n",
            Columns,
            "row 2: has no column id, only \"ID\", \"amount\"",
        ),
        ("{}\n", Columns, "row 2: has no column id, only "),
        (
            "{\"id\":2,\"id\":3,\"amount\":1}\n",
            Malformed,
            "\"id\" comes twice",
        ),
        (
            "{\"id\":2,\"amount\":1.}\n",
            Malformed,
            "row 2: no JSON object",
        ),
        (
            "{\"id\":2,\"amount\":1\n}\n",
            Malformed,
            "row 2: no JSON object",
        ),
        (
            "{\"id\":2,\"amount\":1} {}\n",
            Malformed,
            "row 2: no JSON object",
        ),
        ("[1]\n", Malformed, "row 2: no JSON object"),
        ("<html>\n", Malformed, "row 2: no JSON object"),
        ("id,amount\n", Malformed, "row 2: no JSON object"),
        (
            "{\"id\":2,\"amount\":\"a\tb\"}\n",
            Malformed,
            "row 2: no JSON object",
        ),
        (
            "{\"id\":2,\"amount\":1",
            Incomplete,
            "row 2: the file breaks off within {\"id\":2",
        ),
        (
            "{\"id\":2,\"amount\":\"1",
            Incomplete,
            "row 2: the file breaks off",
        ),
        ("{", Incomplete, "row 2: the file breaks off"),
    ];
    for (line, kind, wanted) in cases {
        let columns = ["id int64", "amount decimal(10,2)"];
        let error = whole(&columns, &format!("{good}{line}")).unwrap_err();
        assert_eq!(error.kind, kind, "{line}");
        assert!(error.to_string().contains(wanted), "{line}: {error}");
        assert!(error.to_string().len() < 300, "{error}");
        assert!(!error.hint().is_empty());
    }
}

#[test]
fn broken_bytes() {
    let columns = ["a text"];
    let cases: [(&[u8], DecodeErrorKind); 4] = [
        (
            b"{\"a\":\"x\"}\n{\"a\":\"\xff\"}\n{\"a\":\"x\"}\n",
            DecodeErrorKind::Malformed,
        ),
        (
            b"{\"a\":\"x\"}\n{\"a\":\"\xc3\"}\n",
            DecodeErrorKind::Malformed,
        ),
        (
            b"{\"a\":\"x\"}\n{\"a\":\"\xc3\n",
            DecodeErrorKind::Malformed,
        ),
        (b"{\"a\":\"x\"}\n{\"a\":\"\xc3", DecodeErrorKind::Incomplete),
    ];
    for (file, kind) in cases {
        for length in [1, 5, 1000] {
            let error = decode_lines(&columns, file.chunks(length), 10).unwrap_err();
            assert_eq!(
                (error.kind, error.path.as_str()),
                (kind, "row 2"),
                "{error}"
            );
        }
    }
}

#[test]
fn cut_at_every_byte() {
    let file = "{\"a\":1,\"b\":\"é\\n😀\",\"c\":null}\n{\"a\":22,\"b\":\"\",\"c\":true}\n";
    let columns = ["a int64", "b text", "c bool"];
    for end in 0..=file.len() {
        let found = decode_lines(&columns, [&file.as_bytes()[..end]], 10);
        let lines = file[..].as_bytes()[..end]
            .iter()
            .filter(|byte| **byte == b'}')
            .count();
        let whole = end == 0 || matches!(file.as_bytes()[end - 1], b'}' | b'\n');
        match found {
            Ok(batches) => assert!(whole && all_rows(&batches).len() == lines, "{end}"),
            Err(error) => {
                assert!(!whole, "{end}: {error}");
                assert_eq!(error.kind, DecodeErrorKind::Incomplete, "{end}: {error}");
            }
        }
    }
}

#[test]
fn a_byte_changed_is_judged_as_json_is() {
    let line = br#"{"id":12,"amount":-0.5e1,"name":"a\n\u00e9","flag":true,"none":null}"#;
    let columns = ["id text", "name text"];
    let (mut refused, mut taken) = (0, 0);
    for at in 0..line.len() {
        for byte in *b"\"{}[],:0n\\x \x00\x1f\xff-.e+tu" {
            let mut changed = line.to_vec();
            changed[at] = byte;
            let file = [&line[..], b"\n", &changed[..], b"\n"].concat();
            let fits = serde_json::from_slice::<serde_json::Map<_, _>>(&changed).is_ok_and(|map| {
                ["id", "name"].iter().all(|key| {
                    map.get(*key).is_some_and(|value: &serde_json::Value| {
                        !value.is_object() && !value.is_array()
                    })
                })
            });
            let found = decode_lines(&columns, [&file[..]], 10);
            if found.is_ok() != fits {
                panic!("{} {found:?}", String::from_utf8_lossy(&changed));
            }
            if fits {
                taken += 1;
            } else {
                refused += 1;
            }
        }
    }
    assert!(refused > 400 && taken > 200, "{refused} {taken}");
}

#[test]
fn impossible_columns_are_refused() {
    let error = decode_lines(&["a text", "a int64"], [], 10).unwrap_err();
    assert_eq!(error.kind, DecodeErrorKind::Shape);
    assert_eq!(error.to_string(), "a: the column is asked for twice");
}
