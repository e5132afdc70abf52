//! How the telephones are set up, and the live numbers. What the vendor has not published is kept plain: a client must
//! take any object here as it comes. It refuses to change while nobody calls.

use serde_json::{Value, json};

use super::{Kind, Talk, id, time};
use crate::zendesk::account::Account;
use crate::zendesk::account::user::Role;

pub(super) fn fill(talk: &mut Talk, account: &Account) {
    talk.lines = talk.phone_numbers.clone();
    talk.lines.push(json!({"id": id(account, Kind::Line, 0), "nickname": "In-app calls", "line_type": "digital", "line_id": "acme-app",
        "brand_id": account.config.brand_ids.first(), "recorded": false, "created_at": time(account.start)}));
    talk.addresses = vec![
        json!({"id": id(account, Kind::Address, 0), "name": "Head office", "street": "Unter den Linden 1", "zip": "10117",
        "city": "Berlin", "country_code": "DE"}),
    ];
    talk.greeting_categories = ["voicemail", "available", "wait", "hold"]
        .iter()
        .enumerate()
        .map(|(at, name)| json!({"id": at + 1, "name": name}))
        .collect();
    talk.greetings = vec![
        json!({"id": "voicemail_en", "name": "Default voicemail", "category_id": 1, "default": true, "audio_url": null}),
        json!({"id": "available_en", "name": "Default available", "category_id": 2, "default": true, "audio_url": null}),
        json!({"id": 360_000_555_001_i64, "name": "Grüß Gott", "category_id": 2, "default": false,
            "audio_url": "https://acme.zendesk.com/greetings/360000555001.mp3"}),
    ];
    talk.ivrs = vec![ivr(talk, account)];
    talk.settings = json!({"voice": true, "agent_confirmation_when_forwarding": true, "agent_wrap_up_after_calls": true, "maximum_queue_size": 15,
        "maximum_queue_wait_time": 5, "only_during_business_hours": false, "recordings_public": false});
    partners(talk, account);
    live(talk, account);
}

/// Two menus; the keys of the first lead to a group and to the second.
fn ivr(talk: &Talk, account: &Account) -> Value {
    let menu = |at: usize| id(account, Kind::Menu, at);
    let route = |at: usize, key: &str, action: &str, option: Value| json!({"id": id(account, Kind::Route, at), "keypress": key, "action": action, "option_text": option});
    json!({"id": id(account, Kind::Ivr, 0), "name": "Main menu ☎", "phone_number_ids": [talk.phone_numbers[0]["id"]],
    "menus": [
        {"id": menu(0), "name": "Start", "default": true, "greeting_id": null, "routes": [
            route(0, "1", "group", json!(account.config.group_ids.first())),
            route(1, "2", "menu", json!(menu(1))),
            route(2, "#", "voicemail", Value::Null)]},
        {"id": menu(1), "name": "Billing", "default": false, "greeting_id": 360_000_555_001_i64, "routes": [
            route(3, "1", "group", json!(account.config.group_ids.get(1)))]}
    ]})
}

/// Calls that another vendor's telephones have reported.
fn partners(talk: &mut Talk, account: &Account) {
    let reported = talk.calls.iter().filter(|row| !row["agent_id"].is_null());
    talk.partner_calls = reported
        .take(8)
        .enumerate()
        .map(|(at, row)| {
            json!({"id": id(account, Kind::Partner, at), "app_id": 7, "direction": row["direction"], "from_line": row["phone_number"],
                "to_line": "+493055512345", "agent_id": row["agent_id"], "end_user_id": row["customer_id"], "call_started_at": row["created_at"],
                "talk_time": row["talk_time"], "completion_status": "completed"})
        })
        .collect();
}

fn live(talk: &mut Talk, account: &Account) {
    let day = time(account.settled - 86_400);
    let today = || {
        talk.calls
            .iter()
            .filter(|row| row["created_at"].as_str() >= day.as_str())
    };
    let inbound = today().filter(|row| row["direction"] == "inbound").count();
    let missed = today().filter(|row| row["agent_id"].is_null()).count();
    let sum = |column: &str| today().filter_map(|row| row[column].as_i64()).sum::<i64>();
    talk.account_overview = json!({"total_calls": today().count(), "total_inbound_calls": inbound, "total_outbound_calls": today().count() - inbound,
        "missed_calls": missed, "total_talk_time": sum("talk_time"), "total_hold_time": sum("hold_time")});
    talk.agents_overview = json!({"total_talk_time": sum("talk_time"), "total_wrap_up_time": sum("wrap_up_time"), "total_calls_accepted": today().count() - missed});
    talk.queue = json!({"agents_online": account.staff / 2, "calls_waiting": 0, "callbacks_waiting": 1, "average_wait_time": 0, "longest_wait_time": 0});
    for index in (0..account.staff).step_by(2) {
        let user = account.user(index);
        let own = || talk.calls.iter().filter(|row| row["agent_id"] == user.id);
        let talked: i64 = own().filter_map(|row| row["talk_time"].as_i64()).sum();
        talk.agents_activity.push(json!({"agent_id": user.id, "name": account.user_name(&user), "status": "not_available", "via": "client",
            "calls_accepted": own().count(), "total_talk_time": talked}));
        talk.availabilities.push((
            user.id,
            json!({"available": false, "status": "not_available", "via": "client",
            "agent_state": if user.role == Role::Admin { "away" } else { "offline" }}),
        ));
    }
}
