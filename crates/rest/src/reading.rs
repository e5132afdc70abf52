//! The paging loop: one request and its pages.
//!
//! The position only moves when a whole page is in, so each page is delivered once however often it was asked for.

use std::sync::Arc;

use reqwest::Method;
use zuzen_plan::pages::{PageError, Pager};
use zuzen_plan::refusal::Kind;
use zuzen_plan::request::{NotFound, Request};
use zuzen_plan::retry::Outcome;

use crate::attempts::{Again, Attempts, Lost};
use crate::connection::Connection;
use crate::errand::{Errand, Message};
use crate::error::{At, Cause, Error};
use crate::log::Purpose;
use crate::send::{Sent, Trouble};
use crate::stream::Page;
use crate::usage::Usage;

/// A request being read.
#[derive(Debug)]
pub(crate) struct Reading {
    connection: Connection,
    request: Arc<Request>,
    errand: Errand,
    /// Size of the last body: the next will be about as large.
    expected: usize,
    pager: Pager,
    number: u32,
    done: bool,
}

impl Reading {
    pub(crate) fn new(
        connection: Connection,
        request: Arc<Request>,
        usage: Arc<Usage>,
        purpose: Purpose,
    ) -> Self {
        let pager = Pager::new(Arc::clone(&request), connection.shared.origin.clone());
        let errand = Errand {
            usage,
            purpose,
            table: request.table.clone(),
            read: request.read.clone(),
            family: request.family.clone(),
        };
        Self {
            connection,
            request,
            errand,
            expected: 0,
            pager,
            number: 0,
            done: false,
        }
    }

    /// Where errors happen.
    pub(crate) fn at(&self) -> At {
        At {
            connection: self.connection.shared.name.clone(),
            table: self.request.table.clone(),
            read: self.request.read.clone(),
            call: format!("GET {}", self.request.path),
            request_id: None,
        }
    }

    /// Whether the last page has been delivered.
    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    /// The next page; `None` after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Page>, Error> {
        if self.done {
            return Ok(None);
        }
        let page = self.page().await;
        if !matches!(page, Ok(Some(_))) {
            self.done = true;
        }
        page
    }

    async fn page(&mut self) -> Result<Option<Page>, Error> {
        let connection = self.connection.clone();
        let mut attempts = Attempts::begin(&connection, connection.shared.policy.clone()).await?;
        loop {
            let message = Message::of_call(Method::GET, self.pager.call());
            let trouble = match self.attempt(&connection, &message, &attempts).await? {
                Attempted::Page(page) => return Ok(Some(page)),
                Attempted::Nothing => return Ok(None),
                Attempted::Failed(trouble) => trouble,
            };
            let can_shrink = self.pager.can_shrink();
            let again = attempts.again(&connection, &self.errand, &trouble, can_shrink);
            match again.await? {
                Again::Now { shrink } if shrink && self.pager.shrink() => {
                    tracing::info!(table = self.request.table, "asking for a smaller page");
                }
                Again::Now { .. } => {}
                Again::Never(reason) => {
                    let lost = Lost {
                        trouble,
                        reason,
                        attempts: attempts.made + 1,
                    };
                    return Err(lost.error(self.at(), &self.errand.family, connection.host()));
                }
            }
        }
    }

    /// One attempt, and what it means for this reading.
    async fn attempt(
        &mut self,
        connection: &Connection,
        message: &Message,
        attempts: &Attempts,
    ) -> Result<Attempted, Error> {
        let sent = connection.send(&self.errand, message, attempts, self.expected);
        let (body, pending) = match sent.await? {
            Sent::Body(body, pending) => (body, pending),
            Sent::Trouble(trouble) => return Ok(self.meaning(trouble)),
        };
        let next = match self.pager.turn(&body) {
            Ok(next) => next,
            Err(PageError::Incomplete(detail)) => {
                pending.finish(Some(format!("cut short: {detail}")));
                return Ok(Attempted::Failed(Trouble::Broken {
                    outcome: Outcome::Incomplete,
                    cause: Cause::Incomplete,
                    detail,
                }));
            }
            Err(source) => {
                pending.finish(Some(source.to_string()));
                return Err(Error::Page {
                    at: Box::new(self.at()),
                    source,
                });
            }
        };
        self.done = next.is_none();
        self.expected = body.len();
        let entry = pending.finish(None);
        let number = self.number;
        self.number += 1;
        self.errand.usage.count_page();
        Ok(Attempted::Page(Page {
            body,
            request: Arc::clone(&self.request),
            number,
            entry,
        }))
    }

    /// Refusals that only say that there are no rows.
    fn meaning(&self, trouble: Trouble) -> Attempted {
        match &trouble {
            Trouble::Refused { refusal, .. } => match refusal.kind {
                Kind::TooRecent => Attempted::Nothing,
                Kind::NotFound if self.request.not_found == NotFound::NoRows => Attempted::Nothing,
                _ => Attempted::Failed(trouble),
            },
            Trouble::Broken { .. } => Attempted::Failed(trouble),
        }
    }
}

enum Attempted {
    Page(Page),
    Nothing,
    Failed(Trouble),
}
