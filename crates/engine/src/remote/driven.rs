//! Joins that have at most one row for each row of one of their tables: ranges of that table are ranges of the join.

use std::sync::Arc;

use datafusion::common::{Column, DFSchema, Result};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    Expr, Filter, Join, LogicalPlan, Projection, SubqueryAlias, TableScan, TableScanBuilder,
};
use zuzen_plan::remote::Condition;
use zuzen_plan::table::Table;
use zuzen_plan::trino;
use zuzen_plan::value::Type;

use super::origin::{Origin, origin, tables};
use super::read::{Job, Output};
use super::split::{KEY, TIME};
use super::unique::{Driver, drivers};
use super::writer::{Extra, Written, header, write};
use crate::decode::kind_of;
use crate::error::{Error, Kind};

/// What a column is called on its way up through a plan.
const CARRIED: &str = "zuzen_carried";

/// A join as statements that read ranges of one of its tables.
#[derive(Clone)]
pub(super) struct Driven {
    /// The table that is read in ranges.
    pub(super) table: Arc<Table>,
    /// All tables, by place.
    pub(super) tables: Vec<String>,
    /// The place of the table's key among the columns.
    pub(super) key: usize,
    place: usize,
    extra: Extra,
    outputs: Vec<Output>,
    /// The join, with the key behind its columns if it is not one of them.
    rows: LogicalPlan,
    /// The join's rows as nothing but the table's time.
    times: Option<LogicalPlan>,
}

impl Driven {
    /// The join as ranges of one of its tables, the largest one that serves; `None` if there is none.
    ///
    /// `extra` are conditions besides; `is_suited` says whether a table may be the one.
    pub(super) fn of(
        plan: &LogicalPlan,
        extra: &Extra,
        is_suited: impl Fn(&Driver) -> bool,
    ) -> Option<Self> {
        let mut found = drivers(plan);
        found.retain(|driver| driver.is(KEY, &Type::Text) && is_suited(driver));
        found.sort_by_key(|driver| {
            let rows = driver.connection.rows(&driver.table).0;
            (!driver.is(TIME, &Type::Timestamp), std::cmp::Reverse(rows))
        });
        found
            .into_iter()
            .find_map(|driver| Self::by(plan, extra, &driver))
    }

    fn by(plan: &LogicalPlan, extra: &Extra, driver: &Driver) -> Option<Self> {
        let width = plan.schema().fields().len();
        let own = Origin {
            table: driver.place,
            column: KEY.to_owned(),
        };
        let there = (0..width).find(|place| origin(plan, *place).as_ref() == Some(&own));
        let rows = match there {
            Some(_) => plan.clone(),
            None => with_column(plan, driver.place, KEY).ok()?,
        };
        let times = driver
            .is(TIME, &Type::Timestamp)
            .then(|| only(plan, driver.place, TIME).ok())
            .flatten();
        let fields = rows.schema().fields().iter().enumerate();
        let outputs: Option<Vec<Output>> = fields
            .map(|(place, field)| {
                Some(Output {
                    header: header(place),
                    kind: kind_of(field.data_type())?,
                })
            })
            .collect();
        let driven = Self {
            table: Arc::clone(&driver.table),
            tables: write(plan, &Extra::new())?.tables,
            key: there.unwrap_or(width),
            place: driver.place,
            extra: extra.clone(),
            outputs: outputs?,
            rows,
            times,
        };
        // Ranges and pages need some room besides.
        const ROOM: usize = 500;
        let written = driven.write(&driven.rows, &[])?;
        (written.text.len() + ROOM <= trino::LONGEST).then_some(driven)
    }

    pub(super) fn has_time(&self) -> bool {
        self.times.is_some()
    }

    fn write(&self, plan: &LogicalPlan, conditions: &[Condition]) -> Option<Written> {
        let mut extra = self.extra.clone();
        // Those that make a job one of several come first, so that they find room.
        extra
            .entry(self.place)
            .or_default()
            .splice(0..0, conditions.iter().cloned());
        write(plan, &extra)
    }

    fn text(&self, plan: &LogicalPlan, conditions: &[Condition]) -> Result<String, Error> {
        let written = self.write(plan, conditions).map(|written| written.text);
        written.ok_or_else(|| Error::new(Kind::Internal, "a range of a join cannot be written"))
    }

    /// The rows of the join whose rows of the table fulfil these conditions.
    pub(super) fn job(&self, conditions: &[Condition]) -> Result<Job, Error> {
        let text = self.text(&self.rows, conditions)?;
        Ok(Job::of(text, self.outputs.clone()))
    }

    /// The first of them by the table's key.
    pub(super) fn page(&self, conditions: &[Condition], most: u64) -> Result<Job, Error> {
        let text = self.text(&self.rows, conditions)?;
        let key = header(self.key);
        let text = format!("SELECT * FROM ({text}) AS \"page\" ORDER BY \"{key}\" LIMIT {most}");
        Ok(Job::of(text, self.outputs.clone()))
    }

