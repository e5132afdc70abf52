//! The parts that customers, agents and others had in a call. It refuses to belong to no call.

use serde_json::{Value, json};

use super::calls::Call;
use super::{Kind, Talk, id, time};
use crate::zendesk::account::Account;

/// Adds the legs of a call.
pub(super) fn add(talk: &mut Talk, account: &Account, call: &Call) {
    push(talk, account, call, "customer", None, call.customer);
    let Some(agent) = call.agent else {
        return;
    };
    push(talk, account, call, "agent", Some(agent), None);
    if call.consultation > 0 {
        let other = account.user_id(call.index as u32 % account.staff);
        push(talk, account, call, "agent", Some(other), None);
    }
    match call.index % 10 {
        3 => push(talk, account, call, "external", None, None),
        7 => push(
            talk,
            account,
            call,
            "supervisor",
            Some(account.user_id(0)),
            None,
        ),
        _ => {}
    }
}

fn push(
    talk: &mut Talk,
    account: &Account,
    call: &Call,
    kind: &str,
    agent: Option<i64>,
    user: Option<i64>,
) {
    let at = talk.legs.len();
    let by_agent = kind == "agent";
    let consulted = call.consultation > 0 && by_agent;
    let joined = by_agent && call.index % 10 == 7;
    let passed_on = by_agent && call.index % 8 == 2;
    let other = || account.user_id((call.index as u32 + 3) % account.staff);
    // A phone that was rung after the call had ended says so a little later.
    let updated = (call.updated + at as i64 % 3).min(account.settled);
    talk.legs.push(json!({"id": id(account, Kind::Leg, at), "agent_id": agent, "available_via": by_agent.then(|| ["browser", "phone"][at % 2]),
        "call_charge": format!("0.{:03}", call.talk / 9), "call_id": call.id, "completion_status": call.status,
        "conference_from": joined.then(other), "conference_time": joined.then_some(33), "conference_to": joined.then(|| account.user_id(0)),
        "consultation_from": if consulted { json!(call.agent) } else { Value::Null }, "consultation_time": consulted.then_some(call.consultation),
        "consultation_to": consulted.then(other), "created_at": time(call.created), "duration": call.duration(),
        "forwarded_to": (kind == "external").then_some("+493099887766"), "hold_time": call.hold, "minutes_billed": by_agent.then_some((call.talk + 59) / 60),
        "quality_issues": if at.is_multiple_of(4) { json!(["packet_loss"]) } else { json!([]) }, "talk_time": call.talk,
        "transferred_from": passed_on.then(other), "transferred_to": passed_on.then_some(call.agent), "type": kind, "updated_at": time(updated),
        "user_id": user, "wrap_up_time": by_agent.then_some(call.wrap_up)}));
}
