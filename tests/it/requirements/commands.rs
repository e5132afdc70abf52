//! `zuzen login`, `logout`, `test` and `doctor`: what they say, where, and the number they end with.

use super::browser::{ADMINISTRATOR, browse, decide, visit};
use super::desktop;
use super::machine::{Machine, callback};
use super::vendor::{EXCHANGE, REFRESH, Vendor};

/// A machine whose config file names connections.
fn configured(connections: &[(&str, &str)]) -> Machine {
    let machine = Machine::desktop();
    let mut text = String::new();
    for (name, properties) in connections {
        text.push_str(&format!("[connections.{name}]\n"));
        for pair in properties.split(';').filter(|pair| !pair.is_empty()) {
            let (property, value) = pair.split_once('=').unwrap();
            text.push_str(&format!("{property} = \"{value}\"\n"));
        }
    }
    std::fs::write(machine.path("zuzen.toml"), text).unwrap();
    #[cfg(unix)]
    machine.permit("zuzen.toml", 0o600);
    machine
}

/// As a person configures a connection: it renews its token, and signing in is `zuzen login`.
fn renewing(vendor: &Vendor) -> String {
    format!(
        "{}InitiateOAuth=REFRESH;{}CallbackURL={};",
        vendor.place,
        vendor.client,
        callback()
    )
}

fn login(machine: &Machine, words: &[&str]) -> super::machine::Ended {
    let mut running = machine.start(words);
    browse(&running.address());
    running.end()
}

#[test]
fn login_signs_in_and_keeps_the_tokens() {
    for vendor in Vendor::both() {
        let machine = configured(&[("desk", &renewing(&vendor))]);
        let before = machine.run(&["test", "desk"]).failed(4);
        assert!(before.contains("nobody has signed in yet"), "{before}");
        assert!(before.contains("zuzen login desk"), "{before}");
        let ended = login(&machine, &["login", "--no-browser", "desk"]).good();
        assert!(!machine.path("opened").exists());
        let kept = &machine.usual()[0];
        assert!(
            ended.out.starts_with("desk: signed in as "),
            "{}",
            ended.out
        );
        assert!(
            ended
                .out
                .ends_with(&format!("; kept in {}\n", kept.display())),
            "{}",
            ended.out
        );
        if vendor.name == "zendesk" {
            assert!(
                ended.out.contains("<agent@example.com> (admin)"),
                "{}",
                ended.out
            );
        }
        vendor.hidden(format!("{}{}", ended.out, ended.err).as_bytes());
        let tested = machine.run(&["test", "desk"]).good();
        assert!(
            tested.out.starts_with("desk: signed in as "),
            "{}",
            tested.out
        );
        // Signing in anew is done even where a good token is kept.
        login(&machine, &["login", "desk"]).good();
        assert!(machine.path("opened").exists());
        machine.run(&["test", "desk"]).good();
        vendor.granted(&[EXCHANGE, EXCHANGE]);
    }
}

#[test]
fn login_of_a_connection_that_renews_nothing_says_what_it_lacks() {
    let vendor = Vendor::zendesk();
    let off = renewing(&vendor).replace("InitiateOAuth=REFRESH;", "");
    let machine = configured(&[("desk", &off)]);
    let ended = login(&machine, &["login", "desk"]).good();
    assert!(
        ended
            .err
            .contains("note: desk uses these tokens once it has InitiateOAuth=REFRESH")
    );
    machine.run(&["test", "desk"]).failed(4);
    let with = "desk=InitiateOAuth=REFRESH";
    machine.run(&["test", with]).good();
    vendor.granted(&[EXCHANGE]);
}

#[test]
fn login_that_a_person_denies_keeps_what_there_was() {
    let vendor = Vendor::zendesk();
    let machine = configured(&[("desk", &renewing(&vendor))]);
    login(&machine, &["login", "desk"]).good();
    let before = std::fs::read(&machine.usual()[0]).unwrap();
    let mut running = machine.start(&["login", "desk"]);
    visit(&decide(&running.address(), ADMINISTRATOR, "deny"));
    let ended = running.end();
    assert_eq!(ended.out, "");
    let said = ended.failed(4);
    assert!(
        said.contains("connection `desk` cannot sign in: access was not granted"),
        "{said}"
    );
    assert_eq!(std::fs::read(&machine.usual()[0]).unwrap(), before);
    machine.run(&["test", "desk"]).good();
}

