//! `SELECT TOP n …` and `FETCH FIRST n ROWS ONLY` are a LIMIT.

use datafusion::sql::sqlparser::ast::{
    Expr, Fetch, LimitClause, Query, Select, SetExpr, Top, TopQuantity, Value,
};

use crate::error::{Error, Kind};
use crate::pseudo::query as query_of;

/// Turns TOP and FETCH into LIMIT: of the query, or of one side of a UNION.
///
/// # Errors
/// `Unsupported` for PERCENT and WITH TIES; `Sql` if the query is limited twice.
pub(super) fn limit(query: &mut Query) -> Result<(), Error> {
    if let Some(fetch) = query.fetch.take() {
        fetched(query, fetch)?;
    }
    if let SetExpr::Select(select) = query.body.as_mut() {
        let Some(limit) = taken(select)? else {
            return Ok(());
        };
        if query.limit_clause.is_some() {
            return Err(twice("TOP and LIMIT"));
        }
        query.limit_clause = Some(limit);
        return Ok(());
    }
    side(&mut query.body)
}

/// FETCH is the LIMIT beside an OFFSET.
fn fetched(query: &mut Query, fetch: Fetch) -> Result<(), Error> {
    refuse("FETCH", fetch.with_ties, fetch.percent)?;
    let rows = fetch
        .quantity
        .unwrap_or_else(|| Expr::value(Value::Number("1".to_owned(), false)));
    let clause = query.limit_clause.get_or_insert(LimitClause::LimitOffset {
        limit: None,
        offset: None,
        limit_by: Vec::new(),
    });
    match clause {
        LimitClause::LimitOffset { limit, .. } if limit.is_none() => *limit = Some(rows),
        _ => return Err(twice("FETCH and LIMIT")),
    }
    Ok(())
}

fn twice(what: &str) -> Error {
    Error::new(Kind::Sql, format!("the query has {what}")).with_hint("leave one of them out")
}

fn refuse(clause: &str, with_ties: bool, percent: bool) -> Result<(), Error> {
    let what = match (with_ties, percent) {
        (true, _) => "WITH TIES",
        (_, true) => "PERCENT",
        _ => return Ok(()),
    };
    let message = format!("{clause} … {what} is not supported");
    let plain = if clause == "TOP" { "TOP n" } else { "LIMIT n" };
    Err(Error::new(Kind::Unsupported, message).with_hint(format!(
        "write {plain}, or rank() OVER (ORDER BY …) in a subquery and a filter on it"
    )))
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
    refuse("TOP", with_ties, percent)?;
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
