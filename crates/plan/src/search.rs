//! Writing predicates in a vendor's query language, so that every matching row is found.
//!
//! What cannot be said safely is left out: the answer is then a superset and the engine re-checks it. No
//! text reaches the query unless it is made of characters without meaning in the language, so a literal
//! can never become syntax.

use crate::predicate::{Comparison, Predicate, Test, allowed};
use crate::record_filter;
use crate::table::{Language, Search, Table};
use crate::value::{MICROS, Type, Value, iso};

/// Values of one keyword that still make a sensible query; Zendesk is said to cut queries at 64 words.
const MAX_VALUES: usize = 20;
/// Characters of a whole query.
const MAX_LENGTH: usize = 1_500;

/// Keywords for which `field:none` is documented to mean that nothing is set.
const UNSET: [&str; 3] = ["assignee", "group", "organization"];

/// A query text and the predicates that travel in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The text, prefix included, not yet URL-encoded; JSON where it is posted.
    pub text: String,
    /// Places (in the scan's predicates) that the text carries.
    pub carried: Vec<usize>,
}

/// Writes `predicates` in the language of `search`.
#[must_use]
pub fn write(search: &Search, table: &Table, predicates: &[Predicate]) -> Query {
    match search.language {
        Language::ZendeskSearch => zendesk(search, table, predicates),
        Language::ZendeskFilter => record_filter::write(search, table, predicates),
    }
}

fn zendesk(search: &Search, table: &Table, predicates: &[Predicate]) -> Query {
    let mut query = Query {
        text: search.prefix.clone(),
        carried: Vec::new(),
    };
    // Zendesk reads a repeated keyword as OR, so each keyword's equality is written once.
    let mut equalities: Vec<&str> = Vec::new();
    for (place, predicate) in predicates.iter().enumerate() {
        let Some(column) = table.column(&predicate.column) else {
            continue;
        };
        let Some(keyword) = column.search.as_deref() else {
            continue;
        };
        let documented = |value: &Value| {
            column.values.is_empty()
                || matches!(value, Value::Text(text) if column.values.iter().any(|known| known == text))
        };
        let mut narrows = false;
        let term = match &predicate.test {
            Test::In(_) if column.kind == Type::Timestamp => continue,
            Test::In(_) | Test::Has(_) if equalities.contains(&keyword) => {
                // An equality on the same keyword has already narrowed the answer.
                if matches!(predicate.test, Test::In(_)) {
                    query.carried.push(place);
                }
                continue;
            }
            Test::In(_) => {
                let values = allowed(predicates, &column.name).unwrap_or_default();
                if values.is_empty() || values.len() > MAX_VALUES || !values.iter().all(documented)
                {
                    continue;
                }
                let Some(terms) = values
                    .iter()
                    .map(|value| term(keyword, ":", value))
                    .collect::<Option<Vec<_>>>()
                else {
                    continue;
                };
                narrows = true;
                terms.join(" ")
            }
            Test::Has(value) => {
                let Some(term) = term(keyword, ":", value) else {
                    continue;
                };
                narrows = true;
                term
            }
            Test::NotIn(values) => {
                if values.len() > MAX_VALUES || !values.iter().all(documented) {
                    continue;
                }
                let Some(terms) = values
                    .iter()
                    .map(|value| term(keyword, ":", value).map(|term| format!("-{term}")))
                    .collect::<Option<Vec<_>>>()
                else {
                    continue;
                };
                terms.join(" ")
            }
            Test::IsNull if UNSET.contains(&keyword) => format!("{keyword}:none"),
            Test::Compare(comparison, Value::Timestamp(micros)) => {
                // The index keeps whole seconds: bounds are widened to the second outside.
                let below = micros.div_euclid(MICROS);
                let above = below + i64::from(micros.rem_euclid(MICROS) != 0);
                match comparison {
                    Comparison::Greater | Comparison::AtLeast => {
                        format!("{keyword}>={}", iso(below * MICROS))
                    }
                    Comparison::Less | Comparison::AtMost => {
                        format!("{keyword}<={}", iso(above * MICROS))
                    }
                }
            }
            _ => continue,
        };
        if query.text.len() + term.len() + 1 > MAX_LENGTH {
            continue;
        }
        if narrows {
            equalities.push(keyword);
        }
        if !query.text.is_empty() {
            query.text.push(' ');
        }
        query.text.push_str(&term);
        query.carried.push(place);
    }
    query
}

fn term(keyword: &str, operator: &str, value: &Value) -> Option<String> {
    match value {
        Value::Int(number) => Some(format!("{keyword}{operator}{number}")),
        Value::Bool(truth) => Some(format!("{keyword}{operator}{truth}")),
        Value::Text(text) if is_plain(text) => Some(format!("{keyword}{operator}{text}")),
        _ => None,
    }
}