#[test]
fn a_refused_renewal_asks_for_a_login_and_a_login_mends_it() {
    for vendor in Vendor::both() {
        let machine = configured(&[("desk", &renewing(&vendor))]);
        login(&machine, &["login", "desk"]).good();
        // A copy that renews leaves the original with a token that was spent.
        let copy = Machine::headless();
        std::fs::copy(&machine.usual()[0], copy.path("copy.txt")).unwrap();
        vendor.simulator.expire_access_tokens();
        vendor.fetched(
            &copy,
            &format!("{}OAuthSettingsLocation=copy.txt;", renewing(&vendor)),
        );
        vendor.simulator.expire_access_tokens();
        for _ in 0..2 {
            let said = machine.run(&["test", "desk"]).failed(4);
            assert!(said.contains("the refresh token was refused"), "{said}");
            assert!(
                said.contains("hint: sign in again: zuzen login desk"),
                "{said}"
            );
        }
        let outcomes: Vec<(String, String)> = vendor.calls();
        let outcomes: Vec<(&str, &str)> = outcomes
            .iter()
            .map(|(grant, outcome)| (grant.as_str(), outcome.as_str()))
            .collect();
        assert_eq!(
            outcomes,
            [
                (EXCHANGE, "granted"),
                (REFRESH, "granted"),
                (REFRESH, "invalid_grant")
            ]
        );
        let report = machine.run(&["doctor", "desk"]);
        assert_eq!(report.code, Some(4), "{}", report.out);
        assert!(report.out.contains("zuzen login desk"), "{}", report.out);
        login(&machine, &["login", "desk"]).good();
        machine.run(&["test", "desk"]).good();
        machine.run(&["doctor", "desk"]).good();
    }
}

#[test]
fn logout_ends_the_token_and_forgets_it() {
    for vendor in Vendor::both() {
        let machine = configured(&[("desk", &renewing(&vendor))]);
        login(&machine, &["login", "desk"]).good();
        let copy = Machine::headless();
        std::fs::copy(&machine.usual()[0], copy.path("copy.txt")).unwrap();
        let ended = machine.run(&["logout", "desk"]).good();
        let (said, code) = match vendor.name {
            "zendesk" => (
                "desk: the token was revoked and the kept values are deleted\n",
                4,
            ),
            // Zuora has no address that ends a token.
            _ => (
                "desk: the kept values are deleted; no token was revoked: one that has not ended yet ends by itself\n",
                0,
            ),
        };
        assert_eq!(ended.out, said);
        assert!(machine.usual().is_empty());
        let copied = format!("{}OAuthSettingsLocation=copy.txt;", renewing(&vendor));
        assert_eq!(vendor.fetch_on(&copy, &copied).code, Some(code));
        machine.run(&["test", "desk"]).failed(4);
        let again = machine.run(&["logout", "desk"]).good();
        assert_eq!(again.out, "desk: nobody was signed in\n");
    }
}

#[test]
fn logout_deletes_a_file_that_nothing_opens_any_more() {
    let vendor = Vendor::zendesk();
    let machine = configured(&[("desk", &renewing(&vendor))]);
    login(&machine, &["login", "desk"]).good();
    let file = &machine.usual()[0];
    let text = std::fs::read_to_string(file).unwrap();
    std::fs::write(file, &text[..text.len() / 2]).unwrap();
    let said = machine.run(&["test", "desk"]).failed(2);
    assert!(said.contains("delete it and sign in again"), "{said}");
    let ended = machine.run(&["logout", "desk"]).good();
    assert!(
        ended.out.starts_with("desk: the kept values are deleted"),
        "{}",
        ended.out
    );
    assert!(machine.usual().is_empty());
}

