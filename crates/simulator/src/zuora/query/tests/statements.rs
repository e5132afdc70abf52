//! Statements and their rows: against the tenant's own truth, and against what Trino says of literals.

use serde_json::Value;

use super::{ask, catalog, lines, submission, tenant, told};
use crate::zuora::query::QueryOptions;
use crate::zuora::{Object, Value as Cell};

#[test]
fn expressions_mean_what_they_mean_in_trino() {
    for (expression, value) in [
        ("1", "1"),
        ("1.50", "1.5"),
        ("1E0", "1.0"),
        ("-7 / 2", "-3"),
        ("-7 % 3", "-1"),
        ("1.00 / 3", "0.33"),
        ("2 / 3.0", "0.7"),
        ("1.5 * 1.5", "2.25"),
        ("0.1 + 0.2", "0.3"),
        ("round(2.5)", "3"),
        ("round(-2.5)", "-3"),
        ("round(1.2345, 2)", "1.23"),
        ("ceil(-1.5)", "-1"),
        ("floor(-1.5)", "-2"),
        ("abs(-3)", "3"),
        ("mod(-7, 3)", "-1"),
        ("greatest(1, 2, NULL)", "null"),
        ("greatest(1, 2.5)", "2.5"),
        ("least('b', 'a')", "a"),
        ("length('日本')", "2"),
        ("substr('Trino', -2)", "no"),
        ("substring('Trino' FROM 2 FOR 2)", "ri"),
        ("strpos('abc', 'c')", "3"),
        ("position('b' IN 'abc')", "2"),
        ("upper('straße')", "STRAßE"),
        ("trim('  a ')", "a"),
        ("trim(LEADING 'x' FROM 'xxa')", "a"),
        ("concat('a', NULL)", "null"),
        ("'a' || 'b'", "ab"),
        ("coalesce(NULL, 'x')", "x"),
        ("coalesce(NULL, 1, 1/0)", "1"),
        ("nullif(1, 1)", "null"),
        ("nullif(1, 2)", "1"),
        ("if(1 > 2, 'a')", "null"),
        ("if(1 < 2, 'a', 'b')", "a"),
        ("CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END", "b"),
        ("'a\\b' LIKE 'a\\b'", "true"),
        ("'a_c' LIKE 'a#_c' ESCAPE '#'", "true"),
        ("'abc' NOT LIKE 'a%'", "false"),
        ("NULL LIKE 'a'", "null"),
        ("typeof(1)", "integer"),
        ("typeof('abc')", "varchar(3)"),
        ("typeof(1.50)", "decimal(3,2)"),
        ("typeof(1E0)", "double"),
        ("typeof(DATE '2026-01-01')", "date"),
        ("typeof(1.0 / 3)", "decimal(2,1)"),
        ("DATE '2026-01-31'", "2026-01-31"),
        ("date_add('month', 1, DATE '2024-01-31')", "2024-02-29"),
        (
            "date_diff('day', DATE '2024-02-28', DATE '2024-03-01')",
            "2",
        ),
        ("date_trunc('quarter', DATE '2026-05-20')", "2026-04-01"),
        ("day_of_week(DATE '2024-03-03')", "7"),
        ("week(DATE '2021-01-01')", "53"),
        ("extract(YEAR FROM DATE '2021-01-01')", "2021"),
        ("quarter(DATE '2021-12-01')", "4"),
        ("DATE '2026-01-31' + INTERVAL '1' DAY", "2026-02-01"),
        (
            "TIMESTAMP '2026-01-01 00:00:00.000 +00:00'",
            "2026-01-01T00:00:00+00:00",
        ),
        (
            "TIMESTAMP '2026-01-01 00:00:00.120 +00:00'",
            "2026-01-01T00:00:00.120+00:00",
        ),
        (
            "at_timezone(TIMESTAMP '2026-01-01 00:00:00.000 +00:00', 'America/New_York')",
            "2025-12-31T19:00:00-05:00",
        ),
        ("year(TIMESTAMP '2026-01-01 00:00:00.000 +00:00')", "2026"),
        (
            "year(at_timezone(TIMESTAMP '2026-01-01 00:00:00.000 +00:00', 'America/New_York'))",
            "2025",
        ),
        (
            "hour(TIMESTAMP '2026-01-01 00:00:00.000 +00:00' AT TIME ZONE 'America/New_York')",
            "19",
        ),
        (
            "date(TIMESTAMP '2026-01-01 05:00:00.000 -08:00')",
            "2026-01-01",
        ),
        (
            "TIMESTAMP '2026-01-01 08:00:00.000 +00:00' = TIMESTAMP '2026-01-01 00:00:00.000'",
            "true",
        ),
        (
            "TIMESTAMP '2026-01-01 08:00:00.000 +00:00' = DATE '2026-01-01'",
            "true",
        ),
        ("CAST('12' AS bigint)", "12"),
        ("TRY_CAST('x' AS bigint)", "null"),
        ("CAST(1.5 AS varchar)", "1.5"),
        ("CAST(2.5 AS bigint)", "3"),
        ("CAST('abcdef' AS varchar(3))", "abc"),
        ("CAST(NULL AS date)", "null"),
        (
            "CAST(TIMESTAMP '2026-01-01 00:00:00.000 +00:00' AS varchar)",
            "2026-01-01 00:00:00.000 +00:00",
        ),
        ("1 IS DISTINCT FROM NULL", "true"),
        ("NULL = NULL", "null"),
        ("3 BETWEEN 1 AND 3.0", "true"),
        ("2 IN (1, 2, NULL)", "true"),
        ("3 NOT IN (1, 2, NULL)", "null"),
        ("U&'\\00e9'", "é"),
        (
            "to_uuid36('8ad08f01841cf4e601841d8ee8ff0a1b')",
            "8ad08f01-841c-f4e6-0184-1d8ee8ff0a1b",
        ),
        ("(SELECT max(x) FROM (VALUES (1), (3)) AS t (x))", "3"),
    ] {
        assert_eq!(told(&format!("SELECT {expression}")), value, "{expression}");
    }
}

