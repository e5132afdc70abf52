//! Who a request comes from. Knows two people and the tokens they gave out, and refuses everybody else in the shape their kind
//! of credentials gets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::oauth::Authority;
use crate::oauth::ledger::Token;
use crate::people::Person;
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::Caller;

/// What an `Authorization` header amounts to.
#[derive(Debug)]
pub(crate) enum Identity {
    Known(Caller),
    /// Somebody who gave an application a token. It may do less than the person.
    Bearer(Caller, Box<Token>),
    /// No credentials, or a password that is wrong: some endpoints answer those with 200 and nobody.
    Nobody,
    Refused(Box<Reply>),
}

pub(crate) fn identify(authorization: Option<&str>, authority: &Authority) -> Identity {
    let Some(header) = authorization else {
        return Identity::Nobody;
    };
    let Some((scheme, rest)) = header.split_once(' ') else {
        return Identity::Refused(Box::new(Reply::unauthenticated()));
    };
    if scheme.eq_ignore_ascii_case("bearer") {
        return match authority.session(rest.trim()) {
            Some(token) => Identity::Bearer(caller(token.person), Box::new(token)),
            None => Identity::Refused(Box::new(Reply::invalid_token())),
        };
    }
    let text = STANDARD
        .decode(rest.trim())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((user, secret)) = text.as_deref().and_then(|text| text.split_once(':')) else {
        return Identity::Refused(Box::new(Reply::unauthenticated()));
    };
    let (email, secrets): (_, fn(Person) -> &'static [&'static str]) =
        match user.strip_suffix("/token") {
            Some(email) => (email, Person::api_tokens),
            None => (user, Person::passwords),
        };
    let known = Person::of_email(email).filter(|person| secrets(*person).contains(&secret));
    match known {
        Some(person) => Identity::Known(caller(person)),
        // A wrong token is told so; a wrong password is quietly somebody anonymous.
        None if email == user => Identity::Nobody,
        None => Identity::Refused(Box::new(Reply::unauthenticated())),
    }
}

fn caller(person: Person) -> Caller {
    match person {
        Person::Administrator => Caller::Admin,
        Person::Agent => Caller::Agent,
    }
}
