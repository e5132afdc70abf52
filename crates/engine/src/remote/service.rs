//! Which of Zuora's services a connection reads with, and their caps.

use std::fmt;
use std::time::Duration;

use zuzen_plan::job::Patience;
use zuzen_plan::job::data_query::{Options, Source};
use zuzen_rest::Purpose;

use crate::property::Properties;

/// The connection property `ZuoraService`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// Trino SQL, whole subplans at once.
    DataQuery,
    /// Export ZOQL, one data source at a time, any number of rows.
    Export,
    /// Data Query for what fits its caps, exports for whole tables.
    Auto,
}

impl Service {
    /// What a connection says; exports where it says nothing.
    pub(crate) fn of(properties: &Properties) -> Self {
        match properties.get("ZuoraService") {
            Some("DataQuery") => Self::DataQuery,
            Some("Auto") => Self::Auto,
            _ => Self::Export,
        }
    }

    /// Whether subplans may run at Data Query.
    pub(crate) fn federates(self) -> bool {
        self != Self::Export
    }
}

impl fmt::Display for Service {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::DataQuery => "Data Query",
            Self::Export => "AQuA export",
            Self::Auto => "Auto",
        })
    }
}

/// What a job may read and deliver, and how long it is tried; connection properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caps {
    /// Rows that Data Query reads of one table (`DataQueryInputLimit`).
    pub(crate) input: u64,
    /// Rows of a result of Data Query (`DataQueryOutputLimit`).
    pub(crate) output: u64,
    /// Hours that a job of Data Query may take (`DataQueryTimeLimit`).
    pub(crate) query_hours: u32,
    /// Hours that an export may run (`AquaTimeLimit`).
    pub(crate) export_hours: u32,
    /// Times that an export is submitted again after it was stopped for its time (`AquaRetries`).
    pub(crate) export_retries: u32,
    /// Joins of Data Query look rows up in an index (`UseIndexJoin`).
    pub(crate) index_join: bool,
    /// The paid copy with higher limits (`DataQuerySource`).
    pub(crate) warehouse: bool,
}

impl Caps {
    /// How Data Query is asked to run a statement. What is only counted or described may be beyond what an index join
    /// begins with, and looks no rows up.
    pub(crate) fn query_options(self, purpose: Purpose) -> Options {
        let source = if self.warehouse {
            Source::Warehouse
        } else {
            Source::Live
        };
        Options {
            source,
            only_deleted: false,
            index_join: self.index_join && purpose == Purpose::Data,
        }
    }

    /// How long a job of Data Query is waited for.
    pub(crate) fn query_patience(self) -> Patience {
        Patience {
            longest: Duration::from_secs(3_600 * u64::from(self.query_hours)),
            ..Patience::for_data_query()
        }
    }

    /// What a connection says, with the defaults of the properties.
    pub(crate) fn of(properties: &Properties) -> Self {
        Self {
            input: properties.number("DataQueryInputLimit").unwrap_or(u64::MAX),
            output: properties
                .number("DataQueryOutputLimit")
                .unwrap_or(u64::MAX),
            query_hours: properties.number("DataQueryTimeLimit").unwrap_or(5),
            export_hours: properties.number("AquaTimeLimit").unwrap_or(3),
            export_retries: properties.number("AquaRetries").unwrap_or(3),
            index_join: properties.flag("UseIndexJoin"),
            warehouse: properties.get("DataQuerySource") == Some("WAREHOUSE"),
        }
    }
}
