//! Running a remote scan: join keys in, jobs out, their results as batches.
//!
//! Nothing is sent before the first poll. A job that asks for too much fails as a whole, before any row has left, so
//! what is done instead starts from nothing: a subplan in ranges or table by table, a table in
//! ranges or through an export.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::MemoryPool;
use datafusion::physical_plan::execute_stream;
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use zuzen_plan::job::{Cap, Patience, aqua, data_query};
use zuzen_plan::remote::{Condition, Literal, Test};
use zuzen_plan::value::{Type, Value};
use zuzen_rest::{JobRequest, Purpose, Usage};

use super::bound::Bound;
use super::driven::Driven;
use super::estimate::{excessive_tables, known_excess};
use super::own_keys::OwnKeys;
use super::raw::RawRead;
use super::read::{Job, Output, TableRead};
use super::results::{Failed, Places, Results, plain};
use super::scan::{MOST_KEYS, QueryRead, RemoteScan, What};
use super::service::Service;
use super::split::{self, Source, TIME};
use super::unique::Driver;
use super::writer::{Extra, header, write};
use crate::connection::Connection;
use crate::decode::kind_of;
use crate::error::{Error, Kind};
use crate::scan::Meters;

/// Batches of a scan.
pub(super) type Batches = BoxStream<'static, Result<RecordBatch>>;

/// The stream of a scan.
pub(super) fn stream(scan: RemoteScan, context: Arc<TaskContext>) -> Batches {
    let begun = async move {
        let run = Run::new(scan, &context);
        let metered = run.meters.clone();
        let usage = Arc::clone(&run.usage);
        let bound = Bound::of(&run.scan);
        let batches = run.begin(context).await.map_err(Error::into_datafusion)?;
        Ok::<_, DataFusionError>(batches.map(move |batch| {
            metered.raise(&usage);
            let batch = batch?;
            metered.rows.add(batch.num_rows());
            metered.baseline.record_output(batch.num_rows());
            bound.check(metered.rows.value())?;
            Ok(batch)
        }))
    };
    futures::stream::once(begun).try_flatten().boxed()
}

/// A scan under way.
#[derive(Clone)]
pub(super) struct Run {
    pub(super) scan: Arc<RemoteScan>,
    pub(super) usage: Arc<Usage>,
    meters: Arc<Meters>,
    pub(super) memory: Arc<dyn MemoryPool>,
}

impl Run {
    fn new(scan: RemoteScan, context: &TaskContext) -> Self {
        Self {
            memory: Arc::clone(context.memory_pool()),
            usage: Arc::new(Usage::new(Arc::clone(&scan.statement))),
            meters: Arc::new(Meters::new(&scan.metrics)),
            scan: Arc::new(scan),
        }
    }

    async fn begin(self, context: Arc<TaskContext>) -> Result<Batches, Error> {
        match &self.scan.what {
            What::Query(read) => self.query(read, context).await,
            What::Raw(read) => self.raw(read).await,
            What::Table(read) => {
                let parts = self.parts(read).await;
                match parts {
                    Keyed::Nothing => Ok(futures::stream::empty().boxed()),
                    Keyed::All => self.clone().table(read.as_ref().clone(), Vec::new()).await,
                    Keyed::Parts(place, parts) => self.several(read, place, parts),
                }
            }
        }
    }

    /// Notes for EXPLAIN ANALYZE what the plan could not know.
    pub(super) fn turn(&self, what: String) {
        self.scan.turns.lock().push(what);
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.scan.connection
    }

    /// Join keys by output column, if there are not too many.
    async fn keys(&self) -> Vec<(usize, Vec<Value>)> {
        let fields = self.scan.schema_fields();
        let columns: Vec<(String, Type)> = fields
            .iter()
            .map(|field| {
                (
                    field.name().clone(),
                    kind_of(field.data_type()).unwrap_or(Type::Json),
                )
            })
            .collect();
        let mut keys = self.scan.filters.keys(&columns).await;
        // Filters know columns by name only: of two with one name, nobody can tell which is meant.
        let is_alone = |place: usize| {
            let (name, _) = &columns[place];
            columns.iter().filter(|(other, _)| other == name).count() == 1
        };
        keys.retain(|(place, values)| values.len() as u64 <= MOST_KEYS && is_alone(*place));
        keys
    }

