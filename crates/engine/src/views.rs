//! Saved views: `CREATE VIEW` writes a file `NAME.sql` into one folder, `DROP VIEW` removes it, and whoever names a view
//! in a later session gets it. Files may be written by hand, as a query or as `CREATE VIEW`.
//!
//! A file is read when its view is named (or when views are listed) and planned like any other statement, so a broken
//! one breaks only itself; the list says what is wrong with it. Saved views have no schema of their own: they stand where
//! names without one are looked for, in any case of their letters. Names of tables are saved with their schema: the view
//! means the same whatever `USE` chose. It refuses to save a call of a procedure that takes a secret, and a name that is
//! no plain file name. Without a folder, views live as long as the engine.

mod qualified;
mod session;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use datafusion::catalog::CatalogProvider;
use datafusion::sql::parser::{DFParserBuilder, Statement as Parsed};
use datafusion::sql::sqlparser::ast::{
    CreateView, Ident, ObjectName, ObjectType, Statement as Ast,
};
use parking_lot::Mutex;

use crate::catalog::CATALOG;
use crate::error::{Error, Kind};
use crate::lenient::known_as;
use crate::procedure::may_hold_secret;
use crate::statement::{self, Statement};

/// The ending of files that hold a view.
const ENDING: &str = "sql";

/// The saved views of an engine.
#[derive(Debug, Default)]
pub(crate) struct Views {
    folder: Option<PathBuf>,
    /// Views that stand in the catalog because their file was read: schema and name.
    loaded: Mutex<BTreeSet<(String, String)>>,
    /// Why views cannot be used, by name, as of the last time that all were loaded.
    problems: Mutex<BTreeMap<String, String>>,
}

/// A view that has a file.
#[derive(Debug)]
pub(crate) struct Saved {
    pub(crate) name: String,
    pub(crate) file: PathBuf,
    /// What the file holds; `None` if it cannot be read.
    pub(crate) text: Option<String>,
    /// Why it cannot be used.
    pub(crate) problem: Option<String>,
}

/// What a statement does to saved views.
#[derive(Debug)]
pub(crate) enum Change {
    Nothing,
    /// A view is to be saved under this name.
    Save(Box<New>),
    /// These go.
    Drop(Vec<String>),
}

/// A view that is to be saved.
#[derive(Debug)]
pub(crate) struct New {
    pub(crate) name: String,
    view: CreateView,
}