#[test]
fn queries_have_the_order_and_the_types_of_trino() {
    for (sql, rows) in [
        (
            "SELECT x FROM (VALUES (2), (NULL), (1)) AS t (x) ORDER BY x",
            "1 | 2 | null",
        ),
        (
            "SELECT x FROM (VALUES (2), (NULL), (1)) AS t (x) ORDER BY x DESC",
            "2 | 1 | null",
        ),
        (
            "SELECT x FROM (VALUES (2), (NULL), (1)) AS t (x) ORDER BY x NULLS FIRST",
            "null | 1 | 2",
        ),
        (
            "SELECT x FROM (VALUES (1), (2), (3)) AS t (x) ORDER BY 1 OFFSET 1 LIMIT 1",
            "2",
        ),
        (
            "SELECT x FROM (VALUES (1), (2), (3)) AS t (x) ORDER BY x FETCH FIRST 2 ROWS ONLY",
            "1 | 2",
        ),
        (
            "SELECT 1 AS x UNION SELECT 1 UNION ALL SELECT 2.5 ORDER BY x",
            "1.0 | 2.5",
        ),
        (
            "SELECT x FROM (VALUES (1), (2)) AS t (x) INTERSECT SELECT 2",
            "2",
        ),
        (
            "SELECT x FROM (VALUES (1), (2)) AS t (x) EXCEPT SELECT 2",
            "1",
        ),
        (
            "SELECT avg(x) FROM (VALUES (1.00), (2.00), (2.00)) AS t (x)",
            "1.67",
        ),
        ("SELECT avg(x) FROM (VALUES (1), (2)) AS t (x)", "1.5"),
        (
            "SELECT typeof(sum(x)) FROM (VALUES (1.50)) AS t (x)",
            "decimal(38,2)",
        ),
        (
            "SELECT count(DISTINCT x), count(x), count(*) FROM (VALUES (1), (1), (NULL)) AS t (x)",
            "1 2 3",
        ),
        (
            "SELECT sum(x) FILTER (WHERE x > 1) FROM (VALUES (1), (2), (3)) AS t (x)",
            "5",
        ),
        (
            "SELECT bool_and(x > 0), bool_or(x > 2) FROM (VALUES (1), (2)) AS t (x)",
            "true false",
        ),
        (
            "SELECT x, row_number() OVER (ORDER BY x DESC) AS y FROM (VALUES (1), (2)) AS t (x) ORDER BY x",
            "1 2 | 2 1",
        ),
        (
            "SELECT x, lag(x, 1, 0) OVER (ORDER BY x) AS y FROM (VALUES (1), (2)) AS t (x) ORDER BY x",
            "1 0 | 2 1",
        ),
        (
            "SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS y FROM (VALUES (1), (2), (3)) AS t (x) ORDER BY x",
            "1 1 | 2 3 | 3 5",
        ),
        ("WITH t AS (SELECT 1 AS x) SELECT x + 1 FROM t", "2"),
        (
            "SELECT x FROM (VALUES (1), (2)) AS t (x) WHERE x IN (SELECT 2)",
            "2",
        ),
        (
            "SELECT x, count(*) AS y FROM (VALUES (1), (1)) AS t (x) GROUP BY x HAVING count(*) > 1",
            "1 2",
        ),
        (
            "SELECT x, count(*) AS y FROM (VALUES (1), (2)) AS t (x) GROUP BY ROLLUP (x) ORDER BY x",
            "1 1 | 2 1 | null 2",
        ),
        ("VALUES (1, 'a')", "1 a"),
    ] {
        assert_eq!(told(sql), rows, "{sql}");
    }
}

