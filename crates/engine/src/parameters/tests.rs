//! Bound values: that they mean what they are, everywhere, and what is said of those that do not fit.

use std::sync::Arc;

use arrow::array::{ArrayRef, StructArray};
use arrow::datatypes::{DataType, Field, IntervalDayTime, IntervalMonthDayNano, i256};
use datafusion::common::ScalarValue;
use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::Parameters;
use crate::{Engine, Error, Kind, Statement};

const URL: &str = "URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=secret";

fn engine() -> Engine {
    let builder = Engine::builder().connection("zendesk", URL);
    builder.build().unwrap()
}

fn read(engine: &Engine, sql: &str) -> Statement {
    let mut statements = engine.statements(sql).unwrap();
    assert_eq!(statements.len(), 1, "{sql}");
    statements.remove(0)
}

async fn value(engine: &Engine, statement: Statement) -> Result<ScalarValue, Error> {
    let batches = engine.run(statement).await?.collect().await?;
    Ok(ScalarValue::try_from_array(batches[0].column(0), 0)?)
}

fn text(letters: &str) -> ScalarValue {
    ScalarValue::from(letters)
}

fn number(number: i64) -> ScalarValue {
    ScalarValue::from(number)
}

fn list(of: &[ScalarValue], kind: &DataType) -> ScalarValue {
    ScalarValue::List(ScalarValue::new_list_nullable(of, kind))
}

#[test]
fn placeholders_are_found_wherever_they_stand() {
    let engine = engine();
    for (sql, expected) in [
        ("SELECT 1", ""),
        ("SELECT ?, ? + ?", "1 2 3"),
        ("SELECT $2, $1, $2", "1 2"),
        ("SELECT ?2, ?1", "1 2"),
        ("SELECT :a, $b, @c, :a", "a b c"),
        (
            "SELECT :z FROM (SELECT @y AS y) WHERE y IN ($x, :w)",
            "z y x w",
        ),
        (
            "SELECT id FROM tickets ORDER BY id LIMIT :n OFFSET ?",
            "1 n",
        ),
        ("SELECT TOP (?) id FROM tickets", "1"),
        ("EXPLAIN SELECT :a", "a"),
        ("COPY (SELECT :a) TO 'x.csv'", "a"),
        ("CALL p(:a, Name => @b)", "a b"),
        ("EXEC p @Name = @value, @Other = ?", "1 value"),
        ("EXECUTE p(Name => $1)", "1"),
        ("SELECT * FROM zendesk.p(@Name = :a)", "a"),
        ("SELECT * FROM TABLE(p(Name => :a))", "a"),
        ("SET zuzen.max_requests = :n", "n"),
        ("INSERT INTO t VALUES (?, :b)", "1 b"),
        ("SELECT '?', ':a', \"@b\", @@version -- :c", ""),
        ("SELECT a::int FROM t", ""),
        ("PREPARE p AS SELECT $1, :a", ""),
        ("EXECUTE p(:a)", "a"),
        ("SELECT :日本", "日本"),
        ("REFRESH SCHEMA", ""),
    ] {
        assert_eq!(
            read(&engine, sql).placeholders().join(" "),
            expected,
            "{sql}"
        );
    }
}

#[tokio::test]
async fn values_reach_what_is_sent() {
    let engine = engine();
    let ids = list(&[number(3), number(4)], &DataType::Int64);
    let day = ScalarValue::Date32(Some(20_000));
    let instant = |zone: &str| {
        ScalarValue::TimestampMicrosecond(Some(1_700_000_000_123_456), Some(zone.into()))
    };
    for (sql, values, sent) in [
        (
            "id = ?",
            Parameters::positional([number(7)]),
            "show_many?ids=7",
        ),
        (
            "id = ?",
            Parameters::positional([ScalarValue::Int32(Some(7))]),
            "show_many?ids=7",
        ),
        (
            "id IN (:ids)",
            Parameters::named([("ids", ids.clone())]),
            "show_many?ids=3,4",
        ),
        (
            "id IN (1, @ids)",
            Parameters::named([("@ids", ids)]),
            "show_many?ids=1,3,4",
        ),
        (
            "status = $s",
            Parameters::named([("s", text("open"))]),
            "query=status:open",
        ),
        (
            "status = $s",
            Parameters::named([("s", ScalarValue::LargeUtf8(Some("open".into())))]),
            "query=status:open",
        ),
        (
            "created_at >= ?",
            Parameters::positional([day]),
            "created%3E%3D2024-10-04T00:00:00Z",
        ),
        (
            "created_at >= ?",
            Parameters::positional([instant("+00:00")]),
            "created%3E%3D2023-11-14T22:13:2",
        ),
        (
            "created_at >= ?",
            Parameters::positional([instant("UTC")]),
            "created%3E%3D2023-11-14T22:13:2",
        ),
        (
            "created_at >= ?",
            Parameters::positional([instant("Asia/Tokyo")]),
            "created%3E%3D2023-11-14T22:13:2",
        ),
    ] {
        let statement = read(
            &engine,
            &format!("EXPLAIN SELECT id, subject FROM tickets WHERE {sql}"),
        );
        let plan = engine.run(statement.bind(&values).unwrap()).await.unwrap();
        let plan = plan.to_string().await.unwrap();
        assert!(plan.contains(sent), "{sql}: {plan}");
    }
}

