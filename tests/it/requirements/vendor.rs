//! An account of either vendor behind its OAuth server, and what a connection to it is told.

use zuzen_simulator::{OAuthOptions, Options, Simulator};

use super::machine::{Ended, Machine};
use crate::stage::frozen;

/// An account to sign in to.
pub(super) struct Vendor {
    pub(super) simulator: Simulator,
    pub(super) name: &'static str,
    /// Which account, and that OAuth signs in.
    pub(super) place: String,
    /// Id and secret of the registered application.
    pub(super) client: String,
    pub(super) client_id: String,
}

impl Vendor {
    pub(super) fn zendesk() -> Self {
        let simulator = Simulator::start(frozen(), options());
        let simulator = futures::executor::block_on(simulator).unwrap();
        let place = format!("URL={};AuthScheme=OAuth;", simulator.url());
        Self::new(simulator, "zendesk", place)
    }

    /// Zuora has no page where a person agrees; a connection names that of whoever has one.
    pub(super) fn zuora() -> Self {
        let simulator = futures::executor::block_on(Simulator::start_zuora(options())).unwrap();
        let url = simulator.url();
        let place =
            format!("Connector=Zuora;URL={url};OAuthAuthorizationURL={url}/oauth/authorize;");
        Self::new(simulator, "zuora", place)
    }

    /// Both: the flows are the same.
    pub(super) fn both() -> [Self; 2] {
        [Self::zendesk(), Self::zuora()]
    }

    fn new(simulator: Simulator, name: &'static str, place: String) -> Self {
        let (id, secret) = simulator.client_credentials();
        Self {
            simulator,
            name,
            place,
            client: format!("OAuthClientId={id};OAuthClientSecret={secret};"),
            client_id: id,
        }
    }

    /// The command that gets data through a connection with these properties. Zuora serves no tables yet, so there it is
    /// a request that only a good token is answered.
    pub(super) fn fetch(&self, properties: &str) -> Vec<String> {
        let words: &[&str] = match self.name {
            "zendesk" => &[
                "--format",
                "csv",
                "-c",
                "SELECT count(*) AS n FROM zendesk.groups",
                "--connect",
                properties,
            ],
            _ => &["test", properties],
        };
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    /// Gets data on a machine; fails unless it comes.
    #[track_caller]
    pub(super) fn fetched(&self, machine: &Machine, properties: &str) -> Ended {
        let ended = self.fetch_on(machine, properties).good();
        match self.name {
            "zendesk" => {
                let groups = frozen().truth("groups").len();
                assert_eq!(ended.out, format!("n\n{groups}\n"));
            }
            _ => assert!(ended.out.contains("signed in as"), "{}", ended.out),
        }
        ended
    }

    /// Tries to get data on a machine.
    pub(super) fn fetch_on(&self, machine: &Machine, properties: &str) -> Ended {
        let words = self.fetch(properties);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        machine.run(&words)
    }

    /// Every call of the token endpoint so far: how it asked and how it ended.
    pub(super) fn calls(&self) -> Vec<(String, String)> {
        let calls = self.simulator.token_calls().into_iter();
        calls.map(|call| (call.grant_type, call.outcome)).collect()
    }

    /// Fails unless the calls of the token endpoint were these, all granted.
    #[track_caller]
    pub(super) fn granted(&self, grants: &[&str]) {
        let calls: Vec<_> = grants
            .iter()
            .map(|grant| ((*grant).to_owned(), "granted".to_owned()))
            .collect();
        assert_eq!(self.calls(), calls, "{}", self.name);
    }

    /// Fails if any secret of the account stands in the text.
    #[track_caller]
    pub(super) fn hidden(&self, text: &[u8]) {
        for secret in self.simulator.secrets() {
            let found = text
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            let text = String::from_utf8_lossy(text);
            assert!(!found, "{secret} of {} stands in: {text}", self.name);
        }
    }
}

fn options() -> Options {
    Options {
        strict: true,
        compression: false,
        oauth: OAuthOptions {
            zuora_browser_flow: true,
            ..OAuthOptions::default()
        },
        ..Options::default()
    }
}

/// The exchange of a code.
pub(super) const EXCHANGE: &str = "authorization_code";
/// A renewal.
pub(super) const REFRESH: &str = "refresh_token";
