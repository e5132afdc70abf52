//! Whom a call is for, and what is sent: the same for pages, jobs and files.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use reqwest::Method;
use zuzen_plan::pages::Call;

use crate::connection::Connection;
use crate::error::At;
use crate::log::Purpose;
use crate::usage::Usage;

/// Whom a call is for: what errors and the log say of it, and whose budget it spends.
#[derive(Debug, Clone)]
pub(crate) struct Errand {
    pub(crate) usage: Arc<Usage>,
    pub(crate) purpose: Purpose,
    /// `connection.table`, or what else it is for.
    pub(crate) table: String,
    /// The read's name, or the step of a job.
    pub(crate) read: String,
    /// Rate-limit family.
    pub(crate) family: String,
}

/// What is sent.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) method: Method,
    pub(crate) call: Call,
    pub(crate) accept: &'static str,
    /// JSON to post, and the key that keeps it from being carried out twice.
    pub(crate) posted: Option<(String, String)>,
    /// The answer is a file: it is taken as it lies there, and takes as long as it takes.
    pub(crate) is_file: bool,
    /// It has been sent once at least, so that it may have had an effect.
    pub(crate) left: AtomicBool,
}

impl Message {
    /// A call without a body.
    pub(crate) fn new(method: Method, path: String) -> Self {
        let query = Vec::new();
        Self::of_call(method, Call { path, query })
    }

    /// A call without a body, with parameters.
    pub(crate) fn of_call(method: Method, call: Call) -> Self {
        Self {
            method,
            call,
            accept: "application/json",
            posted: None,
            is_file: false,
            left: AtomicBool::new(false),
        }
    }

    /// The method in the log's words.
    pub(crate) fn method(&self) -> &'static str {
        match self.method {
            Method::POST => "POST",
            Method::DELETE => "DELETE",
            _ => "GET",
        }
    }
}

impl Errand {
    /// Where errors of this call happen.
    pub(crate) fn at(&self, connection: &Connection, message: &Message) -> At {
        At {
            connection: connection.shared.name.clone(),
            table: self.table.clone(),
            read: self.read.clone(),
            call: format!("{} {}", message.method(), message.call.path),
            request_id: None,
        }
    }
}
