//! A connection: a session of SQL, and what can be asked about its tables.

use std::collections::HashSet;
use std::sync::Arc;

use adbc_core::error::{Error, Result, Status};
use adbc_core::options::{InfoCode, ObjectDepth, OptionConnection, OptionValue};
use adbc_core::schemas::GET_STATISTIC_NAMES_SCHEMA;
use adbc_core::{CancelHandle, Optionable};
use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::datatypes::Schema;
use zuzen_engine::{CATALOG, Engine, Error as Failure, Kind};

use crate::failure::refused;
use crate::info::info;
use crate::metadata::{self, Wanted};
use crate::objects;
use crate::option::{flag, nothing, text, unknown};
use crate::pattern::Pattern;
use crate::session::Session;
use crate::sessions;
use crate::statement::Statement;
use crate::statistics::statistics;
use crate::tables::{self, one};

/// What comes out of a question about metadata.
pub(crate) type Reader = Box<dyn RecordBatchReader + Send + 'static>;

/// Options of a connection, for people who mistype one.
const KNOWN: [&str; 9] = [
    "adbc.connection.autocommit",
    "adbc.connection.readonly",
    "adbc.connection.catalog",
    "adbc.connection.db_schema",
    "adbc.connection.transaction.isolation_level",
    "zuzen.<setting> as in SET zuzen.<setting>",
    "datafusion.<setting> as in SET datafusion.<setting>",
    "zuzen.warnings (to be read only)",
    "zuzen.session (a number, to be read only)",
];

/// The option with the number that the session has in this library.
const SESSION: &str = "zuzen.session";

/// The option that tells what vendors complained about, each complaint until the next statement begins.
const WARNINGS: &str = "zuzen.warnings";

/// A session over a database. Statements of one connection may run side by side, each on a thread of its own.
pub struct Connection {
    session: Arc<Session>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Connection {:?}", self.session.engine())
    }
}

impl Connection {
    pub(crate) fn new(session: Session) -> Self {
        Self {
            session: Arc::new(session),
        }
    }

    /// Signs in to the accounts that are to be tried when they are opened (`ConnectOnOpen`).
    ///
    /// # Errors
    /// Why one of them refuses.
    pub(crate) fn test_if_asked(&self) -> Result<()> {
        let asked = self.session.engine().connections().iter();
        if !asked
            .into_iter()
            .any(|it| it.properties().flag("ConnectOnOpen"))
        {
            return Ok(());
        }
        self.ask(|engine| async move {
            for connection in engine.connections() {
                if connection.properties().flag("ConnectOnOpen") {
                    let tested = connection.test().await;
                    tested
                        .map_err(|failure| failure.with_context("connection", connection.name()))?;
                }
            }
            Ok(())
        })
    }

    fn ask<T, W>(&self, work: impl FnOnce(Arc<Engine>) -> W) -> Result<T>
    where
        T: Send + 'static,
        W: Future<Output = std::result::Result<T, Failure>> + Send + 'static,
    {
        self.session.wait(&self.session.under_way().begin(), work)
    }

    fn check(&self) -> Result<()> {
        self.session.threads().process().check()
    }

    fn execute(&self, sql: String) -> Result<()> {
        self.ask(|engine| async move { engine.sql(&sql).await.map(drop) })
    }

    /// The value of a setting.
    fn setting(&self, key: &str) -> Option<String> {
        let state = self.session.engine().context().state();
        let entries = state.config_options().entries();
        // Those of an extension come without its prefix.
        let ours = key.strip_prefix("zuzen.");
        entries
            .into_iter()
            .find(|entry| entry.key == key || ours == Some(entry.key.as_str()))?
            .value
    }
}

/// Texts of SQL, quoted.
pub(crate) fn quoted(mark: char, text: &str) -> String {
    let doubled = text.replace(mark, &format!("{mark}{mark}"));
    format!("{mark}{doubled}{mark}")
}

fn is_setting(key: &str) -> bool {
    ![WARNINGS, SESSION].contains(&key)
        && (key.starts_with("zuzen.") || key.starts_with("datafusion."))
}

