//! What Zuora really takes: a client's own id and secret, with tokens that are used until they end.

use std::time::Duration;

use zuzen_engine::Kind;
use zuzen_simulator::{OAuthClient, OAuthOptions};

use super::tenant::{Ended, Tenant};

const ASKED: &str = "client_credentials granted";

#[test]
fn u01_the_sample_string_connects() {
    let tenant = Tenant::real();
    let (id, secret) = tenant.simulator.client_credentials();
    let url = tenant.simulator.url();
    for place in [format!("URL={url}"), format!("Tenant={url}")] {
        let sample = format!(
            "InitiateOAuth=GETANDREFRESH;OAuthClientID={id};OAuthClientSecret={secret};{place};\
             ZuoraService=DataQuery;"
        );
        let ended = tenant.zuzen(&["test", &sample]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(ended.out, "zuora: signed in as tenant 19259\n");
        assert_eq!(ended.err, "");
    }
    assert_eq!(tenant.token_calls(), [ASKED]);
}

#[test]
fn nobody_is_asked_and_no_refresh_token_comes() {
    let tenant = Tenant::real();
    let properties = format!("{}{}", tenant.place(), tenant.client());
    for initiate in ["", "InitiateOAuth=GETANDREFRESH;", "InitiateOAuth=REFRESH;"] {
        // The browser of these tests panics.
        tenant.test(&format!("{properties}{initiate}")).unwrap();
    }
    assert_eq!(tenant.token_calls(), [ASKED; 3]);
    let row = tenant.row(
        &properties,
        "SELECT OAuthRefreshToken, ExpiresIn FROM zuora.GetOAuthAccessToken()",
    );
    assert_eq!(row.unwrap(), ["NULL", "3598"]);

    for (sql, part) in [
        (
            "CALL GetOAuthAuthorizationURL('WEB')",
            "OAuthAuthorizationURL",
        ),
        (
            "CALL GetOAuthAccessToken('WEB', 'code')",
            "OAuthGrantType=CLIENT",
        ),
        (
            "CALL RefreshOAuthAccessToken('spent')",
            "OAuthGrantType=CLIENT",
        ),
    ] {
        let error = tenant.row(&properties, sql).unwrap_err();
        assert_eq!(error.kind(), Kind::Auth, "{error}");
        assert!(error.hint().unwrap().contains(part), "{sql}: {error}");
    }
}

#[test]
fn a_token_is_used_until_it_ends_and_no_longer() {
    let tenant = Tenant::with(OAuthOptions {
        max_lifetime: Some(Duration::from_secs(3)),
        ..OAuthOptions::default()
    });
    let properties = format!("{}{}{}", tenant.place(), tenant.client(), tenant.kept());
    for _ in 0..4 {
        tenant.test(&properties).unwrap();
    }
    assert_eq!(tenant.token_calls(), [ASKED]);
    std::thread::sleep(Duration::from_millis(3_100));
    tenant.test(&properties).unwrap();
    // It was replaced ahead of its end, not because of a refusal.
    assert_eq!(tenant.token_calls(), [ASKED; 2]);
    assert_eq!(tenant.api_calls(), [200; 5]);
    // Ended before its time, it is refused once.
    tenant.simulator.expire_access_tokens();
    tenant.test(&properties).unwrap();
    assert_eq!(tenant.token_calls(), [ASKED; 3]);
    assert_eq!(tenant.api_calls(), [200, 200, 200, 200, 200, 401, 200]);
}

#[test]
fn twenty_processes_ask_for_one_token() {
    // The limit counts callers by address, and all of these have the same.
    let tenant = Tenant::with(OAuthOptions {
        token_calls_a_minute: Some(2),
        ..OAuthOptions::default()
    });
    let properties = format!("{}{}", tenant.place(), tenant.client());
    for round in 1..=2 {
        let running: Vec<_> = (0..20)
            .map(|_| tenant.command(&["test", &properties]).spawn().unwrap())
            .collect();
        for child in running {
            let ended = Ended::of(child.wait_with_output().unwrap());
            assert_eq!(ended.code, Some(0), "{ended:?}");
            assert_eq!(ended.out, "zuora: signed in as tenant 19259\n");
        }
        assert_eq!(tenant.token_calls(), vec![ASKED; round]);
        tenant.simulator.expire_access_tokens();
    }
    // The third call of the minute is refused; nothing asks again and again.
    let ended = tenant.zuzen(&["test", &format!("{properties}MaxRetries=0;")]);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(
        ended.err.contains("too often from this address"),
        "{ended:?}"
    );
    assert_eq!(tenant.token_calls().len(), 3);
}

#[test]
fn another_data_centre_refuses_client_and_token_and_tenant_is_named() {
    let here = Tenant::real();
    let elsewhere = Tenant::with(OAuthOptions {
        clients: Some(vec![OAuthClient {
            id: "another-client".to_owned(),
            secret: Some("another-secret".to_owned()),
            ..OAuthClient::zuora().remove(0)
        }]),
        ..OAuthOptions::default()
    });
    let of_here = format!("{}{}", here.place(), here.client());
    let token = here.row(
        &of_here,
        "SELECT OAuthAccessToken FROM GetOAuthAccessToken()",
    );
    let token = token.unwrap().remove(0);

    let client = format!("{}{}", elsewhere.place(), here.client());
    let given = format!(
        "{}InitiateOAuth=OFF;OAuthAccessToken={token};",
        elsewhere.place()
    );
    for properties in [client, given] {
        let error = elsewhere.test(&properties).unwrap_err();
        assert_eq!(error.kind(), Kind::Auth, "{error}");
        assert!(error.hint().unwrap().contains("Tenant"), "{error}");
        assert!(!format!("{error:?}").contains(&token));
    }
    // A credential that is wrong stays wrong: each was tried once.
    assert_eq!(
        elsewhere.token_calls(),
        ["client_credentials invalid_client"]
    );
    assert_eq!(elsewhere.api_calls(), [401]);
}

#[test]
fn entities_go_with_token_calls_and_api_calls() {
    let tenant = Tenant::real();
    let properties = format!("{}{}", tenant.place(), tenant.client());
    let [one, two] = [
        "11e643f4-a3ee-8bad-b061-0025904c57d6",
        "2c92c0f8-66a1-46e1-0166-b1f2d3a41c55",
    ];
    let of = |entity: &str| format!("{properties}EntityIds={entity};");
    for (connection, entity) in [
        (properties.clone(), None),
        (of(one), Some(one)),
        (of(two), Some(two)),
        (format!("{properties}EntityId={two};"), Some(two)),
    ] {
        let before = tenant.simulator.requests().len();
        let ended = tenant.zuzen(&["test", &connection]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let requests = tenant.simulator.requests().split_off(before);
        assert!(!requests.is_empty());
        for request in requests {
            assert_eq!(request.entity.as_deref(), entity, "{request:?}");
        }
    }
    // A token belongs to its entity: each has its own, kept apart from the others.
    assert_eq!(tenant.token_calls(), [ASKED; 3]);
    let ended = tenant.zuzen(&["test", &of("not-an-entity")]);
    assert_ne!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn a_settings_file_that_is_not_there_is_named() {
    let tenant = Tenant::real();
    let only_file = "InitiateOAuth=REFRESH;OAuthSettingsLocation=no/such/OAuthSettings.txt;";
    let ended = tenant.zuzen(&["test", &format!("{only_file}{}", tenant.client())]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    for part in ["`URL`", "no/such/OAuthSettings.txt"] {
        assert!(ended.err.contains(part), "{ended:?}");
    }
}
