//! The table language: TOML files in a closed vocabulary, read strictly.
//!
//! One file per table, named after it; `connector.toml` holds what all tables of a vendor share. The rules:
//!
//! 1. A read applies when its placeholders and `required` parameters are bound by the statement; among
//!    those that apply the cheapest wins, and file order decides ties.
//! 2. A placeholder whose column has a `ref` may be filled from the referenced table (`fan_out = true`).
//! 3. Everything pushed is re-checked by the engine unless the file claims `exact`.
//! 4. All reads of a table describe the same rows; `drop` names those that an answer may hold besides.
//! 5. `at = "."` is the row itself: the value of a list of bare values (`["a", "b"]`), or a whole object as JSON;
//!    `items = "."` is the answer itself, where it has no pages; `items = "*"` every list that the answer is or has.
//! 6. `shape = "unconfirmed"`: only keys are known; the column `_raw = "json"` holds the whole object.
//! 7. A file with `of` and `list` has no reads: its rows are the elements of a column of another table. `[parent]` names what
//!    is taken from there, `element` the element itself, `[columns]` what lies in elements that are objects.
//! 8. There are no expressions and no inheritance: what cannot be said becomes a new word in Rust.
//!
//! Reading reports every problem of every file, each with its line; nothing is loaded half.

mod child;
mod reader;
mod table;

use std::collections::HashMap;
use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::check;
use crate::sign_in::{Body, Vendor};
use crate::table::{Alias, Connector, Family, Meant, Table};
use reader::Reader;

/// Something wrong in a table file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file's name.
    pub file: String,
    /// Line, from 1; 0 if the problem has no place.
    pub line: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(out, "{}: {}", self.file, self.message),
            line => write!(out, "{}:{line}: {}", self.file, self.message),
        }
    }
}

/// Lines of the things a file declares, by place (`columns.status`, `read.1.query.ids`).
pub(crate) type Lines = HashMap<String, usize>;

/// Loads a connector from its files: `connector.toml` and one `<table>.toml` for each table. Files may refer to
/// `others`, tables that are no files, and replace those of the same name.
///
/// # Errors
/// Every problem of every file: syntax, unknown words, and cross-references that do not resolve. The checks of
/// references hold for `others` too.
pub fn load(
    name: &str,
    files: &[(String, String)],
    others: Vec<Table>,
) -> Result<Connector, Vec<Problem>> {
    let mut connector = Connector {
        name: name.to_owned(),
        ..Connector::default()
    };
    let mut problems = Vec::new();
    let mut lines: HashMap<String, Lines> = HashMap::new();
    for (file, text) in files {
        let base = file.rsplit('/').next().unwrap_or(file);
        let Some(stem) = base.strip_suffix(".toml") else {
            problems.push(Problem {
                file: file.clone(),
                line: 0,
                message: "table files end in .toml".into(),
            });
            continue;
        };
        let document = match DeTable::parse(text) {
            Ok(document) => document,
            Err(error) => {
                let line = error.span().map_or(0, |span| line_of(text, span.start));
                problems.push(Problem {
                    file: file.clone(),
                    line,
                    message: error.message().to_owned(),
                });
                continue;
            }
        };
        let mut reader = Reader::new(file, text, document.get_ref());
        if stem == "connector" {
            read_connector(&mut reader, &mut connector);
        } else {
            connector.tables.push(table::read(stem, &mut reader));
        }
        let (found, places) = reader.finish();
        problems.extend(found);
        lines.insert(stem.to_owned(), places);
    }
    for other in others {
        if connector.table(&other.name).is_none() {
            connector.tables.push(other);
        }
    }
    child::complete(&mut connector.tables);
    connector.tables.sort_by(|a, b| a.name.cmp(&b.name));
    if problems.is_empty() {
        for fault in check::connector(&connector) {
            let places = lines.get(&fault.table);
            let file = files
                .iter()
                .map(|(file, _)| file)
                .find(|file| file.rsplit('/').next() == Some(&format!("{}.toml", fault.table)));
            problems.push(Problem {
                file: file
                    .cloned()
                    .unwrap_or_else(|| format!("{}.toml", fault.table)),
                line: places.map_or(0, |places| nearest_line(places, &fault.place)),
                message: fault.message,
            });
        }
    }
    if problems.is_empty() {
        Ok(connector)
    } else {
        Err(problems)
    }
}

