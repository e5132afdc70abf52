//! Sign-in over real sockets, as a careful program and a careless one would do it.

mod authorize;
mod bearer;
mod exchange;
mod faults;
mod refresh;
mod zuora;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::{Account, AccountOptions, OAuthOptions, Options, Simulator, TokenCall};

pub(super) const CALLBACK: &str = "http://localhost:33333/";
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(super) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(super) const JSON: (&str, &str) = ("Content-Type", "application/json");
pub(super) const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

pub(super) struct Answer {
    pub(super) status: u16,
    /// As sent, one a line.
    pub(super) head: String,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(super) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    /// A parameter of the address the browser is sent to.
    pub(super) fn returned(&self, name: &str) -> Option<String> {
        let location = Url::parse(self.header("location")?).unwrap();
        location
            .query_pairs()
            .find(|pair| pair.0 == name)
            .map(|pair| pair.1.into_owned())
    }
}

/// Sends one request; an error is a connection that was cut.
pub(super) fn send(
    url: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> std::io::Result<Answer> {
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host)?;
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(text.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8(answer).unwrap();
    let (head, text) = answer
        .split_once("\r\n\r\n")
        .ok_or_else(|| std::io::Error::other("no answer"))?;
    Ok(Answer {
        status: head[9..12].parse().unwrap(),
        head: head.to_owned(),
        text: text.to_owned(),
    })
}

fn block<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}

/// A Zendesk account; every test shares its rows.
pub(super) fn zendesk(options: Options) -> Simulator {
    static ACCOUNT: OnceLock<Arc<Account>> = OnceLock::new();
    let account = ACCOUNT.get_or_init(|| {
        Account::generate(&AccountOptions {
            tickets: 100,
            ..AccountOptions::default()
        })
    });
    block(Simulator::start(Arc::clone(account), options)).unwrap()
}

pub(super) fn zuora_account(options: Options) -> Simulator {
    block(Simulator::start_zuora(options)).unwrap()
}

pub(super) fn with(oauth: OAuthOptions) -> Options {
    Options {
        oauth,
        ..Options::default()
    }
}

pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// One simulator and how to talk to it.
pub(super) struct Desk(pub(super) Simulator);

impl Desk {
    pub(super) fn new() -> Self {
        Self(zendesk(Options::default()))
    }

    pub(super) fn get(&self, path: &str) -> Answer {
        send(&self.0.url(), "GET", path, &[], "").unwrap()
    }

    pub(super) fn post_form(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        send(&self.0.url(), "POST", path, &[FORM], &query(pairs)).unwrap()
    }

    /// A call with a bearer token.
    pub(super) fn call(&self, method: &str, path: &str, token: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", bearer.as_str()), JSON];
        send(&self.0.url(), method, path, &headers, "{}").unwrap()
    }

    pub(super) fn status(&self, path: &str, token: &str) -> u16 {
        self.call("GET", path, token).status
    }

    /// Zendesk's token endpoint.
    pub(super) fn token(&self, body: &Value) -> Answer {
        let body = body.to_string();
        send(&self.0.url(), "POST", "/oauth/tokens", &[JSON], &body).unwrap()
    }

    /// A code of the demo client that needs no verifier.
    pub(super) fn code(&self) -> String {
        self.0
            .grant_code("zuzen_demo", CALLBACK, "read write", None)
    }

    /// Exchanges a code of the demo client, with changes to the request.
    pub(super) fn redeem(&self, code: &str, changes: &Value) -> Answer {
        let mut body = json!({"grant_type": "authorization_code", "code": code, "client_id": "zuzen_demo",
            "client_secret": "demo-client-secret", "redirect_uri": CALLBACK, "scope": "read write"});
        change(&mut body, changes);
        self.token(&body)
    }

    /// Renews a pair of the demo client, with changes to the request.
    pub(super) fn renew(&self, refresh: &str, changes: &Value) -> Answer {
        let mut body = json!({"grant_type": "refresh_token", "refresh_token": refresh, "client_id": "zuzen_demo",
            "client_secret": "demo-client-secret"});
        change(&mut body, changes);
        self.token(&body)
    }

    pub(super) fn outcomes(&self) -> Vec<String> {
        let calls = self.0.token_calls();
        calls
            .into_iter()
            .map(|call: TokenCall| call.outcome)
            .collect()
    }
}

/// Members that are null are removed.
fn change(body: &mut Value, changes: &Value) {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            body.as_object_mut().unwrap().remove(name);
        } else {
            body[name] = value.clone();
        }
    }
}

pub(super) fn pair(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let body = answer.json();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (text("access_token"), text("refresh_token"))
}
