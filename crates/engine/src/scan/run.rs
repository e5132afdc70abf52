//! Running a scan: the plan's steps one after another, pages in, record batches out.
//!
//! The stream is pulled: nothing is sent before the first poll, and no page is asked for that the consumer does not
//! want. A row leaves once: keys that have been emitted are remembered, so that overlapping reads (a tail, a list that
//! is continued by an export, pages that repeat rows) never deliver it twice.

use std::collections::VecDeque;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions,
};
use datafusion::arrow::compute::{and, filter, filter_record_batch, not};
use datafusion::arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use datafusion::common::Result;
use datafusion::execution::TaskContext;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::DynamicFilterPhysicalExpr;
use datafusion::physical_plan::metrics::{BaselineMetrics, Count, MetricBuilder, Time};
use futures::future::BoxFuture;
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use zuzen_plan::cost::SIDE_BY_SIDE;
use zuzen_plan::read::{OnlyWith, ReadPlan, Tail, Work, requests_for};
use zuzen_plan::request::Request;
use zuzen_plan::scan::Scan;
use zuzen_plan::table::{DropWhen, Read, Table};
use zuzen_plan::value::{MICROS, Value};
use zuzen_rest::{Page, Purpose, Usage};

use super::ApiScan;
use super::seen::Seen;
use super::stop::{Descent, is_full};
use crate::decode::{PageDecoder, Shape};
use crate::error::{Error, Kind};
use crate::keys::keys;
use crate::table::RAW;

/// Rows in a batch that only counts.
const COUNTED_BATCH: u64 = 8_192;

/// The stream of a scan.
pub(super) fn stream(
    scan: &ApiScan,
    _context: Arc<TaskContext>,
) -> BoxStream<'static, Result<RecordBatch>> {
    let usage = Arc::new(Usage::new(Arc::clone(&scan.statement)));
    pull(Run::new(scan.clone(), usage))
}

fn pull(run: Run) -> BoxStream<'static, Result<RecordBatch>> {
    let next = |mut run: Box<Run>| async move {
        match run.next().await {
            Ok(Some(batch)) => Ok(Some((batch, run))),
            Ok(None) => Ok(None),
            Err(error) => Err(error.into_datafusion()),
        }
    };
    futures::stream::try_unfold(Box::new(run), next).boxed()
}

/// What is still to be done.
enum Step {
    /// A plan to take apart.
    Plan(Box<ReadPlan>),
    /// Rows changed within the lag.
    Tail(Box<Tail>),
    /// The read itself.
    Main(Box<ReadPlan>),
    /// Rows that only count.
    Counted(u64),
}

/// Pages under way.
struct Active {
    pages: BoxStream<'static, std::result::Result<Page, Failed>>,
    decoder: PageDecoder,
    layout: Layout,
    role: Role,
}

/// Which step the pages belong to.
enum Role {
    Tail {
        since: i64,
        list: (String, String),
        descent: Descent,
        ordered: bool,
    },
    Main {
        plan: Box<ReadPlan>,
        descent: Descent,
    },
}

/// Why no page came.
enum Failed {
    Rest(zuzen_rest::Error),
    Own(Error),
}

/// Where in a decoded batch the columns are that decide about rows.
struct Layout {
    output: Vec<usize>,
    key: Option<usize>,
    order: Option<usize>,
    only_with: Option<usize>,
    drops: Vec<usize>,
}

impl Active {
    /// Whether the consumer's top-n can take nothing more of this list.
    fn is_full(&self, scan: &ApiScan) -> bool {
        let Role::Main { plan, descent } = &self.role else {
            return false;
        };
        let Some(stop) = plan.stop.as_ref().filter(|stop| stop.newest.is_some()) else {
            return false;
        };
        let Some(oldest) = descent.oldest.filter(|_| !descent.broken) else {
            return false;
        };
        is_full(
            &scan.dynamic,
            &scan.properties_schema(),
            &stop.column,
            oldest,
        )
    }
}

struct Run {
    scan: ApiScan,
    usage: Arc<Usage>,
    meters: Meters,
    steps: VecDeque<Step>,
    active: Option<Active>,
    seen: Seen,
    with: Option<Seen>,
    emitted: u64,
    read: u64,
    /// The scan still covers the whole table, so that its rows may be counted.
    whole: bool,
}

