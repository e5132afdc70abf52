//! Which names of a statement are files: found in the parsed statement, opened, and put where the planner finds them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::catalog::{
    CatalogProvider as _, CatalogProviderList as _, MemoryCatalogProvider,
    MemoryCatalogProviderList, MemorySchemaProvider, SchemaProvider as _, TableProvider,
};
use datafusion::common::TableReference;
use datafusion::execution::session_state::SessionState;
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{
    Ident, ObjectName, ObjectNamePart, Statement as Ast, TableAlias, TableFactor, TableObject,
    VisitMut as _, VisitorMut,
};

use super::open::open;
use super::place::{exists, stem};
use crate::error::{Error, Kind};
use crate::files::access::LocalFiles;
use crate::files::format::looks_like_file;
use crate::lenient::each_statement;

/// The catalog and schema that files of a statement have while it is planned. Nobody types such a name.
const CATALOG: &str = "local files";
const SCHEMA: &str = "here";

/// The files of one statement.
#[derive(Debug, Default)]
pub(crate) struct Quoted {
    tables: BTreeMap<String, Arc<dyn TableProvider>>,
}

/// Whether a planned table is a file of the statement.
pub(crate) fn is_file(name: &TableReference) -> bool {
    name.catalog() == Some(CATALOG)
}

impl Quoted {
    /// Opens the files that a statement names; in the statement, they get the names that the planner finds them by.
    ///
    /// # Errors
    /// `Config` for a file that is missing or cannot be read, `Unsupported` for an address and where files are not allowed.
    pub(crate) async fn open(
        parsed: &mut Parsed,
        state: &SessionState,
        allowed: LocalFiles,
    ) -> Result<Self, Error> {
        let mut names = Names {
            state,
            found: Vec::new(),
        };
        let mut changed = None;
        each_statement(parsed, &mut |ast| {
            if let Ast::Insert(insert) = ast
                && let TableObject::TableName(name) = &insert.table
            {
                changed = names.file(name).or(changed.take());
            }
            let _: ControlFlow<()> = ast.visit(&mut names);
        });
        if !names.found.is_empty() {
            allowed.check()?;
        }
        // Before its columns are compared with the rows.
        if let Some(file) = changed {
            let reason = format!("{file} cannot be changed");
            return Err(Error::new(Kind::Unsupported, reason)
                .with_hint("files are read; COPY (SELECT …) TO 'file' writes a new one"));
        }
        let mut tables = BTreeMap::new();
        for name in names.found {
            if let Entry::Vacant(place) = tables.entry(name) {
                let table = open(place.key(), state).await?;
                place.insert(table);
            }
        }
        Ok(Self { tables })
    }

    /// Lets a state find them.
    pub(crate) fn attach(&self, state: &mut SessionState) -> Result<(), Error> {
        if self.tables.is_empty() {
            return Ok(());
        }
        let schema = MemorySchemaProvider::new();
        for (name, table) in &self.tables {
            schema.register_table(name.clone(), Arc::clone(table))?;
        }
        let catalog = MemoryCatalogProvider::new();
        catalog.register_schema(SCHEMA, Arc::new(schema))?;
        let list = MemoryCatalogProviderList::new();
        let known = state.catalog_list();
        for name in known.catalog_names() {
            if let Some(known) = known.catalog(&name) {
                list.register_catalog(name, known);
            }
        }
        list.register_catalog(CATALOG.to_owned(), Arc::new(catalog));
        state.register_catalog_list(Arc::new(list));
        Ok(())
    }
}

/// Finds the names and replaces them.
struct Names<'a> {
    state: &'a SessionState,
    found: Vec<String>,
}

impl Names<'_> {
    /// The file that a name means.
    fn file(&self, name: &ObjectName) -> Option<String> {
        let [ObjectNamePart::Identifier(ident)] = name.0.as_slice() else {
            return None;
        };
        let typed = &ident.value;
        let quoted = ident.quote_style == Some('\'');
        if !quoted || self.is_table(typed) || !(looks_like_file(typed) || exists(typed)) {
            return None;
        }
        Some(typed.clone())
    }

    /// Tables go first, whatever they are called.
    fn is_table(&self, name: &str) -> bool {
        let defaults = &self.state.config_options().catalog;
        let catalog = self.state.catalog_list().catalog(&defaults.default_catalog);
        let schema = catalog.and_then(|catalog| catalog.schema(&defaults.default_schema));
        schema.is_some_and(|schema| schema.table_exist(name))
    }

    fn replace(&mut self, name: &mut ObjectName) -> Option<String> {
        let file = self.file(name)?;
        let parts = [CATALOG, SCHEMA, &file];
        let parts = parts.map(|part| ObjectNamePart::Identifier(Ident::with_quote('"', part)));
        *name = ObjectName(parts.to_vec());
        self.found.push(file.clone());
        Some(file)
    }
}

impl VisitorMut for Names<'_> {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table {
            name,
            alias,
            args: None,
            ..
        } = factor
            && let Some(file) = self.replace(name)
        {
            // `FROM 'out/tickets.parquet'` has columns `tickets.…`.
            alias.get_or_insert_with(|| TableAlias {
                explicit: true,
                name: Ident::with_quote('"', stem(&file)),
                columns: Vec::new(),
                at: None,
            });
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, name: &mut ObjectName) -> ControlFlow<()> {
        self.replace(name);
        ControlFlow::Continue(())
    }
}
