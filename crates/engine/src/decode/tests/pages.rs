//! Where rows lie in an answer, and what is taken from around them.

use super::super::DecodeErrorKind;
use super::*;

#[test]
fn items_are_found_and_spread() {
    let cases: [(&str, &str, &[&str]); 22] = [
        ("t", r#"{"t":[]}"#, &[]),
        ("t", r#"{"t":[{}]}"#, &["~|~"]),
        (
            "t",
            r#"{"t":[{"id":1,"a":{"b":"x"}},{"a":{"b":"y"},"id":2}]}"#,
            &["1|x", "2|y"],
        ),
        (
            "t",
            r#"{"meta":{"t":[{"id":9}]},"t":[{"id":1}],"links":[1,{"x":[]}],"count":3}"#,
            &["1|~"],
        ),
        ("t", r#"{"t":{"id":5,"a":{"b":"one"}}}"#, &["5|one"]),
        (
            "t",
            r#"{"t":[{"id":1,"a":null},{"id":2,"a":{"b":null}},{"id":3,"a":{}}]}"#,
            &["1|~", "2|~", "3|~"],
        ),
        (
            "t",
            r#"{"t":[{"other":{"id":4,"b":[[["deep"]]]},"id":1}]}"#,
            &["1|~"],
        ),
        ("t", r#"{"\u0074":[{"\u0069d":1}]}"#, &["1|~"]),
        // The last of a repeated key counts, with everything in it.
        ("t", r#"{"t":[{"id":1,"id":2}]}"#, &["2|~"]),
        ("t", r#"{"t":[{"id":1,"id":null}]}"#, &["~|~"]),
        ("t", r#"{"t":[{"a":{"b":"x"},"a":{}}]}"#, &["~|~"]),
        ("t", r#"{"t":[{"a":{"b":"x"},"a":null}]}"#, &["~|~"]),
        (
            "t.c",
            r#"{"t":[{"id":9,"c":[{"id":1},{"id":2}]},{"c":[]},{"c":[{"id":3}]}]}"#,
            &["1|~", "2|~", "3|~"],
        ),
        (
            "t.c",
            r#"{"t":[{"c":{"id":1}},{"c":null},{},{"c":{"id":2,"a":{"b":"z"}}}]}"#,
            &["1|~", "2|z"],
        ),
        ("t.c", r#"{"t":{"c":[{"id":1}]}}"#, &["1|~"]),
        ("t.c", r#"{"t":{"c":{"id":1}}}"#, &["1|~"]),
        ("t.c", r#"{"t":{}}"#, &[]),
        ("t.c", r#"{"t":[]}"#, &[]),
        (
            "a.b.c",
            r#"{"a":[{"b":[{"c":[{"id":1},{"id":2}]},{"c":{"id":3}}]},{"b":{"c":[{"id":4}]}},{"b":null}]}"#,
            &["1|~", "2|~", "3|~", "4|~"],
        ),
        (
            "t",
            " {\n\t\"t\" : [ { \"id\" : 1 } ,\r\n { \"id\" : 2 } ] } \n",
            &["1|~", "2|~"],
        ),
        ("t", r#"{"t":[{"id":"10","a":{"b":4}}]}"#, &["10|4"]),
        ("", r#"{"t":[],"id":3,"a":{"b":"x"}}"#, &["3|x"]),
    ];
    for (items, body, wanted) in cases {
        let shape = shape(items, &["id int64", "a.b text"]);
        let batch = decode(&shape, body).unwrap();
        assert_eq!(rows(&batch), wanted, "{items} {body}");
    }
}

#[test]
fn a_value_and_what_is_in_it() {
    let shape = shape(
        "t",
        &[
            "via json",
            "via.channel text",
            "via.source json",
            "via.source.rel text",
            "again=via.channel json",
        ],
    );
    let body = r#"{"t":[
        {"via":{"channel":"email","source":{"rel":"trigger"}}},
        {"via":{"source":null,"channel":4}},
        {"via":null},
        {},
        {"via":{"channel":"a"},"via":{"source":{"rel":"b"}}}]}"#;
    assert_eq!(
        rows(&decode(&shape, body).unwrap()),
        [
            r#"{"channel":"email","source":{"rel":"trigger"}}|email|{"rel":"trigger"}|trigger|"email""#,
            r#"{"source":null,"channel":4}|4|~|~|4"#,
            "~|~|~|~|~",
            "~|~|~|~|~",
            r#"{"source":{"rel":"b"}}|~|{"rel":"b"}|b|~"#,
        ]
    );
}

#[test]
fn an_item_as_it_was_sent() {
    let item = r#"{"id" :1, "a":{"b":"x"}}"#;
    let cases = [
        ("t", format!(r#"{{"t":[{item},{{}}]}}"#), vec![item, "{}"]),
        ("t", format!(r#"{{"t":{item}}}"#), vec![item]),
        (
            "t.c",
            format!(r#"{{"t":[{{"c":[{item}]}},{{"c": {item} }},{{"c":null}}]}}"#),
            vec![item, item],
        ),
    ];
    for (items, body, wanted) in &cases {
        let alone = decode(&shape(items, &["_raw= json"]), body).unwrap();
        assert_eq!(rows(&alone), *wanted);
        let with_others = shape(items, &["id int64", "_raw= json", "a.b text"]);
        let wanted: Vec<_> = wanted
            .iter()
            .map(|raw| match *raw {
                "{}" => "~|{}|~".to_owned(),
                raw => format!("1|{raw}|x"),
            })
            .collect();
        assert_eq!(rows(&decode(&with_others, body).unwrap()), wanted);
    }
    let mut whole_outer = shape("t.c", &["_raw= json"]);
    whole_outer.outer = vec![("_raw".to_owned(), Vec::new())];
    for wrong in [shape("t", &["_raw= text"]), whole_outer] {
        let error = decode(&wrong, "{}").unwrap_err();
        assert_eq!(error.kind, DecodeErrorKind::Shape);
        assert_eq!(error.path, "_raw");
    }
}

#[test]
fn bare_values_are_rows() {
    let bare = |items: &str, columns: &[&str]| Shape {
        bare: true,
        ..shape(items, columns)
    };
    let body = r#"{"tags":["a","b \u0041",7]}"#;
    let batch = decode(&bare("tags", &["name= text"]), body).unwrap();
    assert_eq!(rows(&batch), ["a", "b A", "7"]);
    let batch = decode(&bare("tags", &["name= text", "id int64"]), body).unwrap();
    assert_eq!(rows(&batch), ["a|~", "b A|~", "7|~"]);
    // Their number alone, and what the enclosing object says.
    assert_eq!(decode(&bare("tags", &[]), body).unwrap().num_rows(), 3);
    let mut inner = bare("tickets.tags", &["name= text", "ticket_id int64"]);
    inner.outer = vec![("ticket_id".to_owned(), path("id"))];
    let body = r#"{"tickets":[{"tags":["x","y"],"id":1},{"id":2,"tags":[]},{"id":3},{"id":4,"tags":["z"]}]}"#;
    assert_eq!(rows(&decode(&inner, body).unwrap()), ["x|1", "y|1", "z|4"]);
    inner.columns.remove(0);
    assert_eq!(rows(&decode(&inner, body).unwrap()), ["1", "1", "4"]);
    let cases = [
        (r#"{"tags":["a",null]}"#, "tags[1]"),
        (r#"{"tags":["a",["b"]]}"#, "tags[1]"),
        (r#"{"tags":[{"name":"a"}]}"#, "tags[0]"),
    ];
    for (body, place) in cases {
        let error = decode(&bare("tags", &["name= text"]), body).unwrap_err();
        assert!(error.to_string().contains(place), "{body}: {error}");
    }
    let objects_only = shape("tags", &["id int64"]);
    assert!(decode(&objects_only, r#"{"tags":["a"]}"#).is_err());
}

#[test]
fn an_answer_that_is_the_item() {
    let mut whole = shape(
        "unused",
        &["ticket_id int64", "incidents int64", "_raw= json"],
    );
    whole.items.clear();
    whole.columns[2].path.clear();
    let body = r#"{"incidents":7,"from_archive":true}"#;
    let bound = [("ticket_id".to_owned(), Value::Int(5))];
    let batch = PageDecoder::new(&whole)
        .and_then(|mut decoder| decoder.decode(body.as_bytes(), &bound))
        .unwrap();
    assert_eq!(rows(&batch), [format!("5|7|{body}")]);
    let error = decode(&whole, r#"{"incidents":"many"}"#).unwrap_err();
    assert_eq!(error.path, "incidents");
    for broken in [
        "",
        "7",
        r#"{"incidents":7"#,
        r#"{"incidents":7}}"#,
        "<html>",
    ] {
        assert!(decode(&whole, broken).is_err(), "{broken}");
    }
}

#[test]
fn enclosing_values_whatever_the_order() {
    let mut shape = shape(
        "events.children",
        &[
            "id int64",
            "ticket_id int64",
            "created_at timestamp",
            "via_rel text",
            "inside json",
        ],
    );
    shape.outer = vec![
        ("ticket_id".to_owned(), path("ticket_id")),
        ("created_at".to_owned(), path("created_at")),
        ("via_rel".to_owned(), path("via.rel")),
        ("inside".to_owned(), path("children")),
        ("not_projected".to_owned(), path("x")),
    ];
    let body = r#"{"events":[
        {"ticket_id":1,"created_at":"1970-01-02","via":{"rel":"r"},"children":[{"id":10,"ticket_id":99},{"id":11}]},
        {"children":[{"id":20}],"created_at":"1970-01-03","ticket_id":2},
        {"ticket_id":3,"children":[]},
        {"ticket_id":4},
        {"children":{"id":50},"ticket_id":5}]}"#;
    let both = r#"[{"id":10,"ticket_id":99},{"id":11}]"#;
    assert_eq!(
        rows(&decode(&shape, body).unwrap()),
        [
            format!("10|1|1970-01-02T00:00:00Z|r|{both}"),
            format!("11|1|1970-01-02T00:00:00Z|r|{both}"),
            r#"20|2|1970-01-03T00:00:00Z|~|[{"id":20}]"#.to_owned(),
            r#"50|5|~|~|{"id":50}"#.to_owned(),
        ]
    );
    let cases = [
        (
            r#"{"events":[{"children":[{"id":1}],"ticket_id":"x"}]}"#,
            r#"events[0].ticket_id: "x" is not an integer"#,
        ),
        (
            r#"{"events":[{"via":7,"children":[]}]}"#,
            "events[0].via: integer `7` is not an object",
        ),
        (
            r#"{"events":[{"children":[{},{"id":"x"}]}]}"#,
            r#"events[0].children[1].id: "x" is not an integer"#,
        ),
        (
            r#"{"events":[{"children":[],"children":[]}]}"#,
            "events[0].children: its object has two of it",
        ),
    ];
    for (body, wanted) in cases {
        assert_eq!(decode(&shape, body).unwrap_err().to_string(), wanted);
    }
    // Where nothing encloses the items, the outermost object is the item.
    shape.items = path("events");
    let rows = rows(&decode(&shape, body).unwrap());
    assert_eq!(rows[2], "~|3|~|~|[]");
}

#[test]
fn only_kept_items_are_looked_at() {
    let mut shape = shape(
        "e.c",
        &["id int64", "event_type text", "ticket=ticket int64"],
    );
    shape.outer = vec![("ticket".to_owned(), path("ticket"))];
    shape.keep = vec![("event_type".to_owned(), "Comment".to_owned())];
    let body = r#"{"e":[{"ticket":7,"c":[
        {"event_type":"Change","id":"not an integer"},
        {"id":1,"event_type":"Comment"},
        {"id":2},
        {"id":3,"event_type":null},
        {"id":4,"event_type":"Comm\u0065nt"}]}]}"#;
    assert_eq!(
        rows(&decode(&shape, body).unwrap()),
        ["1|Comment|7", "4|Comment|7"]
    );
    shape.columns.clear();
    assert_eq!(decode(&shape, body).unwrap().num_rows(), 2);
    shape.columns = vec![column("id int64")];
    shape.keep.push(("id".to_owned(), "4".to_owned()));
    assert_eq!(rows(&decode(&shape, body).unwrap()), ["4"]);
}

#[test]
fn no_columns_still_count() {
    let cases = [
        ("t", r#"{"t":[{"a":1},{},{"b":[{}]}]}"#, 3),
        ("t", r#"{"t":{"a":1}}"#, 1),
        ("t", r#"{"t":[]}"#, 0),
        ("t.c", r#"{"t":[{"c":[{},{}]},{"c":{}}]}"#, 3),
    ];
    for (items, body, wanted) in cases {
        let batch = decode(&shape(items, &[]), body).unwrap();
        assert_eq!(
            (batch.num_rows(), batch.num_columns()),
            (wanted, 0),
            "{body}"
        );
    }
}

#[test]
fn a_decoder_is_used_for_many_pages() {
    let mut decoder = PageDecoder::new(&shape("t", &["id int64", "s text"])).unwrap();
    let mut page = |body: &str| {
        decoder
            .decode(body.as_bytes(), &[])
            .map(|batch| rows(&batch))
    };
    assert_eq!(page(r#"{"t":[{"id":1,"s":"a"}]}"#).unwrap(), ["1|a"]);
    assert!(page(r#"{"t":[{"id":2,"s":"b"},{"id":"x"}]}"#).is_err());
    assert!(page(r#"{"t":[{"id":2,"s":"b"},"#).is_err());
    assert_eq!(page(r#"{"t":[]}"#).unwrap(), [""; 0]);
    assert_eq!(page(r#"{"t":[{"s":"c"}]}"#).unwrap(), ["~|c"]);
}

#[test]
fn deep_and_wide_input_is_skipped() {
    let deep = format!("{}1{}", "[".repeat(200_000), "]".repeat(200_000));
    let shape = shape("t", &["id int64", "j json"]);
    let body = format!(r#"{{"x":{deep},"t":[{{"skip":{deep},"j":{deep},"id":1}}]}}"#);
    let batch = decode(&shape, &body).unwrap();
    assert_eq!(rows(&batch), [format!("1|{deep}")]);
}

#[test]
fn the_outermost_object_is_asked_once_however_deep_the_items_lie() {
    let mut shape = shape("ivrs.menus.routes", &["ivr int64", "id int64"]);
    shape.outer = vec![("ivr".to_owned(), path("id"))];
    let body = r#"{"ivrs":[
        {"menus":[{"id":10,"routes":[{"id":1},{"id":2}]},{"id":11,"routes":[]},{"id":12,"routes":[{"id":3}]}],"id":7},
        {"id":8,"menus":[{"id":13,"routes":[{"id":4}]}]}]}"#;
    let batch = decode(&shape, body).unwrap();
    assert_eq!(rows(&batch), ["7|1", "7|2", "7|3", "8|4"]);
}

/// Nothing public tells how such an answer is wrapped.
#[test]
fn every_list_that_the_answer_is_or_has_holds_items() {
    let shape = shape("*", &["id int64", "_raw= json"]);
    let cases: [(&str, &[&str]); 5] = [
        (
            r#" [{"id":1},{"id":2}] "#,
            &[r#"1|{"id":1}"#, r#"2|{"id":2}"#],
        ),
        ("[]", &[]),
        (
            r#"{"ip_address":[{"id":2}],"count":3,"visitor":[{"id":1}],"next_url":null}"#,
            &[r#"2|{"id":2}"#, r#"1|{"id":1}"#],
        ),
        (r#"{"agents":[],"meta":{"id":7}}"#, &[]),
        (
            r#"{"data":[{"id":1,"x":[{"id":9}]}]}"#,
            &[r#"1|{"id":1,"x":[{"id":9}]}"#],
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(rows(&decode(&shape, body).unwrap()), expected, "{body}");
    }
    for (body, part) in [
        (
            r#"{"error":"no","count":1}"#,
            "the answer has no list; it has",
        ),
        (r#"{"agents":[{"id":"x"}]}"#, "id"),
        (r#"[{"id":1},null]"#, "null"),
        (r#"[{"id":1}"#, "breaks off"),
        (r#"{"agents":[{"id":1}]"#, "breaks off"),
    ] {
        let error = decode(&shape, body).unwrap_err().to_string();
        assert!(error.contains(part), "{body}: {error}");
    }
}