    async fn query(&self, read: &QueryRead, context: Arc<TaskContext>) -> Result<Batches, Error> {
        let mut extra: Extra = HashMap::new();
        for (place, values) in self.keys().await {
            let Some(origin) = self.scan.origin(place) else {
                continue;
            };
            if values.is_empty() {
                return Ok(futures::stream::empty().boxed());
            }
            self.turn(format!(
                "ran: {} IN (<{} keys>)",
                origin.column,
                values.len()
            ));
            extra.entry(origin.table).or_default().push(Condition {
                column: origin.column,
                test: Test::In(values.iter().map(Literal::from).collect()),
            });
        }
        let written = match extra.is_empty() {
            true => Some(read.written.clone()),
            false => write(&read.plan, &extra),
        };
        // Too many keys for a statement: without them it is right as well.
        let written = written
            .filter(|written| written.text.len() <= zuzen_plan::trino::LONGEST)
            .unwrap_or_else(|| read.written.clone());
        if let Some((cap, message)) = self.known_excess(read, &written.text) {
            return self.beyond(read, &extra, cap, message, context).await;
        }
        let fields = self.scan.schema_fields();
        let outputs: Option<Vec<Output>> = fields
            .iter()
            .enumerate()
            .map(|(place, field)| {
                Some(Output {
                    header: header(place),
                    kind: kind_of(field.data_type())?,
                })
            })
            .collect();
        let outputs =
            outputs.ok_or_else(|| Error::new(Kind::Internal, "a column cannot be read"))?;
        let job = Job::of(written.text, outputs);
        let tables = read.written.tables.clone();
        let title = format!("a query over {}", tables.join(", "));
        let mut results = self.open(Opening::of_query(&job, tables, title, Purpose::Data))?;
        match results.next().await {
            Ok(first) => Ok(followed(first, results)),
            Err(Failed::TooMuch { cap, message }) => {
                self.connection().exceed_by(&job.text, cap);
                self.beyond(read, &extra, cap, message, context).await
            }
            Err(failed) => Err(failed.error()),
        }
    }

    /// The cap that a statement is known to exceed, and why, so that it need not fail first.
    fn known_excess(&self, read: &QueryRead, text: &str) -> Option<(Cap, String)> {
        let before = self.connection().has_exceeded(text);
        let before = before.map(|cap| (cap, "the same has exceeded a cap before".to_owned()));
        before.or_else(|| known_excess(&read.plan))
    }

    /// A subplan that no single job may run: in ranges of one of its tables if it can be cut so, else table by table.
    async fn beyond(
        &self,
        read: &QueryRead,
        extra: &Extra,
        cap: Cap,
        message: String,
        context: Arc<TaskContext>,
    ) -> Result<Batches, Error> {
        let excessive = excessive_tables(&read.plan);
        // A range reads less of its own table only.
        let is_suited = |driver: &Driver| match cap {
            Cap::Input => {
                driver.is(TIME, &Type::Timestamp)
                    && excessive.iter().all(|place| *place == driver.place)
            }
            Cap::Output | Cap::Rows | Cap::File => {
                excessive.iter().all(|place| *place == driver.place)
            }
        };
        let driven = Driven::of(&read.plan, extra, is_suited);
        // Keys of a join may leave no room for a range.
        let driven = driven.or_else(|| Driven::of(&read.plan, &Extra::new(), is_suited));
        if let Some(driven) = driven {
            let by = format!("in ranges of {}", driven.table.name);
            let source = Source::Join(Box::new(driven));
            match split::ranges(self.clone(), source, Vec::new(), cap).await {
                Ok(batches) => {
                    self.turn(format!("ran: {by}, because {message}"));
                    return Ok(batches);
                }
                Err(Failed::TooMuch { message, .. }) => self.turn(format!("not {by}: {message}")),
                Err(failed) => return Err(failed.error()),
            }
        }
        self.turn(format!("ran: table by table, because {message}"));
        let stream = execute_stream(Arc::clone(&read.otherwise), context)?;
        Ok(stream.boxed())
    }

