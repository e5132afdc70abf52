//! The command in the hands of scripts and of newcomers: first connections, completions, saved views, pipes.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use zuzen_simulator::{Account, AccountOptions, Options, Simulator};

use crate::home::{Ended, Home, Running};

fn account() -> Arc<Account> {
    Account::generate(&AccountOptions {
        seed: 3,
        tickets: 100,
        anchor: "2025-06-01T00:00:00Z".parse().unwrap(),
    })
}

fn serve() -> Simulator {
    let started = Simulator::start(account(), Options::default());
    futures::executor::block_on(started).unwrap()
}

/// What a connection string holds under this name.
fn part(connection: &str, name: &str) -> String {
    let mut pairs = connection
        .split(';')
        .filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found
        .unwrap_or_else(|| panic!("{name} in {connection}"))
        .1
        .to_owned()
}

fn good(ended: Ended) -> Ended {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended
}

#[cfg(unix)]
fn mode(file: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_newcomer_gets_an_answer_in_two_commands() {
    let simulator = serve();
    let connection = simulator.connection_string();
    let home = Home::new();
    let (url, user, token) = (
        part(&connection, "URL"),
        part(&connection, "User"),
        part(&connection, "ApiToken"),
    );
    let key = home.path().join("token");
    std::fs::write(&key, format!("{token}\n")).unwrap();
    let file = key.display().to_string();
    let arguments = [
        "init",
        "--url",
        &url,
        "--user",
        &user,
        "--secret-file",
        &file,
    ];
    let set_up = good(home.run(&arguments));
    assert!(set_up.err.contains("It works: signed in as"), "{set_up:?}");
    let config = home.path().join("config/zuzen/zuzen.toml");
    let written = std::fs::read_to_string(&config).unwrap();
    assert!(
        !written.contains(&token) && !format!("{set_up:?}").contains(&token),
        "{written}"
    );
    #[cfg(unix)]
    assert_eq!(mode(&config), 0o600);
    let counted = good(home.run(&["--format", "csv", "-c", "SELECT count(*) AS n FROM groups"]));
    assert_eq!(
        counted.out,
        format!("n\n{}\n", account().truth("groups").len())
    );
    // Nothing is overwritten: the same name is refused, another one is added behind.
    let again = home.run(&arguments);
    assert_eq!(again.code, Some(2), "{again:?}");
    assert!(
        again
            .err
            .contains("there is a connection `zendesk` already"),
        "{again:?}"
    );
    let named = [&arguments[..], &["--name", "second one"]].concat();
    good(home.run(&named));
    let both = std::fs::read_to_string(&config).unwrap();
    assert!(
        both.starts_with(&written) && both.contains("[connections.\"second one\"]"),
        "{both}"
    );
    let joined =
        "SELECT count(*) AS n FROM zendesk.groups g JOIN \"second one\".groups h ON h.id = g.id";
    good(home.run(&["-c", joined]));
}

#[test]
fn what_does_not_work_is_not_written() {
    let simulator = serve();
    let url = part(&simulator.connection_string(), "URL");
    let home = Home::new();
    let arguments = [
        "init",
        "--url",
        &url,
        "--user",
        "me@acme.com",
        "--secret-variable",
        "TOKEN",
    ];
    let mut command = home.command(&arguments);
    let refused = Running::start(command.env("TOKEN", "hush-hush-hush")).end();
    assert_eq!(refused.code, Some(4), "{refused:?}");
    assert!(refused.err.contains("nothing was written"), "{refused:?}");
    assert!(!format!("{refused:?}").contains("hush"), "{refused:?}");
    assert!(!home.path().join("config/zuzen/zuzen.toml").exists());
    let untried = [&arguments[..], &["--no-test", "--here"]].concat();
    good(home.run(&untried));
    let written = std::fs::read_to_string(home.path().join("zuzen.toml")).unwrap();
    assert!(written.contains("ApiToken = \"${TOKEN}\""), "{written}");
}

#[test]
fn the_readme_runs_in_an_empty_home() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let commands: Vec<&str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("cargo run -- "))
        .collect();
    assert!(commands.len() >= 2, "{commands:?}");
    for command in commands {
        let home = Home::new();
        let (options, sql) = command.split_once(" -c ").unwrap();
        let sql = sql.trim().trim_matches('"');
        let mut arguments: Vec<&str> = options.split(' ').collect();
        arguments.extend(["-c", sql]);
        let ran = good(home.run(&arguments));
        assert!(ran.out.lines().count() > 3, "{command}: {ran:?}");
        assert!(
            !ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'),
            "{ran:?}"
        );
    }
}

