//! What an answer that is no success says: one value from ten shapes of body.
//!
//! The status is looked at first and the body only then, because refusals are often not JSON. Web pages are never
//! quoted.

use serde_json::Value;

/// The longest message that is passed on, in characters.
const LONGEST: usize = 300;

/// A refused request: what kind, and the API's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What it means.
    pub kind: Kind,
    /// The API's short code, e.g. `RecordNotFound`.
    pub code: Option<String>,
    /// The API's sentence, on one line; empty if it said nothing.
    pub message: String,
}

/// What a refusal means for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// 401: who asks is not known.
    Unauthorized,
    /// 403: who asks is known and may not; the scopes that are missing, if named.
    Forbidden {
        /// OAuth scopes.
        scopes: Vec<String>,
    },
    /// 404: the record does not exist.
    NotFound,
    /// 404: the account has no such endpoint.
    NoEndpoint,
    /// 404 with a web page: there is no such account.
    UnknownSubdomain,
    /// 422 of an incremental export: the stream has reached the present.
    TooRecent,
    /// 429.
    RateLimited {
        /// By the network in front of the API: concerns every request, whatever its family.
        edge: bool,
    },
    /// 422: search shows its first thousand rows only.
    SearchLimit,
    /// Numbered pages end before the rows do.
    PaginationDepth,
    /// The request is wrong: 400, 422 and other 4xx.
    Invalid,
    /// 5xx.
    Server,
    /// Anything else.
    Other,
}

impl Refusal {
    /// Reads an answer with a status other than success.
    #[must_use]
    pub fn read(status: u16, content_type: Option<&str>, body: &[u8]) -> Self {
        let json: Option<Value> = serde_json::from_slice(body).ok();
        let web_page = json.is_none() && is_web_page(content_type, body);
        let (code, said) = match &json {
            Some(value) => words(value),
            None if web_page => (None, title(body)),
            None => (None, String::from_utf8_lossy(body).into_owned()),
        };
        let message = one_line(&said);
        let kind = judge(status, code.as_deref(), &message, json.is_some(), web_page);
        Self {
            kind,
            code: code.map(|code| one_line(&code)),
            message,
        }
    }
}

fn judge(status: u16, code: Option<&str>, message: &str, json: bool, web_page: bool) -> Kind {
    let code = code.unwrap_or_default();
    let lower = message.to_lowercase();
    // The depth limit came as 429 before it came as 400, and is no reason to wait.
    if code == "InvalidPaginationDepth"
        || (lower.contains("pagination limit") && lower.contains("offset"))
    {
        return Kind::PaginationDepth;
    }
    match status {
        401 => Kind::Unauthorized,
        403 => Kind::Forbidden {
            scopes: scopes(message),
        },
        404 if web_page => Kind::UnknownSubdomain,
        404 if json && code != "InvalidEndpoint" && !code.is_empty() => Kind::NotFound,
        404 => Kind::NoEndpoint,
        // Seen as JSON and as a bare sentence.
        422 if lower.starts_with("too recent start_time") => Kind::TooRecent,
        422 if lower.contains("search response limits") => Kind::SearchLimit,
        429 => Kind::RateLimited {
            edge: lower.contains("edge protection"),
        },
        400..=499 => Kind::Invalid,
        500..=599 => Kind::Server,
        _ => Kind::Other,
    }
}

