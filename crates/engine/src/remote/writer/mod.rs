//! A logical plan in Trino's SQL, or nothing: what Data Query would understand differently is not written.
//!
//! A plan becomes nested SELECT blocks; each node adds its clause to the block of its input as long as the order of
//! clauses allows it. Columns are known by their place, never by their name, so two of one name cannot be mixed up.
//! Expressions are written from a list of forms whose meaning is the same in Trino 351 and in DataFusion; everything
//! else makes the plan unsayable, and the caller tries a smaller one. It refuses to decide what is worth pushing.

mod aggregate;
mod block;
mod expression;
mod function;
mod join;
mod relation;
#[cfg(test)]
mod tests;
mod window;

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::logical_expr::LogicalPlan;
use zuzen_plan::remote::Condition;

use crate::connection::Connection;
use relation::Writer;

/// More conditions for tables of a plan, by their place in it, counted from the left.
pub(crate) type Extra = HashMap<usize, Vec<Condition>>;

/// A plan as a statement.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    /// The statement; its output columns are called `c0`, `c1`, … by their place.
    pub(crate) text: String,
    /// The connection that all its tables belong to.
    pub(crate) connection: Arc<Connection>,
    /// The names of its tables, by place.
    pub(crate) tables: Vec<String>,
}

/// Writes a plan; `None` if it cannot be said, or if its tables belong to several connections.
pub(crate) fn write(plan: &LogicalPlan, extra: &Extra) -> Option<Written> {
    let mut writer = Writer::new(extra);
    let block = writer.relation(plan)?;
    Some(Written {
        text: block.render(),
        connection: writer.connection?,
        tables: writer.tables,
    })
}

/// The name of an output column.
pub(crate) fn header(place: usize) -> String {
    format!("c{place}")
}
