//! A request as it came off the wire, for whichever vendor answers it. It refuses to interpret anything.

use axum::http::HeaderMap;
use bytes::Bytes;
use url::form_urlencoded;

/// Method, address, headers and body of one request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Incoming {
    pub(crate) method: String,
    /// Without query.
    pub(crate) path: String,
    /// As sent, without the question mark.
    pub(crate) query: String,
    pub(crate) host: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Incoming {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The token of a bearer `Authorization`.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// The media type of the body, in lower case and without its parameters.
    pub(crate) fn media_type(&self) -> String {
        let whole = self.header("content-type").unwrap_or_default();
        let media = whole.split(';').next().unwrap_or_default();
        media.trim().to_ascii_lowercase()
    }

    pub(crate) fn query_pairs(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.query.as_bytes())
            .into_owned()
            .collect()
    }

    /// The body read as a form.
    pub(crate) fn form_pairs(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(&self.body).into_owned().collect()
    }
}
