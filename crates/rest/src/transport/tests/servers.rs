//! Servers that know one user, over TLS and without.

use std::sync::Arc;

use parking_lot::Mutex;
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::certificates::{Authority, Identity};

/// A server at work. What it saw are the heads of requests, in order.
pub(super) struct Server {
    pub(super) port: u16,
    seen: Arc<Mutex<Vec<String>>>,
    offered: Arc<Offered>,
    task: JoinHandle<()>,
}

/// Shows one certificate, and remembers which protocols clients offered.
#[derive(Debug)]
struct Offered {
    shown: Arc<CertifiedKey>,
    protocols: Mutex<Vec<Vec<u8>>>,
}

impl ResolvesServerCert for Offered {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let offered = hello.alpn().into_iter().flatten().map(<[u8]>::to_vec);
        *self.protocols.lock() = offered.collect();
        Some(Arc::clone(&self.shown))
    }
}

impl Server {
    pub(super) async fn start(identity: &Identity) -> Self {
        Self::run(identity, identity, None).await
    }

    /// Shows a certificate whose key is another.
    pub(super) async fn impostor(shown: &Identity, held: &Identity) -> Self {
        Self::run(shown, held, None).await
    }

    /// Wants to see a certificate that this authority has issued.
    pub(super) async fn demanding(identity: &Identity, clients: &Authority) -> Self {
        Self::run(identity, identity, Some(clients)).await
    }

    async fn run(shown: &Identity, held: &Identity, clients: Option<&Authority>) -> Self {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let key = provider
            .key_provider
            .load_private_key(held.private_key())
            .unwrap();
        let offered = Arc::new(Offered {
            shown: Arc::new(CertifiedKey::new(shown.chain(), key)),
            protocols: Mutex::default(),
        });
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let config = match clients {
            None => config.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.der()).unwrap();
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                config.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let config = config.with_cert_resolver(Arc::clone(&offered) as _);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn({
            let seen = Arc::clone(&seen);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
                    tokio::spawn(async move {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            answer(stream, &seen).await;
                        }
                    });
                }
            }
        });
        Self {
            port,
            seen,
            offered,
            task,
        }
    }

    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().clone()
    }

    /// The protocols that the last client offered.
    pub(super) fn offered(&self) -> Vec<Vec<u8>> {
        self.offered.protocols.lock().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A head up to its empty line; `None` if there is none.
pub(super) async fn head(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

/// Answers one request.
pub(super) async fn answer(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    seen: &Mutex<Vec<String>>,
) {
    let Some(head) = head(&mut stream).await else {
        return;
    };
    seen.lock().push(head);
    say(&mut stream, "200 OK", r#"{"user":{"id":1,"name":"Ann"}}"#).await;
}

pub(super) async fn say(stream: &mut (impl AsyncWrite + Unpin), status: &str, body: &str) {
    let text = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}
