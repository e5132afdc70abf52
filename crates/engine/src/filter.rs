//! DataFusion's filters → [`Predicate`]: logical expressions of WHERE, and the keys inside hash-join filters.
//!
//! What cannot be said as a predicate is simply not translated; DataFusion then keeps it to itself.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Operator};
use zuzen_plan::decimal::Decimal;
use zuzen_plan::predicate::{Comparison, Predicate, Test};
use zuzen_plan::table::{Column, Table};
use zuzen_plan::value::{MICROS, Type, Value};

/// Microseconds in a day.
const DAY: i64 = 86_400 * MICROS;

/// Reads one conjunct; several predicates if it says several things (BETWEEN). `None` if it cannot be said.
pub(crate) fn predicates(expr: &Expr, table: &Table) -> Option<Vec<Predicate>> {
    match expr {
        Expr::Between(Between {
            expr,
            negated: false,
            low,
            high,
        }) => {
            let column = column(expr, table)?;
            let low = literal(low, &column.kind)?;
            let high = literal(high, &column.kind)?;
            Some(vec![
                Predicate::compare(&column.name, Comparison::AtLeast, low),
                Predicate::compare(&column.name, Comparison::AtMost, high),
            ])
        }
        other => predicate(other, table).map(|predicate| vec![predicate]),
    }
}

fn predicate(expr: &Expr, table: &Table) -> Option<Predicate> {
    let test = |column: &Column, test| Predicate {
        column: column.name.clone(),
        test,
    };
    match expr {
        Expr::Alias(alias) => predicate(&alias.expr, table),
        Expr::BinaryExpr(binary) if binary.op == Operator::Or => {
            let mut column = None;
            let mut values = Vec::new();
            for side in [&binary.left, &binary.right] {
                let predicate = predicate(side, table)?;
                let Test::In(found) = predicate.test else {
                    return None;
                };
                if *column.get_or_insert_with(|| predicate.column.clone()) != predicate.column {
                    return None;
                }
                values.extend(found);
            }
            Some(Predicate::in_values(&column?, values))
        }
        Expr::BinaryExpr(binary) => comparison(binary, table),
        Expr::InList(list) => {
            let column = column(&list.expr, table)?;
            let values: Option<Vec<Value>> = list
                .list
                .iter()
                .map(|item| literal(item, &column.kind))
                .collect();
            let all = Predicate::in_values(&column.name, values?);
            match (list.negated, all.test) {
                (false, Test::In(values)) => Some(test(column, Test::In(values))),
                (true, Test::In(values)) => Some(test(column, Test::NotIn(values))),
                _ => None,
            }
        }
        Expr::IsNull(inner) => column(inner, table).map(|column| test(column, Test::IsNull)),
        Expr::IsNotNull(inner) => column(inner, table).map(|column| test(column, Test::IsNotNull)),
        Expr::Column(_) => {
            let column = column(expr, table).filter(|column| column.kind == Type::Boolean)?;
            Some(test(column, Test::In(vec![Value::Bool(true)])))
        }
        Expr::Not(inner) => {
            let column = column(inner, table).filter(|column| column.kind == Type::Boolean)?;
            Some(test(column, Test::In(vec![Value::Bool(false)])))
        }
        Expr::ScalarFunction(call) if call.name() == "array_has" => {
            let [list, item] = call.args.as_slice() else {
                return None;
            };
            let column = column(list, table)?;
            let Type::List(kind) = &column.kind else {
                return None;
            };
            Some(test(column, Test::Has(literal(item, kind)?)))
        }
        _ => None,
    }
}

fn comparison(binary: &BinaryExpr, table: &Table) -> Option<Predicate> {
    let (column, other, operator) = column_first(binary, table)?;
    let value = literal(other, &column.kind)?;
    let test = match operator {
        Operator::Eq => Test::In(vec![value]),
        Operator::NotEq => Test::NotIn(vec![value]),
        Operator::Lt => Test::Compare(Comparison::Less, value),
        Operator::LtEq => Test::Compare(Comparison::AtMost, value),
        Operator::Gt => Test::Compare(Comparison::Greater, value),
        Operator::GtEq => Test::Compare(Comparison::AtLeast, value),
        _ => return None,
    };
    Some(Predicate {
        column: column.name.clone(),
        test,
    })
}

/// A comparison of a column, turned so that the column stands on the left: the column, the other side, the operator.
pub(crate) fn column_first<'a>(
    binary: &'a BinaryExpr,
    table: &'a Table,
) -> Option<(&'a Column, &'a Expr, Operator)> {
    match column(&binary.left, table) {
        Some(found) => Some((found, &binary.right, binary.op)),
        None => Some((
            column(&binary.right, table)?,
            &binary.left,
            binary.op.swap()?,
        )),
    }
}

/// The column of the table that an expression is; `None` if it is anything else.
pub(crate) fn column<'a>(expr: &Expr, table: &'a Table) -> Option<&'a Column> {
    match expr {
        Expr::Column(column) => table.column(&column.name),
        _ => None,
    }
}

fn literal(expr: &Expr, kind: &Type) -> Option<Value> {
    match expr {
        Expr::Literal(ScalarValue::Decimal128(Some(unscaled), _, scale), _)
            if matches!(kind, Type::Decimal { .. }) =>
        {
            let scale = u8::try_from(*scale).ok()?;
            Decimal::new(*unscaled, scale).map(Value::Decimal)
        }
        Expr::Literal(scalar, _) => value(scalar, kind),
        _ => None,
    }
}

/// A scalar as a value of a column's type; `None` for NULL and for what does not fit.
pub(crate) fn value(scalar: &ScalarValue, kind: &Type) -> Option<Value> {
    let instant = |amount: i64, per_second: i64| match per_second {
        1_000_000_000 => Some(Value::Timestamp(amount.div_euclid(1_000))),
        per_second => amount
            .checked_mul(MICROS / per_second)
            .map(Value::Timestamp),
    };
    match (kind, scalar) {
        (Type::Int64, ScalarValue::Int64(number)) => number.map(Value::Int),
        (Type::Int64, ScalarValue::Int32(number)) => number.map(|number| Value::Int(number.into())),
        (Type::Float64, ScalarValue::Float64(number)) => number.map(Value::Float),
        (
            Type::Text,
            ScalarValue::Utf8(text) | ScalarValue::LargeUtf8(text) | ScalarValue::Utf8View(text),
        ) => text.clone().map(Value::Text),
        (Type::Boolean, ScalarValue::Boolean(truth)) => truth.map(Value::Bool),
        (Type::Date, ScalarValue::Date32(days)) => days.map(Value::Date),
        (Type::Timestamp, ScalarValue::TimestampSecond(time, _)) => instant((*time)?, 1),
        (Type::Timestamp, ScalarValue::TimestampMillisecond(time, _)) => instant((*time)?, 1_000),
        (Type::Timestamp, ScalarValue::TimestampMicrosecond(time, _)) => instant((*time)?, MICROS),
        // A finer literal is not equal to any microsecond; comparisons with it are left to the engine.
        (Type::Timestamp, ScalarValue::TimestampNanosecond(time, _)) if (*time)? % 1_000 == 0 => {
            instant((*time)?, 1_000_000_000)
        }
        (Type::Timestamp, ScalarValue::Date32(days)) => {
            Some(Value::Timestamp(i64::from((*days)?) * DAY))
        }
        (_, ScalarValue::Dictionary(_, inner)) => value(inner, kind),
        _ => None,
    }
}
