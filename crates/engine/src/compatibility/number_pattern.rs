//! Patterns of numbers, `#,##0.00`, `0.00%`, `0.000E0`, as Java and .NET write them, and .NET's short ones, `N2`, `F2`, `P1`, `D5`.
//!
//! Numbers are texts of digits here, so that amounts with many digits keep every one. Halves are rounded away from zero.
//! There is no language: the point is a point, thousands are parted by commas, and nothing knows a currency.

/// A number as digits: `0.` followed by `digits`, times ten to the `point`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Number {
    negative: bool,
    /// From 0 to 9, without zeros at either end.
    digits: Vec<u8>,
    point: i32,
}

impl Number {
    /// A number as SQL writes it: `-12.50`, `1e21`.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all: String = [whole, fraction].concat();
        let is_number = !all.is_empty() && all.bytes().all(|byte| byte.is_ascii_digit());
        // Beyond this lies no number of SQL, and too many zeros to write.
        if !is_number || exponent.abs() > 400 {
            return None;
        }
        let point = i32::try_from(whole.len()).ok()? + exponent;
        let digits = all.bytes().map(|byte| byte - b'0').collect();
        Some(
            Self {
                negative,
                digits,
                point,
            }
            .trimmed(),
        )
    }

    fn trimmed(mut self) -> Self {
        let zeros = self.digits.iter().take_while(|digit| **digit == 0).count();
        self.digits.drain(..zeros);
        self.point -= i32::try_from(zeros).unwrap_or(0);
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            (self.negative, self.point) = (false, 0);
        }
        self
    }

    /// The number with so many digits behind the point, halves away from zero.
    fn rounded(mut self, decimals: usize) -> Self {
        let kept = i64::from(self.point) + i64::try_from(decimals).unwrap_or(i64::MAX);
        let Ok(kept) = usize::try_from(kept) else {
            self.digits.clear();
            return self.trimmed();
        };
        if kept >= self.digits.len() {
            return self;
        }
        let up = self.digits[kept] >= 5;
        self.digits.truncate(kept);
        if up {
            let nines = self.digits.iter().rev().take_while(|digit| **digit == 9);
            let nines = nines.count();
            self.digits.truncate(kept - nines);
            match self.digits.last_mut() {
                Some(last) => *last += 1,
                None => {
                    self.digits.push(1);
                    self.point += 1;
                }
            }
        }
        self.trimmed()
    }

    /// The digits before the point, at least so many, and those behind it.
    fn parts(&self, least: usize) -> (String, String) {
        let digit = |place: i32| {
            let digit = usize::try_from(place)
                .ok()
                .and_then(|place| self.digits.get(place));
            char::from(b'0' + digit.copied().unwrap_or(0))
        };
        let whole: String = (0..self.point.max(0)).map(digit).collect();
        let end = i32::try_from(self.digits.len()).unwrap_or(i32::MAX);
        let fraction = (self.point.min(end)..end).map(digit).collect();
        (format!("{whole:0>least$}"), fraction)
    }
}

/// A pattern that has been read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Pattern {
    before: String,
    behind: String,
    /// Digits that are always written, before and behind the point.
    least_whole: usize,
    least_fraction: usize,
    most_fraction: usize,
    grouped: bool,
    /// The number times ten to this: 2 for `%`.
    shift: i32,
    /// Digits of an exponent, and whether a plus is written.
    exponent: Option<(usize, bool)>,
}

/// A number, as SQL writes it, as the pattern says.
///
/// # Errors
/// In words, for a text that is no number and a pattern that means nothing.
pub(super) fn written(text: &str, pattern: &str) -> Result<String, String> {
    let number = Number::read(text).ok_or_else(|| format!("`{text}` is no number"))?;
    let (positive, negative) = sections(pattern);
    let own = match negative {
        Some(negative) if number.negative => Some(negative),
        _ => None,
    };
    let read = Pattern::read(own.unwrap_or(positive))?;
    Ok(read.write(number, own.is_none()))
}

