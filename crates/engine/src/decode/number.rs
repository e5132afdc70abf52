//! Numbers from their text: JSON's own form, and the numeric strings that APIs send in its place.
//!
//! Zendesk sends integers and decimals of custom fields both as numbers and as strings. Nothing is
//! rounded on the way: a decimal never passes through a float, and digits that do not fit are refused.

use super::error::Misfit;

/// A 64-bit integer from a JSON number. `5.0` and `5e2` are integers, as JSON does not tell them apart.
pub(super) fn integer(json: &str) -> Result<i64, Misfit> {
    if let Some(number) = digits(json) {
        return Ok(number);
    }
    let number = Number::split(json).ok_or(Misfit::Integer)?;
    match number.scaled(38, 0) {
        Ok(whole) => i64::try_from(whole).map_err(|_| Misfit::IntegerRange),
        Err(Misfit::DecimalPlaces(_)) => Err(Misfit::Integer),
        Err(_) => Err(Misfit::IntegerRange),
    }
}

/// A 64-bit integer from a string: an optional `-` and digits, nothing else.
pub(super) fn integer_text(text: &str) -> Result<i64, Misfit> {
    if let Some(number) = digits(text) {
        return Ok(number);
    }
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Misfit::Integer);
    }
    text.parse().map_err(|_| Misfit::IntegerRange)
}

/// The common case: at most 18 digits, which cannot overflow.
fn digits(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let (negative, unsigned) = match bytes.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, bytes),
    };
    if unsigned.is_empty() || unsigned.len() > 18 {
        return None;
    }
    let mut number = 0_i64;
    for byte in unsigned {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + i64::from(digit);
    }
    Some(if negative { -number } else { number })
}

/// A float from a JSON number or the same form in a string.
pub(super) fn float(text: &str) -> Result<f64, Misfit> {
    // The grammar is checked first: Rust would also read `inf`, `nan` and `+1`.
    Number::split(text).ok_or(Misfit::Float)?;
    let number: f64 = text.parse().map_err(|_| Misfit::Float)?;
    if number.is_finite() {
        Ok(number)
    } else {
        Err(Misfit::FloatRange)
    }
}

/// A float as results of jobs have it: SQL also knows numbers that JSON has only in strings.
pub(super) fn float_or_word(text: &str) -> Result<f64, Misfit> {
    match text {
        "NaN" => Ok(f64::NAN),
        "Infinity" | "+Infinity" => Ok(f64::INFINITY),
        "-Infinity" => Ok(f64::NEG_INFINITY),
        number => float(number),
    }
}

/// The unscaled value of a decimal from a JSON number or the same form in a string.
pub(super) fn decimal(text: &str, precision: u8, scale: u8) -> Result<i128, Misfit> {
    if let Some(unscaled) = short_decimal(text, precision, scale) {
        return Ok(unscaled);
    }
    Number::split(text)
        .ok_or(Misfit::Decimal)?
        .scaled(precision, scale)
}

/// The common case: at most 18 digits without an exponent, of which no more than `scale` after the point.
fn short_decimal(text: &str, precision: u8, scale: u8) -> Option<i128> {
    let bytes = text.as_bytes();
    let (negative, unsigned) = match bytes.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, bytes),
    };
    if unsigned.len() > 19 || !unsigned.first()?.is_ascii_digit() {
        return None;
    }
    let (mut number, mut digits, mut point) = (0_u64, 0_usize, None);
    for byte in unsigned {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            number = number * 10 + u64::from(digit);
            digits += 1;
        } else if *byte == b'.' && point.is_none() {
            point = Some(digits);
        } else {
            return None;
        }
    }
    let places = match point {
        Some(whole) => digits - whole,
        None => 0,
    };
    if digits > 18 || (point.is_some() && places == 0) {
        return None;
    }
    let shift = usize::from(scale).checked_sub(places)?;
    // Both are below 10^19, so their product is far from overflowing.
    let unscaled = i128::from(number) * POWERS.get(shift).filter(|_| shift < 19)?;
    if unscaled >= *POWERS.get(usize::from(precision))? {
        return None;
    }
    Some(if negative { -unscaled } else { unscaled })
}

