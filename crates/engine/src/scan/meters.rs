//! What a scan shows in EXPLAIN ANALYZE.

use std::time::Duration;

use datafusion::physical_plan::metrics::{
    BaselineMetrics, Count, ExecutionPlanMetricsSet, MetricBuilder, Time,
};
use zuzen_rest::Usage;

/// What EXPLAIN ANALYZE shows.
pub(crate) struct Meters {
    pub(crate) baseline: BaselineMetrics,
    requests: Count,
    pages: Count,
    pub(crate) rows: Count,
    bytes: Count,
    retries: Count,
    pub(crate) decode: Time,
    wait: Time,
}

impl Meters {
    pub(crate) fn new(metrics: &ExecutionPlanMetricsSet) -> Self {
        let counter = |name: &'static str| MetricBuilder::new(metrics).counter(name, 0);
        Self {
            baseline: BaselineMetrics::new(metrics, 0),
            requests: counter("requests"),
            pages: counter("pages"),
            rows: counter("rows_fetched"),
            bytes: counter("bytes"),
            retries: counter("retries"),
            decode: MetricBuilder::new(metrics).subset_time("decode_time", 0),
            wait: MetricBuilder::new(metrics).subset_time("rate_limit_wait", 0),
        }
    }

    /// Brings the meters up to what has been used so far.
    pub(crate) fn raise(&self, usage: &Usage) {
        let raise = |count: &Count, to: u64| {
            let to = usize::try_from(to).unwrap_or(usize::MAX);
            count.add(to.saturating_sub(count.value()));
        };
        raise(&self.requests, usage.requests());
        raise(&self.pages, usage.pages());
        raise(&self.bytes, usage.bytes());
        raise(&self.retries, usage.retries());
        let known = Duration::from_nanos(self.wait.value() as u64);
        self.wait.add_duration(usage.waited().saturating_sub(known));
    }
}
