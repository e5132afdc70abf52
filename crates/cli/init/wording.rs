//! A connection in words: what a vendor wants to be told, and how a config file and a connection string say it.

use std::fmt::Write as _;

/// What there is to ask for, by vendor.
pub(super) struct Vendor {
    pub(super) key: &'static str,
    pub(super) title: &'static str,
    pub(super) address: (&'static str, &'static str),
    pub(super) user: (&'static str, &'static str),
    pub(super) secret: (&'static str, &'static str),
}

pub(super) const ZENDESK: Vendor = Vendor {
    key: "zendesk",
    title: "Zendesk",
    address: ("URL", "Address of the account, such as acme.zendesk.com"),
    user: ("User", "E-mail address of the agent whose API token it is"),
    secret: (
        "ApiToken",
        "API token (Admin Center > Apps and integrations > API tokens)",
    ),
};

pub(super) const ZUORA: Vendor = Vendor {
    key: "zuora",
    title: "Zuora",
    address: (
        "Tenant",
        "Environment, such as US, USSandbox, EU or EUSandbox",
    ),
    user: (
        "OAuthClientId",
        "Id of the OAuth client (Settings > Administration > Manage Users)",
    ),
    secret: ("OAuthClientSecret", "Secret of the OAuth client"),
};

/// `acme`, `acme.zendesk.com` and `https://acme.zendesk.com/` are the same account.
pub(super) fn zendesk_address(typed: &str) -> String {
    let typed = typed.trim().trim_end_matches('/');
    match (typed.contains("://"), typed.contains('.')) {
        (true, _) => typed.to_owned(),
        (false, true) => format!("https://{typed}"),
        (false, false) => format!("https://{typed}.zendesk.com"),
    }
}

/// The connection as a connection string.
pub(super) fn connection_string(vendor: &Vendor, given: &[(&str, String)], secret: &str) -> String {
    let quoted = |value: &str| format!("\"{}\"", value.replace('"', "\"\""));
    let mut text = format!("Connector={};", vendor.title);
    for (property, value) in given {
        let _ = write!(text, "{property}={};", quoted(value));
    }
    let _ = write!(text, "{}={};", vendor.secret.0, quoted(secret));
    text
}

/// The connection as a config file says it.
pub(super) fn section(
    vendor: &Vendor,
    name: &str,
    given: &[(&str, String)],
    secret: &str,
) -> String {
    let mut text = format!(
        "[connections.{}]\nConnector = {}\n",
        key(name),
        quoted(vendor.title)
    );
    for (property, value) in given {
        let _ = writeln!(text, "{property} = {}", quoted(value));
    }
    let _ = writeln!(text, "{} = {}", vendor.secret.0, quoted(secret));
    text
}

fn key(name: &str) -> String {
    let is_bare = name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-');
    if is_bare {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            letter if letter.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use zuzen_engine::config::unnamed;

    use super::*;

    #[test]
    fn an_account_may_be_named_in_short() {
        for (typed, address) in [
            ("acme", "https://acme.zendesk.com"),
            ("acme.zendesk.com/", "https://acme.zendesk.com"),
            (" https://acme.zendesk.com/ ", "https://acme.zendesk.com"),
            ("http://127.0.0.1:8090", "http://127.0.0.1:8090"),
        ] {
            assert_eq!(zendesk_address(typed), address);
        }
    }

    #[test]
    fn any_text_is_written_as_toml_and_as_a_connection_string() {
        let given = [
            ("URL", "https://a.b".to_owned()),
            ("User", "名\"\\\u{1};=x".to_owned()),
        ];
        assert_eq!(
            section(&ZENDESK, "顧客 eu", &given, "${TOKEN}"),
            "[connections.\"顧客 eu\"]\nConnector = \"Zendesk\"\nURL = \"https://a.b\"\n\
             User = \"名\\\"\\\\\\u0001;=x\"\nApiToken = \"${TOKEN}\"\n"
        );
        let text = connection_string(&ZENDESK, &given, "a\"b;c");
        let (_, properties) = unnamed(&text).unwrap();
        assert_eq!(properties.get("User"), Some("名\"\\\u{1};=x"));
    }
}
