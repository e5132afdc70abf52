//! A simulated Zuora tenant, and those who deal with it: engines, the binary, a person at a browser. It refuses to know what
//! is asked of it.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use tempfile::TempDir;
use zuzen_engine::Browser;
use zuzen_engine::{Engine, EngineBuilder, Error, MemoryStores};
use zuzen_simulator::{OAuthOptions, Options, Simulator};

use crate::render::rows;

/// Where a web application of somebody's is sent the codes; registered with the simulator's client.
pub(super) const APPLICATION: &str = "https://app.example.com/callback";

/// A tenant, and a folder that is the home of whoever runs the binary.
pub(super) struct Tenant {
    pub(super) simulator: Simulator,
    pub(super) home: TempDir,
    memory: MemoryStores,
    engines: AtomicUsize,
}

/// How a run of the binary has ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

impl Tenant {
    /// One as Zuora is: only client credentials are taken.
    pub(super) fn real() -> Self {
        Self::with(OAuthOptions::default())
    }

    /// One with a page where a person agrees, as the source of the requirements has it.
    pub(super) fn with_page() -> Self {
        Self::with(OAuthOptions {
            zuora_browser_flow: true,
            ..OAuthOptions::default()
        })
    }

    pub(super) fn with(oauth: OAuthOptions) -> Self {
        let options = Options {
            oauth,
            strict: true,
            ..Options::default()
        };
        Self {
            simulator: futures::executor::block_on(Simulator::start_zuora(options)).unwrap(),
            home: TempDir::new().unwrap(),
            memory: MemoryStores::default(),
            engines: AtomicUsize::new(0),
        }
    }

    /// `Connector` and `URL`.
    pub(super) fn place(&self) -> String {
        format!("Connector=Zuora;URL={};RetryPause=1;", self.simulator.url())
    }

    /// `OAuthClientId` and `OAuthClientSecret`.
    pub(super) fn client(&self) -> String {
        let (id, secret) = self.simulator.client_credentials();
        format!("OAuthClientId={id};OAuthClientSecret={secret};")
    }

    /// Where the page and the token endpoint are.
    pub(super) fn page(&self) -> String {
        let url = self.simulator.url();
        format!(
            "OAuthAuthorizationURL={url}/oauth/authorize;OAuthAccessTokenURL={url}/oauth/token;"
        )
    }

    /// A web application: everything but tokens.
    pub(super) fn application(&self) -> String {
        format!(
            "{}{}{}CallbackURL={APPLICATION};",
            self.place(),
            self.client(),
            self.page()
        )
    }

    /// `OAuthSettingsLocation` of a place that all engines of this tenant share.
    pub(super) fn kept(&self) -> String {
        "OAuthSettingsLocation=memory://shared;".to_owned()
    }

    /// What was asked of the token endpoint, in order, with what came of it.
    pub(super) fn token_calls(&self) -> Vec<String> {
        let calls = self.simulator.token_calls().into_iter();
        calls
            .map(|call| format!("{} {}", call.grant_type, call.outcome))
            .collect()
    }

    /// Calls of the data API, each with its status.
    pub(super) fn api_calls(&self) -> Vec<u16> {
        let requests = self.simulator.requests().into_iter();
        let calls = requests.filter(|request| !request.path.starts_with("/oauth/"));
        calls.map(|request| request.status).collect()
    }

    /// Opens a connection `zuora` and sends one signed-in request.
    pub(super) fn test(&self, properties: &str) -> Result<String, Error> {
        self.test_with(properties, Browser::new(|_| panic!("a browser was opened")))
    }

    pub(super) fn test_with(&self, properties: &str, browser: Browser) -> Result<String, Error> {
        let engine = self.engine(properties).browser(browser).build()?;
        let connection = Arc::clone(&engine.connections()[0]);
        runtime().block_on(async { Ok(connection.test().await?.name) })
    }

