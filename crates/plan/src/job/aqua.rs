//! AQuA: the bodies of its calls.
//!
//! One query to a job, since one wrong field rejects them all; stateless, since sessions lose rows when they mix.
//! A rejection comes with status 200, and a job can be `completed` while its batch is not.

use serde_json::{Value, json};

use super::report::{count, text};
use super::{File, Refused, Report, State, Trouble};

/// The longest name of a job.
const LONGEST_NAME: usize = 32;

/// An export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// What Zuora's own list of jobs shows; cut at 32 characters.
    pub name: String,
    /// The statement.
    pub statement: String,
    /// What stands for NULL in the file, so that empty text stays apart.
    pub null: String,
    /// Deleted rows too, told apart by a column of this name.
    pub deleted: Option<String>,
}

/// The body of a submit: header by API names, instants in UTC.
#[must_use]
pub fn submission(export: &Export) -> String {
    let name: String = export.name.chars().take(LONGEST_NAME).collect();
    let mut query = json!({
        "name": name,
        "query": export.statement,
        "type": "zoqlexport",
    });
    if let Some(column) = &export.deleted {
        // Without forceExport a stateless job refuses deleted rows.
        query["deleted"] = json!({ "column": column, "format": "Boolean", "forceExport": true });
    }
    json!({
        "format": "gzip",
        "version": "1.0",
        "encrypted": "none",
        "name": name,
        "useQueryLabels": true,
        "dateTimeUtc": true,
        "nullReplacement": export.null,
        "queries": [query],
    })
    .to_string()
}

/// Reads the answer to a submit, a poll or a cancel; a rejection becomes a failed job.
///
/// # Errors
/// The answer is neither a job nor AQuA's own way to reject one.
pub fn read(body: &[u8]) -> Result<Report, Refused> {
    let refused = || Refused::read(200, None, None, body);
    let json: Value = serde_json::from_slice(body).map_err(|_| refused())?;
    let status = json
        .get("status")
        .and_then(Value::as_str)
        .ok_or_else(refused)?;
    let none = Vec::new();
    let batches = json
        .get("batches")
        .and_then(Value::as_array)
        .unwrap_or(&none);
    let code = text(&json, "errorCode").filter(|code| code != "0");
    let words = |json: &Value| text(json, "message");
    let failed = |message: Option<String>| {
        let message = message.unwrap_or_else(|| "no reason is given".to_owned());
        State::Failed {
            trouble: Trouble::of_aqua(code.as_deref(), &message),
            message,
        }
    };
    let word = |json: &Value| {
        let status = json.get("status").and_then(Value::as_str);
        status.unwrap_or_default().to_ascii_lowercase()
    };
    let broken = batches.iter().find(|batch| {
        matches!(
            word(batch).as_str(),
            "aborted" | "error" | "failed" | "deleted_notallowed"
        )
    });
    let stopped = batches
        .iter()
        .any(|batch| matches!(word(batch).as_str(), "cancelled" | "canceled"));
    let state = match status.to_ascii_lowercase().as_str() {
        _ if code.is_some() => failed(words(&json)),
        "error" | "failed" | "aborted" => failed(broken.and_then(words).or_else(|| words(&json))),
        "cancelled" | "canceled" => State::Cancelled,
        _ => match broken {
            Some(batch) if word(batch) == "deleted_notallowed" => State::Failed {
                trouble: Trouble::NoDeleted,
                message: words(batch)
                    .unwrap_or_else(|| "the object has no deleted rows to export".to_owned()),
            },
            Some(batch) => failed(words(batch)),
            None if stopped => State::Cancelled,
            None if status.eq_ignore_ascii_case("submitted") => State::Queued,
            None if status.eq_ignore_ascii_case("completed")
                && batches.iter().all(|batch| word(batch) == "completed") =>
            {
                State::Completed
            }
            None => State::Running,
        },
    };
    let counts: Option<Vec<u64>> = batches
        .iter()
        .map(|batch| count(batch, "recordCount"))
        .collect();
    Ok(Report {
        id: text(&json, "id"),
        files: if state == State::Completed {
            files(batches)
        } else {
            Vec::new()
        },
        rows: counts
            .filter(|counts| !counts.is_empty())
            .map(|counts| counts.iter().sum()),
        state,
        query: batches.first().and_then(|batch| text(batch, "query")),
        millis: None,
    })
}

