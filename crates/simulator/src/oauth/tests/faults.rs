//! What can go wrong at the token endpoint, and who may never hear a secret.

use serde_json::json;

use super::{Desk, FORM, pair, send, zendesk};
use crate::{Faults, Options, Stranger};

#[test]
fn token_faults_come_before_anything_happens() {
    for (scenario, statuses, outcomes) in [
        ("none", [200, 400], ["granted", "invalid_grant"]),
        ("token_error", [500, 200], ["error", "granted"]),
        ("token_throttled", [429, 200], ["throttled", "granted"]),
        ("token_not_json", [200, 200], ["not_json", "not_json"]),
        ("token_redirected", [302, 302], ["redirected", "redirected"]),
    ] {
        let desk = Desk(zendesk(Options {
            faults: Faults::scenario(scenario).unwrap(),
            ..Options::default()
        }));
        let (access, refresh) = desk.0.grant_tokens("zuzen_demo", "read");
        let first = desk.renew(&refresh, &json!({}));
        if scenario != "none" {
            assert_eq!(desk.status("/api/v2/tickets", &access), 200, "{scenario}");
        }
        let second = desk.renew(&refresh, &json!({}));
        assert_eq!([first.status, second.status], statuses, "{scenario}");
        assert_eq!(desk.outcomes(), outcomes, "{scenario}");
        match scenario {
            "token_throttled" => assert_eq!(first.header("retry-after"), Some("1")),
            "token_not_json" => assert!(first.text.starts_with("<!DOCTYPE html>")),
            "token_redirected" => assert_eq!(
                first.header("location"),
                Some("https://elsewhere.example/oauth/tokens")
            ),
            _ => {}
        }
    }
}

#[test]
fn faults_of_the_data_api_spare_sign_in() {
    for scenario in [
        "flaky",
        "throttled",
        "reset",
        "truncated",
        "expired",
        "broken",
        "redirected",
    ] {
        let desk = Desk(zendesk(Options {
            faults: Faults::scenario(scenario).unwrap(),
            ..Options::default()
        }));
        let (_, mut refresh) = desk.0.grant_tokens("zuzen_demo", "read");
        for _ in 0..8 {
            refresh = pair(&desk.renew(&refresh, &json!({}))).1;
        }
    }
}

#[test]
fn redirects_and_links_lead_to_the_stranger() {
    let stranger = Stranger::start().unwrap();
    let desk = Desk(zendesk(Options {
        faults: Faults::scenario("redirected").unwrap(),
        foreign: Some(stranger.url()),
        ..Options::default()
    }));
    let (token, _) = desk.0.grant_tokens("zuzen_demo", "read");
    let away = desk.call("GET", "/api/v2/tickets?page%5Bsize%5D=2", &token);
    assert_eq!(away.status, 302);
    let expected = format!("{}/api/v2/tickets?page%5Bsize%5D=2", stranger.url());
    assert_eq!(away.header("location"), Some(expected.as_str()));
    desk.0.set_faults(Faults::scenario("foreign").unwrap());
    let page = desk.call("GET", "/api/v2/tickets?page%5Bsize%5D=2", &token);
    let next = page.json()["links"]["next"].as_str().unwrap().to_owned();
    assert!(next.starts_with(&stranger.url()), "{next}");
    assert!(stranger.requests().is_empty());
}

#[test]
fn the_stranger_knows_a_secret_when_it_sees_one() {
    for (path, headers, body, credentials) in [
        ("/api/v2/tickets?page=2&size=3", vec![], "", false),
        (
            "/x",
            vec![("Accept", "application/json")],
            "{\"name\":1}",
            false,
        ),
        (
            "/x",
            vec![("Authorization", "Bearer s3cr3t-value")],
            "",
            true,
        ),
        ("/x", vec![("Cookie", "session=s3cr3t-value")], "", true),
        ("/x?code=s3cr3t-value&state=1", vec![], "", true),
        (
            "/x",
            vec![FORM],
            "grant_type=x&client_secret=s3cr3t%2Dvalue",
            true,
        ),
        ("/x", vec![], r#"{"refresh_token":"s3cr3t-value"}"#, true),
    ] {
        let stranger = Stranger::start().unwrap();
        assert_eq!(
            send(&stranger.url(), "POST", path, &headers, body)
                .unwrap()
                .status,
            200
        );
        assert_eq!(stranger.saw_credentials(), credentials, "{path} {body}");
        let secrets = ["s3cr3t-value".to_owned()];
        assert_eq!(stranger.saw_any(&secrets), credentials, "{path} {body}");
        let seen = stranger.requests();
        assert_eq!((seen.len(), seen[0].method.as_str()), (1, "POST"));
        assert_eq!(seen[0].path, path.split('?').next().unwrap());
    }
}

#[test]
fn every_secret_is_known() {
    let desk = Desk::new();
    let code = desk.code();
    let (access, refresh) = pair(&desk.redeem(&code, &json!({})));
    let renewed = pair(&desk.renew(&refresh, &json!({})));
    let secrets = desk.0.secrets();
    for secret in [code, access, refresh, renewed.0, renewed.1] {
        assert!(secrets.contains(&secret));
    }
    for secret in ["demo-client-secret", "reader-client-secret"] {
        assert!(secrets.iter().any(|known| known == secret));
    }
    assert!(secrets.iter().all(|secret| secret.len() > 15));
    assert_eq!(secrets.len(), 5 + 2 + 4);
}
