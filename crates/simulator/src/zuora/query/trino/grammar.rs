//! The part of Trino's grammar that stands around expressions: queries, SELECTs, tables, names. It refuses what other dialects
//! have, and turns names into lower case, because in Trino quotes do not make them tell case apart.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Distinct, ExcludeSelectItem, Expr, GroupByExpr, Ident, JoinConstraint, JoinOperator,
    LimitClause, ObjectName, ObjectNamePart, Offset, OrderByExpr, OrderByKind, Query, Select,
    SelectFlavor, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, Spanned as _, TableAlias,
    TableFactor, TableWithJoins, VisitorMut, visit_expressions,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::statement::{Session, line, mismatched, missing, table_of};
use crate::zuora::account::Object;

/// Words that are no names unless they are quoted.
const RESERVED: &[&str] = &[
    "ALTER",
    "AND",
    "AS",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "CONSTRAINT",
    "CREATE",
    "CROSS",
    "CUBE",
    "CURRENT_DATE",
    "CURRENT_PATH",
    "CURRENT_ROLE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "DEALLOCATE",
    "DELETE",
    "DESCRIBE",
    "DISTINCT",
    "DROP",
    "ELSE",
    "END",
    "ESCAPE",
    "EXCEPT",
    "EXECUTE",
    "EXISTS",
    "EXTRACT",
    "FALSE",
    "FOR",
    "FROM",
    "FULL",
    "GROUP",
    "GROUPING",
    "HAVING",
    "IN",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTO",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "NATURAL",
    "NORMALIZE",
    "NOT",
    "NULL",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "PREPARE",
    "RECURSIVE",
    "RIGHT",
    "ROLLUP",
    "SELECT",
    "TABLE",
    "THEN",
    "TRUE",
    "UESCAPE",
    "UNION",
    "UNNEST",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
    "WITH",
];

/// The table that shows deleted rows too, and that they are.
pub(super) const WITH_DELETED: &str = "$deleted";
/// The column that says so.
pub(in crate::zuora::query) const DELETED: &str = "deleted";

pub(super) type Flow = ControlFlow<String>;

/// A walk over a statement.
#[derive(Debug)]
pub(super) struct Grammar<'a> {
    tables: &'a [String],
    pub(super) session: &'a Session,
    /// Names of WITH.
    views: Vec<String>,
}

/// Takes a name that is allowed, in lower case.
pub(super) fn take(ident: &mut Ident) -> Flow {
    let reserved = RESERVED
        .iter()
        .any(|word| word.eq_ignore_ascii_case(&ident.value));
    if ident.quote_style.is_none() && reserved {
        return ControlFlow::Break(mismatched(ident.span.start, &ident.value));
    }
    ident.value = ident.value.to_lowercase();
    ident.quote_style = Some('"');
    ControlFlow::Continue(())
}

/// Stops at something that is not in the grammar.
pub(super) fn alien(place: Location, what: &str) -> Flow {
    ControlFlow::Break(mismatched(place, what))
}

/// NULL is last whichever way rows are ordered.
pub(super) fn order(items: &mut [OrderByExpr]) -> Flow {
    for item in items {
        if item.with_fill.is_some() {
            return alien(item.expr.span().start, "WITH FILL");
        }
        item.options.nulls_first.get_or_insert(false);
    }
    ControlFlow::Continue(())
}

fn alias(alias: &mut Option<TableAlias>) -> Flow {
    if let Some(alias) = alias {
        take(&mut alias.name)?;
        for column in &mut alias.columns {
            if column.data_type.is_some() {
                return alien(column.name.span.start, &column.name.value);
            }
            take(&mut column.name)?;
        }
    }
    ControlFlow::Continue(())
}

fn parts(name: &ObjectName) -> Vec<String> {
    let idents = name.0.iter().filter_map(ObjectNamePart::as_ident);
    idents.map(|ident| ident.value.to_lowercase()).collect()
}

fn plain(name: &str) -> ObjectName {
    ObjectName(vec![ObjectNamePart::Identifier(Ident::with_quote(
        '"', name,
    ))])
}

