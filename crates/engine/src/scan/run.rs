//! Running a scan: the plan's steps one after another, pages in, record batches out.
//!
//! The stream is pulled: nothing is sent before the first poll, and no page is asked for that the consumer does not
//! want. A row leaves once: keys that have been emitted are remembered, so that overlapping reads (a tail, a list that
//! is continued by an export, pages that repeat rows) never deliver it twice.

use std::collections::VecDeque;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::common::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::DynamicFilterPhysicalExpr;
use futures::stream::{BoxStream, StreamExt};
use zuzen_plan::predicate::Predicate;
use zuzen_plan::read::{ReadPlan, Tail, Work};
use zuzen_plan::request::Request;
use zuzen_plan::scan::Scan;
use zuzen_rest::{Page, Purpose, Usage};

use super::ApiScan;
use super::meters::Meters;
use super::refusal::{Asked, gated, refusal};
use super::rows::{Layout, internal};
use super::seen::Seen;
use super::stop::{Descent, is_full};
use crate::decode::PageDecoder;
use crate::error::{Error, Kind};
use crate::keys::keys;

/// Rows in a batch that only counts.
const COUNTED_BATCH: u64 = 8_192;

/// The stream of a scan.
pub(super) fn stream(scan: &ApiScan) -> BoxStream<'static, Result<RecordBatch>> {
    let usage = Arc::new(Usage::new(Arc::clone(&scan.statement)));
    pull(Run::new(scan.clone(), usage))
}

pub(super) fn pull(run: Run) -> BoxStream<'static, Result<RecordBatch>> {
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
    /// Rows changed within the lag, before the read itself or when it is satisfied with too few.
    Tail(Box<Tail>),
    /// The same after it, for rows that moved while it paged.
    Closing(Box<Tail>),
    /// The read itself.
    Main(Box<ReadPlan>),
    /// Rows that only count.
    Counted(u64),
}

/// Pages under way.
pub(super) struct Active {
    pub(super) pages: BoxStream<'static, std::result::Result<Page, Failed>>,
    pub(super) decoder: PageDecoder,
    pub(super) layout: Layout,
    pub(super) role: Role,
}

