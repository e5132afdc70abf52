//! Which columns a statement may want of its tables, read off its text.

use std::collections::BTreeSet;

use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::Statement as Ast;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use zuzen_plan::table::Table;

use crate::lenient::fold;

/// The names in a statement, and whether it asks for all columns of anything.
#[derive(Debug, Default)]
pub(super) struct Words {
    wide: bool,
    names: BTreeSet<String>,
}

impl Words {
    pub(super) fn of(parsed: &Parsed) -> Self {
        if let Parsed::Explain(explain) = parsed {
            return Self::of(&explain.statement);
        }
        if let Parsed::Statement(ast) = parsed
            && let Ast::ExplainTable { .. } = ast.as_ref()
        {
            return Self::everything();
        }
        let text = parsed.to_string();
        // What cannot be taken apart may ask for anything.
        let Ok(tokens) = Tokenizer::new(&GenericDialect {}, &text).tokenize() else {
            return Self::everything();
        };
        let mut words = Self::default();
        let mut before: Option<&Token> = None;
        let marks = tokens
            .iter()
            .filter(|token| !matches!(token, Token::Whitespace(_)));
        for token in marks {
            match token {
                Token::Word(word) => {
                    words.names.insert(fold(&word.value));
                }
                // Not a product, and not count(*).
                Token::Mul => words.wide |= before.is_some_and(begins_item),
                _ => {}
            }
            before = Some(token);
        }
        words
    }

    fn everything() -> Self {
        Self {
            wide: true,
            ..Self::default()
        }
    }

    /// Whether custom fields of the table are asked for: by `*`, or by a name that is known.
    pub(super) fn want_fields(&self, table: &Table) -> bool {
        let mut custom = table.columns.iter().filter(|column| column.custom);
        self.wide || custom.any(|column| self.names.contains(&fold(&column.name)))
    }
}

/// Whether a `*` behind it stands for columns.
fn begins_item(token: &Token) -> bool {
    match token {
        Token::Comma | Token::Period => true,
        Token::Word(word) => ["select", "distinct", "all", "from"]
            .iter()
            .any(|keyword| word.quote_style.is_none() && word.value.eq_ignore_ascii_case(keyword)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::parser::DFParser;

    use super::*;

    #[test]
    fn stars_and_names_are_found() {
        for (sql, wide, name) in [
            ("SELECT * FROM tickets", true, "tickets"),
            ("SELECT t.*, 1 FROM tickets t", true, "t"),
            ("SELECT DISTINCT * FROM tickets", true, "tickets"),
            ("SELECT count(*) FROM tickets", false, "tickets"),
            (
                "SELECT id * 2, \"Order_Number\" FROM tickets",
                false,
                "ordernumber",
            ),
            ("EXPLAIN SELECT * FROM tickets", true, "tickets"),
            ("DESCRIBE tickets", true, ""),
            ("SELECT '*', id FROM tickets -- *", false, "id"),
        ] {
            let parsed = DFParser::parse_sql(sql).unwrap().pop_front().unwrap();
            let words = Words::of(&parsed);
            assert_eq!(words.wide, wide, "{sql}");
            assert!(
                name.is_empty() || words.names.contains(name),
                "{sql}: {words:?}"
            );
        }
    }
}