/// What EXPLAIN ANALYZE shows.
struct Meters {
    baseline: BaselineMetrics,
    requests: Count,
    pages: Count,
    rows: Count,
    bytes: Count,
    retries: Count,
    decode: Time,
    wait: Time,
}

impl Run {
    fn new(scan: ApiScan, usage: Arc<Usage>) -> Self {
        let counter = |name: &'static str| MetricBuilder::new(&scan.metrics).counter(name, 0);
        let meters = Meters {
            baseline: BaselineMetrics::new(&scan.metrics, 0),
            requests: counter("requests"),
            pages: counter("pages"),
            rows: counter("rows_fetched"),
            bytes: counter("bytes"),
            retries: counter("retries"),
            decode: MetricBuilder::new(&scan.metrics).subset_time("decode_time", 0),
            wait: MetricBuilder::new(&scan.metrics).subset_time("rate_limit_wait", 0),
        };
        let whole = scan.scan.predicates.is_empty()
            && scan.scan.limit.is_none()
            && scan.scan.newest.is_none()
            && scan.awaitable.is_empty();
        let steps = VecDeque::from([Step::Plan(Box::new(scan.plan.clone()))]);
        Self {
            scan,
            usage,
            meters,
            steps,
            active: None,
            seen: Seen::default(),
            with: None,
            emitted: 0,
            read: 0,
            whole,
        }
    }

    /// The next batch that has rows.
    async fn next(&mut self) -> Result<Option<RecordBatch>, Error> {
        self.await_keys().await?;
        loop {
            if self.is_satisfied() {
                self.active = None;
                self.steps.clear();
            }
            let Some(active) = &mut self.active else {
                match self.steps.pop_front() {
                    Some(step) => {
                        if let Some(batch) = self.start(step).await? {
                            return Ok(Some(batch));
                        }
                        continue;
                    }
                    None => {
                        self.finish();
                        return Ok(None);
                    }
                }
            };
            if active.is_full(&self.scan) {
                self.active = None;
                self.steps.clear();
                continue;
            }
            let page = active.pages.next().await;
            self.measure();
            match page {
                Some(Ok(page)) => {
                    if let Some(batch) = self.take(&page)? {
                        return Ok(Some(batch));
                    }
                }
                Some(Err(failed)) => self.recover(failed)?,
                None => self.end_of_pages()?,
            }
        }
    }

    fn is_satisfied(&self) -> bool {
        self.scan
            .plan
            .limit
            .is_some_and(|limit| self.emitted >= limit)
    }

    fn finish(&mut self) {
        self.measure();
        if self.whole {
            self.whole = false;
            self.scan
                .connection
                .count(&self.scan.table.name, self.emitted);
        }
    }

    /// Waits for the keys of hash joins and plans again with them.
    async fn await_keys(&mut self) -> Result<(), Error> {
        if self.scan.awaitable.is_empty() {
            return Ok(());
        }
        let awaitable = std::mem::take(&mut self.scan.awaitable);
        let dynamic = self.scan.dynamic.clone();
        let mut predicates = Vec::new();
        for filter in &dynamic {
            let Some(join) = filter.downcast_ref::<DynamicFilterPhysicalExpr>() else {
                continue;
            };
            if !join
                .expression_id()
                .is_some_and(|id| awaitable.contains(&id))
            {
                continue;
            }
            join.wait_complete().await;
            for column in &self.scan.columns {
                if let Some(values) = keys(filter, &column.name, &column.kind) {
                    predicates.push((column.name.clone(), values));
                }
            }
        }
        let Some((column, values)) = predicates
            .into_iter()
            .min_by_key(|(_, values)| values.len())
        else {
            // Nothing enumerable: the scan is made as if there were no join.
            let bare = Scan {
                keys: None,
                ..self.scan.scan.clone()
            };
            let plan = self
                .scan
                .connection
                .plan(&self.scan.table, &bare, &self.scan.options)?;
            self.steps = VecDeque::from([Step::Plan(Box::new(plan))]);
            return Ok(());
        };
        let scan = &self.scan;
        let plan = scan.connection.plan_with_keys(
            &scan.table,
            &scan.scan,
            &scan.options,
            &column,
            values,
        )?;
        self.steps = VecDeque::from([Step::Plan(Box::new(plan))]);
        Ok(())
    }

