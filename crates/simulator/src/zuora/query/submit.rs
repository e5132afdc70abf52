//! The body of a submit. It refuses what the vendor documents no meaning for, and what it does not serve.

use serde_json::{Map, Value};

use super::file::Format;
use crate::incoming::Incoming;
use crate::reply::Reply;
use crate::zuora::coded;

/// What is to be run, and how its result is to look.
#[derive(Debug, Clone)]
pub(super) struct Submission {
    pub(super) statement: String,
    pub(super) format: Format,
    pub(super) gzip: bool,
    pub(super) read_deleted: bool,
    pub(super) index_join: bool,
}

const FIELDS: &[&str] = &[
    "query",
    "outputFormat",
    "compression",
    "output",
    "columnSeparator",
    "readDeleted",
    "sourceData",
    "useIndexJoin",
];

fn bad(message: &str) -> Reply {
    coded(400, message)
}

impl Submission {
    /// Reads a request, or says why not.
    pub(super) fn read(incoming: &Incoming, characters: usize) -> Result<Self, Reply> {
        if incoming.media_type() != "application/json" {
            return Err(coded(415, "HTTP 415 Unsupported Media Type"));
        }
        let body: Value = serde_json::from_slice(&incoming.body)
            .map_err(|_| bad("The request body is not JSON"))?;
        let Value::Object(body) = body else {
            return Err(bad("The request body is not an object"));
        };
        if let Some(unknown) = body.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            return Err(bad(&format!("Unrecognized field \"{unknown}\"")));
        }
        let statement = text(&body, "query")?;
        if statement.trim().is_empty() {
            return Err(bad("query must not be empty"));
        }
        if statement.chars().count() > characters {
            return Err(bad(&format!(
                "query must not be longer than {characters} characters"
            )));
        }
        let separator = body.get("columnSeparator");
        let format = match (text(&body, "outputFormat")?, separator) {
            ("JSON", None) => Format::Json,
            ("CSV", None) => Format::Separated(','),
            ("TSV", None) => Format::Separated('\t'),
            ("DSV", Some(Value::String(separator))) => {
                let mut letters = separator.chars();
                match (letters.next(), letters.next()) {
                    (Some(letter), None) => Format::Separated(letter),
                    _ => return Err(bad("columnSeparator must be one character")),
                }
            }
            ("DSV", _) => return Err(bad("columnSeparator is missing")),
            ("JSON" | "CSV" | "TSV", Some(_)) => {
                return Err(bad("columnSeparator is for DSV only"));
            }
            _ => return Err(bad("outputFormat must be JSON, CSV, TSV or DSV")),
        };
        let gzip = match text(&body, "compression")? {
            "NONE" => false,
            "GZIP" => true,
            "ZIP" => return Err(bad("compression ZIP is not available for this tenant")),
            _ => return Err(bad("compression must be NONE, GZIP or ZIP")),
        };
        let output = body.get("output").ok_or_else(|| bad("output is missing"))?;
        if *output != serde_json::json!({"target": "S3"}) {
            return Err(bad("output.target must be S3"));
        }
        match body.get("sourceData") {
            None => {}
            Some(Value::String(source)) if source == "LIVE" => {}
            Some(Value::String(source)) if source == "WAREHOUSE" => {
                return Err(coded(403, "Warehouse is not enabled for this tenant"));
            }
            Some(_) => return Err(bad("sourceData must be LIVE or WAREHOUSE")),
        }
        Ok(Self {
            statement: statement.to_owned(),
            format,
            gzip,
            read_deleted: flag(&body, "readDeleted")?,
            index_join: flag(&body, "useIndexJoin")?,
        })
    }
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Result<&'a str, Reply> {
    match body.get(name) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(bad(&format!("{name} must be text"))),
        None => Err(bad(&format!("{name} is missing"))),
    }
}

fn flag(body: &Map<String, Value>, name: &str) -> Result<bool, Reply> {
    match body.get(name) {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(bad(&format!("{name} must be true or false"))),
    }
}
