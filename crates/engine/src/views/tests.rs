//! Views that outlive their engine: what is saved, what comes back, and what a broken file breaks.

use std::path::Path;

use arrow::util::pretty::pretty_format_batches;

use crate::{Engine, Error, Kind};

const URL: &str = "URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=secret";

fn engine(folder: &Path, connections: &[&str]) -> Engine {
    let builder = Engine::builder().views(folder);
    let builder = connections
        .iter()
        .fold(builder, |builder, name| builder.connection(*name, URL));
    builder.build().unwrap()
}

async fn shown(engine: &Engine, sql: &str) -> Result<String, Error> {
    let rows = engine.sql(sql).await?.collect().await?;
    Ok(pretty_format_batches(&rows).unwrap().to_string())
}

async fn failure(engine: &Engine, sql: &str) -> Error {
    match shown(engine, sql).await {
        Ok(rows) => panic!("{sql}: {rows}"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_view_is_there_in_the_next_session() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("views");
    let first = engine(&folder, &["zendesk"]);
    first
        .sql("CREATE VIEW answer AS SELECT 42 AS n, 'it''s' AS t")
        .await
        .unwrap();
    first
        .sql("CREATE VIEW open_ones AS WITH o AS (SELECT id FROM tickets WHERE status = 'open') SELECT * FROM o, generate_series(1, 2) AS g(n)")
        .await
        .unwrap();
    first
        .sql("CREATE VIEW over AS SELECT n + 1 AS n FROM answer")
        .await
        .unwrap();
    first
        .sql("CREATE TEMPORARY VIEW passing AS SELECT 1")
        .await
        .unwrap();
    assert!(
        shown(&first, "SELECT n FROM over")
            .await
            .unwrap()
            .contains("43")
    );
    let text = std::fs::read_to_string(folder.join("open_ones.sql")).unwrap();
    assert!(
        text.contains("FROM \"zendesk\".tickets") && text.contains("FROM o,"),
        "{text}"
    );
    assert!(!folder.join("passing.sql").exists());
    // Another session has more connections, so bare names mean something else there.
    let second = engine(&folder, &["zendesk", "other"]);
    assert!(
        shown(&second, "SELECT n, t FROM answer")
            .await
            .unwrap()
            .contains("| 42 | it's |")
    );
    assert!(
        shown(&second, "SELECT n FROM over")
            .await
            .unwrap()
            .contains("43")
    );
    let plan = shown(&second, "EXPLAIN SELECT * FROM open_ones")
        .await
        .unwrap();
    assert!(plan.contains("zendesk.tickets"), "{plan}");
    assert!(
        failure(&second, "SELECT * FROM passing")
            .await
            .message()
            .contains("no table")
    );
    second.sql("USE other").await.unwrap();
    assert!(
        shown(&second, "SELECT n FROM over")
            .await
            .unwrap()
            .contains("43")
    );
}

#[tokio::test]
async fn views_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(
        folder.join("mine.sql"),
        "-- by hand\nSELECT id FROM zendesk.tickets",
    )
    .unwrap();
    std::fs::write(folder.join("broken.sql"), "SELECT FROM").unwrap();
    for sql in [
        "SHOW TABLES",
        "SHOW TABLES LIKE 'min%'",
        "SELECT table_name FROM information_schema.tables",
        "SELECT view_name FROM system.views",
        "SHOW VIEWS",
    ] {
        // Each in a session that has not read the file yet.
        let engine = engine(folder, &["zendesk"]);
        assert!(
            shown(&engine, sql).await.unwrap().contains(" mine "),
            "{sql}"
        );
    }
}

#[tokio::test]
async fn a_change_shows_in_views_over_it() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path(), &["zendesk"]);
    engine.sql("CREATE VIEW a AS SELECT 1 AS n").await.unwrap();
    engine
        .sql("CREATE VIEW b AS SELECT n FROM a")
        .await
        .unwrap();
    let error = failure(&engine, "CREATE VIEW a AS SELECT 2 AS n").await;
    assert!(
        error.message().contains("there is a view `a` already"),
        "{error}"
    );
    engine
        .sql("CREATE VIEW IF NOT EXISTS a AS SELECT 3 AS n")
        .await
        .unwrap();
    engine
        .sql("CREATE OR REPLACE VIEW a AS SELECT 4 AS n")
        .await
        .unwrap();
    assert!(
        shown(&engine, "SELECT n FROM b")
            .await
            .unwrap()
            .contains("| 4 |")
    );
    engine.sql("DROP VIEW a").await.unwrap();
    assert!(!folder.path().join("a.sql").exists());
    let error = failure(&engine, "SELECT n FROM b").await;
    assert!(
        error
            .message()
            .starts_with("the saved view `b` cannot be used: there is no table"),
        "{error}"
    );
    assert!(
        failure(&engine, "DROP VIEW a")
            .await
            .message()
            .contains("a")
    );
    engine.sql("DROP VIEW IF EXISTS a").await.unwrap();
}

