//! Saved views in a session: when files are written, read and removed.

use std::collections::BTreeMap;

use datafusion::common::ResolvedTableReference;
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{LogicalPlanBuilder, TableType};
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{ObjectType, Statement as Ast};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use zuzen_plan::nearest::nearest;

use super::{Change, Views, bare, broken, cannot_be_used, quoted};
use crate::catalog::{CATALOG, ConnectionSchema};
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
        let schema = self.default_schema();
        self.refuse_taken(&mut statement, &schema)?;
        match self.views.change(&mut statement, &schema)? {
            Change::Nothing => {
                self.refuse_unknown(&mut statement, &schema).await?;
                self.run_once(statement, &[]).await
            }
            Change::Save(new) => {
                if self.views.stands(&new)? {
                    return self.done();
                }
                let has_table = |name: &str| self.declares(&schema, name);
                let is_connection = self.connections().iter().any(|it| it.name() == schema);
                let has_table = is_connection.then_some(&has_table as &dyn Fn(&str) -> bool);
                let text = self.views.text(&new, &schema, has_table)?;
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

    /// Refuses to create a view whose name something else has.
    fn refuse_taken(&self, statement: &mut Statement, schema: &str) -> Result<(), Error> {
        let Some(Parsed::Statement(ast)) = statement.parsed_mut() else {
            return Ok(());
        };
        let Ast::CreateView(view) = ast.as_ref() else {
            return Ok(());
        };
        let Some(name) = bare(&view.name, schema) else {
            return Ok(());
        };
        if self.declares(schema, &name) {
            let message = format!(
                "a view cannot be called `{name}`: {schema}.{name} is a table of the connection"
            );
            let hint = format!(
                "choose another name, such as {}",
                quoted(&format!("my_{name}"))
            );
            return Err(Error::new(Kind::Sql, message).with_hint(hint));
        }
        if view.or_replace || view.if_not_exists || self.views.file(&name).is_some() {
            return Ok(());
        }
        // A file that somebody removed may have left its view.
        self.unload_views()?;
        if self.holds(schema, &name) {
            let message = format!("there is a table or view `{name}` already in this session");
            let hint = "choose another name, or write CREATE OR REPLACE VIEW to replace it";
            return Err(Error::new(Kind::Sql, message).with_hint(hint));
        }
        Ok(())
    }

    /// Refuses to drop a view that is not there.
    async fn refuse_unknown(&self, statement: &mut Statement, schema: &str) -> Result<(), Error> {
        let Some(Parsed::Statement(ast)) = statement.parsed_mut() else {
            return Ok(());
        };
        let Ast::Drop {
            object_type: ObjectType::View,
            if_exists: false,
            names,
            ..
        } = ast.as_ref()
        else {
            return Ok(());
        };
        for name in names.iter().filter_map(|name| bare(name, schema)) {
            if self.holds(schema, &name) || self.views.file(&name).is_some() {
                continue;
            }
            let known = self.view_names(schema).await;
            let hint = match nearest(&name, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{}`?", quoted(near)),
                None => "SHOW VIEWS lists those that are saved".to_owned(),
            };
            let message = format!("there is no view `{name}`");
            return Err(Error::new(Kind::Sql, message).with_hint(hint));
        }
        Ok(())
    }

    /// The names of all views, saved ones and others.
    async fn view_names(&self, schema: &str) -> Vec<String> {
        let mut names: Vec<String> = self.views.all().into_iter().map(|it| it.name).collect();
        let catalog = self.context().catalog(CATALOG);
        if let Some(schema) = catalog.and_then(|catalog| catalog.schema(schema)) {
            for name in schema.table_names() {
                if let Ok(Some(TableType::View)) = schema.table_type(&name).await {
                    names.push(name);
                }
            }
        }
        names
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
        let named: Vec<ResolvedTableReference> = named
            .into_iter()
            .map(|name| name.resolve(&defaults.default_catalog, &defaults.default_schema))
            .collect();
        let lists = is_show(parsed)
            || named
                .iter()
                .any(|name| matches!(name.schema.as_ref(), "information_schema" | SYSTEM));
        if lists && let Some(catalog) = self.context().catalog(CATALOG) {
            self.views.unload_spellings(catalog.as_ref())?;
        }
        for name in named {
            if *name.catalog == *CATALOG && *name.schema == *defaults.default_schema {
                self.load_view(&name.table, loading).await?;
            }
        }
        if lists {
            let mut problems = BTreeMap::new();
            for saved in self.views.all() {
                // A broken one is not there; whoever names it is told why, and so is who lists them.
                let loaded = self.load_view(&saved.name, loading).await;
                if let Some(problem) = self.problem(&defaults.default_schema, &saved.name, loaded) {
                    problems.insert(saved.name, problem);
                }
            }
            if loading.is_empty() {
                self.views.set_problems(problems);
            }
        }
        Ok(())
    }

    /// Why a view whose loading ended like this cannot be used.
    fn problem(&self, schema: &str, name: &str, loaded: Result<(), Error>) -> Option<String> {
        match loaded {
            Err(error) => {
                let message = error.message();
                let why = message.strip_prefix(&cannot_be_used(name));
                Some(why.unwrap_or(message).to_owned())
            }
            Ok(()) if self.declares(schema, name) => Some(format!(
                "{schema}.{name} is a table of the connection; rename the file"
            )),
            Ok(()) if !self.views.is_loaded(schema, name) => {
                Some("this session has another table or view of this name".to_owned())
            }
            Ok(()) => None,
        }
    }

    /// Loads the view that a name means, under the name as it is spelled.
    fn load_view<'a>(
        &'a self,
        spelling: &'a str,
        loading: &'a [String],
    ) -> BoxFuture<'a, Result<(), Error>> {
        async move {
            let schema = self.default_schema();
            if self.holds(&schema, spelling) {
                return Ok(());
            }
            let Some((name, file)) = self.views.find(spelling) else {
                return Ok(());
            };
            if loading.contains(&name) {
                let way = loading.join(", ");
                let error = Error::new(Kind::Sql, format!("it reads itself, by way of {way}"));
                let error = error.with_hint("take one of them out of the other");
                return Err(broken(&name, &file, error));
            }
            let statement = Views::read(&name, &file, spelling)?;
            let loading: Vec<String> = loading
                .iter()
                .cloned()
                .chain(std::iter::once(name.clone()))
                .collect();
            match self.run_once(statement, &loading).await {
                Ok(_) => {}
                // Another statement may have been faster.
                Err(_) if self.holds(&schema, spelling) => return Ok(()),
                Err(error) => return Err(broken(&name, &file, error)),
            }
            self.views.add_loaded(&schema, spelling);
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

    /// Whether it is a table of the connection of this name.
    fn declares(&self, schema: &str, table: &str) -> bool {
        let catalog = self.context().catalog(CATALOG);
        let schema = catalog.and_then(|catalog| catalog.schema(schema));
        let connection = schema
            .as_ref()
            .and_then(|it| it.downcast_ref::<ConnectionSchema>());
        connection.is_some_and(|it| it.declares(table))
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
