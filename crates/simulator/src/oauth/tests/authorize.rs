//! The page, the click and where the browser goes.

use super::{Answer, CALLBACK, CHALLENGE, Desk, query};

const START: &str = "/oauth/authorizations/new";

/// A good request with some parameters replaced; an empty value removes one.
fn open(desk: &Desk, changes: &[(&str, &str)]) -> Answer {
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", "zuzen_demo"),
        ("redirect_uri", CALLBACK),
        ("scope", "read write"),
        ("state", "a state & more"),
    ];
    for change in changes {
        pairs.retain(|pair| pair.0 != change.0);
        if !change.1.is_empty() {
            pairs.push(*change);
        }
    }
    desk.get(&format!("{START}?{}", query(&pairs)))
}

fn consent(page: &Answer) -> String {
    assert_eq!(page.status, 200, "{}", page.text);
    let rest = page.text.split("name=\"consent\" value=\"").nth(1).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

fn click(desk: &Desk, consent: &str, person: &str, decision: &str) -> Answer {
    let pairs = [
        ("consent", consent),
        ("person", person),
        ("decision", decision),
    ];
    desk.post_form("/oauth/authorizations", &pairs)
}

#[test]
fn a_person_allows_and_the_code_comes_back_with_the_state() {
    let desk = Desk::new();
    let page = open(&desk, &[]);
    for piece in [
        "Zuzen Demo",
        "<li>read</li><li>write</li>",
        "id=\"allow\"",
        "id=\"deny\"",
        "agent@example.com",
        "action=\"/oauth/authorizations\"",
    ] {
        assert!(page.text.contains(piece), "{piece} in {}", page.text);
    }
    let back = click(&desk, &consent(&page), "light@example.com", "allow");
    assert_eq!(back.status, 302);
    assert!(back.header("location").unwrap().starts_with(CALLBACK));
    assert_eq!(back.returned("state").as_deref(), Some("a state & more"));
    assert_eq!(back.returned("error"), None);
    let code = back.returned("code").unwrap();
    assert!(desk.0.secrets().contains(&code));
    let token = desk.redeem(&code, &serde_json::json!({})).json();
    let me = desk.call(
        "GET",
        "/api/v2/users/me",
        token["access_token"].as_str().unwrap(),
    );
    assert_eq!(me.json()["user"]["email"], "light@example.com");
}

#[test]
fn a_person_denies() {
    let desk = Desk::new();
    let back = click(&desk, &consent(&open(&desk, &[])), "", "deny");
    assert_eq!(back.status, 302);
    assert_eq!(back.returned("error").as_deref(), Some("access_denied"));
    assert!(back.returned("error_description").is_some());
    assert_eq!(back.returned("state").as_deref(), Some("a state & more"));
    assert_eq!(back.returned("code"), None);
}

#[test]
fn a_consent_is_decided_once_by_somebody_who_exists() {
    let desk = Desk::new();
    let name = consent(&open(&desk, &[]));
    assert_eq!(
        click(&desk, &name, "agent@example.com", "maybe").status,
        400
    );
    assert_eq!(
        click(&desk, &name, "agent@example.com", "allow").status,
        302
    );
    assert_eq!(
        click(&desk, &name, "agent@example.com", "allow").status,
        400
    );
    let name = consent(&open(&desk, &[]));
    assert_eq!(
        click(&desk, &name, "nobody@example.com", "allow").status,
        400
    );
    assert_eq!(
        click(&desk, "made up", "agent@example.com", "allow").status,
        400
    );
}

#[test]
fn an_untrusted_address_gets_a_page_and_never_a_redirect() {
    let desk = Desk::new();
    for changes in [
        [("client_id", "zuzen_other")],
        [("client_id", "")],
        [("redirect_uri", "")],
        [("redirect_uri", "https://evil.example/callback")],
        [("redirect_uri", "https://app.example.com/callback/more")],
        [("redirect_uri", "http://localhost.evil.example/")],
    ] {
        let answer = open(&desk, &changes);
        assert_eq!(answer.status, 400, "{changes:?}");
        assert_eq!(answer.header("location"), None, "{changes:?}");
        assert!(answer.text.starts_with("<!DOCTYPE html>"), "{changes:?}");
    }
    let twice = desk.get(&format!(
        "{START}?client_id=zuzen_demo&client_id=zuzen_demo&redirect_uri={CALLBACK}"
    ));
    assert_eq!((twice.status, twice.header("location")), (400, None));
}

#[test]
fn other_errors_go_back_to_the_application() {
    let desk = Desk::new();
    for (changes, error) in [
        (
            vec![("response_type", "token")],
            "unsupported_response_type",
        ),
        (vec![("response_type", "")], "invalid_request"),
        (vec![("scope", "")], "invalid_scope"),
        (vec![("scope", "read impersonate")], "invalid_scope"),
        (
            vec![("client_id", "zuzen_reader"), ("scope", "read write")],
            "invalid_scope",
        ),
        (vec![("client_id", "zuzen_public")], "invalid_request"),
        (vec![("code_challenge", CHALLENGE)], "invalid_request"),
        (
            vec![
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "plain"),
            ],
            "invalid_request",
        ),
        (
            vec![
                ("code_challenge", "short"),
                ("code_challenge_method", "S256"),
            ],
            "invalid_request",
        ),
    ] {
        let answer = open(&desk, &changes);
        assert_eq!(answer.status, 302, "{changes:?}: {}", answer.text);
        assert_eq!(
            answer.returned("error").as_deref(),
            Some(error),
            "{changes:?}"
        );
        assert_eq!(
            answer.returned("state").as_deref(),
            Some("a state & more"),
            "{changes:?}"
        );
    }
}

#[test]
fn what_is_fine() {
    let desk = Desk::new();
    let challenge = [
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for changes in [
        vec![("state", "")],
        vec![("redirect_uri", "https://app.example.com/callback")],
        vec![("redirect_uri", "http://127.0.0.1:9/elsewhere?own=1")],
        challenge.to_vec(),
        [&[("client_id", "zuzen_public")], &challenge[..]].concat(),
        vec![("client_id", "zuzen_reader"), ("scope", "tickets:read")],
    ] {
        let page = open(&desk, &changes);
        let back = click(&desk, &consent(&page), "agent@example.com", "allow");
        assert!(back.returned("code").is_some(), "{changes:?}");
    }
    let hostile = open(&desk, &[("scope", "<b>bold</b>")]);
    assert!(
        hostile.text.contains("&lt;b&gt;") && !hostile.text.contains("<b>"),
        "{}",
        hostile.text
    );
    let own = [("redirect_uri", "http://127.0.0.1:9/elsewhere?own=1")];
    let back = click(
        &desk,
        &consent(&open(&desk, &own)),
        "agent@example.com",
        "allow",
    );
    assert_eq!(back.returned("own").as_deref(), Some("1"));
}
