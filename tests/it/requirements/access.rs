//! Rows about what Zendesk takes besides OAuth, and how it is told that much of it ends.

use super::browser::browse;
use super::desktop;
use super::machine::{Machine, callback};
use super::vendor::{EXCHANGE, Vendor};

fn basic(vendor: &Vendor, more: &str) -> String {
    format!(
        "URL={};User=agent@example.com;{more}",
        vendor.simulator.url()
    )
}

#[test]
fn z04_basic_and_oauth_reach_the_same_data() {
    let vendor = Vendor::zendesk();
    let machine = Machine::desktop();
    vendor.fetched(&machine, &basic(&vendor, "AuthScheme=Basic;ApiToken=demo"));
    assert!(vendor.calls().is_empty());
    let properties = desktop::properties(&vendor, &callback());
    let mut running = desktop::begin(&vendor, &machine, &properties);
    browse(&running.address());
    running.end().good();
    vendor.fetched(&machine, &properties);
    vendor.granted(&[EXCHANGE]);
}

#[test]
fn z07_a_password_works_where_the_account_takes_it_and_is_warned_of() {
    let vendor = Vendor::zendesk();
    let machine = Machine::headless();
    let good = vendor.simulator.password_connection_string();
    let ended = vendor.fetched(&machine, &good);
    assert!(
        ended
            .err
            .contains("warning: zendesk: Zendesk has retired passwords for its API"),
        "{}",
        ended.err
    );
    vendor.hidden(ended.err.as_bytes());
    let report = machine.run(&["doctor", &good]).good();
    assert!(report.out.contains("retired passwords"), "{}", report.out);
    vendor.hidden(report.out.as_bytes());
    let refused = basic(&vendor, "Password=not-enabled-here");
    let said = vendor.fetch_on(&machine, &refused).failed(4);
    assert!(said.contains("retired passwords"), "{said}");
    assert!(said.contains("hint: "), "{said}");
    assert!(!said.contains("not-enabled-here"), "{said}");
}

#[test]
fn z09_it_is_told_where_api_tokens_are_made_and_how_they_end() {
    let vendor = Vendor::zendesk();
    let machine = Machine::headless();
    let listed = machine.run(&["connections", "--properties"]).good().out;
    let about = listed
        .lines()
        .skip_while(|line| !line.trim_start().starts_with("ApiToken"));
    let about: Vec<&str> = about.take(3).collect();
    let about = about.join(" ");
    for part in ["Admin Center", "deleted there is refused", "2027-04-30"] {
        assert!(about.contains(part), "{part}: {about}");
    }
    let good = vendor.simulator.long_token_connection_string();
    let report = machine.run(&["doctor", &good]).good();
    assert!(
        report.out.contains("ends all API tokens on 2027-04-30"),
        "{}",
        report.out
    );
    vendor.hidden(report.out.as_bytes());
    // One that was deleted is told from one that is on.
    let deleted = basic(&vendor, "AuthScheme=Basic;ApiToken=deleted-yesterday");
    let said = vendor.fetch_on(&machine, &deleted).failed(4);
    assert!(said.contains("the credentials were not accepted"), "{said}");
    assert!(
        said.contains("token access must be on in Admin Center"),
        "{said}"
    );
}