/// Whether an expression names the column of deleted rows, of any table or of this one.
fn names_deleted(expr: &Expr, table: &str) -> bool {
    let found = visit_expressions(expr, |expr| {
        let named = match expr {
            Expr::Identifier(ident) => ident.value.eq_ignore_ascii_case(DELETED),
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., owner, column] => {
                    column.value.eq_ignore_ascii_case(DELETED)
                        && owner.value.eq_ignore_ascii_case(table)
                }
                _ => false,
            },
            _ => false,
        };
        if named {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    found.is_break()
}

impl<'a> Grammar<'a> {
    pub(super) fn new(tables: &'a [String], session: &'a Session) -> Self {
        Self {
            tables,
            session,
            views: Vec::new(),
        }
    }

    fn joined(&self, table: &mut TableWithJoins, listed: &[Expr]) -> Flow {
        self.factor(&mut table.relation, listed)?;
        for join in &mut table.joins {
            self.factor(&mut join.relation, listed)?;
            let place = join.relation.span().start;
            let (JoinOperator::Join(constraint)
            | JoinOperator::Inner(constraint)
            | JoinOperator::Left(constraint)
            | JoinOperator::LeftOuter(constraint)
            | JoinOperator::Right(constraint)
            | JoinOperator::RightOuter(constraint)
            | JoinOperator::FullOuter(constraint)
            | JoinOperator::CrossJoin(constraint)) = &mut join.join_operator
            else {
                return alien(place, "JOIN");
            };
            match constraint {
                JoinConstraint::Using(columns) => {
                    for column in columns {
                        let name = parts(column);
                        *column = plain(name.last().map_or("", String::as_str));
                    }
                }
                JoinConstraint::None => {}
                JoinConstraint::On(_) | JoinConstraint::Natural => continue,
            }
            let bare = matches!(constraint, JoinConstraint::None);
            if bare != matches!(join.join_operator, JoinOperator::CrossJoin(_)) {
                return alien(place, "<EOF>");
            }
        }
        ControlFlow::Continue(())
    }

    fn factor(&self, factor: &mut TableFactor, listed: &[Expr]) -> Flow {
        let place = factor.span().start;
        match factor {
            TableFactor::Table {
                name,
                alias: given,
                args: None,
                with_hints,
                version: None,
                with_ordinality: false,
                partitions,
                json_path: None,
                sample: None,
                index_hints,
            } if with_hints.is_empty() && partitions.is_empty() && index_hints.is_empty() => {
                for part in name.0.iter().filter_map(ObjectNamePart::as_ident) {
                    take(&mut part.clone())?;
                }
                alias(given)?;
                let parts = parts(name);
                if let [view] = parts.as_slice()
                    && self.views.contains(view)
                {
                    *name = plain(view);
                    return ControlFlow::Continue(());
                }
                let Some(table) = table_of(&parts).filter(|table| self.tables.contains(table))
                else {
                    return ControlFlow::Break(missing(place, &parts));
                };
                let known = given
                    .as_ref()
                    .map_or(&table, |alias| &alias.name.value)
                    .clone();
                if listed.iter().any(|expr| names_deleted(expr, &known)) {
                    *name = plain(&format!("{table}{WITH_DELETED}"));
                    given.get_or_insert_with(|| TableAlias {
                        explicit: true,
                        name: Ident::with_quote('"', &known),
                        columns: Vec::new(),
                        at: None,
                    });
                } else {
                    *name = plain(&table);
                }
                ControlFlow::Continue(())
            }
            TableFactor::Derived {
                lateral: false,
                alias: given,
                sample: None,
                ..
            } => alias(given),
            TableFactor::NestedJoin {
                table_with_joins,
                alias: None,
            } => self.joined(table_with_joins, listed),
            _ => alien(place, "TABLE"),
        }
    }

    /// Names that exist only in the select list. In Trino neither GROUP BY nor HAVING nor WHERE sees them.
    fn invisible(&self, select: &Select) -> Vec<String> {
        let mut columns = Vec::new();
        for table in &select.from {
            for factor in std::iter::once(&table.relation)
                .chain(table.joins.iter().map(|join| &join.relation))
            {
                let TableFactor::Table { name, .. } = factor else {
                    return Vec::new();
                };
                let named = parts(name);
                let last = named.last().map_or("", String::as_str);
                let Some(object) =
                    Object::of_table(last).filter(|_| !self.views.contains(&last.to_owned()))
                else {
                    return Vec::new();
                };
                columns.extend(object.columns().map(crate::zuora::account::Column::name));
            }
        }
        let aliases = select.projection.iter().filter_map(|item| match item {
            SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.to_lowercase()),
            _ => None,
        });
        aliases
            .filter(|alias| !columns.contains(alias) && alias != DELETED)
            .collect()
    }

    fn clauses(&self, select: &Select) -> Flow {
        let invisible = self.invisible(select);
        if invisible.is_empty() {
            return ControlFlow::Continue(());
        }
        let grouped = match &select.group_by {
            GroupByExpr::Expressions(items, _) => items.as_slice(),
            GroupByExpr::All(_) => &[],
        };
        for expr in grouped
            .iter()
            .chain(&select.having)
            .chain(&select.selection)
        {
            visit_expressions(expr, |expr| match expr {
                Expr::Identifier(ident) if invisible.contains(&ident.value.to_lowercase()) => {
                    let place = line(ident.span.start);
                    ControlFlow::Break(format!(
                        "{place}: Column '{}' cannot be resolved",
                        ident.value.to_lowercase()
                    ))
                }
                _ => ControlFlow::Continue(()),
            })?;
        }
        ControlFlow::Continue(())
    }
}

