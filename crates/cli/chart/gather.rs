//! Rows → a chart.

use std::collections::HashMap;
use std::str::FromStr;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use zuzen_engine::files::Zone;
use zuzen_engine::{Error, Kind};

use super::figure::{Figure, Shape, number};
use super::periods::{hour, periods};
use crate::output::cell::{NULL, texts, visible};

/// Values that are gathered; beyond them a chart would not show more.
const MOST: usize = 100_000;
/// Bars that are drawn.
const BARS: usize = 25;
/// Ranges of a histogram.
const RANGES: usize = 20;

/// What was asked for: `\chart bar status n`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wish {
    kind: Option<Drawn>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Drawn {
    Bar,
    Line,
    Hist,
}

const EXAMPLES: &str = "\\chart bar status n, \\chart line day tickets, \\chart hist seconds";

impl FromStr for Wish {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut words = text.split_whitespace();
        let kind = match words.next().map(str::to_lowercase).as_deref() {
            None => None,
            Some("bar") => Some(Drawn::Bar),
            Some("line") => Some(Drawn::Line),
            Some("hist") => Some(Drawn::Hist),
            Some(other) => {
                let reason = format!("there is no chart `{}`", visible(other));
                return Err(Error::new(Kind::Sql, reason).with_hint(EXAMPLES));
            }
        };
        let (x, y) = (words.next(), words.next());
        if words.next().is_some() || (kind == Some(Drawn::Hist) && y.is_some()) {
            let reason = "a chart takes a kind and two columns at most; a histogram takes one";
            return Err(Error::new(Kind::Sql, reason).with_hint(EXAMPLES));
        }
        Ok(Self {
            kind,
            x: x.map(str::to_owned),
            y: y.map(str::to_owned),
        })
    }
}

/// What a chart is made of, as rows arrive.
#[derive(Debug)]
pub(crate) struct Gathered {
    plan: Plan,
    zone: Zone,
    rows: usize,
    /// Rows beyond what is gathered.
    beyond: usize,
    /// Rows without a value to draw.
    missing: usize,
    bars: HashMap<String, (usize, f64, u32)>,
    points: Vec<(f64, f64)>,
}

/// Which columns, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Plan {
    /// Without a column of numbers, rows are counted.
    Bar {
        x: usize,
        y: Option<usize>,
    },
    /// Without x, rows are numbered.
    Line {
        x: Option<usize>,
        y: usize,
        is_time: bool,
    },
    Hist {
        x: usize,
    },
    /// A histogram of moments.
    Periods {
        x: usize,
    },
}

impl Gathered {
    /// A chart over rows of this schema.
    ///
    /// # Errors
    /// `Sql` if a column is not there, or nothing fits what is asked for.
    pub(crate) fn new(schema: &SchemaRef, wish: &Wish, zone: &Zone) -> Result<Self, Error> {
        Ok(Self {
            plan: plan(schema, wish)?,
            zone: zone.clone(),
            rows: 0,
            beyond: 0,
            missing: 0,
            bars: HashMap::new(),
            points: Vec::new(),
        })
    }

    /// Takes rows in.
    ///
    /// # Errors
    /// A value that is no number although its type is one of numbers.
    pub(crate) fn add(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        match self.plan.clone() {
            Plan::Bar { x, y } => {
                let labels = texts(&batch.project(&[x])?, &self.zone)?;
                let values = y.map(|y| numbers(batch.column(y))).transpose()?;
                let labels = labels.into_iter().next().unwrap_or_default();
                for (row, label) in labels.into_iter().enumerate() {
                    let value = match &values {
                        None => Some(1.0),
                        Some(values) => values.get(row).copied().flatten(),
                    };
                    let label = label.unwrap_or_else(|| NULL.to_owned());
                    self.bar(label, value);
                }
            }
            Plan::Periods { x } => {
                let moments = texts(&batch.project(&[x])?, &self.zone)?;
                for moment in moments.into_iter().flatten() {
                    match moment.as_deref().and_then(hour) {
                        Some(hour) => self.bar(hour.to_owned(), Some(1.0)),
                        None => self.missing += 1,
                    }
                }
            }
            Plan::Line { x, y, .. } => {
                let xs = x.map(|x| numbers(batch.column(x))).transpose()?;
                for (row, y) in numbers(batch.column(y))?.into_iter().enumerate() {
                    let x = match &xs {
                        None => Some((self.rows + row + 1) as f64),
                        Some(xs) => xs.get(row).copied().flatten(),
                    };
                    self.point(x.zip(y));
                }
            }
            Plan::Hist { x } => {
                for value in numbers(batch.column(x))? {
                    self.point(value.map(|value| (value, 0.0)));
                }
            }
        }
        self.rows += batch.num_rows();
        Ok(())
    }

    /// Whether somebody who asked for no chart gains by it. How often each label occurs tells nothing where most occur once.
    pub(crate) fn tells_something(&self) -> bool {
        match self.plan {
            Plan::Bar { y: None, .. } => self.bars.len() * 2 <= self.rows,
            _ => true,
        }
    }

