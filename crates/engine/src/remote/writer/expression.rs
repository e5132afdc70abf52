//! Expressions whose meaning is the same in Trino 351 and in DataFusion.
//!
//! What is left out, and why: floats (NaN and the two zeros compare differently), division of decimals (other scales),
//! division by anything but a constant that is not zero, casts that round, parse or name a session's zone, patterns
//! that ignore case, and subqueries (the planner turns them into joins).

use std::borrow::Cow;

use chrono::{DateTime, Datelike};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::logical_expr::expr::{Case, InList, Like};
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, Operator};
use zuzen_plan::remote::{Decimal, Literal, Pattern};
use zuzen_plan::trino;

use super::block::Said;

/// Nanoseconds in a millisecond, to which Data Query compares instants.
const MILLI: i128 = 1_000_000;

/// The columns that an expression can name.
pub(super) struct Scope<'a> {
    pub(super) schema: &'a DFSchema,
    pub(super) columns: &'a [Said],
}

/// Types that can be compared with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Text,
    Number,
    Boolean,
    Date,
    /// With a zone.
    Instant,
    /// Without one.
    Wall,
}

pub(super) fn family(kind: &DataType) -> Option<Family> {
    Some(match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Family::Text,
        kind if kind.is_integer() => Family::Number,
        DataType::Decimal128(..) => Family::Number,
        DataType::Boolean => Family::Boolean,
        DataType::Date32 => Family::Date,
        DataType::Timestamp(_, Some(zone)) if is_utc(zone) => Family::Instant,
        DataType::Timestamp(_, None) => Family::Wall,
        _ => return None,
    })
}

fn is_utc(zone: &str) -> bool {
    matches!(zone, "+00:00" | "UTC" | "Z")
}

/// Whether two expressions of different inputs can be compared.
pub(super) fn comparable(
    left: &Expr,
    own: &DFSchema,
    right: &Expr,
    other: &DFSchema,
) -> Option<()> {
    let left = family(&left.get_type(own).ok()?)?;
    let right = family(&right.get_type(other).ok()?)?;
    (left == right).then_some(())
}

