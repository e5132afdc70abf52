//! The table language: TOML files in a closed vocabulary, read strictly.
//!
//! One file per table, named after it; `connector.toml` holds what all tables of a vendor share. The rules:
//!
//! 1. A read applies when its placeholders and `required` parameters are bound by the statement; among
//!    those that apply the cheapest wins, and file order decides ties.
//! 2. A placeholder whose column has a `ref` may be filled from the referenced table (`fan_out = true`).
//! 3. Everything pushed is re-checked by the engine unless the file claims `exact`.
//! 4. All reads of a table describe the same rows; `drop` names those that an answer may hold besides.
//! 5. `at = "."` is the row itself: the value of a list of bare values (`["a", "b"]`), or a whole object as JSON.
//! 6. `shape = "unconfirmed"`: only keys are known; the column `_raw = "json"` holds the whole object.
//! 7. There are no expressions and no inheritance: what cannot be said becomes a new word in Rust.
//!
//! Reading reports every problem of every file, each with its line; nothing is loaded half.

mod reader;
mod table;

use std::collections::HashMap;
use std::fmt;

use toml::de::DeTable;

use crate::check;
use crate::sign_in::{Body, Vendor};
use crate::table::{Connector, Family, Table};
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

    #[test]
    fn several_problems_come_together() {
        let text = GOOD
            .replace("id = \"int64\"", "id = \"int\"")
            .replace("\"cursor\"", "\"kursor\"");
        assert_eq!(load_one(&text).unwrap_err().len(), 2);
    }
}
