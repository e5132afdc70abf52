//! A COPY in a logical plan, in the place of DataFusion's.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::catalog::Session;
use datafusion::common::tree_node::{Transformed, TransformedResult as _, TreeNode as _};
use datafusion::common::{DFSchemaRef, Result};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};

use super::job::Job;
use super::options::Wanted;
use crate::error::Error;
use crate::files::read::expanded;

/// Writes its input into files; its one row counts what it wrote.
#[derive(Debug, Clone)]
pub(super) struct CopyRows {
    pub(super) job: Arc<Job>,
    input: LogicalPlan,
    schema: DFSchemaRef,
}

/// The plan with every COPY as ours.
///
/// # Errors
/// `Sql` for options that do not fit.
pub(crate) fn whole(plan: LogicalPlan, session: &dyn Session) -> Result<LogicalPlan, Error> {
    let replaced = plan.transform_down(|node| {
        let LogicalPlan::Copy(copy) = node else {
            return Ok(Transformed::no(node));
        };
        let job = || {
            let wanted = Wanted::read(&copy.options, session.config_options())?;
            let target = expanded(&copy.output_url)?;
            let schema = copy.input.schema().inner();
            Job::new(target, wanted, copy.partition_by.clone(), schema)
        };
        let node = CopyRows {
            job: Arc::new(job().map_err(Error::into_datafusion)?),
            input: Arc::unwrap_or_clone(copy.input),
            schema: copy.output_schema,
        };
        Ok(Transformed::yes(LogicalPlan::Extension(Extension {
            node: Arc::new(node),
        })))
    });
    Ok(replaced.data()?)
}

impl PartialEq for CopyRows {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.job, &other.job) && self.input == other.input
    }
}

impl Eq for CopyRows {}

impl Hash for CopyRows {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.job.target.hash(state);
        self.input.hash(state);
    }
}

impl PartialOrd for CopyRows {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let ordering = self.input.partial_cmp(&other.input);
        ordering.filter(|ordering| *ordering != Ordering::Equal || self == other)
    }
}

impl UserDefinedLogicalNodeCore for CopyRows {
    fn name(&self) -> &'static str {
        "Copy"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    /// All that the query has is written, whatever is asked of the count.
    fn necessary_children_exprs(&self, _output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        Some(vec![(0..self.input.schema().fields().len()).collect()])
    }

    fn fmt_for_explain(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.job, out)
    }

    fn with_exprs_and_inputs(&self, _exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let input = inputs.into_iter().next();
        Ok(Self {
            input: input.unwrap_or_else(|| self.input.clone()),
            ..self.clone()
        })
    }
}
