//! Patterns of dates in letters, `yyyy-MM-dd HH:mm:ss`, as Java and .NET write them: dates as text, and text as dates.
//!
//! They know no language but English and no zones: the moment is that of the session's clock.

use std::fmt::Write as _;

use chrono::format::{Parsed, StrftimeItems, parse};
use chrono::{DateTime, NaiveDateTime, NaiveTime};

/// Letters and how often they may stand, with the word of `strftime` that means the same.
const FIELDS: &[(&str, &str)] = &[
    ("yyyy", "%Y"),
    ("yy", "%y"),
    ("y", "%-Y"),
    ("MMMM", "%B"),
    ("MMM", "%b"),
    ("MM", "%m"),
    ("M", "%-m"),
    ("dddd", "%A"),
    ("ddd", "%a"),
    ("dd", "%d"),
    ("d", "%-d"),
    ("EEEE", "%A"),
    ("EEE", "%a"),
    ("EE", "%a"),
    ("E", "%a"),
    ("HH", "%H"),
    ("H", "%-H"),
    ("hh", "%I"),
    ("h", "%-I"),
    ("mm", "%M"),
    ("m", "%-M"),
    ("ss", "%S"),
    ("s", "%-S"),
    ("SSS", "%3f"),
    ("SSSSSS", "%6f"),
    ("fff", "%3f"),
    ("ffffff", "%6f"),
    ("a", "%p"),
    ("tt", "%p"),
];

/// Whether a pattern names parts of a date rather than digits of a number.
pub(super) fn names_a_date(pattern: &str) -> bool {
    let mut quoted = false;
    pattern.chars().any(|letter| {
        quoted ^= letter == '\'';
        !quoted && matches!(letter, 'y' | 'M' | 'd' | 'H' | 'h' | 'm' | 's')
    })
}

/// The pattern in the words of `strftime`; one with `%` is in those already.
///
/// # Errors
/// In words, for letters that mean nothing.
pub(super) fn in_strftime(pattern: &str) -> Result<String, String> {
    if pattern.contains('%') {
        let known = StrftimeItems::new(pattern).parse();
        return match known {
            Ok(_) => Ok(pattern.to_owned()),
            Err(_) => Err(format!("the pattern {pattern} cannot be read")),
        };
    }
    let mut words = String::with_capacity(pattern.len() * 2);
    let (mut rest, mut fields) = (pattern, 0);
    while let Some(letter) = rest.chars().next() {
        if letter == '\'' {
            let (literal, behind) = quoted(rest)
                .ok_or_else(|| format!("the pattern {pattern} has a quote that does not end"))?;
            words.push_str(&literal);
            rest = behind;
            continue;
        }
        let run = rest.len() - rest.trim_start_matches(letter).len();
        let (run, behind) = rest.split_at(run);
        rest = behind;
        // .NET takes a T between date and time as it is.
        if !letter.is_ascii_alphabetic() || run == "T" {
            words.push_str(run);
            continue;
        }
        let known = FIELDS.iter().find(|(field, _)| *field == run);
        let (_, word) = known
            .ok_or_else(|| format!("`{run}` in the pattern {pattern} is no part of a date"))?;
        words.push_str(word);
        fields += 1;
    }
    match fields {
        0 => Err(format!("the pattern {pattern} names no part of a date")),
        _ => Ok(words),
    }
}

/// The text in quotes that a pattern begins with, and what is behind it; `''` is a quote.
fn quoted(from: &str) -> Option<(String, &str)> {
    let inner = from.strip_prefix('\'')?;
    if let Some(behind) = inner.strip_prefix('\'') {
        return Some(("'".to_owned(), behind));
    }
    let mut literal = String::new();
    let mut rest = inner;
    loop {
        let (text, behind) = rest.split_once('\'')?;
        literal.push_str(text);
        match behind.strip_prefix('\'') {
            Some(more) => {
                literal.push('\'');
                rest = more;
            }
            None => return Some((literal, behind)),
        }
    }
}

/// A moment, in microseconds since 1970, as text.
///
/// # Errors
/// In words, for a pattern that means nothing and a moment beyond the calendar.
pub(super) fn written(micros: i64, pattern: &str) -> Result<String, String> {
    let moment = DateTime::from_timestamp_micros(micros)
        .ok_or("the date is beyond the calendar")?
        .naive_utc();
    let words = in_strftime(pattern)?;
    let mut text = String::new();
    write!(text, "{}", moment.format(&words))
        .map_err(|_| format!("the pattern {pattern} cannot be written without a zone"))?;
    Ok(text)
}

