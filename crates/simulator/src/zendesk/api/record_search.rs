//! POST `/custom_objects/{key}/records/search`: records by a filter in the body. Each kind of field takes the operators that
//! the vendor lists for it and refuses all others, so does a filter that nests, and a field that is not there.

use serde_json::{Map, Value, json};

use crate::clock;
use crate::zendesk::account::custom::OBJECT_FIELDS;
use crate::zendesk::api::custom::existing;
use crate::zendesk::api::paging::{self, Cut, Unasked};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};
use crate::zendesk::api::search::dates;
use crate::zendesk::api::search::query::Comparison;
use crate::zendesk::api::search::words;

/// Records that a search without an order has at most.
const UNSORTED: usize = 10_000;

/// Fields that every object has: their names here and in records, and the only operator that each takes.
const STANDARD: &[(&str, &str, &str)] = &[
    ("created_at", "created_at", "$gt"),
    ("updated_at", "updated_at", "$gt"),
    ("created_by_user", "created_by_user_id", "$eq"),
    ("updated_by_user", "updated_by_user_id", "$eq"),
    ("external_id", "external_id", "$eq"),
    ("name", "name", "$contains"),
];

const NUMBERS: &[&str] = &[
    "$eq", "$noteq", "$gt", "$gte", "$lt", "$lte", "$exists", "$in", "$notin",
];
const TEXTS: &[&str] = &["$eq", "$noteq", "$contains", "$notcontains", "$exists"];

/// Operators of custom fields by their types; a type that is not here takes none.
const CUSTOM: &[(&str, &[&str])] = &[
    ("checkbox", &["$eq"]),
    (
        "date",
        &["$eq", "$noteq", "$gt", "$gte", "$lt", "$lte", "$exists"],
    ),
    ("decimal", NUMBERS),
    ("integer", NUMBERS),
    ("dropdown", TEXTS),
    ("text", TEXTS),
    ("textarea", TEXTS),
    ("lookup", &["$eq", "$noteq", "$exists"]),
    (
        "multiselect",
        &[
            "$eq",
            "$noteq",
            "$contains",
            "$notcontains",
            "$exists",
            "$in",
            "$notin",
        ],
    ),
];

/// One comparison of a filter.
struct Compared {
    /// Where the value lies in a record.
    path: Vec<String>,
    kind: String,
    operator: String,
    value: Value,
}

/// Records that fit the posted filter and were indexed by now.
pub(super) fn filtered(request: &Request<'_>, key: &str) -> Answer {
    existing(request, key)?;
    let parameters = &request.parameters;
    if parameters.has("page") || parameters.has("per_page") {
        return Err(Reply::invalid_pagination("page is not valid"));
    }
    let (all, any) = filter(request, key)?;
    let now = request.now_millis.div_euclid(1_000);
    let indexed = |row: &Value| {
        let updated = row["updated_at"].as_str().and_then(clock::parse);
        updated.is_some_and(|updated| updated * 1_000 <= request.search_millis)
    };
    let mut records = request.account.custom_object_records(key);
    records.retain(|row| {
        let fits = |compared: &Compared| compared.fits(row, now);
        indexed(row) && all.iter().all(fits) && (any.is_empty() || any.iter().any(fits))
    });
    let sort = parameters.get("sort");
    sorted(&mut records, sort)?;
    let cut = match parameters.has("page[size]") || parameters.has("page[after]") {
        true => paging::cut(request, Unasked::Offset)?,
        false => Cut::Cursor {
            size: 100,
            cursor: None,
            backward: false,
        },
    };
    let order = sort.unwrap_or("relevance");
    let page = paging::window_of(&cut, order, records.len(), &|_| true)?;
    paging::reply(
        request,
        "custom_object_records",
        &page,
        |at, json| {
            json.value(&records[*at]);
        },
        |rows, json| {
            json.key("count").int(rows.len() as i64);
        },
    )
}

