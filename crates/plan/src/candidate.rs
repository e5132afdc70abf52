//! One read against one scan: does it apply, what would be sent, what would it cost.

use crate::cost::{self, Estimate, SIDE_BY_SIDE, selectivity};
use crate::predicate::{Test, allowed, earliest_second, latest_second};
use crate::read::{Pushed, Reason};
use crate::request::{NotFound, Request, segment};
use crate::scan::{Known, Scan};
use crate::search;
use crate::table::{Binding, Encoding, Operator, PageStyle, Read, Source, Table};
use crate::value::{MICROS, Value};

/// Exports refuse a start that is too recent; one minute is documented, five have been seen.
const START_AGE: i64 = 300;

/// A read that applies.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) parts: Parts,
    pub(crate) pushed: Vec<Option<Pushed>>,
    pub(crate) estimate: Estimate,
}

/// What fills the requests of a read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parts {
    /// Columns bound to values: path placeholders and list parameters.
    pub(crate) values: Vec<(String, Vec<Value>)>,
    /// Parameters with one value for all requests.
    pub(crate) query: Vec<(String, String)>,
    /// The column whose keys come at run time.
    pub(crate) keyed: Option<String>,
    /// The column whose keys come from the referenced table.
    pub(crate) fan_out: Option<String>,
}

impl Parts {
    fn values_of(&self, column: &str) -> Option<&[Value]> {
        self.values
            .iter()
            .find(|(name, _)| name == column)
            .map(|(_, values)| values.as_slice())
    }
}

/// Tries `read` for `scan`.
pub(crate) fn candidate(
    read: &Read,
    table: &Table,
    scan: &Scan,
    known: &Known<'_>,
) -> Result<Candidate, Reason> {
    if let Some(reason) = known.refused.get(&(table.name.clone(), read.name.clone())) {
        return Err(Reason::Refused(reason.clone()));
    }
    let mut parts = Parts::default();
    lacking(read, table, scan)?;
    let mut pushed: Vec<Option<Pushed>> = vec![None; scan.predicates.len()];
    for column in read.get.placeholders() {
        match allowed(&scan.predicates, column) {
            Some(values) => {
                mark(
                    &mut pushed,
                    scan,
                    column,
                    read.exact.iter().any(|exact| exact == column),
                );
                parts.values.push((column.to_owned(), values));
            }
            None if scan.keys.as_ref().is_some_and(|keys| keys.column == column) => {
                parts.keyed = Some(column.to_owned());
            }
            None if read.fan_out => parts.fan_out = Some(column.to_owned()),
            None => return Err(Reason::Needs(column.to_owned())),
        }
    }
    for parameter in &read.query {
        match &parameter.source {
            Source::Constant(value) => parts.query.push((parameter.name.clone(), value.clone())),
            Source::Bound(binding) => bind(
                read,
                table,
                &parameter.name,
                binding,
                scan,
                known,
                &mut parts,
                &mut pushed,
            )?,
        }
    }
    if let Some(language) = &read.search {
        let query = search::write(language, table, &scan.predicates);
        if language.required && query.carried.is_empty() {
            return Err(Reason::NoFilter);
        }
        for place in query.carried {
            pushed[place].get_or_insert(Pushed::Recheck);
        }
        parts.query.push((language.parameter.clone(), query.text));
    }
    let sideloads = sideloads(table, scan);
    if !sideloads.is_empty() && !parts.query.iter().any(|(name, _)| name == "include") {
        parts
            .query
            .push(("include".to_owned(), sideloads.join(",")));
    }
    order_suffices(read, scan, known, &mut pushed)?;
    let estimate = estimate(read, table, scan, known, &parts, &pushed);
    Ok(Candidate {
        parts,
        pushed,
        estimate,
    })
}

/// Refuses a read whose answer lacks a projected column.
pub(crate) fn lacking(read: &Read, table: &Table, scan: &Scan) -> Result<(), Reason> {
    for name in &scan.columns {
        if read.lacks.contains(name) {
            return Err(Reason::Lacks(name.clone()));
        }
        let sideload = table
            .column(name)
            .and_then(|column| column.sideload.as_ref());
        if let Some(sideload) = sideload
            && !read.include.contains(sideload)
        {
            return Err(Reason::Lacks(name.clone()));
        }
    }
    Ok(())
}