impl VisitorMut for Grammar<'_> {
    type Break = String;

    fn pre_visit_query(&mut self, query: &mut Query) -> Flow {
        let place = query.span().start;
        let odd = !query.locks.is_empty()
            || query.for_clause.is_some()
            || query.settings.is_some()
            || query.format_clause.is_some()
            || !query.pipe_operators.is_empty();
        if odd {
            return alien(place, "FOR");
        }
        if let Some(with) = &mut query.with {
            if with.recursive {
                return alien(place, "RECURSIVE");
            }
            for view in &mut with.cte_tables {
                if view.from.is_some() || view.materialized.is_some() {
                    return alien(view.alias.name.span.start, "MATERIALIZED");
                }
                take(&mut view.alias.name)?;
                for column in &mut view.alias.columns {
                    take(&mut column.name)?;
                }
                self.views.push(view.alias.name.value.clone());
            }
        }
        match &*query.body {
            SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::SetOperation { .. } => {}
            SetExpr::Values(values) if !values.explicit_row && !values.value_keyword => {}
            _ => return alien(place, "TABLE"),
        }
        if let Some(by) = &mut query.order_by {
            match &mut by.kind {
                OrderByKind::Expressions(items) if by.interpolate.is_none() => order(items)?,
                _ => return alien(place, "ALL"),
            }
        }
        if let Some(fetch) = query.fetch.take() {
            if fetch.with_ties || fetch.percent {
                return alien(place, "WITH");
            }
            let offset = match query.limit_clause.take() {
                None => None,
                Some(LimitClause::LimitOffset {
                    limit: None,
                    offset,
                    limit_by,
                }) if limit_by.is_empty() => offset,
                Some(_) => return alien(place, "FETCH"),
            };
            let limit = fetch.quantity.or_else(|| Some(Expr::value(number("1"))));
            query.limit_clause = Some(LimitClause::LimitOffset {
                limit,
                offset,
                limit_by: Vec::new(),
            });
        }
        match &query.limit_clause {
            None => ControlFlow::Continue(()),
            Some(LimitClause::LimitOffset {
                limit,
                offset,
                limit_by,
            }) if limit_by.is_empty() => limits(limit.as_ref(), offset.as_ref()),
            Some(_) => alien(place, "LIMIT"),
        }
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> Flow {
        let place = select.span().start;
        let odd = matches!(select.distinct, Some(Distinct::On(_)))
            || !select.optimizer_hints.is_empty()
            || select.select_modifiers.is_some()
            || select.top.is_some()
            || select.exclude.is_some()
            || select.into.is_some()
            || !select.lateral_views.is_empty()
            || select.prewhere.is_some()
            || !select.connect_by.is_empty()
            || !select.cluster_by.is_empty()
            || !select.distribute_by.is_empty()
            || !select.sort_by.is_empty()
            || !select.named_window.is_empty()
            || select.qualify.is_some()
            || select.value_table_mode.is_some()
            || select.flavor != SelectFlavor::Standard
            || select.projection.is_empty();
        if odd {
            return alien(place, "SELECT");
        }
        match &select.group_by {
            GroupByExpr::Expressions(_, modifiers) if modifiers.is_empty() => {}
            _ => return alien(place, "ALL"),
        }
        self.clauses(select)?;
        let mut listed = Vec::new();
        let mut wild = Vec::new();
        for item in &mut select.projection {
            match item {
                SelectItem::UnnamedExpr(expr) => listed.push(expr.clone()),
                SelectItem::ExprWithAlias { expr, alias } => {
                    take(alias)?;
                    listed.push(expr.clone());
                }
                SelectItem::Wildcard(options) => wild.push(options),
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    options,
                ) => {
                    let named = parts(name);
                    *name = plain(named.last().map_or("", String::as_str));
                    wild.push(options);
                }
                _ => return alien(place, "SELECT"),
            }
        }
        for table in &mut select.from {
            self.joined(table, &listed)?;
        }
        for options in wild {
            let odd = options.opt_ilike.is_some()
                || options.opt_exclude.is_some()
                || options.opt_except.is_some()
                || options.opt_replace.is_some()
                || options.opt_rename.is_some();
            if odd {
                return alien(place, "EXCEPT");
            }
            if listed.iter().any(|expr| names_deleted(expr, "")) {
                options.opt_exclude = Some(ExcludeSelectItem::Single(plain(DELETED)));
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> Flow {
        self.check(expr)
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> Flow {
        self.rewrite(expr)
    }
}

pub(super) fn number(digits: &str) -> datafusion::sql::sqlparser::ast::Value {
    datafusion::sql::sqlparser::ast::Value::Number(digits.to_owned(), false)
}

/// OFFSET comes first, and both are whole numbers.
fn limits(limit: Option<&Expr>, offset: Option<&Offset>) -> Flow {
    for expr in limit.into_iter().chain(offset.map(|offset| &offset.value)) {
        let text = expr.to_string();
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return alien(expr.span().start, &text);
        }
    }
    if let (Some(limit), Some(offset)) = (limit, offset) {
        let (first, second) = (offset.value.span().start, limit.span().start);
        // A limit that was made here has no place.
        if second.line > 0 && first > second {
            return alien(first, "OFFSET");
        }
    }
    ControlFlow::Continue(())
}
