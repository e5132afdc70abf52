//! A request as a plain value: what EXPLAIN prints is what is sent.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::table::PageStyle;
use crate::value::Value;

/// A request for rows, and how its further pages are found.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// `connection.table` it reads, for messages; the connection's own name for metadata.
    pub table: String,
    /// The read's name, for messages.
    pub read: String,
    /// Absolute path, already encoded.
    pub path: String,
    /// Parameters in sending order, not yet encoded; the page size is not among them.
    pub query: Vec<(String, String)>,
    /// JSON that is posted with every page; a request without it is a GET. It only asks, so it may be repeated.
    pub body: Option<String>,
    /// How further pages are found.
    pub pages: PageStyle,
    /// Rows asked for in one page.
    pub page_size: u32,
    /// Rate-limit family.
    pub family: String,
    /// What a 404 means.
    pub not_found: NotFound,
    /// Columns whose value the path fixes; rows that do not carry them get these.
    pub bound: Vec<(String, Value)>,
}

/// What a 404 means for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotFound {
    /// An error: the address should exist.
    Error,
    /// The object does not exist: no rows.
    NoRows,
}

impl Request {
    /// The query with the page size of the first page, as sent.
    #[must_use]
    pub fn first_query(&self) -> Vec<(String, String)> {
        let mut query = self.query.clone();
        if let Some(parameter) = self.pages.size_parameter() {
            query.push((parameter.to_owned(), self.page_size.to_string()));
        }
        query
    }

    /// The HTTP method.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self.body {
            Some(_) => "POST",
            None => "GET",
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = address(&self.path, &self.first_query());
        write!(out, "{} {address}", self.method())?;
        match &self.body {
            Some(body) => write!(out, " {body}"),
            None => Ok(()),
        }
    }
}

/// Characters that stand for themselves in a query value; everything else is escaped.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b',')
    .remove(b':');

/// Characters that stand for themselves in a path segment.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Path and encoded query.
#[must_use]
pub fn address(path: &str, query: &[(String, String)]) -> String {
    let mut text = path.to_owned();
    for (place, (name, value)) in query.iter().enumerate() {
        text.push(if place == 0 { '?' } else { '&' });
        text.extend(utf8_percent_encode(name, IN_QUERY));
        text.push('=');
        text.extend(utf8_percent_encode(value, IN_QUERY));
    }
    text
}

/// One path segment, encoded so that it cannot end early or begin a query.
///
/// A segment of dots alone is taken out by URL normalisation however it is written; senders refuse an address that
/// normalisation has changed.
#[must_use]
pub fn segment(value: &str) -> String {
    match value {
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        other => utf8_percent_encode(other, IN_PATH).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_encoded() {
        let query = vec![
            ("page[size]".to_owned(), "10".to_owned()),
            ("query".to_owned(), "a b&c=\"ü\"#".to_owned()),
        ];
        assert_eq!(
            address("/x", &query),
            "/x?page%5Bsize%5D=10&query=a%20b%26c%3D%22%C3%BC%22%23"
        );
    }

    #[test]
    fn segments_stay_in_their_place() {
        for (value, expected) in [
            ("a/b", "a%2Fb"),
            ("..", "%2E%2E"),
            ("?x", "%3Fx"),
            ("7", "7"),
        ] {
            assert_eq!(segment(value), expected);
        }
    }
}
