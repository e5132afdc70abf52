//! How many rows a scan may read.

use datafusion::common::Result;

use super::scan::RemoteScan;
use crate::error::{Error, Kind};

/// `MaxRowsScanned` of a scan.
pub(super) struct Bound {
    title: String,
    most: Option<u64>,
}

impl Bound {
    pub(super) fn of(scan: &RemoteScan) -> Self {
        Self {
            title: scan.title(),
            most: scan.connection.max_rows_scanned(&scan.options),
        }
    }

    pub(super) fn check(&self, read: usize) -> Result<()> {
        match self.most {
            Some(most) if read as u64 > most => {
                let message = format!(
                    "{} has read {read} rows; MaxRowsScanned allows {most}",
                    self.title
                );
                let error = Error::new(Kind::TooExpensive, message);
                Err(error
                    .with_hint("narrow the statement, or raise MaxRowsScanned")
                    .into_datafusion())
            }
            _ => Ok(()),
        }
    }
}
