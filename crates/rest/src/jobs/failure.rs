//! Why a job brought no rows, or not all of them.

use zuzen_plan::job::{Cap, JobError};

use crate::error::{At, Error};

/// A job that failed for good.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JobFailure {
    /// One of its calls failed.
    #[error(transparent)]
    Rest(#[from] Error),
    /// The job itself did.
    #[error("{}, {} of connection `{}`: {error}", .at.table, .at.read, .at.connection)]
    Job {
        /// Where; the read is the service.
        at: Box<At>,
        /// The number that the vendor gave the job, for its support to find it by; none if there never was a job.
        job: Option<String>,
        /// What the vendor said of it.
        error: JobError,
    },
    /// It would read or bring more rows than a job may: fewer have to be asked for at a time.
    #[error("the statement exceeds what one job may read or return: {message}")]
    Split {
        /// Which bound.
        cap: Cap,
        /// The vendor's words.
        message: String,
    },
}

impl JobFailure {
    /// The next step, if there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Rest(error) => error.hint(),
            Self::Job { error, .. } => error.hint().map(str::to_owned),
            Self::Split { .. } => {
                Some("ask for fewer rows, e.g. a range of updateddate".to_owned())
            }
        }
    }
}