#[tokio::test]
async fn a_broken_file_breaks_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, text, told) in [
        ("nothing", "", "does not hold one statement"),
        (
            "several",
            "SELECT 1; SELECT 2",
            "does not hold one statement",
        ),
        ("wrong", "SELECT * FROM (", "cannot be read"),
        ("absent", "SELECT * FROM nowhere", "no table"),
        (
            "change",
            "DROP TABLE x",
            "neither a query nor a CREATE VIEW",
        ),
        (
            "misnamed",
            "CREATE VIEW other AS SELECT 1",
            "neither a query nor a CREATE VIEW",
        ),
        ("waiting", "SELECT :status", "the parameter `status`"),
        (
            "ring",
            "SELECT * FROM rung",
            "reads itself, by way of ring, rung",
        ),
        (
            "rung",
            "SELECT * FROM ring",
            "reads itself, by way of rung, ring",
        ),
        ("self", "SELECT * FROM self", "reads itself"),
    ] {
        std::fs::write(folder.join(format!("{name}.sql")), text).unwrap();
        std::fs::write(folder.join("fine.sql"), "SELECT 1 AS n").unwrap();
        std::fs::write(folder.join("ring.sql"), "SELECT * FROM rung").unwrap();
        std::fs::write(folder.join("rung.sql"), "SELECT * FROM ring").unwrap();
        let engine = engine(folder, &["zendesk"]);
        let error = failure(&engine, &format!("SELECT * FROM {name}")).await;
        assert!(
            error
                .message()
                .starts_with(&format!("the saved view `{name}` cannot be used")),
            "{error}"
        );
        assert!(error.message().contains(told), "{error}");
        assert!(error.hint().is_some(), "{error}");
        assert!(
            error.to_string().contains(&format!("{name}.sql")),
            "{error}"
        );
        assert!(
            shown(&engine, "SELECT n FROM fine")
                .await
                .unwrap()
                .contains("| 1 |")
        );
        engine.sql(&format!("DROP VIEW {name}")).await.unwrap();
        assert!(!folder.join(format!("{name}.sql")).exists());
    }
}

#[tokio::test]
async fn what_must_not_be_saved_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path(), &["zendesk"]);
    for (sql, told) in [
        (
            "CREATE VIEW v AS SELECT * FROM GetOAuthAccessToken(AuthMode => 'WEB', Verifier => 'hush-hush-hush')",
            "calls a procedure that takes a secret",
        ),
        (
            "CREATE VIEW \"../v\" AS SELECT 1 AS n",
            "could not have this name",
        ),
        (
            "CREATE VIEW \"a b\" AS SELECT 1 AS n",
            "could not have this name",
        ),
        ("CREATE VIEW v AS SELECT * FROM v", "it reads itself"),
    ] {
        let error = failure(&engine, sql).await;
        assert_eq!(error.kind(), Kind::Unsupported, "{sql}: {error}");
        assert!(error.message().contains(told), "{sql}: {error}");
        assert!(!error.to_string().contains("hush"), "{error}");
        assert!(
            error.hint().is_some_and(|hint| hint.contains("TEMPORARY")),
            "{error}"
        );
    }
    // What cannot be planned is not saved either.
    failure(&engine, "CREATE VIEW v AS SELECT nope FROM tickets").await;
    failure(&engine, "CREATE VIEW tickets AS SELECT 1").await;
    // Nor is what a dry run sees.
    let dry = engine
        .statements("CREATE VIEW v AS SELECT 1 AS n; SELECT n FROM v")
        .unwrap();
    for statement in dry {
        engine.price(statement).await.unwrap();
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    std::fs::write(folder.path().join("kept.sql"), "SELECT 1 AS n").unwrap();
    let error = failure(&engine, "CREATE TEMPORARY VIEW kept AS SELECT 2 AS n").await;
    assert!(
        error.message().contains("there is a saved view `kept`"),
        "{error}"
    );
}