/// Code and sentence of a JSON refusal.
fn words(value: &Value) -> (Option<String>, String) {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    // Newer services: {"errors":[{"code","title","detail"}]}
    if let Some(first) = value.get("errors").and_then(|errors| errors.get(0)) {
        let detail = text(first, "detail").or_else(|| text(first, "message"));
        let said = match (text(first, "title"), detail) {
            (Some(title), Some(detail)) if title != detail => format!("{title}: {detail}"),
            (title, detail) => detail.or(title).unwrap_or_default(),
        };
        return (text(first, "code"), said);
    }
    match value.get("error") {
        // {"error":{"title","message"}}
        Some(error @ Value::Object(_)) => {
            let said = text(error, "message").or_else(|| text(error, "description"));
            (text(error, "title"), said.unwrap_or_default())
        }
        Some(Value::String(error)) => {
            let said = ["description", "error_description", "message", "detail"]
                .into_iter()
                .find_map(|key| text(value, key));
            match said {
                Some(said) => (
                    Some(error.clone()),
                    match details(value) {
                        Some(details) => format!("{said}: {details}"),
                        None => said,
                    },
                ),
                // {"error":"Couldn't authenticate you"} is a sentence, not a code.
                None if error.contains(' ') => (None, error.clone()),
                None => (Some(error.clone()), String::new()),
            }
        }
        // The edge: {"detail","status","title"}
        _ => {
            let said = ["detail", "description", "message", "title"]
                .into_iter()
                .find_map(|key| text(value, key));
            (text(value, "code"), said.unwrap_or_default())
        }
    }
}

