//! Columns that are not part of `*`: shown to a statement that names them, and left out of its wildcards.
//!
//! A statement is planned without them first, so a name that means something without them keeps that meaning; only
//! what the planner then misses is shown. It refuses NATURAL JOIN over such a table: it would join on them too.

use std::collections::{BTreeSet, VecDeque};
use std::ops::ControlFlow;

use datafusion::common::{SchemaError, TableReference};
use datafusion::error::DataFusionError;
use datafusion::execution::session_state::SessionState;
use datafusion::sql::parser::{CopyToSource, Statement as Parsed};
use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    Cte, ExcludeSelectItem, Expr, GroupByExpr, Ident, JoinConstraint, JoinOperator, ObjectName,
    ObjectNamePart, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
    Statement as Ast, TableAlias, TableFactor, TableWithJoins, VisitMut, VisitorMut,
    WildcardAdditionalOptions, With,
};

use crate::catalog::ConnectionSchema;
use crate::catalogue::NamedTable;
use crate::child::has_raw;
use crate::error::{Error, Kind};
use crate::lenient::known_as;
use crate::table::RAW;

/// The one column not yet shown that fits the name which `error` reports as unknown, in the tables that the statement
/// names: what is left out of one table's `*` may be a column like any other in another, or be spelt differently.
pub(crate) fn missed(
    error: &DataFusionError,
    named: &[NamedTable],
    shown: &BTreeSet<String>,
    fits: impl Fn(&str, &str) -> bool,
) -> Option<String> {
    let DataFusionError::SchemaError(schema, _) = error.find_root() else {
        return None;
    };
    let SchemaError::FieldNotFound { field, .. } = schema.as_ref() else {
        return None;
    };
    let columns = named.iter().flat_map(|named| &named.table.columns);
    let raw = named
        .iter()
        .any(|named| has_raw(&named.connection, &named.table));
    let names: BTreeSet<&str> = columns
        .filter(|column| column.pseudo)
        .map(|column| column.name.as_str())
        .chain(raw.then_some(RAW))
        .filter(|name| !shown.contains(*name) && fits(name, &field.name))
        .collect();
    match names.into_iter().collect::<Vec<_>>().as_slice() {
        [name] => Some((*name).to_owned()),
        _ => None,
    }
}

/// Leaves the columns that `state` shows beyond `*` out of the wildcards of a statement.
pub(crate) async fn leave_out(parsed: &mut Parsed, state: &SessionState) -> Result<(), Error> {
    let mut walk = Walk::new(state, 0, None);
    loop {
        match visit(parsed, &mut walk) {
            ControlFlow::Continue(()) => return Ok(()),
            ControlFlow::Break(Stop::Refuse(error)) => return Err(error),
            ControlFlow::Break(Stop::Ask(place, query)) => {
                let asked = Parsed::Statement(Box::new(Ast::Query(query)));
                // What fails here fails again, and is worded, when the whole statement is planned.
                let plan = state.statement_to_plan(asked).await.ok();
                let columns = plan.map(|plan| {
                    let columns = plan.schema().iter();
                    columns
                        .map(|(table, field)| (table.cloned(), field.name().clone()))
                        .collect()
                });
                walk = Walk::new(state, place, Some(columns));
            }
        }
    }
}

fn visit(parsed: &mut Parsed, walk: &mut Walk<'_>) -> ControlFlow<Stop> {
    match parsed {
        Parsed::Statement(ast) => ast.visit(walk),
        Parsed::Explain(explain) => visit(&mut explain.statement, walk),
        Parsed::CopyTo(copy) => match &mut copy.source {
            CopyToSource::Query(query) => query.visit(walk),
            CopyToSource::Relation(_) => ControlFlow::Continue(()),
        },
        _ => ControlFlow::Continue(()),
    }
}

/// A column of FROM as the planner names it.
type Named = (Option<TableReference>, String);

/// Why the walk stops before its end.
enum Stop {
    /// What `*` of this SELECT holds must be asked of the planner.
    Ask(usize, Box<Query>),
    Refuse(Error),
}

