use super::*;

#[test]
fn connection_strings_are_read_leniently_where_it_is_safe() {
    let properties = Properties::parse(
        " url = https://a.zendesk.com ; USER='o''hara;x@a.com';api_token=\"s;e\" ; ",
    )
    .unwrap();
    assert_eq!(properties.get("URL"), Some("https://a.zendesk.com"));
    assert_eq!(properties.get("User"), Some("o'hara;x@a.com"));
    assert_eq!(
        properties.get("ApiToken"),
        None,
        "secrets are not handed out"
    );
    assert!(properties.secret("ApiToken").is_some());
    assert_eq!(properties.get("Timeout"), Some("100"));
    assert!(!properties.is_given("Timeout"));
    let shown: Vec<(&str, String)> = properties
        .shown()
        .filter_map(|(property, value, source)| {
            (*source != Source::Default).then_some((property.name, value?))
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("URL", "https://a.zendesk.com".to_owned()),
            ("User", "o'hara;x@a.com".to_owned()),
            ("ApiToken", "***".to_owned()),
        ]
    );
    let debug = format!("{properties:?}");
    assert!(!debug.contains("s;e") && debug.contains("***"), "{debug}");
}

#[test]
fn wrong_strings_say_what_to_do() {
    for (text, part, hint) in [
        ("Usr=a", "`Usr`", "`User`"),
        ("URL", "Name=Value", "for example"),
        ("ApiToken='abc", "never closed", "double"),
        ("User='a'b;", "follows", "separate"),
        ("ApiToken=ab;cd9=ef", "value of `ApiToken`", "quotes"),
        (
            "Weather=fine",
            "`Weather`",
            "known properties: Connector, URL",
        ),
        (
            "Connector=Zendesk;Tenant=EUSandbox",
            "`Tenant` is a property of Zuora, not of Zendesk",
            "Connector=Zuora",
        ),
        (
            "Tenant=EUSandbox;ApiToken=cd9",
            "`ApiToken` is a property of Zendesk",
            "leave it out",
        ),
        (
            "Tenant=EUSandbox;AuthScheme=Basic",
            "OAuth only",
            "OAuthClientId",
        ),
    ] {
        let error = Properties::parse(text).unwrap_err();
        assert!(!error.to_string().contains("cd9"), "{error}");
        assert!(error.message().contains(part), "{text}: {error}");
        assert!(error.hint().unwrap().contains(hint), "{text}: {error}");
    }
}

#[test]
fn the_connector_is_told_by_what_is_given() {
    for (text, connector, origin) in [
        (
            "URL=https://a.zendesk.com",
            Connector::Zendesk,
            Some("https://a.zendesk.com/"),
        ),
        ("OAuthSettingsLocation=x", Connector::Zendesk, None),
        (
            "Tenant=EUSandbox",
            Connector::Zuora,
            Some("https://rest.sandbox.eu.zuora.com/"),
        ),
        (
            "ZuoraService=DataQuery",
            Connector::Zuora,
            Some("https://rest.zuora.com/"),
        ),
        (
            "EntityIds=a",
            Connector::Zuora,
            Some("https://rest.zuora.com/"),
        ),
        (
            "URL=https://services9.zuora.com",
            Connector::Zuora,
            Some("https://services9.zuora.com/"),
        ),
        (
            "URL=https://notzuora.com",
            Connector::Zendesk,
            Some("https://notzuora.com/"),
        ),
        (
            "connector=ZUORA",
            Connector::Zuora,
            Some("https://rest.zuora.com/"),
        ),
        (
            "Tenant=EUSandbox;URL=http://127.0.0.1:9",
            Connector::Zuora,
            Some("http://127.0.0.1:9/"),
        ),
        (
            "Tenant=https://a.example",
            Connector::Zuora,
            Some("https://a.example/"),
        ),
    ] {
        let properties = Properties::parse(text).unwrap();
        assert_eq!(properties.connector(), connector, "{text}");
        assert_eq!(
            properties.get("Connector"),
            Some(connector.name()),
            "{text}"
        );
        let found = properties.origin();
        assert_eq!(found.as_ref().map(Url::as_str), origin, "{text}");
    }
}

