//! `sys_sqlinfo`, `sys_information`: what SQL is understood here, and what this program is.

use std::env::consts::{ARCH, OS};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result;
use datafusion::functions;
use datafusion::functions_aggregate::all_default_aggregate_functions;
use datafusion::logical_expr::ScalarUDF;

use crate::connection::Connection;
use crate::system::batch::Batch;

/// What does not depend on the functions there are.
const SQL: [(&str, &str); 14] = [
    ("COUNT", "YES"),
    ("DIALECT", "DataFusion"),
    ("GROUP_BY", "NO_RELATION"),
    ("IDENTIFIER_PATTERN", "[A-Za-z_][A-Za-z0-9_]*"),
    ("IDENTIFIER_QUOTE_CLOSE_CHAR", "\""),
    ("IDENTIFIER_QUOTE_OPEN_CHAR", "\""),
    (
        "OJ_CAPABILITIES",
        "NESTED,LEFT,RIGHT,FULL,INNER,NOT_ORDERED,ALL_COMPARISON_OPS",
    ),
    ("OUTER_JOINS", "YES"),
    ("REPLICATION_SKIP_TABLES", ""),
    ("REPLICATION_TIMECHECK_COLUMNS", "updated_at,updateddate"),
    ("SUBQUERIES", "COMPARISON,EXISTS,IN,CORRELATED_SUBQUERIES"),
    (
        "SUPPORTED_OPERATORS",
        "=,<>,!=,<,<=,>,>=,AND,OR,NOT,IN,NOT IN,BETWEEN,LIKE,NOT LIKE,ILIKE,IS NULL,IS NOT NULL,EXISTS",
    ),
    ("SUPPORTS_BATCH_OPERATIONS", "NO"),
    ("SUPPORT_TRANSACTION", "NO"),
];

fn list(names: impl IntoIterator<Item = String>) -> String {
    let mut names: Vec<String> = names.into_iter().collect();
    names.sort_unstable();
    names.dedup();
    names.join(",")
}

/// A function under all its names.
fn names(functions: Vec<Arc<ScalarUDF>>) -> Vec<String> {
    let all = functions.into_iter();
    all.flat_map(|function| {
        let aliases = function.aliases().iter().cloned();
        let own = std::iter::once(function.name().to_owned());
        own.chain(aliases).collect::<Vec<String>>()
    })
    .map(|name| name.to_uppercase())
    .collect()
}

/// A row for each thing that a tool may want to know of the SQL.
pub(super) fn sql(_: &[Arc<Connection>]) -> Result<RecordBatch> {
    let aggregates = all_default_aggregate_functions();
    let aggregates = aggregates.iter().map(|it| it.name().to_uppercase());
    let mut texts = names(functions::string::functions());
    texts.extend(names(functions::unicode::functions()));
    texts.extend(names(functions::regex::functions()));
    let lists = [
        ("AGGREGATE_FUNCTIONS", list(aggregates)),
        (
            "NUMERIC_FUNCTIONS",
            list(names(functions::math::functions())),
        ),
        ("STRING_FUNCTIONS", list(texts)),
        (
            "TIMEDATE_FUNCTIONS",
            list(names(functions::datetime::functions())),
        ),
    ];
    let fixed = SQL.map(|(name, value)| (name, value.to_owned()));
    let mut all: Vec<(&str, String)> = fixed.into_iter().chain(lists).collect();
    all.sort_unstable();
    Batch::of(&all)
        .text("NAME", |(name, _)| Some(*name))
        .text("VALUE", |(_, value)| Some(value.as_str()))
        .finish()
}

/// A row for each connection: this program, and what it connects to.
pub(super) fn product(connections: &[Arc<Connection>]) -> Result<RecordBatch> {
    Batch::of(connections)
        .text("Product", |_| Some("zuzen"))
        .text("Version", |_| Some(env!("CARGO_PKG_VERSION")))
        .text("Datasource", |connection| {
            Some(connection.connector().name.as_str())
        })
        .text("NodeId", |_| None::<&str>)
        .text("HelpURL", |_| None::<&str>)
        .text("License", |_| Some(env!("CARGO_PKG_LICENSE")))
        .text("Location", |_| None::<&str>)
        .text("Environment", |_| Some(format!("{OS} {ARCH}")))
        .finish()
}