    fn bar(&mut self, label: String, value: Option<f64>) {
        let Some(value) = value.filter(|value| value.is_finite()) else {
            self.missing += 1;
            return;
        };
        let place = self.bars.len();
        if place >= MOST && !self.bars.contains_key(&label) {
            self.beyond += 1;
            return;
        }
        let (_, sum, times) = self.bars.entry(label).or_insert((place, 0.0, 0));
        *sum += value;
        *times += 1;
    }

    fn point(&mut self, point: Option<(f64, f64)>) {
        match point {
            Some((x, y)) if x.is_finite() && y.is_finite() => {
                if self.points.len() < MOST {
                    self.points.push((x, y));
                } else {
                    self.beyond += 1;
                }
            }
            _ => self.missing += 1,
        }
    }

    /// The chart; `None` if no row has anything to draw.
    pub(crate) fn figure(self, schema: &Schema) -> Option<Figure> {
        let name = |place: usize| visible(schema.field(place).name()).into_owned();
        let mut notes = Vec::new();
        if self.missing > 0 {
            notes.push(format!("{} without a value left out", rows(self.missing)));
        }
        if self.beyond > 0 {
            notes.push(format!(
                "{} beyond the first {MOST} left out",
                rows(self.beyond)
            ));
        }
        let (title, shape) = match self.plan {
            Plan::Bar { x, y } => {
                let repeats = self.bars.values().any(|(_, _, times)| *times > 1);
                let title = match y {
                    None => format!("rows by {}", name(x)),
                    Some(y) if repeats => format!("sum of {} by {}", name(y), name(x)),
                    Some(y) => format!("{} by {}", name(y), name(x)),
                };
                let mut bars: Vec<_> = self.bars.into_iter().collect();
                // As the rows came, unless that is by chance: counts begin with the greatest.
                bars.sort_by_key(|(_, (place, _, _))| *place);
                if y.is_none() || bars.len() > BARS {
                    bars.sort_by(|(_, (_, one, _)), (_, (_, two, _))| two.total_cmp(one));
                }
                if bars.len() > BARS {
                    let left = bars.len() - BARS;
                    notes.push(format!(
                        "the {BARS} greatest of {}; {left} left out",
                        bars.len()
                    ));
                    bars.truncate(BARS);
                }
                let bars = bars
                    .into_iter()
                    .map(|(label, (_, value, _))| (label, value));
                (title, Shape::Bars(bars.collect()))
            }
            Plan::Line { x, y, is_time } => {
                let x = x.map_or_else(|| "row".to_owned(), name);
                let y = name(y);
                let mut points = self.points;
                points.sort_by(|(one, _), (two, _)| one.total_cmp(two));
                let shape = Shape::Line {
                    points,
                    is_time,
                    x: x.clone(),
                    y: y.clone(),
                };
                (format!("{y} over {x}"), shape)
            }
            Plan::Periods { x } => {
                let counts = self.bars.into_iter();
                let counts = counts.map(|(hour, (_, count, _))| (hour, count)).collect();
                let (period, bars) = periods(&counts);
                let bars = if counts.is_empty() { Vec::new() } else { bars };
                (
                    format!("rows by {period} of {}", name(x)),
                    Shape::Bars(bars),
                )
            }
            Plan::Hist { x } => {
                let values: Vec<f64> = self.points.iter().map(|(value, _)| *value).collect();
                (
                    format!("rows by ranges of {}", name(x)),
                    Shape::Bars(ranges(&values)),
                )
            }
        };
        let empty = match &shape {
            Shape::Bars(bars) => bars.is_empty(),
            Shape::Line { points, .. } => points.is_empty(),
        };
        (!empty).then_some(Figure {
            title,
            notes,
            shape,
        })
    }
}

fn rows(count: usize) -> String {
    match count {
        1 => "1 row".to_owned(),
        _ => format!("{count} rows"),
    }
}

fn is_time(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64
    )
}

/// Whether the numbers of a column are names of things: nobody asks for their sum.
fn is_key(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "id" || name.ends_with("_id")
}

