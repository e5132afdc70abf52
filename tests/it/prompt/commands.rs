//! The commands of the prompt over a real engine.

use zuzen_simulator::{Faults, Limits, Options, Simulator};

use super::terminal::{CTRL_C, PROMPT, Terminal, home};
use super::{NOWHERE, account, connection};
use crate::stage::frozen;

#[test]
fn commands_show_what_there_is() {
    let (stage, connection) = account(Faults::default());
    let home = home();
    let mut terminal = Terminal::ready(home.path(), &["--connect", &connection]);
    let help = terminal.run("\\?", "Ctrl-D leaves");
    for command in [
        "\\d ",
        "\\c ",
        "\\p ",
        "\\limits",
        "\\requests",
        "\\timing",
        "\\format",
        "\\o ",
        "\\i ",
        "\\x",
        "\\q",
    ] {
        assert!(help.contains(command), "{command}: {help}");
    }
    let before = stage.simulator().request_count();
    let tables = terminal.run("\\d ticket_m*", "ticket_metrics");
    assert!(!tables.contains("users"), "{tables}");
    let columns = terminal.run("\\d Satisfaction_Ratings", "updated_at");
    for part in [
        "desk.satisfaction_ratings: ",
        "filterable",
        "writable",
        "assignee_id",
        "score",
        "key",
        "int64",
    ] {
        assert!(columns.contains(part), "{part}: {columns}");
    }
    terminal.run("\\d tikets", "did you mean");
    terminal.run("\\d tickets; DROP", "is no name of a table");
    terminal.run("CREATE VIEW mine AS SELECT 1 AS one;", "done, ");
    terminal.run("\\d mine", "Int64");
    let connections = terminal.run("\\c", "in_use");
    assert!(connections.contains("desk"), "{connections}");
    terminal.run("\\c dsk", "schemas: ");
    terminal.run("\\c desk", "need no prefix now");
    terminal.run("\\p", "RefreshOAuthAccessToken");
    terminal.run("\\p RefreshOAuthAccessToken", "OAuthRefreshToken");
    terminal.run(
        "\\p RefreshOAuthAccesToken",
        "did you mean RefreshOAuthAccessToken?",
    );
    terminal.run("\\formt", "did you mean \\format?");
    terminal.run("\\requests", "waited_ms");
    assert!(
        stage.simulator().request_count() <= before + 3,
        "they need no data"
    );
    terminal.run("SELECT count(*) AS n FROM brands;", "1 row, ");
    let requests = terminal.run("\\requests", "waited_ms");
    assert!(requests.contains("/api/v2/brands"), "{requests}");
    assert!(
        !requests.contains("/users/me"),
        "only those of the last statement: {requests}"
    );
}

#[test]
fn rows_go_where_and_how_they_are_wanted() {
    let (_stage, connection) = account(Faults::default());
    let home = home();
    let file = home.path().join("rows.csv");
    let script = home.path().join("script.sql");
    std::fs::write(&script, "\\timing off\nSELECT 1 AS a;\nSELECT 2 AS a").unwrap();
    let mut terminal = Terminal::ready(home.path(), &["--connect", &connection]);
    terminal.run("\\format cvs", "did you mean csv?");
    terminal.run("\\format csv", "format is csv");
    terminal.run(&format!("\\o {}", file.display()), "until \\o");
    terminal.run("SELECT name FROM brands ORDER BY id LIMIT 1;", "1 row, ");
    terminal.run(&format!("\\i {}", script.display()), "timing is off");
    terminal.run("\\o", "rows go to the screen");
    terminal.run("SELECT 3 AS a;", "a\n3\n");
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(
        written.starts_with("name\n") && written.ends_with("a\n1\na\n2\n"),
        "{written}"
    );
    let endless = home.path().join("endless.sql");
    std::fs::write(&endless, format!("\\i {}\n", endless.display())).unwrap();
    terminal.run(&format!("\\i {}", endless.display()), "over and over");
    terminal.run("\\i no/such.sql", "hint: names are looked for from ");
    terminal.run("\\i .", "hint: \\i takes a file");
}