#[test]
fn defaults_depend_on_the_connector_and_on_what_is_given() {
    for (text, name, value) in [
        ("", "AuthScheme", Some("Basic")),
        ("", "InitiateOAuth", Some("OFF")),
        ("InitiateOAuth=OFF;User=a", "AuthScheme", Some("Basic")),
        ("InitiateOAuth=REFRESH", "AuthScheme", Some("OAuth")),
        ("OAuthClientId=a", "AuthScheme", Some("OAuth")),
        (
            "OAuthClientId=a;AuthScheme=Basic",
            "AuthScheme",
            Some("Basic"),
        ),
        ("", "OAuthGrantType", Some("CODE")),
        ("", "Scope", Some("read write")),
        ("", "CallbackURL", Some("http://localhost:33333")),
        ("", "Tenant", None),
        ("Connector=Zuora", "AuthScheme", Some("OAuth")),
        ("Connector=Zuora", "InitiateOAuth", Some("REFRESH")),
        ("Connector=Zuora", "OAuthGrantType", Some("CLIENT")),
        (
            "Connector=Zuora;OAuthAuthorizationURL=https://a.example/x",
            "OAuthGrantType",
            Some("CODE"),
        ),
        ("Connector=Zuora", "Scope", None),
        ("Connector=Zuora", "ZuoraService", Some("AQuADataExport")),
    ] {
        let properties = Properties::parse(text).unwrap();
        assert_eq!(properties.get(name), value, "{text}");
    }
}

#[test]
fn numbers_may_stand_for_none() {
    let number = |text: &str, name: &str| Properties::parse(text).unwrap().number::<u32>(name);
    for (text, name, value) in [
        ("", "Timeout", Some(100)),
        ("Timeout=0", "Timeout", None),
        ("MaxRetries=0", "MaxRetries", Some(0)),
        ("", "MaxRows", None),
        ("MaxRows=-1", "MaxRows", None),
        ("MaxRows=7", "MaxRows", Some(7)),
        ("", "MaxRequests", None),
        ("MaxRequests=99999999999", "MaxRequests", None),
        ("User=5", "User", None),
    ] {
        assert_eq!(number(text, name), value, "{text}");
    }
    assert_eq!(
        Properties::parse("Timeout=0").unwrap().timeout(),
        NO_TIMEOUT
    );
}

#[test]
fn the_last_of_several_settings_counts_and_errors_name_their_place() {
    let setting = |name: &str, value: &str, line: usize| Setting {
        name: name.to_owned(),
        value: value.to_owned(),
        source: Source::File {
            path: "zuzen.toml".into(),
            line,
        },
    };
    let properties = Properties::of([
        setting("User", "a", 2),
        setting("user_name", "b", 3),
        setting("Timeout", "7", 4),
    ])
    .unwrap();
    assert_eq!(properties.get("User"), Some("b"));
    let places: Vec<(&str, String)> = properties
        .shown()
        .filter(|(property, ..)| properties.is_given(property.name))
        .map(|(property, _, source)| (property.name, source.to_string()))
        .collect();
    assert_eq!(
        places,
        [
            ("User", "zuzen.toml:3".to_owned()),
            ("Timeout", "zuzen.toml:4".to_owned()),
        ]
    );
    for wrong in [
        setting("Usr", "x", 9),
        setting("Timeout", "x", 9),
        setting("Tenant", "PROD", 9),
    ] {
        let all = [setting("Connector", "Zendesk", 1), wrong];
        let error = Properties::of(all).unwrap_err();
        assert!(error.to_string().contains("zuzen.toml:9"), "{error}");
    }
}

#[test]
fn api_tokens_go_before_passwords() {
    for (text, wanted) in [
        ("User=a;ApiToken=t;Password=p", Ok("ApiToken")),
        ("User=a;Password=p;AuthScheme=Basic", Ok("Password")),
        (
            "User=a;Password=p;AuthScheme=APIToken",
            Err("`ApiToken` is missing"),
        ),
        ("ApiToken=t", Err("`User` is missing")),
        ("User=a", Err("`ApiToken` is missing")),
    ] {
        let found = Properties::parse(text).unwrap().credentials();
        match (found, wanted) {
            (Ok(found), Ok(kind)) => assert!(format!("{found:?}").starts_with(kind), "{text}"),
            (Err(error), Err(part)) => assert!(error.message().contains(part), "{text}: {error}"),
            (found, wanted) => panic!("{text}: {found:?}, wanted {wanted:?}"),
        }
    }
}
