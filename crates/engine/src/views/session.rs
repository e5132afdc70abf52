//! Saved views in a session: when files are written, read and removed.

use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::LogicalPlanBuilder;
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::Statement as Ast;
use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::{Change, broken};
use crate::catalog::CATALOG;
use crate::engine::Engine;
use crate::error::{Error, Kind};
use crate::statement::Statement;
use crate::system::SYSTEM;

impl Engine {
    /// Runs a statement with what it does to saved views; without `saving`, files stay as they are.
    pub(crate) async fn run_with_views(
        &self,
        mut statement: Statement,
        saving: bool,
    ) -> Result<DataFrame, Error> {
        match self.views.change(&mut statement)? {
            Change::Nothing => self.run_once(statement, &[]).await,
            Change::Save(new) => {
                if self.views.stands(&new)? {
                    return self.done();
                }
                let schema = self.default_schema();
                let is_connection = self.connections().iter().any(|it| it.name() == schema);
                let text = self.views.text(&new, &schema, is_connection)?;
                self.unload_views()?;
                let done = self.run_once(statement, &[]).await?;
                self.views.add_loaded(&schema, &new.name);
                if saving && let Err(error) = self.views.write(&new.name, &text) {
                    self.unload_views()?;
                    return Err(error);
                }
                Ok(done)
            }
            Change::Drop(names) => {
                for name in names.iter().filter(|_| saving) {
                    self.views.remove(name)?;
                }
                self.unload_views()?;
                self.done()
            }
        }
    }

    /// Puts the saved views that a statement names into the catalog, or all of them if it lists tables. `loading` are those
    /// whose files are being read.
    pub(crate) async fn load_views(
        &self,
        parsed: &Parsed,
        loading: &[String],
    ) -> Result<(), Error> {
        if !self.views.are_saved() {
            return Ok(());
        }
        let state = self.context().state();
        let defaults = state.config_options().catalog.clone();
        // What fails here fails again, and is worded, when the statement is planned.
        let named = state.resolve_table_references(parsed).unwrap_or_default();
        let mut lists = is_show(parsed);
        for name in named {
            let name = name.resolve(&defaults.default_catalog, &defaults.default_schema);
            lists |= matches!(name.schema.as_ref(), "information_schema" | SYSTEM);
            if *name.catalog == *CATALOG && *name.schema == *defaults.default_schema {
                self.load_view(&name.table, loading).await?;
            }
        }
        if lists {
            for saved in self.views.all() {
                // A broken one is not there; whoever names it is told why.
                let _ = self.load_view(&saved.name, loading).await;
            }
        }
        Ok(())
    }

    fn load_view<'a>(
        &'a self,
        name: &'a str,
        loading: &'a [String],
    ) -> BoxFuture<'a, Result<(), Error>> {
        async move {
            let Some(file) = self.views.file(name) else {
                return Ok(());
            };
            let schema = self.default_schema();
            if self.holds(&schema, name) {
                return Ok(());
            }
            if loading.iter().any(|other| other == name) {
                let way = loading.join(", ");
                let error = Error::new(Kind::Sql, format!("it reads itself, by way of {way}"));
                let error = error.with_hint("take one of them out of the other");
                return Err(broken(name, &file, error));
            }
            let statement = self.views.read(name)?;
            let loading: Vec<String> = loading
                .iter()
                .cloned()
                .chain(std::iter::once(name.to_owned()))
                .collect();
            match self.run_once(statement, &loading).await {
                Ok(_) => {}
                // Another statement may have been faster.
                Err(_) if self.holds(&schema, name) => return Ok(()),
                Err(error) => return Err(broken(name, &file, error)),
            }
            self.views.add_loaded(&schema, name);
            Ok(())
        }
        .boxed()
    }

    fn unload_views(&self) -> Result<(), Error> {
        match self.context().catalog(CATALOG) {
            Some(catalog) => self.views.unload(catalog.as_ref()),
            None => Ok(()),
        }
    }

    fn holds(&self, schema: &str, table: &str) -> bool {
        let catalog = self.context().catalog(CATALOG);
        let schema = catalog.and_then(|catalog| catalog.schema(schema));
        schema.is_some_and(|schema| schema.table_exist(table))
    }

    fn default_schema(&self) -> String {
        let state = self.context().state();
        state.config_options().catalog.default_schema.clone()
    }

    /// The answer of a statement without rows.
    pub(crate) fn done(&self) -> Result<DataFrame, Error> {
        let nothing = LogicalPlanBuilder::empty(false).build()?;
        Ok(DataFrame::new(self.context().state(), nothing))
    }
}

/// Whether a statement lists tables in its own way.
fn is_show(parsed: &Parsed) -> bool {
    let Parsed::Statement(ast) = parsed else {
        return false;
    };
    matches!(ast.as_ref(), Ast::ShowTables { .. })
}