#[test]
fn every_shell_gets_completions() {
    let home = Home::new();
    for (shell, part) in [
        ("bash", "complete -F _zuzen"),
        ("zsh", "#compdef zuzen"),
        ("fish", "complete -c zuzen"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let script = good(home.run(&["completions", shell])).out;
        for part in [part, "doctor", "dry-run"] {
            assert!(script.contains(part), "{shell} lacks {part}");
        }
    }
    let bash = good(home.run(&["completions", "bash"])).out;
    let file = home.path().join("completions");
    std::fs::write(&file, bash).unwrap();
    let script = format!(
        ". '{}'; COMP_WORDS=(zuzen doc); COMP_CWORD=1; _zuzen zuzen doc zuzen; echo \"${{COMPREPLY[*]}}\"",
        file.display()
    );
    let completed = std::process::Command::new("bash")
        .args(["-c", &script])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&completed.stdout).trim(), "doctor");
}

#[test]
fn views_are_saved_beside_the_project() {
    let simulator = serve();
    let connection = simulator.connection_string();
    let home = Home::new();
    let run = |sql: &str| home.run(&["--connect", &connection, "--format", "csv", "-c", sql]);
    // Without a project, they are the user's.
    good(run("CREATE VIEW mine AS SELECT count(*) AS n FROM groups"));
    assert!(home.path().join("config/zuzen/views/mine.sql").is_file());
    let counted = format!("n\n{}\n", account().truth("groups").len());
    assert_eq!(good(run("SELECT n FROM mine")).out, counted);
    std::fs::write(home.path().join("zuzen.toml"), "").unwrap();
    good(run("CREATE VIEW ours AS SELECT count(*) AS n FROM groups"));
    assert!(home.path().join("views/ours.sql").is_file());
    assert_eq!(good(run("SELECT n FROM ours")).out, counted);
    assert_eq!(run("SELECT n FROM mine").code, Some(3));
    std::fs::write(home.path().join("views/担当.sql"), "SELECT '製品' AS 名").unwrap();
    assert_eq!(good(run("SELECT * FROM 担当")).out, "名\n製品\n");
    good(run("DROP VIEW ours"));
    assert!(!home.path().join("views/ours.sql").exists());
    // The demo stands alone.
    good(home.run(&[
        "--demo",
        "--tickets",
        "50",
        "-c",
        "CREATE VIEW passing AS SELECT 1 AS n",
    ]));
    assert!(!home.path().join("views/passing.sql").exists());
}