    /// The rows of a statement as it is written.
    async fn raw(&self, read: &RawRead) -> Result<Batches, Error> {
        let job = Job::of(read.text.clone(), read.columns.clone());
        let title = format!("{}.data_query", self.connection().name());
        let mut results = self.open(Opening::of_query(&job, Vec::new(), title, Purpose::Data))?;
        let first = results.next().await;
        let first = first.map_err(|failed| read.failed(failed.error()))?;
        let read = read.clone();
        let failed = move |error| read.failed(Error::from(error)).into_datafusion();
        Ok(followed(first, results).map_err(failed).boxed())
    }

    /// The conditions that join keys make.
    async fn parts(&self, read: &TableRead) -> Keyed {
        let keys = self.keys().await;
        if keys.iter().any(|(_, values)| values.is_empty()) {
            return Keyed::Nothing;
        }
        // One column's keys are enough; the join checks the others.
        let fewest = keys
            .into_iter()
            .filter(|(place, _)| self.scan.origin(*place).is_some())
            .min_by_key(|(_, values)| values.len());
        let Some((place, values)) = fewest else {
            return Keyed::All;
        };
        let Some(origin) = self.scan.origin(place) else {
            return Keyed::All;
        };
        if self
            .scan
            .saving(place, values.len() as u64)
            .is_none_or(|saved| saved < 0.0)
        {
            return Keyed::All;
        }
        self.turn(format!(
            "ran: {} IN (<{} keys>)",
            origin.column,
            values.len()
        ));
        let parts = read.by_keys(&origin.column, &values);
        if parts.len() > 1 && !parts.iter().all(|part| OwnKeys::of(part).is_some()) {
            return Keyed::All;
        }
        Keyed::Parts(place, parts)
    }

    /// A job for each part. What one finds too many, because text was folded or a condition found no room, the others may
    /// find, too: each delivers the rows of its own keys only.
    fn several(
        &self,
        read: &TableRead,
        place: usize,
        parts: Vec<Condition>,
    ) -> Result<Batches, Error> {
        let alone = parts.len() == 1;
        let (run, read) = (self.clone(), read.clone());
        let each = futures::stream::iter(parts).then(move |part| {
            let (run, read) = (run.clone(), read.clone());
            async move {
                let own = OwnKeys::of(&part);
                let batches = run.table(read, vec![part]).await;
                let batches = batches.map_err(Error::into_datafusion)?;
                Ok::<Batches, DataFusionError>(match own {
                    Some(own) if !alone => {
                        batches.map(move |batch| own.kept(&batch?, place)).boxed()
                    }
                    _ => batches,
                })
            }
        });
        Ok(each.try_flatten().boxed())
    }

