//! The zone that instants are written in.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use arrow::array::{ArrayRef, RecordBatch, TimestampSecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef, Schema};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// How instants are written: in which zone, and `Z` for UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: Arc<str>,
    utc: bool,
}

impl Zone {
    /// The zone of a session, by the name it is set to; UTC if there is none.
    #[must_use]
    pub fn new(name: Option<&str>) -> Self {
        let utc = matches!(name, None | Some("" | "+00:00" | "UTC" | "Z"));
        let name = match name {
            Some(name) if !utc => name,
            _ => "+00:00",
        };
        Self {
            name: name.into(),
            utc,
        }
    }

    /// Whether it is UTC.
    #[must_use]
    pub fn is_utc(&self) -> bool {
        self.utc
    }

    /// The pattern of ISO 8601: `2026-11-22T09:00:00+09:00`.
    #[must_use]
    pub(crate) fn iso(&self) -> &'static str {
        if self.utc {
            "%Y-%m-%dT%H:%M:%S%.fZ"
        } else {
            "%Y-%m-%dT%H:%M:%S%.f%:z"
        }
    }

    /// The time of day of a moment: `09:00:00`; empty for one that no calendar has.
    #[must_use]
    pub fn clock(&self, moment: SystemTime) -> String {
        let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
        let seconds = i64::try_from(since.as_secs()).unwrap_or_default();
        let instants =
            TimestampSecondArray::from(vec![seconds]).with_timezone(Arc::clone(&self.name));
        let options = FormatOptions::new().with_timestamp_tz_format(Some("%H:%M:%S"));
        let formatter = ArrayFormatter::try_new(&instants, &options);
        formatter.map_or(String::new(), |formatter| formatter.value(0).to_string())
    }

    /// The same rows with all instants in this zone, those inside lists and structures too.
    ///
    /// # Errors
    /// An instant that the zone has no time for.
    pub fn localize(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let schema = batch.schema();
        let fields: Vec<FieldRef> = schema
            .fields()
            .iter()
            .map(|field| self.field(field))
            .collect();
        let columns = batch.columns().iter().zip(&fields);
        let columns = columns.map(|(column, field)| cast(column, field.data_type()));
        let columns: Vec<ArrayRef> = columns.collect::<Result<_, _>>()?;
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
    }

    fn field(&self, field: &FieldRef) -> FieldRef {
        let kept = field.as_ref().clone();
        let local = self.local(field.data_type());
        Arc::new(kept.with_data_type(local))
    }

    fn local(&self, kind: &DataType) -> DataType {
        match kind {
            DataType::Timestamp(unit, Some(_)) => {
                DataType::Timestamp(*unit, Some(Arc::clone(&self.name)))
            }
            DataType::List(item) => DataType::List(self.field(item)),
            DataType::LargeList(item) => DataType::LargeList(self.field(item)),
            DataType::Struct(fields) => {
                DataType::Struct(fields.iter().map(|field| self.field(field)).collect())
            }
            other => other.clone(),
        }
    }
}