fn only(key: &str, value: &str, why: &str) -> Error {
    refused(
        Status::NotImplemented,
        format!("`{key}` can only be {value}: {why}"),
        format!("leave the option out, or set it to {value}"),
    )
}

impl Optionable for Connection {
    type Option = OptionConnection;

    fn set_option(&mut self, option: OptionConnection, value: OptionValue) -> Result<()> {
        self.check()?;
        let key = option.as_ref();
        match option {
            OptionConnection::AutoCommit => match flag(key, value)? {
                true => Ok(()),
                false => Err(only(key, "true", "there are no transactions over an API")),
            },
            OptionConnection::ReadOnly => match flag(key, value)? {
                true => Ok(()),
                false => Err(only(key, "true", "zuzen only reads")),
            },
            OptionConnection::IsolationLevel => {
                let default = "adbc.connection.transaction.isolation.default";
                match text(key, value)?.as_str() {
                    "" => Ok(()),
                    level if level == default => Ok(()),
                    _ => Err(only(
                        key,
                        default,
                        "every request sees what the vendor has at that moment",
                    )),
                }
            }
            OptionConnection::CurrentCatalog => match text(key, value)? {
                name if name == CATALOG => Ok(()),
                name => Err(no_catalog(&name)),
            },
            OptionConnection::CurrentSchema => {
                let name = text(key, value)?;
                self.execute(format!("USE {}", quoted('"', &name)))
            }
            OptionConnection::Other(ref key) if is_setting(key) => {
                let value = text(key, value)?;
                self.execute(format!("SET {key} = {}", quoted('\'', &value)))
            }
            _ => Err(unknown(key, "connection", &KNOWN)),
        }
    }

    fn get_option_string(&self, option: OptionConnection) -> Result<String> {
        self.check()?;
        match option {
            OptionConnection::AutoCommit | OptionConnection::ReadOnly => Ok("true".to_owned()),
            OptionConnection::IsolationLevel => {
                Ok("adbc.connection.transaction.isolation.default".to_owned())
            }
            OptionConnection::CurrentCatalog => Ok(CATALOG.to_owned()),
            OptionConnection::CurrentSchema => self
                .setting("datafusion.catalog.default_schema")
                .ok_or_else(|| nothing(option.as_ref(), "connection")),
            OptionConnection::Other(ref key) if key == WARNINGS => Ok(self.session.warnings()),
            OptionConnection::Other(ref key) if is_setting(key) => {
                self.setting(key).ok_or_else(|| nothing(key, "connection"))
            }
            _ => Err(nothing(option.as_ref(), "connection")),
        }
    }

    fn get_option_bytes(&self, key: OptionConnection) -> Result<Vec<u8>> {
        Err(nothing(key.as_ref(), "connection"))
    }

    fn get_option_int(&self, key: OptionConnection) -> Result<i64> {
        if key.as_ref() == SESSION {
            self.check()?;
            return Ok(sessions::number(&self.session));
        }
        let text = self.get_option_string(key.clone())?;
        let number = text.parse();
        number.map_err(|_| nothing(key.as_ref(), "connection"))
    }

    fn get_option_double(&self, key: OptionConnection) -> Result<f64> {
        let text = self.get_option_string(key.clone())?;
        let number = text.parse();
        number.map_err(|_| nothing(key.as_ref(), "connection"))
    }
}

impl adbc_core::Connection for Connection {
    type StatementType = Statement;

    fn new_statement(&mut self) -> Result<Statement> {
        self.check()?;
        Ok(Statement::new(Arc::clone(&self.session)))
    }

    /// Stops what is under way for the connection: questions about metadata, and its statements.
    fn get_cancel_handle(&self) -> Box<dyn CancelHandle> {
        Box::new(self.session.under_way().clone())
    }

    fn get_info(&self, codes: Option<HashSet<InfoCode>>) -> Result<Reader> {
        self.check()?;
        Ok(info(codes.as_ref())?)
    }

