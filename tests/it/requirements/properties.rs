//! Rows about connection properties.

use std::path::PathBuf;

use zuzen_engine::property::{AuthScheme, Connector, Properties, all, find};
use zuzen_engine::{Engine, Kind};
use zuzen_simulator::Faults;

use crate::stage::{Stage, frozen};

fn read(text: &str) -> Properties {
    Properties::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn origin(text: &str) -> Option<String> {
    read(text)
        .origin()
        .map(|url| url.origin().ascii_serialization())
}

/// Rows of a small table, read with these properties.
fn groups(text: &str) -> Result<usize, zuzen_engine::Error> {
    let engine = Engine::builder().connection("zendesk", text).build()?;
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let frame = engine.sql("SELECT id FROM groups").await?;
        Ok(frame.count().await?)
    })
}

fn simulator() -> (Stage, String) {
    let stage = Stage::of(&frozen(), Faults::default(), "");
    let url = stage.simulator().url().to_string();
    (stage, url)
}

#[test]
fn c04_pairs_are_separated_by_semicolons_and_one_may_trail() {
    for text in [
        "URL=https://a.zendesk.com;User=a@b.c;Password=x",
        "URL=https://a.zendesk.com;User=a@b.c;Password=x;",
        " URL = https://a.zendesk.com ; User = a@b.c ; Password = 'x' ;; ",
    ] {
        let properties = read(text);
        assert_eq!(
            properties.get("URL"),
            Some("https://a.zendesk.com"),
            "{text}"
        );
        assert_eq!(properties.get("User"), Some("a@b.c"), "{text}");
        assert!(properties.is_given("Password"), "{text}");
    }
    assert_eq!(read("User='a;b'").get("User"), Some("a;b"));
    assert_eq!(Properties::parse("User").unwrap_err().kind(), Kind::Config);
}

#[test]
fn c05_names_are_read_in_any_case() {
    for property in all().filter(|property| !property.is_ignored()) {
        let value = match property.default_for(property.connectors[0]) {
            Some(default) => default,
            // Any text will do, and any number from 1 to 5, and an address where one is wanted.
            None if property.holds.to_string() == "address" => "https://a.zendesk.com",
            None => "1",
        };
        for name in [property.name.to_uppercase(), property.name.to_lowercase()] {
            let text = format!("Connector={};{name}={value}", property.connectors[0]);
            assert!(read(&text).is_given(property.name), "{text}");
        }
    }
    for name in ["OAuthClientID", "OAuthClientId", "oauthclientid"] {
        assert_eq!(read(&format!("{name}=x")).get("OAuthClientId"), Some("x"));
    }
}

#[test]
fn c06_a_page_lists_every_property() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/properties.md");
    let page = std::fs::read_to_string(path).unwrap();
    for property in all() {
        let line = page
            .lines()
            .find(|line| line.starts_with(&format!("| `{}` |", property.name)))
            .unwrap_or_else(|| panic!("{} is missing", property.name));
        assert!(line.contains(property.about), "{line}");
        for alias in property.aliases {
            assert!(line.contains(&format!("`{alias}`")), "{line}");
        }
    }
}

#[test]
fn c33_initiate_oauth_is_off_getandrefresh_or_refresh() {
    for connector in ["Zendesk", "Zuora"] {
        for (written, word) in [
            ("OFF", "OFF"),
            ("GetAndRefresh", "GETANDREFRESH"),
            ("refresh", "REFRESH"),
        ] {
            let properties = read(&format!("Connector={connector};InitiateOAuth={written}"));
            assert_eq!(properties.get("InitiateOAuth"), Some(word));
        }
        let wrong = format!("Connector={connector};InitiateOAuth=ALWAYS");
        let error = Properties::parse(&wrong).unwrap_err();
        assert!(
            error
                .hint()
                .unwrap()
                .contains("OFF, GETANDREFRESH, REFRESH"),
            "{error}"
        );
    }
    assert_eq!(read("Connector=Zendesk").get("InitiateOAuth"), Some("OFF"));
    assert_eq!(
        read("Connector=Zuora").get("InitiateOAuth"),
        Some("REFRESH")
    );
}

#[test]
fn z01_the_sample_string_signs_in_by_user_and_password() {
    let text = "URL=https://subdomain.zendesk.com;User=my_user@mydomain.com;Password=test123;";
    let properties = read(text);
    assert_eq!(properties.connector(), Connector::Zendesk);
    assert_eq!(properties.auth_scheme(), AuthScheme::Basic);
    Engine::builder()
        .connection("zendesk", text)
        .build()
        .unwrap();
    let (_stage, url) = simulator();
    let served = format!("URL={url};User=agent@example.com;Password=password;");
    assert!(groups(&served).unwrap() > 0);
}

#[test]
fn z02_url_is_the_address_of_the_account() {
    assert_eq!(
        origin("URL=https://subdomain.zendesk.com"),
        Some("https://subdomain.zendesk.com".to_owned())
    );
    for (url, part) in [
        ("subdomain.zendesk.com", "https://subdomain.zendesk.com"),
        ("http://subdomain.zendesk.com", "https://"),
        (
            "https://subdomain.zendesk.com/api/v2",
            "https://subdomain.zendesk.com",
        ),
        ("https://a:hush@subdomain.zendesk.com", "of their own"),
    ] {
        let text = format!("URL={url};User=a@b.c;Password=x");
        let built = Engine::builder().connection("zendesk", text).build();
        let error = built.unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        assert!(error.to_string().contains(part), "{url}: {error}");
        assert!(!error.to_string().contains("hush"), "{error}");
    }
}

