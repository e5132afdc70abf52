//! Budgets, rate limits and warnings.

use std::time::Instant;

use super::server::{Reply, Server, ok};
use super::*;

#[tokio::test]
async fn a_budget_stops_before_sending() {
    let server = Server::start(|number, _| match number {
        0 => Reply::Reset,
        _ => ok(body(1, Some(&format!("c{number}")))),
    })
    .await;
    let usage = Arc::new(Usage::new(Arc::new(Statement::new(9, Some(3)))));
    let error = drain(&connect(&server), request(PageStyle::Cursor), &usage)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Budget {
                max_requests: 3,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!((server.seen().len(), usage.requests()), (3, 3));
}

#[tokio::test]
async fn an_empty_allowance_is_waited_for_unasked() {
    let server = Server::start(|number, _| {
        let (text, limit) = match number {
            0 => (body(1, Some("a")), "total=10; remaining=0; resets=1"),
            _ => (body(2, None), "total=10; remaining=9; resets=60"),
        };
        let name = "Zendesk-RateLimit-incremental-exports";
        Reply::Answer(200, vec![(name, limit.to_owned())], text)
    })
    .await;
    let connection = connect(&server);
    let mut request = request(PageStyle::Cursor);
    request.family = "exports".to_owned();
    let usage = usage();
    let began = Instant::now();
    drain(&connection, request, &usage).await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(950));
    assert!(usage.waited() >= Duration::from_millis(950));
    assert_eq!((usage.requests(), usage.throttled()), (2, 0));
    let exports = connection
        .limits()
        .into_iter()
        .find(|limit| limit.family == "exports")
        .unwrap();
    assert_eq!((exports.remaining, exports.learnt), (Some(9), true));
    assert!(connection.log().rows()[1].waited >= Duration::from_millis(950));
}

#[tokio::test]
async fn a_refusal_makes_everybody_wait() {
    let server = Server::start(|number, _| match number {
        0 => Reply::Answer(
            429,
            vec![("Retry-After", "1".to_owned())],
            r#"{"detail":"Rate limited by Zendesk edge protection","status":"429"}"#.to_owned(),
        ),
        _ => ok(body(1, None)),
    })
    .await;
    let connection = connect(&server);
    let (first, second) = (usage(), usage());
    let began = Instant::now();
    let other = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        drain(&connection, request(PageStyle::Cursor), &second).await
    };
    let mut exports = request(PageStyle::Cursor);
    exports.family = "exports".to_owned();
    let (one, two) = tokio::join!(drain(&connection, exports, &first), other);
    assert_eq!((one.unwrap().len(), two.unwrap().len()), (1, 1));
    assert!(began.elapsed() >= Duration::from_millis(950));
    assert!(second.waited() >= Duration::from_millis(700));
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn pauses_that_are_too_long_are_told_instead() {
    let server = Server::start(|_, _| {
        let headers = vec![("Retry-After", "3600".to_owned())];
        Reply::Answer(
            429,
            headers,
            "Number of allowed API requests per minute exceeded".to_owned(),
        )
    })
    .await;
    let error = drain(&connect(&server), request(PageStyle::Cursor), &usage())
        .await
        .unwrap_err();
    let message = error.to_string();
    assert!(matches!(error, Error::Limited { .. }), "{message}");
    assert!(message.contains("3600 s") && message.contains("allowed API requests"));
}

#[tokio::test]
async fn the_apis_warnings_are_passed_on() {
    let server = Server::start(|number, _| {
        let text = match number {
            0 => body(1, Some("a")),
            _ => body(2, None),
        };
        let warning = "Removed restricted keys [\"x\"]".to_owned();
        Reply::Answer(200, vec![("X-Zendesk-API-Warn", warning)], text)
    })
    .await;
    let usage = usage();
    drain(&connect(&server), request(PageStyle::Cursor), &usage)
        .await
        .unwrap();
    assert_eq!(
        usage.warnings(),
        ["/api/v2/tickets: Removed restricted keys [\"x\"]"]
    );
}
