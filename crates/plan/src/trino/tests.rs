//! What is written is read back by a tokenizer that knows nothing of the writer.

use proptest::prelude::*;

use super::*;
use crate::remote::{Decimal, Operator, Part, Pattern};
use crate::value::{MICROS, Type};

/// A token of Trino's grammar, with what it stands for.
#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Name(String),
    Text(String),
    Symbol(char),
}

fn tokens(sql: &str) -> Vec<Token> {
    let letters: Vec<char> = sql.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let letter = letters[at];
        let spelt = letter == 'U' && letters.get(at + 1) == Some(&'&');
        if letter == ' ' {
            at += 1;
        } else if letter == '\'' || letter == '"' || spelt {
            let (content, next) = quoted(&letters, if spelt { at + 2 } else { at });
            found.push(match letter {
                '"' => Token::Name(content),
                '\'' => Token::Text(content),
                _ => Token::Text(numbered(&content)),
            });
            at = next;
        } else if letter.is_ascii_alphanumeric() || letter == '-' {
            let start = at;
            while at < letters.len()
                && (letters[at].is_ascii_alphanumeric() || matches!(letters[at], '-' | '.'))
            {
                at += 1;
            }
            found.push(Token::Word(letters[start..at].iter().collect()));
        } else {
            assert!("()<>=,.".contains(letter), "{letter:?} in {sql}");
            found.push(Token::Symbol(letter));
            at += 1;
        }
    }
    found
}

fn quoted(letters: &[char], open: usize) -> (String, usize) {
    let quote = letters[open];
    let mut content = String::new();
    let mut at = open + 1;
    loop {
        match (letters.get(at), letters.get(at + 1)) {
            (Some(a), Some(b)) if *a == quote && *b == quote => {
                content.push(quote);
                at += 2;
            }
            (Some(a), _) if *a == quote => return (content, at + 1),
            (Some(a), _) => {
                content.push(*a);
                at += 1;
            }
            (None, _) => panic!("a quote is never closed"),
        }
    }
}

/// The content of `U&'…'`: `\XXXX` is a character, `\\` a backslash.
fn numbered(content: &str) -> String {
    let mut read = String::new();
    let mut rest = content;
    while let Some(at) = rest.find('\\') {
        read.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(left) = after.strip_prefix('\\') {
            read.push('\\');
            rest = left;
        } else {
            read.push(char::from_u32(u32::from_str_radix(&after[..4], 16).unwrap()).unwrap());
            rest = &after[4..];
        }
    }
    read + rest
}

fn one(test: Test) -> Selection {
    Selection {
        source: "account".into(),
        columns: vec!["Id".into()],
        conditions: vec![Condition {
            column: "x".into(),
            test,
        }],
        ..Selection::default()
    }
}

fn words(text: &str) -> Literal {
    Literal::Text(text.into())
}

fn pattern(text: &str) -> Test {
    Test::Like {
        pattern: Pattern::parse(text, Some('\\')),
        negated: false,
    }
}

