//! Every object and every column through every service, pushdown on and off, against the tenant's own rows.

use std::collections::{BTreeMap, BTreeSet};

use arrow::datatypes::DataType;
use zuzen_engine::{Engine, Error};
use zuzen_simulator::Kind;

use super::oracle::{self, Truth};
use super::stage::{AUTO, DATA_QUERY, EXPORT, Served, runtime};
use crate::render;

/// The engine's columns that the tenant has, in the tenant's order; with exports, those that an export has.
fn shared(engine: &Engine, table: &Truth, service: &str) -> Vec<String> {
    let tables = engine.connections()[0].tables();
    let own = tables
        .iter()
        .find(|own| own.name == table.name)
        .unwrap_or_else(|| panic!("the engine has no {}", table.name));
    let names = own.remote.as_ref().unwrap();
    let is_there = |name: &str| {
        let unexported = UNEXPORTED.contains(&(table.name.as_str(), name));
        let field = names.fields.get(name);
        let exported = field.is_some_and(|field| field.export.is_some()) && !unexported;
        assert!(
            own.column(name).is_some(),
            "{}.{name} is unknown",
            table.name
        );
        service == DATA_QUERY || exported
    };
    let columns = table.columns.iter();
    columns
        .filter(|column| is_there(&column.name))
        .map(|column| column.name.clone())
        .collect()
}

fn quoted(columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|name| format!("\"{name}\"")).collect();
    columns.join(", ")
}

/// The tenant's rows with just these columns, sorted.
fn expected(table: &Truth, columns: &[String]) -> Vec<Vec<String>> {
    let schema = table.rows.schema();
    let places: Vec<usize> = columns
        .iter()
        .map(|name| schema.index_of(name).unwrap())
        .collect();
    let mut rows = render::rows(&[table.rows.project(&places).unwrap()]);
    rows.sort();
    rows
}

/// Rows sorted, and the types of their columns.
async fn read(engine: &Engine, sql: &str) -> Result<(Vec<DataType>, Vec<Vec<String>>), Error> {
    let frame = engine.sql(sql).await?;
    let fields = frame.schema().fields().clone();
    let types = fields
        .iter()
        .map(|field| field.data_type().clone())
        .collect();
    let mut rows = render::rows(&frame.collect().await?);
    rows.sort();
    Ok((types, rows))
}

/// What differs between the engine's rows and the tenant's; nothing if all is well.
fn difference(
    columns: &[String],
    found: &[Vec<String>],
    expected: &[Vec<String>],
) -> Option<String> {
    let mut counts: BTreeMap<&Vec<String>, i64> = BTreeMap::new();
    for row in found {
        *counts.entry(row).or_default() += 1;
    }
    for row in expected {
        *counts.entry(row).or_default() -= 1;
    }
    let more = counts
        .iter()
        .find(|(_, count)| **count > 0)
        .map(|(row, _)| *row);
    let less = counts
        .iter()
        .find(|(_, count)| **count < 0)
        .map(|(row, _)| *row);
    let twin = |row: &Vec<String>, rows: &[Vec<String>]| {
        rows.iter().find(|other| other[0] == row[0]).cloned()
    };
    let show = |row: &Vec<String>, twin: Option<Vec<String>>| {
        let cells = columns.iter().zip(row).enumerate();
        let cells = cells.filter(|(at, (_, cell))| {
            *at == 0 || twin.as_ref().is_none_or(|twin| twin[*at] != **cell)
        });
        let cells: Vec<String> = cells
            .map(|(_, (name, cell))| format!("{name}={cell}"))
            .collect();
        cells.join(", ")
    };
    (more.is_some() || less.is_some()).then(|| {
        format!(
            "{} rows, {} expected; too many: {:?}; missing: {:?}",
            found.len(),
            expected.len(),
            more.map(|row| show(row, twin(row, expected))),
            less.map(|row| show(row, twin(row, found)))
        )
    })
}

/// Fields that Describe calls exportable and no export knows.
const UNEXPORTED: &[(&str, &str)] = &[("account", "taxexemptstatus"), ("invoice", "reversed")];

async fn compare(engine: &Engine, service: &str, mode: &str, truths: &[Truth]) -> Vec<String> {
    let mut wrong = Vec::new();
    for table in truths {
        // A table that is named is described; the tenant's own fields are known from then on.
        let named = format!("EXPLAIN SELECT id FROM {}", table.name);
        engine.sql(&named).await.unwrap();
        let columns = shared(engine, table, service);
        let sql = format!("SELECT {} FROM {}", quoted(&columns), table.name);
        let (types, mut found) = match read(engine, &sql).await {
            Ok(found) => found,
            Err(error) => {
                wrong.push(format!("{mode} {}: {error}", table.name));
                continue;
            }
        };
        for (place, (name, kind)) in columns.iter().zip(types).enumerate() {
            let column = table.columns.iter().find(|column| column.name == *name);
            let of = column.unwrap().kind;
            let wanted = oracle::data_type(of);
            if kind != wanted {
                wrong.push(format!(
                    "{}.{name} is a {kind}, wanted {wanted}",
                    table.name
                ));
            }
            // Which of the services is asked may change from one statement to the next.
            if service == AUTO && of == Kind::Timestamp {
                for row in &mut found {
                    cut(&mut row[place]);
                }
            }
        }
        found.sort();
        let difference = difference(&columns, &found, &expected(table, &columns));
        wrong.extend(difference.map(|text| format!("{mode} {}: {text}", table.name)));
    }
    wrong
}

/// Takes the fraction of the second away.
fn cut(time: &mut String) {
    if let Some((second, _)) = time.split_once('.') {
        *time = format!("{second}Z");
    }
}

/// Compares every object twice; all differences at once.
fn check(service: &str) {
    let served = Served::frozen();
    let engine = served.engine(service, "");
    let exact = oracle::frozen();
    let in_seconds = oracle::in_seconds(exact);
    let truths = if service == DATA_QUERY {
        exact
    } else {
        &in_seconds
    };
    runtime().block_on(async {
        let mut wrong = Vec::new();
        for pushdown in ["on", "off"] {
            let set = format!("SET zuzen.pushdown = {pushdown}");
            engine.sql(&set).await.unwrap();
            let mode = format!("({service}, {pushdown})");
            wrong.extend(compare(&engine, service, &mode, truths).await);
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn data_query_gives_every_row_and_column() {
    check(DATA_QUERY);
}

#[test]
fn exports_give_every_row_and_column_they_have() {
    check(EXPORT);
}

#[test]
fn auto_gives_every_row_and_column() {
    check(AUTO);
}

/// A tenant with a column that holds nothing proves nothing about it.
#[test]
fn most_columns_have_a_value_somewhere() {
    let mut empty = BTreeSet::new();
    let mut all = 0;
    for table in oracle::frozen() {
        all += table.columns.len();
        for (column, array) in table.columns.iter().zip(table.rows.columns()) {
            if array.null_count() == array.len() {
                empty.insert(format!("{}.{}", table.name, column.name));
            }
        }
    }
    assert!(
        empty.len() * 20 < all,
        "{} of {all}: {empty:?}",
        empty.len()
    );
}

/// Deleted rows are there, or their absence proves nothing.
#[test]
fn the_tenant_has_deleted_rows() {
    let tenant = super::stage::frozen();
    for name in ["contact", "invoice", "invoiceitem", "product"] {
        let table = oracle::frozen()
            .iter()
            .find(|table| table.name == name)
            .unwrap();
        assert!(
            table.rows.num_rows() < tenant.count(table.object) as usize,
            "{name}"
        );
    }
}
