//! The two services that run statements as jobs: where their calls go, and how their answers are read.

use std::fmt;

use super::{Refused, Report, aqua, data_query};
use crate::pages::Call;
use crate::request::segment;

/// A service that runs statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// Data Query: SQL of many tables, with bounds on rows.
    DataQuery,
    /// AQuA: exports of one object and what belongs to it.
    Export,
}

impl Service {
    /// The word of the property `ZuoraService`, and of `system.jobs`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DataQuery => "DataQuery",
            Self::Export => "AQuADataExport",
        }
    }

    /// Where statements are submitted to.
    #[must_use]
    pub fn submit_path(self) -> &'static str {
        match self {
            Self::DataQuery => "/query/jobs",
            Self::Export => "/v1/batch-query/",
        }
    }

    /// Where a job is asked after, and cancelled.
    #[must_use]
    pub fn job_path(self, id: &str) -> String {
        let id = segment(id);
        match self {
            Self::DataQuery => format!("/query/jobs/{id}"),
            Self::Export => format!("/v1/batch-query/jobs/{id}"),
        }
    }

    /// Asks for the jobs in the queue, where the service lists them.
    #[must_use]
    pub fn queue(self) -> Option<Call> {
        match self {
            Self::DataQuery => Some(data_query::queue()),
            Self::Export => None,
        }
    }

    /// Where a stored file lies.
    #[must_use]
    pub fn file_path(id: &str) -> String {
        format!("/v1/files/{}", segment(id))
    }

    /// Reads a success of a submit, a poll or a cancel.
    ///
    /// # Errors
    /// A success that is none.
    pub fn read(self, body: &[u8]) -> Result<Report, Refused> {
        match self {
            Self::DataQuery => data_query::read(body),
            Self::Export => aqua::read(body),
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stay_one_segment_of_a_path() {
        let cases = [
            (Service::DataQuery.job_path("a-1"), "/query/jobs/a-1"),
            (
                Service::DataQuery.job_path("a/b?c"),
                "/query/jobs/a%2Fb%3Fc",
            ),
            (
                Service::Export.job_path("2c92"),
                "/v1/batch-query/jobs/2c92",
            ),
            (Service::file_path("../x"), "/v1/files/..%2Fx"),
        ];
        for (path, expected) in cases {
            assert_eq!(path, expected);
        }
    }
}
