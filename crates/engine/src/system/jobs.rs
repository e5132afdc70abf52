//! `system.jobs`: every statement that ran, or runs, at the vendor's, newest last. Those under way are among them.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::common::Result;
use zuzen_rest::JobRow;

use super::requests::micros;
use crate::connection::Connection;
use crate::zone::UTC;

/// A row for each job that the connections remember.
pub(super) fn rows(connections: &[Arc<Connection>]) -> Result<RecordBatch> {
    let mut all: Vec<(&str, JobRow)> = Vec::new();
    for connection in connections {
        let jobs = connection.rest().jobs().rows();
        all.extend(jobs.into_iter().map(|row| (connection.name(), row)));
    }
    table(&all)
}

fn table(all: &[(&str, JobRow)]) -> Result<RecordBatch> {
    let text = |pick: &dyn Fn(&JobRow) -> Option<String>| -> ArrayRef {
        Arc::new(
            all.iter()
                .map(|(_, row)| pick(row))
                .collect::<StringArray>(),
        )
    };
    let number = |pick: &dyn Fn(&JobRow) -> Option<u64>| -> ArrayRef {
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let numbers = all.iter().map(|(_, row)| pick(row).map(signed));
        Arc::new(numbers.collect::<Int64Array>())
    };
    let names = all.iter().map(|(name, _)| Some(*name));
    let submitted = all.iter().map(|(_, row)| row.submitted.map(micros));
    let submitted = submitted
        .collect::<TimestampMicrosecondArray>()
        .with_timezone(UTC);
    let seconds = all.iter().map(|(_, row)| Some(row.elapsed.as_secs_f64()));
    Ok(RecordBatch::try_from_iter([
        ("number", number(&|row| Some(row.number))),
        (
            "connection",
            Arc::new(names.collect::<StringArray>()) as ArrayRef,
        ),
        ("statement", number(&|row| Some(row.statement))),
        ("service", text(&|row| Some(row.service.to_string()))),
        ("purpose", text(&|row| Some(row.purpose.to_string()))),
        ("table_name", text(&|row| Some(row.table.clone()))),
        ("job", text(&|row| row.job.clone())),
        ("state", text(&|row| Some(row.state.to_string()))),
        (
            "queue_place",
            number(&|row| row.queue_place.map(Into::into)),
        ),
        ("text", text(&|row| Some(row.text.clone()))),
        ("submitted", Arc::new(submitted) as ArrayRef),
        (
            "seconds",
            Arc::new(seconds.collect::<Float64Array>()) as ArrayRef,
        ),
        ("rows", number(&|row| row.rows)),
        ("bytes", number(&|row| Some(row.bytes))),
        ("submits", number(&|row| Some(row.submits.into()))),
        ("polls", number(&|row| Some(row.polls.into()))),
        ("refusals", number(&|row| Some(row.refusals.into()))),
        ("error", text(&|row| row.error.clone())),
    ])?)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use datafusion::arrow::util::pretty::pretty_format_batches;
    use zuzen_plan::job::Service;
    use zuzen_rest::{JobState, Purpose};

    use super::*;
    use crate::Engine;

    #[test]
    fn a_job_is_told_with_all_that_is_known_of_it() {
        let queued = JobRow {
            number: 1,
            statement: 7,
            service: Service::DataQuery,
            purpose: Purpose::Metadata,
            table: "a query".to_owned(),
            job: None,
            state: JobState::Queued,
            queue_place: Some(4),
            text: "SHOW TABLES".to_owned(),
            submitted: None,
            elapsed: Duration::from_millis(1_500),
            rows: None,
            bytes: 0,
            submits: 0,
            polls: 0,
            refusals: 2,
            error: None,
        };
        let failed = JobRow {
            number: 2,
            service: Service::Export,
            purpose: Purpose::Data,
            job: Some("2c92".to_owned()),
            state: JobState::Failed,
            queue_place: None,
            submitted: Some(UNIX_EPOCH + Duration::from_secs(86_400)),
            rows: Some(u64::MAX),
            bytes: 10,
            submits: 1,
            polls: 3,
            error: Some("stopped".to_owned()),
            ..queued.clone()
        };
        let batch = table(&[("zuora", queued), ("other", failed)]).unwrap();
        let shown = pretty_format_batches(&[batch]).unwrap().to_string();
        let cells = |line: usize| -> Vec<String> {
            let line = shown.lines().nth(line).unwrap();
            line.trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect()
        };
        let told: Vec<(String, [String; 2])> = cells(1)
            .into_iter()
            .zip(
                cells(3)
                    .into_iter()
                    .zip(cells(4))
                    .map(|(first, second)| [first, second]),
            )
            .collect();
        let expected = [
            ("number", ["1", "2"]),
            ("connection", ["zuora", "other"]),
            ("statement", ["7", "7"]),
            ("service", ["DataQuery", "AQuADataExport"]),
            ("purpose", ["metadata", "data"]),
            ("table_name", ["a query", "a query"]),
            ("job", ["", "2c92"]),
            ("state", ["queued", "failed"]),
            ("queue_place", ["4", ""]),
            ("text", ["SHOW TABLES", "SHOW TABLES"]),
            ("submitted", ["", "1970-01-02T00:00:00Z"]),
            ("seconds", ["1.5", "1.5"]),
            ("rows", ["", "9223372036854775807"]),
            ("bytes", ["0", "10"]),
            ("submits", ["0", "1"]),
            ("polls", ["0", "3"]),
            ("refusals", ["2", "2"]),
            ("error", ["", "stopped"]),
        ];
        let expected = expected.map(|(name, values)| (name.to_owned(), values.map(str::to_owned)));
        assert_eq!(told, expected);
    }

    #[tokio::test]
    async fn sql_reads_it() {
        let engine = Engine::builder()
            .connection(
                "zuora",
                "Connector=Zuora;URL=http://127.0.0.1:9;OAuthClientId=a;OAuthClientSecret=b;MetadataLocation=memory://",
            )
            .build()
            .unwrap();
        let sql = "SELECT count(*) FROM system.jobs WHERE purpose = 'data' AND seconds > 0";
        let rows = engine.sql(sql).await.unwrap().to_string().await.unwrap();
        assert!(rows.contains("| 0 "), "{rows}");
    }
}
