//! Data Query: the bodies of its calls.
//!
//! The answers are read by key and leniently: what is not needed may be missing, what is not known is passed over.

use serde_json::{Value, json};

use super::report::{count, text};
use super::{File, FileAddress, Refused, Report, Service, State, Trouble};
use crate::pages::Call;

/// The longest list of queued jobs that is asked for; by Zuora's limits there are at most 40 of both stores.
const LONGEST_QUEUE: usize = 100;

/// Which store a statement runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The tenant's own data, as it is now.
    Live,
    /// A paid copy with higher limits.
    Warehouse,
}

/// How a statement is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Which store.
    pub source: Source,
    /// Only rows that were deleted. Without effect on a statement that selects `deleted`: that gets both kinds.
    pub only_deleted: bool,
    /// Joins look rows up in an index.
    pub index_join: bool,
}

/// The body of a submit. The result is asked for as JSON lines, since CSV does not tell NULL from empty text.
#[must_use]
pub fn submission(statement: &str, options: Options) -> String {
    submitted(statement, options, "JSON")
}

/// The same with the result as CSV: its first line has the columns in the statement's order, which keys of JSON lines have
/// not.
#[must_use]
pub fn headed_submission(statement: &str, options: Options) -> String {
    submitted(statement, options, "CSV")
}

fn submitted(statement: &str, options: Options, format: &str) -> String {
    let source = match options.source {
        Source::Live => "LIVE",
        Source::Warehouse => "WAREHOUSE",
    };
    json!({
        "query": statement,
        "outputFormat": format,
        "compression": "GZIP",
        "output": { "target": "S3" },
        "sourceData": source,
        "readDeleted": options.only_deleted,
        "useIndexJoin": options.index_join,
    })
    .to_string()
}

/// Reads the answer to a submit, a poll or a cancel.
///
/// # Errors
/// A success that is none: an error in its body, no state, or a result that lies where anybody can listen in.
pub fn read(body: &[u8]) -> Result<Report, Refused> {
    let refused = || Refused::read(200, None, None, body);
    let json: Value =
        serde_json::from_slice(body).map_err(|_| unreadable("the answer is not JSON"))?;
    let job = json.get("data").unwrap_or(&json);
    job.get("queryStatus")
        .and_then(Value::as_str)
        .ok_or_else(refused)?;
    report(job)
}

/// Asks for the jobs that wait in the tenant's queue.
#[must_use]
pub fn queue() -> Call {
    let query = [
        ("queryStatus", "accepted".to_owned()),
        ("pageSize", LONGEST_QUEUE.to_string()),
    ];
    Call {
        path: Service::DataQuery.submit_path().to_owned(),
        query: query.map(|(name, value)| (name.to_owned(), value)).into(),
    }
}

/// The place of a job in the answer to [`queue`], from 1: the newest stands first there, so those before it come after it.
///
/// `None` if it does not wait any more, and if nobody can tell: the answer is no such list, or one that may have been cut.
#[must_use]
pub fn place(body: &[u8], id: &str) -> Option<u32> {
    let json: Value = serde_json::from_slice(body).ok()?;
    let list = json.get("data")?.as_array()?;
    if list.len() >= LONGEST_QUEUE {
        return None;
    }
    let waits = |job: &Value| report(job).is_ok_and(|report| report.state == State::Queued);
    let mut from_own = list
        .iter()
        .skip_while(|job| text(job, "id").as_deref() != Some(id));
    let own = from_own.next().filter(|own| waits(own))?;
    // Live data and the warehouse have a queue each.
    let source = |job: &Value| text(job, "sourceData").map(|source| source.to_ascii_uppercase());
    let store = source(own);
    let older = from_own.filter(|job| waits(job) && source(job) == store);
    u32::try_from(older.count() + 1).ok()
}

fn report(job: &Value) -> Result<Report, Refused> {
    let said = job
        .get("queryStatus")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let state = match said.to_ascii_lowercase().as_str() {
        "accepted" | "submitted" => State::Queued,
        "completed" => State::Completed,
        "cancelled" | "canceled" | "aborted" => State::Cancelled,
        "failed" => {
            let message =
                text(job, "errorMessage").unwrap_or_else(|| "no reason is given".to_owned());
            State::Failed {
                trouble: Trouble::of_message(&message),
                message,
            }
        }
        _ => State::Running,
    };
    let files = match text(job, "dataFile") {
        Some(address) => {
            let address = FileAddress::parse(&address)
                .ok_or_else(|| unreadable("the result's address is not an https one"))?;
            vec![File::Signed(address)]
        }
        None => Vec::new(),
    };
    Ok(Report {
        id: text(job, "id"),
        state,
        query: text(job, "query"),
        rows: count(job, "outputRows"),
        files,
        millis: count(job, "processingTime"),
    })
}

