//! Catalogs, schemas, tables, columns and keys of a session, as far as they are asked for.
//!
//! What a connection has is read from the system tables, which say it once for everybody; views and tables that a session
//! made are asked for their columns. Nothing is sent, but for tables whose columns an account tells: a few that are asked for
//! by name are looked up, as a statement that names them would.

use std::collections::{BTreeMap, BTreeSet};

use adbc_core::options::ObjectDepth;
use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::{Field, Int32Type};
use zuzen_engine::{CATALOG, Engine, Error as Failure};

use crate::connection::quoted;
use crate::kinds::{Kind, kind};
use crate::pattern::Pattern;
use crate::tables::{SYSTEM_TABLE, TABLE, VIEW};

/// Tables that are looked up for one question. Beyond them a question is about the catalogue and not about tables.
const LOOKED_UP: usize = 20;

/// The schema of the engine's own tables.
const SYSTEM: &str = "system";

/// What is asked for.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) depth: Option<ObjectDepth>,
    pub(crate) catalog: Pattern,
    pub(crate) schema: Pattern,
    pub(crate) table: Pattern,
    /// Kinds of tables; without them all.
    pub(crate) kinds: Option<Vec<String>>,
    pub(crate) column: Pattern,
}

impl Wanted {
    fn goes_to_schemas(&self) -> bool {
        !matches!(self.depth, Some(ObjectDepth::Catalogs))
    }

    fn goes_to_tables(&self) -> bool {
        self.goes_to_schemas() && !matches!(self.depth, Some(ObjectDepth::Schemas))
    }

    fn goes_to_columns(&self) -> bool {
        self.goes_to_tables() && !matches!(self.depth, Some(ObjectDepth::Tables))
    }

    fn wants_kind(&self, kind: &str) -> bool {
        let Some(kinds) = &self.kinds else {
            return true;
        };
        kinds.iter().any(|wanted| wanted.eq_ignore_ascii_case(kind))
    }
}

/// A catalog; its schemas unless it is too deep.
#[derive(Debug)]
pub(crate) struct Catalog {
    pub(crate) name: String,
    pub(crate) schemas: Option<Vec<Schema>>,
}

/// A schema: a connection, `system`, or one that a session made.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) name: String,
    pub(crate) tables: Option<Vec<Table>>,
}

/// A table or view.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) columns: Option<Vec<Column>>,
    pub(crate) constraints: Option<Vec<Constraint>>,
}

/// A column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) place: i32,
    pub(crate) remarks: Option<String>,
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
}

/// A key.
#[derive(Debug, Clone)]
pub(crate) struct Constraint {
    pub(crate) name: String,
    pub(crate) column: String,
    /// Schema, table and column that a foreign key refers to; none for a primary key.
    pub(crate) target: Option<(String, String, String)>,
}