#[test]
fn conditions_are_spelt_so_that_no_row_is_lost() {
    use Fidelity::{Absent, Exact, Rechecked};
    use Operator::{AtLeast, AtMost, Equal, Greater, Less, NotEqual};
    let at = |operator, micros| Test::Compare(operator, Literal::Timestamp(micros));
    let float = |operator, number| Test::Compare(operator, Literal::Float(number));
    let decimal = Literal::Decimal(Decimal::new(-1250, 2).unwrap());
    let zero = "TIMESTAMP '1970-01-01 00:00:00.000 +00:00'";
    let first = "TIMESTAMP '1970-01-01 00:00:00.001 +00:00'";
    let cases: Vec<(Test, &str, Fidelity)> = vec![
        (
            Test::Compare(Equal, words("O'Hara\\")),
            "x = 'O''Hara\\'",
            Exact,
        ),
        (
            Test::Compare(NotEqual, words("a\n'\\")),
            "x <> U&'a\\000A''\\\\'",
            Exact,
        ),
        (Test::Compare(Less, Literal::Int(-5)), "x < -5", Exact),
        (
            Test::Compare(AtMost, Literal::Int(i64::MIN)),
            "x <= BIGINT '-9223372036854775808'",
            Exact,
        ),
        (
            Test::Compare(Greater, decimal),
            "x > DECIMAL '-12.50'",
            Exact,
        ),
        (
            Test::Compare(Equal, Literal::Bool(false)),
            "x = FALSE",
            Exact,
        ),
        (
            Test::Compare(AtLeast, Literal::Date(-1)),
            "x >= DATE '1969-12-31'",
            Exact,
        ),
        (Test::Compare(AtLeast, Literal::Date(i32::MAX)), "", Absent),
        (float(Less, 1.5e300), "x < 1.5E300", Exact),
        (float(Less, 0.0), "x <= 0E0", Rechecked),
        (float(Greater, -0.0), "x >= 0E0", Rechecked),
        (float(Equal, 0.0), "x = 0E0", Rechecked),
        (float(NotEqual, 0.0), "", Absent),
        (float(Less, f64::NAN), "", Absent),
        (float(Less, f64::INFINITY), "", Absent),
        (at(AtLeast, 1_000), "x >= FIRST", Exact),
        (at(AtLeast, 1), "x > ZERO", Rechecked),
        (at(Greater, 999), "x > ZERO", Rechecked),
        (at(Less, 1), "x < FIRST", Rechecked),
        (at(AtMost, -1), "x < ZERO", Rechecked),
        (at(Equal, 1), "x > ZERO AND x < FIRST", Rechecked),
        (at(NotEqual, 1), "", Absent),
        (Test::In(vec![words("a")]), "x = 'a'", Exact),
        (
            Test::In(vec![words("a"), Literal::Null, words("b")]),
            "x IN ('a', 'b')",
            Exact,
        ),
        (
            Test::In(vec![Literal::Timestamp(0), Literal::Timestamp(1)]),
            "(x = ZERO OR x > ZERO AND x < FIRST)",
            Rechecked,
        ),
        (
            Test::In(vec![Literal::Float(1.0), Literal::Float(f64::NAN)]),
            "",
            Absent,
        ),
        (
            Test::NotIn(vec![Literal::Int(1), Literal::Int(2)]),
            "x NOT IN (1, 2)",
            Exact,
        ),
        (
            Test::NotIn(vec![Literal::Timestamp(0), Literal::Timestamp(1)]),
            "x <> ZERO",
            Rechecked,
        ),
        (Test::NotIn(vec![Literal::Float(0.0)]), "", Absent),
        (
            Test::Between(Literal::Int(1), Literal::Int(9)),
            "x BETWEEN 1 AND 9",
            Exact,
        ),
        (
            Test::Between(Literal::Timestamp(-1), Literal::Timestamp(1_000)),
            "x > TIMESTAMP '1969-12-31 23:59:59.999 +00:00' AND x <= FIRST",
            Rechecked,
        ),
        (
            Test::Between(Literal::Timestamp(0), Literal::Timestamp(1)),
            "x >= ZERO AND x < FIRST",
            Rechecked,
        ),
        (
            Test::Between(Literal::Date(0), Literal::Date(i32::MAX)),
            "x >= DATE '1970-01-01'",
            Rechecked,
        ),
        (Test::IsNull, "x IS NULL", Exact),
        (Test::IsNotNull, "x IS NOT NULL", Exact),
        (pattern("ab%"), "x LIKE 'ab%'", Exact),
        (pattern(r"a\b_"), r"x LIKE 'a\b_'", Exact),
        (pattern(r"5\%%\\"), r"x LIKE '5\%%\\' ESCAPE '\'", Exact),
        (
            Test::Like {
                pattern: Pattern::parse("'%", None),
                negated: true,
            },
            "x NOT LIKE '''%'",
            Exact,
        ),
    ];
    for (test, clause, fidelity) in cases {
        let written = select(&one(test.clone()), LONGEST).unwrap();
        let plain = written
            .text
            .replace("\"x\"", "x")
            .replace(zero, "ZERO")
            .replace(first, "FIRST");
        let expected = match clause {
            "" => "SELECT \"id\" AS \"c0\" FROM \"account\"".to_owned(),
            clause => format!("SELECT \"id\" AS \"c0\" FROM \"account\" WHERE {clause}"),
        };
        assert_eq!(
            (plain, written.fidelity),
            (expected, vec![fidelity]),
            "{test:?}"
        );
    }
}

#[test]
fn what_nothing_can_match_is_not_sent() {
    for test in [
        Test::Compare(Operator::Equal, Literal::Null),
        Test::In(vec![]),
        Test::NotIn(vec![Literal::Int(1), Literal::Null]),
    ] {
        assert_eq!(select(&one(test), LONGEST), None);
    }
    let always = select(&one(Test::NotIn(vec![])), LONGEST).unwrap();
    assert_eq!(always.fidelity, [Fidelity::Exact]);
    assert!(!always.text.contains("WHERE"));
}

