//! Calls: those behind the tickets that came by voice, and those that nobody answered. It refuses to record anybody.

use serde_json::{Value, json};

use super::{Kind, STREAM, Talk, id, legs, time};
use crate::clock::{DAY, HOUR};
use crate::random::Dice;
use crate::zendesk::account::Account;
use crate::zendesk::account::ticket::Ticket;

/// A call before it is a row.
pub(super) struct Call {
    pub(super) index: usize,
    pub(super) id: i64,
    pub(super) created: i64,
    pub(super) updated: i64,
    pub(super) agent: Option<i64>,
    pub(super) customer: Option<i64>,
    pub(super) wait: i64,
    pub(super) talk: i64,
    pub(super) hold: i64,
    pub(super) wrap_up: i64,
    pub(super) consultation: i64,
    pub(super) outbound: bool,
    pub(super) status: &'static str,
}

impl Call {
    pub(super) fn duration(&self) -> i64 {
        self.wait + self.talk + self.hold
    }
}

pub(super) fn fill(talk: &mut Talk, account: &Account) {
    let voice = (0..account.tickets)
        .map(|index| account.generated_ticket(index))
        .filter(|ticket| ticket.channel == "voice");
    for ticket in voice {
        // Some people call twice about one matter, and some hang up before it becomes one.
        for number in 0..=u32::from(ticket.index % 5 == 2) {
            add(
                talk,
                account,
                &ticket,
                number == 0,
                i64::from(number) * 2 * HOUR,
            );
        }
        if ticket.index % 7 == 3 {
            add(talk, account, &ticket, false, -DAY);
        }
    }
}

fn add(talk: &mut Talk, account: &Account, ticket: &Ticket, about: bool, shift: i64) {
    let index = talk.calls.len();
    let mut dice = Dice::new(
        account.seed,
        STREAM + Kind::Call as u64,
        index as u64 + (1 << 40),
    );
    let created = (ticket.created + shift).min(account.settled - 2 * HOUR);
    let agent = ticket.assignee.filter(|_| about);
    let answered = agent.is_some();
    let call = Call {
        index,
        id: id(account, Kind::Call, index),
        created,
        updated: (created + 300 + dice.below(7_000) as i64).min(account.settled),
        agent,
        customer: ticket.requester,
        wait: 5 + dice.below(400) as i64,
        talk: if answered {
            30 + dice.below(1_500) as i64
        } else {
            0
        },
        hold: if answered && dice.chance(300) {
            dice.below(200) as i64
        } else {
            0
        },
        wrap_up: if answered { dice.below(120) as i64 } else { 0 },
        consultation: if answered && dice.chance(100) { 45 } else { 0 },
        outbound: answered && index % 6 == 4,
        status: match (answered, index % 4) {
            (true, _) => "completed",
            (false, 0) => "abandoned_in_voicemail",
            (false, 1) => "abandoned_in_ivr",
            _ => "abandoned_in_queue",
        },
    };
    legs::add(talk, account, &call);
    let row = row(talk, &call, about.then_some(ticket), &mut dice);
    talk.calls.push(row);
}

fn row(talk: &Talk, call: &Call, ticket: Option<&Ticket>, dice: &mut Dice) -> Value {
    let index = call.index;
    let answered = call.agent.is_some();
    let number = &talk.phone_numbers[index % talk.phone_numbers.len()];
    let menu = index.is_multiple_of(4);
    let recorded = answered && number["recorded"] == true;
    let consent = recorded && index.is_multiple_of(3);
    let voicemail = call.status == "abandoned_in_voicemail";
    let callback = answered && index % 11 == 5;
    let overflowed = index % 13 == 6;
    let summary = recorded && index.is_multiple_of(5);
    let mut row = json!({"id": call.id, "agent_id": call.agent, "call_channel": answered.then_some("phone_line"), "call_charge": answered.then(|| format!("0.{:03}", 5 + call.talk / 4)),
        "call_group_id": ticket.and_then(|ticket| ticket.group), "call_recording_consent": if consent { "opt_in" } else { "always" },
        "call_recording_consent_action": consent.then_some("caller_opted_in"), "call_recording_consent_keypress": consent.then_some("1"),
        "callback": callback, "callback_source": callback.then_some("queue"), "completion_status": call.status, "consultation_time": call.consultation,
        "copilot_suggestions_generated_successful": summary.then_some(2), "copilot_suggestions_generated_total": summary.then_some(3),
        "created_at": time(call.created), "customer_id": call.customer, "customer_requested_voicemail": voicemail, "default_group": index % 3 == 1,
        "direction": if call.outbound { "outbound" } else { "inbound" }, "duration": call.duration(), "exceeded_queue_wait_time": call.wait > 300, "hold_time": call.hold,
        "ivr_action": menu.then_some("group"), "ivr_destination_group_name": menu.then_some("Support"), "ivr_hops": menu.then_some(2),
        "ivr_routed_to": menu.then_some("Support"), "ivr_time_spent": menu.then(|| 5 + dice.below(40))});
    let rest = json!({"line": number["number"], "line_id": number["id"], "line_type": number["line_type"], "minutes_billed": answered.then_some((call.talk + 59) / 60),
        "not_recording_time": if recorded { 0 } else { call.talk }, "outside_business_hours": index % 9 == 8, "overflowed": overflowed,
        "overflowed_to": overflowed.then_some("+4940998877"), "phone_number": number["number"], "phone_number_id": number["id"],
        "post_call_summary": recorded.then_some(summary), "post_call_summary_created": recorded.then_some(summary),
        "post_call_transcription": recorded.then_some(true), "post_call_transcription_created": recorded.then_some(summary),
        "quality_issues": match index % 5 { 0 => json!(["high_latency", "one_way_audio"]), 1 => Value::Null, _ => json!(["none"]) },
        "real_time_transcription": recorded.then_some(false), "recording_control_interactions": i64::from(consent), "recording_time": if recorded { call.talk } else { 0 },
        "talk_time": call.talk, "ticket_id": ticket.map(|ticket| ticket.id), "time_to_answer": answered.then_some(call.wait),
        "transcription_language": summary.then_some("en-US"), "updated_at": time(call.updated), "voicemail": voicemail, "wait_time": call.wait, "wrap_up_time": call.wrap_up});
    if let (Some(row), Value::Object(rest)) = (row.as_object_mut(), rest) {
        row.extend(rest);
    }
    row
}
