//! Tables over a column of another table: a row for each element of the lists there, from the same requests.
//!
//! A scan of such a table is a scan of the other one with an [`Elements`] above it. So the other table's reads, keys, budgets
//! and errors are all there is, and a statement that names both reads once. It refuses to know any table.

mod elements;
mod spread;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Column as Named, Constraint, Constraints, Result};
use datafusion::functions_nested::expr_fn::array_has;
use datafusion::logical_expr::{
    BinaryExpr, Expr, Operator, TableProviderFilterPushDown, TableType,
};
use datafusion::physical_expr::expressions;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use zuzen_plan::table::{Child, Column, Table};
use zuzen_plan::value::Type;

use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::table::{ApiTable, RAW, field, raw};

pub(crate) use elements::Elements;
use spread::{Cell, Spread};

/// The column with the lists, on its way to be unnested; no declared column has a blank in its name.
const LIST: &str = "a list";

/// Whether a table's rows have a text of their own, which `_raw` shows.
pub(crate) fn has_raw(connection: &Connection, table: &Table) -> bool {
    let Some(child) = &table.child else {
        return table.remote.is_none() && table.column(RAW).is_none();
    };
    let parent = connection.table(&child.of);
    let list = parent.and_then(|parent| parent.column(&child.list).cloned());
    list.is_some_and(|list| list.kind == Type::Json)
}

/// A table over a column of another one.
#[derive(Debug)]
pub(crate) struct ChildTable {
    table: Arc<Table>,
    child: Child,
    parent: ApiTable,
    list: Column,
    columns: Vec<Column>,
    schema: SchemaRef,
    constraints: Constraints,
}

impl ChildTable {
    /// The table, which is unnested from a column of `parent`. `shown` names columns beyond `*`.
    ///
    /// # Errors
    /// `Internal` if the parent or its column is not there, which loading has checked.
    pub(crate) fn new(
        connection: Arc<Connection>,
        table: Arc<Table>,
        child: &Child,
        shown: &BTreeSet<String>,
    ) -> Result<Self> {
        let gone = || {
            let message = format!("{} has lost {}.{}", table.name, child.of, child.list);
            Error::new(Kind::Internal, message).into_datafusion()
        };
        let parent = connection.table(&child.of).ok_or_else(gone)?;
        let list = parent.column(&child.list).cloned().ok_or_else(gone)?;
        let mut columns = table.columns.clone();
        if shown.contains(RAW) && list.kind == Type::Json {
            columns.push(raw());
        }
        let fields: Vec<_> = columns.iter().map(|column| field(column, &table)).collect();
        let place = |name: &str| columns.iter().position(|column| column.name == name);
        // A list has each place once, and a table each key.
        let own_key = parent.key.as_ref().and_then(|key| {
            let (own, _) = child.carried.iter().find(|(_, origin)| origin == key)?;
            place(own)
        });
        let split = child.split.as_ref().and_then(|split| place(&split.column));
        let key = own_key.map(|key| {
            let rest = split.into_iter().chain(place(Child::POSITION));
            Constraint::PrimaryKey(std::iter::once(key).chain(rest).collect())
        });
        // Columns of the other table that are not part of its `*` are taken from it all the same.
        let wanted = child.carried.iter().map(|(_, origin)| origin.clone());
        let wanted: BTreeSet<String> = wanted.chain([child.list.clone()]).collect();
        Ok(Self {
            parent: ApiTable::new(connection, parent, &wanted),
            child: child.clone(),
            list,
            constraints: Constraints::new_unverified(key.into_iter().collect()),
            schema: Arc::new(Schema::new(fields)),
            columns,
            table,
        })
    }

    /// The connection of both tables.
    pub(crate) fn connection(&self) -> &Arc<Connection> {
        self.parent.connection()
    }

    /// A filter as the other table sees it: one on what is taken from there, or one that names an element, whose list
    /// then has it.
    fn told_to_parent(&self, filter: &Expr) -> Option<Expr> {
        self.of_element(filter).or_else(|| {
            let mut foreign = false;
            let told = filter.clone().transform(|expr| {
                let Expr::Column(column) = &expr else {
                    return Ok(Transformed::no(expr));
                };
                let origin = self.child.origin(&column.name);
                foreign |= origin.is_none();
                Ok(Transformed::yes(match origin {
                    Some(origin) => Expr::Column(Named::new_unqualified(origin)),
                    None => expr,
                }))
            });
            told.data().ok().filter(|_| !foreign)
        })
    }