/// The powers of ten that 128 bits hold.
const POWERS: [i128; 39] = {
    let mut powers = [1; 39];
    let mut power = 1;
    while power < powers.len() {
        powers[power] = powers[power - 1] * 10;
        power += 1;
    }
    powers
};

/// The parts of a decimal number.
struct Number<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    exponent: i64,
}

impl<'a> Number<'a> {
    /// JSON's grammar, but for leading zeros, which numeric strings may have.
    fn split(text: &'a str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
            Some(at) => (&unsigned[..at], power(&unsigned[at + 1..])?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        (!whole.is_empty() && digits(whole) && digits(fraction)).then_some(Self {
            negative,
            whole,
            fraction,
            exponent,
        })
    }

    /// The number times 10^scale, exactly.
    fn scaled(&self, precision: u8, scale: u8) -> Result<i128, Misfit> {
        let too_long = Misfit::DecimalDigits(precision);
        let whole = self.whole.trim_start_matches('0');
        let fraction = self.fraction.trim_end_matches('0');
        let mut mantissa = 0_i128;
        for byte in whole.bytes().chain(fraction.bytes()) {
            mantissa = mantissa
                .checked_mul(10)
                .and_then(|sum| sum.checked_add(i128::from(byte - b'0')))
                .ok_or(too_long)?;
        }
        if mantissa == 0 {
            return Ok(0);
        }
        let places = i64::try_from(fraction.len()).map_err(|_| too_long)?;
        let shift = self
            .exponent
            .saturating_sub(places)
            .saturating_add(i64::from(scale));
        let factor = u32::try_from(shift.unsigned_abs())
            .ok()
            .and_then(|power| 10_i128.checked_pow(power));
        let unscaled = match (shift >= 0, factor) {
            (true, Some(factor)) => mantissa.checked_mul(factor).ok_or(too_long)?,
            (true, None) => return Err(too_long),
            (false, Some(factor)) if mantissa % factor == 0 => mantissa / factor,
            (false, _) => return Err(Misfit::DecimalPlaces(scale)),
        };
        if unscaled >= 10_i128.pow(u32::from(precision.min(38))) {
            return Err(too_long);
        }
        Ok(if self.negative { -unscaled } else { unscaled })
    }
}

/// The exponent after `e`; far larger than any number that fits, it stays only large.
fn power(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse::<i64>().unwrap_or(i64::MAX);
    Some(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        let cases = [
            ("0", Ok(0)),
            ("-0", Ok(0)),
            ("360001234567", Ok(360_001_234_567)),
            ("9223372036854775807", Ok(i64::MAX)),
            ("-9223372036854775808", Ok(i64::MIN)),
            ("9223372036854775808", Err(Misfit::IntegerRange)),
            ("5.0", Ok(5)),
            ("-2.5e1", Ok(-25)),
            ("1e3", Ok(1000)),
            ("1.5", Err(Misfit::Integer)),
            ("1e-1", Err(Misfit::Integer)),
            ("1e300", Err(Misfit::IntegerRange)),
            ("true", Err(Misfit::Integer)),
            ("[1]", Err(Misfit::Integer)),
        ];
        for (text, wanted) in cases {
            assert_eq!(integer(text), wanted, "{text}");
        }
        let strings = [
            ("123", Ok(123)),
            ("-7", Ok(-7)),
            ("007", Ok(7)),
            ("9223372036854775807", Ok(i64::MAX)),
            ("9223372036854775808", Err(Misfit::IntegerRange)),
            ("", Err(Misfit::Integer)),
            ("-", Err(Misfit::Integer)),
            ("+1", Err(Misfit::Integer)),
            (" 1", Err(Misfit::Integer)),
            ("1.0", Err(Misfit::Integer)),
            ("١", Err(Misfit::Integer)),
        ];
        for (text, wanted) in strings {
            assert_eq!(integer_text(text), wanted, "{text}");
        }
    }

    #[test]
    fn decimals_are_exact() {
        let cases = [
            ("0", Ok(0)),
            ("-0.00", Ok(0)),
            ("0.1", Ok(1000)),
            ("12.3400", Ok(123_400)),
            ("-12.34", Ok(-123_400)),
            ("1.5e2", Ok(1_500_000)),
            ("15E-1", Ok(15_000)),
            ("1e-4", Ok(1)),
            (
                "0.10000000000000000000000000000000000000000000000000",
                Ok(1000),
            ),
            (
                "0000000000000000000000000000000000000000000000001.5",
                Ok(15_000),
            ),
            ("123456.7890", Ok(1_234_567_890)),
            ("0e999999999999999999999", Ok(0)),
            ("0.00001", Err(Misfit::DecimalPlaces(4))),
            ("1e-99999999999999999999", Err(Misfit::DecimalPlaces(4))),
            ("1234567", Err(Misfit::DecimalDigits(10))),
            ("1e9999999999999999999999", Err(Misfit::DecimalDigits(10))),
            ("1e30", Err(Misfit::DecimalDigits(10))),
            ("", Err(Misfit::Decimal)),
            (".5", Err(Misfit::Decimal)),
            ("5.", Err(Misfit::Decimal)),
            ("1e", Err(Misfit::Decimal)),
            ("1,5", Err(Misfit::Decimal)),
            ("NaN", Err(Misfit::Decimal)),
        ];
        for (text, wanted) in cases {
            assert_eq!(decimal(text, 10, 4), wanted, "{text}");
        }
        let nines = "9".repeat(38);
        assert_eq!(decimal(&nines, 38, 0), Ok(10_i128.pow(38) - 1));
        assert_eq!(
            decimal(&format!("{nines}0"), 38, 0),
            Err(Misfit::DecimalDigits(38))
        );
    }

    #[test]
    fn short_decimals_are_what_long_ones_are() {
        let texts = [
            "0",
            "-0",
            "7",
            "007",
            "-12.5",
            "12.50",
            "3041.670",
            "999999.9999",
            "1000000",
            "0.0001",
            "0.00010",
            "123456789012345678",
            "1234567890123456789",
            "1.",
            ".1",
            "-",
            "1-2",
            "1.2.3",
            "1E2",
            "-0.50",
        ];
        for text in texts {
            for (precision, scale) in [(10, 4), (38, 9), (18, 0), (38, 38), (22, 9)] {
                let long = Number::split(text)
                    .ok_or(Misfit::Decimal)
                    .and_then(|number| number.scaled(precision, scale));
                let found = decimal(text, precision, scale);
                assert_eq!(found, long, "{text} {precision} {scale}");
            }
        }
        assert_eq!(decimal("3041.670", 18, 6), Ok(3_041_670_000));
    }

    #[test]
    fn words_for_floats() {
        assert!(float_or_word("NaN").unwrap().is_nan());
        let cases = [
            ("Infinity", Ok(f64::INFINITY)),
            ("-Infinity", Ok(f64::NEG_INFINITY)),
            ("1.5E2", Ok(150.0)),
            ("infinity", Err(Misfit::Float)),
            ("1e999", Err(Misfit::FloatRange)),
        ];
        for (text, wanted) in cases {
            assert_eq!(float_or_word(text), wanted, "{text}");
        }
    }

    #[test]
    fn floats() {
        let cases = [
            ("1", Ok(1.0)),
            ("-1.5e3", Ok(-1500.0)),
            ("0.1", Ok(0.1)),
            ("1e999", Err(Misfit::FloatRange)),
            ("inf", Err(Misfit::Float)),
            ("nan", Err(Misfit::Float)),
            ("+1", Err(Misfit::Float)),
            ("", Err(Misfit::Float)),
            ("true", Err(Misfit::Float)),
        ];
        for (text, wanted) in cases {
            assert_eq!(float(text), wanted, "{text}");
        }
    }
}
