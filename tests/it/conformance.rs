//! Every table against the vendor's database: all rows and all columns, pushdown on and off, whoever signs in.

use std::collections::BTreeMap;

use arrow::array::{AsArray, Int64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimeUnit};
use serde_json::Value;
use zuzen_engine::{Engine, Error, Kind};
use zuzen_simulator::Faults;

use crate::oracle::{self, Truth};
use crate::render;
use crate::stage::{self, Stage};

/// Allows what takes a request for each parent row.
const BUDGET: &str = "MaxRequests=100000;";

/// A request for each ticket: read from a small account.
const SLOW: &[&str] = &[
    "conversation_log",
    "incidents",
    "request_comments",
    "routing_ticket_instance_values",
    "side_conversation_events",
    "side_conversations",
    "ticket_audits",
    "ticket_audits_events",
    "ticket_collaborators",
    "ticket_email_ccs",
    "ticket_followers",
    "ticket_related",
    "ticket_task_lists",
];

/// Tables that answer for a key alone, whatever the budget: the column, and where all its values are.
const ASKED: &[(&str, &str, &str)] = &[
    ("attachments", "id", ""),
    ("calls", "id", ""),
    ("email_notifications", "ticket_id", "SELECT id FROM tickets"),
    (
        "legacy_object_records",
        "type",
        "SELECT key FROM legacy_object_types",
    ),
    (
        "legacy_relationships",
        "relationship_type",
        "SELECT key FROM legacy_relationship_types",
    ),
    ("ticket_content_pins", "ticket_id", "SELECT id FROM tickets"),
];

/// Tables that hold what belongs to the caller.
const OWN: &[&str] = &["activities", "bookmarks", "sessions"];

/// Drafts are for those who manage articles; others get the rows that are none, and nothing tells them of the rest.
const WITH_DRAFTS: [&str; 2] = ["articles", "article_translations"];

/// Tables without a read of all rows: the columns that a statement names.
const BOUND: &[(&str, [&str; 2])] = &[(
    "webhook_invocation_attempts",
    ["webhook_id", "invocation_id"],
)];

/// The statements that read all of a table.
fn statements(table: &Truth) -> Vec<String> {
    let all = format!("SELECT * {}", from(table));
    let Some((_, [outer, inner])) = BOUND.iter().find(|(name, _)| *name == table.name) else {
        return vec![all];
    };
    let mut keys: BTreeMap<&str, std::collections::BTreeSet<String>> = BTreeMap::new();
    for row in &table.values {
        let found = keys.entry(row[*outer].as_str().unwrap()).or_default();
        found.insert(format!("'{}'", row[*inner].as_str().unwrap()));
    }
    let keys = keys.iter().map(|(key, inners)| {
        let inners = inners.iter().cloned().collect::<Vec<_>>().join(", ");
        format!("{all} WHERE {outer} = '{key}' AND {inner} IN ({inners})")
    });
    keys.collect()
}

/// All rows of a table.
async fn whole(engine: &Engine, table: &Truth) -> Result<Vec<Vec<String>>, Error> {
    let mut found = Vec::new();
    for sql in statements(table) {
        found.extend(rows(engine, &sql).await?);
    }
    Ok(found)
}

/// Columns that stay empty: what they say is never true of a row of the table, or only of accounts unlike this one.
const ALWAYS_NULL: &[(&str, &str)] = &[
    ("organizations", "deleted_at"),
    ("ticket_audits", "metadata_suspension_type_id"),
    ("tickets", "satisfaction_rating_reason"),
    ("tickets", "satisfaction_rating_reason_id"),
    ("tickets", "support_type"),
    ("tickets_satisfaction_ratings", "reason"),
    ("tickets_satisfaction_ratings", "reason_id"),
];

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

fn asked(table: &Truth) -> bool {
    ASKED.iter().any(|(name, ..)| *name == table.name)
}

async fn rows(engine: &Engine, sql: &str) -> Result<Vec<Vec<String>>, Error> {
    let batches = engine.sql(sql).await?.collect().await?;
    Ok(render::rows(&batches))
}

/// All rows of a table.
fn from(table: &Truth) -> String {
    let all = format!("FROM {}", table.name);
    match ASKED.iter().find(|(name, ..)| *name == table.name) {
        None => all,
        Some((_, column, "")) => {
            let keys: Vec<String> = table
                .values
                .iter()
                .map(|row| row[*column].to_string())
                .collect();
            format!("{all} WHERE {column} IN ({})", keys.join(", "))
        }
        Some((_, column, keys)) => format!("{all} WHERE {column} IN ({keys})"),
    }
}

/// The rows that somebody gets who manages no articles.
fn published(table: &Truth) -> Vec<Vec<String>> {
    let rows = render::rows(std::slice::from_ref(&table.rows));
    let hidden = |row: &Value| WITH_DRAFTS.contains(&table.name.as_str()) && row["draft"] == true;
    rows.into_iter()
        .zip(&table.values)
        .filter(|(_, value)| !hidden(value))
        .map(|(row, _)| row)
        .collect()
}

