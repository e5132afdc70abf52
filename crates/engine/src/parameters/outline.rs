//! What can be told of a statement before its parameters have values.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{LogicalPlan, Statement as Executed};

use super::Parameters;
use crate::engine::Engine;
use crate::error::Error;
use crate::statement::Statement;
use crate::system::refreshed;

/// The shape of a statement: what it wants and what it gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// Its parameters in the order of [`Statement::placeholders`]; the type is `Null` where nothing tells it.
    pub parameters: SchemaRef,
    /// The columns of its rows; none for a statement that gives no rows. A column whose type hangs on a parameter of
    /// unknown type has the type that it has for NULL.
    pub rows: SchemaRef,
}

impl Engine {
    /// Plans a statement whose parameters may wait for values, and runs nothing: at most, an API is asked what tables
    /// it has.
    ///
    /// # Errors
    /// As [`Engine::run`], for all that planning finds.
    pub async fn outline(&self, statement: Statement) -> Result<Outline, Error> {
        if statement.refreshed().is_some() {
            return Ok(Outline {
                parameters: Arc::new(Schema::empty()),
                rows: refreshed(&[])?.schema(),
            });
        }
        let names = statement.placeholders();
        let plan = match self.logical(statement.clone(), &[]).await {
            Ok(plan) => plan,
            Err(error) if names.is_empty() => return Err(error),
            Err(error) => {
                // The planner refuses some expressions of unknown types.
                let Ok(bound) = statement.bind(&nulls(&names)) else {
                    return Err(error);
                };
                self.logical(bound, &[]).await.map_err(|_| error)?
            }
        };
        let plan = plan.map(|(_, plan)| plan);
        let known = match &plan {
            Some(plan) => plan.get_parameter_fields()?,
            None => HashMap::new(),
        };
        let parameters: Vec<Field> = names.iter().map(|name| parameter(name, &known)).collect();
        let rows = match plan {
            // Executing what was prepared makes a plan, no more.
            Some(plan @ LogicalPlan::Statement(Executed::Execute(_))) if names.is_empty() => {
                let frame = self.context().execute_logical_plan(plan).await?;
                frame.schema().as_arrow().clone()
            }
            None | Some(LogicalPlan::Statement(_) | LogicalPlan::Ddl(_)) => Schema::empty(),
            Some(plan) => plan.schema().as_arrow().clone(),
        };
        Ok(Outline {
            parameters: Arc::new(Schema::new(parameters)),
            rows: Arc::new(rows),
        })
    }
}

/// NULL for each of these.
fn nulls(names: &[String]) -> Parameters {
    let places = names.iter().filter_map(|name| name.parse::<usize>().ok());
    let last = places.max().unwrap_or(0);
    let positional = Parameters::positional(vec![ScalarValue::Null; last]);
    let named = names.iter().filter(|name| name.parse::<usize>().is_err());
    named.fold(positional, |all, name| all.with(name, ScalarValue::Null))
}

fn parameter(name: &str, known: &HashMap<String, Option<FieldRef>>) -> Field {
    let field = known.get(&format!("${name}")).cloned().flatten();
    let kind = field.map_or(DataType::Null, |field| field.data_type().clone());
    Field::new(name, kind, true)
}