#[test]
fn a_dry_run_sends_nothing() {
    let simulator = serve();
    let connection = simulator.connection_string();
    let home = Home::new();
    let sql = "CREATE VIEW v AS SELECT id FROM tickets WHERE id IN (1, 2); SELECT * FROM v; \
               CREATE TABLE t AS SELECT id FROM groups; SELECT count(*) FROM t; EXPLAIN ANALYZE SELECT id FROM brands; \
               COPY (SELECT id FROM groups) TO 'out.csv'; CALL GetOAuthAuthorizationURL(CallbackURL => 'http://localhost')";
    let priced = good(home.run(&["--connect", &connection, "--dry-run", "-c", sql]));
    assert!(priced.out.contains("show_many?ids=1,2"), "{priced:?}");
    assert!(
        priced.err.starts_with("would send 1 request, "),
        "{priced:?}"
    );
    assert_eq!(priced.err.matches("would send").count(), 6, "{priced:?}");
    assert!(
        !home.path().join("out.csv").exists() && !home.path().join("config/zuzen/views").exists()
    );
    assert_eq!(simulator.requests().len(), 0, "{:?}", simulator.requests());
    let told = good(home.run(&[
        "--connect",
        &connection,
        "-v",
        "n=2",
        "--format",
        "csv",
        "-c",
        "SELECT count(*) AS n FROM (SELECT id FROM groups LIMIT :n)",
    ]));
    assert_eq!(told.out, "n\n2\n");
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_enough_ends_it_quietly() {
    let home = Home::new();
    let mut command = home.command(&[
        "--demo",
        "--tickets",
        "300",
        "--format",
        "csv",
        "-c",
        "SELECT * FROM zendesk.users",
    ]);
    let mut running = Running::start(command.stderr(Stdio::piped()));
    let mut lines = BufReader::new(running.child().stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    assert!(line.starts_with("id,"), "{line}");
    drop(lines);
    let ended = running.end();
    assert_eq!(
        (ended.code, ended.err.contains("error")),
        (Some(0), false),
        "{ended:?}"
    );
}

/// A file is an argument, stdout is where the command was put: each has its exit code, whatever writes.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_told_by_its_exit_code() {
    let home = Home::new();
    let connection = "URL=http://127.0.0.1:1;User=a@b.c;ApiToken=x";
    for (more, place) in [
        (
            &["-c", "COPY (SELECT 1 AS a) TO '/dev/full' STORED AS CSV"][..],
            "/dev/full",
        ),
        (
            &["-c", "COPY (SELECT 1 AS a) TO 'no/such.csv'"],
            "no/such.csv",
        ),
        (&["-o", "no/such.csv", "-c", "SELECT 1 AS a"], "no/such.csv"),
        (
            &["-o", "/dev/full", "--format", "csv", "-c", "SELECT 1 AS a"],
            "/dev/full",
        ),
        (
            &[
                "-o",
                "/dev/full",
                "--format",
                "table",
                "-c",
                "SELECT 1 AS a",
            ],
            "/dev/full",
        ),
    ] {
        let ended = home.run(&[&["--connect", connection], more].concat());
        assert_eq!(ended.code, Some(2), "{more:?}: {ended:?}");
        let told = format!("error: cannot write {place}: ");
        assert!(ended.err.contains(&told), "{more:?}: {ended:?}");
        assert!(ended.err.contains("hint: "), "{more:?}: {ended:?}");
    }
    for format in ["table", "csv", "json", "parquet"] {
        let mut command = home.command(&["--connect", connection, "--format", format]);
        command.args(["-c", "SELECT 1 AS a"]);
        let full = std::fs::File::options().write(true).open("/dev/full");
        let ended = Running::start(command.stdout(full.unwrap())).end();
        assert_eq!(ended.code, Some(1), "{format}: {ended:?}");
        assert!(
            ended.err.contains("error: stdout cannot be written: ") && ended.err.contains("hint: "),
            "{format}: {ended:?}"
        );
    }
}

/// Two arrays, one after the other, are no JSON: it is said before anything is asked.
#[test]
fn two_results_do_not_go_where_one_fits() {
    let simulator = serve();
    let connection = simulator.connection_string();
    let home = Home::new();
    for (more, told) in [
        (
            &["--format", "json"][..],
            "stdout would get 2 results, and json holds one only",
        ),
        (
            &["-o", "both.json"],
            "both.json would get 2 results, and json holds one only",
        ),
        (
            &["--format", "html", "--keep-going"],
            "stdout would get 2 results",
        ),
        (
            &["--format", "json", "--dry-run"],
            "stdout would get 2 results",
        ),
    ] {
        let sql = [
            "-c",
            "SELECT id FROM groups; SET zuzen.freshness = 'live'; SELECT id FROM brands",
        ];
        let refused = home.run(&[&["--connect", &connection], more, &sql].concat());
        assert_eq!(
            (refused.code, refused.out.as_str()),
            (Some(2), ""),
            "{refused:?}"
        );
        assert!(
            refused.err.contains(told) && refused.err.contains("ndjson"),
            "{refused:?}"
        );
    }
    assert_eq!(simulator.requests().len(), 0, "{:?}", simulator.requests());
    assert!(!home.path().join("both.json").exists());
    // What has rows only when it runs is refused then.
    let sql = "PREPARE p AS SELECT 1 AS a; EXECUTE p; EXECUTE p";
    let refused = home.run(&["--connect", &connection, "--format", "json", "-c", sql]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(
        refused.err.contains("stdout has a result already"),
        "{refused:?}"
    );
    let sql = "CREATE TEMPORARY VIEW v AS SELECT 1 AS a; SELECT a FROM v";
    let one = good(home.run(&["--connect", &connection, "--format", "json", "-c", sql]));
    assert_eq!(one.out, "[{\"a\":1}]\n");
}

/// Colours are for terminals, and none of what a script reads has any, whatever is asked of other programs.
#[test]
fn nothing_piped_is_coloured() {
    let home = Home::new();
    for (name, value) in [
        ("NO_COLOR", "1"),
        ("TERM", "xterm-256color"),
        ("COLORTERM", "truecolor"),
    ] {
        for arguments in [
            &["--help"][..],
            &["nothing"],
            &["-c", "SELECT 1"],
            &[
                "--demo",
                "--tickets",
                "50",
                "-c",
                "SELECT nope FROM zendesk.groups",
            ],
        ] {
            let ended = Running::start(home.command(arguments).env(name, value)).end();
            assert!(
                !format!("{}{}", ended.out, ended.err).contains('\u{1b}'),
                "{name}: {ended:?}"
            );
        }
    }
}
