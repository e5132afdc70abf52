//! The system tables of CData's drivers, with their names, columns and types, for statements and tools that know those.
//!
//! What they say is what `system` says in other words; nothing is sent to fill them. They stand in `system` for all
//! connections, and behind a connection's own name for that connection alone. It refuses to repeat values of secrets.

mod columns;
mod information;
mod keys;
mod kinds;
mod procedures;
mod properties;
mod tables;

use std::sync::Arc;

use zuzen_plan::table::Table;

use super::Rows;
use crate::connection::{Connection, Tables};
use crate::lenient::fold;
use crate::procedure::Procedures;

/// Their names, as they are published.
pub(crate) const NAMES: [&str; 13] = [
    "sys_catalogs",
    "sys_schemas",
    "sys_tables",
    "sys_tablecolumns",
    "sys_procedures",
    "sys_procedureparameters",
    "sys_keycolumns",
    "sys_primarykeys",
    "sys_foreignkeys",
    "sys_indexes",
    "sys_connection_props",
    "sys_sqlinfo",
    "sys_information",
];

/// The table that a name means, in any case and with or without its underscores.
pub(crate) fn find(name: &str) -> Option<&'static str> {
    let wanted = fold(name);
    NAMES.into_iter().find(|known| fold(known) == wanted)
}

/// Each of them with what fills it.
pub(super) fn tables(procedures: &Procedures) -> Vec<(&'static str, Rows)> {
    let (called, told) = (procedures.clone(), procedures.clone());
    let rows: [Rows; 13] = [
        Box::new(tables::catalogs),
        Box::new(tables::schemas),
        Box::new(tables::tables),
        Box::new(columns::rows),
        Box::new(move |connections| procedures::procedures(connections, &called)),
        Box::new(move |connections| procedures::parameters(connections, &told)),
        Box::new(keys::key_columns),
        Box::new(keys::primary_keys),
        Box::new(keys::foreign_keys),
        Box::new(keys::indexes),
        Box::new(properties::rows),
        Box::new(information::sql),
        Box::new(information::product),
    ];
    NAMES.into_iter().zip(rows).collect()
}

/// The tables of each connection, with the connection's name.
struct Known<'a> {
    connection: &'a str,
    tables: Tables,
}

impl Known<'_> {
    fn table(&self, name: &str) -> Option<&Arc<Table>> {
        self.tables.iter().find(|table| table.name == name)
    }
}

fn known(connections: &[Arc<Connection>]) -> Vec<Known<'_>> {
    let all = connections.iter();
    all.map(|connection| Known {
        connection: connection.name(),
        tables: connection.tables(),
    })
    .collect()
}
