//! The pages that people read, run: every command of the README and of `docs/` in a shell, every block of SQL in an engine, over
//! simulated accounts of both vendors. What stands for a reader's own values (`acme`, `…`, `NAME`) is replaced by those of
//! the simulated accounts; nothing else is. `docs/sql-compatibility.md` is held to its results, too, by `guide`.

mod account;
mod commands;
mod computer;
mod statements;
mod troubles;
mod typed;

use std::path::{Path, PathBuf};

/// References that tests write and compare: nothing in them is to be run.
const REFERENCES: [&str; 3] = ["tables.md", "zuora-tables.md", "properties.md"];

/// A fenced block of a page.
#[derive(Debug)]
struct Block {
    /// The page's file name.
    page: String,
    /// The line that its first line stands in, from 1.
    line: usize,
    /// The word behind the fence, such as `sh` or `sql`.
    language: String,
    text: String,
}

impl Block {
    /// Where it is, for messages.
    fn place(&self) -> String {
        format!("{}:{}", self.page, self.line)
    }
}

/// The pages, by name.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_dir(root.join("docs")).unwrap();
    let mut pages: Vec<PathBuf> = docs.map(|entry| entry.unwrap().path()).collect();
    pages.retain(|page| {
        let name = page.file_name().unwrap().to_string_lossy();
        name.ends_with(".md") && !REFERENCES.contains(&name.as_ref())
    });
    pages.sort();
    pages.insert(0, root.join("README.md"));
    pages
}

/// The blocks in this language, in the order of reading.
fn blocks(language: &str) -> Vec<Block> {
    let mut found = Vec::new();
    for path in pages() {
        let page = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut open: Option<Block> = None;
        for (index, line) in text.lines().enumerate() {
            match (&mut open, line.trim_start().strip_prefix("```")) {
                (None, Some(language)) => {
                    open = Some(Block {
                        page: page.clone(),
                        line: index + 2,
                        language: language.to_owned(),
                        text: String::new(),
                    });
                }
                (Some(_), Some(_)) => found.extend(open.take()),
                (Some(block), None) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{page}: a block has no end");
    }
    found.retain(|block| block.language == language);
    found
}

#[test]
fn every_block_says_what_it_is() {
    let known = ["sh", "sql", "text", "toml", "rust", "python", "c", "zuzen"];
    for path in pages() {
        let text = std::fs::read_to_string(&path).unwrap();
        let fences = text
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("```"));
        for language in fences.step_by(2) {
            assert!(
                known.contains(&language),
                "{}: ```{language}",
                path.display()
            );
        }
    }
}