#[test]
fn the_ending_of_a_file_tells_the_format_until_rows_go_to_the_screen() {
    let home = home();
    let read = |name: &str| std::fs::read_to_string(home.path().join(name)).unwrap();
    // As the command line says, so the prompt does.
    let arguments = ["--connect", NOWHERE, "-o", "first.csv"];
    let mut terminal = Terminal::open(home.path(), &arguments, &[]);
    let begin = terminal.until(PROMPT);
    assert!(
        begin.contains("rows go to first.csv as csv until \\o"),
        "{begin}"
    );
    terminal.run("SELECT 1 AS a;", "1 row, ");
    terminal.run("\\o second.ndjson", "second.ndjson as ndjson until");
    terminal.run("SELECT 2 AS a;", "1 row, ");
    // What cannot be written changes nothing.
    terminal.run("\\o no/such/folder/x.csv", "cannot write");
    terminal.run("SELECT 3 AS a;", "1 row, ");
    terminal.run("\\o", "rows go to the screen");
    terminal.run("SELECT 4 AS a;", "| 4 |");
    // A format that is chosen stays.
    terminal.run("\\o third.csv", "third.csv as csv until");
    terminal.run("\\format tsv", "format is tsv");
    terminal.run("SELECT 5 AS a, 6 AS b;", "1 row, ");
    terminal.run("\\o", "rows go to the screen");
    terminal.run("SELECT 7 AS a, 8 AS b;", "7\t8");
    assert_eq!(read("first.csv"), "a\n1\n");
    assert_eq!(read("second.ndjson"), "{\"a\":2}\n{\"a\":3}\n");
    assert_eq!(read("third.csv"), "a\tb\n5\t6\n");
}

#[test]
fn a_file_holds_no_rows_of_what_has_failed() {
    let home = home();
    let read = |name: &str| std::fs::read_to_string(home.path().join(name)).unwrap();
    let fails = "SELECT 1 / (value - 90000) AS a FROM generate_series(1, 100000);";
    let endless = "SELECT value AS a FROM generate_series(1, 100000000000);";
    let mut terminal = Terminal::ready(home.path(), &["--connect", NOWHERE]);
    terminal.run("\\o rows.csv", "rows.csv as csv until");
    terminal.run("SELECT 1 AS a;", "1 row, ");
    let failed = terminal.run(fails, "none of these rows are in rows.csv");
    assert!(failed.contains("error: "), "{failed}");
    terminal.enter(endless);
    std::thread::sleep(std::time::Duration::from_secs(1));
    terminal.press(CTRL_C);
    terminal.until("none of these rows are in rows.csv");
    terminal.until(PROMPT);
    terminal.run("SELECT 2 AS a;", "1 row, ");
    terminal.run("\\o", "rows go to the screen");
    assert_eq!(read("rows.csv"), "a\n1\na\n2\n");
    // What holds one result still has room for it.
    terminal.run("\\o rows.json", "rows.json as json until");
    terminal.run(fails, "error: ");
    terminal.run("SELECT 3 AS a;", "1 row, ");
    terminal.run("SELECT 4 AS a;", "has a result already");
    terminal.run("\\o", "rows go to the screen");
    assert_eq!(read("rows.json"), "[{\"a\":3}]\n");
    let left = std::fs::read_dir(home.path()).unwrap().flatten();
    let left: Vec<_> = left
        .map(|it| it.file_name())
        .filter(|it| it.to_string_lossy().contains("partial"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn limits_are_told_with_what_is_left() {
    let options = Options {
        limits: Limits::Team,
        ..Options::default()
    };
    let simulator = futures::executor::block_on(Simulator::start(frozen(), options)).unwrap();
    let home = home();
    let mut terminal = Terminal::ready(home.path(), &["--connect", &connection(&simulator)]);
    let line = terminal.run("SELECT id FROM brands LIMIT 1;", "requests a minute left");
    assert!(
        line.contains("desk has ") && line.contains(" of 200 "),
        "{line}"
    );
    let limits = terminal.run("\\limits", "resets_in_seconds");
    assert!(
        limits.contains("account") && limits.contains("200") && limits.contains("true"),
        "{limits}"
    );
}