/// A query around the place where the walk is.
struct Enclosing {
    recursive: bool,
    /// Those of its WITH that come later; the first is being walked.
    later: VecDeque<Cte>,
    /// Those that may be named by now, their wildcards already narrow.
    ready: Vec<Cte>,
}

impl Enclosing {
    fn names(&self, table: &str) -> bool {
        let own = self.later.front().filter(|_| self.recursive);
        let mut known = self.ready.iter().chain(own);
        known.any(|cte| known_as(&cte.alias.name) == table)
    }
}

/// One relation of FROM.
struct Relation {
    name: Option<String>,
    /// Its columns that are not part of `*`.
    beyond: Vec<String>,
}

/// Walks from the innermost SELECT outwards, in the order in which they are written.
struct Walk<'a> {
    state: &'a SessionState,
    around: Vec<Enclosing>,
    seen: usize,
    /// SELECTs before this one are done.
    next: usize,
    /// What the planner says `*` of the next one holds; nothing inside if it could not say.
    answer: Option<Option<Vec<Named>>>,
}

impl<'a> Walk<'a> {
    fn new(state: &'a SessionState, next: usize, answer: Option<Option<Vec<Named>>>) -> Self {
        Self {
            state,
            around: Vec::new(),
            seen: 0,
            next,
            answer,
        }
    }

    fn beyond(&self, name: &ObjectName) -> Vec<String> {
        let parts: Option<Vec<String>> = name
            .0
            .iter()
            .map(|part| part.as_ident().map(known_as))
            .collect();
        let defaults = &self.state.config_options().catalog;
        let (catalog, schema, table) = match parts.as_deref() {
            Some([table]) if self.around.iter().any(|query| query.names(table)) => {
                return Vec::new();
            }
            Some([table]) => (&defaults.default_catalog, &defaults.default_schema, table),
            Some([schema, table]) => (&defaults.default_catalog, schema, table),
            Some([catalog, schema, table]) => (catalog, schema, table),
            _ => return Vec::new(),
        };
        let catalog = self.state.catalog_list().catalog(catalog);
        let schema = catalog.and_then(|catalog| catalog.schema(schema));
        let ours = schema
            .as_ref()
            .and_then(|schema| schema.downcast_ref::<ConnectionSchema>());
        ours.map(|schema| schema.beyond_wildcard(table))
            .unwrap_or_default()
    }

    fn relations(&self, from: &TableWithJoins) -> Vec<Relation> {
        let factors = std::iter::once(&from.relation);
        let factors = factors.chain(from.joins.iter().map(|join| &join.relation));
        factors.flat_map(|factor| self.factor(factor)).collect()
    }

