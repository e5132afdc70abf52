//! Custom fields: values of a list by their ids, written freely, and the words that people see.

use std::collections::BTreeMap;

use super::*;

fn custom(name: &str, kind: &str, id: &str) -> Column {
    Column {
        name: name.to_owned(),
        kind: Type::parse(kind).unwrap(),
        path: vec!["custom_fields".to_owned(), format!("[{id}]")],
        custom: true,
        ..column("x text")
    }
}

fn taken(columns: Vec<Column>, fields: &str) -> Result<String, String> {
    let shape = Shape {
        columns,
        items: path("rows"),
        ..Shape::default()
    };
    let body = format!(r#"{{"rows":[{{"custom_fields":{fields}}}]}}"#);
    let batch = decode(&shape, &body).map_err(|error| error.to_string())?;
    Ok(rows(&batch)[0].clone())
}

#[test]
fn values_are_found_by_their_ids() {
    let columns = || vec![custom("a", "text", "7"), custom("b", "int64", "12")];
    for (fields, row) in [
        (
            r#"[{"id":12,"value":5},{"id":7,"value":"x"},{"id":1,"value":[{"id":7}]}]"#,
            "x|5",
        ),
        (r#"[{"value":"late id","id":7}]"#, "late id|~"),
        (
            r#"[{"id":"7","value":"text id"},{"id":12,"value":"34"}]"#,
            "text id|34",
        ),
        (
            r#"[{"id":7,"value":"first"},{"id":7,"value":"last"}]"#,
            "last|~",
        ),
        (r#"[{"id":7,"value":null},{"id":12}]"#, "~|~"),
        ("[]", "~|~"),
        ("null", "~|~"),
    ] {
        assert_eq!(taken(columns(), fields).as_deref(), Ok(row), "{fields}");
    }
    // The list itself may be wanted, too.
    let mut both = columns();
    both.push(column("custom_fields json"));
    let fields = r#"[{"id":7,"value":"x"}]"#;
    assert_eq!(taken(both, fields).unwrap(), format!("x|~|{fields}"));
}

#[test]
fn values_are_written_freely() {
    for (kind, json, wanted) in [
        ("int64", r#""12""#, Some("12")),
        ("int64", r#""""#, Some("~")),
        ("decimal(38,9)", r#""1.5""#, Some("1.500000000")),
        ("bool", r#""true""#, Some("true")),
        ("bool", r#""""#, Some("~")),
        ("date", r#""2024-01-02T00:00:00+00:00""#, Some("2024-01-02")),
        ("date", r#""2024-01-02""#, Some("2024-01-02")),
        ("text", r#""""#, Some("")),
        ("list<text>", r#"["a","b"]"#, Some("[a, b]")),
        ("int64", r#""many""#, None),
        ("list<text>", r#""a""#, None),
    ] {
        let fields = format!(r#"[{{"id":7,"value":{json}}}]"#);
        let found = taken(vec![custom("a", kind, "7")], &fields);
        match wanted {
            Some(wanted) => assert_eq!(found.as_deref(), Ok(wanted), "{kind} {json}"),
            None => assert!(
                found.unwrap_err().contains("rows[0].custom_fields[7]"),
                "{kind} {json}"
            ),
        }
    }
}

#[test]
fn words_stand_for_values() {
    let labels = BTreeMap::from([("a".to_owned(), "Apple".to_owned())]);
    let label = || Column {
        labels: labels.clone(),
        ..custom("a__label", "text", "7")
    };
    let columns = || vec![custom("a", "text", "7"), label()];
    for (value, row) in [
        (r#""a""#, "a|Apple"),
        (r#""\u0061""#, "a|Apple"),
        (r#""gone""#, "gone|gone"),
        ("null", "~|~"),
    ] {
        let fields = format!(r#"[{{"id":7,"value":{value}}}]"#);
        assert_eq!(taken(columns(), &fields).as_deref(), Ok(row));
    }
}

#[test]
fn other_lists_are_no_objects() {
    let shape = shape("rows", &["via.channel text"]);
    let error = decode(&shape, r#"{"rows":[{"via":[]}]}"#).unwrap_err();
    assert!(error.to_string().contains("rows[0].via"), "{error}");
}
