//! Filters on one table → conditions of the remote languages.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Operator as Symbol};
use zuzen_plan::remote::{Condition, Decimal, Literal, Operator, Pattern, Test};
use zuzen_plan::table::{Column, Table};
use zuzen_plan::value::Type;

use crate::filter::{column, column_first, value};

/// Reads one conjunct; `None` if it cannot be said as a test of one column.
pub(crate) fn condition(expr: &Expr, table: &Table) -> Option<Condition> {
    let of = |column: &Column, test| {
        Some(Condition {
            column: column.name.clone(),
            test,
        })
    };
    match expr {
        Expr::Alias(alias) => condition(&alias.expr, table),
        Expr::BinaryExpr(binary) if binary.op == Symbol::Or => any(binary, table),
        Expr::BinaryExpr(binary) => compared(binary, table),
        Expr::Between(Between {
            expr,
            negated: false,
            low,
            high,
        }) => {
            let column = column(expr, table)?;
            let (low, high) = (literal(low, &column.kind)?, literal(high, &column.kind)?);
            of(column, Test::Between(low, high))
        }
        Expr::InList(list) => {
            let column = column(&list.expr, table)?;
            let values: Option<Vec<Literal>> = list
                .list
                .iter()
                .map(|item| literal(item, &column.kind))
                .collect();
            let test = match list.negated {
                true => Test::NotIn(values?),
                false => Test::In(values?),
            };
            of(column, test)
        }
        Expr::IsNull(inner) => of(column(inner, table)?, Test::IsNull),
        Expr::IsNotNull(inner) => of(column(inner, table)?, Test::IsNotNull),
        Expr::Column(_) => truth(expr, table, true),
        Expr::Not(inner) => truth(inner, table, false),
        Expr::Like(like) if !like.case_insensitive => {
            let column = column(&like.expr, table).filter(|column| column.kind == Type::Text)?;
            let Literal::Text(pattern) = literal(&like.pattern, &Type::Text)? else {
                return None;
            };
            let escape = Some(like.escape_char.unwrap_or('\\'));
            of(
                column,
                Test::Like {
                    pattern: Pattern::parse(&pattern, escape),
                    negated: like.negated,
                },
            )
        }
        _ => None,
    }
}

fn truth(expr: &Expr, table: &Table, wanted: bool) -> Option<Condition> {
    let column = column(expr, table).filter(|column| column.kind == Type::Boolean)?;
    Some(Condition {
        column: column.name.clone(),
        test: Test::Compare(Operator::Equal, Literal::Bool(wanted)),
    })
}

/// An OR of equalities on one column.
fn any(binary: &BinaryExpr, table: &Table) -> Option<Condition> {
    let mut values = Vec::new();
    let mut name: Option<String> = None;
    for side in [&binary.left, &binary.right] {
        let side = condition(side, table)?;
        if *name.get_or_insert_with(|| side.column.clone()) != side.column {
            return None;
        }
        match side.test {
            Test::In(list) => values.extend(list),
            Test::Compare(Operator::Equal, value) => values.push(value),
            _ => return None,
        }
    }
    Some(Condition {
        column: name?,
        test: Test::In(values),
    })
}

fn compared(binary: &BinaryExpr, table: &Table) -> Option<Condition> {
    let (column, other, symbol) = column_first(binary, table)?;
    let value = literal(other, &column.kind)?;
    let operator = match symbol {
        Symbol::Eq => Operator::Equal,
        Symbol::NotEq => Operator::NotEqual,
        Symbol::Lt => Operator::Less,
        Symbol::LtEq => Operator::AtMost,
        Symbol::Gt => Operator::Greater,
        Symbol::GtEq => Operator::AtLeast,
        _ => return None,
    };
    Some(Condition {
        column: column.name.clone(),
        test: Test::Compare(operator, value),
    })
}

fn literal(expr: &Expr, kind: &Type) -> Option<Literal> {
    let Expr::Literal(scalar, _) = expr else {
        return None;
    };
    match (kind, scalar) {
        (Type::Decimal { .. }, ScalarValue::Decimal128(Some(unscaled), _, scale)) => {
            Decimal::new(*unscaled, u8::try_from(*scale).ok()?).map(Literal::Decimal)
        }
        // Whole rows are compared with these as text, or not at all.
        (Type::Json | Type::List(_) | Type::Float64, _) => None,
        _ => value(scalar, kind).as_ref().map(Literal::from),
    }
}