    fn get_objects(
        &self,
        depth: ObjectDepth,
        catalog: Option<&str>,
        db_schema: Option<&str>,
        table_name: Option<&str>,
        table_type: Option<Vec<&str>>,
        column_name: Option<&str>,
    ) -> Result<Reader> {
        let kinds = table_type.map(|kinds| kinds.into_iter().map(str::to_owned).collect());
        let wanted = Wanted {
            depth: Some(depth),
            catalog: Pattern::of(catalog),
            schema: Pattern::of(db_schema),
            table: Pattern::of(table_name),
            kinds,
            column: Pattern::of(column_name),
        };
        let base = Arc::clone(self.session.base());
        self.ask(|session| async move {
            let catalogs = metadata::read(&base, &session, &wanted).await?;
            let batch = objects::batch(&catalogs).map_err(internal)?;
            one(batch).map_err(internal)
        })
    }

    fn get_table_schema(
        &self,
        catalog: Option<&str>,
        db_schema: Option<&str>,
        table_name: &str,
    ) -> Result<Schema> {
        // Statements pass over a catalog that does not exist, as those of other drivers may name one.
        if let Some(catalog) = catalog
            && self.session.engine().context().catalog(catalog).is_none()
        {
            return Err(no_catalog(catalog));
        }
        let name = [catalog, db_schema, Some(table_name)].into_iter().flatten();
        let name: Vec<String> = name.map(|part| quoted('"', part)).collect();
        let sql = format!("SELECT * FROM {}", name.join("."));
        let found = self.ask(|engine| async move {
            // A query has not run when it is planned.
            let planned = engine.sql(&sql).await?;
            Ok(Arc::clone(planned.schema().inner()))
        });
        match found {
            Ok(schema) => Ok(schema.as_ref().clone()),
            // Nothing but the name can be wrong with this statement.
            Err(error) if error.status == Status::InvalidArguments => Err(Error {
                status: Status::NotFound,
                ..error
            }),
            Err(error) => Err(error),
        }
    }

    fn get_table_types(&self) -> Result<Reader> {
        self.check()?;
        Ok(tables::types()?)
    }

    /// None: the one statistic that there is has a name of the specification.
    fn get_statistic_names(&self) -> Result<Reader> {
        self.check()?;
        let schema = Arc::clone(&GET_STATISTIC_NAMES_SCHEMA);
        Ok(one(RecordBatch::new_empty(schema))?)
    }

    fn get_statistics(
        &self,
        catalog: Option<&str>,
        db_schema: Option<&str>,
        table_name: Option<&str>,
        _: bool,
    ) -> Result<Reader> {
        self.check()?;
        let wanted = [catalog, db_schema, table_name].map(Pattern::of);
        Ok(one(statistics(self.session.engine(), &wanted)?)?)
    }

    fn commit(&mut self) -> Result<()> {
        self.check()?;
        Err(no_transaction("committed"))
    }

    fn rollback(&mut self) -> Result<()> {
        self.check()?;
        Err(no_transaction("rolled back"))
    }

    fn read_partition(&self, _: impl AsRef<[u8]>) -> Result<Reader> {
        self.check()?;
        Err(no_partitions())
    }
}

fn no_catalog(name: &str) -> Error {
    refused(
        Status::NotFound,
        format!("there is no catalog `{name}`"),
        format!("the one catalog is `{CATALOG}`"),
    )
}

fn no_transaction(done: &str) -> Error {
    refused(
        Status::InvalidState,
        format!("there is no transaction to be {done}: the connection commits by itself"),
        "leave the call out",
    )
}

/// Why results are not handed out in parts: a scan's requests, its tokens and its rate limit belong to one process.
pub(crate) fn no_partitions() -> Error {
    refused(
        Status::NotImplemented,
        "results come as one stream; there are no partitions",
        "execute the statement",
    )
}

/// What Arrow cannot build of our own values.
pub(crate) fn internal(error: arrow::error::ArrowError) -> Failure {
    Failure::new(Kind::Internal, error.to_string())
        .with_hint("this is a fault of zuzen; please report it")
}
