//! What became of a request that brought no answer: whose fault it is, in words.

use std::error::Error as _;
use std::io;

use reqwest::StatusCode;
use rustls::{AlertDescription, CertificateError, OtherError};
use url::Url;
use zuzen_plan::retry::Outcome;

use super::verifier::Untrusted;
use super::{Gateway, Transport};
use crate::error::Cause;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What the retry table looks at.
    pub(crate) outcome: Outcome,
    pub(crate) cause: Cause,
    /// In words; it holds no secret.
    pub(crate) detail: String,
}

impl Failure {
    /// Reads the error of a client that was built from this transport.
    pub(crate) fn read(error: &reqwest::Error, transport: &Transport) -> Self {
        let gateway = gateway(error.url(), transport);
        let texts = texts(error);
        let said = |part: &str| texts.iter().any(|text| text.contains(part));
        let detail = || texts.last().map_or("no details", String::as_str).to_owned();
        let connecting = error.is_connect();
        let by_way_of = |text: String| match gateway {
            Some(gateway) => format!("{text}, by way of {gateway}"),
            None => text,
        };
        if let Some(detail) = tls(error, connecting) {
            return Self::new(Outcome::Connect, Cause::Tls, by_way_of(detail));
        }
        if error.is_timeout() {
            let outcome = if connecting {
                Outcome::Connect
            } else {
                Outcome::Timeout
            };
            return Self::new(outcome, Cause::Timeout, by_way_of(detail()));
        }
        if !connecting {
            return Self::new(Outcome::Transport, Cause::Broken, detail());
        }
        if said("tls handshake eof") {
            let detail = "the connection was closed during the TLS handshake".to_owned();
            return Self::new(Outcome::Connect, Cause::Tls, by_way_of(detail));
        }
        if gateway.is_some() || said("tunnel error: ") || said("SOCKS error: ") {
            let host = error.url().and_then(Url::host_str).unwrap_or("the host");
            let detail = passed(&texts, gateway, host, error.is_dns());
            return Self::new(Outcome::Connect, Cause::Proxy, detail);
        }
        let cause = if error.is_dns() {
            Cause::Dns
        } else {
            Cause::Refused
        };
        Self::new(Outcome::Connect, cause, detail())
    }

    /// A proxy that is asked for plain http answers in the server's place; over TLS only the server can.
    pub(crate) fn of_status(status: StatusCode, url: &Url, transport: &Transport) -> Option<Self> {
        if status != StatusCode::PROXY_AUTHENTICATION_REQUIRED || url.scheme() != "http" {
            return None;
        }
        let gateway = gateway(Some(url), transport)?;
        let detail = unauthorized(Some(gateway));
        Some(Self::new(Outcome::Connect, Cause::Proxy, detail))
    }

    fn new(outcome: Outcome, cause: Cause, detail: String) -> Self {
        Self {
            outcome,
            cause,
            detail,
        }
    }
}

fn gateway<'a>(url: Option<&Url>, transport: &'a Transport) -> Option<&'a Gateway> {
    transport.gateway(url?.host_str()?)
}

/// All messages behind the outermost, which only repeats the address.
fn texts(error: &reqwest::Error) -> Vec<String> {
    let mut texts = Vec::new();
    let mut source = error.source();
    while let Some(error) = source {
        texts.push(error.to_string());
        source = error.source();
    }
    texts
}

/// What a proxy did. Its errors are of types that nobody but their crate can name; their texts are all there is.
fn passed(texts: &[String], gateway: Option<&Gateway>, host: &str, dns: bool) -> String {
    let said = |part: &str| texts.iter().any(|text| text.contains(part));
    let innermost = texts.last().map_or("no details", String::as_str);
    let name = name(gateway);
    if said("tunnel error: proxy authorization required") {
        return unauthorized(gateway);
    }
    if said("tunnel error: unsuccessful") {
        return format!("{name} answered, but refused to connect to {host}");
    }
    if said("tunnel error: unexpected end of file") || said("tunnel error: io error") {
        return format!("{name} closed the connection; does it speak HTTP CONNECT?");
    }
    if said("SOCKS error: failed to create underlying connection") {
        return format!("{name} cannot be reached");
    }
    if said("SOCKS error: io error") || said("SOCKS error: failed parsing") {
        return format!("{name} closed the connection; does it speak SOCKS5?");
    }
    if said("SOCKS error: credentials not accepted") {
        return refused_login(gateway);
    }
    // These two are said of a server that wants, or does not want, what was not, or was, offered.
    if said("SOCKS error: server") {
        return unauthorized(gateway);
    }
    // All three lie in one buffer of 262 bytes until the tunnel stands.
    if said("SOCKS error: failed serialize request") {
        return format!("host, user and password are together too long to ask {name} for {host}");
    }
    let socks = texts
        .iter()
        .find_map(|text| text.strip_prefix("SOCKS error: "));
    if let Some(reason) = socks {
        return format!("{name} did not connect to {host}: {reason}");
    }
    if dns {
        return format!("the name of {name} is not known");
    }
    format!("{name} cannot be reached: {innermost}")
}

