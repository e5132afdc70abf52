//! What happened to a ticket: its audits and their comments, drawn from the ticket's fate, followed by what was written over HTTP.
//! It refuses to render; see `history_row.rs`.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use crate::clock::MINUTE;
use crate::random::Dice;
use crate::zendesk::account::order::PLACES;
use crate::zendesk::account::ticket::{Status, Ticket};
use crate::zendesk::account::words;
use crate::zendesk::account::{Account, stream};

const AUDIT_BASE: i64 = 11_000_000_000_000;
const AUDIT_STRIDE: i64 = 90_001;
/// The author id of the system.
pub(crate) const SYSTEM: i64 = -1;

#[derive(Debug, Clone)]
pub(crate) enum Happening {
    Created,
    Reply(u8),
    /// The last change of an unsolved ticket.
    Touched,
    Solved,
    Closed,
    Written(Arc<WrittenAudit>),
}

#[derive(Debug, Clone)]
pub(crate) struct Audit {
    pub(crate) id: i64,
    pub(crate) ticket: i64,
    pub(crate) at: i64,
    pub(crate) author: i64,
    pub(crate) happening: Happening,
}

/// A change made over HTTP.
#[derive(Debug)]
pub(crate) struct WrittenAudit {
    pub(crate) id: i64,
    pub(crate) ticket: i64,
    pub(crate) at_millis: i64,
    pub(crate) author: i64,
    pub(crate) first: bool,
    pub(crate) comment: Option<(String, bool)>,
    /// Field, value, previous value.
    pub(crate) changes: Vec<(String, Value, Value)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Comment<'a> {
    pub(crate) id: i64,
    pub(crate) audit: i64,
    pub(crate) at: i64,
    pub(crate) author: i64,
    pub(crate) public: bool,
    pub(crate) voice: bool,
    pub(crate) attachments: u8,
    pub(crate) body: Cow<'a, str>,
}

impl Account {
    /// Moments of the generated audits of a ticket, ascending.
    pub(crate) fn audit_times(&self, ticket: &Ticket) -> Vec<i64> {
        let end = ticket.solved.unwrap_or(ticket.updated);
        let replies = i64::from(ticket.replies);
        let mut times = Vec::with_capacity(ticket.replies as usize + 3);
        times.push(ticket.created);
        times.extend(
            (1..=replies)
                .map(|reply| ticket.created + (end - ticket.created) * reply / (replies + 1)),
        );
        if ticket.solved.is_some() || ticket.updated > ticket.created {
            times.push(end);
        }
        times.extend(ticket.closed);
        times
    }

    /// The generated audit at one place of a generated ticket.
    pub(crate) fn audit_at(&self, ticket: &Ticket, place: u64, at: i64) -> Audit {
        let id = AUDIT_BASE
            + (u64::from(ticket.index) * PLACES + place) as i64 * AUDIT_STRIDE
            + (self.mix(stream::EVENT_ID, u64::from(ticket.index) * PLACES + place) % 80_000)
                as i64;
        let replies = u64::from(ticket.replies);
        let (happening, author) = match place {
            0 => (Happening::Created, ticket.submitter.unwrap_or(SYSTEM)),
            _ if place <= replies => {
                let by_agent = place % 2 == 1;
                let agent = ticket.assignee.unwrap_or_else(|| {
                    self.user_id((u64::from(ticket.index) % u64::from(self.staff)) as u32)
                });
                (
                    Happening::Reply(place as u8),
                    if by_agent {
                        agent
                    } else {
                        ticket.requester.unwrap_or(SYSTEM)
                    },
                )
            }
            _ if place == replies + 1 && ticket.solved.is_some() => {
                (Happening::Solved, ticket.assignee.unwrap_or(SYSTEM))
            }
            _ if place == replies + 1 => (Happening::Touched, ticket.assignee.unwrap_or(SYSTEM)),
            _ => (Happening::Closed, SYSTEM),
        };
        Audit {
            id,
            ticket: ticket.id,
            at,
            author,
            happening,
        }
    }

    /// The place of the generated ticket in whose history an id lies: audits, comments and files share a range.
    pub(crate) fn ticket_of_event(&self, id: i64) -> Option<u32> {
        let place = u64::try_from(id.checked_sub(AUDIT_BASE)?).ok()? / AUDIT_STRIDE.unsigned_abs();
        u32::try_from(place / PLACES)
            .ok()
            .filter(|index| *index < self.tickets)
    }

