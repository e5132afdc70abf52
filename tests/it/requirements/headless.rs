//! Rows about a machine without a browser: a person agrees elsewhere, and a code or a file is brought here.

use super::browser::{agree, code, parameter};
use super::desktop;
use super::machine::{Machine, callback};
use super::vendor::{EXCHANGE, REFRESH, Vendor};
use super::web::call;

/// The settings file of option 1, in the home folder.
const FILE: &str = "OAuthSettings.txt";

/// `InitiateOAuth=OFF`, id and secret: what the machine with the browser gives in option 1.
fn noting(vendor: &Vendor) -> String {
    format!("{}InitiateOAuth=OFF;{}", vendor.place, vendor.client)
}

fn address(vendor: &Vendor, machine: &Machine) -> String {
    let sql = format!("SELECT * FROM {}.GetOAuthAuthorizationURL()", vendor.name);
    let row = call(vendor, machine, &noting(vendor), &sql);
    row["URL"].as_str().unwrap().to_owned()
}

/// Option 1 on the machine with the browser: the code that a person notes.
pub(super) fn note_code(vendor: &Vendor) -> String {
    code(&agree(&address(vendor, &Machine::desktop())))
}

/// Option 1 on the machine without one: what the exchange is told.
pub(super) fn first(vendor: &Vendor, code: &str) -> String {
    format!(
        "{}InitiateOAuth=REFRESH;OAuthVerifier={code};OAuthSettingsLocation={FILE};{}",
        vendor.place, vendor.client
    )
}

/// Option 1 on the machine without one, up to data.
pub(super) fn exchange(vendor: &Vendor, machine: &Machine, code: &str) {
    vendor.fetched(machine, &first(vendor, code));
}

/// What both options end with: nothing but `InitiateOAuth`, the location, id and secret.
fn last(vendor: &Vendor) -> String {
    format!(
        "InitiateOAuth=REFRESH;OAuthSettingsLocation={FILE};{}",
        vendor.client
    )
}

/// Option 2 up to the copied file; the machine without a browser.
fn copied(vendor: &Vendor) -> Machine {
    let (desktop, headless) = (Machine::desktop(), Machine::headless());
    desktop::sign_in(vendor, &desktop, &desktop::properties(vendor, &callback()));
    let files = desktop.usual();
    assert_eq!(files.len(), 1, "{files:?}");
    std::fs::copy(&files[0], headless.path(FILE)).unwrap();
    headless
}

/// What is in the settings file.
fn file(machine: &Machine) -> Vec<u8> {
    std::fs::read(machine.path(FILE)).unwrap()
}

#[test]
fn c10_a_headless_machine_serves_many_without_asking_anybody() {
    for vendor in Vendor::both() {
        let machine = Machine::headless();
        exchange(&vendor, &machine, &note_code(&vendor));
        vendor.simulator.expire_access_tokens();
        let last = last(&vendor);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let ended = vendor.fetched(&machine, &last);
                    assert!(!ended.err.contains("open this address"), "{}", ended.err);
                });
            }
        });
        vendor.granted(&[EXCHANGE, REFRESH]);
    }
}

#[test]
fn c22_after_either_option_the_machine_refreshes_by_itself() {
    for vendor in Vendor::both() {
        let by_code = Machine::headless();
        exchange(&vendor, &by_code, &note_code(&vendor));
        let by_file = copied(&vendor);
        vendor.simulator.expire_access_tokens();
        for machine in [&by_code, &by_file] {
            vendor.fetched(machine, &last(&vendor));
            vendor.fetched(machine, &last(&vendor));
        }
        vendor.granted(&[EXCHANGE, EXCHANGE, REFRESH, REFRESH]);
    }
}

