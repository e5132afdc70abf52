//! How a tenant of Zuora is asked: `DESCRIBE` and `SHOW TABLES` as jobs of Data Query, `/v1/describe` for exports.
//!
//! What is asked here waits for planning, so it has slots of its own and spends no statement's budget.

use std::time::Duration;

use bytes::Bytes;
use zuzen_connectors::zuora::{
    read_describe, read_describe_rows, read_object_list, read_show_tables,
};
use zuzen_plan::job::{Patience, Service as At, Trouble, data_query};
use zuzen_plan::table::Table;
use zuzen_rest::{Error as Failed, JobFailure, JobRequest, JobResult, Purpose};

use super::{Unanswered, misread, segment, unanswered, usage};
use crate::catalogue::kept::{Listed, What};
use crate::catalogue::now;
use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::remote::Service;

/// Asks which columns a table has; `None` if the service lacks the table.
pub(super) async fn describe(
    connection: &Connection,
    table: &Table,
) -> Option<Result<What, Unanswered>> {
    let remote = table.remote.as_ref()?;
    Some(match connection.service() {
        Service::Export => object(connection, &table.name, remote.export.as_deref()?).await,
        _ => columns(connection, remote.data_query.as_deref()?).await,
    })
}

/// Asks which tables there are.
pub(super) async fn list(connection: &Connection) -> Result<Listed, Unanswered> {
    let names = match connection.service() {
        Service::Export => {
            let usage = usage();
            let answer = connection.rest().fetch(
                "/v1/describe",
                "the list of objects",
                usage,
                Purpose::Metadata,
            );
            let answer = answer.await.map_err(unanswered)?;
            read_object_list(&answer)
                .map_err(|error| misread(connection, "the list of objects", &error))?
        }
        _ => {
            let answer = run(connection, "SHOW TABLES".to_owned(), None).await;
            let answer = answer.map_err(|failure| failed(&failure))?;
            let answer = whole(connection, "the list of tables", answer)?;
            read_show_tables(&answer)
                .map_err(|error| misread(connection, "the list of tables", &error))?
        }
    };
    Ok(Listed {
        at: now(),
        names,
        objects: Vec::new(),
    })
}

async fn columns(connection: &Connection, table: &str) -> Result<What, Unanswered> {
    let answer = match run(
        connection,
        format!("DESCRIBE {}", quoted(table)),
        Some(table),
    )
    .await
    {
        Ok(answer) => answer,
        Err(JobFailure::Job { error, .. }) if error.trouble == Trouble::Unavailable => {
            return Ok(What::Unusable(error.message));
        }
        Err(JobFailure::Job { error, .. }) if error.trouble == Trouble::UnknownTable => {
            return Ok(What::Absent);
        }
        Err(failure) => return Err(failed(&failure)),
    };
    let answer = whole(connection, table, answer)?;
    let rows = read_describe_rows(&answer).map_err(|error| misread(connection, table, &error))?;
    match rows.is_empty() {
        // A table without columns is none; believed, it would take away what is known.
        true => Err(Unanswered {
            error: Error::new(
                Kind::Remote,
                format!("Zuora describes {table} without columns"),
            ),
            unreachable: false,
        }),
        false => Ok(What::Columns(rows)),
    }
}

async fn object(connection: &Connection, table: &str, source: &str) -> Result<What, Unanswered> {
    let path = format!("/v1/describe/{}", segment(source));
    let answer = connection
        .rest()
        .fetch(&path, table, usage(), Purpose::Metadata);
    match answer.await {
        Ok(answer) => {
            let object =
                read_describe(&answer).map_err(|error| misread(connection, table, &error))?;
            Ok(What::Object(object))
        }
        Err(Failed::NotFound { .. }) => Ok(What::Absent),
        Err(error) => Err(unanswered(error)),
    }
}

async fn run(
    connection: &Connection,
    statement: String,
    table: Option<&str>,
) -> Result<JobResult, JobFailure> {
    let request = JobRequest {
        service: At::DataQuery,
        body: data_query::submission(
            &statement,
            connection.caps().query_options(Purpose::Metadata),
        ),
        table: table.map_or_else(|| "the list of tables".to_owned(), str::to_owned),
        tables: table.into_iter().map(str::to_owned).collect(),
        purpose: Purpose::Metadata,
        // A statement waits for it, and goes on without it.
        patience: Patience {
            resubmissions: 1,
            refusals: 10,
            longest: Duration::from_secs(180),
            ..Patience::for_data_query()
        },
        statement,
    };
    connection.rest().job_result(request, usage()).await
}

fn failed(failure: &JobFailure) -> Unanswered {
    if let JobFailure::Rest(error) = failure {
        return unanswered(error.clone());
    }
    let error = Error::new(Kind::Remote, failure.to_string());
    Unanswered {
        error: match failure.hint() {
            Some(hint) => error.with_hint(hint),
            None => error,
        },
        unreachable: false,
    }
}

/// An answer that lacks rows would hide columns and tables.
fn whole(connection: &Connection, table: &str, answer: JobResult) -> Result<Bytes, Unanswered> {
    if answer.is_whole() {
        return Ok(answer.bytes);
    }
    let message = format!(
        "{}: what Zuora tells of {table} lacks rows",
        connection.name()
    );
    Err(Unanswered {
        error: Error::new(Kind::Remote, message),
        unreachable: false,
    })
}

/// A name as Trino reads it; quotes only where it needs them.
fn quoted(name: &str) -> String {
    let plain =
        |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_';
    let is_plain = name.bytes().all(plain)
        && name
            .bytes()
            .next()
            .is_some_and(|first| !first.is_ascii_digit());
    match is_plain {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_safely() {
        for (name, sql, path) in [
            ("account", "account", "account"),
            ("default__car", "default__car", "default__car"),
            ("Order", "\"Order\"", "Order"),
            ("2cars", "\"2cars\"", "2cars"),
            ("a\"; b", "\"a\"\"; b\"", "a%22%3B%20b"),
            ("../x", "\"../x\"", "%2E%2E%2Fx"),
        ] {
            assert_eq!(quoted(name), sql);
            assert_eq!(segment(name), path);
        }
    }
}
