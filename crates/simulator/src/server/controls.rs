//! What tests do to the OAuth server of a running simulator, and what they learn from it.

use std::time::Duration;

use crate::oauth::ledger::{Authorization, Holder};
use crate::oauth::scope::Scope;
use crate::oauth::{Hold, TokenCall};
use crate::people::Person;
use crate::server::Simulator;
use crate::server::service::Service;
use crate::zuora::{DataQuery, ExportJob, Exports, Object, QueryJob, QueryLimits};

impl Simulator {
    /// Moves the clock of the OAuth server forward. Codes and tokens get older by as much, and so do the export jobs of a
    /// Zuora tenant and their files; nothing else does.
    pub fn advance(&self, by: Duration) {
        self.shared.authority.advance(by);
    }

    /// Every access token there is has expired now; refresh tokens live on.
    pub fn expire_access_tokens(&self) {
        self.shared.authority.expire_access_tokens();
    }

    /// Every call of the token endpoint that had an outcome, oldest first. A call that is held before rotation has none yet.
    #[must_use]
    pub fn token_calls(&self) -> Vec<TokenCall> {
        self.shared.authority.calls()
    }

    /// Makes token calls wait from now on. Calls that already wait go on.
    pub fn hold_tokens(&self, hold: Hold) {
        self.shared.authority.gate.set(hold);
    }

    /// Lets waiting token calls go on, and those to come pass.
    pub fn release_tokens(&self) {
        self.shared.authority.gate.set(Hold::No);
    }

    /// How many token calls are being held. A caller that goes away is no longer counted.
    #[must_use]
    pub fn waiting_tokens(&self) -> usize {
        self.shared.authority.gate.waiting()
    }

    /// Every secret there is or was: client secrets, codes, access and refresh tokens, what signs addresses of files, and Zendesk's API tokens and passwords.
    /// The API tokens `demo` and `demo-agent` and the password `password` are also good and are left out: they are words that
    /// occur by themselves, so looking for them proves nothing.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets = self.shared.authority.secrets();
        secrets.extend(self.queries().into_iter().flat_map(DataQuery::secrets));
        if matches!(self.shared.service, Service::Zendesk { .. }) {
            for person in Person::ALL {
                let long = [person.passwords().first(), person.api_tokens().first()];
                secrets.extend(
                    long.into_iter()
                        .flatten()
                        .map(|secret| (*secret).to_owned()),
                );
            }
        }
        secrets
    }

    /// A code as if agent@example.com had clicked Allow; `challenge` is the S256 challenge of the request, if it had one.
    /// Nothing is checked: a code for something that is not registered fails when it is exchanged.
    #[must_use]
    pub fn grant_code(
        &self,
        client_id: &str,
        redirect_uri: &str,
        scope: &str,
        challenge: Option<&str>,
    ) -> String {
        self.shared.authority.grant_code(Authorization {
            client: client_id.to_owned(),
            redirect: redirect_uri.to_owned(),
            scope: self.scope(scope),
            state: None,
            challenge: challenge.map(str::to_owned),
        })
    }

    /// An access token and its refresh token as if such a code had been exchanged.
    #[must_use]
    pub fn grant_tokens(&self, client_id: &str, scope: &str) -> (String, String) {
        let holder = Holder {
            client: client_id.to_owned(),
            person: Person::Administrator,
            asked: self.scope(scope),
        };
        let rules = self.shared.service.rules();
        let token = self.shared.authority.grant_tokens(holder, rules);
        (token.access, token.refresh.unwrap_or_default())
    }

    /// Every export job that was taken, oldest first.
    #[must_use]
    pub fn export_jobs(&self) -> Vec<ExportJob> {
        let now = self.shared.authority.now_millis();
        self.exports()
            .map_or_else(Vec::new, |exports| exports.jobs(now))
    }

    /// The most export jobs that were ever submitted or executing at the same time.
    #[must_use]
    pub fn most_exports(&self) -> usize {
        self.exports().map_or(0, |exports| exports.most())
    }

    /// Every query job that was taken, oldest first.
    #[must_use]
    pub fn query_jobs(&self) -> Vec<QueryJob> {
        self.queries().map_or_else(Vec::new, DataQuery::jobs)
    }

    /// The most query jobs that ever were in progress at once.
    #[must_use]
    pub fn most_running(&self) -> usize {
        self.queries().map_or(0, DataQuery::most_running)
    }

    /// The header and the path of each download that carried what belongs elsewhere.
    #[must_use]
    pub fn storage_leaks(&self) -> Vec<String> {
        self.queries().map_or_else(Vec::new, DataQuery::leaks)
    }

    /// Where the files of query jobs are, such as `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn storage_url(&self) -> Option<String> {
        self.queries().map(DataQuery::storage_url)
    }

    /// Other figures for query jobs from now on.
    pub fn set_query_limits(&self, limits: QueryLimits) {
        if let Some(queries) = self.queries() {
            queries.set_limits(limits);
        }
    }

    /// Gives an object one more column of text in Data Query, with nothing in it.
    pub fn add_column(&self, object: Object, name: &str) {
        if let Some(queries) = self.queries() {
            queries.add_column(object, name);
        }
    }

    /// Takes a column of an object out of Data Query.
    pub fn remove_column(&self, object: Object, name: &str) {
        if let Some(queries) = self.queries() {
            queries.remove_column(object, name);
        }
    }

    fn queries(&self) -> Option<&DataQuery> {
        match &self.shared.service {
            Service::Zuora { queries, .. } => Some(queries),
            Service::Zendesk { .. } => None,
        }
    }

    fn exports(&self) -> Option<&Exports> {
        match &self.shared.service {
            Service::Zuora { exports, .. } => Some(exports),
            Service::Zendesk { .. } => None,
        }
    }

    fn scope(&self, text: &str) -> Scope {
        if self.shared.service.rules().scoped {
            Scope::parse(text)
        } else {
            Scope::default()
        }
    }
}