#[test]
fn c23_the_machine_with_the_browser_needs_only_off_id_and_secret() {
    for vendor in Vendor::both() {
        let machine = Machine::desktop();
        let address = address(&vendor, &machine);
        assert_eq!(parameter(&address, "client_id"), vendor.client_id);
        assert_eq!(vendor.simulator.request_count(), 0);
        // OFF does nothing by itself.
        assert!(!machine.path("opened").exists());
        assert!(machine.usual().is_empty());
        let said = vendor.fetch_on(&machine, &noting(&vendor)).failed(4);
        assert!(said.contains("there is no access token"), "{said}");
        assert!(vendor.calls().is_empty());
    }
}

#[test]
fn c24_the_redirect_has_the_code_appended() {
    for vendor in Vendor::both() {
        let redirect = agree(&address(&vendor, &Machine::desktop()));
        assert!(
            redirect.starts_with("http://localhost:33333/?code=")
                || redirect.starts_with("http://localhost:33333?code="),
            "{redirect}"
        );
        exchange(&vendor, &Machine::headless(), &code(&redirect));
        vendor.granted(&[EXCHANGE]);
    }
}

#[test]
fn c25_the_verifier_is_traded_for_tokens_that_are_kept_encrypted() {
    for vendor in Vendor::both() {
        let machine = Machine::headless();
        let noted = note_code(&vendor);
        exchange(&vendor, &machine, &noted);
        vendor.granted(&[EXCHANGE]);
        let kept = file(&machine);
        vendor.hidden(&kept);
        assert!(!String::from_utf8_lossy(&kept).contains(&noted));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(machine.path(FILE)).unwrap().permissions();
            assert_eq!(mode.mode() & 0o777, 0o600);
        }
        // Nobody takes the code for a new one when the same string is used again.
        vendor.fetched(&machine, &first(&vendor, &noted));
        vendor.granted(&[EXCHANGE]);
    }
}

#[test]
fn c26_testing_the_connection_makes_the_settings_file() {
    for vendor in Vendor::both() {
        let machine = Machine::headless();
        let connect = first(&vendor, &note_code(&vendor));
        let ended = machine.run(&["test", &connect]).good();
        assert!(ended.out.contains("signed in as"), "{}", ended.out);
        assert!(machine.path(FILE).is_file());
        vendor.fetched(&machine, &last(&vendor));
        vendor.granted(&[EXCHANGE]);
    }
}

#[test]
fn c27_the_final_properties_have_no_verifier() {
    for vendor in Vendor::both() {
        let machine = Machine::headless();
        exchange(&vendor, &machine, &note_code(&vendor));
        let last = last(&vendor);
        assert!(!last.contains("OAuthVerifier") && !last.contains("URL"));
        vendor.fetched(&machine, &last);
        vendor.simulator.expire_access_tokens();
        vendor.fetched(&machine, &last);
        vendor.granted(&[EXCHANGE, REFRESH]);
    }
}

#[cfg(unix)]
#[test]
fn c28_the_settings_file_must_be_readable_and_writable() {
    for vendor in Vendor::both() {
        let machine = Machine::of_ordinary_user();
        exchange(&vendor, &machine, &note_code(&vendor));
        let kept = file(&machine);
        vendor.simulator.expire_access_tokens();
        for (path, mode, usual, reason) in [
            (FILE, 0o200, 0o600, "cannot be read"),
            (FILE, 0o400, 0o600, "cannot be written"),
            ("", 0o500, 0o700, "cannot be written"),
        ] {
            machine.permit(path, mode);
            let said = vendor.fetch_on(&machine, &last(&vendor)).failed(2);
            assert!(said.contains(reason), "{mode:o}: {said}");
            assert!(said.contains("hint: "), "{mode:o}: {said}");
            let report = machine.run(&["doctor", &last(&vendor)]);
            assert_ne!(report.code, Some(0), "{mode:o}: {}", report.out);
            let told = format!("{}{}", report.out, report.err);
            assert!(told.contains(reason), "{mode:o}: {told}");
            machine.permit(path, usual);
            assert_eq!(file(&machine), kept, "{mode:o}");
            // A refresh token is not spent where its successor could not be kept.
            vendor.granted(&[EXCHANGE]);
        }
        vendor.fetched(&machine, &last(&vendor));
        vendor.granted(&[EXCHANGE, REFRESH]);
    }
}

