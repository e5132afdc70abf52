//! Trino 351 as far as statements go: it takes what that takes and means what that means, on DataFusion's planner. It refuses
//! to know where rows come from.

mod analysis;
mod average;
mod call;
mod cast;
mod cell;
mod expression;
mod functions;
mod grammar;
mod invocation;
mod literal;
mod statement;
mod types;

pub(super) use cast::decimal_text;
pub(super) use cell::{Cell, Cells};
pub(super) use functions::names as function_names;
pub(super) use grammar::DELETED;
pub(super) use statement::{Question, Session, Statement, parse};
pub(super) use types::Type;

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::catalog::{MemTable, TableProvider};
use datafusion::common::{DataFusionError, SchemaError};
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionConfig;
use datafusion::sql::parser::Statement as Planned;

/// Rows of a batch.
const BATCH: usize = 8_192;

/// A table as statements see it: without and with the column of deleted rows.
#[derive(Debug)]
pub(super) struct Relation {
    pub(super) name: String,
    pub(super) plain: Arc<dyn TableProvider>,
    pub(super) with_deleted: Arc<dyn TableProvider>,
}

/// A place where one statement is planned and run.
pub(super) struct Planner {
    context: SessionContext,
    session: Session,
}

impl Planner {
    pub(super) fn new(session: Session, relations: Vec<Relation>) -> Result<Self, String> {
        let mut config = SessionConfig::new()
            .with_target_partitions(1)
            .with_batch_size(BATCH)
            .with_default_catalog_and_schema("owl", "data")
            .with_information_schema(false);
        let options = config.options_mut();
        options.sql_parser.parse_float_as_decimal = true;
        options.sql_parser.map_string_types_to_utf8view = false;
        options.execution.time_zone = Some(session.time_zone.clone());
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_default_features()
            .build();
        let context = SessionContext::new_with_state(state);
        for definition in functions::all() {
            context.register_udf(call::Call::of(definition));
        }
        context.register_udaf(average::Average::function());
        for Relation {
            name,
            plain,
            with_deleted,
        } in relations
        {
            let both = [
                (name.clone(), plain),
                (format!("{name}{}", grammar::WITH_DELETED), with_deleted),
            ];
            for (name, table) in both {
                let name = datafusion::common::TableReference::bare(name);
                context
                    .register_table(name, table)
                    .map_err(|error| worded(&error, None))?;
            }
        }
        Ok(Self { context, session })
    }

    /// Plans a query. The complaint is Trino's.
    pub(super) async fn plan(&self, question: &Question) -> Result<LogicalPlan, String> {
        if let Some(name) = &question.doubled {
            return Err(doubled(name));
        }
        let state = self.context.state();
        let statement = Planned::Statement(question.statement.clone());
        let plan = state.statement_to_plan(statement).await;
        let plan = plan.and_then(|plan| analysis::analyse(plan, &self.session.time_zone));
        let plan = plan.map_err(|error| worded(&error, Some(&question.words)))?;
        let mut seen = std::collections::HashSet::new();
        for (place, field) in plan.schema().fields().iter().enumerate() {
            if *field.data_type() != DataType::Null && Type::of(field.data_type()).arrow().is_none()
            {
                return Err(format!(
                    "line 1:1: column {} cannot be written to the result",
                    place + 1
                ));
            }
            if !seen.insert(field.name().to_lowercase()) {
                return Err(doubled(field.name()));
            }
        }
        Ok(plan)
    }

    /// The names of the columns of a plan.
    pub(super) fn columns(question: &Question, plan: &LogicalPlan) -> Vec<String> {
        let fields = plan.schema().fields().iter().map(|field| field.name());
        let written = question
            .names
            .iter()
            .map(Option::as_ref)
            .chain(std::iter::repeat(None));
        fields
            .zip(written)
            .map(|(planned, written)| written.unwrap_or(planned).clone())
            .collect()
    }

