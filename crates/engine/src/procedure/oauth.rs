//! The procedures of sign-in: what they are told becomes a question to the connection's sign-in, its answer their row.

use futures::future::BoxFuture;
use zuzen_rest::Secret;
use zuzen_rest::sign_in::{AddressRequest, CodeRequest, Granted, SignIn, SignInRequest};

use super::arguments::Arguments;
use super::declared::WEB;
use super::run::Answer;
use crate::connection::Connection;
use crate::error::{Error, Kind};

/// `GetOAuthAuthorizationURL`.
pub(super) fn authorization_url<'a>(
    connection: &'a Connection,
    arguments: &'a Arguments,
) -> BoxFuture<'a, Result<Answer, Error>> {
    Box::pin(async move {
        let request = AddressRequest {
            callback: text(arguments, "CallbackURL"),
            scope: text(arguments, "Scope"),
            state: text(arguments, "State"),
            pkce: arguments.flag("Pkce").unwrap_or_default(),
        };
        let address = sign_in(connection)?.authorization_address(request).await?;
        let verifier = address.code_verifier.as_ref().map(Secret::reveal);
        Ok(Answer::default()
            .text("URL", Some(address.url.to_string()))
            .text("State", Some(address.state))
            .text("CodeVerifier", verifier.map(str::to_owned)))
    })
}

/// `GetOAuthAccessToken`.
pub(super) fn access_token<'a>(
    connection: &'a Connection,
    arguments: &'a Arguments,
) -> BoxFuture<'a, Result<Answer, Error>> {
    Box::pin(async move {
        let sign_in = sign_in(connection)?;
        let (callback, scope) = (text(arguments, "CallbackURL"), text(arguments, "Scope"));
        let verifier = arguments.secret("Verifier").cloned();
        let granted = match (verifier, arguments.text("AuthMode")) {
            (Some(verifier), _) => {
                let request = CodeRequest {
                    verifier,
                    callback,
                    state: text(arguments, "State"),
                    code_verifier: arguments.secret("CodeVerifier").cloned(),
                    scope,
                };
                sign_in.exchange(request).await?
            }
            (None, Some(mode)) if mode.eq_ignore_ascii_case(WEB) => {
                return Err(Error::new(Kind::Sql, "AuthMode WEB needs a Verifier")
                    .with_hint("give the code that the redirect brought as Verifier"));
            }
            (None, _) => sign_in.sign_in(SignInRequest { callback, scope }).await?,
        };
        Ok(tokens(&granted))
    })
}

/// `RefreshOAuthAccessToken`.
pub(super) fn refresh<'a>(
    connection: &'a Connection,
    arguments: &'a Arguments,
) -> BoxFuture<'a, Result<Answer, Error>> {
    Box::pin(async move {
        let spent = arguments.secret("OAuthRefreshToken").cloned();
        Ok(tokens(&sign_in(connection)?.refresh(spent).await?))
    })
}

/// `RevokeOAuthAccessToken`.
pub(super) fn revoke<'a>(
    connection: &'a Connection,
    arguments: &'a Arguments,
) -> BoxFuture<'a, Result<Answer, Error>> {
    Box::pin(async move {
        let token = arguments.secret("OAuthAccessToken").cloned();
        sign_in(connection)?.revoke(token).await?;
        Ok(Answer::default().flag("Revoked", true))
    })
}

fn sign_in(connection: &Connection) -> Result<&SignIn, Error> {
    connection.rest().sign_in().ok_or_else(|| {
        let message = format!(
            "the connection `{}` does not sign in by OAuth",
            connection.name()
        );
        Error::new(Kind::Config, message)
            .with_hint("give it AuthScheme=OAuth, OAuthClientId and OAuthClientSecret")
    })
}

fn text(arguments: &Arguments, name: &str) -> Option<String> {
    arguments.text(name).map(str::to_owned)
}

fn tokens(granted: &Granted) -> Answer {
    let refresh = granted.refresh_token.as_ref().map(Secret::reveal);
    let seconds = granted.expires_in.map(|life| life.as_secs());
    Answer::default()
        .text(
            "OAuthAccessToken",
            Some(granted.access_token.reveal().to_owned()),
        )
        .text("OAuthRefreshToken", refresh.map(str::to_owned))
        .number(
            "ExpiresIn",
            seconds.and_then(|seconds| i64::try_from(seconds).ok()),
        )
        .text("Scope", granted.scope.clone())
}
