//! DataFusion's messages in our words: a table of what it says, what we say instead, and the next step.
//!
//! In a pattern, `{}` stands for anything; `{1}`, `{2}`, … are what stood there. The first that fits counts. It refuses to show
//! what DataFusion has inside: a message that fits nothing here is cut before it, and literals are written as SQL does.

use crate::error::{Error, Kind};

/// One message.
struct Wording {
    pattern: &'static str,
    kind: Kind,
    /// Empty where DataFusion's words do.
    says: &'static str,
    hint: &'static str,
}

const fn sql(pattern: &'static str, says: &'static str, hint: &'static str) -> Wording {
    Wording {
        pattern,
        kind: Kind::Sql,
        says,
        hint,
    }
}

const fn absent(pattern: &'static str, says: &'static str, hint: &'static str) -> Wording {
    Wording {
        pattern,
        kind: Kind::Unsupported,
        says,
        hint,
    }
}

const TYPES: &str = "DESCRIBE shows the types of a table's columns; CAST(… AS …) changes one";
const ALIAS: &str = "give one of them another name: … AS name";
const SETTINGS: &str = "SHOW ALL lists the settings with their values";
const COUNTS: &str = "select as many columns in each; NULL AS name fills a gap";
const TRANSACTION: &str =
    "there are no transactions: zuzen only reads; run the statements by themselves";
const WINDOW: &str =
    "write QUALIFY instead of WHERE, or compute it in a subquery and filter around it";

