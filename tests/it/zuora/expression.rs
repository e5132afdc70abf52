//! Conditions and computed values over the tables of a statement, with literals from the data and from beside it. It refuses
//! to know statements.

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use zuzen_simulator::Kind;

use super::oracle::Truth;
use super::query::{Draw, Source};
use crate::render;

/// A column of a source: what it is called in the statement, and where its values are.
#[derive(Debug, Clone)]
pub(super) struct Cell<'a> {
    pub(super) name: String,
    table: &'a Truth,
    place: usize,
}

impl<'a> Draw<'a> {
    /// Columns of these sources that are of one of these kinds.
    pub(super) fn cells(&self, sources: &[Source<'a>], kinds: &[Kind]) -> Vec<Cell<'a>> {
        let mut cells = Vec::new();
        for source in sources {
            for (place, column) in source.table.columns.iter().enumerate() {
                if kinds.contains(&column.kind) {
                    cells.push(Cell {
                        name: format!("{}.{}", source.alias, column.name),
                        table: source.table,
                        place,
                    });
                }
            }
        }
        cells
    }

    pub(super) fn cell(&mut self, sources: &[Source<'a>], kinds: &[Kind]) -> Option<Cell<'a>> {
        let cells = self.cells(sources, kinds);
        (!cells.is_empty()).then(|| self.random.pick(&cells).clone())
    }

    /// A literal of a column's kind: a value that occurs or, now and then, one next to it.
    pub(super) fn literal(&mut self, cell: &Cell<'a>) -> Option<String> {
        let array = cell.table.rows.column(cell.place);
        let row = (0..20)
            .map(|_| self.random.below(array.len()))
            .find(|row| *row < array.len() && array.is_valid(*row))?;
        let beside = self.random.chance(30);
        let shown = || {
            let one = cell
                .table
                .rows
                .project(&[cell.place])
                .unwrap()
                .slice(row, 1);
            render::rows(&[one])[0][0].clone()
        };
        Some(match cell.table.columns[cell.place].kind {
            Kind::Text => {
                let text = array.as_string::<i32>().value(row);
                let text = match self.random.below(5) {
                    _ if !beside => text.to_owned(),
                    0 => text.to_uppercase(),
                    1 => format!("{text}x"),
                    2 => format!("{text}'"),
                    3 => String::new(),
                    _ => format!("{text} "),
                };
                format!("'{}'", text.replace('\'', "''"))
            }
            Kind::Integer => {
                let number = array.as_primitive::<Int64Type>().value(row);
                (number + i64::from(beside)).to_string()
            }
            Kind::Decimal => {
                let number = shown();
                match self.random.below(4) {
                    0 if beside => format!("{number}1"),
                    1 if beside => number.split('.').next().unwrap().to_owned(),
                    2 if beside => format!("-{}", number.trim_start_matches('-')),
                    _ => number,
                }
            }
            Kind::Boolean => array.as_boolean().value(row).to_string(),
            Kind::Date => format!("DATE '{}'", shown()),
            Kind::Timestamp => {
                let time = shown();
                let second = &time[..19];
                match self.random.below(5) {
                    0 => format!("TIMESTAMP '{second}.001Z'"),
                    1 => format!("TIMESTAMP '{second}.000001Z'"),
                    2 => format!("TIMESTAMP '{}'", &time[..10]),
                    3 => format!("TIMESTAMP '{second}Z'"),
                    _ => format!("TIMESTAMP '{time}'"),
                }
            }
        })
    }

    /// ` WHERE …` with none to three conjuncts.
    pub(super) fn condition(&mut self, sources: &[Source<'a>]) -> String {
        let count = [0, 1, 1, 2, 2, 3][self.random.below(6)];
        let terms: Vec<String> = (0..count).filter_map(|_| self.clause(sources)).collect();
        match terms.as_slice() {
            [] => String::new(),
            terms => format!(" WHERE {}", terms.join(" AND ")),
        }
    }

    pub(super) fn clause(&mut self, sources: &[Source<'a>]) -> Option<String> {
        let one = self.term(sources)?;
        Some(match self.random.below(9) {
            0 => format!("({one} OR {})", self.term(sources)?),
            1 => format!("NOT ({one})"),
            2 => format!(
                "CASE WHEN {one} THEN {} ELSE FALSE END",
                self.term(sources)?
            ),
            3 => format!(
                "({one} OR NOT ({} AND {}))",
                self.term(sources)?,
                self.term(sources)?
            ),
            4 => format!("({one}) IS NOT TRUE"),
            _ => one,
        })
    }

    pub(super) fn term(&mut self, sources: &[Source<'a>]) -> Option<String> {
        const ALL: &[Kind] = &[
            Kind::Text,
            Kind::Text,
            Kind::Integer,
            Kind::Decimal,
            Kind::Boolean,
            Kind::Date,
            Kind::Timestamp,
        ];
        let kind = *self.random.pick(ALL);
        let cell = self.cell(sources, &[kind])?;
        let name = cell.name.clone();
        let null = if self.random.chance(50) {
            "IS NULL"
        } else {
            "IS NOT NULL"
        };
        let Some(value) = self.literal(&cell) else {
            return Some(format!("{name} {null}"));
        };
        if kind == Kind::Boolean {
            return Some(match self.random.below(3) {
                0 => name,
                1 => format!("NOT {name}"),
                _ => format!("{name} = {value}"),
            });
        }
        Some(match self.random.below(14) {
            0..=2 => format!("{name} = {value}"),
            3 => format!("{name} <> {value}"),
            4 | 5 => format!(
                "{name} {} {value}",
                self.random.pick(&["<", "<=", ">", ">="])
            ),
            6 => format!("{name} {null}"),
            7 => {
                let not = if self.random.chance(25) { "NOT " } else { "" };
                format!("{name} {not}BETWEEN {value} AND {}", self.literal(&cell)?)
            }
            8 => format!("{name} IS DISTINCT FROM {value}"),
            9 | 10 if kind == Kind::Text => {
                let text: String = value
                    .trim_matches('\'')
                    .chars()
                    .filter(|c| *c != '\'')
                    .collect();
                let part: String = text.chars().skip(self.random.below(3)).take(3).collect();
                let pattern = match self.random.below(5) {
                    0 => format!("{part}%"),
                    1 => format!("%{part}"),
                    2 => format!("_{part}%"),
                    3 => text,
                    _ => format!("%{part}%"),
                };
                let not = if self.random.chance(20) { "NOT " } else { "" };
                format!("{name} {not}LIKE '{pattern}'")
            }
            9 => match self.expression(sources, kind) {
                Some(expression) => format!("{expression} > {value}"),
                None => format!("{name} > {value}"),
            },
            10 => {
                let other = self.cell(sources, &[kind])?;
                format!(
                    "{name} {} {}",
                    self.random.pick(&["=", "<>", "<", ">="]),
                    other.name
                )
            }
            _ => {
                let count = [1, 2, 3, 12, 40][self.random.below(5)];
                let mut values = vec![value];
                values.extend((0..count).filter_map(|_| self.literal(&cell)));
                let not = if self.random.chance(25) { "NOT " } else { "" };
                format!("{name} {not}IN ({})", values.join(", "))
            }
        })
    }

    /// Something computed, of a kind.
    pub(super) fn expression(&mut self, sources: &[Source<'a>], kind: Kind) -> Option<String> {
        let cell = self.cell(sources, &[kind])?;
        let name = cell.name.clone();
        let other = self.cell(sources, &[kind])?.name;
        Some(match (kind, self.random.below(9)) {
            (_, 0) => format!("coalesce({name}, {other})"),
            (_, 1) => format!("nullif({name}, {})", self.literal(&cell)?),
            (_, 2) => format!(
                "CASE WHEN {} THEN {name} ELSE {other} END",
                self.term(sources)?
            ),
            (Kind::Text, 3) => {
                let (from, most) = (1 + self.random.below(5), self.random.below(7));
                format!("substr({name}, {from}, {most})")
            }
            (Kind::Text, 4) => format!("concat({name}, '/', {other})"),
            (Kind::Text, 5) => format!("{name} || '-' || {other}"),
            (Kind::Integer, 3) => format!("length({})", self.cell(sources, &[Kind::Text])?.name),
            (Kind::Integer, 4) => format!("abs({name} - 5)"),
            (Kind::Integer, 5) => format!("{name} % 3 + {other} / 2"),
            (Kind::Integer, _) => {
                let time = self.cell(sources, &[Kind::Date, Kind::Timestamp])?.name;
                let part = self
                    .random
                    .pick(&["year", "quarter", "month", "week", "day", "doy", "dow"]);
                match self.random.chance(50) {
                    true => format!("date_part('{part}', {time})"),
                    false => format!("extract({part} FROM {time})"),
                }
            }
            (Kind::Decimal, 3) => format!("abs({name})"),
            (Kind::Decimal, 4) => format!("{name} + {other}"),
            (Kind::Decimal, 5) => format!("{name} * 2 - {other}"),
            (Kind::Timestamp, 3 | 4) => {
                let unit = self.random.pick(&[
                    "second", "minute", "hour", "day", "week", "month", "quarter", "year",
                ]);
                format!("date_trunc('{unit}', {name})")
            }
            (Kind::Date, 3) => format!("{name} + INTERVAL '1' MONTH"),
            _ => name,
        })
    }
}
