//! The sessions of this process by number.
//!
//! Driver managers keep the handles of a driver to themselves. A program that wants more of a connection than ADBC has, such
//! as its tables for another query engine, asks the connection for its number and says it to this library.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, Weak};

use crate::session::Session;
use crate::work::lock;

static SESSIONS: Mutex<BTreeMap<i64, Weak<Session>>> = Mutex::new(BTreeMap::new());

static LAST: AtomicI64 = AtomicI64::new(0);

/// Gives a session its number. Numbers are never given twice.
pub(crate) fn number(session: &Arc<Session>) -> i64 {
    let mut all = lock(&SESSIONS);
    all.retain(|_, other| other.strong_count() > 0);
    let given = all
        .iter()
        .find(|(_, known)| std::ptr::eq(known.as_ptr(), Arc::as_ptr(session)));
    if let Some((number, _)) = given {
        return *number;
    }
    let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    all.insert(number, Arc::downgrade(session));
    number
}

/// The session of a number, as long as its connection is open.
pub(crate) fn session(number: i64) -> Option<Arc<Session>> {
    lock(&SESSIONS).get(&number).and_then(Weak::upgrade)
}
