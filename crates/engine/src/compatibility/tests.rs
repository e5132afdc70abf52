//! Functions by examples, over an engine that asks no API: what each gives, and what each refuses.

use arrow::array::ArrayRef;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::{Engine, Error};

/// A Wednesday noon in UTC, and Thursday already in Tokyo after three in the afternoon.
const NOW: &str = "2025-05-28T16:30:00Z";

const URL: &str = "URL=http://127.0.0.1:1;User=me@acme.com;ApiToken=secret";

fn engine(zone: &str) -> Engine {
    let builder = Engine::builder().connection("zendesk", URL);
    let builder = builder.clock(|| NOW.parse().unwrap()).time_zone(zone);
    builder.build().unwrap()
}

async fn rows(engine: &Engine, sql: &str) -> Result<Vec<String>, Error> {
    let batches = engine.sql(sql).await?.collect().await?;
    let options = FormatOptions::new().with_null("NULL");
    let shown = |column: &ArrayRef, row: usize| {
        let text = ArrayFormatter::try_new(column, &options)
            .unwrap()
            .value(row)
            .to_string();
        text.replace("T00:00:00Z", "")
    };
    let rows = batches.iter().flat_map(|batch| {
        let columns = batch.columns();
        (0..batch.num_rows()).map(move |row| {
            let cells: Vec<String> = columns.iter().map(|column| shown(column, row)).collect();
            cells.join(" ")
        })
    });
    Ok(rows.collect())
}