/// Reads one table from the text of a file, without the checks of references to others.
///
/// # Errors
/// Every problem of the text.
pub fn table(name: &str, text: &str) -> Result<Table, Vec<Problem>> {
    let file = format!("{name}.toml");
    let document = DeTable::parse(text).map_err(|error| {
        vec![Problem {
            line: error.span().map_or(0, |span| line_of(text, span.start)),
            message: error.message().to_owned(),
            file: file.clone(),
        }]
    })?;
    let mut reader = Reader::new(&file, text, document.get_ref());
    let read = table::read(name, &mut reader);
    match reader.finish() {
        (problems, _) if problems.is_empty() => Ok(read),
        (problems, _) => Err(problems),
    }
}

fn read_connector(reader: &mut Reader<'_>, connector: &mut Connector) {
    connector.about = reader.text("about").unwrap_or_default();
    for mut family in reader.tables("family") {
        connector.families.push(Family {
            name: family.text("name").unwrap_or_default(),
            per_minute: family.number("per_minute").unwrap_or(1),
            headers: family.optional_texts("headers"),
        });
        family.close(reader);
    }
    if let Some(mut section) = reader.table("aliases") {
        for (name, value) in section.entries() {
            match read_alias(&mut section, &name, value) {
                Some(meant) => connector.aliases.push(Alias { name, meant }),
                None => {
                    section.problem(&name, format!("`{name}` wants a table, or {{ none = … }}"))
                }
            }
        }
        section.close(reader);
    }
    if let Some(mut section) = reader.table("sign_in") {
        let body = section.word("body", &[("form", Body::Form), ("json", Body::Json)]);
        connector.sign_in = Vendor {
            identity: section.text("identity").unwrap_or_default(),
            identity_record: section.optional_text("identity_record"),
            authorize: section.optional_text("authorize"),
            token: section.text("token").unwrap_or_default(),
            body: body.unwrap_or_default(),
            current: section.optional_text("current"),
            scope: section.optional_text("scope"),
            expires_in: section.number("expires_in"),
            refresh_expires_in: section.number("refresh_expires_in"),
        };
        section.close(reader);
    }
}

fn read_alias<'a>(
    section: &mut Reader<'a>,
    name: &str,
    value: &'a Spanned<DeValue<'a>>,
) -> Option<Meant> {
    if let Some(table) = value.get_ref().as_str() {
        return Some(Meant::Table(table.to_owned()));
    }
    let mut entry = section.entry(name, value)?;
    let none = entry.text("none");
    entry.close(section);
    none.map(Meant::Nothing)
}

/// The line of a place, or of the closest thing around it.
fn nearest_line(lines: &Lines, place: &str) -> usize {
    let mut place = place;
    loop {
        if let Some(line) = lines.get(place) {
            return *line;
        }
        match place.rfind('.') {
            Some(dot) => place = &place[..dot],
            None => return 0,
        }
    }
}

pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    // A search of the standard library's: byte by byte, this was most of what a debug build takes to start.
    let before = text.get(..offset).unwrap_or(text);
    before.matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONNECTOR: &str =
        "about = \"A vendor.\"\n[[family]]\nname = \"account\"\nper_minute = 200\n";

    fn load_one(text: &str) -> Result<Connector, Vec<Problem>> {
        load(
            "demo",
            &[
                ("connector.toml".into(), CONNECTOR.into()),
                ("things.toml".into(), text.into()),
            ],
            Vec::new(),
        )
    }

    const GOOD: &str = r#"
