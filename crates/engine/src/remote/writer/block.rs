//! A SELECT statement under construction.

use super::header;

/// A column of a block.
#[derive(Debug, Clone)]
pub(super) struct Said {
    /// How the block's clauses write it.
    pub(super) text: String,
    /// Expressions may use it. One of a type that Trino compares or counts differently can only be handed on.
    pub(super) plain: bool,
}

impl Said {
    pub(super) fn plain(text: String) -> Self {
        Self { text, plain: true }
    }
}

/// One SELECT with its clauses.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// What stands behind FROM.
    pub(super) from: String,
    /// The output, in the order of the plan's schema.
    pub(super) columns: Vec<Said>,
    /// FROM is a join, which needs brackets as a part of another.
    pub(super) joined: bool,
    /// WHERE, all together.
    pub(super) conditions: Vec<String>,
    /// GROUP BY; an empty list makes one group of all rows.
    pub(super) groups: Option<Vec<String>>,
    /// HAVING, all together.
    pub(super) having: Vec<String>,
    /// A column is a window function.
    pub(super) windowed: bool,
    /// ORDER BY.
    pub(super) order: Vec<String>,
    /// OFFSET.
    pub(super) offset: u64,
    /// LIMIT.
    pub(super) limit: Option<u64>,
}

impl Block {
    pub(super) fn of(from: String, columns: Vec<Said>) -> Self {
        Self {
            from,
            columns,
            joined: false,
            conditions: Vec::new(),
            groups: None,
            having: Vec::new(),
            windowed: false,
            order: Vec::new(),
            offset: 0,
            limit: None,
        }
    }

    /// Only FROM and WHERE are there yet.
    pub(super) fn is_open(&self) -> bool {
        self.groups.is_none() && !self.windowed && !self.is_cut()
    }

    /// It has an order or a limit, so that its rows are settled.
    pub(super) fn is_cut(&self) -> bool {
        !self.order.is_empty() || self.limit.is_some() || self.offset > 0
    }

    /// The statement.
    pub(super) fn render(&self) -> String {
        let list: Vec<String> = self
            .columns
            .iter()
            .enumerate()
            .map(|(place, column)| format!("{} AS \"{}\"", column.text, header(place)))
            .collect();
        let list = if list.is_empty() {
            format!("1 AS \"{}\"", header(0))
        } else {
            list.join(", ")
        };
        format!("SELECT {list}{}", self.body())
    }

    /// Whether it has a row.
    pub(super) fn existence(&self) -> String {
        format!("EXISTS (SELECT 1{})", self.body())
    }

    /// All clauses but the list of columns.
    fn body(&self) -> String {
        let mut text = format!(" FROM {}", self.from);
        let mut clause = |word: &str, parts: &[String], joint: &str| {
            if !parts.is_empty() {
                text.push_str(word);
                text.push_str(&parts.join(joint));
            }
        };
        clause(" WHERE ", &self.conditions, " AND ");
        clause(
            " GROUP BY ",
            self.groups.as_deref().unwrap_or_default(),
            ", ",
        );
        clause(" HAVING ", &self.having, " AND ");
        clause(" ORDER BY ", &self.order, ", ");
        if self.offset > 0 {
            text.push_str(&format!(" OFFSET {}", self.offset));
        }
        if let Some(limit) = self.limit {
            text.push_str(&format!(" LIMIT {limit}"));
        }
        text
    }

    /// The block as a derived table of a new one.
    pub(super) fn wrapped(self, alias: &str) -> Self {
        let columns = self.columns.iter().enumerate();
        let columns = columns
            .map(|(place, column)| Said {
                text: format!("\"{alias}\".\"{}\"", header(place)),
                plain: column.plain,
            })
            .collect();
        Self::of(format!("({}) AS \"{alias}\"", self.render()), columns)
    }
}
