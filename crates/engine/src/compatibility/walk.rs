//! One walk over what the parser has read, in which every query, call and comparison is put in the planner's words.
//!
//! It runs after placeholders have been named, because arguments may be put in twice. Columns that had no name are called
//! by what was written: [`super::headings`].

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, Expr, Query, Select, SetExpr, Statement as Ast, UnaryOperator, Value,
    VisitMut, VisitorMut,
};

use super::definition::{Definition, arguments, function_name};
use super::headings::{Heading, Place, headings, mentioned, name};
use super::{dates, deleted, like, literals, numbers, texts, top, with_deleted};
use crate::connection::Connection;
use crate::error::Error;
use crate::lenient::{each_statement, fold, known_as};

/// What a statement is read in.
#[derive(Clone, Copy)]
pub(crate) struct Session<'a> {
    pub(crate) connections: &'a [Arc<Connection>],
    pub(crate) default_schema: &'a str,
    pub(crate) weeks_begin_on_monday: bool,
}

/// Puts a statement in words that the planner knows.
///
/// # Errors
/// `Sql` and `Unsupported`, each with what to write instead.
pub(crate) fn translate(parsed: &mut Parsed, session: Session<'_>) -> Result<(), Error> {
    let mut outcome = Ok(());
    each_statement(parsed, &mut |ast| {
        let mut walk = Walk {
            session,
            shown: matches!(ast, Ast::Query(_)),
            around: Vec::new(),
            inside: 0,
            headings: Vec::new(),
            named: BTreeSet::new(),
        };
        if let ControlFlow::Break(error) = ast.visit(&mut walk) {
            outcome = Err(error);
        } else if let Err(error) = literals::refuse(ast) {
            outcome = Err(error);
        }
    });
    outcome
}

struct Walk<'a> {
    session: Session<'a>,
    /// Whether the statement is a query, whose rows are shown.
    shown: bool,
    /// The queries around: what their columns are, and the columns that their ORDER BY mentions.
    around: Vec<(Place, BTreeSet<String>)>,
    /// Expressions around that hold a query.
    inside: usize,
    /// What columns of the SELECTs around are called.
    headings: Vec<Vec<Heading>>,
    /// The queries that WITH has named so far.
    named: BTreeSet<String>,
}