/// What is for numbers from zero on, and what is for the others, if that is written apart by `;`.
fn sections(pattern: &str) -> (&str, Option<&str>) {
    let mut quoted = false;
    let parting = pattern.char_indices().find(|(_, letter)| {
        quoted ^= *letter == '\'';
        !quoted && *letter == ';'
    });
    match parting {
        Some((place, _)) => (&pattern[..place], Some(&pattern[place + 1..])),
        None => (pattern, None),
    }
}

impl Pattern {
    fn read(pattern: &str) -> Result<Self, String> {
        if let Some(short) = Self::short(pattern)? {
            return Ok(short);
        }
        let mut read = Self::default();
        let mut letters = pattern.chars().peekable();
        let (mut begun, mut ended, mut fraction) = (false, false, false);
        let wrong = |why: &str| Err(format!("the pattern {pattern} {why}"));
        while let Some(letter) = letters.next() {
            match letter {
                '0' | '#' if ended => return wrong("has digits in two places"),
                '0' | '#' => {
                    begun = true;
                    match (fraction, letter) {
                        (false, '0') => read.least_whole += 1,
                        (false, _) if read.least_whole > 0 => return wrong("has # behind 0"),
                        (false, _) => {}
                        (true, '0') if read.least_fraction < read.most_fraction => {
                            return wrong("has 0 behind # after the point");
                        }
                        (true, '0') => {
                            read.least_fraction += 1;
                            read.most_fraction += 1;
                        }
                        (true, _) => read.most_fraction += 1,
                    }
                }
                ',' if begun && !ended && !fraction => read.grouped = true,
                '.' if !ended && !fraction => (begun, fraction) = (true, true),
                'E' | 'e' if begun && !ended => {
                    let plus = letters.next_if_eq(&'+').is_some();
                    let mut width = 0;
                    while letters.next_if_eq(&'0').is_some() {
                        width += 1;
                    }
                    if width == 0 {
                        return wrong("has an E without zeros behind it");
                    }
                    read.exponent = Some((width, plus));
                    ended = true;
                }
                other => {
                    ended |= begun;
                    let target = if begun {
                        &mut read.behind
                    } else {
                        &mut read.before
                    };
                    match other {
                        '%' => {
                            read.shift = 2;
                            target.push('%');
                        }
                        '\'' if letters.next_if_eq(&'\'').is_some() => target.push('\''),
                        '\'' => {
                            let mut closed = false;
                            while let Some(inner) = letters.next() {
                                closed = inner == '\'' && letters.next_if_eq(&'\'').is_none();
                                if closed {
                                    break;
                                }
                                target.push(inner);
                            }
                            if !closed {
                                return wrong("has a quote that does not end");
                            }
                        }
                        '\\' => target.extend(letters.next()),
                        other => target.push(other),
                    }
                }
            }
        }
        match begun {
            true => Ok(read),
            false => wrong("has no digits: write # or 0 for them"),
        }
    }

    /// .NET's names for some patterns: a letter, and how many digits.
    fn short(pattern: &str) -> Result<Option<Self>, String> {
        let mut letters = pattern.chars();
        let (Some(letter), size) = (letters.next(), letters.as_str()) else {
            return Err("the pattern is empty".to_owned());
        };
        let is_short = letter.is_ascii_alphabetic() && size.len() <= 2;
        if !is_short || !size.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        let size = size.parse::<usize>().ok();
        let fraction = size.unwrap_or(2);
        let plain = Self {
            least_whole: 1,
            least_fraction: fraction,
            most_fraction: fraction,
            ..Self::default()
        };
        Ok(Some(match letter.to_ascii_uppercase() {
            'N' => Self {
                grouped: true,
                ..plain
            },
            'F' => plain,
            'P' => Self {
                grouped: true,
                shift: 2,
                behind: " %".to_owned(),
                ..plain
            },
            'D' => Self {
                least_whole: size.unwrap_or(1).max(1),
                ..Self::default()
            },
            _ => {
                return Err(format!(
                    "the pattern {pattern} depends on a language; write the digits, such as #,##0.00"
                ));
            }
        }))
    }

