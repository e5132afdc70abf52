//! The Zuora account: client credentials, the door of the data API, and the browser flow the real service lacks.

use std::thread;
use std::time::Duration;

use serde_json::json;

use super::{Answer, CALLBACK, CHALLENGE, FORM, JSON, VERIFIER, query, send, with, zuora_account};
use crate::{Limits, OAuthClient, OAuthOptions, Options, Simulator};

const ID: &str = "6d1a2b3c-0000-4000-8000-00000000d3a0";
const SECRET: &str = "demo-zuora-secret";
const GOOD: [(&str, &str); 3] = [
    ("client_id", ID),
    ("client_secret", SECRET),
    ("grant_type", "client_credentials"),
];

type Pairs = Vec<(&'static str, &'static str)>;

fn ask(simulator: &Simulator, pairs: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
    let headers = [&[FORM], headers].concat();
    let url = simulator.url();
    send(&url, "POST", "/oauth/token", &headers, &query(pairs)).unwrap()
}

fn call(simulator: &Simulator, path: &str, token: &str, headers: &[(&str, &str)]) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [&[("Authorization", bearer.as_str())], headers].concat();
    send(&simulator.url(), "GET", path, &headers, "").unwrap()
}

#[test]
fn client_credentials_open_the_data_api() {
    let simulator = zuora_account(Options::default());
    let answer = ask(&simulator, &GOOD, &[]);
    let body = answer.json();
    assert_eq!(answer.status, 200, "{}", answer.text);
    let token = body["access_token"].as_str().unwrap();
    assert!(token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(
        (&body["token_type"], &body["expires_in"]),
        (&json!("bearer"), &json!(3_598))
    );
    for piece in ["user.", "entity.", "service.", "tenant."] {
        assert!(body["scope"].as_str().unwrap().contains(piece), "{piece}");
    }
    assert!(body["jti"].is_string() && body["refresh_token"].is_null());
    let jobs = call(&simulator, "/query/jobs?pageSize=1", token, &[]);
    assert_eq!((jobs.status, jobs.json()), (200, json!({"data": []})));
    assert!(jobs.header("zuora-request-id").is_some());
    let lost = call(&simulator, "/v1/accounts/1", token, &[]);
    assert_eq!((lost.status, &lost.json()["code"]), (404, &json!(404)));
    simulator.advance(Duration::from_secs(3_598));
    assert_eq!(call(&simulator, "/query/jobs", token, &[]).status, 401);
    assert!(simulator.secrets().contains(&token.to_owned()));
    assert!(simulator.secrets().contains(&SECRET.to_owned()));
}

#[test]
fn the_door_is_shut_to_everybody_else() {
    let simulator = zuora_account(Options::default());
    let elsewhere = zuora_account(with(OAuthOptions {
        clients: Some(Vec::new()),
        ..OAuthOptions::default()
    }));
    let body = ask(&simulator, &GOOD, &[]).json();
    let token = body["access_token"].as_str().unwrap();
    for (place, token) in [
        (&simulator, "made-up"),
        (&simulator, ""),
        (&elsewhere, token),
    ] {
        let refused = call(place, "/query/jobs", token, &[]);
        assert_eq!(refused.status, 401);
        assert_eq!(
            refused.json(),
            json!({"success": false, "reasons": [{"code": 90_000_011, "message": "this resource is protected, please sign in first"}]})
        );
    }
    let wrong = ask(&elsewhere, &GOOD, &[]);
    assert_eq!(
        (wrong.status, wrong.error().as_str()),
        (401, "invalid_client"),
        "another data centre"
    );
}

#[test]
fn wrong_token_calls() {
    let simulator = zuora_account(Options::default());
    let basic = ("Authorization", "Basic eDp5");
    let replace = |name: &str, value: &'static str| {
        GOOD.map(|pair| {
            if pair.0 == name {
                (pair.0, value)
            } else {
                pair
            }
        })
        .to_vec()
    };
    let cases: [(Pairs, Pairs, u16, &str); 9] = [
        (
            replace("client_secret", "wrong"),
            vec![],
            401,
            "invalid_client",
        ),
        (
            replace("client_id", "nobody"),
            vec![],
            401,
            "invalid_client",
        ),
        (
            replace("grant_type", "refresh_token"),
            vec![],
            400,
            "unsupported_grant_type",
        ),
        (
            replace("grant_type", "authorization_code"),
            vec![],
            400,
            "unsupported_grant_type",
        ),
        (GOOD.to_vec(), vec![basic], 400, "invalid_request"),
        (
            GOOD.to_vec(),
            vec![("apiAccessKeyId", "x")],
            400,
            "invalid_request",
        ),
        (
            GOOD.to_vec(),
            vec![("Zuora-Entity-Ids", "short")],
            400,
            "invalid_request",
        ),
        (
            [&GOOD[..], &[("client_id", ID)]].concat(),
            vec![],
            400,
            "invalid_request",
        ),
        (
            [&GOOD[..], &[("audience", "x")]].concat(),
            vec![],
            400,
            "invalid_request",
        ),
    ];
    for (pairs, headers, status, error) in cases {
        let answer = ask(&simulator, &pairs, &headers);
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (status, error),
            "{pairs:?} {headers:?}"
        );
    }
    let body =
        json!({"client_id": ID, "client_secret": SECRET, "grant_type": "client_credentials"});
    let answer = send(
        &simulator.url(),
        "POST",
        "/oauth/token",
        &[JSON],
        &body.to_string(),
    );
    assert_eq!(answer.unwrap().status, 400, "only a form is promised");
}

