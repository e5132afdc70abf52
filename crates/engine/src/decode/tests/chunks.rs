//! Random rows, written in every way there is and cut anywhere, come back equal.

use chrono::DateTime;
use proptest::prelude::*;

use super::*;

const COLUMNS: [&str; 7] = [
    "number int64",
    "amount decimal(20,6)",
    "rate float64",
    "flag bool",
    "words text",
    "day date",
    "at timestamp",
];

#[derive(Debug, Clone)]
struct Row {
    number: Option<i64>,
    amount: Option<i64>,
    rate: Option<f64>,
    flag: Option<bool>,
    words: Option<String>,
    day: Option<i32>,
    at: Option<i64>,
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z]{0,12}",
        "[\\x01-\\x20\",\\\\あ😀\u{7f}]{0,9}",
    ]
}

fn row() -> impl Strategy<Value = Row> {
    use prop::option::of;
    let instants = -60_000_000_000_000_000..200_000_000_000_000_000_i64;
    (
        of(any::<i64>()),
        of(any::<i64>()),
        // Eighths, because the shortest text of a float is not everywhere the same.
        of(any::<i32>().prop_map(|eighths| f64::from(eighths) / 8.0)),
        of(any::<bool>()),
        of(words()),
        of(-500_000..2_000_000_i32),
        of(instants),
    )
        .prop_map(|(number, amount, rate, flag, words, day, at)| Row {
            number,
            amount,
            rate,
            flag,
            words,
            day,
            at,
        })
}

fn amount(unscaled: i64) -> String {
    let size = unscaled.unsigned_abs();
    let sign = if unscaled < 0 { "-" } else { "" };
    format!("{sign}{}.{:06}", size / 1_000_000, size % 1_000_000)
}

fn day(days: i32) -> String {
    let instant = DateTime::from_timestamp(i64::from(days) * 86_400, 0).unwrap();
    instant.format("%Y-%m-%d").to_string()
}

fn at(micros: i64, form: &str) -> String {
    let instant = DateTime::from_timestamp_micros(micros).unwrap();
    instant.format(form).to_string()
}

impl Row {
    /// The fields as text, without quotes.
    fn fields(&self, form: &str) -> [Option<String>; 7] {
        [
            self.number.map(|number| number.to_string()),
            self.amount.map(amount),
            self.rate.map(|rate| rate.to_string()),
            self.flag.map(|flag| flag.to_string()),
            self.words.clone(),
            self.day.map(day),
            self.at.map(|micros| at(micros, form)),
        ]
    }

    /// What the decoder shows for it; Arrow always prints a float with its point.
    fn shown(&self) -> String {
        let mut fields = self.fields("%Y-%m-%dT%H:%M:%S%.fZ");
        fields[2] = self.rate.map(|rate| format!("{rate:?}"));
        let cells: Vec<_> = fields.map(|field| field.unwrap_or("~".to_owned())).into();
        cells.join("|")
    }

    fn json(&self, order: &[usize], form: &str) -> String {
        let mut fields = self.fields(form);
        for quoted in [4, 5, 6] {
            fields[quoted] = fields[quoted]
                .as_ref()
                .map(|field| serde_json::Value::from(field.as_str()).to_string());
        }
        let members: Vec<_> = order
            .iter()
            .map(|place| {
                let key = COLUMNS[*place].split_once(' ').unwrap().0;
                let value = fields[*place].as_deref().unwrap_or("null");
                format!("\"{key}\":{value}")
            })
            .collect();
        format!("{{{}}}", members.join(","))
    }

    fn csv(&self, order: &[usize], form: &str) -> String {
        let fields = self.fields(form);
        let fields: Vec<_> = order
            .iter()
            .map(|place| {
                let field = fields[*place].as_deref().unwrap_or("<NULL>");
                format!("\"{}\"", field.replace('"', "\"\""))
            })
            .collect();
        fields.join(",")
    }
}

/// The file in pieces that end where `cuts` say.
fn pieces<'f>(file: &'f [u8], cuts: &[prop::sample::Index]) -> Vec<&'f [u8]> {
    let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(file.len() + 1)).collect();
    ends.push(file.len());
    ends.sort_unstable();
    let mut start = 0;
    let pieces = ends.iter().map(|end| {
        let piece = &file[start..*end];
        start = *end;
        piece
    });
    pieces.collect()
}

fn order() -> impl Strategy<Value = Vec<usize>> {
    Just((0..7).collect::<Vec<_>>()).prop_shuffle()
}

fn form() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "%Y-%m-%dT%H:%M:%S%.6fZ",
        "%Y-%m-%d %H:%M:%S%.9f UTC",
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%dT%H:%M:%S%.6f+0000",
        "%Y-%m-%d %H:%M:%S%.6f Etc/GMT",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn json_lines(
        rows in prop::collection::vec((row(), any::<bool>()), 0..12),
        order in order(),
        form in form(),
        end in prop::sample::select(vec!["\n", "\r\n"]),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        batch_rows in 1..6_usize,
    ) {
        let straight: Vec<_> = (0..7).collect();
        let lines: Vec<_> = rows
            .iter()
            .map(|(row, shuffled)| row.json(if *shuffled { &order } else { &straight }, form))
            .collect();
        let file = lines.join(end);
        let batches = decode_lines(&COLUMNS, pieces(file.as_bytes(), &cuts), batch_rows).unwrap();
        let wanted: Vec<_> = rows.iter().map(|(row, _)| row.shown()).collect();
        prop_assert_eq!(all_rows(&batches), wanted);
        prop_assert!(batches.iter().all(|batch| batch.num_rows() <= batch_rows));
    }

    #[test]
    fn csv(
        rows in prop::collection::vec(row(), 0..12),
        order in order(),
        form in form(),
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        batch_rows in 1..6_usize,
    ) {
        let header: Vec<_> = order
            .iter()
            .map(|place| COLUMNS[*place].split_once(' ').unwrap().0.to_uppercase())
            .collect();
        let lines: Vec<_> = rows.iter().map(|row| row.csv(&order, form)).collect();
        let file = [vec![header.join(",")], lines].concat().join(end);
        let pieces = pieces(file.as_bytes(), &cuts);
        let (batches, removed) = decode_csv(&COLUMNS, "<NULL>", pieces, batch_rows).unwrap();
        let nuls: usize = rows
            .iter()
            .map(|row| row.words.iter().flat_map(|words| words.chars()).filter(|c| *c == '\0').count())
            .sum();
        prop_assert_eq!(removed, nuls as u64);
        let wanted: Vec<_> = rows.iter().map(|row| row.shown().replace('\0', "")).collect();
        prop_assert_eq!(all_rows(&batches), wanted);
    }

    #[test]
    fn nothing_panics(
        file in prop::collection::vec(prop::sample::select(b"{}\"\\,:\n\r na1-.\xc3\xa9".to_vec()), 0..60),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let _ = decode_lines(&["a text"], pieces(&file, &cuts), 2);
        let _ = decode_csv(&["a text"], "n", pieces(&file, &cuts), 2);
        let headed = [b"a,b\n".as_slice(), &file].concat();
        let _ = decode_csv(&["a text", "b int64"], "n", pieces(&headed, &cuts), 2);
    }
}
