//! The page styles of Talk's increments and of engagements.

use super::{PageStyle, pager, walk};

#[test]
fn a_time_list_goes_on_until_nothing_is_new() {
    let cases: [(&str, &[&str], &[&str]); 5] = [
        (
            "a short page is no end",
            &[
                r#"{"calls":[],"count":437,"end_time":9,"next_page":"/x?start_time=9"}"#,
                r#"{"calls":[],"count":1,"end_time":12,"next_page":"/x?start_time=12"}"#,
                r#"{"calls":[],"count":0,"end_time":12,"next_page":"/x?start_time=12"}"#,
            ],
            &["/x?start_time=9", "/x?start_time=12", "end"],
        ),
        (
            "null ends it",
            &[r#"{"calls":[],"count":1000,"end_time":9,"next_page":null}"#],
            &["end"],
        ),
        (
            "the last second repeats",
            &[
                r#"{"calls":[],"count":3,"end_time":9,"next_page":"/x?start_time=9"}"#,
                r#"{"calls":[],"count":1,"end_time":9,"next_page":"/x?start_time=9"}"#,
            ],
            &["/x?start_time=9", "end"],
        ),
        (
            "a second that links nowhere new",
            &[r#"{"calls":[],"count":2,"end_time":5,"next_page":"/x?start_time=6"}"#],
            &["end"],
        ),
        (
            "a second that may fill a page is an error",
            &[r#"{"calls":[],"count":100,"end_time":5,"next_page":"/x?start_time=5"}"#],
            &[
                "a full page ended at the second it began with (5); the rows after it cannot be reached in this form",
            ],
        ),
    ];
    for (name, bodies, expected) in cases {
        let mut pager = pager(PageStyle::TimeList, 1_000, &[("start_time", "5")]);
        assert_eq!(walk(&mut pager, bodies), expected, "{name}");
        assert!(!pager.can_shrink(), "{name}");
    }
}

#[test]
fn cursors_come_out_of_the_next_address() {
    let more = |query: &str| {
        format!(
            r#"{{"agent_engagement_data":[],"page_size":100,"has_more":true,"next_page_url":"https://acme.zendesk.com/api/v2/engagements?{query}"}}"#
        )
    };
    let first = more("start_time_cursor=2025-01-01T00%3A00%3A00Z&engagement_id_cursor=ab&admin=1");
    let second = more("start_time_cursor=2025-02-01T00%3A00%3A00Z&engagement_id_cursor=cd");
    let last = r#"{"agent_engagement_data":[],"has_more":false,"next_page_url":null}"#;
    let mut pages = pager(PageStyle::LinkCursor, 100, &[("ticket_id", "7")]);
    assert_eq!(
        walk(&mut pages, &[&first, &second, last]),
        [
            "/x?ticket_id=7&start_time_cursor=2025-01-01T00:00:00Z&engagement_id_cursor=ab",
            "/x?ticket_id=7&start_time_cursor=2025-02-01T00:00:00Z&engagement_id_cursor=cd",
            "end"
        ]
    );
    let mut stuck = pager(PageStyle::LinkCursor, 100, &[]);
    let steps = walk(&mut stuck, &[&first, &first]);
    assert!(steps[1].contains("already read"), "{steps:?}");
}

#[test]
fn an_address_without_a_way_on_is_an_error() {
    let cases = [
        (r#"{"rows":[]}"#, "no has_more"),
        (
            r#"{"rows":[],"has_more":true,"next_page_url":null}"#,
            "no next_page_url",
        ),
        (
            r#"{"rows":[],"has_more":true,"next_page_url":"/x?page=2"}"#,
            "no cursor in next_page_url",
        ),
        (
            r#"{"rows":[],"has_more":true,"next_page_url":"https://evil.example/x?a_cursor=1"}"#,
            "https://evil.example for its next page",
        ),
    ];
    for (body, expected) in cases {
        let steps = walk(&mut pager(PageStyle::LinkCursor, 100, &[]), &[body]);
        assert!(steps[0].contains(expected), "{body}: {}", steps[0]);
    }
    let ended = walk(
        &mut pager(PageStyle::LinkCursor, 100, &[]),
        &[r#"{"rows":[],"next_page_url":"/x?a_cursor=1"}"#],
    );
    assert_eq!(ended, ["/x?a_cursor=1"]);
}
