//! Values for the parameters of a statement: `?`, `$1`, `?1`, `$name`, `:name` and `@name`.
//!
//! A value takes the place of its placeholder in what the parser has read, as a literal of the very type; so it reaches
//! every part of a statement, filters that are sent to the API and arguments of procedures among them. It refuses to
//! put a value into text, and to show one: a value may be a secret.
//!
//! The placeholders in `PREPARE` belong to the statement that is prepared and wait for `EXECUTE`.

mod literal;
mod outline;
mod places;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use datafusion::common::ScalarValue;
use zuzen_plan::nearest::nearest;

pub use outline::Outline;
pub(crate) use places::rename;

use crate::error::{Error, Kind};
use crate::statement::Statement;
use literal::{elements, literal};
use places::{Mark, Marks, Replacement};

/// The values for the parameters of a statement: in order, by name, or both.
///
/// ```
/// use zuzen_engine::{Engine, Parameters, ScalarValue};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let engine = Engine::builder()
///     .connection("zendesk", "URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=secret")
///     .build()?;
/// let statements = engine.statements("EXPLAIN SELECT subject FROM tickets WHERE id IN (:ids) LIMIT $1")?;
/// let ids = ScalarValue::new_list_nullable(&[ScalarValue::from(7_i64), ScalarValue::from(8_i64)], &arrow::datatypes::DataType::Int64);
/// let values = Parameters::positional([ScalarValue::from(1_i64)]).with("ids", ScalarValue::List(ids));
/// for statement in statements {
///     let plan = engine.run(statement.bind(&values)?).await?.to_string().await?;
///     assert!(plan.contains("GET /api/v2/tickets/show_many?ids=7,8"));
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Parameters {
    positional: Vec<ScalarValue>,
    named: Vec<(String, ScalarValue)>,
}

impl std::fmt::Debug for Parameters {
    /// Values may be secrets: only how many there are and their names are shown.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.named.iter().map(|(name, _)| name.as_str()).collect();
        let count = self.positional.len();
        write!(
            out,
            "Parameters {{ positional: {count}, named: {names:?} }}"
        )
    }
}

impl Parameters {
    /// Values in the order of `?`, or for `$1`, `$2` and so on. A statement that only has named placeholders takes them
    /// in the order in which the names first appear.
    #[must_use]
    pub fn positional(values: impl IntoIterator<Item = ScalarValue>) -> Self {
        Self {
            positional: values.into_iter().collect(),
            named: Vec::new(),
        }
    }

    /// Values by the names of their placeholders, which may be written with `:`, `$` or `@` in front or without.
    #[must_use]
    pub fn named<N: Into<String>>(values: impl IntoIterator<Item = (N, ScalarValue)>) -> Self {
        values
            .into_iter()
            .fold(Self::default(), |all, (name, value)| all.with(name, value))
    }

    /// Adds a value by name, or replaces the one that has it.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: ScalarValue) -> Self {
        let name: String = name.into();
        let name = name.strip_prefix([':', '$', '@']).unwrap_or(&name);
        match self.named.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.named.push((name.to_owned(), value)),
        }
        self
    }

    /// Whether there are no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.positional.is_empty() && self.named.is_empty()
    }

    /// The first value that none of these placeholders takes, by its place or its name.
    #[must_use]
    pub fn unused(&self, placeholders: &[String]) -> Option<String> {
        let taken = self.only(placeholders);
        if taken.positional.len() < self.positional.len() {
            return Some((taken.positional.len() + 1).to_string());
        }
        let mut names = self.named.iter().map(|(name, _)| name);
        names
            .find(|name| !taken.named.iter().any(|(taken, _)| taken == *name))
            .cloned()
    }

    /// Those that a statement with these placeholders takes ([`Statement::placeholders`]), where the statements of a
    /// script share their values. What is missing is missing then, too.
    #[must_use]
    pub fn only(&self, placeholders: &[String]) -> Self {
        let positions = placeholders.iter().filter_map(|name| name.parse().ok());
        let last: usize = positions.max().unwrap_or(0);
        let is_wanted = |name: &str| {
            placeholders.iter().any(|placeholder| {
                match find(&self.named, placeholder) {
                    Ok(found) => found.is_some_and(|(known, _)| known == name),
                    // Which of several is meant is for `bind` to ask.
                    Err(_) => placeholder.to_lowercase() == name.to_lowercase(),
                }
            })
        };
        let named = self.named.iter().filter(|(name, _)| is_wanted(name));
        Self {
            positional: self.positional.iter().take(last).cloned().collect(),
            named: named.cloned().collect(),
        }
    }
}

/// The value of this name: exactly so, else without regard to case.
fn find<'a>(
    named: &'a [(String, ScalarValue)],
    wanted: &str,
) -> Result<Option<&'a (String, ScalarValue)>, Error> {
    if let Some(exact) = named.iter().find(|(name, _)| name == wanted) {
        return Ok(Some(exact));
    }
    let wanted_lower = wanted.to_lowercase();
    let alike: Vec<&(String, ScalarValue)> = named
        .iter()
        .filter(|(name, _)| name.to_lowercase() == wanted_lower)
        .collect();
    match alike.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|(name, _)| format!("`{name}`"))
                .collect();
            let message = format!("the parameter `{wanted}` may be {}", names.join(" or "));
            Err(Error::new(Kind::Sql, message).with_hint("write the name as it is given"))
        }
    }
}

