//! Rows about the flow of a person at this machine: the browser opens here, and the redirect comes back here.

use std::net::TcpListener;

use zuzen_simulator::Simulator;

use super::browser::{ADMINISTRATOR, agree, browse, decide, parameter, visit};
use super::headless::{exchange, note_code};
use super::machine::{Ended, Machine, Running, callback};
use super::vendor::{EXCHANGE, REFRESH, Vendor};
use super::web::procedures;

/// The properties of the desktop flow: those of the registered application, and that everything goes by itself.
pub(super) fn properties(vendor: &Vendor, callback: &str) -> String {
    format!(
        "{}InitiateOAuth=GETANDREFRESH;{}CallbackURL={callback};",
        vendor.place, vendor.client
    )
}

/// Begins to get data, which asks a person first.
pub(super) fn begin(vendor: &Vendor, machine: &Machine, properties: &str) -> Running {
    let words = vendor.fetch(properties);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    machine.start(&words)
}

/// The whole flow, up to data.
pub(super) fn sign_in(vendor: &Vendor, machine: &Machine, properties: &str) -> Ended {
    let mut running = begin(vendor, machine, properties);
    browse(&running.address());
    running.end().good()
}

#[test]
fn c07_each_of_the_three_flows_ends_with_data() {
    for vendor in Vendor::both() {
        sign_in(
            &vendor,
            &Machine::desktop(),
            &properties(&vendor, &callback()),
        );
        procedures(&vendor);
        let machine = Machine::headless();
        exchange(&vendor, &machine, &note_code(&vendor));
        vendor.granted(&[EXCHANGE, EXCHANGE, EXCHANGE]);
    }
}

#[test]
fn c08_the_desktop_flow_stays_on_the_persons_own_machine() {
    for vendor in Vendor::both() {
        let machine = Machine::desktop();
        let mut running = begin(&vendor, &machine, &properties(&vendor, &callback()));
        let redirect = agree(&running.address());
        assert!(redirect.starts_with("http://localhost:"), "{redirect}");
        let (status, page) = visit(&redirect);
        assert_eq!(status, 200);
        assert!(page.contains("Signed in"), "{page}");
        running.end().good();
    }
}

#[test]
fn c11_the_inputs_are_id_secret_and_callback() {
    for vendor in Vendor::both() {
        let (machine, callback) = (Machine::desktop(), callback());
        let mut running = begin(&vendor, &machine, &properties(&vendor, &callback));
        let address = running.address();
        assert_eq!(parameter(&address, "client_id"), vendor.client_id);
        assert_eq!(parameter(&address, "redirect_uri"), callback);
        let (_, secret) = vendor.simulator.client_credentials();
        assert!(!address.contains(&secret), "{address}");
        browse(&address);
        running.end().good();
        let wrong = properties(&vendor, &callback).replace(&secret, "another-secret");
        let machine = Machine::desktop();
        let mut running = begin(&vendor, &machine, &wrong);
        browse(&running.address());
        let said = running.end().failed(4);
        assert!(
            said.contains("check OAuthClientId and OAuthClientSecret"),
            "{said}"
        );
        let without = format!("{}InitiateOAuth=GETANDREFRESH;", vendor.place);
        let said = vendor.fetch_on(&Machine::desktop(), &without).failed(4);
        assert!(said.contains("give OAuthClientId"), "{said}");
    }
}

#[test]
fn c12_the_default_browser_is_opened_on_connect() {
    for vendor in Vendor::both() {
        let machine = Machine::desktop();
        let running = begin(&vendor, &machine, &properties(&vendor, &callback()));
        let address = machine.opened();
        assert!(
            address.starts_with(&format!("{}/oauth/auth", vendor.simulator.url())),
            "{address}"
        );
        browse(&address);
        let ended = running.end().good();
        assert!(ended.err.contains(&address), "{}", ended.err);
    }
}