#[test]
fn rows_are_those_of_the_tenant() {
    let tenant = tenant(300);
    for object in Object::ALL {
        let table = object.table();
        let count = told(&format!("SELECT count(*) FROM {table}"));
        assert_eq!(count, tenant.live_count(object).to_string(), "{table}");
        let rows = ask(&format!("SELECT * FROM owl.data.{table} ORDER BY id")).unwrap();
        let live = tenant.rows(object).filter(|row| !row.is_deleted());
        for (row, true_row) in rows.iter().zip(live) {
            assert_eq!(row.len(), object.columns().count());
            for (column, cell) in true_row.cells() {
                let seen = &row[&column.name()];
                let same = match cell {
                    Cell::Null => seen.is_null(),
                    Cell::Text(text) => *seen == Value::String(text),
                    Cell::Integer(value) => seen.as_i64() == Some(value),
                    Cell::Boolean(value) => seen.as_bool() == Some(value),
                    Cell::Decimal { .. } => {
                        let millionths = cell.millionths().unwrap() as f64;
                        (seen.as_f64().unwrap() - millionths / 1e6).abs() < 1e-6
                    }
                    Cell::Date(days) => {
                        let epoch =
                            chrono::NaiveDate::default() + chrono::TimeDelta::days(i64::from(days));
                        *seen == Value::String(epoch.to_string())
                    }
                    Cell::Timestamp(millis) => {
                        let text = seen.as_str().unwrap();
                        assert!(
                            text.ends_with("-07:00") || text.ends_with("-08:00"),
                            "{text}"
                        );
                        chrono::DateTime::parse_from_rfc3339(text)
                            .unwrap()
                            .timestamp_millis()
                            == millis
                    }
                };
                assert!(same, "{table}.{}: {seen}", column.name());
            }
        }
    }
}

#[test]
fn sums_are_exact() {
    let tenant = tenant(300);
    let rows = ask("SELECT currency, sum(amount) AS total FROM invoice GROUP BY currency").unwrap();
    let sums = tenant.sums(Object::Invoice, "currency", "amount");
    assert_eq!(rows.len(), sums.len());
    for row in rows {
        let currency = Cell::Text(row["currency"].as_str().unwrap().to_owned());
        let text = row["total"].to_string();
        let (whole, fraction) = text.split_once('.').unwrap();
        let digits: i128 = format!("{whole}{fraction:0<6}").parse().unwrap();
        assert_eq!(digits, sums[&currency]);
    }
}

#[test]
fn joins_and_filters_see_the_same_rows() {
    let tenant = tenant(300);
    let items = tenant.live_count(Object::InvoiceItem).to_string();
    let five = "SELECT count(*) FROM invoiceitem i JOIN invoice v ON i.invoiceid = v.id \
                JOIN account a ON v.accountid = a.id JOIN contact c ON a.billtoid = c.id \
                JOIN rateplancharge r ON i.rateplanchargeid = r.id";
    assert_eq!(told(five), items);
    let id = tenant.row(Object::Account, 3).unwrap().get("Id").unwrap();
    let Cell::Text(id) = id else { panic!("{id:?}") };
    assert_eq!(
        told(&format!(
            "SELECT accountnumber FROM account WHERE id = '{id}'"
        )),
        "A00000004"
    );
    assert_eq!(
        told(
            "SELECT count(*) FROM account WHERE NOT EXISTS (SELECT 1 FROM contact WHERE accountid = account.id)"
        ),
        "0"
    );
    let cutoff = "SELECT count(*) FROM invoiceitem WHERE updateddate >= TIMESTAMP '2025-01-01 00:00:00.000 +00:00'";
    let after = tenant
        .rows(Object::InvoiceItem)
        .filter(|row| !row.is_deleted())
        .filter(|row| matches!(row.get("UpdatedDate"), Some(Cell::Timestamp(millis)) if millis >= 1_735_689_600_000));
    assert_eq!(told(cutoff), after.count().to_string());
}

