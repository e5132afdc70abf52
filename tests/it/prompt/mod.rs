//! The prompt as a person meets it: on a terminal, key by key.
#![cfg(target_os = "linux")]

mod commands;
pub(crate) mod terminal;
mod waiting;

use std::os::unix::fs::PermissionsExt as _;

use zuzen_simulator::{Faults, Simulator};

use self::terminal::{CTRL_D, CTRL_R, ENTER, PROMPT, TAB, Terminal, home};
use crate::stage::{Stage, frozen};

/// Nobody answers there.
const NOWHERE: &str = "URL=http://127.0.0.1:1;User=a@b.c;ApiToken=x;MaxRetries=1;RetryPause=1";

/// An account with these faults, and what connects to it.
fn account(faults: Faults) -> (Stage, String) {
    let stage = Stage::of(&frozen(), faults, "");
    let connection = connection(stage.simulator());
    (stage, connection)
}

fn connection(simulator: &Simulator) -> String {
    format!("desk={}RetryPause=1;", simulator.connection_string())
}

#[test]
fn tab_completes_what_fits_without_asking_the_api() {
    let (stage, connection) = account(Faults::default());
    let home = home();
    let mut terminal = Terminal::ready(home.path(), &["--connect", &connection]);
    let before = stage.simulator().request_count();
    for (typed, completed) in [
        ("SELECT * FROM satisfaction_rat", "satisfaction_ratings"),
        ("SELECT * FROM tickets t WHERE t.subj", "t.subject"),
        ("CALL desk.RefreshOAuth", "RefreshOAuthAccessToken"),
        ("SET zuzen.fresh", "zuzen.freshness"),
        ("\\requ", "\\requests"),
        ("\\d desk.group_mem", "desk.group_memberships"),
    ] {
        terminal.press(&format!("{typed}{TAB}"));
        terminal.until(completed);
        terminal.clear();
    }
    terminal.press(&format!("SELECT * FROM tick{TAB}"));
    let list = terminal.until("ticket_metrics");
    assert!(
        list.contains("ticket_audits") && !list.contains("users"),
        "{list}"
    );
    terminal.clear();
    assert_eq!(stage.simulator().request_count(), before);
    terminal.press(&format!("SELECT count(*) AS n FROM organization_memb{TAB}"));
    terminal.until("organization_memberships");
    terminal.press(&format!(";{ENTER}"));
    terminal.until("1 row, ");
    assert!(stage.simulator().request_count() > before);
    terminal.until(PROMPT);
    terminal.press(CTRL_D);
    assert_eq!(terminal.end(), Some(0));
}

#[test]
fn statements_go_over_several_lines_and_are_found_again() {
    let home = home();
    let mut terminal = Terminal::ready(home.path(), &["--connect", NOWHERE]);
    terminal.enter("SELECT 40 +");
    terminal.run("2 AS answer;", "1 row, ");
    terminal.run("SELECT 'other';", "1 row, ");
    // What was typed over two lines comes back as one.
    terminal.press(&format!("{CTRL_R}40"));
    terminal.until("SELECT 40 +");
    terminal.press(ENTER);
    let shown = terminal.until("1 row, ");
    assert!(shown.contains("42 |"), "{shown}");
    terminal.until(PROMPT);
    // Ctrl-C clears what is being typed.
    terminal.press("SELECT nonsense");
    terminal.clear();
    let shown = terminal.run("SELECT 7 AS seven;", "1 row, ");
    assert!(!shown.contains("error"), "{shown}");
    // An error ends nothing.
    terminal.run("SELEKT;", "hint: ");
    terminal.enter("exit");
    assert_eq!(terminal.end(), Some(0));
}

