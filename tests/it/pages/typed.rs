//! Every block that is typed at the prompt, a page in one session.

use super::blocks;
use crate::prompt::terminal::{Terminal, home};

#[test]
fn every_block_is_typed_without_an_error() {
    let blocks = blocks("zuzen");
    assert!(blocks.len() > 5, "there are {} blocks", blocks.len());
    let home = home();
    let mut terminal = Terminal::ready(home.path(), &["--demo", "--tickets", "300"]);
    for block in &blocks {
        for line in block.text.lines() {
            terminal.enter(line);
            if line.starts_with('\\') || line.ends_with(';') {
                let shown = terminal.answer();
                assert!(!shown.contains("error:"), "{}: {shown}", block.place());
                assert!(shown.lines().count() > 1, "{}: {shown}", block.place());
            }
        }
    }
}
