//! What a submit asks for. It refuses, in the vendor's way, what the vendor refuses, and in the same way what no caller of
//! ours may send: unknown fields, stateful jobs, zip files and currencies.

use serde_json::{Map, Value};

use super::ExportOptions;
use super::refusal::Refusal;
use super::zoql::{self, Failure, Query, Style};
use crate::incoming::Incoming;

const MOST_QUERIES: usize = 50;
const LONGEST_QUERY: usize = 20_000;
const LONGEST_NAME: usize = 32;
const LONGEST_URL: usize = 5_000;

const FIELDS: [&str; 13] = [
    "format",
    "version",
    "name",
    "encrypted",
    "useQueryLabels",
    "dateTimeUtc",
    "partner",
    "project",
    "notifyUrl",
    "nullReplacement",
    "sourceData",
    "useLastCompletedJobQueries",
    "queries",
];
const QUERY_FIELDS: [&str; 6] = [
    "name",
    "query",
    "type",
    "apiVersion",
    "convertToCurrencies",
    "deleted",
];
const DELETED_FIELDS: [&str; 3] = ["column", "format", "forceExport"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Gzip,
}

/// A job that is taken.
#[derive(Debug)]
pub(super) struct Submission {
    pub(super) format: Format,
    pub(super) version: String,
    pub(super) name: String,
    pub(super) plain: bool,
    pub(super) style: Style,
    pub(super) queries: Vec<Asked>,
}

/// One query of a job.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) api_version: String,
    pub(super) deleted: Option<Value>,
    /// `None` when the caller may not read the data source.
    pub(super) query: Option<Query>,
}

type Taken<T> = Result<T, Refusal>;

fn flawed(message: impl Into<String>) -> Refusal {
    Refusal::new(90_005, message)
}

pub(super) fn read(incoming: &Incoming, options: &ExportOptions) -> Taken<Submission> {
    let body: Value = serde_json::from_slice(&incoming.body)
        .map_err(|_| flawed("The AQuA input is not a JSON object"))?;
    let body = body
        .as_object()
        .ok_or_else(|| flawed("The AQuA input is not a JSON object"))?;
    only(body, &FIELDS)?;
    let text = |name| text(body, name);
    let name = text("name")?.unwrap_or_default();
    if name.chars().count() > LONGEST_NAME {
        return Err(flawed("The name of the job is longer than 32 characters"));
    }
    if text("notifyUrl")?.is_some_and(|url| url.len() > LONGEST_URL) {
        return Err(Refusal::new(90_014, "The notifyUrl is too long"));
    }
    if text("partner")?.is_some() || text("project")?.is_some() {
        return Err(Refusal::new(
            90_019,
            "The partner is unknown: stateful jobs are not for this tenant",
        ));
    }
    let version = text("version")?.unwrap_or_else(|| "1.0".to_owned());
    if !["1.0", "1.1", "1.2"].contains(&version.as_str()) {
        return Err(flawed(format!("The version {version} is not supported")));
    }
    let format = match text("format")?.unwrap_or_default().as_str() {
        "" | "csv" => Format::Csv,
        "gzip" => Format::Gzip,
        other => return Err(flawed(format!("The format {other} is not supported"))),
    };
    if text("encrypted")?.is_some_and(|encrypted| encrypted != "none") {
        return Err(flawed("Files are not encrypted"));
    }
    let plain = flag(body, "useQueryLabels")?;
    let style = Style {
        utc: flag(body, "dateTimeUtc")?,
        null: text("nullReplacement")?.unwrap_or_default(),
        nul_bytes: false,
    };
    let queries = match body.get("queries") {
        Some(Value::Array(queries)) if !queries.is_empty() => queries,
        _ => {
            return Err(Refusal::new(
                90_016,
                "There are no queries in the AQuA input",
            ));
        }
    };
    if queries.len() > MOST_QUERIES {
        return Err(Refusal::new(
            90_004,
            "There are more than 50 queries in the AQuA input",
        ));
    }
    let asked = queries
        .iter()
        .map(|query| ask(query, plain, &version, options))
        .collect::<Taken<Vec<Asked>>>()?;
    Ok(Submission {
        format,
        version,
        name,
        plain,
        style,
        queries: asked,
    })
}

