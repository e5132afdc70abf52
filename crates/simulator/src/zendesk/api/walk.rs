//! The order in which the lists of all users and of all organizations are walked. Nobody writes either, so a place in
//! an order never moves and can be a cursor. It refuses to sort anything; the account keeps the orders.

use crate::zendesk::account::Account;
use crate::zendesk::account::order::address;
use crate::zendesk::api::paging::{self, Cut, Page};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::Request;

/// A sequence of rows, named by their indexes.
#[derive(Debug)]
pub(crate) struct Walk<'a> {
    /// As in `sort`.
    name: &'static str,
    length: usize,
    /// Nothing when the walk is by id, the order in which rows are made.
    updated: Option<&'a [u64]>,
    descending: bool,
}

impl<'a> Walk<'a> {
    /// Ascending by id.
    pub(crate) fn by_id(length: u32) -> Self {
        Self {
            name: "id",
            length: length as usize,
            updated: None,
            descending: false,
        }
    }

    /// What `sort` asks for. Only cursor pages take it; to others it stays unknown.
    pub(crate) fn asked(
        request: &Request<'a>,
        cut: &Cut,
        length: u32,
        updated: fn(&Account) -> &[u64],
    ) -> Result<Self, Reply> {
        let ascending = Self::by_id(length);
        if !matches!(cut, Cut::Cursor { .. }) {
            return Ok(ascending);
        }
        let (name, by_updated, descending) = match request.parameters.get("sort") {
            None | Some("id") => ("id", false, false),
            Some("-id") => ("-id", false, true),
            Some("updated_at") => ("updated_at", true, false),
            Some("-updated_at") => ("-updated_at", true, true),
            Some(other) => {
                return Err(Reply::invalid_pagination(&format!(
                    "sort is not valid: {other}"
                )));
            }
        };
        let account = request.account;
        Ok(Self {
            name,
            updated: by_updated.then(|| updated(account)),
            descending,
            ..ascending
        })
    }

    /// Cuts a page of the rows that fit. Descending is the whole ascending order backwards, rows of one second included.
    pub(crate) fn page(
        &self,
        cut: &Cut,
        accept: &dyn Fn(usize) -> bool,
    ) -> Result<Page<usize>, Reply> {
        let page = paging::window_of(cut, self.name, self.length, &|place| {
            accept(self.index(place))
        })?;
        Ok(Page {
            rows: page
                .rows
                .into_iter()
                .map(|place| self.index(place))
                .collect(),
            edge: page.edge,
        })
    }

    fn index(&self, place: usize) -> usize {
        let place = if self.descending {
            self.length - 1 - place
        } else {
            place
        };
        self.updated
            .map_or(place, |packed| address(packed[place]) as usize)
    }
}
