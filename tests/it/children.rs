//! Tables over the lists of others: nothing of an element is forgotten, they cost what their parents cost, and a new one is a
//! file of a few lines. That their rows are right is shown with all tables in `conformance.rs`.

use std::collections::BTreeSet;

use serde_json::Value;
use zuzen_engine::Engine;
use zuzen_simulator::Faults;

use crate::oracle;
use crate::render;
use crate::stage::{self, Stage};

async fn rows(engine: &Engine, sql: &str) -> Vec<Vec<String>> {
    let frame = engine.sql(sql).await;
    let frame = frame.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let batches = frame.collect().await;
    render::rows(&batches.unwrap_or_else(|error| panic!("{sql}: {error}")))
}

/// Each key of an element that is an object is a column, part of one, or deliberately none.
#[test]
fn every_key_of_an_element_is_declared() {
    let account = stage::frozen();
    let stage = Stage::of(&account, Faults::default(), "");
    let engine = stage.engine().unwrap();
    let connector = engine.connections()[0].connector();
    let mut unknown = BTreeSet::new();
    for table in &connector.tables {
        let Some(child) = &table.child else { continue };
        let list = connector.table(&child.of).unwrap();
        let list = list.column(&child.list).unwrap();
        if list.kind.to_string() != "json" {
            continue;
        }
        let mut seen = 0;
        for row in account.truth(&child.of) {
            let found = oracle::lookup(&row, &list.path);
            let lists: Vec<&Value> = match &child.split {
                Some(split) => split.members.iter().map(|it| &found[it]).collect(),
                None => vec![found],
            };
            for list in lists {
                let elements = match list {
                    Value::Array(elements) => elements.as_slice(),
                    Value::Null => &[],
                    alone => std::slice::from_ref(alone),
                };
                for key in elements
                    .iter()
                    .flat_map(|it| it.as_object().unwrap().keys())
                {
                    seen += 1;
                    let declared = table
                        .columns
                        .iter()
                        .any(|it| child.origin(&it.name).is_none() && it.path.first() == Some(key));
                    if !declared && !table.ignore.contains(key) {
                        unknown.insert(format!("{}: {key}", table.name));
                    }
                }
            }
        }
        assert!(seen > 0, "{} has no elements", table.name);
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

/// As many requests as for the list itself, and the same ones.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_costs_what_its_table_costs() {
    for (child, parent) in [
        ("tickets_tags", "SELECT tags FROM tickets"),
        ("tickets_custom_fields", "SELECT custom_fields FROM tickets"),
        ("users_tags", "SELECT tags FROM users"),
        (
            "organizations_domain_names",
            "SELECT domain_names FROM organizations",
        ),
        ("triggers_conditions", "SELECT conditions FROM triggers"),
        ("views_columns", "SELECT execution_columns FROM views"),
        (
            "ticket_comments_attachments",
            "SELECT attachments FROM ticket_comments",
        ),
    ] {
        for pushdown in ["on", "off"] {
            let sent = async |sql: &str| {
                let stage = Stage::of(&stage::frozen(), Faults::default(), "");
                let engine = stage.engine().unwrap();
                rows(&engine, &format!("SET zuzen.pushdown = {pushdown}")).await;
                assert!(!rows(&engine, sql).await.is_empty());
                let requests = stage.simulator().requests();
                let mut requests: Vec<String> = requests
                    .into_iter()
                    .map(|request| format!("{}?{}", request.path, request.query))
                    .collect();
                requests.sort();
                requests
            };
            let own = sent(&format!("SELECT * FROM {child}")).await;
            assert_eq!(own, sent(parent).await, "{child}, pushdown {pushdown}");
            assert!(!own.is_empty());
        }
    }
}

/// A statement that names a table and lists of it reads it once.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_and_its_lists_are_read_once() {
    let sent = async |sql: &str| {
        let stage = Stage::of(&stage::frozen(), Faults::default(), "");
        let engine = stage.engine().unwrap();
        assert!(!rows(&engine, sql).await.is_empty());
        stage.simulator().request_count()
    };
    let alone = sent("SELECT id, tags, follower_ids FROM tickets").await;
    let together = sent(
        "SELECT t.id, g.tag, f.user_id FROM tickets t LEFT JOIN tickets_tags g ON g.ticket_id = t.id \
         LEFT JOIN tickets_followers f ON f.ticket_id = t.id",
    );
    assert_eq!(together.await, alone);
}

/// Not one line of Rust: a file in a folder is a table.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_one_is_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = "about = \"A tag of a person.\"\nof = \"users\"\nlist = \"tags\"\nelement = \"label\"\n\
        [parent]\nperson = \"id\"\nname = \"name\"\n";
    std::fs::write(folder.path().join("people_labels.toml"), file).unwrap();
    let stage = Stage::of(&stage::frozen(), Faults::default(), "");
    let engine = stage.builder().tables(folder.path()).build().unwrap();
    let sql = "SELECT person, name, position, label FROM people_labels ORDER BY person, position";
    let same = "SELECT u.id, u.name, t.position, t.tag FROM users_tags t JOIN users u ON u.id = t.user_id \
                ORDER BY u.id, t.position";
    let found = rows(&engine, sql).await;
    assert!(found.len() > 10);
    assert_eq!(found, rows(&engine, same).await);
    let described = "SELECT column_name, type, \"references\" FROM system.columns \
                     WHERE table_name = 'people_labels' ORDER BY ordinal";
    let described: Vec<String> = rows(&engine, described)
        .await
        .into_iter()
        .map(|row| row.join(" "))
        .collect();
    assert_eq!(
        described,
        [
            "person int64 users",
            "name text NULL",
            "position int64 NULL",
            "label text NULL"
        ]
    );
}