/// Each is computed of literals, which are folded when the statement is planned, and of a column.
const CASES: &str = r#"
    ASCII('0') | 48
    CHAR(48) | 0
    NCHAR(233) | é
    UNICODE('é') | 233
    CHARINDEX('456', '0123456') | 4
    CHARINDEX('456', '0123456', 5) | -1
    CHARINDEX('é', 'caféé', 4) | 4
    CHARINDEX('', 'abc') | 0
    CHARINDEX('a', '') | -1
    CHARINDEX(NULL, 'abc') | NULL
    INDEXOF('0123456', '456') | 4
    INDEXOF('0123456', '456', -3) | 4
    INDEXOF('0123456', '456', 99) | -1
    LOCATE('sample', 'XXXXXsampleXXXXX') | 6
    LOCATE('sample', 'XXXXXsampleXXXXX', 7) | 0
    POSITION('456' IN '123456') | 4
    CONTAINS('0123456', '456') | true
    STARTSWITH('0123456', '012') | true
    ENDSWITH('0123456', '012') | false
    ENDSWITH('0123456', '012') = 0 | true
    INSERT('1234567890', 3, 2, 'xx') | 12xx567890
    STUFF('1234567890', 3, 2, 'xx') | 12xx567890
    STUFF('café!', 4, 1, 'e') | cafe!
    STUFF('abc', 0, 1, 'x') | NULL
    STUFF('abc', 4, 1, 'x') | NULL
    STUFF('abc', 2, 99, 'x') | ax
    STUFF('abc', 1, -1, 'x') | NULL
    FORMAT(12.34, '#') | 12
    FORMAT(12.34, '#.###') | 12.34
    FORMAT(1234, '0.000E0') | 1.234E3
    FORMAT(CAST('1234567890123456789.125' AS DECIMAL(38, 9)), '#,##0.00') | 1,234,567,890,123,456,789.13
    FORMAT('1234.5', 'N2') | 1,234.50
    FORMAT('2019/01/01', 'yyyy-MM-dd') | 2019-01-01
    FORMAT('20190101', 'yyyyMMdd', 'dd.MM.yyyy') | 01.01.2019
    FORMAT(DATE '2019-01-01', 'dddd, d MMMM yyyy') | Tuesday, 1 January 2019
    FORMAT(GETDATE(), 'yyyy-MM-dd HH:mm') | 2025-05-28 16:30
    FORMAT(NULL, '0') | NULL
    FORMAT(1, NULL) | NULL
    STRTODATE('03*04*2013', 'dd*MM*yyyy') | 2013-04-03T00:00:00
    STRTODATE('3.4.13 14:05', '%d.%m.%y %H:%M') | 2013-04-03T14:05:00
    STRTODATE('', 'yyyy') | NULL
    STRTODATE(NULL, 'yyyy') | NULL
    HASHBYTES('MD5', 'Test') | 0cbc6611f5540bd0809a388dc95a615b
    encode(HASHBYTES('sha2_256', 'Test'), 'hex') | 532eaabd9574880dbf76b9b8cc00832c20a6ec113d682299550d7a6e0f345e25
    HASHBYTES('MD5', NULL) | NULL
    HASHBYTES('MD5', CAST(5 AS VARCHAR)) | e4da3b7fbbce2345d7772b0674a318d5
    XML_EXTRACT('<vowels><ch>a</ch><ch>e</ch><ch>i</ch></vowels>', '/vowels/ch') | a,e,i
    XML_EXTRACT('<vowels><ch>a</ch><ch>e</ch><ch>i</ch></vowels>', '//ch', ';') | a;e;i
    XML_EXTRACT('<a b="1"/>', '/a/@b') | 1
    XML_EXTRACT('<a b="1"/>', '/c') | NULL
    XML_EXTRACT(NULL, '/c') | NULL
    ISNULL(42, 0) | 42
    ISNULL(NULL, 'Was NULL') | Was NULL
    LEN('12345') | 5
    LEN('') | 0
    LEN(NULL) | NULL
    LEFT('1234567890', 3) | 123
    RIGHT('1234567890', 3) | 890
    LCASE('MIXED case') | mixed case
    UCASE('MIXED case') | MIXED CASE
    MASK('1234567890', '*') | **********
    MASK('1234567890', '*', 4) | 1234******
    MASK('1234567890', '*', 4, 2) | 1234****90
    MASK('ab', '*', 4, 2) | ab
    PATINDEX('%456%', '1234567890') | 4
    PATINDEX('%890', '1234567890') | 8
    PATINDEX('456', '1234567890') | 0
    QUOTENAME('table_name') | [table_name]
    QUOTENAME('a]b', '[') | [a]]b]
    QUOTENAME('a"b', '"') | "a""b"
    REPLICATE('x', 5) | xxxxx
    REPLACE('123123123', '123', '.') | ...
    REVERSE('1234') | 4321
    SOUNDEX('smith') | S530
    DIFFERENCE('smith', 'smythe') | 4
    '[' || SPACE(2) || ']' | [  ]
    SPLIT('a/b/c/d', '/', 1) | a
    SPLIT('a/b/c/d', '/', -2) | c
    STR('123.456') | 123
    STR('123.456', 2) | **
    STR('123.456', 10, 2) | 123.46
    TOSTRING(123.456) | 123.456
    '[' || TOSTRING(NULL) || ']' | []
    SUBSTRING('1234567890' FROM 3 FOR 2) | 34
    TRIM(TRAILING '-' FROM '-----trimmed-----') | -----trimmed
    CONVERT('5', INT) + 1 | 6
    CEILING(1.3) | 2.0
    FLOOR(1.7) | 1.0
    ATN2(0, 1) | 0.0
    HEX(866849198) | 33AB11AE
    HEX('Sample') | 53616D706C65
    LOG10(10000) | 4.0
    MOD(10, 3) | 1
    NEGATE(10) | -10
    NEGATE(-12.4) | 12.4
    POWER(2, 10) | 1024.0
    ROUND(1.55, 1) | 1.6
    ROUND(1.7, 0, 0) | 2
    ROUND(1.7, 0, 1) | 1
    SIGN(-10) | -1.0
    SQUARE(-10) | 100.0
    TRUNC(10.3423, 2) | 10.3400
    RAND() < 1 | true
    GREATEST(3, 5, 1) | 5
    YEAR('2018-02-01') | 2018
    YEAR(DATE '2018-02-01') | 2018
    QUARTER('2020-02-02') | 1
    MONTH('2020-02-02') | 2
    WEEK('2020-02-17') | 8
    DAY('2018-02-01') | 1
    DAYOFMONTH('2000-04-15') | 15
    DAYOFWEEK('2000-04-15') | 7
    DAYOFYEAR('2000-04-15') | 106
    HOUR('2020-02-02 11:30:00') | 11
    MINUTE('2020-02-02 11:15:00') | 15
    SECOND('2020-02-02 11:15:23') | 23
    YEAR(CAST(NULL AS DATE)) | NULL
    DATEPART('yy', '2018-02-01') | 2018
    DATEPART('dw', '2018-02-01') | 5
    DATEPART('dw', '2018-02-01', 1) | 4
    DATEPART(weekday, '2018-02-04') | 1
    DATEPART('isowk', '2018-01-01') | 1
    DATENAME('yy', '2018-02-01') | 2018
    DATENAME('dw', '2018-02-01') | Thursday
    DATENAME('mm', '2018-02-01') | February
    DATENAME('yy', GETDATE()) | 2025
    DATEADD('d', 5, '2018-02-01') | 2018-02-06T00:00:00
    DATEADD('hh', 5, '2018-02-01 00:00:00') | 2018-02-01T05:00:00
    DATEADD('hh', 5, DATE '2018-02-01') | 2018-02-01T05:00:00
    DATEADD(month, -1, DATE '2018-03-31') | 2018-02-28
    DATEADD('qq', 1, '2018-02-01') | 2018-05-01T00:00:00
    DATEDIFF('d', '2018-02-01', '2018-02-10') | 9
    DATEDIFF('hh', '2018-02-01 00:00:00', '2018-02-01 12:00:00') | 12
    DATEDIFF('day', '2018-02-01 23:59:59', '2018-02-02 00:00:00') | 1
    DATEDIFF('week', '2018-02-03', '2018-02-04') | 1
    DATEDIFF('yy', '2018-12-31', '2019-01-01') | 1
    DATEDIFF('qq', '2019-01-01', '2018-12-31') | -1
    DATEDIFF('mi', '1969-12-31 23:59:59', '1970-01-01') | 1
    DATEDIFF('d', NULL, '2018-02-10') | NULL
    DATEFROMPARTS(2018, 2, 1) | 2018-02-01
    DATETIMEFROMPARTS(2018, 2, 1, 1, 2, 3, 456) | 2018-02-01T01:02:03.456
    DATETIME2FROMPARTS(2018, 2, 1, 1, 2, 3, 5, 1) | 2018-02-01T01:02:03.500
    SMALLDATETIMEFROMPARTS(2018, 2, 1, 1, 2) | 2018-02-01T01:02:00
    TIMEFROMPARTS(1, 2, 3, 456, 3) | 01:02:03.456
    MAKEDATE(2020, 60) | 2020-02-29
    DATE_TRUNC('2005-05-04', 'MM') | 2005-05-01T00:00:00
    DATE_TRUNC(DATE '2005-05-04', 'YY') | 2005-01-01T00:00:00
    DATE_TRUNC('month', TIMESTAMP '2005-05-04') | 2005-05-01T00:00:00
    EOMONTH('2018-02-01') | 2018-02-28
    EOMONTH('2018-02-01', 2) | 2018-04-30
    LAST_DAY('2024-02-01') | 2024-02-29
    FDWEEK('2018-02-08') | 2018-02-04
    FDWEEK('2018-02-04') | 2018-02-04
    FDMONTH('2018-02-08') | 2018-02-01
    FDQUARTER('2018-05-08') | 2018-04-01
    LDWEEK('2020-02-02') | 2020-02-08
    LDMONTH('2020-02-02') | 2020-02-29
    LDQUARTER('2020-02-02') | 2020-03-31
    GETDATE() = GETUTCDATE() AND SYSDATETIME() = CURRENT_TIMESTAMP() | true
    CURRENT_DATE() | 2025-05-28
    LAST_WEEK() | 2025-05-21
    LAST_MONTH() | 2025-04-28
    LAST_YEAR() | 2024-05-28
    TO_DAYS('2015-02-06') | 736000
    FROM_DAYS(736000) | 2015-02-06
    ISDATE('2018-02-01') | 1
    ISDATE('Not a date') | 0
    ISDATE(NULL) | 0
    JSON_EXTRACT('{"test": {"data": 1}}', '$.test') | {"data":1}
    JSON_EXTRACT('{"test": {"data": 1}}', '$.test.data') | 1
    JSON_EXTRACT('{"test": {"data": [1, 2, 3]}}', '$.test.data[1]') | 2
    JSON_EXTRACT('{"test": {"data": [1, "b", null]}}', '$.test.data[x]') | 1,b
    JSON_EXTRACT('[{"grade": "A"}]', '[0].grade') | A
    JSON_EXTRACT('{"a": null}', 'a') | NULL
    JSON_EXTRACT('{"a": 1}', 'b') | NULL
    JSON_EXTRACT('{"a": true}', 'a') | true
    JSON_EXTRACT('{"a": 12345678901234567}', 'a') | 12345678901234567
    JSON_EXTRACT('', '$.a') | NULL
    JSON_EXTRACT(NULL, '$.a') | NULL
    JSON_EXTRACT('{"a": 1}', NULL) | NULL
    JSON_COUNT('[1,2,3,4,5]', '$[x]') | 5
    JSON_COUNT('{"test": {"data": [1,2,3,4,5]}}', '$.test.data[3..]') | 2
    JSON_COUNT('[]', '$[x]') | 0
    JSON_COUNT(make_array('a', 'b'), '[x]') | 2
    JSON_SUM('[1,2,3,4,5]', '$[x]') | 15.0
    JSON_SUM('{"test": {"data": [1,2,3,4,5]}}', '$.test.data[3..]') | 9.0
    JSON_SUM('[{"score": "2.5"}, {"score": null}, {"score": 1}]', '[x].score') | 3.5
    JSON_SUM('[]', '[x]') | NULL
    JSON_AVG('{"test": {"data": [1,2,3,4,5]}}', '$.test.data[3..]') | 4.5
    JSON_MAX('{"test": {"data": [1,2,3,4,5]}}', '$.test.data[..3]') | 4.0
    JSON_MIN('{"test": {"data": [1,2,3,4,5]}}', '$.test.data[3..]') | 4.0