#[tokio::test]
async fn a_schema_that_is_meant_anyway_may_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let first = engine(folder, &["zendesk"]);
    let sql = "CREATE VIEW zendesk.foo AS SELECT count(*) AS n FROM generate_series(1, 3)";
    first.sql(sql).await.unwrap();
    let text = std::fs::read_to_string(folder.join("foo.sql")).unwrap();
    assert!(text.starts_with("CREATE VIEW foo AS "), "{text}");
    let second = engine(folder, &["zendesk"]);
    for name in ["foo", "zendesk.foo", "zuzen.zendesk.foo", "FOO"] {
        let rows = shown(&second, &format!("SELECT n FROM {name}")).await;
        assert!(rows.unwrap().contains("| 3 |"), "{name}");
    }
    second.sql("DROP VIEW zendesk.foo").await.unwrap();
    assert!(!folder.join("foo.sql").exists());
    // Elsewhere, the view would not stand where it was made.
    let several = engine(folder, &["zendesk", "other"]);
    let error = failure(&several, sql).await;
    assert_eq!(error.kind(), Kind::Unsupported, "{error}");
    assert!(error.message().contains("have no schema"), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("alone")));
    let temporary = sql.replace("CREATE", "CREATE TEMPORARY");
    several.sql(&temporary).await.unwrap();
    let rows = shown(&several, "SELECT n FROM zendesk.foo").await;
    assert!(rows.unwrap().contains("| 3 |"));
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
}

#[tokio::test]
async fn files_are_found_whatever_they_are_called() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for name in ["日本 語", "UPPER", "twice", "TWICE"] {
        std::fs::write(folder.join(format!("{name}.sql")), "SELECT 7 AS n").unwrap();
    }
    let engine = engine(folder, &["zendesk"]);
    for name in [
        "\"日本 語\"",
        "UPPER",
        "upper",
        "\"UPPER\"",
        "Twice",
        "\"TWICE\"",
    ] {
        let rows = shown(&engine, &format!("SELECT n FROM {name}")).await;
        assert!(rows.unwrap().contains("| 7 |"), "{name}");
    }
    let rows = shown(&engine, "SELECT upper.n FROM upper").await;
    assert!(rows.unwrap().contains("| 7 |"));
    // Neither is meant more than the other.
    failure(&engine, "SELECT n FROM \"tWICE\"").await;
    // Each is listed once, however it was named.
    let listed = shown(&engine, "SHOW TABLES").await.unwrap();
    assert!(
        listed.contains(" UPPER ") && !listed.contains(" upper "),
        "{listed}"
    );
    let error = failure(&engine, "CREATE VIEW upper AS SELECT 8 AS n").await;
    assert!(error.message().contains("already"), "{error}");
    let replaced = "CREATE OR REPLACE VIEW upper AS SELECT 8 AS n";
    engine.sql(replaced).await.unwrap();
    assert!(!folder.join("upper.sql").exists());
    let rows = shown(&engine, "SELECT n FROM \"UPPER\"").await.unwrap();
    assert!(rows.contains("| 8 |"), "{rows}");
    engine.sql("DROP VIEW upper").await.unwrap();
    engine.sql("DROP VIEW \"日本 語\"").await.unwrap();
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 2);
}

#[tokio::test]
async fn a_list_says_why_a_view_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, text) in [
        ("tickets", "SELECT 1 AS n"),
        ("broken", "SELECT * FROM nowhere"),
        ("fine", "SELECT 1 AS n"),
    ] {
        std::fs::write(folder.join(format!("{name}.sql")), text).unwrap();
    }
    let one = engine(folder, &["zendesk"]);
    one.sql("CREATE TABLE hidden AS SELECT 2 AS n")
        .await
        .unwrap();
    std::fs::write(folder.join("hidden.sql"), "SELECT 1 AS n").unwrap();
    let list = "SELECT view_name, problem FROM system.views ORDER BY view_name";
    let listed = shown(&one, list).await.unwrap();
    let problems: Vec<(&str, &str)> = listed
        .lines()
        .filter_map(|line| {
            let mut cells = line.split('|').map(str::trim).skip(1);
            Some((cells.next()?, cells.next()?))
        })
        .skip(1)
        .collect();
    assert_eq!(
        problems,
        [
            ("broken", "there is no table `zendesk.nowhere`"),
            ("fine", ""),
            (
                "hidden",
                "this session has another table or view of this name"
            ),
            (
                "tickets",
                "zendesk.tickets is a table of the connection; rename the file"
            ),
        ]
    );
    // Where the table wants its connection's name, the view can be used.
    let several = engine(folder, &["zendesk", "other"]);
    let problem = "SELECT problem IS NULL AS fine FROM system.views WHERE view_name = 'tickets'";
    let listed = shown(&several, problem).await.unwrap();
    assert!(listed.contains("true"), "{listed}");
    // A view over the table means the table.
    let over = "CREATE VIEW over AS SELECT id FROM tickets";
    one.sql(over).await.unwrap();
    let text = std::fs::read_to_string(folder.join("over.sql")).unwrap();
    assert!(text.contains("\"zendesk\".tickets"), "{text}");
    one.sql("DROP VIEW tickets").await.unwrap();
    assert!(!folder.join("tickets.sql").exists());
}

