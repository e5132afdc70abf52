//! What goes wrong: every page once under transient faults, a clear error under permanent ones.

use std::time::Instant;

use super::server::{Reply, Server, ok, status};
use super::*;
use crate::{Cause, Purpose};

#[tokio::test]
async fn every_page_arrives_once_whatever_happens_on_the_way() {
    let server = Server::start(|number, _| match number {
        0 => Reply::Reset,
        1 => Reply::Cut(body(1, Some("a"))),
        2 => ok(&body(1, Some("a"))[..30]),
        3 => ok(body(1, Some("a"))),
        4 => status(500, "<html>oops</html>"),
        5 => status(409, ""),
        6 => Reply::Answer(
            429,
            vec![("Retry-After", "0.05".to_owned())],
            "slow down".to_owned(),
        ),
        7 => ok(body(2, Some("b"))),
        8 => ok(""),
        _ => ok(body(3, None)),
    })
    .await;
    let connection = connect(&server);
    let usage = usage();
    let pages = drain(&connection, request(PageStyle::Cursor), &usage)
        .await
        .unwrap();
    let bodies: Vec<_> = pages.iter().map(|page| page.body.clone()).collect();
    assert_eq!(
        bodies,
        [body(1, Some("a")), body(2, Some("b")), body(3, None)]
    );
    assert_eq!(
        pages.iter().map(|page| page.number).collect::<Vec<_>>(),
        [0, 1, 2]
    );
    assert_eq!(
        (usage.requests(), usage.retries(), usage.pages()),
        (10, 7, 3)
    );
    assert_eq!((usage.throttled(), usage.statement().requests()), (1, 10));
    assert!(usage.waited() >= Duration::from_millis(45));

    let rows = connection.log().rows();
    assert_eq!(rows.len(), server.seen().len());
    let statuses: Vec<_> = rows.iter().map(|row| row.status).collect();
    assert_eq!(statuses[0], None);
    assert_eq!(statuses[3..], [200, 500, 409, 429, 200, 200, 200].map(Some));
    assert!(rows[2].error.as_ref().unwrap().contains("cut short"));
    assert_eq!((rows[3].error.as_deref(), rows[3].attempt), (None, 3));
    assert_eq!(rows[3].query, "page%5Bsize%5D=100");
    assert!(rows[7].waited >= Duration::from_millis(45));
}

