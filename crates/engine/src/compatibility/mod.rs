//! The SQL of people who come from other drivers: CData's date literals, `TOP n`, `[names]`, `GETDELETED` and functions
//! that DataFusion lacks or means otherwise. `docs/sql-compatibility.md` is the guide.
//!
//! Three steps: [`respell`] says in the text what the parser cannot read, [`translate`] turns what it has read into what
//! the planner knows, and [`functions`] are the few that nothing else can say. It refuses to give a known name of
//! DataFusion's another meaning, except for those that `docs/sql-compatibility.md` names.

mod brackets;
mod date_pattern;
mod dates;
mod definition;
mod deleted;
mod format;
mod headings;
mod json;
mod like;
mod literals;
mod native;
mod number_pattern;
mod numbers;
mod parts;
mod path;
mod ranges;
#[cfg(test)]
mod tests;
mod texts;
mod top;
mod walk;
mod with_deleted;
mod xml;

use std::sync::Arc;

use datafusion::logical_expr::ScalarUDF;

pub(crate) use brackets::respell;
pub(crate) use definition::call;
pub(crate) use headings::number;
pub(crate) use ranges::WEEK_DAYS;
pub(crate) use walk::{Session, translate};

/// What statements of other drivers call besides DataFusion's functions: a name, and how a call is written.
pub(crate) fn names() -> Vec<(String, Option<String>)> {
    /// What only translated statements call.
    const INSIDE: [&str; 8] = [
        "soundex_difference",
        "hexadecimal",
        "interval_of",
        "clock_difference",
        "moment_from_parts",
        "time_from_parts",
        ranges::FIRST_DAY,
        ranges::DAY_AFTER,
    ];
    let defined = [texts::DEFINITIONS, dates::DEFINITIONS, numbers::DEFINITIONS]
        .into_iter()
        .flatten();
    let defined = defined.filter(|known| known.is_there());
    let defined = defined.map(|known| (known.name.to_owned(), known.example()));
    let registered = functions().into_iter();
    let registered = registered.map(|function| (function.name().to_owned(), None));
    let mut names: Vec<_> = defined.chain(registered).collect();
    names.retain(|(name, _)| !INSIDE.contains(&name.as_str()));
    names.sort();
    names.dedup_by(|later, first| later.0 == first.0);
    names
}

/// The functions that translated statements call and DataFusion does not have.
pub(crate) fn functions() -> Vec<Arc<ScalarUDF>> {
    let natives = [
        texts::NATIVES,
        numbers::NATIVES,
        dates::NATIVES,
        format::NATIVES,
        xml::NATIVES,
    ];
    let natives = natives.into_iter().flatten();
    let natives = natives.map(|native| ScalarUDF::from(native::Function::new(native)));
    let others = ranges::functions().into_iter().chain(json::functions());
    natives.chain(others).map(Arc::new).collect()
}
