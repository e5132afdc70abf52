//! Joins, subqueries and unions.

use super::check;

#[tokio::test]
async fn joins_are_written() {
    check(&[
        (
            "SELECT a.name, i.amount FROM account a JOIN invoice i ON i.accountid = a.id WHERE i.status = 'Posted' AND a.currency = 'EUR'",
            &[r#"SELECT "t1"."name" AS "c0", "t2"."amount" AS "c1" FROM "account" AS "t1" JOIN "invoice" AS "t2" ON "t1"."id" = "t2"."accountid" WHERE ("t1"."currency" = 'EUR') AND ("t2"."status" = 'Posted')"#],
        ),
        (
            "SELECT a.name, i.amount FROM account a LEFT JOIN invoice i ON i.accountid = a.id AND i.status = 'Posted'",
            &[r#"SELECT "t1"."name" AS "c0", "t3"."c1" AS "c1" FROM "account" AS "t1" LEFT JOIN (SELECT "t2"."accountid" AS "c0", "t2"."amount" AS "c1" FROM "invoice" AS "t2" WHERE ("t2"."status" = 'Posted')) AS "t3" ON "t1"."id" = "t3"."c0""#],
        ),
        (
            "SELECT a.name, i.amount FROM account a LEFT JOIN invoice i ON i.accountid = a.id AND i.status = 'Posted' AND a.batch = 'Batch1' WHERE a.currency = 'EUR'",
            &[r#"SELECT "t1"."name" AS "c0", "t3"."c1" AS "c1" FROM "account" AS "t1" LEFT JOIN (SELECT "t2"."accountid" AS "c0", "t2"."amount" AS "c1" FROM "invoice" AS "t2" WHERE ("t2"."status" = 'Posted')) AS "t3" ON "t1"."id" = "t3"."c0" AND ("t1"."batch" = 'Batch1') WHERE ("t1"."currency" = 'EUR')"#],
        ),
        (
            "SELECT a.name, i.amount FROM account a RIGHT JOIN invoice i ON i.accountid = a.id AND i.amount > 5",
            &[r#"SELECT "t1"."name" AS "c0", "t2"."amount" AS "c1" FROM "account" AS "t1" RIGHT JOIN "invoice" AS "t2" ON "t1"."id" = "t2"."accountid" AND ("t2"."amount" > DECIMAL '5.000000')"#],
        ),
        (
            "SELECT a.name, i.amount FROM (SELECT id, coalesce(name, 'none') AS name FROM account WHERE batch = 'x') a FULL JOIN invoice i ON i.accountid = a.id",
            &[r#"SELECT "t2"."c1" AS "c0", "t3"."amount" AS "c1" FROM (SELECT "t1"."id" AS "c0", (CASE WHEN ("t1"."name" IS NOT NULL) THEN "t1"."name" ELSE 'none' END) AS "c1" FROM "account" AS "t1" WHERE ("t1"."batch" = 'x')) AS "t2" FULL JOIN "invoice" AS "t3" ON "t2"."c0" = "t3"."accountid""#],
        ),
        (
            "SELECT a.name, i.n FROM account a LEFT JOIN (SELECT accountid, count(*) n FROM invoice GROUP BY accountid) i ON i.accountid = a.id",
            &[r#"SELECT "t1"."name" AS "c0", "t3"."c1" AS "c1" FROM "account" AS "t1" LEFT JOIN (SELECT "t2"."accountid" AS "c0", count(*) AS "c1" FROM "invoice" AS "t2" GROUP BY "t2"."accountid") AS "t3" ON "t1"."id" = "t3"."c0""#],
        ),
        (
            "SELECT a.name, b.name FROM account a CROSS JOIN account b WHERE a.currency = 'EUR' AND b.currency = 'USD'",
            &[r#"SELECT "t1"."name" AS "c0", "t2"."name" AS "c1" FROM "account" AS "t1" CROSS JOIN "account" AS "t2" WHERE ("t1"."currency" = 'EUR') AND ("t2"."currency" = 'USD')"#],
        ),
        (
            "SELECT a.name, b.name FROM account a JOIN account b ON a.balance < b.balance AND a.currency = b.currency",
            &[r#"SELECT "t1"."name" AS "c0", "t2"."name" AS "c1" FROM "account" AS "t1" JOIN "account" AS "t2" ON "t1"."currency" = "t2"."currency" AND ("t1"."balance" < "t2"."balance")"#],
        ),
        (
            "SELECT a.name FROM account a WHERE a.id IN (SELECT accountid FROM invoice WHERE amount > 100)",
            &[r#"SELECT "t1"."name" AS "c0" FROM "account" AS "t1" WHERE "t1"."id" IN (SELECT "t2"."accountid" AS "c0" FROM "invoice" AS "t2" WHERE ("t2"."amount" > DECIMAL '100.000000'))"#],
        ),
        (
            "SELECT a.name FROM account a WHERE EXISTS (SELECT 1 FROM invoice i WHERE i.accountid = a.id AND i.currency <> a.currency)",
            &[r#"SELECT "t1"."name" AS "c0" FROM "account" AS "t1" WHERE EXISTS (SELECT 1 FROM "invoice" AS "t2" WHERE "t1"."id" = "t2"."accountid" AND ("t2"."currency" <> "t1"."currency"))"#],
        ),
        (
            "SELECT a.name FROM account a WHERE NOT EXISTS (SELECT 1 FROM invoice i WHERE i.accountid = a.id)",
            &[r#"SELECT "t1"."name" AS "c0" FROM "account" AS "t1" WHERE ("t1"."id" IS NULL OR "t1"."id" NOT IN (SELECT "t2"."accountid" AS "c0" FROM "invoice" AS "t2" WHERE "t2"."accountid" IS NOT NULL))"#],
        ),
        (
            "SELECT a.name FROM account a WHERE a.id NOT IN (SELECT accountid FROM invoice)",
            &[r#"SELECT "t1"."name" AS "c0" FROM "account" AS "t1" WHERE "t1"."id" NOT IN (SELECT "t2"."accountid" AS "c0" FROM "invoice" AS "t2")"#],
        ),
        (
            "SELECT a.name FROM account a WHERE a.id NOT IN (SELECT accountid FROM invoice WHERE accountid IS NOT NULL)",
            &[r#"SELECT "t1"."name" AS "c0" FROM "account" AS "t1" WHERE "t1"."id" NOT IN (SELECT "t2"."accountid" AS "c0" FROM "invoice" AS "t2" WHERE ("t2"."accountid" IS NOT NULL))"#],
        ),
        (
            "SELECT a.name, (SELECT count(*) FROM invoice i WHERE i.accountid = a.id) FROM account a",
            &[r#"SELECT "t1"."name" AS "c0", (CASE WHEN ("t3"."c2" IS NULL) THEN 0 ELSE "t3"."c0" END) AS "c1" FROM "account" AS "t1" LEFT JOIN (SELECT count(*) AS "c0", "t2"."accountid" AS "c1", TRUE AS "c2" FROM "invoice" AS "t2" GROUP BY "t2"."accountid") AS "t3" ON "t1"."id" = "t3"."c1""#],
        ),
        (
            "SELECT name FROM account WHERE batch = 'a' UNION ALL SELECT invoicenumber FROM invoice WHERE status = 'b'",
            &[r#"SELECT "t3"."c0" AS "c0" FROM ((SELECT "t1"."name" AS "c0" FROM "account" AS "t1" WHERE ("t1"."batch" = 'a')) UNION ALL (SELECT "t2"."invoicenumber" AS "c0" FROM "invoice" AS "t2" WHERE ("t2"."status" = 'b'))) AS "t3""#],
        ),
        (
            "SELECT name FROM account UNION SELECT invoicenumber FROM invoice",
            &[r#"SELECT "t3"."c0" AS "c0" FROM ((SELECT "t1"."name" AS "c0" FROM "account" AS "t1") UNION ALL (SELECT "t2"."invoicenumber" AS "c0" FROM "invoice" AS "t2")) AS "t3" GROUP BY "t3"."c0""#],
        ),
        (
            "SELECT balance FROM account UNION ALL SELECT 1 FROM invoice",
            &[r#"SELECT "t3"."c0" AS "c0" FROM ((SELECT CAST("t1"."balance" AS DECIMAL(26,6)) AS "c0" FROM "account" AS "t1") UNION ALL (SELECT DECIMAL '1.000000' AS "c0" FROM "invoice" AS "t2")) AS "t3""#],
        ),
        (
            "SELECT a.id, i.amount FROM account a JOIN invoice i ON a.id = i.accountid ORDER BY i.amount DESC LIMIT 5",
            &[r#"SELECT "t1"."id" AS "c0", "t2"."amount" AS "c1" FROM "account" AS "t1" JOIN "invoice" AS "t2" ON "t1"."id" = "t2"."accountid" ORDER BY "t2"."amount" DESC NULLS FIRST LIMIT 5"#],
        ),
        (
            "SELECT a.id, i.amount FROM account a JOIN invoice i ON a.id = i.accountid ORDER BY i.amount DESC",
            &[r#"SELECT "t1"."id" AS "c0", "t2"."amount" AS "c1" FROM "account" AS "t1" JOIN "invoice" AS "t2" ON "t1"."id" = "t2"."accountid""#],
        ),
        (
            "SELECT a.id FROM account a JOIN invoice i ON a.id = i.accountid ORDER BY i.amount DESC NULLS LAST LIMIT 5",
            &[r#"SELECT "t1"."id" AS "c0", "t2"."amount" AS "c1" FROM "account" AS "t1" JOIN "invoice" AS "t2" ON "t1"."id" = "t2"."accountid" ORDER BY "t2"."amount" DESC NULLS LAST LIMIT 5"#],
        ),
        (
            "WITH c AS (SELECT currency, sum(amount) s FROM invoice GROUP BY currency) SELECT a.currency, b.s FROM c a JOIN c b ON a.currency = b.currency WHERE a.s > 5",
            &[r#"SELECT "t2"."c0" AS "c0", "t4"."c1" AS "c1" FROM (SELECT "t1"."currency" AS "c0" FROM "invoice" AS "t1" GROUP BY "t1"."currency" HAVING (sum("t1"."amount") > DECIMAL '5.000000')) AS "t2" JOIN (SELECT "t3"."currency" AS "c0", sum("t3"."amount") AS "c1" FROM "invoice" AS "t3" GROUP BY "t3"."currency") AS "t4" ON "t2"."c0" = "t4"."c0""#],
        ),
        (
            "SELECT a.*, i.* FROM (SELECT id, name FROM account) a JOIN (SELECT id, accountid FROM invoice) i ON i.accountid = a.id",
            &[r#"SELECT "t1"."id" AS "c0", "t1"."name" AS "c1", "t2"."id" AS "c2", "t2"."accountid" AS "c3" FROM "account" AS "t1" JOIN "invoice" AS "t2" ON "t1"."id" = "t2"."accountid""#],
        ),
        (
            "SELECT a.id FROM account a JOIN invoice i USING (id)",
            &[r#"SELECT "t1"."id" AS "c0" FROM "account" AS "t1" WHERE "t1"."id" IN (SELECT "t2"."id" AS "c0" FROM "invoice" AS "t2")"#],
        ),
        (
            "SELECT a.name, b.name, i.amount FROM account a JOIN account b ON a.parentid = b.id JOIN invoice i ON i.accountid = a.id LEFT JOIN invoiceitem t ON t.invoiceid = i.id WHERE t.chargeamount > 5",
            &[r#"SELECT "t1"."name" AS "c0", "t2"."name" AS "c1", "t3"."amount" AS "c2" FROM "account" AS "t1" JOIN "account" AS "t2" ON "t1"."parentid" = "t2"."id" JOIN "invoice" AS "t3" ON "t1"."id" = "t3"."accountid" JOIN "invoiceitem" AS "t4" ON "t3"."id" = "t4"."invoiceid" WHERE ("t4"."chargeamount" > DECIMAL '5.000000')"#],
        ),
        (
            "SELECT a.name FROM account a, LATERAL (SELECT max(amount) m FROM invoice i WHERE i.accountid = a.id) x WHERE x.m > 5",
            &[r#"SELECT "t1"."name" AS "c0" FROM "account" AS "t1" WHERE "t1"."id" IN (SELECT "t2"."accountid" AS "c0" FROM "invoice" AS "t2" GROUP BY "t2"."accountid" HAVING (max("t2"."amount") > DECIMAL '5.000000'))"#],
        ),
        (
            "SELECT i.id FROM account a RIGHT ANTI JOIN invoice i ON a.id = i.accountid AND i.amount > a.balance",
            &[r#"SELECT "t2"."id" AS "c0" FROM "invoice" AS "t2" WHERE NOT EXISTS (SELECT 1 FROM "account" AS "t1" WHERE "t1"."id" = "t2"."accountid" AND ("t2"."amount" > "t1"."balance"))"#],
        ),
        (
            "SELECT i.id FROM invoice i WHERE i.accountid IN (SELECT a.id FROM account a ORDER BY a.balance DESC LIMIT 3)",
            &[r#"SELECT "t1"."id" AS "c0" FROM "invoice" AS "t1" WHERE "t1"."accountid" IN (SELECT "t2"."id" AS "c0" FROM "account" AS "t2" ORDER BY "t2"."balance" DESC NULLS FIRST LIMIT 3)"#],
        ),
    ])
    .await;
}
