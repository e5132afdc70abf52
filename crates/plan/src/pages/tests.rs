//! Tables over bodies and the calls that follow them.

mod chat;
mod listings;
mod others;

use super::*;
use crate::request::{NotFound, address};

fn pager(pages: PageStyle, page_size: u32, query: &[(&str, &str)]) -> Pager {
    let request = Request {
        table: "zendesk.tickets".to_owned(),
        read: "list".to_owned(),
        path: "/x".to_owned(),
        query: query
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: None,
        pages,
        page_size,
        family: "account".to_owned(),
        not_found: NotFound::Error,
        bound: Vec::new(),
    };
    Pager::new(
        Arc::new(request),
        Url::parse("https://acme.zendesk.com").unwrap(),
    )
}

/// The address after each body; `end` or the error at last.
fn walk(pager: &mut Pager, bodies: &[&str]) -> Vec<String> {
    bodies
        .iter()
        .map(|body| match pager.turn(body.as_bytes()) {
            Ok(Some(call)) => address(&call.path, &call.query),
            Ok(None) => "end".to_owned(),
            Err(error) => error.to_string(),
        })
        .collect()
}

#[test]
fn pages_follow_each_other_in_every_style() {
    type Case<'a> = (
        &'a str,
        PageStyle,
        &'a [(&'a str, &'a str)],
        &'a [&'a str],
        &'a [&'a str],
    );
    let cases: [Case<'_>; 15] = [
        (
            "one answer",
            PageStyle::None,
            &[("ids", "1,2")],
            &[r#"{"tickets":[],"next_page":"https://acme.zendesk.com/x?page=2"}"#],
            &["end"],
        ),
        (
            "the last page of a cursor list still links on",
            PageStyle::Cursor,
            &[("sort", "-id")],
            &[
                r#"{"t":[],"meta":{"has_more":true,"after_cursor":"a="},"links":{"next":"https://acme.zendesk.com:443/x.json?page=q"}}"#,
                r#"{"t":[],"meta":{"has_more":false,"after_cursor":"b"},"links":{"next":"https://acme.zendesk.com/x"}}"#,
            ],
            &["/x?sort=-id&page%5Bsize%5D=100&page%5Bafter%5D=a%3D", "end"],
        ),
        (
            "cursors of their own name, and pages of the API's own size",
            PageStyle::AfterCursor,
            &[("filter[status]", "active")],
            &[
                r#"{"t":[],"meta":{"has_more":true,"after_cursor":"a="},"links":{"next":"https://acme.zendesk.com/x?after_cursor=a%3D"}}"#,
                r#"{"t":[],"meta":{"has_more":true,"after_cursor":"a="}}"#,
            ],
            &[
                "/x?filter%5Bstatus%5D=active&after_cursor=a%3D",
                "the answer points back to a page that was already read (cursor a=); the pages would never end",
            ],
        ),
        (
            "a last page without links",
            PageStyle::Cursor,
            &[],
            &[r#"{"t":[],"meta":{"has_more":false}}"#],
            &["end"],
        ),
        (
            "a list that numbers its pages all the same",
            PageStyle::Cursor,
            &[],
            &[
                r#"{"t":[],"next_page":"https://acme.zendesk.com/x?page=2&per_page=30","count":70}"#,
                r#"{"t":[],"next_page":"/x?page=3","count":70}"#,
                r#"{"t":[],"next_page":null,"count":70}"#,
            ],
            &["/x?page=2&per_page=30", "/x?page=3", "end"],
        ),
        (
            "a list without any envelope",
            PageStyle::Cursor,
            &[],
            &[r#"{"t":[]}"#],
            &["end"],
        ),
        (
            "numbered pages",
            PageStyle::Offset,
            &[("query", "type:ticket")],
            &[
                r#"{"t":[],"next_page":"https://acme.zendesk.com/x?page=2","count":170}"#,
                r#"{"t":[],"next_page":null,"count":170}"#,
            ],
            &["/x?query=type:ticket&page=2&per_page=100", "end"],
        ),
        (
            "cursors unasked",
            PageStyle::Offset,
            &[],
            &[r#"{"t":[],"meta":{"has_more":true,"after_cursor":"a"}}"#],
            &["/x?page%5Bsize%5D=100&page%5Bafter%5D=a"],
        ),
        (
            "an export drops start_time and keeps the rest",
            PageStyle::Export,
            &[("start_time", "5"), ("exclude_deleted", "true")],
            &[
                r#"{"t":[],"after_cursor":"c1","after_url":"https://acme.zendesk.com/x?cursor=c1","end_of_stream":false}"#,
                r#"{"t":[],"after_cursor":"c1","end_of_stream":true}"#,
            ],
            &["/x?exclude_deleted=true&cursor=c1&per_page=100", "end"],
        ),
        (
            "an export that answers in meta",
            PageStyle::Export,
            &[],
            &[
                r#"{"t":[],"meta":{"has_more":true,"after_cursor":"c1"}}"#,
                r#"{"t":[],"meta":{"has_more":false,"after_cursor":"c2"}}"#,
            ],
            &["/x?cursor=c1&per_page=100", "end"],
        ),
        (
            "a time export",
            PageStyle::TimeExport,
            &[("start_time", "5"), ("include", "a")],
            &[
                r#"{"t":[],"count":100,"end_time":9,"next_page":"https://acme.zendesk.com/x?start_time=9","end_of_stream":false}"#,
                r#"{"t":[],"count":3,"end_time":12,"next_page":"https://acme.zendesk.com/x?start_time=12","end_of_stream":true}"#,
            ],
            &["/x?include=a&start_time=9&per_page=100", "end"],
        ),
        (
            "cursors of a service's own",
            PageStyle::Chain,
            &[("sort", "x")],
            &[
                r#"{"t":[],"count":50,"after_cursor":"a=","after_url":"https://acme.zendesk.com/x?cursor=a%3D","before_cursor":null}"#,
                r#"{"t":[],"count":3,"after_cursor":null,"before_cursor":"b"}"#,
            ],
            &["/x?sort=x&cursor=a%3D", "end"],
        ),
        (
            "cursors that only links show",
            PageStyle::Chain,
            &[],
            &[
                r#"{"t":[],"count":50,"end_time":9,"next_page":"https://acme.zendesk.com/x?cursor=a%3D"}"#,
                r#"{"t":[],"count":3,"end_time":9,"next_page":"/x?cursor=b"}"#,
                r#"{"t":[],"count":0,"end_time":9,"next_page":"/x?cursor=b"}"#,
            ],
            &["/x?cursor=a%3D", "/x?cursor=b", "end"],
        ),
        (
            "an older time export ends with a page that is not full",
            PageStyle::TimeExport,
            &[("start_time", "5")],
            &[
                r#"{"t":[],"count":104,"end_time":9,"next_page":"/x?start_time=9"}"#,
                r#"{"t":[],"count":50,"end_time":10,"next_page":"/x?start_time=10"}"#,
                r#"{"t":[],"count":3,"end_time":12,"next_page":"/x?start_time=12"}"#,
            ],
            &[
                "/x?start_time=9&per_page=100",
                "/x?start_time=10&per_page=100",
                "end",
            ],
        ),
        (
            "an older time export ends with a link to itself, and with null",
            PageStyle::TimeExport,
            &[("start_time", "9")],
            &[
                r#"{"t":[],"count":50,"end_time":9,"next_page":"/x?start_time=9"}"#,
                r#"{"t":[],"count":500,"end_time":9,"next_page":null}"#,
                r#"{"t":[],"count":0,"end_time":null,"next_page":"/x?start_time=9","end_of_stream":false}"#,
            ],
            &["end", "end", "end"],
        ),
    ];
    for (name, style, query, bodies, expected) in cases {
        assert_eq!(
            walk(&mut pager(style, 100, query), bodies),
            expected,
            "{name}"
        );
    }
}

#[test]
fn pages_that_would_lose_rows_or_never_end_are_errors() {
    let more = r#"{"t":[],"meta":{"has_more":true,"after_cursor":"a"}}"#;
    let cases: [(&str, PageStyle, &[&str], &str); 9] = [
        ("repeated", PageStyle::Cursor, &[more, more], "already read"),
        (
            "repeated export",
            PageStyle::Export,
            &[
                r#"{"after_cursor":"a","end_of_stream":false}"#,
                r#"{"after_cursor":"a","end_of_stream":false}"#,
            ],
            "already read",
        ),
        (
            "no cursor",
            PageStyle::Cursor,
            &[r#"{"t":[],"meta":{"has_more":true,"after_cursor":null}}"#],
            "meta.after_cursor",
        ),
        (
            "no export envelope",
            PageStyle::Export,
            &[r#"{"t":[]}"#],
            "end_of_stream",
        ),
        (
            "full page within one second",
            PageStyle::TimeExport,
            &[r#"{"t":[],"count":100,"end_time":5,"next_page":"/x?start_time=5"}"#],
            "cannot be reached",
        ),
        (
            "the same, said not to be the end",
            PageStyle::TimeExport,
            &[r#"{"t":[],"count":100,"end_time":5,"end_of_stream":false}"#],
            "cannot be reached",
        ),
        (
            "link back",
            PageStyle::Offset,
            &[r#"{"t":[],"next_page":"/x?page=1"}"#],
            "already read",
        ),
        (
            "foreign",
            PageStyle::Export,
            &[r#"{"after_cursor":"a","after_url":"https://evil.example/x","end_of_stream":false}"#],
            "https://evil.example for its next page, but the connection is to https://acme.zendesk.com",
        ),
        (
            "foreign without scheme",
            PageStyle::Cursor,
            &[
                r#"{"t":[],"meta":{"has_more":true,"after_cursor":"a"},"links":{"next":"//evil.example/"}}"#,
            ],
            "evil.example",
        ),
    ];
    for (name, style, bodies, expected) in cases {
        let steps = walk(&mut pager(style, 100, &[("start_time", "5")]), bodies);
        let last = steps.last().unwrap();
        assert!(last.contains(expected), "{name}: {last}");
    }
}

#[test]
fn numbered_pages_end_at_the_hundredth() {
    let mut pager = pager(PageStyle::Offset, 100, &[]);
    for number in 2..=100 {
        let body = format!(r#"{{"t":[],"next_page":"/x?page={number}"}}"#);
        assert!(pager.turn(body.as_bytes()).unwrap().is_some());
    }
    assert_eq!(
        pager.turn(br#"{"t":[],"next_page":"/x?page=101"}"#),
        Err(PageError::TooDeep)
    );
    assert_eq!(pager.turn(br#"{"t":[],"next_page":null}"#), Ok(None));
}

#[test]
fn heavy_pages_shrink_at_the_same_place() {
    let mut export = pager(PageStyle::Export, 1000, &[("start_time", "5")]);
    export
        .turn(br#"{"t":[],"after_cursor":"c","end_of_stream":false}"#)
        .unwrap();
    let mut sizes = Vec::new();
    while export.shrink() {
        assert_eq!(
            export.call().query[0],
            ("cursor".to_owned(), "c".to_owned())
        );
        sizes.push(export.call().query[1].1.clone());
    }
    assert_eq!(sizes, ["500", "250", "100", "50", "10"]);

    let mut numbered = pager(PageStyle::Offset, 100, &[]);
    numbered
        .turn(br#"{"t":[],"next_page":"/x?page=2"}"#)
        .unwrap();
    assert!(numbered.shrink());
    let call = numbered.call();
    assert_eq!(address(&call.path, &call.query), "/x?page=3&per_page=50");

    assert!(!pager(PageStyle::None, 100, &[]).can_shrink());
}

#[test]
fn a_cut_page_can_be_asked_for_again() {
    let mut pager = pager(PageStyle::Cursor, 100, &[]);
    let before = pager.call();
    let whole = r#"{"t":[{"id":1}],"meta":{"has_more":true,"after_cursor":"a"}}"#;
    for end in 0..whole.len() {
        let cut = pager.turn(&whole.as_bytes()[..end]);
        assert!(matches!(cut, Err(PageError::Incomplete(_))), "cut at {end}");
        assert_eq!(pager.call(), before);
    }
    assert!(pager.turn(whole.as_bytes()).unwrap().is_some());
}