    /// Starts a plan.
    pub(super) async fn run(
        &self,
        plan: LogicalPlan,
    ) -> Result<datafusion::execution::SendableRecordBatchStream, String> {
        let frame = self
            .context
            .execute_logical_plan(plan)
            .await
            .map_err(|error| worded(&error, None))?;
        frame
            .execute_stream()
            .await
            .map_err(|error| worded(&error, None))
    }
}

/// A table of nothing, for those who only want to know whether a statement is one.
pub(super) fn empty(
    schema: &arrow::datatypes::SchemaRef,
) -> Result<Arc<dyn TableProvider>, String> {
    let table =
        MemTable::try_new(Arc::clone(schema), vec![vec![]]).map_err(|error| error.to_string())?;
    Ok(Arc::new(table))
}

fn doubled(name: &str) -> String {
    format!("line 1:1: Duplicate column name '{name}' in the result")
}

/// An error in Trino's words, as far as it has a counterpart.
pub(super) fn worded(error: &DataFusionError, words: Option<&statement::Words>) -> String {
    let place = |word: &str| words.map_or_else(|| "line 1:1".to_owned(), |words| words.place(word));
    match error.find_root() {
        DataFusionError::SchemaError(error, _) => match &**error {
            SchemaError::FieldNotFound { field, .. } => {
                let qualified = field.relation.as_ref().map_or_else(
                    || field.name.clone(),
                    |relation| format!("{}.{}", relation.table(), field.name),
                );
                return format!(
                    "{}: Column '{qualified}' cannot be resolved",
                    place(&field.name)
                );
            }
            SchemaError::AmbiguousReference { field } => {
                return format!(
                    "{}: Column '{}' is ambiguous",
                    place(&field.name),
                    field.name
                );
            }
            _ => {}
        },
        DataFusionError::ArrowError(error, _) => {
            if matches!(**error, arrow::error::ArrowError::DivideByZero) {
                return "Division by zero".to_owned();
            }
        }
        _ => {}
    }
    let text = error.find_root().strip_backtrace();
    if let Some((_, rest)) = text.split_once("line 1:") {
        return format!("line 1:{rest}");
    }
    if let Some(complaint) = unlike(&text) {
        return complaint;
    }
    if text.contains("must be in GROUP BY") || text.contains("must appear in the GROUP BY") {
        return "line 1:8: expression must be an aggregate expression or appear in GROUP BY clause"
            .to_owned();
    }
    let text = text
        .split(": ")
        .skip_while(|head| head.ends_with("error") || head.ends_with("Error"));
    text.collect::<Vec<_>>().join(": ")
}

/// The planner's own complaint about operands, which comes before ours can.
fn unlike(text: &str) -> Option<String> {
    let kind = |name: &str| match name.parse::<DataType>() {
        Ok(kind) => Type::of(&kind).to_string(),
        Err(_) => name.to_owned(),
    };
    if text.contains("Cannot create filter with non-boolean predicate") {
        let (_, name) = text.rsplit_once(" returning ")?;
        return Some(format!(
            "line 1:1: WHERE clause must evaluate to a boolean: actual type {}",
            kind(name)
        ));
    }
    if let Some((_, rest)) = text.split_once("given name and argument types '") {
        let (name, rest) = rest.split_once('(')?;
        let (given, _) = rest.split_once(")'")?;
        let given: Vec<String> = given.split(", ").map(kind).collect();
        return Some(format!(
            "line 1:1: Unexpected parameters ({}) for function {name}",
            given.join(", ")
        ));
    }
    let (_, rest) = text.split_once("Cannot coerce arithmetic expression ")?;
    let (operands, _) = rest.split_once(" to valid types")?;
    let mut parts = operands.split(' ');
    let (left, op, right) = (parts.next()?, parts.next()?, parts.next()?);
    Some(format!(
        "line 1:1: '{op}' cannot be applied to {}, {}",
        kind(left),
        kind(right)
    ))
}
