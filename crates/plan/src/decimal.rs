//! Exact numbers with a fraction.

use std::cmp::Ordering;
use std::fmt;

/// The most digits that a decimal holds, here and in Trino.
const MOST_DIGITS: u32 = 38;

/// An exact number: `unscaled` divided by ten to the power of `scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    unscaled: i128,
    scale: u8,
}

impl Decimal {
    /// The number, or `None` if it has more than 38 digits.
    #[must_use]
    pub fn new(unscaled: i128, scale: u8) -> Option<Self> {
        let fits = unscaled.unsigned_abs() < 10_u128.pow(MOST_DIGITS);
        (fits && u32::from(scale) <= MOST_DIGITS).then_some(Self { unscaled, scale })
    }

    /// Which of the two is larger, whatever their scales are.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        match (self.at(scale), other.at(scale)) {
            (Some(own), Some(theirs)) => own.cmp(&theirs),
            // The one whose digits do not fit at the other's scale is the one further from zero.
            (None, _) => self.unscaled.cmp(&0),
            (_, None) => 0.cmp(&other.unscaled),
        }
    }

    fn at(&self, scale: u8) -> Option<i128> {
        let more = u32::from(scale.checked_sub(self.scale)?);
        self.unscaled.checked_mul(10_i128.checked_pow(more)?)
    }
}

impl fmt::Display for Decimal {
    /// All digits, those after the point as many as the scale says: `-0.50`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = usize::from(self.scale);
        let digits = format!(
            "{:0>width$}",
            self.unscaled.unsigned_abs(),
            width = scale + 1
        );
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let sign = if self.unscaled < 0 { "-" } else { "" };
        write!(out, "{sign}{whole}")?;
        if fraction.is_empty() {
            return Ok(());
        }
        write!(out, ".{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_every_digit() {
        let cases = [
            (1250, 2, "12.50"),
            (-50, 2, "-0.50"),
            (0, 3, "0.000"),
            (7, 0, "7"),
            (-1, 9, "-0.000000001"),
            (
                10_i128.pow(38) - 1,
                38,
                "0.99999999999999999999999999999999999999",
            ),
        ];
        for (unscaled, scale, text) in cases {
            assert_eq!(Decimal::new(unscaled, scale).unwrap().to_string(), text);
        }
        for (unscaled, scale) in [(10_i128.pow(38), 0), (i128::MIN, 0), (1, 39)] {
            assert_eq!(Decimal::new(unscaled, scale), None);
        }
    }

    #[test]
    fn decimals_compare_by_what_they_are_worth() {
        let of = |unscaled, scale| Decimal::new(unscaled, scale).unwrap();
        let most = 10_i128.pow(38) - 1;
        for (one, other, order) in [
            (of(1250, 2), of(125, 1), Ordering::Equal),
            (of(-1250, 2), of(-126, 1), Ordering::Greater),
            (of(most, 0), of(1, 38), Ordering::Greater),
            (of(-most, 0), of(1, 38), Ordering::Less),
            (of(1, 38), of(most, 0), Ordering::Less),
        ] {
            assert_eq!(one.compare(&other), order, "{one} {other}");
            assert_eq!(other.compare(&one), order.reverse(), "{other} {one}");
        }
    }
}