    fn of_element(&self, filter: &Expr) -> Option<Expr> {
        let Expr::BinaryExpr(BinaryExpr { left, op, right }) = filter else {
            return None;
        };
        let element = self.child.element.as_deref()?;
        let is_it = |expr: &Expr| matches!(expr, Expr::Column(column) if column.name == element);
        let literal = match (is_it(left), is_it(right)) {
            (true, false) => right,
            (false, true) => left,
            _ => return None,
        };
        let is_said = *op == Operator::Eq && matches!(literal.as_ref(), Expr::Literal(..));
        let list = Expr::Column(Named::new_unqualified(&self.child.list));
        match (&self.list.kind, is_said) {
            (Type::List(_), true) => Some(array_has(list, literal.as_ref().clone())),
            (Type::Json | Type::List(_), _) | (_, false) => None,
            (_, true) => Some(list.eq(literal.as_ref().clone())),
        }
    }
}

#[async_trait]
impl TableProvider for ChildTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn constraints(&self) -> Option<&Constraints> {
        Some(&self.constraints)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let each = filters.iter().map(|filter| {
            let Some(told) = self.told_to_parent(filter) else {
                return Ok(TableProviderFilterPushDown::Unsupported);
            };
            let answer = self.parent.supports_filters_pushdown(&[&told])?.pop();
            // A list that has the element has others, too, whatever the API promises of the rows.
            let among_others =
                matches!(self.list.kind, Type::List(_)) && self.of_element(filter).is_some();
            Ok(match answer {
                Some(TableProviderFilterPushDown::Exact) if among_others => {
                    TableProviderFilterPushDown::Inexact
                }
                Some(answer) => answer,
                None => TableProviderFilterPushDown::Unsupported,
            })
        });
        each.collect()
    }

    /// A limit is not handed on: nobody knows how many rows have how many elements. It ends the scan all the same, by
    /// dropping the stream.
    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns: Vec<Column> = match projection {
            Some(places) => places
                .iter()
                .filter_map(|place| self.columns.get(*place).cloned())
                .collect(),
            None => self.columns.clone(),
        };
        let schema = match projection {
            Some(places) => Arc::new(self.schema.project(places)?),
            None => Arc::clone(&self.schema),
        };
        let told: Vec<Expr> = filters
            .iter()
            .filter_map(|filter| self.told_to_parent(filter))
            .collect();
        // The columns of the other table that are wanted of it, the list among them, under the names that they have here.
        let parent = self.parent.schema();
        let mut places = vec![parent.index_of(&self.list.name)?];
        let mut named = vec![(0, LIST.to_owned())];
        let mut cells = Vec::new();
        for column in &columns {
            cells.push(if let Some(origin) = self.child.origin(&column.name) {
                let wanted = parent.index_of(origin)?;
                let place = places.iter().position(|place| *place == wanted);
                let place = place.unwrap_or(places.len());
                if place == places.len() {
                    places.push(wanted);
                }
                named.push((place, column.name.clone()));
                Cell::Carried(named.len() - 1)
            } else if self.child.element.as_ref() == Some(&column.name) {
                Cell::Element
            } else if self.child.split.as_ref().map(|it| &it.column) == Some(&column.name) {
                Cell::Member
            } else if column.name == Child::POSITION {
                Cell::Position
            } else {
                Cell::Inside(Box::new(column.clone()))
            });
        }
        let scan = self.parent.scan(state, Some(&places), &told, None).await?;
        let exprs = named.into_iter().map(|(place, alias)| {
            let name = scan.schema().field(place).name().clone();
            let expr = Arc::new(expressions::Column::new(&name, place)) as _;
            ProjectionExpr { expr, alias }
        });
        let exprs: Vec<ProjectionExpr> = exprs.collect();
        let input = Arc::new(ProjectionExec::try_new(exprs, scan)?);
        let spread = Spread::new(
            &self.list,
            self.child.split.as_ref(),
            cells,
            Arc::clone(&schema),
        );
        let name = format!("{}.{}", self.connection().name(), self.table.name);
        let list = format!("{} of {}", self.child.list, self.child.of);
        Ok(Arc::new(Elements::new(name, list, input, spread)))
    }
}