#[test]
fn entities_are_recorded() {
    let simulator = zuora_account(Options::default());
    let entity = "11e643f4-a3ee-8bad-b061-0025904c57d7";
    let header = ("Zuora-Entity-Ids", entity);
    let body = ask(&simulator, &GOOD, &[header]).json();
    assert!(body["scope"].as_str().unwrap().contains(entity));
    let token = body["access_token"].as_str().unwrap();
    let track = ("Zuora-Track-Id", "abc");
    let jobs = call(&simulator, "/query/jobs", token, &[header, track]);
    assert_eq!(
        (jobs.status, jobs.header("zuora-track-id")),
        (200, Some("abc"))
    );
    let refused = call(
        &simulator,
        "/query/jobs",
        token,
        &[("Zuora-Entity-Ids", "not-an-entity")],
    );
    assert_eq!(refused.status, 400);
    let entities: Vec<Option<String>> = simulator
        .requests()
        .into_iter()
        .map(|request| request.entity)
        .collect();
    assert_eq!(
        entities,
        [
            Some(entity.to_owned()),
            Some(entity.to_owned()),
            Some("not-an-entity".to_owned())
        ]
    );
}

#[test]
fn token_calls_are_limited_per_address() {
    let limited = |most: Option<u32>, limits: Limits, speed: f64| {
        zuora_account(Options {
            limits,
            speed,
            oauth: OAuthOptions {
                token_calls_a_minute: most,
                ..OAuthOptions::default()
            },
            ..Options::default()
        })
    };
    let statuses = |simulator: &Simulator, calls: usize| -> Vec<u16> {
        (0..calls)
            .map(|_| ask(simulator, &GOOD, &[]).status)
            .collect()
    };
    let simulator = limited(None, Limits::Team, 1.0);
    let answered = statuses(&simulator, 101);
    assert!(answered[..100].iter().all(|status| *status == 200));
    assert_eq!(answered[100], 429);
    let free = limited(None, Limits::None, 1.0);
    assert!(statuses(&free, 110).iter().all(|status| *status == 200));
    let simulator = limited(Some(2), Limits::None, 20.0);
    assert_eq!(statuses(&simulator, 3), [200, 200, 429]);
    let refused = ask(&simulator, &GOOD, &[]);
    assert_eq!(refused.header("ratelimit-remaining"), Some("0"));
    assert_eq!(refused.header("ratelimit-reset"), Some("3"));
    assert_eq!(refused.header("retry-after"), None);
    thread::sleep(Duration::from_millis(3_050));
    assert_eq!(statuses(&simulator, 1), [200]);
    assert_eq!(simulator.token_calls()[2].outcome, "throttled");
}

