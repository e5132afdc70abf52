//! One pass from a page of JSON, or from the result of a job, to Arrow record batches.
//!
//! [`LineDecoder`] and [`CsvDecoder`] take the files of results as streams; the rest of this page is about pages.
//! A [`PageDecoder`] is compiled once per scan from the columns it wants: a tree of paths, a builder
//! per column. Everything not wanted is skipped without allocating. It never guesses: a value that
//! does not fit its column's type, a missing member, an answer that breaks off are errors that name
//! the place, and no row is ever left out because it could not be read.
//!
//! What the JSON leaves open is settled here: of a key that appears twice in an object the last one
//! counts, as most parsers have it; two lists of rows are an error. An item that is null is an error,
//! while an enclosing object without the next member (or with null in its place) has no rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

mod batches;
mod builder;
mod cell;
mod csv;
mod error;
mod fit;
mod levels;
mod line;
mod lines;
mod number;
mod object;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod trie;
mod walk;

pub use batches::ResultColumn;
pub use csv::CsvDecoder;
pub use error::{DecodeError, DecodeErrorKind};
pub(crate) use fit::{fit, kind_of};
pub use lines::LineDecoder;
pub use zuzen_plan::table::{Column, LISTS};
pub use zuzen_plan::value::{Type, Value};

use builder::{Builder, Room};
use trie::Node;
use walk::Walk;

/// What to take from an answer.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// The columns, in output order. A json column with an empty path is the text of the item itself, any other such
    /// column the value of a bare item.
    pub columns: Vec<Column>,
    /// Where the items lie: keys from the outside in. A list at any step is spread out. Empty where the answer itself
    /// is the item; [`LISTS`] where they lie in every list that the answer is or has.
    pub items: Vec<String>,
    /// Columns taken from the outermost enclosing object of each item: name, and path there.
    pub outer: Vec<(String, Vec<String>)>,
    /// Only items whose field is this text become rows: field and text.
    pub keep: Vec<(String, String)>,
    /// Items may be bare values (texts, numbers) instead of objects.
    pub bare: bool,
}

/// Turns the pages of a scan into batches.
#[derive(Debug)]
pub struct PageDecoder {
    columns: Vec<Column>,
    schema: SchemaRef,
    plan: Plan,
    room: Vec<Room>,
}

/// The compiled [`Shape`].
#[derive(Debug)]
struct Plan {
    items: Vec<String>,
    /// The paths within an item.
    row: Node,
    /// The paths within the outermost enclosing object.
    outermost: Node,
    /// For every column, where its value is.
    sources: Vec<Source>,
    /// Cells of an item and the text each must hold.
    keep: Vec<(usize, String)>,
    /// Items may be bare values.
    bare: bool,
    /// The answer itself is the item.
    whole: bool,
    /// Every list of the answer has items.
    lists: bool,
}

/// Where a column's value is.
#[derive(Debug)]
struct Source {
    outer: bool,
    cell: usize,
    path: String,
    /// Its values may be written more freely.
    custom: bool,
    /// Words to show instead of values.
    labels: BTreeMap<String, String>,
}

impl PageDecoder {
    /// Compiles a shape.
    ///
    /// # Errors
    /// If the shape has no place for items, or a column of an impossible type.
    pub fn new(shape: &Shape) -> Result<Self, DecodeError> {
        for column in &shape.columns {
            if Builder::new(&column.kind, Room::default()).is_none() {
                let message = format!("a column cannot be of type {}", column.kind);
                return Err(wrong_shape(&column.name, message));
            }
            let (outer, path) = place(shape, column);
            if path.is_empty() && (outer || column.kind != Type::Json && !shape.bare) {
                let message = "only an item as a whole, as json or as a bare value, has no path";
                return Err(wrong_shape(&column.name, message));
            }
        }
        let places: Vec<_> = shape
            .columns
            .iter()
            .map(|column| place(shape, column))
            .collect();
        let fields: Vec<_> = shape
            .keep
            .iter()
            .map(|(field, _)| vec![field.clone()])
            .collect();
        let of = |wanted: bool| {
            places
                .iter()
                .filter(move |(outer, _)| *outer == wanted)
                .map(|(_, path)| *path)
        };
        let row = Node::compile(of(false).chain(fields.iter().map(Vec::as_slice)));
        let outermost = Node::compile(of(true));
        let sources = places
            .iter()
            .zip(&shape.columns)
            .map(|(&(outer, path), column)| {
                let tree = if outer { &outermost } else { &row };
                tree.cell_of(path).map(|cell| Source {
                    outer,
                    cell,
                    path: path.join(".").replace(".[", "["),
                    custom: column.custom,
                    labels: column.labels.clone(),
                })
            })
            .collect::<Option<_>>();
        let keep = fields
            .iter()
            .zip(&shape.keep)
            .map(|(field, (_, text))| Some((row.cell_of(field)?, text.clone())))
            .collect::<Option<_>>();
        let (Some(sources), Some(keep)) = (sources, keep) else {
            return Err(wrong_shape(
                "",
                "a path was lost while compiling the columns",
            ));
        };
        Ok(Self {
            schema: schema(&shape.columns),
            room: vec![Room::default(); shape.columns.len()],
            columns: shape.columns.clone(),
            plan: Plan {
                items: match shape.items.as_slice() {
                    [] => vec![String::new()],
                    items => items.to_vec(),
                },
                whole: shape.items.is_empty(),
                lists: shape.items == [LISTS],
                row,
                outermost,
                sources,
                keep,
                bare: shape.bare,
            },
        })
    }

