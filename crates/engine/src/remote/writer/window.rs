//! Window functions.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{WindowFunctionDefinition, WindowFunctionParams};
use datafusion::logical_expr::{Expr, Window, WindowFrame, WindowFrameBound, WindowFrameUnits};

use super::block::{Block, Said};
use super::expression::{Scope, integer};
use super::relation::{Writer, order, scope};

impl Writer<'_> {
    pub(super) fn window(&mut self, window: &Window) -> Option<Block> {
        let block = self.relation(&window.input)?;
        // One group of all rows is told by its aggregates alone, and a window need not have any.
        let lone = block.groups.as_ref().is_some_and(Vec::is_empty);
        let mut block = self.unless(!block.windowed && !block.is_cut() && !lone, block);
        let scope = scope(window.input.schema(), &block);
        let mut columns = block.columns.clone();
        for call in &window.window_expr {
            columns.push(Said::plain(scope.windowed(call)?));
        }
        block.columns = columns;
        block.windowed = true;
        Some(block)
    }
}

impl Scope<'_> {
    fn windowed(&self, expr: &Expr) -> Option<String> {
        let call = match expr {
            Expr::Alias(alias) => return self.windowed(&alias.expr),
            Expr::WindowFunction(call) => call,
            _ => return None,
        };
        let WindowFunctionParams {
            args,
            partition_by,
            order_by,
            window_frame,
            filter,
            null_treatment,
            distinct,
        } = &call.params;
        (filter.is_none() && null_treatment.is_none() && !distinct).then_some(())?;
        let name = call.fun.name();
        let (text, framed) = match &call.fun {
            WindowFunctionDefinition::AggregateUDF(_) => (self.measured(name, args, false)?, true),
            // Trino wants to know in which order rows lie behind each other.
            WindowFunctionDefinition::WindowUDF(_)
                if matches!(name, "lag" | "lead") && order_by.is_empty() =>
            {
                return None;
            }
            WindowFunctionDefinition::WindowUDF(_) => self.placed(name, args)?,
        };
        let mut parts = Vec::new();
        if !partition_by.is_empty() {
            let keys: Option<Vec<String>> =
                partition_by.iter().map(|key| self.value(key)).collect();
            parts.push(format!("PARTITION BY {}", keys?.join(", ")));
        }
        if !order_by.is_empty() {
            parts.push(format!("ORDER BY {}", order(order_by, self)?.join(", ")));
        }
        if framed {
            parts.push(frame(window_frame, order_by.is_empty())?);
        }
        Some(format!("{text} OVER ({})", parts.join(" ")))
    }

    /// A function of a row's place, and whether it looks at the frame.
    fn placed(&self, name: &str, args: &[Expr]) -> Option<(String, bool)> {
        match (name, args) {
            ("row_number" | "rank" | "dense_rank", []) => Some((format!("{name}()"), false)),
            ("lag" | "lead", [value, rest @ ..]) => {
                let kind = self.family(value)?;
                let mut parts = vec![self.value(value)?];
                match rest {
                    [] => {}
                    [offset] => parts.push(integer(offset).filter(|by| *by >= 0)?.to_string()),
                    [offset, default] => {
                        parts.push(integer(offset).filter(|by| *by >= 0)?.to_string());
                        (self.family(default)? == kind).then_some(())?;
                        parts.push(self.value(default)?);
                    }
                    _ => return None,
                }
                Some((format!("{name}({})", parts.join(", ")), false))
            }
            ("first_value" | "last_value", [value]) => {
                self.family(value)?;
                Some((format!("{name}({})", self.value(value)?), true))
            }
            _ => None,
        }
    }
}

fn frame(frame: &WindowFrame, unordered: bool) -> Option<String> {
    let units = match frame.units {
        WindowFrameUnits::Rows => "ROWS",
        WindowFrameUnits::Range => "RANGE",
        WindowFrameUnits::Groups => return None,
    };
    // Without an order every row is a peer of every other.
    let units = if unordered && is_whole(frame) {
        "ROWS"
    } else {
        units
    };
    let start = bound(&frame.start_bound, units, "PRECEDING")?;
    let end = bound(&frame.end_bound, units, "FOLLOWING")?;
    Some(format!("{units} BETWEEN {start} AND {end}"))
}

fn is_whole(frame: &WindowFrame) -> bool {
    matches!(&frame.start_bound, WindowFrameBound::Preceding(value) if value.is_null())
        && matches!(&frame.end_bound, WindowFrameBound::Following(value) if value.is_null())
}

fn bound(bound: &WindowFrameBound, units: &str, unbounded: &str) -> Option<String> {
    let (value, word) = match bound {
        WindowFrameBound::CurrentRow => return Some("CURRENT ROW".to_owned()),
        WindowFrameBound::Preceding(value) => (value, "PRECEDING"),
        WindowFrameBound::Following(value) => (value, "FOLLOWING"),
    };
    if value.is_null() {
        return (word == unbounded).then(|| format!("UNBOUNDED {word}"));
    }
    // A distance in values would have to be of the key's type.
    (units == "ROWS").then_some(())?;
    match value {
        ScalarValue::UInt64(Some(rows)) => Some(format!("{rows} {word}")),
        ScalarValue::Int64(Some(rows)) if *rows >= 0 => Some(format!("{rows} {word}")),
        _ => None,
    }
}
