//! `FROM 'rows.parquet'`: files of this machine as tables.
//!
//! Names in single quotes that look like files are opened before the statement is planned, each with the columns that
//! it has at that moment. Everything else stays a name of a table.

mod columns;
mod csv;
mod external;
mod folders;
mod instants;
mod ipc;
mod json;
mod open;
mod place;
mod quoted;
mod quotes;
mod reason;
#[cfg(test)]
mod tests;
mod whole;

pub(crate) use external::External;
pub(super) use open::NULL_FOLDER;
pub(super) use place::expanded;
pub(crate) use quoted::{Quoted, is_file};
