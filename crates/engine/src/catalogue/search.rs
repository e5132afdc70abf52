//! What a statement needs to know of its tables: before it is planned, and again if the planner misses a name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::catalog::SchemaProvider;
use datafusion::common::{SchemaError, TableReference};
use datafusion::error::DataFusionError;
use datafusion::execution::session_state::SessionState;
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{ObjectName, ObjectNamePart, Statement as Ast};
use futures::future::join_all;
use zuzen_plan::table::Table;

use super::discover::Need;
use super::now;
use super::tables::is_served;
use super::words::Words;
use crate::catalog::ConnectionSchema;
use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::lenient::{fold, known_as, missing_table};
use crate::remote::unusable;

/// A table that a statement names.
#[derive(Debug, Clone)]
pub(crate) struct NamedTable {
    pub(crate) connection: Arc<Connection>,
    pub(crate) table: Arc<Table>,
    /// The statement needs what is to be found out of it.
    pub(crate) wanted: bool,
}

/// The tables of connections that a statement names, as far as they can be found.
pub(crate) fn named(parsed: &Parsed, state: &SessionState) -> Vec<NamedTable> {
    // What fails here fails again, and is worded, when the statement is planned.
    let mut names = state.resolve_table_references(parsed).unwrap_or_default();
    let shown = shown_columns(parsed);
    let words = Words::of(parsed);
    let is_shown = shown.is_some();
    names.extend(shown);
    let defaults = &state.config_options().catalog;
    let found = names.into_iter().filter_map(|name| {
        let name = name.resolve(&defaults.default_catalog, &defaults.default_schema);
        let schema = state
            .catalog_list()
            .catalog(&name.catalog)?
            .schema(&name.schema)?;
        let schema: &dyn SchemaProvider = schema.as_ref();
        let ours = schema.downcast_ref::<ConnectionSchema>()?;
        let table = ours.declared(&name.table)?;
        Some(NamedTable {
            wanted: table.remote.is_some() || is_shown || words.want_fields(&table),
            table,
            connection: Arc::clone(ours.connection()),
        })
    });
    found.collect()
}

/// The table of `SHOW COLUMNS`, which the planner asks of `information_schema`.
fn shown_columns(parsed: &Parsed) -> Option<TableReference> {
    let Parsed::Statement(ast) = parsed else {
        return None;
    };
    let Ast::ShowColumns { show_options, .. } = ast.as_ref() else {
        return None;
    };
    let ObjectName(parts) = show_options.show_in.as_ref()?.parent_name.as_ref()?;
    let parts = parts
        .iter()
        .filter_map(ObjectNamePart::as_ident)
        .map(known_as);
    Some(match parts.collect::<Vec<_>>().as_slice() {
        [table] => TableReference::bare(table.as_str()),
        [schema, table] => TableReference::partial(schema.as_str(), table.as_str()),
        [catalog, schema, table] => {
            TableReference::full(catalog.as_str(), schema.as_str(), table.as_str())
        }
        _ => return None,
    })
}

/// What has been asked for one statement. Each connection lists its tables once at most, and describes those of the
/// statement again once at most: a name that is wrong must not cost a job each time it is looked at.
#[derive(Debug)]
pub(crate) struct Search {
    began: i64,
    listed: BTreeSet<String>,
    described: bool,
}

impl Search {
    /// For a statement that begins now.
    pub(crate) fn new() -> Self {
        Self {
            began: now(),
            listed: BTreeSet::new(),
            described: false,
        }
    }

