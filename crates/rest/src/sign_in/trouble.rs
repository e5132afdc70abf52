//! What goes wrong while signing in, in words: the reason, and the next step.

use zuzen_plan::sign_in::Missing;

use super::call::CallError;
use super::desktop::CallbackError;
use super::server::TokenError;
use super::{Error, SignIn, StoreError};

impl SignIn {
    pub(super) fn stop(&self, reason: &str, hint: &str) -> Error {
        Error::SignIn {
            connection: self.shared.connection.clone(),
            reason: reason.to_owned(),
            hint: hint.to_owned(),
        }
    }

    pub(super) fn missing(&self, missing: Missing) -> Error {
        let name = &self.shared.connection;
        match missing {
            Missing::Token => self.stop(
                "there is no access token",
                "give OAuthAccessToken, or let the connection get one: InitiateOAuth=GETANDREFRESH",
            ),
            // Where nobody agrees in a browser, nobody was ever given a refresh token.
            Missing::RefreshToken if self.shared.server.authorize_url.is_none() => self.stop(
                "the access token has ended or was refused, and there is nothing to renew it with",
                "give OAuthClientId and OAuthClientSecret with InitiateOAuth=REFRESH, so that tokens are got as they are \
                 needed; the token of another data centre is refused as well: check URL or Tenant",
            ),
            Missing::RefreshToken => self.stop(
                "the access token has ended or was refused, and there is nothing to renew it with",
                &format!(
                    "give OAuthRefreshToken with InitiateOAuth=REFRESH, or sign in again: zuzen login {name}"
                ),
            ),
            Missing::Renewal => self.stop(
                "the refresh token was refused: it was used before, has ended or was revoked",
                &format!("sign in again: zuzen login {name}"),
            ),
            Missing::SignIn => self.stop(
                "nobody has signed in yet",
                &format!(
                    "run zuzen login {name}, or give OAuthVerifier, OAuthRefreshToken or InitiateOAuth=GETANDREFRESH"
                ),
            ),
        }
    }

    pub(super) fn no_page(&self) -> Error {
        self.stop(
            "this vendor has no page where a person agrees",
            "sign in with the client's own id and secret (OAuthGrantType=CLIENT), or give OAuthAuthorizationURL",
        )
    }

    pub(super) fn no_code(&self, error: &CallbackError) -> Error {
        let again = format!("sign in again: zuzen login {}", self.shared.connection);
        match error {
            CallbackError::Elsewhere { url, reason } => self.stop(
                &format!("CallbackURL {url} {reason}: the browser could not be sent back to zuzen"),
                "register and give a CallbackURL such as http://localhost:33333, or exchange the code yourself: \
                 SELECT * FROM GetOAuthAccessToken(AuthMode => 'WEB', Verifier => '<code>')",
            ),
            CallbackError::Taken { port } => self.stop(
                &format!("port {port} of CallbackURL is in use by another program"),
                "end it, or register and give another CallbackURL",
            ),
            CallbackError::Listen { port, reason } => self.stop(
                &format!("port {port} of CallbackURL cannot be listened on: {reason}"),
                "register and give another CallbackURL",
            ),
            CallbackError::TimedOut { waited } => {
                self.stop(&format!("nobody has signed in within {} s", waited.as_secs()), &again)
            }
            CallbackError::Denied { code, said } => {
                let said = if said.is_empty() { code } else { said };
                self.stop(&format!("access was not granted: {said}"), &again)
            }
            CallbackError::WrongState => self.stop(
                "the redirect carries another state than the address that was opened",
                "use the redirect of the address that this connection handed out last; an old tab or somebody else's \
                 link is refused",
            ),
            CallbackError::NoCode => self.stop("the redirect carries no code", &again),
        }
    }

    pub(super) fn refused_code(&self, error: TokenError) -> Error {
        match error {
            TokenError::Refused { code, said } if code == "invalid_grant" => self.stop(
                &format!("the code was refused{}", words(&said)),
                &format!(
                    "a code lives two minutes, works once, and only with the CallbackURL it was made for; get a new one: zuzen login {}",
                    self.shared.connection
                ),
            ),
            other => self.refused_client(other),
        }
    }

    pub(super) fn refused_client(&self, error: TokenError) -> Error {
        match error {
            TokenError::Refused { code, said } => {
                let hint = match code.as_str() {
                    "invalid_client" | "unauthorized_client" => {
                        "check OAuthClientId and OAuthClientSecret against the vendor's administration, and the data centre (URL or Tenant)"
                    }
                    "invalid_scope" => {
                        "ask for less with Scope: the client may not have all of what is asked for"
                    }
                    "unsupported_grant_type" => {
                        "this server takes no codes and gives no refresh tokens: sign in with the client's own id and \
                         secret (OAuthGrantType=CLIENT), which needs neither"
                    }
                    _ => "check the properties of the OAuth client",
                };
                self.stop(
                    &format!("the token endpoint refused: {code}{}", words(&said)),
                    hint,
                )
            }
            TokenError::Call(error) => self.not_reached(&error),
            TokenError::Answer(reason) => self.stop(
                &format!("the token endpoint gave no token: {reason}"),
                "check URL, Tenant and OAuthAccessTokenURL",
            ),
        }
    }

    pub(super) fn not_reached(&self, error: &CallError) -> Error {
        let hint = match error {
            CallError::Network { .. } => "check the network, the URL and the proxy, then try again",
            CallError::Redirect { .. } => {
                "if the account has moved, put its new address into URL or OAuthAccessTokenURL"
            }
            CallError::Status { status: 429, .. } => {
                "tokens are asked for too often from this address; keep them with OAuthSettingsLocation and try again later"
            }
            CallError::Status { .. } | CallError::TooLarge => "try again later",
        };
        self.stop(&format!("no token could be asked for: {error}"), hint)
    }

    pub(super) fn kept_badly(&self, source: StoreError) -> Error {
        Error::Store {
            connection: self.shared.connection.clone(),
            source,
        }
    }
}

fn words(said: &str) -> String {
    if said.is_empty() {
        String::new()
    } else {
        format!(" ({said})")
    }
}
