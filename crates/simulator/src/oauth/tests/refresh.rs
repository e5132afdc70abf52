//! Renewal: what dies, when, and what happens to those who die in the middle of it.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Desk, pair};
use crate::Hold;

fn waits_until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(10), "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_old_pair_dies_at_once() {
    let desk = Desk::new();
    let (access, refresh) = pair(&desk.redeem(&desk.code(), &json!({})));
    let answer = desk.renew(
        &refresh,
        &json!({"expires_in": 3_600, "refresh_token_expires_in": 604_800}),
    );
    let body = answer.json();
    assert_eq!(body["scope"], "read write");
    assert_eq!(body["expires_in"], 3_600);
    assert_eq!(body["refresh_token_expires_in"], 604_800);
    let (new_access, new_refresh) = pair(&answer);
    assert!(new_access != access && new_refresh != refresh);
    assert_eq!(desk.status("/api/v2/users/me", &access), 401);
    assert_eq!(desk.status("/api/v2/users/me", &new_access), 200);
    let again = desk.renew(&refresh, &json!({}));
    assert_eq!(
        (again.status, again.error().as_str()),
        (400, "invalid_grant")
    );
    assert_eq!(
        desk.status("/api/v2/users/me", &new_access),
        200,
        "no detection of reuse is known"
    );
    assert_eq!(desk.renew(&new_refresh, &json!({})).status, 200);
    assert_eq!(
        desk.outcomes(),
        ["granted", "granted", "invalid_grant", "granted"]
    );
}

#[test]
fn a_refresh_token_belongs_to_its_client_and_scope() {
    let desk = Desk::new();
    let (_, refresh) = desk.0.grant_tokens("zuzen_demo", "read write");
    let reader = json!({"client_id": "zuzen_reader", "client_secret": "reader-client-secret"});
    for (changes, error) in [
        (reader, "invalid_grant"),
        (json!({"client_secret": "wrong"}), "invalid_client"),
        (json!({"scope": "read write impersonate"}), "invalid_scope"),
        (json!({"scope": ""}), "invalid_scope"),
        (json!({"code": "x"}), "invalid_request"),
        (json!({"expires_in": 10}), "invalid_request"),
        (json!({"refresh_token": "made up"}), "invalid_grant"),
        (json!({"refresh_token": null}), "invalid_request"),
    ] {
        assert_eq!(desk.renew(&refresh, &changes).error(), error, "{changes}");
    }
    let answer = desk.renew(&refresh, &json!({"scope": "read"}));
    assert_eq!(
        answer.json()["scope"],
        "read",
        "none of these cost the token: {}",
        answer.text
    );
    let (_, refresh) = pair(&answer);
    let wider = desk.renew(&refresh, &json!({"scope": "read write"}));
    assert_eq!(wider.error(), "invalid_scope");
}

#[test]
fn refresh_tokens_outlive_access_tokens_and_end_too() {
    let desk = Desk::new();
    let (access, refresh) = desk.0.grant_tokens("zuzen_demo", "read");
    desk.0.expire_access_tokens();
    let refused = desk.call("GET", "/api/v2/tickets", &access);
    assert_eq!(
        (refused.status, refused.error().as_str()),
        (401, "invalid_token")
    );
    let (access, refresh) = pair(&desk.renew(&refresh, &json!({})));
    assert_eq!(desk.status("/api/v2/tickets", &access), 200);
    desk.0.advance(Duration::from_secs(2_591_990));
    let (_, refresh) = pair(&desk.renew(&refresh, &json!({})));
    desk.0.advance(Duration::from_secs(2_592_000));
    assert_eq!(desk.renew(&refresh, &json!({})).error(), "invalid_grant");
}

#[test]
fn a_held_call_waits_and_is_answered_on_release() {
    for (hold, before) in [(Hold::BeforeRotation, 200), (Hold::AfterRotation, 401)] {
        let desk = Desk::new();
        let (access, refresh) = desk.0.grant_tokens("zuzen_demo", "read");
        desk.0.hold_tokens(hold);
        thread::scope(|scope| {
            let renewal = scope.spawn(|| desk.renew(&refresh, &json!({})));
            waits_until("the call is held", || desk.0.waiting_tokens() == 1);
            assert_eq!(desk.status("/api/v2/tickets", &access), before, "{hold:?}");
            assert_eq!(desk.0.token_calls().len(), usize::from(before == 401));
            desk.0.release_tokens();
            let (renewed, _) = pair(&renewal.join().unwrap());
            assert_eq!(desk.status("/api/v2/tickets", &renewed), 200);
            assert_eq!(desk.status("/api/v2/tickets", &access), 401);
        });
        assert_eq!(desk.0.waiting_tokens(), 0);
        assert_eq!(desk.outcomes(), ["granted"]);
    }
}

#[test]
fn a_new_hold_at_once_does_not_keep_the_released() {
    let desk = Desk::new();
    desk.0.hold_tokens(Hold::AfterRotation);
    let (_, refresh) = desk.0.grant_tokens("zuzen_demo", "read");
    thread::scope(|scope| {
        let renewal = scope.spawn(|| desk.renew(&refresh, &json!({})));
        waits_until("the call is held", || desk.0.waiting_tokens() == 1);
        desk.0.release_tokens();
        desk.0.hold_tokens(Hold::AfterRotation);
        assert_eq!(renewal.join().unwrap().status, 200);
    });
}

#[test]
fn what_a_caller_loses_who_dies_while_it_is_held() {
    for (hold, survives) in [(Hold::BeforeRotation, true), (Hold::AfterRotation, false)] {
        let desk = Desk::new();
        let (_, refresh) = desk.0.grant_tokens("zuzen_demo", "read");
        desk.0.hold_tokens(hold);
        let body = json!({"grant_type": "refresh_token", "refresh_token": refresh, "client_id": "zuzen_demo",
            "client_secret": "demo-client-secret"})
        .to_string();
        let host = desk.0.url().replace("http://", "");
        let mut caller = TcpStream::connect(&host).unwrap();
        write!(
            caller,
            "POST /oauth/tokens HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        waits_until("the call is held", || desk.0.waiting_tokens() == 1);
        drop(caller);
        waits_until("the dead caller is noticed", || {
            desk.0.waiting_tokens() == 0
        });
        desk.0.release_tokens();
        let renewed = desk.renew(&refresh, &json!({})).status == 200;
        assert_eq!(renewed, survives, "{hold:?}");
    }
}