fn sideloads(table: &Table, scan: &Scan) -> Vec<String> {
    let mut wanted: Vec<String> = scan
        .columns
        .iter()
        .filter_map(|name| {
            table
                .column(name)
                .and_then(|column| column.sideload.clone())
        })
        .collect();
    wanted.sort();
    wanted.dedup();
    wanted
}

fn mark(pushed: &mut [Option<Pushed>], scan: &Scan, column: &str, exact: bool) {
    for (place, predicate) in scan.predicates.iter().enumerate() {
        if predicate.column == column && matches!(predicate.test, Test::In(_)) {
            pushed[place] = Some(if exact {
                Pushed::Exact
            } else {
                Pushed::Recheck
            });
        }
    }
}

/// Whether a value means to the API what it means to SQL: APIs refuse values they do not document, split lists at
/// commas and trim blanks.
fn can_carry(table: &Table, binding: &Binding, value: &Value) -> bool {
    let Value::Text(text) = value else {
        return true;
    };
    let documented = table.column(&binding.column).is_none_or(|column| {
        column.values.is_empty() || column.values.iter().any(|known| known == text)
    });
    documented
        && (binding.max == 1 || !text.contains(','))
        && text.trim() == text
        && !text.is_empty()
}

fn bind(
    read: &Read,
    table: &Table,
    name: &str,
    binding: &Binding,
    scan: &Scan,
    known: &Known<'_>,
    parts: &mut Parts,
    pushed: &mut [Option<Pushed>],
) -> Result<(), Reason> {
    let second = match binding.operator {
        Operator::In => {
            let values = allowed(&scan.predicates, &binding.column)
                .filter(|values| binding.required || values.len() <= binding.max as usize);
            if let Some(values) = &values
                && !values.iter().all(|value| can_carry(table, binding, value))
            {
                return if binding.required {
                    Err(Reason::Value(binding.column.clone()))
                } else {
                    Ok(())
                };
            }
            match values {
                Some(values) => {
                    mark(pushed, scan, &binding.column, binding.exact);
                    parts.values.push((binding.column.clone(), values));
                }
                None if binding.required
                    && scan
                        .keys
                        .as_ref()
                        .is_some_and(|keys| keys.column == binding.column) =>
                {
                    parts.keyed = Some(binding.column.clone());
                }
                None if binding.required => return Err(Reason::Needs(binding.column.clone())),
                None => {
                    if let Some(default) = &binding.default {
                        parts.query.push((name.to_owned(), default.clone()));
                    }
                }
            }
            return Ok(());
        }
        Operator::AtLeast => earliest_second(&scan.predicates, &binding.column),
        Operator::AtMost => latest_second(&scan.predicates, &binding.column),
    };
    match second {
        Some(second) => {
            let lower = binding.operator == Operator::AtLeast;
            for (place, predicate) in scan.predicates.iter().enumerate() {
                let side = match &predicate.test {
                    Test::Compare(comparison, _) => comparison.symbol().starts_with('>') == lower,
                    Test::In(values) => values.len() == 1,
                    _ => false,
                };
                if predicate.column == binding.column && side {
                    pushed[place].get_or_insert(Pushed::Recheck);
                }
            }
            let exports = matches!(read.pages, PageStyle::Export | PageStyle::TimeExport);
            let second = if lower && exports {
                second.min(known.now / MICROS - START_AGE).max(0)
            } else {
                second
            };
            let value = match binding.encoding {
                Encoding::UnixSeconds => second.to_string(),
                Encoding::Plain => Value::Timestamp(second * MICROS).to_string(),
            };
            parts.query.push((name.to_owned(), value));
            Ok(())
        }
        None => match &binding.default {
            Some(default) => {
                parts.query.push((name.to_owned(), default.clone()));
                Ok(())
            }
            None if binding.required => Err(Reason::Needs(binding.column.clone())),
            None => Ok(()),
        },
    }
}

