//! Answers that are not what they should be.

use super::super::DecodeErrorKind;
use super::*;

const COLUMNS: [&str; 5] = [
    "id int64",
    "via.channel text",
    "tags list<text>",
    "at timestamp",
    "via json",
];

const PAGE: &str = r#"{"n":1,"t":[{"id":1,"via":{"channel":"a\né😀","x":[1,2.5e3]},"tags":["u","v"],"at":"2024-01-02T03:04:05Z"},{"id":22,"via":null,"tags":[],"skipped":{"a":true,"b":null}}],"end":true}"#;

#[test]
fn cut_at_every_byte() {
    let shapes = [
        shape("t", &COLUMNS),
        shape("t", &[]),
        shape("t", &["_raw= json"]),
        shape("t.via", &["channel text"]),
    ];
    for shape in &shapes {
        let mut decoder = PageDecoder::new(shape).unwrap();
        for end in 0..PAGE.len() {
            let error = decoder.decode(&PAGE.as_bytes()[..end], &[]).unwrap_err();
            assert_eq!(error.kind, DecodeErrorKind::Incomplete, "{end}: {error}");
        }
        assert!(decoder.decode(PAGE.as_bytes(), &[]).is_ok());
    }
}

#[test]
fn a_byte_changed_never_panics_nor_loses_rows() {
    let mut decoder = PageDecoder::new(&shape("t", &COLUMNS)).unwrap();
    let mut refused = 0;
    for at in 0..PAGE.len() {
        for byte in *b"\"{}[],:0n\\x \x00\xff" {
            let mut body = PAGE.as_bytes().to_vec();
            body[at] = byte;
            let naive = serde_json::from_slice::<serde_json::Value>(&body)
                .ok()
                .and_then(|value| Some(value.get("t")?.as_array()?.len()));
            match decoder.decode(&body, &[]) {
                Ok(batch) => assert_eq!(Some(batch.num_rows()), naive, "{at} {byte}"),
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > 1000, "{refused}");
}

#[test]
fn every_error_names_its_place() {
    use DecodeErrorKind::{Incomplete, Malformed, Missing, Value};
    let cases = [
        ("", Incomplete, "the answer breaks off after 0 bytes"),
        (
            r#"{"t":[{"id":1},"#,
            Incomplete,
            "t[1]: the answer breaks off after 15 bytes",
        ),
        (
            r#"{"t":[{"via":{"channel":"#,
            Incomplete,
            "t[0].via.channel: the answer breaks off after 24 bytes",
        ),
        (
            r#"{"t":[]} {"#,
            Incomplete,
            "something follows the end of the answer",
        ),
        (
            r#"{"t":[]}]"#,
            Incomplete,
            "something follows the end of the answer",
        ),
        (
            "<html>",
            Malformed,
            "the answer is not JSON: expected value at line 1 column 1",
        ),
        (
            r#"{"t":[{"id":01}]}"#,
            Malformed,
            "t[0].id: the answer is not JSON: invalid number at line 1 column 14",
        ),
        (
            r#"{"t":[{"x":tru}]}"#,
            Malformed,
            "t[0]: the answer is not JSON: expected ident at line 1 column 15",
        ),
        (r#"{"x":[]}"#, Missing, "the answer has no `t`; it has `x`"),
        (
            r#"{"error":"RecordNotFound","description":"Not found"}"#,
            Missing,
            "the answer has no `t`; it has `description`, `error`",
        ),
        ("{}", Missing, "the answer has no `t`; it has nothing"),
        ("null", Value, "null is not an object"),
        ("[]", Value, "sequence is not an object"),
        (
            r#""Too recent""#,
            Value,
            r#"string "Too recent" is not an object"#,
        ),
        (r#"{"t":null}"#, Value, "t: null is not a list or an object"),
        (
            r#"{"t":"x"}"#,
            Value,
            r#"t: string "x" is not a list or an object"#,
        ),
        (r#"{"t":[{},null]}"#, Value, "t[1]: null is not an object"),
        (
            r#"{"t":[{},5]}"#,
            Value,
            "t[1]: integer `5` is not an object",
        ),
        (r#"{"t":[[]]}"#, Value, "t[0]: sequence is not an object"),
        (
            r#"{"t":[{"via":"web"}]}"#,
            Value,
            r#"t[0].via: string "web" is not an object"#,
        ),
        (
            r#"{"t":[{"via":[1]}]}"#,
            Value,
            "t[0].via: sequence is not an object",
        ),
        (r#"{"t":[],"t":[]}"#, Value, "t: the answer has two of it"),
        (
            r#"{"t":[{"tags":["a",{}]}]}"#,
            Value,
            "t[0].tags[1]: {} is not text",
        ),
    ];
    for (body, kind, wanted) in cases {
        let error = decode(&shape("t", &COLUMNS[..4]), body).unwrap_err();
        assert_eq!((error.kind, &*error.to_string()), (kind, wanted), "{body}");
        assert!(!error.hint().is_empty());
    }
    let counted = [
        (r#"{"t":[{},null]}"#, "t[1]: null is not an object"),
        (r#"{"t":[[]]}"#, "t[0]: sequence is not an object"),
        (r#"{"t":7}"#, "t: integer `7` is not a list or an object"),
    ];
    for (body, wanted) in counted {
        for columns in [&[][..], &["_raw= json"], &["_raw= json", "id int64"]] {
            let error = decode(&shape("t", columns), body).unwrap_err();
            assert_eq!(error.to_string(), wanted, "{body} {columns:?}");
        }
    }
    let inner = [
        (
            r#"{"t":[{"c":5}]}"#,
            "t[0].c: integer `5` is not a list or an object",
        ),
        (
            r#"{"t":[{"c":[null]}]}"#,
            "t[0].c[0]: null is not an object",
        ),
        (
            r#"{"t":[{"c":[{}]},7]}"#,
            "t[1]: integer `7` is not an object",
        ),
        (
            r#"{"t":[{"c":[{"id":1}]},{"c":{"id":"x"}}]}"#,
            r#"t[1].c.id: "x" is not an integer"#,
        ),
    ];
    for (body, wanted) in inner {
        let error = decode(&shape("t.c", &["id int64"]), body).unwrap_err();
        assert_eq!(error.to_string(), wanted, "{body}");
    }
    let long = format!(r#"{{"t":["{}"]}}"#, "x".repeat(5000));
    let error = decode(&shape("t", &COLUMNS), &long).unwrap_err();
    assert!(error.message.chars().count() < 90, "{error}");
}

#[test]
fn bytes_that_are_no_text() {
    let mut decoder = PageDecoder::new(&shape("t", &["s text"])).unwrap();
    let error = decoder
        .decode(b"{\"t\":[{\"s\":\"\xff\"}]}", &[])
        .unwrap_err();
    assert_eq!(error.kind, DecodeErrorKind::Malformed);
    assert_eq!(error.to_string(), "the answer is not UTF-8 at byte 12");
}