#[test]
fn a_scan_has_its_own_names_order_and_limit() {
    let sort = |column: &str, descending, nulls_first| Sort {
        column: column.into(),
        kind: Type::Int64,
        descending,
        nulls_first,
    };
    let mut selection = Selection {
        source: "revenuelive.Thing".into(),
        columns: vec!["Order".into(), "odd\"name".into()],
        conditions: vec![],
        order: vec![sort("c1", true, Some(false)), sort("cc7", false, None)],
        limit: Some(10),
    };
    let statement = select(&selection, LONGEST).unwrap();
    assert_eq!(
        statement.text,
        "SELECT \"order\" AS \"ccc0\", \"odd\"\"name\" AS \"ccc1\" FROM \"revenuelive\".\"thing\" \
         ORDER BY \"c1\" DESC NULLS LAST, \"cc7\" ASC LIMIT 10"
    );
    assert!(statement.limited && statement.ordered);
    selection.conditions = one(Test::Compare(Operator::Less, Literal::Timestamp(1))).conditions;
    let rough = select(&selection, LONGEST).unwrap();
    assert!(
        !rough.limited && !rough.text.contains("LIMIT"),
        "{}",
        rough.text
    );
    let cramped = select(&selection, 10).unwrap();
    assert_eq!(cramped.fidelity, [Fidelity::Absent]);
    assert!(!cramped.limited);
    let count = Selection {
        source: "account".into(),
        ..Selection::default()
    };
    assert_eq!(
        select(&count, LONGEST).unwrap().text,
        "SELECT 1 AS \"c0\" FROM \"account\""
    );
}

#[test]
fn a_test_of_deleted_selects_it() {
    let mut selection = one(Test::Compare(Operator::Equal, Literal::Bool(true)));
    selection.conditions[0].column = "Deleted".into();
    let statement = select(&selection, LONGEST).unwrap();
    assert_eq!(
        statement.text,
        "SELECT \"id\" AS \"c0\", \"deleted\" AS \"c1\" FROM \"account\" WHERE \"deleted\" = TRUE"
    );
    assert_eq!(statement.outputs[1].header, "c1");
    selection.columns = vec!["deleted".into()];
    assert_eq!(select(&selection, LONGEST).unwrap().outputs.len(), 1);
}

#[test]
fn long_lists_become_several() {
    let values: Vec<Literal> = (0..2_500).map(Literal::Int).collect();
    let text = select(&one(Test::In(values.clone())), LONGEST)
        .unwrap()
        .text;
    assert_eq!(text.matches(" IN (").count(), 3);
    assert!(text.contains("WHERE (\"x\" IN (0, "));
    let runs = in_chunks("x", &values, 1_000, 2_000);
    let mut all = Vec::new();
    for run in &runs {
        let text = select(&one(run.test.clone()), 2_100).unwrap();
        assert!(text.text.len() <= 2_100);
        assert_eq!(text.fidelity, [Fidelity::Exact]);
        let Test::In(part) = &run.test else {
            panic!("{run:?}")
        };
        all.extend(part.clone());
    }
    assert_eq!(all, values);
    assert!(runs.len() > 3);
}

/// Reads a LIKE constant as Trino does.
fn trino_like(spelt: &str, escape: bool) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut letters = spelt.chars();
    let mut push = |part: Part| match (parts.last_mut(), part) {
        (Some(Part::Text(before)), Part::Text(after)) => before.push_str(&after),
        (_, part) => parts.push(part),
    };
    while let Some(letter) = letters.next() {
        push(match letter {
            '\\' if escape => {
                let next = letters.next().unwrap();
                assert!("%_\\".contains(next), "Trino refuses to escape {next:?}");
                Part::Text(next.to_string())
            }
            '%' => Part::Run,
            '_' => Part::One,
            other => Part::Text(other.to_string()),
        });
    }
    parts
}

const TEXT: &str = "[\\x00-\\u{10FFFF}]{0,8}|[a'\"\\\\%_\n&U;-]{0,10}";

