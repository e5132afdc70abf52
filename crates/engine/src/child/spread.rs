//! A batch of rows with lists → a batch with a row for each element.
//!
//! Lists of JSON go through the decoder of answers, so their values are read as everywhere else: one that does not fit its
//! column is an error that names the place.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, RecordBatch, RecordBatchOptions, UInt64Array,
};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{Int64Type, SchemaRef};
use datafusion::common::Result;
use serde_json::value::RawValue;
use zuzen_plan::table::{Column, Split};
use zuzen_plan::value::Type;

use crate::decode::{PageDecoder, Shape};
use crate::error::{Error, Kind};

/// Columns of the text that lists of JSON are put into; no declared column has a blank in its name.
const ROW: &str = "a row";
const MEMBER: &str = "a member";

/// Where the value of an output column comes from.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    /// The input column of this place, once for each element.
    Carried(usize),
    /// Where in its list the element stands.
    Position,
    /// The list that the element stands in, of several.
    Member,
    /// The element itself.
    Element,
    /// A value in the element's JSON.
    Inside(Box<Column>),
}

/// How batches become others. The first input column is the one with the lists.
#[derive(Debug, Clone)]
pub(super) struct Spread {
    list: Column,
    members: Vec<String>,
    cells: Vec<Cell>,
    schema: SchemaRef,
}

/// The elements of a batch, in order.
#[derive(Default)]
struct Found {
    /// The input row of each.
    rows: Vec<u64>,
    positions: Vec<i64>,
    members: Option<ArrayRef>,
    elements: Option<ArrayRef>,
    /// What lies inside them, in the order of the output columns that want it.
    inside: Vec<ArrayRef>,
}

impl Spread {
    pub(super) fn new(
        list: &Column,
        split: Option<&Split>,
        cells: Vec<Cell>,
        schema: SchemaRef,
    ) -> Self {
        Self {
            list: list.clone(),
            members: split.map(|split| split.members.clone()).unwrap_or_default(),
            cells,
            schema,
        }
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// For each output column the input column that it repeats, if it does.
    pub(super) fn origins(&self) -> impl Iterator<Item = Option<usize>> + '_ {
        self.cells.iter().map(|cell| match cell {
            Cell::Carried(place) => Some(*place),
            _ => None,
        })
    }

    /// What decodes lists of JSON; `None` for other lists.
    pub(super) fn decoder(&self) -> Result<Option<PageDecoder>> {
        if self.list.kind != Type::Json {
            return Ok(None);
        }
        let marker = |name: &str, kind: Type| Column {
            name: name.to_owned(),
            kind,
            path: Vec::new(),
            reference: None,
            values: Vec::new(),
            about: None,
            sideload: None,
            pseudo: false,
            search: None,
            custom: false,
            labels: Default::default(),
        };
        let mut columns = vec![marker(ROW, Type::Int64), marker(MEMBER, Type::Text)];
        columns.extend(self.cells.iter().filter_map(|cell| match cell {
            Cell::Inside(column) => Some(column.as_ref().clone()),
            _ => None,
        }));
        let at = |key: &str| vec![key.to_owned()];
        let shape = Shape {
            columns,
            items: vec!["rows".to_owned(), "list".to_owned()],
            outer: vec![
                (ROW.to_owned(), at("row")),
                (MEMBER.to_owned(), at("member")),
            ],
            keep: Vec::new(),
            bare: false,
        };
        PageDecoder::new(&shape)
            .map(Some)
            .map_err(|error| Error::from(error).into_datafusion())
    }

