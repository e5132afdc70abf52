//! The columns of files that are one table: those of all of them, found by their names.
//!
//! A column that a file lacks is NULL in its rows. CSV has no types and may have no header, so there all files have the same
//! columns, in any order. Where two files differ in a type that cannot hold both, neither is right: an error names them.

use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::reason::shown;
use crate::error::{Error, Kind};
use crate::files::format::Format;

/// The columns of files so far.
pub(super) struct Columns<'a> {
    format: Format,
    fields: Vec<(Field, &'a Path)>,
    /// The first file, and how many columns it has.
    first: Option<(&'a Path, Vec<String>)>,
}

impl<'a> Columns<'a> {
    pub(super) fn new(format: Format) -> Self {
        Self {
            format,
            fields: Vec::new(),
            first: None,
        }
    }

    /// Adds those of one more file.
    ///
    /// # Errors
    /// `Config` for columns that do not fit those of the files before.
    pub(super) fn add(&mut self, path: &'a Path, schema: &Schema) -> Result<(), Error> {
        let names: Vec<String> = schema.fields().iter().map(|it| it.name().clone()).collect();
        match &self.first {
            Some((first, header)) if self.is_csv() => same_header(first, header, path, &names)?,
            Some(_) => {}
            None => self.first = Some((path, names)),
        }
        for field in schema.fields() {
            let own = field.as_ref().clone().with_nullable(true);
            let own = own.with_metadata(std::collections::HashMap::new());
            let Some((known, from)) = self
                .fields
                .iter_mut()
                .find(|(it, _)| it.name() == own.name())
            else {
                self.fields.push((own, path));
                continue;
            };
            let (was, is) = (known.data_type().clone(), own.data_type().clone());
            let Some(both) = both(self.format, &was, &is) else {
                let reason = format!(
                    "`{}` is {was} in {} and {is} in {}",
                    own.name(),
                    shown(from),
                    shown(path)
                );
                return Err(Error::new(Kind::Config, reason).with_hint(format!(
                    "read them apart: SELECT CAST({} AS …), … FROM 'one' UNION ALL BY NAME SELECT … FROM 'other'",
                    own.name()
                )));
            };
            if was == DataType::Null {
                *from = path;
            }
            *known = known.clone().with_data_type(both);
        }
        Ok(())
    }

    pub(super) fn whole(self) -> SchemaRef {
        let csv = self.is_csv();
        let fields = self
            .fields
            .into_iter()
            .map(|(field, _)| match field.data_type() {
                // A column of nothing but NULL.
                DataType::Null if csv => field.with_data_type(DataType::Utf8),
                _ => field,
            });
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    fn is_csv(&self) -> bool {
        matches!(self.format, Format::Csv | Format::Tsv)
    }
}

fn same_header(
    first: &Path,
    header: &[String],
    path: &Path,
    names: &[String],
) -> Result<(), Error> {
    let same = header.len() == names.len() && header.iter().all(|name| names.contains(name));
    if same {
        return Ok(());
    }
    let reason = format!(
        "{} has the header `{}`, and {} has `{}`",
        shown(first),
        header.join(","),
        shown(path),
        names.join(",")
    );
    Err(Error::new(Kind::Config, reason).with_hint(
        "files of CSV that are one table have the same columns, in any order; SELECT * FROM 'a.csv' UNION ALL BY NAME SELECT * FROM 'b.csv' joins others",
    ))
}

/// The type that holds the values of both.
fn both(format: Format, one: &DataType, other: &DataType) -> Option<DataType> {
    use DataType as T;
    let text = |kind: &T| matches!(kind, T::Utf8 | T::LargeUtf8 | T::Utf8View);
    let whole = |kind: &T| matches!(kind, T::Int8 | T::Int16 | T::Int32 | T::Int64);
    Some(match (one, other) {
        (one, other) if one == other => one.clone(),
        (T::Null, kind) | (kind, T::Null) => kind.clone(),
        (one, other) if text(one) && text(other) => T::Utf8,
        (one, other) if whole(one) && whole(other) => T::Int64,
        _ => match format {
            Format::Csv | Format::Tsv => match (one, other) {
                (T::Int64, T::Float64) | (T::Float64, T::Int64) => T::Float64,
                (T::Timestamp(one, zone), T::Timestamp(other, same)) if zone == same => {
                    T::Timestamp(*one.max(other), zone.clone())
                }
                (T::Date32, T::Timestamp(unit, None)) | (T::Timestamp(unit, None), T::Date32) => {
                    T::Timestamp(*unit, None)
                }
                _ => T::Utf8,
            },
            Format::Json | Format::Ndjson => match (one, other) {
                (T::Int64, T::Float64) | (T::Float64, T::Int64) => T::Float64,
                _ => merged(one, other)?,
            },
            _ => merged(one, other)?,
        },
    })
}

/// Lists and structures, by what is in them.
fn merged(one: &DataType, other: &DataType) -> Option<DataType> {
    let mut field = Field::new("", one.clone(), true);
    field.try_merge(&Field::new("", other.clone(), true)).ok()?;
    Some(field.data_type().clone())
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::TimeUnit;

    use super::*;

    #[test]
    fn types_that_hold_both() {
        use DataType as T;
        let at = |unit, zone: Option<&str>| T::Timestamp(unit, zone.map(Into::into));
        for (format, one, other, expected) in [
            (Format::Csv, T::Int64, T::Float64, Some(T::Float64)),
            (Format::Csv, T::Int64, T::Date32, Some(T::Utf8)),
            (Format::Csv, T::Null, T::Date32, Some(T::Date32)),
            (
                Format::Csv,
                at(TimeUnit::Microsecond, Some("+00:00")),
                at(TimeUnit::Microsecond, None),
                Some(T::Utf8),
            ),
            (
                Format::Csv,
                at(TimeUnit::Microsecond, None),
                at(TimeUnit::Nanosecond, None),
                Some(at(TimeUnit::Nanosecond, None)),
            ),
            (Format::Parquet, T::Int32, T::Int64, Some(T::Int64)),
            (Format::Parquet, T::Utf8, T::LargeUtf8, Some(T::Utf8)),
            (Format::Parquet, T::Int64, T::Utf8, None),
            (Format::Ndjson, T::Int64, T::Float64, Some(T::Float64)),
            (Format::Ndjson, T::Int64, T::Utf8, None),
        ] {
            assert_eq!(both(format, &one, &other), expected, "{one} {other}");
            assert_eq!(both(format, &other, &one), expected, "{other} {one}");
        }
    }
}
