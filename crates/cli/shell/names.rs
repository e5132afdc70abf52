//! The names that can be completed: what the engine knows already. It asks no API for any of them.

use std::collections::BTreeSet;

use arrow::array::{Array as _, RecordBatch, StringArray};
use futures::{FutureExt as _, TryStreamExt as _};
use zuzen_engine::{CATALOG, Engine, Error, Running};

/// Everything that has a name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    /// The schema whose tables need no prefix.
    pub(crate) default_schema: String,
    pub(crate) schemas: Vec<Schema>,
    pub(crate) procedures: Vec<Procedure>,
    pub(crate) functions: Vec<String>,
    pub(crate) settings: Vec<String>,
}

/// A connection, or another schema.
#[derive(Debug, Clone, Default)]
pub(crate) struct Schema {
    pub(crate) name: String,
    pub(crate) tables: Vec<Table>,
}

/// A table with its columns, those that are not part of `*` last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
}

/// A procedure of a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Procedure {
    pub(crate) connection: String,
    pub(crate) name: String,
    pub(crate) parameters: Vec<String>,
}

impl Names {
    /// What the engine knows at this moment.
    pub(crate) fn of(engine: &Engine, procedures: &[Procedure]) -> Self {
        let state = engine.context().state();
        let options = state.config_options();
        let mut functions: BTreeSet<String> = state.scalar_functions().keys().cloned().collect();
        functions.extend(state.aggregate_functions().keys().cloned());
        functions.extend(state.window_functions().keys().cloned());
        // DataFusion names the settings of an extension without its prefix.
        let full = |key: String| match key.contains('.') {
            true => key,
            false => format!("{CATALOG}.{key}"),
        };
        let entries = options.entries().into_iter();
        let mut settings: Vec<String> = entries.map(|entry| full(entry.key)).collect();
        // What is ours goes first; the rest is DataFusion's.
        settings.sort_by_key(|name| (!name.starts_with(CATALOG), name.clone()));
        Self {
            default_schema: options.catalog.default_schema.clone(),
            schemas: schemas(engine),
            procedures: procedures.to_vec(),
            functions: functions.into_iter().collect(),
            settings,
        }
    }

    pub(crate) fn schema(&self, name: &str) -> Option<&Schema> {
        let mut all = self.schemas.iter();
        all.find(|schema| schema.name.eq_ignore_ascii_case(name))
    }

    /// The table that a name means, with or without a schema.
    pub(crate) fn table(&self, schema: Option<&str>, name: &str) -> Option<&Table> {
        let schema = self.schema(schema.unwrap_or(&self.default_schema))?;
        let exact = schema.tables.iter().find(|table| table.name == name);
        let mut all = schema.tables.iter();
        exact.or_else(|| all.find(|table| fold(&table.name) == fold(name)))
    }
}

/// A name without what is written in different ways: the engine finds it without them, too.
pub(crate) fn fold(name: &str) -> String {
    name.to_lowercase().replace('_', "")
}

fn schemas(engine: &Engine) -> Vec<Schema> {
    let Some(catalog) = engine.context().catalog(CATALOG) else {
        return Vec::new();
    };
    let mut names = catalog.schema_names();
    names.sort();
    let all = names.into_iter().filter_map(|name| {
        let provider = catalog.schema(&name)?;
        let connection = engine.connections().iter().find(|it| it.name() == name);
        let known = connection.map(|connection| connection.tables());
        let mut tables: Vec<Table> = Vec::new();
        for table in known.iter().flat_map(|tables| tables.iter()) {
            let mut columns: Vec<_> = table.columns.iter().collect();
            columns.sort_by_key(|column| column.pseudo);
            let names = columns.into_iter().map(|column| column.name.clone());
            tables.push(Table {
                name: table.name.clone(),
                columns: names.collect(),
            });
        }
        for other in provider.table_names() {
            if tables.iter().any(|table| table.name == other) {
                continue;
            }
            // Views and the engine's own tables are there at once; whatever is not is left out.
            let found = provider.table(&other).now_or_never();
            let schema = found.and_then(|it| it.ok().flatten()).map(|it| it.schema());
            let fields = schema.iter().flat_map(|schema| schema.fields().iter());
            let columns = fields.map(|field| field.name().clone()).collect();
            tables.push(Table {
                name: other,
                columns,
            });
        }
        tables.sort_by(|a, b| a.name.cmp(&b.name));
        Some(Schema { name, tables })
    });
    all.collect()
}

/// The procedures of all connections. They are declared, so that they need be asked for only once.
pub(crate) async fn procedures(engine: &Engine) -> Result<Vec<Procedure>, Error> {
    const ALL: &str = "SELECT p.connection, p.procedure, a.parameter FROM system.procedures p \
         LEFT JOIN system.procedure_parameters a ON a.connection = p.connection AND a.procedure = p.procedure \
         AND a.direction = 'in' ORDER BY p.connection, p.procedure, a.ordinal";
    let running = Running::begin(engine.sql(ALL).await?).await?;
    let batches: Vec<RecordBatch> = running.into_rows().try_collect().await?;
    let mut found: Vec<Procedure> = Vec::new();
    for batch in &batches {
        let text = |column: usize, row: usize| {
            let column = batch
                .column(column)
                .as_any()
                .downcast_ref::<StringArray>()?;
            (!column.is_null(row)).then(|| column.value(row).to_owned())
        };
        for row in 0..batch.num_rows() {
            let (Some(connection), Some(name)) = (text(0, row), text(1, row)) else {
                continue;
            };
            if !(found.last()).is_some_and(|it| it.connection == connection && it.name == name) {
                found.push(Procedure {
                    connection,
                    name,
                    parameters: Vec::new(),
                });
            }
            if let (Some(last), Some(parameter)) = (found.last_mut(), text(2, row)) {
                last.parameters.push(parameter);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_an_engine_need_no_api() {
        let engine = Engine::builder()
            .connection("desk", "URL=http://127.0.0.1:1;User=a@b.c;ApiToken=x")
            .build()
            .unwrap();
        let (names, procedures) = futures::executor::block_on(async {
            engine
                .sql("CREATE VIEW mine AS SELECT 1 AS one")
                .await
                .unwrap();
            let procedures = procedures(&engine).await.unwrap();
            (Names::of(&engine, &procedures), procedures)
        });
        assert_eq!(names.default_schema, "desk");
        let columns = |schema, table| names.table(schema, table).unwrap().columns.clone();
        assert!(columns(None, "tickets").contains(&"subject".to_owned()));
        assert_eq!(
            columns(None, "GroupMemberships"),
            columns(Some("desk"), "group_memberships")
        );
        assert_eq!(columns(None, "mine"), ["one"]);
        assert!(columns(Some("system"), "requests").contains(&"path".to_owned()));
        assert!(names.functions.contains(&"count".to_owned()));
        assert!(names.settings.contains(&"zuzen.pushdown".to_owned()));
        assert_eq!(
            names
                .settings
                .first()
                .map(|name| name.starts_with("zuzen.")),
            Some(true)
        );
        let called = |it: &&Procedure| it.name == "RefreshOAuthAccessToken";
        let called = procedures.iter().find(called).unwrap();
        assert_eq!(called.connection, "desk");
        assert!(
            called.parameters.contains(&"OAuthRefreshToken".to_owned()),
            "{called:?}"
        );
        assert_eq!(engine.connections()[0].rest().log().begun(), 0);
    }
}
