//! Whole lives of jobs: what is answered, what is called, what comes of it.

use super::super::server::status;
use super::super::sign_in::{given, sign_in_at};
use super::*;

/// A life: its answers, the calls that they lead to, and the rows or the beginning of the error.
struct Life {
    name: &'static str,
    service: Service,
    script: Script,
    calls: &'static str,
    ends: Result<&'static str, &'static str>,
}

fn life(
    name: &'static str,
    script: Script,
    calls: &'static str,
    ends: Result<&'static str, &'static str>,
) -> Life {
    Life {
        name,
        service: Service::DataQuery,
        script,
        calls,
        ends,
    }
}

fn script(submits: Vec<Reply>, polls: Vec<Reply>, files: Vec<Reply>) -> Script {
    Script {
        submits,
        polls,
        files,
    }
}

fn rows() -> Vec<Reply> {
    vec![file(gzip(b"{\"id\":1}\n"))]
}

const ROWS: Result<&str, &str> = Ok("{\"id\":1}\n");

fn after(seconds: u32, status: u16, body: &str) -> Reply {
    let header = ("Retry-After", seconds.to_string());
    Reply::Answer(status, vec![header], body.to_owned())
}

fn lives() -> Vec<Life> {
    let queries = vec![
        life(
            "all is well",
            script(
                vec![accepted()],
                vec![query("in_progress", ""), completed(1)],
                rows(),
            ),
            "submit poll poll file",
            ROWS,
        ),
        life(
            "done at once",
            script(vec![completed(1)], vec![], rows()),
            "submit file",
            ROWS,
        ),
        life(
            "a plain file",
            script(vec![completed(1)], vec![], vec![file(b"x\n".to_vec())]),
            "submit file",
            Ok("x\n"),
        ),
        life(
            "no rows and no file",
            script(
                vec![query("completed", r#","outputRows":0"#)],
                vec![],
                vec![],
            ),
            "submit",
            Ok(""),
        ),
        life(
            "no rows and an empty file",
            script(vec![completed(0)], vec![], vec![file(Vec::new())]),
            "submit file",
            Ok(""),
        ),
        life(
            "a full queue",
            script(
                vec![
                    status(429, r#"{"code":429,"message":"queue"}"#),
                    completed(1),
                ],
                vec![],
                rows(),
            ),
            "submit submit file",
            ROWS,
        ),
        life(
            "a failure that passes",
            script(
                vec![failed("error code: LINK_30000007"), completed(1)],
                vec![],
                rows(),
            ),
            "submit submit file",
            ROWS,
        ),
        life(
            "a submit without an answer",
            script(
                vec![status(504, "<html>"), Reply::Reset, completed(1)],
                vec![],
                rows(),
            ),
            "submit submit submit file",
            ROWS,
        ),
        life(
            "a poll that is limited",
            script(
                vec![accepted()],
                vec![after(0, 429, "{}"), status(503, "{}"), completed(1)],
                rows(),
            ),
            "submit poll poll poll file",
            ROWS,
        ),
        life(
            "an address that has ended",
            script(
                vec![completed(1)],
                vec![completed(1)],
                vec![
                    status(403, "<Error><Code>AccessDenied</Code></Error>"),
                    rows().remove(0),
                ],
            ),
            "submit file poll file",
            ROWS,
        ),
        life(
            "a purged file",
            script(
                vec![completed(1)],
                vec![],
                vec![status(404, "<Error/>"), rows().remove(0)],
            ),
            "submit file submit file",
            ROWS,
        ),
        life(
            "a file that is purged for ever",
            script(
                vec![completed(1)],
                vec![],
                vec![status(404, "<Error><Code>NoSuchKey</Code></Error>")],
            ),
            "submit file submit file",
            Err(
                "zuora.account, DataQuery of connection `zendesk`: Zuora no longer has the result \
                 (job job-1) after 2 attempts: 127.0.0.1 answered with status 404: NoSuchKey",
            ),
        ),
        life(
            "a wrong statement",
            script(
                vec![failed("line 1:8: Column 'xyz' cannot be resolved")],
                vec![],
                vec![],
            ),
            "submit",
            Err(
                "zuora.account, DataQuery of connection `zendesk`: Zuora has no such column (job job-1): line 1:8",
            ),
        ),
        life(
            "too many rows",
            script(
                vec![failed("output rows exceed the limit of 500000")],
                vec![],
                vec![],
            ),
            "submit",
            Err("the statement exceeds what one job may read or return: output rows"),
        ),
        life(
            "a redirect of the file",
            script(
                vec![completed(1)],
                vec![],
                vec![Reply::Answer(
                    302,
                    vec![("Location", "https://elsewhere.example.com/x".to_owned())],
                    String::new(),
                )],
            ),
            "submit file",
            Err(
                "zuora.account (read `file`, GET 127.0.0.1/…): the result's address redirects to elsewhere.example.com, which was not followed",
            ),
        ),
        life(
            "a checksum that does not match",
            script(
                vec![completed(1)],
                vec![],
                vec![file({
                    let mut bytes = gzip(b"{\"id\":1}\n");
                    let place = bytes.len() - 8;
                    bytes[place] ^= 1;
                    bytes
                })],
            ),
            "submit file",
            Err(
                "zuora.account, DataQuery of connection `zendesk`: Zuora could not answer (job job-1): the result cannot be read in file 1 of 1",
            ),
        ),
        life(
            "who asks may not",
            script(
                vec![status(403, r#"{"code":403,"message":"no right"}"#)],
                vec![],
                vec![],
            ),
            "submit",
            Err(
                "zuora.account, DataQuery of connection `zendesk`: Zuora does not permit it: no right",
            ),
        ),
        life(
            "nobody knows who asks",
            script(
                vec![accepted()],
                vec![status(401, r#"{"message":"who?"}"#)],
                vec![],
            ),
            "submit poll cancel",
            Err(
                "zuora.account (read `poll`, GET /query/jobs/job-1): the credentials were not accepted",
            ),
        ),
    ];
    let stored = |files: &str| {
        ok(format!(
            r#"{{"id":"e1","status":"completed","batches":[{{"status":"completed","recordCount":3,{files}}}]}}"#
        ))
    };
    let exports = vec![
        life(
            "segments",
            script(
                vec![stored(r#""segments":["s1","s2"]"#)],
                vec![],
                vec![file(gzip(b"h\n1\n")), file(gzip(b"h\n2\n"))],
            ),
            "submit file file",
            Ok("h\n1\n|h\n2\n"),
        ),
        life(
            "a success that is none",
            script(
                vec![ok(
                    r#"{"status":"error","message":"There is no field named Foo__c."}"#,
                )],
                vec![],
                vec![],
            ),
            "submit",
            Err(
                "zuora.account, AQuADataExport of connection `zendesk`: the export rejects a field: There is no field named Foo__c.",
            ),
        ),
        life(
            "stopped for its time, once too often",
            script(
                vec![ok(
                    r#"{"id":"e1","status":"aborted","errorCode":"90027","message":"time"}"#,
                )],
                vec![],
                vec![],
            ),
            "submit submit",
            Err(
                "zuora.account, AQuADataExport of connection `zendesk`: Zuora stopped it for its time (job e1) after 2 attempts: time",
            ),
        ),
        life(
            "a file that is too large",
            script(
                vec![stored(r#""fileId":"f1""#)],
                vec![],
                vec![status(
                    403,
                    "<security:max-object-size>2047MB</security:max-object-size>",
                )],
            ),
            "submit file",
            Err("the statement exceeds what one job may read or return"),
        ),
    ];
    let exports = exports.into_iter().map(|life| Life {
        service: Service::Export,
        ..life
    });
    queries.into_iter().chain(exports).collect()
}

#[tokio::test]
async fn jobs_live_as_planned() {
    let lives = lives().into_iter().map(|life| async move {
        let server = life.script.serve().await;
        let connection = connect(&server);
        let came = files_of(connection.job(job(life.service), usage())).await;
        let state = connection.jobs().rows()[0].state;
        let name = life.name;
        match (life.ends, came) {
            (Ok(rows), Ok(files)) => {
                let files: Vec<String> = files
                    .into_iter()
                    .map(|file| String::from_utf8(file).unwrap())
                    .collect();
                assert_eq!(files.join("|"), rows, "{name}");
                assert_eq!(state, JobState::Completed, "{name}");
            }
            (Err(words), Err(failure)) => {
                let said = failure.to_string();
                assert!(said.starts_with(words), "{name}: {said}");
                assert_eq!(state, JobState::Failed, "{name}");
                assert_eq!(connection.jobs().rows()[0].error, Some(said), "{name}");
            }
            (_, came) => panic!("{name}: {came:?}"),
        }
        assert_eq!(calls(&server), life.calls, "{name}");
        assert!(!shown(&connection).contains("Signature"), "{name}");
    });
    futures::future::join_all(lives).await;
}

#[tokio::test]
async fn a_key_is_kept_until_a_job_may_have_come_of_it() {
    let server = script(
        vec![status(504, ""), status(409, "{}"), completed(1)],
        vec![],
        rows(),
    )
    .serve()
    .await;
    let connection = connect(&server);
    files_of(connection.job(job(Service::DataQuery), usage()))
        .await
        .unwrap();
    let submits = server.requests();
    let keys: Vec<&str> = submits
        .iter()
        .filter_map(|seen| seen.header("idempotency-key"))
        .collect();
    assert_eq!(keys.len(), 3);
    assert_eq!(keys[0], keys[1], "nobody knew whether there was a job");
    assert_ne!(keys[1], keys[2], "the key was used up");
    assert_eq!(submits[0].header("content-type"), Some("application/json"));
    assert_eq!(submits[0].body, r#"{"query":"SELECT 1"}"#);
}

#[tokio::test]
async fn a_token_that_ends_between_polls_is_renewed() {
    let server = Server::answer(|_, seen| {
        let fresh = seen.header("authorization") == Some("Bearer access1");
        match (kind(seen), fresh) {
            _ if seen.address == "/oauth/tokens" => ok(
                r#"{"access_token":"access1","refresh_token":"refresh1","token_type":"bearer","expires_in":1800}"#,
            ),
            ("submit", _) => accepted(),
            (_, false) => status(401, r#"{"message":"expired"}"#),
            (_, true) => query("completed", r#","outputRows":0"#),
        }
    })
    .await;
    let connection = sign_in_at(&server, given());
    let files = files_of(connection.job(job(Service::DataQuery), usage())).await;
    assert_eq!(files.unwrap().len(), 0);
    let addresses = server.seen();
    let expected = [
        "/query/jobs",
        "/query/jobs/job-1",
        "/oauth/tokens",
        "/query/jobs/job-1",
    ];
    assert_eq!(addresses, expected);
}

#[tokio::test]
async fn a_small_result_comes_as_a_whole() {
    let server = script(vec![completed(1)], vec![], rows()).serve().await;
    let connection = connect(&server);
    let mut request = job(Service::DataQuery);
    request.purpose = Purpose::Metadata;
    let result = connection.job_result(request, usage()).await.unwrap();
    assert_eq!(result.bytes, &b"{\"id\":1}\n"[..]);
    let rows = connection.jobs().rows();
    let row = &rows[0];
    assert_eq!(
        (row.number, row.statement, row.job.as_deref()),
        (1, 1, Some("job-1"))
    );
    assert_eq!(
        (row.purpose, row.rows, row.bytes),
        (Purpose::Metadata, Some(1), 9)
    );
    assert_eq!((row.submits, row.polls, row.refusals), (1, 0, 0));
    assert_eq!(
        (row.text.as_str(), row.table.as_str()),
        ("SELECT 1", "zuora.account")
    );
    assert!(row.submitted.is_some() && row.error.is_none());
    let log: Vec<String> = connection
        .log()
        .rows()
        .iter()
        .map(|row| format!("{} {} {} {}", row.purpose, row.read, row.method, row.path))
        .collect();
    assert_eq!(
        log,
        [
            "metadata submit POST /query/jobs",
            "metadata file GET 127.0.0.1/…"
        ]
    );
}

#[tokio::test]
async fn descriptions_are_fetched_as_they_are() {
    let server = Server::answer(|number, seen| {
        assert_eq!(seen.header("accept"), Some("*/*"));
        match number {
            0 => status(502, ""),
            _ => ok("<object><name>Account</name></object>"),
        }
    })
    .await;
    let connection = connect(&server);
    let path = "/v1/describe/Account";
    let xml = connection
        .fetch(path, "zuora.account", usage(), Purpose::Metadata)
        .await;
    assert!(xml.unwrap().starts_with(b"<object>"));
    assert_eq!(server.seen(), [path, path]);
}