    /// Begins a step; a batch if it needs no pages.
    async fn start(&mut self, step: Step) -> Result<Option<RecordBatch>, Error> {
        match step {
            Step::Plan(plan) => self.expand(plan).await?,
            Step::Tail(tail) => self.active = Some(self.start_tail(*tail).await?),
            Step::Main(plan) => self.active = Some(self.start_main(plan).await?),
            Step::Counted(rows) => {
                let now = rows.min(COUNTED_BATCH);
                if rows > now {
                    self.steps.push_front(Step::Counted(rows - now));
                }
                self.emitted += now;
                let options = RecordBatchOptions::new().with_row_count(usize::try_from(now).ok());
                let batch = RecordBatch::try_new_with_options(
                    self.scan.properties_schema(),
                    Vec::new(),
                    &options,
                );
                return Ok(Some(batch.map_err(internal)?));
            }
        }
        Ok(None)
    }

    /// Takes a plan apart into steps.
    async fn expand(&mut self, plan: Box<ReadPlan>) -> Result<(), Error> {
        match &plan.work {
            Work::Nothing => {}
            Work::Keyed { .. } => {
                let bare = Scan {
                    keys: None,
                    ..self.scan.scan.clone()
                };
                let plan =
                    self.scan
                        .connection
                        .plan(&self.scan.table, &bare, &self.scan.options)?;
                self.steps.push_front(Step::Plan(Box::new(plan)));
            }
            Work::Count {
                request,
                at,
                exact_below,
                otherwise,
            } => {
                let count = self.ask_count(request, at).await?;
                let step = match count {
                    Some(count) if count < *exact_below => {
                        self.whole = false;
                        Step::Counted(count)
                    }
                    _ => Step::Plan(otherwise.clone()),
                };
                self.steps.push_front(step);
            }
            Work::Requests(_) | Work::FanOut { .. } => {
                if let Some(with) = &plan.only_with {
                    self.with = Some(self.parent_keys(with).await?);
                }
                let mut steps = vec![Step::Main(plan.clone())];
                if let Some(tail) = &plan.tail {
                    if plan.limit.is_some() {
                        // Any rows will do: the tail is only needed if the main read has too few.
                        steps.push(Step::Tail(Box::new(tail.clone())));
                    } else {
                        steps.insert(0, Step::Tail(Box::new(tail.clone())));
                        if tail.closing {
                            steps.push(Step::Tail(Box::new(tail.clone())));
                        }
                    }
                }
                for step in steps.into_iter().rev() {
                    self.steps.push_front(step);
                }
            }
        }
        Ok(())
    }