fn ask(query: &Value, plain: bool, version: &str, options: &ExportOptions) -> Taken<Asked> {
    let fields = query
        .as_object()
        .ok_or_else(|| flawed("A query of the AQuA input is not a JSON object"))?;
    only(fields, &QUERY_FIELDS)?;
    let name = text(fields, "name")?.unwrap_or_default();
    let written = text(fields, "query")?.unwrap_or_default();
    match text(fields, "type")?.as_deref() {
        Some("zoqlexport") => {}
        other => {
            let other = other.unwrap_or("null");
            return Err(flawed(format!("The query type {other} is not supported")));
        }
    }
    if written.chars().count() > LONGEST_QUERY {
        return Err(Refusal::syntax(
            "The query is longer than 20000 characters.",
            &written,
        ));
    }
    if let Some(currencies) = text(fields, "convertToCurrencies")? {
        return Err(Refusal::new(
            90_021,
            format!("The currency {currencies} cannot be converted to"),
        ));
    }
    let mut resolved = match zoql::resolve(&written, plain, options) {
        Ok(query) => Some(query),
        Err(Failure::Forbidden) => None,
        Err(Failure::Syntax(reason)) => return Err(Refusal::syntax(&reason, &written)),
    };
    let deleted = fields.get("deleted").filter(|deleted| !deleted.is_null());
    if let Some(deleted) = deleted {
        include_deleted(deleted, version, resolved.as_mut(), options)?;
    }
    Ok(Asked {
        name,
        text: written,
        api_version: text(fields, "apiVersion")?.unwrap_or_else(|| "145.0".to_owned()),
        deleted: deleted.cloned(),
        query: resolved,
    })
}

fn include_deleted(
    deleted: &Value,
    version: &str,
    query: Option<&mut Query>,
    options: &ExportOptions,
) -> Taken<()> {
    let fields = deleted
        .as_object()
        .ok_or_else(|| flawed("deleted is not a JSON object"))?;
    only(fields, &DELETED_FIELDS)?;
    let column = text(fields, "column")?.unwrap_or_default();
    let numeric = match text(fields, "format")?.as_deref() {
        Some("Numeric") => true,
        Some("Boolean") => false,
        _ => {
            return Err(flawed(
                "The format of deleted is neither Boolean nor Numeric",
            ));
        }
    };
    if column.is_empty() {
        return Err(flawed("deleted has no column"));
    }
    if version != "1.0" || !flag(fields, "forceExport")? {
        return Err(Refusal::new(
            90_012,
            "Deleted rows cannot be exported by a stateless job",
        ));
    }
    if let Some(query) = query {
        if options.undeletable.contains(&query.object) {
            return Err(Refusal::new(
                90_017,
                format!(
                    "Deleted rows of {} cannot be exported",
                    query.object.api_name()
                ),
            ));
        }
        query.include_deleted(&column, numeric);
    }
    Ok(())
}

fn only(fields: &Map<String, Value>, known: &[&str]) -> Taken<()> {
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(unknown) => Err(flawed(format!("Unrecognized field \"{unknown}\""))),
    }
}

/// Numbers are taken for their digits: callers write versions either way.
fn text(fields: &Map<String, Value>, name: &str) -> Taken<Option<String>> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(Value::Bool(value)) => Ok(Some(value.to_string())),
        Some(_) => Err(flawed(format!("{name} is not a text"))),
    }
}

fn flag(fields: &Map<String, Value>, name: &str) -> Taken<bool> {
    match text(fields, name)?.as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(other) => Err(flawed(format!("{name} is neither true nor false: {other}"))),
    }
}
