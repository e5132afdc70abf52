//! Conversations: those behind the tickets that came by chat, those that became no ticket, and messages that were left
//! while nobody was there. It refuses to write long histories.

use serde_json::{Value, json};

use super::{Chat, Exported, Kind, REST, STREAM, time};
use crate::clock::{DAY, HOUR, MINUTE};
use crate::random::Dice;
use crate::zendesk::account::Account;
use crate::zendesk::account::ticket::Ticket;
use crate::zendesk::account::user::User;

const PAGES: &[&str] = &[
    "https://acme.example/pricing",
    "https://acme.example/カート",
];

pub(super) fn fill(chat: &mut Chat, account: &Account) {
    let tickets = (0..account.tickets)
        .map(|index| account.generated_ticket(index))
        .filter(|ticket| ticket.channel == "chat");
    for ticket in tickets {
        let visitor = ticket.requester.and_then(|id| account.user_index(id));
        let visitor = visitor.map(|index| account.user(index));
        add(chat, account, visitor, Some(&ticket), ticket.created);
    }
    // Most conversations become no ticket.
    let customers = account.users - account.staff;
    for index in 0..customers.min(4_000) {
        let user = account.user(account.staff + index);
        let begun = user.created + i64::from(index % 300) * DAY;
        add(chat, account, Some(user), None, begun);
    }
}

fn add(
    chat: &mut Chat,
    account: &Account,
    visitor: Option<User>,
    ticket: Option<&Ticket>,
    begun: i64,
) {
    let index = chat.chats.len();
    let mut dice = Dice::new(account.seed, STREAM + Kind::Chat as u64, index as u64);
    let begun = begun.min(account.settled - REST - 4 * HOUR);
    let lasted = MINUTE + dice.below(2_400) as i64;
    // Tags that are added later change it, some of them many at once.
    let updated = match index % 4 {
        0 => begun + lasted + dice.below(200) as i64 * DAY,
        1 => account.start + (index as i64 / 40 + 1) * 30 * DAY,
        _ => begun + lasted,
    };
    let updated = updated.clamp(begun + lasted, account.settled - REST);
    let id = format!(
        "{:04}.{}.{:08X}{index:05X}",
        begun / (30 * DAY),
        10_414_779,
        dice.roll() as u32
    );
    let left = index % 9 == 5;
    let department = &chat.departments[index % chat.departments.len()];
    let agent = &chat.agents[index % chat.agents.len()];
    let mut row = json!({"id": id, "type": if left { "offline_msg" } else { "chat" }, "timestamp": time(begun), "update_timestamp": time(updated), "unread": index % 6 == 1,
        "department_id": department["id"], "department_name": department["name"], "zendesk_ticket_id": ticket.map(|ticket| ticket.id), "tags": if index.is_multiple_of(4) { json!(["vip", "日本"]) } else { json!([]) },
        "visitor": who(account, visitor.as_ref(), index), "deleted": false, "webpath": [{"from": "", "title": "Pricing", "to": PAGES[index % PAGES.len()], "timestamp": time(begun)}],
        "session": {"id": format!("{index}.10414779.s"), "country_code": "DE", "city": "Berlin", "browser": "Safari", "start_date": time(begun), "end_date": time(begun + lasted)}});
    let rest = match left {
        true => json!({"message": "Is anybody there? \u{1F44B}"}),
        false => {
            json!({"agent_ids": [agent["id"].to_string()], "agent_names": [agent["display_name"]], "duration": lasted, "missed": false, "rating": null, "started_by": "visitor",
            "count": {"visitor": 2, "agent": 2, "total": 4}, "end_timestamp": time(begun + lasted),
            "history": [{"type": "chat.msg", "msg": "Hello, \"quoted\"", "timestamp": time(begun), "name": "Visitor"}, {"type": "chat.msg", "msg": "Grüß Gott", "timestamp": time(begun + 30), "agent_id": agent["id"].to_string()}]})
        }
    };
    if let (Some(row), Value::Object(rest)) = (row.as_object_mut(), rest) {
        row.extend(rest);
    }
    if index % 7 == 2 && !left {
        conversion(chat, index, &row, begun + lasted);
    }
    chat.chats.push(Exported {
        moment: updated,
        id,
        row,
    });
}

fn who(account: &Account, visitor: Option<&User>, index: usize) -> Value {
    let id = format!("{}.{index}", index % 3 + 1);
    match visitor {
        Some(user) => {
            json!({"id": id, "name": account.user_name(user), "email": account.user_email(user), "phone": "", "notes": ""})
        }
        None => json!({"id": id, "name": "Visitor", "email": null, "phone": "", "notes": ""}),
    }
}

fn conversion(chat: &mut Chat, index: usize, of: &Value, at: i64) {
    let goal = &chat.goals[index % chat.goals.len()];
    let id = format!("conv-{index:06x}");
    let row = json!({"id": id, "timestamp": time(at), "goal_id": goal["id"], "goal_name": goal["name"],
        "attribution": {"agent_id": of["agent_ids"][0], "department_id": of["department_id"], "chat_id": of["id"], "chat_timestamp": of["timestamp"]}});
    chat.conversions.push(Exported {
        moment: at,
        id,
        row,
    });
}
