//! The columns of a statement, asked of Zuora in two small jobs.
//!
//! A statement without rows may have a file without names, so no row of it is joined to one row of our own. Keys of JSON
//! have no order, so the first job asks for CSV, whose header has the statement's; the second one for the types of
//! those places.

use std::sync::Arc;

use csv_core::{ReadRecordResult, Reader};
use serde_json::{Map, Value};
use zuzen_connectors::zuora::type_of;
use zuzen_plan::job::{Service, data_query};
use zuzen_rest::{JobRequest, Purpose, Statement, Usage};

use super::NAME;
use super::call::Written;
use crate::error::{Error, Kind};
use crate::options::Zuzen;
use crate::remote::read::Output;
use crate::remote::results::failed;
use crate::remote::writer::header;

/// Some tools mark the beginning of a text file.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// The columns, in order.
///
/// # Errors
/// What Zuora says to the statement, and `Sql` for columns that cannot be told apart.
pub(super) async fn columns(written: &Written, options: &Zuzen) -> Result<Vec<Output>, Error> {
    let options_of = written.connection.caps().query_options(Purpose::Metadata);
    let statement = names_of(&written.text);
    let body = data_query::headed_submission(&statement, options_of);
    let names = header_of(&ask(written, statement, body, options).await?)?;
    check(&names)?;
    let statement = types_of(&written.text, names.len());
    let body = data_query::submission(&statement, options_of);
    let types = first_line(&ask(written, statement, body, options).await?)?;
    let outputs = names.into_iter().enumerate().map(|(place, name)| {
        let kind = types.get(&header(place)).and_then(|kind| kind.as_str());
        let kind = kind.ok_or_else(|| unreadable("a column has no type"))?;
        Ok(Output {
            header: name,
            kind: type_of(kind),
        })
    });
    outputs.collect()
}

/// The statement stands on lines of its own: a comment at its end hides nothing, and places keep their columns.
fn none_of(text: &str) -> String {
    format!("(SELECT * FROM (\n{text}\n) LIMIT 0)")
}

fn names_of(text: &str) -> String {
    format!(
        "SELECT q.* FROM (SELECT 1 AS n) AS p LEFT JOIN {} AS q ON TRUE",
        none_of(text)
    )
}

fn types_of(text: &str, width: usize) -> String {
    let headers: Vec<String> = (0..width).map(header).collect();
    let list: Vec<String> = headers
        .iter()
        .map(|header| format!("typeof(q.{header}) AS {header}"))
        .collect();
    format!(
        "SELECT {} FROM (SELECT 1 AS n) AS p LEFT JOIN {} AS q ({}) ON TRUE",
        list.join(", "),
        none_of(text),
        headers.join(", ")
    )
}

async fn ask(
    written: &Written,
    statement: String,
    body: String,
    options: &Zuzen,
) -> Result<Vec<u8>, Error> {
    let connection = &written.connection;
    let request = JobRequest {
        service: Service::DataQuery,
        body,
        statement,
        table: format!("{}.{NAME}", connection.name()),
        tables: Vec::new(),
        purpose: Purpose::Metadata,
        patience: connection.caps().query_patience(),
    };
    let statement = Statement::new(0, connection.max_requests(options));
    let usage = Arc::new(Usage::new(Arc::new(statement)));
    let answer = connection.rest().job_result(request, usage).await;
    match answer {
        Ok(result) => Ok(result.bytes.to_vec()),
        Err(failure) => Err(placed(failed(failure).error())),
    }
}

/// The error with places as the statement has them: it begins a line later in what is asked.
fn placed(error: Error) -> Error {
    let message = error.message();
    let Some((before, rest)) = message.split_once("line ") else {
        return hinted(error);
    };
    let digits = rest.find(|letter: char| !letter.is_ascii_digit());
    let (number, behind) = rest.split_at(digits.unwrap_or(rest.len()));
    match number.parse::<u64>() {
        Ok(line) if line > 1 && behind.starts_with(':') => {
            let message = format!("{before}line {}{behind}", line - 1);
            let mended = Error::new(error.kind(), message);
            hinted(match error.hint() {
                Some(hint) => mended.with_hint(hint),
                None => mended,
            })
        }
        _ => hinted(error),
    }
}

/// The error, with what to do about the statement where nothing better is known.
pub(super) fn hinted(error: Error) -> Error {
    match (error.kind(), error.hint()) {
        // The file has other names than were told.
        (Kind::Decode, _) => {
            error.with_hint("give every column of the statement a lower-case name of its own with AS; if its tables have changed at Zuora, run it again: its columns are then asked for anew (a view over it has to be created again)")
        }
        // Names are typed here, and not those of a schema that was told once.
        _ if error.message().contains("Zuora has no such") => error.with_hint(
            "check the names in the statement: SHOW TABLES FROM connection lists tables, SHOW COLUMNS FROM table their columns",
        ),
        (_, Some(_)) => error,
        (_, None) => error.with_hint(format!(
            "{NAME} hands its statement to Zuora as it is: Trino's SQL over Zuora's tables, each column with a name of its own"
        )),
    }
}

