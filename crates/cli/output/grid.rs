//! A table for people, measured as a whole.

use super::cell::{NULL, padded, width};

/// Rows between lines, columns as wide as what is in them.
pub(super) struct Grid {
    names: Vec<String>,
    right: Vec<bool>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    pub(super) fn new(names: Vec<String>, right: Vec<bool>) -> Self {
        Self {
            names,
            right,
            rows: Vec::new(),
        }
    }

    /// Adds rows, which come as columns.
    pub(super) fn add(&mut self, columns: Vec<Vec<Option<String>>>, count: usize) {
        let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
        for _ in 0..count {
            let cells = columns.iter_mut().filter_map(Iterator::next);
            self.rows.push(
                cells
                    .map(|cell| cell.unwrap_or_else(|| NULL.to_owned()))
                    .collect(),
            );
        }
    }

    /// The width of each column: of its name, and of its widest line.
    fn widths(&self, lines: impl Fn(&str) -> usize) -> Vec<usize> {
        let mut widths: Vec<usize> = self.names.iter().map(|name| width(name)).collect();
        for row in &self.rows {
            for (cell, known) in row.iter().zip(&mut widths) {
                *known = lines(cell).max(*known);
            }
        }
        widths
    }

    /// With lines around it, a value of several lines on several lines.
    pub(super) fn boxed(&self) -> String {
        let widths = self.widths(|cell| cell.lines().map(width).max().unwrap_or_default());
        let border = border(&widths);
        let mut text = border.clone();
        text.push_str(&line(&self.names, &widths, &vec![false; widths.len()]));
        text.push_str(&border);
        for row in &self.rows {
            let height = row.iter().map(|cell| cell.lines().count()).max();
            for place in 0..height.unwrap_or_default().max(1) {
                let parts: Vec<String> = row
                    .iter()
                    .map(|cell| cell.lines().nth(place).unwrap_or_default().to_owned())
                    .collect();
                text.push_str(&line(&parts, &widths, &self.right));
            }
        }
        text.push_str(&border);
        text
    }

    /// As a table of Markdown. What would end a cell or begin something else is escaped.
    pub(super) fn markdown(mut self) -> String {
        let escaped = |text: &String| markdown(text);
        self.names = self.names.iter().map(escaped).collect();
        for row in &mut self.rows {
            *row = row.iter().map(escaped).collect();
        }
        let widths: Vec<usize> = self.widths(width).into_iter().map(|it| it.max(3)).collect();
        let mut text = line(&self.names, &widths, &vec![false; widths.len()]);
        for (width, right) in widths.iter().zip(&self.right) {
            let dashes = "-".repeat(width - 1);
            match right {
                true => text.push_str(&format!("| {dashes}: ")),
                false => text.push_str(&format!("| {dashes}- ")),
            }
        }
        text.push_str("|\n");
        for row in &self.rows {
            text.push_str(&line(row, &widths, &self.right));
        }
        text
    }
}

/// `+----+----+`
pub(super) fn border(widths: &[usize]) -> String {
    let parts: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
    format!("+{}+\n", parts.join("+"))
}

/// `| a  |  1 |`
pub(super) fn line(cells: &[String], widths: &[usize], right: &[bool]) -> String {
    let mut text = String::new();
    for ((cell, width), right) in cells.iter().zip(widths).zip(right) {
        text.push_str("| ");
        text.push_str(&padded(cell, *width, *right));
        text.push(' ');
    }
    text.push_str("|\n");
    text
}

fn markdown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => shown.push_str("<br>"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '~' => {
                shown.push('\\');
                shown.push(letter);
            }
            other => shown.push(other),
        }
    }
    shown
}
