//! Lists whose envelope nobody has described: bare arrays, or objects with the rows in one list or several and perhaps a
//! link to the next page.
//!
//! The link itself is never followed: its parameters are sent to the address that was asked.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::envelope::{check_whole, unreadable};
use super::{PageError, Pager, Position};
use crate::table::PageStyle;

/// The lists of an answer, and what it says of a next page.
struct Listing<'a> {
    lists: Vec<Vec<&'a RawValue>>,
    next: Next,
}

enum Next {
    /// The answer has no word for it.
    Unsaid,
    /// There is none.
    Nothing,
    At(String),
}

/// A row, of which only the id matters.
#[derive(Deserialize)]
struct Row {
    id: Option<Value>,
}

impl<'a> Listing<'a> {
    fn read(body: &'a [u8]) -> Result<Self, PageError> {
        check_whole(body)?;
        if body.trim_ascii_start().starts_with(b"[") {
            let rows = serde_json::from_slice(body).map_err(|error| unreadable(&error))?;
            return Ok(Self {
                lists: vec![rows],
                next: Next::Unsaid,
            });
        }
        let members: BTreeMap<String, &'a RawValue> =
            serde_json::from_slice(body).map_err(|error| unreadable(&error))?;
        let lists = members.values().map(|value| value.get());
        let lists = lists.filter(|text| text.starts_with('['));
        let lists = lists.map(serde_json::from_str).collect::<Result<_, _>>();
        Ok(Self {
            lists: lists.map_err(|error| unreadable(&error))?,
            next: next(&members),
        })
    }

    fn rows(&self) -> usize {
        self.lists.iter().map(Vec::len).sum()
    }

    /// The greatest id of each list that has one.
    fn last_ids(&self) -> impl Iterator<Item = i64> {
        let lists = self.lists.iter();
        lists.filter_map(|rows| rows.iter().filter_map(|row| id(row)).max())
    }
}

fn next(members: &BTreeMap<String, &RawValue>) -> Next {
    let value = |name: &str| -> Option<Value> {
        let text = members.get(name)?.get();
        serde_json::from_str(text).ok()
    };
    let linked = || value("links")?.get("next").cloned();
    match value("next_url")
        .or_else(linked)
        .or_else(|| value("next_page"))
    {
        None => Next::Unsaid,
        Some(Value::String(link)) if !link.is_empty() => Next::At(link),
        Some(_) => Next::Nothing,
    }
}

fn id(row: &RawValue) -> Option<i64> {
    let row: Row = serde_json::from_str(row.get()).ok()?;
    match row.id? {
        Value::String(id) => id.parse().ok(),
        id => id.as_i64(),
    }
}

impl Pager {
    pub(super) fn after_listing(&self, body: &[u8]) -> Result<Option<Position>, PageError> {
        let listing = Listing::read(body)?;
        match &listing.next {
            Next::At(link) if listing.rows() > 0 => {
                self.refuse_foreign(std::iter::once(link.as_str()))?;
                self.at_link(link).map(Some)
            }
            Next::Unsaid if self.request.pages == PageStyle::SinceId => self.after_ids(&listing),
            Next::At(_) | Next::Nothing | Next::Unsaid => Ok(None),
        }
    }

    fn at_link(&self, link: &str) -> Result<Position, PageError> {
        let parameters: Vec<(String, String)> = self
            .origin
            .join(link)
            .map(|link| link.query_pairs().into_owned().collect())
            .unwrap_or_default();
        match parameters.is_empty() {
            true => Err(PageError::NoWayOn {
                missing: "parameter in the link to the next page",
            }),
            false => Ok(Position::Cursors(parameters)),
        }
    }

    /// Nothing states whether the row of that id comes again, and a server that does not know the parameter repeats all
    /// rows: only greater ids go on. Several lists may each be cut, so the least of their ends counts.
    fn after_ids(&self, listing: &Listing<'_>) -> Result<Option<Position>, PageError> {
        let since = match self.position {
            Position::SinceId(id) => id,
            _ => i64::MIN,
        };
        if listing.last_ids().next().is_none() && listing.rows() >= self.size as usize {
            return Err(PageError::NoWayOn { missing: "id" });
        }
        let beyond = listing.last_ids().filter(|last| *last > since).min();
        Ok(beyond.map(Position::SinceId))
    }
}
