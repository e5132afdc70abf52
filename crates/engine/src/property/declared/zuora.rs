//! How Zuora's query services are used. Their limits have changed before, so each is a property; the defaults are those
//! that Zuora documents today.

use crate::property::{Category, Connector, Holds, Property};

const ZUORA: &[Connector] = &[Connector::Zuora];

const fn zuora(name: &'static str, holds: Holds, about: &'static str) -> Property {
    Property::new(Category::Reading, name, holds, about).only(ZUORA)
}

const fn count(most: i64) -> Holds {
    Holds::Number {
        least: 1,
        most,
        none: &[],
    }
}

const fn times(most: i64) -> Holds {
    Holds::Number {
        least: 0,
        most,
        none: &[],
    }
}

pub(super) const QUERIES: &[Property] = &[
    zuora(
        "DataQueryInputLimit",
        count(i64::MAX),
        "Rows that Data Query reads of one table in a job; it was 1,000,000 in older documents.",
    )
    .or_by_connector(None, Some("10000000")),
    zuora(
        "DataQueryOutputLimit",
        count(i64::MAX),
        "Rows of a result of Data Query; it was 100,000 in older documents. What is larger is read in ranges.",
    )
    .or_by_connector(None, Some("500000")),
    zuora(
        "DataQueryJobs",
        count(1_000),
        "Jobs of Data Query that this process runs at once; a tenant has 5 running and 10 in the queue.",
    )
    .or_by_connector(None, Some("5")),
    zuora(
        "DataQueryTimeLimit",
        count(1_000),
        "Hours that a job of Data Query may take, Zuora's own three repetitions of an hour and the queue included.",
    )
    .or_by_connector(None, Some("5")),
    zuora(
        "DataQuerySource",
        Holds::Word(&["LIVE", "WAREHOUSE"]),
        "What Data Query reads: the tenant's data as they are now, or the paid copy with higher limits.",
    )
    .or_by_connector(None, Some("LIVE")),
    zuora(
        "UseIndexJoin",
        Holds::Flag,
        "Data Query's joins look rows up in an index: quicker if few rows of the first table are left (20,000 in older \
         documents), slower beyond.",
    )
    .or_by_connector(None, Some("false")),
    zuora(
        "AquaJobs",
        count(1_000),
        "Exports that this process runs at once; a tenant has 50.",
    )
    .or_by_connector(None, Some("50")),
    zuora(
        "AquaTimeLimit",
        count(1_000),
        "Hours that Zuora lets an export run before it stops it; it was 8 in older documents.",
    )
    .or_by_connector(None, Some("3")),
    zuora(
        "AquaRetries",
        times(100),
        "How often an export is submitted again after Zuora has stopped it for its time.",
    )
    .or_by_connector(None, Some("3")),
];
