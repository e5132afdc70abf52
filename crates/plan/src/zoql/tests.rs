//! Clauses as they are spelt, and texts read back by another hand.

use proptest::prelude::*;

use super::*;
use crate::remote::{Decimal, Operator, Pattern};

fn one(column: &str, test: Test) -> Selection {
    Selection {
        source: "Account".into(),
        columns: vec!["Id".into(), "BillToContact.Id".into()],
        conditions: vec![Condition {
            column: column.into(),
            test,
        }],
        ..Selection::default()
    }
}

fn text(text: &str) -> Literal {
    Literal::Text(text.into())
}

fn like(pattern: &str, negated: bool) -> Test {
    Test::Like {
        pattern: Pattern::parse(pattern, Some('\\')),
        negated,
    }
}

#[test]
fn conditions_are_spelt_so_that_no_row_is_lost() {
    use Fidelity::{Absent, Exact, Rechecked};
    use Operator::{AtLeast, AtMost, Equal, Greater, Less, NotEqual};
    let at = |operator, micros| Test::Compare(operator, Literal::Timestamp(micros));
    let decimal = Literal::Decimal(Decimal::new(-1250, 2).unwrap());
    let cases: Vec<(Test, &str, Fidelity)> = vec![
        (
            Test::Compare(Equal, text("O'Hara")),
            "X = 'O''Hara'",
            Rechecked,
        ),
        (Test::Compare(Equal, text("a\\")), "", Absent),
        (Test::Compare(Equal, text("a\nb")), "", Absent),
        (Test::Compare(Equal, text("")), "", Absent),
        (Test::Compare(NotEqual, text("a")), "", Absent),
        (Test::Compare(Less, text("a")), "", Absent),
        (Test::Compare(NotEqual, Literal::Int(5)), "X != 5", Exact),
        (Test::Compare(AtMost, decimal), "X <= -12.50", Exact),
        (Test::Compare(Less, Literal::Float(0.5)), "", Absent),
        (Test::Compare(Equal, Literal::Bool(true)), "X = true", Exact),
        (
            Test::Compare(Greater, Literal::Date(0)),
            "X > '1970-01-01'",
            Exact,
        ),
        (at(AtLeast, 0), "X >= '1970-01-01T00:00:00Z'", Exact),
        (at(AtLeast, 1), "X >= '1970-01-01T00:00:00Z'", Rechecked),
        (at(Greater, 0), "X > '1970-01-01T00:00:00Z'", Rechecked),
        (at(Less, 0), "X < '1970-01-01T00:00:00Z'", Exact),
        (at(Less, -1), "X < '1970-01-01T00:00:00Z'", Rechecked),
        (at(AtMost, 0), "X < '1970-01-01T00:00:01Z'", Rechecked),
        (
            at(Equal, 0),
            "X >= '1970-01-01T00:00:00Z' and X < '1970-01-01T00:00:01Z'",
            Rechecked,
        ),
        (at(NotEqual, 0), "X != '1970-01-01T00:00:00Z'", Rechecked),
        (at(NotEqual, 1), "", Absent),
        (
            Test::In(vec![text("a"), Literal::Null, text("b")]),
            "(X = 'a' or X = 'b')",
            Rechecked,
        ),
        (Test::In(vec![Literal::Int(1)]), "X = 1", Exact),
        (Test::In(vec![text("a"), text("b\\")]), "", Absent),
        (
            Test::NotIn(vec![Literal::Int(1), Literal::Int(2)]),
            "X != 1 and X != 2",
            Exact,
        ),
        (Test::NotIn(vec![text("a")]), "", Absent),
        (
            Test::Between(Literal::Date(0), Literal::Date(1)),
            "X >= '1970-01-01' and X <= '1970-01-02'",
            Exact,
        ),
        (
            Test::Between(Literal::Date(0), Literal::Date(i32::MAX)),
            "X >= '1970-01-01'",
            Rechecked,
        ),
        (Test::IsNull, "X is null", Rechecked),
        (Test::IsNotNull, "", Absent),
        (like("ab%", false), "X like 'ab%'", Rechecked),
        (like("%a_b'", false), "X like '%a_b'''", Rechecked),
        (like("a%b", false), "", Absent),
        (like("%a%", false), "", Absent),
        (like("a_b", false), "", Absent),
        (like(r"a\_%", false), "", Absent),
        (like("%", false), "", Absent),
        (like("a%", true), "", Absent),
    ];
    for (test, clause, fidelity) in cases {
        let written = select(&one("X", test.clone()), LONGEST).unwrap().unwrap();
        let expected = match clause {
            "" => "select Id, BillToContact.Id from Account".to_owned(),
            clause => format!("select Id, BillToContact.Id from Account where {clause}"),
        };
        assert_eq!(
            (written.text, written.fidelity),
            (expected, vec![fidelity]),
            "{test:?}"
        );
    }
}

#[test]
fn names_that_need_quotes_are_refused() {
    for wrong in [
        "*",
        "Account.*",
        "",
        "a b",
        "a'b",
        "Id,Name",
        "1a",
        "a.",
        "Ünit",
    ] {
        let selection = Selection {
            source: "Account".into(),
            columns: vec![wrong.into()],
            ..Selection::default()
        };
        assert_eq!(
            select(&selection, LONGEST),
            Err(ZoqlError::Name(wrong.into()))
        );
        let tested = one(wrong, Test::IsNull);
        let statement = select(&tested, LONGEST).unwrap().unwrap();
        assert_eq!(statement.fidelity, [Fidelity::Absent]);
    }
    let none = Selection {
        source: "Account".into(),
        ..Selection::default()
    };
    assert_eq!(select(&none, LONGEST), Err(ZoqlError::NoColumns));
}