proptest! {
    #[test]
    fn names_and_texts_read_back(column in TEXT, value in TEXT) {
        let selection = Selection {
            source: "account".into(),
            columns: vec![column.clone()],
            conditions: vec![Condition {
                column: column.clone(),
                test: Test::Compare(Operator::Equal, words(&value)),
            }],
            ..Selection::default()
        };
        let statement = select(&selection, LONGEST).unwrap();
        let word = |text: &str| Token::Word(text.into());
        let name = |text: &str| Token::Name(text.to_lowercase());
        let mut expected = vec![word("SELECT"), name(&column), word("AS"), name("c0")];
        if column.eq_ignore_ascii_case("deleted") {
            return Ok(());
        }
        expected.extend([word("FROM"), name("account"), word("WHERE"), name(&column)]);
        expected.extend([Token::Symbol('='), Token::Text(value.clone())]);
        prop_assert_eq!(tokens(&statement.text), expected);
        let constant = text(&value);
        prop_assert!(!constant.contains(char::is_control));
    }

    #[test]
    fn patterns_read_back(source in TEXT) {
        let pattern = Pattern::parse(&source, Some('\\'));
        let test = Test::Like { pattern: pattern.clone(), negated: false };
        let read = tokens(&select(&one(test), LONGEST).unwrap().text);
        let at = read.iter().position(|token| *token == Token::Word("LIKE".into())).unwrap();
        let Token::Text(spelt) = &read[at + 1] else { panic!("{read:?}") };
        let escape = match &read[at + 2..] {
            [] => false,
            [Token::Word(word), Token::Text(escape)] => word == "ESCAPE" && escape == "\\",
            more => panic!("{more:?}"),
        };
        prop_assert_eq!(trino_like(spelt, escape), pattern.parts().to_vec());
    }

    /// Whatever the bound, an instant that matches is found, and three digits are written.
    #[test]
    fn instants_round_outwards(bound in -5_000_i64..5_000, stored in -5_000_i64..5_000) {
        use Operator::{AtLeast, AtMost, Equal, Greater, Less};
        for operator in [Equal, Less, AtMost, Greater, AtLeast] {
            let holds = |operator: &str, bound: i64| match operator {
                "=" => stored == bound,
                "<" => stored < bound,
                "<=" => stored <= bound,
                ">" => stored > bound,
                _ => stored >= bound,
            };
            let asked = match operator {
                Equal => "=",
                Less => "<",
                AtMost => "<=",
                Greater => ">",
                _ => ">=",
            };
            let test = Test::Compare(operator, Literal::Timestamp(bound));
            let statement = select(&one(test), LONGEST).unwrap();
            let (_, clause) = statement.text.split_once(" WHERE ").unwrap();
            let found = clause.split(" AND ").all(|part| {
                let (left, constant) = part.split_once(" TIMESTAMP '").unwrap();
                let time = constant.strip_suffix(" +00:00'").unwrap();
                assert_eq!(time.split_once('.').unwrap().1.len(), 3);
                let time = chrono::NaiveDateTime::parse_from_str(time, "%Y-%m-%d %H:%M:%S%.3f").unwrap();
                holds(left.trim_start_matches("\"x\" "), time.and_utc().timestamp_micros())
            });
            let matches = holds(asked, bound);
            prop_assert!(found || !matches, "{} loses {}", clause, stored);
            if statement.fidelity == [Fidelity::Exact] {
                prop_assert_eq!(found, matches);
            }
        }
    }

    #[test]
    fn numbers_read_back(number: i64, unscaled: i64, scale in 0_u8..20, float: f64) {
        let word = |value: &Literal| tokens(&literal(value).unwrap());
        if number != i64::MIN {
            prop_assert_eq!(word(&Literal::Int(number)), vec![Token::Word(number.to_string())]);
        }
        let decimal = Decimal::new(unscaled.into(), scale).unwrap();
        let read = word(&Literal::Decimal(decimal));
        let Token::Text(digits) = &read[1] else { panic!("{read:?}") };
        prop_assert_eq!(digits.replace('.', "").parse::<i128>().unwrap(), i128::from(unscaled));
        prop_assert_eq!(digits.split_once('.').map_or(0, |(_, rest)| rest.len()), usize::from(scale));
        if float.is_finite() {
            let text = literal(&Literal::Float(float)).unwrap();
            prop_assert!(text.contains('E'));
            prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), float.to_bits());
        }
        let micros = number % (100_000 * 86_400 * MICROS) / 1_000 * 1_000;
        prop_assert!(literal(&Literal::Timestamp(micros)).is_some());
    }
}