impl Views {
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            loaded: Mutex::default(),
            problems: Mutex::default(),
        }
    }

    pub(crate) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Whether views are saved at all.
    pub(crate) fn are_saved(&self) -> bool {
        self.folder.is_some()
    }

    /// All of them, by name.
    pub(crate) fn all(&self) -> Vec<Saved> {
        let mut all: Vec<Saved> = self
            .files()
            .map(|(name, file)| {
                let text = std::fs::read_to_string(&file).ok();
                let problem = self.problems.lock().get(&name).cloned();
                Saved {
                    name,
                    file,
                    text,
                    problem,
                }
            })
            .collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// The names of all of them, each with its file.
    fn files(&self) -> impl Iterator<Item = (String, PathBuf)> {
        let entries = self
            .folder
            .iter()
            .filter_map(|it| std::fs::read_dir(it).ok());
        let files = entries.flatten().flatten().map(|entry| entry.path());
        files.filter_map(|file| {
            let is_view = file.extension().is_some_and(|ending| ending == ENDING) && file.is_file();
            let name = file.file_stem()?.to_str()?.to_owned();
            is_view.then_some((name, file))
        })
    }

    /// The view that a name means, with its file: the exact one, or the only one that differs in the case of letters.
    pub(crate) fn find(&self, name: &str) -> Option<(String, PathBuf)> {
        let mut alike: Vec<(String, PathBuf)> = self
            .files()
            .filter(|(known, _)| is_same(known, name))
            .collect();
        if let Some(exact) = alike.iter().position(|(known, _)| known == name) {
            return Some(alike.swap_remove(exact));
        }
        alike.pop().filter(|_| alike.is_empty())
    }

    /// The file of a view, if it has one.
    pub(crate) fn file(&self, name: &str) -> Option<PathBuf> {
        self.find(name).map(|(_, file)| file)
    }

    fn place(&self, name: &str) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        is_file_name(name).then(|| folder.join(format!("{name}.{ENDING}")))
    }

    /// What a statement does to saved views. `TEMPORARY` is for us: it is taken out of the statement. `schema` is where names
    /// without one are looked for.
    ///
    /// # Errors
    /// `Sql` if the view is there already, `Unsupported` if it cannot be saved.
    pub(crate) fn change(&self, statement: &mut Statement, schema: &str) -> Result<Change, Error> {
        let Some(Parsed::Statement(ast)) = statement.parsed_mut() else {
            return Ok(Change::Nothing);
        };
        match ast.as_mut() {
            Ast::CreateView(view) => {
                let temporary = std::mem::take(&mut view.temporary);
                let is_saved = !temporary && !view.materialized && self.are_saved();
                let Some(name) = bare(&view.name, schema) else {
                    if !is_saved {
                        return Ok(Change::Nothing);
                    }
                    let message = format!(
                        "the view `{}` cannot be saved: saved views have no schema",
                        view.name
                    );
                    return Err(Error::new(Kind::Unsupported, message).with_hint(
                        "write its name alone, or CREATE TEMPORARY VIEW for one that ends with the session",
                    ));
                };
                let file = self.file(&name);
                // One that stands already need not be made.
                let stands = temporary && view.if_not_exists && file.is_some();
                if temporary && let Some(file) = file.filter(|_| !stands) {
                    let message = format!("there is a saved view `{name}`");
                    let hint = format!(
                        "choose another name for the temporary one, or DROP VIEW {} first",
                        quoted(&name)
                    );
                    return Err(Error::new(Kind::Sql, message)
                        .with_context("file", file.display().to_string())
                        .with_hint(hint));
                }
                if !is_saved && !stands {
                    return Ok(Change::Nothing);
                }
                if !is_file_name(&name) {
                    let message = format!(
                        "the view `{name}` cannot be saved: its file could not have this name"
                    );
                    return Err(Error::new(Kind::Unsupported, message).with_hint(
                        "use letters, digits, _ and -, or write CREATE TEMPORARY VIEW",
                    ));
                }
                let mut view = view.clone();
                // The schema that it was made in is another one's elsewhere.
                view.name.0.drain(..view.name.0.len() - 1);
                Ok(Change::Save(Box::new(New { name, view })))
            }
            Ast::Drop {
                object_type: ObjectType::View,
                names,
                ..
            } => {
                let saved: Option<Vec<String>> = names
                    .iter()
                    .map(|name| Some(self.find(&bare(name, schema)?)?.0))
                    .collect();
                Ok(saved.map_or(Change::Nothing, Change::Drop))
            }
            _ => Ok(Change::Nothing),
        }
    }

    /// Whether there is nothing left to do for a view, because it is there and need not be made.
    ///
    /// # Errors
    /// `Sql` if it is there and must not be.
    pub(crate) fn stands(&self, new: &New) -> Result<bool, Error> {
        match self.file(&new.name) {
            Some(_) if new.view.or_replace => Ok(false),
            Some(_) if new.view.if_not_exists => Ok(true),
            Some(file) => {
                let message = format!("there is a view `{}` already", new.name);
                Err(Error::new(Kind::Sql, message)
                    .with_context("file", file.display().to_string())
                    .with_hint("write CREATE OR REPLACE VIEW to replace it"))
            }
            None => Ok(false),
        }
    }

    /// The text that would be saved of a view. `schema` is where its names are looked for, and `connection` tells the tables
    /// that are there already if it is one.
    ///
    /// # Errors
    /// `Unsupported` for a view that a file must not or cannot hold.
    pub(crate) fn text(
        &self,
        new: &New,
        schema: &str,
        connection: Option<&dyn Fn(&str) -> bool>,
    ) -> Result<String, Error> {
        let refused = |why: &str| {
            let message = format!("the view `{}` cannot be saved: {why}", new.name);
            Error::new(Kind::Unsupported, message)
                .with_hint("write CREATE TEMPORARY VIEW for a view that ends with the session")
        };
        let mut view = new.view.clone();
        view.or_replace = false;
        view.if_not_exists = false;
        let is_own = |name: &str| is_same(name, &new.name);
        if let Some(has_table) = connection {
            let keeps =
                |name: &str| !has_table(name) && (is_own(name) || self.file(name).is_some());
            qualified::qualify(&mut view.query, schema, &keeps);
        }
        if qualified::names_one(&view.query, &is_own) {
            return Err(refused("it reads itself"));
        }
        let ast = Ast::CreateView(view);
        let text = format!("{ast}");
        if may_hold_secret(&text) {
            return Err(refused("it calls a procedure that takes a secret"));
        }
        let again = statement::parse(&text).ok().and_then(|mut all| {
            let parsed = all.pop_front()?.into_sql()?;
            all.is_empty().then_some(parsed)
        });
        match again {
            Some(Parsed::Statement(again)) if *again == ast => Ok(format!("{text};\n")),
            _ => Err(refused("its text would be read as something else")),
        }
    }

    /// Writes the file of a view, as a whole or not at all.
    ///
    /// # Errors
    /// `Config` if it cannot be written.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<(), Error> {
        let file = self.file(name).or_else(|| self.place(name));
        let (Some(folder), Some(file)) = (&self.folder, file) else {
            return Ok(());
        };
        let written = std::fs::create_dir_all(folder).and_then(|()| {
            let mut new = tempfile::NamedTempFile::new_in(folder)?;
            new.write_all(text.as_bytes())?;
            new.as_file().sync_all()?;
            new.persist(&file).map_err(|error| error.error)
        });
        written.map(drop).map_err(|error| {
            let message = format!("the view `{name}` cannot be saved: {error}");
            Error::new(Kind::Config, message)
                .with_context("file", file.display().to_string())
                .with_hint("check the folder, or write CREATE TEMPORARY VIEW")
        })
    }

    /// Removes the file of a view.
    ///
    /// # Errors
    /// `Config` if it cannot be removed.
    pub(crate) fn remove(&self, name: &str) -> Result<(), Error> {
        let Some(file) = self.file(name) else {
            return Ok(());
        };
        std::fs::remove_file(&file).map_err(|error| {
            let message = format!("the view `{name}` cannot be dropped: {error}");
            Error::new(Kind::Config, message)
                .with_context("file", file.display().to_string())
                .with_hint("remove the file")
        })
    }

    /// The statement that makes a view of its file, called as somebody spells it.
    ///
    /// # Errors
    /// Whatever is wrong with the file, which it names.
    pub(crate) fn read(name: &str, file: &Path, spelling: &str) -> Result<Statement, Error> {
        let text = std::fs::read_to_string(file).map_err(|error| {
            let error = Error::new(Kind::Config, format!("it cannot be read: {error}"));
            broken(
                name,
                file,
                error.with_hint("make it a readable file of SQL in UTF-8"),
            )
        })?;
        let made = statement::parse(&text).and_then(|mut all| {
            let first = all.pop_front();
            match (first, all.is_empty()) {
                (Some(first), true) => definition(name, spelling, first),
                _ => Err(Error::new(Kind::Sql, "it does not hold one statement")
                    .with_hint("write SELECT …, or CREATE VIEW … AS SELECT …")),
            }
        });
        made.map_err(|error| broken(name, file, error))
    }

    /// Remembers that a view stands in the catalog.
    pub(crate) fn add_loaded(&self, schema: &str, name: &str) {
        let mut loaded = self.loaded.lock();
        loaded.insert((schema.to_owned(), name.to_owned()));
    }

    /// Whether a view stands in the catalog because its file was read.
    pub(crate) fn is_loaded(&self, schema: &str, name: &str) -> bool {
        let place = (schema.to_owned(), name.to_owned());
        self.loaded.lock().contains(&place)
    }

    /// Remembers why views cannot be used.
    pub(crate) fn set_problems(&self, problems: BTreeMap<String, String>) {
        *self.problems.lock() = problems;
    }

    /// Takes the views out of the catalog that stand there under another spelling than their file's, as somebody named them:
    /// a list has each once.
    ///
    /// # Errors
    /// What the catalog says.
    pub(crate) fn unload_spellings(&self, catalog: &dyn CatalogProvider) -> Result<(), Error> {
        let known: BTreeSet<String> = self.files().map(|(name, _)| name).collect();
        let mut loaded = self.loaded.lock();
        let (kept, others) = std::mem::take(&mut *loaded)
            .into_iter()
            .partition(|(_, name)| known.contains(name));
        *loaded = kept;
        drop(loaded);
        deregister(catalog, others)
    }

    /// Takes all views out of the catalog that came from files: after a change, they are read again when they are named.
    ///
    /// # Errors
    /// What the catalog says.
    pub(crate) fn unload(&self, catalog: &dyn CatalogProvider) -> Result<(), Error> {
        let loaded = std::mem::take(&mut *self.loaded.lock());
        deregister(catalog, loaded)
    }
}

