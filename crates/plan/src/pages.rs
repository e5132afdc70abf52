//! Finding the next page: a pure state machine over the bodies of the answers.
//!
//! It never follows an address from an answer: the next call is built from cursor, page number or time, so
//! parameters cannot double and credentials cannot leave. It refuses to go on where rows would silently be lost or
//! pages would never end.

mod envelope;
mod id_export;
mod listing;

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;
use url::Url;

use crate::request::Request;
use crate::table::PageStyle;
use envelope::Envelope;

/// Page sizes that a page which is too heavy for the server is lowered to.
const SMALLER: [u32; 5] = [500, 250, 100, 50, 10];

/// Numbered pages that Zendesk serves; it answers 400 beyond.
const DEEPEST_PAGE: u32 = 100;

/// Page maxima that servers clamp a larger size to without saying so: so many rows may be a full page.
const CLAMPS: [u64; 6] = [25, 30, 50, 100, 250, 500];

/// One call of a read: what is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Absolute path, already encoded.
    pub path: String,
    /// Parameters in sending order, not yet encoded.
    pub query: Vec<(String, String)>,
}

/// Why the next page cannot be found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// The body is not whole; the same call may be sent again.
    #[error("the answer is cut short: {0}")]
    Incomplete(String),
    /// The body is something else.
    #[error("the answer is not a JSON object")]
    NotJson,
    /// More rows are announced without a way to them.
    #[error("the answer announces more rows but carries no {missing}")]
    NoWayOn {
        /// The member that should say how.
        missing: &'static str,
    },
    /// The same page would be asked for again.
    #[error(
        "the answer points back to a page that was already read ({position}); the pages would never end"
    )]
    Repeated {
        /// Cursor or page number.
        position: String,
    },
    /// More rows in one second than a page holds.
    #[error(
        "a full page ended at the second it began with ({start_time}); the rows after it cannot be reached in this form"
    )]
    NoProgress {
        /// Seconds since 1970.
        start_time: i64,
    },
    /// Numbered pages end before the rows do.
    #[error(
        "the API serves {DEEPEST_PAGE} numbered pages and there are more rows; they would be lost"
    )]
    TooDeep,
    /// The next page is said to be elsewhere.
    #[error(
        "the answer points to {theirs} for its next page, but the connection is to {ours}; nothing was sent there"
    )]
    ForeignOrigin {
        /// Origin of the connection.
        ours: String,
        /// Origin of the link.
        theirs: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Position {
    First,
    After(String),
    Page { number: u32, size: Option<u32> },
    Export(String),
    Chain(String),
    Since(i64),
    Cursors(Vec<(String, String)>),
    SinceId(i64),
    Mark { time: i64, id: Option<String> },
}

/// The pages of one request, one after another.
#[derive(Debug)]
pub struct Pager {
    request: Arc<Request>,
    origin: Url,
    size: u32,
    position: Position,
    seen: HashSet<String>,
}

impl Pager {
    /// The state before the first page. Links to anything but `origin` are refused.
    #[must_use]
    pub fn new(request: Arc<Request>, origin: Url) -> Self {
        Self {
            size: request.page_size,
            request,
            origin,
            position: Position::First,
            seen: HashSet::new(),
        }
    }

    /// The call to send now; the same until [`Pager::turn`] moves on or [`Pager::shrink`] changes its size.
    #[must_use]
    pub fn call(&self) -> Call {
        let mut query = self.request.query.clone();
        let size = self.size.to_string();
        match &self.position {
            Position::First => {
                if let Some(parameter) = self.request.pages.size_parameter() {
                    query.push((parameter.to_owned(), size));
                }
            }
            Position::After(cursor) if self.request.pages == PageStyle::AfterCursor => {
                query.push(("after_cursor".to_owned(), cursor.clone()));
            }
            Position::After(cursor) => {
                query.push(("page[size]".to_owned(), size));
                query.push(("page[after]".to_owned(), cursor.clone()));
            }
            Position::Page { number, size } => {
                query.push(("page".to_owned(), number.to_string()));
                if let Some(size) = size {
                    query.push(("per_page".to_owned(), size.to_string()));
                }
            }
            Position::Export(cursor) => {
                query.retain(|(name, _)| name != "start_time");
                query.push(("cursor".to_owned(), cursor.clone()));
                query.push(("per_page".to_owned(), size));
            }
            Position::Chain(cursor) => query.push(("cursor".to_owned(), cursor.clone())),
            Position::Since(time) => {
                query.retain(|(name, _)| name != "start_time");
                query.push(("start_time".to_owned(), time.to_string()));
                if let Some(parameter) = self.request.pages.size_parameter() {
                    query.push((parameter.to_owned(), size));
                }
            }
            Position::Cursors(cursors) => {
                query.retain(|(name, _)| cursors.iter().all(|(cursor, _)| cursor != name));
                query.extend(cursors.iter().cloned());
            }
            Position::SinceId(id) => {
                query.push(("since_id".to_owned(), id.to_string()));
                query.push(("limit".to_owned(), size));
            }
            Position::Mark { time, id } => {
                query.retain(|(name, _)| name != "start_time");
                query.push(("start_time".to_owned(), time.to_string()));
                query.extend(id.iter().map(|id| ("start_id".to_owned(), id.clone())));
                query.push(("limit".to_owned(), size));
            }
        }
        Call {
            path: self.request.path.clone(),
            query,
        }
    }

    /// Moves on past the page with this body: the next call, or `None` after the last.
    ///
    /// # Errors
    /// See [`PageError`]; after [`PageError::Incomplete`] the position is unchanged.
    pub fn turn(&mut self, body: &[u8]) -> Result<Option<Call>, PageError> {
        let style = self.request.pages;
        if style == PageStyle::None {
            envelope::check_whole(body)?;
            return Ok(None);
        }
        if matches!(style, PageStyle::Link | PageStyle::SinceId) {
            let next = self.after_listing(body)?;
            return self.go(next);
        }
        let envelope = Envelope::read(body, |found| match style {
            PageStyle::None | PageStyle::Link | PageStyle::SinceId => true,
            PageStyle::Cursor | PageStyle::AfterCursor | PageStyle::Offset => {
                found.has_more().is_some() || found.next_page.is_some()
            }
            PageStyle::Export => found.end_of_stream.is_some() && found.after_cursor.is_some(),
            PageStyle::Chain => found.after_cursor.is_some() || found.next_page.is_some(),
            PageStyle::TimeExport => {
                found.end_time.is_some() && found.count.is_some() && found.end_of_stream.is_some()
            }
            PageStyle::TimeList => {
                found.end_time.is_some() && found.count.is_some() && found.next_page.is_some()
            }
            PageStyle::LinkCursor => found.more.is_some() && found.next_page_url.is_some(),
            PageStyle::IdExport => {
                found.count.is_some() && found.end_time.is_some() && found.next_page.is_some()
            }
        })?;
        let next = match style {
            PageStyle::None | PageStyle::Link | PageStyle::SinceId => None,
            PageStyle::Cursor | PageStyle::AfterCursor | PageStyle::Offset => {
                self.after_list(&envelope)?
            }
            PageStyle::Export => after_export(&envelope)?,
            PageStyle::TimeExport | PageStyle::TimeList => self.after_time_export(&envelope)?,
            PageStyle::LinkCursor => self.after_linked(&envelope)?,
            PageStyle::Chain => self.after_chain(&envelope),
            PageStyle::IdExport => self.after_id_export(&envelope)?,
        };
        if next.is_some() {
            self.refuse_foreign(envelope.addresses())?;
        }
        self.go(next)
    }

    /// Goes to a position, unless it has been there.
    fn go(&mut self, next: Option<Position>) -> Result<Option<Call>, PageError> {
        let Some(next) = next else { return Ok(None) };
        if let Position::After(cursor) | Position::Export(cursor) | Position::Chain(cursor) = &next
            && !self.seen.insert(cursor.clone())
        {
            return Err(PageError::Repeated {
                position: format!("cursor {cursor}"),
            });
        }
        let marked = match &next {
            Position::Mark { time, id: Some(id) } => Some(format!("{time} {id}")),
            _ => None,
        };
        if let Some(position) = marked
            && !self.seen.insert(position.clone())
        {
            return Err(PageError::Repeated { position });
        }
        if let Position::Cursors(cursors) = &next {
            let position: Vec<String> = cursors
                .iter()
                .map(|(name, value)| format!("{name} {value}"))
                .collect();
            let position = position.join(", ");
            if !self.seen.insert(position.clone()) {
                return Err(PageError::Repeated { position });
            }
        }
        self.position = next;
        Ok(Some(self.call()))
    }

    /// Whether [`Pager::shrink`] would lower the page size.
    #[must_use]
    pub fn can_shrink(&self) -> bool {
        self.smaller().is_some()
    }

    /// Lowers the page size, keeping the position; `false` if it cannot be lowered.
    pub fn shrink(&mut self) -> bool {
        let Some(smaller) = self.smaller() else {
            return false;
        };
        if let Position::Page {
            number,
            size: Some(size),
        } = &mut self.position
        {
            *number = (*number - 1) * (*size / smaller) + 1;
            *size = smaller;
        }
        self.size = smaller;
        true
    }

    fn smaller(&self) -> Option<u32> {
        self.request.pages.size_parameter()?;
        let fits = |smaller: &u32| match self.position {
            // The size stands in the link.
            Position::Cursors(_) => false,
            // The same first row must begin a page of the smaller size.
            Position::Page { size, .. } => size.is_some_and(|size| size % smaller == 0),
            _ => true,
        };
        SMALLER
            .into_iter()
            .find(|smaller| *smaller < self.size && fits(smaller))
    }

    /// Lists answer in the form that they like, whatever was asked for: some ignore `page[size]` and number
    /// their pages, some give cursors unasked.
    fn after_list(&self, envelope: &Envelope) -> Result<Option<Position>, PageError> {
        match envelope.has_more() {
            // `links.next` is not null on the last page of nearly every Support list: only this counts.
            Some(false) => return Ok(None),
            Some(true) => {
                let cursor = envelope.cursor().ok_or(PageError::NoWayOn {
                    missing: "meta.after_cursor",
                })?;
                return Ok(Some(Position::After(cursor.to_owned())));
            }
            None => {}
        }
        let Some(link) = envelope.next_page.as_ref().and_then(Value::as_str) else {
            return Ok(None);
        };
        let current = match self.position {
            Position::Page { number, .. } => number,
            _ => 1,
        };
        let named = self.parameter(link, "page");
        if named.is_some_and(|named| named <= u64::from(current)) {
            return Err(PageError::Repeated {
                position: format!("page {current}"),
            });
        }
        if current >= DEEPEST_PAGE {
            return Err(PageError::TooDeep);
        }
        let size = if self.request.pages == PageStyle::Offset {
            Some(self.size)
        } else {
            // The first answer ignored our size; going on with another one than it used would skip rows.
            self.parameter(link, "per_page")
                .and_then(|size| u32::try_from(size).ok())
        };
        Ok(Some(Position::Page {
            number: current + 1,
            size,
        }))
    }

    /// The incremental routing endpoints show their cursor only within a link. Nothing states that the link ends, so an
    /// empty page does.
    fn after_chain(&self, envelope: &Envelope) -> Option<Position> {
        let count = envelope.count.as_ref().and_then(Value::as_u64);
        if count == Some(0) || envelope.has_more() == Some(false) {
            return None;
        }
        let linked = || {
            envelope
                .addresses()
                .find_map(|link| self.text_parameter(link, "cursor"))
        };
        let cursor = envelope.cursor().map(str::to_owned).or_else(linked)?;
        Some(Position::Chain(cursor))
    }

    fn after_time_export(&self, envelope: &Envelope) -> Result<Option<Position>, PageError> {
        let ended = envelope.end_of_stream.as_ref().and_then(Value::as_bool);
        let count = envelope.count.as_ref().and_then(Value::as_u64);
        if ended == Some(true) || count == Some(0) {
            return Ok(None);
        }
        let size = u64::from(self.size);
        let listed = self.request.pages == PageStyle::TimeList;
        let fills = |count: u64| count >= size || (listed && CLAMPS.contains(&count));
        let next_page = envelope.next_page.as_ref().and_then(Value::as_str);
        let start = self.start_time();
        let end = envelope.end_time.as_ref().and_then(Value::as_i64);
        if ended.is_none() {
            // Older endpoints never say that the stream ends.
            // How much a page of such a list holds is not stated, so a short page says nothing there.
            let partial =
                !listed && count.is_some_and(|count| count < size && !CLAMPS.contains(&count));
            let same = next_page
                .and_then(|link| self.parameter(link, "start_time"))
                .is_some_and(|time| {
                    start.and_then(|start| u64::try_from(start).ok()) == Some(time)
                });
            let full = count.is_some_and(fills);
            if next_page.is_none() || partial || (same && !full) {
                return Ok(None);
            }
        }
        let end = end.ok_or(PageError::NoWayOn {
            missing: "end_time",
        })?;
        match start {
            // The last second comes again and again; unless it may have filled the page, nothing is behind it.
            Some(start_time) if end <= start_time => {
                if listed && !count.is_none_or(fills) {
                    Ok(None)
                } else {
                    Err(PageError::NoProgress { start_time })
                }
            }
            _ => Ok(Some(Position::Since(end))),
        }
    }

    /// The cursors are taken out of the address; the address itself is not followed.
    fn after_linked(&self, envelope: &Envelope) -> Result<Option<Position>, PageError> {
        let more = envelope.more.as_ref().and_then(Value::as_bool);
        let link = envelope.next_page_url.as_ref().and_then(Value::as_str);
        let link = match (more, link) {
            (Some(false), _) => return Ok(None),
            (Some(true) | None, Some(link)) => link,
            (Some(true), None) => {
                return Err(PageError::NoWayOn {
                    missing: "next_page_url",
                });
            }
            (None, None) => {
                return Err(PageError::NoWayOn {
                    missing: "has_more",
                });
            }
        };
        let cursors: Vec<(String, String)> = self
            .origin
            .join(link)
            .map(|link| {
                link.query_pairs()
                    .filter(|(name, value)| name.ends_with("_cursor") && !value.is_empty())
                    .map(|(name, value)| (name.into_owned(), value.into_owned()))
                    .collect()
            })
            .unwrap_or_default();
        if cursors.is_empty() {
            return Err(PageError::NoWayOn {
                missing: "cursor in next_page_url",
            });
        }
        Ok(Some(Position::Cursors(cursors)))
    }

    fn start_time(&self) -> Option<i64> {
        match self.position {
            Position::Since(time) | Position::Mark { time, .. } => Some(time),
            _ => {
                let (_, text) = self
                    .request
                    .query
                    .iter()
                    .find(|(name, _)| name == "start_time")?;
                text.parse().ok()
            }
        }
    }

    fn parameter(&self, link: &str, name: &str) -> Option<u64> {
        self.text_parameter(link, name)?.parse().ok()
    }

    fn text_parameter(&self, link: &str, name: &str) -> Option<String> {
        let link = self.origin.join(link).ok()?;
        let (_, value) = link.query_pairs().find(|(found, _)| found == name)?;
        Some(value.into_owned())
    }

    /// Host-less links and an explicit `:443` (webhooks have it) are our own origin.
    fn refuse_foreign<'a>(
        &self,
        mut addresses: impl Iterator<Item = &'a str>,
    ) -> Result<(), PageError> {
        addresses.try_for_each(|link| {
            let theirs = self.origin.join(link).map(|link| link.origin());
            if theirs == Ok(self.origin.origin()) {
                return Ok(());
            }
            Err(PageError::ForeignOrigin {
                ours: self.origin.origin().ascii_serialization(),
                theirs: match theirs {
                    Ok(theirs) => theirs.ascii_serialization(),
                    Err(_) => "an unreadable address".to_owned(),
                },
            })
        })
    }
}

fn after_export(envelope: &Envelope) -> Result<Option<Position>, PageError> {
    // Custom objects say it in `meta`. The last page still carries a cursor, for resuming another day.
    let ended = envelope
        .end_of_stream
        .as_ref()
        .and_then(Value::as_bool)
        .or_else(|| envelope.has_more().map(|more| !more));
    match ended {
        Some(true) => Ok(None),
        Some(false) => match envelope.cursor() {
            Some(cursor) => Ok(Some(Position::Export(cursor.to_owned()))),
            None => Err(PageError::NoWayOn {
                missing: "after_cursor",
            }),
        },
        None => Err(PageError::NoWayOn {
            missing: "end_of_stream",
        }),
    }
}

#[cfg(test)]
mod tests;