#[test]
fn z05_basic_takes_a_password_or_an_api_token() {
    let (_stage, url) = simulator();
    let base = format!("URL={url};AuthScheme=Basic;User=agent@example.com");
    let by_token = groups(&format!("{base};ApiToken=demo")).unwrap();
    let by_password = groups(&format!("{base};Password=password")).unwrap();
    assert_eq!(by_token, by_password);
    assert!(by_token > 0);
    for (without, missing) in [
        (base.as_str(), "`ApiToken`"),
        (&format!("URL={url};Password=x"), "`User`"),
    ] {
        let error = groups(without).unwrap_err();
        assert!(error.message().contains(missing), "{error}");
    }
}

#[test]
fn z06_user_is_the_e_mail_address() {
    let (_stage, url) = simulator();
    let by = |user: &str| groups(&format!("URL={url};User={user};ApiToken=demo"));
    assert!(by("agent@example.com").unwrap() > 0);
    let error = by("agent").unwrap_err();
    assert_eq!(error.kind(), Kind::Auth, "{error}");
}

#[test]
fn z08_api_tokens_work_with_auth_scheme_basic() {
    let (_stage, url) = simulator();
    let good = format!("URL={url};User=agent@example.com;ApiToken=demo");
    for scheme in ["Basic", "basic", "APIToken"] {
        assert!(
            groups(&format!("{good};AuthScheme={scheme}")).unwrap() > 0,
            "{scheme}"
        );
    }
}

#[test]
fn u01_the_sample_string_is_read() {
    let properties = read(
        "InitiateOAuth=GETANDREFRESH;OAuthClientID=my-client-id;OAuthClientSecret=my-secret;\
         Tenant=USProduction;ZuoraService=DataQuery;",
    );
    assert_eq!(properties.connector(), Connector::Zuora);
    assert_eq!(properties.auth_scheme(), AuthScheme::OAuth);
    for (name, value) in [
        ("InitiateOAuth", "GETANDREFRESH"),
        ("OAuthClientId", "my-client-id"),
        ("Tenant", "USProduction"),
        ("ZuoraService", "DataQuery"),
    ] {
        assert_eq!(properties.get(name), Some(value));
    }
    assert!(properties.secret("OAuthClientSecret").is_some());
    assert!(!format!("{properties:?}").contains("my-secret"));
}

#[test]
fn u02_the_tenant_of_the_account_is_chosen() {
    let tenant = find("Tenant").unwrap();
    assert_eq!(tenant.connectors, [Connector::Zuora]);
    let error = Properties::parse("Tenant=USProducton").unwrap_err();
    assert!(error.hint().unwrap().contains("`USProduction`"), "{error}");
    for (newer, address) in [
        ("USCloudProduction", "https://rest.na.zuora.com"),
        ("USCloudAPISandbox", "https://rest.sandbox.na.zuora.com"),
        ("USCentralSandbox", "https://rest.test.zuora.com"),
        ("EUCentralSandbox", "https://rest.test.eu.zuora.com"),
        ("APACProduction", "https://rest.ap.zuora.com"),
        ("APACCentralSandbox", "https://rest.test.ap.zuora.com"),
        ("PROD_NA", "https://rest.na.zuora.com"),
        (
            "https://services345.zuora.com",
            "https://services345.zuora.com",
        ),
    ] {
        assert_eq!(origin(&format!("Tenant={newer}")), Some(address.to_owned()));
    }
}

fn tenant(name: &str, address: &str) {
    let text = format!("Tenant={name}");
    assert_eq!(read(&text).connector(), Connector::Zuora);
    assert_eq!(origin(&text), Some(address.to_owned()));
}

#[test]
fn u03_usproduction_is_the_default() {
    tenant("USProduction", "https://rest.zuora.com");
    assert_eq!(
        origin("Connector=Zuora"),
        Some("https://rest.zuora.com".to_owned())
    );
}

#[test]
fn u04_usapisandbox() {
    tenant("USAPISandbox", "https://rest.apisandbox.zuora.com");
}

#[test]
fn u05_usperformancetest() {
    tenant("USPerformanceTest", "https://rest.pt1.zuora.com");
}

#[test]
fn u06_euproduction() {
    tenant("EUProduction", "https://rest.eu.zuora.com");
}

#[test]
fn u07_eusandbox() {
    tenant("EUSandbox", "https://rest.sandbox.eu.zuora.com");
}

#[test]
fn u19_zuora_service_is_aquadataexport_or_dataquery() {
    for (text, service) in [
        ("Connector=Zuora", "AQuADataExport"),
        ("ZuoraService=aquadataexport", "AQuADataExport"),
        ("ZuoraService=DataQuery", "DataQuery"),
    ] {
        assert_eq!(read(text).get("ZuoraService"), Some(service), "{text}");
    }
    let error = Properties::parse("ZuoraService=SOAP").unwrap_err();
    assert!(
        error.hint().unwrap().contains("AQuADataExport, DataQuery"),
        "{error}"
    );
}
