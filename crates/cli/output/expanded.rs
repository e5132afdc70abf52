//! A line for each column: for rows that are wide, and for values that are long.

use super::cell::{Columns, NULL, width};

/// Names as psql shows them, values as they are; a further line of a value begins under its first.
pub(super) struct Expanded {
    names: Vec<String>,
    widest: usize,
    count: usize,
}

impl Expanded {
    pub(super) fn new(names: Vec<String>) -> Self {
        let widest = names.iter().map(|name| width(name)).max();
        Self {
            names,
            widest: widest.unwrap_or_default(),
            count: 0,
        }
    }

    /// The text of rows, which come as columns.
    pub(super) fn rows(&mut self, columns: &Columns, count: usize) -> String {
        let mut text = String::new();
        for row in 0..count {
            self.count += 1;
            let head = format!("-[ row {} ]", self.count);
            let rule = "-".repeat((self.widest + 3).saturating_sub(head.len()));
            text.push_str(&format!("{head}{rule}\n"));
            for (name, column) in self.names.iter().zip(columns) {
                let cell = column.get(row).and_then(Option::as_deref).unwrap_or(NULL);
                let blanks = " ".repeat(self.widest - width(name));
                let mut lines = cell.split('\n');
                let first = lines.next().unwrap_or_default();
                text.push_str(format!("{name}{blanks} | {first}").trim_end());
                text.push('\n');
                let indent = " ".repeat(self.widest);
                for line in lines {
                    text.push_str(format!("{indent} | {line}").trim_end());
                    text.push('\n');
                }
            }
        }
        text
    }
}