/// Reads what is asked for.
///
/// # Errors
/// If a statement over the system tables fails.
pub(crate) async fn read(
    base: &Engine,
    session: &Engine,
    wanted: &Wanted,
) -> Result<Vec<Catalog>, Failure> {
    let catalogs = session.context().catalog_names();
    let mut found = Vec::new();
    for name in catalogs
        .into_iter()
        .filter(|name| wanted.catalog.fits(name))
    {
        let schemas = match wanted.goes_to_schemas() {
            true => Some(schemas(base, session, wanted, &name).await?),
            false => None,
        };
        found.push(Catalog { name, schemas });
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

async fn schemas(
    base: &Engine,
    session: &Engine,
    wanted: &Wanted,
    catalog: &str,
) -> Result<Vec<Schema>, Failure> {
    let Some(provider) = session.context().catalog(catalog) else {
        return Ok(Vec::new());
    };
    let mut names = provider.schema_names();
    names.sort();
    names.retain(|name| wanted.schema.fits(name));
    if !wanted.goes_to_tables() {
        let bare = names.into_iter().map(|name| Schema { name, tables: None });
        return Ok(bare.collect());
    }
    let declared = match catalog == CATALOG {
        true => declared(base).await?,
        false => BTreeSet::new(),
    };
    let mut all = Vec::new();
    for name in names {
        let Some(schema) = provider.schema(&name) else {
            continue;
        };
        let mut tables = Vec::new();
        let mut known = schema.table_names();
        known.sort();
        known.dedup();
        for table in known.into_iter().filter(|table| wanted.table.fits(table)) {
            let of_connection = declared.contains(&(name.clone(), table.clone()));
            let kind = match (of_connection, catalog == CATALOG && name == SYSTEM) {
                (true, _) => TABLE,
                (_, true) => SYSTEM_TABLE,
                _ => match schema.table_type(&table).await? {
                    Some(datafusion::logical_expr::TableType::View) => VIEW,
                    _ => TABLE,
                },
            };
            if wanted.wants_kind(kind) {
                tables.push((table, kind, of_connection));
            }
        }
        all.push((name, schema, tables));
    }
    if !wanted.goes_to_columns() {
        let bare = all.into_iter().map(|(name, _, tables)| Schema {
            name,
            tables: Some(
                tables
                    .into_iter()
                    .map(|(name, kind, _)| bare(name, kind))
                    .collect(),
            ),
        });
        return Ok(bare.collect());
    }
    let of_connections: Vec<(&str, &str)> = all
        .iter()
        .flat_map(|(schema, _, tables)| {
            let tables = tables.iter().filter(|(.., of_connection)| *of_connection);
            tables.map(|(table, ..)| (schema.as_str(), table.as_str()))
        })
        .collect();
    if of_connections.len() <= LOOKED_UP {
        look_up(base, &of_connections).await;
    }
    let mut columns = columns_of(base).await?;
    let mut constraints = constraints_of(base).await?;
    let mut found = Vec::new();
    for (name, schema, tables) in all {
        let mut filled = Vec::new();
        for (table, kind, of_connection) in tables {
            let place = (name.clone(), table.clone());
            let mut told = match of_connection {
                true => columns.remove(&place).unwrap_or_default(),
                false => match schema.table(&table).await? {
                    Some(provider) => of_fields(provider.schema().fields().iter()),
                    None => Vec::new(),
                },
            };
            told.retain(|column| wanted.column.fits(&column.name));
            let keys = match of_connection {
                true => constraints.remove(&place).unwrap_or_default(),
                false => Vec::new(),
            };
            filled.push(Table {
                columns: Some(told),
                constraints: Some(keys),
                ..bare(table, kind)
            });
        }
        found.push(Schema {
            name,
            tables: Some(filled),
        });
    }
    Ok(found)
}

fn bare(name: String, kind: &'static str) -> Table {
    Table {
        name,
        kind,
        columns: None,
        constraints: None,
    }
}

/// Has the columns told that an account must be asked for. What cannot be told stays as it is known: whoever reads the
/// table will hear why.
async fn look_up(base: &Engine, tables: &[(&str, &str)]) {
    for (schema, table) in tables {
        let name = format!("{}.{}", quoted('"', schema), quoted('"', table));
        let _ = base.sql(&format!("SELECT * FROM {name}")).await;
    }
}

async fn rows(base: &Engine, sql: &str) -> Result<Vec<RecordBatch>, Failure> {
    Ok(base.sql(sql).await?.collect().await?)
}

/// A text of a row; columns of the system tables that are asked for here are texts.
fn text(batch: &RecordBatch, column: usize, row: usize) -> Option<String> {
    let values = batch.column(column).as_string_opt::<i32>()?;
    use arrow::array::Array as _;
    values.is_valid(row).then(|| values.value(row).to_owned())
}

fn name(batch: &RecordBatch, column: usize, row: usize) -> String {
    text(batch, column, row).unwrap_or_default()
}

/// Schema and name of each table of a connection.
async fn declared(base: &Engine) -> Result<BTreeSet<(String, String)>, Failure> {
    let sql = "SELECT SchemaName, TableName FROM system.sys_tables";
    let mut all = BTreeSet::new();
    for batch in rows(base, sql).await? {
        all.extend((0..batch.num_rows()).map(|row| (name(&batch, 0, row), name(&batch, 1, row))));
    }
    Ok(all)
}

type ByTable<T> = BTreeMap<(String, String), Vec<T>>;

/// Columns of each table of a connection, in their order. Those that are not part of `*` are left out: they are no part of
/// the table's schema either.
async fn columns_of(base: &Engine) -> Result<ByTable<Column>, Failure> {
    let sql = "SELECT SchemaName, TableName, ColumnName, Description, DataTypeName, DataType, NumericPrecision, \
               NumericScale, IsNullable FROM system.sys_tablecolumns WHERE NOT IsHidden \
               ORDER BY SchemaName, TableName, Ordinal";
    let mut all: ByTable<Column> = BTreeMap::new();
    for batch in rows(base, sql).await? {
        let number = |column: usize, row: usize| {
            use arrow::array::Array as _;
            let values = batch.column(column).as_primitive_opt::<Int32Type>()?;
            values.is_valid(row).then(|| values.value(row))
        };
        let nullable = batch.column(8).as_boolean_opt();
        for row in 0..batch.num_rows() {
            let columns = all
                .entry((name(&batch, 0, row), name(&batch, 1, row)))
                .or_default();
            columns.push(Column {
                name: name(&batch, 2, row),
                place: i32::try_from(columns.len()).unwrap_or(i32::MAX - 1) + 1,
                remarks: text(&batch, 3, row),
                kind: Kind::told(
                    name(&batch, 4, row),
                    number(5, row),
                    number(6, row),
                    number(7, row),
                ),
                nullable: nullable.is_none_or(|values| values.value(row)),
            });
        }
    }
    Ok(all)
}

async fn constraints_of(base: &Engine) -> Result<ByTable<Constraint>, Failure> {
    let mut all: ByTable<Constraint> = BTreeMap::new();
    let primary = "SELECT SchemaName, TableName, KeyName, ColumnName FROM system.sys_primarykeys";
    for batch in rows(base, primary).await? {
        for row in 0..batch.num_rows() {
            let place = (name(&batch, 0, row), name(&batch, 1, row));
            all.entry(place).or_default().push(Constraint {
                name: name(&batch, 2, row),
                column: name(&batch, 3, row),
                target: None,
            });
        }
    }
    let foreign = "SELECT SchemaName, TableName, ForeignKeyName, ColumnName, ReferencedSchemaName, ReferencedTableName, \
                   ReferencedColumnName FROM system.sys_foreignkeys";
    for batch in rows(base, foreign).await? {
        for row in 0..batch.num_rows() {
            let place = (name(&batch, 0, row), name(&batch, 1, row));
            let target = (
                name(&batch, 4, row),
                name(&batch, 5, row),
                name(&batch, 6, row),
            );
            all.entry(place).or_default().push(Constraint {
                name: name(&batch, 2, row),
                column: name(&batch, 3, row),
                target: Some(target),
            });
        }
    }
    Ok(all)
}

/// Columns of a table that no connection declares.
fn of_fields<'a>(fields: impl Iterator<Item = &'a std::sync::Arc<Field>>) -> Vec<Column> {
    let each = fields.zip(1..).map(|(field, place)| Column {
        name: field.name().clone(),
        place,
        remarks: field.metadata().get("description").cloned(),
        kind: kind(field.data_type()),
        nullable: field.is_nullable(),
    });
    each.collect()
}
