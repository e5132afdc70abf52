//! Which servers are believed, and what is said of the others.

use std::fs;

use super::certificates::{Authority, Identity};
use super::servers::Server;
use super::*;
use crate::transport::server_cert::{sha1, sha256, shown};
use crate::transport::{ClientCert, ServerCert, storage_client};

fn accepting(server_cert: &str) -> Transport {
    Transport {
        server_cert: ServerCert::parse(server_cert).unwrap(),
        ..Transport::default()
    }
}

fn origin(server: &Server) -> String {
    format!("https://localhost:{}", server.port)
}

#[tokio::test]
async fn a_server_is_accepted_by_everything_that_names_it() {
    let authority = Authority::new("Ours");
    let server_identity = authority.server("localhost");
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let der = server_identity.certificate.der();
    let bundle = format!("{}{}", Authority::new("Theirs").pem(), authority.pem());
    let server = Server::start(&server_identity).await;
    let named = [
        authority.pem(),
        authority.pem().replace('\n', r"\n"),
        file("ca.pem", authority.pem().as_bytes()),
        file("ca.der", &authority.der()),
        file("bundle.pem", bundle.as_bytes()),
        server_identity.certificate.pem(),
        shown(&sha256(der)),
        shown(&sha1(der)),
        "*".to_owned(),
    ];
    for server_cert in &named {
        let name = ask(&origin(&server), accepting(server_cert)).await;
        assert_eq!(name.as_deref().ok(), Some("Ann"), "{server_cert}: {name:?}");
        assert_eq!(
            server.offered(),
            [b"h2".to_vec(), b"http/1.1".to_vec()],
            "{server_cert}"
        );
    }
    let seen = server.seen();
    assert_eq!(seen.len(), named.len());
    assert!(seen[0].contains("authorization: Basic "));
}

#[tokio::test]
async fn a_certificate_that_is_named_exactly_needs_neither_name_nor_date_nor_issuer() {
    let authority = Authority::new("Ours");
    for identity in [
        Identity::self_signed("localhost"),
        Identity::self_signed("other.example"),
        authority.expired("localhost"),
        authority.server("other.example"),
    ] {
        let der = identity.certificate.der();
        let server = Server::start(&identity).await;
        for server_cert in [
            identity.certificate.pem(),
            shown(&sha256(der)),
            shown(&sha1(der)),
        ] {
            let name = ask(&origin(&server), accepting(&server_cert)).await;
            assert_eq!(name.as_deref().ok(), Some("Ann"), "{server_cert}: {name:?}");
        }
    }
}

#[tokio::test]
async fn a_refused_certificate_is_described_and_sees_no_credentials() {
    let authority = Authority::new("Ours");
    let root = authority.pem();
    let self_signed = Identity::self_signed("localhost");
    let other = shown(&sha256(b"another certificate"));
    for (identity, server_cert, part) in [
        (
            authority.server("localhost"),
            "",
            "unknown: nobody whom this system trusts has issued it",
        ),
        (
            self_signed,
            "",
            "unknown: it is self-signed, or an authority's own",
        ),
        (
            Authority::new("Theirs").server("localhost"),
            root.as_str(),
            "unknown: it is none of SSLServerCert and issued by none of them",
        ),
        (
            authority.expired("localhost"),
            root.as_str(),
            " days ago, if this machine's clock is right",
        ),
        (
            authority.future("localhost"),
            root.as_str(),
            "becomes valid only in ",
        ),
        (
            authority.server("other.example"),
            root.as_str(),
            "the server's certificate is for other.example, not for localhost",
        ),
        (
            authority.server("localhost"),
            other.as_str(),
            "is not the one that SSLServerCert names",
        ),
        (
            authority.server("localhost"),
            "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
            "is not the one that SSLServerCert names",
        ),
    ] {
        let server = Server::start(&identity).await;
        let said = refusal(&origin(&server), accepting(server_cert), Cause::Tls).await;
        assert!(said.contains(part), "{said}");
        assert!(server.seen().is_empty());
        // What the message shows is what the user may write.
        let (_, thumbprint) = said.split_once("its SHA-256 thumbprint is ").unwrap();
        let name = ask(&origin(&server), accepting(thumbprint)).await.unwrap();
        assert_eq!(name, "Ann");
    }
}