impl Scope<'_> {
    /// An output column; a bare column may be of any type.
    pub(super) fn output(&self, expr: &Expr) -> Option<Said> {
        match expr {
            Expr::Alias(alias) => self.output(&alias.expr),
            Expr::Column(column) => {
                let place = self.schema.maybe_index_of_column(column)?;
                self.columns.get(place).cloned()
            }
            other => self.value(other).map(Said::plain),
        }
    }

    /// A condition that stands between ANDs.
    pub(super) fn condition(&self, expr: &Expr) -> Option<String> {
        (self.family(expr)? == Family::Boolean).then_some(())?;
        self.value(expr)
    }

    pub(super) fn family(&self, expr: &Expr) -> Option<Family> {
        family(&expr.get_type(self.schema).ok()?)
    }

    /// An expression; it keeps its meaning beside any operator.
    pub(super) fn value(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Alias(alias) => self.value(&alias.expr),
            Expr::Column(column) => {
                let place = self.schema.maybe_index_of_column(column)?;
                let said = self.columns.get(place)?;
                said.plain.then(|| said.text.clone())
            }
            Expr::Literal(scalar, _) => literal(scalar),
            Expr::BinaryExpr(binary) => self.binary(binary),
            Expr::Not(inner) => Some(format!("(NOT {})", self.condition(inner)?)),
            Expr::Negative(inner) => {
                (self.family(inner)? == Family::Number).then_some(())?;
                Some(format!("(- {})", self.value(inner)?))
            }
            Expr::IsNull(inner) | Expr::IsUnknown(inner) => {
                Some(format!("({} IS NULL)", self.known(inner)?))
            }
            Expr::IsNotNull(inner) | Expr::IsNotUnknown(inner) => {
                Some(format!("({} IS NOT NULL)", self.known(inner)?))
            }
            Expr::IsTrue(inner) => self.truth(inner, "IS NOT DISTINCT FROM TRUE"),
            Expr::IsNotTrue(inner) => self.truth(inner, "IS DISTINCT FROM TRUE"),
            Expr::IsFalse(inner) => self.truth(inner, "IS NOT DISTINCT FROM FALSE"),
            Expr::IsNotFalse(inner) => self.truth(inner, "IS DISTINCT FROM FALSE"),
            Expr::Between(range) => {
                let low = self.compare(&range.expr, Operator::GtEq, &range.low)?;
                let high = self.compare(&range.expr, Operator::LtEq, &range.high)?;
                let both = format!("({low} AND {high})");
                Some(if range.negated {
                    format!("(NOT {both})")
                } else {
                    both
                })
            }
            Expr::InList(list) => self.in_list(list),
            Expr::Like(like) => self.like(like),
            Expr::Case(case) => self.case(case),
            Expr::Cast(cast) => self.cast(cast),
            Expr::ScalarFunction(call) => self.call(call),
            _ => None,
        }
    }

    /// Any column can be asked whether it is NULL.
    fn known(&self, expr: &Expr) -> Option<String> {
        self.output(expr).map(|said| said.text)
    }

    fn truth(&self, expr: &Expr, test: &str) -> Option<String> {
        Some(format!("({} {test})", self.condition(expr)?))
    }

    fn binary(&self, binary: &BinaryExpr) -> Option<String> {
        let BinaryExpr { left, op, right } = binary;
        match op {
            Operator::And => Some(format!(
                "({} AND {})",
                self.condition(left)?,
                self.condition(right)?
            )),
            Operator::Or => Some(format!(
                "({} OR {})",
                self.condition(left)?,
                self.condition(right)?
            )),
            Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
            | Operator::IsDistinctFrom
            | Operator::IsNotDistinctFrom => self.compare(left, *op, right),
            Operator::StringConcat => {
                let texts = [self.family(left)?, self.family(right)?];
                (texts == [Family::Text; 2]).then_some(())?;
                Some(format!("({} || {})", self.value(left)?, self.value(right)?))
            }
            Operator::Plus | Operator::Minus => self.sum(left, *op, right),
            Operator::Multiply => {
                self.numbers(left, right)?;
                // Beyond 38 digits Trino fails where DataFusion rounds.
                if let (DataType::Decimal128(p1, s1), DataType::Decimal128(p2, s2)) =
                    (self.kind(left)?, self.kind(right)?)
                    && (p1 + p2 > 38 || s1 + s2 > 38)
                {
                    return None;
                }
                Some(format!("({} * {})", self.value(left)?, self.value(right)?))
            }
            Operator::Divide | Operator::Modulo => {
                let whole = self.kind(left)?.is_integer() && self.kind(right)?.is_integer();
                let divisor = integer(right)?;
                (whole && divisor != 0 && divisor != -1).then_some(())?;
                let symbol = if *op == Operator::Divide { "/" } else { "%" };
                Some(format!(
                    "({} {symbol} {})",
                    self.value(left)?,
                    self.value(right)?
                ))
            }
            _ => None,
        }
    }

    fn kind(&self, expr: &Expr) -> Option<DataType> {
        expr.get_type(self.schema).ok()
    }

    fn numbers(&self, left: &Expr, right: &Expr) -> Option<()> {
        let numbers = [self.family(left)?, self.family(right)?];
        (numbers == [Family::Number; 2]).then_some(())
    }

    /// Sums of numbers, and a date some days or months away.
    fn sum(&self, left: &Expr, operator: Operator, right: &Expr) -> Option<String> {
        let symbol = if operator == Operator::Plus { "+" } else { "-" };
        if self.numbers(left, right).is_some() {
            return Some(format!(
                "({} {symbol} {})",
                self.value(left)?,
                self.value(right)?
            ));
        }
        let Expr::Literal(ScalarValue::IntervalMonthDayNano(Some(interval)), _) = right else {
            return None;
        };
        (self.family(left)? == Family::Date && interval.nanoseconds == 0).then_some(())?;
        let sign = if operator == Operator::Plus { 1 } else { -1 };
        let (unit, amount) = match (interval.months, interval.days) {
            (months, 0) => ("month", months),
            (0, days) => ("day", days),
            _ => return None,
        };
        let amount = amount.checked_mul(sign)?;
        Some(format!(
            "date_add('{unit}', {amount}, {})",
            self.value(left)?
        ))
    }

    pub(super) fn compare(&self, left: &Expr, operator: Operator, right: &Expr) -> Option<String> {
        comparable(left, self.schema, right, self.schema)?;
        let symbol = match operator {
            Operator::Eq => "=",
            Operator::NotEq => "<>",
            Operator::Lt => "<",
            Operator::LtEq => "<=",
            Operator::Gt => ">",
            Operator::GtEq => ">=",
            Operator::IsDistinctFrom => "IS DISTINCT FROM",
            Operator::IsNotDistinctFrom => "IS NOT DISTINCT FROM",
            _ => return None,
        };
        if let Some(nanos) = fine(right) {
            return between(&self.value(left)?, operator, nanos);
        }
        if let Some(nanos) = fine(left) {
            return between(&self.value(right)?, operator.swap()?, nanos);
        }
        Some(format!(
            "({} {symbol} {})",
            self.value(left)?,
            self.value(right)?
        ))
    }

    fn in_list(&self, list: &InList) -> Option<String> {
        let text = self.value(&list.expr)?;
        let mut items = Vec::new();
        for item in &list.list {
            comparable(&list.expr, self.schema, item, self.schema)?;
            // No millisecond is equal to an instant between two of them.
            if fine(item).is_none() {
                items.push(self.value(item)?);
            }
        }
        (!items.is_empty()).then_some(())?;
        let word = if list.negated { "NOT IN" } else { "IN" };
        Some(format!("({text} {word} ({}))", items.join(", ")))
    }

    fn like(&self, like: &Like) -> Option<String> {
        (!like.case_insensitive && self.family(&like.expr)? == Family::Text).then_some(())?;
        let pattern = text_of(&like.pattern)?;
        // Without ESCAPE the engine's escape is the backslash, and Trino has none.
        let pattern = Pattern::parse(&pattern, Some(like.escape_char.unwrap_or('\\')));
        let word = if like.negated { "NOT LIKE" } else { "LIKE" };
        Some(format!(
            "({} {word} {})",
            self.value(&like.expr)?,
            trino::like(&pattern)
        ))
    }

    fn case(&self, case: &Case) -> Option<String> {
        let mut text = "(CASE".to_owned();
        if let Some(base) = &case.expr {
            text.push_str(&format!(" {}", self.value(base)?));
        }
        for (when, then) in &case.when_then_expr {
            let when = match &case.expr {
                Some(base) => {
                    comparable(base, self.schema, when, self.schema)?;
                    fine(when).is_none().then_some(())?;
                    self.value(when)?
                }
                None => self.condition(when)?,
            };
            text.push_str(&format!(" WHEN {when} THEN {}", self.value(then)?));
        }
        if let Some(otherwise) = &case.else_expr {
            text.push_str(&format!(" ELSE {}", self.value(otherwise)?));
        }
        text.push_str(" END)");
        Some(text)
    }

    fn cast(&self, cast: &Cast) -> Option<String> {
        let (from, to) = (self.kind(&cast.expr)?, cast.field.data_type());
        let text = self.value(&cast.expr)?;
        let unchanged = || Some(text.clone());
        let cast = |kind: &str| Some(format!("CAST({text} AS {kind})"));
        match (&from, to) {
            (from, to) if family(from)? == Family::Text && family(to)? == Family::Text => {
                unchanged()
            }
            (from, to) if from.is_integer() && to.is_integer() => unchanged(),
            (from, DataType::Decimal128(precision, scale)) if from.is_integer() => {
                let room = i16::from(*precision) - i16::from(*scale);
                (room >= 19).then_some(())?;
                cast(&format!("DECIMAL({precision},{scale})"))
            }
            (DataType::Decimal128(p1, s1), DataType::Decimal128(p2, s2)) => {
                let room = |precision: u8, scale: i8| i16::from(precision) - i16::from(scale);
                (s2 >= s1 && room(*p2, *s2) >= room(*p1, *s1)).then_some(())?;
                cast(&format!("DECIMAL({p2},{s2})"))
            }
            (from, DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8)
                if from.is_integer() || matches!(from, DataType::Date32 | DataType::Boolean) =>
            {
                cast("VARCHAR")
            }
            (DataType::Date32, DataType::Timestamp(_, None)) => cast("TIMESTAMP(3)"),
            (from, DataType::Date32) if family(from)? == Family::Instant => {
                Some(format!("CAST(at_timezone({text}, 'UTC') AS DATE)"))
            }
            (DataType::Timestamp(a, Some(own)), DataType::Timestamp(b, Some(other)))
                if is_utc(own) && is_utc(other) && (b >= a || is_milli(*b)) =>
            {
                unchanged()
            }
            _ => None,
        }
    }
}