#[test]
fn headers_orders_and_limits() {
    let sort = |column: &str, kind, nulls_first| Sort {
        column: column.into(),
        kind,
        descending: true,
        nulls_first,
    };
    let mut selection = one("Balance", Test::Compare(Operator::Greater, Literal::Int(5)));
    selection.limit = Some(7);
    selection.order = vec![sort("UpdatedDate", Type::Timestamp, None)];
    let statement = select(&selection, LONGEST).unwrap().unwrap();
    assert_eq!(
        statement.text,
        "select Id, BillToContact.Id from Account where Balance > 5 order by UpdatedDate desc limit 7"
    );
    let headers: Vec<&str> = statement
        .outputs
        .iter()
        .map(|output| output.header.as_str())
        .collect();
    assert_eq!(headers, ["Account.Id", "BillToContact.Id"]);
    assert!(statement.ordered && statement.limited);
    for key in [
        sort("Name", Type::Text, None),
        sort("Balance", Type::Int64, Some(true)),
    ] {
        selection.order = vec![sort("UpdatedDate", Type::Timestamp, None), key];
        let statement = select(&selection, LONGEST).unwrap().unwrap();
        assert!(!statement.ordered && !statement.limited);
        assert!(
            statement.text.ends_with("Balance > 5"),
            "{}",
            statement.text
        );
    }
    selection.order.clear();
    selection.conditions[0].test = Test::IsNull;
    assert!(!select(&selection, LONGEST).unwrap().unwrap().limited);
    selection.limit = Some(0);
    assert_eq!(select(&selection, LONGEST).unwrap(), None);
    assert_eq!(select(&one("Id", Test::In(vec![])), LONGEST).unwrap(), None);
}

#[test]
fn statements_stay_within_their_length() {
    let values: Vec<Literal> = (0..2_000).map(|key| text(&format!("{key:032x}"))).collect();
    let whole = select(&one("Id", Test::In(values.clone())), LONGEST)
        .unwrap()
        .unwrap();
    assert_eq!(whole.fidelity, [Fidelity::Absent]);
    let mut all = Vec::new();
    for run in in_chunks("Id", &values, usize::MAX, LONGEST - 100) {
        let statement = select(&one("Id", run.test.clone()), LONGEST)
            .unwrap()
            .unwrap();
        assert_eq!(statement.fidelity, [Fidelity::Rechecked]);
        assert!(statement.text.len() <= LONGEST, "{}", statement.text.len());
        let Test::In(part) = run.test else { panic!() };
        all.extend(part);
    }
    assert_eq!(all, values);
}

proptest! {
    /// The only quotes in a statement are those around the text, and the text is what went in.
    #[test]
    fn texts_read_back(value in "[\\x00-\\u{10FFFF}]{0,8}|[a' =\"\\\\%_\n;-]{0,10}") {
        let test = Test::Compare(Operator::Equal, text(&value));
        let statement = select(&one("Name", test), LONGEST).unwrap().unwrap();
        match statement.text.split_once(" where Name = '") {
            None => prop_assert!(value.is_empty() || value.contains(|letter: char| letter == '\\' || letter.is_control())),
            Some((_, rest)) => {
                let inner = rest.strip_suffix('\'').unwrap();
                let halves: Vec<&str> = inner.split("''").collect();
                prop_assert!(halves.iter().all(|half| !half.contains('\'')));
                prop_assert_eq!(halves.join("'"), value);
            }
        }
    }

    /// An instant that matches is found, both as stored and as the file shows it, cut to its second.
    #[test]
    fn instants_round_outwards(bound in -4_000_000_i64..4_000_000, stored in -4_000_000_i64..4_000_000, whole: bool) {
        use Operator::{AtLeast, AtMost, Equal, Greater, Less, NotEqual};
        let bound = if whole { bound.div_euclid(1_000_000) * 1_000_000 } else { bound };
        let shown = stored.div_euclid(1_000_000) * 1_000_000;
        let holds = |symbol: &str, left: i64, right: i64| match symbol {
            "=" => left == right,
            "!=" => left != right,
            "<" => left < right,
            "<=" => left <= right,
            ">" => left > right,
            ">=" => left >= right,
            other => panic!("{other}"),
        };
        for (operator, symbol) in [(Equal, "="), (NotEqual, "!="), (Less, "<"), (AtMost, "<="), (Greater, ">"), (AtLeast, ">=")] {
            let test = Test::Compare(operator, Literal::Timestamp(bound));
            let statement = select(&one("X", test), LONGEST).unwrap().unwrap();
            let Some((_, clause)) = statement.text.split_once(" where ") else { continue };
            let found = clause.split(" and ").all(|part| {
                let mut words = part.split(' ').skip(1);
                let symbol = words.next().unwrap();
                let time = words.next().unwrap().trim_matches('\'');
                let time = chrono::DateTime::parse_from_rfc3339(time).unwrap();
                holds(symbol, stored, time.timestamp_micros())
            });
            for value in [stored, shown] {
                let matches = holds(symbol, value, bound);
                prop_assert!(found || !matches, "{} loses {}", clause, value);
                if statement.fidelity == [Fidelity::Exact] {
                    prop_assert_eq!(found, matches, "{}", clause);
                }
            }
        }
    }
}
