use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use zuzen_plan::sign_in::{Body, Grant, Initiate};

use super::server::{Reply, Server, ok, status};
use super::*;
use crate::Purpose;
use crate::sign_in::OAuth;
use crate::store::{Location, MemoryStores, Openers, Store};

const EXPIRED: &str = r#"{"error":"invalid_token","error_description":"expired"}"#;

/// Counts of what a server was asked, and how it answers: data is refused until tokens have been handed out.
#[derive(Default)]
struct Script {
    handed_out: AtomicUsize,
    /// How many hand-outs it takes until data is given.
    enough: usize,
    /// How long the token endpoint takes.
    slow: Duration,
}

impl Script {
    fn answer(&self, address: &str) -> Reply {
        if address.starts_with("/oauth/tokens") {
            let number = self.handed_out.fetch_add(1, Ordering::SeqCst) + 1;
            let body = format!(
                r#"{{"access_token":"access{number}","refresh_token":"refresh{number}","token_type":"bearer","expires_in":1800,"scope":"read write"}}"#
            );
            return Reply::After(self.slow, Box::new(Reply::Answer(201, Vec::new(), body)));
        }
        if self.handed_out.load(Ordering::SeqCst) < self.enough {
            return status(401, EXPIRED);
        }
        ok(body(1, None))
    }
}

async fn serve(script: Script) -> (Server, Arc<Script>) {
    let script = Arc::new(script);
    let shared = Arc::clone(&script);
    let server = Server::start(move |_, address| shared.answer(address)).await;
    (server, script)
}

pub(super) fn given() -> OAuth {
    let mut given = OAuth::new("zendesk");
    given.initiate = Initiate::Refresh;
    given.client_id = Some("app".to_owned());
    given.client_secret = Some(Secret::new("client-secret".to_owned()));
    given.access_token = Some(Secret::new("access0".to_owned()));
    given.refresh_token = Some(Secret::new("refresh0".to_owned()));
    given
}

pub(super) fn sign_in_at(server: &Server, given: OAuth) -> Connection {
    let mut settings = settings(server);
    settings.credentials = Credentials::OAuth(Box::new(given));
    settings.vendor.authorize = Some("/oauth/authorizations/new".to_owned());
    settings.vendor.token = "/oauth/tokens".to_owned();
    settings.vendor.current = Some("/current".to_owned());
    settings.vendor.body = Body::Json;
    settings.vendor.expires_in = Some(1800);
    Connection::open(settings).unwrap()
}

async fn one_page(connection: &Connection) -> Result<usize, Error> {
    let pages = drain(connection, request(PageStyle::None), &usage()).await?;
    Ok(pages.len())
}

fn of_auth(connection: &Connection) -> Vec<String> {
    let rows = connection.log().rows().into_iter();
    let rows = rows.filter(|row| row.purpose == Purpose::Auth);
    rows.map(|row| format!("{} {}", row.method, row.read))
        .collect()
}

#[tokio::test]
async fn many_refused_requests_lead_to_one_renewal() {
    let (server, script) = serve(Script {
        enough: 1,
        slow: Duration::from_millis(50),
        ..Script::default()
    })
    .await;
    let connection = sign_in_at(&server, given());
    let tasks = (0..40).map(|_| {
        let connection = connection.clone();
        tokio::spawn(async move { one_page(&connection).await })
    });
    for task in futures::future::join_all(tasks).await {
        assert_eq!(task.unwrap().unwrap(), 1);
    }
    assert_eq!(script.handed_out.load(Ordering::SeqCst), 1);
    assert_eq!(of_auth(&connection), ["POST refresh"]);
}

