//! Values as text for people: instants in the session's zone, no control characters.

use std::borrow::Cow;

use arrow::array::{Array as _, RecordBatch};
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};
use zuzen_engine::files::Zone;

/// What stands for a value that is missing.
pub(crate) const NULL: &str = "NULL";

/// The texts of rows, column by column; `None` for what is missing.
pub(crate) type Columns = Vec<Vec<Option<String>>>;

/// The texts of a batch.
pub(crate) fn texts(batch: &RecordBatch, zone: &Zone) -> Result<Columns, ArrowError> {
    let pattern = match zone.is_utc() {
        true => "%Y-%m-%d %H:%M:%S%.fZ",
        false => "%Y-%m-%d %H:%M:%S%.f%:z",
    };
    let options = FormatOptions::new()
        .with_null(NULL)
        // A value that has no text is an error, not a cell that says so.
        .with_display_error(false)
        .with_timestamp_tz_format(Some(pattern))
        .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f"));
    let batch = zone.localize(batch)?;
    let columns = batch.columns().iter().map(|column| {
        let formatter = ArrayFormatter::try_new(column.as_ref(), &options)?;
        let cells = (0..batch.num_rows()).map(|row| {
            if column.is_null(row) {
                return Ok(None);
            }
            let text = formatter.value(row).try_to_string()?;
            Ok(Some(visible(&text).into_owned()))
        });
        cells.collect()
    });
    columns.collect()
}

/// The names of columns, as they are shown.
pub(crate) fn names(schema: &Schema) -> Vec<String> {
    let fields = schema.fields().iter();
    fields
        .map(|field| visible(field.name()).into_owned())
        .collect()
}

/// Which columns stand at the right.
pub(crate) fn numeric(schema: &Schema) -> Vec<bool> {
    let numeric = |field: &Field| field.data_type().is_numeric();
    schema.fields().iter().map(|field| numeric(field)).collect()
}

/// The columns of a terminal that a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text, filled up with blanks at its end, or at its beginning.
pub(crate) fn padded(text: &str, to: usize, right: bool) -> String {
    let blanks = " ".repeat(to.saturating_sub(width(text)));
    match right {
        true => format!("{blanks}{text}"),
        false => format!("{text}{blanks}"),
    }
}

/// The text on one line, with `…` for what is too much; whether anything was left out.
pub(crate) fn shortened(text: &str, to: usize) -> (String, bool) {
    let line = match text.contains('\n') {
        true => Cow::Owned(text.replace('\n', "↵")),
        false => Cow::Borrowed(text),
    };
    if width(&line) <= to {
        return (line.into_owned(), false);
    }
    let mut shown = String::new();
    let mut taken = 1;
    for letter in line.chars() {
        taken += letter.width().unwrap_or_default();
        if taken > to {
            break;
        }
        shown.push(letter);
    }
    shown.push('…');
    (shown, true)
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
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, ListArray, TimestampMicrosecondArray};
    use arrow::compute::cast;
    use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};

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
            let cells = texts(&instants(), &Zone::new(zone)).unwrap();
            let shown = |text: &str| Some(text.to_owned());
            assert_eq!(cells[0], [shown(first), None, shown(third)], "{zone:?}");
            assert_eq!(cells[1], [shown(list), None, shown("[]")], "{zone:?}");
        }
    }

    #[test]
    fn an_instant_of_another_zone_is_not_mislabelled() {
        let there = TimestampMicrosecondArray::from(vec![NINE_IN_TOKYO]).with_timezone("-05:00");
        let batch = RecordBatch::try_from_iter(vec![("at", Arc::new(there) as ArrayRef)]).unwrap();
        let cells = texts(&batch, &Zone::new(None)).unwrap();
        assert_eq!(cells, [[Some("2026-11-22 00:00:00Z".to_owned())]]);
    }

    #[test]
    fn what_is_too_wide_is_cut_between_letters() {
        for (text, to, shown) in [
            ("plain", 5, "plain"),
            ("plainly", 5, "plai…"),
            ("日本語です", 10, "日本語です"),
            ("日本語です", 9, "日本語で…"),
            ("日本語です", 6, "日本…"),
            ("a\nb", 3, "a↵b"),
            ("👍👍", 3, "👍…"),
        ] {
            let (cut, was_cut) = shortened(text, to);
            assert_eq!(cut, shown);
            assert_eq!(was_cut, cut.ends_with('…'));
            assert!(width(&cut) <= to);
        }
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
