//! Zendesk's token endpoint: codes, client credentials, lifetimes, and every way of getting it wrong.

use std::time::Duration;

use serde_json::{Value, json};

use super::{CALLBACK, CHALLENGE, Desk, FORM, JSON, VERIFIER, pair, send, with, zendesk};
use crate::OAuthOptions;

#[test]
fn a_code_becomes_a_pair_once() {
    let desk = Desk::new();
    let code = desk.code();
    let answer = desk.redeem(&code, &json!({}));
    let body = answer.json();
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(body["token_type"], "bearer");
    assert_eq!(body["scope"], "read write");
    let (access, refresh) = pair(&answer);
    assert!(access.len() > 800 && refresh.len() == 64);
    assert_eq!(desk.status("/api/v2/users/me", &access), 200);
    for secret in [&access, &refresh, &code] {
        assert!(desk.0.secrets().contains(secret));
    }
    let again = desk.redeem(&code, &json!({}));
    assert_eq!(
        (again.status, again.error().as_str()),
        (400, "invalid_grant")
    );
    assert_eq!(
        desk.status("/api/v2/users/me", &access),
        200,
        "a code that is tried again costs nobody a token"
    );
    assert_eq!(desk.outcomes(), ["granted", "invalid_grant"]);
    assert_eq!(desk.0.token_calls()[0].client_id, "zuzen_demo");
    assert_eq!(desk.0.token_calls()[0].grant_type, "authorization_code");
}

#[test]
fn lifetimes_are_told_to_those_who_ask() {
    let desk = Desk::new();
    for (asked, told) in [
        (json!({}), [Value::Null, Value::Null]),
        (json!({"expires_in": 301}), [json!(301), Value::Null]),
        (
            json!({"expires_in": 172_800, "refresh_token_expires_in": 604_800}),
            [json!(172_800), json!(604_800)],
        ),
        (
            json!({"refresh_token_expires_in": 7_776_000}),
            [Value::Null, json!(7_776_000)],
        ),
    ] {
        let body = desk.redeem(&desk.code(), &asked).json();
        let found = ["expires_in", "refresh_token_expires_in"].map(|name| body[name].clone());
        assert_eq!(found, told, "{asked}");
        assert!(body["access_token"].is_string(), "{asked}");
    }
    for asked in [
        json!({"expires_in": 300}),
        json!({"expires_in": 172_801}),
        json!({"expires_in": "3600"}),
        json!({"expires_in": 3600.5}),
        json!({"refresh_token_expires_in": 604_799}),
        json!({"refresh_token_expires_in": 7_776_001}),
    ] {
        let answer = desk.redeem(&desk.code(), &asked);
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (400, "invalid_request"),
            "{asked}"
        );
    }
}

#[test]
fn tokens_end_when_they_should() {
    let desk = Desk::new();
    let (short, _) = pair(&desk.redeem(&desk.code(), &json!({"expires_in": 600})));
    let (unasked, _) = pair(&desk.redeem(&desk.code(), &json!({})));
    let alive = |token: &str| desk.status("/api/v2/users/me", token) == 200;
    desk.0.advance(Duration::from_secs(595));
    assert!(alive(&short) && alive(&unasked));
    desk.0.advance(Duration::from_secs(10));
    assert!(!alive(&short) && alive(&unasked));
    desk.0.advance(Duration::from_secs(1_200));
    assert!(!alive(&unasked), "who does not ask gets half an hour");
}

#[test]
fn an_account_may_grant_less_than_was_asked() {
    let desk = Desk(zendesk(with(OAuthOptions {
        max_lifetime: Some(Duration::from_secs(60)),
        ..OAuthOptions::default()
    })));
    let answer = desk.redeem(&desk.code(), &json!({"expires_in": 3_600}));
    assert_eq!(answer.json()["expires_in"], 60);
    desk.0.advance(Duration::from_secs(61));
    assert_eq!(desk.status("/api/v2/users/me", &pair(&answer).0), 401);
}

#[test]
fn both_documented_statuses() {
    let desk = Desk(zendesk(with(OAuthOptions {
        created: true,
        ..OAuthOptions::default()
    })));
    assert_eq!(desk.redeem(&desk.code(), &json!({})).status, 201);
}

#[test]
fn codes_live_two_minutes() {
    let desk = Desk::new();
    let (early, late) = (desk.code(), desk.code());
    desk.0.advance(Duration::from_secs(115));
    assert_eq!(desk.redeem(&early, &json!({})).status, 200);
    desk.0.advance(Duration::from_secs(5));
    assert_eq!(desk.redeem(&late, &json!({})).error(), "invalid_grant");
}

#[test]
fn a_code_is_bound_to_everything_it_was_asked_with() {
    let desk = Desk::new();
    let reader = json!({"client_id": "zuzen_reader", "client_secret": "reader-client-secret", "scope": "read"});
    for (challenge, changes, error) in [
        (None, reader, "invalid_grant"),
        (
            None,
            json!({"redirect_uri": "http://localhost:33333"}),
            "invalid_grant",
        ),
        (None, json!({"scope": "read"}), "invalid_scope"),
        (None, json!({"code_verifier": VERIFIER}), "invalid_grant"),
        (Some(CHALLENGE), json!({}), "invalid_grant"),
        (
            Some(CHALLENGE),
            json!({"code_verifier": VERIFIER.to_lowercase()}),
            "invalid_grant",
        ),
        (
            Some(CHALLENGE),
            json!({"code_verifier": "short"}),
            "invalid_grant",
        ),
    ] {
        let code = desk
            .0
            .grant_code("zuzen_demo", CALLBACK, "read write", challenge);
        let answer = desk.redeem(&code, &changes);
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (400, error),
            "{changes}"
        );
        let right = match challenge {
            Some(_) => json!({"code_verifier": VERIFIER}),
            None => json!({}),
        };
        assert_eq!(
            desk.redeem(&code, &right).error(),
            "invalid_grant",
            "{changes}: presented wrongly, a code is spent"
        );
    }
    let code = desk
        .0
        .grant_code("zuzen_demo", CALLBACK, "write read", Some(CHALLENGE));
    let answer = desk.redeem(&code, &json!({"code_verifier": VERIFIER}));
    assert_eq!(answer.status, 200, "the order of scopes means nothing");
}

