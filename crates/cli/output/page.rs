//! Rows on a terminal as they arrive: columns are as wide as the first rows need and the screen allows.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;

use super::Screen;
use super::cell::{Columns, NULL, names, numeric, shortened, texts, width};
use super::grid::{border, line};
use crate::exit::Failure;
use zuzen_engine::files::Zone;

/// No column gets narrower than this.
const NARROWEST: usize = 12;

/// Where columns have to be left out, those that stay are at least this wide: the beginnings of many texts say less than some
/// of them read.
const READABLE: usize = 20;

/// A table that grows.
pub(super) struct Page<'a> {
    zone: &'a Zone,
    screen: Screen,
    names: Vec<String>,
    right: Vec<bool>,
    /// Of the columns that are shown, once the first rows are there.
    widths: Option<Vec<usize>>,
    /// Something did not fit.
    shortened: bool,
}

impl<'a> Page<'a> {
    pub(super) fn new(schema: &SchemaRef, zone: &'a Zone, screen: Screen) -> Self {
        Self {
            zone,
            screen,
            names: names(schema),
            right: numeric(schema),
            widths: None,
            shortened: false,
        }
    }

    /// Shows rows.
    pub(super) fn add(
        &mut self,
        batch: &RecordBatch,
        unprintable: impl Fn(ArrowError) -> Failure,
        out: &mut impl Write,
    ) -> Result<(), Failure> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let columns = texts(batch, self.zone).map_err(unprintable)?;
        let widths = self.begin(&columns, out)?;
        for row in 0..batch.num_rows() {
            let mut cells = Vec::with_capacity(widths.len());
            for ((column, width), right) in columns.iter().zip(&widths).zip(&self.right) {
                let cell = column.get(row).and_then(Option::as_deref).unwrap_or(NULL);
                // Half a number would be another number.
                let (text, cut) = match right {
                    true => (cell.to_owned(), false),
                    false => shortened(cell, *width),
                };
                self.shortened |= cut;
                cells.push(text);
            }
            out.write_all(line(&cells, &widths, &self.right).as_bytes())?;
        }
        Ok(out.flush()?)
    }

    /// Ends the table; what was left out of it, if anything was.
    pub(super) fn finish(mut self, out: &mut impl Write) -> Result<Option<String>, Failure> {
        let widths = self.begin(&Vec::new(), out)?;
        out.write_all(border(&widths).as_bytes())?;
        out.flush()?;
        let whole = "\\x, or --format expanded, shows all";
        Ok(match (widths.len() < self.names.len(), self.shortened) {
            (true, _) => Some(format!(
                "{} of {} columns fit the screen; {whole}",
                widths.len(),
                self.names.len()
            )),
            (false, true) => Some(format!("values that end with … are shortened; {whole}")),
            (false, false) => None,
        })
    }

    fn begin(&mut self, first: &Columns, out: &mut impl Write) -> Result<Vec<usize>, Failure> {
        if let Some(widths) = &self.widths {
            return Ok(widths.clone());
        }
        let mut natural: Vec<usize> = self.names.iter().map(|name| width(name)).collect();
        for (column, widest) in first.iter().zip(&mut natural) {
            let cells = column.iter().map(|cell| cell.as_deref().unwrap_or(NULL));
            *widest = cells.map(line_width).max().unwrap_or_default().max(*widest);
        }
        let widths = fit(&natural, &self.right, self.screen.width);
        let border = border(&widths);
        let heads: Vec<String> = self
            .names
            .iter()
            .zip(&widths)
            .map(|(name, width)| shortened(name, *width).0)
            .collect();
        let left = vec![false; widths.len()];
        out.write_all(format!("{border}{}{border}", line(&heads, &widths, &left)).as_bytes())?;
        self.widths = Some(widths.clone());
        Ok(widths)
    }
}

/// On one line: a line break takes a place.
fn line_width(text: &str) -> usize {
    text.lines().map(width).sum::<usize>() + text.matches('\n').count()
}

/// The widths of the columns that the screen has room for.
fn fit(natural: &[usize], right: &[bool], screen: usize) -> Vec<usize> {
    if let Some(widths) = shared(natural, right, screen, NARROWEST) {
        return widths;
    }
    let fewer = |least: usize, fewest: usize| {
        (fewest..natural.len())
            .rev()
            .find_map(|count| shared(&natural[..count], right, screen, least))
    };
    // One column is no table, if two of them can be had.
    let fitting = fewer(READABLE, 2).or_else(|| fewer(NARROWEST, 1));
    fitting.unwrap_or_else(|| {
        // Not even one column of numbers fits, which are not cut, or a text in a screen that is none.
        let least = |width: &usize| match right.first() {
            Some(true) => *width,
            _ => (*width).min(NARROWEST),
        };
        natural.first().map(least).into_iter().collect()
    })
}

/// The widths of these columns, the wide ones cut to what they all have room for, but to no less than this; `None` if that is
/// not enough.
fn shared(natural: &[usize], right: &[bool], screen: usize, least: usize) -> Option<Vec<usize>> {
    let widest = natural.iter().copied().max().unwrap_or_default();
    let mut caps = (least..=widest.max(least)).rev().map(|most| -> Vec<usize> {
        let widths = natural.iter().zip(right);
        widths
            .map(|(width, right)| if *right { *width } else { (*width).min(most) })
            .collect()
    });
    // Two blanks and a bar for each, and a bar at the end.
    caps.find(|widths| widths.iter().map(|width| width + 3).sum::<usize>() < screen)
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn columns_share_the_screen() {
        let texts = [false; 4];
        for (natural, right, screen, widths) in [
            (&[5, 5][..], &texts[..2], 80, &[5, 5][..]),
            (&[100, 5], &texts[..2], 40, &[28, 5]),
            (&[100, 100], &texts[..2], 60, &[26, 26]),
            // Numbers are never cut.
            (&[20, 100], &[true, false], 60, &[20, 33]),
            (&[100, 100, 100, 100], &texts, 61, &[12, 12, 12, 12]),
            // Those that stay share what is left.
            (&[100, 100, 100, 100], &texts, 60, &[26, 26]),
            (&[5, 100, 100, 100], &texts, 50, &[5, 38]),
            (&[12, 30, 30], &[true, false, false], 34, &[12, 15]),
            (&[100], &texts[..1], 10, &[12]),
            (&[30, 5], &[true, false], 10, &[30]),
        ] {
            assert_eq!(
                fit(natural, right, screen),
                widths,
                "{natural:?} in {screen}"
            );
        }
    }
}
