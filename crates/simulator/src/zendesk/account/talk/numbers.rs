//! The phone numbers of the account. It refuses to grow with the account.

use serde_json::{Value, json};

use super::{Kind, id, time};
use crate::clock::DAY;
use crate::zendesk::account::Account;

/// Number, as people write it, name, country, place, toll-free, external.
const NUMBERS: [(&str, &str, &str, &str, &str, bool, bool); 4] = [
    (
        "+493012345670",
        "+49 30 12345670",
        "Support Berlin",
        "DE",
        "Berlin",
        false,
        false,
    ),
    (
        "+18005550123",
        "+1 (800) 555-0123",
        "Toll-free US",
        "US",
        "",
        true,
        false,
    ),
    (
        "+81312345678",
        "+81 3-1234-5678",
        "日本サポート",
        "JP",
        "Tokyo",
        false,
        false,
    ),
    (
        "+4940998877",
        "+49 40 998877",
        "Reception",
        "DE",
        "Hamburg",
        false,
        true,
    ),
];

pub(super) fn rows(account: &Account) -> Vec<Value> {
    let groups = &account.config.group_ids;
    NUMBERS
        .iter()
        .enumerate()
        .map(|(index, (number, display, name, country, location, free, external))| {
            let texts = *country == "US";
            json!({"id": id(account, Kind::Number, index), "name": name, "nickname": name, "number": number, "display_number": display,
                "brand_id": account.config.brand_ids.get(index % 2), "group_ids": groups[..2 + index % 2], "default_group_id": groups.get(index),
                "ivr_id": (index == 0).then(|| id(account, Kind::Ivr, 0)), "schedule_id": (index == 1).then_some(360_000_123_456_i64),
                "recorded": index != 3, "transcription": index == 0, "voice_enabled": true, "sms_enabled": texts, "sms_group_id": texts.then(|| groups[0]),
                "toll_free": free, "external": external, "outbound_enabled": !free, "priority": index % 2, "country_code": country, "location": location,
                "capabilities": {"sms": texts, "mms": texts, "voice": true}, "greeting_ids": if index == 0 { json!([360_000_555_001_i64]) } else { json!([]) },
                "default_greeting_ids": ["voicemail_en", "available_en"], "failover_number": (index == 2).then_some("+81398765432"), "line_type": "phone",
                "created_at": time(account.start + index as i64 * 11 * DAY)})
        })
        .collect()
}