/// Rows with JSON text brought to one form, sorted.
fn settled(rows: Vec<Vec<String>>, table: &Truth) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| {
            row.into_iter()
                .zip(&table.columns)
                .map(|(cell, column)| match column.kind.as_str() {
                    "json" if cell != render::NULL => {
                        let value: Value = serde_json::from_str(&cell).unwrap();
                        value.to_string()
                    }
                    _ => cell,
                })
                .collect()
        })
        .collect();
    rows.sort();
    rows
}

/// The first rows that only one side has, cut down to the columns that differ.
fn difference(table: &Truth, found: &[Vec<String>], expected: &[Vec<String>]) -> Option<String> {
    let mut counts: BTreeMap<&Vec<String>, i64> = BTreeMap::new();
    for row in found {
        *counts.entry(row).or_default() += 1;
    }
    for row in expected {
        *counts.entry(row).or_default() -= 1;
    }
    let more = counts.iter().find(|(_, count)| **count > 0);
    let less = counts.iter().find(|(_, count)| **count < 0);
    let place = table
        .columns
        .iter()
        .position(|column| column.name == table.key)
        .unwrap_or_default();
    let show = |row: &Vec<String>, other: Option<&Vec<String>>| {
        let cells = table.columns.iter().zip(row).enumerate();
        cells
            .filter(|(at, (_, cell))| {
                *at == place || other.is_none_or(|other| other[*at] != **cell)
            })
            .map(|(_, (column, cell))| format!("{}={cell}", column.name))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let twin = |row: &Vec<String>, rows: &[Vec<String>]| {
        rows.iter()
            .find(|other| other[place] == row[place])
            .cloned()
    };
    let more =
        more.map(|(row, _)| format!("too many: {}", show(row, twin(row, expected).as_ref())));
    let less = less.map(|(row, _)| format!("missing: {}", show(row, twin(row, found).as_ref())));
    if more.is_none() && less.is_none() {
        return None;
    }
    Some(format!(
        "{}: {} rows, {} expected; {}; {}",
        table.name,
        found.len(),
        expected.len(),
        more.unwrap_or_default(),
        less.unwrap_or_default()
    ))
}

/// Compares every table; all differences at once.
async fn compare(engine: &Engine, tables: &[Truth], pushdown: &str) -> Vec<String> {
    engine
        .sql(&format!("SET zuzen.pushdown = {pushdown}"))
        .await
        .unwrap();
    let mut wrong = Vec::new();
    for table in tables {
        let found = match whole(engine, table).await {
            Ok(found) => settled(found, table),
            Err(error) => {
                wrong.push(format!("{} ({pushdown}): {error}", table.name));
                continue;
            }
        };
        let expected = settled(render::rows(std::slice::from_ref(&table.rows)), table);
        wrong.extend(
            difference(table, &found, &expected).map(|text| format!("({pushdown}) {text}")),
        );
    }
    wrong
}

fn quick() -> impl Iterator<Item = &'static Truth> {
    let slow = |table: &&Truth| SLOW.contains(&table.name.as_str()) || asked(table);
    oracle::frozen().iter().filter(move |table| !slow(table))
}