#[test]
fn public_clients_prove_themselves_by_the_verifier_alone() {
    let desk = Desk::new();
    let code = || {
        desk.0
            .grant_code("zuzen_public", CALLBACK, "read", Some(CHALLENGE))
    };
    let right = json!({"client_id": "zuzen_public", "client_secret": null, "scope": "read", "code_verifier": VERIFIER});
    let (_, refresh) = pair(&desk.redeem(&code(), &right));
    let mut with_secret = right;
    with_secret["client_secret"] = json!("made up");
    assert_eq!(desk.redeem(&code(), &with_secret).error(), "invalid_client");
    let renewed = desk.renew(
        &refresh,
        &json!({"client_id": "zuzen_public", "client_secret": null}),
    );
    assert_eq!(renewed.status, 200);
}

#[test]
fn clients_must_be_who_they_say() {
    let desk = Desk::new();
    let code = desk.code();
    for (changes, status, error) in [
        (json!({"client_secret": "wrong"}), 401, "invalid_client"),
        (json!({"client_secret": ""}), 401, "invalid_client"),
        (json!({"client_secret": null}), 401, "invalid_client"),
        (json!({"client_id": "nobody"}), 401, "invalid_client"),
        (json!({"client_id": null}), 400, "invalid_request"),
        (json!({"code": null}), 400, "invalid_request"),
        (json!({"redirect_uri": null}), 400, "invalid_request"),
        (json!({"scope": null}), 400, "invalid_request"),
        (json!({"grant_type": null}), 400, "invalid_request"),
        (
            json!({"grant_type": "password"}),
            400,
            "unsupported_grant_type",
        ),
        (json!({"nonsense": "x"}), 400, "invalid_request"),
        (json!({"refresh_token": "x"}), 400, "invalid_request"),
        (json!({"client_id": 7}), 400, "invalid_request"),
    ] {
        let answer = desk.redeem(&code, &changes);
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (status, error),
            "{changes}"
        );
        assert!(answer.json()["error_description"].is_string(), "{changes}");
    }
    assert_eq!(
        desk.redeem(&code, &json!({})).status,
        200,
        "none of these reached the code"
    );
}

#[test]
fn only_json_is_promised() {
    let desk = Desk::new();
    let url = desk.0.url();
    let form = "grant_type=client_credentials&client_id=zuzen_demo&client_secret=demo-client-secret&scope=read";
    let json = r#"{"grant_type":"client_credentials","client_id":"zuzen_demo","client_secret":"demo-client-secret","scope":"read"}"#;
    for (header, body, status) in [
        (FORM, form, 400),
        (FORM, json, 400),
        (JSON, form, 400),
        (JSON, "[]", 400),
        (JSON, "", 400),
        (JSON, json, 200),
        (
            ("Content-Type", "application/json; charset=utf-8"),
            json,
            200,
        ),
    ] {
        let answer = send(&url, "POST", "/oauth/tokens", &[header], body).unwrap();
        assert_eq!(answer.status, status, "{header:?} {body}");
    }
    for (method, path) in [
        ("GET", "/oauth/tokens"),
        ("POST", "/oauth/token"),
        ("POST", "/oauth/authorizations/new"),
    ] {
        let answer = send(&url, method, path, &[JSON], json).unwrap();
        assert_eq!(answer.status, 404, "{method} {path}");
    }
}

#[test]
fn client_credentials_act_as_the_owner_and_are_not_renewed() {
    let desk = Desk::new();
    let ask = |id: &str, secret: Value, scope: &str| {
        let mut body = json!({"grant_type": "client_credentials", "client_id": id, "scope": scope, "expires_in": 900});
        if !secret.is_null() {
            body["client_secret"] = secret;
        }
        desk.token(&body)
    };
    let granted = ask("zuzen_demo", json!("demo-client-secret"), "read write");
    let body = granted.json();
    assert_eq!(granted.status, 200);
    assert_eq!(body["expires_in"], 900);
    assert!(body["refresh_token"].is_null());
    let me = desk.call(
        "GET",
        "/api/v2/users/me",
        body["access_token"].as_str().unwrap(),
    );
    assert_eq!(me.json()["user"]["email"], "agent@example.com");
    for (id, secret, scope, status, error) in [
        ("zuzen_public", Value::Null, "read", 401, "invalid_client"),
        (
            "zuzen_reader",
            json!("reader-client-secret"),
            "read write",
            400,
            "invalid_scope",
        ),
        (
            "zuzen_demo",
            json!("reader-client-secret"),
            "read",
            401,
            "invalid_client",
        ),
    ] {
        let answer = ask(id, secret, scope);
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (status, error),
            "{id} {scope}"
        );
    }
}

#[test]
fn an_account_nobody_has_has_no_sign_in() {
    let desk = Desk(zendesk(crate::Options {
        subdomain_exists: false,
        ..crate::Options::default()
    }));
    let answer = desk.redeem("x", &json!({}));
    assert_eq!(answer.status, 404);
    assert!(answer.text.starts_with("<!DOCTYPE html>"));
}