const WORDINGS: &[Wording] = &[
    // Names.
    sql(
        "Ambiguous reference to unqualified field {}",
        "`{1}` is a column of several tables here",
        "write the table before it: table.{1}",
    ),
    sql(
        "qualified field name {} and unqualified field name {} which would be ambiguous",
        "two columns would be called `{2}`",
        ALIAS,
    ),
    sql(
        "Schema contains duplicate {} field name {}",
        "two columns would be called `{2}`",
        ALIAS,
    ),
    sql(
        "require unique expression names",
        "two columns of a SELECT have the same name",
        ALIAS,
    ),
    // Groups.
    sql(
        "must be in GROUP BY or an aggregate function: {}column \"{}\" must appear",
        "`{2}` is neither in GROUP BY nor inside an aggregate",
        "add {2} to GROUP BY, or take one of its values with min(…)",
    ),
    sql(
        "HAVING clause references: {} must appear in the GROUP BY",
        "HAVING asks of groups, and `{1}` is neither in GROUP BY nor inside an aggregate",
        "write WHERE instead, or add GROUP BY",
    ),
    sql(
        "Aggregate functions are not allowed in the WHERE clause",
        "WHERE asks of each row and cannot hold an aggregate",
        "write HAVING after GROUP BY, or compare with a subquery: (SELECT max(…) FROM …)",
    ),
    sql(
        "For SELECT DISTINCT, ORDER BY expressions {} must appear in select list",
        "SELECT DISTINCT can be ordered only by what it selects",
        "order by a selected column, by its name or its place: ORDER BY 1",
    ),
    sql(
        "QUALIFY clause requires window functions",
        "QUALIFY wants a window function: … OVER (…)",
        "write WHERE for rows, HAVING for groups",
    ),
    // Subqueries.
    sql(
        "Scalar subquery returned more than one row",
        "a subquery that stands for one value has given several rows",
        "take one with min(…) or LIMIT 1; IN (SELECT …) compares with all",
    ),
    sql(
        "Too many columns! The subquery should only return one column: {}",
        "a subquery that stands for one column has several: {1}",
        "leave one of them in its SELECT",
    ),
    sql(
        "UNION queries have different number of columns",
        "the queries of UNION have different numbers of columns",
        COUNTS,
    ),
    sql(
        "INTERSECT queries have different number of columns",
        "the queries of INTERSECT have different numbers of columns",
        COUNTS,
    ),
    sql(
        "EXCEPT queries have different number of columns",
        "the queries of EXCEPT have different numbers of columns",
        COUNTS,
    ),
    absent(
        "Physical plan does not support logical expression ScalarSubquery",
        "a subquery cannot go by the row around it and have ORDER BY or LIMIT, or compare with it by anything but =",
        "take one value with an aggregate and =: (SELECT first_value(c.x ORDER BY c.y) FROM c WHERE c.key = t.id); or join with a subquery that has QUALIFY row_number() OVER (PARTITION BY key ORDER BY y) = 1",
    ),
    absent(
        "Physical plan does not support logical expression WindowFunction",
        "a window function cannot stand in WHERE, HAVING, ON or GROUP BY",
        WINDOW,
    ),
    absent(
        "Physical plan does not support logical expression InSubquery",
        "IN (SELECT …) cannot stand at this place",
        "put it into WHERE, or join with the subquery",
    ),
    absent(
        "Physical plan does not support logical expression Exists",
        "EXISTS (SELECT …) cannot stand at this place",
        "put it into WHERE, or join with the subquery",
    ),
    // Types.
    sql(
        "coerce List({}) and {} in LIKE expression",
        "LIKE compares texts, and this is a list",
        "array_has(tags, 'x') finds an element; array_to_string(tags, ' ') LIKE '%x%' looks into all",
    ),
    sql(
        "common type to coerce {} and {} in LIKE expression",
        "LIKE compares texts, not {1} with {2}",
        "CAST(… AS VARCHAR) LIKE '…' compares what the value looks like",
    ),
    sql(
        "Cannot infer common argument type for comparison operation List({}) {} Utf8",
        "a list cannot be compared with a text by {2}",
        "array_has(tags, 'x') asks whether the list holds it",
    ),
    sql(
        "Cannot infer common argument type for comparison operation {}",
        "these cannot be compared: {1}",
        TYPES,
    ),
    sql(
        "Cannot create filter with non-boolean predicate '{}' returning {}",
        "a condition is true or false, and `{1}` is {2}",
        "compare it: … = …, or … IS NOT NULL",
    ),
    sql(
        "Substring without for/from is not valid",
        "substr takes a text, the place of the first letter and, perhaps, a length",
        "write substr(text, 1, 5)",
    ),
    sql(
        "satisfy a call to '{}' function: coercion from {} to the signature",
        "{1} does not take ({2})",
        "SHOW FUNCTIONS LIKE '{1}' shows what it takes",
    ),
    sql(
        "Function '{}' requires {}, but received {} (",
        "{1} takes a {2} here, not {3}",
        TYPES,
    ),
    sql(
        "Function '{}' expects {} arguments but received {}",
        "{1} takes {2} arguments, not {3}",
        "SHOW FUNCTIONS LIKE '{1}' shows what it takes",
    ),
    // Settings.
    Wording {
        pattern: "Config value \"{}\" not found on {}",
        kind: Kind::Config,
        says: "there is no setting `{1}`",
        hint: SETTINGS,
    },
    Wording {
        pattern: "could not find config namespace for key \"{}\"",
        kind: Kind::Config,
        says: "there is no setting `{1}`",
        hint: SETTINGS,
    },
    sql(
        "'{}' is not a variable which can be viewed with 'SHOW'",
        "there is no setting `{1}`",
        "SHOW ALL lists the settings; there are SHOW TABLES, COLUMNS FROM table, FUNCTIONS, LIMITS, REQUESTS and JOBS, too",
    ),
    absent(
        "SET variant not implemented yet",
        "this form of SET is not supported",
        "write SET name = value; SHOW ALL lists the settings",
    ),
    // Statements and clauses.
    absent(
        "Unsupported SQL statement: BEGIN",
        "BEGIN is not supported",
        TRANSACTION,
    ),
    absent(
        "Unsupported logical plan: Statement(Transaction",
        "transactions are not supported",
        TRANSACTION,
    ),
    absent(
        "Unsupported ast node Pivot",
        "PIVOT is not supported",
        "write a column for each value: count(*) FILTER (WHERE status = 'open') AS open",
    ),
    absent(
        "Unsupported ast node Unpivot",
        "UNPIVOT is not supported",
        "write a SELECT for each column and join them by UNION ALL",
    ),
];

/// A message of DataFusion's in our words.
pub(crate) fn worded(message: &str) -> Option<Error> {
    WORDINGS.iter().find_map(|wording| {
        let found = captures(wording.pattern, message)?;
        let says = match wording.says {
            "" => shown(message),
            says => filled(says, &found),
        };
        Some(Error::new(wording.kind, says).with_hint(filled(wording.hint, &found)))
    })
}

/// A statement that is read and cannot be done, by its first words: the rest may be long, and no one else's to see.
pub(crate) fn unsupported(message: &str) -> Option<Error> {
    const KNOWN: &str = "zuzen has SELECT, EXPLAIN, DESCRIBE, SHOW, SET, USE, COPY, CREATE and DROP of views and tables, PREPARE, EXECUTE, CALL";
    for (before, words) in [
        ("Unsupported SQL statement: ", 2),
        ("Unsupported logical plan: ", 1),
        ("Unsupported ast node in sqltorel: ", 1),
        ("Unsupported ast node ", 1),
    ] {
        let Some((_, rest)) = message.split_once(before) else {
            continue;
        };
        let name: Vec<&str> = rest
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .take(words)
            .collect();
        let name = name.join(" ");
        let name = match before.ends_with("plan: ") {
            true => apart(&name),
            false => name,
        };
        let message = format!("{name} is not supported");
        return Some(Error::new(Kind::Unsupported, message).with_hint(KNOWN));
    }
    None
}