about = "A thing."
rows = "All of them."
key = "id"
[columns]
id = "int64"
name = { type = "text", at = "info.name", about = "What it is called." }
[[read]]
name = "show_many"
get = "/things/show_many"
items = "things"
pages = "none"
query.ids = { column = "id", op = "in", max = 100, required = true, exact = true }
[[read]]
name = "list"
get = "/things"
items = "things"
pages = "cursor"
query.sort = "id"
"#;

    #[test]
    fn a_good_file_loads() {
        let connector = load_one(GOOD).unwrap();
        let table = connector.table("things").unwrap();
        assert_eq!(table.columns[1].path, ["info", "name"]);
        assert_eq!(table.reads.len(), 2);
        assert_eq!(table.reads[1].page_size, 100);
    }

    /// A list of bare values, and an object of which only the key is known.
    #[test]
    fn rows_as_a_whole_load() {
        let bare = GOOD.replace("at = \"info.name\"", "at = \".\"");
        let connector = load_one(&bare).unwrap();
        let table = connector.table("things").unwrap();
        assert!(table.columns[1].path.is_empty() && table.has_bare_rows());
        assert_eq!(table.comment(), "A thing.");
        let raw = GOOD
            .replace("key = \"id\"", "key = \"id\"\nshape = \"unconfirmed\"")
            .replace("[columns]", "[columns]\n_raw = \"json\"");
        let connector = load_one(&raw).unwrap();
        let table = connector.table("things").unwrap();
        assert!(table.unconfirmed && table.columns[0].path.is_empty() && !table.has_bare_rows());
        assert!(table.comment().contains("unconfirmed"));
    }

    #[test]
    fn every_problem_is_reported_with_its_line() {
        let cases = [
            ("key = \"id\"", "keyy = \"id\"", 4, "`keyy`"),
            ("id = \"int64\"", "id = \"int\"", 6, "`int`"),
            ("key = \"id\"", "key = \"idd\"", 4, "`idd`"),
            ("column = \"id\"", "column = \"ide\"", 13, "`ide`"),
            (
                "key = \"id\"",
                "key = \"id\"\nshape = \"unconfirmed\"",
                5,
                "_raw = \"json\"",
            ),
            (
                "id = \"int64\"",
                "id = \"int64\"\n_raw = \"text\"",
                7,
                "`_raw`",
            ),
            ("key = \"id\"", "key = \"id\"\nshape = \"odd\"", 5, "`odd`"),
            (
                "items = \"things\"\npages = \"cursor\"",
                "items = \".\"\npages = \"cursor\"",
                17,
                "`items`",
            ),
            ("items = \"things\"", "items = \"a.*\"", 11, "stands alone"),
            ("pages = \"cursor\"", "pages = \"kursor\"", 18, "`kursor`"),
            ("op = \"in\"", "op = \"like\"", 13, "`like`"),
            ("name = \"list\"", "name = \"show_many\"", 15, "twice"),
            ("at = \"info.name\"", "at = \"id\"", 7, "same path"),
            (
                "get = \"/things\"",
                "get = \"/things/{owner}\"",
                16,
                "`owner`",
            ),
        ];
        for (good, bad, line, part) in cases {
            assert!(GOOD.contains(good), "{good}");
            let problems = load_one(&GOOD.replacen(good, bad, 1)).unwrap_err();
            assert!(
                problems
                    .iter()
                    .any(|problem| problem.line == line && problem.message.contains(part)),
                "{bad}: {problems:?}"
            );
        }
    }

    const CHILD: &str = r#"