#[tokio::test]
async fn a_new_token_that_is_refused_ends_it() {
    let (server, script) = serve(Script {
        enough: 9,
        ..Script::default()
    })
    .await;
    let connection = sign_in_at(&server, given());
    let error = one_page(&connection).await.unwrap_err();
    assert!(matches!(error, Error::Auth { .. }), "{error:?}");
    assert_eq!(script.handed_out.load(Ordering::SeqCst), 1);
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn tokens_are_renewed_before_they_end() {
    let (server, _) = serve(Script::default()).await;
    let connection = sign_in_at(
        &server,
        OAuth {
            expires_in: Some(Duration::from_secs(600)),
            issued: SystemTime::now().checked_sub(Duration::from_secs(590)),
            ..given()
        },
    );
    one_page(&connection).await.unwrap();
    assert_eq!(
        server.seen()[0],
        "/oauth/tokens",
        "no request went out with the old one"
    );
    one_page(&connection).await.unwrap();
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn whoever_goes_away_in_the_middle_loses_nothing() {
    let (server, script) = serve(Script {
        enough: 1,
        slow: Duration::from_millis(100),
        ..Script::default()
    })
    .await;
    let memory = MemoryStores::default();
    let place = Location::Memory("shared".to_owned());
    let store = Store::new(place, Openers::default(), memory);
    let connection = sign_in_at(
        &server,
        OAuth {
            store: Some(store.clone()),
            ..given()
        },
    );
    let impatient = tokio::time::timeout(Duration::from_millis(40), one_page(&connection));
    assert!(impatient.await.is_err());
    let sign_in = connection.sign_in().unwrap();
    sign_in.settle().await;
    let kept = store.load().await.unwrap().unwrap();
    assert_eq!(kept.refresh_token.unwrap().reveal(), "refresh1");
    assert_eq!(one_page(&connection).await.unwrap(), 1);
    assert_eq!(script.handed_out.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_refused_renewal_is_remembered() {
    let server = Server::start(|_, address| match address {
        "/oauth/tokens" => status(
            400,
            r#"{"error":"invalid_grant","error_description":"used"}"#,
        ),
        _ => status(401, EXPIRED),
    })
    .await;
    let connection = sign_in_at(&server, given());
    for round in 0..3 {
        let error = one_page(&connection).await.unwrap_err();
        let hint = error.hint().unwrap();
        assert!(
            hint.contains("zuzen login zendesk"),
            "{round}: {error} {hint}"
        );
    }
    assert_eq!(of_auth(&connection), ["POST refresh"]);
}

#[tokio::test]
async fn what_is_off_is_not_renewed() {
    let (server, script) = serve(Script {
        enough: 1,
        ..Script::default()
    })
    .await;
    let off = OAuth {
        initiate: Initiate::Off,
        ..given()
    };
    let error = one_page(&sign_in_at(&server, off)).await.unwrap_err();
    assert!(
        error.hint().unwrap().contains("OAuthRefreshToken"),
        "{error}"
    );
    let none = OAuth {
        initiate: Initiate::Off,
        access_token: None,
        ..given()
    };
    let error = one_page(&sign_in_at(&server, none)).await.unwrap_err();
    assert!(
        error.hint().unwrap().contains("OAuthAccessToken"),
        "{error}"
    );
    assert_eq!(script.handed_out.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_client_signs_in_by_itself_and_again_when_it_must() {
    let (server, script) = serve(Script {
        enough: 2,
        ..Script::default()
    })
    .await;
    let client = OAuth {
        grant: Grant::Client,
        access_token: None,
        refresh_token: None,
        ..given()
    };
    let connection = sign_in_at(&server, client);
    // The first token is refused although it was just handed out; the next statement asks again.
    assert!(one_page(&connection).await.is_err());
    assert_eq!(one_page(&connection).await.unwrap(), 1);
    assert_eq!(script.handed_out.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_answer_without_a_lifetime_is_completed() {
    let ends = chrono::Utc::now() + Duration::from_secs(900);
    let told = format!(r#"{{"token":{{"expires_at":"{}"}}}}"#, ends.to_rfc3339());
    let server = Server::start(move |_, address| match address {
        "/oauth/tokens" => ok(r#"{"access_token":"a","token_type":"bearer","scope":"read"}"#),
        "/current" => ok(told.clone()),
        _ => ok(body(1, None)),
    })
    .await;
    let client = OAuth {
        grant: Grant::Client,
        scope: Some("read write".to_owned()),
        ..given()
    };
    let connection = sign_in_at(
        &server,
        OAuth {
            access_token: None,
            ..client
        },
    );
    one_page(&connection).await.unwrap();
    let sign_in = connection.sign_in().unwrap();
    let state = sign_in.state().await.unwrap().unwrap();
    let left = state
        .ends
        .unwrap()
        .duration_since(SystemTime::now())
        .unwrap();
    assert!((880..=900).contains(&left.as_secs()), "{left:?}");
    let warnings = sign_in.take_warnings();
    assert!(
        warnings[0].contains("`write` was asked for"),
        "{warnings:?}"
    );
}

#[tokio::test]
async fn the_token_endpoint_may_stumble_but_not_lie() {
    let cases: [(&'static str, Reply, &str); 4] = [
        (
            "html",
            Reply::Answer(
                200,
                vec![("Content-Type", "text/html".to_owned())],
                "<p>".to_owned(),
            ),
            "no token",
        ),
        ("other", ok(r#"{"token":"hush-hush"}"#), "no token"),
        (
            "client",
            status(401, r#"{"error":"invalid_client"}"#),
            "invalid_client",
        ),
        (
            "moved",
            Reply::Answer(
                302,
                vec![("Location", "https://elsewhere.example/".to_owned())],
                String::new(),
            ),
            "elsewhere.example",
        ),
    ];
    for (name, answer, part) in cases {
        let server = Server::start(move |_, address| match address {
            "/oauth/tokens" => answer.clone(),
            _ => status(401, EXPIRED),
        })
        .await;
        let connection = sign_in_at(&server, given());
        let error = one_page(&connection).await.unwrap_err();
        assert!(error.to_string().contains(part), "{name}: {error}");
        assert!(!format!("{error:?}").contains("hush"), "{name}");
        assert_eq!(of_auth(&connection).len(), 1, "{name}");
    }
    let server = Server::start(|number, address| match (number, address) {
        (0, _) => status(401, EXPIRED),
        (1, _) => status(500, "oops"),
        (2, _) => Reply::Answer(429, vec![("Retry-After", "0".to_owned())], String::new()),
        (_, "/oauth/tokens") => {
            ok(r#"{"access_token":"a","token_type":"bearer","expires_in":900}"#)
        }
        _ => ok(body(1, None)),
    })
    .await;
    assert_eq!(one_page(&sign_in_at(&server, given())).await.unwrap(), 1);
}

#[tokio::test]
async fn a_person_who_does_not_come_is_not_waited_for_without_end() {
    let (server, script) = serve(Script::default()).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let asking = OAuth {
        initiate: Initiate::GetAndRefresh,
        access_token: None,
        refresh_token: None,
        callback: format!("http://127.0.0.1:{port}"),
        browser: crate::sign_in::Browser::new(|_| Err("no display".to_owned())),
        patience: Duration::from_millis(50),
        ..given()
    };
    let error = one_page(&sign_in_at(&server, asking)).await.unwrap_err();
    assert!(
        error.to_string().contains("nobody has signed in"),
        "{error}"
    );
    let hint = error.hint().unwrap();
    assert!(
        hint.contains("zuzen login zendesk") && hint.contains("OAuthVerifier"),
        "{hint}"
    );
    assert_eq!(script.handed_out.load(Ordering::SeqCst), 0);
}
