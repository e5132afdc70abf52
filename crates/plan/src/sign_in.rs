//! Signing in as data and decisions: how a vendor's OAuth server is spoken to, and what to do next with what is at hand.
//!
//! It sends nothing and keeps nothing; `zuzen-rest` does.

/// How a vendor is signed in to, from `[sign_in]` of its `connector.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vendor {
    /// Path that answers who the credentials belong to, or at least that they are good.
    pub identity: String,
    /// The record in that answer that describes a user; without it, only the token's scope tells whose it is.
    pub identity_record: Option<String>,
    /// Path of the page where a person agrees; vendors without one have no authorization-code flow of their own.
    pub authorize: Option<String>,
    /// Path that hands out tokens.
    pub token: String,
    /// How that path wants its parameters.
    pub body: Body,
    /// Path that tells about the token in use (GET) and ends it (DELETE).
    pub current: Option<String>,
    /// Scope asked for unless the user says otherwise.
    pub scope: Option<String>,
    /// Seconds that an access token is asked to live.
    pub expires_in: Option<u32>,
    /// Seconds that a refresh token is asked to live.
    pub refresh_expires_in: Option<u32>,
}

/// How parameters travel to a token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Body {
    /// As RFC 6749 says.
    #[default]
    Form,
    /// As one JSON object.
    Json,
}

/// How much a connection does by itself (`InitiateOAuth`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initiate {
    /// Nothing: the access token is given and used until it ends.
    Off,
    /// Asks a person through the browser where needed, and renews.
    GetAndRefresh,
    /// Renews, but never asks a person.
    Refresh,
}

/// Where tokens come from (`OAuthGrantType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// A person agrees in a browser.
    Code,
    /// The client's own id and secret are enough.
    Client,
}

/// The access token at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// There is none.
    None,
    /// It is good as far as anybody knows.
    Good,
    /// It has ended, is about to, or was refused.
    Old,
}

/// The refresh token at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshToken {
    /// There is none.
    None,
    /// There is one that nobody has refused.
    Unused,
    /// The API has refused it before: it was used up elsewhere, has ended or was revoked.
    Refused,
}

/// What is at hand when an access token is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Situation {
    /// What the connection may do by itself.
    pub initiate: Initiate,
    /// Where its tokens come from.
    pub grant: Grant,
    /// The access token.
    pub token: Token,
    /// The refresh token.
    pub refresh: RefreshToken,
    /// There is a code from a redirect (`OAuthVerifier`) that has not been exchanged yet.
    pub code: bool,
}

/// What to do for an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Use the one at hand.
    Use,
    /// Exchange the code.
    Exchange,
    /// Spend the refresh token.
    Refresh,
    /// Ask with the client's id and secret.
    AskAsClient,
    /// Ask a person.
    AskPerson,
    /// Give up.
    Stop(Missing),
}

/// Why there is no access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Nothing was given, and nothing may be asked for.
    Token,
    /// The access token has ended, and there is nothing to renew it with.
    RefreshToken,
    /// The refresh token was refused before.
    Renewal,
    /// Nothing was ever signed in.
    SignIn,
}

/// The next step: a code that was just given goes first, then what costs least and asks nobody.
#[must_use]
pub fn step(at: &Situation) -> Step {
    if at.initiate == Initiate::Off {
        return match at.token {
            Token::Good => Step::Use,
            Token::None => Step::Stop(Missing::Token),
            Token::Old => Step::Stop(Missing::RefreshToken),
        };
    }
    match (at.grant, at.token, at.refresh) {
        (Grant::Code, _, _) if at.code => Step::Exchange,
        (_, Token::Good, _) => Step::Use,
        (Grant::Client, _, _) => Step::AskAsClient,
        (Grant::Code, _, RefreshToken::Unused) => Step::Refresh,
        _ if at.initiate == Initiate::GetAndRefresh => Step::AskPerson,
        (_, _, RefreshToken::Refused) => Step::Stop(Missing::Renewal),
        (_, Token::Old, _) => Step::Stop(Missing::RefreshToken),
        (_, _, RefreshToken::None) => Step::Stop(Missing::SignIn),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_step_is_the_cheapest_that_is_allowed() {
        use Initiate::{GetAndRefresh, Off, Refresh};
        for (initiate, grant, token, refresh, code, expected) in [
            (
                Off,
                Grant::Code,
                Token::Good,
                RefreshToken::Unused,
                true,
                Step::Use,
            ),
            (
                Off,
                Grant::Code,
                Token::None,
                RefreshToken::Unused,
                true,
                Step::Stop(Missing::Token),
            ),
            (
                Off,
                Grant::Client,
                Token::Old,
                RefreshToken::None,
                false,
                Step::Stop(Missing::RefreshToken),
            ),
            (
                Refresh,
                Grant::Code,
                Token::Good,
                RefreshToken::Unused,
                true,
                Step::Exchange,
            ),
            (
                Refresh,
                Grant::Code,
                Token::Good,
                RefreshToken::Unused,
                false,
                Step::Use,
            ),
            (
                Refresh,
                Grant::Code,
                Token::Old,
                RefreshToken::Unused,
                false,
                Step::Refresh,
            ),
            (
                Refresh,
                Grant::Code,
                Token::None,
                RefreshToken::Unused,
                false,
                Step::Refresh,
            ),
            (
                Refresh,
                Grant::Code,
                Token::Old,
                RefreshToken::None,
                false,
                Step::Stop(Missing::RefreshToken),
            ),
            (
                Refresh,
                Grant::Code,
                Token::Old,
                RefreshToken::Refused,
                false,
                Step::Stop(Missing::Renewal),
            ),
            (
                Refresh,
                Grant::Code,
                Token::None,
                RefreshToken::None,
                false,
                Step::Stop(Missing::SignIn),
            ),
            (
                Refresh,
                Grant::Client,
                Token::None,
                RefreshToken::None,
                false,
                Step::AskAsClient,
            ),
            (
                Refresh,
                Grant::Client,
                Token::Old,
                RefreshToken::None,
                true,
                Step::AskAsClient,
            ),
            (
                GetAndRefresh,
                Grant::Code,
                Token::None,
                RefreshToken::None,
                false,
                Step::AskPerson,
            ),
            (
                GetAndRefresh,
                Grant::Code,
                Token::Old,
                RefreshToken::Refused,
                false,
                Step::AskPerson,
            ),
            (
                GetAndRefresh,
                Grant::Code,
                Token::Old,
                RefreshToken::Unused,
                false,
                Step::Refresh,
            ),
            (
                GetAndRefresh,
                Grant::Client,
                Token::Old,
                RefreshToken::Unused,
                false,
                Step::AskAsClient,
            ),
        ] {
            let at = Situation {
                initiate,
                grant,
                token,
                refresh,
                code,
            };
            assert_eq!(step(&at), expected, "{at:?}");
        }
    }
}
