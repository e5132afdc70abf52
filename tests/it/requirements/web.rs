//! Rows about the flow of a web application: the browser is the application's, the tokens come through SQL.

use std::collections::HashMap;
use std::time::Duration;

use datafusion::arrow::util::display::array_value_to_string;
use serde_json::Value;
use tokio::runtime::Runtime;
use zuzen_engine::{Engine, Error};

use super::browser::{ADMINISTRATOR, AGENT, agree, code, decide, parameter};
use super::desktop;
use super::headless;
use super::machine::{Machine, callback};
use super::vendor::{EXCHANGE, REFRESH, Vendor};

/// Where the application registered its redirects to; nobody listens there.
const CALLBACK: &str = "https://app.example.com/callback";

/// The one row that a statement answers with, on the command line.
pub(super) fn call(vendor: &Vendor, machine: &Machine, properties: &str, sql: &str) -> Value {
    let ended = machine.run(&[
        "--format",
        "json",
        "--connect",
        &format!("{}={properties}", vendor.name),
        "-c",
        sql,
    ]);
    let rows: Value = serde_json::from_str(&ended.good().out).unwrap();
    rows[0].clone()
}

fn text(row: &Value, column: &str) -> String {
    let value = row[column].as_str();
    value
        .unwrap_or_else(|| panic!("no {column} in {row}"))
        .to_owned()
}

/// What obtaining a token needs: the application's id and secret.
fn properties(vendor: &Vendor) -> String {
    format!("{}{}", vendor.place, vendor.client)
}

/// The address, a person who agrees there, and the code that comes back.
fn noted(vendor: &Vendor, machine: &Machine) -> String {
    let sql = format!(
        "SELECT * FROM {}.GetOAuthAuthorizationURL(AuthMode => 'WEB')",
        vendor.name
    );
    let row = call(vendor, machine, &properties(vendor), &sql);
    code(&agree(&text(&row, "URL")))
}

fn exchange(vendor: &Vendor, code: &str) -> String {
    format!(
        "SELECT * FROM {}.GetOAuthAccessToken(AuthMode => 'WEB', Verifier => '{code}')",
        vendor.name
    )
}

/// The whole flow, up to data; the tokens.
pub(super) fn procedures(vendor: &Vendor) -> Value {
    let machine = Machine::headless();
    let code = noted(vendor, &machine);
    let tokens = call(
        vendor,
        &machine,
        &properties(vendor),
        &exchange(vendor, &code),
    );
    let access = text(&tokens, "OAuthAccessToken");
    let later = format!(
        "{}InitiateOAuth=OFF;OAuthAccessToken={access};",
        vendor.place
    );
    vendor.fetched(&Machine::headless(), &later);
    tokens
}

/// A web application that embeds the engine.
struct Site {
    engine: Engine,
    runtime: Runtime,
}

impl Site {
    fn new(vendor: &Vendor) -> Self {
        // A site has no person's home folder to keep values in.
        let properties = format!("{}OAuthSettingsLocation=memory://site;", properties(vendor));
        let builder = Engine::builder().connection(vendor.name, properties);
        Self {
            engine: builder.build().unwrap(),
            runtime: Runtime::new().unwrap(),
        }
    }

    /// The one row that a statement answers with.
    fn call(&self, sql: &str) -> Result<HashMap<String, String>, Error> {
        self.runtime.block_on(async {
            let frame = self.engine.sql(sql).await?;
            let batches = frame.collect().await?;
            assert_eq!(batches.len(), 1);
            let names = batches[0].schema();
            let columns = names.fields().iter().zip(batches[0].columns());
            Ok(columns
                .map(|(field, column)| {
                    let value = array_value_to_string(column, 0).unwrap();
                    (field.name().clone(), value)
                })
                .collect())
        })
    }

    fn address(&self, vendor: &Vendor, more: &str) -> String {
        let sql = format!(
            "SELECT * FROM {}.GetOAuthAuthorizationURL(AuthMode => 'WEB', CallbackURL => '{CALLBACK}'{more})",
            vendor.name
        );
        self.call(&sql).unwrap()["URL"].clone()
    }
}

