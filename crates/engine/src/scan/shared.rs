//! Equal scans of one statement, read once.
//!
//! The first reader to want a batch fetches it; all others get the same one, so the copies agree. Batches wait for the
//! slowest reader in memory up to a bound, and on disk beyond it: readers of one statement may depend on each other
//! (the two sides of a join), so none is ever made to wait for another.

use std::collections::VecDeque;
use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::common::Result;
use datafusion::error::DataFusionError;
use datafusion::execution::{SpillFile, TaskContext};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use futures::stream::{BoxStream, StreamExt};
use tokio::sync::Mutex;
use zuzen_plan::read::ReadPlan;
use zuzen_plan::table::Column;

use super::{ApiScan, run};
use crate::progress::Watched;
use crate::remote::RemoteScan;

/// Bytes of waiting batches that stay in memory.
const IN_MEMORY: usize = 64 << 20;

/// One read for several equal scans.
#[derive(Debug)]
pub(crate) struct Shared {
    source: Source,
    readers: usize,
    state: Mutex<State>,
    /// Where readers have stopped that want nothing more.
    left: parking_lot::Mutex<Vec<usize>>,
}

/// What is read once.
#[derive(Debug)]
enum Source {
    /// The scan of all columns that any of the readers wants.
    Api(Box<ApiScan>),
    /// The same statement for each of them.
    Remote(Box<RemoteScan>),
}

#[derive(Default)]
struct State {
    source: Option<BoxStream<'static, Result<RecordBatch>>>,
    over: bool,
    /// An error ends every reader with the same words.
    failed: Option<Arc<DataFusionError>>,
    /// Readers that have gone.
    gone: usize,
    /// The number of the first batch that waits.
    first: usize,
    waiting: VecDeque<Waiting>,
    in_memory: usize,
}

impl std::fmt::Debug for State {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            out,
            "State {{ waiting: {}, over: {} }}",
            self.waiting.len(),
            self.over
        )
    }
}

/// A batch, and how many readers still want it.
struct Waiting {
    place: Place,
    wanted: usize,
}

enum Place {
    Memory(RecordBatch),
    Disk(Arc<dyn SpillFile>),
}

/// A reader's place; leaving it tells the others that nothing is kept for this one any more.
struct Reader {
    shared: Arc<Shared>,
    context: Arc<TaskContext>,
    next: usize,
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.shared.left.lock().push(self.next);
    }
}

impl Shared {
    /// One read of a table for several scans of it.
    pub(crate) fn of_table(scan: ApiScan, readers: usize) -> Self {
        Self::new(Source::Api(Box::new(scan)), readers)
    }

    /// One statement for several scans that are equal.
    pub(crate) fn of_statement(scan: RemoteScan, readers: usize) -> Self {
        Self::new(Source::Remote(Box::new(scan)), readers)
    }

    fn new(source: Source, readers: usize) -> Self {
        let left = parking_lot::Mutex::default();
        Self {
            source,
            readers,
            state: Mutex::new(State::default()),
            left,
        }
    }

    pub(crate) fn readers(&self) -> usize {
        self.readers
    }

    /// How the table is read, where it is one.
    pub(crate) fn plan(&self) -> Option<&ReadPlan> {
        match &self.source {
            Source::Api(scan) => Some(&scan.plan),
            Source::Remote(_) => None,
        }
    }

    /// What of the one read can be watched.
    pub(crate) fn watched(&self) -> Vec<Watched> {
        match &self.source {
            Source::Api(scan) => scan.watched(),
            Source::Remote(scan) => scan.watched(),
        }
    }

    /// What the one read has cost so far.
    pub(crate) fn metrics(&self) -> MetricsSet {
        match &self.source {
            Source::Api(scan) => scan.metrics.clone_inner(),
            Source::Remote(scan) => scan.metrics.clone_inner(),
        }
    }

    /// Where the one read has taken another way.
    pub(crate) fn turns(&self) -> Vec<String> {
        match &self.source {
            Source::Api(scan) => scan.turns.lock().clone(),
            Source::Remote(scan) => scan.turns.lock().clone(),
        }
    }

    /// The metrics of the one read that each reader shows beside the rows it took itself.
    pub(crate) fn add_metrics(&self, own: &mut MetricsSet) {
        for metric in self.metrics().iter().filter(|metric| {
            !matches!(
                metric.value().name(),
                "output_rows" | "elapsed_compute" | "output_bytes" | "output_batches"
            )
        }) {
            own.push(Arc::clone(metric));
        }
    }

