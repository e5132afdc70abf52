//! What the driver tells of itself and of the tables.

use adbc_core::Connection as _;
use adbc_core::error::Status;
use adbc_core::options::{InfoCode, ObjectDepth};
use adbc_core::schemas::{GET_INFO_SCHEMA, GET_OBJECTS_SCHEMA, GET_STATISTICS_SCHEMA};
use adbc_driver_zuzen::Connection;
use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch, StructArray};
use arrow::datatypes::{Int32Type, Int64Type, UInt32Type};
use zuzen_simulator::Faults;

use crate::stage::{collected, connected, database, opened, rows, served, texts};

/// The objects of one schema, table and column pattern.
struct Asked<'a> {
    depth: ObjectDepth,
    catalog: Option<&'a str>,
    schema: Option<&'a str>,
    table: Option<&'a str>,
    kinds: Option<Vec<&'a str>>,
    column: Option<&'a str>,
}

impl Default for Asked<'_> {
    fn default() -> Self {
        Self {
            depth: ObjectDepth::All,
            catalog: None,
            schema: None,
            table: None,
            kinds: None,
            column: None,
        }
    }
}

fn objects(connection: &Connection, asked: Asked<'_>) -> RecordBatch {
    let reader = connection.get_objects(
        asked.depth,
        asked.catalog,
        asked.schema,
        asked.table,
        asked.kinds,
        asked.column,
    );
    let batch = collected(reader.unwrap()).unwrap();
    assert_eq!(batch.schema(), *GET_OBJECTS_SCHEMA);
    batch
}

/// The elements of the list in a row; `None` for NULL.
fn below(list: &ArrayRef, row: usize) -> Option<StructArray> {
    let list = list.as_list::<i32>();
    list.is_valid(row)
        .then(|| list.value(row).as_struct().clone())
}

fn names(rows: &StructArray) -> Vec<String> {
    let column = rows.column(0).as_string::<i32>();
    (0..rows.len())
        .map(|row| column.value(row).to_owned())
        .collect()
}

/// The tables of a schema.
fn tables(batch: &RecordBatch, schema: &str) -> StructArray {
    let schemas = below(batch.column(1), 0).unwrap();
    let place = names(&schemas)
        .iter()
        .position(|name| name == schema)
        .unwrap();
    below(schemas.column(1), place).unwrap()
}

fn place(rows: &StructArray, name: &str) -> usize {
    names(rows).iter().position(|known| known == name).unwrap()
}

fn text(rows: &StructArray, column: &str, row: usize) -> Option<String> {
    let values = rows.column_by_name(column).unwrap().as_string::<i32>();
    values.is_valid(row).then(|| values.value(row).to_owned())
}

#[test]
fn objects_go_as_deep_as_they_are_asked_for() {
    let simulator = served(Faults::default());
    let connection = connected(&database(&simulator), []).unwrap();
    let at = |depth| {
        objects(
            &connection,
            Asked {
                depth,
                ..Asked::default()
            },
        )
    };
    let catalogs = at(ObjectDepth::Catalogs);
    assert_eq!(texts(&catalogs, 0), ["zuzen"]);
    assert!(below(catalogs.column(1), 0).is_none());
    let schemas = below(at(ObjectDepth::Schemas).column(1), 0).unwrap();
    assert_eq!(names(&schemas), ["system", "zendesk"]);
    assert!(below(schemas.column(1), 1).is_none());
    let known = tables(&at(ObjectDepth::Tables), "zendesk");
    assert!(known.len() > 100);
    assert!(below(known.column(2), 0).is_none() && below(known.column(3), 0).is_none());
    let known = tables(&at(ObjectDepth::All), "zendesk");
    assert!(below(known.column(2), 0).unwrap().len() > 1);
    // Nothing is asked of the account for all of that.
    assert_eq!(simulator.request_count(), 0);
}