fn sorted(records: &mut Vec<Value>, sort: Option<&str>) -> Result<(), Reply> {
    let Some(sort) = sort else {
        // By relevance, which nobody can foresee.
        records.sort_by_key(|row| {
            row["id"]
                .as_str()
                .map(|id| id.chars().rev().collect::<String>())
        });
        records.truncate(UNSORTED);
        return Ok(());
    };
    let column = sort.trim_start_matches('-');
    if !matches!(column, "name" | "created_at" | "updated_at") {
        return Err(Reply::invalid_pagination(&format!(
            "sort is not valid: {sort}"
        )));
    }
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    records.sort_by_key(|row| (text(row, column), text(row, "id")));
    if sort.starts_with('-') {
        records.reverse();
    }
    Ok(())
}

fn refused(words: &str) -> Reply {
    Reply::described(400, "InvalidFilter", words)
}

/// What must hold, and of what one must hold.
fn filter(request: &Request<'_>, key: &str) -> Result<(Vec<Compared>, Vec<Compared>), Reply> {
    let body: Value =
        serde_json::from_slice(request.body).map_err(|_| refused("the body is not JSON"))?;
    let filter = match body.as_object() {
        Some(body) if body.len() == 1 => body.get("filter").and_then(Value::as_object),
        _ => None,
    };
    let filter = filter.ok_or_else(|| refused("the body holds a filter and nothing else"))?;
    let is_logical = |name: &String| matches!(name.as_str(), "$and" | "$or");
    if !filter.keys().any(is_logical) {
        return Ok((vec![compared(request, key, filter)?], Vec::new()));
    }
    if !filter.keys().all(is_logical) {
        return Err(refused("a comparison stands inside $and or $or, or alone"));
    }
    let list = |name: &str| -> Result<Vec<Compared>, Reply> {
        let Some(value) = filter.get(name) else {
            return Ok(Vec::new());
        };
        let items = value.as_array().filter(|items| !items.is_empty());
        let items = items.ok_or_else(|| refused("$and and $or hold comparisons"))?;
        items
            .iter()
            .map(|item| {
                let item = item.as_object();
                compared(request, key, item.ok_or_else(|| refused("no comparison"))?)
            })
            .collect()
    };
    Ok((list("$and")?, list("$or")?))
}

fn compared(
    request: &Request<'_>,
    key: &str,
    item: &Map<String, Value>,
) -> Result<Compared, Reply> {
    let only = |object: &Map<String, Value>| match object.len() {
        1 => object
            .iter()
            .next()
            .map(|(name, value)| (name.clone(), value.clone())),
        _ => None,
    };
    let one = || refused("a comparison is one field with one operator and a value");
    let (field, test) = only(item).ok_or_else(one)?;
    let (operator, value) = test.as_object().and_then(only).ok_or_else(one)?;
    let (path, kind, operators) = known(request, key, &field)?;
    if !operators.contains(&operator.as_str()) {
        return Err(refused(&format!("{field} does not take {operator}")));
    }
    let is_scalar = |value: &Value| value.is_string() || value.is_i64();
    let is_list = matches!(operator.as_str(), "$in" | "$notin");
    let is_well = match (operator.as_str(), &value) {
        ("$exists", value) => value.is_boolean(),
        (_, Value::Array(items)) => is_list && items.iter().all(is_scalar),
        (_, value) => !is_list && is_scalar(value),
    };
    if !is_well {
        return Err(refused(&format!(
            "{field}: this is no value for {operator}"
        )));
    }
    Ok(Compared {
        path,
        kind,
        operator,
        value,
    })
}

type Known = (Vec<String>, String, &'static [&'static str]);

