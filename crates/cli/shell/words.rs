//! Words of SQL that the prompt colours and completes.

/// Keywords that begin statements.
pub(crate) const BEGINNINGS: [&str; 16] = [
    "CALL",
    "COPY",
    "CREATE",
    "DEALLOCATE",
    "DESCRIBE",
    "DROP",
    "EXECUTE",
    "EXPLAIN",
    "PREPARE",
    "REFRESH",
    "RESET",
    "SELECT",
    "SET",
    "SHOW",
    "USE",
    "WITH",
];

/// Keywords within statements.
pub(crate) const WITHIN: [&str; 87] = [
    "ALL",
    "ANALYZE",
    "AND",
    "ANY",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "COLUMNS",
    "CROSS",
    "CURRENT",
    "DATE",
    "DESC",
    "DISTINCT",
    "ELSE",
    "END",
    "ESCAPE",
    "EXCEPT",
    "EXISTS",
    "EXTRACT",
    "FALSE",
    "FILTER",
    "FIRST",
    "FOLLOWING",
    "FOR",
    "FROM",
    "FULL",
    "FUNCTIONS",
    "GROUP",
    "GROUPING",
    "HAVING",
    "ILIKE",
    "IN",
    "INNER",
    "INTERSECT",
    "INTERVAL",
    "INTO",
    "IS",
    "JOIN",
    "LAST",
    "LATERAL",
    "LEFT",
    "LIKE",
    "LIMIT",
    "LIMITS",
    "NATURAL",
    "NOT",
    "NULL",
    "NULLS",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "PRECEDING",
    "QUALIFY",
    "RANGE",
    "RECURSIVE",
    "REPLACE",
    "RIGHT",
    "ROLLUP",
    "ROW",
    "ROWS",
    "SCHEMA",
    "SCHEMAS",
    "SETS",
    "SIMILAR",
    "SOME",
    "STORED",
    "TABLE",
    "TABLES",
    "THEN",
    "TIMESTAMP",
    "TO",
    "TRUE",
    "UNBOUNDED",
    "UNION",
    "UNNEST",
    "USING",
    "VALUES",
    "VIEW",
    "WHEN",
    "WHERE",
];

/// Keywords that no name can be without quotes, where a name is expected.
const RESERVED: [&str; 24] = [
    "ALL", "AND", "AS", "BETWEEN", "CASE", "CROSS", "DISTINCT", "ELSE", "END", "FROM", "GROUP",
    "HAVING", "IN", "JOIN", "LIMIT", "NOT", "NULL", "ON", "OR", "ORDER", "SELECT", "UNION",
    "WHERE", "WITH",
];

/// All keywords.
pub(crate) fn keywords() -> impl Iterator<Item = &'static str> {
    BEGINNINGS.into_iter().chain(WITHIN)
}

/// Whether the word is a keyword, in any case.
pub(crate) fn is_keyword(word: &str) -> bool {
    keywords().any(|keyword| keyword.eq_ignore_ascii_case(word))
        || word.eq_ignore_ascii_case("EXEC")
}

/// The name as it is written in SQL: between quotes where it would be read as another.
pub(crate) fn written(name: &str) -> String {
    let mut letters = name.chars();
    let begins = |letter: char| letter.is_ascii_lowercase() || letter == '_';
    let is_plain = letters.next().is_some_and(begins)
        && letters.all(|letter| begins(letter) || letter.is_ascii_digit());
    let is_reserved = RESERVED.iter().any(|word| word.eq_ignore_ascii_case(name));
    match is_plain && !is_reserved {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_they_must_be() {
        for (name, text) in [
            ("tickets", "tickets"),
            ("_raw", "_raw"),
            ("order", "\"order\""),
            ("Rate Plan", "\"Rate Plan\""),
            ("a\"b", "\"a\"\"b\""),
            ("2nd", "\"2nd\""),
            ("案件", "\"案件\""),
        ] {
            assert_eq!(written(name), text);
        }
        assert!(is_keyword("select") && is_keyword("Where") && !is_keyword("tickets"));
        let all: Vec<&str> = keywords().collect();
        let mut once = all.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), all.len(), "a keyword stands twice");
    }
}
