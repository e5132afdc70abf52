//! Rejections of AQuA: HTTP 200 with an error inside, most without an id.

use serde_json::json;

use crate::reply::Reply;

/// A code of the vendor beside what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: u32,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(code: u32, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// What is wrong with one of the queries; all of the job is rejected with it.
    pub(super) fn syntax(reason: &str, query: &str) -> Self {
        Self::new(
            90_005,
            format!(
                "There is a syntax error in one of the queries in the AQuA input (Error = {reason}, Query = {query})"
            ),
        )
    }

    pub(super) fn reply(&self, codeless: bool) -> Reply {
        let mut body = json!({"message": self.message, "status": "error"});
        if !codeless {
            body["errorCode"] = json!(self.code.to_string());
        }
        Reply::value(200, &body)
    }
}