    fn factor(&self, factor: &TableFactor) -> Vec<Relation> {
        let aliased = |alias: &Option<TableAlias>| alias.as_ref().map(|it| known_as(&it.name));
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                ..
            } => {
                let last = name.0.last().and_then(ObjectNamePart::as_ident);
                vec![Relation {
                    name: aliased(alias).or(last.map(known_as)),
                    beyond: self.beyond(name),
                }]
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias,
            } => match aliased(alias) {
                None => self.relations(table_with_joins),
                name => {
                    let inner = self.relations(table_with_joins).into_iter();
                    let beyond = inner.flat_map(|relation| relation.beyond).collect();
                    vec![Relation { name, beyond }]
                }
            },
            _ => vec![Relation {
                name: None,
                beyond: Vec::new(),
            }],
        }
    }

    fn narrow(&mut self, select: &mut Select) -> ControlFlow<Stop> {
        let from = select.from.iter();
        let relations: Vec<Relation> = from.flat_map(|from| self.relations(from)).collect();
        let Some(example) = relations
            .iter()
            .find_map(|relation| relation.beyond.first())
        else {
            return ControlFlow::Continue(());
        };
        if select.from.iter().any(joins_naturally) {
            let refusal = format!("NATURAL JOIN and `{example}` do not go together");
            return ControlFlow::Break(Stop::Refuse(
                Error::new(Kind::Unsupported, refusal)
                    .with_hint("name the columns to join on: JOIN … USING (…)"),
            ));
        }
        let answer = self.answer.take();
        let is_wide = |item: &SelectItem| matches!(item, SelectItem::Wildcard(_));
        if relations.len() > 1 && answer.is_none() && select.projection.iter().any(is_wide) {
            let query = self.question(select);
            return ControlFlow::Break(Stop::Ask(self.seen, Box::new(query)));
        }
        let items = std::mem::take(&mut select.projection);
        for item in items {
            match item {
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    mut options,
                ) => {
                    let last = name.0.last().and_then(ObjectNamePart::as_ident);
                    let last = last.map(known_as);
                    for relation in relations.iter().filter(|relation| relation.name == last) {
                        exclude(&mut options, &relation.beyond);
                    }
                    let kind = SelectItemQualifiedWildcardKind::ObjectName(name);
                    let item = SelectItem::QualifiedWildcard(kind, options);
                    select.projection.push(item);
                }
                SelectItem::Wildcard(options) => {
                    let items = wildcard(options, &relations, answer.as_ref());
                    select.projection.extend(items);
                }
                other => select.projection.push(other),
            }
        }
        ControlFlow::Continue(())
    }

    /// `SELECT *` of the same FROM with what may be named in it, and nothing else.
    fn question(&self, select: &Select) -> Query {
        let wide = SelectItem::Wildcard(WildcardAdditionalOptions::default());
        let bare = Select {
            distinct: None,
            top: None,
            projection: vec![wide],
            exclude: None,
            into: None,
            prewhere: None,
            selection: None,
            connect_by: Vec::new(),
            group_by: GroupByExpr::Expressions(Vec::new(), Vec::new()),
            cluster_by: Vec::new(),
            distribute_by: Vec::new(),
            sort_by: Vec::new(),
            having: None,
            named_window: Vec::new(),
            qualify: None,
            ..select.clone()
        };
        let mut asked = query(None, SetExpr::Select(Box::new(bare)));
        for around in self.around.iter().rev() {
            if !around.ready.is_empty() {
                let with = With {
                    with_token: AttachedToken::empty(),
                    recursive: around.recursive,
                    cte_tables: around.ready.clone(),
                };
                asked = query(Some(with), SetExpr::Query(Box::new(asked)));
            }
        }
        asked
    }
}

impl VisitorMut for Walk<'_> {
    type Break = Stop;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Stop> {
        let with = query.with.as_ref();
        self.around.push(Enclosing {
            recursive: with.is_some_and(|with| with.recursive),
            later: with.map_or_else(VecDeque::new, |with| with.cte_tables.clone().into()),
            ready: Vec::new(),
        });
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<Stop> {
        self.around.pop();
        // Those of WITH are the first queries inside a query, so the walk is at their first until none are left.
        if let Some(outer) = self.around.last_mut()
            && let Some(mut cte) = outer.later.pop_front()
        {
            cte.query = Box::new(query.clone());
            outer.ready.push(cte);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<Stop> {
        let done = self.seen < self.next;
        if !done {
            self.narrow(select)?;
        }
        self.seen += 1;
        ControlFlow::Continue(())
    }
}

fn joins_naturally(from: &TableWithJoins) -> bool {
    let inside = |factor: &TableFactor| match factor {
        TableFactor::NestedJoin {
            table_with_joins, ..
        } => joins_naturally(table_with_joins),
        _ => false,
    };
    let mut joins = from.joins.iter();
    inside(&from.relation)
        || joins.any(|join| {
            inside(&join.relation)
                || matches!(
                    &join.join_operator,
                    JoinOperator::Join(JoinConstraint::Natural)
                        | JoinOperator::Inner(JoinConstraint::Natural)
                        | JoinOperator::Left(JoinConstraint::Natural)
                        | JoinOperator::LeftOuter(JoinConstraint::Natural)
                        | JoinOperator::Right(JoinConstraint::Natural)
                        | JoinOperator::RightOuter(JoinConstraint::Natural)
                        | JoinOperator::FullOuter(JoinConstraint::Natural)
                )
        })
}

/// What stands for `*`.
fn wildcard(
    mut options: WildcardAdditionalOptions,
    relations: &[Relation],
    answer: Option<&Option<Vec<Named>>>,
) -> Vec<SelectItem> {
    let shown = |relation: &Relation, (table, name): &Named| {
        relation.name.as_deref() == table.as_ref().map(TableReference::table)
            && relation.beyond.contains(name)
    };
    let is_beyond = |column: &Named| relations.iter().any(|relation| shown(relation, column));
    let all: Vec<Named> = match answer {
        Some(Some(columns)) => columns.clone(),
        _ => {
            let each = relations.iter().flat_map(|relation| {
                let table = relation.name.as_deref().map(TableReference::bare);
                let columns = relation.beyond.iter();
                columns.map(move |name| (table.clone(), name.clone()))
            });
            each.collect()
        }
    };
    let (left_out, kept): (Vec<Named>, Vec<Named>) = all.into_iter().partition(is_beyond);
    let mut names: Vec<String> = left_out.into_iter().map(|(_, name)| name).collect();
    let total = names.len();
    names.sort();
    names.dedup();
    // EXCLUDE takes bare names, which do not say whose column of two it is.
    let is_clear = names.len() == total
        && !kept
            .iter()
            .any(|(_, name)| names.binary_search(name).is_ok());
    if is_clear || kept.is_empty() || options != WildcardAdditionalOptions::default() {
        exclude(&mut options, &names);
        return vec![SelectItem::Wildcard(options)];
    }
    kept.into_iter()
        .map(|(table, name)| {
            let mut parts = table.map(|table| table.to_vec()).unwrap_or_default();
            parts.push(name);
            let parts = parts.into_iter().map(|part| Ident::with_quote('"', part));
            SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts.collect()))
        })
        .collect()
}

