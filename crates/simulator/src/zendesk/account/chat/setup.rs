//! How Chat is set up: agents and their departments are those of Support. It refuses to let anybody in who is banned.

use serde_json::{Value, json};

use super::{Chat, Kind, id, time};
use crate::clock::DAY;
use crate::zendesk::account::Account;

/// More than a page of them.
const BANS: usize = 230;

pub(super) fn fill(chat: &mut Chat, account: &Account) {
    let made = |at: usize| time(account.start + at as i64 * 3 * DAY);
    chat.roles = ["Administrator", "Agent", "Agent (limited)"]
        .iter()
        .enumerate()
        .map(|(at, name)| json!({"id": id(account, Kind::Role, at), "name": name, "description": format!("{name} of Chat"), "enabled": at != 2, "members_count": at * 3,
            "permissions": {"manage_bans": if at == 0 { "account" } else { "none" }, "edit_chat_tags": at == 0}}))
        .collect();
    // Newer ones do not have the greater ids.
    chat.skills = ["english", "français", "日本語"]
        .iter()
        .enumerate()
        .map(|(at, name)| json!({"id": id(account, Kind::Skill, at), "name": name, "description": format!("speaks {name}"), "enabled": true, "members": [account.user_id(at as u32)]}))
        .collect();
    chat.departments = groups(account)
        .take(5)
        .enumerate()
        .map(|(at, group)| json!({"id": group["id"], "name": group["name"], "description": "From Support", "enabled": at != 4, "members": [account.user_id(at as u32)],
            "settings": {"chat_enabled": true, "support_group_id": group["id"]}}))
        .collect();
    chat.agents = (0..account.staff)
        .map(|index| agent(chat, account, index))
        .collect();
    chat.agents.sort_by_key(|row| row["id"].as_i64());
    chat.departments.sort_by_key(|row| row["id"].as_i64());
    chat.goals = ["Bought", "Registered"]
        .iter()
        .enumerate()
        .map(|(at, name)| json!({"id": id(account, Kind::Goal, at), "name": name, "description": "A page is reached", "enabled": at == 0, "attribution_model": "first_touch", "attribution_period": 15,
            "settings": {"conditions": [{"operator": "equals", "type": "url", "value": "https://acme.example/thanks"}]}}))
        .collect();
    chat.triggers = ["Chat Rescuer", "Checkout Page", "First Reply"]
        .iter()
        .enumerate()
        .map(|(at, name)| json!({"id": id(account, Kind::Trigger, at), "name": name, "description": "", "enabled": at != 1,
            "definition": {"event": "chat_requested", "condition": ["and", ["stillOnSite", 60]], "actions": [["wait", 5]]}}))
        .collect();
    chat.shortcuts = [("goodbye", "Thanks for chatting!"), ("hi", "Hi, how can we help?"), ("hilfe", "Womit können wir helfen?")]
        .iter()
        .map(|(name, message)| json!({"id": name, "name": name, "message": message, "options": "Yes/No", "scope": "all", "tags": [format!("{name}_survey")]}))
        .collect();
    chat.bans = (0..BANS)
        .map(|at| {
            let mut ban = json!({"id": id(account, Kind::Ban, at), "reason": (["Spammer", "Rude"][at % 2]), "created_at": if at == 0 { Value::Null } else { made(at) }});
            // Most are of addresses, and the oldest of them all are.
            let (kind, member, value) = match at > 60 && at.is_multiple_of(3) {
                true => ("visitor", "visitor_id", format!("1.{at}")),
                false => ("ip_address", "ip_address", format!("192.0.2.{at}")),
            };
            ban["type"] = json!(kind);
            ban[member] = json!(value);
            ban
        })
        .collect();
    chat.routing_settings = json!({"routing_mode": "assigned", "chat_limit": {"enabled": false, "limit": 3, "limit_type": "account", "allow_agent_override": false},
        "skill_routing": {"enabled": true, "max_wait_time": 30}, "reassignment": {"enabled": true, "timeout": 30}, "auto_idle": {"enabled": false}, "auto_accept": {"enabled": false}});
}

fn groups(account: &Account) -> impl Iterator<Item = &Value> {
    account
        .config
        .groups
        .iter()
        .filter(|row| row["deleted"] == false)
}

fn agent(chat: &Chat, account: &Account, index: u32) -> Value {
    let user = account.user(index);
    let name = account.user_name(&user);
    let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
    let department = &chat.departments[index as usize % chat.departments.len()]["id"];
    json!({"id": user.id, "first_name": first, "last_name": last, "display_name": name, "email": account.user_email(&user), "create_date": time(user.created), "enabled": true,
        "role_id": chat.roles[usize::from(index > 0)]["id"], "roles": {"administrator": index == 0, "owner": index == 0}, "departments": [department], "enabled_departments": [department], "skills": []})
}
