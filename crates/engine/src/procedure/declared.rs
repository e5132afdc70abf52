//! What procedures there are: one list, from which calls, checks and `system.procedures` derive.
//!
//! Names are those that users of such connectors know. It refuses to say how a procedure does its work.

use std::fmt;

use datafusion::arrow::datatypes::DataType;
use futures::future::BoxFuture;

use super::arguments::Arguments;
use super::oauth;
use super::run::Answer;
use crate::connection::Connection;
use crate::error::Error;

/// What does the work of a procedure.
pub(crate) type Body =
    for<'a> fn(&'a Connection, &'a Arguments) -> BoxFuture<'a, Result<Answer, Error>>;

/// An action of a connection.
pub(crate) struct Procedure {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// The connectors whose connections have it.
    pub(crate) connectors: &'static [&'static str],
    /// In the order in which positional arguments are taken.
    pub(crate) parameters: &'static [Parameter],
    /// The columns of the one row it answers with.
    pub(crate) results: &'static [ResultColumn],
    pub(crate) body: Body,
}

impl fmt::Debug for Procedure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Procedure({})", self.name)
    }
}

/// Something that a procedure is told.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) holds: Holds,
    pub(crate) required: Required,
    /// What it is if nothing is given, as text.
    pub(crate) default: Option<&'static str>,
    pub(crate) about: &'static str,
}

/// What an argument may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    Text,
    Flag,
    /// One of these, in any case.
    Word(&'static [&'static str]),
    /// Text that is shown nowhere.
    Secret,
    /// An absolute address.
    Address,
}

/// Whether a parameter must be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Required {
    Never,
    Always,
    /// Only if that parameter is this word.
    With(&'static str, &'static str),
}

/// A column of a procedure's answer.
#[derive(Debug)]
pub(crate) struct ResultColumn {
    pub(crate) name: &'static str,
    pub(crate) holds: Gives,
    /// Whether it is a secret that the caller asked for.
    pub(crate) sensitive: bool,
    pub(crate) about: &'static str,
}

/// What a result column may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gives {
    Text,
    Number,
    Flag,
}

impl Gives {
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Number => DataType::Int64,
            Self::Flag => DataType::Boolean,
        }
    }

    /// The word in `system.procedure_parameters`, as in `system.columns`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "int64",
            Self::Flag => "boolean",
        }
    }
}

impl Holds {
    /// The word in `system.procedure_parameters`, as in `system.columns`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Flag => "boolean",
            Self::Text | Self::Word(_) | Self::Secret | Self::Address => "text",
        }
    }
}

impl Parameter {
    pub(crate) fn is_secret(&self) -> bool {
        self.holds == Holds::Secret
    }
}

const ZENDESK: &str = "zendesk";
const ZUORA: &str = "zuora";

/// The value of `AuthMode` that asks for the flow of web applications.
pub(crate) const WEB: &str = "WEB";

const AUTH_MODE: Parameter = Parameter {
    name: "AuthMode",
    holds: Holds::Word(&["APP", WEB]),
    required: Required::Never,
    default: Some("APP"),
    about: "APP signs in with a browser on this machine; WEB leaves the browser to your web application.",
};

const CALLBACK_URL: Parameter = Parameter {
    name: "CallbackURL",
    holds: Holds::Address,
    required: Required::Never,
    default: None,
    about: "Where the browser is sent after the sign-in; the connection's CallbackURL if not given. It must be registered with the OAuth client.",
};

const STATE: Parameter = Parameter {
    name: "State",
    holds: Holds::Text,
    required: Required::Never,
    default: None,
    about: "Text that comes back with the verifier; it is checked if given.",
};

const SCOPE: Parameter = Parameter {
    name: "Scope",
    holds: Holds::Text,
    required: Required::Never,
    default: None,
    about: "What the tokens may do, separated by spaces; the connection's Scope if not given.",
};

const ACCESS_TOKEN: ResultColumn = ResultColumn {
    name: "OAuthAccessToken",
    holds: Gives::Text,
    sensitive: true,
    about: "The access token, for the property of the same name.",
};

const REFRESH_TOKEN: ResultColumn = ResultColumn {
    name: "OAuthRefreshToken",
    holds: Gives::Text,
    sensitive: true,
    about: "The refresh token; each one works once and is replaced with the access token.",
};

const EXPIRES_IN: ResultColumn = ResultColumn {
    name: "ExpiresIn",
    holds: Gives::Number,
    sensitive: false,
    about: "Seconds until the access token expires; NULL if it does not.",
};

const GRANTED_SCOPE: ResultColumn = ResultColumn {
    name: "Scope",
    holds: Gives::Text,
    sensitive: false,
    about: "What the tokens may do.",
};

