//! Functions of numbers, and those of values of any kind. Decimals are rounded half up, away from zero.

use super::{Definition, alike, broken, fixed};
use crate::zuora::query::trino::cell::Cell;
use crate::zuora::query::trino::types::Type;

/// Ten to some power, as far as it goes.
pub(in crate::zuora::query::trino) fn power(exponent: u32) -> Result<i128, String> {
    10_i128
        .checked_pow(exponent)
        .ok_or_else(|| "Decimal overflow".to_owned())
}

/// Divides and rounds half up, away from zero.
pub(in crate::zuora::query::trino) fn halves_up(dividend: i128, divisor: i128) -> i128 {
    let (whole, rest) = (dividend / divisor, dividend % divisor);
    let away = if (dividend < 0) == (divisor < 0) {
        1
    } else {
        -1
    };
    if rest.unsigned_abs() >= divisor.unsigned_abs() - rest.unsigned_abs() {
        whole + away
    } else {
        whole
    }
}

/// The same number with other digits behind the point.
pub(in crate::zuora::query::trino) fn rescale(
    digits: i128,
    from: i8,
    to: i8,
) -> Result<i128, String> {
    if to >= from {
        let factor = power((to - from) as u32)?;
        digits
            .checked_mul(factor)
            .ok_or_else(|| "Decimal overflow".to_owned())
    } else {
        Ok(halves_up(digits, power((from - to) as u32)?))
    }
}

fn number(given: &[Type]) -> Option<(Vec<Type>, Type)> {
    match given {
        [kind] if kind.is_number() => Some((given.to_vec(), kind.clone())),
        _ => None,
    }
}

fn double(given: &[Type]) -> Option<(Vec<Type>, Type)> {
    fixed(given, &[Type::Double], Type::Double)
}

/// A decimal without digits behind the point.
fn whole(given: &[Type]) -> Option<(Vec<Type>, Type)> {
    match given {
        [Type::Decimal(precision, scale)] => {
            let left = (*precision as i8 - scale + i8::from(*scale > 0)).clamp(1, 38);
            Some((given.to_vec(), Type::Decimal(left as u8, 0)))
        }
        _ => number(given),
    }
}

fn rounded(given: &[Type]) -> Option<(Vec<Type>, Type)> {
    match given {
        [_] => whole(given),
        [Type::Decimal(precision, scale), Type::Bigint] => {
            let result = Type::Decimal((precision + 1).min(38), *scale);
            Some((given.to_vec(), result))
        }
        [kind @ (Type::Bigint | Type::Double), Type::Bigint] => {
            Some((given.to_vec(), kind.clone()))
        }
        _ => None,
    }
}

fn round(cells: &[Cell], _: &Type) -> Result<Cell, String> {
    let places = match cells.get(1) {
        Some(Cell::Bigint(places)) => Some(*places),
        _ => None,
    };
    Ok(match &cells[0] {
        Cell::Bigint(value) => match places {
            Some(places) if places < 0 => {
                let unit = power(u32::try_from(-places).unwrap_or(u32::MAX))?;
                let value = halves_up(i128::from(*value), unit) * unit;
                Cell::Bigint(i64::try_from(value).map_err(|_| "bigint overflow")?)
            }
            _ => Cell::Bigint(*value),
        },
        Cell::Double(value) => {
            let factor = 10_f64.powi(i32::try_from(places.unwrap_or(0)).unwrap_or(0));
            Cell::Double((value * factor).round() / factor)
        }
        Cell::Decimal(digits, scale) => match places {
            None => Cell::Decimal(rescale(*digits, *scale, 0)?, 0),
            Some(places) if places >= i64::from(*scale) => Cell::Decimal(*digits, *scale),
            Some(places) => {
                let dropped = u32::try_from(i64::from(*scale) - places).unwrap_or(u32::MAX);
                let digits = power(dropped).map_or(0, |unit| halves_up(*digits, unit) * unit);
                Cell::Decimal(digits, *scale)
            }
        },
        _ => return Err(broken()),
    })
}