#[test]
fn c09_a_site_signs_in_each_of_its_people() {
    let vendor = Vendor::zendesk();
    let site = Site::new(&vendor);
    let people = [ADMINISTRATOR, AGENT];
    let asked: Vec<String> = (0..people.len())
        .map(|session| site.address(&vendor, &format!(", State => 'session-{session}'")))
        .collect();
    for (session, person) in people.into_iter().enumerate() {
        let redirect = decide(&asked[session], person, "allow");
        let state = parameter(&redirect, "state");
        assert_eq!(state, format!("session-{session}"));
        let sql = format!(
            "SELECT * FROM GetOAuthAccessToken(AuthMode => 'WEB', Verifier => '{}', \
             CallbackURL => '{CALLBACK}', State => '{state}')",
            code(&redirect)
        );
        let token = &site.call(&sql).unwrap()["OAuthAccessToken"];
        let own = format!("{}OAuthAccessToken={token};", vendor.place);
        let shown = Machine::headless().run(&["test", &own]).good().out;
        assert!(shown.contains(person), "{shown}");
    }
    vendor.granted(&[EXCHANGE, EXCHANGE]);
}

#[test]
fn c16_token_values_are_obtained_and_managed_by_procedures() {
    for vendor in Vendor::both() {
        let (name, machine) = (vendor.name, Machine::headless());
        let tokens = procedures(&vendor);
        let refresh = text(&tokens, "OAuthRefreshToken");
        let renewed = call(
            &vendor,
            &machine,
            &properties(&vendor),
            &format!("EXEC {name}.RefreshOAuthAccessToken @OAuthRefreshToken = '{refresh}'"),
        );
        let access = text(&renewed, "OAuthAccessToken");
        assert_ne!(access, text(&tokens, "OAuthAccessToken"));
        assert_ne!(text(&renewed, "OAuthRefreshToken"), refresh);
        let with = format!(
            "{}InitiateOAuth=OFF;OAuthAccessToken={access};",
            vendor.place
        );
        vendor.fetched(&machine, &with);
        vendor.granted(&[EXCHANGE, REFRESH]);
        // Zuora has no address that ends a token.
        if name == "zendesk" {
            let sql = format!("CALL zendesk.RevokeOAuthAccessToken('{access}')");
            let ended = call(&vendor, &machine, &properties(&vendor), &sql);
            assert_eq!(ended["Revoked"], true);
            vendor.fetch_on(&machine, &with).failed(4);
        }
    }
}

#[test]
fn c17_obtaining_needs_id_and_secret_and_no_more() {
    for vendor in Vendor::both() {
        procedures(&vendor);
        let machine = Machine::headless();
        let sql = exchange(&vendor, "a-code");
        let (_, secret) = vendor.simulator.client_credentials();
        let wrong = properties(&vendor).replace(&secret, "another-secret");
        for (properties, reason) in [
            (vendor.place.clone(), "no OAuthClientId is known"),
            (wrong, "check OAuthClientId and OAuthClientSecret"),
        ] {
            let connect = format!("{}={properties}", vendor.name);
            let said = machine.run(&["--connect", &connect, "-c", &sql]).failed(4);
            assert!(said.contains(reason), "{said}");
        }
    }
}

#[test]
fn c18_getoauthaccesstoken_takes_the_code_and_gives_the_tokens() {
    for (vendor, seconds) in Vendor::both().into_iter().zip([172_800, 3_598]) {
        let tokens = procedures(&vendor);
        assert_eq!(tokens["ExpiresIn"], seconds, "{tokens}");
        for column in ["OAuthAccessToken", "OAuthRefreshToken"] {
            assert!(text(&tokens, column).len() > 30, "{tokens}");
        }
        // The three are what the vendor handed out: the newest secrets of the account.
        let secrets = vendor.simulator.secrets();
        assert!(secrets.contains(&text(&tokens, "OAuthAccessToken")));
        assert!(secrets.contains(&text(&tokens, "OAuthRefreshToken")));
        vendor.granted(&[EXCHANGE]);
    }
}

#[test]
fn c19_a_person_agrees_and_is_sent_to_the_callback() {
    for vendor in Vendor::both() {
        let site = Site::new(&vendor);
        let redirect = agree(&site.address(&vendor, ", State => 'mine'"));
        assert!(redirect.starts_with(&format!("{CALLBACK}?")), "{redirect}");
        assert_eq!(parameter(&redirect, "state"), "mine");
        assert!(!code(&redirect).is_empty());
        let refused = decide(&site.address(&vendor, ""), ADMINISTRATOR, "deny");
        assert!(refused.starts_with(&format!("{CALLBACK}?")), "{refused}");
        assert_eq!(parameter(&refused, "error"), "access_denied");
        assert_eq!(parameter(&refused, "code"), "");
        // Pasted whole, it is told for what it is.
        let sql = exchange(&vendor, &refused);
        let error = site.call(&sql).unwrap_err();
        assert!(
            error.message().contains("access was not granted"),
            "{error}"
        );
        assert!(vendor.calls().is_empty());
    }
}

