//! One call and all its attempts: credentials, which are renewed once they are refused, and the pauses in between.

use std::sync::atomic::Ordering;
use std::time::Duration;

use reqwest::header::HeaderValue;
use zuzen_plan::refusal::Kind;
use zuzen_plan::retry::{Attempt, Decision, Policy, Reason, decide};

use crate::connection::{Access, Connection};
use crate::errand::{Errand, Message};
use crate::error::{At, Error};
use crate::pauses::Pause;
use crate::send::{Head, Opened, Sent, Trouble};
use crate::sign_in::{Came, Pass};

/// Attempts at one call.
pub(crate) struct Attempts {
    ticket: Ticket,
    policy: Policy,
    /// Failed attempts before this one; refused credentials do not count.
    pub(crate) made: u32,
    /// The pause before this one.
    pub(crate) slept: Duration,
}

/// Whether a call is sent again.
pub(crate) enum Again {
    /// It is, now.
    Now {
        /// A smaller page should be asked for.
        shrink: bool,
    },
    /// It is not.
    Never(Reason),
}

/// A call that came to nothing.
pub(crate) struct Lost {
    pub(crate) trouble: Trouble,
    pub(crate) reason: Reason,
    pub(crate) attempts: u32,
}

impl Attempts {
    pub(crate) async fn begin(connection: &Connection, policy: Policy) -> Result<Self, Error> {
        Ok(Self {
            ticket: Ticket::of(connection).await?,
            policy,
            made: 0,
            slept: Duration::ZERO,
        })
    }

    pub(crate) fn header(&self) -> HeaderValue {
        self.ticket.header()
    }

    /// Waits until the call may be sent again, if it may. All our calls may be repeated: a submit has a key.
    pub(crate) async fn again(
        &mut self,
        connection: &Connection,
        errand: &Errand,
        trouble: &Trouble,
        can_shrink: bool,
    ) -> Result<Again, Error> {
        if trouble.is_unauthorized() && self.ticket.renew(connection).await? {
            return Ok(Again::Now { shrink: false });
        }
        let decision = decide(
            &Attempt {
                idempotent: true,
                outcome: trouble.outcome(),
                attempt: self.made,
                can_shrink,
                answered_before: connection.shared.answered.load(Ordering::Relaxed),
            },
            &self.policy,
        );
        let (after, named, shrink) = match decision {
            Decision::GiveUp(reason) => return Ok(Again::Never(reason)),
            Decision::Again {
                after,
                named,
                shrink,
            } => (after, named, shrink),
        };
        self.slept = if named {
            // The limiter makes everybody wait who would run into the same refusal.
            let limiter = &connection.shared.limiter;
            limiter.block(&errand.family, trouble.stops_everything(), after);
            Duration::ZERO
        } else {
            let jittered = after.mul_f64(rand::random::<f64>());
            let pause = Pause::of(&connection.shared.name, None, jittered);
            let paused = errand.usage.statement().pause(pause);
            tokio::time::sleep(jittered).await;
            drop(paused);
            errand.usage.count_wait(jittered);
            jittered
        };
        self.made += 1;
        Ok(Again::Now { shrink })
    }
}

impl Connection {
    /// A whole answer, after all attempts that `policy` allows; `is_final` is trouble that whoever asks sees to.
    pub(crate) async fn deliver(
        &self,
        errand: &Errand,
        message: &Message,
        policy: Policy,
        is_final: fn(&Trouble) -> bool,
    ) -> Result<Result<bytes::Bytes, Lost>, Error> {
        let mut attempts = Attempts::begin(self, policy).await?;
        loop {
            let trouble = match self.send(errand, message, &attempts, 0).await? {
                Sent::Body(body, pending) => {
                    pending.finish(None);
                    return Ok(Ok(body));
                }
                Sent::Trouble(trouble) => trouble,
            };
            if let Some(lost) = self.lost(errand, &mut attempts, trouble, is_final).await? {
                return Ok(Err(lost));
            }
        }
    }

    /// The head of an answer, after all attempts that `policy` allows.
    pub(crate) async fn begin<'a>(
        &'a self,
        errand: &'a Errand,
        message: &Message,
        policy: Policy,
        is_final: fn(&Trouble) -> bool,
    ) -> Result<Result<Head<'a>, Lost>, Error> {
        let mut attempts = Attempts::begin(self, policy).await?;
        loop {
            let trouble = match self.open_call(errand, message, &attempts).await? {
                Opened::Head(head) => return Ok(Ok(*head)),
                Opened::Trouble(trouble) => trouble,
            };
            if let Some(lost) = self.lost(errand, &mut attempts, trouble, is_final).await? {
                return Ok(Err(lost));
            }
        }
    }

    async fn lost(
        &self,
        errand: &Errand,
        attempts: &mut Attempts,
        trouble: Trouble,
        is_final: fn(&Trouble) -> bool,
    ) -> Result<Option<Lost>, Error> {
        let reason = if is_final(&trouble) {
            Reason::Permanent
        } else {
            match attempts.again(self, errand, &trouble, false).await? {
                Again::Now { .. } => return Ok(None),
                Again::Never(reason) => reason,
            }
        };
        Ok(Some(Lost {
            trouble,
            reason,
            attempts: attempts.made + 1,
        }))
    }

    pub(crate) fn host(&self) -> String {
        let origin = &self.shared.origin;
        match (origin.host_str(), origin.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default().to_owned(),
        }
    }
}

impl Lost {
    /// The error that this is to whoever expected rows.
    pub(crate) fn error(self, mut at: At, family: &str, host: String) -> Error {
        let Self {
            trouble,
            reason,
            attempts,
        } = self;
        let (status, refusal) = match trouble {
            Trouble::Broken { cause, detail, .. } => {
                return Error::Network {
                    at: Box::new(at),
                    host,
                    cause,
                    attempts,
                    detail,
                };
            }
            Trouble::Refused {
                status,
                refusal,
                request_id,
                ..
            } => {
                at.request_id = request_id;
                (status, refusal)
            }
        };
        let at = Box::new(at);
        let said = refusal.message;
        let wait = match reason {
            Reason::TooLong(wait) => Some(wait),
            Reason::Permanent | Reason::Unsafe | Reason::Exhausted => None,
        };
        match refusal.kind {
            Kind::Unauthorized => Error::Auth { at, said },
            Kind::Forbidden { scopes } => Error::Forbidden { at, scopes, said },
            Kind::UnknownSubdomain => Error::UnknownAccount { at, host, said },
            Kind::NotFound | Kind::NoEndpoint => Error::NotFound {
                at,
                endpoint: refusal.kind == Kind::NoEndpoint,
                said,
            },
            Kind::RateLimited { .. } => Error::Limited {
                at,
                family: family.to_owned(),
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

/// What a call is authorized with.
enum Ticket {
    Fixed(HeaderValue),
    Renewable {
        pass: Pass,
        came: Came,
        renewals: u32,
    },
}

/// Other processes may renew the token again and again while a call is made, but not for ever.
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

    /// After a 401: whether there is another token to try. One that was handed out for this very call and is refused,
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