fn is_milli(unit: datafusion::arrow::datatypes::TimeUnit) -> bool {
    unit != datafusion::arrow::datatypes::TimeUnit::Second
}

/// A text constant.
pub(super) fn text_of(expr: &Expr) -> Option<Cow<'_, str>> {
    match expr {
        Expr::Literal(
            ScalarValue::Utf8(Some(text))
            | ScalarValue::Utf8View(Some(text))
            | ScalarValue::LargeUtf8(Some(text)),
            _,
        ) => Some(Cow::Borrowed(text)),
        _ => None,
    }
}

/// A whole number.
pub(super) fn integer(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Literal(ScalarValue::Int64(Some(number)), _) => Some(*number),
        Expr::Literal(ScalarValue::Int32(Some(number)), _) => Some((*number).into()),
        Expr::Literal(ScalarValue::UInt64(Some(number)), _) => i64::try_from(*number).ok(),
        _ => None,
    }
}

/// Nanoseconds since 1970 of an instant.
fn nanos(scalar: &ScalarValue) -> Option<i128> {
    match scalar {
        ScalarValue::TimestampSecond(Some(time), Some(_)) => {
            Some(i128::from(*time) * 1_000_000_000)
        }
        ScalarValue::TimestampMillisecond(Some(time), Some(_)) => {
            Some(i128::from(*time) * 1_000_000)
        }
        ScalarValue::TimestampMicrosecond(Some(time), Some(_)) => Some(i128::from(*time) * 1_000),
        ScalarValue::TimestampNanosecond(Some(time), Some(_)) => Some(i128::from(*time)),
        _ => None,
    }
}

