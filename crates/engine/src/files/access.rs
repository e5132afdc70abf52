//! Whether statements may touch files of this machine, and that they touch nothing else by a name of a file.
//!
//! Whoever runs an engine for others must not let their SQL read or write its disk: an engine opens no local files
//! unless its builder is told so. The command line is told so.

use std::sync::Arc;

use datafusion::execution::object_store::{DefaultObjectStoreRegistry, ObjectStoreRegistry};
use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use url::Url;

use crate::error::{Error, Kind};

/// The answer to that question.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LocalFiles {
    pub(crate) allowed: bool,
}

impl LocalFiles {
    /// # Errors
    /// `Unsupported` if they may not.
    pub(crate) fn check(self) -> Result<(), Error> {
        if self.allowed {
            return Ok(());
        }
        let reason = "this engine neither reads nor writes local files";
        Err(Error::new(Kind::Unsupported, reason).with_hint(
            "whoever opens the engine allows them: EngineBuilder::local_files(true), the driver's option zuzen.local_files, local_files=True in Python",
        ))
    }

    /// Where DataFusion looks for files: in nothing at all if they are not allowed, however a plan came by their names.
    pub(crate) fn stores(self) -> Result<Arc<dyn ObjectStoreRegistry>, Error> {
        let stores = DefaultObjectStoreRegistry::new();
        if !self.allowed
            && let Ok(local) = Url::parse("file://")
        {
            stores.deregister_store(&local)?;
        }
        Ok(Arc::new(stores))
    }
}

/// Refuses `CREATE EXTERNAL TABLE` where local files are not allowed, and over what is no local file.
pub(crate) fn refuse_elsewhere(plan: &LogicalPlan, files: LocalFiles) -> Result<(), Error> {
    let LogicalPlan::Ddl(DdlStatement::CreateExternalTable(new)) = plan else {
        return Ok(());
    };
    files.check()?;
    for location in &new.locations {
        refuse_network(location)?;
    }
    Ok(())
}

/// Refuses an address. It may hold a password, so only how it begins is repeated.
pub(super) fn refuse_network(name: &str) -> Result<(), Error> {
    match name.split_once("://") {
        Some((scheme, _)) if !scheme.eq_ignore_ascii_case("file") && !scheme.contains('/') => {
            let reason = format!("`{scheme}://…` is no file of this machine");
            Err(Error::new(Kind::Unsupported, reason).with_hint(
                "zuzen reads and writes local files only: fetch it first, or send the finished file on",
            ))
        }
        _ => Ok(()),
    }
}