"#;

#[tokio::test]
async fn functions_give_what_is_documented() {
    let engine = engine("UTC");
    let mut wrong = Vec::new();
    for case in CASES.trim().lines() {
        let (call, expected) = case.trim().rsplit_once(" | ").unwrap();
        let found = rows(&engine, &format!("SELECT {call}")).await;
        let found = found.unwrap_or_else(|error| vec![error.to_string()]);
        if found != [expected] {
            wrong.push(format!("{call}: {found:?}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_page_has_every_function() {
    let page = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/sql-compatibility.md"
    );
    let page = std::fs::read_to_string(page).unwrap();
    let defined = [
        super::texts::DEFINITIONS,
        super::dates::DEFINITIONS,
        super::numbers::DEFINITIONS,
    ];
    let defined = defined.into_iter().flatten().map(|known| known.name);
    let inner = [
        "clock_difference",
        "hexadecimal",
        "interval_of",
        "l_day_after",
        "l_first_day",
    ];
    let inner = [
        &inner[..],
        &["moment_from_parts", "soundex_difference", "time_from_parts"],
    ]
    .concat();
    let functions = super::functions();
    let own = functions.iter().map(|function| function.name());
    let all = defined.chain(own.filter(|name| !inner.contains(name)));
    let missing: Vec<&str> = all
        .filter(|name| {
            let name = name.to_uppercase();
            !page.contains(&format!("{name}(")) && !page.contains(&format!("`{name}`"))
        })
        .collect();
    assert!(missing.is_empty(), "the page says nothing of {missing:?}");
}

#[tokio::test]
async fn functions_take_columns() {
    let engine = engine("UTC");
    for (call, expected) in [
        ("CHARINDEX(part, whole)", ["1", "NULL", "-1"]),
        ("STUFF(whole, at, 1, part)", ["abc", "NULL", "NULL"]),
        ("LEN(whole)", ["3", "NULL", "0"]),
        ("FORMAT(day, 'd.M.')", ["25.5.", "1.6.", "NULL"]),
        ("FORMAT(at, '00')", ["02", "03", "00"]),
        (
            "DATEADD('d', at, DATE '2025-01-31')",
            ["2025-02-02", "2025-02-03", "2025-01-31"],
        ),
        (
            "DATEDIFF('d', DATE '2025-01-01' + interval_of('day', at), '2025-01-01')",
            ["-2", "-3", "0"],
        ),
        ("JSON_EXTRACT(json, '$.a')", ["1", "NULL", "NULL"]),
        ("JSON_COUNT(json, path)", ["1", "NULL", "NULL"]),
        (
            "CASE WHEN day = L_THIS_WEEK() THEN 'now' ELSE 'else' END",
            ["now", "else", "else"],
        ),
    ] {
        let sql = format!(
            "SELECT {call} FROM (VALUES (1, 'abc', 'b', 2, '{{\"a\": 1}}', '$.a', DATE '2025-05-25'),
                (2, NULL, 'b', 3, '', '$.a', DATE '2025-06-01'), (3, '', 'b', 0, NULL, '$', NULL))
                AS t(place, whole, part, at, json, path, day) ORDER BY place"
        );
        assert_eq!(rows(&engine, &sql).await.unwrap(), expected, "{call}");
    }
}

#[tokio::test]
async fn functions_refuse_what_they_cannot_do() {
    let engine = engine("UTC");
    for (call, message) in [
        ("MASK('a', 'xy')", "one letter to mask with"),
        ("QUOTENAME('a', '|')", "quoted with"),
        ("STR(1, -1)", "STR: the length goes"),
        ("INDEXOF('a')", "INDEXOF: it takes 2 to 3 arguments, not 1"),
        (
            "DATETIMEFROMPARTS(2018, 2, 30, 1, 2, 3, 456)",
            "2018-2-30 is no date",
        ),
        ("TIMEFROMPARTS(25, 2, 3, 0, 0)", "25:2:3 is no time"),
        (
            "TIMEFROMPARTS(1, 2, 3, 1000, 3)",
            "1000 has more than 3 digits",
        ),
        ("DATEADD('year', 999999999999, '2018-02-01')", "too many"),
        (
            "DATEDIFF('epoch', '2018-02-01', '2018-02-01')",
            "differences are not counted in epochs",
        ),
        ("JSON_EXTRACT('{', '$.a')", "a text is no JSON"),
        ("JSON_EXTRACT('{}', '$.a[')", "the path $.a[ cannot be read"),
        (
            "JSON_SUM('[\"a\"]', '[x]')",
            "a text among the values is no number",
        ),
        ("JSON_SUM('[[1]]', '[x]')", "end it with [x]"),
        ("JSON_COUNT('[]')", "it takes 2 arguments"),
        (
            "HASHBYTES('SHA1', 'a')",
            "HASHBYTES knows no algorithm `SHA1`",
        ),
        ("HASHBYTES('MD5')", "HASHBYTES takes 2 arguments, not 1"),
        ("HASHBYTES(MD5, 'a')", "the name of an algorithm, in quotes"),
        ("FORMAT(1.5, 'C')", "depends on a language"),
        ("FORMAT('soon', 'yyyy')", "`soon` is no date"),
        (
            "FORMAT(DATE '2019-01-01', '0.00')",
            "names no part of a date",
        ),
        ("FORMAT(1.5, 'yyyy')", "`1.5` is no date"),
        (
            "STRTODATE('2019-01-01', 'dd.MM.yyyy')",
            "is not written as dd.MM.yyyy",
        ),
        ("XML_EXTRACT('<a>', '/a')", "a text is no XML"),
        ("XML_EXTRACT('<a/>', 'count(/a)')", "steps are names"),
        ("FILESIZE('a')", "there is no function FILESIZE"),
        ("SPLIT('a/b', '/', 0)", "position must not be zero"),
        ("CHAR(9999999)", "invalid Unicode scalar value"),
        ("MOD(10, 0)", "Divide by zero"),
        ("DATEFROMPARTS(2020, 13, 1)", "Month value '13'"),
        ("REPLICATE('x', 99999999999)", "overflow"),
        ("1 LIMIT -1", "LIMIT must be >= 0"),
        ("DATE '2025-01-01' = L_LAST_N_DAYS('a')", "L_…_N_…: n is"),
        ("DATEADD('d', 1)", "DATEADD takes 3 arguments, not 2"),
    ] {
        let error = rows(&engine, &format!("SELECT {call}")).await.unwrap_err();
        assert!(error.message().contains(message), "{call}: {error}");
        assert!(error.hint().is_some(), "{call}: {error}");
    }
}

#[tokio::test]
async fn days_are_those_of_the_zone() {
    for (zone, call, expected) in [
        ("UTC", "DATE '2025-05-28' = L_TODAY()", "true"),
        ("Asia/Tokyo", "DATE '2025-05-29' = L_TODAY()", "true"),
        (
            "Asia/Tokyo",
            "TIMESTAMP '2025-05-28T15:00:00Z' = L_TODAY()",
            "true",
        ),
        (
            "Asia/Tokyo",
            "YEAR(TIMESTAMP '2024-12-31T15:00:00Z' + INTERVAL '0 days')",
            "2025",
        ),
        ("Asia/Tokyo", "DAY(GETDATE())", "29"),
        (
            "Asia/Tokyo",
            "FORMAT(GETDATE(), 'yyyy-MM-dd HH:mm')",
            "2025-05-29 01:30",
        ),
        (
            "Asia/Tokyo",
            "FORMAT(STRTODATE('29.05.2025', 'dd.MM.yyyy'), 'dd.MM.yyyy HH:mm')",
            "29.05.2025 00:00",
        ),
        ("Asia/Tokyo", "EOMONTH(GETDATE())", "2025-05-31"),
        ("Asia/Tokyo", "FDWEEK(GETDATE())", "2025-05-25"),
        (
            "Asia/Tokyo",
            "DATEDIFF('day', '2025-05-28', GETDATE())",
            "1",
        ),
    ] {
        let found = rows(&engine(zone), &format!("SELECT {call}"))
            .await
            .unwrap();
        assert_eq!(found, [expected], "{zone}: {call}");
    }
}

#[tokio::test]
async fn weeks_begin_as_the_session_says() {
    let engine = engine("UTC");
    let sunday =
        "SELECT DATE '2025-05-25' = L_THIS_WEEK(), FDWEEK('2025-05-28'), LDWEEK('2025-05-28')";
    assert_eq!(
        rows(&engine, sunday).await.unwrap(),
        ["true 2025-05-25 2025-05-31"]
    );
    engine.sql("SET zuzen.week_begins = Monday").await.unwrap();
    assert_eq!(
        rows(&engine, sunday).await.unwrap(),
        ["false 2025-05-26 2025-06-01"]
    );
    let error = engine
        .sql("SET zuzen.week_begins = tuesday")
        .await
        .unwrap_err();
    assert_eq!(error.hint(), Some("zuzen.week_begins is sunday or monday"));
}

/// Literals become bounds that the API is asked for, with one reading of the clock.
#[tokio::test]
async fn literals_are_pushed_down() {
    for (zone, condition, bounds) in [
        (
            "UTC",
            "created_at = L_LAST_WEEK()",
            ["2025-05-18T00:00:00", "2025-05-25T00:00:00"],
        ),
        (
            "Asia/Tokyo",
            "created_at = L_LAST_N_DAYS(1)",
            ["2025-05-27T15:00:00", "2025-05-28T15:00:00"],
        ),
        (
            "America/New_York",
            "created_at BETWEEN L_LAST_MONTH() AND L_YESTERDAY()",
            ["2025-04-01T04:00:00", "2025-05-28T04:00:00"],
        ),
    ] {
        let engine = engine(zone);
        let sql = |condition: &str| format!("EXPLAIN SELECT id FROM tickets WHERE {condition}");
        let [from, to] = bounds;
        let plain = format!("created_at >= '{from}Z' AND created_at < '{to}Z'");
        let found = rows(&engine, &sql(condition)).await.unwrap();
        let plain = rows(&engine, &sql(&plain)).await.unwrap();
        let physical = |rows: &[String]| rows.last().cloned();
        assert_eq!(physical(&found), physical(&plain), "{zone}: {condition}");
        assert!(physical(&found).unwrap().contains("created"), "{found:?}");
    }
}

/// A view and a prepared statement mean the days of whenever they run.
#[tokio::test]
async fn what_is_kept_is_not_folded() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};
    let days = Arc::new(AtomicI64::new(0));
    let later = Arc::clone(&days);
    let builder = Engine::builder().connection("zendesk", URL).clock(move || {
        let now: chrono::DateTime<chrono::Utc> = NOW.parse().unwrap();
        now + chrono::TimeDelta::days(later.load(Ordering::Relaxed))
    });
    let engine = builder.build().unwrap();
    engine.sql("CREATE SCHEMA mine").await.unwrap();
    engine
        .sql("CREATE TABLE mine.d AS SELECT DATE '2025-05-28' AS day")
        .await
        .unwrap();
    engine
        .sql("CREATE VIEW mine.v AS SELECT day FROM mine.d WHERE day = L_TODAY()")
        .await
        .unwrap();
    for sql in [
        "PREPARE today AS SELECT day FROM mine.d WHERE day = L_TODAY()",
        "PREPARE last(bigint) AS SELECT day FROM mine.d WHERE day = L_LAST_N_DAYS($1)",
    ] {
        engine.sql(sql).await.unwrap();
    }
    for (passed, view, prepared, within) in [(0, 1, 1, 0), (1, 0, 0, 1), (2, 0, 0, 0)] {
        days.store(passed, Ordering::Relaxed);
        let found = |sql: &'static str| {
            let engine = &engine;
            async move { rows(engine, sql).await.unwrap().len() }
        };
        assert_eq!(
            found("SELECT * FROM mine.v").await,
            view,
            "{passed} days later"
        );
        assert_eq!(
            found("EXECUTE today").await,
            prepared,
            "{passed} days later"
        );
        assert_eq!(
            found("EXECUTE last(1)").await,
            within,
            "{passed} days later"
        );
    }
}

