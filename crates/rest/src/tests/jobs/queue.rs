//! The place in the vendor's queue: learnt while a job waits there, and nothing that a job depends on.

use super::super::server::status;
use super::*;
use crate::{Statement, Usage};

const EMPTY: &str = r#","outputRows":0"#;

/// A job that asks for its place after every answer.
fn curious(service: Service) -> JobRequest {
    let mut request = job(service);
    request.patience.place_after = Duration::ZERO;
    request.patience.place_again = Duration::ZERO;
    request
}

/// A server whose jobs wait for so many polls and then have no rows; the queue is told like this.
async fn serve(polls: usize, queue: Reply) -> Server {
    let waited = Mutex::new(0);
    Server::answer(move |_, seen| match kind(seen) {
        "submit" => accepted(),
        "queue" => queue.clone(),
        "poll" if *waited.lock() < polls => {
            *waited.lock() += 1;
            accepted()
        }
        "poll" => query("completed", EMPTY),
        _ => ok("{}"),
    })
    .await
}

fn second_of_three() -> Reply {
    let ids = ["job-2", "job-1", "job-0"];
    let jobs = ids.map(|id| format!(r#"{{"id":"{id}","queryStatus":"accepted"}}"#));
    ok(format!(r#"{{"data":[{}]}}"#, jobs.join(",")))
}

#[tokio::test]
async fn a_place_is_shown_while_a_job_waits() {
    let server = serve(1, second_of_three()).await;
    let connection = connect(&server);
    let place = || connection.jobs().rows().first()?.queue_place;
    let rows = files_of(connection.job(curious(Service::DataQuery), usage()));
    let (rows, ()) = tokio::join!(rows, until(|| place() == Some(2)));
    assert!(rows.unwrap().is_empty());
    assert_eq!(place(), None, "it waits no more");
    assert_eq!(calls(&server), "submit queue poll queue poll");
    let log = connection.log().rows();
    let asked = log.iter().find(|row| row.read == "queue").unwrap();
    assert_eq!(
        (asked.path.as_str(), asked.query.as_str(), asked.status),
        (
            "/query/jobs",
            "queryStatus=accepted&pageSize=100",
            Some(200)
        )
    );
}

#[tokio::test]
async fn a_queue_that_is_not_told_changes_nothing() {
    let redirect = vec![("Location", "https://elsewhere.example.com/".to_owned())];
    let cases = [
        status(401, "{}"),
        status(403, r#"{"code":403,"message":"no right"}"#),
        status(429, "{}"),
        status(500, "<html>"),
        Reply::Answer(302, redirect, String::new()),
        Reply::Answer(429, vec![("Retry-After", "3000".to_owned())], String::new()),
        Reply::Cut(r#"{"data":[]}"#.to_owned()),
        Reply::Reset,
        Reply::Stall,
        ok("<html>"),
        ok("{}"),
    ];
    let cases = cases
        .into_iter()
        .enumerate()
        .map(|(case, queue)| async move {
            let server = serve(0, queue).await;
            let connection = connect(&server);
            let began = std::time::Instant::now();
            let files = files_of(connection.job(curious(Service::DataQuery), usage())).await;
            assert!(files.unwrap().is_empty(), "case {case}");
            assert!(began.elapsed() < Duration::from_secs(5), "case {case}");
            assert_eq!(calls(&server), "submit queue poll", "case {case}");
        });
    futures::future::join_all(cases).await;
}

#[tokio::test]
async fn a_short_wait_and_an_export_ask_nothing() {
    let server = serve(1, second_of_three()).await;
    files_of(connect(&server).job(job(Service::DataQuery), usage()))
        .await
        .unwrap();
    assert_eq!(calls(&server), "submit poll poll");
    let export = |state: &str| ok(format!(r#"{{"id":"e1","status":"{state}","batches":[]}}"#));
    let server = Server::answer(move |_, seen| match kind(seen) {
        "submit" => export("submitted"),
        _ => ok(r#"{"id":"e1","status":"completed","batches":[{"status":"completed","recordCount":0}]}"#),
    })
    .await;
    files_of(connect(&server).job(curious(Service::Export), usage()))
        .await
        .unwrap();
    assert_eq!(calls(&server), "submit poll");
}

#[tokio::test]
async fn a_budget_is_for_the_job_first() {
    let server = serve(3, second_of_three()).await;
    let statement = Arc::new(Statement::new(1, Some(8)));
    let usage = Arc::new(Usage::new(Arc::clone(&statement)));
    let files = files_of(connect(&server).job(curious(Service::DataQuery), usage)).await;
    assert!(files.unwrap().is_empty());
    assert_eq!(calls(&server), "submit queue poll queue poll poll poll");
    assert_eq!(statement.requests(), 7);
}

#[tokio::test]
async fn a_job_that_is_left_waits_for_no_place() {
    let server = serve(9, Reply::Stall).await;
    let connection = connect(&server);
    let mut stream = connection.job(curious(Service::DataQuery), usage());
    tokio::select! {
        _ = stream.next() => {}
        () = until(|| calls(&server) == "submit queue") => {}
    }
    let began = std::time::Instant::now();
    drop(stream);
    connection.settle_jobs(Duration::from_secs(5)).await;
    assert!(began.elapsed() < Duration::from_millis(250));
    assert_eq!(calls(&server), "submit queue cancel");
}
