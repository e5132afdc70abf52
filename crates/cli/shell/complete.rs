//! What could stand where the cursor is: a pure function of the text and the names.
//!
//! It looks at tokens and not at grammar, because what is being typed is not SQL yet.

use super::names::{Names, Table, fold};
use super::scope::{Named, call, named_tables, with_names};
use super::tokens::{Kind, Token, tokens};
use super::words::{BEGINNINGS, WITHIN, is_keyword, written};

/// What may replace the text from `start` to the cursor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Completion {
    pub(crate) start: usize,
    pub(crate) candidates: Vec<Candidate>,
}

/// A candidate: what is shown of it, and what is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) shown: String,
    pub(crate) text: String,
}

impl Candidate {
    /// A name, which is quoted where it must be.
    fn name(name: &str) -> Self {
        Self {
            shown: name.to_owned(),
            text: written(name),
        }
    }

    fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            shown: text.clone(),
            text,
        }
    }
}

/// The completions at this byte of the text.
pub(crate) fn complete(text: &str, cursor: usize, names: &Names) -> Completion {
    let all = tokens(text);
    let before: Vec<Token<'_>> = all
        .iter()
        .filter(|it| it.end() <= cursor)
        .copied()
        .collect();
    // Within a text, a comment or the middle of a word nothing is offered.
    if all.iter().any(|it| it.start < cursor && cursor < it.end()) {
        return Completion::default();
    }
    let first = statement_start(&before);
    let end = all[first..].iter().position(|it| it.is(";"));
    let statement = &all[first..end.map_or(all.len(), |end| first + end)];
    let mut code: Vec<Token<'_>> = before[first..]
        .iter()
        .filter(|it| it.is_code())
        .copied()
        .collect();
    let touching = before.last().filter(|it| match it.kind {
        Kind::Word => true,
        Kind::Name => it.is_open,
        _ => false,
    });
    if before.last().is_some_and(|it| {
        it.is_open && matches!(it.kind, Kind::Text | Kind::Comment) || it.kind == Kind::Number
    }) {
        return Completion::default();
    }
    let (start, typed) = match touching {
        Some(token) => {
            code.pop();
            (token.start, token.name().unwrap_or_default())
        }
        None => (cursor, String::new()),
    };
    let (path, path_start) = path_before(&mut code);
    if let [first] = code.as_slice()
        && ["SET", "RESET", "SHOW"]
            .iter()
            .any(|word| first.is_word(word))
        && let Some(start) = path_start
    {
        let typed = format!("{}.{typed}", path.join("."));
        return settings(names, &typed, start);
    }
    // The word that is being typed names nothing yet.
    let mut statement = statement.to_vec();
    statement.retain(|it| touching.is_none_or(|touching| touching.start != it.start));
    let place = Place {
        names,
        code: &code,
        tables: named_tables(&statement),
        with: with_names(&statement),
        typed: &typed,
    };
    let mut candidates = match path.as_slice() {
        [] => place.unqualified(),
        path => place.qualified(path),
    };
    keep_fitting(&mut candidates, &typed);
    Completion { start, candidates }
}

/// Where the statement begins that the cursor is in.
fn statement_start(before: &[Token<'_>]) -> usize {
    let last = before.iter().rposition(|token| token.is(";"));
    last.map_or(0, |place| place + 1)
}

/// The settings that begin like this. Their names hold dots.
fn settings(names: &Names, typed: &str, start: usize) -> Completion {
    let mut candidates: Vec<Candidate> = names.settings.iter().map(Candidate::plain).collect();
    keep_fitting(&mut candidates, typed);
    Completion { start, candidates }
}

/// Takes `a.b.` from the end, and gives its names and where they begin.
fn path_before(code: &mut Vec<Token<'_>>) -> (Vec<String>, Option<usize>) {
    let mut path = Vec::new();
    let mut start = None;
    while let [.., name, dot] = code.as_slice()
        && dot.is(".")
        && let Some(text) = name.name()
    {
        start = Some(name.start);
        path.insert(0, text);
        code.truncate(code.len() - 2);
    }
    (path, start)
}

/// Keeps what begins with what has been typed, in any case and with or without underscores; exact beginnings first.
fn keep_fitting(candidates: &mut Vec<Candidate>, typed: &str) {
    let folded = fold(typed);
    candidates.retain(|it| {
        fold(&it.shown).starts_with(&folded)
            && (!typed.starts_with('_') || it.shown.starts_with('_'))
    });
    let exact = |it: &Candidate| it.shown.to_lowercase().starts_with(&typed.to_lowercase());
    if candidates.iter().any(exact) {
        candidates.retain(exact);
    }
    let mut seen = std::collections::HashSet::new();
    candidates.retain(|it| seen.insert(it.shown.clone()));
}

/// Where the cursor is.
struct Place<'a> {
    names: &'a Names,
    /// What stands before it, up to the beginning of the statement.
    code: &'a [Token<'a>],
    tables: Vec<Named>,
    with: Vec<String>,
    typed: &'a str,
}

