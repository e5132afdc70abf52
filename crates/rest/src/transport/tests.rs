//! Connections over real TLS, proxies and firewalls on this machine.

mod certificates;
mod gateways;
mod proxies;
mod servers;
mod tls;

use url::Url;
use zuzen_plan::sign_in::Vendor;

use super::Transport;
use crate::{Cause, Connection, Credentials, Error, Secret, Settings};

const TOKEN: &str = "hush-token";

fn settings(origin: &str, transport: Transport) -> Settings {
    let mut settings = Settings::new(
        "zendesk",
        Url::parse(origin).unwrap(),
        Credentials::ApiToken {
            user: "agent@example.com".to_owned(),
            token: Secret::new(TOKEN.to_owned()),
        },
    );
    settings.vendor = Vendor {
        identity: "/api/v2/users/me.json".to_owned(),
        identity_record: Some("user".to_owned()),
        ..Vendor::default()
    };
    settings.transport = transport;
    settings
}

/// Asks who signs in: one request, answered by every server here.
async fn ask(origin: &str, transport: Transport) -> Result<String, Error> {
    let connection = Connection::open(settings(origin, transport))?;
    connection.test().await.map(|identity| identity.name)
}

/// The words of an error with this cause, which came at the first attempt.
async fn refusal(origin: &str, transport: Transport, cause: Cause) -> String {
    let error = ask(origin, transport).await.unwrap_err();
    let Error::Network {
        cause: found,
        attempts,
        detail,
        ..
    } = &error
    else {
        panic!("{error:?}");
    };
    assert_eq!((*found, *attempts), (cause, 1), "{error}");
    let hint = error.hint().unwrap();
    match cause {
        Cause::Tls => assert!(hint.contains("SSLServerCert"), "{hint}"),
        Cause::Proxy => assert!(hint.contains("ProxyServer"), "{hint}"),
        _ => {}
    }
    assert!(error.to_string().contains(detail), "{error}");
    detail.clone()
}