#[test]
fn deleted_rows_come_on_request() {
    let tenant = tenant(300);
    let (live, all) = (
        tenant.live_count(Object::InvoiceItem),
        tenant.count(Object::InvoiceItem),
    );
    assert!(live < all);
    let options = QueryOptions::default();
    let count = |sql: &str, read_deleted: bool| {
        let mut submission = submission(sql);
        submission.read_deleted = read_deleted;
        lines(&catalog(&tenant, options.clone()), &submission).map(|rows| rows.len() as u32)
    };
    assert_eq!(count("SELECT id FROM invoiceitem", false), Ok(live));
    assert_eq!(count("SELECT id FROM invoiceitem", true), Ok(all - live));
    for read_deleted in [false, true] {
        assert_eq!(
            count("SELECT id, deleted FROM invoiceitem", read_deleted),
            Ok(all)
        );
        assert_eq!(
            count("SELECT *, deleted FROM invoiceitem", read_deleted),
            Ok(all)
        );
        assert_eq!(
            count(
                "SELECT i.id, i.deleted FROM invoiceitem i WHERE i.deleted",
                read_deleted
            ),
            Ok(all - live)
        );
    }
    let complaint = count("SELECT id FROM invoiceitem WHERE deleted", false).unwrap_err();
    assert_eq!(complaint, "line 1:34: Column 'deleted' cannot be resolved");
    let row = &ask("SELECT * FROM invoiceitem LIMIT 1").unwrap()[0];
    assert!(!row.contains_key("deleted"));
}

#[test]
fn the_catalogue_describes_itself() {
    let tables = ask("SHOW TABLES").unwrap();
    let names: Vec<_> = tables
        .iter()
        .map(|row| row["Table"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"orders") && names.contains(&"archived_usage") && names.is_sorted(),
        "{names:?}"
    );
    for statement in [
        "DESCRIBE account",
        "DESC owl.data.ACCOUNT",
        "SHOW COLUMNS FROM account",
        "SHOW COLUMNS IN data.account",
    ] {
        let columns = ask(statement).unwrap();
        assert_eq!(
            columns.len(),
            Object::Account.columns().count(),
            "{statement}"
        );
        let find = |name: &str| columns.iter().find(|row| row["Column"] == name).unwrap();
        assert_eq!(find("id")["Comment"], "Id");
        assert_eq!(find("balance")["Type"], "decimal(18,6)");
        assert_eq!(find("billcycleday")["Type"], "bigint");
        assert_eq!(find("updateddate")["Type"], "timestamp(3) with time zone");
        assert_eq!(find("vatid")["Extra"], "");
        assert!(!columns.iter().any(|row| row["Column"] == "deleted"));
    }
    assert!(
        ask("SHOW FUNCTIONS")
            .unwrap()
            .iter()
            .any(|row| row["Function"] == "date_trunc")
    );
}

#[test]
fn columns_are_named_as_they_were_written() {
    let names = |sql: &str| {
        let mut names: Vec<String> = ask(sql).unwrap()[0].keys().cloned().collect();
        names.sort();
        names.join(" ")
    };
    assert_eq!(
        names("SELECT 1, 2 AS \"Zwei\", id, count(*) OVER () FROM account LIMIT 1"),
        "Zwei _col0 _col3 id"
    );
    assert_eq!(names("SELECT \"ID\" FROM account LIMIT 1"), "ID");
    // Text that is empty is not text that is missing.
    let notes = ask("SELECT notes FROM account").unwrap();
    assert!(
        notes.iter().any(|row| row["notes"] == "")
            && notes.iter().any(|row| row["notes"].is_null())
    );
}
