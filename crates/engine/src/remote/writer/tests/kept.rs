//! What stays here, in part or as a whole: names without a statement are tables that are read by themselves.

use super::check;

#[tokio::test]
async fn what_trino_understands_differently_stays_here() {
    check(&[
        (
            "SELECT DISTINCT currency FROM invoice WHERE 1 = 1 AND status || 'x' = 'ax' AND lower(status) = 'posted'",
            &[r#"SELECT "t1"."currency" AS "c0", "t1"."status" AS "c1" FROM "invoice" AS "t1" WHERE (("t1"."status" || 'x') = 'ax')"#],
        ),
        (
            "SELECT count(*), count(comments), count(DISTINCT currency), min(createddate), max(amount), sum(DISTINCT amount), avg(amount), bool_and(autopay) FROM invoice",
            &[r#"SELECT count(*) AS "c0", count("t1"."comments") AS "c1", count(DISTINCT "t1"."currency") AS "c2", min("t1"."createddate") AS "c3", max("t1"."amount") AS "c4", sum(DISTINCT "t1"."amount") AS "c5", sum("t1"."amount") AS "c6", count("t1"."amount") AS "c7", bool_and("t1"."autopay") AS "c8" FROM "invoice" AS "t1""#],
        ),
        (
            "SELECT avg(amount), currency FROM invoice GROUP BY currency HAVING avg(amount) > 3",
            &[r#"SELECT "t1"."currency" AS "c0", sum("t1"."amount") AS "c1", count("t1"."amount") AS "c2" FROM "invoice" AS "t1" GROUP BY "t1"."currency""#],
        ),
        (
            "SELECT 1, count(*) FROM invoice GROUP BY 1",
            &["invoice"],
        ),
        (
            "SELECT upper(currency), count(*) FROM invoice GROUP BY upper(currency)",
            &["invoice"],
        ),
        (
            "SELECT currency, status, sum(amount) FROM invoice GROUP BY ROLLUP (currency, status)",
            &["invoice"],
        ),
        (
            "SELECT id, sum(amount) OVER (PARTITION BY accountid ORDER BY invoicedate) AS running, sum(amount) OVER (PARTITION BY accountid) AS total, lag(amount) OVER (ORDER BY id), lead(amount, 2, 0) OVER (ORDER BY id), avg(amount) OVER (PARTITION BY accountid) FROM invoice",
            &[r#"SELECT "t2"."c0" AS "c0", "t2"."c1" AS "c1", "t2"."c2" AS "c2", "t2"."c4" AS "c3", "t2"."c5" AS "c4", sum("t2"."c2") OVER (PARTITION BY "t2"."c1" ORDER BY "t2"."c3" ASC NULLS LAST RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "c5" FROM (SELECT "t1"."id" AS "c0", "t1"."accountid" AS "c1", "t1"."amount" AS "c2", "t1"."invoicedate" AS "c3", lag("t1"."amount") OVER (ORDER BY "t1"."id" ASC NULLS LAST) AS "c4", lead("t1"."amount", 2, 0) OVER (ORDER BY "t1"."id" ASC NULLS LAST) AS "c5" FROM "invoice" AS "t1") AS "t2""#],
        ),
        (
            "SELECT a.name, i.amount FROM account a FULL JOIN invoice i ON i.accountid = a.id AND a.status = 'Active'",
            &[
                "account",
                "invoice",
            ],
        ),
        (
            "SELECT a.name FROM account a WHERE a.balance > (SELECT avg(balance) FROM account)",
            &["account"],
        ),
        (
            "SELECT a.name FROM account a WHERE a.status = 'x' OR a.id IN (SELECT accountid FROM invoice)",
            &[
                "account",
                "invoice",
            ],
        ),
        (
            "SELECT name FROM account INTERSECT SELECT invoicenumber FROM invoice",
            &[
                r#"SELECT "t1"."name" AS "c0" FROM "account" AS "t1" GROUP BY "t1"."name""#,
                "invoice",
            ],
        ),
        (
            "SELECT name FROM account EXCEPT SELECT invoicenumber FROM invoice",
            &[
                r#"SELECT "t1"."name" AS "c0" FROM "account" AS "t1" GROUP BY "t1"."name""#,
                "invoice",
            ],
        ),
        (
            "SELECT count(*) FROM account a JOIN other.account b ON a.accountnumber = b.accountnumber",
            &[
                "account",
                "account",
            ],
        ),
        (
            "SELECT deleted, count(*) FROM invoice GROUP BY deleted",
            &["invoice"],
        ),
        (
            "SELECT count(*) FROM invoice WHERE deleted",
            &["invoice"],
        ),
        (
            "SELECT a.id FROM account a JOIN invoice i ON a.id = i.accountid WHERE i.deleted",
            &[
                "account",
                "invoice",
            ],
        ),
        (
            "SELECT trim(status), count(*) FROM invoice GROUP BY 1",
            &["invoice"],
        ),
        (
            "SELECT round(amount, 2), count(*) FROM invoice GROUP BY 1",
            &["invoice"],
        ),
        (
            "SELECT amount / 3 AS x, count(*) FROM invoice GROUP BY 1",
            &["invoice"],
        ),
        (
            "SELECT currentterm / 3 AS x, currentterm % 4 AS y, currentterm / version AS z, count(*) FROM subscription GROUP BY 1, 2, 3",
            &["subscription"],
        ),
        (
            "SELECT cast(amount AS double) AS x, count(*) FROM invoice GROUP BY 1",
            &["invoice"],
        ),
        (
            "SELECT cast(amount AS varchar) AS x, count(*) FROM invoice GROUP BY 1",
            &["invoice"],
        ),
        (
            "SELECT to_char(invoicedate, '%Y') AS x, count(*) FROM invoice GROUP BY 1",
            &["invoice"],
        ),
        (
            "SELECT substr(status, 0, 3), count(*) FROM invoice GROUP BY 1",
            &["invoice"],
        ),
        (
            "SELECT left(status, 3), replace(status, 'a', 'b'), count(*) FROM invoice GROUP BY 1, 2",
            &["invoice"],
        ),
        (
            "SELECT status ILIKE 'p%', count(*) FROM invoice GROUP BY 1",
            &["invoice"],
        ),
        (
            "SELECT greatest(amount, balance), count(*) FROM invoice GROUP BY 1",
            &["invoice"],
        ),
        (
            "SELECT stddev(amount), median(amount), array_agg(id), string_agg(id, ',') FROM invoice",
            &["invoice"],
        ),
        (
            "SELECT currency, ntile(4) OVER (ORDER BY amount), percent_rank() OVER (ORDER BY amount), cume_dist() OVER (ORDER BY amount), nth_value(id, 2) OVER (ORDER BY amount) FROM invoice",
            &["invoice"],
        ),
        (
            "SELECT id, sum(amount) OVER (ORDER BY amount RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM invoice",
            &["invoice"],
        ),
        (
            "SELECT id, count(DISTINCT currency) OVER (PARTITION BY accountid) FROM invoice",
            &["invoice"],
        ),
        (
            "SELECT corr(amount, balance) FROM invoice",
            &["invoice"],
        ),
        (
            "SELECT count(amount, balance) FROM invoice",
            &["invoice"],
        ),
        (
            "SELECT count(NULL) FROM invoice",
            &["invoice"],
        ),
        (
            "SELECT currency FROM invoice WHERE amount > 10 GROUP BY currency HAVING lower(currency) = 'eur' AND count(*) > 2",
            &[r#"SELECT "t1"."amount" AS "c0", "t1"."currency" AS "c1" FROM "invoice" AS "t1" WHERE ("t1"."amount" > DECIMAL '10.000000')"#],
        ),
        (
            "SELECT count(*) FROM (SELECT max(amount) FROM invoice) t CROSS JOIN account",
            &["account"],
        ),
        (
            "SELECT x, currency, count(*) FROM (SELECT 1 AS x, currency FROM invoice) GROUP BY x, currency",
            &[r#"SELECT 1 AS "c0", "t1"."currency" AS "c1" FROM "invoice" AS "t1""#],
        ),
        (
            "SELECT a.name FROM account a LEFT JOIN invoice i ON a.balance > i.amount",
            &[
                "account",
                "invoice",
            ],
        ),
        (
            "SELECT sum(amount) * 2, max(amount) - min(amount) FROM invoice",
            &[r#"SELECT sum("t1"."amount") AS "c0", max("t1"."amount") AS "c1", min("t1"."amount") AS "c2" FROM "invoice" AS "t1""#],
        ),
        (
            "SELECT lag(amount) OVER (PARTITION BY currency), id FROM invoice",
            &["invoice"],
        ),
        (
            "SELECT id FROM invoice WHERE amount > (SELECT max(balance) FROM account WHERE status = 'Active') AND status = 'Posted'",
            &[r#"SELECT "t1"."id" AS "c0", "t1"."amount" AS "c1", "t1"."status" AS "c2" FROM "invoice" AS "t1" WHERE ("t1"."status" = 'Posted')"#],
        ),
    ])
    .await;
}
