//! An account, and a settings file that processes share to sign in to it.

use std::process::Command;
use std::sync::{Arc, OnceLock};

use zuzen_simulator::{Account, AccountOptions, Faults, Options, Simulator, TokenCall};

use crate::home::{Ended, Home, Running};

/// A small table, read by one request.
pub(super) const QUERY: &str = "SELECT id, name FROM desk.groups ORDER BY id";

pub(super) fn account() -> Arc<Account> {
    static ACCOUNT: OnceLock<Arc<Account>> = OnceLock::new();
    let account = ACCOUNT.get_or_init(|| {
        Account::generate(&AccountOptions {
            seed: 3,
            tickets: 300,
            anchor: "2025-06-01T00:00:00Z".parse().unwrap(),
        })
    });
    Arc::clone(account)
}

pub(super) fn serve(options: Options) -> Simulator {
    futures::executor::block_on(Simulator::start(account(), options)).unwrap()
}

/// The answer to [`QUERY`] as CSV.
pub(super) fn answer() -> String {
    let mut groups: Vec<(i64, String)> = account()
        .truth("groups")
        .iter()
        .map(|row| {
            (
                row["id"].as_i64().unwrap(),
                row["name"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    groups.sort();
    assert!(groups.len() > 3);
    let lines = groups.iter().map(|(id, name)| match name.contains(',') {
        true => format!("{id},\"{name}\"\n"),
        false => format!("{id},{name}\n"),
    });
    format!("id,name\n{}", lines.collect::<String>())
}

/// How token calls ended, in order.
pub(super) fn outcomes(calls: &[TokenCall]) -> Vec<&str> {
    calls.iter().map(|call| call.outcome.as_str()).collect()
}

pub(super) struct Desk {
    pub(super) home: Home,
    pub(super) simulator: Simulator,
}

impl Desk {
    pub(super) fn new(faults: Faults) -> Self {
        let options = Options {
            faults,
            ..Options::default()
        };
        let desk = Self {
            home: Home::new(),
            simulator: serve(options),
        };
        desk.sign_in();
        desk
    }

    /// Puts a fresh pair of tokens into the settings file, as after a sign-in.
    pub(super) fn sign_in(&self) {
        let (access, refresh) = self.simulator.grant_tokens("zuzen_demo", "read write");
        let first = format!(
            "desk=Connector=Zendesk;URL={};OAuthClientId=zuzen_demo;OAuthClientSecret=demo-client-secret;\
             OAuthAccessToken={access};OAuthRefreshToken={refresh};{}",
            self.simulator.url(),
            self.later()
        );
        let ended = self
            .home
            .run(&["--connect", &first, "-c", QUERY, "--format", "csv"]);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        assert_eq!(ended.out, answer());
    }

    /// All that a later connection needs to say.
    fn later(&self) -> String {
        format!(
            "InitiateOAuth=REFRESH;RetryPause=1;OAuthSettingsLocation={}",
            self.home.settings().display()
        )
    }

    /// A process that signs in by the settings file alone and runs this.
    pub(super) fn command(&self, script: &[&str]) -> Command {
        let connect = format!("desk={}", self.later());
        let mut arguments = vec!["--connect", &connect, "--format", "csv"];
        arguments.extend(script);
        self.home.command(&arguments)
    }

    pub(super) fn start(&self) -> Running {
        Running::start(&mut self.command(&["-c", QUERY]))
    }

    pub(super) fn query(&self) -> Ended {
        self.start().end()
    }

    /// How often the settings file was written. It must be whole at any time.
    pub(super) fn generation(&self) -> u64 {
        let text = std::fs::read(self.home.settings()).unwrap();
        let header: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert!(header["sealed"].as_str().unwrap().len() > 1_000);
        header["generation"].as_u64().unwrap()
    }

    /// Files beside the settings file that are neither it nor its lock.
    pub(super) fn drafts(&self) -> Vec<String> {
        let folder = self.home.settings();
        std::fs::read_dir(folder.parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| {
                !["OAuthSettings.txt", "OAuthSettings.txt.lock"].contains(&name.as_str())
            })
            .collect()
    }

    /// Token calls after the first so many.
    pub(super) fn calls_after(&self, before: usize) -> Vec<TokenCall> {
        self.simulator.token_calls().split_off(before)
    }
}