#[test]
fn test_and_doctor_tell_what_is_wrong_and_end_with_its_number() {
    let vendor = Vendor::zendesk();
    let url = vendor.simulator.url();
    let user = format!("URL={url};User=agent@example.com;");
    for (properties, code, said) in [
        (format!("{user}ApiToken=demo;"), 0, "agent@example.com"),
        (format!("{user}ApiToken=mistyped;"), 4, "credentials"),
        (
            "URL=http://127.0.0.1:1;User=a@b.c;ApiToken=demo;".to_owned(),
            9,
            "refused",
        ),
        (format!("URL={url};ApiToken=demo;"), 2, "`User` is missing"),
        (
            format!("{}OAuthAccessToken=mistyped;", vendor.place),
            4,
            "nothing to renew it with",
        ),
    ] {
        for command in ["test", "doctor"] {
            let ended = Machine::headless().run(&[command, &properties]);
            assert_eq!(ended.code, Some(code), "{command} {properties}: {ended:?}");
            let told = format!("{}{}", ended.out, ended.err);
            assert!(told.contains(said), "{command} {properties}: {told}");
            assert!(!told.contains("mistyped"), "{command}: {told}");
            assert_eq!(ended.err.contains("error: "), code != 0, "{told}");
        }
    }
}

#[test]
fn one_connection_that_fails_keeps_no_other_from_its_turn() {
    let vendor = Vendor::zendesk();
    let user = format!("URL={};User=agent@example.com;", vendor.simulator.url());
    let machine = configured(&[
        ("bad", &format!("{user}ApiToken=mistyped")),
        ("far", "URL=http://127.0.0.1:1;User=a@b.c;ApiToken=x"),
        ("good", &format!("{user}ApiToken=demo")),
    ]);
    let ended = machine.run(&["test"]);
    assert!(
        ended.out.starts_with("good: signed in as "),
        "{}",
        ended.out
    );
    assert_eq!(ended.out.lines().count(), 1, "{}", ended.out);
    assert_eq!(ended.err.matches("error: ").count(), 2, "{}", ended.err);
    ended.failed(4);
}

#[test]
fn doctor_lists_what_can_be_read_only_when_it_is_asked_to() {
    let vendor = Vendor::zendesk();
    let machine = Machine::desktop();
    let agent = vendor.simulator.agent_connection_string();
    machine.run(&["doctor", &agent]).good();
    let before = vendor.simulator.request_count();
    let ended = machine.run(&["doctor", "--tables", &agent]).good();
    vendor.hidden(format!("{}{}", ended.out, ended.err).as_bytes());
    let announced = ended.err.lines().find(|line| line.starts_with("note: "));
    let announced = announced.and_then(|line| line.split_whitespace().nth(2));
    let announced: u64 = announced.unwrap().parse().unwrap();
    let sent = vendor.simulator.request_count() - before;
    assert!(announced > 15 && sent >= announced, "{announced} of {sent}");
    for (readable, table) in [
        ("yes", "tickets"),
        ("no", "deleted_tickets"),
        ("unknown", "ticket_audits"),
    ] {
        let found = ended.out.lines().any(|line| {
            let mut words = line.split_whitespace();
            words.next() == Some(readable) && words.next() == Some(table)
        });
        assert!(found, "{readable} {table}: {}", ended.out);
    }
}

#[test]
fn doctor_looks_at_everything_between_here_and_a_request() {
    for vendor in Vendor::both() {
        let machine = configured(&[("desk", &renewing(&vendor))]);
        login(&machine, &["login", "desk"]).good();
        let ended = machine.run(&["doctor", "desk"]).good();
        vendor.hidden(format!("{}{}", ended.out, ended.err).as_bytes());
        let connector = if vendor.name == "zendesk" {
            "Zendesk"
        } else {
            "Zuora"
        };
        let mut lines = ended.out.lines();
        assert_eq!(lines.next(), Some(format!("desk ({connector})").as_str()));
        for (about, part) in [
            ("address", "127.0.0.1"),
            ("connection", "unencrypted, on this machine"),
            ("clock", ""),
            ("sign-in", "a person agrees in a browser"),
            ("settings", "opens with user key, OAuthClientSecret"),
            ("identity", ""),
            ("token", "and is renewed"),
        ] {
            let line = ended.out.lines().find(|line| {
                let mut words = line.split_whitespace();
                words.next() == Some("ok") && words.next() == Some(about)
            });
            let line = line.unwrap_or_else(|| panic!("{about} is missing: {}", ended.out));
            assert!(line.contains(part), "{about}: {line}");
        }
        vendor.simulator.expire_access_tokens();
        machine.run(&["doctor", "desk"]).good();
        vendor.granted(&[EXCHANGE, REFRESH]);
        desktop::sign_in(
            &vendor,
            &Machine::desktop(),
            &desktop::properties(&vendor, &callback()),
        );
    }
}