fn toward(
    cells: &[Cell],
    double: fn(f64) -> f64,
    decimal: fn(i128, i128) -> i128,
) -> Result<Cell, String> {
    Ok(match &cells[0] {
        Cell::Bigint(value) => Cell::Bigint(*value),
        Cell::Double(value) => Cell::Double(double(*value)),
        Cell::Decimal(digits, scale) => Cell::Decimal(decimal(*digits, power(*scale as u32)?), 0),
        _ => return Err(broken()),
    })
}

fn ceiling(cells: &[Cell], _: &Type) -> Result<Cell, String> {
    toward(cells, f64::ceil, |digits, unit| -(-digits).div_euclid(unit))
}

fn remainder(given: &[Type]) -> Option<(Vec<Type>, Type)> {
    let [left, right] = given else { return None };
    match left.common(right)? {
        Type::Decimal(..) => {
            let ((p1, s1), (p2, s2)) = (left.as_decimal()?, right.as_decimal()?);
            let scale = s1.max(s2);
            let precision = ((p1 as i8 - s1).min(p2 as i8 - s2) + scale).clamp(1, 38) as u8;
            let kind = |kind: &Type, (precision, scale)| match kind {
                Type::Bigint => Type::Decimal(precision, scale),
                kind => kind.clone(),
            };
            let wanted = vec![kind(left, (p1, s1)), kind(right, (p2, s2))];
            Some((wanted, Type::Decimal(precision, scale)))
        }
        kind if kind.is_number() => Some((vec![kind.clone(), kind.clone()], kind)),
        _ => None,
    }
}

fn modulo(cells: &[Cell], _: &Type) -> Result<Cell, String> {
    let none = || "Division by zero".to_owned();
    Ok(match (&cells[0], &cells[1]) {
        (Cell::Bigint(_), Cell::Bigint(0)) | (Cell::Decimal(..), Cell::Decimal(0, _)) => {
            return Err(none());
        }
        (Cell::Bigint(left), Cell::Bigint(right)) => Cell::Bigint(left.wrapping_rem(*right)),
        (Cell::Double(left), Cell::Double(right)) => Cell::Double(left % right),
        (Cell::Decimal(left, s1), Cell::Decimal(right, s2)) => {
            let scale = *s1.max(s2);
            Cell::Decimal(
                rescale(*left, *s1, scale)? % rescale(*right, *s2, scale)?,
                scale,
            )
        }
        _ => return Err(broken()),
    })
}

/// The scale of a quotient is the larger of the two; the precision is whatever that needs.
fn quotient(given: &[Type]) -> Option<(Vec<Type>, Type)> {
    let [left, right] = given else { return None };
    match left.common(right)? {
        Type::Decimal(..) => {
            let ((p1, s1), (p2, s2)) = (left.as_decimal()?, right.as_decimal()?);
            let precision = (p1 as i8 + s2 + (s2 - s1).max(0)).clamp(1, 38) as u8;
            let wanted = vec![Type::Decimal(p1, s1), Type::Decimal(p2, s2)];
            Some((wanted, Type::Decimal(precision, s1.max(s2))))
        }
        kind if kind.is_number() => Some((vec![kind.clone(), kind.clone()], kind)),
        _ => None,
    }
}

fn divide(cells: &[Cell], kind: &Type) -> Result<Cell, String> {
    Ok(match (&cells[0], &cells[1]) {
        (Cell::Bigint(_), Cell::Bigint(0)) | (Cell::Decimal(..), Cell::Decimal(0, _)) => {
            return Err("Division by zero".to_owned());
        }
        (Cell::Bigint(left), Cell::Bigint(right)) => {
            Cell::Bigint(left.checked_div(*right).ok_or("bigint division overflow")?)
        }
        (Cell::Double(left), Cell::Double(right)) => Cell::Double(left / right),
        (Cell::Decimal(left, s1), Cell::Decimal(right, s2)) => {
            let Type::Decimal(_, scale) = kind else {
                return Err(broken());
            };
            let factor = power((scale - s1 + s2) as u32)?;
            let left = left.checked_mul(factor).ok_or("Decimal overflow")?;
            Cell::Decimal(halves_up(left, *right), *scale)
        }
        _ => return Err(broken()),
    })
}

