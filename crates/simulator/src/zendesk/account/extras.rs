//! What small tables add to their rows only on request. It refuses to add it unasked.

use serde_json::{Value, json};

use crate::zendesk::account::Account;

/// How often a rule was used within a period such as `usage_24h`.
pub(crate) fn usage(row: &Value, name: &str) -> i64 {
    row["id"].as_i64().unwrap_or_default() % (name.len() as i64 * 7)
}

/// Adds what `include=` asks for to a row.
pub(crate) fn extend(row: &mut Value, include: &str) {
    row[include] = match include {
        "app_installation" => Value::Null,
        "permissions" => json!({"can_edit": true}),
        "categories" => json!(
            row["title"]
                .as_str()
                .and_then(|title| title.split_once("::"))
                .map(|parts| vec![parts.0])
        ),
        "users" => return,
        name => json!(usage(row, name)),
    };
}

/// Who made a field; shown only on request.
pub(crate) fn with_creator(account: &Account, row: &Value) -> Value {
    let mut row = row.clone();
    row["creator_user_id"] = json!(if row["removable"] == true {
        account.user_id(0)
    } else {
        -1
    });
    row["creator_app_name"] = if row["type"] == "lookup" {
        json!("Relations")
    } else {
        Value::Null
    };
    row
}