/// Text without any character that means something in a query: no blank, quote, sign, colon or star.
fn is_plain(text: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || c == '_' || c == '-' || c == '.';
    // `none` and relative words would be read as keywords' special values.
    !text.is_empty()
        && text.len() <= 100
        && text != "none"
        && text != "me"
        && text.chars().all(inner)
        && text.starts_with(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::table::Column;

    fn table() -> Table {
        let column = |name: &str, kind: &str, keyword: &str| Column {
            name: name.into(),
            kind: Type::parse(kind).unwrap(),
            path: vec![name.into()],
            reference: (name == "assignee_id").then(|| "users".into()),
            values: if name == "status" {
                vec!["open".into(), "closed".into()]
            } else {
                Vec::new()
            },
            about: None,
            sideload: None,
            pseudo: false,
            custom: false,
            labels: Default::default(),
            search: (!keyword.is_empty()).then(|| keyword.into()),
        };
        Table {
            name: "tickets".into(),
            about: String::new(),
            rows: String::new(),
            key: None,
            typical_rows: 1,
            columns: vec![
                column("status", "text", "status"),
                column("tags", "list<text>", "tags"),
                column("assignee_id", "int64", "assignee"),
                column("created_at", "timestamp", "created"),
                column("subject", "text", ""),
            ],
            drop: Vec::new(),
            ignore: Vec::new(),
            reads: Vec::new(),
            tail: None,
            count: None,
            needs: None,
            own_sign_in: false,
            unconfirmed: false,
            remote: None,
            child: None,
        }
    }

    fn search() -> Search {
        Search {
            parameter: "query".into(),
            prefix: "type:ticket".into(),
            language: Language::ZendeskSearch,
            required: true,
        }
    }

    fn text(value: &str) -> Value {
        Value::Text(value.into())
    }

    #[test]
    fn predicates_become_terms() {
        let has = |value: &str| Predicate {
            column: "tags".into(),
            test: Test::Has(text(value)),
        };
        let cases: Vec<(Vec<Predicate>, &str, Vec<usize>)> = vec![
            (
                vec![Predicate::in_values("status", vec![text("open")])],
                "type:ticket status:open",
                vec![0],
            ),
            (
                vec![
                    Predicate::in_values("status", vec![text("open"), text("closed")]),
                    has("vip"),
                ],
                "type:ticket status:closed status:open tags:vip",
                vec![0, 1],
            ),
            (vec![has("a"), has("b")], "type:ticket tags:a", vec![0]),
            (vec![has("a b"), has("x\" OR y")], "type:ticket", vec![]),
            (
                vec![Predicate {
                    column: "status".into(),
                    test: Test::NotIn(vec![text("closed")]),
                }],
                "type:ticket -status:closed",
                vec![0],
            ),
            (
                vec![Predicate {
                    column: "assignee_id".into(),
                    test: Test::IsNull,
                }],
                "type:ticket assignee:none",
                vec![0],
            ),
            (
                vec![
                    Predicate::compare(
                        "created_at",
                        Comparison::Greater,
                        Value::Timestamp(1_500_000),
                    ),
                    Predicate::compare("created_at", Comparison::Less, Value::Timestamp(2_500_000)),
                ],
                "type:ticket created>=1970-01-01T00:00:01Z created<=1970-01-01T00:00:03Z",
                vec![0, 1],
            ),
            (
                vec![Predicate::in_values("status", vec![text("weird")])],
                "type:ticket",
                vec![],
            ),
            (
                vec![Predicate::in_values("subject", vec![text("refund")])],
                "type:ticket",
                vec![],
            ),
        ];
        for (predicates, expected, carried) in cases {
            let query = write(&search(), &table(), &predicates);
            assert_eq!(
                (query.text.as_str(), query.carried),
                (expected, carried),
                "{predicates:?}"
            );
        }
    }

    proptest! {
        /// Whatever the literal, the query is the prefix, or the prefix and one term that reads back as it.
        #[test]
        fn no_literal_becomes_syntax(value in "\\PC{0,12}|[a-z\"'\\\\: <>*-]{0,12}") {
            let predicates = [Predicate { column: "tags".into(), test: Test::Has(text(&value)) }];
            let query = write(&search(), &table(), &predicates);
            match query.text.strip_prefix("type:ticket").unwrap() {
                "" => prop_assert!(query.carried.is_empty()),
                rest => {
                    prop_assert_eq!(rest, format!(" tags:{value}"));
                    prop_assert!(!value.contains([' ', '"', '\\', ':', '<', '>', '*', '\'', '(', ')']));
                    prop_assert!(!value.starts_with('-'));
                }
            }
        }
    }
}
