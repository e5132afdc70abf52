//! Result files of remote jobs into Arrow: 500,000 invoice items as JSON lines and as CSV, streamed from disk in
//! pieces, against a skim of the same file in the same run (`serde_json` and `csv-core`, which keep nothing).
//!
//! `cargo bench -p zuzen --bench results`; with `-- --test` a small file is taken once. With `-- --files FOLDER` the
//! files are kept there, so that `benches/results.py` can give them to DuckDB and pyarrow. In a release build ratios and
//! peak memory have limits.

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Write as _, stdout};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use csv_core::{ReadRecordResult, Reader};
use serde::de::IgnoredAny;
use zuzen_engine::decode::{CsvDecoder, LineDecoder, ResultColumn, Type};

const PIECE: usize = 64 << 10;
const BATCH: usize = 8192;
const PEAK: u64 = 150;

const COLUMNS: [(&str, &str); 15] = [
    ("id", "text"),
    ("invoiceid", "text"),
    ("subscriptionid", "text"),
    ("chargename", "text"),
    ("description", "text"),
    ("chargeamount", "decimal(22,9)"),
    ("taxamount", "decimal(22,9)"),
    ("unitprice", "decimal(22,9)"),
    ("quantity", "decimal(22,9)"),
    ("processingtype", "int64"),
    ("servicestartdate", "date"),
    ("serviceenddate", "date"),
    ("chargedate", "timestamp"),
    ("updateddate", "timestamp"),
    ("deleted", "bool"),
];

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<_> = std::env::args().collect();
    let once = arguments.iter().any(|argument| argument == "--test");
    let kept = arguments
        .iter()
        .position(|argument| argument == "--files")
        .and_then(|place| arguments.get(place + 1));
    let temporary = tempfile::tempdir()?;
    let folder = kept.map_or(temporary.path(), Path::new);
    let rows = if once { 5_000 } else { 500_000 };
    let lines = written(folder, "items.jsonl", rows, write_lines)?;
    let csv = written(folder, "items.csv", rows, write_csv)?;

    type Measured<'a> = (&'a str, &'a Path, fn(&Path) -> Outcome<u64>, Vec<Duration>);
    let mut measured: [Measured; 4] = [
        ("json skim", &lines, skim_lines, Vec::new()),
        ("json lines", &lines, decode_lines, Vec::new()),
        ("csv skim", &csv, skim_csv, Vec::new()),
        ("csv", &csv, decode_csv, Vec::new()),
    ];
    // In turn, so that whatever else the machine does falls on all alike.
    for _ in 0..if once { 1 } else { 5 } {
        for (what, path, run, times) in &mut measured {
            let begun = Instant::now();
            let found = black_box(run(path)?);
            times.push(begun.elapsed());
            if found != rows {
                return Err(format!("{what}: {found} instead of {rows} rows").into());
            }
        }
    }

    let mut out = stdout().lock();
    let mut slow = Vec::new();
    let mut whole = Duration::MAX;
    for ((what, path, _, times), floor) in measured.iter_mut().zip([0.0, 0.45, 0.0, 0.3]) {
        times.sort_unstable();
        let time = times[times.len() / 2];
        if floor == 0.0 {
            whole = time;
        }
        let size = std::fs::metadata(path)?.len() as f64 / 1e6;
        let ratio = whole.as_secs_f64() / time.as_secs_f64();
        let time = time.as_secs_f64();
        let speed = size / time;
        writeln!(
            out,
            "{what:>10}  {time:.3} s  {size:4.0} MB  {speed:5.0} MB/s  {ratio:.2} x skim"
        )?;
        if ratio < floor {
            slow.push(format!("{what}: {ratio:.2} x skim is under {floor}"));
        }
    }
    if let Some(peak) = peak() {
        writeln!(out, "{:>10}  {peak} MB", "peak")?;
        if peak > PEAK {
            slow.push(format!("{peak} MB at the peak are more than {PEAK}"));
        }
    }
    if slow.is_empty() || once || cfg!(debug_assertions) {
        return Ok(());
    }
    Err(slow.join("; ").into())
}

/// The most memory this process has had, in MB, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1000)
}

fn columns() -> Outcome<Vec<ResultColumn>> {
    let column = |&(header, kind): &(&str, &str)| {
        Ok(ResultColumn {
            header: header.to_owned(),
            kind: Type::parse(kind)?,
        })
    };
    COLUMNS.iter().map(column).collect()
}

/// Hands out the file in pieces, as a download would.
fn pieces(path: &Path, mut take: impl FnMut(&[u8]) -> Outcome<()>) -> Outcome<()> {
    let mut file = File::open(path)?;
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(()),
            length => take(&piece[..length])?,
        }
    }
}

fn decode_lines(path: &Path) -> Outcome<u64> {
    let mut decoder = LineDecoder::new(&columns()?, BATCH)?;
    pieces(path, |piece| {
        decoder.push(piece)?;
        while let Some(batch) = decoder.next_batch() {
            black_box(batch);
        }
        Ok(())
    })?;
    black_box(decoder.finish()?);
    Ok(decoder.rows())
}

fn decode_csv(path: &Path) -> Outcome<u64> {
    let mut decoder = CsvDecoder::new(&columns()?, "", BATCH)?;
    pieces(path, |piece| {
        decoder.push(piece)?;
        while let Some(batch) = decoder.next_batch() {
            black_box(batch);
        }
        Ok(())
    })?;
    black_box(decoder.finish()?);
    Ok(decoder.rows())
}

