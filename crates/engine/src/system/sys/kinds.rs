//! Types as JDBC numbers and names them, with their sizes.

use zuzen_plan::value::Type;

/// A type of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    /// As in `java.sql.Types`.
    pub(super) code: i32,
    pub(super) name: &'static str,
    /// Bytes, or characters of a text.
    pub(super) length: Option<i32>,
    /// Digits of a number, or characters that a day or an instant is written with.
    pub(super) precision: Option<i32>,
    /// Digits behind the point.
    pub(super) scale: Option<i32>,
}

/// What drivers say of a text that nothing bounds.
const UNBOUNDED: i32 = i32::MAX;

pub(super) const BOOLEAN: Kind = Kind {
    code: 16,
    name: "BOOLEAN",
    length: Some(1),
    precision: Some(1),
    scale: None,
};

pub(super) const VARCHAR: Kind = Kind {
    code: 12,
    name: "VARCHAR",
    length: Some(UNBOUNDED),
    precision: Some(UNBOUNDED),
    scale: None,
};

/// The type of a column.
pub(super) fn kind(of: &Type) -> Kind {
    match of {
        Type::Int64 => Kind {
            code: -5,
            name: "BIGINT",
            length: Some(8),
            precision: Some(19),
            scale: Some(0),
        },
        Type::Float64 => Kind {
            code: 8,
            name: "DOUBLE",
            length: Some(8),
            precision: Some(15),
            scale: None,
        },
        Type::Decimal { precision, scale } => Kind {
            code: 3,
            name: "DECIMAL",
            length: Some(i32::from(*precision)),
            precision: Some(i32::from(*precision)),
            scale: Some(i32::from(*scale)),
        },
        Type::Boolean => BOOLEAN,
        // JSON leaves as text.
        Type::Text | Type::Json => VARCHAR,
        Type::Timestamp => Kind {
            code: 93,
            name: "TIMESTAMP",
            length: Some(8),
            precision: Some(26),
            scale: Some(6),
        },
        Type::Date => Kind {
            code: 91,
            name: "DATE",
            length: Some(4),
            precision: Some(10),
            scale: None,
        },
        Type::List(_) => Kind {
            code: 2003,
            name: "ARRAY",
            length: None,
            precision: None,
            scale: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_the_numbers_of_jdbc() {
        for (text, code, name) in [
            ("int64", -5, "BIGINT"),
            ("float64", 8, "DOUBLE"),
            ("decimal(18,6)", 3, "DECIMAL"),
            ("bool", 16, "BOOLEAN"),
            ("text", 12, "VARCHAR"),
            ("json", 12, "VARCHAR"),
            ("timestamp", 93, "TIMESTAMP"),
            ("date", 91, "DATE"),
            ("list<int64>", 2003, "ARRAY"),
        ] {
            let kind = kind(&Type::parse(text).unwrap());
            assert_eq!((kind.code, kind.name), (code, name), "{text}");
        }
        let money = kind(&Type::parse("decimal(18,6)").unwrap());
        assert_eq!((money.precision, money.scale), (Some(18), Some(6)));
    }
}