#[test]
fn c29_the_whole_desktop_flow_is_done_on_the_machine_with_the_browser() {
    for vendor in Vendor::both() {
        let desktop = Machine::desktop();
        let ended = desktop::sign_in(
            &vendor,
            &desktop,
            &desktop::properties(&vendor, &callback()),
        );
        assert!(ended.err.contains(&desktop.opened()), "{}", ended.err);
        vendor.granted(&[EXCHANGE]);
    }
}

#[test]
fn c30_the_values_are_encrypted_in_oauthsettings_txt() {
    for vendor in Vendor::both() {
        let machine = Machine::desktop();
        let usual = desktop::properties(&vendor, &callback());
        desktop::sign_in(&vendor, &machine, &usual);
        let files = machine.usual();
        assert_eq!(files.len(), 1, "{files:?}");
        assert!(files[0].ends_with("OAuthSettings.txt"));
        vendor.hidden(&std::fs::read(&files[0]).unwrap());
        let named = Machine::desktop();
        let location = named.path("here/tokens");
        let usual = format!("{usual}OAuthSettingsLocation={};", location.display());
        desktop::sign_in(&vendor, &named, &usual);
        assert!(named.usual().is_empty());
        vendor.hidden(&std::fs::read(&location).unwrap());
    }
}

#[test]
fn c31_the_file_of_a_tested_connection_can_be_copied() {
    for vendor in Vendor::both() {
        let (desktop, headless) = (Machine::desktop(), Machine::headless());
        let usual = format!(
            "{}OAuthSettingsLocation={FILE};",
            desktop::properties(&vendor, &callback())
        );
        let mut running = desktop.start(&["test", &usual]);
        super::browser::browse(&running.address());
        running.end().good();
        std::fs::copy(desktop.path(FILE), headless.path(FILE)).unwrap();
        vendor.fetched(&headless, &last(&vendor));
        vendor.granted(&[EXCHANGE]);
        // Without the secret that both machines know, a copy opens for nobody.
        let thief = Machine::headless();
        std::fs::copy(desktop.path(FILE), thief.path(FILE)).unwrap();
        let said = vendor
            .fetch_on(&thief, &last(&vendor).replace(&vendor.client, ""))
            .failed(2);
        assert!(said.contains("give the OAuthClientSecret"), "{said}");
    }
}

#[test]
fn c32_the_copy_is_renewed_on_the_headless_machine() {
    for vendor in Vendor::both() {
        let headless = copied(&vendor);
        let before = file(&headless);
        vendor.fetched(&headless, &last(&vendor));
        vendor.simulator.expire_access_tokens();
        vendor.fetched(&headless, &last(&vendor));
        vendor.granted(&[EXCHANGE, REFRESH]);
        assert_ne!(file(&headless), before);
        vendor.hidden(&file(&headless));
        vendor.fetched(&headless, &last(&vendor));
        vendor.granted(&[EXCHANGE, REFRESH]);
    }
}

#[test]
fn z14_the_address_is_made_of_the_registered_callback() {
    let vendor = Vendor::zendesk();
    let machine = Machine::desktop();
    let registered = "https://app.example.com/callback";
    let with = format!("{}CallbackURL={registered};", noting(&vendor));
    let sql = "SELECT URL FROM zendesk.GetOAuthAuthorizationURL()";
    let row = call(&vendor, &machine, &with, sql);
    let address = row["URL"].as_str().unwrap();
    assert_eq!(parameter(address, "redirect_uri"), registered);
    let redirect = agree(address);
    assert!(redirect.starts_with(registered), "{redirect}");
    let connect = format!(
        "{}CallbackURL={registered};",
        first(&vendor, &code(&redirect))
    );
    vendor.fetched(&Machine::headless(), &connect);
    vendor.granted(&[EXCHANGE]);
}