    /// The rows of a table under these conditions besides its own.
    pub(super) async fn table(
        self,
        mut read: TableRead,
        besides: Vec<Condition>,
    ) -> Result<Batches, Error> {
        if besides.is_empty()
            && let Some((cap, why)) = read.known_excess(self.connection())
        {
            self.turn(format!("ran: in ranges, because {why}"));
            return split::table(self, read, besides, cap, why).await;
        }
        loop {
            if read.service == Service::Export {
                self.leave_out_known(&mut read)?;
            }
            let Some(mut results) = self.results(&read, &besides)? else {
                return Ok(futures::stream::empty().boxed());
            };
            match results.next().await {
                Ok(first) => {
                    let whole = besides.is_empty() && read.is_whole();
                    let connection = Arc::clone(self.connection());
                    let name = read.table.name.clone();
                    return Ok(match whole {
                        true => counted(followed_with(first, results), connection, name),
                        false => followed(first, results),
                    });
                }
                Err(Failed::Field { name, error }) => {
                    if !self.leave_out(&mut read, &name) {
                        return Err(error);
                    }
                    self.connection().reject(&read.table.name, &name);
                }
                Err(Failed::TooMuch { cap, message }) => {
                    if read.service != Service::Export && read.is_whole() {
                        self.connection().exceed(&read.table.name);
                    }
                    let auto = self.connection().service() == Service::Auto;
                    let exported = TableRead {
                        service: Service::Export,
                        ..read.clone()
                    };
                    if auto && read.service != Service::Export && exported.job(&besides).is_ok() {
                        self.turn(format!("ran: AQuA export, because {message}"));
                        read = exported;
                        continue;
                    }
                    // The first rows of no order are those of the first ranges; what is above ends them.
                    if read.order.is_empty() {
                        read.limit = None;
                    }
                    self.turn(format!("ran: in ranges, because {message}"));
                    return split::table(self, read, besides, cap, message).await;
                }
                Err(Failed::Error(error)) => return Err(error),
            }
        }
    }

    /// Goes on without the columns that the export is known to reject.
    ///
    /// # Errors
    /// `Unsupported` if the statement uses one of them.
    fn leave_out_known(&self, read: &mut TableRead) -> Result<(), Error> {
        // The plan has left these out of `*`, when nobody knew yet what else the statement does with them.
        let unexported = read.unexported();
        for column in read
            .left_out
            .iter()
            .filter(|column| unexported.contains(column))
        {
            if self.scan.uses(column) {
                return Err(read.lacking(column, "an AQuA export"));
            }
        }
        if !read.left_out.is_empty() && !unexported.is_empty() {
            self.connection().warn(vec![format!(
                "{}: left out (NULL), because an AQuA export does not have them: {}; Data Query may",
                read.table.name,
                unexported.join(", ")
            )]);
        }
        for field in self.connection().rejected(&read.table.name) {
            if read.column_of_path(&field).is_some() && !self.leave_out(read, &field) {
                let message = format!(
                    "the export rejects the field {field} of {}",
                    read.table.name
                );
                return Err(Error::new(Kind::Unsupported, message)
                    .with_hint("leave the column out, or read the table with Data Query"));
            }
        }
        Ok(())
    }

    /// Goes on without a column that the export rejects; `false` if there is none of this name, or if the statement does
    /// more with it than to show it.
    fn leave_out(&self, read: &mut TableRead, field: &str) -> bool {
        let Some(column) = read.column_of_path(field) else {
            return false;
        };
        if read.named || self.scan.uses(&column) {
            return false;
        }
        let said = format!(
            "{}.{column} is left out (NULL): the export rejects the field {field}; Data Query may have it",
            read.table.name
        );
        self.connection().warn(vec![said]);
        read.left_out.push(column);
        true
    }

    /// The results of one job for a table; `None` if no row can match.
    pub(super) fn results(
        &self,
        read: &TableRead,
        besides: &[Condition],
    ) -> Result<Option<Results>, Error> {
        let Some(job) = read.job(besides)? else {
            return Ok(None);
        };
        self.results_of(read, &job, Purpose::Data).map(Some)
    }

    pub(super) fn results_of(
        &self,
        read: &TableRead,
        job: &Job,
        purpose: Purpose,
    ) -> Result<Results, Error> {
        let mut next = 0..;
        let places = read
            .columns
            .iter()
            .map(|column| {
                if read.left_out.contains(&column.name) {
                    None
                } else {
                    next.next()
                }
            })
            .collect();
        self.open(Opening {
            service: read.service,
            job,
            export: (read.service == Service::Export).then(|| read.export_of(job)),
            tables: vec![read.table.name.clone()],
            title: format!("{}.{}", self.connection().name(), read.table.name),
            places,
            purpose,
        })
    }

