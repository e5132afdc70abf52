//! Predicates as a filter of a custom object's records: comparisons in JSON, so that every matching record is found.
//!
//! Which operators a kind of field takes is documented kind by kind, and only those are written. Text, names and regular
//! expressions are left out: nothing states that they are compared as a whole. Numbers, dates and times are widened where an
//! index that is coarser than ours would lose a record. The engine checks everything again.

use serde_json::{Map, Value as Json, json};

use crate::predicate::{Comparison, Predicate, Test};
use crate::remote::{civil, instant};
use crate::search::Query;
use crate::table::{Column, Search, Table};
use crate::value::{MICROS, Type, Value};

/// Values of one field that still make a sensible filter.
const MAX_VALUES: usize = 50;

/// Comparisons that say a predicate, or a little less.
enum Said {
    /// All of them hold.
    All(Vec<Json>),
    /// One of them holds.
    Any(Vec<Json>),
}

/// Writes what can be said of `predicates` as the body of a search.
pub(crate) fn write(search: &Search, table: &Table, predicates: &[Predicate]) -> Query {
    let (mut all, mut any) = (Vec::new(), Vec::new());
    let mut carried = Vec::new();
    for (place, predicate) in predicates.iter().enumerate() {
        let column = table.column(&predicate.column);
        let Some((column, field)) =
            column.and_then(|column| Some((column, column.search.as_deref()?)))
        else {
            continue;
        };
        match comparisons(column, field, &predicate.test) {
            Some(Said::All(found)) => all.extend(found),
            // A filter has one list of alternatives.
            Some(Said::Any(found)) if any.is_empty() => any = found,
            Some(Said::Any(_)) | None => continue,
        }
        carried.push(place);
    }
    let mut filter = Map::new();
    if let ([only], true) = (all.as_slice(), any.is_empty()) {
        filter.extend(only.as_object().cloned().into_iter().flatten());
    } else {
        for (word, list) in [("$and", all), ("$or", any)] {
            if !list.is_empty() {
                filter.insert(word.to_owned(), Json::Array(list));
            }
        }
    }
    Query {
        text: json!({ search.parameter.as_str(): filter }).to_string(),
        carried,
    }
}

fn comparisons(column: &Column, field: &str, test: &Test) -> Option<Said> {
    let said = |operator: &str, value: String| json!({ field: { operator: value } });
    let equal = |values: &[Value]| {
        let texts: Option<Vec<String>> = values.iter().map(whole).collect();
        let mut found: Vec<Json> = texts?.into_iter().map(|text| said("$eq", text)).collect();
        match found.len() {
            0 => None,
            1 => Some(Said::All(vec![found.remove(0)])),
            few if few <= MAX_VALUES => Some(Said::Any(found)),
            _ => None,
        }
    };
    let between = |low: Option<String>, high: Option<String>| {
        let low = low.map(|low| said("$gte", low));
        let high = high.map(|high| said("$lte", high));
        let found: Vec<Json> = low.into_iter().chain(high).collect();
        (!found.is_empty()).then_some(Said::All(found))
    };
    let is_option =
        |value: &Value| matches!(value, Value::Text(text) if column.values.contains(text));
    match (&column.kind, test) {
        (Type::Timestamp, test) => {
            let moment = second_before(test)?;
            Some(Said::All(vec![said("$gt", moment)]))
        }
        (Type::Date, Test::Compare(comparison, Value::Date(days))) => match comparison {
            Comparison::Greater | Comparison::AtLeast => between(Some(day(*days, -1)?), None),
            Comparison::Less | Comparison::AtMost => between(None, Some(day(*days, 1)?)),
        },
        (Type::Date, Test::In(values)) => {
            let days = |value: Option<&Value>| match value {
                Some(Value::Date(days)) => Some(*days),
                _ => None,
            };
            let (first, last) = (days(values.first())?, days(values.last())?);
            between(Some(day(first, -1)?), Some(day(last, 1)?))
        }
        (Type::Boolean, Test::In(values)) => match values.as_slice() {
            [Value::Bool(truth)] => Some(Said::All(vec![said("$eq", truth.to_string())])),
            _ => None,
        },
        // A lookup has no order.
        (Type::Int64, Test::In(values)) => equal(values),
        (Type::Int64 | Type::Decimal { .. }, Test::Compare(comparison, bound))
            if column.reference.is_none() =>
        {
            // Never `$gt`: a number with many digits may be equal to its neighbour in the index.
            match comparison {
                Comparison::Greater | Comparison::AtLeast => between(Some(number(bound)?), None),
                Comparison::Less | Comparison::AtMost => between(None, Some(number(bound)?)),
            }
        }
        (Type::Decimal { .. }, Test::In(values)) => {
            // 12.5 and 12.50 may be two texts; as bounds they are one number.
            between(
                Some(number(values.first()?)?),
                Some(number(values.last()?)?),
            )
        }
        (Type::Text, Test::In(values)) if column.values.is_empty() => equal(values),
        (Type::Text, Test::In(values)) if values.iter().all(is_option) => equal(values),
        (Type::Text, Test::NotIn(values))
            if !values.is_empty() && values.len() <= MAX_VALUES && values.iter().all(is_option) =>
        {
            let found = values.iter().map(|value| said("$noteq", value.to_string()));
            Some(Said::All(found.collect()))
        }
        (Type::List(_), Test::Has(value)) => {
            Some(Said::All(vec![said("$contains", whole(value)?)]))
        }
        _ => None,
    }
}

