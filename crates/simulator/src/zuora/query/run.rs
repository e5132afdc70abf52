//! One statement from its text to its file. It refuses to know of jobs and queues.

use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::common::tree_node::{Transformed, TreeNode as _, TreeNodeRecursion};
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::logical_expr::LogicalPlan;
use futures::StreamExt as _;

use super::catalog::Catalog;
use super::faults::QueryFaults;
use super::file::ResultFile;
use super::options::QueryOptions;
use super::submit::Submission;
use super::table::ObjectTable;
use super::trino::{Planner, Session, Statement, parse, worded};

/// What a job leaves behind.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) rows: u64,
    pub(super) file: Vec<u8>,
}

fn session(catalog: &Catalog) -> Session {
    Session {
        time_zone: catalog.options.time_zone.clone(),
        now_millis: crate::clock::now_millis(),
    }
}

/// Whether a statement is one, without reading any row.
pub(super) async fn check(catalog: &Catalog, submission: &Submission) -> Result<(), String> {
    let session = session(catalog);
    if let Statement::Query(question) = parse(&submission.statement, &catalog.tables(), &session)? {
        let relations = catalog.relations(submission.read_deleted, false)?;
        Planner::new(session, relations)?.plan(&question).await?;
    }
    Ok(())
}

/// Runs a statement.
pub(super) async fn run(
    catalog: &Catalog,
    submission: &Submission,
    faults: &QueryFaults,
) -> Result<Outcome, String> {
    let session = session(catalog);
    let Submission { format, gzip, .. } = *submission;
    let question = match parse(&submission.statement, &catalog.tables(), &session)? {
        Statement::Query(question) => question,
        other => {
            let batch = match other {
                Statement::Columns(table) => catalog.describe(&table)?,
                Statement::Functions => Catalog::show_functions()?,
                _ => catalog.show_tables()?,
            };
            let schema = batch.schema();
            let names = schema.fields().iter().map(|field| field.name().clone());
            let mut file = ResultFile::new(format, gzip, names.collect(), &schema, faults)?;
            file.add(&batch)?;
            return Ok(Outcome {
                rows: file.rows,
                file: file.finish()?,
            });
        }
    };
    let relations = catalog.relations(submission.read_deleted, true)?;
    let planner = Planner::new(session, relations)?;
    let plan = planner.plan(&question).await?;
    let names = Planner::columns(&question, &plan);
    let plan = if submission.index_join {
        looking_up(plan, &catalog.options).map_err(|error| worded(&error, None))?
    } else {
        plan
    };
    let mut rows = planner.run(plan).await?;
    let mut file = ResultFile::new(format, gzip, names, &rows.schema(), faults)?;
    while let Some(batch) = rows.next().await {
        file.add(&batch.map_err(|error| worded(&error, None))?)?;
        if file.rows > catalog.options.limits.output_rows {
            return Err(catalog.options.too_much_output());
        }
        tokio::task::yield_now().await;
    }
    Ok(Outcome {
        rows: file.rows,
        file: file.finish()?,
    })
}

/// The plan with the first table of each join held to what an index join may begin with.
fn looking_up(plan: LogicalPlan, options: &QueryOptions) -> Result<LogicalPlan, DataFusionError> {
    let joins = plan.transform_down_with_subqueries(|node| {
        let LogicalPlan::Join(mut join) = node else {
            return Ok(Transformed::no(node));
        };
        join.left = Arc::new(beginning(Arc::unwrap_or_clone(join.left), options)?);
        Ok(Transformed::yes(LogicalPlan::Join(join)))
    });
    Ok(joins?.data)
}

fn beginning(plan: LogicalPlan, options: &QueryOptions) -> Result<LogicalPlan, DataFusionError> {
    let first = plan.transform_down(|node| {
        let LogicalPlan::TableScan(mut scan) = node else {
            return Ok(Transformed::no(node));
        };
        let table = source_as_provider(&scan.source)?;
        if let Some(table) = table.downcast_ref::<ObjectTable>() {
            scan.source = provider_as_source(Arc::new(table.looked_up(options)));
        }
        let scan = LogicalPlan::TableScan(scan);
        Ok(Transformed::new(scan, true, TreeNodeRecursion::Stop))
    });
    Ok(first?.data)
}