impl Walk<'_> {
    fn definition(&self, name: &str) -> Option<&'static Definition> {
        let name = match name {
            "fdweek" | "ldweek" if self.session.weeks_begin_on_monday => {
                return dates::MONDAYS.iter().find(|known| known.name == name);
            }
            name => name,
        };
        let mut all = [texts::DEFINITIONS, dates::DEFINITIONS, numbers::DEFINITIONS]
            .into_iter()
            .flatten();
        all.find(|known| known.name == name)
    }

    fn expression(&self, expr: &mut Expr) -> Result<(), Error> {
        literals::compare(expr);
        like::escape(expr)?;
        match expr {
            Expr::Function(_) => {
                let Some(name) = function_name(expr) else {
                    return Ok(());
                };
                if let Some(definition) = self.definition(&name)
                    && let Some(arguments) = arguments(expr)
                    && let Some(new) = definition.apply(arguments)?
                {
                    *expr = new;
                }
            }
            Expr::Convert {
                is_try,
                expr: value,
                data_type: Some(data_type),
                charset: None,
                styles,
                ..
            } if styles.is_empty() => {
                *expr = Expr::Cast {
                    kind: if *is_try {
                        CastKind::TryCast
                    } else {
                        CastKind::Cast
                    },
                    expr: value.clone(),
                    data_type: data_type.clone(),
                    array: false,
                    format: None,
                };
            }
            Expr::BinaryOp { left, op, right } => {
                if let Some(new) = answered(left, op, right) {
                    *expr = new;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// `CONTAINS(a, b) = 1` is `CONTAINS(a, b)`: what answers yes or no is compared with 1 and 0 elsewhere.
fn answered(left: &Expr, op: &BinaryOperator, right: &Expr) -> Option<Expr> {
    let is_no = match right {
        Expr::Value(value) => match &value.value {
            Value::Number(number, false) if number == "1" => false,
            Value::Number(number, false) if number == "0" => true,
            _ => return None,
        },
        _ => return None,
    };
    if !texts::is_question(left) {
        return None;
    }
    let is_no = match op {
        BinaryOperator::Eq => is_no,
        BinaryOperator::NotEq => !is_no,
        _ => return None,
    };
    Some(match is_no {
        false => left.clone(),
        true => Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr: Box::new(left.clone()),
        },
    })
}

fn holds_query(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. }
    )
}

fn stop(outcome: Result<(), Error>) -> ControlFlow<Error> {
    match outcome {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => ControlFlow::Break(error),
    }
}

impl VisitorMut for Walk<'_> {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Error> {
        let tables = query.with.iter().flat_map(|with| &with.cte_tables);
        self.named
            .extend(tables.map(|table| fold(&known_as(&table.alias.name))));
        let is_statement = self.shown && self.around.is_empty();
        let place = match query.body.as_ref() {
            _ if self.inside > 0 => Place::Expression,
            SetExpr::Select(_) if is_statement => Place::Shown,
            _ => Place::Table,
        };
        self.around.push((place, mentioned(&query.order_by)));
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Error> {
        stop(deleted::select(
            select,
            self.session.connections,
            self.session.default_schema,
        ))?;
        with_deleted::select(
            select,
            self.session.connections,
            self.session.default_schema,
            &self.named,
        );
        self.headings.push(headings(select));
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<Error> {
        if let Some(headings) = self.headings.pop()
            && let Some((place, sorted)) = self.around.last()
        {
            name(select, headings, *place, sorted);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<Error> {
        self.around.pop();
        stop(top::limit(query))
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        self.inside += usize::from(holds_query(expr));
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        self.inside -= usize::from(holds_query(expr));
        stop(self.expression(expr))
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::parser::DFParserBuilder;

    use super::*;

    fn translated(sql: &str) -> Result<String, Error> {
        let sql = crate::compatibility::respell(sql);
        let mut parsed = DFParserBuilder::new(&*sql)
            .build()
            .unwrap()
            .parse_statement()
            .unwrap();
        let session = Session {
            connections: &[],
            default_schema: "public",
            weeks_begin_on_monday: false,
        };
        translate(&mut parsed, session)?;
        Ok(parsed.to_string())
    }

    #[test]
    fn statements_are_put_in_the_planners_words() {
        for (sql, expected) in [
            (
                "SELECT TOP 5 a FROM t ORDER BY b",
                "SELECT a FROM t ORDER BY b LIMIT 5",
            ),
            (
                "SELECT DISTINCT TOP (2 + 3) a FROM t",
                "SELECT DISTINCT a FROM t LIMIT 2 + 3",
            ),
            (
                "SELECT TOP 1 a FROM t UNION ALL SELECT a FROM (SELECT TOP 2 a FROM u) x",
                "(SELECT a FROM t LIMIT 1) UNION ALL SELECT a FROM (SELECT a FROM u LIMIT 2) x",
            ),
            (
                "SELECT LEN(a) FROM t",
                "SELECT character_length(a) AS \"LEN(a)\" FROM t",
            ),
            (
                "SELECT LEN(a) AS n FROM t",
                "SELECT character_length(a) AS n FROM t",
            ),
            (
                "SELECT year(a) FROM t GROUP BY year(a)",
                "SELECT date_part('year', a) AS \"year(a)\" FROM t GROUP BY date_part('year', a)",
            ),
            (
                "SELECT a FROM t WHERE CONTAINS(a, 'x') = 1 AND ENDSWITH(a, 'y') <> 1",
                "SELECT a FROM t WHERE CONTAINS(a, 'x') AND NOT ends_with(a, 'y')",
            ),
            (
                "SELECT a FROM t WHERE d >= DATEADD(day, -1, GETDATE()) AND CONVERT(a, INT) = 1",
                "SELECT a FROM t WHERE d >= (now() + interval_of('day', (-1))) AND CAST(a AS INT) = 1",
            ),
            (
                "SELECT DATE_TRUNC('2005-05-04', 'YY') AS a, DATE_TRUNC('month', b) AS b",
                "SELECT date_trunc('year', CAST('2005-05-04' AS TIMESTAMP(6))) AS a, DATE_TRUNC('month', b) AS b",
            ),
            (
                "EXPLAIN SELECT a FROM t WHERE d = L_TODAY()",
                "EXPLAIN SELECT a FROM t WHERE (d >= l_first_day('l_today') AND d < l_day_after('l_today'))",
            ),
            (
                "SELECT count(DISTINCT a), \"top\" FROM t",
                "SELECT count(DISTINCT a) AS \"count(DISTINCT a)\", \"top\" FROM t",
            ),
            (
                "SELECT a FROM t OFFSET 5 ROWS FETCH NEXT 2 ROWS ONLY",
                "SELECT a FROM t LIMIT 2 OFFSET 5 ROWS",
            ),
            (
                "SELECT a FROM t WHERE b LIKE '!%c:\\%' ESCAPE '!' AND c NOT ILIKE '#_' ESCAPE '#'",
                "SELECT a FROM t WHERE b LIKE '\\%c:\\\\%' AND c NOT ILIKE '\\_'",
            ),
        ] {
            let found = translated(sql).unwrap();
            let squeezed = |text: &str| text.replace("((", "(").replace("))", ")");
            assert_eq!(squeezed(&found), squeezed(expected), "{sql}: {found}");
        }
    }

    #[test]
    fn columns_get_names_that_differ() {
        for (items, expected) in [
            ("a, a::DATE", "a, a::DATE AS \"a_2\""),
            ("CAST(a AS INT), t.a", "CAST(a AS INT) AS \"a_2\", t.a"),
            ("a::DATE", "a::DATE AS \"a\""),
            ("*, a::DATE", "*, a::DATE AS \"a_2\""),
            ("a, a", "a, a AS \"a_2\""),
            ("a, b AS a", "a AS \"a_2\", b AS a"),
            ("t.a, u.a", "t.a, u.a"),
            ("count(*), COUNT(*)", "count(*), COUNT(*) AS \"count(*)_2\""),
            ("1, 1", "1 AS \"1\", 1 AS \"1_2\""),
            (
                "(SELECT max(b) FROM u), max(b)",
                "(SELECT max(b) FROM u) AS \"max(b)\", max(b) AS \"max(b)_2\"",
            ),
            (
                "x FROM (SELECT t.a, u.a, 1) AS v",
                "x FROM (SELECT t.a, u.a AS \"a_2\", 1 AS \"1\") AS v",
            ),
            (
                "a::DATE FROM t ORDER BY a",
                "a::DATE AS \"a::DATE\" FROM t ORDER BY a",
            ),
            (
                "unnest(unnest(a)), unnest(b)",
                "unnest(unnest(a)), unnest(b) AS \"unnest(b)\"",
            ),
        ] {
            let found = translated(&format!("SELECT {items}")).unwrap();
            assert_eq!(found, format!("SELECT {expected}"), "{items}");
        }
    }

    #[test]
    fn literals_fit_every_comparison() {
        for (condition, expected) in [
            ("d <> L_TODAY()", "d < F OR d >= A"),
            ("d != (L_TODAY())", "d < F OR d >= A"),
            ("d < L_TODAY()", "d < F"),
            ("d <= L_TODAY()", "d < A"),
            ("d > L_TODAY()", "d >= A"),
            ("d >= L_TODAY()", "d >= F"),
            ("L_TODAY() < d", "d >= A"),
            ("L_TODAY() <= d", "d >= F"),
            ("L_TODAY() = d", "d >= F AND d < A"),
            (
                "d BETWEEN L_TODAY() AND '2025-01-01'",
                "d >= F AND d <= '2025-01-01'",
            ),
            (
                "d BETWEEN '2025-01-01' AND L_TODAY()",
                "d >= '2025-01-01' AND d < A",
            ),
            ("d NOT BETWEEN L_TODAY() AND L_TODAY()", "d < F OR d >= A"),
            (
                "d IN (L_TODAY(), '2025-01-01')",
                "(d >= F AND d < A) OR (d IN ('2025-01-01'))",
            ),
            ("d NOT IN (L_TODAY())", "NOT (d >= F AND d < A)"),
        ] {
            let sql = format!("SELECT a FROM t WHERE {condition}");
            let found = translated(&sql).unwrap();
            let found = found
                .replace("l_first_day('l_today')", "F")
                .replace("l_day_after('l_today')", "A");
            assert_eq!(
                found,
                format!("SELECT a FROM t WHERE ({expected})"),
                "{condition}"
            );
        }
        let simple = "SELECT CASE d WHEN L_TODAY() THEN 1 WHEN '2025-01-01' THEN 2 END AS n FROM t";
        let found = translated(simple).unwrap();
        assert_eq!(
            found,
            "SELECT CASE WHEN d >= l_first_day('l_today') AND d < l_day_after('l_today') THEN 1 WHEN d = '2025-01-01' THEN 2 END AS n FROM t"
        );
    }

    #[test]
    fn what_has_no_meaning_is_refused_with_what_has() {
        for (sql, message, hint) in [
            (
                "SELECT L_LAST_WEEK()",
                "L_LAST_WEEK() names a range of days",
                "created_at = L_LAST_WEEK()",
            ),
            (
                "SELECT a FROM t WHERE d + 1 = L_TODAY(1)",
                "L_TODAY takes nothing",
                "L_TODAY()",
            ),
            (
                "SELECT a FROM t WHERE d = L_LAST_N_DAYS()",
                "L_LAST_N_DAYS takes one",
                "L_LAST_N_DAYS(7)",
            ),
            (
                "SELECT a FROM t WHERE d = L_LAST_N_WEKS(1)",
                "there is no date literal L_LAST_N_WEKS",
                "L_LAST_N_WEEKS",
            ),
            (
                "SELECT a FROM t WHERE L_TODAY() = L_TOMORROW()",
                "L_TODAY() names a range",
                "created_at",
            ),
            (
                "SELECT a FROM t WHERE d LIKE L_TODAY()",
                "L_TODAY() names a range",
                "created_at",
            ),
            ("SELECT TOP 5 PERCENT a FROM t", "TOP … PERCENT", "TOP n"),
            (
                "SELECT TOP 5 WITH TIES a FROM t",
                "TOP … WITH TIES",
                "rank()",
            ),
            (
                "SELECT TOP 5 a FROM t LIMIT 3",
                "TOP and LIMIT",
                "one of them",
            ),
            (
                "SELECT LEN(a, b) FROM t",
                "LEN takes 1 arguments, not 2",
                "docs/sql-compatibility.md",
            ),
            (
                "SELECT FILESIZE(a) FROM t",
                "there is no function FILESIZE",
                "files of this machine",
            ),
            (
                "SELECT DATEADD('fortnight', 1, d) FROM t",
                "no part of a date `fortnight`",
                "week",
            ),
            (
                "SELECT DATE_TRUNC(d, 'DY') FROM t",
                "cannot cut at `dy`",
                "FDWEEK",
            ),
            ("GETDELETED FROM a, b", "GETDELETED reads one table", "JOIN"),
        ] {
            let error = translated(sql).unwrap_err();
            assert!(error.message().contains(message), "{sql}: {error}");
            assert!(
                error.hint().is_some_and(|told| told.contains(hint)),
                "{sql}: {error}"
            );
        }
    }
}
