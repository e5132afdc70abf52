//! Who a request comes from. Knows two people and refuses everybody else in the shape their kind of credentials gets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::Caller;

/// What an `Authorization` header amounts to.
#[derive(Debug)]
pub(crate) enum Identity {
    Known(Caller),
    /// No credentials, or a password that is wrong: some endpoints answer those with 200 and nobody.
    Nobody,
    Refused(Box<Reply>),
}

pub(crate) fn identify(authorization: Option<&str>) -> Identity {
    let Some(header) = authorization else {
        return Identity::Nobody;
    };
    let Some((scheme, rest)) = header.split_once(' ') else {
        return Identity::Refused(Box::new(Reply::unauthenticated()));
    };
    if scheme.eq_ignore_ascii_case("bearer") {
        return Identity::Refused(Box::new(Reply::invalid_token()));
    }
    let text = STANDARD
        .decode(rest.trim())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    match text.as_deref() {
        Some("agent@example.com/token:demo" | "agent@example.com:password") => {
            Identity::Known(Caller::Admin)
        }
        Some("light@example.com/token:demo-agent") => Identity::Known(Caller::Agent),
        // A wrong token is told so; a wrong password is quietly somebody anonymous.
        Some(text)
            if !text
                .split(':')
                .next()
                .unwrap_or_default()
                .ends_with("/token") =>
        {
            Identity::Nobody
        }
        _ => Identity::Refused(Box::new(Reply::unauthenticated())),
    }
}
