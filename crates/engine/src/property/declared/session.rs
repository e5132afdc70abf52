//! What statements read, what the session does with rows, what is logged.

use crate::property::{Category, Connector, Holds, Property};

const fn reading(name: &'static str, holds: Holds, about: &'static str) -> Property {
    Property::new(Category::Reading, name, holds, about)
}

const fn session(name: &'static str, holds: Holds, about: &'static str) -> Property {
    Property::new(Category::Session, name, holds, about)
}

const fn log(name: &'static str, holds: Holds, about: &'static str) -> Property {
    Property::new(Category::Log, name, holds, about)
}

/// How many; there is no number for "none".
const COUNT: Holds = Holds::Number {
    least: 1,
    most: i64::MAX,
    none: &[],
};

pub(super) const READING: &[Property] = &[
    reading(
        "UseIncrementalAPI",
        Holds::Word(&["Auto", "True", "False"]),
        "Whether lists come from incremental exports: Auto where that is best, True always, False never. No way leaves archived rows out.",
    )
    .only(&[Connector::Zendesk])
    .or_by_connector(Some("Auto"), None),
    reading(
        "Freshness",
        Holds::Word(&["Live", "Indexed"]),
        "Live completes lagging reads with what changed since; Indexed saves that request.",
    )
    .or("Live"),
    reading(
        "Pagesize",
        Holds::Number {
            least: 1,
            most: u32::MAX as i64,
            none: &[],
        },
        "The largest page to ask for; by default the API's maximum.",
    ),
    reading(
        "MaxRequests",
        COUNT,
        "No more requests than this for one statement; also allows one request for each parent row.",
    ),
    reading(
        "MaxRowsScanned",
        COUNT,
        "No more rows read than this from one table in a statement.",
    ),
    reading(
        "MetadataAge",
        Holds::Number {
            least: 0,
            most: i64::MAX,
            none: &[],
        },
        "Seconds for which what is found out about tables and custom fields is kept, on disk too; 0 asks every time.",
    )
    .or("3600"),
    reading(
        "MetadataLocation",
        Holds::Path,
        "Folder for what is found out about tables and custom fields, in place of the user's cache folder; memory:// keeps it in \
         this process only.",
    ),
];

pub(super) const SESSION: &[Property] = &[
    session(
        "MaxRows",
        Holds::Number {
            least: 1,
            most: i64::MAX,
            none: &[0, -1],
        },
        "Results end after this many rows, and a note says so.",
    )
    .or("-1"),
    session(
        "Readonly",
        Holds::Flag,
        "Refuses to change anything in the account.",
    )
    .or("false"),
    session(
        "ConnectOnOpen",
        Holds::Flag,
        "The command line signs in before the first statement, so that wrong credentials show at once.",
    )
    .or("false"),
    session(
        "TimeZone",
        Holds::Zone,
        "The zone (an IANA name) in which days begin and end; values stay in UTC.",
    )
    .or("UTC"),
    session(
        "MemoryLimit",
        Holds::Size,
        "Memory for sorts, joins and aggregates before they use the disk, e.g. 512MB.",
    )
    .or("1GB"),
];

pub(super) const LOG: &[Property] = &[
    log(
        "Logfile",
        Holds::Path,
        "The file that the command line appends its log to; it never holds secrets or rows.",
    ),
    log(
        "Verbosity",
        Holds::Number {
            least: 1,
            most: 5,
            none: &[],
        },
        "How much is logged: 1 errors and statements, 2 and warnings, 3 and requests, 4 and 5 all there is.",
    )
    .or("1"),
];