fn unreadable(message: &str) -> Refused {
    Refused {
        status: 200,
        message: message.to_owned(),
        retry_after: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_leniently() {
        let body = r#"{"data":{"id":"j1","query":"SELECT 1","queryStatus":"accepted","remainingRetries":3,"new":{}}}"#;
        let report = read(body.as_bytes()).unwrap();
        assert_eq!(
            (report.id.as_deref(), report.state),
            (Some("j1"), State::Queued)
        );
        for (word, state) in [
            ("submitted", State::Queued),
            ("IN_PROGRESS", State::Running),
            ("thinking", State::Running),
            ("canceled", State::Cancelled),
            ("aborted", State::Cancelled),
        ] {
            let body = format!(r#"{{"data":{{"id":"j","queryStatus":"{word}"}}}}"#);
            assert_eq!(read(body.as_bytes()).unwrap().state, state, "{word}");
        }
        let done = r#"{"data":{"id":"j","queryStatus":"completed","outputRows":12,"processingTime":345,
            "dataFile":"https://bucket.s3.us-west-2.amazonaws.com/j_1.jsonl?X-Amz-Security-Token=SIGNED"}}"#;
        let report = read(done.as_bytes()).unwrap();
        assert_eq!((report.rows, report.millis), (Some(12), Some(345)));
        let shown = format!("{report:?}");
        assert!(
            shown.contains("bucket.s3") && !shown.contains("SIGNED"),
            "{shown}"
        );
        match &report.files[..] {
            [File::Signed(address)] => assert!(address.reveal().as_str().ends_with("SIGNED")),
            other => panic!("{other:?}"),
        }
        let failed = r#"{"data":{"id":"j","queryStatus":"failed","errorMessage":"line 1:8: Column 'x' cannot be resolved"}}"#;
        assert_eq!(
            read(failed.as_bytes()).unwrap().state,
            State::Failed {
                trouble: Trouble::UnknownColumn,
                message: "line 1:8: Column 'x' cannot be resolved".into()
            }
        );
    }

    #[test]
    fn a_success_may_be_none() {
        let cases = [
            (r#"{"code":415,"message":"HTTP 415"}"#, "HTTP 415"),
            (
                r#"{"success":false,"processId":"p","reasons":[{"code":53100320,"message":"bad"}]}"#,
                "bad (53100320)",
            ),
            (
                r#"{"Success":false,"Errors":[{"Code":"INVALID_VALUE","Message":"bad"}]}"#,
                "bad (INVALID_VALUE)",
            ),
            ("[]x", "the answer is not JSON"),
            (
                r#"{"data":{"queryStatus":"completed","dataFile":"http://files.example.com/x?secret"}}"#,
                "the result's address is not an https one",
            ),
        ];
        for (body, message) in cases {
            assert_eq!(
                read(body.as_bytes()).unwrap_err().message,
                message,
                "{body}"
            );
        }
        for address in [
            "https://h/x",
            "http://127.0.0.1:9/x",
            "http://localhost/x",
            "http://[::1]/x",
        ] {
            assert!(FileAddress::parse(address).is_some(), "{address}");
        }
        for address in [
            "http://h/x",
            "ftp://h/x",
            "http://localhost.example.com/x",
            "file:///etc/passwd",
            "x",
        ] {
            assert!(FileAddress::parse(address).is_none(), "{address}");
        }
    }

    #[test]
    fn a_place_is_counted_from_the_oldest() {
        let job = |id: &str, state: &str, more: &str| {
            format!(r#"{{"id":"{id}","queryStatus":"{state}","new":[1]{more}}}"#)
        };
        let list = |jobs: &[String]| format!(r#"{{"data":[{}],"more":{{}}}}"#, jobs.join(","));
        let accepted = |id: &str| job(id, "accepted", "");
        let three = list(&["c", "b", "a"].map(accepted));
        let mixed = list(&[
            job("w2", "accepted", r#","sourceData":"WAREHOUSE""#),
            job("l2", "accepted", r#","sourceData":"live""#),
            job("w1", "ACCEPTED", r#","sourceData":"WAREHOUSE""#),
            job("r", "in_progress", r#","sourceData":"LIVE""#),
            "7".to_owned(),
            job("l1", "submitted", r#","sourceData":"LIVE""#),
        ]);
        let many = |count: usize| {
            let jobs: Vec<String> = (0..count)
                .map(|number| accepted(&number.to_string()))
                .collect();
            list(&jobs)
        };
        for (body, id, place) in [
            (three.as_str(), "a", Some(1)),
            (&three, "c", Some(3)),
            (&three, "d", None),
            (&mixed, "l2", Some(2)),
            (&mixed, "w2", Some(2)),
            (&mixed, "l1", Some(1)),
            (&mixed, "r", None),
            (&list(&[]), "a", None),
            (&many(99), "0", Some(99)),
            // There may be older ones that the answer has no room for.
            (&many(100), "0", None),
            (r#"{"code":403,"message":"no"}"#, "a", None),
            (r#"{"data":{"id":"a","queryStatus":"accepted"}}"#, "a", None),
            (r#"{"data":[{"id":"a""#, "a", None),
            ("<html>", "a", None),
            ("", "a", None),
        ] {
            assert_eq!(super::place(body.as_bytes(), id), place, "{id} in {body}");
        }
        let call = queue();
        assert_eq!(
            crate::request::address(&call.path, &call.query),
            "/query/jobs?queryStatus=accepted&pageSize=100"
        );
    }

    #[test]
    fn a_submit_asks_for_json_lines() {
        let options = Options {
            source: Source::Warehouse,
            only_deleted: false,
            index_join: true,
        };
        let body: Value = serde_json::from_str(&submission("SELECT \"x\"", options)).unwrap();
        assert_eq!(body["query"], "SELECT \"x\"");
        assert_eq!(body["outputFormat"], "JSON");
        assert_eq!(body["compression"], "GZIP");
        assert_eq!(body["output"]["target"], "S3");
        assert_eq!(body["sourceData"], "WAREHOUSE");
        assert_eq!(
            (&body["readDeleted"], &body["useIndexJoin"]),
            (&json!(false), &json!(true))
        );
        let body: Value = serde_json::from_str(&headed_submission("SELECT 1", options)).unwrap();
        assert_eq!(
            (&body["query"], &body["outputFormat"]),
            (&json!("SELECT 1"), &json!("CSV"))
        );
    }
}