/// Which step the pages belong to.
pub(super) enum Role {
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
pub(super) enum Failed {
    Rest(zuzen_rest::Error),
    Own(Error),
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

pub(super) struct Run {
    pub(super) scan: ApiScan,
    pub(super) usage: Arc<Usage>,
    pub(super) meters: Meters,
    steps: VecDeque<Step>,
    pub(super) active: Option<Active>,
    pub(super) seen: Seen,
    pub(super) with: Option<Seen>,
    pub(super) emitted: u64,
    pub(super) read: u64,
    /// Pages of the read itself, since it began.
    pub(super) pages: u64,
    /// The scan still covers the whole table, so that its rows may be counted.
    whole: bool,
}

impl Run {
    pub(super) fn new(scan: ApiScan, usage: Arc<Usage>) -> Self {
        let meters = Meters::new(&scan.metrics);
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
            pages: 0,
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
                self.steps.retain(|step| matches!(step, Step::Closing(_)));
                continue;
            }
            let page = active.pages.next().await;
            self.meters.raise(&self.usage);
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
        self.meters.raise(&self.usage);
        self.scan.connection.warn(self.usage.warnings());
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
        let mut scan = Scan {
            keys: None,
            ..self.scan.scan.clone()
        };
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
                    scan.predicates
                        .push(Predicate::in_values(&column.name, values));
                }
            }
        }
        // Without enumerable keys this is the scan as if there were no join.
        let connection = &self.scan.connection;
        let plan = connection.plan(&self.scan.table, &scan, &self.scan.options)?;
        self.turn(format!("ran: {}, {}", plan.read.name, plan.extent()));
        self.scan.scan = scan;
        self.steps = VecDeque::from([Step::Plan(Box::new(plan))]);
        Ok(())
    }

    /// A live statement that cannot be completed to the present says so.
    fn warn_of_lag(&self, plan: &ReadPlan) {
        if let Some(why) = plan
            .no_tail
            .as_ref()
            .filter(|_| plan.read.lag > 0 && self.scan.options.pushdown)
            && !self.scan.connection.is_indexed(&self.scan.options)
        {
            let behind = format!(
                "{} may be up to {} s behind: {why}",
                plan.table, plan.read.lag
            );
            self.scan.connection.warn(vec![behind]);
        }
    }

    /// Notes for EXPLAIN ANALYZE what the plan could not know.
    fn turn(&self, what: String) {
        self.scan.turns.lock().push(what);
    }

    /// Begins a step; a batch if it needs no pages.
    async fn start(&mut self, step: Step) -> Result<Option<RecordBatch>, Error> {
        match step {
            Step::Plan(plan) => self.expand(plan).await?,
            Step::Tail(tail) => self.begin_tail(*tail).await?,
            // A single live page shows one moment: nothing can have moved out of it.
            Step::Closing(tail) if !tail.opening && self.pages <= 1 => {}
            Step::Closing(tail) => self.begin_tail(*tail).await?,
            Step::Main(plan) => {
                self.pages = 0;
                self.active = Some(self.start_main(plan).await?);
            }
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

    async fn begin_tail(&mut self, tail: Tail) -> Result<(), Error> {
        let list = tail
            .fan_out
            .as_ref()
            .map(|fan_out| (fan_out.table.clone(), fan_out.parent.name.clone()));
        match (self.start_tail(tail).await, list) {
            (Ok(active), _) => self.active = Some(active),
            (Err(Failed::Rest(error)), Some((table, read))) => {
                match refusal(&error, Asked::InOrder) {
                    Some(said) => self.leave_out(&table, &read, said, &error)?,
                    None => return Err(error.into()),
                }
            }
            (Err(Failed::Rest(error)), None) => return Err(error.into()),
            (Err(Failed::Own(error)), _) => return Err(error),
        }
        Ok(())
    }

    /// Takes a plan apart into steps.
    async fn expand(&mut self, plan: Box<ReadPlan>) -> Result<(), Error> {
        let expected = self.usage.requests() + plan.estimate.requests;
        *self.scan.expected.lock() = Some(expected);
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
                self.warn_of_lag(&plan);
                let mut steps = vec![Step::Main(plan.clone())];
                if let Some(tail) = &plan.tail {
                    if plan.limit.is_some() {
                        // Any rows will do: the tail is only needed if the main read has too few.
                        steps.push(Step::Tail(Box::new(tail.clone())));
                    } else {
                        if tail.opening {
                            steps.insert(0, Step::Tail(Box::new(tail.clone())));
                        }
                        if tail.closing {
                            steps.push(Step::Closing(Box::new(tail.clone())));
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
            self.turn(format!(
                "ran: then {}, the list did not suffice",
                otherwise.read.name
            ));
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
        let Some(said) = refusal(&error, self.asked()) else {
            return Err(error.into());
        };
        let (table, read, bound) = match self.active.as_ref().map(|active| &active.role) {
            Some(Role::Tail {
                list: (table, read),
                ordered,
                ..
            }) => (table.clone(), read.clone(), !*ordered),
            Some(Role::Main { plan, .. }) => (
                plan.table.clone(),
                plan.read.name.clone(),
                plan.read.get.placeholders().next().is_some(),
            ),
            None => return Err(error.into()),
        };
        if bound {
            // One object that the caller may not see says nothing of the others.
            return Err(gated(&self.scan.connection, &self.scan.table, error));
        }
        self.leave_out(&table, &read, said, &error)
    }

    /// Plans again without a read that the API has refused.
    fn leave_out(
        &mut self,
        table: &str,
        read: &str,
        said: &str,
        error: &zuzen_rest::Error,
    ) -> Result<(), Error> {
        let role = self
            .scan
            .table
            .read(read)
            .and_then(|read| read.role.clone());
        let reason = role.map_or_else(
            || said.to_owned(),
            |role| format!("{said}, it takes the role {role}"),
        );
        self.replan(table, read, &reason)
            .map_err(|other| match other.kind() {
                Kind::Permission => other.with_context("the API said", error.to_string()),
                _ => other,
            })
    }

    fn asked(&self) -> Asked {
        match self.active.as_ref().map(|active| &active.role) {
            Some(Role::Tail { ordered: true, .. }) => Asked::InOrder,
            Some(Role::Main { plan, .. }) => Asked::of(&self.scan.table, &plan.read),
            Some(Role::Tail { .. }) | None => Asked::Plainly,
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
        self.turn(format!(
            "ran: {} instead of {read}: {reason}",
            plan.read.name
        ));
        self.active = None;
        self.steps = VecDeque::from([Step::Plan(Box::new(plan))]);
        Ok(())
    }

    /// Looks at the order of an ordered list: it may be enough, or not be what it claims.
    pub(super) fn follow(&mut self, order: &ArrayRef) -> Result<(), Error> {
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
                        let read = otherwise.read.name.clone();
                        self.scan
                            .turns
                            .lock()
                            .push(format!("ran: then {read}, the list did not suffice"));
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
}

impl From<zuzen_rest::Error> for Failed {
    fn from(error: zuzen_rest::Error) -> Self {
        Self::Rest(error)
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Own(error)
    }
}
