//! Deleted rows: out of every table, unless a statement names the column `deleted`.

use zuzen_engine::Engine;
use zuzen_simulator::{Object, Row, Value};

use super::stage::{DATA_QUERY, EXPORT, Served, frozen, runtime};
use crate::render;

async fn rows(engine: &Engine, sql: &str) -> Vec<Vec<String>> {
    let frame = engine.sql(sql).await;
    let frame = frame.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let batches = frame.collect().await;
    let mut rows = render::rows(&batches.unwrap_or_else(|error| panic!("{sql}: {error}")));
    rows.sort();
    rows
}

fn text(row: &Row<'_>, column: &str) -> String {
    match row.get(column) {
        Some(Value::Text(text)) => text,
        other => panic!("{column}: {other:?}"),
    }
}

/// The contacts that a test lets through, each as its id and whether it is deleted.
fn contacts(keeps: impl Fn(&Row<'_>) -> bool) -> Vec<Vec<String>> {
    let tenant = frozen();
    let kept = tenant.rows(Object::Contact).filter(keeps);
    let mut rows: Vec<Vec<String>> = kept
        .map(|row| vec![text(&row, "Id"), row.is_deleted().to_string()])
        .collect();
    rows.sort();
    rows
}

#[test]
fn deleted_rows_come_when_they_are_named() {
    let (all, live) = (contacts(|_| true), contacts(|row| !row.is_deleted()));
    let gone = contacts(|row| row.is_deleted());
    assert!(!gone.is_empty() && gone.len() < live.len());
    let japan = contacts(|row| row.is_deleted() || text(row, "Country") == "Japan");
    let served = Served::frozen();
    runtime().block_on(async {
        for service in [DATA_QUERY, EXPORT] {
            let engine = served.engine(service, "");
            for pushdown in ["on", "off"] {
                let set = format!("SET zuzen.pushdown = {pushdown}");
                engine.sql(&set).await.unwrap();
                let way = format!("{service}, {pushdown}");
                for (sql, expected) in [
                    ("SELECT id, deleted FROM contact", &all),
                    ("SELECT id, deleted FROM contact WHERE deleted", &gone),
                    ("SELECT id, deleted FROM contact WHERE NOT deleted", &live),
                    (
                        "SELECT id, deleted FROM contact WHERE deleted OR country = 'Japan'",
                        &japan,
                    ),
                    ("SELECT id, 'false' FROM contact", &live),
                    ("SELECT id, 'true' FROM (GETDELETED FROM [Contact]) gone", &gone),
                    (
                        "SELECT id, 'true' FROM (GETDELETED FROM contact WHERE id <> '' OR id = '') gone",
                        &gone,
                    ),
                ] {
                    assert_eq!(&rows(&engine, sql).await, expected, "{way}: {sql}");
                }
                for (sql, expected) in [
                    ("SELECT count(*) FROM contact", live.len()),
                    ("SELECT count(*) FROM contact WHERE deleted", gone.len()),
                    // Of two tables, only the one that is asked shows what was deleted.
                    (
                        "SELECT count(*) FROM contact c JOIN account a ON a.id = c.accountid WHERE c.deleted",
                        gone.len(),
                    ),
                    (
                        "SELECT count(*) FROM contact c JOIN account a ON a.id = c.accountid",
                        live.len(),
                    ),
                ] {
                    let counted = rows(&engine, sql).await;
                    assert_eq!(counted, [[expected.to_string()]], "{way}: {sql}");
                }
            }
        }
    });
}