#[tokio::test]
async fn values_reach_every_clause() {
    let engine = engine();
    for (sql, values, expected) in [
        (
            "SELECT count(*) FROM (SELECT 1 FROM (VALUES (1), (2), (3)) LIMIT ?)",
            vec![number(2)],
            number(2),
        ),
        (
            "SELECT count(*) FROM (SELECT TOP (?) 1 FROM (VALUES (1), (2), (3)) AS t(a))",
            vec![number(2)],
            number(2),
        ),
        (
            "SELECT a FROM (VALUES (1), (2), (3)) AS t(a) ORDER BY a OFFSET :skip LIMIT 1",
            vec![number(2)],
            number(3),
        ),
        (
            "SELECT count(*) FROM (VALUES (1), (2)) AS t(a) WHERE a IN (?)",
            vec![list(&[], &DataType::Int64)],
            number(0),
        ),
        (
            "SELECT count(*) FROM (VALUES (1), (2)) AS t(a) WHERE a NOT IN (?)",
            vec![list(&[], &DataType::Int64)],
            number(2),
        ),
        (
            "SELECT max(a) FROM (VALUES (1), (2)) AS t(a) GROUP BY a > $1 HAVING a > $1",
            vec![number(1)],
            number(2),
        ),
        (
            "SELECT CASE WHEN :a = 'it''s' THEN 1 ELSE 2 END",
            vec![text("it's")],
            number(1),
        ),
        (
            "SELECT count(*) FROM (SELECT ?) WHERE ? IS NULL",
            vec![number(1), ScalarValue::Null],
            number(1),
        ),
    ] {
        let bound = read(&engine, sql)
            .bind(&Parameters::positional(values))
            .unwrap();
        assert_eq!(value(&engine, bound).await.unwrap(), expected, "{sql}");
    }
}

#[tokio::test]
async fn headings_do_not_hang_on_values() {
    let engine = engine();
    let counted =
        read(&engine, "SELECT ?, ?").bind(&Parameters::positional([text("x"), text("x")]));
    let frame = engine.run(counted.unwrap()).await.unwrap();
    assert_eq!(frame.schema().field_names(), ["$1", "$2"]);
    let statement = read(&engine, "SELECT :a, 1 + $b, upper(@c) AS c, 2");
    let values = Parameters::named([("a", text("x")), ("b", number(-1)), ("c", text("y"))]);
    let frame = engine.run(statement.bind(&values).unwrap()).await.unwrap();
    let names: Vec<&str> = frame
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    assert_eq!(names, [":a", "1 + $b", "c", "2"]);
}