/// The procedures of all connectors.
pub(crate) const PROCEDURES: &[Procedure] = &[
    Procedure {
        name: "GetOAuthAuthorizationURL",
        about: "The address at which a person signs in and grants access.",
        connectors: &[ZENDESK, ZUORA],
        parameters: &[
            AUTH_MODE,
            CALLBACK_URL,
            STATE,
            SCOPE,
            Parameter {
                name: "Pkce",
                holds: Holds::Flag,
                required: Required::Never,
                default: None,
                about: "Whether to protect the exchange by a code verifier; on for OAuth clients without a secret.",
            },
        ],
        results: &[
            ResultColumn {
                name: "URL",
                holds: Gives::Text,
                sensitive: false,
                about: "The address to open in a browser.",
            },
            ResultColumn {
                name: "State",
                holds: Gives::Text,
                sensitive: false,
                about: "The state in it, to compare with the one that comes back.",
            },
            ResultColumn {
                name: "CodeVerifier",
                holds: Gives::Text,
                sensitive: true,
                about: "What GetOAuthAccessToken wants as CodeVerifier; NULL without Pkce.",
            },
        ],
        body: oauth::authorization_url,
    },
    Procedure {
        name: "GetOAuthAccessToken",
        about: "Signs in, or exchanges the verifier of a sign-in, for an access token and a refresh token.",
        connectors: &[ZENDESK, ZUORA],
        parameters: &[
            AUTH_MODE,
            Parameter {
                name: "Verifier",
                holds: Holds::Secret,
                required: Required::With("AuthMode", WEB),
                default: None,
                about: "The code that came back to the callback address; it works once and for a short time.",
            },
            CALLBACK_URL,
            STATE,
            SCOPE,
            Parameter {
                name: "CodeVerifier",
                holds: Holds::Secret,
                required: Required::Never,
                default: None,
                about: "What GetOAuthAuthorizationURL gave with Pkce.",
            },
        ],
        results: &[ACCESS_TOKEN, REFRESH_TOKEN, EXPIRES_IN, GRANTED_SCOPE],
        body: oauth::access_token,
    },
    Procedure {
        name: "RefreshOAuthAccessToken",
        about: "Exchanges a refresh token for a new access token and a new refresh token.",
        connectors: &[ZENDESK, ZUORA],
        parameters: &[Parameter {
            name: "OAuthRefreshToken",
            holds: Holds::Secret,
            required: Required::Always,
            default: None,
            about: "The refresh token that came last; it is used up.",
        }],
        results: &[ACCESS_TOKEN, REFRESH_TOKEN, EXPIRES_IN, GRANTED_SCOPE],
        body: oauth::refresh,
    },
    Procedure {
        name: "RevokeOAuthAccessToken",
        about: "Ends an access token and the refresh token that belongs to it.",
        connectors: &[ZENDESK, ZUORA],
        parameters: &[Parameter {
            name: "OAuthAccessToken",
            holds: Holds::Secret,
            required: Required::Never,
            default: None,
            about: "The access token to end; the connection's own if not given.",
        }],
        results: &[ResultColumn {
            name: "Revoked",
            holds: Gives::Flag,
            sensitive: false,
            about: "Whether the token has ended.",
        }],
        body: oauth::revoke,
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Holds, PROCEDURES, Required};
    use crate::lenient::fold;

    /// What the rest relies on: names differ however they are typed, defaults fit, conditions name what there is.
    #[test]
    fn the_list_is_sound() {
        let mut names = BTreeSet::new();
        for procedure in PROCEDURES {
            assert!(names.insert(fold(procedure.name)), "{procedure:?}");
            assert!(!procedure.connectors.is_empty(), "{procedure:?}");
            assert!(!procedure.results.is_empty(), "{procedure:?}");
            let mut told = BTreeSet::new();
            for parameter in procedure.parameters {
                assert!(told.insert(fold(parameter.name)), "{parameter:?}");
                assert!(parameter.about.ends_with('.'), "{parameter:?}");
                if let (Holds::Word(words), Some(default)) = (parameter.holds, parameter.default) {
                    assert!(words.contains(&default), "{parameter:?}");
                }
                if let Required::With(other, word) = parameter.required {
                    let other = procedure.parameters.iter().find(|it| it.name == other);
                    let Some(Holds::Word(words)) = other.map(|it| it.holds) else {
                        panic!("{parameter:?}");
                    };
                    assert!(words.contains(&word), "{parameter:?}");
                }
                if parameter.is_secret() {
                    assert_eq!(parameter.default, None, "{parameter:?}");
                }
            }
            let mut gives = BTreeSet::new();
            for result in procedure.results {
                assert!(gives.insert(fold(result.name)), "{result:?}");
                assert!(result.about.ends_with('.'), "{result:?}");
            }
        }
    }
}
