//! A table for somebody else's DataFusion session: the engine's own, which keeps its database open.
//!
//! Filters, columns and limits go through; what DataFusion does not hand across libraries, such as keys of joins, does not.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Constraints, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, displayable,
};
use futures::StreamExt as _;
use zuzen_engine::{Error as Failure, Kind};

use crate::session::Session as Ours;

/// A table with the session that it is read through.
pub(crate) struct Kept {
    table: Arc<dyn TableProvider>,
    session: Arc<Ours>,
}

impl fmt::Debug for Kept {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Kept {:?}", self.table)
    }
}

impl Kept {
    /// The table of a connection.
    ///
    /// # Errors
    /// `Sql` if there is no such connection or table.
    pub(crate) async fn find(
        session: Arc<Ours>,
        connection: &str,
        name: &str,
    ) -> std::result::Result<Self, Failure> {
        let missing = |what: &str| {
            Failure::new(Kind::Sql, format!("there is no {what}"))
                .with_hint("SELECT connection, table_name FROM system.tables lists what there is")
        };
        let schema = session
            .engine()
            .schema(connection)
            .ok_or_else(|| missing(&format!("connection `{connection}`")))?;
        let table = schema.table(name).await?;
        let table = table.ok_or_else(|| missing(&format!("table `{connection}.{name}`")))?;
        Ok(Self { table, session })
    }
}

#[async_trait]
impl TableProvider for Kept {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn constraints(&self) -> Option<&Constraints> {
        self.table.constraints()
    }

    fn table_type(&self) -> TableType {
        self.table.table_type()
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        self.table.supports_filters_pushdown(filters)
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let plan = self.table.scan(state, projection, filters, limit).await?;
        let session = Arc::clone(&self.session);
        Ok(Arc::new(KeptScan { plan, session }))
    }
}

/// A scan of it. What it is made of is its own business: the other session must not change its inside.
struct KeptScan {
    plan: Arc<dyn ExecutionPlan>,
    session: Arc<Ours>,
}

impl fmt::Debug for KeptScan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "KeptScan {:?}", self.plan)
    }
}

impl DisplayAs for KeptScan {
    fn fmt_as(&self, _: DisplayFormatType, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = displayable(self.plan.as_ref()).one_line().to_string();
        out.write_str(text.trim_end())
    }
}

impl ExecutionPlan for KeptScan {
    fn name(&self) -> &str {
        self.plan.name()
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.plan.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let rows = self.plan.execute(partition, context)?;
        let schema = rows.schema();
        let session = Arc::clone(&self.session);
        // The threads that read it are the session's.
        let kept = rows.map(move |batch| {
            let _ = &session;
            batch
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, kept)))
    }
}