/// How values of one type compare.
fn compare(left: &Cell, right: &Cell) -> std::cmp::Ordering {
    use std::cmp::Ordering::Equal;
    match (left, right) {
        (Cell::Boolean(a), Cell::Boolean(b)) => a.cmp(b),
        (Cell::Bigint(a), Cell::Bigint(b)) => a.cmp(b),
        (Cell::Double(a), Cell::Double(b)) => a.partial_cmp(b).unwrap_or(Equal),
        (Cell::Decimal(a, _), Cell::Decimal(b, _)) => a.cmp(b),
        (Cell::Varchar(a), Cell::Varchar(b)) => a.cmp(b),
        (Cell::Date(a), Cell::Date(b)) => a.cmp(b),
        (Cell::Moment(a, _), Cell::Moment(b, _)) => a.cmp(b),
        _ => Equal,
    }
}

fn chosen(cells: &[Cell], wanted: std::cmp::Ordering) -> Result<Cell, String> {
    let mut best = &cells[0];
    for cell in &cells[1..] {
        if compare(cell, best) == wanted {
            best = cell;
        }
    }
    Ok(best.clone())
}

fn powers(given: &[Type]) -> Option<(Vec<Type>, Type)> {
    fixed(given, &[Type::Double, Type::Double], Type::Double)
}

fn raised(cells: &[Cell], _: &Type) -> Result<Cell, String> {
    match cells {
        [Cell::Double(base), Cell::Double(exponent)] => Ok(Cell::Double(base.powf(*exponent))),
        _ => Err(broken()),
    }
}

fn real(cells: &[Cell], function: fn(f64) -> f64) -> Result<Cell, String> {
    match cells {
        [Cell::Double(value)] => Ok(Cell::Double(function(*value))),
        _ => Err(broken()),
    }
}

