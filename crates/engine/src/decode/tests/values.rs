//! Every type: what it takes, and how it refuses the rest.

use super::*;

/// Decodes `{"rows":[{"v": json}]}` into one column of this type.
fn one(kind: &str, json: &str) -> Result<String, String> {
    let body = format!(r#"{{"rows":[{{"v":0}},{{"v":{json}}}]}}"#);
    // The first item shows that rows before a bad one are no part of the result, and gives the bad one index 1.
    let body = body.replacen("{\"v\":0}", "{}", 1);
    decode(&shape("rows", &[&format!("v {kind}")]), &body)
        .map(|batch| {
            assert_eq!(rows(&batch)[0], "~");
            rows(&batch)[1].clone()
        })
        .map_err(|error| error.to_string())
}

#[test]
fn good_values() {
    let cases = [
        ("int64", "5", "5"),
        ("int64", "-9223372036854775808", "-9223372036854775808"),
        ("int64", r#""123""#, "123"),
        ("int64", r#""1\u0032""#, "12"),
        ("int64", "7.0", "7"),
        ("int64", "null", "~"),
        ("float64", "1.5", "1.5"),
        ("float64", "3", "3.0"),
        ("float64", r#""2.25""#, "2.25"),
        ("float64", "null", "~"),
        (
            "decimal(20,4)",
            "1234567890123456.7891",
            "1234567890123456.7891",
        ),
        ("decimal(20,4)", r#""-0.5""#, "-0.5000"),
        (
            "decimal(38,9)",
            "12345678901234567890123456789.123456789",
            "12345678901234567890123456789.123456789",
        ),
        ("decimal(20,4)", "null", "~"),
        ("bool", "true", "true"),
        ("bool", "false", "false"),
        ("bool", "null", "~"),
        ("text", r#""""#, ""),
        ("text", r#""null""#, "null"),
        ("text", "null", "~"),
        (
            "text",
            r#""日本語 \u3042 \ud83d\ude00 \"q\" \\ \n.""#,
            "日本語 あ 😀 \"q\" \\ \n.",
        ),
        ("text", "4", "4"),
        ("text", "4.50", "4.50"),
        ("text", "true", "true"),
        (
            "timestamp",
            r#""2024-01-02T03:04:05Z""#,
            "2024-01-02T03:04:05Z",
        ),
        (
            "timestamp",
            r#""20140704T15:37:04Z""#,
            "2014-07-04T15:37:04Z",
        ),
        (
            "timestamp",
            r#""2024-01-02T03:04:05.123456789+09:00""#,
            "2024-01-01T18:04:05.123456Z",
        ),
        ("timestamp", r#""2024-01-02""#, "2024-01-02T00:00:00Z"),
        ("timestamp", r#""2024\u002d01-02""#, "2024-01-02T00:00:00Z"),
        ("timestamp", "null", "~"),
        ("date", r#""2024-01-02""#, "2024-01-02"),
        ("date", r#""2024-01-02T00:00:00+00:00""#, "2024-01-02"),
        ("date", "null", "~"),
        ("list<int64>", "[]", "[]"),
        ("list<int64>", r#"[1, "2" ,null]"#, "[1, 2, ~]"),
        ("list<int64>", "null", "~"),
        ("list<text>", r#"["a","b\tc",null,5]"#, "[a, b\tc, ~, 5]"),
        ("list<text>", "[ ]", "[]"),
        ("list<text>", "null", "~"),
        (
            "json",
            r#"{"a" : [1, {}],"b":"\u00e9\ud800"}"#,
            r#"{"a" : [1, {}],"b":"\u00e9\ud800"}"#,
        ),
        ("json", "  [1]  ", "[1]"),
        ("json", r#""text""#, r#""text""#),
        ("json", "1.10", "1.10"),
        ("json", "null", "~"),
    ];
    for (kind, json, wanted) in cases {
        assert_eq!(one(kind, json).as_deref(), Ok(wanted), "{kind} {json}");
    }
}

#[test]
fn bad_values() {
    let cases = [
        ("int64", r#""abc""#, r#"rows[1].v: "abc" is not an integer"#),
        ("int64", r#""""#, r#"rows[1].v: "" is not an integer"#),
        ("int64", "1.5", "rows[1].v: 1.5 is not an integer"),
        ("int64", "true", "rows[1].v: true is not an integer"),
        ("int64", "[5]", "rows[1].v: [5] is not an integer"),
        (
            "int64",
            "9223372036854775808",
            "rows[1].v: 9223372036854775808 does not fit into a 64-bit integer",
        ),
        ("float64", r#""NaN""#, r#"rows[1].v: "NaN" is not a number"#),
        (
            "float64",
            "1e400",
            "rows[1].v: 1e400 is too large for a 64-bit float",
        ),
        ("float64", "{}", "rows[1].v: {} is not a number"),
        (
            "decimal(6,2)",
            "1.234",
            "rows[1].v: 1.234 has more than 2 digits after the point",
        ),
        (
            "decimal(6,2)",
            "12345.67",
            "rows[1].v: 12345.67 has more than 6 digits",
        ),
        (
            "decimal(6,2)",
            r#""1,5""#,
            r#"rows[1].v: "1,5" is not a decimal number"#,
        ),
        (
            "decimal(6,2)",
            "false",
            "rows[1].v: false is not a decimal number",
        ),
        ("bool", "1", "rows[1].v: 1 is neither true nor false"),
        (
            "bool",
            r#""true""#,
            r#"rows[1].v: "true" is neither true nor false"#,
        ),
        ("text", r#"{"a":1}"#, r#"rows[1].v: {"a":1} is not text"#),
        ("text", "[]", "rows[1].v: [] is not text"),
        (
            "text",
            r#""\ud83d""#,
            r#"rows[1].v: "\ud83d" holds half of a surrogate pair, which is no text"#,
        ),
        (
            "timestamp",
            "1704164645",
            "rows[1].v: 1704164645 is not a timestamp with a time zone",
        ),
        (
            "timestamp",
            r#""2024-01-02T03:04:05""#,
            r#"rows[1].v: "2024-01-02T03:04:05" is not a timestamp with a time zone"#,
        ),
        (
            "date",
            r#""2024-02-30""#,
            r#"rows[1].v: "2024-02-30" is not a date"#,
        ),
        ("date", "20240102", "rows[1].v: 20240102 is not a date"),
        (
            "list<int64>",
            r#"[1,2,"x"]"#,
            r#"rows[1].v[2]: "x" is not an integer"#,
        ),
        ("list<int64>", "1", "rows[1].v: 1 is not a list"),
        (
            "list<text>",
            r#"["a",["b"]]"#,
            r#"rows[1].v[1]: ["b"] is not text"#,
        ),
        (
            "list<text>",
            r#""a b""#,
            r#"rows[1].v: "a b" is not a list"#,
        ),
    ];
    for (kind, json, wanted) in cases {
        assert_eq!(one(kind, json), Err(wanted.to_owned()), "{kind} {json}");
    }
    let long = format!("\"{}\"", "x".repeat(5000));
    let message = one("int64", &long).unwrap_err();
    assert_eq!(
        message,
        format!("rows[1].v: \"{}… is not an integer", "x".repeat(59))
    );
}

#[test]
fn bound_values_fill_what_a_row_lacks() {
    let shape = shape(
        "rows",
        &[
            "id int64",
            "name text",
            "at timestamp",
            "on date",
            "ok bool",
            "rate float64",
            "other text",
        ],
    );
    let bound = [
        ("id".to_owned(), Value::Int(7)),
        ("name".to_owned(), Value::Text("seven".to_owned())),
        ("at".to_owned(), Value::Timestamp(0)),
        ("on".to_owned(), Value::Date(1)),
        ("ok".to_owned(), Value::Bool(true)),
        ("rate".to_owned(), Value::Float(0.5)),
        ("elsewhere".to_owned(), Value::Int(1)),
    ];
    let body = r#"{"rows":[{},{"id":null,"name":null,"at":null,"on":null,"ok":null,"rate":null},
        {"id":1,"name":"","at":"1970-01-02","on":"1970-01-01","ok":false,"rate":2,"other":"x"}]}"#;
    let mut decoder = PageDecoder::new(&shape).unwrap();
    let batch = decoder.decode(body.as_bytes(), &bound).unwrap();
    let filled = "7|seven|1970-01-01T00:00:00Z|1970-01-02|true|0.5|~";
    assert_eq!(
        rows(&batch),
        [
            filled,
            filled,
            "1||1970-01-02T00:00:00Z|1970-01-01|false|2.0|x"
        ]
    );
    let wrong = [("id".to_owned(), Value::Text("7".to_owned()))];
    let error = decoder.decode(body.as_bytes(), &wrong).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"id: the bound value Text("7") is not int64"#
    );
}