impl Place<'_> {
    fn last_is(&self, words: &[&str]) -> bool {
        let last = self.code.last();
        last.is_some_and(|last| words.iter().any(|word| last.is_word(word)))
    }

    /// What can follow names and a dot.
    fn qualified(&self, path: &[String]) -> Vec<Candidate> {
        let [rest @ .., last] = path else {
            return Vec::new();
        };
        if self.is_call() {
            return self.procedures_of(last);
        }
        let mut found = Vec::new();
        if rest.is_empty() {
            if let Some(named) = self.named(last) {
                found.extend(self.columns_of(named));
            }
            if self.expects_table() || found.is_empty() {
                if let Some(schema) = self.names.schema(last) {
                    found.extend(schema.tables.iter().map(|it| Candidate::name(&it.name)));
                    found.extend(self.procedures_of(last));
                } else if last.eq_ignore_ascii_case(zuzen_engine::CATALOG) {
                    found.extend(self.schemas());
                }
            }
        } else if let [.., schema] = rest {
            let table = self.names.table(Some(schema), last);
            found.extend(columns(table));
            if schema.eq_ignore_ascii_case(zuzen_engine::CATALOG)
                && let Some(schema) = self.names.schema(last)
            {
                found.extend(schema.tables.iter().map(|it| Candidate::name(&it.name)));
            }
        }
        found
    }

    /// What can stand there without a prefix.
    fn unqualified(&self) -> Vec<Candidate> {
        let Some(first) = self.code.first() else {
            return self.keywords(&BEGINNINGS);
        };
        if first.is_word("SET") || first.is_word("RESET") {
            return match self.code.len() {
                1 => self.names.settings.iter().map(Candidate::plain).collect(),
                _ => Vec::new(),
            };
        }
        if first.is_word("USE") && self.code.len() == 1 {
            return self.schemas();
        }
        if first.is_word("REFRESH") {
            return match self.code.len() {
                1 => self.keywords(&["SCHEMA"]),
                2 => self.connections(),
                _ => Vec::new(),
            };
        }
        if first.is_word("SHOW") && self.code.len() == 1 {
            let mut found =
                self.keywords(&["TABLES", "SCHEMAS", "COLUMNS", "FUNCTIONS", "LIMITS", "ALL"]);
            if !self.typed.is_empty() {
                found.extend(self.names.settings.iter().map(Candidate::plain));
            }
            return found;
        }
        if first.is_word("EXPLAIN")
            && (self.code.len() == 1 || self.last_is(&["ANALYZE", "VERBOSE"]))
        {
            return self.keywords(&["ANALYZE", "VERBOSE", "SELECT", "WITH"]);
        }
        if let Some(parameters) = self.parameters() {
            return parameters;
        }
        if self.is_call() && self.code.len() == 1 {
            let mut found = self.connections();
            let all = self.names.procedures.iter();
            found.extend(all.map(|it| Candidate::plain(&it.name)));
            return found;
        }
        if self.expects_table() {
            return self.all_tables();
        }
        self.expression()
    }

    /// Whether the statement calls a procedure.
    fn is_call(&self) -> bool {
        let first = self.code.first();
        first.is_some_and(|it| {
            ["CALL", "EXECUTE", "EXEC"]
                .iter()
                .any(|word| it.is_word(word))
        })
    }

    /// Whether a table has to stand here.
    fn expects_table(&self) -> bool {
        if self.last_is(&[
            "FROM", "JOIN", "INTO", "UPDATE", "TABLE", "DESCRIBE", "DESC",
        ]) {
            // ORDER BY x DESC is another word of the same letters.
            return !self.last_is(&["DESC"]) || self.code.len() == 1;
        }
        // A comma in FROM, on the same level of parentheses.
        let mut depth = 0;
        let mut is_list = false;
        for token in self.code.iter().rev() {
            match token.text {
                ")" => depth += 1,
                "(" if depth == 0 => return false,
                "(" => depth -= 1,
                "," if depth == 0 => is_list = true,
                _ if depth > 0 => {}
                _ if token.is_word("FROM") => {
                    return is_list && self.code.last().is_some_and(|it| it.is(","));
                }
                // Other keywords end the list of tables.
                _ if is_keyword(token.text)
                    && !["AS", "JOIN", "CROSS"]
                        .iter()
                        .any(|word| token.is_word(word)) =>
                {
                    return false;
                }
                _ => {}
            }
        }
        false
    }

    /// The parameters of the procedure whose arguments are being written, if they are.
    fn parameters(&self) -> Option<Vec<Candidate>> {
        let call = call(self.code)?;
        let default = &self.names.default_schema;
        let connection = call.connection.as_ref().unwrap_or(default);
        let mut found: Vec<_> = self.names.procedures.iter().collect();
        found.retain(|it| it.name.eq_ignore_ascii_case(&call.name));
        let own = found
            .iter()
            .find(|it| it.connection.eq_ignore_ascii_case(connection));
        let procedure = own.or(found.first())?;
        if !call.begins {
            return Some(Vec::new());
        }
        let sign = match call.in_parentheses {
            true => " => ",
            false => " = ",
        };
        let given = |name: &str| self.code.iter().any(|it| it.is_word(name));
        let free = procedure.parameters.iter().filter(|it| !given(it));
        let found = free.map(|it| Candidate {
            shown: it.clone(),
            text: format!("{it}{sign}"),
        });
        Some(found.collect())
    }

    fn procedures_of(&self, connection: &str) -> Vec<Candidate> {
        let all = self.names.procedures.iter();
        let own = all.filter(|it| it.connection.eq_ignore_ascii_case(connection));
        own.map(|it| Candidate::plain(&it.name)).collect()
    }

    fn connections(&self) -> Vec<Candidate> {
        let mut found: Vec<Candidate> = Vec::new();
        for procedure in &self.names.procedures {
            let candidate = Candidate::name(&procedure.connection);
            if !found.contains(&candidate) {
                found.push(candidate);
            }
        }
        found
    }

    fn schemas(&self) -> Vec<Candidate> {
        let all = self.names.schemas.iter();
        all.map(|it| Candidate::name(&it.name)).collect()
    }

    fn all_tables(&self) -> Vec<Candidate> {
        let mut found: Vec<Candidate> = self.with.iter().map(|it| Candidate::name(it)).collect();
        let schema = self.names.schema(&self.names.default_schema);
        let tables = schema.iter().flat_map(|schema| schema.tables.iter());
        found.extend(tables.map(|it| Candidate::name(&it.name)));
        found.extend(self.schemas());
        found
    }

    /// The table that an alias or a name in FROM means.
    fn named(&self, name: &str) -> Option<&Named> {
        let mut all = self.tables.iter();
        all.find(|it| it.known_as().eq_ignore_ascii_case(name))
    }

    fn columns_of(&self, named: &Named) -> Vec<Candidate> {
        columns(self.names.table(named.schema.as_deref(), &named.table))
    }

    /// Columns of the tables in FROM and their names; functions and keywords once something has been typed.
    fn expression(&self) -> Vec<Candidate> {
        let mut found: Vec<Candidate> = Vec::new();
        for named in &self.tables {
            found.extend(self.columns_of(named));
        }
        found.extend(self.tables.iter().map(|it| Candidate::name(it.known_as())));
        if !self.typed.is_empty() || self.tables.is_empty() {
            found.extend(self.keywords(&WITHIN));
            found.extend(self.keywords(&["SELECT"]));
        }
        if !self.typed.is_empty() {
            found.extend(self.names.functions.iter().map(|name| Candidate {
                shown: name.clone(),
                text: format!("{name}("),
            }));
        }
        found
    }

    /// Keywords in the case in which the person writes.
    fn keywords(&self, words: &[&str]) -> Vec<Candidate> {
        let mut typed = self.code.iter().map(|it| it.text).chain([self.typed]);
        let lower = match self.typed.chars().next() {
            Some(letter) => letter.is_lowercase(),
            None => typed
                .next()
                .is_some_and(|word| word.chars().any(char::is_lowercase)),
        };
        let cased = words.iter().map(|word| match lower {
            true => word.to_lowercase(),
            false => (*word).to_owned(),
        });
        cased.map(Candidate::plain).collect()
    }
}

fn columns(table: Option<&Table>) -> Vec<Candidate> {
    let all = table.iter().flat_map(|table| table.columns.iter());
    all.map(|it| Candidate::name(it)).collect()
}

#[cfg(test)]
mod tests;