pub(super) const NUMBER: &[Definition] = &[
    Definition {
        name: "abs",
        resolve: number,
        apply: |cells, _| {
            Ok(match &cells[0] {
                Cell::Bigint(value) => Cell::Bigint(value.checked_abs().ok_or("bigint overflow")?),
                Cell::Double(value) => Cell::Double(value.abs()),
                Cell::Decimal(digits, scale) => Cell::Decimal(digits.abs(), *scale),
                _ => return Err(broken()),
            })
        },
    },
    Definition {
        name: "sign",
        resolve: |given| match given {
            [Type::Decimal(..)] => Some((given.to_vec(), Type::Decimal(1, 0))),
            _ => number(given),
        },
        apply: |cells, _| {
            Ok(match &cells[0] {
                Cell::Bigint(value) => Cell::Bigint(value.signum()),
                Cell::Double(value) if *value == 0.0 => Cell::Double(0.0),
                Cell::Double(value) => Cell::Double(value.signum()),
                Cell::Decimal(digits, _) => Cell::Decimal(digits.signum(), 0),
                _ => return Err(broken()),
            })
        },
    },
    Definition {
        name: "round",
        resolve: rounded,
        apply: round,
    },
    Definition {
        name: "ceil",
        resolve: whole,
        apply: ceiling,
    },
    Definition {
        name: "ceiling",
        resolve: whole,
        apply: ceiling,
    },
    Definition {
        name: "floor",
        resolve: whole,
        apply: |cells, _| toward(cells, f64::floor, i128::div_euclid),
    },
    Definition {
        name: "truncate",
        resolve: whole,
        apply: |cells, _| toward(cells, f64::trunc, |digits, unit| digits / unit),
    },
    Definition {
        name: "mod",
        resolve: remainder,
        apply: modulo,
    },
    Definition {
        name: "$divide",
        resolve: quotient,
        apply: divide,
    },
    Definition {
        name: "power",
        resolve: powers,
        apply: raised,
    },
    Definition {
        name: "pow",
        resolve: powers,
        apply: raised,
    },
    Definition {
        name: "sqrt",
        resolve: double,
        apply: |cells, _| real(cells, f64::sqrt),
    },
    Definition {
        name: "exp",
        resolve: double,
        apply: |cells, _| real(cells, f64::exp),
    },
    Definition {
        name: "ln",
        resolve: double,
        apply: |cells, _| real(cells, f64::ln),
    },
    Definition {
        name: "greatest",
        resolve: alike,
        apply: |cells, _| chosen(cells, std::cmp::Ordering::Greater),
    },
    Definition {
        name: "least",
        resolve: alike,
        apply: |cells, _| chosen(cells, std::cmp::Ordering::Less),
    },
    Definition {
        name: "typeof",
        resolve: |given| match given {
            [_] => Some((given.to_vec(), Type::Varchar)),
            _ => None,
        },
        // The planner knows the answer and puts it in place of the call.
        apply: |_, _| Ok(Cell::Null),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_away_from_zero() {
        for (dividend, divisor, quotient) in [
            (5, 10, 1),
            (-5, 10, -1),
            (4, 10, 0),
            (-4, 10, 0),
            (15, -10, -2),
            (14, 10, 1),
            (1, 3, 0),
            (2, 3, 1),
            (0, 7, 0),
        ] {
            assert_eq!(
                halves_up(dividend, divisor),
                quotient,
                "{dividend} / {divisor}"
            );
        }
    }

    #[test]
    fn quotients_keep_the_larger_scale() {
        let given = [Type::Decimal(18, 6), Type::Decimal(19, 0)];
        let (_, kind) = quotient(&given).unwrap();
        assert_eq!(kind, Type::Decimal(18, 6));
        let cells = [Cell::Decimal(1_000_000, 6), Cell::Decimal(3, 0)];
        assert_eq!(divide(&cells, &kind), Ok(Cell::Decimal(333_333, 6)));
        let (_, kind) = quotient(&[Type::Bigint, Type::Decimal(18, 6)]).unwrap();
        let cells = [Cell::Decimal(2, 0), Cell::Decimal(3_000_000, 6)];
        assert_eq!(divide(&cells, &kind), Ok(Cell::Decimal(666_667, 6)));
        let cells = [Cell::Bigint(-7), Cell::Bigint(2)];
        assert_eq!(divide(&cells, &Type::Bigint), Ok(Cell::Bigint(-3)));
        assert!(divide(&[Cell::Bigint(1), Cell::Bigint(0)], &Type::Bigint).is_err());
    }

    #[test]
    fn rounding_is_by_places() {
        let kind = Type::Decimal(19, 6);
        for (digits, places, rounded) in [
            (2_345_500, Some(3), 2_346_000),
            (2_345_500, Some(9), 2_345_500),
            (-2_345_500, Some(3), -2_346_000),
            (155_000_000, Some(-1), 160_000_000),
            (155_000_000, Some(-40), 0),
        ] {
            let mut cells = vec![Cell::Decimal(digits, 6)];
            cells.extend(places.map(Cell::Bigint));
            assert_eq!(
                round(&cells, &kind),
                Ok(Cell::Decimal(rounded, 6)),
                "{digits} {places:?}"
            );
        }
        assert_eq!(
            round(&[Cell::Decimal(-2_500_000, 6)], &kind),
            Ok(Cell::Decimal(-3, 0))
        );
        assert_eq!(
            ceiling(&[Cell::Decimal(-2_500_000, 6)], &kind),
            Ok(Cell::Decimal(-2, 0))
        );
    }
}
