//! Groups, windows, orders and limits.

use super::check;

#[tokio::test]
async fn groups_are_written() {
    check(&[
        (
            "SELECT id FROM invoice WHERE status IN ('Posted', 'It''s', NULL) AND amount BETWEEN 1 AND 2.5 GROUP BY id",
            &[r#"SELECT "t1"."id" AS "c0" FROM "invoice" AS "t1" WHERE ((("t1"."status" = 'Posted') OR ("t1"."status" = 'It''s')) OR CAST(NULL AS BOOLEAN)) AND ("t1"."amount" >= DECIMAL '1.000000') AND ("t1"."amount" <= DECIMAL '2.500000') GROUP BY "t1"."id""#],
        ),
        (
            "SELECT count(*) FROM invoice",
            &[r#"SELECT count(*) AS "c0" FROM "invoice" AS "t1""#],
        ),
        (
            "SELECT avg(term) FROM (SELECT currentterm AS term FROM subscription)",
            &[r#"SELECT avg("t1"."currentterm") AS "c0" FROM "subscription" AS "t1""#],
        ),
        (
            "SELECT sum(currentterm), avg(version), min(name) FROM subscription",
            &[r#"SELECT sum("t1"."currentterm") AS "c0", avg("t1"."version") AS "c1", min("t1"."name") AS "c2" FROM "subscription" AS "t1""#],
        ),
        (
            "SELECT currency, count(*) AS n FROM invoice GROUP BY currency HAVING count(*) > 3 AND sum(amount) IS NOT NULL AND max(status) LIKE 'P%'",
            &[r#"SELECT "t1"."currency" AS "c0", count(*) AS "c1" FROM "invoice" AS "t1" GROUP BY "t1"."currency" HAVING (sum("t1"."amount") IS NOT NULL) AND (count(*) > 3) AND (max("t1"."status") LIKE 'P%')"#],
        ),
        (
            "SELECT currency, sum(amount) FILTER (WHERE status = 'Posted'), count(*) FILTER (WHERE autopay) FROM invoice GROUP BY currency",
            &[r#"SELECT "t1"."currency" AS "c0", sum("t1"."amount") FILTER (WHERE ("t1"."status" = 'Posted')) AS "c1", count(*) FILTER (WHERE "t1"."autopay") AS "c2" FROM "invoice" AS "t1" GROUP BY "t1"."currency""#],
        ),
        (
            "SELECT date_trunc('month', invoicedate) m, count(*) FROM invoice GROUP BY 1",
            &[r#"SELECT date_trunc('month', CAST("t1"."invoicedate" AS TIMESTAMP(3))) AS "c0", count(*) AS "c1" FROM "invoice" AS "t1" GROUP BY date_trunc('month', CAST("t1"."invoicedate" AS TIMESTAMP(3)))"#],
        ),
        (
            "SELECT date_trunc('month', createddate) m, count(*) FROM invoice GROUP BY 1",
            &[r#"SELECT date_trunc('month', at_timezone("t1"."createddate", 'UTC')) AS "c0", count(*) AS "c1" FROM "invoice" AS "t1" GROUP BY date_trunc('month', at_timezone("t1"."createddate", 'UTC'))"#],
        ),
        (
            "SELECT extract(year FROM createddate) y, extract(dow FROM invoicedate), count(*) FROM invoice GROUP BY 1, 2",
            &[r#"SELECT year(at_timezone("t1"."createddate", 'UTC')) AS "c0", (day_of_week("t1"."invoicedate") % 7) AS "c1", count(*) AS "c2" FROM "invoice" AS "t1" GROUP BY year(at_timezone("t1"."createddate", 'UTC')), (day_of_week("t1"."invoicedate") % 7)"#],
        ),
        (
            "SELECT currency, count(*) FROM other.account GROUP BY currency",
            &[r#"SELECT "t1"."currency" AS "c0", count(*) AS "c1" FROM "account" AS "t1" GROUP BY "t1"."currency""#],
        ),
        (
            "SELECT amount * balance AS x, amount + balance, amount - 1, -amount, abs(amount), count(*) FROM invoice GROUP BY 1, 2, 3, 4, 5",
            &[r#"SELECT ("t1"."amount" * "t1"."balance") AS "c0", ("t1"."amount" + "t1"."balance") AS "c1", ("t1"."amount" - DECIMAL '1') AS "c2", (- "t1"."amount") AS "c3", abs("t1"."amount") AS "c4", count(*) AS "c5" FROM "invoice" AS "t1" GROUP BY ("t1"."amount" * "t1"."balance"), ("t1"."amount" + "t1"."balance"), ("t1"."amount" - DECIMAL '1'), (- "t1"."amount"), abs("t1"."amount")"#],
        ),
        (
            "SELECT cast(createddate AS date) AS x, count(*) FROM invoice GROUP BY 1",
            &[r#"SELECT CAST(at_timezone("t1"."createddate", 'UTC') AS DATE) AS "c0", count(*) AS "c1" FROM "invoice" AS "t1" GROUP BY CAST(at_timezone("t1"."createddate", 'UTC') AS DATE)"#],
        ),
        (
            "SELECT substr(status, 2, 3), length(status), strpos(status, 'o'), concat(status, currency, 'x'), coalesce(status, 'none'), nullif(status, 'x'), count(*) FROM invoice GROUP BY 1,2,3,4,5,6",
            &[r#"SELECT substr("t1"."status", 2, 3) AS "c0", length("t1"."status") AS "c1", strpos("t1"."status", 'o') AS "c2", concat(coalesce("t1"."status", ''), coalesce("t1"."currency", ''), coalesce('x', '')) AS "c3", (CASE WHEN ("t1"."status" IS NOT NULL) THEN "t1"."status" ELSE 'none' END) AS "c4", nullif("t1"."status", 'x') AS "c5", count(*) AS "c6" FROM "invoice" AS "t1" GROUP BY substr("t1"."status", 2, 3), length("t1"."status"), strpos("t1"."status", 'o'), concat(coalesce("t1"."status", ''), coalesce("t1"."currency", ''), coalesce('x', '')), (CASE WHEN ("t1"."status" IS NOT NULL) THEN "t1"."status" ELSE 'none' END), nullif("t1"."status", 'x')"#],
        ),
        (
            "SELECT sum(CASE WHEN status = 'Posted' THEN amount ELSE 0 END), sum(amount * 2), count(CASE WHEN autopay THEN 1 END) FROM invoice",
            &[r#"SELECT sum((CASE WHEN ("t1"."status" = 'Posted') THEN CAST("t1"."amount" AS DECIMAL(26,6)) ELSE DECIMAL '0.000000' END)) AS "c0", sum(("t1"."amount" * DECIMAL '2')) AS "c1", count((CASE WHEN "t1"."autopay" THEN 1 END)) AS "c2" FROM "invoice" AS "t1""#],
        ),
        (
            "SELECT status FROM invoice WHERE status > 'P' GROUP BY status",
            &[r#"SELECT "t1"."status" AS "c0" FROM "invoice" AS "t1" WHERE ("t1"."status" > 'P') GROUP BY "t1"."status""#],
        ),
        (
            "SELECT x, currency, count(*) FROM (SELECT currentterm AS x, currency FROM subscription WHERE currentterm = 3) GROUP BY x, currency",
            &[r#"SELECT "t1"."currentterm" AS "c0", "t1"."currency" AS "c1", count(*) AS "c2" FROM "subscription" AS "t1" WHERE ("t1"."currentterm" = 3) GROUP BY "t1"."currentterm", "t1"."currency""#],
        ),
        (
            "SELECT count(*) FROM (SELECT DISTINCT currency FROM invoice)",
            &[r#"SELECT count(*) AS "c0" FROM (SELECT 1 AS "c0" FROM "invoice" AS "t1" GROUP BY "t1"."currency") AS "t2""#],
        ),
        (
            "SELECT cast(currentterm AS varchar) AS x, cast(version AS int) y, cast(initialterm AS decimal(30,2)) z, count(*) FROM subscription GROUP BY 1, 2, 3",
            &[r#"SELECT CAST("t1"."currentterm" AS VARCHAR) AS "c0", "t1"."version" AS "c1", CAST("t1"."initialterm" AS DECIMAL(30,2)) AS "c2", count(*) AS "c3" FROM "subscription" AS "t1" GROUP BY CAST("t1"."currentterm" AS VARCHAR), "t1"."version", CAST("t1"."initialterm" AS DECIMAL(30,2))"#],
        ),
        (
            "SELECT max(currency) FROM invoice HAVING count(*) > 3",
            &[r#"SELECT max("t1"."currency") AS "c0" FROM "invoice" AS "t1" HAVING (count(*) > 3)"#],
        ),
    ])
    .await;
}

#[tokio::test]
async fn windows_are_written() {
    check(&[
        (
            "SELECT id, row_number() OVER (PARTITION BY accountid ORDER BY invoicedate DESC, id) AS rn FROM invoice",
            &[r#"SELECT "t1"."id" AS "c0", row_number() OVER (PARTITION BY "t1"."accountid" ORDER BY "t1"."invoicedate" DESC NULLS FIRST, "t1"."id" ASC NULLS LAST) AS "c1" FROM "invoice" AS "t1""#],
        ),
        (
            "SELECT * FROM (SELECT id, row_number() OVER (PARTITION BY accountid ORDER BY invoicedate DESC, id) AS rn FROM invoice) WHERE rn = 1",
            &[r#"SELECT "t2"."c0" AS "c0", "t2"."c1" AS "c1" FROM (SELECT "t1"."id" AS "c0", row_number() OVER (PARTITION BY "t1"."accountid" ORDER BY "t1"."invoicedate" DESC NULLS FIRST, "t1"."id" ASC NULLS LAST) AS "c1" FROM "invoice" AS "t1") AS "t2" WHERE ("t2"."c1" = 1)"#],
        ),
        (
            "SELECT id, sum(amount) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW), first_value(status) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING), count(*) OVER () FROM invoice",
            &[r#"SELECT "t2"."c0" AS "c0", "t2"."c1" AS "c1", "t2"."c2" AS "c2", count(*) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "c3" FROM (SELECT "t1"."id" AS "c0", sum("t1"."amount") OVER (ORDER BY "t1"."id" ASC NULLS LAST ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS "c1", first_value("t1"."status") OVER (ORDER BY "t1"."id" ASC NULLS LAST ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS "c2" FROM "invoice" AS "t1") AS "t2""#],
        ),
        (
            "SELECT currency, sum(sum(amount)) OVER (ORDER BY currency) FROM invoice GROUP BY currency",
            &[r#"SELECT "t1"."currency" AS "c0", sum(sum("t1"."amount")) OVER (ORDER BY "t1"."currency" ASC NULLS LAST RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "c1" FROM "invoice" AS "t1" GROUP BY "t1"."currency""#],
        ),
        (
            "WITH t AS (SELECT accountid, sum(amount) s FROM invoice WHERE status='Posted' GROUP BY accountid HAVING sum(amount) > 10), r AS (SELECT a.currency, t.s, rank() OVER (PARTITION BY a.currency ORDER BY t.s DESC) rk FROM t JOIN account a ON a.id=t.accountid) SELECT currency, s FROM r WHERE rk <= 3",
            &[r#"SELECT "t4"."c1" AS "c0", "t4"."c0" AS "c1" FROM (SELECT "t2"."c1" AS "c0", "t3"."currency" AS "c1", rank() OVER (PARTITION BY "t3"."currency" ORDER BY "t2"."c1" DESC NULLS FIRST) AS "c2" FROM (SELECT "t1"."accountid" AS "c0", sum("t1"."amount") AS "c1" FROM "invoice" AS "t1" WHERE ("t1"."status" = 'Posted') GROUP BY "t1"."accountid" HAVING (sum("t1"."amount") > DECIMAL '10.000000')) AS "t2" JOIN "account" AS "t3" ON "t2"."c0" = "t3"."id") AS "t4" WHERE ("t4"."c2" <= 3)"#],
        ),
        (
            "SELECT lag(status, 1, 'none') OVER (ORDER BY id), id FROM invoice",
            &[r#"SELECT lag("t1"."status", 1, 'none') OVER (ORDER BY "t1"."id" ASC NULLS LAST) AS "c0", "t1"."id" AS "c1" FROM "invoice" AS "t1""#],
        ),
    ])
    .await;
}

#[tokio::test]
async fn orders_place_nulls_and_limits_stand_behind_them() {
    check(&[
        (
            "SELECT currency, sum(amount) FROM zuora.invoice WHERE invoicedate >= DATE '2026-01-01' GROUP BY currency ORDER BY 2 DESC",
            &[r#"SELECT "t1"."currency" AS "c0", sum("t1"."amount") AS "c1" FROM "invoice" AS "t1" WHERE ("t1"."invoicedate" >= DATE '2026-01-01') GROUP BY "t1"."currency""#],
        ),
        (
            "SELECT currency, sum(amount) FROM zuora.invoice GROUP BY currency ORDER BY 2 DESC LIMIT 3",
            &[r#"SELECT "t1"."currency" AS "c0", sum("t1"."amount") AS "c1" FROM "invoice" AS "t1" GROUP BY "t1"."currency" ORDER BY sum("t1"."amount") DESC NULLS FIRST LIMIT 3"#],
        ),
        (
            "SELECT currency, sum(amount) FROM zuora.invoice GROUP BY currency ORDER BY 2 DESC LIMIT 3 OFFSET 2",
            &[r#"SELECT "t1"."currency" AS "c0", sum("t1"."amount") AS "c1" FROM "invoice" AS "t1" GROUP BY "t1"."currency" ORDER BY sum("t1"."amount") DESC NULLS FIRST OFFSET 2 LIMIT 3"#],
        ),
        (
            "SELECT id FROM invoice LIMIT 5",
            &[r#"SELECT "t1"."id" AS "c0" FROM "invoice" AS "t1" LIMIT 5"#],
        ),
        (
            "SELECT id FROM invoice ORDER BY amount DESC, id LIMIT 5 OFFSET 10",
            &[r#"SELECT "t1"."id" AS "c0", "t1"."amount" AS "c1" FROM "invoice" AS "t1" ORDER BY "t1"."amount" DESC NULLS FIRST, "t1"."id" ASC NULLS LAST OFFSET 10 LIMIT 5"#],
        ),
        (
            "SELECT id FROM invoice OFFSET 10",
            &[r#"SELECT "t1"."id" AS "c0" FROM "invoice" AS "t1" OFFSET 10"#],
        ),
        (
            "SELECT id, amount FROM (SELECT id, amount FROM invoice ORDER BY amount DESC LIMIT 5) WHERE amount > 3",
            &[r#"SELECT "t2"."c0" AS "c0", "t2"."c1" AS "c1" FROM (SELECT "t1"."id" AS "c0", "t1"."amount" AS "c1" FROM "invoice" AS "t1" ORDER BY "t1"."amount" DESC NULLS FIRST LIMIT 5) AS "t2" WHERE ("t2"."c1" > DECIMAL '3.000000')"#],
        ),
        (
            "SELECT count(*) FROM (SELECT 1 FROM invoice LIMIT 10)",
            &[r#"SELECT count(*) AS "c0" FROM (SELECT 1 AS "c0" FROM "invoice" AS "t1" LIMIT 10) AS "t2""#],
        ),
        (
            "SELECT max(amount) FROM (SELECT amount FROM invoice ORDER BY amount LIMIT 10)",
            &[r#"SELECT max("t2"."c0") AS "c0" FROM (SELECT "t1"."amount" AS "c0" FROM "invoice" AS "t1" ORDER BY "t1"."amount" ASC NULLS LAST LIMIT 10) AS "t2""#],
        ),
        (
            "SELECT DISTINCT ON (accountid) accountid, id, amount FROM invoice ORDER BY accountid, invoicedate DESC",
            &["invoice"],
        ),
        (
            "SELECT currency FROM invoice GROUP BY currency ORDER BY currency LIMIT 5",
            &[r#"SELECT "t1"."currency" AS "c0" FROM "invoice" AS "t1" GROUP BY "t1"."currency" ORDER BY "t1"."currency" ASC NULLS LAST LIMIT 5"#],
        ),
        (
            "SELECT currency FROM invoice GROUP BY currency ORDER BY count(*) DESC LIMIT 5",
            &[r#"SELECT "t1"."currency" AS "c0", count(*) AS "c1" FROM "invoice" AS "t1" GROUP BY "t1"."currency" ORDER BY count(*) DESC NULLS FIRST LIMIT 5"#],
        ),
    ])
    .await;
}
