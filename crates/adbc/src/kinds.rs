//! Types of columns as JDBC and ODBC number them.

use arrow::datatypes::{DataType, TimeUnit};

/// A type, for programs that go by the columns of JDBC's metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) name: String,
    /// As in `java.sql.Types`.
    pub(crate) code: Option<i16>,
    /// Digits of a number, or letters that a day or an instant is written with.
    pub(crate) size: Option<i32>,
    /// Digits behind the point.
    pub(crate) scale: Option<i16>,
}

impl Kind {
    /// One that a system table tells.
    pub(crate) fn told(
        name: String,
        code: Option<i32>,
        size: Option<i32>,
        scale: Option<i32>,
    ) -> Self {
        let short = |number: Option<i32>| number.and_then(|number| i16::try_from(number).ok());
        Self {
            name,
            code: short(code),
            // A text that nothing bounds has no size.
            size: size.filter(|size| *size < i32::MAX),
            scale: short(scale),
        }
    }

    fn of(name: &str, code: i16, size: Option<i32>, scale: Option<i16>) -> Self {
        Self {
            name: name.to_owned(),
            code: Some(code),
            size,
            scale,
        }
    }

    /// What numbers count in; none for what is no number.
    pub(crate) fn radix(&self) -> Option<i16> {
        matches!(self.code, Some(-6..=-5 | 2..=8)).then_some(10)
    }

    /// The part of the type that a day or an instant is: `(SQL type, part)` as ODBC has it.
    pub(crate) fn moment(&self) -> Option<(i16, i16)> {
        match self.code {
            Some(91) => Some((9, 1)),
            Some(92) => Some((9, 2)),
            Some(93) => Some((9, 3)),
            _ => None,
        }
    }
}

/// The type of Arrow.
pub(crate) fn kind(of: &DataType) -> Kind {
    match of {
        DataType::Boolean => Kind::of("BOOLEAN", 16, Some(1), None),
        DataType::Int8 | DataType::UInt8 => Kind::of("TINYINT", -6, Some(3), Some(0)),
        DataType::Int16 | DataType::UInt16 => Kind::of("SMALLINT", 5, Some(5), Some(0)),
        DataType::Int32 | DataType::UInt32 => Kind::of("INTEGER", 4, Some(10), Some(0)),
        DataType::Int64 | DataType::UInt64 => Kind::of("BIGINT", -5, Some(19), Some(0)),
        DataType::Float16 | DataType::Float32 => Kind::of("REAL", 7, Some(7), None),
        DataType::Float64 => Kind::of("DOUBLE", 8, Some(15), None),
        DataType::Decimal32(size, scale)
        | DataType::Decimal64(size, scale)
        | DataType::Decimal128(size, scale)
        | DataType::Decimal256(size, scale) => Kind::of(
            "DECIMAL",
            3,
            Some(i32::from(*size)),
            Some(i16::from(*scale)),
        ),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            Kind::of("VARCHAR", 12, None, None)
        }
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
            Kind::of("VARBINARY", -3, None, None)
        }
        DataType::Date32 | DataType::Date64 => Kind::of("DATE", 91, Some(10), None),
        DataType::Time32(_) | DataType::Time64(_) => Kind::of("TIME", 92, Some(15), Some(6)),
        DataType::Timestamp(unit, _) => {
            let scale = match unit {
                TimeUnit::Second => 0,
                TimeUnit::Millisecond => 3,
                TimeUnit::Microsecond => 6,
                TimeUnit::Nanosecond => 9,
            };
            Kind::of("TIMESTAMP", 93, Some(20 + i32::from(scale)), Some(scale))
        }
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => {
            Kind::of("ARRAY", 2003, None, None)
        }
        DataType::Struct(_) => Kind::of("STRUCT", 2002, None, None),
        DataType::Dictionary(_, value) => kind(value),
        other => Kind {
            name: other.to_string(),
            code: None,
            size: None,
            scale: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_the_numbers_of_jdbc() {
        for (arrow, name, code) in [
            (DataType::Int64, "BIGINT", -5),
            (DataType::Utf8View, "VARCHAR", 12),
            (DataType::Decimal128(18, 6), "DECIMAL", 3),
            (
                DataType::Timestamp(TimeUnit::Microsecond, None),
                "TIMESTAMP",
                93,
            ),
            (DataType::new_list(DataType::Utf8, true), "ARRAY", 2003),
        ] {
            let kind = kind(&arrow);
            assert_eq!(
                (kind.name.as_str(), kind.code),
                (name, Some(code)),
                "{arrow}"
            );
        }
    }

    #[test]
    fn numbers_count_in_tens_and_moments_have_parts() {
        assert_eq!(kind(&DataType::Int64).radix(), Some(10));
        assert_eq!(kind(&DataType::Utf8).radix(), None);
        assert_eq!(kind(&DataType::Date32).moment(), Some((9, 1)));
        assert_eq!(kind(&DataType::Boolean).moment(), None);
    }

    #[test]
    fn a_text_that_nothing_bounds_has_no_size() {
        let told = Kind::told("VARCHAR".to_owned(), Some(12), Some(i32::MAX), None);
        assert_eq!(told, kind(&DataType::Utf8));
    }
}