fn name(gateway: Option<&Gateway>) -> String {
    match gateway {
        Some(gateway) => gateway.to_string(),
        None => "the system's proxy (HTTPS_PROXY or ALL_PROXY, if it comes from the environment)"
            .to_owned(),
    }
}

fn unauthorized(gateway: Option<&Gateway>) -> String {
    match gateway {
        Some(gateway) if gateway.login().is_none() => format!(
            "{gateway} wants a user and a password; give {}",
            gateway.login_properties()
        ),
        Some(_) => refused_login(gateway),
        None => format!("{} wants a user and a password", name(gateway)),
    }
}

fn refused_login(gateway: Option<&Gateway>) -> String {
    match gateway {
        Some(gateway) => format!(
            "{gateway} did not accept its user and password; check {}",
            gateway.login_properties()
        ),
        None => format!("{} did not accept its user and password", name(gateway)),
    }
}

/// What is wrong with TLS, if it is TLS.
fn tls(error: &reqwest::Error, connecting: bool) -> Option<String> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = inside(error) {
            return said(error, connecting);
        }
        source = error.source();
    }
    None
}

/// An I/O error hides what it was made of: its source is that of its content.
fn inside<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    let mut error = error;
    while let Some(content) = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        error = content;
    }
    error.downcast_ref()
}

fn said(error: &rustls::Error, connecting: bool) -> Option<String> {
    use AlertDescription as Alert;
    let text = match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) => {
            match inner.downcast_ref::<Untrusted>() {
                Some(untrusted) => untrusted.to_string(),
                None => inner.to_string(),
            }
        }
        rustls::Error::InvalidCertificate(CertificateError::BadSignature) => {
            "the server does not hold the key of the certificate it shows".to_owned()
        }
        // In TLS 1.3 the server looks at our certificate only after the handshake.
        rustls::Error::AlertReceived(Alert::CertificateRequired) => {
            "the server wants to see a client certificate; give SSLClientCert and SSLClientKey"
                .to_owned()
        }
        rustls::Error::AlertReceived(
            alert @ (Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
            | Alert::DecryptError),
        ) => format!("the server did not accept the client certificate in SSLClientCert ({alert:?})"),
        // Anything else in the middle of an answer is a connection that broke.
        _ if !connecting => return None,
        rustls::Error::AlertReceived(Alert::HandshakeFailure) => {
            "the server ended the handshake; it may want a client certificate (SSLClientCert) or only speak outdated TLS"
                .to_owned()
        }
        rustls::Error::InvalidMessage(_) => {
            "the server does not speak TLS on this port".to_owned()
        }
        other => other.to_string(),
    };
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_proxy_is_blamed_by_what_it_is() {
        for (texts, dns, expected) in [
            (
                ["tunnel error: proxy authorization required"].as_slice(),
                false,
                "the system's proxy (HTTPS_PROXY or ALL_PROXY, if it comes from the environment) wants a user and a password",
            ),
            (
                &["SOCKS error: credentials not accepted"],
                false,
                "the system's proxy (HTTPS_PROXY or ALL_PROXY, if it comes from the environment) did not accept its user and password",
            ),
            (
                &[
                    "tunnel error: failed to create underlying connection",
                    "dns error",
                    "no such name",
                ],
                true,
                "the name of the system's proxy (HTTPS_PROXY or ALL_PROXY, if it comes from the environment) is not known",
            ),
            (
                &[
                    "tunnel error: failed to create underlying connection",
                    "refused",
                ],
                false,
                "the system's proxy (HTTPS_PROXY or ALL_PROXY, if it comes from the environment) cannot be reached: refused",
            ),
        ] {
            let texts: Vec<_> = texts.iter().map(|text| (*text).to_owned()).collect();
            assert_eq!(passed(&texts, None, "acme.zendesk.com", dns), expected);
        }
    }
}
