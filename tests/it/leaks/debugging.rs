//! What developers print of an engine that holds secrets: `Debug` of all there is, plans, and the words of a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use zuzen_engine::property::Properties;
use zuzen_engine::{Engine, Error};

use super::search::Captured;

const SECRETS: &[&str] = &[
    "ApiTokenSecret-4417",
    "PasswordSecret-8830",
    "ClientSecret-5120",
    "AccessSecret-7719",
    "RefreshSecret-3345",
    "VerifierSecret-6602",
    "CodeVerifierSecret-9981",
    "PassphraseSecret-1276",
    "ProxySecret-2054",
    "ArgumentSecret-4893",
];

fn secrets() -> Vec<String> {
    SECRETS.iter().map(|secret| (*secret).to_owned()).collect()
}

const DESK: &str = "URL=http://127.0.0.1:9;User=a@b.c;ApiToken=ApiTokenSecret-4417;Password=PasswordSecret-8830;\
     MaxRetries=0;ProxyServer=proxy.invalid;ProxyUser=me;ProxyPassword=ProxySecret-2054";

const OAUTH: &str = "URL=http://127.0.0.1:9;OAuthClientId=id;OAuthClientSecret=ClientSecret-5120;InitiateOAuth=REFRESH;\
     OAuthAccessToken=AccessSecret-7719;OAuthRefreshToken=RefreshSecret-3345;OAuthVerifier=VerifierSecret-6602;\
     OAuthCodeVerifier=CodeVerifierSecret-9981;OAuthSettingsPassphrase=PassphraseSecret-1276;MaxRetries=0;\
     OAuthSettingsLocation=memory://debug";

#[tokio::test]
async fn nothing_that_can_be_printed_holds_a_secret() {
    let mut captured = Captured::default();
    let builder = Engine::builder()
        .connection("desk", DESK)
        .connection("oauth", OAUTH);
    captured.add("builder", format!("{builder:?} {builder:#?}"));
    let engine = builder.build().unwrap();
    captured.add("engine", format!("{engine:?} {engine:#?}"));
    for connection in engine.connections() {
        let (properties, rest) = (connection.properties(), connection.rest());
        captured.add(
            connection.name(),
            format!("{connection:?} {connection:#?} {properties:?} {rest:?}"),
        );
        let sign_in = rest.sign_in();
        captured.add("sign-in", format!("{sign_in:#?}"));
        if let Some(sign_in) = sign_in {
            let (given, store) = (sign_in.given(), sign_in.store());
            captured.add("given", format!("{given:#?} {store:#?}"));
        }
        let error: Error = connection.test().await.unwrap_err();
        captured.add("error", format!("{error} {error:?} {error:#?}"));
        for finding in connection.examine().await {
            captured.add("finding", format!("{finding:#?}"));
        }
    }
    for text in [DESK, OAUTH] {
        let properties = Properties::parse(text).unwrap();
        captured.add("properties", format!("{properties:?} {properties:#?}"));
        let error = Properties::parse(&format!("{text};Nonsense=1")).unwrap_err();
        captured.add("wrong properties", format!("{error} {error:#?}"));
    }
    let call = "CALL oauth.RefreshOAuthAccessToken('ArgumentSecret-4893')";
    for statement in engine.statements(call).unwrap() {
        captured.add(
            "statement",
            format!("{statement:?} {}", statement.without_texts()),
        );
    }
    let frame = engine.sql(call).await.unwrap();
    let plan = frame.logical_plan();
    captured.add(
        "plan",
        format!(
            "{plan:#?} {plan} {} {frame:#?}",
            plan.display_indent_schema()
        ),
    );
    let physical = frame.clone().create_physical_plan().await.unwrap();
    captured.add("physical plan", format!("{physical:#?}"));
    let error = frame.collect().await.unwrap_err();
    captured.add("engine's error", format!("{error} {error:#?}"));
    let error = Error::from(error);
    captured.add("error", format!("{error} {error:#?}"));
    for outcome in [Ok((&engine, engine.connections())), Err(error)] {
        let panicked = catch_unwind(AssertUnwindSafe(|| match outcome {
            Ok(_) => drop(outcome.unwrap_err()),
            Err(_) => drop(outcome.unwrap()),
        }));
        captured.add("panic", said(&*panicked.unwrap_err()));
    }
    assert!(captured.len() > 10_000);
    captured.assert_clean(&secrets());
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    panic.downcast_ref::<String>().unwrap().clone()
}
