//! `system.requests`: every attempt that was sent, newest last.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use datafusion::arrow::array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::common::Result;

use crate::connection::Connection;
use crate::zone::UTC;

/// A row for each attempt that the connections remember.
pub(super) fn rows(connections: &[Arc<Connection>]) -> Result<RecordBatch> {
    let mut all: Vec<(&str, zuzen_rest::Row)> = Vec::new();
    for connection in connections {
        all.extend(
            connection
                .rest()
                .log()
                .rows()
                .into_iter()
                .map(|row| (connection.name(), row)),
        );
    }
    all.sort_by_key(|(_, row)| (row.sent, row.number));
    let text = |pick: &dyn Fn(&zuzen_rest::Row) -> Option<String>| -> ArrayRef {
        Arc::new(
            all.iter()
                .map(|(_, row)| pick(row))
                .collect::<StringArray>(),
        )
    };
    let number = |pick: &dyn Fn(&zuzen_rest::Row) -> Option<i64>| -> ArrayRef {
        Arc::new(all.iter().map(|(_, row)| pick(row)).collect::<Int64Array>())
    };
    let millis = |pick: &dyn Fn(&zuzen_rest::Row) -> f64| -> ArrayRef {
        Arc::new(
            all.iter()
                .map(|(_, row)| Some(pick(row)))
                .collect::<Float64Array>(),
        )
    };
    let sent = all
        .iter()
        .map(|(_, row)| Some(micros(row.sent)))
        .collect::<TimestampMicrosecondArray>();
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    Ok(RecordBatch::try_from_iter([
        ("sent", Arc::new(sent.with_timezone(UTC)) as ArrayRef),
        (
            "connection",
            Arc::new(
                all.iter()
                    .map(|(name, _)| Some(*name))
                    .collect::<StringArray>(),
            ) as ArrayRef,
        ),
        ("statement", number(&|row| Some(signed(row.statement)))),
        ("purpose", text(&|row| Some(row.purpose.to_string()))),
        ("table_name", text(&|row| Some(row.table.clone()))),
        ("read", text(&|row| Some(row.read.clone()))),
        ("method", text(&|row| Some(row.method.to_owned()))),
        ("path", text(&|row| Some(row.path.clone()))),
        ("query", text(&|row| Some(row.query.clone()))),
        ("status", number(&|row| row.status.map(i64::from))),
        ("rows", number(&|row| row.rows.map(signed))),
        ("bytes", number(&|row| Some(signed(row.bytes)))),
        (
            "elapsed_ms",
            millis(&|row| row.elapsed.as_secs_f64() * 1_000.0),
        ),
        (
            "waited_ms",
            millis(&|row| row.waited.as_secs_f64() * 1_000.0),
        ),
        ("attempt", number(&|row| Some(row.attempt.into()))),
        ("error", text(&|row| row.error.clone())),
    ])?)
}

/// Microseconds since 1970.
pub(super) fn micros(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
