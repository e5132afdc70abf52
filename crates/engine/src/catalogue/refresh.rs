//! `REFRESH SCHEMA`: what was told is forgotten, and the tables are listed at once.

use zuzen_plan::table::Table;

use super::discover::Need;
use super::{Asking, Vendor, now};
use crate::connection::Connection;
use crate::error::Error;

/// How much of its tenant a connection knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    /// Tables.
    pub(crate) tables: usize,
    /// Those whose columns the tenant has told.
    pub(crate) described: usize,
    /// Those that cannot be read.
    pub(crate) unusable: usize,
}

impl Connection {
    /// Whether its tables are files, but for what an account adds to them.
    pub(crate) fn is_declared(&self) -> bool {
        self.catalogue().vendor == Vendor::Zendesk
    }

    /// Forgets what the tenant has told, and asks it which tables there are.
    ///
    /// # Errors
    /// Why it could not be asked; what was told is forgotten all the same.
    pub(crate) async fn refresh(&self) -> Result<(), Error> {
        let catalogue = self.catalogue();
        let is_known = catalogue.kept.lock().listed.is_some();
        let began = now();
        *catalogue.asking.lock() = Asking::default();
        catalogue.oversized.lock().clear();
        self.keep(catalogue, |kept| kept.forget(began));
        // Custom objects that nobody has asked for yet can wait.
        if catalogue.vendor == Vendor::Zendesk && !is_known {
            return Ok(());
        }
        let need = Need {
            told: began,
            failed: began,
        };
        self.list(need).await
    }

    /// How much it knows; without a call.
    pub(crate) fn known(&self) -> Known {
        let tables = self.tables();
        let remote = || tables.iter().filter_map(|table| table.remote.as_ref());
        Known {
            tables: tables.len(),
            described: tables.iter().filter(|table| is_told(table)).count(),
            unusable: remote().filter(|remote| remote.unusable.is_some()).count(),
        }
    }
}

/// Whether its columns, or some of them, come from the tenant itself.
fn is_told(table: &Table) -> bool {
    let remote = table.remote.as_ref();
    remote.is_some_and(|remote| remote.described)
        || table.columns.iter().any(|column| column.custom)
}
