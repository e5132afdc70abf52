//! The driver and its databases.

use std::sync::Arc;

use adbc_core::Optionable;
use adbc_core::error::{Result, Status};
use adbc_core::options::{OptionConnection, OptionDatabase, OptionValue};

use crate::connection::Connection;
use crate::failure::refused;
use crate::opening::{KNOWN, Wanted, too_late};
use crate::option::{nothing, unknown};
use crate::session::{Opened, Session};

/// The driver: what makes databases. It holds nothing itself.
#[derive(Debug, Default)]
pub struct Driver;

impl adbc_core::Driver for Driver {
    type DatabaseType = Database;

    /// Opens every connection that is configured.
    fn new_database(&mut self) -> Result<Database> {
        self.new_database_with_opts([])
    }

    fn new_database_with_opts(
        &mut self,
        opts: impl IntoIterator<Item = (OptionDatabase, OptionValue)>,
    ) -> Result<Database> {
        let opened = Wanted::of(opts)?.open()?;
        Ok(Database {
            opened: Arc::new(opened),
        })
    }
}

/// An opened database: accounts of vendors, and the threads that ask them. Nothing is sent before a statement wants it.
pub struct Database {
    opened: Arc<Opened>,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Database {:?}", self.opened.engine())
    }
}

impl adbc_core::Database for Database {
    type ConnectionType = Connection;

    fn new_connection(&self) -> Result<Connection> {
        self.new_connection_with_opts([])
    }

    fn new_connection_with_opts(
        &self,
        opts: impl IntoIterator<Item = (OptionConnection, OptionValue)>,
    ) -> Result<Connection> {
        let session = Session::begin(&self.opened)?;
        let mut connection = Connection::new(session);
        for (option, value) in opts {
            connection.set_option(option, value)?;
        }
        connection.test_if_asked()?;
        Ok(connection)
    }

    fn get_cancel_handle(&self) -> Box<dyn adbc_core::CancelHandle> {
        Box::new(Nothing)
    }
}

/// Opening a database sends nothing, so there is nothing to cancel.
struct Nothing;

impl adbc_core::CancelHandle for Nothing {
    fn try_cancel(&self) -> Result<()> {
        Err(refused(
            Status::InvalidState,
            "a database has nothing under way",
            "cancel its connections or statements",
        ))
    }
}

impl Optionable for Database {
    type Option = OptionDatabase;

    fn set_option(&mut self, key: OptionDatabase, _: OptionValue) -> Result<()> {
        self.opened.threads().process().check()?;
        let key = key.as_ref();
        match self.opened.shown(key).is_some() || KNOWN.contains(&key) {
            true => Err(too_late(key)),
            false => Err(unknown(key, "database", &KNOWN)),
        }
    }

    /// What it was opened with. Connection strings come without their secrets, as `***`.
    fn get_option_string(&self, key: OptionDatabase) -> Result<String> {
        self.opened.threads().process().check()?;
        let key = key.as_ref();
        match self.opened.shown(key) {
            Some(text) => Ok(text.to_owned()),
            None => Err(nothing(key, "database")),
        }
    }

    fn get_option_bytes(&self, key: OptionDatabase) -> Result<Vec<u8>> {
        Err(nothing(key.as_ref(), "database"))
    }

    fn get_option_int(&self, key: OptionDatabase) -> Result<i64> {
        let text = self.get_option_string(key.clone())?;
        let number = text.parse();
        number.map_err(|_| nothing(key.as_ref(), "database"))
    }

    fn get_option_double(&self, key: OptionDatabase) -> Result<f64> {
        Err(nothing(key.as_ref(), "database"))
    }
}