#[test]
fn columns_have_comments_types_and_keys() {
    let simulator = served(Faults::default());
    let connection = connected(&database(&simulator), []).unwrap();
    let asked = Asked {
        table: Some("tickets"),
        ..Asked::default()
    };
    let tickets = tables(&objects(&connection, asked), "zendesk");
    assert_eq!(names(&tickets), ["tickets"]);
    assert_eq!(text(&tickets, "table_type", 0).unwrap(), "TABLE");
    let columns = below(tickets.column(2), 0).unwrap();
    let ordinals = columns.column(1).as_primitive::<Int32Type>();
    assert!((0..columns.len()).all(|row| ordinals.value(row) == row as i32 + 1));
    let id = place(&columns, "id");
    assert_eq!(
        text(&columns, "remarks", id).unwrap(),
        "Identifies the ticket."
    );
    assert_eq!(text(&columns, "xdbc_type_name", id).unwrap(), "BIGINT");
    assert_eq!(text(&columns, "xdbc_is_nullable", id).unwrap(), "NO");
    let created = place(&columns, "created_at");
    assert_eq!(
        text(&columns, "xdbc_type_name", created).unwrap(),
        "TIMESTAMP"
    );
    assert_eq!(text(&columns, "xdbc_is_nullable", created).unwrap(), "YES");
    let constraints = below(tickets.column(3), 0).unwrap();
    let primary = place(&constraints, "pk_tickets");
    assert_eq!(
        text(&constraints, "constraint_type", primary).unwrap(),
        "PRIMARY KEY"
    );
    let of = constraints.column(2).as_list::<i32>().value(primary);
    assert_eq!(of.as_string::<i32>().value(0), "id");
    assert!(below(constraints.column(3), primary).is_none());
    let requester = place(&constraints, "fk_tickets_requester_id");
    assert_eq!(
        text(&constraints, "constraint_type", requester).unwrap(),
        "FOREIGN KEY"
    );
    let usage = below(constraints.column(3), requester).unwrap();
    let refers: Vec<String> = ["fk_catalog", "fk_db_schema", "fk_table", "fk_column_name"]
        .iter()
        .map(|column| text(&usage, column, 0).unwrap())
        .collect();
    assert_eq!(refers, ["zuzen", "zendesk", "users", "id"]);
}

#[test]
fn a_table_has_the_same_columns_wherever_it_is_asked() {
    let simulator = served(Faults::default());
    let mut connection = connected(&database(&simulator), []).unwrap();
    for table in ["tickets", "users", "ticket_comments", "tickets_tags"] {
        let asked = Asked {
            schema: Some("zendesk"),
            table: Some(table),
            ..Asked::default()
        };
        let known = tables(&objects(&connection, asked), "zendesk");
        let objects = names(&below(known.column(2), place(&known, table)).unwrap());
        let schema = connection
            .get_table_schema(None, Some("zendesk"), table)
            .unwrap();
        let fields: Vec<&str> = schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        assert_eq!(objects, fields, "{table}");
        let selected = rows(
            &mut connection,
            &format!("SELECT * FROM {table} WHERE false"),
        )
        .unwrap();
        assert_eq!(selected.schema().fields(), schema.fields(), "{table}");
    }
}

#[test]
fn filters_are_patterns() {
    let simulator = served(Faults::default());
    let mut connection = connected(&database(&simulator), []).unwrap();
    rows(
        &mut connection,
        "CREATE VIEW ticket_ids AS SELECT id FROM tickets",
    )
    .unwrap();
    let found = |asked: Asked<'_>| names(&tables(&objects(&connection, asked), "zendesk"));
    let with = |table| Asked {
        depth: ObjectDepth::Tables,
        table: Some(table),
        ..Asked::default()
    };
    assert_eq!(found(with("ticket_id_")), ["ticket_ids"]);
    assert_eq!(found(with("Ticket_Metrics")), ["ticket_metrics"]);
    assert!(found(with("ticket%")).len() > 10);
    assert!(found(with("")).is_empty());
    let of_kind = |kind| Asked {
        depth: ObjectDepth::Tables,
        kinds: Some(vec![kind]),
        ..Asked::default()
    };
    assert_eq!(found(of_kind("view")), ["ticket_ids"]);
    assert!(!found(of_kind("TABLE")).contains(&"ticket_ids".to_owned()));
    assert!(found(of_kind("SYSTEM TABLE")).is_empty());
    let only = Asked {
        table: Some("ticket_ids"),
        column: Some("i%"),
        ..Asked::default()
    };
    let view = tables(&objects(&connection, only), "zendesk");
    assert_eq!(names(&below(view.column(2), 0).unwrap()), ["id"]);
    let none = Asked {
        column: Some("nothing"),
        table: Some("groups"),
        ..Asked::default()
    };
    let groups = tables(&objects(&connection, none), "zendesk");
    assert!(below(groups.column(2), 0).unwrap().is_empty());
    for catalog in ["", "other"] {
        let asked = Asked {
            catalog: Some(catalog),
            ..Asked::default()
        };
        assert_eq!(objects(&connection, asked).num_rows(), 0);
    }
    let schemas = Asked {
        schema: Some("sys%"),
        depth: ObjectDepth::Schemas,
        ..Asked::default()
    };
    let schemas = below(objects(&connection, schemas).column(1), 0).unwrap();
    assert_eq!(names(&schemas), ["system"]);
}

