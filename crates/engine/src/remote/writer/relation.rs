//! Nodes of a plan → blocks.

use std::sync::Arc;

use datafusion::common::DFSchema;
use datafusion::logical_expr::expr::Sort as SortKey;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{
    FetchType, Filter, Limit, LogicalPlan, Projection, SkipType, Sort, TableScan, Union,
};
use zuzen_plan::remote::Selection;
use zuzen_plan::trino;
use zuzen_plan::value::Type;

use super::Extra;
use super::block::{Block, Said};
use super::expression::Scope;
use crate::connection::Connection;
use crate::remote::read::DELETED;
use crate::remote::table::of;

/// A text may stand in several clauses; one that has grown longer than this becomes a column of a derived table.
const LONGEST_TEXT: usize = 2_000;

/// Writes the nodes of one statement.
pub(super) struct Writer<'a> {
    extra: &'a Extra,
    aliases: usize,
    pub(super) connection: Option<Arc<Connection>>,
    pub(super) tables: Vec<String>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(extra: &'a Extra) -> Self {
        Self {
            extra,
            aliases: 0,
            connection: None,
            tables: Vec::new(),
        }
    }

    pub(super) fn relation(&mut self, plan: &LogicalPlan) -> Option<Block> {
        match plan {
            LogicalPlan::TableScan(scan) => self.table(scan),
            LogicalPlan::SubqueryAlias(alias) => self.relation(&alias.input),
            LogicalPlan::Filter(filter) => self.filter(filter),
            LogicalPlan::Projection(projection) => self.projection(projection),
            LogicalPlan::Aggregate(aggregate) => self.aggregate(aggregate),
            LogicalPlan::Window(window) => self.window(window),
            LogicalPlan::Join(join) => self.join(join),
            LogicalPlan::Sort(sort) => self.sort(sort),
            LogicalPlan::Limit(limit) => self.limit(limit),
            LogicalPlan::Union(union) => self.union(union),
            _ => None,
        }
    }

    pub(super) fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases)
    }

    /// The block, as a derived table if it is not `fit` for the next clause.
    pub(super) fn unless(&mut self, fit: bool, block: Block) -> Block {
        if fit {
            return block;
        }
        let alias = self.alias();
        block.wrapped(&alias)
    }

    fn table(&mut self, scan: &TableScan) -> Option<Block> {
        let (own, table) = of(scan)?;
        let connection = self.connection.get_or_insert_with(|| Arc::clone(&own));
        if !Arc::ptr_eq(connection, &own) {
            return None;
        }
        let names = table.remote.as_ref()?;
        let source = names.data_query.clone()?;
        let place = self.tables.len();
        self.tables.push(source.clone());
        let alias = self.alias();
        let mut columns = Vec::new();
        let mut wanted = Vec::new();
        for field in scan.projected_schema.fields() {
            let name = field.name();
            // It makes deleted rows appear, which is no business of a join or of an aggregate.
            if name == DELETED {
                return None;
            }
            let column = table.column(name)?;
            let spelling = names.fields.get(name)?.data_query.as_deref()?;
            wanted.push(name.clone());
            columns.push(said(&alias, name, &column.kind, spelling));
        }
        let from = match self.extra.get(&place) {
            None => trino::source(&source),
            Some(conditions) => {
                let selection = Selection {
                    source,
                    columns: wanted,
                    conditions: conditions.clone(),
                    order: Vec::new(),
                    limit: None,
                };
                format!("({})", trino::named(&selection)?)
            }
        };
        Some(Block::of(format!("{from} AS \"{alias}\""), columns))
    }

    fn filter(&mut self, filter: &Filter) -> Option<Block> {
        let block = self.relation(&filter.input)?;
        // What a window or a limit has seen, a condition comes after.
        let fit = !block.windowed && !block.is_cut();
        let mut block = self.unless(fit, block);
        let mut texts = Vec::new();
        for part in split_conjunction(&filter.predicate) {
            texts.push(scope(filter.input.schema(), &block).condition(part)?);
        }
        match block.groups {
            Some(_) => block.having.append(&mut texts),
            None => block.conditions.append(&mut texts),
        }
        Some(block)
    }

    fn projection(&mut self, projection: &Projection) -> Option<Block> {
        let block = self.relation(&projection.input)?;
        let long = block
            .columns
            .iter()
            .any(|column| column.text.len() > LONGEST_TEXT);
        // One group of all rows is told by its aggregates alone: without any, every row would be one.
        let told = projection
            .expr
            .iter()
            .any(|expr| !expr.column_refs().is_empty());
        let whole = block.groups.as_ref().is_some_and(Vec::is_empty) && !told;
        let mut block = self.unless(!long && !whole, block);
        let scope = scope(projection.input.schema(), &block);
        let columns: Option<Vec<Said>> = projection
            .expr
            .iter()
            .map(|expr| scope.output(expr))
            .collect();
        block.columns = columns?;
        Some(block)
    }

    fn sort(&mut self, sort: &Sort) -> Option<Block> {
        let block = self.relation(&sort.input)?;
        let mut block = self.unless(!block.is_cut(), block);
        block.order = order(&sort.expr, &scope(sort.input.schema(), &block))?;
        block.limit = sort.fetch.map(|fetch| fetch as u64);
        Some(block)
    }

    fn limit(&mut self, limit: &Limit) -> Option<Block> {
        let (FetchType::Literal(fetch), SkipType::Literal(skip)) =
            (limit.get_fetch_type().ok()?, limit.get_skip_type().ok()?)
        else {
            return None;
        };
        let block = self.relation(&limit.input)?;
        let mut block = self.unless(block.offset == 0, block);
        let skip = skip as u64;
        let left = block.limit.map(|most| most.saturating_sub(skip));
        block.offset = skip;
        block.limit = match (left, fetch.map(|fetch| fetch as u64)) {
            (Some(left), Some(fetch)) => Some(left.min(fetch)),
            (left, fetch) => left.or(fetch),
        };
        Some(block)
    }

    fn union(&mut self, union: &Union) -> Option<Block> {
        let mut parts = Vec::new();
        let mut columns: Vec<bool> = Vec::new();
        for input in &union.inputs {
            let same = input.schema().fields().iter().zip(union.schema.fields());
            if !same
                .into_iter()
                .all(|(own, all)| own.data_type() == all.data_type())
            {
                return None;
            }
            let block = self.relation(input)?;
            let plain = block.columns.iter().map(|column| column.plain);
            columns = match columns.is_empty() {
                true => plain.collect(),
                false => columns.iter().zip(plain).map(|(a, b)| *a && b).collect(),
            };
            // Brackets, because a block may have an order and a limit of its own.
            parts.push(format!("({})", block.render()));
        }
        let alias = self.alias();
        let columns = columns.iter().enumerate();
        let columns = columns
            .map(|(place, plain)| Said {
                text: format!("\"{alias}\".\"{}\"", super::header(place)),
                plain: *plain,
            })
            .collect();
        let from = format!("({}) AS \"{alias}\"", parts.join(" UNION ALL "));
        Some(Block::of(from, columns))
    }
}

