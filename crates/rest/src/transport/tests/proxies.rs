//! What stands in between: that it is used, that it is passed by, and that it gets the blame.

use super::certificates::{Authority, Identity};
use super::gateways::{Mood, Relay};
use super::servers::Server;
use super::*;
use crate::transport::{Firewall, FirewallKind, Proxy, ServerCert};

const LOGIN: Option<(&str, &str)> = Some(("ann", "p%41ss: @/wörd"));

fn secret(text: &str) -> Option<Secret> {
    Some(Secret::new(text.to_owned()))
}

fn through_proxy(relay: &Relay, login: Option<(&str, &str)>, exceptions: &str) -> Transport {
    let (user, password) = login.unzip();
    let proxy = Proxy::parse(
        "localhost",
        Some(relay.port),
        user,
        password.and_then(secret),
        exceptions,
    );
    Transport {
        server_cert: ServerCert::Any,
        proxy: Some(proxy.unwrap()),
        ..Transport::default()
    }
}

fn through_firewall(kind: FirewallKind, relay: &Relay, login: Option<(&str, &str)>) -> Transport {
    let (user, password) = login.unzip();
    let server = format!("localhost:{}", relay.port);
    let firewall = Firewall::parse(kind, &server, None, user, password.and_then(secret));
    Transport {
        server_cert: ServerCert::Any,
        firewall: Some(firewall.unwrap()),
        ..Transport::default()
    }
}

async fn server() -> (Server, String) {
    let server = Server::start(&Identity::self_signed("localhost")).await;
    let origin = format!("https://localhost:{}", server.port);
    (server, origin)
}

#[tokio::test]
async fn a_tunnel_shows_nothing_but_the_host() {
    for login in [None, LOGIN] {
        let (server, origin) = server().await;
        let relay = Relay::http(login, Mood::Willing).await;
        for transport in [
            through_proxy(&relay, login, "elsewhere.example"),
            through_firewall(FirewallKind::Tunnel, &relay, login),
        ] {
            assert_eq!(ask(&origin, transport).await.unwrap(), "Ann");
        }
        let seen = relay.seen();
        assert_eq!(seen.len(), 2);
        for head in seen {
            let expected = format!("CONNECT localhost:{} HTTP/1.1\r\n", server.port);
            assert!(head.starts_with(&expected), "{head}");
            assert!(!head.contains(TOKEN), "{head}");
        }
        assert_eq!(server.seen().len(), 2);
        // The login is the proxy's alone.
        assert!(!server.seen()[0].to_lowercase().contains("proxy-"));
    }
}

#[tokio::test]
async fn plain_http_to_this_machine_goes_through_a_configured_proxy_too() {
    for login in [None, LOGIN] {
        let relay = Relay::http(login, Mood::Willing).await;
        let name = ask("http://localhost:9", through_proxy(&relay, login, "")).await;
        assert_eq!(name.unwrap(), "Ann");
        assert!(relay.seen()[0].starts_with("GET http://localhost:9/api/v2/users/me.json "));
    }
}

#[tokio::test]
async fn excepted_hosts_are_reached_directly() {
    for exceptions in ["localhost", "elsewhere.example; *"] {
        let (server, origin) = server().await;
        let relay = Relay::http(None, Mood::Willing).await;
        let transport = through_proxy(&relay, None, exceptions);
        assert_eq!(ask(&origin, transport).await.unwrap(), "Ann");
        assert_eq!((relay.seen().len(), server.seen().len()), (0, 1));
    }
}