    pub(crate) fn generated_audits(&self, ticket: &Ticket) -> Vec<Audit> {
        self.audit_times(ticket)
            .into_iter()
            .enumerate()
            .map(|(place, at)| self.audit_at(ticket, place as u64, at))
            .collect()
    }

    /// The whole history of a ticket as of a moment.
    pub(crate) fn audits(&self, id: i64, until_millis: i64) -> Vec<Audit> {
        let mut audits = self
            .ticket_index(id)
            .map(|index| self.generated_audits(&self.generated_ticket(index)))
            .unwrap_or_default();
        audits.extend(
            self.overlay
                .read()
                .audits
                .iter()
                .filter(|audit| audit.ticket == id && audit.at_millis <= until_millis)
                .map(written),
        );
        audits
    }

    pub(crate) fn comment<'a>(&self, ticket: &'a Ticket, audit: &'a Audit) -> Option<Comment<'a>> {
        let (number, body, public) = match &audit.happening {
            Happening::Created => {
                let body = match self.ticket_index(ticket.id) {
                    // The first comment keeps its text when a later write replaces the ticket's other parts.
                    Some(index) if ticket.written.is_some() => Cow::Owned(
                        self.description(&self.generated_ticket(index))
                            .map(Cow::into_owned)
                            .unwrap_or_default(),
                    ),
                    _ => self.description(ticket).unwrap_or_default(),
                };
                (0, body, ticket.public)
            }
            Happening::Reply(number) => {
                let mut dice = Dice::new(
                    self.seed,
                    stream::COMMENT,
                    u64::from(ticket.index) * PLACES + u64::from(*number),
                );
                let private = number % 2 == 1 && dice.chance(250);
                // Real accounts hold pasted logs: a body beyond 64 KB must not break anybody's column.
                let length = if *number == 1 && ticket.index % 290 < 3 {
                    70_000
                } else {
                    60 + (dice.unit() * dice.unit() * 900.0) as usize
                };
                (
                    *number,
                    Cow::Owned(words::text(&mut dice, length)),
                    !private,
                )
            }
            Happening::Written(written) => {
                let (body, public) = written.comment.as_ref()?;
                return Some(Comment {
                    id: audit.id + 1,
                    audit: audit.id,
                    at: audit.at,
                    author: audit.author,
                    public: *public,
                    voice: false,
                    attachments: 0,
                    body: Cow::Borrowed(body),
                });
            }
            Happening::Touched | Happening::Solved | Happening::Closed => return None,
        };
        let bits = self.mix(
            stream::HISTORY,
            u64::from(ticket.index) * PLACES + u64::from(number),
        );
        Some(Comment {
            id: audit.id + 1,
            audit: audit.id,
            at: audit.at,
            author: audit.author,
            public,
            voice: number == 0 && ticket.channel == "voice",
            attachments: if bits.is_multiple_of(9) {
                (bits >> 8) as u8 % 2 + 1
            } else {
                0
            },
            body,
        })
    }

    pub(crate) fn comment_count(&self, ticket: &Ticket, until_millis: i64) -> i64 {
        let generated = if ticket.index < self.tickets {
            i64::from(ticket.replies) + 1
        } else {
            0
        };
        generated
            + self
                .overlay
                .read()
                .audits
                .iter()
                .filter(|audit| {
                    audit.ticket == ticket.id
                        && audit.at_millis <= until_millis
                        && audit.comment.is_some()
                })
                .count() as i64
    }

    /// The status a generated ticket had after its n-th reply.
    pub(crate) fn status_after(&self, ticket: &Ticket, reply: u8) -> Status {
        match (reply, ticket.replies) {
            (0, _) => Status::New,
            (reply, replies) if reply >= replies && ticket.solved.is_none() => {
                ticket.before_deletion
            }
            (reply, _) if reply % 2 == 1 => Status::Pending,
            _ => Status::Open,
        }
    }

    /// Calendar minutes between creation and a later moment.
    pub(crate) fn minutes_since_creation(ticket: &Ticket, at: i64) -> i64 {
        (at - ticket.created) / MINUTE
    }
}

pub(crate) fn written(audit: &Arc<WrittenAudit>) -> Audit {
    Audit {
        id: audit.id,
        ticket: audit.ticket,
        at: audit.at_millis.div_euclid(1_000),
        author: audit.author,
        happening: Happening::Written(Arc::clone(audit)),
    }
}