    /// Counts them by a step of the table's time.
    pub(super) fn counting(
        &self,
        conditions: &[Condition],
        step: impl Fn(&str) -> String,
    ) -> Result<String, Error> {
        let times = self.times.as_ref();
        let times =
            times.ok_or_else(|| Error::new(Kind::Internal, "a join without a time is counted"))?;
        let text = self.text(times, conditions)?;
        let time = format!("\"counted\".\"{}\"", header(0));
        let step = step(&time);
        Ok(format!(
            "SELECT {step} AS \"c0\", count(*) AS \"c1\", max({time}) AS \"c2\" FROM ({text}) AS \"counted\" \
             GROUP BY {step}"
        ))
    }
}

/// The plan with a column of one of its tables behind its own.
fn with_column(plan: &LogicalPlan, table: usize, column: &str) -> Result<LogicalPlan> {
    let carried = carrying(plan, table, column)?;
    let last = found(carried.schema())?;
    let mut columns = own_columns(plan);
    columns.push(last);
    projected(columns, carried)
}

/// The rows of the plan as nothing but a column of one of its tables.
fn only(plan: &LogicalPlan, table: usize, column: &str) -> Result<LogicalPlan> {
    let carried = carrying(plan, table, column)?;
    projected(vec![found(carried.schema())?], carried)
}

/// The plan with a column of one of its tables somewhere among its own, which keep their names.
fn carrying(plan: &LogicalPlan, table: usize, column: &str) -> Result<LogicalPlan> {
    match plan {
        LogicalPlan::TableScan(scan) if table == 0 => scanned(scan, column),
        LogicalPlan::SubqueryAlias(alias) => {
            let input = carrying(&alias.input, table, column)?;
            let alias = SubqueryAlias::try_new(Arc::new(input), alias.alias.clone())?;
            Ok(LogicalPlan::SubqueryAlias(alias))
        }
        LogicalPlan::Filter(filter) => {
            let input = carrying(&filter.input, table, column)?;
            let filter = Filter::try_new(filter.predicate.clone(), Arc::new(input))?;
            Ok(LogicalPlan::Filter(filter))
        }
        LogicalPlan::Projection(projection) => {
            let input = carrying(&projection.input, table, column)?;
            let mut columns = projection.expr.clone();
            columns.push(found(input.schema())?);
            projected(columns, input)
        }
        LogicalPlan::Join(join) => {
            let before = tables(&join.left);
            let (mut left, mut right) = (Arc::clone(&join.left), Arc::clone(&join.right));
            match table.checked_sub(before) {
                None => left = Arc::new(carrying(&left, table, column)?),
                Some(table) => right = Arc::new(carrying(&right, table, column)?),
            }
            let join = Join::try_new(
                left,
                right,
                join.on.clone(),
                join.filter.clone(),
                join.join_type,
                join.join_constraint,
                join.null_equality,
                join.null_aware,
            )?;
            Ok(LogicalPlan::Join(join))
        }
        _ => Err(uncarried()),
    }
}

fn scanned(scan: &TableScan, column: &str) -> Result<LogicalPlan> {
    let columns = scan
        .projected_schema
        .columns()
        .into_iter()
        .map(Expr::Column);
    let schema = scan.source.schema();
    let place = schema.index_of(column)?;
    let all = || (0..schema.fields().len()).collect();
    let mut places: Vec<usize> = scan.projection.clone().unwrap_or_else(all);
    if !places.contains(&place) {
        places.push(place);
    }
    let wanted = Column::new(Some(scan.table_name.clone()), column);
    let scan = TableScanBuilder::from(scan.clone()).with_projection(Some(places));
    let carried = Expr::Column(wanted).alias(CARRIED);
    projected(
        columns.chain([carried]).collect(),
        LogicalPlan::TableScan(scan.build()?),
    )
}

fn own_columns(plan: &LogicalPlan) -> Vec<Expr> {
    let columns = plan.schema().columns().into_iter();
    columns.map(Expr::Column).collect()
}

fn projected(columns: Vec<Expr>, input: LogicalPlan) -> Result<LogicalPlan> {
    let projection = Projection::try_new(columns, Arc::new(input))?;
    Ok(LogicalPlan::Projection(projection))
}

/// The carried column.
fn found(schema: &DFSchema) -> Result<Expr> {
    let mut columns = schema.columns().into_iter();
    let carried = columns.find(|column| column.name == CARRIED);
    carried.map(Expr::Column).ok_or_else(uncarried)
}

fn uncarried() -> DataFusionError {
    Error::new(Kind::Internal, "a column cannot be carried through a join").into_datafusion()
}
