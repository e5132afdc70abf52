//! The session's time zone: calendar functions cut days where the analyst's day begins.
//!
//! Values stay instants in UTC. This rule only routes calendar functions, dates or naive texts that become instants,
//! and instants that become naive, through the zone of `datafusion.execution.time_zone`. In UTC nothing needs that but
//! days beyond the years 1677 to 2262, which coercion would read in nanoseconds, and cannot.

use chrono::{Datelike, NaiveDate};
use datafusion::arrow::compute::kernels::cast_utils::string_to_datetime;
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::functions::datetime::to_local_time;
use datafusion::logical_expr::expr::{Case, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Cast, Expr, ExprSchemable, LogicalPlan, lit, try_cast};
use datafusion::optimizer::AnalyzerRule;

use crate::error::{Error, Kind};

/// The zone that instants are kept in.
pub(crate) const UTC: &str = "+00:00";

/// Functions whose last timestamp argument is read by the calendar, and whether they give back an instant.
const CALENDAR: [(&str, usize, bool); 4] = [
    ("date_trunc", 1, true),
    ("date_part", 1, false),
    ("to_char", 0, false),
    ("format", 0, false),
];

/// Applies the session's zone.
#[derive(Debug)]
pub(crate) struct LocalCalendar;

impl AnalyzerRule for LocalCalendar {
    fn analyze(&self, plan: LogicalPlan, config: &ConfigOptions) -> Result<LogicalPlan> {
        let (zone, far_only) = match config.execution.time_zone.as_deref() {
            None | Some("" | UTC | "UTC" | "Z") => (UTC.to_owned(), true),
            Some(zone) => (zone.to_owned(), false),
        };
        if far_only && !names_far_days(&plan)? {
            return Ok(plan);
        }
        plan.transform_up_with_subqueries(|node| {
            let mut schema = DFSchema::empty();
            for input in node.inputs() {
                schema.merge(input.schema());
            }
            if let LogicalPlan::TableScan(_) = node {
                schema.merge(node.schema());
            }
            let clock = Clock {
                schema: &schema,
                zone: &zone,
            };
            // A projection keeps the names that later nodes know it by.
            let names = NamePreserver::new(&node);
            let mapped = node.map_expressions(|expr| {
                if far_only && !expr.exists(|part| Ok(is_far(part)))? {
                    return Ok(Transformed::no(expr));
                }
                let name = names.save(&expr);
                // From the outside in: a comparison has to see its casts before they are routed on their own.
                let changed = expr.transform_down(|expr| clock.route(expr))?;
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

/// How one node's expressions tell the time.
struct Clock<'a> {
    schema: &'a DFSchema,
    zone: &'a str,
}

impl Clock<'_> {
    fn route(&self, expr: Expr) -> Result<Transformed<Expr>> {
        match expr {
            Expr::ScalarFunction(call) => Ok(self.call(call)),
            // Which is said of comparisons, and of nothing else that takes two timestamps.
            Expr::BinaryExpr(mut binary) if binary.op.supports_propagation() => {
                let aligned = self.align(vec![&mut binary.left, &mut binary.right]);
                Ok(aligned.update_data(|()| Expr::BinaryExpr(binary)))
            }
            Expr::Between(mut range) => {
                let aligned = self.align(vec![&mut range.expr, &mut range.low, &mut range.high]);
                Ok(aligned.update_data(|()| Expr::Between(range)))
            }
            Expr::InList(mut list) => {
                let items = std::iter::once(&mut *list.expr).chain(&mut list.list);
                let aligned = self.align(items.collect());
                Ok(aligned.update_data(|()| Expr::InList(list)))
            }
            Expr::Cast(inner) => self.cast(inner),
            other => Ok(Transformed::no(other)),
        }
    }

    fn call(&self, mut call: ScalarFunction) -> Transformed<Expr> {
        let named = |known: &&(&str, usize, bool)| known.0 == call.func.name();
        let Some((_, place, instant)) = CALENDAR.iter().find(named) else {
            return Transformed::no(Expr::ScalarFunction(call));
        };
        let Some(argument) = call.args.get_mut(*place).filter(|given| self.is_utc(given)) else {
            return Transformed::no(Expr::ScalarFunction(call));
        };
        *argument = cast(std::mem::take(argument), &local(self.zone));
        let (called, utc) = (Expr::ScalarFunction(call), local(UTC));
        Transformed::yes(if *instant { cast(called, &utc) } else { called })
    }

    fn cast(&self, inner: Cast) -> Result<Transformed<Expr>> {
        let to = inner.field.data_type().clone();
        let from = inner.expr.get_type(self.schema)?;
        let routed = match (&from, &to) {
            (_, DataType::Timestamp(_, Some(kept))) if kept.as_ref() == UTC && is_wall(&from) => {
                self.as_type(self.zoned(*inner.expr), &to)
            }
            (DataType::Timestamp(_, Some(kept)), DataType::Date32) if kept.as_ref() == UTC => {
                cast(cast(*inner.expr, &local(self.zone)), &to)
            }
            (DataType::Timestamp(unit, Some(kept)), DataType::Timestamp(_, None)) => {
                // Arrow's cast reads the clock in UTC, whatever the zone of the type.
                let utc = kept.as_ref() == UTC;
                let zone = if utc { self.zone } else { kept };
                let zone = DataType::Timestamp(*unit, Some(zone.into()));
                let zoned = self.as_type(*inner.expr, &zone);
                self.as_type(to_local_time().call(vec![zoned]), &to)
            }
            (_, DataType::Timestamp(_, None)) if has_offset(&inner.expr) => {
                let zoned = cast(*inner.expr, &local(self.zone));
                self.as_type(to_local_time().call(vec![zoned]), &to)
            }
            _ => return Ok(Transformed::no(Expr::Cast(inner))),
        };
        Ok(Transformed::yes(routed))
    }

    /// Compares instants where coercion has made both sides naive, as it does of a timestamp beside a date: the bare
    /// column can be asked for from the API, and the constants fold to literals in UTC.
    ///
    /// Naive values of rows are left to be compared as wall times: no request is made with them.
    fn align(&self, mut operands: Vec<&mut Expr>) -> Transformed<()> {
        if self.widen(&mut operands) {
            return Transformed::yes(());
        }
        let (mut instants, mut constants) = (false, false);
        for operand in &operands {
            match operand.get_type(self.schema) {
                Ok(DataType::Timestamp(_, None)) if self.behind(operand).is_some() => {
                    instants = true;
                }
                Ok(DataType::Timestamp(_, None)) if !operand.any_column_refs() => constants = true,
                _ => return Transformed::no(()),
            }
        }
        if !(instants && constants) {
            return Transformed::no(());
        }
        for operand in operands {
            let zoned = self.zoned(std::mem::take(operand));
            *operand = self.as_type(zoned, &local(UTC));
        }
        Transformed::yes(())
    }

    /// Compares in microseconds where coercion has chosen nanoseconds, whose years end in 2262, and a text lies beyond.
    fn widen(&self, operands: &mut [&mut Expr]) -> bool {
        let is_narrow = |operand: &Expr| {
            let Expr::Cast(cast) = operand else {
                return false;
            };
            let kind = cast.field.data_type();
            matches!(kind, DataType::Timestamp(TimeUnit::Nanosecond, Some(_)))
        };
        let is_beyond = |operand: &Expr| operand.exists(|part| Ok(is_far(part)));
        let beyond = operands.iter().any(|it| is_beyond(it).unwrap_or(false));
        if !beyond || !operands.iter().all(|operand| is_narrow(operand)) {
            return false;
        }
        for operand in operands {
            if let Expr::Cast(cast) = std::mem::take(&mut **operand) {
                let instant = match cast.expr.get_type(self.schema) {
                    Ok(DataType::Timestamp(_, Some(_))) => *cast.expr,
                    _ => self.zoned(*cast.expr),
                };
                **operand = self.as_type(instant, &local(UTC));
            }
        }
        true
    }

    /// The instant under a cast to a naive timestamp that keeps all of it.
    fn behind<'e>(&self, expr: &'e Expr) -> Option<&'e Expr> {
        let zoned = |kind| matches!(kind, Ok(DataType::Timestamp(_, Some(_))));
        kept_whole(expr).filter(|inner| zoned(inner.get_type(self.schema)))
    }

    /// The instant of a date, a text or a naive timestamp.
    fn zoned(&self, expr: Expr) -> Expr {
        if let Some(instant) = self.behind(&expr) {
            return instant.clone();
        }
        let under = kept_whole(&expr).unwrap_or(&expr);
        // A text with an offset of its own says which instant it means; no clock has to place it.
        if has_offset(under) {
            return try_cast(under.clone(), local(self.zone));
        }
        let kind = under.get_type(self.schema);
        let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
        // A date has no zone to be cast in: it goes by way of its midnight, and not in nanoseconds, whose years end
        // in 2262.
        let naive = match kind {
            Ok(DataType::Timestamp(..)) | Err(_) => expr.clone(),
            Ok(_) => cast(under.clone(), &micros),
        };
        let text = kind.is_ok_and(|kind| kind.is_string());
        let wall = if text { under } else { &naive };
        let placed = try_cast(wall.clone(), local(self.zone));
        // Arrow places no time that a change of clocks skips or repeats: it counts on from the hour before.
        let hour = lit(ScalarValue::new_interval_mdn(0, 0, 3_600_000_000_000));
        let before = try_cast(naive - hour.clone(), local(self.zone));
        Expr::Case(Case {
            expr: None,
            when_then_expr: vec![(Box::new(placed.clone().is_not_null()), Box::new(placed))],
            else_expr: Some(Box::new(before + hour)),
        })
    }

    fn is_utc(&self, expr: &Expr) -> bool {
        matches!(expr.get_type(self.schema), Ok(DataType::Timestamp(_, Some(kept))) if kept.as_ref() == UTC)
    }

    /// A cast where one is needed: a filter is asked for only of a bare column.
    fn as_type(&self, expr: Expr, to: &DataType) -> Expr {
        match expr.get_type(self.schema) {
            Ok(from) if from == *to => expr,
            _ => cast(expr, to),
        }
    }
}

/// Whether values of this type are read off a clock that somebody has to place.
fn is_wall(kind: &DataType) -> bool {
    kind.is_string() || matches!(kind, DataType::Date32 | DataType::Timestamp(_, None))
}

fn local(zone: &str) -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some(zone.into()))
}