/// `{"details":{"<field>":[{"description":"…"}]}}` on one line.
fn details(value: &Value) -> Option<String> {
    let parts: Vec<String> = value
        .get("details")?
        .as_object()?
        .iter()
        .flat_map(|(field, problems)| {
            problems
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(move |problem| {
                    let said = problem.get("description")?.as_str()?;
                    Some(format!("{field}: {said}"))
                })
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `You are missing the following required scopes: read, tickets:read`
fn scopes(message: &str) -> Vec<String> {
    message
        .split_once("required scopes:")
        .map(|(_, list)| {
            list.split([',', ' '])
                .map(|scope| scope.trim_matches('.'))
                .filter(|scope| !scope.is_empty())
                .map(str::to_owned)
                .collect()
        })
        .unwrap_or_default()
}

fn is_web_page(content_type: Option<&str>, body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    let begins = |with: &str| {
        start
            .get(..with.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(with.as_bytes()))
    };
    (content_type.is_some_and(|kind| kind.contains("html")) && !start.is_empty())
        || begins("<!doctype")
        || begins("<html")
}

/// A web page's title: the only part of it fit for a message.
fn title(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let title = || {
        let (_, rest) = text.split_once("<title>")?;
        let (title, _) = rest.split_once("</title>")?;
        (!title.contains('<')).then(|| title.trim().to_owned())
    };
    match title() {
        Some(title) if !title.is_empty() => format!("a web page titled \"{title}\""),
        _ => "a web page".to_owned(),
    }
}

/// One bounded line without control characters: it may end on a terminal.
fn one_line(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    let mut words = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = words.char_indices().nth(LONGEST) {
        words.truncate(cut);
        words.push('…');
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_is_understood() {
        let forbidden = |scopes: &[&str]| Kind::Forbidden {
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        };
        type Case<'a> = (u16, &'a str, &'a str, Kind, Option<&'a str>, &'a str);
        let cases: [Case<'_>; 20] = [
            (
                404,
                "application/json",
                r#"{"error":"RecordNotFound","description":"Not found"}"#,
                Kind::NotFound,
                Some("RecordNotFound"),
                "Not found",
            ),
            (
                404,
                "application/json",
                r#"{"error":"InvalidEndpoint","description":"Not found"}"#,
                Kind::NoEndpoint,
                Some("InvalidEndpoint"),
                "Not found",
            ),
            (404, "application/json", "", Kind::NoEndpoint, None, ""),
            (404, "application/json", "{}", Kind::NoEndpoint, None, ""),
            (
                404,
                "text/html; charset=utf-8",
                "<html><head><title>Help\n Center Closed</title></head><body>secret</body></html>",
                Kind::UnknownSubdomain,
                None,
                "a web page titled \"Help Center Closed\"",
            ),
            (
                404,
                "",
                "<!DOCTYPE html><p>x</p>",
                Kind::UnknownSubdomain,
                None,
                "a web page",
            ),
            (
                403,
                "application/json",
                r#"{"error":{"title":"Forbidden","message":"You do not have access to this page."}}"#,
                forbidden(&[]),
                Some("Forbidden"),
                "You do not have access to this page.",
            ),
            (
                403,
                "application/json",
                r#"{"error":"Forbidden","description":"You are missing the following required scopes: read, tickets:read"}"#,
                forbidden(&["read", "tickets:read"]),
                Some("Forbidden"),
                "You are missing the following required scopes: read, tickets:read",
            ),
            (
                401,
                "application/json",
                r#"{"error":"Couldn't authenticate you"}"#,
                Kind::Unauthorized,
                None,
                "Couldn't authenticate you",
            ),
            (
                401,
                "application/json",
                r#"{"error":"invalid_token","error_description":"The access token provided is expired"}"#,
                Kind::Unauthorized,
                Some("invalid_token"),
                "The access token provided is expired",
            ),
            (
                422,
                "application/json",
                r#"{"error":"RecordInvalid","description":"Record validation errors","details":{"name":[{"description":"is too short","error":"BlankValue"}]}}"#,
                Kind::Invalid,
                Some("RecordInvalid"),
                "Record validation errors: name: is too short",
            ),
            (
                400,
                "application/json",
                r#"{"errors":[{"code":"InvalidPaginationDepth","title":"Too deep","detail":"Use cursors"}]}"#,
                Kind::PaginationDepth,
                Some("InvalidPaginationDepth"),
                "Too deep: Use cursors",
            ),
            (
                429,
                "text/plain",
                "Pagination limit reached for offset model",
                Kind::PaginationDepth,
                None,
                "Pagination limit reached for offset model",
            ),
            (
                422,
                "application/json",
                r#"{"error":"InvalidValue","description":"Too recent start_time. Use a start_time older than 5 minutes"}"#,
                Kind::TooRecent,
                Some("InvalidValue"),
                "Too recent start_time. Use a start_time older than 5 minutes",
            ),
            (
                422,
                "text/plain",
                "Too recent start_time. Use a start_time older than 5 minutes",
                Kind::TooRecent,
                None,
                "Too recent start_time. Use a start_time older than 5 minutes",
            ),
            (
                422,
                "application/json",
                r#"{"error":"unprocessable","description":"Requested response size was greater than Search Response Limits"}"#,
                Kind::SearchLimit,
                Some("unprocessable"),
                "Requested response size was greater than Search Response Limits",
            ),
            (
                429,
                "text/plain",
                "Number of allowed API requests per minute exceeded",
                Kind::RateLimited { edge: false },
                None,
                "Number of allowed API requests per minute exceeded",
            ),
            (
                429,
                "application/json",
                r#"{"detail":"Rate limited by Zendesk edge protection","status":"429","title":"Automated response"}"#,
                Kind::RateLimited { edge: true },
                None,
                "Rate limited by Zendesk edge protection",
            ),
            (
                503,
                "text/html",
                "<html><title>Maintenance</title></html>",
                Kind::Server,
                None,
                "a web page titled \"Maintenance\"",
            ),
            (
                418,
                "text/plain",
                "a\u{1b}[31m\nteapot",
                Kind::Invalid,
                None,
                "a [31m teapot",
            ),
        ];
        for (status, content_type, body, kind, code, message) in cases {
            let refusal = Refusal::read(status, Some(content_type), body.as_bytes());
            assert_eq!(refusal.kind, kind, "{status} {body}");
            assert_eq!(refusal.code.as_deref(), code, "{status} {body}");
            assert_eq!(refusal.message, message, "{status} {body}");
        }
    }

    #[test]
    fn long_messages_are_cut() {
        let refusal = Refusal::read(500, None, "ü".repeat(10_000).as_bytes());
        assert_eq!(refusal.message.chars().count(), LONGEST + 1);
    }
}
