//! Files: resumed without loss or repetition, and asked for without credentials where they lie elsewhere.

use std::net::SocketAddr;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use super::super::server::status;
use super::*;
use crate::Cause;

fn lines(count: u32) -> Vec<u8> {
    (0..count)
        .flat_map(|row| {
            format!("{{\"id\":{row},\"square\":{}}}\n", u64::from(row).pow(2)).into_bytes()
        })
        .collect()
}

fn cut(bytes: Vec<u8>, sent: usize) -> Reply {
    Reply::Bytes(200, Vec::new(), bytes, sent)
}

async fn read(files: Vec<Reply>) -> (Result<Vec<Vec<u8>>, JobFailure>, String) {
    let script = Script {
        submits: vec![completed(9)],
        polls: vec![completed(9)],
        files,
    };
    let server = script.serve().await;
    let mut request = job(Service::DataQuery);
    request.patience.silence = 1;
    let came = files_of(connect(&server).job(request, usage())).await;
    (came, calls(&server))
}

#[tokio::test]
async fn a_broken_transfer_is_taken_up_where_it_broke() {
    let text = lines(50_000);
    for whole in [gzip(&text), text.clone()] {
        let half = cut(whole.clone(), whole.len() / 2);
        let (came, calls) = read(vec![half, file(whole)]).await;
        let files = came.unwrap();
        assert_eq!(files.len(), 1);
        assert!(files[0] == text, "{} of {}", files[0].len(), text.len());
        assert_eq!(calls, "submit file poll file");
    }
}

#[tokio::test]
async fn what_has_changed_or_gone_is_an_error_once_rows_have_left() {
    let text = lines(50_000);
    let whole = gzip(&text);
    let half = || cut(whole.clone(), whole.len() / 2);
    let mut other = text.clone();
    other[7] = b'9';
    let short = whole[..whole.len() - 3].to_vec();
    let cases = [
        (
            vec![half(), file(gzip(&other))],
            "submit file poll file",
            "it has changed between two transfers",
        ),
        (
            vec![half(), status(404, "")],
            "submit file poll file",
            "Zuora no longer has the result (job job-1)",
        ),
        (
            vec![file(short)],
            "submit file poll file",
            "the file is cut short",
        ),
    ];
    let cases = cases.map(|(files, expected, words)| async move {
        let (came, calls) = read(files).await;
        let said = came.unwrap_err().to_string();
        assert!(said.contains(words) && said.contains("job-1"), "{said}");
        assert_eq!(calls, expected, "{words}");
    });
    futures::future::join_all(cases).await;
}

#[tokio::test]
async fn nothing_that_tells_who_asks_reaches_a_storage_provider() {
    let stored = r#"{"id":"e1","status":"completed","batches":[{"status":"completed","fileId":"f1","recordCount":1}]}"#;
    for (service, answer, trusted) in [
        (Service::DataQuery, completed(1), false),
        (Service::Export, ok(stored), true),
    ] {
        let script = Script {
            submits: vec![answer],
            polls: Vec::new(),
            files: vec![file(gzip(b"x"))],
        };
        let server = script.serve().await;
        let mut settings = settings(&server);
        settings.headers.insert(
            "Zuora-Entity-Ids",
            crate::HeaderValue::from_static("entity"),
        );
        let connection = Connection::open(settings).unwrap();
        files_of(connection.job(job(service), usage()))
            .await
            .unwrap();
        let requests = server.requests();
        let [submit, file] = &requests[..] else {
            panic!("{requests:?}");
        };
        assert!(submit.header("authorization").is_some());
        assert_eq!(submit.header("zuora-entity-ids"), Some("entity"));
        assert_eq!(file.header("authorization").is_some(), trusted);
        assert_eq!(file.header("zuora-entity-ids").is_some(), trusted);
        assert!(
            file.header("accept-encoding")
                .is_none_or(|said| said == "identity")
        );
        if !trusted {
            assert!(file.address.ends_with(SIGNATURE));
        }
        assert!(!shown(&connection).contains("Signature"));
    }
}