/// `InitiateOAuth=REFRESH`, id, secret, access token and location, as the first connection gives them.
fn first(vendor: &Vendor, access: &str, location: &str) -> String {
    format!(
        "{}InitiateOAuth=REFRESH;OAuthAccessToken={access};OAuthSettingsLocation={location};",
        properties(vendor)
    )
}

#[test]
fn c20_the_first_connection_begins_with_the_token_that_was_obtained() {
    for vendor in Vendor::both() {
        let machine = Machine::headless();
        // The procedure is told where values are kept, and so the refresh token is there too.
        let location = "OAuthSettings.txt";
        let keeping = format!("{}OAuthSettingsLocation={location};", properties(&vendor));
        let code = noted(&vendor, &machine);
        let tokens = call(&vendor, &machine, &keeping, &exchange(&vendor, &code));
        let connect = first(&vendor, &text(&tokens, "OAuthAccessToken"), location);
        vendor.fetched(&machine, &connect);
        vendor.granted(&[EXCHANGE]);
        vendor.simulator.expire_access_tokens();
        vendor.fetched(&machine, &connect);
        vendor.granted(&[EXCHANGE, REFRESH]);
        vendor.fetched(&machine, &connect);
        vendor.granted(&[EXCHANGE, REFRESH]);
    }
}

#[test]
fn c20_a_token_alone_works_until_it_ends() {
    for vendor in Vendor::both() {
        let machine = Machine::headless();
        let access = text(&procedures(&vendor), "OAuthAccessToken");
        let connect = first(&vendor, &access, "OAuthSettings.txt");
        vendor.fetched(&machine, &connect);
        vendor.simulator.expire_access_tokens();
        let said = vendor.fetch_on(&machine, &connect).failed(4);
        assert!(said.contains("there is nothing to renew it with"), "{said}");
        assert!(said.contains("hint: give OAuthRefreshToken"), "{said}");
        vendor.granted(&[EXCHANGE]);
    }
}

#[test]
fn c21_later_connections_need_only_the_settings_file() {
    for vendor in Vendor::both() {
        let machine = Machine::headless();
        let tokens = procedures(&vendor);
        let connect = format!(
            "{}OAuthRefreshToken={};",
            first(
                &vendor,
                &text(&tokens, "OAuthAccessToken"),
                "OAuthSettings.txt"
            ),
            text(&tokens, "OAuthRefreshToken")
        );
        vendor.fetched(&machine, &connect);
        let later = "InitiateOAuth=REFRESH;OAuthSettingsLocation=OAuthSettings.txt";
        vendor.fetched(&machine, later);
        vendor.granted(&[EXCHANGE]);
        vendor.simulator.expire_access_tokens();
        vendor.fetched(&machine, later);
        vendor.fetched(&machine, later);
        vendor.granted(&[EXCHANGE, REFRESH]);
    }
}

#[test]
fn z10_oauth_needs_its_scheme_and_a_custom_application_in_every_flow() {
    let vendor = Vendor::zendesk();
    let code = headless::note_code(&vendor);
    let (id, _) = vendor.simulator.client_credentials();
    for flow in [
        desktop::properties(&vendor, &callback()),
        first(&vendor, "a-token", "OAuthSettings.txt"),
        headless::first(&vendor, &code),
    ] {
        assert!(flow.contains("AuthScheme=OAuth;"));
        let basic = flow.replace("AuthScheme=OAuth;", "AuthScheme=Basic;");
        let said = vendor.fetch_on(&Machine::headless(), &basic).failed(2);
        assert!(said.contains("`User` is missing"), "{said}");
        // A token is a token, whoever it was made for; whatever asks for one needs the application.
        if !flow.contains("OAuthAccessToken") {
            let without = flow.replace(&vendor.client, "");
            let said = vendor.fetch_on(&Machine::headless(), &without).failed(4);
            assert!(said.contains("give OAuthClientId"), "{said}");
        }
    }
    assert!(vendor.calls().is_empty());
    let machine = Machine::headless();
    let unknown = properties(&vendor).replace(&id, "nobodys");
    let sql = "SELECT * FROM zendesk.GetOAuthAuthorizationURL()";
    let address = text(&call(&vendor, &machine, &unknown, sql), "URL");
    assert_eq!(super::browser::visit(&address).0, 400);
    desktop::sign_in(
        &vendor,
        &Machine::desktop(),
        &desktop::properties(&vendor, &callback()),
    );
    procedures(&vendor);
    headless::exchange(&vendor, &machine, &code);
    vendor.granted(&[EXCHANGE, EXCHANGE, EXCHANGE]);
}

