//! One cell of a row and what kind it is. It refuses to be text already: how a number or a time is written belongs to the
//! service that sends it.

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Nothing, which is not the empty text.
    Null,
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// `units / 10^scale`, exactly.
    Decimal {
        /// The digits, without the point.
        units: i64,
        /// How many of them are behind the point.
        scale: u8,
    },
    /// Yes or no.
    Boolean(bool),
    /// Days since 1970-01-01.
    Date(i32),
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Timestamp(i64),
}

/// What the cells of a column are, unless they are null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text of any length.
    Text,
    /// A 64-bit number.
    Integer,
    /// At most 18 digits, 6 of them behind the point.
    Decimal,
    /// Yes or no.
    Boolean,
    /// A day.
    Date,
    /// A moment, to the millisecond.
    Timestamp,
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(super) fn cents(cents: i64) -> Self {
        Self::Decimal {
            units: cents,
            scale: 2,
        }
    }

    pub(super) fn thousandths(units: i64) -> Self {
        Self::Decimal { units, scale: 3 }
    }

    pub(super) fn maybe<T: Into<Self>>(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }

    /// The kind of this cell; null has none.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Null => None,
            Self::Text(_) => Some(Kind::Text),
            Self::Integer(_) => Some(Kind::Integer),
            Self::Decimal { .. } => Some(Kind::Decimal),
            Self::Boolean(_) => Some(Kind::Boolean),
            Self::Date(_) => Some(Kind::Date),
            Self::Timestamp(_) => Some(Kind::Timestamp),
        }
    }

    /// A decimal in millionths, the scale of every decimal column; `None` for anything else.
    #[must_use]
    pub fn millionths(&self) -> Option<i128> {
        match self {
            Self::Decimal { units, scale } => {
                let missing = 6_u32.checked_sub(u32::from(*scale))?;
                Some(i128::from(*units) * 10_i128.pow(missing))
            }
            _ => None,
        }
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Integer(i64::from(value))
    }
}