/// An instant between two milliseconds, which Data Query's index does not understand.
fn fine(expr: &Expr) -> Option<i128> {
    let Expr::Literal(scalar, _) = expr else {
        return None;
    };
    nanos(scalar).filter(|nanos| nanos.rem_euclid(MILLI) != 0)
}

/// A comparison with an instant between two milliseconds, for values that are whole milliseconds.
fn between(text: &str, operator: Operator, nanos: i128) -> Option<String> {
    let next = instant((nanos.div_euclid(MILLI) + 1) * MILLI)?;
    Some(match operator {
        Operator::Lt | Operator::LtEq => format!("({text} < {next})"),
        Operator::Gt | Operator::GtEq => format!("({text} >= {next})"),
        // Of NULL neither is true.
        Operator::Eq => format!("({text} <> {text})"),
        Operator::NotEq => format!("({text} = {text})"),
        _ => return None,
    })
}

fn instant(nanos: i128) -> Option<String> {
    let micros = i64::try_from(nanos.div_euclid(1_000)).ok()?;
    trino::literal(&Literal::Timestamp(micros))
}

fn literal(scalar: &ScalarValue) -> Option<String> {
    if scalar.is_null() {
        return Some(format!("CAST(NULL AS {})", name_of(&scalar.data_type())?));
    }
    let said = match scalar {
        ScalarValue::Utf8(Some(text))
        | ScalarValue::Utf8View(Some(text))
        | ScalarValue::LargeUtf8(Some(text)) => Literal::Text(text.clone()),
        ScalarValue::Boolean(Some(truth)) => Literal::Bool(*truth),
        ScalarValue::Date32(Some(days)) => Literal::Date(*days),
        ScalarValue::Decimal128(Some(unscaled), _, scale) => {
            Literal::Decimal(Decimal::new(*unscaled, u8::try_from(*scale).ok()?)?)
        }
        ScalarValue::Int8(Some(number)) => Literal::Int((*number).into()),
        ScalarValue::Int16(Some(number)) => Literal::Int((*number).into()),
        ScalarValue::Int32(Some(number)) => Literal::Int((*number).into()),
        ScalarValue::Int64(Some(number)) => Literal::Int(*number),
        ScalarValue::UInt8(Some(number)) => Literal::Int((*number).into()),
        ScalarValue::UInt16(Some(number)) => Literal::Int((*number).into()),
        ScalarValue::UInt32(Some(number)) => Literal::Int((*number).into()),
        ScalarValue::UInt64(Some(number)) => Literal::Int(i64::try_from(*number).ok()?),
        other => {
            return match nanos(other) {
                Some(nanos) if nanos.rem_euclid(MILLI) == 0 => instant(nanos),
                Some(_) => None,
                None => wall(other),
            };
        }
    };
    trino::literal(&said)
}

/// A timestamp without a zone.
fn wall(scalar: &ScalarValue) -> Option<String> {
    let nanos = match scalar {
        ScalarValue::TimestampSecond(Some(time), None) => i128::from(*time) * 1_000_000_000,
        ScalarValue::TimestampMillisecond(Some(time), None) => i128::from(*time) * 1_000_000,
        ScalarValue::TimestampMicrosecond(Some(time), None) => i128::from(*time) * 1_000,
        ScalarValue::TimestampNanosecond(Some(time), None) => i128::from(*time),
        _ => return None,
    };
    (nanos.rem_euclid(MILLI) == 0).then_some(())?;
    let time = DateTime::from_timestamp_millis(i64::try_from(nanos.div_euclid(MILLI)).ok()?)?;
    (1..=9999)
        .contains(&time.year())
        .then(|| format!("TIMESTAMP '{}'", time.format("%Y-%m-%d %H:%M:%S%.3f")))
}

/// Trino's name of a type.
fn name_of(kind: &DataType) -> Option<Cow<'static, str>> {
    Some(match kind {
        DataType::Int32 => "INTEGER".into(),
        DataType::Decimal128(precision, scale) => format!("DECIMAL({precision},{scale})").into(),
        other => match family(other)? {
            Family::Text => "VARCHAR",
            Family::Number => "BIGINT",
            Family::Boolean => "BOOLEAN",
            Family::Date => "DATE",
            Family::Instant => "TIMESTAMP(3) WITH TIME ZONE",
            Family::Wall => "TIMESTAMP(3)",
        }
        .into(),
    })
}
