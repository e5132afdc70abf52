//! Values as text for people: instants in the session's zone, no control characters, numbers to the right.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampSecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// How instants are written.
#[derive(Debug, Clone)]
pub(crate) struct Zone {
    name: Arc<str>,
    utc: bool,
}

impl Zone {
    /// The zone of a session, by the name it is set to.
    pub(crate) fn new(name: Option<&str>) -> Self {
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

    /// The pattern for people: `2026-11-22 09:00:00+09:00`.
    fn spaced(&self) -> &'static str {
        if self.utc {
            "%Y-%m-%d %H:%M:%S%.fZ"
        } else {
            "%Y-%m-%d %H:%M:%S%.f%:z"
        }
    }

    /// The pattern of ISO 8601: `2026-11-22T09:00:00+09:00`.
    pub(crate) fn iso(&self) -> &'static str {
        if self.utc {
            "%Y-%m-%dT%H:%M:%S%.fZ"
        } else {
            "%Y-%m-%dT%H:%M:%S%.f%:z"
        }
    }

    /// The time of day of a moment: `09:00:00`; empty for one that no calendar has.
    pub(crate) fn clock(&self, moment: SystemTime) -> String {
        let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
        let seconds = i64::try_from(since.as_secs()).unwrap_or_default();
        let instants =
            TimestampSecondArray::from(vec![seconds]).with_timezone(Arc::clone(&self.name));
        let options = FormatOptions::new().with_timestamp_tz_format(Some("%H:%M:%S"));
        let formatter = ArrayFormatter::try_new(&instants, &options);
        formatter.map_or(String::new(), |formatter| formatter.value(0).to_string())
    }

    /// The same rows with all instants in this zone.
    pub(crate) fn localize(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
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

    /// The rows as a table of text: `NULL` for what is missing, numbers padded to the right edge.
    pub(crate) fn texts(
        &self,
        schema: &Schema,
        batches: &[RecordBatch],
    ) -> Result<RecordBatch, ArrowError> {
        let mut columns: Vec<Vec<String>> = vec![Vec::new(); schema.fields().len()];
        let options = FormatOptions::new()
            .with_null("NULL")
            // A value that has no text is an error, not a cell that says so.
            .with_display_error(false)
            .with_timestamp_tz_format(Some(self.spaced()))
            .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f"));
        for batch in batches {
            let batch = self.localize(batch)?;
            for (column, texts) in batch.columns().iter().zip(&mut columns) {
                let formatter = ArrayFormatter::try_new(column.as_ref(), &options)?;
                for row in 0..batch.num_rows() {
                    let text = formatter.value(row).try_to_string()?;
                    texts.push(visible(&text).into_owned());
                }
            }
        }
        for (field, texts) in schema.fields().iter().zip(&mut columns) {
            if field.data_type().is_numeric() {
                let widest = texts.iter().map(String::len).max().unwrap_or_default();
                let width = widest.max(field.name().chars().count());
                for text in texts {
                    *text = format!("{text:>width$}");
                }
            }
        }
        let fields: Vec<Field> = schema
            .fields()
            .iter()
            .map(|field| Field::new(visible(field.name()), DataType::Utf8, true))
            .collect();
        let columns = columns
            .into_iter()
            .map(|texts| Arc::new(StringArray::from(texts)) as ArrayRef)
            .collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
    }
}

/// Text without characters that would move the cursor or colour the terminal: rows hold what strangers have written.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    let harmless = |character: char| character == '\n' || !character.is_control();
    if text.chars().all(harmless) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.replace("\r\n", "\n").chars() {
        match character {
            '\t' => shown.push_str("    "),
            other if harmless(other) => shown.push(other),
            other => shown.extend(other.escape_default()),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use arrow::array::{Int64Array, ListArray, TimestampMicrosecondArray};
    use arrow::datatypes::{TimeUnit, TimestampMicrosecondType};

    use super::*;

    const NINE_IN_TOKYO: i64 = 1_795_305_600_000_000;

    fn instants() -> RecordBatch {
        let values = vec![Some(NINE_IN_TOKYO), None, Some(NINE_IN_TOKYO + 250_000)];
        let instants = TimestampMicrosecondArray::from(values).with_timezone("+00:00");
        let item = Arc::new(Field::new(
            "item",
            DataType::Timestamp(TimeUnit::Microsecond, None),
            true,
        ));
        let rows = [Some(vec![Some(NINE_IN_TOKYO)]), None, Some(vec![])];
        let lists = ListArray::from_iter_primitive::<TimestampMicrosecondType, _, _>(rows);
        let zoned = DataType::List(Arc::new(item.as_ref().clone().with_data_type(
            DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into())),
        )));
        let numbers = Int64Array::from(vec![7, -12_345, 0]);
        RecordBatch::try_from_iter(vec![
            ("at", Arc::new(instants) as ArrayRef),
            ("all", cast(&lists, &zoned).unwrap()),
            ("n", Arc::new(numbers) as ArrayRef),
        ])
        .unwrap()
    }

    fn cells(zone: &Zone, batch: &RecordBatch) -> Vec<Vec<String>> {
        let texts = zone
            .texts(&batch.schema(), std::slice::from_ref(batch))
            .unwrap();
        let column = |column: &ArrayRef| {
            let texts = column.as_any().downcast_ref::<StringArray>().unwrap();
            texts.iter().map(|text| text.unwrap().to_owned()).collect()
        };
        texts.columns().iter().map(column).collect()
    }

    #[test]
    fn instants_are_shown_in_the_zone_of_the_session() {
        for (zone, first, third, list) in [
            (
                None,
                "2026-11-22 00:00:00Z",
                "2026-11-22 00:00:00.250Z",
                "[2026-11-22 00:00:00Z]",
            ),
            (
                Some("+00:00"),
                "2026-11-22 00:00:00Z",
                "2026-11-22 00:00:00.250Z",
                "[2026-11-22 00:00:00Z]",
            ),
            (
                Some("Asia/Tokyo"),
                "2026-11-22 09:00:00+09:00",
                "2026-11-22 09:00:00.250+09:00",
                "[2026-11-22 09:00:00+09:00]",
            ),
        ] {
            let cells = cells(&Zone::new(zone), &instants());
            assert_eq!(cells[0], [first, "NULL", third], "{zone:?}");
            assert_eq!(cells[1], [list, "NULL", "[]"], "{zone:?}");
        }
    }

    #[test]
    fn an_instant_of_another_zone_is_not_mislabelled() {
        let there = TimestampMicrosecondArray::from(vec![NINE_IN_TOKYO]).with_timezone("-05:00");
        let batch = RecordBatch::try_from_iter(vec![("at", Arc::new(there) as ArrayRef)]).unwrap();
        assert_eq!(cells(&Zone::new(None), &batch), [["2026-11-22 00:00:00Z"]]);
    }

    #[test]
    fn numbers_stand_at_the_right() {
        let cells = cells(&Zone::new(None), &instants());
        assert_eq!(cells[2], ["     7", "-12345", "     0"]);
    }

    #[test]
    fn strangers_do_not_command_the_terminal() {
        for (text, shown) in [
            ("plain 日本語", "plain 日本語"),
            ("a\r\nb\tc", "a\nb    c"),
            ("\u{1b}[2J\u{7}", "\\u{1b}[2J\\u{7}"),
            ("\u{9b}31m", "\\u{9b}31m"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }
}
