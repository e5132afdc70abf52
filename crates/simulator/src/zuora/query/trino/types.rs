//! The types of Trino that occur here, which of them go together, and their Arrow forms. It refuses every conversion that Trino
//! does not make by itself. Whole numbers of every width are bigint.

use std::fmt;

use arrow::datatypes::{DataType, TimeUnit};

/// A type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::zuora::query) enum Type {
    /// That of NULL.
    Unknown,
    Boolean,
    Bigint,
    Double,
    Decimal(u8, i8),
    Varchar,
    Date,
    /// Digits of the fraction.
    Timestamp(u8),
    /// Digits of the fraction, and the zone its fields are read in. Trino has a zone in each value; here one is enough.
    Zoned(u8, String),
    Interval,
    Other(String),
}

impl Type {
    pub(in crate::zuora::query) fn of(arrow: &DataType) -> Self {
        match arrow {
            DataType::Null => Self::Unknown,
            DataType::Boolean => Self::Boolean,
            DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32
            | DataType::UInt64 => Self::Bigint,
            DataType::Float32 | DataType::Float64 => Self::Double,
            DataType::Decimal128(precision, scale) => Self::Decimal(*precision, *scale),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Varchar,
            DataType::Date32 => Self::Date,
            DataType::Timestamp(unit, zone) => {
                let digits = match unit {
                    TimeUnit::Second => 0,
                    TimeUnit::Millisecond => 3,
                    TimeUnit::Microsecond => 6,
                    TimeUnit::Nanosecond => 9,
                };
                match zone {
                    Some(zone) => Self::Zoned(digits, zone.to_string()),
                    None => Self::Timestamp(digits),
                }
            }
            DataType::Interval(_) => Self::Interval,
            other => Self::Other(other.to_string()),
        }
    }

    /// `None` for what no value here has.
    pub(in crate::zuora::query) fn arrow(&self) -> Option<DataType> {
        Some(match self {
            Self::Unknown => DataType::Null,
            Self::Boolean => DataType::Boolean,
            Self::Bigint => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Decimal(precision, scale) => DataType::Decimal128(*precision, *scale),
            Self::Varchar => DataType::Utf8,
            Self::Date => DataType::Date32,
            Self::Timestamp(digits) => DataType::Timestamp(unit(*digits), None),
            Self::Zoned(digits, zone) => {
                DataType::Timestamp(unit(*digits), Some(zone.as_str().into()))
            }
            Self::Interval | Self::Other(_) => return None,
        })
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Bigint | Self::Double | Self::Decimal(..))
    }

    pub(super) fn is_moment(&self) -> bool {
        matches!(self, Self::Timestamp(_) | Self::Zoned(..))
    }

    /// What a bigint is where decimals are computed.
    pub(super) fn as_decimal(&self) -> Option<(u8, i8)> {
        match self {
            Self::Bigint => Some((19, 0)),
            Self::Decimal(precision, scale) => Some((*precision, *scale)),
            _ => None,
        }
    }

    /// The type that both can be without asking.
    pub(super) fn common(&self, other: &Self) -> Option<Self> {
        use Type::{Bigint, Date, Decimal, Double, Timestamp, Unknown, Zoned};
        Some(match (self, other) {
            (same, other) if same == other => same.clone(),
            (Unknown, known) | (known, Unknown) => known.clone(),
            (Double, Bigint | Decimal(..)) | (Bigint | Decimal(..), Double) => Double,
            (Bigint | Decimal(..), Bigint | Decimal(..)) => {
                let ((p1, s1), (p2, s2)) = (self.as_decimal()?, other.as_decimal()?);
                let scale = s1.max(s2);
                let whole = (p1 as i8 - s1).max(p2 as i8 - s2);
                Decimal((whole + scale).min(38) as u8, scale)
            }
            (Date, moment @ (Timestamp(_) | Zoned(..)))
            | (moment @ (Timestamp(_) | Zoned(..)), Date) => moment.clone(),
            (Timestamp(a), Timestamp(b)) => Timestamp(finest(*a, *b)),
            (Zoned(a, zone), Timestamp(b) | Zoned(b, _)) | (Timestamp(b), Zoned(a, zone)) => {
                Zoned(finest(*a, *b), zone.clone())
            }
            _ => return None,
        })
    }
}

/// The digits of two moments together. Whatever differs from a column's digits makes Trino convert the column, coarser literals
/// included; the result has more digits than any column, so that this stays visible.
fn finest(one: u8, other: u8) -> u8 {
    if one == other {
        one
    } else {
        one.max(other).max(6)
    }
}

/// The unit that holds so many digits. One or two digits take the one that is too fine, so that nothing mistakes them for three.
pub(super) fn unit(digits: u8) -> TimeUnit {
    match digits {
        0 => TimeUnit::Second,
        3 => TimeUnit::Millisecond,
        1..=6 => TimeUnit::Microsecond,
        _ => TimeUnit::Nanosecond,
    }
}

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => formatter.write_str("unknown"),
            Self::Boolean => formatter.write_str("boolean"),
            Self::Bigint => formatter.write_str("bigint"),
            Self::Double => formatter.write_str("double"),
            Self::Decimal(precision, scale) => write!(formatter, "decimal({precision},{scale})"),
            Self::Varchar => formatter.write_str("varchar"),
            Self::Date => formatter.write_str("date"),
            Self::Timestamp(digits) => write!(formatter, "timestamp({digits})"),
            Self::Zoned(digits, _) => write!(formatter, "timestamp({digits}) with time zone"),
            Self::Interval => formatter.write_str("interval day to second"),
            Self::Other(name) => formatter.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_some_types_go_together() {
        let zoned = |digits| Type::Zoned(digits, "UTC".to_owned());
        for (one, other, common) in [
            (
                Type::Bigint,
                Type::Decimal(18, 6),
                Some(Type::Decimal(25, 6)),
            ),
            (
                Type::Decimal(10, 2),
                Type::Decimal(18, 6),
                Some(Type::Decimal(18, 6)),
            ),
            (Type::Decimal(18, 6), Type::Double, Some(Type::Double)),
            (Type::Unknown, Type::Date, Some(Type::Date)),
            (Type::Date, zoned(3), Some(zoned(3))),
            (zoned(3), zoned(6), Some(zoned(6))),
            (Type::Date, Type::Varchar, None),
            (Type::Bigint, Type::Varchar, None),
            (Type::Boolean, Type::Bigint, None),
            (Type::Date, Type::Bigint, None),
        ] {
            assert_eq!(one.common(&other), common, "{one} and {other}");
            assert_eq!(other.common(&one), common, "{other} and {one}");
        }
    }

    #[test]
    fn types_survive_arrow() {
        for kind in [
            Type::Boolean,
            Type::Bigint,
            Type::Double,
            Type::Decimal(38, 6),
            Type::Varchar,
            Type::Date,
            Type::Timestamp(6),
            Type::Zoned(3, "America/Los_Angeles".to_owned()),
        ] {
            assert_eq!(Type::of(&kind.arrow().unwrap()), kind);
        }
    }
}
