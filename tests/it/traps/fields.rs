//! Custom fields that are deleted while somebody reads them.

use futures::TryStreamExt as _;
use serde_json::json;
use zuzen_engine::Kind;
use zuzen_simulator::Faults;

use super::rows;
use crate::render;
use crate::stage::{self, Stage};

/// Row 12: a deleted field is no column any more, and says so by its name; what tickets still hold of it stays readable, and
/// a statement under way neither fails nor loses a row.
#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_is_deleted_takes_nothing_with_it() {
    let account = stage::recent(19, 300);
    let field = account.create_ticket_field(&json!({"type": "integer", "title": "Churn risk"}));
    let id = account.create_ticket(json!({
        "subject": "New", "comment": {"body": "Hello"}, "custom_fields": [{"id": field, "value": "7"}],
    }));
    let stage = Stage::of(&account, Faults::default(), "Pagesize=40;");
    let engine = stage.engine().unwrap();
    let by_name = format!("SELECT churn_risk FROM tickets WHERE id = {id}");
    let by_id = format!("SELECT custom_field_{field} FROM tickets WHERE id = {id}");
    for sql in [&by_name, &by_id] {
        assert_eq!(rows(&engine, sql).await.unwrap(), [["7"]], "{sql}");
    }
    let mut stream = engine
        .stream("SELECT id, churn_risk FROM tickets")
        .await
        .unwrap();
    let first = stream.try_next().await.unwrap().unwrap();
    account.delete_ticket_field(field);
    let mut found = render::rows(&[first]);
    while let Some(batch) = stream.try_next().await.unwrap() {
        found.extend(render::rows(&[batch]));
    }
    assert_eq!(found.len(), account.truth("tickets").len());
    assert!(found.contains(&vec![id.to_string(), "7".to_owned()]));
    engine.sql("REFRESH SCHEMA zendesk").await.unwrap();
    for (sql, name) in [
        (&by_name, "churn_risk".to_owned()),
        (&by_id, format!("custom_field_{field}")),
    ] {
        let error = rows(&engine, sql).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Sql, "{error}");
        let told = format!("there is no column `{name}`");
        assert!(error.message().contains(&told), "{error}");
        assert!(error.hint().is_some(), "{error}");
    }
    let error = rows(&engine, &by_id).await.unwrap_err();
    assert!(
        error.hint().unwrap().contains("tickets_custom_fields"),
        "{error:?}"
    );
    // All that is left of it: as JSON, and by the id.
    for sql in [
        format!(
            "SELECT value FROM tickets_custom_fields WHERE ticket_id = {id} AND custom_field_id = {field}"
        ),
        format!(
            "SELECT JSON_EXTRACT(custom_fields, '$[?@.id == {field}].value') FROM tickets WHERE id = {id}"
        ),
    ] {
        let found = rows(&engine, &sql).await.unwrap().concat().concat();
        assert_eq!(found.trim_matches('"'), "7", "{sql}");
    }
    assert_eq!(
        rows(&engine, "SELECT * FROM tickets LIMIT 5")
            .await
            .unwrap()
            .len(),
        5
    );
}
