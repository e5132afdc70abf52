//! The accounts that stand in for a reader's own.

use zuzen_simulator::{Faults, Options, Simulator};

use crate::stage::recent;
use crate::zuora::stage;

/// The redirect address that is registered at both simulated vendors.
const CALLBACK: &str = "http://localhost:33333";

/// A Zendesk account and a Zuora tenant.
pub(super) struct Accounts {
    pub(super) zendesk: Simulator,
    pub(super) zuora: Simulator,
}

impl Accounts {
    pub(super) fn new() -> Self {
        let options = Options {
            strict: true,
            compression: false,
            faults: Faults::default(),
            ..Options::default()
        };
        let zendesk = Simulator::start(recent(1, 300), options);
        let tenant = Options {
            tenant: Some(stage::frozen()),
            ..stage::quick()
        };
        let zuora = Simulator::start_zuora(tenant);
        Self {
            zendesk: futures::executor::block_on(zendesk).unwrap(),
            zuora: futures::executor::block_on(zuora).unwrap(),
        }
    }

    /// What stands in a page for values of the reader's, replaced by those of the accounts.
    pub(super) fn fill(&self, text: &str) -> String {
        let is_zuora = text.contains("Tenant=");
        let vendor = if is_zuora { &self.zuora } else { &self.zendesk };
        let (id, secret) = vendor.client_credentials();
        let place = format!("Connector=Zuora;URL={}", self.zuora.url());
        let mut filled = text
            .replace("https://acme.zendesk.com", &self.zendesk.url())
            .replace("Connector=Zuora;Tenant=EUProduction", &place)
            .replace("Tenant=EUProduction", &place)
            .replace("https://app.acme.com/callback", CALLBACK)
            .replace("OAuthClientId=…", &format!("OAuthClientId={id}"))
            .replace(
                "OAuthClientSecret=…",
                &format!("OAuthClientSecret={secret}"),
            );
        filled = filled.replace("ApiToken=…", &format!("ApiToken={}", self.token()));
        let password = value(&self.zendesk.password_connection_string(), "Password");
        filled = filled.replace("Password=…", &format!("Password={password}"));
        let person = value(&self.zendesk.connection_string(), "User");
        filled = filled.replace("me@acme.com", &person);
        if filled.contains("OAuthVerifier=…") {
            filled = filled.replace("OAuthVerifier=…", &format!("OAuthVerifier={}", self.code()));
        }
        filled
    }

    /// The administrator's API token.
    pub(super) fn token(&self) -> String {
        value(&self.zendesk.connection_string(), "ApiToken")
    }

    /// A code of Zendesk's, as if somebody had just agreed.
    pub(super) fn code(&self) -> String {
        let (id, _) = self.zendesk.client_credentials();
        self.zendesk.grant_code(&id, CALLBACK, "read write", None)
    }

    /// A config file with a connection `desk` of these properties, and `billing` to the tenant.
    pub(super) fn config(&self, desk: &str) -> String {
        let table = |name: &str, text: &str| {
            let pairs = text.split(';').filter_map(|pair| pair.split_once('='));
            let lines: Vec<String> = pairs
                .map(|(key, value)| format!("{key} = {value:?}\n"))
                .collect();
            format!("[connections.{name}]\n{}\n", lines.concat())
        };
        table("desk", desk) + &table("billing", &self.zuora.connection_string())
    }
}

fn value(connection: &str, name: &str) -> String {
    let pairs = connection
        .split(';')
        .filter_map(|pair| pair.split_once('='));
    let mut named = pairs.filter(|(key, _)| *key == name);
    named.next().map(|(_, value)| value.to_owned()).unwrap()
}
