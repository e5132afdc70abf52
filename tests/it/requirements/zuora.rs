//! Rows about signing in to Zuora with a page where a person agrees. The vendor has none for its data API, so the page is a
//! generic one at configured addresses; what Zuora really takes is in `zuora_clients`.

use std::time::Duration;

use zuzen_engine::Kind;

use super::tenant::{Tenant, agreeing, callback};

const EXCHANGE: &str = "authorization_code granted";
const RENEWAL: &str = "refresh_token granted";

/// The columns of the procedures' answers.
struct Tokens {
    access: String,
    refresh: String,
    expires_in: String,
}

impl Tokens {
    fn of(row: Vec<String>) -> Self {
        let [access, refresh, expires_in, _scope] = row.try_into().unwrap();
        Self {
            access,
            refresh,
            expires_in,
        }
    }
}

fn get(tenant: &Tenant, properties: &str) -> Tokens {
    let verifier = tenant.verifier();
    let sql = format!(
        "SELECT OAuthAccessToken, OAuthRefreshToken, ExpiresIn, Scope \
         FROM zuora.GetOAuthAccessToken(AuthMode => 'WEB', Verifier => '{verifier}')"
    );
    Tokens::of(tenant.row(properties, &sql).unwrap())
}

fn renew(tenant: &Tenant, properties: &str, refresh: &str) -> Result<Tokens, zuzen_engine::Error> {
    let sql = format!("EXEC zuora.RefreshOAuthAccessToken OAuthRefreshToken='{refresh}'");
    tenant.row(properties, &sql).map(Tokens::of)
}

#[test]
fn u08_a_custom_application_generates_the_token_once() {
    let tenant = Tenant::with_page();
    let kept = tenant.kept();
    let automatic = format!("{}{}{}{kept}", tenant.place(), tenant.page(), callback());
    let automatic = format!("{automatic}InitiateOAuth=GETANDREFRESH;");
    let error = tenant.test(&automatic).unwrap_err();
    assert_eq!(error.kind(), Kind::Auth);
    assert!(error.to_string().contains("OAuthClientId"), "{error}");
    assert_eq!(tenant.simulator.request_count(), 0);

    let (browser, opened) = agreeing();
    let registered = format!("{automatic}{}", tenant.client());
    tenant.test_with(&registered, browser).unwrap();
    for _ in 0..3 {
        tenant.test(&registered).unwrap();
    }
    assert_eq!(opened.lock().unwrap().len(), 1);
    assert_eq!(tenant.token_calls(), [EXCHANGE]);
}

#[test]
fn u09_the_desktop_flow_takes_id_secret_and_callback() {
    let tenant = Tenant::with_page();
    let callback = callback();
    let properties = format!(
        "InitiateOAuth=GETANDREFRESH;{}{}{}{callback}{}",
        tenant.place(),
        tenant.client(),
        tenant.page(),
        tenant.kept()
    );
    let (browser, opened) = agreeing();
    let name = tenant.test_with(&properties, browser).unwrap();
    assert_eq!(name, "tenant 19259");
    let address = opened.lock().unwrap()[0].clone();
    let (id, secret) = tenant.simulator.client_credentials();
    let given: Vec<(String, String)> = address.query_pairs().into_owned().collect();
    for (parameter, value) in [
        ("client_id", id.as_str()),
        (
            "redirect_uri",
            callback
                .trim_start_matches("CallbackURL=")
                .trim_end_matches(';'),
        ),
    ] {
        let parameter = (parameter.to_owned(), value.to_owned());
        assert!(given.contains(&parameter), "{address}");
    }
    assert!(!address.as_str().contains(&secret));

    tenant.simulator.expire_access_tokens();
    tenant.test(&properties).unwrap();
    assert_eq!(tenant.token_calls(), [EXCHANGE, RENEWAL]);
}

#[test]
fn u10_the_web_flow_obtains_refreshes_by_itself_and_by_hand() {
    let tenant = Tenant::with_page();
    let application = format!("{}{}", tenant.application(), tenant.kept());
    let first = get(&tenant, &application);

    let automatic = format!("InitiateOAuth=REFRESH;{application}");
    let given = format!("{automatic}OAuthAccessToken={};", first.access);
    tenant.test(&given).unwrap();
    tenant.simulator.expire_access_tokens();
    tenant.test(&given).unwrap();
    assert_eq!(tenant.token_calls(), [EXCHANGE, RENEWAL]);

    // It has spent the refresh token that the procedure gave.
    let error = renew(&tenant, &automatic, &first.refresh).err().unwrap();
    assert!(error.to_string().contains("was used before"), "{error}");

    let second = get(&tenant, &tenant.application());
    let by_hand = renew(&tenant, &tenant.application(), &second.refresh).unwrap();
    assert_ne!(by_hand.access, second.access);
    let given = format!("{}OAuthAccessToken={};", tenant.place(), by_hand.access);
    tenant.test(&format!("InitiateOAuth=OFF;{given}")).unwrap();
}