fn deregister(
    catalog: &dyn CatalogProvider,
    views: BTreeSet<(String, String)>,
) -> Result<(), Error> {
    for (schema, name) in views {
        if let Some(schema) = catalog.schema(&schema) {
            schema.deregister_table(&name)?;
        }
    }
    Ok(())
}

impl Statement {
    /// The same, so that a view that it creates ends with the session, as `CREATE TEMPORARY VIEW` says.
    #[must_use]
    pub fn for_this_session(mut self) -> Self {
        if let Some(Parsed::Statement(ast)) = self.parsed_mut()
            && let Ast::CreateView(view) = ast.as_mut()
        {
            view.temporary = true;
        }
        self
    }
}

/// The name of a relation that stands where names without a schema are looked for.
fn bare(name: &ObjectName, schema: &str) -> Option<String> {
    let parts: Option<Vec<String>> = name
        .0
        .iter()
        .map(|part| part.as_ident().map(known_as))
        .collect();
    match parts?.as_slice() {
        [name] => Some(name.clone()),
        [own, name] if own == schema => Some(name.clone()),
        [catalog, own, name] if catalog == CATALOG && own == schema => Some(name.clone()),
        _ => None,
    }
}

/// Whether two names are the same but for the case of letters.
fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// A name as a statement must have it.
fn quoted(name: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter == '_';
    match name.chars().all(is_plain) {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

/// What is wrong with a file, as whoever named its view must know it.
pub(crate) fn broken(name: &str, file: &Path, error: Error) -> Error {
    let message = format!("{}{}", cannot_be_used(name), error.message());
    let worded = Error::new(error.kind(), message).with_context("file", file.display().to_string());
    match error.hint() {
        Some(hint) => worded.with_hint(hint),
        None => worded.with_hint(format!("correct the file, or DROP VIEW {}", quoted(name))),
    }
}

fn cannot_be_used(name: &str) -> String {
    format!("the saved view `{name}` cannot be used: ")
}

/// `CREATE VIEW spelling AS …` of what the file of a view holds.
fn definition(name: &str, spelling: &str, mut statement: Statement) -> Result<Statement, Error> {
    if let Some(waiting) = statement.placeholders().first() {
        let message = format!("it has the parameter `{waiting}`, and a view takes none");
        return Err(Error::new(Kind::Sql, message).with_hint("write the value itself"));
    }
    let wrong = || {
        Err(Error::new(
            Kind::Sql,
            "it holds neither a query nor a CREATE VIEW of this name",
        )
        .with_hint(format!(
            "write SELECT …, or CREATE VIEW {} AS SELECT …",
            quoted(name)
        )))
    };
    let Some(Parsed::Statement(ast)) = statement.parsed_mut() else {
        return wrong();
    };
    let spelled = ObjectName::from(Ident::with_quote('"', spelling));
    match ast.as_mut() {
        Ast::CreateView(view) => {
            let last = view.name.0.last().and_then(|part| part.as_ident());
            if !last.is_some_and(|last| is_same(&last.value, name)) {
                return wrong();
            }
            view.name = spelled;
            view.temporary = false;
            view.or_replace = false;
            view.if_not_exists = false;
        }
        Ast::Query(query) => {
            let template = "CREATE VIEW v AS SELECT 1";
            let template = DFParserBuilder::new(template).build()?.parse_statement()?;
            if let Parsed::Statement(mut made) = template
                && let Ast::CreateView(view) = made.as_mut()
            {
                view.name = spelled;
                view.query = query.clone();
                *ast = made;
            }
        }
        _ => return wrong(),
    }
    Ok(statement)
}

/// Whether a file can have this name on every system, whatever its folder.
fn is_file_name(name: &str) -> bool {
    let fits = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    !name.is_empty() && name.len() <= 200 && name.chars().all(fits)
}