fn cast(expr: Expr, to: &DataType) -> Expr {
    Expr::Cast(Cast::new(Box::new(expr), to.clone()))
}

/// What is cast to a naive timestamp fine enough for every instant we keep.
fn kept_whole(expr: &Expr) -> Option<&Expr> {
    let Expr::Cast(outer) = expr else {
        return None;
    };
    let whole = matches!(outer.field.data_type(), DataType::Timestamp(unit, None) if *unit >= TimeUnit::Microsecond);
    whole.then_some(&outer.expr)
}

fn names_far_days(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            found |= expr.exists(|part| Ok(is_far(part)))?;
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    Ok(found)
}

/// Whether this is a text that begins with a day whose nanoseconds since 1970 are beyond 64 bits, such as 9999-12-31.
fn is_far(expr: &Expr) -> bool {
    let day = || {
        let text = expr.as_literal()?.try_as_str()??;
        NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()
    };
    day().is_some_and(|day| !(1678..2262).contains(&day.year()))
}

/// Whether this is a text that means the same instant wherever it is read.
fn has_offset(expr: &Expr) -> bool {
    let read = |hours: i32| {
        let text = expr.as_literal()?.try_as_str()??;
        let zone = chrono::FixedOffset::east_opt(hours * 3600)?;
        string_to_datetime(&zone, text).ok()
    };
    read(0).is_some_and(|here| read(1) == Some(here))
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray, TimestampMicrosecondArray};
    use chrono::{DateTime, Days, NaiveTime, Utc};
    use datafusion::execution::SessionStateBuilder;
    use datafusion::prelude::{SessionConfig, SessionContext};

    use super::*;

    /// Instants by their places, from 0. New York puts its clocks back on the first of November at six.
    const EVENTS: &str = "2026-11-01T03:59:59Z 2026-11-01T04:00:00Z 2026-11-01T06:30:00Z 2026-11-02T04:59:59Z \
        2026-11-02T05:00:00Z 2026-11-19T14:59:59Z 2026-11-19T15:00:00Z 2026-11-20T00:00:00Z 2026-11-20T05:00:00Z";

    /// Zone, predicate, places of the events that match, and the instants in a filter that a table can be asked for.
    const CASES: &str = "
        Asia/Tokyo | at >= DATE '2026-11-20' | 678 | 2026-11-19T15:00:00Z
        Asia/Tokyo | DATE '2026-11-20' > at | 012345 | 2026-11-19T15:00:00Z
        Asia/Tokyo | at >= to_date('2026-11-20') | 678 | 2026-11-19T15:00:00Z
        Asia/Tokyo | at >= DATE '2026-11-21' - interval '1 day' | 678 | 2026-11-19T15:00:00Z
        Asia/Tokyo | at IN (DATE '2026-11-20', DATE '2026-11-02') | 6 | 2026-11-19T15:00:00Z 2026-11-01T15:00:00Z
        Asia/Tokyo | at NOT BETWEEN DATE '2026-11-02' AND DATE '2026-11-20' | 01278 | 2026-11-19T15:00:00Z
        Asia/Tokyo | DATE '2026-11-20' BETWEEN at AND at | 6 | 2026-11-19T15:00:00Z
        Asia/Tokyo | at BETWEEN DATE '2026-11-20' AND now() + interval '9 years' | 678 | 2026-11-19T15:00:00Z
        Asia/Tokyo | at > DATE '9999-12-31' | | 9999-12-30T15:00:00Z
        Asia/Tokyo | at::timestamp = TIMESTAMP '2026-11-20' | 6 | 2026-11-19T15:00:00Z
        Asia/Tokyo | at::timestamp >= TIMESTAMP '2026-11-20T00:00:00Z' | 78 | 2026-11-20T00:00:00Z
        Asia/Tokyo | at = TIMESTAMP '2026-11-20 00:00:00+09:00' | 6 | 2026-11-19T15:00:00Z
        Asia/Tokyo | at = TIMESTAMP '2026-11-20T00:00:00Z' | 7 | 2026-11-20T00:00:00Z
        Asia/Tokyo | at = TIMESTAMP '2026-11-20T15:00:00Z' - interval '1 day' | 6 | 2026-11-19T15:00:00Z
        Asia/Tokyo | at = '2026-11-20' | 6 | 2026-11-19T15:00:00Z
        Asia/Tokyo | at::timestamp = at | 012345678 |
        Asia/Tokyo | at::timestamp::text = '2026-11-20T00:00:00' | 6 |
        Asia/Tokyo | at::timestamp(0)::text = '2026-11-20T00:00:00' | 6 |
        Asia/Tokyo | at = date_trunc('day', at)::date | 6 |
        Asia/Tokyo | now()::timestamp > now() + interval '1 hour' | |
        America/New_York | at < DATE '2026-11-02' AND at >= DATE '2026-11-01' | 123 | 2026-11-01T04:00:00Z 2026-11-02T05:00:00Z
        America/New_York | at = DATE '2026-11-20' | 8 | 2026-11-20T05:00:00Z
        America/New_York | at < DATE '2026-03-09' OR at < DATE '2026-03-08' | | 2026-03-09T04:00:00Z 2026-03-08T05:00:00Z
        America/New_York | at::timestamp = at | 012345678 |
        America/New_York | at::timestamp::text = '2026-11-01T01:30:00' | 2 |
        America/New_York | at = TIMESTAMP '2026-11-01 01:30:00' | | 2026-11-01T05:30:00Z
        America/New_York | at = '2026-03-08 02:30:00' | | 2026-03-08T07:30:00Z
        America/Santiago | at >= DATE '2026-09-06' | 012345678 | 2026-09-06T04:00:00Z
        America/Havana | at >= DATE '2026-11-01' | 12345678 | 2026-11-01T04:00:00Z
        Asia/Tokyo | at < '9999-12-31' | 012345678 | 9999-12-30T15:00:00Z
        +00:00 | at < '9999-12-31' | 012345678 | 9999-12-31T00:00:00Z
        +00:00 | at > DATE '9999-12-31' | | 9999-12-31T00:00:00Z
        +00:00 | at < TIMESTAMP '9999-12-31' | 012345678 | 9999-12-31T00:00:00Z
        +00:00 | at BETWEEN '0001-01-01' AND '9999-12-31 23:59:59' | 012345678 | 0001-01-01T00:00:00Z 9999-12-31T23:59:59Z
        +00:00 | at IN ('9999-12-31', '2026-11-20') | 7 |
        +00:00 | at >= DATE '2026-11-20' | 78 | 2026-11-20T00:00:00Z
        +00:00 | at::timestamp::text = '2026-11-20T00:00:00' | 7 |";

    /// The places of the events that match, and the filter that is left to a table.
    async fn find(zone: &str, predicate: &str) -> (String, String) {
        let config = SessionConfig::new().set_str("datafusion.execution.time_zone", zone);
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_default_features()
            .with_analyzer_rule(Arc::new(LocalCalendar))
            .build();
        let context = SessionContext::new_with_state(state.clone());
        let at = EVENTS.split(' ').map(micros);
        let at = TimestampMicrosecondArray::from_iter_values(at).with_timezone(UTC);
        let place = StringArray::from_iter_values((0..at.len()).map(|place| place.to_string()));
        let columns: [(&str, ArrayRef); 2] = [("place", Arc::new(place)), ("at", Arc::new(at))];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        context.register_batch("events", batch).unwrap();
        let sql = format!("SELECT place FROM events WHERE {predicate}");
        let frame = context.sql(&sql).await.unwrap();
        let (plan, options) = (frame.logical_plan().clone(), state.config_options());
        let once = state.analyzer().execute_and_check(plan, options, |_, _| {});
        let twice = LocalCalendar.analyze(once.as_ref().unwrap().clone(), options);
        assert_eq!(once.unwrap(), twice.unwrap(), "{zone}: {predicate}");
        let filter = frame.clone().into_optimized_plan().unwrap().to_string();
        let found = frame.collect().await.unwrap();
        let places = found
            .iter()
            .flat_map(|batch| batch.column(0).as_string::<i32>());
        (places.flatten().collect(), filter)
    }

    fn micros(text: &str) -> i64 {
        text.parse::<DateTime<Utc>>().unwrap().timestamp_micros()
    }

    fn assert_bare(filter: &str, bound: i64) {
        let literal = format!("TimestampMicrosecond({bound}, Some(\"+00:00\"))");
        let bare = !filter.contains("CAST(events.at");
        assert!(bare && filter.contains(&literal), "{literal}: {filter}");
    }

    #[tokio::test]
    async fn naive_values_are_read_off_the_local_clock() {
        for case in CASES.trim().lines() {
            let parts: Vec<&str> = case.split('|').map(str::trim).collect();
            let [zone, predicate, places, bounds] = parts.try_into().unwrap();
            let (found, filter) = find(zone, predicate).await;
            assert_eq!(found, places, "{case}: {filter}");
            for bound in bounds.split_whitespace() {
                assert_bare(&filter, micros(bound));
            }
        }
    }

    #[tokio::test]
    async fn today_is_the_local_day() {
        for zone in [chrono_tz::Asia::Tokyo, chrono_tz::America::New_York] {
            let midnight = || {
                let day = Utc::now().with_timezone(&zone).date_naive() - Days::new(1);
                let begin = day.and_time(NaiveTime::MIN).and_local_timezone(zone);
                begin.unwrap().timestamp_micros()
            };
            // A day that ends during the test is tried again.
            let (filter, bound) = loop {
                let bound = midnight();
                let (_, filter) = find(zone.name(), "at >= current_date - interval '1 day'").await;
                if bound == midnight() {
                    break (filter, bound);
                }
            };
            assert_bare(&filter, bound);
        }
    }
}