#[test]
fn a_table_that_is_not_there_has_no_schema() {
    let simulator = served(Faults::default());
    let connection = connected(&database(&simulator), []).unwrap();
    for (catalog, schema, table) in [
        (None, None, "tickts"),
        (None, Some("nowhere"), "tickets"),
        (Some("nowhere"), Some("zendesk"), "tickets"),
    ] {
        let error = connection
            .get_table_schema(catalog, schema, table)
            .unwrap_err();
        assert_eq!(error.status, Status::NotFound, "{error}");
    }
    let fits = connection.get_table_schema(Some("zuzen"), Some("zendesk"), "tickets");
    assert_eq!(fits.unwrap().field(0).name(), "id");
}

#[test]
fn kinds_of_tables_are_those_that_there_are() {
    let simulator = served(Faults::default());
    let connection = connected(&database(&simulator), []).unwrap();
    let kinds = texts(
        &collected(connection.get_table_types().unwrap()).unwrap(),
        0,
    );
    assert_eq!(kinds, ["TABLE", "VIEW", "SYSTEM TABLE"]);
    let system = tables(
        &objects(
            &connection,
            Asked {
                depth: ObjectDepth::Tables,
                ..Asked::default()
            },
        ),
        "system",
    );
    assert!(
        (0..system.len()).all(|row| text(&system, "table_type", row).unwrap() == "SYSTEM TABLE")
    );
}

#[test]
fn the_driver_tells_what_it_is() {
    let simulator = served(Faults::default());
    let connection = connected(&database(&simulator), []).unwrap();
    let told = |codes: Option<&[u32]>| {
        let codes = codes.map(|codes| codes.iter().map(|code| InfoCode::from(*code)).collect());
        let batch = collected(connection.get_info(codes).unwrap()).unwrap();
        assert_eq!(batch.schema(), *GET_INFO_SCHEMA);
        let names = batch
            .column(0)
            .as_primitive::<UInt32Type>()
            .values()
            .to_vec();
        let values = batch.column(1).as_union().clone();
        (names, values)
    };
    let (names, values) = told(None);
    assert_eq!(names, [0, 1, 2, 3, 4, 100, 101, 102, 103]);
    assert_eq!(values.value(0).as_string::<i32>().value(0), "zuzen");
    assert!(values.value(3).as_boolean().value(0));
    assert!(!values.value(4).as_boolean().value(0));
    assert_eq!(
        values.value(8).as_primitive::<Int64Type>().value(0),
        1_001_000
    );
    // What nobody knows is left out.
    assert_eq!(told(Some(&[103, 5, 10_000, 0])).0, [0, 103]);
    assert!(told(Some(&[])).0.is_empty());
}

#[test]
fn rows_are_known_once_they_were_counted() {
    let simulator = served(Faults::default());
    let mut connection = connected(&database(&simulator), []).unwrap();
    let known = |connection: &Connection, schema, table| {
        let reader = connection
            .get_statistics(None, schema, table, true)
            .unwrap();
        let batch = collected(reader).unwrap();
        assert_eq!(batch.schema(), *GET_STATISTICS_SCHEMA);
        let schemas = below(batch.column(1), 0).unwrap();
        match schemas.is_empty() {
            true => Vec::new(),
            false => {
                let rows = below(schemas.column(1), 0).unwrap();
                let values = rows.column(3).as_union().clone();
                let told = names(&rows).into_iter().enumerate();
                told.map(|(row, name)| {
                    (name, values.value(row).as_primitive::<Int64Type>().value(0))
                })
                .collect::<Vec<_>>()
            }
        }
    };
    assert!(known(&connection, None, None).is_empty());
    let counted = rows(&mut connection, "SELECT id FROM groups")
        .unwrap()
        .num_rows();
    let groups = vec![("groups".to_owned(), counted as i64)];
    assert_eq!(known(&connection, Some("zendesk"), Some("gr%")), groups);
    assert!(known(&connection, Some("zendesk"), Some("tickets")).is_empty());
    assert!(known(&connection, Some("system"), None).is_empty());
    let names = collected(connection.get_statistic_names().unwrap()).unwrap();
    assert_eq!(names.num_rows(), 0);
}

#[test]
fn both_vendors_are_told_apart() {
    let database = opened([("zuzen.demo", "true"), ("zuzen.demo.tickets", "100")]).unwrap();
    let connection = connected(&database, []).unwrap();
    let asked = Asked {
        table: Some("invoice"),
        ..Asked::default()
    };
    let batch = objects(&connection, asked);
    assert!(tables(&batch, "zendesk").is_empty());
    let invoice = tables(&batch, "zuora");
    assert_eq!(names(&invoice), ["invoice"]);
    assert!(below(invoice.column(2), 0).unwrap().len() > 10);
}
