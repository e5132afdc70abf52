//! How agents handled tickets: one row for each agent and ticket. It refuses to count tickets that nobody took.

use serde_json::{Value, json};

use super::{Kind, STREAM, time};
use crate::clock::MINUTE;
use crate::random::Dice;
use crate::zendesk::account::Account;
use crate::zendesk::account::ticket::Ticket;

pub(super) fn rows(account: &Account) -> Vec<Value> {
    let mut rows: Vec<(i64, String, Value)> = (0..account.tickets)
        .map(|index| account.generated_ticket(index))
        .filter(|ticket| ticket.alive() && ticket.index % 4 == 1)
        .filter_map(|ticket| row(account, &ticket))
        .collect();
    rows.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    rows.into_iter().map(|(_, _, row)| row).collect()
}

fn row(account: &Account, ticket: &Ticket) -> Option<(i64, String, Value)> {
    let agent = ticket.assignee?;
    let mut dice = Dice::new(
        account.seed,
        STREAM + Kind::Engagement as u64,
        u64::from(ticket.index),
    );
    let id = format!("{:016x}{:016x}", dice.roll(), dice.roll());
    let offer = dice.below(600) as i64;
    let start = (ticket.created + offer).min(account.settled);
    let end = ticket.solved.unwrap_or(ticket.updated).max(start);
    let over = ticket.solved.is_some();
    let replies = i64::from(ticket.replies);
    let waits = 2 * MINUTE + dice.below(9_000) as i64;
    let row = json!({"engagement_id": id, "ticket_id": ticket.id, "agent_id": agent, "group_id": ticket.group, "requester_id": ticket.requester,
        "offer_time_seconds": offer, "assignment_to_first_reply_time_seconds": (replies > 0).then_some(waits / 2),
        "agent_messages_count": replies, "agent_replies_count": replies / 2, "end_user_messages_count": 1 + replies / 2,
        "total_requester_wait_time_seconds": waits * 2, "longest_requester_wait_time_seconds": waits, "average_requester_wait_time_seconds": waits / 2,
        "channel": ticket.channel, "engagement_start_reason": "ASSIGNED", "engagement_end_reason": over.then_some("TICKET_SOLVED"),
        "ticket_status_start": "open", "ticket_status_end": ticket.status.name(),
        "engagement_start_time": time(start), "engagement_end_time": over.then(|| time(end))});
    Some((start, id, row))
}