#[test]
fn what_does_not_fit_is_named() {
    let engine = engine();
    let positional = |count: usize| Parameters::positional(vec![text("hush"); count]);
    let named = |names: &[&str]| Parameters::named(names.iter().map(|name| (*name, text("hush"))));
    for (sql, values, message, hint) in [
        (
            "SELECT ?, ?",
            positional(1),
            "has 2 parameters in order, and 1 value is given",
            "one value for each ?",
        ),
        (
            "SELECT ?",
            positional(3),
            "has 1 parameter in order, and 3 values are given",
            "one value for each ?",
        ),
        (
            "SELECT $3",
            positional(2),
            "has 3 parameters in order",
            "highest of $1",
        ),
        (
            "SELECT 1",
            positional(1),
            "has 0 parameters in order",
            "write ? or $1",
        ),
        (
            "SELECT ?",
            Parameters::default(),
            "has 1 parameter in order, and 0 values",
            "one value",
        ),
        (
            "SELECT :a, :b",
            positional(1),
            "has 2 parameters in order, and 1 value",
            "one value",
        ),
        (
            "SELECT ?, :a",
            positional(2),
            "has 1 parameter in order, and 2 values",
            "one value",
        ),
        (
            "SELECT :status",
            Parameters::default(),
            "the parameter `status` has no value",
            "by name",
        ),
        (
            "SELECT :status",
            named(&["stats"]),
            "the parameter `status` has no value",
            "there is a value for `stats`",
        ),
        (
            "SELECT :a",
            named(&["a", "weather"]),
            "has no parameter `weather`",
            "its parameters: a",
        ),
        (
            "SELECT :status",
            named(&["status", "stats"]),
            "has no parameter `stats`",
            "did you mean `status`?",
        ),
        (
            "SELECT 1",
            named(&["a"]),
            "has no parameter `a`",
            "write :a where",
        ),
        (
            "SELECT :A",
            named(&["Aa", "aA"]),
            "the parameter `A` has no value",
            "",
        ),
        (
            "SELECT :aA",
            named(&["Aa", "AA"]),
            "the parameter `aA` may be `Aa` or `AA`",
            "as it is given",
        ),
        (
            "SELECT ?, $1",
            positional(2),
            "written ? and others that have a name",
            "$1, $2",
        ),
    ] {
        let error = read(&engine, sql).bind(&values).unwrap_err();
        assert_eq!(error.kind(), Kind::Sql, "{sql}: {error}");
        assert!(error.message().contains(message), "{sql}: {error}");
        assert!(
            error.hint().is_some_and(|told| told.contains(hint)),
            "{sql}: {error}"
        );
        assert!(!format!("{error:?}{values:?}").contains("hush"), "{sql}");
    }
    let bound = read(&engine, "SELECT :Status, @status").bind(&named(&["STATUS"]));
    assert_eq!(bound.unwrap().placeholders(), [""; 0]);
}

#[test]
fn statements_of_a_script_share_values() {
    let engine = engine();
    let all = Parameters::positional([number(1), number(2)])
        .with("a", number(3))
        .with("b", number(4));
    for (sql, kept) in [
        (
            "SELECT $1, :A",
            Parameters::positional([number(1)]).with("a", number(3)),
        ),
        ("SELECT $3", Parameters::positional([number(1), number(2)])),
        ("SELECT :c", Parameters::default()),
    ] {
        assert!(
            all.only(&read(&engine, sql).placeholders()) == kept,
            "{sql}"
        );
    }
}

#[tokio::test]
async fn secrets_bound_to_procedures_stay_unseen() {
    let engine = engine();
    for sql in [
        "EXPLAIN SELECT * FROM GetOAuthAccessToken(AuthMode => 'WEB', Verifier => :secret)",
        "EXPLAIN EXEC GetOAuthAccessToken @AuthMode = 'WEB', @Verifier = @secret",
        "EXPLAIN CALL GetOAuthAccessToken('WEB', Verifier => ?)",
    ] {
        for secret in [
            text("hush-hush-hush"),
            ScalarValue::Utf8View(Some("hush-hush-hush".into())),
            ScalarValue::Binary(Some(b"hush-hush-hush".to_vec())),
        ] {
            let bound = read(&engine, sql)
                .bind(&Parameters::positional([secret]))
                .unwrap();
            assert!(!format!("{bound:?} {}", bound.without_texts()).contains("hush"));
            let shown = match engine.run(bound).await {
                Ok(frame) => frame.to_string().await.unwrap(),
                Err(error) => format!("{error} {error:?}"),
            };
            assert!(
                !shown.contains("hush") && !shown.contains("68757368"),
                "{sql}: {shown}"
            );
        }
    }
}

