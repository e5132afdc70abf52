//! Tokens in use: whose they are, what they may do, what they say about themselves and how they end.

use std::time::Duration;

use serde_json::json;

use super::{CALLBACK, Desk, pair};

#[test]
fn a_scope_is_what_a_token_may_do_at_most() {
    let desk = Desk::new();
    for (scope, get, put, me) in [
        ("read write", 200, 404, 200),
        ("read", 200, 403, 200),
        ("write", 403, 404, 403),
        ("tickets:read", 200, 403, 403),
        ("tickets:read tickets:write", 200, 404, 403),
        ("users:read", 403, 403, 200),
    ] {
        let (token, _) = desk.0.grant_tokens("zuzen_demo", scope);
        assert_eq!(desk.status("/api/v2/tickets.json", &token), get, "{scope}");
        assert_eq!(desk.status("/api/v2/users/me", &token), me, "{scope}");
        let write = desk.call("DELETE", "/api/v2/tickets/99999999", &token);
        assert_eq!(write.status, put, "{scope}: {}", write.text);
        if put == 403 {
            assert_eq!(
                write.json(),
                json!({"error": "Forbidden", "description": "You are missing the following required scopes: write"})
            );
        }
    }
}

#[test]
fn an_unknown_scope_name_gives_a_token_that_may_do_nothing() {
    let desk = Desk::new();
    for scope in ["raed", "read wirte"] {
        let code = desk.0.grant_code("zuzen_demo", CALLBACK, scope, None);
        let answer = desk.redeem(&code, &json!({"scope": scope}));
        assert_eq!(answer.json()["scope"], "", "the only sign of it");
        let (access, refresh) = pair(&answer);
        for path in [
            "/api/v2/users/me",
            "/api/v2/tickets",
            "/api/v2/oauth/tokens/current",
        ] {
            assert_eq!(desk.status(path, &access), 403, "{scope} {path}");
        }
        let renewed = desk.renew(&refresh, &json!({"scope": scope}));
        assert_eq!(
            (renewed.status, &renewed.json()["scope"]),
            (200, &json!(""))
        );
    }
}

#[test]
fn a_token_tells_about_itself() {
    let desk = Desk::new();
    let (token, _) = desk.0.grant_tokens("zuzen_reader", "read");
    for path in [
        "/api/v2/oauth/tokens/current",
        "/api/v2/oauth/tokens/current.json",
    ] {
        let body = desk.call("GET", path, &token).json();
        let about = &body["token"];
        assert_eq!(about["scopes"], json!(["read"]));
        assert!(about["id"].is_u64() && about["client_id"].is_u64());
        let me = desk.call("GET", "/api/v2/users/me", &token).json();
        assert_eq!(about["user_id"], me["user"]["id"]);
        let time = |name: &str| crate::clock::parse(about[name].as_str().unwrap()).unwrap();
        assert_eq!(time("expires_at") - time("created_at"), 1_800);
        assert!(!body.to_string().contains(&token));
    }
    let url = desk.0.url();
    let basic = (
        "Authorization",
        "Basic YWdlbnRAZXhhbXBsZS5jb20vdG9rZW46ZGVtbw==",
    );
    let answer = super::send(&url, "GET", "/api/v2/oauth/tokens/current", &[basic], "").unwrap();
    assert_eq!(answer.status, 404, "an API token has no OAuth token");
}

#[test]
fn a_token_can_end_itself_and_its_refresh_token_with_it() {
    let desk = Desk::new();
    let (token, refresh) = desk.0.grant_tokens("zuzen_demo", "read");
    let (other, _) = desk.0.grant_tokens("zuzen_demo", "read");
    let gone = desk.call("DELETE", "/api/v2/oauth/tokens/current", &token);
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    let refused = desk.call("GET", "/api/v2/users/me", &token);
    assert_eq!(
        refused.json(),
        json!({"error": "invalid_token", "error_description": "The access token provided is expired, revoked, malformed or invalid for other reasons."})
    );
    assert_eq!(refused.status, 401);
    assert_eq!(desk.renew(&refresh, &json!({})).error(), "invalid_grant");
    assert_eq!(desk.status("/api/v2/users/me", &other), 200);
}

#[test]
fn bad_tokens_are_told_so_everywhere() {
    let desk = Desk::new();
    let (token, refresh) = desk.0.grant_tokens("zuzen_demo", "read write");
    let stranger = Desk::new().0.grant_tokens("zuzen_demo", "read write").0;
    for bad in [
        "",
        "made-up",
        refresh.as_str(),
        stranger.as_str(),
        &token[..40],
    ] {
        for path in ["/api/v2/users/me", "/api/v2/oauth/tokens/current"] {
            assert_eq!(desk.status(path, bad), 401, "{path}");
        }
    }
    desk.0.advance(Duration::from_secs(1_800));
    assert_eq!(desk.status("/api/v2/users/me", &token), 401);
    let recorded = desk.0.requests();
    assert!(recorded.iter().all(|request| !request.authorized));
}

#[test]
fn the_long_credentials_work_as_the_short_ones_do() {
    use base64::Engine as _;
    let desk = Desk::new();
    for (string, field) in [
        (desk.0.long_token_connection_string(), "ApiToken="),
        (desk.0.password_connection_string(), "Password="),
    ] {
        let secret = string.split(field).nth(1).unwrap().trim_end_matches(';');
        assert!(desk.0.secrets().iter().any(|known| known == secret));
        assert!(secret.len() > 25);
        let user = match field {
            "ApiToken=" => "agent@example.com/token",
            _ => "agent@example.com",
        };
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{secret}"));
        let header = ("Authorization", &*format!("Basic {basic}"));
        let me = super::send(&desk.0.url(), "GET", "/api/v2/users/me", &[header], "").unwrap();
        assert_eq!(me.json()["user"]["email"], "agent@example.com");
    }
}
