//! Types: Trino's and Describe's words → [`Type`].
//!
//! Everything is some type: a word that nobody has seen yet is text, never an error, so that a new type of Zuora's
//! costs no table.

use zuzen_plan::value::Type;

/// The type of a Data Query column, from the words of `DESCRIBE` (or of any Trino type).
#[must_use]
pub fn type_of(trino: &str) -> Type {
    let words = trino.trim().to_ascii_lowercase();
    let (name, rest) = match words.split_once('(') {
        Some((name, rest)) => (name.trim_end(), Some(rest)),
        None => (words.as_str(), None),
    };
    match name.split_whitespace().next().unwrap_or_default() {
        "bigint" | "integer" | "int" | "smallint" | "tinyint" => Type::Int64,
        "double" | "real" => Type::Float64,
        "decimal" => decimal(rest),
        "boolean" => Type::Boolean,
        "date" => Type::Date,
        // With a zone or without: Zuora has no timestamps that are not instants.
        "timestamp" => Type::Timestamp,
        "array" | "map" | "row" | "json" => Type::Json,
        _ => Type::Text,
    }
}

/// `rest` is what follows the bracket: `18,6)`.
fn decimal(rest: Option<&str>) -> Type {
    let Some(rest) = rest else {
        // Trino's own meaning of a decimal without digits.
        return Type::Decimal {
            precision: 38,
            scale: 0,
        };
    };
    let digits = rest.split(')').next().unwrap_or_default();
    let (precision, scale) = digits.split_once(',').unwrap_or((digits, "0"));
    match (precision.trim().parse(), scale.trim().parse()) {
        (Ok(precision @ 1..=38), Ok(scale)) if scale <= precision => {
            Type::Decimal { precision, scale }
        }
        _ => Type::Text,
    }
}

/// The type of a field that only Describe knows. It tells no digits of decimals; nine after the point hold every
/// amount and rate seen.
pub(super) fn type_of_field(kind: &str) -> Type {
    match kind.trim().to_ascii_lowercase().as_str() {
        "boolean" => Type::Boolean,
        "integer" | "int" | "long" => Type::Int64,
        "decimal" | "number" => Type::Decimal {
            precision: 38,
            scale: 9,
        },
        "date" => Type::Date,
        "datetime" | "timestamp" => Type::Timestamp,
        _ => Type::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trino_type_is_some_type() {
        let cases = [
            ("bigint", "int64"),
            ("INTEGER", "int64"),
            ("smallint", "int64"),
            ("tinyint", "int64"),
            ("decimal(18,6)", "decimal(18,6)"),
            ("decimal( 22 , 9 )", "decimal(22,9)"),
            ("decimal(10)", "decimal(10,0)"),
            ("decimal", "decimal(38,0)"),
            ("decimal(50,6)", "text"),
            ("decimal(6,18)", "text"),
            ("decimal(a,b)", "text"),
            ("double", "float64"),
            ("real", "float64"),
            ("date", "date"),
            ("timestamp", "timestamp"),
            ("timestamp(3)", "timestamp"),
            ("timestamp with time zone", "timestamp"),
            ("timestamp(3) with time zone", "timestamp"),
            (" Timestamp(6) with time zone ", "timestamp"),
            ("boolean", "bool"),
            ("varchar", "text"),
            ("varchar(255)", "text"),
            ("char(3)", "text"),
            ("array(varchar)", "json"),
            ("map(varchar, bigint)", "json"),
            ("row(a bigint, b varchar)", "json"),
            ("json", "json"),
            ("time", "text"),
            ("interval day to second", "text"),
            ("hyperloglog", "text"),
            ("", "text"),
        ];
        for (trino, wanted) in cases {
            assert_eq!(type_of(trino).to_string(), wanted, "{trino}");
        }
    }

    #[test]
    fn every_described_type_is_some_type() {
        let cases = [
            ("text", "text"),
            ("picklist", "text"),
            ("longtext", "text"),
            ("ZOQL", "text"),
            ("Boolean", "bool"),
            ("integer", "int64"),
            ("decimal", "decimal(38,9)"),
            ("number", "decimal(38,9)"),
            ("date", "date"),
            ("datetime", "timestamp"),
            ("timestamp", "timestamp"),
            ("new", "text"),
        ];
        for (kind, wanted) in cases {
            assert_eq!(type_of_field(kind).to_string(), wanted, "{kind}");
        }
    }
}
