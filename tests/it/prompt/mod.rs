//! The prompt as a person meets it: on a terminal, key by key.
#![cfg(target_os = "linux")]

mod commands;
mod terminal;
mod waiting;

use std::os::unix::fs::PermissionsExt as _;

use zuzen_simulator::{Faults, Simulator};

use self::terminal::{CTRL_C, CTRL_D, CTRL_R, ENTER, TAB, Terminal, home};
use crate::stage::{Stage, frozen};

/// An account without faults, and what connects to it.
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
    // A table, its column by an alias, and a command.
    terminal.press(&format!("SELECT count(u.suspe{TAB}"));
    terminal.press(&format!(" FROM satisfaction_rat{TAB}"));
    terminal.until("satisfaction_ratings");
    terminal.press(CTRL_C);
    terminal.press(&format!("SELECT t.sub{TAB}"));
    terminal.press(CTRL_C);
    terminal.press(&format!("SELECT * FROM tickets t WHERE t.subj{TAB}"));
    terminal.until("t.subject");
    terminal.press(CTRL_C);
    terminal.press(&format!("SELECT * FROM tick{TAB}"));
    let list = terminal.until("ticket_metrics");
    assert!(
        list.contains("ticket_audits") && !list.contains("users"),
        "{list}"
    );
    terminal.press(CTRL_C);
    terminal.press(&format!("\\requ{TAB}"));
    terminal.until("\\requests");
    terminal.press(CTRL_C);
    assert_eq!(stage.simulator().request_count(), before);
    terminal.press(&format!("SELECT count(*) AS n FROM organization_m{TAB}"));
    terminal.until("organization_memberships");
    terminal.press(&format!(";{ENTER}"));
    terminal.until("1 row, ");
    assert!(stage.simulator().request_count() > before);
    terminal.press(CTRL_D);
    assert_eq!(terminal.end(), Some(0));
}

#[test]
fn statements_go_over_several_lines_and_are_found_again() {
    let home = home();
    let nowhere = "URL=http://127.0.0.1:1;User=a@b.c;ApiToken=x;MaxRetries=1;RetryPause=1";
    let mut terminal = Terminal::ready(home.path(), &["--connect", nowhere]);
    terminal.enter("SELECT 40 +");
    terminal.run("2 AS answer;", "| answer |");
    terminal.until("1 row, ");
    terminal.run("SELECT 'other';", "1 row, ");
    // What was typed over two lines comes back as one.
    terminal.press(&format!("{CTRL_R}40"));
    terminal.until("SELECT 40 +");
    terminal.press(ENTER);
    terminal.until("| answer |");
    terminal.until("1 row, ");
    // Ctrl-C clears what is being typed.
    terminal.press(&format!("SELECT nonsense{CTRL_C}"));
    let shown = terminal.run("SELECT 7 AS seven;", "1 row, ");
    assert!(
        shown.contains("seven") && !shown.contains("error"),
        "{shown}"
    );
    // An error ends nothing.
    terminal.run("SELEKT;", "hint: ");
    terminal.run("exit", "");
    assert_eq!(terminal.end(), Some(0));
}

#[test]
fn colours_are_for_those_who_want_them() {
    const KEYWORD: &str = "\x1b[1;34mSELECT\x1b[0m";
    let nowhere = "URL=http://127.0.0.1:1;User=a@b.c;ApiToken=x;MaxRetries=1;RetryPause=1";
    let arguments = ["--connect", nowhere];
    for (variables, coloured) in [
        (vec![], true),
        (vec![("NO_COLOR", "")], true),
        (vec![("NO_COLOR", "1")], false),
        (vec![("TERM", "dumb")], false),
    ] {
        let home = home();
        let mut terminal = Terminal::open(home.path(), &arguments, &variables);
        terminal.until("zuzen> ");
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
    terminal.run("SELECT id FROM oauth_clients WHERE secret = 'hush4';", "");
    terminal.until("zuzen> ");
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
    let nowhere = "URL=http://127.0.0.1:1;User=a@b.c;ApiToken=x;MaxRetries=1;RetryPause=1";
    let rc =
        "-- mine\n\\format csv\nCREATE VIEW mine AS\nSELECT 42 AS answer;\nSELEKT;\n\\timing off\n";
    std::fs::write(home.path().join(".zuzenrc"), rc).unwrap();
    let mut terminal = Terminal::open(home.path(), &["--connect", nowhere], &[]);
    let begin = terminal.until("zuzen> ");
    assert!(
        begin.contains("format is csv") && begin.contains("error: "),
        "{begin}"
    );
    let shown = terminal.run("SELECT * FROM mine;", "answer\n42\n");
    assert!(!shown.contains("1 row"), "{shown}");
    drop(terminal);
    let mut terminal = Terminal::open(home.path(), &["--connect", nowhere, "--no-rc"], &[]);
    let begin = terminal.until("zuzen> ");
    assert!(!begin.contains("format is"), "{begin}");
    terminal.run("SELECT * FROM mine;", "hint: ");
}