/// An ordered list may stop early or hold only recent rows: it needs a reason why that suffices.
fn order_suffices(
    read: &Read,
    scan: &Scan,
    known: &Known<'_>,
    pushed: &mut [Option<Pushed>],
) -> Result<(), Reason> {
    let Some(order) = &read.order else {
        return Ok(());
    };
    let column = &order.column;
    if scan
        .newest
        .as_ref()
        .is_some_and(|newest| newest.order == *order)
    {
        return Ok(());
    }
    let horizon = read
        .within
        .as_ref()
        .map(|within| known.now / MICROS - i64::from(within.days) * 86_400);
    match earliest_second(&scan.predicates, column) {
        Some(second)
            if read.is_paged()
                && order.descending
                && horizon.is_none_or(|horizon| second >= horizon) =>
        {
            for (place, predicate) in scan.predicates.iter().enumerate() {
                if predicate.column == *column
                    && matches!(&predicate.test, Test::Compare(comparison, _) if comparison.symbol().starts_with('>'))
                {
                    pushed[place].get_or_insert(Pushed::Recheck);
                }
            }
            Ok(())
        }
        _ => {
            let what = match &read.within {
                Some(within) => format!("lists only the last {} days", within.days),
                None => "only for the newest rows".to_owned(),
            };
            Err(Reason::Partial(what))
        }
    }
}

fn estimate(
    read: &Read,
    table: &Table,
    scan: &Scan,
    known: &Known<'_>,
    parts: &Parts,
    pushed: &[Option<Pushed>],
) -> Estimate {
    let (total, mut source) = known.rows(table);
    let rows_of = |name: &str| {
        known
            .connector
            .table(name)
            .map_or(1_000, |table| known.rows(table).0)
    };
    let share: f64 = scan
        .predicates
        .iter()
        .zip(pushed)
        .filter(|(_, pushed)| pushed.is_some())
        .map(|(predicate, _)| selectivity(table, total, predicate, known.now, &rows_of))
        .product();
    let mut rows = (total as f64 * share).ceil() as u64;
    let mut sequences = 1_u64;
    for (column, values) in &parts.values {
        sequences = sequences.saturating_mul((values.len() as u64).div_ceil(batch(read, column)));
        if table.key.as_ref() == Some(column) {
            source = "exact";
        }
    }
    if let (Some(column), Some(keys)) = (&parts.keyed, &scan.keys) {
        sequences = sequences.saturating_mul(keys.expected.div_ceil(batch(read, column)).max(1));
        rows = rows.min(keys.expected.max(1));
    }
    let parents = parts
        .fan_out
        .as_ref()
        .and_then(|column| table.column(column)?.reference.as_deref())
        .map(rows_of);
    if let Some(parents) = parents {
        sequences = sequences.saturating_mul(parents.max(1));
    }
    let unpushed: f64 = scan
        .predicates
        .iter()
        .zip(pushed)
        .filter(|(_, pushed)| pushed.is_none())
        .map(|(predicate, _)| selectivity(table, total, predicate, known.now, &rows_of))
        .product();
    // A top-n needs only as many pages as hold its rows, thinned by what is checked afterwards.
    let wanted = match &scan.newest {
        Some(newest) if read.order.as_ref() == Some(&newest.order) => {
            rows.min((newest.rows as f64 / unpushed.max(1e-6)).ceil() as u64)
        }
        _ => scan.limit.map_or(rows, |limit| rows.min(limit)),
    };
    let pages = if read.is_paged() && sequences > 0 {
        wanted
            .div_ceil(sequences)
            .div_ceil(u64::from(read.page_size))
            .max(1)
    } else {
        1
    };
    let requests = sequences.saturating_mul(pages);
    let depth = if sequences > 1 {
        requests.div_ceil(SIDE_BY_SIDE)
    } else {
        pages
    };
    Estimate {
        requests,
        at_least: if parts.keyed.is_some() || parts.fan_out.is_some() {
            0
        } else {
            sequences
        },
        depth,
        rows,
        matching: (rows as f64 * unpushed).ceil() as u64,
        seconds: cost::seconds(requests, depth, known.per_minute(&read.family), read.lag),
        source,
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
        pages: read.pages,
        page_size,
        family: read.family.clone(),
        not_found: if read.get.placeholders().next().is_some() {
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
