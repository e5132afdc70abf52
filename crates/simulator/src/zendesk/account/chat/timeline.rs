//! What happened to agents and departments: stretches of a status, to the microsecond, and changes. It refuses to know what
//! agents did without Chat.

use serde_json::json;

use super::{Chat, Exported, Kind, REST, STREAM, time};
use crate::clock::{DAY, iso_text};
use crate::random::Dice;
use crate::zendesk::account::Account;

/// Microseconds of a second.
const MICROS: i64 = 1_000_000;

/// Days that the timeline looks back.
const DAYS: i64 = 12;

const STATUSES: &[&str] = &["online", "away", "invisible"];

pub(super) fn fill(chat: &mut Chat, account: &Account) {
    for place in 0..chat.agents.len() {
        stretches(chat, account, place);
    }
    for place in 0..chat.departments.len() {
        events(chat, account, place);
    }
}

fn stretches(chat: &mut Chat, account: &Account, place: usize) {
    let mut dice = Dice::new(account.seed, STREAM + Kind::Stretch as u64, place as u64);
    for day in 1..=DAYS {
        let morning = (account.settled - REST - day * DAY) * MICROS;
        for (number, status) in STATUSES.iter().enumerate() {
            // Everybody is set away by one machine, at one moment.
            let begun = match number {
                1 => morning + 7_200 * MICROS + 301_292,
                _ => {
                    morning + (number as i64 * 14_400 + 60) * MICROS + dice.below(3_000_000) as i64
                }
            };
            let second = iso_text(begun / MICROS);
            let start = second.replace('Z', &format!(".{:06}Z", begun % MICROS));
            let row = json!({"agent_id": chat.agents[place]["id"], "start_time": start, "status": status,
                "duration": 600.0 + dice.below(5_000) as f64 / 8.0, "engagement_count": dice.below(4)});
            chat.agent_timeline.push(Exported {
                moment: begun,
                id: String::new(),
                row,
            });
        }
    }
}

fn events(chat: &mut Chat, account: &Account, place: usize) {
    let department = chat.departments[place]["id"].clone();
    for number in 0..12 {
        // Members are changed for several departments within one second.
        let moment = account.settled - REST - (number + 1) * 9 * DAY;
        let id = format!("{}-{number:02}", &department);
        let row = json!({"id": id, "department_id": department, "timestamp": time(moment), "field_name": "status",
            "value": {"status": if number % 2 == 0 { "online" } else { "offline" }}, "previous_value": null});
        chat.department_events.push(Exported { moment, id, row });
    }
}
