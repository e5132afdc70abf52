//! Links and redirects that lead to somebody else's server: no credential goes there, and the error says what happened.

use zuzen_engine::{Engine, Error, Kind};
use zuzen_simulator::{Account, AccountOptions, Faults, Options, Simulator, Stranger};

fn serve(stranger: &Stranger, faults: Faults) -> Simulator {
    let account = Account::generate(&AccountOptions {
        seed: 3,
        tickets: 1_000,
        anchor: "2025-06-01T00:00:00Z".parse().unwrap(),
    });
    let options = Options {
        faults,
        foreign: Some(stranger.url()),
        ..Options::default()
    };
    futures::executor::block_on(Simulator::start(account, options)).unwrap()
}

/// An engine for each way to sign in.
fn engines(simulator: &Simulator) -> Vec<(&'static str, Engine)> {
    let (access, refresh) = simulator.grant_tokens("zuzen_demo", "read write");
    let (_, unused) = simulator.grant_tokens("zuzen_demo", "read write");
    let url = simulator.url();
    let client = "OAuthClientId=zuzen_demo;OAuthClientSecret=demo-client-secret;";
    let oauth =
        format!("URL={url};{client}InitiateOAuth=REFRESH;OAuthSettingsLocation=memory://x;");
    [
        ("token", simulator.long_token_connection_string()),
        ("password", simulator.password_connection_string()),
        (
            "pair",
            format!("{oauth}OAuthAccessToken={access};OAuthRefreshToken={refresh};"),
        ),
        (
            "refresh token",
            format!("{oauth}OAuthRefreshToken={unused};"),
        ),
        (
            "client",
            format!(
                "{}OAuthSettingsLocation=memory://y;",
                simulator.client_connection_string()
            ),
        ),
    ]
    .into_iter()
    .map(|(name, text)| {
        let text = format!("{text}RetryPause=1;MaxRetries=2;Pagesize=100;");
        (
            name,
            Engine::builder().connection("desk", text).build().unwrap(),
        )
    })
    .collect()
}

async fn rows(engine: &Engine, sql: &str) -> Result<usize, Error> {
    let batches = engine.sql(sql).await?.collect().await?;
    Ok(batches.iter().map(|batch| batch.num_rows()).sum())
}

#[tokio::test]
async fn links_and_redirects_of_the_api_are_not_followed() {
    let by_redirect = "SELECT id FROM desk.groups";
    let by_link = "SELECT id FROM desk.tickets";
    for (faults, sql) in [("redirected", by_redirect), ("foreign", by_link)] {
        let stranger = Stranger::start().unwrap();
        let simulator = serve(&stranger, Faults::scenario(faults).unwrap());
        for (name, engine) in engines(&simulator) {
            let error = rows(&engine, sql).await.unwrap_err();
            let text = error.to_string();
            assert!(text.contains("127.0.0.1"), "{faults}, {name}: {text}");
            assert!(error.hint().is_some(), "{faults}, {name}: {text}");
            let connection = &engine.connections()[0];
            // The API's address of the caller is redirected as all others are.
            let tested = connection.test().await;
            assert_eq!(tested.is_err(), faults == "redirected", "{name}");
            connection.examine().await;
            if faults == "redirected" && !matches!(name, "token" | "password") {
                let ended = rows(&engine, "CALL desk.RevokeOAuthAccessToken()").await;
                assert!(ended.is_err(), "{name}");
            }
        }
        assert_eq!(stranger.requests(), [], "{faults}");
        assert!(!stranger.saw_credentials() && !stranger.saw_any(&simulator.secrets()));
    }
}

#[tokio::test]
async fn redirects_of_the_token_endpoint_are_not_followed() {
    let stranger = Stranger::start().unwrap();
    let simulator = serve(&stranger, Faults::scenario("token_redirected").unwrap());
    let code = simulator.grant_code("zuzen_demo", "http://localhost:33333", "read write", None);
    let (_, refresh) = simulator.grant_tokens("zuzen_demo", "read write");
    for (name, engine) in engines(&simulator) {
        if matches!(name, "token" | "password") {
            continue;
        }
        simulator.expire_access_tokens();
        let calls = [
            "SELECT id FROM desk.groups".to_owned(),
            format!("CALL desk.GetOAuthAccessToken(AuthMode => 'WEB', Verifier => '{code}')"),
            format!("CALL desk.RefreshOAuthAccessToken('{refresh}')"),
        ];
        for sql in calls {
            let error = rows(&engine, &sql).await.unwrap_err();
            assert_eq!(error.kind(), Kind::Auth, "{name}: {error}");
            assert!(
                error.message().contains("redirected to 127.0.0.1"),
                "{name}: {error}"
            );
        }
    }
    assert_eq!(stranger.requests(), []);
    assert!(simulator.token_calls().len() >= 9);
    // Nothing was spent: without the redirect the same tokens work.
    simulator.set_faults(Faults::default());
    let (_, engine) = engines(&simulator).swap_remove(3);
    assert!(
        rows(
            &engine,
            &format!("CALL desk.RefreshOAuthAccessToken('{refresh}')")
        )
        .await
        .is_ok()
    );
}

#[test]
fn addresses_that_would_carry_credentials_readably_are_refused_at_once() {
    for property in ["OAuthAccessTokenURL", "OAuthAuthorizationURL", "URL"] {
        for (address, is_safe) in [
            ("http://login.example.com/token", false),
            ("http://127.0.0.1.example.com/token", false),
            ("http://localhost.example.com/token", false),
            ("http://10.0.0.1/token", false),
            ("ftp://login.example.com/token", false),
            ("https://login.example.com/token", true),
            ("http://127.0.0.1:9/token", true),
            ("http://localhost:9/token", true),
        ] {
            // A proxy of the system stands between this machine and itself where the account is elsewhere.
            let proxied = property == "OAuthAccessTokenURL" && address.starts_with("http:");
            let is_safe = is_safe && !proxied;
            let address = match property {
                "URL" => address.trim_end_matches("/token"),
                _ => address,
            };
            let text = format!(
                "URL=https://acme.zendesk.com;OAuthClientId=id;OAuthClientSecret=hush-hush;InitiateOAuth=REFRESH;\
                 OAuthRefreshToken=shush-shush;OAuthSettingsLocation=memory://z;{property}={address}"
            );
            let built = Engine::builder().connection("desk", text).build();
            assert_eq!(built.is_ok(), is_safe, "{property}={address}");
            if let Err(error) = built {
                let text = error.to_string();
                assert_eq!(error.kind(), Kind::Config, "{text}");
                assert!(text.contains("https://"), "{text}");
                assert!(!text.contains("hush"), "{text}");
            }
        }
    }
}

/// The stranger does notice credentials: here it is named as the token endpoint, which is the user's own decision.
#[tokio::test]
async fn a_stranger_that_is_told_something_says_so() {
    let stranger = Stranger::start().unwrap();
    let simulator = serve(&stranger, Faults::default());
    let text = format!(
        "URL={};OAuthClientId=zuzen_demo;OAuthClientSecret=demo-client-secret;AuthScheme=OAuthClient;\
         OAuthSettingsLocation=memory://w;OAuthAccessTokenURL={}/token",
        simulator.url(),
        stranger.url()
    );
    let engine = Engine::builder().connection("desk", text).build().unwrap();
    assert!(rows(&engine, "SELECT id FROM desk.groups").await.is_err());
    assert!(stranger.saw_credentials() && stranger.saw_any(&simulator.secrets()));
}