    fn write(&self, number: Number, signed: bool) -> String {
        let negative = number.negative;
        let mut number = number;
        if !number.digits.is_empty() {
            number.point += self.shift;
        }
        let mut exponent = 0;
        if self.exponent.is_some() && !number.digits.is_empty() {
            let whole = i32::try_from(self.least_whole.max(1)).unwrap_or(1);
            exponent = number.point - whole;
            number.point = whole;
        }
        let mut number = number.rounded(self.most_fraction);
        // Rounding 9.99 up makes a digit more.
        let whole = i32::try_from(self.least_whole.max(1)).unwrap_or(1);
        if self.exponent.is_some() && number.point > whole {
            exponent += number.point - whole;
            number.point = whole;
        }
        let (mut whole, mut fraction) = number.parts(self.least_whole);
        while fraction.len() < self.least_fraction {
            fraction.push('0');
        }
        if whole.is_empty() && fraction.is_empty() {
            whole.push('0');
        }
        if self.grouped {
            whole = grouped(&whole);
        }
        let mut text = String::new();
        if signed && negative && !number.digits.is_empty() {
            text.push('-');
        }
        text.push_str(&self.before);
        text.push_str(&whole);
        if !fraction.is_empty() {
            text.push('.');
            text.push_str(&fraction);
        }
        if let Some((width, plus)) = self.exponent {
            let sign = match (exponent < 0, plus) {
                (true, _) => "-",
                (false, true) => "+",
                (false, false) => "",
            };
            text.push_str(&format!("E{sign}{:0>width$}", exponent.abs()));
        }
        text.push_str(&self.behind);
        text
    }
}

/// Digits with a comma before every third one from the right.
fn grouped(digits: &str) -> String {
    let length = digits.len();
    let mut text = String::with_capacity(length + length / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (length - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn numbers_are_written_as_the_pattern_says() {
        for (number, pattern, text) in [
            ("12.34", "#", "12"),
            ("12.34", "#.###", "12.34"),
            ("12.34", "0.000", "12.340"),
            ("1234", "0.000E0", "1.234E3"),
            ("0.00123", "0.0E+00", "1.2E-03"),
            ("9.996", "0.00E0", "1.00E1"),
            ("0", "0.0E0", "0.0E0"),
            ("1234567.891", "#,##0.00", "1,234,567.89"),
            ("-1234.5", "#,##0.00", "-1,234.50"),
            ("-1234.5", "#,##0.00;(#,##0.00)", "(1,234.50)"),
            ("0.1234", "0.0%", "12.3%"),
            ("5", "000", "005"),
            ("0.25", "#.##", ".25"),
            ("0", "#.##", "0"),
            ("-0.001", "0.00", "0.00"),
            ("2.5", "0", "3"),
            ("-2.5", "0", "-3"),
            ("999.995", "0.00", "1000.00"),
            ("0.05", "0.0", "0.1"),
            ("0.04", "0.0", "0.0"),
            (
                "12345678901234567890.123456789",
                "#,##0.000000000",
                "12,345,678,901,234,567,890.123456789",
            ),
            ("1e21", "0", "1000000000000000000000"),
            ("1.5e-7", "0.00000000", "0.00000015"),
            ("7", "'No. '0", "No. 7"),
            ("7", "0 'o''clock'", "7 o'clock"),
            ("7", "$0.00 each", "$7.00 each"),
            ("1234.5", "N2", "1,234.50"),
            ("1234.5", "n0", "1,235"),
            ("1234.5", "F1", "1234.5"),
            ("0.256", "P0", "26 %"),
            ("42", "D5", "00042"),
        ] {
            assert_eq!(
                written(number, pattern),
                Ok(text.to_owned()),
                "{number} {pattern}"
            );
        }
    }

    #[test]
    fn what_means_nothing_is_told() {
        for (number, pattern, part) in [
            ("twelve", "0", "is no number"),
            ("", "0", "is no number"),
            ("NaN", "0", "is no number"),
            ("1", "", "is empty"),
            ("1", "abc", "has no digits"),
            ("1", "C2", "depends on a language"),
            ("1", "0#", "has # behind 0"),
            ("1", "0.#0", "has 0 behind #"),
            ("1", "0 0", "digits in two places"),
            ("1", "0E", "an E without zeros"),
            ("1", "0 'x", "a quote that does not end"),
        ] {
            let error = written(number, pattern).unwrap_err();
            assert!(error.contains(part), "{number} {pattern}: {error}");
        }
    }
}