/// The files of all batches, or none at all if one is missing that should hold rows.
fn files(batches: &[Value]) -> Vec<File> {
    let mut all = Vec::new();
    for batch in batches {
        let segments = batch.get("segments").and_then(Value::as_array);
        let segments: Vec<File> = segments
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(|id| File::Stored(id.to_owned()))
            .collect();
        match text(batch, "fileId") {
            _ if !segments.is_empty() => all.extend(segments),
            Some(id) => all.push(File::Stored(id)),
            None if count(batch, "recordCount") == Some(0) => {}
            None => return Vec::new(),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(id: &str) -> File {
        File::Stored(id.into())
    }

    #[test]
    fn every_batch_counts() {
        let fine =
            r#"{"batchId":"b","status":"completed","fileId":"f1","recordCount":220,"message":""}"#;
        type Case<'a> = (&'a str, &'a str, State, Vec<File>, Option<u64>);
        let cases: Vec<Case<'_>> = vec![
            (
                "submitted",
                r#"{"status":"pending","recordCount":0}"#,
                State::Queued,
                vec![],
                Some(0),
            ),
            (
                "pending",
                r#"{"status":"executing"}"#,
                State::Running,
                vec![],
                None,
            ),
            (
                "Completed",
                fine,
                State::Completed,
                vec![stored("f1")],
                Some(220),
            ),
            (
                "completed",
                r#"{"status":"completed","segments":["s1","s2"],"recordCount":"7"}"#,
                State::Completed,
                vec![stored("s1"), stored("s2")],
                Some(7),
            ),
            (
                "completed",
                r#"{"status":"completed","recordCount":0}"#,
                State::Completed,
                vec![],
                Some(0),
            ),
            (
                "completed",
                r#"{"status":"completed","recordCount":9}"#,
                State::Completed,
                vec![],
                Some(9),
            ),
            (
                "completed",
                r#"{"status":"executing"}"#,
                State::Running,
                vec![],
                None,
            ),
            ("cancelled", "", State::Cancelled, vec![], None),
            (
                "completed",
                r#"{"status":"canceled"}"#,
                State::Cancelled,
                vec![],
                None,
            ),
        ];
        for (status, batches, state, files, rows) in cases {
            let body =
                format!(r#"{{"id":"j","status":"{status}","batches":[{batches}],"new":[1]}}"#);
            let report = read(body.as_bytes()).unwrap();
            assert_eq!(
                (report.state, report.files, report.rows),
                (state, files, rows),
                "{body}"
            );
            assert_eq!(report.id.as_deref(), Some("j"));
        }
        let half = format!(
            r#"{{"id":"j","status":"completed","batches":[{fine},{{"status":"completed","recordCount":9}}]}}"#
        );
        let report = read(half.as_bytes()).unwrap();
        assert_eq!((report.files, report.rows), (Vec::new(), Some(229)));
        let mixed = format!(
            r#"{{"id":"j","status":"completed","batches":[{fine},{{"status":"aborted","message":"no permission"}}]}}"#
        );
        let report = read(mixed.as_bytes()).unwrap();
        let failed = |trouble, message: &str| State::Failed {
            trouble,
            message: message.into(),
        };
        assert_eq!(report.state, failed(Trouble::Other, "no permission"));
        assert!(report.files.is_empty());
        let denied =
            read(br#"{"id":"j","status":"completed","batches":[{"status":"deleted_notallowed"}]}"#);
        assert!(matches!(
            denied.unwrap().state,
            State::Failed {
                trouble: Trouble::NoDeleted,
                ..
            }
        ));
    }

    #[test]
    fn a_rejection_comes_as_a_success() {
        let cases = [
            (
                r#"{"message":"There is a syntax error in one of the queries in the AQuA input","status":"error"}"#,
                Trouble::Statement,
            ),
            (
                r#"{"errorCode":90028,"message":"full","status":"error"}"#,
                Trouble::Busy,
            ),
            (
                r#"{"errorCode":"90027","message":"time","status":"aborted","id":"j"}"#,
                Trouble::TimeLimit,
            ),
            (
                r#"{"errorCode":"90022","status":"submitted"}"#,
                Trouble::Transient,
            ),
        ];
        for (body, expected) in cases {
            match read(body.as_bytes()).unwrap().state {
                State::Failed { trouble, message } => {
                    assert_eq!(trouble, expected, "{body}");
                    assert!(!message.is_empty());
                }
                other => panic!("{body}: {other:?}"),
            }
        }
        let other =
            read(br#"{"success":false,"reasons":[{"code":90000011,"message":"no"}]}"#).unwrap_err();
        assert_eq!(other.message, "no (90000011)");
        assert!(read(b"<html>").is_err());
    }

    #[test]
    fn a_submit_asks_for_names_nulls_and_utc() {
        let export = Export {
            name: "a name that is far longer than thirty-two letters".into(),
            statement: "select Id from Account".into(),
            null: "\\N".into(),
            deleted: Some("Gone".into()),
        };
        let body: Value = serde_json::from_str(&submission(&export)).unwrap();
        assert_eq!(body["name"].as_str().unwrap().len(), 32);
        assert_eq!(body["nullReplacement"], "\\N");
        assert_eq!(body["useQueryLabels"], true);
        assert_eq!(body["dateTimeUtc"], true);
        assert_eq!(body["queries"][0]["query"], "select Id from Account");
        assert_eq!(body["queries"][0]["deleted"]["forceExport"], true);
        assert_eq!(body["queries"].as_array().unwrap().len(), 1);
        assert!(body.get("partner").is_none() && body.get("project").is_none());
    }
}