    async fn ask_count(&mut self, request: &Request, at: &[String]) -> Result<Option<u64>, Error> {
        let rest = self.scan.connection.rest();
        let body = match rest
            .json(request, Arc::clone(&self.usage), Purpose::Data)
            .await
        {
            Ok(body) => body,
            // A count that is refused is only a lost short cut.
            Err(zuzen_rest::Error::Forbidden { .. } | zuzen_rest::Error::NotFound { .. }) => {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let answer: serde_json::Value = match serde_json::from_slice(&body) {
            Ok(answer) => answer,
            Err(_) => return Ok(None),
        };
        Ok(at
            .iter()
            .try_fold(&answer, |value, key| value.get(key))
            .and_then(serde_json::Value::as_u64))
    }

    async fn start_tail(&mut self, tail: Tail) -> Result<Active, Error> {
        let rest = self.scan.connection.rest().clone();
        let (pages, list, ordered) = match &tail.fan_out {
            None => {
                let pages = rest
                    .pages(tail.request.clone(), Arc::clone(&self.usage))
                    .map_err(Failed::Rest)
                    .boxed();
                (
                    pages,
                    (self.scan.table.name.clone(), tail.read.name.clone()),
                    true,
                )
            }
            Some(fan_out) => {
                let parents = self.recent_parents(&tail).await?;
                let requests = self.requests_for(&tail.read, &fan_out.column, parents);
                let pages = rest
                    .many(requests, Arc::clone(&self.usage), SIDE_BY_SIDE as usize)
                    .map_err(Failed::Rest)
                    .boxed();
                (
                    pages,
                    (fan_out.table.clone(), fan_out.parent.name.clone()),
                    false,
                )
            }
        };
        let order = ordered.then_some(tail.column.as_str());
        let (decoder, layout) = self.decoder(&tail.read, order)?;
        let role = Role::Tail {
            since: tail.since,
            list,
            descent: Descent::default(),
            ordered,
        };
        Ok(Active {
            pages,
            decoder,
            layout,
            role,
        })
    }

    async fn start_main(&mut self, plan: Box<ReadPlan>) -> Result<Active, Error> {
        let rest = self.scan.connection.rest();
        let pages = match &plan.work {
            Work::Requests(requests) => match requests.as_slice() {
                [one] => rest
                    .pages(one.clone(), Arc::clone(&self.usage))
                    .map_err(Failed::Rest)
                    .boxed(),
                several => rest
                    .many(
                        several.to_vec(),
                        Arc::clone(&self.usage),
                        SIDE_BY_SIDE as usize,
                    )
                    .map_err(Failed::Rest)
                    .boxed(),
            },
            Work::FanOut { parent, column, .. } => self.fan_out(&plan.read, parent, column)?,
            Work::Nothing | Work::Keyed { .. } | Work::Count { .. } => {
                futures::stream::empty().boxed()
            }
        };
        let order = plan.stop.as_ref().map(|stop| stop.column.as_str());
        let (decoder, layout) = self.decoder(&plan.read, order)?;
        Ok(Active {
            pages,
            decoder,
            layout,
            role: Role::Main {
                plan,
                descent: Descent::default(),
            },
        })
    }

    /// One request for each row of the parent, as those arrive.
    fn fan_out(
        &self,
        read: &Read,
        parent: &ReadPlan,
        column: &str,
    ) -> Result<BoxStream<'static, std::result::Result<Page, Failed>>, Error> {
        let nested = self.parent_scan(parent)?;
        let rest = self.scan.connection.rest().clone();
        let (usage, scan) = (Arc::clone(&self.usage), self.scan.clone());
        let (read, column) = (read.clone(), column.to_owned());
        let pages = pull(Self::new(nested, Arc::clone(&self.usage)))
            .map_err(|error| Failed::Own(error.into()))
            .map_ok(move |batch| {
                let keys = values(batch.columns().first());
                let requests = requests_of(&scan, &read, &column, keys);
                rest.many(requests, Arc::clone(&usage), SIDE_BY_SIDE as usize)
                    .map_err(Failed::Rest)
            })
            .try_flatten();
        Ok(pages.boxed())
    }

    fn requests_for(&self, read: &Read, column: &str, keys: Vec<Value>) -> Vec<Request> {
        requests_of(&self.scan, read, column, keys)
    }

    /// A scan of the parent's keys only.
    fn parent_scan(&self, parent: &ReadPlan) -> Result<ApiScan, Error> {
        let table = self.parent_table(&parent.table)?;
        let columns: Vec<_> = table
            .key
            .iter()
            .filter_map(|key| table.column(key).cloned())
            .collect();
        let schema = crate::decode::schema(&columns);
        let scan = Scan::of(columns.iter().map(|column| column.name.clone()).collect());
        let nested = ApiScan::new(
            Arc::clone(&self.scan.connection),
            table,
            columns,
            schema,
            scan,
            parent.clone(),
            self.scan.options.clone(),
        );
        Ok(ApiScan {
            statement: Arc::clone(&self.scan.statement),
            ..nested
        })
    }

    fn parent_table(&self, name: &str) -> Result<Arc<Table>, Error> {
        let missing = || {
            Error::new(
                Kind::Internal,
                format!("there is no table `{name}` to read keys from"),
            )
        };
        self.scan.connection.table(name).ok_or_else(missing)
    }

    fn parent_keys(&self, with: &OnlyWith) -> BoxFuture<'static, Result<Seen, Error>> {
        let parent = self
            .parent_scan(&with.parent)
            .map(|scan| pull(Self::new(scan, Arc::clone(&self.usage))));
        Box::pin(async move {
            let (mut found, mut batches) = (Seen::default(), parent?);
            while let Some(batch) = batches.try_next().await.map_err(Error::from)? {
                if let Some(keys) = batch.columns().first() {
                    found.insert(keys);
                }
            }
            Ok(found)
        })
    }

