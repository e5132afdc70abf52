//! `CREATE EXTERNAL TABLE` that finds no file, or one that it cannot read. DataFusion makes the table; here it is said what is wrong.

use std::path::Path;

use datafusion::error::DataFusionError;
use datafusion::logical_expr::{DdlStatement, LogicalPlan};

use super::place::find;
use super::reason::unreadable;
use crate::error::Error;

/// Where such a table is to find its rows.
#[derive(Debug)]
pub(crate) struct External(Vec<String>);

impl External {
    /// What a plan is about to make.
    pub(crate) fn of(plan: &LogicalPlan) -> Option<Self> {
        match plan {
            LogicalPlan::Ddl(DdlStatement::CreateExternalTable(new)) => {
                Some(Self(new.locations.clone()))
            }
            _ => None,
        }
    }

    /// The error with the file that it is about.
    pub(crate) fn explain(&self, error: DataFusionError) -> Error {
        let missing = self.0.iter().find_map(|name| find(name).err());
        let told = Error::from(error);
        match (missing, self.0.as_slice()) {
            (Some(missing), _) => missing,
            (None, [name]) if told.hint().is_none() => unreadable(
                Path::new(name),
                DataFusionError::Execution(told.message().to_owned()),
            ),
            _ => told,
        }
    }
}
