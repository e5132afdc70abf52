//! Conditions and what they compare.

use super::check;

#[tokio::test]
async fn conditions_keep_their_meaning() {
    check(&[
        (
            r#"SELECT DISTINCT currency FROM invoice WHERE status LIKE 'P\_%' AND invoicenumber NOT LIKE 'a\%b_' ESCAPE '\'"#,
            &[r#"SELECT "t1"."currency" AS "c0" FROM "invoice" AS "t1" WHERE ("t1"."status" LIKE 'P\_%' ESCAPE '\') AND ("t1"."invoicenumber" NOT LIKE 'a\%b_' ESCAPE '\') GROUP BY "t1"."currency""#],
        ),
        (
            "SELECT DISTINCT currency FROM invoice WHERE CASE WHEN status = 'Posted' THEN amount > 5 WHEN status = 'Draft' THEN amount < 3 ELSE false END",
            &[r#"SELECT "t1"."currency" AS "c0" FROM "invoice" AS "t1" WHERE (((("t1"."status" = 'Posted') IS NOT DISTINCT FROM TRUE) AND ("t1"."amount" > DECIMAL '5.000000')) OR (((("t1"."status" = 'Draft') IS NOT DISTINCT FROM TRUE) AND (("t1"."status" = 'Posted') IS DISTINCT FROM TRUE)) AND ("t1"."amount" < DECIMAL '3.000000'))) GROUP BY "t1"."currency""#],
        ),
        (
            "SELECT DISTINCT currency FROM invoice WHERE CASE status WHEN 'Posted' THEN 1 WHEN 'Draft' THEN 2 END = 1",
            &[r#"SELECT "t1"."currency" AS "c0" FROM "invoice" AS "t1" WHERE ((CASE "t1"."status" WHEN 'Posted' THEN 1 WHEN 'Draft' THEN 2 END) = 1) GROUP BY "t1"."currency""#],
        ),
        (
            "SELECT DISTINCT currency FROM invoice WHERE (status = 'a' OR amount > 1 AND balance < 0) AND NOT (autopay OR reversed)",
            &[r#"SELECT "t1"."currency" AS "c0" FROM "invoice" AS "t1" WHERE (("t1"."status" = 'a') OR (("t1"."amount" > DECIMAL '1.000000') AND ("t1"."balance" < DECIMAL '0.000000'))) AND (NOT "t1"."autopay") AND (NOT "t1"."reversed") GROUP BY "t1"."currency""#],
        ),
        (
            "SELECT DISTINCT currency FROM invoice WHERE createddate >= TIMESTAMP '2026-01-01 00:00:00.000001Z' AND updateddate = TIMESTAMP '2026-01-01 00:00:00.0005Z' AND posteddate <> TIMESTAMP '2026-01-01 00:00:00.0005Z' AND lastemailsentdate <= TIMESTAMP '2026-01-01 00:00:00.123Z'",
            &[r#"SELECT "t1"."currency" AS "c0" FROM "invoice" AS "t1" WHERE ("t1"."createddate" >= TIMESTAMP '2026-01-01 00:00:00.001 +00:00') AND ("t1"."updateddate" <> "t1"."updateddate") AND ("t1"."posteddate" = "t1"."posteddate") AND ("t1"."lastemailsentdate" <= TIMESTAMP '2026-01-01 00:00:00.123 +00:00') GROUP BY "t1"."currency""#],
        ),
        (
            "SELECT DISTINCT currency FROM invoice WHERE invoicedate >= DATE '2026-01-01' AND duedate < DATE '2026-01-01' + INTERVAL '1 month' AND targetdate = '2026-02-03'",
            &[r#"SELECT "t1"."currency" AS "c0" FROM "invoice" AS "t1" WHERE ("t1"."invoicedate" >= DATE '2026-01-01') AND ("t1"."duedate" < DATE '2026-02-01') AND ("t1"."targetdate" = DATE '2026-02-03') GROUP BY "t1"."currency""#],
        ),
        (
            "SELECT DISTINCT currency FROM invoice WHERE invoicedate + INTERVAL '1' MONTH > duedate",
            &[r#"SELECT "t1"."currency" AS "c0" FROM "invoice" AS "t1" WHERE (date_add('month', 1, "t1"."invoicedate") > "t1"."duedate") GROUP BY "t1"."currency""#],
        ),
        (
            "SELECT DISTINCT currency FROM invoice WHERE duedate - INTERVAL '7' DAY > invoicedate",
            &[r#"SELECT "t1"."currency" AS "c0" FROM "invoice" AS "t1" WHERE (date_add('day', -7, "t1"."duedate") > "t1"."invoicedate") GROUP BY "t1"."currency""#],
        ),
        (
            "SELECT DISTINCT currency FROM invoice WHERE amount = 12.345678 AND balance = 0.1234567 AND taxamount > 1e2",
            &[r#"SELECT "t1"."currency" AS "c0" FROM "invoice" AS "t1" WHERE ("t1"."amount" = DECIMAL '12.345678') AND (CAST("t1"."balance" AS DECIMAL(19,7)) = DECIMAL '0.1234567') AND ("t1"."taxamount" > DECIMAL '100.000000') GROUP BY "t1"."currency""#],
        ),
        (
            "SELECT DISTINCT currency FROM invoice WHERE amount > 5",
            &[r#"SELECT "t1"."currency" AS "c0" FROM "invoice" AS "t1" WHERE ("t1"."amount" > DECIMAL '5.000000') GROUP BY "t1"."currency""#],
        ),
        (
            "SELECT DISTINCT currency FROM invoice WHERE amount IN (1, 2.5, 3.1415926535)",
            &[r#"SELECT "t1"."currency" AS "c0" FROM "invoice" AS "t1" WHERE (CAST("t1"."amount" AS DECIMAL(30,10)) IN (DECIMAL '1.0000000000', DECIMAL '2.5000000000', DECIMAL '3.1415926535')) GROUP BY "t1"."currency""#],
        ),
        (
            "SELECT DISTINCT currency FROM invoice WHERE comments IS NULL AND amount IS NOT NULL AND autopay AND NOT reversed AND includesusage IS NOT TRUE AND includesrecurring IS UNKNOWN",
            &[r#"SELECT "t1"."currency" AS "c0" FROM "invoice" AS "t1" WHERE ("t1"."comments" IS NULL) AND ("t1"."amount" IS NOT NULL) AND "t1"."autopay" AND (NOT "t1"."reversed") AND ("t1"."includesusage" IS DISTINCT FROM TRUE) AND ("t1"."includesrecurring" IS NULL) GROUP BY "t1"."currency""#],
        ),
        (
            "SELECT DISTINCT currency FROM invoice WHERE status NOT IN ('a', 'b') AND status NOT IN ('c', NULL)",
            &[r#"SELECT "t1"."currency" AS "c0" FROM "invoice" AS "t1" WHERE ("t1"."status" NOT IN ('a', 'b', 'c', CAST(NULL AS VARCHAR))) GROUP BY "t1"."currency""#],
        ),
        (
            "SELECT status FROM invoice WHERE (status IS DISTINCT FROM 'Posted') AND (currency IS NOT DISTINCT FROM comments)",
            &[r#"SELECT "t1"."status" AS "c0" FROM "invoice" AS "t1" WHERE ("t1"."status" IS DISTINCT FROM 'Posted') AND ("t1"."currency" IS NOT DISTINCT FROM "t1"."comments")"#],
        ),
        (
            "SELECT sum(currentterm), sum(initialterm + 1), max(version * 2) FROM subscription WHERE currentterm + 1 > 12 AND -version < -1",
            &[r#"SELECT sum("t1"."currentterm") AS "c0", sum(("t1"."initialterm" + 1)) AS "c1", max(("t1"."version" * 2)) AS "c2" FROM "subscription" AS "t1" WHERE (("t1"."currentterm" + 1) > 12) AND ((- "t1"."version") < -1)"#],
        ),
        (
            "SELECT status FROM invoice WHERE invoicedate BETWEEN DATE '2026-01-01' AND DATE '2026-01-31' OR status = 'x' AND NOT autopay",
            &[r#"SELECT "t1"."status" AS "c0" FROM "invoice" AS "t1" WHERE ((("t1"."invoicedate" >= DATE '2026-01-01') AND ("t1"."invoicedate" <= DATE '2026-01-31')) OR (("t1"."status" = 'x') AND (NOT "t1"."autopay")))"#],
        ),
        (
            "SELECT id FROM invoice WHERE amount NOT BETWEEN 1 AND 2",
            &[r#"SELECT "t1"."id" AS "c0" FROM "invoice" AS "t1" WHERE (("t1"."amount" < DECIMAL '1.000000') OR ("t1"."amount" > DECIMAL '2.000000'))"#],
        ),
        (
            r#"SELECT comments FROM invoice WHERE comments LIKE '%50\%%' OR comments LIKE 'a\\b' OR comments = 'a\b' OR comments = E'a\nb'"#,
            &[r#"SELECT "t1"."comments" AS "c0" FROM "invoice" AS "t1" WHERE (((("t1"."comments" LIKE '%50\%%' ESCAPE '\') OR ("t1"."comments" LIKE 'a\b')) OR ("t1"."comments" = 'a\b')) OR ("t1"."comments" = U&'a\000Ab'))"#],
        ),
    ])
    .await;
}