    /// Keys of the parents that changed within the lag.
    async fn recent_parents(&mut self, tail: &Tail) -> Result<Vec<Value>, Error> {
        let Some(fan_out) = &tail.fan_out else {
            return Ok(Vec::new());
        };
        let table = self.parent_table(&fan_out.table)?;
        let wanted = [table.key.as_deref(), Some(tail.column.as_str())];
        let columns = wanted
            .into_iter()
            .flatten()
            .filter_map(|name| table.column(name).cloned())
            .collect();
        let read = &fan_out.parent;
        let shape = Shape {
            columns,
            items: read.items.clone(),
            outer: read.outer.clone(),
            keep: read.keep.clone(),
        };
        let mut decoder = PageDecoder::new(&shape)?;
        let mut pages = self
            .scan
            .connection
            .rest()
            .pages(tail.request.clone(), Arc::clone(&self.usage));
        let (mut found, mut descent) = (Vec::new(), Descent::default());
        while let Some(page) = pages.try_next().await? {
            let batch = decoder.decode(&page.body, &page.request.bound)?;
            let [keys, order] = batch.columns() else {
                break;
            };
            let since = tail.since.saturating_mul(MICROS);
            let recent = order
                .as_primitive_opt::<TimestampMicrosecondType>()
                .map_or_else(
                    || BooleanArray::from(vec![true; order.len()]),
                    |times| {
                        times
                            .iter()
                            .map(|time| Some(time.is_none_or(|time| time >= since)))
                            .collect()
                    },
                );
            found.extend(values(Some(&filter(keys, &recent).map_err(internal)?)));
            descent.follow(order);
            if descent.is_past(tail.since) {
                break;
            }
        }
        Ok(found)
    }

    /// A decoder for the scan's columns and for those that decide about rows.
    fn decoder(&self, read: &Read, order: Option<&str>) -> Result<(PageDecoder, Layout), Error> {
        let table = &self.scan.table;
        let mut columns = self.scan.columns.clone();
        let output = (0..columns.len()).collect();
        let mut need = |name: &str| {
            if read.lacks.iter().any(|lacked| lacked == name) {
                return None;
            }
            if let Some(place) = columns.iter().position(|column| column.name == name) {
                return Some(place);
            }
            columns.push(table.column(name)?.clone());
            Some(columns.len() - 1)
        };
        let layout = Layout {
            output,
            key: table.key.as_deref().and_then(&mut need),
            order: order.and_then(&mut need),
            only_with: read.only_with.as_deref().and_then(&mut need),
            drops: table
                .drop
                .iter()
                .filter_map(|drop| need(&drop.column))
                .collect(),
        };
        let shape = Shape {
            columns,
            items: read.items.clone(),
            outer: read.outer.clone(),
            keep: read.keep.clone(),
        };
        Ok((PageDecoder::new(&shape)?, layout))
    }

    /// Decodes a page and keeps the rows that belong to the table and are new.
    fn take(&mut self, page: &Page) -> Result<Option<RecordBatch>, Error> {
        let Some(active) = &mut self.active else {
            return Ok(None);
        };
        let timer = self.meters.decode.timer();
        let batch = active
            .decoder
            .decode(&page.body, &page.request.bound)
            .map_err(|error| {
                Error::from(error)
                    .with_context("table", page.request.table.clone())
                    .with_context("request", format!("GET {}", page.request.path))
            })?;
        timer.done();
        let rows = batch.num_rows() as u64;
        self.read += rows;
        self.meters.rows.add(batch.num_rows());
        self.scan
            .connection
            .rest()
            .log()
            .count_rows(page.entry, rows);
        if let Some(allowed) = self.scan.connection.max_rows_scanned(&self.scan.options)
            && self.read > allowed
        {
            return Err(Error::new(
                Kind::TooExpensive,
                format!(
                    "{} has read {} rows; MaxRowsScanned allows {allowed}",
                    page.request.table, self.read
                ),
            )
            .with_hint("narrow the statement, or raise MaxRowsScanned"));
        }
        let table = &self.scan.table;
        let mut keep = belongs(table, &batch, &active.layout)?;
        if let (Some(with), Some(place)) = (&self.with, active.layout.only_with) {
            keep = and(&keep, &with.contains(batch.column(place))).map_err(internal)?;
        }
        let order = active
            .layout
            .order
            .map(|place| Arc::clone(batch.column(place)));
        let kept = if keep.true_count() == batch.num_rows() {
            batch
        } else {
            filter_record_batch(&batch, &keep).map_err(internal)?
        };
        let kept = match active.layout.key {
            Some(place) => {
                let new = self.seen.insert(kept.column(place));
                if new.true_count() == kept.num_rows() {
                    kept
                } else {
                    filter_record_batch(&kept, &new).map_err(internal)?
                }
            }
            None => kept,
        };
        let batch = self.output(kept, order.as_ref())?;
        Ok(Some(batch).filter(|batch| batch.num_rows() > 0))
    }