/// The columns of a block under the names of a plan.
pub(super) fn scope<'a>(schema: &'a DFSchema, block: &'a Block) -> Scope<'a> {
    Scope {
        schema,
        columns: &block.columns,
    }
}

/// ORDER BY with NULLs placed, because Trino has them last in either direction and the engine does not.
pub(super) fn order(keys: &[SortKey], scope: &Scope<'_>) -> Option<Vec<String>> {
    keys.iter()
        .map(|key| {
            let text = scope.value(&key.expr).filter(|text| !is_place(text))?;
            let direction = if key.asc { "ASC" } else { "DESC" };
            let nulls = if key.nulls_first { "FIRST" } else { "LAST" };
            Some(format!("{text} {direction} NULLS {nulls}"))
        })
        .collect()
}

/// In ORDER BY and GROUP BY, a number is the place of a column.
pub(super) fn is_place(text: &str) -> bool {
    text.parse::<i128>().is_ok()
}

/// A column of a table. Types that Trino computes with in another way are made the engine's, or only handed on.
fn said(alias: &str, name: &str, kind: &Type, spelling: &str) -> Said {
    let text = format!("\"{alias}\".{}", trino::identifier(name));
    let spelling = spelling.to_ascii_lowercase();
    let base = spelling.split('(').next().unwrap_or_default().trim();
    match kind {
        Type::Int64 if base != "bigint" => Said::plain(format!("CAST({text} AS BIGINT)")),
        Type::Int64 | Type::Boolean | Type::Date => Said::plain(text),
        Type::Decimal { .. } => Said {
            plain: base == "decimal",
            text,
        },
        // A char is padded with blanks.
        Type::Text => Said {
            plain: base == "varchar",
            text,
        },
        // Instants are compared to the millisecond.
        Type::Timestamp => Said {
            plain: matches!(
                spelling.as_str(),
                "timestamp with time zone" | "timestamp(3) with time zone"
            ),
            text,
        },
        Type::Float64 | Type::Json | Type::List(_) => Said { text, plain: false },
    }
}
