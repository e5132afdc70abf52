//! Every command.

use std::process::Stdio;

use super::account::Accounts;
use super::blocks;
use super::computer::Computer;

/// Pages whose commands need the driver: `crates/adbc` and `crates/python` test them.
const ELSEWHERE: [&str; 2] = ["adbc.md", "python.md"];

/// What asks a person questions, at a terminal: `snapshots` and `scripts` test it.
const ASKS: &str = "zuzen init\n";

/// The script that `scripts.md` runs.
const REPORT: &str =
    "SELECT id, subject FROM zendesk.tickets WHERE status = :status AND created_at >= :since;\n";

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
    computer.write("report.sql", REPORT);
    computer
}

#[test]
fn every_command_runs() {
    let accounts = Accounts::new();
    let mut computer: Option<(String, Computer)> = None;
    let blocks = blocks("sh");
    assert!(blocks.len() > 15, "there are {} blocks", blocks.len());
    for block in &blocks {
        if ELSEWHERE.contains(&block.page.as_str()) || block.text == ASKS {
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
            .replace("--url acme", &format!("--url {}", accounts.zendesk.url()))
            .replace("=/srv/", &format!("={srv}"));
        assert!(!lines.contains('…'), "{}: {lines}", block.place());
        let lines = format!(
            "ZENDESK_TOKEN={}; export ZENDESK_TOKEN\n{lines}",
            accounts.token()
        );
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
