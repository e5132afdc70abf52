//! Every command.

use std::process::Stdio;

use super::account::Accounts;
use super::blocks;
use super::computer::Computer;

/// Blocks that begin like this serve until they are ended: they have to be listening, not to end.
const SERVES: &str = "zuzen simulate";

/// A reader of this page, who has set up what the page calls `desk`, `NAME` and `billing`.
fn reader(accounts: &Accounts, page: &str) -> Computer {
    let computer = Computer::new();
    std::fs::create_dir(computer.home().join("srv")).unwrap();
    // Signing in is what that page is about; the others are for readers who have done so.
    let desk = match page {
        "connecting.md" => accounts.zendesk.oauth_connection_string(),
        _ => accounts.zendesk.connection_string(),
    };
    computer.write("zuzen.toml", &accounts.config(&desk));
    computer
}

#[test]
fn every_command_runs() {
    let accounts = Accounts::new();
    let mut computer: Option<(String, Computer)> = None;
    let blocks = blocks("sh");
    assert!(blocks.len() > 15, "there are {} blocks", blocks.len());
    for block in &blocks {
        if block.text.starts_with(SERVES) {
            continue;
        }
        if computer
            .as_ref()
            .is_none_or(|(page, _)| *page != block.page)
        {
            computer = Some((block.page.clone(), reader(&accounts, &block.page)));
        }
        let (_, computer) = computer.as_ref().unwrap();
        let srv = format!("{}/srv/", computer.home().display());
        let lines = accounts
            .fill(&block.text)
            .replace("NAME", "desk")
            .replace("=/srv/", &format!("={srv}"));
        assert!(!lines.contains('…'), "{}: {lines}", block.place());
        let ended = computer.run(&lines, Stdio::null());
        assert_eq!(
            ended.code,
            Some(0),
            "{}:\n{lines}{}{}",
            block.place(),
            ended.out,
            ended.err
        );
    }
}