    /// The first row of a statement.
    pub(super) fn row(&self, properties: &str, sql: &str) -> Result<Vec<String>, Error> {
        let engine = self.engine(properties).build()?;
        runtime().block_on(async {
            let batches = engine.sql(sql).await?.collect().await?;
            Ok(rows(&batches).remove(0))
        })
    }

    /// An engine that keeps nothing beyond itself, unless the properties name the shared place. The data folder of
    /// whoever runs the tests is not ours to write into.
    fn engine(&self, properties: &str) -> EngineBuilder {
        let own = self.engines.fetch_add(1, Ordering::SeqCst);
        let own = format!("OAuthSettingsLocation=memory://engine{own};MetadataLocation=memory://;");
        Engine::builder()
            .connection("zuora", format!("{own}{properties}"))
            .memory(self.memory.clone())
    }

    /// The address where a person agrees, as somebody writes it who has no procedure for it.
    pub(super) fn address(&self) -> Url {
        let (id, _) = self.simulator.client_credentials();
        let url = format!("{}/oauth/authorize", self.simulator.url());
        let parameters = [
            ("response_type", "code"),
            ("client_id", &id),
            ("redirect_uri", APPLICATION),
        ];
        Url::parse_with_params(&url, parameters).unwrap()
    }

    /// Where the browser is sent after a person has agreed.
    pub(super) fn redirect(&self) -> Url {
        let redirect = runtime().block_on(agree(&self.address()));
        assert!(redirect.as_str().starts_with(APPLICATION), "{redirect}");
        redirect
    }

    /// The code in that address.
    pub(super) fn verifier(&self) -> String {
        let redirect = self.redirect();
        let mut pairs = redirect.query_pairs();
        let code = pairs.find(|(name, _)| name == "code");
        code.unwrap().1.into_owned()
    }

    /// Runs the binary in a home of its own.
    pub(super) fn zuzen(&self, arguments: &[&str]) -> Ended {
        let output = self.command(arguments).output().unwrap();
        Ended::of(output)
    }

    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zuzen"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("ZUZEN_") {
                command.env_remove(name);
            }
        }
        let home = self.home.path();
        command
            .args(arguments)
            .current_dir(home)
            .env("HOME", home)
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_CONFIG_HOME", home.join("config"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

impl Ended {
    pub(super) fn of(output: std::process::Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

pub(super) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().unwrap()
}

/// A browser in which somebody agrees at once, and the addresses it was brought to.
pub(super) fn agreeing() -> (Browser, Arc<Mutex<Vec<Url>>>) {
    let opened = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&opened);
    let browser = Browser::new(move |address| {
        seen.lock().unwrap().push(address.clone());
        let address = address.clone();
        // Whoever opened the browser now listens for its return.
        tokio::spawn(async move {
            let redirect = agree(&address).await;
            reqwest::get(redirect).await.unwrap();
        });
        Ok(())
    });
    (browser, opened)
}

/// Opens the page, clicks Allow, and says where the browser is sent then.
async fn agree(address: &Url) -> Url {
    let client = reqwest::Client::builder().redirect(Policy::none());
    let client = client.build().unwrap();
    let answer = client.get(address.clone()).send().await.unwrap();
    let page = answer.text().await.unwrap();
    let value = |before: &str| {
        let (_, rest) = page
            .split_once(before)
            .unwrap_or_else(|| panic!("{before} is missing: {page}"));
        rest.split_once('"').unwrap().0.to_owned()
    };
    let form = format!(
        "consent={}&person=agent%40example.com&decision=allow",
        value("name=\"consent\" value=\"")
    );
    let action = address.join(&value("action=\"")).unwrap();
    let request = client.post(action).body(form);
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = request.send().await.unwrap();
    let redirect = answer.headers()[LOCATION].to_str().unwrap();
    Url::parse(redirect).unwrap()
}

/// `CallbackURL` at a port that nobody listens to.
pub(super) fn callback() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    format!("CallbackURL=http://localhost:{port};")
}