#[tokio::test]
async fn a_server_must_hold_the_key_of_the_certificate_it_shows() {
    let shown_identity = Identity::self_signed("localhost");
    let held = Identity::self_signed("localhost");
    let server = Server::impostor(&shown_identity, &held).await;
    let der = shown_identity.certificate.der();
    for server_cert in [
        shown(&sha256(der)),
        shown(&sha1(der)),
        shown_identity.certificate.pem(),
        "*".to_owned(),
    ] {
        let said = refusal(&origin(&server), accepting(&server_cert), Cause::Tls).await;
        assert_eq!(
            said,
            "the server does not hold the key of the certificate it shows"
        );
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn accepting_everything_is_said_loudly() {
    let open = |server_cert: &str| {
        let transport = accepting(server_cert);
        let connection = Connection::open(settings("https://localhost", transport)).unwrap();
        connection.notices().to_vec()
    };
    assert_eq!(open(""), Vec::<String>::new());
    let notices = open("*");
    assert_eq!(notices.len(), 1);
    assert!(
        notices[0].starts_with("SSLServerCert=* accepts every certificate"),
        "{notices:?}"
    );
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_servers_that_ask() {
    let authority = Authority::new("Ours");
    let clients = Authority::new("Clients");
    let server = Server::demanding(&authority.server("localhost"), &clients).await;
    let with = |client_cert: Option<ClientCert>| Transport {
        client_cert,
        ..accepting(&authority.pem())
    };
    let known = clients.client();
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = (known.certificate.pem(), known.key.serialize_pem());
    let path = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let both = format!("{key}{cert}");
    for (certificate, key) in [
        (cert.clone(), Some(key.clone())),
        (path("cert.pem", &cert), Some(path("key.pem", &key))),
        (path("both.pem", &both), None),
        (both.replace('\n', " "), Some(String::new())),
    ] {
        let read = ClientCert::read(&certificate, key.as_deref()).unwrap();
        let name = ask(&origin(&server), with(Some(read))).await.unwrap();
        assert_eq!(name, "Ann");
    }
    let seen = server.seen().len();

    let said = refusal(&origin(&server), with(None), Cause::Tls).await;
    assert!(
        said.contains("wants to see a client certificate; give SSLClientCert and SSLClientKey"),
        "{said}"
    );
    let stranger = Authority::new("Theirs").client();
    let stranger = ClientCert::read(
        &stranger.certificate.pem(),
        Some(&stranger.key.serialize_pem()),
    );
    let said = refusal(&origin(&server), with(stranger.ok()), Cause::Tls).await;
    assert!(
        said.contains("did not accept the client certificate in SSLClientCert"),
        "{said}"
    );
    assert_eq!(server.seen().len(), seen);
}

#[test]
fn client_certificates_that_cannot_be_used_are_refused() {
    let clients = Authority::new("Clients");
    let (one, two) = (clients.client(), clients.client());
    let cert = one.certificate.pem();
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("client.pfx");
    fs::write(&binary, [0x30, 0x82, 0xff]).unwrap();
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----QUJD-----END ENCRYPTED PRIVATE KEY-----";
    let damaged = "-----BEGIN PRIVATE KEY-----QUJD-----END PRIVATE KEY-----";
    for (certificate, key, expected) in [
        (
            cert.as_str(),
            Some(two.key.serialize_pem()),
            "SSLClientKey: the key does not belong to the certificate",
        ),
        (&cert, None, "SSLClientKey: there is no private key"),
        (
            &cert,
            Some(encrypted.to_owned()),
            "SSLClientKey: the ENCRYPTED PRIVATE KEY is encrypted; decrypt it first",
        ),
        (
            &cert,
            Some(damaged.to_owned()),
            "SSLClientKey: the key cannot be used",
        ),
        (
            &cert,
            Some("QUJD".to_owned()),
            "SSLClientKey: it is neither PEM text nor the path of a file",
        ),
        (
            binary.to_str().unwrap(),
            None,
            "SSLClientCert: the file is not PEM; convert it first",
        ),
        (
            "nowhere.pem",
            None,
            "SSLClientCert: the file `nowhere.pem` cannot be read",
        ),
    ] {
        let message = ClientCert::read(certificate, key.as_deref())
            .unwrap_err()
            .to_string();
        assert!(message.starts_with(expected), "{message}");
        assert!(!message.contains("QUJD"), "{message}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_told_apart() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let origin = format!("https://localhost:{port}");
    let plain = tokio::spawn(async move {
        for number in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            if number == 0 {
                super::servers::say(&mut stream, "400 Bad Request", "plain").await;
            } else {
                // Reads the greeting first: with unread bytes the socket would be reset.
                let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4096]).await;
            }
        }
    });
    let said = refusal(&origin, accepting("*"), Cause::Tls).await;
    assert_eq!(said, "the server does not speak TLS on this port");
    let said = refusal(&origin, accepting("*"), Cause::Tls).await;
    assert_eq!(said, "the connection was closed during the TLS handshake");
    plain.abort();
}

#[tokio::test]
async fn a_host_of_files_needs_a_certificate_in_full_or_the_system() {
    let authority = Authority::new("Ours");
    let identity = authority.server("localhost");
    let server = Server::start(&identity).await;
    let thumbprint = shown(&sha256(identity.certificate.der()));
    for (server_cert, reached) in [
        (authority.pem(), true),
        (Authority::new("Theirs").pem(), false),
        // It names the API's host, and this may be any.
        (thumbprint, false),
        (String::new(), false),
    ] {
        let settings = settings(&origin(&server), accepting(&server_cert));
        let client = storage_client(&settings).unwrap();
        let answer = client.get(origin(&server)).send().await;
        assert_eq!(answer.is_ok(), reached, "{server_cert}: {answer:?}");
    }
}
