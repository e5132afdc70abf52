//! Imports change more people in one second than a page holds.

use std::collections::HashSet;

use zuzen_simulator::Faults;

use super::{once, rows, sized, truth};
use crate::stage::Stage;

/// People whom one import changes: more than search gives, more than a page of the export holds.
const IMPORTED: u32 = 2_300;

/// Row 21: windows of time cannot be cut below a second. Reads that page by place lose nobody, give nobody twice, and end.
#[tokio::test(flavor = "multi_thread")]
async fn people_of_one_second_come_once() {
    let account = sized(20_000);
    let second = account.import_people(IMPORTED);
    let everybody = account.truth("users");
    let of_then = |later: bool| -> HashSet<String> {
        let wanted = everybody.iter().filter(|user| {
            let updated = user["updated_at"].as_str().unwrap();
            updated == second || later && updated > second.as_str()
        });
        wanted.map(|user| user["id"].to_string()).collect()
    };
    let (then, since) = (of_then(false), of_then(true));
    assert!(
        then.len() > 2_000 && since.len() > then.len(),
        "{}",
        then.len()
    );
    for faults in ["none", "repeating", "flaky"] {
        let faults = Faults::scenario(faults).unwrap();
        let stage = Stage::of(&account, faults, "");
        let engine = stage.engine().unwrap();
        let at = format!("SELECT id FROM users WHERE updated_at = TIMESTAMP '{second}'");
        let from = format!("SELECT id FROM users WHERE updated_at >= TIMESTAMP '{second}'");
        for pushdown in ["on", "off"] {
            let set = format!("SET zuzen.pushdown = {pushdown}");
            engine.sql(&set).await.unwrap();
            assert!(once(&engine, &at).await == then, "{pushdown}");
            assert!(once(&engine, &from).await == since, "{pushdown}");
        }
        let requests = stage.simulator().requests();
        let exported = |path: &str| path.contains("incremental/users/cursor");
        assert!(requests.iter().any(|it| exported(&it.path)), "{requests:?}");
        assert!(requests.len() < 200, "{}", requests.len());
    }
    // Whoever may not export has other roads to the same people.
    let stage = Stage::of(&account, Faults::default(), "");
    let agent = stage.agent().build().unwrap();
    let at = format!("SELECT id FROM users WHERE updated_at = TIMESTAMP '{second}'");
    assert!(once(&agent, &at).await == then);
    // The newest first: a second that is larger than the limit ends the list all the same.
    let newest = "SELECT id, updated_at FROM users ORDER BY updated_at DESC LIMIT 2500";
    let newest = rows(&agent, newest).await.unwrap();
    let all: HashSet<&String> = newest.iter().map(|row| &row[0]).collect();
    assert_eq!(all.len(), 2_500);
    assert!(since.iter().filter(|id| all.contains(id)).count() >= 2_500.min(since.len()));
    assert!(once(&agent, "SELECT id FROM users").await == truth(&account, "users"));
}
