//! Lists that wrap their rows in whatever way: bare arrays by `since_id`, and links whose parameters are taken over.

use super::{PageStyle, pager, walk};

#[test]
fn ids_go_on_until_none_is_greater() {
    let cases: [(&str, &[&str], &[&str]); 8] = [
        (
            "the row of the id comes again",
            &[
                r#"[{"id":3,"name":"a"},{"id":7}]"#,
                r#"[{"id":7},{"id":9}]"#,
                r#"[{"id":9}]"#,
            ],
            &["/x?since_id=7&limit=2", "/x?since_id=9&limit=2", "end"],
        ),
        (
            "it does not",
            &[r#"[{"id":3},{"id":7}]"#, "[]"],
            &["/x?since_id=7&limit=2", "end"],
        ),
        (
            "the parameter is not known",
            &[r#"[{"id":7},{"id":3}]"#, r#"[{"id":7},{"id":3}]"#],
            &["/x?since_id=7&limit=2", "end"],
        ),
        (
            "several lists, each cut by itself",
            &[
                r#"{"ip_address":[{"id":1},{"id":2}],"visitor":[{"id":8},{"id":9}]}"#,
                r#"{"ip_address":[{"id":2},{"id":3}],"visitor":[{"id":8},{"id":9}]}"#,
                r#"{"ip_address":[{"id":3}],"visitor":[{"id":8},{"id":9}]}"#,
                r#"{"ip_address":[],"visitor":[]}"#,
            ],
            &[
                "/x?since_id=2&limit=2",
                "/x?since_id=3&limit=2",
                "/x?since_id=9&limit=2",
                "end",
            ],
        ),
        (
            "an envelope with a link",
            &[
                r#"{"agents":[{"id":3}],"next_url":"https://acme.zendesk.com/x?cursor=c%20d&limit=2"}"#,
                r#"{"agents":[{"id":7}],"next_url":null}"#,
            ],
            &["/x?cursor=c%20d&limit=2", "end"],
        ),
        (
            "an empty link",
            &[r#"{"agents":[{"id":3},{"id":4}],"next_url":""}"#],
            &["end"],
        ),
        (
            "ids as text",
            &[r#"[{"id":"3"},{"id":"12"}]"#, r#"[{"id":"12"}]"#],
            &["/x?since_id=12&limit=2", "end"],
        ),
        (
            "a full page without ids",
            &[r#"[{"name":"hi"},{"name":"ho"}]"#],
            &["the answer announces more rows but carries no id"],
        ),
    ];
    for (name, bodies, expected) in cases {
        let mut pager = pager(PageStyle::SinceId, 2, &[]);
        assert_eq!(walk(&mut pager, bodies), expected, "{name}");
    }
    let short = walk(
        &mut pager(PageStyle::SinceId, 2, &[]),
        &[r#"[{"name":"hi"}]"#],
    );
    assert_eq!(short, ["end"]);
}

#[test]
fn parameters_of_a_link_are_taken_over() {
    let cases: [(&str, &[&str], &[&str]); 6] = [
        (
            "links.next",
            &[
                r#"{"data":[{}],"links":{"previous":null,"next":"/y?type=a%26b&per_page=1000&cursor=2"}}"#,
                r#"{"data":[{}],"links":{"previous":"/y?cursor=1","next":null}}"#,
            ],
            &["/x?type=a%26b&per_page=1000&cursor=2", "end"],
        ),
        (
            "next_url",
            &[
                r#"{"next_url":"https://acme.zendesk.com/x?page=2","chats":[{}],"count":70}"#,
                r#"{"next_url":"https://acme.zendesk.com/x?page=3","chats":[],"count":70}"#,
            ],
            &["/x?type=a%26b&page=2", "end"],
        ),
        ("a bare list", &[r#"[{"id":3}]"#], &["end"]),
        (
            "a link that leads back",
            &[
                r#"{"data":[{}],"links":{"next":"/x?cursor=2"}}"#,
                r#"{"data":[{}],"links":{"next":"/x?cursor=2"}}"#,
            ],
            &[
                "/x?type=a%26b&cursor=2",
                "the answer points back to a page that was already read (cursor 2); the pages would never end",
            ],
        ),
        (
            "a link that says nothing",
            &[r#"{"data":[{}],"links":{"next":"/x"}}"#],
            &[
                "the answer announces more rows but carries no parameter in the link to the next page",
            ],
        ),
        (
            "half an answer",
            &[r#"{"data":[{}],"links":{"next":"/x?curs"#],
            &["the answer is cut short: EOF while parsing a string at line 1 column 37"],
        ),
    ];
    for (name, bodies, expected) in cases {
        let mut pager = pager(PageStyle::Link, 100, &[("type", "a&b")]);
        assert_eq!(walk(&mut pager, bodies), expected, "{name}");
        assert!(!pager.can_shrink(), "{name}");
    }
}

#[test]
fn a_link_to_another_host_is_refused() {
    let body = r#"{"rows":[{"id":1}],"next_url":"https://www.zopim.com/api/v2/chats?cursor=2"}"#;
    for style in [PageStyle::Link, PageStyle::SinceId] {
        let steps = walk(&mut pager(style, 100, &[]), &[body]);
        assert!(
            steps[0].contains("https://www.zopim.com for its next page"),
            "{}",
            steps[0]
        );
    }
    // Nothing is asked for behind the last page, so its link does no harm.
    let last = r#"{"rows":[],"next_url":"https://www.zopim.com/api/v2/chats?cursor=2"}"#;
    assert_eq!(
        walk(&mut pager(PageStyle::Link, 100, &[]), &[last]),
        ["end"]
    );
}
