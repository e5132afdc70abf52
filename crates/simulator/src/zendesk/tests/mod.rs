//! The API as a whole, driven without sockets and in strict mode: what a caller sees, compared with the account's truth.

mod chat;
mod children;
mod exports;
mod filters;
mod gates;
mod guide;
mod legacy;
mod lists;
mod parents;
mod records;
mod roles;
mod search;
mod setup;
mod sorts;
mod talk;
mod truth;
mod writes;

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Account, AccountOptions, Behaviour, Incoming, Subscription, answer};
use crate::faults::Faults;
use crate::oauth::throttle::Throttle;
use crate::oauth::{Authority, OAuthClient, OAuthOptions};

pub(super) const ADMIN: &str = "agent@example.com/token:demo";
pub(super) const AGENT: &str = "light@example.com/token:demo-agent";

/// A caller of one account.
pub(super) struct Caller {
    pub(super) account: Arc<Account>,
    pub(super) behaviour: Behaviour,
    pub(super) faults: Faults,
    pub(super) credentials: Option<String>,
    authority: Authority,
}

pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) text: String,
    pub(super) warning: Option<String>,
}

impl Caller {
    pub(super) fn new(tickets: u32) -> Self {
        Self::of(Account::generate(&AccountOptions {
            tickets,
            ..AccountOptions::default()
        }))
    }

    pub(super) fn of(account: Arc<Account>) -> Self {
        let behaviour = Behaviour {
            strict: true,
            subdomain_exists: true,
            sorted_people: true,
            subscription: Subscription::default(),
            search_lag_millis: 60_000,
            export_lag_millis: 60_000,
            foreign: "https://elsewhere.example".to_owned(),
        };
        Self {
            account,
            behaviour,
            faults: Faults::default(),
            credentials: Some(ADMIN.to_owned()),
            authority: Authority::new(
                &OAuthOptions::default(),
                OAuthClient::zendesk(),
                Throttle::new(None, 1.0),
            ),
        }
    }

    pub(super) fn send(&self, method: &str, address: &str, body: &str) -> Answered {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/api/v2/{path}")
        };
        let mut incoming = Incoming {
            method: method.to_owned(),
            path,
            query: query.to_owned(),
            host: "127.0.0.1:1".to_owned(),
            body: body.as_bytes().to_vec().into(),
            ..Incoming::default()
        };
        if let Some(credentials) = &self.credentials {
            let basic = format!("Basic {}", STANDARD.encode(credentials));
            incoming
                .headers
                .insert("authorization", basic.parse().unwrap());
        }
        let (reply, _) = answer(
            &self.account,
            &self.behaviour,
            &self.faults,
            &self.authority,
            &incoming,
        );
        let warning = reply
            .headers
            .iter()
            .find(|header| header.0 == "x-zendesk-api-warn")
            .map(|header| header.1.clone());
        let text = String::from_utf8(reply.body).unwrap();
        Answered {
            status: reply.status,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
            warning,
        }
    }

    pub(super) fn status(&self, address: &str) -> u16 {
        self.send("GET", address, "").status
    }

    pub(super) fn get(&self, address: &str) -> Value {
        let answered = self.send("GET", address, "");
        assert_eq!(answered.status, 200, "{address}: {}", answered.text);
        assert!(
            !answered.body.is_null(),
            "{address}: not JSON: {}",
            &answered.text[..answered.text.len().min(300)]
        );
        answered.body
    }

    /// Every row of a list, by cursor; stops on has_more alone.
    pub(super) fn by_cursor(&self, address: &str, key: &str, size: usize) -> Vec<Value> {
        let join = if address.contains('?') { '&' } else { '?' };
        let mut next = format!("{address}{join}page%5Bsize%5D={size}");
        let mut rows = Vec::new();
        let mut seen = BTreeSet::new();
        loop {
            let page = self.get(&next);
            let items = page[key].as_array().unwrap();
            assert!(items.len() <= size);
            rows.extend(items.iter().cloned());
            if page["meta"]["has_more"] == false {
                return rows;
            }
            let cursor = page["meta"]["after_cursor"].as_str().unwrap().to_owned();
            assert!(seen.insert(cursor.clone()), "{address}: cursor repeats");
            let encoded: String = url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
            next = format!("{address}{join}page%5Bsize%5D={size}&page%5Bafter%5D={encoded}");
        }
    }

    /// Every row of a list, by offset, following the links.
    pub(super) fn by_offset(&self, address: &str, key: &str, size: usize) -> Vec<Value> {
        let join = if address.contains('?') { '&' } else { '?' };
        let mut next = format!("{address}{join}per_page={size}");
        let mut rows = Vec::new();
        loop {
            let page = self.get(&next);
            rows.extend(page[key].as_array().unwrap().iter().cloned());
            let Some(link) = page["next_page"].as_str() else {
                assert_eq!(page["count"], rows.len(), "{address}");
                return rows;
            };
            next = link.strip_prefix("http://127.0.0.1:1").unwrap().to_owned();
        }
    }

    /// Every row of an export in cursor form, duplicates included.
    pub(super) fn by_export(&self, address: &str, key: &str, size: usize) -> Vec<Value> {
        let mut next = format!("{address}&per_page={size}");
        let mut rows = Vec::new();
        loop {
            let page = self.get(&next);
            rows.extend(page[key].as_array().unwrap().iter().cloned());
            if page["end_of_stream"] == true {
                return rows;
            }
            next = page["after_url"]
                .as_str()
                .unwrap()
                .strip_prefix("http://127.0.0.1:1")
                .unwrap()
                .to_owned();
        }
    }

    /// Every row of an export in time form, duplicates included.
    pub(super) fn by_time(&self, address: &str, key: &str, size: usize) -> Vec<Value> {
        let mut next = format!("{address}?start_time=0&per_page={size}");
        let mut rows = Vec::new();
        loop {
            let page = self.get(&next);
            rows.extend(page[key].as_array().unwrap().iter().cloned());
            if page["end_of_stream"] == true
                || page["count"] == 0
                || (page["end_of_stream"].is_null()
                    && page["count"].as_u64().unwrap() < size as u64)
            {
                return rows;
            }
            let link = page["next_page"]
                .as_str()
                .unwrap()
                .strip_prefix("http://127.0.0.1:1")
                .unwrap()
                .to_owned();
            assert_ne!(link, next, "no progress");
            next = link;
        }
    }
}

pub(super) fn ids(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

pub(super) fn sorted(mut ids: Vec<i64>) -> Vec<i64> {
    ids.sort_unstable();
    ids
}

pub(super) fn unique(ids: &[i64]) -> Vec<i64> {
    ids.iter()
        .copied()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// The same rows, whatever the order, compared whole.
pub(super) fn assert_same(mut one: Vec<Value>, mut other: Vec<Value>, what: &str) {
    one.sort_by_cached_key(ToString::to_string);
    other.sort_by_cached_key(ToString::to_string);
    assert_eq!(one.len(), other.len(), "{what}");
    for (left, right) in one.iter().zip(&other) {
        assert_eq!(left, right, "{what}");
    }
}
