//! The functions that statements may call, by Trino's names and with Trino's meaning, each as a row of a table: what it takes,
//! what it gives, how it is computed. Aggregates and window functions are DataFusion's, but for `avg`.

mod number;
mod text;
mod time;

pub(super) use number::{halves_up, power, rescale};
pub(super) use time::date_of;

use super::cell::Cell;
use super::types::Type;

/// What a call takes, after Trino's own conversions, and what it gives; `None` if there is no such function.
type Resolve = fn(&[Type]) -> Option<(Vec<Type>, Type)>;
/// Computes one value. Unless the function says otherwise no argument is null.
type Apply = fn(&[Cell], &Type) -> Result<Cell, String>;

/// A scalar function.
pub(in crate::zuora::query) struct Definition {
    pub(super) name: &'static str,
    pub(super) resolve: Resolve,
    pub(super) apply: Apply,
}

impl std::fmt::Debug for Definition {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

/// Every scalar function, internal ones included: their names have a dollar sign, which no statement can spell.
pub(super) fn all() -> impl Iterator<Item = &'static Definition> {
    [text::TEXT, number::NUMBER, time::TIME]
        .into_iter()
        .flatten()
}

/// The other functions that may be called.
pub(super) const AGGREGATES: &[&str] =
    &["count", "sum", "avg", "min", "max", "bool_and", "bool_or"];

pub(super) const WINDOWS: &[&str] = &[
    "row_number",
    "rank",
    "dense_rank",
    "lag",
    "lead",
    "first_value",
    "last_value",
    "ntile",
    "percent_rank",
    "cume_dist",
    "nth_value",
];

/// What becomes something else before it is planned.
pub(super) const FORMS: &[&str] = &["if", "coalesce", "nullif"];

/// Whether a statement may call a function of this name, in lower case.
pub(super) fn is_known(name: &str) -> bool {
    !name.contains('$')
        && ([AGGREGATES, WINDOWS, FORMS]
            .iter()
            .any(|names| names.contains(&name))
            || all().any(|definition| definition.name == name))
}

/// All names that may be called, in order.
pub(in crate::zuora::query) fn names() -> Vec<&'static str> {
    let scalar = all().map(|definition| definition.name);
    let others = [AGGREGATES, WINDOWS, FORMS].into_iter().flatten().copied();
    let mut names: Vec<_> = scalar
        .chain(others)
        .filter(|name| !name.contains('$'))
        .collect();
    names.sort_unstable();
    names
}

/// Whether a value of the first type can stand where the second is wanted.
fn fits(given: &Type, wanted: &Type) -> bool {
    given.common(wanted).as_ref() == Some(wanted)
}

/// A function of fixed types.
fn fixed(given: &[Type], wanted: &[Type], result: Type) -> Option<(Vec<Type>, Type)> {
    let matches = given.len() == wanted.len()
        && given
            .iter()
            .zip(wanted)
            .all(|(given, wanted)| fits(given, wanted));
    matches.then(|| (wanted.to_vec(), result))
}

/// Arguments of one common type.
fn alike(given: &[Type]) -> Option<(Vec<Type>, Type)> {
    let (first, rest) = given.split_first()?;
    let common = rest
        .iter()
        .try_fold(first.clone(), |common, next| common.common(next))?;
    Some((vec![common.clone(); given.len()], common))
}

fn broken() -> String {
    "an argument is not of its type".to_owned()
}
