//! Which account, and who signs in to it.

use crate::property::{Category, Connector, Holds, Property};

const ZENDESK: &[Connector] = &[Connector::Zendesk];
const ZUORA: &[Connector] = &[Connector::Zuora];

const fn account(name: &'static str, holds: Holds, about: &'static str) -> Property {
    Property::new(Category::Account, name, holds, about)
}

const fn sign_in(name: &'static str, holds: Holds, about: &'static str) -> Property {
    Property::new(Category::SignIn, name, holds, about)
}

const fn oauth(name: &'static str, holds: Holds, about: &'static str) -> Property {
    Property::new(Category::OAuth, name, holds, about)
}

pub(super) const ACCOUNT: &[Property] = &[
    account(
        "Connector",
        Holds::Word(&["Zendesk", "Zuora"]),
        "What to connect to; where it is not given, the other properties tell.",
    )
    .or_by_connector(Some("Zendesk"), Some("Zuora")),
    account(
        "URL",
        Holds::Address,
        "The account's address, such as https://acme.zendesk.com; for Zuora one that Tenant does not know.",
    ),
    account(
        "Tenant",
        Holds::Tenant,
        "The data centre of the tenant.",
    )
    .only(ZUORA)
    .or_by_connector(None, Some("USProduction")),
    account(
        "ZuoraService",
        Holds::Word(&["AQuADataExport", "DataQuery", "Auto"]),
        "Which service runs queries: exports of whole objects, SQL for what fits its limits, or the better one for each.",
    )
    .only(ZUORA)
    .or_by_connector(None, Some("AQuADataExport")),
    account(
        "EntityIds",
        Holds::Text,
        "Entities of a multi-entity tenant, by their ids with commas between.",
    )
    .only(ZUORA)
    .also(&["EntityId", "ZuoraEntityIds"]),
];

pub(super) const SIGN_IN: &[Property] = &[
    sign_in(
        "AuthScheme",
        Holds::Word(&["Basic", "APIToken", "OAuth", "OAuthClient"]),
        "How to sign in: Basic takes an API token or a password; OAuth where a property of OAuth is given.",
    )
    .or_by_connector(Some("Basic"), Some("OAuth")),
    sign_in(
        "User",
        Holds::Text,
        "The e-mail address of the agent who signs in.",
    )
    .only(ZENDESK)
    .also(&["UserName", "Email", "UID"]),
    sign_in(
        "ApiToken",
        Holds::Secret,
        "An API token of Admin Center; one that is deleted there is refused for good, and Zendesk ends all on 2027-04-30.",
    )
    .only(ZENDESK),
    sign_in(
        "Password",
        Holds::Secret,
        "The agent's password; Zendesk has retired it for nearly all accounts.",
    )
    .only(ZENDESK)
    .also(&["PWD"]),
];

pub(super) const OAUTH: &[Property] = &[
    oauth(
        "InitiateOAuth",
        Holds::Word(&["OFF", "GETANDREFRESH", "REFRESH"]),
        "Who gets and renews the token: OFF the user, REFRESH renews it, GETANDREFRESH signs in as well.",
    )
    .or_by_connector(Some("OFF"), Some("REFRESH")),
    oauth(
        "OAuthGrantType",
        Holds::Word(&["CODE", "CLIENT"]),
        "CODE signs a user in by browser, CLIENT the client itself; CODE where OAuthAuthorizationURL is given.",
    )
    .or_by_connector(Some("CODE"), Some("CLIENT")),
    oauth(
        "OAuthClientId",
        Holds::Text,
        "The id of the registered OAuth client.",
    ),
    oauth(
        "OAuthClientSecret",
        Holds::Secret,
        "Its secret.",
    ),
    oauth(
        "OAuthAccessToken",
        Holds::Secret,
        "An access token that has been got already.",
    ),
    oauth(
        "OAuthRefreshToken",
        Holds::Secret,
        "The refresh token that belongs to it.",
    ),
    oauth(
        "OAuthExpiresIn",
        Holds::Number {
            least: 0,
            most: u32::MAX as i64,
            none: &[-1],
        },
        "Seconds that the access token lives from OAuthTokenTimestamp on.",
    ),
    oauth(
        "OAuthTokenTimestamp",
        Holds::Number {
            least: 0,
            most: i64::MAX,
            none: &[-1],
        },
        "When the access token was issued, in milliseconds since 1970.",
    ),
    oauth(
        "OAuthVerifier",
        Holds::Secret,
        "The code of the address that the browser was sent to, to be exchanged once.",
    ),
    oauth(
        "OAuthCodeVerifier",
        Holds::Secret,
        "The PKCE verifier of the authorization that the code comes from, if it had one.",
    )
    .also(&["PKCEVerifier"]),
    oauth(
        "OAuthSettingsLocation",
        Holds::Path,
        "The encrypted file that keeps tokens between connections, or memory://ID for this process alone.",
    ),
    oauth(
        "OAuthSettingsPassphrase",
        Holds::Secret,
        "A passphrase that also opens that file.",
    ),
    oauth(
        "OAuthSettingsKeyFile",
        Holds::Path,
        "A file whose content also opens that file.",
    ),
    oauth(
        "OAuthAuthorizationURL",
        Holds::Address,
        "Where the browser goes to sign in, if not to the vendor's usual address.",
    )
    .also(&["OAuthAuthorizeURL"]),
    oauth(
        "OAuthAccessTokenURL",
        Holds::Address,
        "Where codes and refresh tokens are exchanged, if not at the vendor's usual address.",
    )
    .also(&["OAuthTokenURL"]),
    oauth(
        "CallbackURL",
        Holds::Address,
        "The redirect address of the registered client; on this machine it is listened to.",
    )
    .or("http://localhost:33333")
    .also(&["OAuthCallbackURL", "RedirectURI"]),
    oauth(
        "Scope",
        Holds::Text,
        "What the token may do, words with blanks between.",
    )
    .or_by_connector(Some("read write"), None)
    .also(&["OAuthScope"]),
];