#[test]
fn the_browser_flow_is_there_when_it_is_wanted() {
    let pairs = [
        ("response_type", "code"),
        ("client_id", ID),
        ("redirect_uri", CALLBACK),
        ("state", "s"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let path = format!("/oauth/authorize?{}", query(&pairs));
    let real = zuora_account(Options::default());
    assert_eq!(
        send(&real.url(), "GET", &path, &[], "").unwrap().status,
        404
    );
    assert_eq!(real.connection_strings().len(), 1);

    let simulator = zuora_account(with(OAuthOptions {
        zuora_browser_flow: true,
        ..OAuthOptions::default()
    }));
    let page = send(&simulator.url(), "GET", &path, &[], "").unwrap();
    assert!(page.text.contains("action=\"/oauth/authorize\""));
    let name = page.text.split("name=\"consent\" value=\"").nth(1).unwrap();
    let form = query(&[
        ("consent", name.split('"').next().unwrap()),
        ("person", "agent@example.com"),
        ("decision", "allow"),
    ]);
    let back = send(&simulator.url(), "POST", "/oauth/authorize", &[FORM], &form).unwrap();
    assert_eq!(back.returned("state").as_deref(), Some("s"));
    let code = back.returned("code").unwrap();
    let client = [("client_id", ID), ("client_secret", SECRET)];
    let redeemed = ask(
        &simulator,
        &[
            &client[..],
            &[
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("redirect_uri", CALLBACK),
                ("code_verifier", VERIFIER),
            ],
        ]
        .concat(),
        &[],
    )
    .json();
    assert_eq!(redeemed["expires_in"], 3_598);
    let text = |name: &str| redeemed[name].as_str().unwrap().to_owned();
    let (access, refresh) = (text("access_token"), text("refresh_token"));
    assert_eq!(call(&simulator, "/query/jobs", &access, &[]).status, 200);
    let renewal = [
        &client[..],
        &[("grant_type", "refresh_token"), ("refresh_token", &refresh)],
    ]
    .concat();
    let renewed = ask(&simulator, &renewal, &[]);
    assert_eq!(renewed.status, 200, "{}", renewed.text);
    assert_eq!(call(&simulator, "/query/jobs", &access, &[]).status, 401);
    assert_eq!(ask(&simulator, &renewal, &[]).error(), "invalid_grant");
    assert_eq!(ask(&simulator, &GOOD, &[]).status, 200);
}

#[test]
fn connection_strings_hold_what_is_registered() {
    let simulator = zuora_account(Options::default());
    let url = simulator.url();
    assert_eq!(
        simulator.connection_string(),
        format!("Connector=Zuora;URL={url};OAuthClientId={ID};OAuthClientSecret={SECRET};")
    );
    assert_eq!(OAuthClient::zuora()[0].id, ID);
    let desk = super::Desk::new();
    for (name, string) in desk.0.connection_strings() {
        let start = format!("Connector=Zendesk;URL={};", desk.0.url());
        assert!(
            string.starts_with(&start) && string.ends_with(';'),
            "{name}"
        );
    }
    assert_eq!(desk.0.connection_strings().len(), 6);
    assert!(
        desk.0
            .oauth_connection_string()
            .contains("OAuthClientId=zuzen_demo;OAuthClientSecret=demo-client-secret;")
    );
    assert!(!desk.0.public_connection_string().contains("Secret"));
}