/// A text as the moment it names, in microseconds since 1970; midnight and the first day where it names none.
///
/// # Errors
/// In words, for a pattern that means nothing and a text that is not written so.
pub(super) fn read(text: &str, pattern: &str) -> Result<i64, String> {
    let words = in_strftime(pattern)?;
    let misfit = || format!("`{text}` is not written as {pattern}");
    let mut parsed = Parsed::new();
    parse(&mut parsed, text.trim(), StrftimeItems::new(&words)).map_err(|_| misfit())?;
    if parsed.day().is_none() && parsed.month().is_some() {
        parsed.set_day(1).map_err(|_| misfit())?;
    }
    let date = parsed.to_naive_date().map_err(|_| misfit())?;
    let has_clock = parsed.hour_mod_12().is_some() || parsed.minute().is_some();
    let time = match has_clock {
        true => parsed.to_naive_time().or_else(|_| {
            // An hour alone is a full one.
            parsed.set_minute(0).map_err(|_| misfit())?;
            parsed.to_naive_time().map_err(|_| misfit())
        })?,
        false => NaiveTime::MIN,
    };
    Ok(NaiveDateTime::new(date, time).and_utc().timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::{names_a_date, read, written};

    /// 2019-03-05 14:07:09.123456, a Tuesday.
    const MOMENT: i64 = 1_551_794_829_123_456;

    #[test]
    fn moments_are_written_as_the_pattern_says() {
        for (pattern, text) in [
            ("yyyy-MM-dd", "2019-03-05"),
            ("d.M.yy", "5.3.19"),
            ("dddd, d MMMM yyyy", "Tuesday, 5 March 2019"),
            ("EEE MMM dd", "Tue Mar 05"),
            ("yyyy-MM-ddTHH:mm:ss.fff", "2019-03-05T14:07:09.123"),
            ("h:mm a", "2:07 PM"),
            ("hh:mm:ss tt", "02:07:09 PM"),
            ("HH 'o''clock'", "14 o'clock"),
            ("%d/%m/%Y", "05/03/2019"),
        ] {
            assert_eq!(written(MOMENT, pattern), Ok(text.to_owned()), "{pattern}");
        }
        for (pattern, part) in [
            ("yyyy-QQ", "`QQ`"),
            ("0.00", "names no part"),
            ("", "names no part"),
            ("yyyy 'x", "does not end"),
            ("%Q", "cannot be read"),
            ("%z", "without a zone"),
        ] {
            let error = written(MOMENT, pattern).unwrap_err();
            assert!(error.contains(part), "{pattern}: {error}");
        }
    }

    #[test]
    fn texts_are_read_as_the_pattern_says() {
        let day = written(MOMENT, "yyyy-MM-dd").unwrap();
        for (text, pattern, shown) in [
            ("20190305", "yyyyMMdd", "2019-03-05 00:00:00"),
            ("05*03*2019", "dd*MM*yyyy", "2019-03-05 00:00:00"),
            ("5.3.19", "d.M.yy", "2019-03-05 00:00:00"),
            ("2019-03", "yyyy-MM", "2019-03-01 00:00:00"),
            (
                "March 5, 2019 2:07 PM",
                "MMMM d, yyyy h:mm a",
                "2019-03-05 14:07:00",
            ),
            ("2019-03-05 14", "yyyy-MM-dd HH", "2019-03-05 14:00:00"),
            ("05.03.2019", "%d.%m.%Y", "2019-03-05 00:00:00"),
        ] {
            let found = read(text, pattern).and_then(|it| written(it, "yyyy-MM-dd HH:mm:ss"));
            assert_eq!(found, Ok(shown.to_owned()), "{text} {pattern}");
        }
        for (text, pattern) in [
            (day.as_str(), "dd.MM.yyyy"),
            ("30.02.2019", "dd.MM.yyyy"),
            ("14:07", "HH:mm"),
            ("2019-03-05 2:07", "yyyy-MM-dd h:mm"),
            ("2019-03-05 and more", "yyyy-MM-dd"),
            ("", "yyyy"),
        ] {
            let error = read(text, pattern).unwrap_err();
            assert!(error.contains("is not written as"), "{text}: {error}");
        }
    }

    #[test]
    fn letters_tell_dates_from_numbers() {
        for (pattern, is_date) in [
            ("yyyy", true),
            ("#,##0.00", false),
            ("0 'days'", false),
            ("0.000E0", false),
            ("N2", false),
        ] {
            assert_eq!(names_a_date(pattern), is_date, "{pattern}");
        }
    }
}
