//! `SELECT TOP n …` is a LIMIT.

use datafusion::sql::sqlparser::ast::{
    Expr, LimitClause, Query, Select, SetExpr, Top, TopQuantity, Value,
};

use crate::error::{Error, Kind};
use crate::pseudo::query as query_of;

/// Turns TOP into LIMIT: of the query, or of one side of a UNION.
///
/// # Errors
/// `Unsupported` for PERCENT and WITH TIES; `Sql` if the query is limited twice.
pub(super) fn limit(query: &mut Query) -> Result<(), Error> {
    if let SetExpr::Select(select) = query.body.as_mut() {
        let Some(limit) = taken(select)? else {
            return Ok(());
        };
        if query.limit_clause.is_some() || query.fetch.is_some() {
            return Err(Error::new(Kind::Sql, "the query has TOP and LIMIT")
                .with_hint("leave one of them out"));
        }
        query.limit_clause = Some(limit);
        return Ok(());
    }
    side(&mut query.body)
}

fn side(body: &mut SetExpr) -> Result<(), Error> {
    match body {
        SetExpr::SetOperation { left, right, .. } => {
            side(left)?;
            side(right)
        }
        SetExpr::Select(select) => {
            if let Some(limit) = taken(select)? {
                let mut limited = query_of(None, SetExpr::Select(select.clone()));
                limited.limit_clause = Some(limit);
                *body = SetExpr::Query(Box::new(limited));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn taken(select: &mut Select) -> Result<Option<LimitClause>, Error> {
    let Some(Top {
        with_ties,
        percent,
        quantity,
    }) = select.top.take()
    else {
        return Ok(None);
    };
    let refused = match (with_ties, percent) {
        (true, _) => Some("TOP … WITH TIES"),
        (_, true) => Some("TOP … PERCENT"),
        _ => None,
    };
    if let Some(what) = refused {
        return Err(
            Error::new(Kind::Unsupported, format!("{what} is not supported")).with_hint(
                "write TOP n, or rank() OVER (ORDER BY …) in a subquery and a filter on it",
            ),
        );
    }
    let limit = match quantity {
        Some(TopQuantity::Constant(rows)) => Expr::value(Value::Number(rows.to_string(), false)),
        Some(TopQuantity::Expr(rows)) => rows,
        None => return Ok(None),
    };
    Ok(Some(LimitClause::LimitOffset {
        limit: Some(limit),
        offset: None,
        limit_by: Vec::new(),
    }))
}