#[test]
fn c13_the_exchange_is_finished_without_the_person_and_its_token_is_used() {
    for vendor in Vendor::both() {
        let machine = Machine::desktop();
        let properties = properties(&vendor, &callback());
        let mut running = begin(&vendor, &machine, &properties);
        let redirect = agree(&running.address());
        assert!(vendor.calls().is_empty());
        visit(&redirect);
        running.end().good();
        vendor.granted(&[EXCHANGE]);
        // No window is left over that somebody else could be sent to.
        assert!(TcpListener::bind(("127.0.0.1", port(&redirect))).is_ok());
    }
}

fn port(address: &str) -> u16 {
    let url = reqwest::Url::parse(address).unwrap();
    url.port().unwrap()
}

#[test]
fn c14_values_are_saved_at_the_location_and_survive() {
    for vendor in Vendor::both() {
        let machine = Machine::desktop();
        let properties = format!(
            "{}OAuthSettingsLocation={};",
            properties(&vendor, &callback()),
            machine.path("kept/values.txt").display()
        );
        sign_in(&vendor, &machine, &properties);
        assert!(machine.path("kept/values.txt").is_file());
        let later = vendor.fetched(&machine, &properties);
        assert!(!later.err.contains("open this address"), "{}", later.err);
        vendor.granted(&[EXCHANGE]);
        vendor.hidden(&std::fs::read(machine.path("kept/values.txt")).unwrap());
    }
}

#[test]
fn c15_an_expired_access_token_is_renewed() {
    for vendor in Vendor::both() {
        let machine = Machine::desktop();
        let properties = properties(&vendor, &callback());
        sign_in(&vendor, &machine, &properties);
        for renewals in 1..=2 {
            vendor.simulator.expire_access_tokens();
            let later = vendor.fetched(&machine, &properties);
            assert!(!later.err.contains("open this address"), "{}", later.err);
            let mut grants = vec![EXCHANGE];
            grants.resize(1 + renewals, REFRESH);
            vendor.granted(&grants);
        }
    }
}

#[test]
fn c15_without_a_refresh_token_the_end_is_told() {
    let vendor = Vendor::zendesk();
    let (access, _) = vendor
        .simulator
        .grant_tokens(&vendor.client_id, "read write");
    let properties = format!(
        "{}InitiateOAuth=REFRESH;{}OAuthAccessToken={access};",
        vendor.place, vendor.client
    );
    let machine = Machine::headless();
    vendor.fetched(&machine, &properties);
    vendor.simulator.expire_access_tokens();
    let said = vendor.fetch_on(&machine, &properties).failed(4);
    assert!(said.contains("give OAuthRefreshToken"), "{said}");
    assert!(vendor.calls().is_empty());
}

#[test]
fn z11_getandrefresh_obtains_and_refreshes() {
    let vendor = Vendor::zendesk();
    let machine = Machine::desktop();
    let automatic = properties(&vendor, &callback());
    sign_in(&vendor, &machine, &automatic);
    vendor.simulator.expire_access_tokens();
    vendor.fetched(&machine, &automatic);
    vendor.granted(&[EXCHANGE, REFRESH]);
    // The other two do not ask a person.
    for (initiate, reason) in [
        ("REFRESH", "nobody has signed in yet"),
        ("OFF", "there is no access token"),
    ] {
        let machine = Machine::desktop();
        let other = automatic.replace("GETANDREFRESH", initiate);
        let said = vendor.fetch_on(&machine, &other).failed(4);
        assert!(said.contains(reason), "{initiate}: {said}");
        assert!(!machine.path("opened").exists(), "{initiate}");
        assert!(machine.usual().is_empty(), "{initiate}");
    }
    vendor.granted(&[EXCHANGE, REFRESH]);
}

#[test]
fn where_no_browser_can_be_opened_the_address_is_shown_and_the_flow_goes_on() {
    let vendor = Vendor::zendesk();
    let machine = Machine::headless();
    sign_in(&vendor, &machine, &properties(&vendor, &callback()));
    vendor.granted(&[EXCHANGE]);
}