impl Statement {
    /// The parameters that wait for values, each once: positions as `1`, `2`, … (those of `?` are counted from 1), then
    /// names without their sign, in the order in which they first appear.
    #[must_use]
    pub fn placeholders(&self) -> Vec<String> {
        let marks = self.marks();
        let positions: BTreeSet<usize> = marks.positions().collect();
        let positions = positions.iter().map(usize::to_string);
        positions.chain(marks.names()).collect()
    }

    fn marks(&self) -> Marks {
        let mut copy = self.clone();
        copy.parsed_mut().map(places::marks).unwrap_or_default()
    }

    /// The statement with its parameters replaced by values. Columns without a name keep what was written as their
    /// heading, whatever the value; `?` is called `$1`, `$2` and so on there. A list in `IN (…)` stands for its elements.
    ///
    /// # Errors
    /// `Sql` if values are missing or left over, if a name means several, or if `?` and `$1` are mixed; `Unsupported`
    /// for a value of a type that SQL cannot say, such as a map.
    pub fn bind(mut self, values: &Parameters) -> Result<Self, Error> {
        let marks = self.marks();
        marks.refuse_mix()?;
        let chosen = choose(&marks, values)?;
        if chosen.is_empty() {
            return Ok(self);
        }
        let mut replacements: BTreeMap<Mark, Replacement> = BTreeMap::new();
        for (mark, value) in chosen {
            let refused = |error: Error| {
                let message = format!(
                    "the value of the parameter {} {}",
                    mark.shown(),
                    error.message()
                );
                match error.hint() {
                    Some(hint) => Error::new(error.kind(), message).with_hint(hint),
                    None => Error::new(error.kind(), message),
                }
            };
            let replacement = Replacement {
                value: literal(value).map_err(refused)?,
                elements: elements(value).map_err(refused)?,
            };
            replacements.insert(mark.clone(), replacement);
        }
        if let Some(parsed) = self.parsed_mut() {
            if marks.has_bare {
                // Several columns that are `?` would have the same heading.
                rename(parsed)?;
            }
            places::replace(parsed, &marks, &replacements);
        }
        Ok(self)
    }
}

/// The value for each placeholder.
fn choose<'a>(
    marks: &Marks,
    values: &'a Parameters,
) -> Result<BTreeMap<Mark, &'a ScalarValue>, Error> {
    let names: Vec<String> = marks.names().collect();
    let mut needed = marks.positions().max().unwrap_or(0);
    let by_order = needed == 0 && values.named.is_empty() && !values.positional.is_empty();
    if by_order {
        needed = names.len();
    }
    let given = values.positional.len();
    if given != needed {
        return Err(wrong_number(needed, given, &names));
    }
    let mut chosen = BTreeMap::new();
    if by_order {
        let pairs = names.iter().zip(&values.positional);
        chosen.extend(pairs.map(|(name, value)| (Mark::Name(name.clone()), value)));
        return Ok(chosen);
    }
    let positions = (1..).map(Mark::Place).zip(&values.positional);
    chosen.extend(positions);
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for name in &names {
        let Some((known, value)) = find(&values.named, name)? else {
            return Err(missing(name, &values.named));
        };
        used.insert(known);
        chosen.insert(Mark::Name(name.clone()), value);
    }
    match values
        .named
        .iter()
        .find(|(name, _)| !used.contains(name.as_str()))
    {
        Some((unused, _)) => Err(unknown(unused, &names)),
        None => Ok(chosen),
    }
}

fn wrong_number(needed: usize, given: usize, names: &[String]) -> Error {
    let counted = |count: usize, noun: &str| match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    };
    let message = format!(
        "the statement has {} in order, and {} given",
        counted(needed, "parameter"),
        match given {
            1 => "1 value is".to_owned(),
            _ => format!("{given} values are"),
        }
    );
    let hint = match (needed, names) {
        (0, [_, ..]) => format!("give values by name: {}", names.join(", ")),
        (0, []) => "write ? or $1 where a value belongs".to_owned(),
        _ => "give one value for each ?, or for each number up to the highest of $1, $2, …"
            .to_owned(),
    };
    Error::new(Kind::Sql, message).with_hint(hint)
}

fn missing(name: &str, known: &[(String, ScalarValue)]) -> Error {
    let near = nearest(name, known.iter().map(|(name, _)| name.as_str()));
    let hint = match near {
        Some(near) => format!("there is a value for `{near}`"),
        None if known.is_empty() => "give values by name".to_owned(),
        None => {
            let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
            format!("there are values for {}", names.join(", "))
        }
    };
    Error::new(Kind::Sql, format!("the parameter `{name}` has no value")).with_hint(hint)
}

fn unknown(name: &str, names: &[String]) -> Error {
    let near = nearest(name, names.iter().map(String::as_str));
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => format!("write :{name} where its value belongs"),
        None => format!("its parameters: {}", names.join(", ")),
    };
    Error::new(
        Kind::Sql,
        format!("the statement has no parameter `{name}`"),
    )
    .with_hint(hint)
}
