//! The life of a job, on a clock that the tests move.

use super::*;

const HOUR: i64 = 3_600_000;

fn slow() -> Caller {
    Caller::with(ExportOptions {
        job_time: Duration::from_secs(3_600),
        extra_column: false,
        ..ExportOptions::default()
    })
}

fn status(job: &Json) -> (&str, &str) {
    let batch = &job["batches"][0]["status"];
    (job["status"].as_str().unwrap(), batch.as_str().unwrap())
}

#[test]
fn a_job_is_submitted_executed_and_completed() {
    let mut caller = slow();
    let job = caller.submit(&request("select Id from Account"));
    let id = job["id"].as_str().unwrap().to_owned();
    assert_eq!(status(&job), ("submitted", "pending"));
    assert_eq!(job["format"], "CSV");
    assert_eq!(job["batches"][0]["batchType"], "zoqlexport");
    assert_eq!(job["startTime"], Json::Null);
    caller.now += HOUR / 2;
    let job = caller.poll(&id);
    assert_eq!(status(&job), ("executing", "executing"));
    assert_eq!(job["startTime"], "2027-01-15T08:00:00+0000");
    assert_eq!(job["batches"][0]["recordCount"], 0);
    assert_eq!(job["batches"][0]["fileId"], Json::Null);
    caller.now += HOUR;
    let mut job = caller.poll(&id);
    while status(&job).0 == "executing" {
        job = caller.poll(&id);
    }
    assert_eq!(status(&job), ("completed", "completed"));
    let count = tenant().live_count(Object::Account);
    assert_eq!(job["batches"][0]["recordCount"], count);
    assert_eq!(job["batches"][0]["apiVersion"], "145.0");
    // Files stay for three days, under each of their addresses.
    let file = job["batches"][0]["fileId"].as_str().unwrap();
    let paths =
        ["/v1/files/", "/v1/file/", "/v1/batch-query/file/"].map(|path| format!("{path}{file}"));
    for path in &paths {
        assert_eq!(caller.call("GET", path, &Json::Null).status, 200);
    }
    let readiness = format!("/v1/files/{file}/status");
    assert_eq!(caller.call("GET", &readiness, &Json::Null).status, 200);
    caller.now += 73 * HOUR;
    for path in paths.iter().chain([&readiness]) {
        assert_eq!(caller.call("GET", path, &Json::Null).status, 404);
    }
    assert_eq!(
        caller.call("GET", "/v1/files/none", &Json::Null).status,
        404
    );
    let jobs = caller.exports.jobs(caller.now);
    assert_eq!(
        (jobs[0].id.as_str(), jobs[0].rows),
        (id.as_str(), u64::from(count))
    );
}

#[test]
fn a_job_is_cancelled_while_it_runs() {
    let mut caller = slow();
    let job = caller.submit(&request("select Id from Account"));
    let path = format!("/v1/batch-query/jobs/{}", job["id"].as_str().unwrap());
    let job = caller.json("DELETE", &path, &Json::Null);
    assert_eq!(status(&job), ("cancelled", "cancelled"));
    caller.now += 2 * HOUR;
    assert_eq!(
        status(&caller.json("GET", &path, &Json::Null)).0,
        "cancelled"
    );
    assert!(caller.exports.jobs(caller.now)[0].cancelled);
    for late in [path.as_str(), "/v1/batch-query/jobs/nobody"] {
        assert_eq!(
            caller.json("DELETE", late, &Json::Null)["errorCode"],
            "90003"
        );
    }
    let unknown = caller.json("GET", "/v1/batch-query/jobs/nobody", &Json::Null);
    assert_eq!(
        (&unknown["errorCode"], &unknown["status"]),
        (&json!("90002"), &json!("error"))
    );
}

#[test]
fn fifty_jobs_run_at_once() {
    let mut caller = slow();
    let body = request("select Id from Product limit 1");
    for _ in 0..50 {
        assert_eq!(caller.submit(&body)["status"], "submitted");
    }
    assert_eq!(caller.submit(&body)["errorCode"], "90028");
    assert_eq!(caller.exports.most(), 50);
    let id = caller.exports.jobs(caller.now)[0].id.clone();
    caller.json("DELETE", &format!("/v1/batch-query/jobs/{id}"), &Json::Null);
    assert_eq!(caller.submit(&body)["status"], "submitted");
    assert_eq!(caller.submit(&body)["errorCode"], "90028");
    caller.now += 2 * HOUR;
    while caller
        .exports
        .jobs(caller.now)
        .iter()
        .any(|job| job.status == "executing")
    {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(caller.submit(&body)["status"], "submitted");
    let jobs = caller.exports.jobs(caller.now);
    assert_eq!((jobs.len(), jobs[51].attempts), (52, 52));
}

#[test]
fn a_job_that_takes_too_long_is_aborted() {
    let mut caller = Caller::with(ExportOptions {
        job_time: Duration::from_secs(4 * 3_600),
        ..ExportOptions::default()
    });
    let id = caller.submit(&request("select Id from Account"))["id"].clone();
    caller.now += 2 * HOUR;
    assert_eq!(status(&caller.poll(id.as_str().unwrap())).0, "executing");
    caller.now += HOUR;
    let job = caller.poll(id.as_str().unwrap());
    assert_eq!(status(&job), ("aborted", "aborted"));
    assert_eq!(job["errorCode"], "90027");
}

#[test]
fn a_job_with_several_queries_has_several_files() {
    let caller = Caller::plain();
    let mut body = request("select Id from Account");
    add(
        &mut body,
        json!({"name": "r", "query": "select Id from AccountingPeriod", "type": "zoqlexport"}),
    );
    add(
        &mut body,
        json!({"name": "s", "query": "select Id from Product", "type": "zoqlexport"}),
    );
    let job = caller.finish(&body);
    let statuses: Vec<&Json> = (0..3)
        .map(|place| &job["batches"][place]["status"])
        .collect();
    assert_eq!(job["status"], "completed");
    assert_eq!(statuses, ["completed", "aborted", "completed"]);
    assert!(
        job["batches"][1]["message"]
            .as_str()
            .unwrap()
            .contains("permission")
    );
    assert_eq!(job["batches"][1]["fileId"], Json::Null);
    let products = records(&caller.fetch(&job["batches"][2]["fileId"]));
    assert_eq!(products.len() as u32, tenant().live_count(Object::Product));
}
