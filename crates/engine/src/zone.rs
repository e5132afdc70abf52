//! The session's time zone: calendar functions cut days where the analyst's day begins.
//!
//! Values stay instants in UTC. This rule only routes calendar functions, and dates or naive texts that become
//! instants, through the zone of `datafusion.execution.time_zone`.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Cast, Expr, ExprSchemable, LogicalPlan};
use datafusion::optimizer::AnalyzerRule;

use crate::error::{Error, Kind};

/// The zone that instants are kept in.
pub(crate) const UTC: &str = "+00:00";

/// Functions whose last timestamp argument is read by the calendar, and whether they give back an instant.
const CALENDAR: [(&str, usize, bool); 3] = [
    ("date_trunc", 1, true),
    ("date_part", 1, false),
    ("to_char", 0, false),
];

/// Applies the session's zone.
#[derive(Debug)]
pub(crate) struct LocalCalendar;

impl AnalyzerRule for LocalCalendar {
    fn analyze(&self, plan: LogicalPlan, config: &ConfigOptions) -> Result<LogicalPlan> {
        let zone = match config.execution.time_zone.as_deref() {
            None | Some("" | UTC | "UTC" | "Z") => return Ok(plan),
            Some(zone) => zone.to_owned(),
        };
        plan.transform_up_with_subqueries(|node| {
            let mut schema = DFSchema::empty();
            for input in node.inputs() {
                schema.merge(input.schema());
            }
            if let LogicalPlan::TableScan(_) = node {
                schema.merge(node.schema());
            }
            // A projection keeps the names that later nodes know it by.
            let names = NamePreserver::new(&node);
            let mapped = node.map_expressions(|expr| {
                let name = names.save(&expr);
                let changed = expr.transform_up(|expr| route(expr, &schema, &zone))?;
                Ok(if changed.transformed {
                    Transformed::yes(name.restore(changed.data))
                } else {
                    changed
                })
            })?;
            if mapped.transformed {
                mapped.map_data(LogicalPlan::recompute_schema)
            } else {
                Ok(mapped)
            }
        })
        .map(|changed| changed.data)
    }

    fn name(&self) -> &'static str {
        "local_calendar"
    }
}

fn route(expr: Expr, schema: &DFSchema, zone: &str) -> Result<Transformed<Expr>> {
    let local = DataType::Timestamp(TimeUnit::Microsecond, Some(zone.into()));
    let utc = DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into()));
    let cast = |expr: Expr, to: &DataType| Expr::Cast(Cast::new(Box::new(expr), to.clone()));
    let is_utc = |expr: &Expr| matches!(expr.get_type(schema), Ok(DataType::Timestamp(_, Some(kept))) if kept.as_ref() == UTC);
    match expr {
        Expr::ScalarFunction(call) => {
            let known = CALENDAR
                .iter()
                .find(|(name, _, _)| *name == call.func.name());
            let Some((_, place, instant)) = known else {
                return Ok(Transformed::no(Expr::ScalarFunction(call)));
            };
            if !call.args.get(*place).is_some_and(is_utc) {
                return Ok(Transformed::no(Expr::ScalarFunction(call)));
            }
            let mut args = call.args;
            if let Some(argument) = args.get_mut(*place) {
                *argument = cast(std::mem::take(argument), &local);
            }
            let called =
                Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(&call.func), args));
            Ok(Transformed::yes(if *instant {
                cast(called, &utc)
            } else {
                called
            }))
        }
        Expr::Cast(inner) => {
            let to = inner.field.data_type().clone();
            let from = inner.expr.get_type(schema)?;
            let naive = matches!(
                from,
                DataType::Date32
                    | DataType::Utf8
                    | DataType::LargeUtf8
                    | DataType::Utf8View
                    | DataType::Timestamp(_, None)
            );
            let to_utc = matches!(&to, DataType::Timestamp(_, Some(kept)) if kept.as_ref() == UTC);
            if naive && to_utc {
                // A date has no zone to be cast in: it goes by way of its midnight.
                let naive = match from {
                    DataType::Date32 => cast(
                        *inner.expr,
                        &DataType::Timestamp(TimeUnit::Microsecond, None),
                    ),
                    _ => *inner.expr,
                };
                return Ok(Transformed::yes(cast(cast(naive, &local), &to)));
            }
            if to == DataType::Date32 && is_utc(&inner.expr) {
                return Ok(Transformed::yes(cast(cast(*inner.expr, &local), &to)));
            }
            Ok(Transformed::no(Expr::Cast(inner)))
        }
        other => Ok(Transformed::no(other)),
    }
}

/// The zone of an IANA name, as sessions keep it; UTC where none is named.
///
/// # Errors
/// `Config` with the nearest known name.
pub(crate) fn parse(name: Option<&str>) -> Result<String, Error> {
    let Some(name) = name else {
        return Ok(UTC.to_owned());
    };
    if name.eq_ignore_ascii_case("utc") {
        return Ok(UTC.to_owned());
    }
    let known: Result<chrono_tz::Tz, _> = name.parse();
    match known {
        Ok(zone) => Ok(zone.name().to_owned()),
        Err(_) => {
            let near = zuzen_plan::nearest::nearest(
                name,
                chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()),
            );
            let hint = near.map_or_else(
                || "use an IANA name such as Europe/Berlin".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            Err(Error::new(Kind::Config, format!("there is no time zone `{name}`")).with_hint(hint))
        }
    }
}