fn exclude(options: &mut WildcardAdditionalOptions, names: &[String]) {
    let mut excluded = match options.opt_exclude.take() {
        Some(ExcludeSelectItem::Single(name)) => vec![name],
        Some(ExcludeSelectItem::Multiple(names)) => names,
        None => Vec::new(),
    };
    let mut known: BTreeSet<String> = BTreeSet::new();
    let parts = excluded.iter().filter_map(|name| name.0.last()?.as_ident());
    known.extend(parts.map(|ident| ident.value.clone()));
    if let Some(except) = &options.opt_except {
        let idents = std::iter::once(&except.first_element).chain(&except.additional_elements);
        known.extend(idents.map(|ident| ident.value.clone()));
    }
    let further = names.iter().filter(|name| known.insert((*name).clone()));
    excluded.extend(
        further
            .map(|name| ObjectName::from(Ident::with_quote('"', name)))
            .collect::<Vec<_>>(),
    );
    if !excluded.is_empty() {
        options.opt_exclude = Some(ExcludeSelectItem::Multiple(excluded));
    }
}

pub(crate) fn query(with: Option<With>, body: SetExpr) -> Query {
    Query {
        with,
        body: Box::new(body),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Engine, Kind};

    const URL: &str = "URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=secret";

    async fn columns(sql: &str) -> Vec<String> {
        let engine = Engine::builder().connection("zendesk", URL).build();
        let rows = engine.unwrap().sql(sql).await;
        let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let fields = rows.schema().fields();
        fields.iter().map(|field| field.name().clone()).collect()
    }

    /// Each names a column that is not part of `*`, beside the same without: `*` must hold the same.
    #[tokio::test]
    async fn wildcards_leave_them_out() {
        for (naming, plain) in [
            (
                "SELECT * FROM tickets WHERE generated_timestamp > 5",
                "SELECT * FROM tickets",
            ),
            (
                "SELECT *, metric_set FROM tickets",
                "SELECT *, 1 AS metric_set FROM tickets",
            ),
            (
                "SELECT metric_set, t.*, _raw FROM Tickets AS t",
                "SELECT 1 AS metric_set, *, 2 AS _raw FROM tickets",
            ),
            (
                "SELECT * EXCLUDE (metric_set, url), dates FROM tickets",
                "SELECT * EXCLUDE (url), 1 AS dates FROM tickets",
            ),
            (
                "SELECT * EXCEPT (metric_set, url) FROM tickets",
                "SELECT * EXCEPT (url) FROM tickets",
            ),
            (
                "SELECT * FROM (SELECT *, 1 AS dates FROM groups) g ORDER BY dates",
                "SELECT *, 1 AS dates FROM groups",
            ),
            (
                "SELECT * FROM (SELECT *, dates FROM tickets) ORDER BY dates",
                "SELECT *, 1 AS dates FROM tickets",
            ),
            (
                "SELECT * FROM tickets t JOIN users u ON u.id = t.requester_id WHERE t._raw <> u._raw",
                "SELECT * FROM tickets t JOIN users u ON u.id = t.requester_id",
            ),
            (
                "SELECT * FROM tickets JOIN users USING (id) WHERE tickets._raw <> users._raw",
                "SELECT * FROM tickets JOIN users USING (id)",
            ),
            (
                "SELECT * FROM tickets t JOIN users USING (id) WHERE comment_count > 1",
                "SELECT * FROM tickets t JOIN users USING (id)",
            ),
            (
                "SELECT u.*, t.* FROM zendesk.tickets t, users u WHERE t._raw <> u._raw",
                "SELECT u.*, t.* FROM zendesk.tickets t, users u",
            ),
            (
                "SELECT * FROM tickets t LEFT SEMI JOIN users u ON u.id = t.requester_id AND u._raw <> t._raw",
                "SELECT * FROM tickets",
            ),
            (
                "SELECT * FROM tickets t JOIN (SELECT 1 AS id, 2 AS dates) d ON d.id = t.id WHERE t.dates = ''",
                "SELECT * FROM tickets t JOIN (SELECT 1 AS id, 2 AS dates) d ON d.id = t.id",
            ),
            (
                "WITH tickets AS (SELECT *, metric_set FROM tickets) SELECT * FROM tickets",
                "SELECT *, 1 AS metric_set FROM tickets",
            ),
            (
                "WITH a AS (SELECT *, dates FROM tickets), b AS (SELECT * FROM a JOIN users u ON u.id = a.id WHERE u._raw <> '') SELECT count(*) FROM tickets t, b WHERE t.dates = '' OR t._raw = ''",
                "SELECT count(*) FROM groups",
            ),
            (
                "WITH a AS (SELECT 1 AS k) SELECT * FROM a, (SELECT * FROM a, tickets t JOIN (groups g JOIN users u ON u.id = g.id) ON g.id = t.id WHERE g._raw <> t._raw) b",
                "WITH a AS (SELECT 1 AS k) SELECT * FROM a, (SELECT * FROM a, tickets t JOIN (groups g JOIN users u ON u.id = g.id) ON g.id = t.id) b",
            ),
            (
                "SELECT * FROM tickets UNION ALL SELECT * FROM tickets WHERE comment_count > 1",
                "SELECT * FROM tickets",
            ),
            (
                "SELECT * FROM tickets WHERE id IN (SELECT id FROM (SELECT * FROM tickets WHERE slas IS NULL))",
                "SELECT * FROM tickets",
            ),
            (
                "EXPLAIN SELECT *, metric_set FROM tickets",
                "EXPLAIN SELECT 1",
            ),
            (
                "SELECT CommentCount, SubJect FROM tickets",
                "SELECT 1 AS comment_count, subject FROM tickets",
            ),
        ] {
            assert_eq!(columns(naming).await, columns(plain).await, "{naming}");
        }
    }

    /// A name that means something without them keeps its meaning.
    #[tokio::test]
    async fn they_hide_nothing() {
        let sql = "SELECT t.id, dates FROM tickets t, (SELECT 1 AS dates) d";
        assert_eq!(columns(sql).await, ["id", "dates"]);
    }

    #[tokio::test]
    async fn natural_joins_are_refused() {
        let engine = Engine::builder().connection("zendesk", URL).build();
        let sql = "SELECT metric_set FROM tickets NATURAL JOIN users";
        let error = engine.unwrap().sql(sql).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Unsupported, "{error}");
    }
}