#[test]
fn a_port_in_use_is_told_before_a_person_is_asked() {
    let vendor = Vendor::zendesk();
    let callback = callback();
    let _taken = TcpListener::bind(("127.0.0.1", port(&callback))).unwrap();
    let machine = Machine::desktop();
    let said = vendor
        .fetch_on(&machine, &properties(&vendor, &callback))
        .failed(4);
    assert!(
        said.contains(&format!("port {}", port(&callback))),
        "{said}"
    );
    assert!(said.contains("in use by another program"), "{said}");
    assert!(said.contains("CallbackURL"), "{said}");
    assert!(!machine.path("opened").exists());
}

#[test]
fn a_person_who_says_no_ends_the_flow() {
    for vendor in Vendor::both() {
        let machine = Machine::desktop();
        let mut running = begin(&vendor, &machine, &properties(&vendor, &callback()));
        let redirect = decide(&running.address(), ADMINISTRATOR, "deny");
        let (status, page) = visit(&redirect);
        assert_eq!(status, 200);
        assert!(page.contains("Not signed in"), "{page}");
        let said = running.end().failed(4);
        assert!(said.contains("access was not granted"), "{said}");
        assert!(said.contains(&format!("hint: sign in again: zuzen login {}", vendor.name)));
        assert!(vendor.calls().is_empty());
    }
}

#[test]
fn a_redirect_with_another_state_is_refused() {
    for vendor in Vendor::both() {
        let machine = Machine::desktop();
        let mut running = begin(&vendor, &machine, &properties(&vendor, &callback()));
        let redirect = agree(&running.address());
        let forged = redirect.replace(&parameter(&redirect, "state"), "somebody-elses");
        assert_ne!(forged, redirect);
        let (status, page) = visit(&forged);
        assert_eq!(status, 400, "{page}");
        let said = running.end().failed(4);
        assert!(said.contains("another state"), "{said}");
        assert!(vendor.calls().is_empty());
    }
}

#[test]
fn other_pages_of_the_callback_do_not_end_the_flow() {
    let vendor = Vendor::zendesk();
    let machine = Machine::desktop();
    let mut running = begin(&vendor, &machine, &properties(&vendor, &callback()));
    let address = running.address();
    let icon = parameter(&address, "redirect_uri").replace("/callback", "/favicon.ico");
    assert_eq!(visit(&icon).0, 404);
    browse(&address);
    running.end().good();
}

#[test]
fn a_callback_elsewhere_cannot_be_listened_to() {
    let vendor = Vendor::zendesk();
    let machine = Machine::desktop();
    let elsewhere = properties(&vendor, "https://app.example.com/callback");
    let said = vendor.fetch_on(&machine, &elsewhere).failed(4);
    assert!(
        said.contains("CallbackURL https://app.example.com/callback"),
        "{said}"
    );
    assert!(said.contains("GetOAuthAccessToken"), "{said}");
    assert!(!machine.path("opened").exists());
}

#[test]
fn a_client_without_a_secret_is_protected_by_pkce() {
    let vendor = Vendor::zendesk();
    let machine = Machine::desktop();
    let properties = format!(
        "{}InitiateOAuth=GETANDREFRESH;OAuthClientId=zuzen_public;CallbackURL={};",
        vendor.place,
        callback()
    );
    let mut running = begin(&vendor, &machine, &properties);
    let address = running.address();
    assert_eq!(parameter(&address, "code_challenge_method"), "S256");
    browse(&address);
    running.end().good();
    vendor.simulator.expire_access_tokens();
    vendor.fetched(&machine, &properties);
    vendor.granted(&[EXCHANGE, REFRESH]);
}

#[test]
fn the_strings_that_a_simulator_prints_sign_in() {
    let vendor = Vendor::zendesk();
    let own = callback();
    for text in [
        Simulator::oauth_connection_string,
        Simulator::public_connection_string,
    ] {
        let text = text(&vendor.simulator).replace("http://localhost:33333", &own);
        assert!(text.contains(&own), "{text}");
        sign_in(&vendor, &Machine::desktop(), &text);
    }
}