    /// Learns enough of these tables to plan with them.
    ///
    /// # Errors
    /// `Unsupported` for a table that is there and cannot be read, and for one whose columns nobody could tell.
    pub(crate) async fn ahead(&mut self, named: &[NamedTable]) -> Result<(), Error> {
        for NamedTable {
            connection, table, ..
        } in named
        {
            // It may have come since the tables were listed.
            if table.remote.is_some() && !is_served(table, connection.service()) {
                self.list(connection).await;
            }
        }
        let wanted = named.iter().filter(|named| named.wanted);
        self.describe(wanted, false).await;
        for NamedTable {
            connection, table, ..
        } in named
        {
            let found = connection.table(&table.name);
            let Some(table) =
                found.filter(|table| table.remote.is_some() && table.columns.is_empty())
            else {
                continue;
            };
            let reason = table
                .remote
                .as_ref()
                .and_then(|remote| remote.unusable.clone());
            if let Some(reason) = reason {
                return Err(unusable(&table.name, &reason));
            }
            let reason = connection.catalogue().failure(&table.name);
            let reason = reason
                .map(|reason| format!(": {reason}"))
                .unwrap_or_default();
            let message = format!(
                "nobody has told the columns of {}.{}{reason}",
                connection.name(),
                table.name
            );
            return Err(Error::new(Kind::Remote, message).with_hint(
                "the next statement asks again; REFRESH SCHEMA forgets what was told before",
            ));
        }
        Ok(())
    }

    /// Looks for what the planner misses; whether it is worth planning again.
    pub(crate) async fn again(
        &mut self,
        error: &DataFusionError,
        named: &[NamedTable],
        connections: &[Arc<Connection>],
    ) -> bool {
        match error.find_root() {
            DataFusionError::Plan(message) => match missing_table(message) {
                Some(name) => self.look_for_table(&name, connections).await,
                None => false,
            },
            DataFusionError::SchemaError(schema, _) => match schema.as_ref() {
                SchemaError::FieldNotFound { .. } => self.look_for_column(named).await,
                _ => false,
            },
            _ => false,
        }
    }

    async fn look_for_table(&mut self, name: &str, connections: &[Arc<Connection>]) -> bool {
        let Some((schema, table)) = name.rsplit_once('.') else {
            return false;
        };
        let schema = schema.rsplit_once('.').map_or(schema, |(_, schema)| schema);
        for connection in connections {
            if fold(connection.name()) == fold(schema) && self.list(connection).await {
                let tables = connection.tables();
                return tables.iter().any(|known| fold(&known.name) == fold(table));
            }
        }
        false
    }

    async fn look_for_column(&mut self, named: &[NamedTable]) -> bool {
        if std::mem::replace(&mut self.described, true) {
            return false;
        }
        let known = || {
            named
                .iter()
                .map(|named| named.connection.table(&named.table.name))
                .collect::<Vec<_>>()
        };
        let before = known();
        self.describe(named.iter(), true).await;
        known() != before
    }

    async fn describe(&self, named: impl Iterator<Item = &NamedTable>, again: bool) {
        let mut by_connection: BTreeMap<&str, (&Arc<Connection>, Vec<Arc<Table>>)> =
            BTreeMap::new();
        for NamedTable {
            connection, table, ..
        } in named
        {
            let (_, tables) = by_connection
                .entry(connection.name())
                .or_insert((connection, Vec::new()));
            // Listing may have changed it.
            tables.extend(connection.table(&table.name));
        }
        let each = by_connection.values().map(|(connection, tables)| {
            let catalogue = connection.catalogue();
            let need = match again {
                true => catalogue.again(self.began),
                false => catalogue.usual(self.began),
            };
            connection.describe(tables, need)
        });
        join_all(each).await;
    }

    /// Whether the tables are listed anew.
    async fn list(&mut self, connection: &Connection) -> bool {
        let catalogue = connection.catalogue();
        if !self.listed.insert(connection.name().to_owned()) {
            return false;
        }
        let need = Need {
            told: catalogue.again(self.began).told,
            failed: catalogue.usual(self.began).failed,
        };
        if let Err(error) = connection.list(need).await {
            let what = "goes by the tables that were known before";
            connection.warn(vec![format!(
                "{} {what}: {}",
                connection.name(),
                error.message()
            )]);
        }
        true
    }
}