    /// The output columns, and what the page says about going on.
    fn output(
        &mut self,
        kept: RecordBatch,
        order: Option<&ArrayRef>,
    ) -> Result<RecordBatch, Error> {
        let Some(active) = &self.active else {
            return Ok(kept);
        };
        let mut rows = kept.num_rows();
        if let Some(limit) = self.scan.plan.limit {
            rows = rows.min(usize::try_from(limit - self.emitted.min(limit)).unwrap_or(usize::MAX));
        }
        let columns: Vec<ArrayRef> = active
            .layout
            .output
            .iter()
            .map(|place| kept.column(*place).slice(0, rows))
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch =
            RecordBatch::try_new_with_options(self.scan.properties_schema(), columns, &options);
        self.emitted += rows as u64;
        self.meters.baseline.record_output(rows);
        if let Some(order) = order {
            self.follow(order)?;
        }
        batch.map_err(internal)
    }

    /// Looks at the order of an ordered list: it may be enough, or not be what it claims.
    fn follow(&mut self, order: &ArrayRef) -> Result<(), Error> {
        let Some(active) = &mut self.active else {
            return Ok(());
        };
        match &mut active.role {
            Role::Tail {
                since,
                list,
                descent,
                ordered,
            } => {
                if !*ordered {
                    return Ok(());
                }
                descent.follow(order);
                if descent.broken {
                    let (table, read) = list.clone();
                    return self.replan(&table, &read, "its list is not in the order asked for");
                }
                if descent.is_past(*since) {
                    self.active = None;
                }
            }
            Role::Main { plan, descent } => {
                let Some(stop) = &plan.stop else {
                    return Ok(());
                };
                descent.follow(order);
                if descent.broken || stop.horizon.is_some_and(|horizon| descent.is_past(horizon)) {
                    if let Some(otherwise) = stop.otherwise.clone() {
                        self.active = None;
                        self.steps = VecDeque::from([Step::Plan(otherwise)]);
                    }
                    return Ok(());
                }
                if stop.until.is_some_and(|until| descent.is_past(until)) {
                    self.active = None;
                }
            }
        }
        Ok(())
    }

    /// The pages of a step are over.
    fn end_of_pages(&mut self) -> Result<(), Error> {
        let Some(Active {
            role: Role::Main { plan, .. },
            ..
        }) = self.active.take()
        else {
            return Ok(());
        };
        // A list of recent rows, or one page of a search, is not all there is.
        if let Some(stop) = &plan.stop
            && stop.newest.is_some()
            && (plan.read.within.is_some() || !plan.read.is_paged())
            && let Some(otherwise) = &stop.otherwise
        {
            self.steps = VecDeque::from([Step::Plan(otherwise.clone())]);
        }
        Ok(())
    }

    /// A refused read is remembered and the next one is taken; everything else ends the scan.
    fn recover(&mut self, failed: Failed) -> Result<(), Error> {
        let error = match failed {
            Failed::Rest(error) => error,
            Failed::Own(error) => return Err(error),
        };
        let said = match &error {
            zuzen_rest::Error::Forbidden { .. } => "the caller's role may not",
            zuzen_rest::Error::NotFound { endpoint: true, .. } => {
                "the account has no such endpoint"
            }
            // Some lists take no sort; others than those that ask for one are broken statements.
            zuzen_rest::Error::Invalid { .. } if self.is_ordered() => "the API does not sort it so",
            _ => return Err(error.into()),
        };
        let (table, read) = match self.active.as_ref().map(|active| &active.role) {
            Some(Role::Tail { list, .. }) => list.clone(),
            Some(Role::Main { plan, .. }) => (plan.table.clone(), plan.read.name.clone()),
            None => return Err(error.into()),
        };
        let role = self
            .scan
            .table
            .read(&read)
            .and_then(|read| read.role.clone());
        let reason = role.map_or_else(
            || said.to_owned(),
            |role| format!("{said}, it takes the role {role}"),
        );
        self.replan(&table, &read, &reason)
            .map_err(|other| match other.kind() {
                Kind::Permission => other.with_context("the API said", error.to_string()),
                _ => other,
            })
    }