fn known(request: &Request<'_>, key: &str, field: &str) -> Result<Known, Reply> {
    if let Some((_, column, operator)) = STANDARD.iter().find(|(name, ..)| *name == field) {
        let kind = if column.ends_with("_at") {
            "time"
        } else {
            "text"
        };
        let operators = std::slice::from_ref(operator);
        return Ok((vec![(*column).to_owned()], kind.to_owned(), operators));
    }
    let unknown = || refused(&format!("there is no field {field}"));
    let name = field
        .strip_prefix("custom_object_fields.")
        .ok_or_else(unknown)?;
    let account = request.account;
    let generated = account
        .setup()
        .rows(OBJECT_FIELDS)
        .unwrap_or_default()
        .iter();
    let added = account.added(OBJECT_FIELDS);
    let row = generated
        .chain(&added)
        .find(|row| row["custom_object_key"] == key && row["key"] == name)
        .ok_or_else(unknown)?;
    let kind = row["type"].as_str().unwrap_or_default();
    let operators = CUSTOM.iter().find(|(known, _)| *known == kind);
    let operators = operators
        .map(|(_, operators)| *operators)
        .unwrap_or_default();
    let path = vec!["custom_object_fields".to_owned(), name.to_owned()];
    Ok((path, kind.to_owned(), operators))
}

impl Compared {
    fn fits(&self, row: &Value, now: i64) -> bool {
        let field = self
            .path
            .iter()
            .fold(row, |value, key| &value[key.as_str()]);
        let equal = |wanted: &Value| self.equals(field, wanted, now);
        let order = |comparison| self.compares(field, comparison, now);
        let any = || {
            self.value
                .as_array()
                .is_some_and(|items| items.iter().any(equal))
        };
        match self.operator.as_str() {
            "$eq" => equal(&self.value),
            "$noteq" => !equal(&self.value),
            "$gt" => order(Comparison::Greater),
            "$gte" => order(Comparison::GreaterOrEqual),
            "$lt" => order(Comparison::Less),
            "$lte" => order(Comparison::LessOrEqual),
            "$exists" => self.value == json!(!field.is_null()),
            "$in" => any(),
            "$notin" => !any(),
            "$contains" => contains(field, &said(&self.value)),
            "$notcontains" => !contains(field, &said(&self.value)),
            _ => false,
        }
    }

    fn equals(&self, field: &Value, wanted: &Value, now: i64) -> bool {
        let wanted = said(wanted);
        match self.kind.as_str() {
            // A box that nobody has touched is not ticked.
            "checkbox" => field.as_bool().unwrap_or_default().to_string() == wanted,
            "date" => dates::fits(moment(field), Comparison::Is, &wanted, now),
            "integer" | "decimal" => match (number(field), wanted.parse::<f64>()) {
                (Some(own), Ok(wanted)) => own == wanted,
                _ => false,
            },
            "multiselect" => contains(field, &wanted),
            "text" | "textarea" if self.path.len() > 1 => contains(field, &wanted),
            _ => !field.is_null() && said(field).eq_ignore_ascii_case(&wanted),
        }
    }

    fn compares(&self, field: &Value, comparison: Comparison, now: i64) -> bool {
        let wanted = said(&self.value);
        if matches!(self.kind.as_str(), "date" | "time") {
            return dates::fits(moment(field), comparison, &wanted, now) && !field.is_null();
        }
        let (Some(own), Ok(wanted)) = (number(field), wanted.parse::<f64>()) else {
            return false;
        };
        match comparison {
            Comparison::Is => own == wanted,
            Comparison::Less => own < wanted,
            Comparison::LessOrEqual => own <= wanted,
            Comparison::Greater => own > wanted,
            Comparison::GreaterOrEqual => own >= wanted,
        }
    }
}

fn said(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The index keeps numbers as floating-point ones, whatever clients have sent.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_f64(),
    }
}

/// An instant; a day begins where it does in UTC.
fn moment(value: &Value) -> Option<i64> {
    let text = value.as_str()?;
    clock::parse(text).or_else(|| clock::parse(&format!("{text}T00:00:00Z")))
}

/// Options as a whole, text by its words.
fn contains(field: &Value, wanted: &str) -> bool {
    match field {
        Value::String(text) => text.eq_ignore_ascii_case(wanted) || words::fits(text, wanted, true),
        Value::Array(items) => items
            .iter()
            .any(|item| said(item).eq_ignore_ascii_case(wanted)),
        _ => false,
    }
}