#[test]
fn z12_getoauthauthorizationurl_gives_the_address_to_open() {
    let vendor = Vendor::zendesk();
    let row = call(
        &vendor,
        &Machine::headless(),
        &properties(&vendor),
        &format!(
            "SELECT * FROM zendesk.GetOAuthAuthorizationURL(AuthMode => 'WEB', CallbackURL => '{CALLBACK}')"
        ),
    );
    let address = text(&row, "URL");
    let page = format!("{}/oauth/authorizations/new?", vendor.simulator.url());
    assert!(address.starts_with(&page), "{address}");
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", vendor.client_id.as_str()),
        ("redirect_uri", CALLBACK),
        ("scope", "read write"),
        ("state", text(&row, "State").as_str()),
        ("code_challenge", ""),
    ] {
        assert_eq!(parameter(&address, name), value, "{name} of {address}");
    }
    assert!(!text(&row, "State").is_empty());
    vendor.hidden(address.as_bytes());
    assert_eq!(vendor.simulator.request_count(), 0);
    assert!(agree(&address).starts_with(CALLBACK));
}

#[test]
fn z13_getoauthaccesstoken_follows_in_the_same_session() {
    for vendor in Vendor::both() {
        let site = Site::new(&vendor);
        let redirect = agree(&site.address(&vendor, ""));
        let tokens = site.call(&exchange(&vendor, &code(&redirect))).unwrap();
        let access = &tokens["OAuthAccessToken"];
        let with = format!(
            "{}InitiateOAuth=OFF;OAuthAccessToken={access};",
            vendor.place
        );
        vendor.fetched(&Machine::headless(), &with);
        vendor.granted(&[EXCHANGE]);
    }
}

#[test]
fn a_code_is_good_once_soon_and_for_its_own_callback() {
    for vendor in Vendor::both() {
        let machine = Machine::headless();
        let connect = format!("{}={}", vendor.name, properties(&vendor));
        let refused = |sql: &str| {
            let said = machine.run(&["--connect", &connect, "-c", sql]).failed(4);
            assert!(said.contains("the code was refused"), "{said}");
            assert!(said.contains("zuzen login"), "{said}");
            said
        };
        let used = noted(&vendor, &machine);
        call(
            &vendor,
            &machine,
            &properties(&vendor),
            &exchange(&vendor, &used),
        );
        let said = refused(&exchange(&vendor, &used));
        assert!(!said.contains(&used), "{said}");
        let late = noted(&vendor, &machine);
        vendor.simulator.advance(Duration::from_secs(121));
        refused(&exchange(&vendor, &late));
        let elsewhere = noted(&vendor, &machine);
        refused(&format!(
            "SELECT * FROM {}.GetOAuthAccessToken(AuthMode => 'WEB', Verifier => '{elsewhere}', \
             CallbackURL => '{CALLBACK}')",
            vendor.name
        ));
        let outcomes: Vec<String> = vendor.calls().into_iter().map(|call| call.1).collect();
        assert_eq!(
            outcomes,
            ["granted", "invalid_grant", "invalid_grant", "invalid_grant"]
        );
    }
}

#[test]
fn a_state_that_was_never_handed_out_is_refused() {
    for vendor in Vendor::both() {
        let site = Site::new(&vendor);
        let redirect = agree(&site.address(&vendor, ""));
        let forged = redirect.replace(&parameter(&redirect, "state"), "somebody-elses");
        assert_ne!(forged, redirect);
        let error = site.call(&exchange(&vendor, &forged)).unwrap_err();
        assert!(error.message().contains("another state"), "{error}");
        assert!(vendor.calls().is_empty());
        // The whole address of the right redirect is as good as the code in it.
        site.call(&exchange(&vendor, &redirect)).unwrap();
        vendor.granted(&[EXCHANGE]);
    }
}

#[test]
fn pkce_protects_a_client_without_a_secret() {
    let vendor = Vendor::zendesk();
    let machine = Machine::headless();
    let public = format!("{}OAuthClientId=zuzen_public;", vendor.place);
    let row = call(
        &vendor,
        &machine,
        &public,
        "SELECT * FROM zendesk.GetOAuthAuthorizationURL(AuthMode => 'WEB')",
    );
    let verifier = text(&row, "CodeVerifier");
    let code = code(&agree(&text(&row, "URL")));
    let sql = format!(
        "SELECT * FROM zendesk.GetOAuthAccessToken(AuthMode => 'WEB', Verifier => '{code}', CodeVerifier => '{verifier}')"
    );
    text(&call(&vendor, &machine, &public, &sql), "OAuthAccessToken");
    vendor.granted(&[EXCHANGE]);
}
