//! JSON. DataFusion reads it; its errors get the name of the file here.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::Session;
use datafusion::common::Statistics;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{
    FileOpenFuture, FileOpener, FileScanConfig, FileSource,
};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::object_store::{ObjectMeta, ObjectStore};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::projection::ProjectionExprs;
use futures::stream::StreamExt as _;

use super::reason::unreadable;
use super::whole::path_of;

/// DataFusion's format.
#[derive(Debug)]
pub(super) struct Json(pub(super) JsonFormat);

#[async_trait]
impl FileFormat for Json {
    fn get_ext(&self) -> String {
        self.0.get_ext()
    }

    fn get_ext_with_compression(&self, packed: &FileCompressionType) -> Result<String> {
        self.0.get_ext_with_compression(packed)
    }

    fn compression_type(&self) -> Option<FileCompressionType> {
        self.0.compression_type()
    }

    async fn infer_schema(
        &self,
        state: &dyn Session,
        store: &Arc<dyn ObjectStore>,
        objects: &[ObjectMeta],
    ) -> Result<SchemaRef> {
        self.0.infer_schema(state, store, objects).await
    }

    async fn infer_stats(
        &self,
        state: &dyn Session,
        store: &Arc<dyn ObjectStore>,
        schema: SchemaRef,
        object: &ObjectMeta,
    ) -> Result<Statistics> {
        self.0.infer_stats(state, store, schema, object).await
    }

    async fn create_physical_plan(
        &self,
        state: &dyn Session,
        scan: FileScanConfig,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.0.create_physical_plan(state, scan).await
    }

    fn file_source(&self, schema: TableSchema) -> Arc<dyn FileSource> {
        Arc::new(Objects {
            source: self.0.file_source(schema),
            lines: self.0.is_newline_delimited(),
        })
    }
}

/// DataFusion's source of rows.
struct Objects {
    source: Arc<dyn FileSource>,
    /// One object a line: a file can be begun anywhere.
    lines: bool,
}

impl Objects {
    fn with(&self, source: Arc<dyn FileSource>) -> Arc<dyn FileSource> {
        let lines = self.lines;
        Arc::new(Self { source, lines })
    }
}

impl FileSource for Objects {
    fn create_file_opener(
        &self,
        store: Arc<dyn ObjectStore>,
        scan: &FileScanConfig,
        partition: usize,
    ) -> Result<Arc<dyn FileOpener>> {
        let opener = self.source.create_file_opener(store, scan, partition)?;
        Ok(Arc::new(Opener(opener)))
    }

    fn table_schema(&self) -> &TableSchema {
        self.source.table_schema()
    }

    fn with_batch_size(&self, together: usize) -> Arc<dyn FileSource> {
        self.with(self.source.with_batch_size(together))
    }

    fn try_pushdown_projection(
        &self,
        projection: &ProjectionExprs,
    ) -> Result<Option<Arc<dyn FileSource>>> {
        let source = self.source.try_pushdown_projection(projection)?;
        Ok(source.map(|source| self.with(source)))
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        self.source.projection()
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        self.source.metrics()
    }

    fn file_type(&self) -> &str {
        self.source.file_type()
    }

    fn supports_repartitioning(&self) -> bool {
        self.lines
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.source.apply_expressions(visit)
    }
}

struct Opener(Arc<dyn FileOpener>);

impl FileOpener for Opener {
    fn open(&self, file: PartitionedFile) -> Result<FileOpenFuture> {
        let path = path_of(&file.object_meta.location)?;
        let opened = self.0.open(file)?;
        Ok(Box::pin(async move {
            let named = move |error| unreadable(&path, error).into_datafusion();
            match opened.await {
                Ok(rows) => Ok(rows.map(move |batch| batch.map_err(&named)).boxed()),
                Err(error) => Err(named(error)),
            }
        }))
    }
}
