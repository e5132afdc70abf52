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
use datafusion::execution::SpillFile;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet};
use futures::stream::{BoxStream, StreamExt};
use tokio::sync::Mutex;
use zuzen_plan::read::ReadPlan;
use zuzen_plan::table::Column;

use super::{ApiScan, run};

/// Bytes of waiting batches that stay in memory.
const IN_MEMORY: usize = 64 << 20;

/// One read for several equal scans.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The scan of all columns that any of them wants.
    scan: ApiScan,
    readers: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    source: Option<BoxStream<'static, Result<RecordBatch>>>,
    over: bool,
    /// An error ends every reader with the same words.
    failed: Option<Arc<DataFusionError>>,
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

impl Shared {
    pub(crate) fn new(scan: ApiScan, readers: usize) -> Self {
        Self {
            scan,
            readers,
            state: Mutex::new(State::default()),
        }
    }

    pub(crate) fn readers(&self) -> usize {
        self.readers
    }

    pub(crate) fn plan(&self) -> &ReadPlan {
        &self.scan.plan
    }

    /// A reader of these columns.
    pub(crate) fn read(
        self: &Arc<Self>,
        schema: &SchemaRef,
        columns: &[Column],
        metrics: &ExecutionPlanMetricsSet,
        context: Arc<TaskContext>,
    ) -> BoxStream<'static, Result<RecordBatch>> {
        let places: Vec<usize> = columns
            .iter()
            .filter_map(|column| {
                self.scan
                    .columns
                    .iter()
                    .position(|other| other.name == column.name)
            })
            .collect();
        let shared = Arc::clone(self);
        let baseline = BaselineMetrics::new(metrics, 0);
        let schema = Arc::clone(schema);
        let stream = futures::stream::try_unfold(
            (shared, context, 0_usize),
            move |(shared, context, next)| {
                let (places, baseline, schema) =
                    (places.clone(), baseline.clone(), Arc::clone(&schema));
                async move {
                    let Some(batch) = shared.batch(next, &context).await? else {
                        return Ok(None);
                    };
                    let rows = batch.num_rows();
                    baseline.record_output(rows);
                    let columns = places
                        .iter()
                        .map(|place| Arc::clone(batch.column(*place)))
                        .collect();
                    let options = RecordBatchOptions::new().with_row_count(Some(rows));
                    let batch = RecordBatch::try_new_with_options(schema, columns, &options)?;
                    Ok(Some((batch, (shared, context, next + 1))))
                }
            },
        );
        stream.boxed()
    }

    /// The batch of this number; fetched if nobody has wanted it before.
    async fn batch(
        &self,
        number: usize,
        context: &Arc<TaskContext>,
    ) -> Result<Option<RecordBatch>> {
        let mut state = self.state.lock().await;
        if number < state.first + state.waiting.len() {
            return state.again(number).map(Some);
        }
        if let Some(error) = &state.failed {
            return Err(DataFusionError::Shared(Arc::clone(error)));
        }
        if state.over {
            return Ok(None);
        }
        if state.source.is_none() {
            state.source = Some(run::stream(&self.scan));
        }
        let next = match &mut state.source {
            Some(source) => source.next().await,
            None => None,
        };
        match next {
            Some(Ok(batch)) => {
                state.keep(batch.clone(), self.readers.saturating_sub(1), context)?;
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
        let place = number - self.first;
        let Some(waiting) = self.waiting.get_mut(place) else {
            return Err(DataFusionError::Internal(
                "a shared batch was dropped too early".to_owned(),
            ));
        };
        waiting.wanted = waiting.wanted.saturating_sub(1);
        let batch = match &waiting.place {
            Place::Memory(batch) => batch.clone(),
            Place::Disk(file) => fetch(file.as_ref())?,
        };
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
        Ok(batch)
    }
}

/// Writes a batch to a file of its own, which goes when nobody wants it any more.
fn spill(batch: &RecordBatch, context: &TaskContext) -> Result<Place> {
    let file = context
        .runtime_env()
        .disk_manager
        .create_tmp_file("a scan that is read twice")?;
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
