//! Chat's exports, which go on within a moment.

use super::{PageStyle, pager, walk};

#[test]
fn an_export_with_ids_ends_with_a_page_without_rows() {
    let cases: [(&str, &[&str], &[&str]); 8] = [
        (
            "short pages are no end",
            &[
                r#"{"chats":[],"count":2,"end_time":9,"end_id":"a.1","next_page":"https://acme.zendesk.com/x?start_time=9&start_id=a.1"}"#,
                r#"{"chats":[],"count":1,"end_time":9,"end_id":"a.2","next_page":"https://acme.zendesk.com/x?start_time=9&start_id=a.2"}"#,
                r#"{"chats":[],"count":0,"end_time":9,"end_id":"a.2","next_page":"https://acme.zendesk.com/x?start_time=9&start_id=a.2"}"#,
            ],
            &[
                "/x?fields=chats%28%2A%29&start_time=9&start_id=a.1&limit=1000",
                "/x?fields=chats%28%2A%29&start_time=9&start_id=a.2&limit=1000",
                "end",
            ],
        ),
        (
            "the last row comes again",
            &[
                r#"{"chats":[],"count":2,"end_time":9,"end_id":"a.1","next_page":"/x"}"#,
                r#"{"chats":[],"count":1,"end_time":9,"end_id":"a.1","next_page":"/x"}"#,
            ],
            &[
                "/x?fields=chats%28%2A%29&start_time=9&start_id=a.1&limit=1000",
                "end",
            ],
        ),
        (
            "moments without ids",
            &[
                r#"{"agent_timeline":[],"count":3,"end_time":1000000,"next_page":"/x?start_time=1000000"}"#,
                r#"{"agent_timeline":[],"count":1,"end_time":1000000,"next_page":"/x?start_time=1000000"}"#,
            ],
            &[
                "/x?fields=chats%28%2A%29&start_time=1000000&limit=1000",
                "end",
            ],
        ),
        (
            "only the link says where",
            &[
                r#"{"chats":[],"count":3,"next_page":"/x?start_time=7&start_id=z"}"#,
                r#"{"chats":[],"count":0,"next_page":"/x?start_time=7&start_id=z"}"#,
            ],
            &[
                "/x?fields=chats%28%2A%29&start_time=7&start_id=z&limit=1000",
                "end",
            ],
        ),
        (
            "null ends it",
            &[r#"{"chats":[],"count":3,"next_page":null}"#],
            &["end"],
        ),
        (
            "a full page that ends where it began",
            &[r#"{"chats":[],"count":1000,"end_time":5,"next_page":"/x?start_time=5"}"#],
            &[
                "a full page ended at the second it began with (5); the rows after it cannot be reached in this form",
            ],
        ),
        (
            "no way on",
            &[r#"{"chats":[],"count":1}"#],
            &["the answer announces more rows but carries no end_time"],
        ),
        (
            "round in a circle",
            &[
                r#"{"chats":[],"count":1,"end_time":9,"end_id":"a","next_page":"/x"}"#,
                r#"{"chats":[],"count":1,"end_time":9,"end_id":"b","next_page":"/x"}"#,
                r#"{"chats":[],"count":1,"end_time":9,"end_id":"a","next_page":"/x"}"#,
            ],
            &[
                "/x?fields=chats%28%2A%29&start_time=9&start_id=a&limit=1000",
                "/x?fields=chats%28%2A%29&start_time=9&start_id=b&limit=1000",
                "the answer points back to a page that was already read (9 a); the pages would never end",
            ],
        ),
    ];
    for (name, bodies, expected) in cases {
        let query = [("fields", "chats(*)"), ("start_time", "5")];
        let mut pager = pager(PageStyle::IdExport, 1_000, &query);
        assert_eq!(walk(&mut pager, bodies), expected, "{name}");
    }
}

#[test]
fn a_smaller_page_goes_on_from_the_same_row() {
    let mut pager = pager(PageStyle::IdExport, 1_000, &[("start_time", "5")]);
    let first = r#"{"chats":[],"count":1000,"end_time":9,"end_id":"a","next_page":"/x"}"#;
    walk(&mut pager, &[first]);
    assert!(pager.shrink());
    let call = pager.call();
    let sent: Vec<String> = call.query.iter().map(|(a, b)| format!("{a}={b}")).collect();
    assert_eq!(sent, ["start_time=9", "start_id=a", "limit=500"]);
}

#[test]
fn an_export_that_links_elsewhere_is_refused() {
    let body = r#"{"chats":[],"count":1,"end_time":9,"end_id":"a","next_page":"https://www.zopim.com/x?start_time=9"}"#;
    let steps = walk(
        &mut pager(PageStyle::IdExport, 1_000, &[("start_time", "5")]),
        &[body],
    );
    assert!(
        steps[0].contains("https://www.zopim.com for its next page"),
        "{}",
        steps[0]
    );
}
