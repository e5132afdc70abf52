//! Every fault strikes as often as it was told to and then lets pass.

use super::*;

fn caller(faults: ExportFaults) -> Caller {
    Caller {
        faults,
        ..Caller::plain()
    }
}

#[test]
fn jobs_are_aborted_and_their_repetition_passes() {
    let killed = ExportFaults {
        killed: 2,
        ..ExportFaults::default()
    };
    let internal = ExportFaults {
        internal_aborts: 2,
        ..ExportFaults::default()
    };
    for (faults, code) in [(killed, "90029"), (internal, "90022")] {
        let caller = caller(faults);
        let body = request("select Id from Product");
        for round in 0..2 {
            for _ in 0..2 {
                let job = caller.finish(&body);
                assert_eq!(job["status"], "aborted");
                assert_eq!(job["errorCode"], code);
                assert_eq!(job["batches"][0]["status"], "aborted");
            }
            assert_eq!(caller.finish(&body)["status"], "completed");
            caller.exports.forgive();
            let attempts: Vec<u32> = caller
                .exports
                .jobs(caller.now)
                .iter()
                .map(|job| job.attempts)
                .collect();
            assert_eq!(attempts.last(), Some(&(3 * (round + 1))));
        }
    }
}

#[test]
fn submits_are_rejected_and_then_taken() {
    let busy = ExportFaults {
        busy: 2,
        ..ExportFaults::default()
    };
    let internal = ExportFaults {
        internal_errors: 2,
        ..ExportFaults::default()
    };
    for (faults, code) in [(busy, "90028"), (internal, "90022")] {
        let caller = caller(faults);
        let body = request("select Id from Product");
        for _ in 0..2 {
            assert_eq!(caller.submit(&body)["errorCode"], code);
        }
        assert_eq!(caller.submit(&body)["status"], "submitted");
        assert_eq!(caller.exports.jobs(caller.now).len(), 1);
    }
}

#[test]
fn polls_are_throttled_and_jobs_forgotten() {
    let caller = caller(ExportFaults {
        throttled_polls: 1,
        purged_jobs: 1,
        ..ExportFaults::default()
    });
    let body = request("select Id from Product");
    let path = format!(
        "/v1/batch-query/jobs/{}",
        caller.submit(&body)["id"].as_str().unwrap()
    );
    let reply = caller.call("GET", &path, &Json::Null);
    assert_eq!(reply.status, 429);
    assert!(reply.headers.contains(&("ratelimit-reset", "1".to_owned())));
    for _ in 0..2 {
        assert_eq!(caller.json("GET", &path, &Json::Null)["errorCode"], "90002");
    }
    assert_eq!(caller.finish(&body)["status"], "completed");
}

#[test]
fn batches_are_aborted_and_the_job_completed() {
    let caller = caller(ExportFaults {
        forbidden: true,
        ..ExportFaults::default()
    });
    let job = caller.finish(&request("select Id from Product"));
    assert_eq!(job["status"], "completed");
    assert_eq!(job["batches"][0]["status"], "aborted");
    assert!(
        job["batches"][0]["message"]
            .as_str()
            .unwrap()
            .contains("permission")
    );
}

#[test]
fn files_are_purged_cut_or_too_big() {
    let caller = caller(ExportFaults {
        purged_files: 1,
        truncated_files: 1,
        ..ExportFaults::default()
    });
    let mut body = request("select Id, Name from Account");
    body["format"] = json!("gzip");
    let file = || caller.finish(&body)["batches"][0]["fileId"].clone();
    let path = format!("/v1/files/{}", file().as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(caller.call("GET", &path, &Json::Null).status, 404);
    }
    let second = file();
    assert!(unzipped(&caller.fetch(&second)).is_err());
    assert!(unzipped(&caller.fetch(&second)).is_ok());
    let caller = Caller {
        faults: ExportFaults {
            max_file_bytes: Some(10),
            ..ExportFaults::default()
        },
        ..caller
    };
    let path = format!("/v1/files/{}", second.as_str().unwrap());
    let reply = caller.call("GET", &path, &Json::Null);
    assert_eq!(reply.status, 403);
    assert!(reply.body.starts_with(b"<security:max-object-size>"));
}

#[test]
fn rows_are_ragged_and_text_has_nul_bytes() {
    let caller = caller(ExportFaults {
        ragged_row: Some(3),
        nul_bytes: true,
        ..ExportFaults::default()
    });
    let job = caller.finish(&request("select Id, Name, Currency from Account"));
    let file = caller.fetch(&job["batches"][0]["fileId"]);
    assert!(file.contains(&0));
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(&file[..]);
    let lengths: Vec<usize> = reader
        .records()
        .map(|row| row.unwrap().len())
        .take(4)
        .collect();
    assert_eq!(lengths, [3, 3, 2, 3]);
}

#[test]
fn results_come_in_segments() {
    let caller = caller(ExportFaults {
        segment_rows: Some(100),
        ..ExportFaults::default()
    });
    let job = caller.finish(&request("select Id from InvoiceItem"));
    let batch = &job["batches"][0];
    assert_eq!(batch["fileId"], Json::Null);
    let segments = batch["segments"].as_array().unwrap();
    let mut read = Vec::new();
    for segment in segments {
        let rows = records(&caller.fetch(segment));
        assert!((1..=100).contains(&rows.len()));
        read.extend(rows.into_iter().map(|row| row["InvoiceItem.Id"].clone()));
    }
    assert!(segments.len() > 5);
    assert_eq!(read, ids(Object::InvoiceItem, |_| true));
    assert_eq!(batch["recordCount"], read.len());
}