#[tokio::test]
async fn deleted_rows_are_where_the_vendor_keeps_them() {
    let engine = engine("UTC");
    let plan = |sql: &'static str| {
        let engine = &engine;
        async move { rows(engine, sql).await.map(|rows| rows.join("\n")) }
    };
    let found = plan("EXPLAIN GETDELETED FROM Tickets WHERE tickets.id = 5")
        .await
        .unwrap();
    let plain =
        plan("EXPLAIN SELECT * FROM zendesk.deleted_tickets AS tickets WHERE tickets.id = 5")
            .await
            .unwrap();
    assert_eq!(found, plain);
    let found = plan("EXPLAIN SELECT count(*) FROM (GETDELETED FROM [zendesk].[Tickets] t) d")
        .await
        .unwrap();
    let plain = plan("EXPLAIN SELECT count(*) FROM (SELECT * FROM zendesk.deleted_tickets t) d")
        .await
        .unwrap();
    assert_eq!(found, plain);
    for (sql, message, hint) in [
        (
            "GETDELETED FROM macros",
            "zendesk.macros: the API does not tell",
            "GETDELETED reads ",
        ),
        (
            "GETDELETED FROM deleted_tickets",
            "holds deleted rows already",
            "GETDELETED FROM tickets",
        ),
        ("GETDELETED FROM tickts", "there is no table", "tickets"),
        (
            "GETDELETED FROM tickets, users",
            "GETDELETED reads one table",
            "JOIN",
        ),
    ] {
        let error = plan(sql).await.unwrap_err();
        assert!(error.message().contains(message), "{sql}: {error}");
        assert!(
            error.hint().is_some_and(|told| told.contains(hint)),
            "{sql}: {error}"
        );
    }
}