#[test]
fn u11_the_code_of_the_redirect_is_the_verifier() {
    let tenant = Tenant::with_page();
    let application = tenant.application();
    let tokens = get(&tenant, &application);
    assert_eq!(tokens.expires_in, "3598");
    assert!(tokens.access.len() >= 32 && tokens.refresh.len() >= 32);
    assert_ne!(tokens.access, tokens.refresh);
    assert_eq!(tenant.token_calls(), [EXCHANGE]);
    let by_token = format!("{}OAuthAccessToken={};", tenant.place(), tokens.access);
    tenant
        .test(&format!("InitiateOAuth=OFF;{by_token}"))
        .unwrap();

    let verifier = tenant.verifier();
    for (sql, kind, part) in [
        (
            "CALL zuora.GetOAuthAccessToken(AuthMode => 'WEB')".to_owned(),
            Kind::Sql,
            "Verifier",
        ),
        (
            format!(
                "CALL zuora.GetOAuthAccessToken(AuthMode => 'WEB', Verifier => '{verifier}', \
                 CallbackURL => 'http://localhost:1')"
            ),
            Kind::Auth,
            "CallbackURL",
        ),
        (
            "CALL zuora.GetOAuthAccessToken('WEB', 'no-such-code')".to_owned(),
            Kind::Auth,
            "the code was refused",
        ),
    ] {
        let error = tenant.row(&application, &sql).unwrap_err();
        let text = format!("{error} {}", error.hint().unwrap_or_default());
        assert_eq!(error.kind(), kind, "{text}");
        assert!(text.contains(part), "{text}");
        assert!(!text.contains(&verifier), "{text}");
    }
}

#[test]
fn u12_by_hand_the_refresh_token_is_all_that_is_needed() {
    let tenant = Tenant::with_page();
    let refresh = get(&tenant, &tenant.application()).refresh;
    // Nothing of the first sign-in but that token: no access token, no settings file, no callback.
    let bare = format!("{}{}{}", tenant.place(), tenant.client(), tenant.page());
    let renewed = renew(&tenant, &bare, &refresh).unwrap();
    assert_ne!(renewed.refresh, refresh);
    assert_eq!(tenant.token_calls(), [EXCHANGE, RENEWAL]);
}

#[test]
fn u13_refresh_oauth_access_token_follows_after_expires_in() {
    let tenant = Tenant::with_page();
    let application = tenant.application();
    let first = get(&tenant, &application);
    let opened = |access: &str| {
        let text = format!("{}InitiateOAuth=OFF;", tenant.place());
        tenant.test(&format!("{text}OAuthAccessToken={access};"))
    };
    let seconds: u64 = first.expires_in.parse().unwrap();
    tenant.simulator.advance(Duration::from_secs(seconds - 5));
    opened(&first.access).unwrap();
    tenant.simulator.advance(Duration::from_secs(10));
    let error = opened(&first.access).unwrap_err();
    assert_eq!(error.kind(), Kind::Auth);
    assert!(error.to_string().contains("has ended"), "{error}");
    let renewed = renew(&tenant, &application, &first.refresh).unwrap();
    assert_eq!(renewed.expires_in, first.expires_in);
    opened(&renewed.access).unwrap();
}

#[test]
fn u14_by_hand_the_client_id_and_secret_are_set() {
    let tenant = Tenant::with_page();
    let refresh = get(&tenant, &tenant.application()).refresh;
    let (id, secret) = tenant.simulator.client_credentials();
    let base = format!("{}{}", tenant.place(), tenant.page());
    for (client, part) in [
        (String::new(), "OAuthClientId"),
        (format!("OAuthClientId={id};"), "invalid_client"),
        (
            format!("OAuthClientId={id};OAuthClientSecret=wrong-secret;"),
            "invalid_client",
        ),
    ] {
        let error = renew(&tenant, &format!("{base}{client}"), &refresh).err();
        let error = error.unwrap();
        assert_eq!(error.kind(), Kind::Auth, "{error}");
        assert!(error.to_string().contains(part), "{error}");
        assert!(!error.to_string().contains("wrong-secret"), "{error}");
    }
    // What was refused for the client's sake has not used up the token.
    let right = format!("{base}OAuthClientId={id};OAuthClientSecret={secret};");
    renew(&tenant, &right, &refresh).unwrap();
}

