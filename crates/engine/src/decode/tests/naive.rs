//! The decoder against the obvious way: parse everything, look every path up.

use proptest::prelude::*;
use serde_json::Value as Json;

use super::*;

const COLUMNS: [&str; 11] = [
    "id int64",
    "rate float64",
    "amount decimal(30,6)",
    "flag bool",
    "subject text",
    "at timestamp",
    "tags list<text>",
    "ids list<int64>",
    "via json",
    "via.channel text",
    "via.source.rel text",
];

/// A JSON object as members in order, so that keys can be shuffled and repeated.
type Members = Vec<(&'static str, String)>;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z]{0,8}",
        "[\\x00-\\x20\"\\\\/\u{7f}あ😀]{0,6}"
    ]
    .prop_map(|text| serde_json::to_string(&text).unwrap())
}

/// The same string with every character escaped.
fn escaped_text() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| {
        let units: String = text
            .encode_utf16()
            .map(|unit| format!("\\u{unit:04x}"))
            .collect();
        format!("\"{units}\"")
    })
}

fn or_null(value: impl Strategy<Value = String> + 'static) -> BoxedStrategy<String> {
    prop_oneof![1 => Just("null".to_owned()), 4 => value].boxed()
}

fn list(item: impl Strategy<Value = String> + 'static) -> BoxedStrategy<String> {
    or_null(
        prop::collection::vec(or_null(item), 0..4)
            .prop_map(|items| format!("[{}]", items.join(" ,"))),
    )
}

fn object(members: impl Strategy<Value = Members>) -> impl Strategy<Value = String> {
    members.prop_map(|members| {
        let members: Vec<_> = members
            .into_iter()
            .map(|(key, value)| format!("{}: {value}", Json::from(key)))
            .collect();
        format!("{{{}}}", members.join(", "))
    })
}

fn via() -> BoxedStrategy<String> {
    let source = or_null(object(prop::collection::vec(
        ("rel|x", or_null(text())).prop_map(|(key, value)| (leak(&key), value)),
        0..3,
    )));
    let member = prop_oneof![
        or_null(text()).prop_map(|value| ("channel", value)),
        source.prop_map(|value| ("source", value)),
        text().prop_map(|value| ("other", value)),
    ];
    or_null(object(prop::collection::vec(member, 0..4)))
}

fn leak(key: &str) -> &'static str {
    if key == "rel" { "rel" } else { "x" }
}

fn item() -> impl Strategy<Value = String> {
    let micros = (-62_135_596_800_i64..253_402_300_800, 0..1_000_000_i64);
    let member = prop_oneof![
        or_null(any::<i64>().prop_map(|id| id.to_string())).prop_map(|value| ("id", value)),
        or_null((-1e300..1e300_f64).prop_map(|rate| Json::from(rate).to_string()))
            .prop_map(|value| ("rate", value)),
        or_null((any::<i64>(), 0..999_999_u32).prop_map(|(a, b)| format!("{a}.{b:06}")))
            .prop_map(|value| ("amount", value)),
        or_null(any::<bool>().prop_map(|flag| flag.to_string())).prop_map(|value| ("flag", value)),
        or_null(prop_oneof![text(), escaped_text()]).prop_map(|value| ("subject", value)),
        or_null(micros.prop_map(|(seconds, micros)| {
            format!(
                "\"{}\"",
                zuzen_plan::value::iso(seconds * 1_000_000 + micros)
            )
        }))
        .prop_map(|value| ("at", value)),
        list(text()).prop_map(|value| ("tags", value)),
        list(any::<i64>().prop_map(|id| id.to_string())).prop_map(|value| ("ids", value)),
        via().prop_map(|value| ("via", value)),
        via().prop_map(|value| ("ignored", value)),
    ];
    object(prop::collection::vec(member, 0..14))
}

/// What a cell must print as, by looking it up in the parsed item.
fn lookup(item: &Json, column: &Column) -> String {
    let found = column.path.iter().try_fold(item, |at, key| at.get(key));
    print(found.unwrap_or(&Json::Null), &column.kind)
}

fn print(value: &Json, kind: &Type) -> String {
    match (value, kind) {
        (Json::Null, _) => "~".to_owned(),
        (Json::String(text), _) => text.clone(),
        (Json::Array(items), Type::List(kind)) => {
            let items: Vec<_> = items.iter().map(|item| print(item, kind)).collect();
            format!("[{}]", items.join(", "))
        }
        (other, _) => other.to_string(),
    }
}

/// The decoder's cell in the same form.
fn printed(cell: &str, column: &Column) -> String {
    match &column.kind {
        _ if cell == "~" => cell.to_owned(),
        Type::Json => serde_json::from_str::<Json>(cell).unwrap().to_string(),
        Type::Float64 => format!("{:?}", cell.parse::<f64>().unwrap()),
        // Both sides print an instant in their own way: compare the instants.
        Type::Timestamp => chrono::DateTime::parse_from_rfc3339(cell)
            .unwrap()
            .timestamp_micros()
            .to_string(),
        _ => cell.to_owned(),
    }
}

proptest! {
    #[test]
    fn agrees_with_the_obvious_way(items in prop::collection::vec(item(), 0..5), pick in any::<u16>()) {
        let wanted: Vec<_> = COLUMNS.iter().enumerate().filter(|(at, _)| pick & (1 << at) != 0).map(|(_, text)| *text).collect();
        let shape = shape("t", &wanted);
        let body = format!("{{\"a\":1,\"t\":[{}],\"z\":null}}", items.join(","));
        let batch = decode(&shape, &body).unwrap();
        prop_assert_eq!(batch.num_rows(), items.len());
        let options = FormatOptions::new().with_null("~");
        for (column, array) in shape.columns.iter().zip(batch.columns()) {
            let cells = ArrayFormatter::try_new(array, &options).unwrap();
            for (row, text) in items.iter().enumerate() {
                let item: Json = serde_json::from_str(text).unwrap();
                let mut expected = lookup(&item, column);
                match column.kind {
                    // serde_json would lose digits, of a float the last one: take the number's own text.
                    Type::Decimal { .. } => expected = sent(text, "amount"),
                    Type::Float64 => expected = printed(&sent(text, "rate"), column),
                    Type::Timestamp => expected = printed(&expected, column),
                    _ => {}
                }
                prop_assert_eq!(printed(&cells.value(row).to_string(), column), expected, "{} of {}", column.name, text);
            }
        }
        let cut = usize::from(pick) % body.len();
        if body.is_char_boundary(cut) {
            prop_assert!(decode(&shape, &body[..cut]).is_err());
        }
    }
}

/// The text of the last member of this name; `~` where there is none.
fn sent(item: &str, name: &str) -> String {
    let members: std::collections::HashMap<String, Box<serde_json::value::RawValue>> =
        serde_json::from_str(item).unwrap();
    match members.get(name).map(|raw| raw.get()) {
        None | Some("null") => "~".to_owned(),
        Some(text) => text.to_owned(),
    }
}