#[tokio::test]
async fn heavy_pages_are_asked_for_in_smaller_pieces() {
    let server = Server::start(|_, address| {
        if address.ends_with("per_page=1000") || address.ends_with("per_page=500") {
            status(504, "")
        } else if address.contains("cursor=c") {
            ok(r#"{"tickets":[],"after_cursor":"c","end_of_stream":true}"#)
        } else {
            ok(r#"{"tickets":[],"after_cursor":"c","end_of_stream":false}"#)
        }
    })
    .await;
    let mut export = request(PageStyle::Export);
    export.page_size = 1000;
    export.query = vec![("start_time".to_owned(), "0".to_owned())];
    drain(&connect(&server), export, &usage()).await.unwrap();
    assert_eq!(
        server.seen(),
        [
            "/api/v2/tickets?start_time=0&per_page=1000",
            "/api/v2/tickets?start_time=0&per_page=500",
            "/api/v2/tickets?start_time=0&per_page=250",
            "/api/v2/tickets?cursor=c&per_page=250",
        ]
    );
}

#[tokio::test]
async fn permanent_faults_are_told_apart() {
    type Check = fn(&Error) -> bool;
    let html = || {
        Reply::Answer(
            404,
            vec![("Content-Type", "text/html".to_owned())],
            "<html>none of this</html>".to_owned(),
        )
    };
    let cases: [(&str, Reply, usize, Check); 12] = [
        (
            "wrong token",
            status(401, r#"{"error":"Couldn't authenticate you"}"#),
            1,
            |error| matches!(error, Error::Auth { said, .. } if said.contains("authenticate")),
        ),
        (
            "forbidden",
            status(
                403,
                r#"{"error":"Forbidden","description":"You are missing the following required scopes: read"}"#,
            ),
            1,
            |error| matches!(error, Error::Forbidden { scopes, .. } if scopes == &["read"]),
        ),
        (
            "unknown account",
            html(),
            1,
            |error| matches!(error, Error::UnknownAccount { host, .. } if host.starts_with("127.0.0.1:")),
        ),
        (
            "no record",
            status(
                404,
                r#"{"error":"RecordNotFound","description":"Not found"}"#,
            ),
            1,
            |error| {
                matches!(
                    error,
                    Error::NotFound {
                        endpoint: false,
                        ..
                    }
                )
            },
        ),
        (
            "bad request",
            status(
                400,
                r#"{"errors":[{"code":"InvalidX","title":"No","detail":"way"}]}"#,
            ),
            1,
            |error| matches!(error, Error::Invalid { status: 400, code: Some(code), .. } if code == "InvalidX"),
        ),
        (
            "search limit",
            status(
                422,
                r#"{"error":"x","description":"Requested response size was greater than Search Response Limits"}"#,
            ),
            1,
            |error| matches!(error, Error::Capped { .. }),
        ),
        (
            "server",
            status(500, "broken"),
            6,
            |error| matches!(error, Error::Server { attempts: 6, said, .. } if said == "broken"),
        ),
        ("reset", Reply::Reset, 6, |error| {
            matches!(
                error,
                Error::Network {
                    cause: Cause::Broken,
                    attempts: 6,
                    ..
                }
            )
        }),
        ("always cut", Reply::Cut(body(1, None)), 6, |error| {
            matches!(
                error,
                Error::Network {
                    cause: Cause::Broken,
                    ..
                }
            )
        }),
        ("not json", ok("<html>sign in</html>"), 1, |error| {
            matches!(error, Error::Page { .. })
        }),
        (
            "foreign origin",
            ok(
                r#"{"t":[],"meta":{"has_more":true,"after_cursor":"a"},"links":{"next":"https://evil.example/x"}}"#,
            ),
            1,
            |error| error.to_string().contains("https://evil.example"),
        ),
        ("repeated cursor", ok(body(1, Some("same"))), 2, |error| {
            error.to_string().contains("already read")
        }),
    ];
    for (name, reply, requests, check) in cases {
        let server = Server::start(move |_, _| reply.clone()).await;
        let connection = connect(&server);
        let error = drain(&connection, request(PageStyle::Cursor), &usage())
            .await
            .unwrap_err();
        assert!(check(&error), "{name}: {error:?}");
        assert_eq!(server.seen().len(), requests, "{name}");
        assert_eq!(connection.log().rows().len(), requests, "{name}");
        let message = error.to_string();
        assert!(message.contains("zendesk.tickets"), "{name}: {message}");
        assert!(message.contains("GET /api/v2/tickets"), "{name}: {message}");
        assert!(!message.contains('<'), "{name}: {message}");
        assert!(error.hint().is_some(), "{name}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::start(|_, _| ok("{}")).await;
    let target = format!("{}x", elsewhere.origin);
    let server = Server::start(move |_, _| {
        Reply::Answer(302, vec![("Location", target.clone())], String::new())
    })
    .await;
    let error = drain(&connect(&server), request(PageStyle::None), &usage())
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::Redirect { host, .. } if host == "127.0.0.1"),
        "{error:?}"
    );
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn some_refusals_mean_no_rows() {
    let not_found = r#"{"error":"RecordNotFound","description":"Not found"}"#;
    let no_endpoint = r#"{"error":"InvalidEndpoint","description":"Not found"}"#;
    let too_recent = "Too recent start_time. Use a start_time older than 5 minutes";
    for (code, text, not_found, is_empty) in [
        (404, not_found, NotFound::NoRows, true),
        (404, not_found, NotFound::Error, false),
        (404, no_endpoint, NotFound::NoRows, false),
        (422, too_recent, NotFound::Error, true),
    ] {
        let server = Server::start(move |_, _| status(code, text)).await;
        let mut request = request(PageStyle::Export);
        request.not_found = not_found;
        let result = drain(&connect(&server), request, &usage()).await;
        match result {
            Ok(pages) => assert!(is_empty && pages.is_empty(), "{code} {text}"),
            Err(error) => assert!(!is_empty, "{code} {text}: {error}"),
        }
    }
}

#[tokio::test]
async fn a_killed_server_is_an_error_with_the_attempts_made() {
    let mut server = Server::start(|_, _| ok(body(1, Some("a")))).await;
    let connection = connect(&server);
    let mut stream = connection.pages(request(PageStyle::Cursor), usage());
    assert!(stream.next().await.unwrap().is_ok());
    server.kill().await;
    let error = stream.next().await.unwrap().unwrap_err();
    assert!(
        matches!(
            &error,
            Error::Network {
                cause: Cause::Refused,
                attempts: 6,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(stream.next().await.is_none());

    // Nobody waits for a server that has never been there.
    let began = Instant::now();
    let error = connect(&server).test().await.unwrap_err();
    assert!(
        matches!(
            &error,
            Error::Network {
                cause: Cause::Refused,
                attempts: 1,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn silence_is_a_time_out() {
    let server = Server::start(|_, _| Reply::Stall).await;
    let mut settings = settings(&server);
    settings.timeout = Duration::from_millis(50);
    settings.policy.max_retries = 1;
    let connection = Connection::open(settings).unwrap();
    let error = drain(&connection, request(PageStyle::Cursor), &usage())
        .await
        .unwrap_err();
    assert!(
        matches!(
            &error,
            Error::Network {
                cause: Cause::Timeout,
                attempts: 2,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(server.seen()[1].ends_with("size%5D=50"));
}

#[tokio::test]
async fn a_host_without_a_name_is_told_as_such() {
    let mut settings = Settings::new(
        "zendesk",
        url::Url::parse("https://no-such-host.invalid").unwrap(),
        Credentials::Password {
            user: "a@b.c".to_owned(),
            password: Secret::new("x".to_owned()),
        },
    );
    settings.vendor.identity = "/api/v2/users/me.json".to_owned();
    let error = Connection::open(settings)
        .unwrap()
        .test()
        .await
        .unwrap_err();
    assert!(
        matches!(
            &error,
            Error::Network {
                cause: Cause::Dns,
                attempts: 1,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.to_string().contains("no-such-host.invalid"));
}

#[tokio::test]
async fn keys_cannot_leave_the_path() {
    let server = Server::start(|_, _| ok("{}")).await;
    let mut request = request(PageStyle::None);
    request.path = "/api/v2/tickets/%2E%2E/users".to_owned();
    let error = drain(&connect(&server), request, &usage())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Answer { .. }), "{error:?}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn the_connection_test_is_not_fooled() {
    let anonymous = r#"{"user":{"id":null,"name":"Anonymous user"}}"#;
    let agent = r#"{"user":{"id":7,"name":"Ada","email":"ada@example.com","role":"admin"}}"#;
    for (text, expected) in [(anonymous, None), (agent, Some("7")), ("{}", None)] {
        let server = Server::start(move |_, _| ok(text)).await;
        let connection = connect(&server);
        let result = connection.test().await;
        match expected {
            Some(id) => assert_eq!(result.unwrap().id.as_deref(), Some(id)),
            None => assert!(result.is_err(), "{text}"),
        }
        assert_eq!(server.seen(), ["/api/v2/users/me.json"]);
        assert_eq!(connection.log().rows()[0].purpose, Purpose::Auth);
    }
}

#[tokio::test]
async fn nothing_prints_a_secret() {
    let server = Server::start(|_, _| status(401, "no")).await;
    let settings = settings(&server);
    let encoded = settings.credentials.header().unwrap();
    let encoded = encoded.to_str().unwrap();
    let mut printed = format!("{settings:?}");
    let connection = Connection::open(settings).unwrap();
    let stream_error = drain(&connection, request(PageStyle::Cursor), &usage())
        .await
        .unwrap_err();
    printed.push_str(&format!(
        "{connection:?} {stream_error:?} {stream_error} {:?}",
        connection.log()
    ));
    assert!(printed.contains("agent@example.com"));
    assert!(!printed.contains(TOKEN) && !printed.contains(encoded));
}

#[tokio::test]
async fn an_error_has_the_number_that_the_vendor_gave_the_request() {
    for (sent, told) in [
        (Some("0b7ae2f0-77a4-4f5c"), Some("0b7ae2f0-77a4-4f5c")),
        (Some("not a number"), None),
        (None, None),
    ] {
        let server = Server::start(move |_, _| {
            let headers = sent.map(|sent| ("X-Zendesk-Request-Id", sent.to_owned()));
            Reply::Answer(422, headers.into_iter().collect(), "{}".to_owned())
        })
        .await;
        let failed = drain(&connect(&server), request(PageStyle::Cursor), &usage()).await;
        let error = failed.unwrap_err();
        assert_eq!(error.at().unwrap().request_id.as_deref(), told);
    }
}
