//! What is no statement of Trino's, and what a tenant's limits refuse.

use super::{Submission, ask, catalog, lines, submission, tenant, told};
use crate::zuora::query::{LimitWording, QueryLimits, QueryOptions};

#[test]
fn other_dialects_are_refused() {
    let mut wrong = Vec::new();
    for (sql, complaint) in [
        (
            "SELECT * FROM acccount",
            "line 1:15: Table owl.data.acccount does not exist",
        ),
        (
            "SELECT * FROM other.account",
            "line 1:15: Table owl.data.account does not exist",
        ),
        (
            "DESCRIBE nothing",
            "line 1:10: Table owl.data.nothing does not exist",
        ),
        (
            "SELECT xyz FROM account",
            "line 1:8: Column 'xyz' cannot be resolved",
        ),
        (
            "SELECT a.xyz FROM account a",
            "line 1:10: Column 'a.xyz' cannot be resolved",
        ),
        (
            "SELECT id FROM account a JOIN contact b ON a.id = b.accountid",
            "line 1:8: Column 'id' is ambiguous",
        ),
        (
            "SELECT invoicedate = '2026-01-01' FROM invoice",
            "line 1:1: '=' cannot be applied to date, varchar",
        ),
        (
            "SELECT 1 = '1'",
            "line 1:1: '=' cannot be applied to bigint, varchar",
        ),
        (
            "SELECT 'a' + 1",
            "line 1:1: '+' cannot be applied to varchar, bigint",
        ),
        (
            "SELECT * FROM account WHERE id IN (1)",
            "line 1:1: IN value and list items must be the same type: varchar, bigint",
        ),
        (
            "SELECT * FROM account WHERE id",
            "line 1:1: WHERE clause must evaluate to a boolean: actual type varchar",
        ),
        (
            "SELECT substr(1, 2)",
            "line 1:1: Unexpected parameters (bigint, bigint) for function substr",
        ),
        (
            "SELECT sum(name) FROM account",
            "line 1:1: Unexpected parameters (varchar) for function sum",
        ),
        (
            "SELECT concat('a', 1)",
            "line 1:1: Unexpected parameters (varchar, bigint) for function concat",
        ),
        ("SELECT foo(1)", "line 1:8: Function 'foo' not registered"),
        (
            "SELECT character_length('a')",
            "line 1:8: Function 'character_length' not registered",
        ),
        (
            "SELECT to_char(1)",
            "line 1:8: Function 'to_char' not registered",
        ),
        (
            "SELECT 1 UNION SELECT 'a'",
            "line 1:1: column 1 in UNION query has incompatible types: bigint, varchar",
        ),
        (
            "SELECT id AS a, name AS A FROM account",
            "line 1:1: Duplicate column name 'A' in the result",
        ),
        (
            "SELECT * FROM account a JOIN contact b ON a.id = b.accountid",
            "line 1:1: Duplicate column name",
        ),
        (
            "SELECT DATE '2026-02-30'",
            "'2026-02-30' is not a valid date literal",
        ),
        ("SELECT 1 / 0", "Division by zero"),
        ("SELECT 1.0 / 0", "Division by zero"),
        ("SELECT CAST('x' AS bigint)", "Cannot cast 'x' to bigint"),
        (
            "SELECT id AS x FROM account GROUP BY x",
            "line 1:38: Column 'x' cannot be resolved",
        ),
        (
            "SELECT id, count(*) FROM account",
            "line 1:8: expression must be an aggregate expression",
        ),
        (
            "SELECT row_number() FROM account",
            "line 1:8: Window function row_number requires an OVER clause",
        ),
        ("SELECT id FROM account;", "line 1:23: mismatched input ';'"),
        (
            "SELECT id FROM account LIMIT 1 OFFSET 1",
            "line 1:39: mismatched input 'OFFSET'",
        ),
        ("SELECT order FROM account", "mismatched input 'order'"),
        (
            "SELECT id AS order FROM account",
            "mismatched input 'order'",
        ),
        ("SELECT id::varchar FROM account", "mismatched input '::'"),
        (
            "SELECT id FROM account WHERE id == 'a'",
            "mismatched input '=='",
        ),
        (
            "SELECT id FROM account WHERE name ILIKE 'a%'",
            "mismatched input",
        ),
        (
            "SELECT id FROM account WHERE name ~ 'a'",
            "mismatched input",
        ),
        (
            "SELECT DISTINCT ON (id) id FROM account",
            "mismatched input",
        ),
        (
            "SELECT id FROM account QUALIFY row_number() OVER () = 1",
            "mismatched input",
        ),
        (
            "SELECT id FROM account LEFT SEMI JOIN contact ON true",
            "mismatched input",
        ),
        ("SELECT * EXCLUDE (id) FROM account", "mismatched input"),
        ("SELECT [1]", "mismatched input"),
        ("SELECT `id` FROM account", "mismatched input"),
        ("SELECT 1 IS TRUE", "mismatched input"),
        ("DELETE FROM account", "line 1:1: mismatched input 'DELETE'"),
        (
            "CREATE TABLE x (y bigint)",
            "line 1:1: mismatched input 'CREATE'",
        ),
        ("EXPLAIN SELECT 1", "line 1:1: mismatched input 'EXPLAIN'"),
        ("SHOW CATALOGS", "line 1:6: mismatched input 'CATALOGS'"),
        ("SELECT FROM account", "mismatched input"),
        ("SELECT 1 SELECT 2", "mismatched input"),
        ("", "mismatched input '<EOF>'"),
        ("SELECT * FROM archived_usage", "LINK_30000007"),
        (
            "SELECT * FROM guidedusage",
            "failed to process object guidedusage",
        ),
        ("SELECT * FROM user", "failed to process object user"),
    ] {
        let told = told(sql);
        if !told.starts_with("! ") || !told.contains(complaint) {
            wrong.push(format!("{sql}: {told}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn quoted_names_are_names() {
    assert_eq!(told("SELECT 1 AS \"order\""), "1");
    assert_eq!(told("SELECT \"ID\" = id FROM \"Account\" LIMIT 1"), "true");
}

fn limited(input_rows: u64, output_rows: u64) -> QueryOptions {
    QueryOptions {
        limits: QueryLimits {
            input_rows,
            output_rows,
            ..QueryLimits::default()
        },
        ..QueryOptions::default()
    }
}

#[test]
fn results_are_capped() {
    let tenant = tenant(300);
    let ask =
        |sql: &str, options: QueryOptions| lines(&catalog(&tenant, options), &submission(sql));
    let complaint = ask("SELECT id FROM invoiceitem", limited(1_000, 100)).unwrap_err();
    assert_eq!(
        complaint,
        "The number of output rows exceeds the limit of 100"
    );
    assert_eq!(
        ask("SELECT id FROM invoiceitem LIMIT 100", limited(1_000, 100))
            .unwrap()
            .len(),
        100
    );
    let worded = QueryOptions {
        wording: LimitWording::Maximum,
        ..limited(1_000, 100)
    };
    let complaint = ask("SELECT id FROM invoiceitem", worded).unwrap_err();
    assert_eq!(
        complaint,
        "Exceeded the maximum of 100 records in the result"
    );
}

#[test]
fn only_indexes_spare_input() {
    let tenant = tenant(300);
    let ids: Vec<String> = ask("SELECT id FROM invoiceitem ORDER BY id LIMIT 50")
        .unwrap()
        .iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect();
    let (first, last) = (&ids[0], &ids[49]);
    let listed = ids
        .iter()
        .map(|id| format!("'{id}'"))
        .collect::<Vec<_>>()
        .join(", ");
    let zoned =
        |digits: &str| format!("updateddate >= TIMESTAMP '2100-01-01 00:00:00{digits} +00:00'");
    for (condition, spared) in [
        ("true".to_owned(), false),
        (format!("id = '{first}'"), true),
        (format!("'{first}' = id"), true),
        (format!("id BETWEEN '{first}' AND '{last}'"), true),
        (format!("id IN ('{first}', '{last}')"), true),
        (format!("id IN ({listed})"), true),
        (format!("id <= '{last}' AND chargeamount > 0"), true),
        (format!("id <> '{first}'"), false),
        (format!("lower(id) = '{first}'"), false),
        (format!("id = '{first}' OR chargeamount = 0"), false),
        (format!("id LIKE '{first}%'"), false),
        ("chargeamount = 1".to_owned(), false),
        (zoned(".000"), true),
        (zoned(".000000"), false),
        (zoned(".0"), false),
        (zoned(""), false),
        (
            "CAST(updateddate AS date) >= DATE '2100-01-01'".to_owned(),
            false,
        ),
        (
            "date_trunc('day', updateddate) >= TIMESTAMP '2100-01-01 00:00:00.000 +00:00'"
                .to_owned(),
            false,
        ),
    ] {
        let sql = format!("SELECT count(*) FROM invoiceitem WHERE {condition}");
        let answer = lines(&catalog(&tenant, limited(100, 100)), &submission(&sql));
        assert_eq!(answer.is_ok(), spared, "{condition}: {answer:?}");
        if let Err(complaint) = answer {
            assert_eq!(
                complaint,
                "The number of input rows of invoiceitem exceeds the limit of 100"
            );
        }
        // Without the limit each of them is a good statement.
        assert!(
            lines(&catalog(&tenant, limited(1_000, 100)), &submission(&sql)).is_ok(),
            "{condition}"
        );
    }
    // A limit of the result is none of the input.
    let sql = "SELECT id FROM invoiceitem LIMIT 1";
    assert!(lines(&catalog(&tenant, limited(100, 100)), &submission(sql)).is_err());
}

/// What an index join may begin with is counted as the input is, and only of the first table.
#[test]
fn an_index_join_begins_with_few_rows() {
    let tenant = tenant(300);
    let options = QueryOptions {
        limits: QueryLimits {
            index_rows: 100,
            ..QueryLimits::default()
        },
        ..QueryOptions::default()
    };
    let ask = |sql: &str, index_join: bool| {
        let submission = Submission {
            index_join,
            ..submission(sql)
        };
        lines(&catalog(&tenant, options.clone()), &submission)
    };
    let complaint = "The number of rows of invoiceitem in the index join exceeds the limit of 100";
    for (from, refused) in [
        ("invoiceitem i JOIN invoice v ON v.id = i.invoiceid", true),
        (
            "invoiceitem i LEFT JOIN invoice v ON v.id = i.invoiceid",
            true,
        ),
        (
            "(SELECT * FROM invoiceitem WHERE chargeamount = -1) i JOIN invoice v ON v.id = i.invoiceid",
            true,
        ),
        (
            "(SELECT * FROM invoiceitem WHERE invoiceid = 'x') i JOIN invoice v ON v.id = i.invoiceid",
            false,
        ),
        (
            "invoiceitem i JOIN invoice v ON v.id = i.invoiceid WHERE i.invoiceid = 'x'",
            false,
        ),
        ("product p JOIN invoiceitem i ON i.productid = p.id", false),
        ("invoiceitem", false),
    ] {
        let sql = format!("SELECT count(*) AS n FROM {from}");
        let answer = ask(&sql, true);
        assert_eq!(answer.is_err(), refused, "{from}: {answer:?}");
        if let Err(told) = answer {
            assert_eq!(told, complaint);
        }
        assert!(ask(&sql, false).is_ok(), "{from}");
    }
}
