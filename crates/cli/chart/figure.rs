//! A chart as data.

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    /// What it shows: `sum of n by status`.
    pub(crate) title: String,
    /// What it leaves out, in words.
    pub(crate) notes: Vec<String>,
    pub(crate) shape: Shape,
}

/// The two ways to draw.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// A bar for each label.
    Bars(Vec<(String, f64)>),
    /// A line through points, by growing x.
    Line {
        points: Vec<(f64, f64)>,
        /// x counts milliseconds since 1970, not what it says.
        is_time: bool,
        x: String,
        y: String,
    },
}

/// A number as people write it: no more places than it needs.
pub(crate) fn number(value: f64) -> String {
    let text = match value.abs() {
        size if size >= 1e15 || (size > 0.0 && size < 1e-4) => return format!("{value:e}"),
        size if size >= 100.0 => format!("{value:.1}"),
        _ => format!("{value:.4}"),
    };
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => &text,
    };
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match part {
        "" => format!("{sign}{grouped}"),
        part => format!("{sign}{grouped}.{part}"),
    }
}

/// A moment on an axis that spans so many milliseconds.
pub(crate) fn moment(milliseconds: f64, span: f64) -> String {
    const DAY: f64 = 86_400_000.0;
    let seconds = (milliseconds / 1_000.0).floor();
    let days = (seconds / 86_400.0).floor();
    let (year, month, day) = civil(days as i64);
    let second = (seconds - days * 86_400.0) as i64;
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    match span {
        span if span >= 600.0 * DAY => format!("{year}-{month:02}"),
        span if span >= 3.0 * DAY => format!("{year}-{month:02}-{day:02}"),
        _ => format!("{month:02}-{day:02} {hour:02}:{minute:02}"),
    }
}

/// The date of a day since 1970, by the calendar that all dates are written in.
pub(super) fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_moments_are_readable() {
        for (value, text) in [
            (0.0, "0"),
            (1_234_567.0, "1,234,567"),
            (-1_234.56, "-1,234.6"),
            (0.25, "0.25"),
            (1e20, "1e20"),
            (99.99999, "100"),
        ] {
            assert_eq!(number(value), text);
        }
        let day = 86_400_000.0;
        for (at, span, text) in [
            (1_795_305_600_000.0, 1_000.0 * day, "2026-11"),
            (1_795_305_600_000.0, 10.0 * day, "2026-11-22"),
            (1_795_305_660_000.0, day, "11-22 00:01"),
            (-day, 10.0 * day, "1969-12-31"),
            (951_782_400_000.0, 10.0 * day, "2000-02-29"),
        ] {
            assert_eq!(moment(at, span), text);
        }
    }
}