/// SQL here knows columns by their names, in any case.
fn check(names: &[String]) -> Result<(), Error> {
    if names.is_empty() {
        return Err(unreadable("the answer has no columns"));
    }
    for (place, name) in names.iter().enumerate() {
        let same = |other: &String| other.eq_ignore_ascii_case(name);
        if names[..place].iter().any(same) {
            let message = format!("the statement of {NAME} has two columns called `{name}`");
            return Err(
                Error::new(Kind::Sql, message).with_hint("give each a name of its own with AS")
            );
        }
    }
    Ok(())
}

/// The first line of a table, in cells.
fn header_of(answer: &[u8]) -> Result<Vec<String>, Error> {
    // A file may begin with blank lines, and is not larger than its statement's names.
    let answer = answer.strip_prefix(MARK).unwrap_or(answer);
    let (mut cells, mut ends) = (vec![0; answer.len()], vec![0; answer.len() + 1]);
    let mut reader = Reader::new();
    let (result, read, _, count) = reader.read_record(answer, &mut cells, &mut ends);
    // Without a line end, the end of the file has to be told.
    let (result, count) = match result {
        ReadRecordResult::InputEmpty => {
            let (result, _, _, more) = reader.read_record(
                &[],
                &mut cells[read.min(answer.len())..],
                &mut ends[count..],
            );
            (result, count + more)
        }
        other => (other, count),
    };
    if result != ReadRecordResult::Record {
        return Err(unreadable("the answer has no header"));
    }
    let mut begin = 0;
    let names = ends[..count].iter().map(|end| {
        let cell = cells.get(begin..*end).unwrap_or_default();
        begin = *end;
        String::from_utf8(cell.to_vec()).map_err(|error| unreadable(&error.to_string()))
    });
    names.collect()
}

fn first_line(answer: &[u8]) -> Result<Map<String, Value>, Error> {
    let answer = answer.strip_prefix(MARK).unwrap_or(answer);
    let mut lines = answer.split(|byte| *byte == b'\n');
    let first = lines.find(|line| !line.trim_ascii().is_empty());
    let first = first.ok_or_else(|| unreadable("the answer has no row"))?;
    serde_json::from_slice(first).map_err(|error| unreadable(&error.to_string()))
}

fn unreadable(reason: &str) -> Error {
    let message = format!(
        "the columns of the statement of {NAME} cannot be read from Zuora's answer: {reason}"
    );
    Error::new(Kind::Decode, message).with_hint("run it again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_statements_ask_for_names_and_types() {
        let text = "SELECT 1 AS a -- one";
        assert_eq!(
            names_of(text),
            "SELECT q.* FROM (SELECT 1 AS n) AS p LEFT JOIN (SELECT * FROM (\nSELECT 1 AS a -- one\n) LIMIT 0) AS q ON TRUE"
        );
        assert_eq!(
            types_of(text, 2),
            "SELECT typeof(q.c0) AS c0, typeof(q.c1) AS c1 FROM (SELECT 1 AS n) AS p LEFT JOIN (SELECT * FROM (\nSELECT 1 AS a -- one\n) LIMIT 0) AS q (c0, c1) ON TRUE"
        );
    }

    #[test]
    fn names_keep_their_order_and_are_told_apart() {
        let read = |answer: &str| {
            let names = header_of(answer.as_bytes())?;
            check(&names)?;
            Ok::<_, Error>(names)
        };
        for (answer, names) in [
            ("\u{feff}z,a,_col2\n,,\n", &["z", "a", "_col2"][..]),
            ("id\n\n", &["id"]),
            ("id", &["id"]),
            ("a,b", &["a", "b"]),
            ("\"a, \"\"b\"\"\",\"c\nd\"\r\n,\r\n", &["a, \"b\"", "c\nd"]),
        ] {
            assert_eq!(read(answer).unwrap(), names, "{answer}");
        }
        for (answer, wanted) in [
            ("id,ID\n,\n", "two columns called `ID`"),
            ("id,id\n,\n", "two columns called `id`"),
            ("", "the answer has no header"),
        ] {
            let error = read(answer).unwrap_err();
            assert!(error.message().contains(wanted), "{answer}: {error}");
            assert!(error.hint().is_some(), "{answer}");
        }
    }

    #[test]
    fn types_are_read_by_key() {
        let types = first_line(b"\n{\"c1\":\"date\",\"c0\":\"bigint\"}\n").unwrap();
        assert_eq!(types["c0"], "bigint");
        for answer in ["", "[1]", "{"] {
            assert!(first_line(answer.as_bytes()).is_err(), "{answer}");
        }
    }

    #[test]
    fn places_are_those_of_the_statement() {
        for (told, expected) in [
            (
                "Zuora rejects it: line 2:8: Column 'x'",
                "Zuora rejects it: line 1:8: Column 'x'",
            ),
            ("line 12:1: mismatched input", "line 11:1: mismatched input"),
            ("line 1:70: odd", "line 1:70: odd"),
            ("the pipeline 2 fails", "the pipeline 2 fails"),
            ("nothing", "nothing"),
        ] {
            let error = placed(Error::new(Kind::Remote, told));
            assert_eq!(error.message(), expected);
            assert!(error.hint().is_some());
        }
    }
}