    fn is_ordered(&self) -> bool {
        match self.active.as_ref().map(|active| &active.role) {
            Some(Role::Tail { ordered, .. }) => *ordered,
            Some(Role::Main { plan, .. }) => plan.read.order.is_some(),
            None => false,
        }
    }

    /// Plans again without a read. Rows that have left stay: keys keep them from coming twice.
    fn replan(&mut self, table: &str, read: &str, reason: &str) -> Result<(), Error> {
        let unkeyed = self.scan.table.key.is_none();
        if unkeyed && self.emitted > 0 {
            return Err(Error::new(
                Kind::Remote,
                format!(
                    "{}: the read `{read}` failed after rows had been delivered: {reason}",
                    self.scan.table.name
                ),
            )
            .with_hint("run the statement again; this read is now left out"));
        }
        self.scan.connection.refuse(table, read, reason.to_owned());
        let scan = Scan {
            keys: None,
            ..self.scan.scan.clone()
        };
        let plan = self
            .scan
            .connection
            .plan(&self.scan.table, &scan, &self.scan.options)?;
        self.active = None;
        self.steps = VecDeque::from([Step::Plan(Box::new(plan))]);
        Ok(())
    }

    /// Brings the meters up to what has been used so far.
    fn measure(&self) {
        let raise = |count: &Count, to: u64| {
            let to = usize::try_from(to).unwrap_or(usize::MAX);
            count.add(to.saturating_sub(count.value()));
        };
        raise(&self.meters.requests, self.usage.requests());
        raise(&self.meters.pages, self.usage.pages());
        raise(&self.meters.bytes, self.usage.bytes());
        raise(&self.meters.retries, self.usage.retries());
        let waited = self.usage.waited();
        let known = std::time::Duration::from_nanos(self.meters.wait.value() as u64);
        self.meters.wait.add_duration(waited.saturating_sub(known));
    }
}

fn requests_of(scan: &ApiScan, read: &Read, column: &str, keys: Vec<Value>) -> Vec<Request> {
    let columns: Vec<String> = scan
        .columns
        .iter()
        .map(|column| column.name.clone())
        .filter(|name| name != RAW)
        .collect();
    scan.connection.with_known(&scan.options, |known| {
        requests_for(&scan.table, read, &columns, known, column, keys)
    })
}

/// Which rows the table holds, of those that a read delivered.
fn belongs(table: &Table, batch: &RecordBatch, layout: &Layout) -> Result<BooleanArray, Error> {
    let mut keep = BooleanArray::from(vec![true; batch.num_rows()]);
    for (drop, place) in table.drop.iter().zip(&layout.drops) {
        let column = batch.column(*place);
        let dropped: BooleanArray = match &drop.when {
            DropWhen::Set => (0..column.len())
                .map(|row| Some(column.is_valid(row)))
                .collect(),
            DropWhen::OneOf(values) => (0..column.len())
                .map(|row| Some(holds(column, row, values)))
                .collect(),
        };
        keep = and(&keep, &not(&dropped).map_err(internal)?).map_err(internal)?;
    }
    Ok(keep)
}

fn holds(column: &ArrayRef, row: usize, values: &[Value]) -> bool {
    if column.is_null(row) {
        return false;
    }
    values.iter().any(|value| match value {
        Value::Text(text) => column
            .as_string_opt::<i32>()
            .is_some_and(|column| column.value(row) == text),
        Value::Bool(truth) => column
            .as_boolean_opt()
            .is_some_and(|column| column.value(row) == *truth),
        Value::Int(number) => column
            .as_primitive_opt::<Int64Type>()
            .is_some_and(|column| column.value(row) == *number),
        Value::Timestamp(micros) => column
            .as_primitive_opt::<TimestampMicrosecondType>()
            .is_some_and(|column| column.value(row) == *micros),
        Value::Float(_) | Value::Date(_) => false,
    })
}

/// A key column as values.
fn values(column: Option<&ArrayRef>) -> Vec<Value> {
    let Some(column) = column else {
        return Vec::new();
    };
    if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
        return numbers.iter().flatten().map(Value::Int).collect();
    }
    match column.as_string_opt::<i32>() {
        Some(texts) => texts
            .iter()
            .flatten()
            .map(|text| Value::Text(text.to_owned()))
            .collect(),
        None => Vec::new(),
    }
}

fn internal(error: datafusion::arrow::error::ArrowError) -> Error {
    Error::new(
        Kind::Internal,
        format!("a batch could not be built: {error}"),
    )
}