#[tokio::test]
async fn names_that_do_not_fit_are_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("users.sql"), "SELECT 1 AS n").unwrap();
    std::fs::write(folder.join("open_ones.sql"), "SELECT 1 AS n").unwrap();
    let engine = engine(folder, &["zendesk"]);
    for sql in [
        "CREATE TABLE mine AS SELECT 1 AS n",
        "CREATE TEMPORARY VIEW passing AS SELECT 1 AS n",
    ] {
        engine.sql(sql).await.unwrap();
    }
    let (table, session) = (
        "zendesk.users is a table of the connection",
        "in this session",
    );
    for (sql, told, hint) in [
        ("CREATE VIEW users AS SELECT 1", table, "such as my_users"),
        (
            "CREATE OR REPLACE VIEW users AS SELECT 1",
            table,
            "such as my_users",
        ),
        (
            "CREATE TEMPORARY VIEW zendesk.Users AS SELECT 1",
            table,
            "such as my_users",
        ),
        (
            "CREATE VIEW IF NOT EXISTS users AS SELECT 1",
            table,
            "such as my_users",
        ),
        (
            "CREATE VIEW mine AS SELECT 1",
            session,
            "CREATE OR REPLACE VIEW",
        ),
        (
            "CREATE TEMPORARY VIEW passing AS SELECT 1",
            session,
            "CREATE OR REPLACE VIEW",
        ),
        (
            "CREATE TEMPORARY VIEW open_ones AS SELECT 1",
            "a saved view",
            "DROP VIEW open_ones",
        ),
        (
            "DROP VIEW opn_ones",
            "there is no view `opn_ones`",
            "did you mean `open_ones`?",
        ),
        (
            "DROP VIEW pasing",
            "there is no view `pasing`",
            "did you mean `passing`?",
        ),
        (
            "DROP VIEW weather",
            "there is no view `weather`",
            "SHOW VIEWS",
        ),
    ] {
        let error = failure(&engine, sql).await;
        assert_eq!(error.kind(), Kind::Sql, "{sql}: {error}");
        assert!(error.message().contains(told), "{sql}: {error}");
        assert!(
            error.hint().is_some_and(|it| it.contains(hint)),
            "{sql}: {error}"
        );
    }
    for sql in [
        "DROP VIEW IF EXISTS weather",
        "CREATE TEMPORARY VIEW IF NOT EXISTS open_ones AS SELECT 2 AS n",
        "CREATE OR REPLACE TEMPORARY VIEW passing AS SELECT 2 AS n",
    ] {
        engine.sql(sql).await.unwrap();
    }
}

#[tokio::test]
async fn a_view_for_this_session_is_not_saved() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path(), &["zendesk"]);
    let made = engine.statements("CREATE VIEW a AS SELECT 1 AS n; SELECT n FROM a");
    for statement in made.unwrap() {
        engine.run(statement.for_this_session()).await.unwrap();
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn without_a_folder_views_end_with_the_engine() {
    let engine = Engine::builder()
        .connection("zendesk", URL)
        .build()
        .unwrap();
    engine.sql("CREATE VIEW a AS SELECT 1 AS n").await.unwrap();
    engine
        .sql("CREATE TEMPORARY VIEW b AS SELECT n FROM a")
        .await
        .unwrap();
    assert!(
        shown(&engine, "SELECT n FROM b")
            .await
            .unwrap()
            .contains("| 1 |")
    );
    engine.sql("DROP VIEW b").await.unwrap();
    assert!(
        shown(&engine, "SELECT count(*) FROM system.views")
            .await
            .unwrap()
            .contains("| 0 ")
    );
}