#[tokio::test]
async fn an_outline_tells_types_without_values() {
    let engine = engine();
    let shown = |schema: &arrow::datatypes::Schema| {
        let fields = schema.fields().iter();
        let fields = fields.map(|field| format!("{} {}", field.name(), field.data_type()));
        fields.collect::<Vec<_>>().join(", ")
    };
    for (sql, parameters, rows) in [
        (
            "SELECT id FROM tickets WHERE id = ? AND status = ?",
            "1 Int64, 2 Utf8",
            "id Int64",
        ),
        (
            "SELECT id + :n AS m FROM tickets WHERE created_at > :since",
            "n Int64, since Timestamp(µs, \"+00:00\")",
            "m Int64",
        ),
        ("SELECT :x AS x", "x Null", "x Null"),
        ("SELECT id FROM tickets LIMIT $1", "1 Null", "id Int64"),
        (
            "SELECT id FROM tickets WHERE upper(:a) = subject",
            "a Null",
            "id Int64",
        ),
        (
            "EXEC GetOAuthAuthorizationURL @CallbackURL = ?",
            "1 Utf8",
            "url Utf8",
        ),
        ("SET zuzen.max_requests = 5", "", ""),
        ("USE zendesk", "", ""),
        ("CREATE VIEW v AS SELECT 1", "", ""),
        ("REFRESH SCHEMA", "", "connection Utf8"),
    ] {
        let outline = engine.outline(read(&engine, sql)).await.unwrap();
        let found = (
            shown(&outline.parameters),
            shown(&outline.rows).to_lowercase(),
        );
        assert_eq!(found.0, parameters, "{sql}");
        assert!(
            found.1.starts_with(&rows.to_lowercase()),
            "{sql}: {}",
            found.1
        );
    }
    assert!(engine.sql("SELECT * FROM v").await.is_err());
    assert!(
        engine
            .outline(read(&engine, "SELECT nope FROM tickets"))
            .await
            .is_err()
    );
}

/// Any value that can be bound and whose type comes back.
fn values() -> impl Strategy<Value = ScalarValue> {
    let leaf = leaves();
    let listed = (leaves(), 0_usize..4, any::<bool>()).prop_map(|(value, count, nulls)| {
        let kind = value.data_type();
        let mut all = vec![value; count];
        if nulls {
            all.push(ScalarValue::try_from(&kind).unwrap());
        }
        list(&all, &kind)
    });
    let pairs = (leaves(), leaves()).prop_map(|(left, right)| {
        let columns: Vec<(Arc<Field>, ArrayRef)> = [("a b", left), ("ü", right)]
            .into_iter()
            .map(|(name, value)| {
                (
                    Arc::new(Field::new(name, value.data_type(), true)),
                    value.to_array().unwrap(),
                )
            })
            .collect();
        ScalarValue::Struct(Arc::new(StructArray::from(columns)))
    });
    prop_oneof![4 => leaf, 1 => listed, 1 => pairs]
}