/// A server that says something readable to whoever connects.
async fn speaks_no_tls() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    address
}

/// The host of files is another than the API's: what is wrong with it is told as of any host, and its addresses never.
#[tokio::test]
async fn a_storage_provider_out_of_reach_is_named() {
    let here = "127.0.0.1";
    let readable = speaks_no_tls().await;
    for (host, address, cause, hint) in [
        (
            here,
            "http://127.0.0.1:1".to_owned(),
            Cause::Refused,
            "may reach that host",
        ),
        (
            here,
            format!("https://{readable}"),
            Cause::Tls,
            "SSLServerCert",
        ),
        (here, "http://HOST".to_owned(), Cause::Timeout, "time-out"),
        (
            "no-such-host.invalid",
            "https://no-such-host.invalid".to_owned(),
            Cause::Dns,
            "may reach that host",
        ),
    ] {
        let answer = format!(r#","outputRows":1,"dataFile":"{address}/signed/x?{SIGNATURE}""#);
        let script = Script {
            submits: vec![query("completed", &answer)],
            polls: vec![query("completed", &answer)],
            files: vec![Reply::Stall],
        };
        let server = script.serve().await;
        let mut settings = settings(&server);
        settings.timeout = Duration::from_millis(500);
        let connection = Connection::open(settings).unwrap();
        let mut request = job(Service::DataQuery);
        request.patience.silence = 1;
        let came = files_of(connection.job(request, usage())).await;
        let failure = came.unwrap_err();
        let said = format!("{failure} {failure:?} {}", shown(&connection));
        assert!(!said.contains("Signature"), "{said}");
        assert!(failure.hint().unwrap().contains(hint), "{failure}");
        let JobFailure::Rest(Error::Storage {
            host: named,
            cause: found,
            attempts,
            ..
        }) = failure
        else {
            panic!("{failure:?}");
        };
        assert_eq!((named.as_str(), found, attempts), (host, cause, 2));
        let shown = connection.jobs().rows()[0].error.clone().unwrap();
        let words = format!("GET {host}/…): the result cannot be fetched from {host}: {cause} (2 ");
        assert!(shown.contains(&words), "{shown}");
    }
}

/// What goes wrong after the host was out of reach is told as what it is.
#[tokio::test]
async fn a_storage_provider_that_comes_back_is_not_blamed() {
    let gone = format!(r#","outputRows":1,"dataFile":"http://127.0.0.1:1/signed/x?{SIGNATURE}""#);
    let script = Script {
        submits: vec![query("completed", &gone)],
        polls: vec![completed(1)],
        files: vec![status(503, "")],
    };
    let server = script.serve().await;
    let mut request = job(Service::DataQuery);
    request.patience.silence = 1;
    let came = files_of(connect(&server).job(request, usage())).await;
    let said = came.unwrap_err().to_string();
    assert!(said.contains("answered with status 503"), "{said}");
}

#[tokio::test]
async fn a_result_waits_for_whoever_reads_it() {
    let text = lines(400_000);
    let script = Script {
        submits: vec![completed(9)],
        polls: Vec::new(),
        files: vec![file(gzip(&text))],
    };
    let server = script.serve().await;
    let connection = connect(&server);
    let mut stream = connection.job(job(Service::DataQuery), usage());
    assert_eq!(stream.rows(), None);
    stream.next().await.unwrap().unwrap();
    assert_eq!(stream.rows(), Some(9));
    tokio::time::sleep(Duration::from_millis(100)).await;
    let bytes = connection.jobs().rows()[0].bytes;
    assert!(bytes < 2 << 20, "{bytes} of {}", text.len());
    assert_eq!(connection.jobs().rows()[0].state, JobState::Fetching);
}