/// Columns for what is asked: named ones, else the first that fit.
fn plan(schema: &Schema, wish: &Wish) -> Result<Plan, Error> {
    let named = |name: &Option<String>| name.as_ref().map(|name| find(schema, name)).transpose();
    let (x, y) = (named(&wish.x)?, named(&wish.y)?);
    let kind = |place: usize| schema.field(place).data_type();
    let all = || 0..schema.fields().len();
    let is_number = |place: &usize| kind(*place).is_numeric();
    let is_measure = |place: &usize| is_number(place) && !is_key(schema.field(*place).name());
    let numeric = |place: usize, what: &str| match is_number(&place) {
        true => Ok(place),
        false => {
            let reason = format!(
                "{what} has to be a column of numbers, and `{}` is {}",
                visible(schema.field(place).name()),
                kind(place)
            );
            Err(Error::new(Kind::Sql, reason).with_hint(EXAMPLES))
        }
    };
    let nothing =
        |what: &str| Error::new(Kind::Sql, format!("no column is {what}")).with_hint(EXAMPLES);
    let drawn = wish.kind.unwrap_or_else(|| {
        let first = x.or(all().find(|place| !is_number(place)));
        match first {
            Some(first) if is_time(kind(first)) => match all().any(|place| is_measure(&place)) {
                true => Drawn::Line,
                false => Drawn::Hist,
            },
            None if schema.fields().len() > 1 => Drawn::Line,
            None => Drawn::Hist,
            Some(_) => Drawn::Bar,
        }
    });
    match drawn {
        Drawn::Bar => {
            let x = x.or(all().find(|place| !is_number(place))).unwrap_or(0);
            let other = |place: &usize| *place != x && is_measure(place);
            let y = match y {
                Some(y) => Some(numeric(y, "what bars are as long as")?),
                None => all().find(other),
            };
            Ok(Plan::Bar { x, y })
        }
        Drawn::Line => {
            let time = || all().find(|place| is_time(kind(*place)));
            let several = all().filter(is_number).count() > 1;
            let first = || all().find(|place| is_number(place) && several);
            let x = x.or_else(time).or_else(first);
            if let Some(x) = x.filter(|x| !is_time(kind(*x))) {
                numeric(x, "what a line runs along")?;
            }
            let y = match y {
                Some(y) => numeric(y, "what a line shows")?,
                None => all()
                    .find(|place| Some(*place) != x && is_measure(place))
                    .or(all().find(|place| Some(*place) != x && is_number(place)))
                    .ok_or_else(|| nothing("a number, which a line could show"))?,
            };
            let is_time = x.is_some_and(|x| is_time(kind(x)));
            Ok(Plan::Line { x, y, is_time })
        }
        Drawn::Hist => {
            let time = || all().find(|place| is_time(kind(*place)));
            let x = x.or_else(|| all().find(is_measure)).or_else(time);
            if let Some(x) = x.filter(|x| is_time(kind(*x))) {
                return Ok(Plan::Periods { x });
            }
            let x = match x {
                Some(x) => numeric(x, "what a histogram shows")?,
                None => all()
                    .find(is_number)
                    .ok_or_else(|| nothing("a number, which a histogram could show"))?,
            };
            Ok(Plan::Hist { x })
        }
    }
}

fn find(schema: &Schema, name: &str) -> Result<usize, Error> {
    let fields = || schema.fields().iter();
    let plain = name.trim_matches('"');
    let exact = fields().position(|field| field.name() == plain);
    let alike = || fields().position(|field| field.name().eq_ignore_ascii_case(plain));
    exact.or_else(alike).ok_or_else(|| {
        let known: Vec<_> = fields().map(|field| visible(field.name())).collect();
        let reason = format!("the result has no column `{}`", visible(name));
        Error::new(Kind::Sql, reason).with_hint(format!("its columns: {}", known.join(", ")))
    })
}

fn numbers(column: &ArrayRef) -> Result<Vec<Option<f64>>, ArrowError> {
    if is_time(column.data_type()) {
        let instants = cast(column, &DataType::Timestamp(TimeUnit::Millisecond, None))?;
        let instants = cast(&instants, &DataType::Int64)?;
        let instants = instants.as_primitive::<Int64Type>().iter();
        return Ok(instants
            .map(|value| value.map(|value| value as f64))
            .collect());
    }
    let numbers = cast(column, &DataType::Float64)?;
    if numbers.null_count() > column.null_count() {
        return Err(ArrowError::CastError("a value is no number".to_owned()));
    }
    Ok(numbers.as_primitive::<Float64Type>().iter().collect())
}

/// How many values lie in each of some ranges of one width.
fn ranges(values: &[f64]) -> Vec<(String, f64)> {
    let least = values.iter().copied().min_by(f64::total_cmp);
    let Some(((least, most), count)) = least
        .zip(values.iter().copied().max_by(f64::total_cmp))
        .map(|ends| (ends, values.len()))
    else {
        return Vec::new();
    };
    if least == most {
        return vec![(number(least), count as f64)];
    }
    // Sturges' rule; whole numbers get no ranges narrower than one.
    let wanted = ((count as f64).log2().ceil() as usize + 1).clamp(2, RANGES);
    let width = round(
        (most - least) / wanted as f64,
        values.iter().all(|it| it.fract() == 0.0),
    );
    let begin = (least / width).floor() * width;
    let count = ((most - begin) / width).floor() as usize + 1;
    let mut counts = vec![0_u64; count.min(10 * RANGES)];
    for value in values {
        let place = ((value - begin) / width).floor() as usize;
        let last = counts.len() - 1;
        if let Some(count) = counts.get_mut(place.min(last)) {
            *count += 1;
        }
    }
    let labelled = counts.into_iter().enumerate().map(|(place, count)| {
        let from = begin + width * place as f64;
        (
            format!("{} – {}", number(from), number(from + width)),
            count as f64,
        )
    });
    labelled.collect()
}

/// The next width of 1, 2, 5, 10, ….
fn round(width: f64, whole: bool) -> f64 {
    let size = 10_f64.powf(width.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * size);
    let found = steps.into_iter().find(|step| *step >= width * 0.999_999);
    let found = found.unwrap_or(width);
    if whole { found.max(1.0) } else { found }
}

#[cfg(test)]
mod tests;
