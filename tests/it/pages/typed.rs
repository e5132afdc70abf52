//! Every block that is typed at the prompt, a page in one session.

use super::blocks;
use crate::prompt::terminal::{Terminal, home};

#[test]
fn every_block_is_typed_without_an_error() {
    let blocks = blocks("zuzen");
    assert!(blocks.len() > 5, "there are {} blocks", blocks.len());
    let home = home();
    let mut terminal = Terminal::ready(home.path(), &["--demo"]);
    let mut requests = Vec::new();
    for block in &blocks {
        for line in block.text.lines() {
            terminal.enter(line);
            if line.starts_with('\\') || line.ends_with(';') {
                let shown = terminal.answer();
                assert!(!shown.contains("error:"), "{}: {shown}", block.place());
                assert!(shown.lines().count() > 1, "{}: {shown}", block.place());
                if line == "\\requests" {
                    requests.push(shown);
                }
            }
        }
    }
    // What the tour says of them: two, one of them a search; exports; and people by the keys of tickets.
    for (shown, calls, parts) in [
        (
            0,
            2,
            &["GET /api/v2/search/export", "GET /api/v2/tickets?"][..],
        ),
        (1, 4, &["GET /api/v2/incremental/tickets"]),
        (2, 0, &["/users/show_many", "/organizations/show_many"]),
    ] {
        let shown: &String = &requests[shown];
        for part in parts {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        assert!(
            calls == 0 || shown.matches("GET ").count() == calls,
            "{calls}: {shown}"
        );
    }
}
