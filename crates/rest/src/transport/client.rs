//! The HTTP client of a connection, for its API and for its token endpoint alike.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use reqwest::redirect;
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::sign::SingleCertAndKey;
use url::Url;

use super::firewall::FirewallKind;
use super::gateway::{Gateway, Login};
use super::verifier::Verifier;
use super::{ServerCert, Transport};
use crate::error::Error;
use crate::send::LONGEST_TRANSFER;
use crate::settings::Settings;

/// Requests of one connection under way at the same time.
pub(crate) const MOST_AT_ONCE: usize = 8;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Builds the client.
///
/// # Errors
/// [`Error::Settings`] if these settings make no client.
pub(crate) fn client(settings: &Settings) -> Result<reqwest::Client, Error> {
    let client = common(settings, &settings.transport)?.timeout(settings.timeout);
    build(settings, client)
}

/// Builds the client for files that lie with a storage provider: nothing of it tells who asks, and what lies there
/// compressed stays so.
///
/// The host is another than the API's: a certificate that names the API says nothing of it, so the system's issuers
/// are asked. Certificates in full count as well, since they may be those of a proxy that replaces all others.
///
/// # Errors
/// [`Error::Settings`] if these settings make no client.
pub(crate) fn storage_client(settings: &Settings) -> Result<reqwest::Client, Error> {
    let mut transport = settings.transport.clone();
    transport.client_cert = None;
    transport.server_cert = match transport.server_cert {
        ServerCert::Sha256(_) | ServerCert::Sha1(_) => ServerCert::System,
        ServerCert::Pem(certificates) => ServerCert::PemOrSystem(certificates),
        other => other,
    };
    let client = common(settings, &transport)?
        .timeout(LONGEST_TRANSFER)
        .no_gzip()
        .no_brotli()
        .no_zstd();
    build(settings, client)
}

fn refused(settings: &Settings, reason: String) -> Error {
    Error::Settings {
        connection: settings.name.clone(),
        reason,
    }
}

fn build(settings: &Settings, client: reqwest::ClientBuilder) -> Result<reqwest::Client, Error> {
    client
        .build()
        .map_err(|error| refused(settings, format!("no HTTP client could be made: {error}")))
}

fn common(settings: &Settings, transport: &Transport) -> Result<reqwest::ClientBuilder, Error> {
    let refused = |reason| refused(settings, reason);
    let secure = settings.origin.scheme() != "http";
    let client = reqwest::Client::builder()
        .user_agent(&settings.user_agent)
        .redirect(redirect::Policy::none())
        // Every attempt is ours to decide, to count and to log.
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT.min(settings.timeout))
        .tcp_nodelay(true)
        .pool_max_idle_per_host(MOST_AT_ONCE)
        // Rows come in bodies of megabytes; the protocol's first window is 64 KB.
        .http2_adaptive_window(true)
        .tls_backend_preconfigured(tls(transport, secure).map_err(refused)?);
    Ok(match way(transport).map_err(refused)? {
        Some(proxy) => client.proxy(proxy),
        // The system's proxy has no business between a machine and itself.
        None if settings.is_loopback() => client.no_proxy(),
        None => client,
    })
}

/// One TLS configuration for every kind of certificate, so that all refusals read the same.
fn tls(transport: &Transport, secure: bool) -> Result<ClientConfig, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Verifier::new(transport.server_cert.clone(), Arc::clone(&provider));
    if secure {
        verifier.prepare()?;
    }
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match &transport.client_cert {
        Some(shown) => {
            config.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(shown.certified())))
        }
        None => config.with_no_client_auth(),
    };
    // reqwest leaves a configuration that it is given as it is.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The proxy or firewall, if one is configured.
fn way(transport: &Transport) -> Result<Option<reqwest::Proxy>, String> {
    match (&transport.firewall, &transport.proxy) {
        (Some(_), Some(_)) => Err(
            "ProxyServer and FirewallServer are both given, but a connection passes through one of them; \
             remove the other"
                .to_owned(),
        ),
        (Some(firewall), None) => match firewall.kind {
            FirewallKind::Tunnel => http(&firewall.gateway, |_| true).map(Some),
            FirewallKind::Socks5 => socks5(&firewall.gateway).map(Some),
        },
        (None, Some(proxy)) => {
            let excepted = proxy.clone();
            let goes_through = move |host: &str| !excepted.excepts(host);
            http(&proxy.gateway, goes_through).map(Some)
        }
        (None, None) => Ok(None),
    }
}

fn http(
    gateway: &Gateway,
    goes_through: impl Fn(&str) -> bool + Send + Sync + 'static,
) -> Result<reqwest::Proxy, String> {
    let address = parse(&format!("http://{}", gateway.address()))?;
    let proxy = reqwest::Proxy::custom(move |url| {
        goes_through(url.host_str().unwrap_or_default()).then(|| address.clone())
    });
    let Some(Login { user, password }) = gateway.login() else {
        return Ok(proxy);
    };
    let basic = STANDARD.encode(format!("{user}:{}", password.reveal()));
    let mut header =
        HeaderValue::from_str(&format!("Basic {basic}")).map_err(|error| error.to_string())?;
    header.set_sensitive(true);
    Ok(proxy.custom_http_auth(header))
}

fn socks5(gateway: &Gateway) -> Result<reqwest::Proxy, String> {
    let login = match gateway.login() {
        Some(Login { user, password }) => {
            format!("{}:{}@", escaped(user), escaped(password.reveal()))
        }
        None => String::new(),
    };
    // The h asks the firewall to look names up: behind one, this machine may not be able to.
    let address = parse(&format!("socks5h://{login}{}", gateway.address()))?;
    Ok(reqwest::Proxy::custom(move |_| Some(address.clone())))
}

/// The reason does not quote the address, which may hold a password.
fn parse(address: &str) -> Result<Url, String> {
    Url::parse(address).map_err(|error| format!("the proxy's address cannot be used: {error}"))
}

/// URL rules would leave a percent sign as it is, and whoever reads the password would then decode it.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
        escaped
    })
}
