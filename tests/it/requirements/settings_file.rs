//! What can be wrong with a settings file, through the command: every error is another one, names the way out, and leaves
//! the file as it was.

use std::collections::HashSet;
use std::path::Path;

use super::browser::browse;
use super::desktop;
use super::headless::{exchange, note_code};
use super::machine::{Machine, callback};
use super::vendor::{EXCHANGE, Vendor};

/// Where `headless::exchange` keeps values, in the home folder.
const FILE: &str = "OAuthSettings.txt";

/// A machine that holds what another machine has kept.
fn copied(from: &Machine) -> Machine {
    let machine = Machine::headless();
    std::fs::copy(from.path(FILE), machine.path(FILE)).unwrap();
    machine
}

fn edit(path: &Path, change: impl Fn(String) -> String) {
    let text = std::fs::read_to_string(path).unwrap();
    let changed = change(text.clone());
    assert_ne!(changed, text);
    std::fs::write(path, changed).unwrap();
}

/// Another character in the middle of what the last member holds.
fn with_other_seal(text: String) -> String {
    let at = text.len() - 40;
    let other = if text.as_bytes()[at] == b'A' {
        "B"
    } else {
        "A"
    };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

/// What is done to the file, what the connection is told besides its location, and what it says then.
struct Wrong {
    change: fn(&Path),
    properties: String,
    location: &'static str,
    said: &'static str,
    hint: &'static str,
}

impl Wrong {
    fn file(change: fn(&Path), properties: &str, said: &'static str, hint: &'static str) -> Self {
        Self {
            change,
            properties: properties.to_owned(),
            location: FILE,
            said,
            hint,
        }
    }

    fn place(
        location: &'static str,
        properties: &str,
        said: &'static str,
        hint: &'static str,
    ) -> Self {
        Self {
            change: |_| {},
            properties: properties.to_owned(),
            location,
            said,
            hint,
        }
    }
}

fn wrongs(vendor: &Vendor, other: &Vendor) -> Vec<Wrong> {
    let good = vendor.client.as_str();
    let (id, secret) = vendor.simulator.client_credentials();
    let named = format!("{}{good}", vendor.place);
    let another_client = format!(
        "{}OAuthClientId={id}2;OAuthClientSecret={secret};",
        vendor.place
    );
    let another_account = format!("{}{good}", other.place);
    let another_secret = format!("OAuthClientId={id};OAuthClientSecret=mistyped;");
    let elsewhere = "point OAuthSettingsLocation at another path";
    let again = "copy the file again";
    vec![
        Wrong::place(
            "OAuthSettings.txt/inside",
            &named,
            "cannot be read",
            "chmod 600",
        ),
        Wrong::place(".", &named, "it is a folder", elsewhere),
        Wrong::place(
            "https://example.com/values",
            &named,
            "is no place for OAuth values",
            "memory://",
        ),
        Wrong::file(
            |file| std::fs::write(file, "my diary").unwrap(),
            good,
            "it does not begin like one",
            elsewhere,
        ),
        Wrong::file(
            |file| std::fs::write(file, "").unwrap(),
            good,
            "it is empty",
            elsewhere,
        ),
        Wrong::file(
            |file| {
                edit(file, |text| {
                    text.replace("\"version\": 1", "\"version\": 99")
                })
            },
            good,
            "has version 99",
            "update zuzen",
        ),
        Wrong::file(
            |file| edit(file, |text| text[..text.len() / 2].to_owned()),
            good,
            "it is cut short or was edited",
            again,
        ),
        Wrong::file(
            |file| edit(file, with_other_seal),
            good,
            "header and contents do not belong together",
            again,
        ),
        Wrong::file(
            |_| {},
            "",
            "nothing at hand opens",
            "give the OAuthClientSecret",
        ),
        Wrong::file(
            |_| {},
            &another_secret,
            "does not open with the OAuthClientSecret that was given",
            "give the OAuthClientSecret",
        ),
        Wrong::file(
            |_| {},
            &format!("{good}OAuthSettingsKeyFile=no.key;"),
            "no.key does not exist",
            "check the key file's path",
        ),
        Wrong::file(
            |_| {},
            &another_account,
            "belong to zendesk at",
            "an OAuthSettingsLocation of its own",
        ),
        Wrong::file(
            |_| {},
            &another_client,
            "client `zuzen_demo2`",
            "an OAuthSettingsLocation of its own",
        ),
    ]
}

#[test]
fn every_fault_of_a_settings_file_is_told_apart_and_leaves_it_alone() {
    let (vendor, other) = (Vendor::zendesk(), Vendor::zendesk());
    let source = Machine::headless();
    exchange(&vendor, &source, &note_code(&vendor));
    let mut texts = HashSet::new();
    for wrong in wrongs(&vendor, &other) {
        let machine = copied(&source);
        (wrong.change)(&machine.path(FILE));
        let before = std::fs::read(machine.path(FILE)).unwrap();
        let connect = format!(
            "InitiateOAuth=REFRESH;OAuthSettingsLocation={};{}",
            wrong.location, wrong.properties
        );
        let said = vendor.fetch_on(&machine, &connect).failed(2);
        assert!(said.contains(wrong.said), "{}: {said}", wrong.said);
        let (reason, hint) = said.split_once("hint: ").unwrap();
        assert!(hint.contains(wrong.hint), "{}: {said}", wrong.said);
        let bare = reason.replace(&machine.home().display().to_string(), "");
        assert!(texts.insert(bare), "{said}");
        // The report comes to the same end, and neither writes.
        let report = machine.run(&["doctor", &connect]);
        assert_ne!(report.code, Some(0), "{}: {}", wrong.said, report.out);
        let told = format!("{}{}", report.out, report.err);
        assert!(told.contains(wrong.said), "{}: {told}", wrong.said);
        vendor.hidden(format!("{said}{told}").as_bytes());
        let after = std::fs::read(machine.path(FILE)).unwrap();
        assert_eq!(after, before, "{}", wrong.said);
    }
    vendor.granted(&[EXCHANGE]);
    assert!(other.calls().is_empty());
}

#[test]
fn the_file_of_another_connector_is_refused() {
    let [zendesk, zuora] = Vendor::both();
    let source = Machine::headless();
    exchange(&zuora, &source, &note_code(&zuora));
    let before = std::fs::read(source.path(FILE)).unwrap();
    let (_, secret) = zuora.simulator.client_credentials();
    // The secret opens the file; what is in it shows whose it is.
    let connect = format!(
        "{}InitiateOAuth=REFRESH;OAuthSettingsLocation={FILE};OAuthClientId=zuzen_demo;OAuthClientSecret={secret};",
        zendesk.place
    );
    let said = zendesk.fetch_on(&source, &connect).failed(2);
    assert!(said.contains("belong to zuora at"), "{said}");
    assert!(said.contains("not to zendesk at"), "{said}");
    assert_eq!(std::fs::read(source.path(FILE)).unwrap(), before);
}

#[test]
fn nobody_is_asked_to_sign_in_where_the_tokens_could_not_be_kept() {
    let vendor = Vendor::zendesk();
    let machine = Machine::desktop();
    std::fs::write(machine.path(FILE), "my diary").unwrap();
    let connect = format!(
        "{}OAuthSettingsLocation={FILE};",
        desktop::properties(&vendor, &callback())
    );
    for words in [vec!["login"], vec!["test"], vec!["logout"]] {
        let said = machine.run(&[&words[..], &[connect.as_str()]].concat());
        let said = said.failed(2);
        assert!(said.contains("is not an OAuth settings file"), "{said}");
    }
    assert!(!machine.path("opened").exists());
    let diary = std::fs::read_to_string(machine.path(FILE)).unwrap();
    assert_eq!(diary, "my diary");
    assert_eq!(vendor.simulator.request_count(), 0);
}

#[test]
fn a_passphrase_or_a_key_file_opens_a_copy_without_the_secret() {
    let vendor = Vendor::zendesk();
    let key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n";
    for opener in [
        "OAuthSettingsPassphrase='horse; battery'",
        "OAuthSettingsKeyFile=own.key",
    ] {
        let (desktop, headless) = (Machine::desktop(), Machine::headless());
        for machine in [&desktop, &headless] {
            std::fs::write(machine.path("own.key"), key).unwrap();
            #[cfg(unix)]
            machine.permit("own.key", 0o600);
        }
        let connect = format!(
            "{}OAuthSettingsLocation={FILE};{opener}",
            desktop::properties(&vendor, &callback())
        );
        let mut running = desktop::begin(&vendor, &desktop, &connect);
        browse(&running.address());
        running.end().good();
        std::fs::copy(desktop.path(FILE), headless.path(FILE)).unwrap();
        let later = format!("InitiateOAuth=REFRESH;OAuthSettingsLocation={FILE};");
        vendor.fetch_on(&headless, &later).failed(2);
        vendor.fetched(&headless, &format!("{later}{opener}"));
    }
}