fn skim_lines(path: &Path) -> Outcome<u64> {
    let mut file = BufReader::with_capacity(PIECE, File::open(path)?);
    let (mut line, mut rows) = (Vec::new(), 0);
    while file.read_until(b'\n', &mut line)? > 0 {
        black_box(serde_json::from_slice::<IgnoredAny>(&line)?);
        line.clear();
        rows += 1;
    }
    Ok(rows)
}

fn skim_csv(path: &Path) -> Outcome<u64> {
    let mut reader = Reader::new();
    let (mut row, mut ends) = (vec![0; PIECE], vec![0; 64]);
    let (mut filled, mut ended, mut rows) = (0, 0, 0_u64);
    pieces(path, |mut piece| {
        while !piece.is_empty() {
            let (result, taken, wrote, closed) =
                reader.read_record(piece, &mut row[filled..], &mut ends[ended..]);
            piece = &piece[taken..];
            (filled, ended) = (filled + wrote, ended + closed);
            if result == ReadRecordResult::Record {
                black_box((&row, &ends));
                (filled, ended, rows) = (0, 0, rows + 1);
            }
        }
        Ok(())
    })?;
    // The header is a record to csv-core.
    Ok(rows - 1)
}

/// Writes a file, unless it is there from an earlier run.
fn written(
    folder: &Path,
    name: &str,
    rows: u64,
    write: fn(&mut BufWriter<File>, u64) -> std::io::Result<()>,
) -> Outcome<PathBuf> {
    let path = folder.join(name);
    if !path.exists() {
        let mut out = BufWriter::new(File::create(&path)?);
        write(&mut out, rows)?;
        out.flush()?;
    }
    Ok(path)
}

fn write_lines(out: &mut BufWriter<File>, rows: u64) -> std::io::Result<()> {
    for row in 0..rows {
        let item = Item::draw(row);
        let description = match &item.description {
            Some(text) => format!("\"{}\"", text.replace('"', "\\\"").replace('\n', "\\n")),
            None => "null".to_owned(),
        };
        writeln!(
            out,
            concat!(
                r#"{{"id":"{}","invoiceid":"{}","subscriptionid":"{}","chargename":"{}","description":{},"#,
                r#""chargeamount":{}.{:02}0000000,"taxamount":{}.{:02}0000000,"unitprice":{}.990000000,"quantity":{}.000000000,"#,
                r#""processingtype":{},"servicestartdate":"{}-01","serviceenddate":"{}-28","#,
                r#""chargedate":"{}-{:02}T11:40:{:02}-08:00","updateddate":"{}-{:02}T17:13:{:02}-08:00","deleted":{}}}"#,
            ),
            item.id,
            item.invoice,
            item.subscription,
            item.charge,
            description,
            item.amount,
            item.cents,
            item.amount / 5,
            item.cents,
            item.amount % 100,
            item.quantity,
            item.quantity % 2,
            item.month,
            item.month,
            item.month,
            item.day,
            item.second,
            item.month,
            item.day,
            item.second,
            item.deleted,
        )?;
    }
    Ok(())
}

fn write_csv(out: &mut BufWriter<File>, rows: u64) -> std::io::Result<()> {
    let headers: Vec<_> = COLUMNS.iter().map(|(header, _)| *header).collect();
    writeln!(out, "{}", headers.join(","))?;
    for row in 0..rows {
        let item = Item::draw(row);
        let description = match &item.description {
            Some(text) => format!("\"{}\"", text.replace('"', "\"\"")),
            None => String::new(),
        };
        writeln!(
            out,
            concat!(
                "{},{},{},{},{},{}.{:02},{}.{:02},{}.99,{},{},{}-01,{}-28,",
                "{}-{:02}T19:40:{:02}+0000,{}-{:02}T01:13:{:02}+0000,{}",
            ),
            item.id,
            item.invoice,
            item.subscription,
            item.charge,
            description,
            item.amount,
            item.cents,
            item.amount / 5,
            item.cents,
            item.amount % 100,
            item.quantity,
            item.quantity % 2,
            item.month,
            item.month,
            item.month,
            item.day,
            item.second,
            item.month,
            item.day,
            item.second,
            item.deleted,
        )?;
    }
    Ok(())
}

/// What stands in a row.
struct Item {
    id: String,
    invoice: String,
    subscription: String,
    charge: &'static str,
    description: Option<String>,
    amount: u64,
    cents: u64,
    quantity: u64,
    month: String,
    day: u64,
    second: u64,
    deleted: bool,
}

impl Item {
    fn draw(row: u64) -> Self {
        let mixed = (row + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let id = |kind: u64, number: u64| format!("2c92c0f9{kind:08x}{number:016x}");
        Self {
            id: id(1, mixed),
            invoice: id(2, row / 7),
            subscription: id(3, mixed % 60_000),
            charge: ["Monthly fee", "Überlauf pro GB", "Gold support", "Set-up"][row as usize % 4],
            description: match row % 5 {
                0 => None,
                1 => Some(format!(
                    "Seats for the \"north\" office,\nperiod {}",
                    row % 24
                )),
                _ => Some(format!(
                    "Recurring charge for plan {}, billed in advance",
                    row % 300
                )),
            },
            amount: mixed % 10_000,
            cents: mixed % 100,
            quantity: 1 + mixed % 500,
            month: format!("{}-{:02}", 2018 + row % 8, 1 + row % 12),
            day: 1 + row % 28,
            second: row % 60,
            deleted: row.is_multiple_of(50),
        }
    }
}