    /// # Errors
    /// `Decode` if a list of JSON is not what the table file says.
    pub(super) fn spread(
        &self,
        batch: &RecordBatch,
        decoder: Option<&mut PageDecoder>,
    ) -> Result<RecordBatch> {
        let lists = batch.column(0);
        let found = match (&self.list.kind, decoder) {
            (Type::List(_), _) => of_lists(lists)?,
            (_, Some(decoder)) => self.of_json(lists, decoder)?,
            (_, None) => of_values(lists)?,
        };
        let count = found.rows.len();
        let rows = UInt64Array::from(found.rows);
        let positions: ArrayRef = Arc::new(Int64Array::from(found.positions));
        let mut inside = found.inside.into_iter();
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.cells.len());
        for cell in &self.cells {
            let column = match cell {
                Cell::Carried(place) => Some(take(batch.column(*place), &rows, None)?),
                Cell::Position => Some(Arc::clone(&positions)),
                Cell::Member => found.members.clone(),
                Cell::Element => found.elements.clone(),
                Cell::Inside(_) => inside.next(),
            };
            columns.push(column.ok_or_else(|| {
                let message = format!("{} has elements of another kind", self.list.name);
                Error::new(Kind::Internal, message).into_datafusion()
            })?);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        Ok(RecordBatch::try_new_with_options(
            Arc::clone(&self.schema),
            columns,
            &options,
        )?)
    }

    fn of_json(&self, lists: &ArrayRef, decoder: &mut PageDecoder) -> Result<Found> {
        let misread = |error: Error| {
            let error = error.with_context("list", self.list.name.clone());
            error.into_datafusion()
        };
        let mut text = String::from("{\"rows\":[");
        let mut comma = "";
        let mut add = |row: usize, member: &str, list: &str| {
            // Writing to a String cannot fail.
            let _ = write!(
                text,
                "{comma}{{\"row\":{row},\"member\":\"{member}\",\"list\":{list}}}"
            );
            comma = ",";
        };
        for (row, list) in lists.as_string::<i32>().iter().enumerate() {
            let Some(list) = list else { continue };
            if self.members.is_empty() {
                add(row, "", list);
                continue;
            }
            let object: HashMap<String, &RawValue> =
                serde_json::from_str(list).map_err(|error| {
                    let message = format!("{} is no object: {error}", self.list.name);
                    misread(Error::new(Kind::Decode, message))
                })?;
            for member in &self.members {
                if let Some(list) = object.get(member) {
                    add(row, member, list.get());
                }
            }
        }
        text.push_str("]}");
        let decoded = decoder.decode(text.as_bytes(), &[]);
        let decoded = decoded.map_err(|error| misread(Error::from(error)))?;
        let mut found = Found::default();
        let members = decoded.column(1).as_string::<i32>();
        for (at, row) in decoded
            .column(0)
            .as_primitive::<Int64Type>()
            .iter()
            .enumerate()
        {
            let row = row.and_then(|row| u64::try_from(row).ok()).unwrap_or(0);
            let is_next = at > 0
                && found.rows.last() == Some(&row)
                && members.value(at) == members.value(at - 1);
            let before = found.positions.last().filter(|_| is_next);
            found.positions.push(before.map_or(1, |before| before + 1));
            found.rows.push(row);
        }
        found.members = Some(Arc::clone(decoded.column(1)));
        found.inside = decoded.columns().iter().skip(2).cloned().collect();
        Ok(found)
    }
}

fn of_lists(lists: &ArrayRef) -> Result<Found> {
    let lists = lists.as_list::<i32>();
    let mut found = Found::default();
    let mut places: Vec<u64> = Vec::new();
    for (row, ends) in lists.value_offsets().windows(2).enumerate() {
        let &[start, end] = ends else { continue };
        if lists.is_null(row) {
            continue;
        }
        for (position, place) in (1..).zip(start..end) {
            found.rows.push(row as u64);
            found.positions.push(position);
            places.push(u64::try_from(place).unwrap_or_default());
        }
    }
    found.elements = Some(take(lists.values(), &UInt64Array::from(places), None)?);
    Ok(found)
}

/// Values that are their own only element.
fn of_values(values: &ArrayRef) -> Result<Found> {
    let rows: Vec<u64> = (0..values.len())
        .filter(|row| values.is_valid(*row))
        .map(|row| row as u64)
        .collect();
    let places = UInt64Array::from(rows.clone());
    Ok(Found {
        positions: vec![1; rows.len()],
        elements: Some(take(values, &places, None)?),
        rows,
        ..Found::default()
    })
}

#[cfg(test)]
mod tests;