#[test]
fn every_table_holds_what_the_vendor_holds() {
    let stage = Stage::of(&stage::frozen(), Faults::default(), BUDGET);
    let engine = stage.engine().unwrap();
    runtime().block_on(async {
        let quick: Vec<Truth> = quick().cloned().collect();
        let mut wrong = compare(&engine, &quick, "on").await;
        wrong.extend(compare(&engine, &quick, "off").await);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn every_child_table_holds_what_the_vendor_holds() {
    let account = stage::small();
    let stage = Stage::of(&account, Faults::default(), BUDGET);
    let engine = stage.engine().unwrap();
    let mut tables = oracle::truth(&account);
    tables.retain(|table| SLOW.contains(&table.name.as_str()) || asked(table));
    assert_eq!(tables.len(), SLOW.len() + ASKED.len());
    runtime().block_on(async {
        let mut wrong = compare(&engine, &tables, "on").await;
        // Without pushdown no keys arrive from a subquery: such tables want literals then.
        tables.retain(|table| !asked(table) || table.name == "attachments");
        wrong.extend(compare(&engine, &tables, "off").await);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn every_count_is_the_vendors() {
    let stage = Stage::of(&stage::frozen(), Faults::default(), BUDGET);
    let engine = stage.engine().unwrap();
    runtime().block_on(async {
        let bound = |table: &&Truth| BOUND.iter().any(|(name, _)| *name == table.name);
        for table in quick().filter(|table| !bound(table)) {
            let found = rows(&engine, &format!("SELECT count(*) {}", from(table)))
                .await
                .unwrap();
            assert_eq!(found, [[table.values.len().to_string()]], "{}", table.name);
        }
    });
}

/// An agent gets the same rows by other reads, or an error that names the role; never fewer rows.
#[test]
fn agents_get_all_rows_or_an_error() {
    let stage = Stage::with(["zendesk_agent"], BUDGET);
    let engine = stage.engine().unwrap();
    let admins_only = [
        "approval_requests",
        "audit_logs",
        "chat_bans",
        "deletion_schedules",
        "oauth_clients",
        "oauth_global_clients",
        "oauth_tokens",
        "routing_attribute_changes",
        "routing_attribute_value_changes",
        "routing_instance_value_changes",
        "security_settings",
        "deleted_tickets",
        "satisfaction_ratings",
        "ticket_events",
        "ticket_merges",
        "ticket_metric_events",
    ];
    runtime().block_on(async {
        let mut wrong = Vec::new();
        for table in quick().filter(|table| !OWN.contains(&table.name.as_str())) {
            let found = whole(&engine, table).await;
            match (found, admins_only.contains(&table.name.as_str())) {
                (Ok(found), false) => {
                    let expected = settled(published(table), table);
                    wrong.extend(difference(table, &settled(found, table), &expected));
                }
                (Err(error), true) => {
                    assert_eq!(error.kind(), Kind::Permission, "{error}");
                    assert!(error.to_string().contains("admin"), "{error}");
                }
                (Ok(_), true) => wrong.push(format!("{}: an agent may not read it", table.name)),
                (Err(error), false) => wrong.push(format!("{}: {error}", table.name)),
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

/// A column that is NULL everywhere is misspelt, or the account is not believable.
#[test]
fn every_column_has_a_value_somewhere() {
    let tables = oracle::frozen();
    let mut empty = Vec::new();
    for table in tables {
        for (column, array) in table.columns.iter().zip(table.rows.columns()) {
            let nothing = array.null_count() == array.len();
            let excused = ALWAYS_NULL.contains(&(table.name.as_str(), column.name.as_str()));
            if nothing != excused {
                empty.push(format!("{}.{}", table.name, column.name));
            }
        }
    }
    assert!(empty.is_empty(), "{}", empty.join("\n"));
}

/// Nothing that the API returns is forgotten: each key is a column, part of one, or deliberately none.
#[test]
fn every_key_is_declared() {
    let tables = oracle::frozen();
    let mut unknown = std::collections::BTreeSet::new();
    // Where a column takes the row as it is, nothing is lost.
    for table in tables
        .iter()
        .filter(|table| !table.paths.contains(&Vec::new()))
    {
        for row in &table.values {
            undeclared(table, row, &mut Vec::new(), &mut unknown);
        }
    }
    assert!(unknown.is_empty(), "{unknown:?}");
}

fn undeclared(
    table: &Truth,
    value: &Value,
    path: &mut Vec<String>,
    unknown: &mut std::collections::BTreeSet<String>,
) {
    let Value::Object(keys) = value else {
        // NULL stands for an object that is not there.
        if !value.is_null() {
            unknown.insert(format!("{}: {}", table.name, path.join(".")));
        }
        return;
    };
    for (key, value) in keys {
        if path.is_empty() && table.ignored.contains(key) {
            continue;
        }
        path.push(key.clone());
        if !table.paths.contains(path) {
            undeclared(table, value, path, unknown);
        }
        path.pop();
    }
}

/// Days begin at midnight in the session's zone, pushdown on and off.
#[test]
fn tickets_per_tokyo_day_are_the_oracles() {
    let stage = Stage::of(&stage::frozen(), Faults::default(), "");
    let engine = stage.builder().time_zone("Asia/Tokyo").build().unwrap();
    let tables = oracle::frozen();
    let tickets = tables.iter().find(|table| table.name == "tickets").unwrap();
    let created = tickets.rows.column_by_name("created_at").unwrap();
    let micros = cast(created, &DataType::Int64).unwrap();
    // Japan has been nine hours ahead, without summer time, for as long as the account exists.
    let local: Int64Array = micros
        .as_primitive::<Int64Type>()
        .unary(|micros| micros + 9 * 3_600 * 1_000_000);
    let local = cast(&local, &DataType::Timestamp(TimeUnit::Microsecond, None)).unwrap();
    let days = RecordBatch::try_from_iter([("day", cast(&local, &DataType::Date32).unwrap())]);
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for day in render::rows(&[days.unwrap()]).into_iter().flatten() {
        *expected.entry(day).or_default() += 1;
    }
    let expected: Vec<Vec<String>> = expected
        .into_iter()
        .map(|(day, count)| vec![day, count.to_string()])
        .collect();
    let sql = "SELECT CAST(CAST(date_trunc('day', created_at) AS DATE) AS TEXT) AS day, count(*) \
               FROM tickets GROUP BY day ORDER BY day";
    runtime().block_on(async {
        for pushdown in ["on", "off"] {
            engine
                .sql(&format!("SET zuzen.pushdown = {pushdown}"))
                .await
                .unwrap();
            assert_eq!(rows(&engine, sql).await.unwrap(), expected, "{pushdown}");
        }
    });
}
