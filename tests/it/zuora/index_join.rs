//! `UseIndexJoin`: Data Query is told to look rows up in an index, and what is too much for that is right all the same.

use zuzen_engine::Kind;
use zuzen_simulator::{LimitWording, Options, QueryJob};

use super::oracle;
use super::stage::{DATA_QUERY, Served, quick, runtime};
use crate::render;

/// Joins that begin with few rows and with many, one that sums up, and half of one. An outer join keeps its first table.
const JOINS: [&str; 4] = [
    "SELECT a.name, v.invoicenumber, v.amount FROM account a JOIN invoice v ON v.accountid = a.id WHERE a.currency = 'EUR'",
    "SELECT i.chargeamount, v.invoicenumber FROM invoiceitem i LEFT JOIN invoice v ON v.id = i.invoiceid",
    "SELECT v.status, count(*), sum(i.chargeamount) FROM invoiceitem i LEFT JOIN invoice v ON v.id = i.invoiceid GROUP BY v.status",
    "SELECT i.id FROM invoiceitem i WHERE i.invoiceid IN (SELECT id FROM invoice WHERE amount > 10)",
];

/// Rows that an index join may begin with where that is limited: fewer than there are items, more than accounts.
const MOST: u64 = 800;

/// Runs joins and compares their rows with the tenant's.
fn right_rows(served: &Served, properties: &str, joins: &[&str]) {
    let engine = served.engine(DATA_QUERY, properties);
    let plain = oracle::session(oracle::frozen(), None);
    runtime().block_on(async {
        for sql in joins {
            let mut expected =
                render::rows(&plain.sql(sql).await.unwrap().collect().await.unwrap());
            let found = engine.sql(sql).await.unwrap().collect().await;
            let mut found = render::rows(&found.unwrap_or_else(|error| panic!("{sql}: {error}")));
            found.sort();
            expected.sort();
            assert!(!expected.is_empty(), "{sql}");
            assert!(found == expected, "{} rows: {sql}", found.len());
        }
    });
}

fn refused(job: &QueryJob) -> bool {
    let error = job.error.as_deref();
    error.is_some_and(|error| error.contains("in the index join"))
}

#[test]
fn joins_use_an_index_only_if_the_connection_says_so() {
    for (properties, used) in [("UseIndexJoin=true;", true), ("", false)] {
        let served = Served::frozen();
        right_rows(&served, properties, &JOINS);
        let jobs = served.data_jobs();
        assert_eq!(jobs.len(), JOINS.len(), "a join was not handed over");
        for job in jobs {
            assert_eq!(job.index_join, used, "{properties} {}", job.statement);
            assert_eq!(job.error, None);
        }
    }
}

fn limited(wording: LimitWording) -> Served {
    let mut options: Options = quick();
    options.query.limits.index_rows = MOST;
    options.query.wording = wording;
    Served::with(options)
}

#[test]
fn too_much_for_an_index_join_is_read_otherwise() {
    let [_, each_row, sums, _] = JOINS;
    // The second time it is known what has failed.
    let cases: [(LimitWording, &[&str]); 2] = [
        (LimitWording::Limit, &[each_row, sums, sums]),
        (LimitWording::Maximum, &[sums]),
    ];
    for (wording, joins) in cases {
        let served = limited(wording);
        right_rows(&served, "UseIndexJoin=true;", joins);
        let jobs = served.data_jobs();
        assert!(jobs.iter().any(refused), "no limit was met");
        // Ranges are counted first, which looks nothing up.
        let is_count = |job: &&QueryJob| job.statement.contains("count(*) AS \"c1\", max(");
        let mut counts = jobs.iter().filter(is_count);
        assert!(
            joins.len() == 1 || counts.clone().count() > 0,
            "nothing was counted"
        );
        assert!(counts.all(|job| !job.index_join), "{jobs:?}");
    }
    // Whoever does not ask for it has no such limit.
    let served = limited(LimitWording::Limit);
    right_rows(&served, "", &[each_row, sums]);
    assert!(!served.data_jobs().iter().any(refused));
}

/// A statement in Data Query's own words runs in no other way.
#[test]
fn too_much_for_an_index_join_of_ones_own_is_told() {
    let served = limited(LimitWording::Limit);
    let engine = served.engine(DATA_QUERY, "UseIndexJoin=true;");
    let sql = "SELECT * FROM zuora.data_query('SELECT i.id AS item, v.invoicenumber FROM invoiceitem i JOIN invoice v ON v.id = i.invoiceid')";
    runtime().block_on(async {
        let frame = engine.sql(sql).await.unwrap();
        let error = zuzen_engine::Error::from(frame.collect().await.unwrap_err());
        assert_eq!(error.kind(), Kind::TooExpensive, "{error}");
        let told = "rows of invoiceitem in the index join exceeds the limit of 800";
        assert!(error.message().contains(told), "{error}");
        assert!(error.hint().is_some(), "{error}");
    });
}
