//! Parts of a date as `DATEADD`, `DATEDIFF`, `DATENAME` and `DATEPART` name them: `'yy'`, `'weekday'`, or bare words.

use datafusion::sql::sqlparser::ast::Expr;

use super::definition::{text, text_of};
use crate::error::{Error, Kind};

/// What a part is called, and by which other names.
const PARTS: [(&str, &[&str]); 17] = [
    ("year", &["yy", "yyyy"]),
    ("quarter", &["qq", "q"]),
    ("month", &["mm", "m"]),
    ("doy", &["dayofyear", "dy", "y"]),
    ("day", &["dd", "d"]),
    ("week", &["wk", "ww"]),
    ("weekday", &["dw"]),
    ("hour", &["hh"]),
    ("minute", &["mi", "n"]),
    ("second", &["ss", "s"]),
    ("millisecond", &["ms"]),
    ("microsecond", &["mcs"]),
    ("nanosecond", &["ns"]),
    ("isodow", &["iso_dow"]),
    ("isoyear", &["iso_year"]),
    ("isoweek", &["iso_week", "isowk", "isoww"]),
    ("epoch", &[]),
];

/// The part that an argument names, quoted or not; none if it is neither a text nor a bare word.
///
/// # Errors
/// `Sql` for a name that is no part.
pub(super) fn part_of(argument: &Expr) -> Result<Option<&'static str>, Error> {
    let named = match argument {
        Expr::Identifier(name) if name.quote_style.is_none() => Some(name.value.as_str()),
        other => text_of(other),
    };
    let Some(named) = named else {
        return Ok(None);
    };
    let name = named.to_lowercase();
    // As DataFusion calls it.
    if name == "dow" {
        return Ok(Some("dow"));
    }
    let known = PARTS
        .iter()
        .find(|(part, others)| *part == name || others.contains(&name.as_str()));
    match known {
        Some((part, _)) => Ok(Some(part)),
        None => {
            let names: Vec<&str> = PARTS.iter().map(|(part, _)| *part).collect();
            Err(
                Error::new(Kind::Sql, format!("there is no part of a date `{named}`"))
                    .with_hint(format!("parts are {}", names.join(", "))),
            )
        }
    }
}

/// Makes texts that begin like a date moments, so that they can be reckoned with.
pub(super) fn read_dates(arguments: &mut [Expr]) {
    for argument in arguments {
        let begins_like_a_date = text_of(argument).is_some_and(|text| {
            let year: Vec<char> = text.trim_start().chars().take(5).collect();
            matches!(year.as_slice(), [digits @ .., '-'] if digits.len() == 4 && digits.iter().all(char::is_ascii_digit))
        });
        if begins_like_a_date && let Some(written) = text_of(argument) {
            *argument = moment(text(written));
        }
    }
}

/// `CAST(… AS TIMESTAMP(6))`: the time on the session's clock.
fn moment(value: Expr) -> Expr {
    use datafusion::sql::sqlparser::ast::{CastKind, DataType, TimezoneInfo};
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(value),
        data_type: DataType::Timestamp(Some(6), TimezoneInfo::None),
        array: false,
        format: None,
    }
}
