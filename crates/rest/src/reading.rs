//! The paging loop: one request, its pages, and every attempt it takes.
//!
//! The position only moves when a whole page is in, so each page is delivered once however often it was asked for.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use reqwest::header::HeaderValue;
use zuzen_plan::pages::{Call, PageError, Pager};
use zuzen_plan::refusal::Kind;
use zuzen_plan::request::{NotFound, Request};
use zuzen_plan::retry::{Attempt, Decision, Outcome, Reason, decide};

use crate::connection::{Access, Connection};
use crate::error::{At, Cause, Error};
use crate::log::Purpose;
use crate::send::{Sent, Trouble};
use crate::sign_in::{Came, Pass};
use crate::stream::Page;
use crate::usage::Usage;

/// A request being read.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) connection: Connection,
    pub(crate) request: Arc<Request>,
    pub(crate) usage: Arc<Usage>,
    pub(crate) purpose: Purpose,
    /// Size of the last body: the next will be about as large.
    pub(crate) expected: usize,
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
        Self {
            connection,
            request,
            usage,
            purpose,
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
        let mut attempt = 0;
        let mut slept = Duration::ZERO;
        let mut ticket = Ticket::of(&self.connection).await?;
        loop {
            let call = self.pager.call();
            let header = ticket.header();
            let trouble = match self.attempt(&call, attempt, slept, header).await? {
                Attempted::Page(page) => return Ok(Some(page)),
                Attempted::Nothing => return Ok(None),
                Attempted::Failed(trouble) => trouble,
            };
            if trouble.is_unauthorized() && ticket.renew(&self.connection).await? {
                continue;
            }
            let decision = decide(
                &Attempt {
                    idempotent: true,
                    outcome: trouble.outcome(),
                    attempt,
                    can_shrink: self.pager.can_shrink(),
                    answered_before: self.connection.shared.answered.load(Ordering::Relaxed),
                },
                &self.connection.shared.policy,
            );
            let (after, named, shrink) = match decision {
                Decision::GiveUp(reason) => return Err(self.give_up(trouble, attempt + 1, reason)),
                Decision::Again {
                    after,
                    named,
                    shrink,
                } => (after, named, shrink),
            };
            if shrink && self.pager.shrink() {
                tracing::info!(table = self.request.table, "asking for a smaller page");
            }
            slept = if named {
                // The limiter makes everybody wait who would run into the same refusal.
                let limiter = &self.connection.shared.limiter;
                limiter.block(&self.request.family, trouble.stops_everything(), after);
                Duration::ZERO
            } else {
                let jittered = after.mul_f64(rand::random::<f64>());
                tokio::time::sleep(jittered).await;
                self.usage.count_wait(jittered);
                jittered
            };
            attempt += 1;
        }
    }

    /// One attempt, and what it means for this reading.
    async fn attempt(
        &mut self,
        call: &Call,
        attempt: u32,
        slept: Duration,
        authorization: HeaderValue,
    ) -> Result<Attempted, Error> {
        let connection = self.connection.clone();
        let sent = connection.send(self, call, attempt, slept, authorization);
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
        self.usage.count_page();
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

    fn give_up(&self, trouble: Trouble, attempts: u32, reason: Reason) -> Error {
        let at = Box::new(self.at());
        let host = || {
            let origin = &self.connection.shared.origin;
            match (origin.host_str(), origin.port()) {
                (Some(host), Some(port)) => format!("{host}:{port}"),
                (host, _) => host.unwrap_or_default().to_owned(),
            }
        };
        let (status, refusal) = match trouble {
            Trouble::Broken { cause, detail, .. } => {
                return Error::Network {
                    at,
                    host: host(),
                    cause,
                    attempts,
                    detail,
                };
            }
            Trouble::Refused {
                status, refusal, ..
            } => (status, refusal),
        };
        let said = refusal.message;
        let wait = match reason {
            Reason::TooLong(wait) => Some(wait),
            Reason::Permanent | Reason::Unsafe | Reason::Exhausted => None,
        };
        match refusal.kind {
            Kind::Unauthorized => Error::Auth { at, said },
            Kind::Forbidden { scopes } => Error::Forbidden { at, scopes, said },
            Kind::UnknownSubdomain => Error::UnknownAccount {
                at,
                host: host(),
                said,
            },
            Kind::NotFound | Kind::NoEndpoint => Error::NotFound {
                at,
                endpoint: refusal.kind == Kind::NoEndpoint,
                said,
            },
            Kind::RateLimited { .. } => Error::Limited {
                at,
                family: self.request.family.clone(),
                wait,
                attempts,
                said,
            },
            Kind::SearchLimit | Kind::PaginationDepth => Error::Capped { at, said },
            Kind::Server => Error::Server {
                at,
                status,
                wait,
                attempts,
                said,
            },
            Kind::TooRecent | Kind::Invalid | Kind::Other => Error::Invalid {
                at,
                status,
                code: refusal.code,
                said,
            },
        }
    }
}

/// What a page is asked for with.
enum Ticket {
    Fixed(HeaderValue),
    Renewable {
        pass: Pass,
        came: Came,
        renewals: u32,
    },
}

/// Other processes may renew the token again and again while a page is asked for, but not for ever.
const MOST_RENEWALS: u32 = 5;

impl Ticket {
    async fn of(connection: &Connection) -> Result<Self, Error> {
        Ok(match &connection.shared.access {
            Access::Fixed(header) => Self::Fixed(header.clone()),
            Access::SignIn(sign_in) => {
                let (pass, came) = sign_in.pass().await?;
                Self::Renewable {
                    pass,
                    came,
                    renewals: 0,
                }
            }
        })
    }

    fn header(&self) -> HeaderValue {
        match self {
            Self::Fixed(header) => header.clone(),
            Self::Renewable { pass, .. } => pass.header.clone(),
        }
    }

    /// After a 401: whether there is another token to try. One that was handed out for this very page and is refused,
    /// too, will not get better.
    async fn renew(&mut self, connection: &Connection) -> Result<bool, Error> {
        let (
            Self::Renewable {
                pass,
                came,
                renewals,
            },
            Access::SignIn(sign_in),
        ) = (self, &connection.shared.access)
        else {
            return Ok(false);
        };
        if *came == Came::Granted || *renewals == MOST_RENEWALS {
            return Ok(false);
        }
        (*pass, *came) = sign_in.other_than(pass).await?;
        *renewals += 1;
        Ok(true)
    }
}

enum Attempted {
    Page(Page),
    Nothing,
    Failed(Trouble),
}