    /// A reader of these columns.
    pub(crate) fn read(
        self: &Arc<Self>,
        schema: &SchemaRef,
        columns: &[Column],
        metrics: &ExecutionPlanMetricsSet,
        context: Arc<TaskContext>,
    ) -> BoxStream<'static, Result<RecordBatch>> {
        let places: Vec<usize> = match &self.source {
            Source::Api(scan) => columns
                .iter()
                .filter_map(|column| {
                    scan.columns
                        .iter()
                        .position(|other| other.name == column.name)
                })
                .collect(),
            Source::Remote(_) => (0..schema.fields().len()).collect(),
        };
        let baseline = BaselineMetrics::new(metrics, 0);
        let schema = Arc::clone(schema);
        let reader = Reader {
            shared: Arc::clone(self),
            context,
            next: 0,
        };
        let stream = futures::stream::try_unfold(reader, move |mut reader| {
            let (places, baseline, schema) =
                (places.clone(), baseline.clone(), Arc::clone(&schema));
            async move {
                let batch = reader.shared.batch(reader.next, &reader.context).await?;
                let Some(batch) = batch else { return Ok(None) };
                reader.next += 1;
                let rows = batch.num_rows();
                baseline.record_output(rows);
                let columns = places
                    .iter()
                    .map(|place| Arc::clone(batch.column(*place)))
                    .collect();
                let options = RecordBatchOptions::new().with_row_count(Some(rows));
                let batch = RecordBatch::try_new_with_options(schema, columns, &options)?;
                Ok(Some((batch, reader)))
            }
        });
        stream.boxed()
    }

    /// The batch of this number; fetched if nobody has wanted it before.
    async fn batch(
        &self,
        number: usize,
        context: &Arc<TaskContext>,
    ) -> Result<Option<RecordBatch>> {
        let mut state = self.state.lock().await;
        let left: Vec<usize> = self.left.lock().drain(..).collect();
        for place in left {
            state.leave(place);
        }
        if number < state.first + state.waiting.len() {
            return state.again(number).map(Some);
        }
        if let Some(error) = &state.failed {
            return Err(DataFusionError::Shared(Arc::clone(error)));
        }
        if state.over {
            return Ok(None);
        }
        let source = state.source.get_or_insert_with(|| match &self.source {
            Source::Api(scan) => run::stream(scan),
            Source::Remote(scan) => scan.stream(Arc::clone(context)),
        });
        match source.next().await {
            Some(Ok(batch)) => {
                let others = self.readers.saturating_sub(state.gone + 1);
                state.keep(batch.clone(), others, context)?;
                Ok(Some(batch))
            }
            Some(Err(error)) => {
                let error = Arc::new(error);
                state.failed = Some(Arc::clone(&error));
                state.source = None;
                Err(DataFusionError::Shared(error))
            }
            None => {
                state.over = true;
                state.source = None;
                Ok(None)
            }
        }
    }
}

impl State {
    fn keep(&mut self, batch: RecordBatch, wanted: usize, context: &TaskContext) -> Result<()> {
        if wanted == 0 && self.waiting.is_empty() {
            self.first += 1;
            return Ok(());
        }
        let size = batch.get_array_memory_size();
        let place = if self.in_memory + size <= IN_MEMORY {
            self.in_memory += size;
            Place::Memory(batch)
        } else {
            spill(&batch, context)?
        };
        self.waiting.push_back(Waiting { place, wanted });
        Ok(())
    }

    fn again(&mut self, number: usize) -> Result<RecordBatch> {
        let waiting = number
            .checked_sub(self.first)
            .and_then(|place| self.waiting.get_mut(place));
        let Some(waiting) = waiting else {
            return Err(DataFusionError::Internal(
                "a shared scan was run twice".to_owned(),
            ));
        };
        waiting.wanted = waiting.wanted.saturating_sub(1);
        let batch = match &waiting.place {
            Place::Memory(batch) => batch.clone(),
            Place::Disk(file) => fetch(file.as_ref())?,
        };
        self.forget();
        Ok(batch)
    }

    /// A reader wants nothing from `place` on.
    fn leave(&mut self, place: usize) {
        self.gone += 1;
        for (number, waiting) in (self.first..).zip(&mut self.waiting) {
            if number >= place {
                waiting.wanted = waiting.wanted.saturating_sub(1);
            }
        }
        self.forget();
    }

    /// Lets go of what every reader has had.
    fn forget(&mut self) {
        while self
            .waiting
            .front()
            .is_some_and(|waiting| waiting.wanted == 0)
        {
            if let Some(Waiting {
                place: Place::Memory(batch),
                ..
            }) = self.waiting.pop_front()
            {
                self.in_memory = self.in_memory.saturating_sub(batch.get_array_memory_size());
            }
            self.first += 1;
        }
    }
}

/// Writes a batch to a file of its own, which goes when nobody wants it any more.
fn spill(batch: &RecordBatch, context: &TaskContext) -> Result<Place> {
    let disk = &context.runtime_env().disk_manager;
    let file = disk.create_tmp_file("a scan that is read twice")?;
    let mut writer = StreamWriter::try_new(file.open_writer()?, &batch.schema())?;
    writer.write(batch)?;
    let mut out = writer.into_inner()?;
    out.finish()?;
    Ok(Place::Disk(file))
}

fn fetch(file: &dyn SpillFile) -> Result<RecordBatch> {
    let Some(path) = file.path() else {
        return Err(DataFusionError::Internal(
            "a spilled batch has no file".to_owned(),
        ));
    };
    let mut reader = StreamReader::try_new(BufReader::new(File::open(path)?), None)?;
    match reader.next() {
        Some(batch) => Ok(batch?),
        None => Err(DataFusionError::Internal(
            "a spilled batch is empty".to_owned(),
        )),
    }
}
