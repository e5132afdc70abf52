//! Calls in FROM: `zendesk.GetOAuthAccessToken(AuthMode => 'WEB', …)`, also inside `TABLE(…)` and `LATERAL`.
//!
//! DataFusion's own table functions take no named arguments and no qualified names, so calls are planned here. It
//! refuses to plan what is no call of ours; that stays with DataFusion.

use datafusion::common::Result;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{Extension, LogicalPlan};
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName, TableAlias, TableFactor,
};
use std::sync::Arc;

use super::find::Procedures;
use super::given::{given, is_named};
use super::node::Call;
use crate::error::Error;

/// Plans calls of procedures.
#[derive(Debug)]
pub(crate) struct Relations {
    procedures: Procedures,
}

impl Relations {
    pub(crate) fn new(procedures: Procedures) -> Self {
        Self { procedures }
    }
}

impl RelationPlanner for Relations {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let Some((name, arguments, alias)) = call_of(&relation) else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let parts = parts_of(name);
        let [.., last] = parts.as_slice() else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        // A bare name may be a table function of DataFusion's, which has no named arguments.
        let is_bare = parts.len() == 1 && !arguments.iter().any(names);
        let may_be_other = is_bare && !matches!(relation, TableFactor::TableFunction { .. });
        if may_be_other && !self.procedures.knows(last) {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        }
        let options = context.context_provider().options();
        let default = options.catalog.default_schema.clone();
        let target = self.procedures.find(&parts, &default);
        let target = target.map_err(Error::into_datafusion)?;
        let given = given(arguments, &target, context).map_err(Error::into_datafusion)?;
        let call = Arc::new(Call::new(target, given)?);
        let plan = LogicalPlan::Extension(Extension { node: call });
        let planned = PlannedRelation::new(plan, alias.cloned());
        Ok(RelationPlanning::Planned(Box::new(planned)))
    }
}

/// The parts of a name as they are written.
pub(super) fn parts_of(name: &ObjectName) -> Vec<String> {
    let idents = name.0.iter().filter_map(|part| part.as_ident());
    idents.map(|ident| ident.value.clone()).collect()
}

fn names(argument: &FunctionArg) -> bool {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(written)) => is_named(written),
        FunctionArg::Unnamed(_) => false,
        FunctionArg::Named { .. } | FunctionArg::ExprNamed { .. } => true,
    }
}

type Written<'a> = (&'a ObjectName, &'a [FunctionArg], Option<&'a TableAlias>);

fn call_of(relation: &TableFactor) -> Option<Written<'_>> {
    match relation {
        TableFactor::Table {
            name,
            args: Some(arguments),
            alias,
            ..
        } => Some((name, &arguments.args, alias.as_ref())),
        TableFactor::Function {
            name, args, alias, ..
        } => Some((name, args, alias.as_ref())),
        TableFactor::TableFunction {
            expr: Expr::Function(function),
            alias,
        } => match &function.args {
            FunctionArguments::List(list) => Some((&function.name, &list.args, alias.as_ref())),
            FunctionArguments::None => Some((&function.name, &[], alias.as_ref())),
            FunctionArguments::Subquery(_) => None,
        },
        _ => None,
    }
}
