//! How to connect to a running simulator: connection strings for everybody who can.

use crate::oauth::OAuthClient;
use crate::people::Person;
use crate::server::Simulator;
use crate::server::service::Service;

/// Where the browser is sent back to by default.
const CALLBACK: &str = "http://localhost:33333";

impl Simulator {
    fn is_zuora(&self) -> bool {
        matches!(self.shared.service, Service::Zuora { .. })
    }

    /// The connector's name and the address, with which every connection string begins.
    fn place(&self) -> String {
        let connector = if self.is_zuora() { "Zuora" } else { "Zendesk" };
        format!("Connector={connector};URL={};", self.url())
    }

    fn credentials(&self, client: &OAuthClient) -> String {
        let id = &client.id;
        match &client.secret {
            Some(secret) => format!("OAuthClientId={id};OAuthClientSecret={secret};"),
            None => format!("OAuthClientId={id};"),
        }
    }

    /// A registered client that fits; the strings for a kind of client that is not registered are shorter by it.
    fn client(&self, fits: impl Fn(&OAuthClient) -> bool) -> String {
        let mut clients = self.shared.authority.clients().iter();
        clients
            .find(|client| fits(client))
            .map(|client| self.credentials(client))
            .unwrap_or_default()
    }

    /// Id and secret of the first client that has a secret; empty when there is none.
    #[must_use]
    pub fn client_credentials(&self) -> (String, String) {
        let clients = self.shared.authority.clients().iter();
        clients
            .filter_map(|client| Some((client.id.clone(), client.secret.clone()?)))
            .next()
            .unwrap_or_default()
    }

    /// A connection string that works without a browser: the administrator's API token, or Zuora's client credentials.
    #[must_use]
    pub fn connection_string(&self) -> String {
        let place = self.place();
        if self.is_zuora() {
            format!("{place}{}", self.client(|client| client.secret.is_some()))
        } else {
            format!("{place}User=agent@example.com;ApiToken=demo;")
        }
    }

    /// A connection string with the credentials of an agent who may not read full exports. Zuora has no such person.
    #[must_use]
    pub fn agent_connection_string(&self) -> String {
        if self.is_zuora() {
            return self.connection_string();
        }
        format!(
            "{}User=light@example.com;ApiToken=demo-agent;",
            self.place()
        )
    }

    /// Like [`Self::connection_string`] of a Zendesk account, with an API token that is long enough to be searched for.
    #[must_use]
    pub fn long_token_connection_string(&self) -> String {
        let person = Person::Administrator;
        let token = person.api_tokens().first().copied().unwrap_or_default();
        format!("{}User={};ApiToken={token};", self.place(), person.email())
    }

    /// The administrator's password, one that is long enough to be searched for. Zendesk only.
    #[must_use]
    pub fn password_connection_string(&self) -> String {
        let person = Person::Administrator;
        let password = person.passwords().first().copied().unwrap_or_default();
        format!(
            "{}User={};Password={password};",
            self.place(),
            person.email()
        )
    }

    /// A sign-in in the browser with a client that has a secret.
    #[must_use]
    pub fn oauth_connection_string(&self) -> String {
        let client = self.client(|client| client.secret.is_some());
        format!("{}{}", self.place(), self.browser(&client))
    }

    /// A sign-in in the browser with a client that has none.
    #[must_use]
    pub fn public_connection_string(&self) -> String {
        let client = self.client(|client| client.secret.is_none());
        format!("{}{}", self.place(), self.browser(&client))
    }

    fn browser(&self, client: &str) -> String {
        let flow =
            format!("AuthScheme=OAuth;InitiateOAuth=GETANDREFRESH;{client}CallbackURL={CALLBACK};");
        if self.is_zuora() {
            let url = self.url();
            format!(
                "{flow}OAuthAuthorizationURL={url}/oauth/authorize;OAuthAccessTokenURL={url}/oauth/token;"
            )
        } else {
            flow
        }
    }

    /// Client credentials: no person and no browser.
    #[must_use]
    pub fn client_connection_string(&self) -> String {
        if self.is_zuora() {
            return self.connection_string();
        }
        let client = self.client(|client| client.secret.is_some());
        format!("{}AuthScheme=OAuthClient;{client}", self.place())
    }

    /// Client credentials of a client that may only read.
    #[must_use]
    pub fn reader_connection_string(&self) -> String {
        let client = self.client(|client| client.secret.is_some() && client.ceiling == "read");
        format!("{}AuthScheme=OAuthClient;{client}Scope=read;", self.place())
    }

    /// Every way in, each with who comes in that way.
    #[must_use]
    pub fn connection_strings(&self) -> Vec<(&'static str, String)> {
        if self.is_zuora() {
            let mut strings = vec![("client credentials", self.connection_string())];
            if matches!(self.shared.service, Service::Zuora { browser: true, .. }) {
                strings.push(("OAuth in the browser", self.oauth_connection_string()));
            }
            return strings;
        }
        vec![
            ("administrator", self.connection_string()),
            (
                "agent, whom the full exports refuse",
                self.agent_connection_string(),
            ),
            ("OAuth in the browser", self.oauth_connection_string()),
            (
                "OAuth in the browser, client without a secret",
                self.public_connection_string(),
            ),
            ("OAuth client credentials", self.client_connection_string()),
            (
                "OAuth client credentials that may only read",
                self.reader_connection_string(),
            ),
        ]
    }
}