about = "A name of a thing."
of = "things"
list = "names"
element = "name"
parent.thing_id = "id"
"#;

    fn load_child(text: &str) -> Result<Connector, Vec<Problem>> {
        let things = GOOD.replace(
            "id = \"int64\"",
            "id = \"int64\"\nnames = \"list<text>\"\nrules = \"json\"",
        );
        let files = [
            ("connector.toml", CONNECTOR),
            ("thing_names.toml", text),
            ("things.toml", &things),
        ];
        let files = files.map(|(file, text)| (file.to_owned(), text.to_owned()));
        load("demo", &files, Vec::new())
    }

    #[test]
    fn a_table_over_another_takes_its_types() {
        let connector = load_child(CHILD).unwrap();
        let table = connector.table("thing_names").unwrap();
        let columns = table.columns.iter();
        let columns: Vec<String> = columns
            .map(|column| format!("{} {} {:?}", column.name, column.kind, column.reference))
            .collect();
        assert_eq!(
            columns,
            [
                "thing_id int64 Some(\"things\")",
                "position int64 None",
                "name text None"
            ]
        );
        assert!(table.rows.contains("`names` of each row of things"));
        let rules = CHILD.replace(
            "list = \"names\"\nelement = \"name\"",
            "list = \"rules\"\nsplit.kind = [\"all\", \"any\"]\ncolumns.field = \"text\"",
        );
        let connector = load_child(&rules).unwrap();
        let table = connector.table("thing_names").unwrap();
        let names: Vec<&str> = table.columns.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["thing_id", "kind", "position", "field"]);
    }

    #[test]
    fn problems_of_a_table_over_another_have_their_lines() {
        let cases = [
            ("of = \"things\"", "of = \"thongs\"", 3, "`thongs`"),
            ("of = \"things\"", "of = \"thing_names\"", 3, "another"),
            ("list = \"names\"", "list = \"nomes\"", 4, "`nomes`"),
            ("list = \"names\"", "list = \"rules\"", 5, "objects"),
            ("element = \"name\"", "", 4, "`element`"),
            ("element = \"name\"", "element = \"position\"", 0, "twice"),
            ("element = \"name\"", "columns.x = \"text\"", 5, "`x`"),
            ("thing_id = \"id\"", "thing_id = \"ide\"", 6, "`ide`"),
            ("parent.thing_id = \"id\"", "", 0, "parent"),
            ("element =", "key = \"id\"\nelement =", 5, "`key`"),
            ("element =", "split.kind = [\"a\"]\nelement =", 5, "JSON"),
            ("element =", "split.kind = \"a\"\nelement =", 5, "texts"),
        ];
        for (good, bad, line, part) in cases {
            assert!(CHILD.contains(good), "{good}");
            let problems = load_child(&CHILD.replacen(good, bad, 1)).unwrap_err();
            assert!(
                problems
                    .iter()
                    .any(|problem| problem.line == line && problem.message.contains(part)),
                "{bad}: {problems:?}"
            );
        }
    }

    #[test]
    fn aliases_name_a_table_or_say_what_serves() {
        let aliases = "[aliases]\nStuff = \"things\"\nGone = { none = \"see things\" }\n";
        let load_with = |aliases: &str| {
            let files = [
                ("connector.toml".to_owned(), format!("{CONNECTOR}{aliases}")),
                ("things.toml".to_owned(), GOOD.to_owned()),
            ];
            load("demo", &files, Vec::new())
        };
        let connector = load_with(aliases).unwrap();
        assert_eq!(connector.aliases.len(), 2);
        assert_eq!(
            connector.aliases[1].meant,
            Meant::Nothing("see things".to_owned())
        );
        for (wrong, line, part) in [
            ("Stuff = 1", 6, "`Stuff`"),
            ("Stuff = \"things\"\nst_uff = \"things\"", 7, "twice"),
        ] {
            let problems = load_with(&format!("[aliases]\n{wrong}\n")).unwrap_err();
            assert!(
                problems
                    .iter()
                    .any(|problem| problem.line == line && problem.message.contains(part)),
                "{wrong}: {problems:?}"
            );
        }
    }

    #[test]
    fn several_problems_come_together() {
        let text = GOOD
            .replace("id = \"int64\"", "id = \"int\"")
            .replace("\"cursor\"", "\"kursor\"");
        assert_eq!(load_one(&text).unwrap_err().len(), 2);
    }
}
