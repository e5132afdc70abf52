//! References among discovered tables. It takes away what leads nowhere and never adds one.

use std::collections::HashMap;

use zuzen_plan::table::Table;
use zuzen_plan::value::Type;

/// The tables by name, without references to tables that are not among them or whose key is not of the column's type.
/// Column descriptions keep what the API means.
#[must_use]
pub fn linked(mut tables: Vec<Table>) -> Vec<Table> {
    let keys: HashMap<String, Type> = tables
        .iter()
        .filter_map(|table| {
            let key = table.column(table.key.as_deref()?)?;
            Some((table.name.clone(), key.kind.clone()))
        })
        .collect();
    for column in tables.iter_mut().flat_map(|table| &mut table.columns) {
        if column
            .reference
            .as_ref()
            .is_some_and(|table| keys.get(table) != Some(&column.kind))
        {
            column.reference = None;
        }
    }
    tables.sort_by(|one, other| one.name.cmp(&other.name));
    tables
}
