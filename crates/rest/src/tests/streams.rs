//! When requests are sent: lazily, ahead, side by side, and not after the stream is dropped.

use std::sync::atomic::{AtomicU32, Ordering};

use super::server::{Reply, Server, ok};
use super::*;
use crate::Purpose;

/// Pages without end.
async fn endless() -> Server {
    let row = AtomicU32::new(0);
    Server::start(move |_, _| {
        let row = row.fetch_add(1, Ordering::SeqCst);
        ok(body(row, Some(&format!("c{row}"))))
    })
    .await
}

const A_WHILE: Duration = Duration::from_millis(100);

#[tokio::test]
async fn only_a_second_page_starts_the_look_ahead() {
    let server = endless().await;
    let mut stream = connect(&server).pages(request(PageStyle::Cursor), usage());
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(server.seen().len(), 0, "before the first poll");
    stream.next().await.unwrap().unwrap();
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(server.seen().len(), 1, "after the first page");
    stream.next().await.unwrap().unwrap();
    server.wait_for(3).await;
    assert!(server.seen().len() >= 3, "after the second page");
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(server.seen().len(), 4, "it stays a little ahead");
}

#[tokio::test]
async fn without_look_ahead_each_page_is_asked_for() {
    let server = endless().await;
    let mut settings = settings(&server);
    settings.look_ahead = false;
    let connection = Connection::open(settings).unwrap();
    let mut stream = connection.pages(request(PageStyle::Cursor), usage());
    for number in 1..=3 {
        stream.next().await.unwrap().unwrap();
        tokio::time::sleep(A_WHILE / 4).await;
        assert_eq!(server.seen().len(), number);
    }
}

#[tokio::test]
async fn dropping_the_stream_stops_the_request() {
    let server = Server::start(|number, _| match number {
        0 | 1 => ok(body(1, Some(&format!("c{number}")))),
        _ => Reply::Stall,
    })
    .await;
    let connection = connect(&server);
    let mut stream = connection.pages(request(PageStyle::Cursor), usage());
    stream.next().await.unwrap().unwrap();
    stream.next().await.unwrap().unwrap();
    server.wait_for(3).await;
    assert_eq!(server.closed(), 0);
    drop(stream);
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(server.closed(), 1);
    assert_eq!(server.seen().len(), 3);
    let rows = connection.log().rows();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[2].error.as_deref(), Some("cancelled"));
}

#[tokio::test]
async fn the_last_page_asks_for_nothing_more() {
    let server = Server::start(|_, _| ok(body(1, None))).await;
    let pages = drain(&connect(&server), request(PageStyle::Cursor), &usage())
        .await
        .unwrap();
    assert_eq!((pages.len(), server.seen().len()), (1, 1));
}

#[tokio::test]
async fn independent_requests_run_side_by_side() {
    let server = Server::start(|_, address| {
        let text = format!(r#"{{"address":"{address}"}}"#);
        Reply::After(Duration::from_millis(40), Box::new(ok(text)))
    })
    .await;
    let requests: Vec<Request> = (0..10)
        .map(|number| {
            let mut request = request(PageStyle::None);
            request.query = vec![("ids".to_owned(), number.to_string())];
            request
        })
        .collect();
    let connection = connect(&server);
    let mut stream = connection.many(requests, usage(), 4);
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(server.seen().len(), 0, "before the first poll");
    let mut asked = Vec::new();
    while let Some(page) = stream.next().await {
        let page = page.unwrap();
        let address = format!("{}?ids={}", page.request.path, page.request.query[0].1);
        assert!(String::from_utf8_lossy(&page.body).contains(&address));
        asked.push(page.request.query[0].1.clone());
    }
    asked.sort();
    assert_eq!(asked, (0..10).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(server.seen().len(), 10);
    assert_eq!(server.most_at_once(), 4);
}

#[tokio::test]
async fn an_error_ends_all_of_them() {
    let server = Server::start(|number, _| {
        if number == 2 {
            super::server::status(403, "no")
        } else {
            ok("{}")
        }
    })
    .await;
    let connection = connect(&server);
    let mut stream = connection.many(vec![request(PageStyle::None); 50], usage(), 2);
    let mut failed = 0;
    while let Some(page) = stream.next().await {
        failed += u32::from(page.is_err());
    }
    assert_eq!(failed, 1);
    tokio::time::sleep(A_WHILE).await;
    assert!(server.seen().len() < 10);
}

#[tokio::test]
async fn one_answer_is_one_request() {
    let server = Server::start(|_, _| ok(r#"{"count":{"value":7},"next_page":"/x"}"#)).await;
    let connection = connect(&server);
    let mut request = request(PageStyle::Offset);
    request.page_size = 1;
    let body = connection
        .json(&request, usage(), Purpose::Metadata)
        .await
        .unwrap();
    assert!(body.starts_with(b"{\"count\""));
    let rows = connection.log().rows();
    assert_eq!((rows.len(), rows[0].purpose), (1, Purpose::Metadata));
}
