//! Jobs that nobody waits for any more, and jobs that wait for each other.

use super::*;
use crate::{Statement, Usage};

const A_WHILE: Duration = Duration::from_millis(100);

fn slowly(reply: Reply) -> Reply {
    Reply::After(A_WHILE * 3, Box::new(reply))
}

/// Polls a stream until the server has been called so often, and then drops it.
async fn leave_after(requests: usize, script: Script) -> (Server, Connection) {
    let server = script.serve().await;
    let connection = connect(&server);
    let mut stream = connection.job(job(Service::DataQuery), usage());
    tokio::select! {
        _ = async {
            while let Some(piece) = stream.next().await {
                piece.unwrap();
            }
        } => {}
        () = until(|| server.seen().len() >= requests) => {}
    }
    drop(stream);
    connection.settle_jobs(Duration::from_secs(5)).await;
    (server, connection)
}

#[tokio::test]
async fn a_job_that_is_left_is_cancelled_wherever_it_is() {
    let cases = [
        (
            "a submit is under way",
            1,
            vec![slowly(accepted())],
            vec![],
            "submit cancel",
        ),
        (
            "a submit is under way, and comes to nothing",
            1,
            vec![slowly(failed("line 1:1: no"))],
            vec![],
            "submit",
        ),
        (
            "between polls",
            1,
            vec![accepted()],
            vec![],
            "submit cancel",
        ),
        (
            "a poll is under way",
            2,
            vec![accepted()],
            vec![Reply::Stall],
            "submit poll cancel",
        ),
        (
            "its file is being read",
            2,
            vec![completed(1)],
            vec![],
            "submit file",
        ),
    ];
    let cases = cases.map(|(name, requests, submits, polls, expected)| async move {
        let script = Script {
            submits,
            polls,
            files: vec![Reply::Stall],
        };
        let (server, connection) = leave_after(requests, script).await;
        assert_eq!(calls(&server), expected, "{name}");
        let rows = connection.jobs().rows();
        assert_eq!(rows[0].state, JobState::Cancelled, "{name}");
    });
    futures::future::join_all(cases).await;
}

#[tokio::test]
async fn nothing_is_sent_before_the_first_poll() {
    let server = Script::default().serve().await;
    let connection = connect(&server);
    drop(connection.job(job(Service::DataQuery), usage()));
    tokio::time::sleep(A_WHILE / 2).await;
    assert!(server.seen().is_empty() && connection.jobs().rows().is_empty());
}

#[tokio::test]
async fn settling_is_bounded() {
    let server = Server::answer(|_, seen| match kind(seen) {
        "submit" => accepted(),
        _ => Reply::Stall,
    })
    .await;
    let connection = connect(&server);
    let mut stream = connection.job(job(Service::DataQuery), usage());
    tokio::select! {
        _ = stream.next() => {}
        () = until(|| connection.jobs().rows().iter().any(|row| row.state == JobState::Queued)) => {}
    }
    let began = std::time::Instant::now();
    connection.settle_jobs(A_WHILE).await;
    assert!(began.elapsed() < A_WHILE, "nobody has left yet");
    drop(stream);
    connection.settle_jobs(A_WHILE).await;
    assert!(began.elapsed() >= A_WHILE);
    assert_eq!(calls(&server), "submit cancel");
}

#[tokio::test]
async fn a_budget_that_ends_ends_the_job_at_the_vendors() {
    let script = Script {
        submits: vec![accepted()],
        polls: vec![accepted()],
        files: Vec::new(),
    };
    let server = script.serve().await;
    let connection = connect(&server);
    let statement = Arc::new(Statement::new(1, Some(2)));
    let stream = connection.job(job(Service::DataQuery), Arc::new(Usage::new(statement)));
    let failure = files_of(stream).await.unwrap_err();
    assert!(
        matches!(failure, JobFailure::Rest(Error::Budget { .. })),
        "{failure:?}"
    );
    assert_eq!(calls(&server), "submit poll cancel");
}

#[tokio::test]
async fn jobs_wait_for_a_slot_and_metadata_does_not() {
    let script = Script {
        submits: vec![accepted()],
        polls: vec![query("in_progress", "")],
        files: Vec::new(),
    };
    let server = script.serve().await;
    let mut settings = settings(&server);
    settings.job_slots.data_query = 1;
    let connection = Connection::open(settings).unwrap();
    let mut streams = Vec::new();
    for purpose in [Purpose::Data, Purpose::Data, Purpose::Metadata] {
        let mut request = job(Service::DataQuery);
        request.purpose = purpose;
        let mut stream = connection.job(request, usage());
        let known = connection.jobs().rows().len();
        tokio::select! {
            _ = stream.next() => {}
            () = until(|| connection.jobs().rows().len() > known) => {}
        }
        streams.push(stream);
    }
    let states = || -> Vec<JobState> {
        connection
            .jobs()
            .rows()
            .iter()
            .map(|row| row.state)
            .collect()
    };
    use JobState::{Cancelled, Running, Waiting};
    until(|| states() == [Running, Waiting, Running]).await;
    drop(streams.remove(1));
    connection.settle_jobs(Duration::from_secs(5)).await;
    assert_eq!(states()[1], Cancelled);
    assert!(!calls(&server).contains("cancel"), "it was never submitted");
    let mut third = connection.job(job(Service::DataQuery), usage());
    tokio::select! {
        _ = third.next() => {}
        () = tokio::time::sleep(A_WHILE) => {}
    }
    assert_eq!(states()[3], Waiting);
    drop(streams.remove(0));
    until(|| states()[3] == Running).await;
}

#[tokio::test]
async fn a_job_whose_file_is_read_holds_no_slot() {
    let script = Script {
        submits: vec![completed(1)],
        polls: Vec::new(),
        files: vec![Reply::Stall],
    };
    let server = script.serve().await;
    let mut settings = settings(&server);
    settings.job_slots.data_query = 1;
    let connection = Connection::open(settings).unwrap();
    let both =
        [usage(), usage()].map(|usage| files_of(connection.job(job(Service::DataQuery), usage)));
    tokio::select! {
        _ = futures::future::join_all(both) => {}
        () = until(|| calls(&server).matches("file").count() == 2) => {}
    }
}
