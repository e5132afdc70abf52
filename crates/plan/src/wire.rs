//! From bound columns to requests: batches, paths, parameters.

use crate::request::{NotFound, Request, segment};
use crate::scan::Known;
use crate::table::{Operator, Parameter, Read, Source, Table};
use crate::value::Value;

/// What fills the requests of a read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parts {
    /// Columns bound to values: path placeholders and list parameters.
    pub(crate) values: Vec<(String, Vec<Value>)>,
    /// Parameters with one value for all requests.
    pub(crate) query: Vec<(String, String)>,
    /// What is posted with all requests.
    pub(crate) body: Option<String>,
    /// The column whose keys come at run time.
    pub(crate) keyed: Option<String>,
    /// The column whose keys come from the referenced table.
    pub(crate) fan_out: Option<String>,
}

impl Parts {
    pub(crate) fn values_of(&self, column: &str) -> Option<&[Value]> {
        self.values
            .iter()
            .find(|(name, _)| name == column)
            .map(|(_, values)| values.as_slice())
    }
}

/// How many values of a column one request takes.
pub(crate) fn batch(read: &Read, column: &str) -> u64 {
    read.query
        .iter()
        .find_map(|parameter| match &parameter.source {
            Source::Bound(binding)
                if binding.column == column && binding.operator == Operator::In =>
            {
                Some(u64::from(binding.max))
            }
            _ => None,
        })
        .unwrap_or(1)
        .max(1)
}

/// Whether the read asks for one thing, in its path or by a parameter: when that is gone, there are no rows.
fn asks_for_one(read: &Read) -> bool {
    let single = |parameter: &Parameter| matches!(&parameter.source, Source::Bound(binding) if binding.required && binding.max == 1);
    read.get.placeholders().next().is_some() || read.query.iter().any(single)
}

/// The requests of a read whose columns are all bound: the product of the batches.
pub(crate) fn requests(
    read: &Read,
    table: &Table,
    parts: &Parts,
    known: &Known<'_>,
    page_size: u32,
) -> Vec<Request> {
    let mut requests = vec![Request {
        table: format!("{}.{}", known.connection, table.name),
        read: read.name.clone(),
        path: String::new(),
        query: parts.query.clone(),
        body: parts.body.clone(),
        pages: read.pages,
        page_size,
        family: read.family.clone(),
        not_found: if asks_for_one(read) {
            NotFound::NoRows
        } else {
            NotFound::Error
        },
        bound: Vec::new(),
    }];
    for column in read.get.placeholders() {
        let values = parts.values_of(column).unwrap_or_default();
        requests = requests
            .iter()
            .flat_map(|request| {
                values.iter().map(|value| {
                    let mut request = request.clone();
                    request.bound.push((column.to_owned(), value.clone()));
                    request
                })
            })
            .collect();
    }
    for request in &mut requests {
        request.path = read.get.fill(|column| {
            let value = request.bound.iter().find(|(name, _)| name == column);
            value
                .map(|(_, value)| segment(&value.to_string()))
                .unwrap_or_default()
        });
    }
    for parameter in &read.query {
        let Source::Bound(binding) = &parameter.source else {
            continue;
        };
        let Some(values) = parts.values_of(&binding.column) else {
            continue;
        };
        requests = requests
            .iter()
            .flat_map(|request| {
                values.chunks(binding.max.max(1) as usize).map(|batch| {
                    let joined: Vec<String> = batch.iter().map(Value::to_string).collect();
                    let mut request = request.clone();
                    request
                        .query
                        .push((parameter.name.clone(), joined.join(",")));
                    request
                })
            })
            .collect();
    }
    requests
}

/// The first request with `marker` where run-time keys go.
pub(crate) fn template(read: &Read, parts: &Parts, column: &str, marker: &str) -> String {
    let path = read.get.fill(|name| {
        if name == column {
            format!("<{marker}>")
        } else {
            format!("<{name}>")
        }
    });
    let mut text = format!("GET {}", crate::request::address(&path, &parts.query));
    for parameter in &read.query {
        if let Source::Bound(binding) = &parameter.source
            && binding.column == column
            && parts.keyed.as_deref() == Some(column)
        {
            let join = if text.contains('?') { '&' } else { '?' };
            text.push_str(&format!(
                "{join}{}=<{marker}, {} each>",
                parameter.name, binding.max
            ));
        }
    }
    text
}
