//! `zuora.data_query('SELECT …')`: a statement in Data Query's own SQL, as a table.
//!
//! Its columns have to be known before anything is planned, so calls are looked for in the parsed statement and their
//! columns asked for first ([`probe`]). The statement runs as it is written; nothing is pushed into it, and nothing in
//! it is checked beyond what would make an answer unreadable.

mod call;
mod probe;
mod table;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::common::{Result, TableReference};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::LogicalPlanBuilder;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::sql::parser::{CopyToSource, Statement as Parsed};
use datafusion::sql::sqlparser::ast::{TableFactor, Visit, Visitor};
use parking_lot::Mutex;

use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::options::Zuzen;
use call::Written;
pub(super) use table::RawRead;
use table::RawTable;

/// The function's name.
const NAME: &str = "data_query";

/// Statements whose columns are remembered.
const MOST_KNOWN: usize = 256;

/// The calls of an engine's statements, and what has been learnt of their columns.
#[derive(Debug, Clone)]
pub(crate) struct RawQueries {
    connections: Arc<[Arc<Connection>]>,
    known: Arc<Mutex<VecDeque<Arc<RawTable>>>>,
}

impl RawQueries {
    pub(crate) fn new(connections: &[Arc<Connection>]) -> Self {
        Self {
            connections: connections.into(),
            known: Arc::default(),
        }
    }

    /// Learns the columns of each call in a statement, and anew where the last result had others; `default` is the schema that bare names are looked for in.
    ///
    /// # Errors
    /// `Sql` for calls that are wrong, and whatever Zuora says to their statements.
    pub(crate) async fn learn(
        &self,
        parsed: &Parsed,
        default: &str,
        options: &Zuzen,
    ) -> Result<(), Error> {
        let mut calls = Calls {
            queries: self,
            default,
            found: Vec::new(),
        };
        if let ControlFlow::Break(error) = calls.visit(parsed) {
            return Err(error);
        }
        self.known.lock().retain(|table| !table.has_drifted());
        for written in calls.found {
            if self.find(&written).is_none() {
                let columns = probe::columns(&written, options).await?;
                let table = RawTable::new(written.connection, written.text, columns);
                let mut known = self.known.lock();
                known.push_back(Arc::new(table));
                if known.len() > MOST_KNOWN {
                    known.pop_front();
                }
            }
        }
        Ok(())
    }

    /// Forgets the columns of a connection's statements: `REFRESH SCHEMA`.
    pub(crate) fn forget(&self, connection: &Arc<Connection>) {
        let mut known = self.known.lock();
        known.retain(|table| !Arc::ptr_eq(table.connection(), connection));
    }

    fn find(&self, written: &Written) -> Option<Arc<RawTable>> {
        let known = self.known.lock();
        let found = known.iter().find(|table| {
            Arc::ptr_eq(table.connection(), &written.connection) && table.text() == written.text
        });
        found.cloned()
    }
}

/// Collects the calls of a statement.
struct Calls<'a> {
    queries: &'a RawQueries,
    default: &'a str,
    found: Vec<Written>,
}

impl Calls<'_> {
    fn visit(&mut self, parsed: &Parsed) -> ControlFlow<Error> {
        match parsed {
            Parsed::Statement(ast) => ast.visit(self),
            Parsed::Explain(explain) => self.visit(&explain.statement),
            Parsed::CopyTo(copy) => match &copy.source {
                CopyToSource::Query(query) => query.visit(self),
                CopyToSource::Relation(_) => ControlFlow::Continue(()),
            },
            _ => ControlFlow::Continue(()),
        }
    }
}

impl Visitor for Calls<'_> {
    type Break = Error;

    fn pre_visit_table_factor(&mut self, relation: &TableFactor) -> ControlFlow<Error> {
        match call::read(relation, &self.queries.connections, self.default) {
            Ok(None) => ControlFlow::Continue(()),
            Ok(Some((written, _))) => {
                self.found.push(written);
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(error),
        }
    }
}

impl RelationPlanner for RawQueries {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let options = context.context_provider().options();
        let default = options.catalog.default_schema.clone();
        let call = call::read(&relation, &self.connections, &default);
        let Some((written, alias)) = call.map_err(Error::into_datafusion)? else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let Some(table) = self.find(&written) else {
            let message = format!("the columns of this {NAME} are not known");
            let error = Error::new(Kind::Unsupported, message)
                .with_hint("statements with it are planned by Engine::sql; run it again");
            return Err(error.into_datafusion());
        };
        let name = TableReference::partial(table.connection().name(), NAME);
        let plan = LogicalPlanBuilder::scan(name, provider_as_source(table), None)?.build()?;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(
            plan, alias,
        ))))
    }
}