/// `CreateIndex` as the statement says it: CREATE INDEX.
fn apart(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_uppercase());
    }
    words
}

/// What stands at each `{}` of a pattern, if the message holds it.
fn captures(pattern: &str, message: &str) -> Option<Vec<String>> {
    let mut parts = pattern.split("{}");
    let (_, mut rest) = message.split_once(parts.next()?)?;
    let mut found = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let (held, after) = match part.is_empty() && parts.peek().is_none() {
            true => (rest, ""),
            false => rest.split_once(part)?,
        };
        found.push(shown(held));
        rest = after;
    }
    Some(found)
}

fn filled(template: &str, found: &[String]) -> String {
    let mut text = template.to_owned();
    for (place, held) in found.iter().enumerate() {
        text = text.replace(&format!("{{{}}}", place + 1), held);
    }
    text
}

/// Words without what DataFusion has inside: literals as SQL writes them, nothing from the first inner structure on.
pub(crate) fn shown(message: &str) -> String {
    const INSIDE: [&str; 5] = [
        "ValueWithSpan",
        "Ident {",
        "Span(",
        "Location(",
        "signature:",
    ];
    let text = as_sql(message);
    if !INSIDE.iter().any(|inner| text.contains(inner)) {
        return text;
    }
    let end = text.find(['{', '(', '[']).unwrap_or(text.len());
    let head = text.get(..end).unwrap_or_default();
    head.trim_end_matches([' ', ':', ',']).to_owned()
}

/// `Int64(5)` is 5 and `Utf8("x")` is 'x'.
fn as_sql(text: &str) -> String {
    const LITERALS: [&str; 14] = [
        "LargeUtf8(",
        "Utf8View(",
        "Utf8(",
        "UInt8(",
        "UInt16(",
        "UInt32(",
        "UInt64(",
        "Int8(",
        "Int16(",
        "Int32(",
        "Int64(",
        "Float32(",
        "Float64(",
        "Boolean(",
    ];
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let begins = !written.ends_with(|before: char| before.is_alphanumeric());
        let literal = LITERALS.iter().filter(|_| begins);
        let held = literal
            .filter_map(|name| rest.strip_prefix(name))
            .find_map(|after| match after.strip_prefix('"') {
                Some(quoted) => {
                    let (held, after) = quoted.split_once("\")")?;
                    Some((format!("'{}'", held.replace('\'', "''")), after))
                }
                None => {
                    let (held, after) = after.split_once(')')?;
                    let plain = |letter: char| letter.is_alphanumeric() || "+-.".contains(letter);
                    held.chars().all(plain).then(|| (held.to_owned(), after))
                }
            });
        match held {
            Some((held, after)) => {
                written.push_str(&held);
                rest = after;
            }
            None => {
                written.push(letter);
                rest = rest.get(letter.len_utf8()..).unwrap_or_default();
            }
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_hold_what_stands_there() {
        let found = captures("a '{}' b {}", "x a 'one' b two three");
        assert_eq!(found, Some(vec!["one".to_owned(), "two three".to_owned()]));
        assert_eq!(captures("a {} b", "a c"), None);
        assert_eq!(captures("a", "b a"), Some(Vec::new()));
    }

    #[test]
    fn nothing_inside_is_shown() {
        for (message, expected) in [
            (
                "t.a > Int64(-5) AND b = Utf8(\"x\")",
                "t.a > -5 AND b = 'x'",
            ),
            ("List(Utf8) and Utf8", "List(Utf8) and Utf8"),
            ("Boolean(true) Float64(1.5) Int64(NULL)", "true 1.5 NULL"),
            (
                "Unsupported value: Value(ValueWithSpan { value: 1, span: Span(Location(1,1)) })",
                "Unsupported value: Value",
            ),
        ] {
            assert_eq!(shown(message), expected);
        }
    }

    #[test]
    fn every_wording_has_a_next_step() {
        for wording in WORDINGS {
            assert!(!wording.hint.is_empty(), "{}", wording.pattern);
            let places = wording.pattern.matches("{}").count();
            let filled = filled(wording.says, &vec![String::new(); places]);
            assert!(!filled.contains('{'), "{}", wording.pattern);
        }
    }

    #[test]
    fn statements_go_by_their_first_words() {
        for (message, expected) in [
            (
                "Unsupported SQL statement: ALTER TABLE a ADD b INT",
                "ALTER TABLE is not supported",
            ),
            (
                "Unsupported logical plan: CreateIndex",
                "CREATE INDEX is not supported",
            ),
            (
                "Unsupported ast node Foo { a: Ident { value: 1 } } in create_relation",
                "Foo is not supported",
            ),
        ] {
            assert_eq!(unsupported(message).unwrap().message(), expected);
        }
        assert!(unsupported("else").is_none());
    }
}
