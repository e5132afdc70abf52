//! What can be asked of tables and columns without asking any API, and what is never told there.

use std::collections::BTreeSet;

use zuzen_engine::Engine;

use crate::render::rows;
use crate::stage::{Stage, frozen};
use crate::zuora::stage::{DATA_QUERY, Served};

const SYS: [&str; 13] = [
    "sys_catalogs",
    "sys_schemas",
    "sys_tables",
    "sys_tablecolumns",
    "sys_procedures",
    "sys_procedureparameters",
    "sys_keycolumns",
    "sys_primarykeys",
    "sys_foreignkeys",
    "sys_indexes",
    "sys_connection_props",
    "sys_sqlinfo",
    "sys_information",
];

async fn ask(engine: &Engine, sql: &str) -> Vec<Vec<String>> {
    let answer = engine.sql(sql).await;
    let answer = answer.unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows(&answer.collect().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn browsing_sends_nothing_to_either_vendor() {
    let zendesk = Stage::of(&frozen(), zuzen_simulator::Faults::default(), "");
    let zuora = Served::frozen();
    let engine = zendesk
        .builder()
        .connection("zuora", zuora.connection(DATA_QUERY, ""))
        .build()
        .unwrap();
    let mut browsed: Vec<String> = [
        "SELECT table_name FROM information_schema.tables",
        "SELECT column_name FROM information_schema.columns",
        "SELECT * FROM system.tables",
        "SELECT * FROM system.columns",
        "SELECT * FROM system.reads",
        "SHOW TABLES",
    ]
    .map(str::to_owned)
    .into();
    for table in SYS {
        browsed.push(format!("SELECT * FROM {table}"));
        for schema in ["system", "zendesk", "zuora"] {
            browsed.push(format!("SELECT * FROM {schema}.{}", table.to_uppercase()));
        }
        browsed.push(format!("SELECT * FROM CData.Zendesk.\"{table}\""));
    }
    for sql in &browsed {
        assert!(!ask(&engine, sql).await.is_empty(), "{sql}");
    }
    let sent = ask(&engine, "SELECT count(*) FROM system.requests").await;
    assert_eq!(sent, [["0"]]);
    assert_eq!(zendesk.simulator().request_count(), 0);
    assert_eq!(zuora.simulator.request_count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tables_of_a_connection_are_behind_its_name() {
    let zendesk = Stage::of(&frozen(), zuzen_simulator::Faults::default(), "");
    let zuora = Served::frozen();
    let engine = zendesk
        .builder()
        .connection("zuora", zuora.connection(DATA_QUERY, ""))
        .build()
        .unwrap();
    let count = async |from: &str| {
        let found = ask(&engine, &format!("SELECT count(*) FROM {from}")).await;
        found[0][0].parse::<usize>().unwrap()
    };
    let (here, there) = (
        count("zendesk.sys_tables").await,
        count("zuora.sys_tables").await,
    );
    assert_eq!(here, engine.connections()[0].tables().len());
    assert_eq!(there, engine.connections()[1].tables().len());
    assert_eq!(count("sys_tables").await, here + there);
    assert_eq!(count("system.sys_tables").await, here + there);
    let columns = ask(
        &engine,
        "SELECT ColumnName, IsNullable, ISKEY FROM sys_tablecolumns WHERE SchemaName = 'zuora' AND tablename = 'invoice' AND iskey",
    )
    .await;
    assert_eq!(columns, [["id", "false", "true"]]);
}

#[tokio::test]
async fn every_column_of_every_table_says_what_it_holds() {
    let zendesk = Stage::of(&frozen(), zuzen_simulator::Faults::default(), "");
    let engine = zendesk.engine().unwrap();
    for (table, about) in [
        ("system.tables", "about"),
        ("system.columns", "about"),
        ("sys_tables", "\"Description\""),
        ("sys_tablecolumns", "\"Description\""),
    ] {
        let sql = format!("SELECT count(*) FROM {table} WHERE {about} IS NULL OR {about} = ''");
        assert_eq!(ask(&engine, &sql).await, [["0"]], "{table}");
    }
}

#[tokio::test]
async fn foreign_keys_lead_to_keys_that_exist() {
    let zendesk = Stage::of(&frozen(), zuzen_simulator::Faults::default(), "");
    let engine = zendesk.engine().unwrap();
    let keys: BTreeSet<Vec<String>> = ask(
        &engine,
        "SELECT \"TableName\", \"ColumnName\", \"KeyName\" FROM sys_primarykeys",
    )
    .await
    .into_iter()
    .collect();
    let targets = ask(
        &engine,
        "SELECT \"ReferencedTableName\", \"ReferencedColumnName\", \"PrimaryKeyName\" FROM sys_foreignkeys",
    )
    .await;
    assert!(targets.len() > 30, "{}", targets.len());
    for target in targets {
        assert!(keys.contains(&target), "{target:?}");
    }
}

#[tokio::test]
async fn secrets_are_masked_in_properties() {
    let zendesk = Stage::of(&frozen(), zuzen_simulator::Faults::default(), "");
    let engine = zendesk.engine().unwrap();
    let secrets = ask(
        &engine,
        "SELECT \"Name\", \"Value\", \"Sensitivity\" FROM sys_connection_props WHERE \"Name\" IN ('ApiToken', 'User') ORDER BY 1",
    )
    .await;
    assert_eq!(
        secrets,
        [
            ["ApiToken", "***", "PASSWORD"],
            ["User", "agent@example.com", "NORMAL"]
        ]
    );
    let all = ask(&engine, "SELECT * FROM sys_connection_props").await;
    for secret in zendesk.simulator().secrets() {
        let told = all.iter().flatten().find(|cell| cell.contains(&secret));
        assert_eq!(told, None);
    }
}

/// The page says which columns there are, and in which order.
#[tokio::test]
async fn the_page_lists_the_columns() {
    let zendesk = Stage::of(&frozen(), zuzen_simulator::Faults::default(), "");
    let engine = zendesk.engine().unwrap();
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/metadata.md");
    let page = std::fs::read_to_string(page).unwrap();
    for table in SYS {
        let begins = format!("| `{table}` | ");
        let line = page.lines().find_map(|line| line.strip_prefix(&begins));
        let listed = line.unwrap_or_else(|| panic!("{table} is not on the page"));
        let rows = engine.sql(&format!("SELECT * FROM {table}")).await.unwrap();
        let fields = rows.schema().fields().iter();
        let columns: Vec<&str> = fields.map(|field| field.name().as_str()).collect();
        assert_eq!(listed.trim_end_matches(" |"), columns.join(", "), "{table}");
    }
}
