//! What was asked of a simulator. It refuses to keep credentials or bodies.

use std::collections::VecDeque;

/// One request a simulator has answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordedRequest {
    /// GET, POST, …
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Query as sent, without the question mark.
    pub query: String,
    /// Status of the answer.
    pub status: u16,
    /// Whether the request carried good credentials; of a token call, whether it was granted.
    pub authorized: bool,
    /// The `Zuora-Entity-Ids` header as sent.
    pub entity: Option<String>,
    /// The `Idempotency-Key` header as sent.
    pub idempotency_key: Option<String>,
}

/// Requests kept for inspection; older ones are only counted.
const REMEMBERED: usize = 20_000;

#[derive(Debug, Default)]
pub(crate) struct Record {
    newest: VecDeque<RecordedRequest>,
    pub(crate) count: u64,
}

impl Record {
    pub(crate) fn add(&mut self, request: RecordedRequest) {
        if self.newest.len() == REMEMBERED {
            self.newest.pop_front();
        }
        self.newest.push_back(request);
        self.count += 1;
    }

    pub(crate) fn newest(&self) -> Vec<RecordedRequest> {
        self.newest.iter().cloned().collect()
    }
}