#[test]
fn colours_are_for_those_who_want_them() {
    const KEYWORD: &str = "\x1b[1;34mSELECT\x1b[0m";
    let arguments = ["--connect", NOWHERE];
    for (variables, coloured) in [
        (vec![], true),
        (vec![("NO_COLOR", "")], true),
        (vec![("NO_COLOR", "1")], false),
        (vec![("TERM", "dumb")], false),
    ] {
        let home = home();
        let mut terminal = Terminal::open(home.path(), &arguments, &variables);
        terminal.until(PROMPT);
        terminal.enter("SELECT 'of' AS colour;");
        let shown = terminal.raw_until("1 row, ");
        assert_eq!(shown.contains(KEYWORD), coloured, "{variables:?}: {shown}");
        if !coloured {
            assert!(
                !shown.contains("\x1b[1;34m") && !shown.contains("\x1b[32m"),
                "{shown}"
            );
        }
    }
}

#[test]
fn the_history_keeps_no_secret_and_is_its_owners_alone() {
    let (_stage, connection) = account(Faults::default());
    let home = home();
    let mut terminal = Terminal::ready(home.path(), &["--connect", &connection]);
    terminal.run("SELECT 41 + 1 AS kept;", "1 row, ");
    terminal.run("CALL desk.RefreshOAuthAccessToken('hush1');", "error: ");
    terminal.run(
        "SELECT 1 FROM users WHERE email = 'ApiToken=hush3';",
        "0 rows, ",
    );
    terminal.run(
        "SELECT 1 FROM (SELECT 'x' AS secret) WHERE secret = 'hush4';",
        "0 rows, ",
    );
    terminal.run(" SELECT 'after a blank';", "1 row, ");
    terminal.run("\\timing", "timing is off");
    terminal.press(CTRL_D);
    assert_eq!(terminal.end(), Some(0));
    let file = home.path().join("state").join("zuzen").join("history");
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(
        kept.contains("SELECT 41 + 1 AS kept;") && kept.contains("timing"),
        "{kept}"
    );
    for gone in ["hush1", "hush3", "hush4", "after a blank"] {
        assert!(!kept.contains(gone), "{gone}: {kept}");
    }
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let folder = std::fs::metadata(file.parent().unwrap()).unwrap();
    assert_eq!(folder.permissions().mode() & 0o777, 0o700);
    // The next session finds it.
    let mut terminal = Terminal::ready(home.path(), &["--connect", &connection]);
    terminal.press(&format!("{CTRL_R}41"));
    terminal.until("SELECT 41 + 1 AS kept;");
}

#[test]
fn a_persons_own_file_is_read_first() {
    let home = home();
    let rc =
        "-- mine\n\\format csv\nCREATE VIEW mine AS\nSELECT 42 AS answer;\nSELEKT;\n\\timing off\n";
    std::fs::write(home.path().join(".zuzenrc"), rc).unwrap();
    let mut terminal = Terminal::open(home.path(), &["--connect", NOWHERE], &[]);
    let begin = terminal.until(PROMPT);
    assert!(
        begin.contains("format is csv") && begin.contains("error: "),
        "{begin}"
    );
    let shown = terminal.run("SELECT * FROM mine;", "answer\n42\n");
    assert!(!shown.contains("1 row"), "{shown}");
    drop(terminal);
    // Its views are the session's, so the next session makes them again.
    assert!(!home.path().join("config/zuzen/views").exists());
    let mut terminal = Terminal::open(home.path(), &["--connect", NOWHERE], &[]);
    let begin = terminal.until(PROMPT);
    assert!(!begin.contains("already"), "{begin}");
    terminal.run("SELECT * FROM mine;", "answer\n42\n");
    terminal.enter("CREATE VIEW kept AS SELECT 1 AS a;");
    terminal.answer();
    assert!(home.path().join("config/zuzen/views/kept.sql").exists());
    drop(terminal);
    let mut terminal = Terminal::open(home.path(), &["--connect", NOWHERE, "--no-rc"], &[]);
    let begin = terminal.until(PROMPT);
    assert!(!begin.contains("format is"), "{begin}");
    terminal.run("SELECT 7 AS a;", "| 7 |");
}
