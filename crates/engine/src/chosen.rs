//! `USE`: the schema in which bare names are looked for.

use datafusion::dataframe::DataFrame;

use crate::catalog::CATALOG;
use crate::engine::Engine;
use crate::error::{Error, Kind};
use crate::lenient::fold;

impl Engine {
    /// Chooses a schema, typed in any case.
    ///
    /// # Errors
    /// `Sql` if there is none of this name.
    pub(crate) async fn choose(&self, schema: &str) -> Result<DataFrame, Error> {
        let known = self
            .context()
            .catalog(CATALOG)
            .map(|catalog| catalog.schema_names())
            .unwrap_or_default();
        let exact = known.iter().find(|name| *name == schema);
        let mut alike = known.iter().filter(|name| fold(name) == fold(schema));
        let Some(schema) = exact.or_else(|| alike.next().filter(|_| alike.next().is_none())) else {
            return Err(
                Error::new(Kind::Sql, format!("there is no schema `{schema}`"))
                    .with_hint(format!("schemas: {}", known.join(", "))),
            );
        };
        let text = schema.replace('\'', "''");
        self.context()
            .sql(&format!("SET datafusion.catalog.default_schema = '{text}'"))
            .await
            .map_err(Error::from)
    }
}