    /// The schema of all batches.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Decodes a page. `bound` gives the values that the request was made with: rows that do not carry
    /// such a column (or have null in it) get the bound value.
    ///
    /// # Errors
    /// If the body is no complete JSON answer with the items, or a value does not fit its column.
    pub fn decode(
        &mut self,
        body: &[u8],
        bound: &[(String, Value)],
    ) -> Result<RecordBatch, DecodeError> {
        let body = walk::text_of(body)?;
        let within;
        let is_list = self.plan.lists && body.trim_start().starts_with('[');
        let body = if self.plan.whole || is_list {
            within = format!("{{\"\":{body}}}");
            &within
        } else {
            body
        };
        let bound = self.bind(bound)?;
        let builders = self
            .columns
            .iter()
            .zip(&self.room)
            .map(|(column, room)| Builder::new(&column.kind, *room))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| wrong_shape("", "a column is of an impossible type"))?;
        let (builders, rows) = Walk::new(&self.plan, builders, bound).read(body)?;
        for (room, builder) in self.room.iter_mut().zip(&builders) {
            *room = builder.room(rows);
        }
        RecordBatch::try_new_with_options(
            Arc::clone(&self.schema),
            builders.into_iter().map(Builder::finish).collect(),
            &RecordBatchOptions::new().with_row_count(Some(rows)),
        )
        .map_err(|error| wrong_shape("", error.to_string()))
    }

    /// For every column the value it takes where a row has none.
    fn bind<'a>(
        &self,
        bound: &'a [(String, Value)],
    ) -> Result<Vec<Option<&'a Value>>, DecodeError> {
        self.columns
            .iter()
            .map(|column| {
                let Some((_, value)) = bound.iter().find(|(name, _)| *name == column.name) else {
                    return Ok(None);
                };
                if !value.fits(&column.kind) {
                    let message = format!("the bound value {value:?} is not {}", column.kind);
                    return Err(wrong_shape(&column.name, message));
                }
                Ok(Some(value))
            })
            .collect()
    }
}

/// Whether a column lies in the enclosing object, and its path. Where nothing encloses the items, the
/// outermost object is the item itself.
fn place<'a>(shape: &'a Shape, column: &'a Column) -> (bool, &'a [String]) {
    match shape.outer.iter().find(|(name, _)| *name == column.name) {
        Some((_, path)) => (shape.items.len() > 1, path),
        None => (false, &column.path),
    }
}

fn wrong_shape(path: &str, message: impl Into<String>) -> DecodeError {
    DecodeError::new(DecodeErrorKind::Shape, path.to_owned(), message)
}

/// The Arrow type of a column.
#[must_use]
pub(crate) fn arrow_type(kind: &Type) -> DataType {
    match kind {
        Type::Int64 => DataType::Int64,
        Type::Float64 => DataType::Float64,
        // Precision and scale are at most 38.
        Type::Decimal { precision, scale } => {
            DataType::Decimal128(*precision, i8::try_from(*scale).unwrap_or(i8::MAX))
        }
        Type::Boolean => DataType::Boolean,
        Type::Text | Type::Json => DataType::Utf8,
        Type::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into())),
        Type::Date => DataType::Date32,
        Type::List(item) => DataType::new_list(arrow_type(item), true),
    }
}

/// The Arrow schema of these columns. All are nullable: APIs leave out what they like.
#[must_use]
pub(crate) fn schema(columns: &[Column]) -> SchemaRef {
    let fields: Vec<_> = columns
        .iter()
        .map(|column| Field::new(&column.name, arrow_type(&column.kind), true))
        .collect();
    Arc::new(Schema::new(fields))
}