/// A value that the API compares as a whole: no text that it may trim.
fn whole(value: &Value) -> Option<String> {
    match value {
        Value::Int(number) => Some(number.to_string()),
        Value::Text(text) if !text.is_empty() && text.trim() == text => Some(text.clone()),
        _ => None,
    }
}

fn number(value: &Value) -> Option<String> {
    match value {
        Value::Int(number) => Some(number.to_string()),
        Value::Decimal(number) => {
            let text = number.to_string();
            let digits = match text.contains('.') {
                true => text.trim_end_matches('0').trim_end_matches('.'),
                false => &text,
            };
            Some(digits.to_owned())
        }
        _ => None,
    }
}

/// So many days later: nothing states in which time zone the index keeps days.
fn day(days: i32, later: i32) -> Option<String> {
    Some(
        civil(days.checked_add(later)?)?
            .format("%Y-%m-%d")
            .to_string(),
    )
}

/// `$gt` is the only operator on times, and takes what lies behind a moment: the second before a lower bound.
fn second_before(test: &Test) -> Option<String> {
    let bound = match test {
        Test::Compare(Comparison::Greater | Comparison::AtLeast, bound) => bound,
        Test::In(values) => values.first()?,
        _ => return None,
    };
    let Value::Timestamp(micros) = bound else {
        return None;
    };
    let before = micros
        .div_euclid(MICROS)
        .checked_sub(1)?
        .checked_mul(MICROS)?;
    Some(instant(before)?.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::decimal::Decimal;
    use crate::table::Language;

    fn table() -> Table {
        let text = r#"
about = "A thing."
rows = "All."
key = "id"
[columns]
id = "text"
name = "text"
created_at = { type = "timestamp", search = "created_at" }
created_by_user_id = { type = "text", search = "created_by_user" }
rented = { type = "bool", search = "custom_object_fields.rented" }
bought_on = { type = "date", search = "custom_object_fields.bought_on" }
seats = { type = "int64", search = "custom_object_fields.seats" }
owner = { type = "int64", ref = "users", search = "custom_object_fields.owner" }
price = { type = "decimal(38,9)", search = "custom_object_fields.price" }
model = { type = "text", values = ["x1", "x2"], search = "custom_object_fields.model" }
colours = { type = "list<text>", search = "custom_object_fields.colours" }
[[read]]
name = "search"
post = "/things/search"
items = "things"
pages = "cursor"
search = { parameter = "filter", language = "zendesk_filter", required = true }
"#;
        crate::language::table("things", text).unwrap()
    }

    fn search() -> Search {
        Search {
            parameter: "filter".into(),
            prefix: String::new(),
            language: Language::ZendeskFilter,
            required: true,
        }
    }

    fn text(value: &str) -> Value {
        Value::Text(value.into())
    }

    fn is(column: &str, values: &[Value]) -> Predicate {
        Predicate::in_values(column, values.to_vec())
    }

    fn not(column: &str, value: &str) -> Predicate {
        Predicate {
            column: column.into(),
            test: Test::NotIn(vec![text(value)]),
        }
    }

    fn has(column: &str, value: &str) -> Predicate {
        Predicate {
            column: column.into(),
            test: Test::Has(text(value)),
        }
    }

    fn filter(predicates: &[Predicate]) -> (Json, Vec<usize>) {
        let query = write(&search(), &table(), predicates);
        let body: Json = serde_json::from_str(&query.text).unwrap();
        (body["filter"].clone(), query.carried)
    }

    #[test]
    fn predicates_become_comparisons() {
        use Comparison::{AtLeast, AtMost, Greater, Less};
        let at = Predicate::compare;
        let price = |unscaled| Value::Decimal(Decimal::new(unscaled, 9).unwrap());
        let field = |name: &str| format!("custom_object_fields.{name}");
        let cases: Vec<(Predicate, Json)> = vec![
            (
                at("created_at", AtLeast, Value::Timestamp(10_500_000)),
                json!({"created_at": {"$gt": "1970-01-01T00:00:09Z"}}),
            ),
            (
                is("created_by_user_id", &[text("77")]),
                json!({"created_by_user": {"$eq": "77"}}),
            ),
            (
                is("rented", &[Value::Bool(false)]),
                json!({field("rented"): {"$eq": "false"}}),
            ),
            (
                at("bought_on", Greater, Value::Date(0)),
                json!({field("bought_on"): {"$gte": "1969-12-31"}}),
            ),
            (
                is("bought_on", &[Value::Date(0)]),
                json!({"$and": [{field("bought_on"): {"$gte": "1969-12-31"}}, {field("bought_on"): {"$lte": "1970-01-02"}}]}),
            ),
            (
                at("seats", Less, Value::Int(7)),
                json!({field("seats"): {"$lte": "7"}}),
            ),
            (
                is("seats", &[Value::Int(7), Value::Int(9)]),
                json!({"$or": [{field("seats"): {"$eq": "7"}}, {field("seats"): {"$eq": "9"}}]}),
            ),
            (
                is("owner", &[Value::Int(7)]),
                json!({field("owner"): {"$eq": "7"}}),
            ),
            (
                at("price", AtMost, price(12_500_000_000)),
                json!({field("price"): {"$lte": "12.5"}}),
            ),
            (
                is("price", &[price(-1_000_000_000)]),
                json!({"$and": [{field("price"): {"$gte": "-1"}}, {field("price"): {"$lte": "-1"}}]}),
            ),
            (
                is("model", &[text("x1")]),
                json!({field("model"): {"$eq": "x1"}}),
            ),
            (
                not("model", "x1"),
                json!({field("model"): {"$noteq": "x1"}}),
            ),
            (
                has("colours", "dark \"red\""),
                json!({field("colours"): {"$contains": "dark \"red\""}}),
            ),
        ];
        for (predicate, expected) in cases {
            let (found, carried) = filter(std::slice::from_ref(&predicate));
            assert_eq!((found, carried), (expected, vec![0]), "{predicate}");
        }
    }

    #[test]
    fn alternatives_and_conditions_stand_side_by_side() {
        let predicates = [
            is("seats", &[Value::Int(1), Value::Int(2)]),
            is("owner", &[Value::Int(7)]),
            is("model", &[text("x1"), text("x2")]),
            is("rented", &[Value::Bool(true)]),
        ];
        let (found, carried) = filter(&predicates);
        assert_eq!(carried, [0, 1, 3]);
        assert_eq!(found["$or"].as_array().unwrap().len(), 2);
        assert_eq!(found["$and"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn what_is_not_complete_stays_here() {
        use Comparison::{Greater, Less};
        let many: Vec<Value> = (0..51).map(Value::Int).collect();
        for predicate in [
            is("name", &[text("x")]),
            is("created_by_user_id", &[text(" 7")]),
            is("created_by_user_id", &[text("")]),
            Predicate::compare("created_at", Less, Value::Timestamp(0)),
            Predicate::compare("created_at", Greater, Value::Timestamp(i64::MIN)),
            Predicate::compare("bought_on", Greater, Value::Date(i32::MAX)),
            Predicate::compare("owner", Greater, Value::Int(1)),
            is("rented", &[Value::Bool(false), Value::Bool(true)]),
            is("seats", &many),
            is("model", &[text("gone")]),
            not("model", "gone"),
            has("colours", ""),
            Predicate {
                column: "seats".into(),
                test: Test::IsNull,
            },
        ] {
            assert_eq!(
                filter(std::slice::from_ref(&predicate)).1,
                [0; 0],
                "{predicate}"
            );
        }
    }

    proptest! {
        /// Whatever the literal, the body is one comparison that reads back as it.
        #[test]
        fn no_literal_becomes_syntax(value in "\\PC{0,12}|[$a-z\"'\\\\{}: ]{0,12}") {
            let (found, carried) = filter(&[is("created_by_user_id", &[text(&value)])]);
            if carried.is_empty() {
                prop_assert!(value.is_empty() || value.trim() != value);
            } else {
                prop_assert_eq!(found, json!({"created_by_user": {"$eq": value}}));
            }
        }
    }
}
