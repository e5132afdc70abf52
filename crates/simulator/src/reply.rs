//! Answers as every vendor sends them: a status, headers and a body. It refuses to know what any vendor says in them.

use serde_json::Value;

/// A finished HTTP answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
    /// Rows in the body: what makes a page heavy.
    pub(crate) rows: usize,
}

const JSON: &str = "application/json; charset=utf-8";

impl Reply {
    pub(crate) fn json(body: Vec<u8>, rows: usize) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            content_type: JSON,
            body,
            rows,
        }
    }

    pub(crate) fn value(status: u16, value: &Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content_type: JSON,
            body: value.to_string().into_bytes(),
            rows: 0,
        }
    }

    pub(crate) fn text(status: u16, text: &str) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content_type: "text/plain; charset=utf-8",
            body: text.as_bytes().to_vec(),
            rows: 0,
        }
    }

    pub(crate) fn html(status: u16, text: &str) -> Self {
        Self { status, headers: Vec::new(), content_type: "text/html; charset=utf-8", body: format!("<!DOCTYPE html>\n<html><head><title>{text}</title></head><body><h1>{text}</h1></body></html>\n").into_bytes(), rows: 0 }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content_type: JSON,
            body: Vec::new(),
            rows: 0,
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// A redirect that a browser follows with GET.
    pub(crate) fn found(location: String) -> Self {
        Self::empty(302).with("location", location)
    }
}
