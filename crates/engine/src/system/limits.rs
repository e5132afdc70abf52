//! `system.limits`: the rate limits of each connection, as answers have told them so far.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result;

use super::batch::Batch;
use crate::connection::Connection;

/// A row for each family of requests.
pub(super) fn rows(connections: &[Arc<Connection>]) -> Result<RecordBatch> {
    let mut all = Vec::new();
    for connection in connections {
        let limits = connection.rest().limits();
        all.extend(limits.into_iter().map(|limit| (connection.name(), limit)));
    }
    Batch::of(&all)
        .text("connection", |(connection, _)| Some(*connection))
        .text("family", |(_, limit)| Some(limit.family.as_str()))
        .long("per_minute", |(_, limit)| limit.per_minute.map(i64::from))
        .flag("learnt", |(_, limit)| limit.learnt)
        .long("remaining", |(_, limit)| {
            // Once the window has ended, the next one is untouched.
            let is_over = limit.resets_in.is_some_and(|left| left.is_zero());
            let left = if is_over {
                limit.per_minute
            } else {
                limit.remaining
            };
            left.map(i64::from)
        })
        .long("resets_in_seconds", |(_, limit)| {
            let left = limit.resets_in?.as_secs_f64().ceil();
            Some(left as i64)
        })
        .finish()
}
