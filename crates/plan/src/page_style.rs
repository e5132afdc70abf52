//! The ways in which APIs hand out further pages. It refuses to turn them; `pages` does.

/// How an API hands out further pages (`zendesk-api` has all of these).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PageStyle {
    /// One answer, no further pages.
    None,
    /// `page[size]` and `page[after]`; `meta.has_more` says when to stop. Falls back on what the answer shows.
    Cursor,
    /// `after_cursor` and pages of the API's own size; `meta.has_more` says when to stop.
    AfterCursor,
    /// `page` and `per_page`; `next_page` is null at the end.
    Offset,
    /// Incremental cursor export: `cursor`, `after_cursor`, `end_of_stream`.
    Export,
    /// Incremental time export: `start_time`, `end_time`, `next_page`, `end_of_stream`, `count`.
    TimeExport,
    /// The same without a page size and without `end_of_stream`: only `count` 0 and a `next_page` of null end it.
    TimeList,
    /// `has_more` and `next_page_url`, whose parameters named `…_cursor` say where the next page begins.
    LinkCursor,
    /// Cursors of a service's own: `cursor`, out of `after_cursor` or out of the link to the next page.
    Chain,
    /// The parameters of the link to the next page, `next_url` or `links.next`, are taken over; a page without one, or
    /// without rows, is the last.
    Link,
    /// `since_id` and `limit`, in lists that are ordered by `id`: a page without a greater one is the last. If the answer
    /// has a link, that is followed as in [`Self::Link`].
    SinceId,
    /// Incremental export that goes on within a moment: `start_time`, `start_id`, `end_time`, `end_id`, `limit`; only
    /// `count` 0 ends it.
    IdExport,
}

impl PageStyle {
    /// The words of the table language.
    pub const WORDS: [(&'static str, Self); 12] = [
        ("none", Self::None),
        ("cursor", Self::Cursor),
        ("after_cursor", Self::AfterCursor),
        ("offset", Self::Offset),
        ("export", Self::Export),
        ("time_export", Self::TimeExport),
        ("time_list", Self::TimeList),
        ("link_cursor", Self::LinkCursor),
        ("chain", Self::Chain),
        ("link", Self::Link),
        ("since_id", Self::SinceId),
        ("id_export", Self::IdExport),
    ];

    /// The parameter that states the page's size, if there is one.
    #[must_use]
    pub fn size_parameter(self) -> Option<&'static str> {
        match self {
            Self::None
            | Self::AfterCursor
            | Self::TimeList
            | Self::LinkCursor
            | Self::Chain
            | Self::Link => None,
            Self::Cursor => Some("page[size]"),
            Self::Offset | Self::Export | Self::TimeExport => Some("per_page"),
            Self::SinceId | Self::IdExport => Some("limit"),
        }
    }
}