fn leaves() -> impl Strategy<Value = ScalarValue> {
    let zone = prop_oneof![
        Just(None),
        Just(Some(Arc::from("+00:00"))),
        Just(Some(Arc::from("UTC"))),
        Just(Some(Arc::from("Asia/Tokyo"))),
    ];
    let numbers = prop_oneof![
        any::<Option<i64>>().prop_map(ScalarValue::Int64),
        any::<Option<i32>>().prop_map(ScalarValue::Int32),
        any::<Option<i16>>().prop_map(ScalarValue::Int16),
        any::<Option<i8>>().prop_map(ScalarValue::Int8),
        any::<Option<u64>>().prop_map(ScalarValue::UInt64),
        any::<Option<u32>>().prop_map(ScalarValue::UInt32),
        any::<Option<u16>>().prop_map(ScalarValue::UInt16),
        any::<Option<u8>>().prop_map(ScalarValue::UInt8),
        any::<Option<f64>>().prop_map(ScalarValue::Float64),
        any::<Option<f32>>().prop_map(ScalarValue::Float32),
        decimals(),
        any::<i64>().prop_map(|units| ScalarValue::Decimal256(Some(i256::from(units)), 60, 10)),
    ];
    let others = prop_oneof![
        Just(ScalarValue::Null),
        any::<Option<bool>>().prop_map(ScalarValue::Boolean),
        any::<Option<String>>().prop_map(ScalarValue::Utf8),
        "['\"\\\\$:?@;\u{0}\n-]{0,6}".prop_map(|text| ScalarValue::Utf8(Some(text))),
        any::<Option<Vec<u8>>>().prop_map(ScalarValue::Binary),
        any::<Vec<u8>>().prop_map(|bytes| ScalarValue::LargeBinary(Some(bytes))),
        any::<[u8; 3]>().prop_map(|bytes| ScalarValue::FixedSizeBinary(3, Some(bytes.to_vec()))),
    ];
    let lengths = prop_oneof![
        any::<i32>().prop_map(|months| ScalarValue::IntervalYearMonth(Some(months))),
        (-9999_i32..9999, -86_399_999_i32..86_399_999).prop_map(|(days, millis)| {
            ScalarValue::IntervalDayTime(Some(IntervalDayTime::new(days, millis)))
        }),
        (-9999_i32..9999, -9999_i32..9999, any::<i32>()).prop_map(|(months, days, nanos)| {
            ScalarValue::IntervalMonthDayNano(Some(IntervalMonthDayNano::new(
                months,
                days,
                nanos.into(),
            )))
        }),
        any::<i64>().prop_map(|length| ScalarValue::DurationMicrosecond(Some(length))),
    ];
    let times = prop_oneof![
        any::<Option<i32>>().prop_map(ScalarValue::Date32),
        (-1_000_000_i64..1_000_000).prop_map(|day| ScalarValue::Date64(Some(day * 86_400_000))),
        (0_i32..86_400).prop_map(|second| ScalarValue::Time32Second(Some(second))),
        (0_i64..86_400_000_000).prop_map(|micros| ScalarValue::Time64Microsecond(Some(micros))),
        (any::<Option<i64>>(), zone.clone())
            .prop_map(|(at, zone)| ScalarValue::TimestampMicrosecond(at, zone)),
        (any::<i64>(), zone.clone())
            .prop_map(|(at, zone)| ScalarValue::TimestampNanosecond(Some(at), zone)),
        (-9_000_000_000_i64..9_000_000_000, zone)
            .prop_map(|(at, zone)| ScalarValue::TimestampSecond(Some(at), zone)),
    ];
    prop_oneof![numbers, others, times, lengths]
}

fn decimals() -> impl Strategy<Value = ScalarValue> {
    (1_u8..=38, any::<i128>(), any::<prop::sample::Index>()).prop_map(|(precision, units, at)| {
        let scale = at.index(usize::from(precision) + 1) as i8;
        let bound = 10_i128.pow(precision.into());
        ScalarValue::Decimal128(Some(units % bound), precision, scale)
    })
}

#[test]
fn a_bound_value_is_the_value() {
    let engine = engine();
    let runtime = Runtime::new().unwrap();
    let config = ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(all in prop::collection::vec(values(), 1..6))| {
        let marks = vec!["?"; all.len()].join(", ");
        let statement = read(&engine, &format!("SELECT {marks}"));
        let bound = statement.bind(&Parameters::positional(all.clone())).unwrap();
        let rows = runtime.block_on(async { engine.run(bound).await?.collect().await.map_err(Error::from) });
        let rows = rows.unwrap();
        for (place, expected) in all.iter().enumerate() {
            let found = ScalarValue::try_from_array(rows[0].column(place), 0).unwrap();
            prop_assert_eq!(&found, expected);
            prop_assert_eq!(found.data_type(), expected.data_type());
        }
    });
}

#[tokio::test]
async fn text_of_any_layout_is_text() {
    let engine = engine();
    let dictionary = ScalarValue::Dictionary(Box::new(DataType::Int32), Box::new(text("x")));
    for given in [
        ScalarValue::LargeUtf8(Some("x".into())),
        ScalarValue::Utf8View(Some("x".into())),
        dictionary,
    ] {
        let bound = read(&engine, "SELECT ?")
            .bind(&Parameters::positional([given]))
            .unwrap();
        assert_eq!(value(&engine, bound).await.unwrap(), text("x"));
    }
    let map = ScalarValue::try_new_null(&DataType::Map(
        Arc::new(Field::new(
            "entries",
            DataType::Struct(
                vec![
                    Field::new("key", DataType::Utf8, false),
                    Field::new("value", DataType::Utf8, true),
                ]
                .into(),
            ),
            false,
        )),
        false,
    ));
    let bound = read(&engine, "SELECT ?").bind(&Parameters::positional([map.unwrap()]));
    if let Ok(bound) = bound {
        let refused = value(&engine, bound).await;
        assert!(refused.is_err() || refused.is_ok_and(|value| value.is_null()));
    }
}