#[tokio::test]
async fn a_socks5_firewall_looks_names_up_itself() {
    for login in [None, LOGIN] {
        let (server, origin) = server().await;
        let relay = Relay::socks5(login, Mood::Willing).await;
        let transport = through_firewall(FirewallKind::Socks5, &relay, login);
        assert_eq!(ask(&origin, transport).await.unwrap(), "Ann");
        assert_eq!(relay.seen(), [format!("localhost:{}", server.port)]);
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn whoever_stands_in_between_is_named_when_it_fails() {
    const WRONG: Option<(&str, &str)> = Some(("ann", "hush-wrong"));
    let (server, origin) = server().await;
    let socks5 = FirewallKind::Socks5;
    for (relay, kind, login, part) in [
        (
            Relay::http(LOGIN, Mood::Willing).await,
            None,
            None,
            "the proxy localhost:PORT wants a user and a password; give ProxyUser and ProxyPassword",
        ),
        (
            Relay::http(LOGIN, Mood::Willing).await,
            None,
            WRONG,
            "the proxy localhost:PORT did not accept its user and password; check ProxyUser and ProxyPassword",
        ),
        (
            Relay::http(LOGIN, Mood::Willing).await,
            Some(FirewallKind::Tunnel),
            None,
            "the firewall localhost:PORT wants a user and a password; give FirewallUser and FirewallPassword",
        ),
        (
            Relay::http(None, Mood::Unwilling).await,
            None,
            None,
            "the proxy localhost:PORT answered, but refused to connect to localhost",
        ),
        (
            Relay::http(None, Mood::Sullen).await,
            None,
            None,
            "the proxy localhost:PORT closed the connection; does it speak HTTP CONNECT?",
        ),
        (
            Relay::socks5(LOGIN, Mood::Willing).await,
            Some(socks5),
            None,
            "the firewall localhost:PORT wants a user and a password; give FirewallUser and FirewallPassword",
        ),
        (
            Relay::socks5(LOGIN, Mood::Willing).await,
            Some(socks5),
            WRONG,
            "the firewall localhost:PORT did not accept its user and password; check FirewallUser and FirewallPassword",
        ),
        (
            Relay::socks5(None, Mood::Willing).await,
            Some(socks5),
            WRONG,
            "the firewall localhost:PORT did not accept its user and password",
        ),
        (
            Relay::socks5(None, Mood::Unwilling).await,
            Some(socks5),
            None,
            "the firewall localhost:PORT did not connect to localhost: host unreachable",
        ),
        (
            Relay::socks5(None, Mood::Sullen).await,
            Some(socks5),
            None,
            "the firewall localhost:PORT closed the connection; does it speak SOCKS5?",
        ),
    ] {
        let transport = match kind {
            None => through_proxy(&relay, login, ""),
            Some(kind) => through_firewall(kind, &relay, login),
        };
        let said = refusal(&origin, transport, Cause::Proxy).await;
        let part = part.replace("PORT", &relay.port.to_string());
        assert!(said.contains(&part), "{said}\nexpected {part}");
        assert!(!said.contains("hush"), "{said}");
        assert_eq!(relay.seen().len(), 1, "{part}");
    }
    assert!(server.seen().is_empty());

    let relay = Relay::http(LOGIN, Mood::Willing).await;
    let transport = through_proxy(&relay, WRONG, "");
    let said = refusal("http://localhost:9", transport, Cause::Proxy).await;
    assert!(
        said.contains("did not accept its user and password"),
        "{said}"
    );
}

#[tokio::test]
async fn a_login_that_no_socks5_request_has_room_for_is_said_to_be_too_long() {
    let (_server, origin) = server().await;
    let relay = Relay::socks5(LOGIN, Mood::Willing).await;
    let long = "x".repeat(200);
    let transport = through_firewall(FirewallKind::Socks5, &relay, Some((&long, &long)));
    let said = refusal(&origin, transport, Cause::Proxy).await;
    assert!(
        said.starts_with("host, user and password are together too long"),
        "{said}"
    );
}

#[tokio::test]
async fn waiting_in_vain_names_the_proxy() {
    let (server, origin) = server().await;
    let relay = Relay::http(None, Mood::Silent).await;
    let mut settings = settings(&origin, through_proxy(&relay, None, ""));
    settings.timeout = std::time::Duration::from_millis(200);
    settings.policy.max_retries = 0;
    let error = Connection::open(settings).unwrap().test().await;
    let error = error.unwrap_err();
    let Error::Network { cause, detail, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*cause, Cause::Timeout);
    let way = format!(", by way of the proxy localhost:{}", relay.port);
    assert!(detail.ends_with(&way), "{error}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_missing_proxy_is_not_a_missing_server() {
    // The server is there: only the way to it is not.
    let (server, origin) = server().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let free = listener.local_addr().unwrap().port();
    drop(listener);
    let proxy = |server: &str, port| Transport {
        proxy: Some(Proxy::parse(server, Some(port), None, None, "").unwrap()),
        ..Transport::default()
    };
    let firewall = |kind, server: &str, port| Transport {
        firewall: Some(Firewall::parse(kind, server, Some(port), None, None).unwrap()),
        ..Transport::default()
    };
    for (origin, transport, expected) in [
        (
            origin.as_str(),
            proxy("localhost", free),
            format!("the proxy localhost:{free} cannot be reached"),
        ),
        (
            "http://localhost:9",
            proxy("localhost", free),
            format!("the proxy localhost:{free} cannot be reached"),
        ),
        (
            &origin,
            proxy("no-such-proxy.invalid", 80),
            "the name of the proxy no-such-proxy.invalid:80 is not known".to_owned(),
        ),
        (
            &origin,
            firewall(FirewallKind::Tunnel, "localhost", free),
            format!("the firewall localhost:{free} cannot be reached"),
        ),
        (
            &origin,
            firewall(FirewallKind::Socks5, "localhost", free),
            format!("the firewall localhost:{free} cannot be reached"),
        ),
    ] {
        let said = refusal(origin, transport, Cause::Proxy).await;
        assert!(said.starts_with(&expected), "{said}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn certificates_are_the_servers_matter_behind_a_proxy_too() {
    let identity = Authority::new("Theirs").server("localhost");
    let server = Server::start(&identity).await;
    let relay = Relay::http(None, Mood::Willing).await;
    let mut transport = through_proxy(&relay, None, "");
    transport.server_cert = ServerCert::parse(&Authority::new("Ours").pem()).unwrap();
    let origin = format!("https://localhost:{}", server.port);
    let said = refusal(&origin, transport, Cause::Tls).await;
    assert!(said.contains("issued by none of them"), "{said}");
    let way = format!(", by way of the proxy localhost:{}", relay.port);
    assert!(said.ends_with(&way), "{said}");
    assert!(server.seen().is_empty());
}

#[test]
fn proxy_and_firewall_exclude_each_other() {
    let transport = Transport {
        proxy: Some(Proxy::parse("proxy", None, None, None, "").unwrap()),
        firewall: Some(Firewall::parse(FirewallKind::Tunnel, "wall", None, None, None).unwrap()),
        ..Transport::default()
    };
    let error = Connection::open(settings("https://localhost", transport)).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("ProxyServer and FirewallServer are both given"),
        "{error}"
    );
}

#[test]
fn secrets_do_not_print() {
    let identity = Authority::new("Ours").client();
    let key = identity.key.serialize_pem();
    let client_cert =
        crate::transport::ClientCert::read(&identity.certificate.pem(), Some(&key)).unwrap();
    let proxy = Proxy::parse("proxy", None, Some("ann"), secret("hush"), "").unwrap();
    let wall = Firewall::parse(
        FirewallKind::Socks5,
        "wall",
        None,
        Some("bob"),
        secret("hush"),
    );
    let transport = Transport {
        server_cert: ServerCert::Any,
        client_cert: Some(client_cert),
        proxy: Some(proxy),
        firewall: Some(wall.unwrap()),
    };
    let printed = format!(
        "{transport:?} {:#?}",
        settings("https://x", transport.clone())
    );
    assert!(!printed.contains("hush"), "{printed}");
    for line in key.lines() {
        assert!(!printed.contains(line), "{printed}");
    }
    assert!(
        printed.contains("ann") && printed.contains("ClientCert(1, ***)"),
        "{printed}"
    );
}
