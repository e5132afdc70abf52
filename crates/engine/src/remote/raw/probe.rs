//! The columns of a statement, asked of Zuora in two small jobs.
//!
//! A statement without rows has a file without names, so no row of it is joined to one row of our own: the answer is
//! always one line that has every name, and all values are NULL. The second job asks for the types of those places.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use zuzen_connectors::zuora::type_of;
use zuzen_plan::job::{Patience, Service, data_query};
use zuzen_rest::{JobRequest, Purpose, Statement, Usage};

use super::NAME;
use super::call::Written;
use crate::error::{Error, Kind};
use crate::options::Zuzen;
use crate::remote::read::Output;
use crate::remote::results::failed;
use crate::remote::writer::header;

/// The columns, in order.
///
/// # Errors
/// What Zuora says to the statement, and `Sql` for columns that cannot be told apart.
pub(super) async fn columns(written: &Written, options: &Zuzen) -> Result<Vec<Output>, Error> {
    let answer = ask(written, names_of(&written.text), options).await?;
    let Keys(names) = line(&answer)?;
    check(&names)?;
    let answer = ask(written, types_of(&written.text, names.len()), options).await?;
    let types: serde_json::Map<String, serde_json::Value> = line(&answer)?;
    let outputs = names.into_iter().enumerate().map(|(place, header_of)| {
        let kind = types.get(&header(place)).and_then(|kind| kind.as_str());
        let kind = kind.ok_or_else(|| unreadable("a column has no type"))?;
        Ok(Output {
            header: header_of,
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

async fn ask(written: &Written, statement: String, options: &Zuzen) -> Result<Vec<u8>, Error> {
    let connection = &written.connection;
    let request = JobRequest {
        service: Service::DataQuery,
        body: data_query::submission(&statement, connection.caps().query_options()),
        statement,
        table: format!("{}.{NAME}", connection.name()),
        tables: Vec::new(),
        purpose: Purpose::Metadata,
        patience: Patience::for_data_query(),
    };
    let statement = Statement::new(0, connection.max_requests(options));
    let usage = Arc::new(Usage::new(Arc::new(statement)));
    let answer = connection.rest().job_result(request, usage).await;
    match answer {
        Ok(bytes) => Ok(bytes.to_vec()),
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

fn hinted(error: Error) -> Error {
    match error.hint() {
        Some(_) => error,
        None => error.with_hint(format!(
            "the statement of {NAME} is read by Zuora: it is Trino's SQL over its own tables"
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

fn line<'de, T: Deserialize<'de>>(answer: &'de [u8]) -> Result<T, Error> {
    let answer = answer.strip_prefix(b"\xef\xbb\xbf").unwrap_or(answer);
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

/// The keys of an object as they come, repeated ones too.
struct Keys(Vec<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KeyReader)
    }
}

struct KeyReader;

impl<'de> Visitor<'de> for KeyReader {
    type Value = Keys;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
        let mut keys = Vec::new();
        while let Some((key, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
            keys.push(key);
        }
        Ok(Keys(keys))
    }
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
            let Keys(names) = line(answer.as_bytes())?;
            check(&names)?;
            Ok::<_, Error>(names)
        };
        let names = read("\u{feff}\n{\"z\":null,\"a\":null,\"_col2\":null}\n").unwrap();
        assert_eq!(names, ["z", "a", "_col2"]);
        for (answer, wanted) in [
            (r#"{"id":null,"ID":null}"#, "two columns called `ID`"),
            (r#"{"id":null,"id":null}"#, "two columns called `id`"),
            ("{}", "the answer has no columns"),
            ("\n", "the answer has no row"),
            ("[1]", "cannot be read"),
        ] {
            let error = read(answer).unwrap_err();
            assert!(error.message().contains(wanted), "{answer}: {error}");
            assert!(error.hint().is_some(), "{answer}");
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