#[test]
fn u15_the_refresh_token_of_get_oauth_access_token_is_the_input() {
    let tenant = Tenant::with_page();
    let application = tenant.application();
    for call in [
        "SELECT OAuthAccessToken FROM zuora.RefreshOAuthAccessToken(OAuthRefreshToken => '…')",
        "SELECT oauthaccesstoken FROM RefreshOAuthAccessToken('…')",
        "CALL zuora.refreshoauthaccesstoken(oauthrefreshtoken => '…')",
        "EXECUTE zuora.RefreshOAuthAccessToken OAuthRefreshToken='…'",
        "EXEC RefreshOAuthAccessToken @OAuthRefreshToken='…'",
    ] {
        let refresh = get(&tenant, &application).refresh;
        let row = tenant.row(&application, &call.replace('…', &refresh));
        let access = row.unwrap_or_else(|error| panic!("{call}: {error}"));
        let by_token = format!("InitiateOAuth=OFF;OAuthAccessToken={};", access[0]);
        tenant
            .test(&format!("{}{by_token}", tenant.place()))
            .unwrap();
        // It works once.
        let error = renew(&tenant, &application, &refresh).err().unwrap();
        assert!(error.to_string().contains("was used before"), "{error}");
    }
    let sql = "CALL zuora.RefreshOAuthAccessToken()";
    let error = tenant.row(&application, sql).unwrap_err();
    assert_eq!(error.kind(), Kind::Sql);
    assert!(error.to_string().contains("OAuthRefreshToken"), "{error}");
}

#[test]
fn u16_the_new_access_token_opens_a_new_connection() {
    let tenant = Tenant::with_page();
    let application = tenant.application();
    let first = get(&tenant, &application);
    let renewed = renew(&tenant, &application, &first.refresh).unwrap();
    let opened = |access: &str| tenant.test(&format!("{application}OAuthAccessToken={access};"));
    let before = tenant.token_calls().len();
    opened(&renewed.access).unwrap();
    assert_eq!(tenant.token_calls().len(), before);
    // The renewal has ended the pair before it.
    let error = opened(&first.access).unwrap_err();
    assert_eq!(error.kind(), Kind::Auth, "{error}");
}

#[test]
fn u17_whoever_keeps_the_refresh_token_can_always_renew() {
    let tenant = Tenant::with_page();
    let application = tenant.application();
    let first = get(&tenant, &application);
    let mut refresh = first.refresh.clone();
    for _ in 0..4 {
        tenant.simulator.expire_access_tokens();
        let renewed = renew(&tenant, &application, &refresh).unwrap();
        assert_ne!(renewed.refresh, refresh);
        refresh = renewed.refresh;
    }
    let error = renew(&tenant, &application, &first.refresh).err().unwrap();
    assert!(error.to_string().contains("was used before"), "{error}");
    assert!(error.hint().is_some());
}

#[test]
fn u18_headless_the_noted_code_is_exchanged_by_testing() {
    let tenant = Tenant::with_page();
    let verifier = tenant.verifier();
    let kept = "OAuthSettingsLocation=OAuthSettings.txt;";
    let first = format!(
        "InitiateOAuth=REFRESH;OAuthVerifier={verifier};{kept}{}",
        tenant.application()
    );
    let ended = tenant.zuzen(&["test", &first]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.out.contains("tenant 19259"), "{ended:?}");
    let file = std::fs::read(tenant.home.path().join("OAuthSettings.txt")).unwrap();
    for secret in tenant.simulator.secrets() {
        let in_file = file
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!in_file, "the settings file shows a secret");
        assert!(!ended.out.contains(&secret) && !ended.err.contains(&secret));
    }

    let mut expected = vec![EXCHANGE.to_owned()];
    let without_code = first.replace(&format!("OAuthVerifier={verifier};"), "");
    for later in [
        // With the code still in it, without it, with what the requirement names, and with nothing but the file.
        first.clone(),
        without_code,
        format!("InitiateOAuth=REFRESH;{kept}{}", tenant.client()),
        format!("InitiateOAuth=REFRESH;{kept}"),
    ] {
        tenant.simulator.expire_access_tokens();
        let ended = tenant.zuzen(&["test", &later]);
        assert_eq!(ended.code, Some(0), "{later}: {ended:?}");
        expected.push(RENEWAL.to_owned());
        assert_eq!(tenant.token_calls(), expected, "{later}");
    }
}

#[test]
fn the_address_of_the_redirect_is_as_good_as_the_code_in_it() {
    let tenant = Tenant::with_page();
    let application = tenant.application();
    let given = format!("InitiateOAuth=REFRESH;OAuthVerifier={};", tenant.redirect());
    tenant.test(&format!("{given}{application}")).unwrap();
    let sql = format!("CALL GetOAuthAccessToken('WEB', '{}')", tenant.redirect());
    tenant.row(&application, &sql).unwrap();
    assert_eq!(tenant.token_calls(), [EXCHANGE; 2]);
}