    pub(super) fn open(&self, opening: Opening<'_>) -> Result<Results, Error> {
        let Opening {
            service,
            job,
            export,
            tables,
            title,
            places,
            purpose,
        } = opening;
        let caps = self.connection().caps();
        let (body, service_of_job, patience) = match &export {
            Some(export) => (
                aqua::submission(export),
                zuzen_plan::job::Service::Export,
                Patience::for_aqua(caps.export_retries, caps.export_hours),
            ),
            None => (
                data_query::submission(&job.text, caps.query_options(purpose)),
                zuzen_plan::job::Service::DataQuery,
                caps.query_patience(),
            ),
        };
        let request = JobRequest {
            service: service_of_job,
            body,
            statement: job.text.clone(),
            table: title.clone(),
            tables: tables.clone(),
            purpose,
            patience,
        };
        let stream = self
            .connection()
            .rest()
            .job(request, Arc::clone(&self.usage));
        let schema = match purpose {
            Purpose::Data => self.scan.schema_of(places.len()),
            _ => plain(&job.outputs),
        };
        let results = Results::new(stream, service, &job.outputs, places, schema, title)?;
        Ok(results.reporting_to(self.connection(), &tables))
    }
}

/// A job and what is to be made of its result.
pub(super) struct Opening<'a> {
    service: Service,
    job: &'a Job,
    export: Option<aqua::Export>,
    tables: Vec<String>,
    /// What is read, for people.
    title: String,
    places: Places,
    purpose: Purpose,
}

impl<'a> Opening<'a> {
    /// A job of Data Query whose columns are those wanted.
    pub(super) fn of_query(
        job: &'a Job,
        tables: Vec<String>,
        title: String,
        purpose: Purpose,
    ) -> Self {
        Self {
            service: Service::DataQuery,
            places: (0..job.outputs.len()).map(Some).collect(),
            export: None,
            job,
            tables,
            title,
            purpose,
        }
    }
}

/// What the keys of a join ask for.
enum Keyed {
    Nothing,
    All,
    /// By the keys of this output column.
    Parts(usize, Vec<Condition>),
}

/// The first batch and all that follow it.
pub(super) fn followed(first: Option<RecordBatch>, results: Results) -> Batches {
    followed_with(first, results)
        .map_ok(|(batch, _)| batch)
        .boxed()
}

/// The same, each batch with the number of rows read so far.
fn followed_with(
    first: Option<RecordBatch>,
    results: Results,
) -> BoxStream<'static, Result<(RecordBatch, u64)>> {
    let start = (first, results);
    let next = |(first, mut results): (Option<RecordBatch>, Results)| async move {
        let batch = match first {
            Some(batch) => Some(batch),
            None => results
                .next()
                .await
                .map_err(|failed| failed.error().into_datafusion())?,
        };
        Ok(batch.map(|batch| {
            let rows = results.rows();
            ((batch, rows), (None, results))
        }))
    };
    futures::stream::try_unfold(start, next).boxed()
}

/// Remembers how many rows a whole table had, once they have all been read.
fn counted(
    batches: BoxStream<'static, Result<(RecordBatch, u64)>>,
    connection: Arc<Connection>,
    table: String,
) -> Batches {
    let state = (batches, connection, table, 0_u64);
    futures::stream::unfold(state, |(mut batches, connection, table, read)| async move {
        match batches.next().await {
            Some(Ok((batch, rows))) => Some((Ok(batch), (batches, connection, table, rows))),
            // Nothing is learnt from half a table.
            Some(Err(error)) => {
                let over = futures::stream::empty().boxed();
                Some((Err(error), (over, connection, String::new(), read)))
            }
            None => {
                if !table.is_empty() {
                    connection.count(&table, read);
                }
                None
            }
        }
    })
    .boxed()
}
