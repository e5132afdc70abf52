//! Zuora's tables as a tenant tells them: asked for once, when they are named, and remembered.

use std::time::Duration;

use tempfile::TempDir;
use zuzen_engine::{Engine, Error, Kind};
use zuzen_simulator::{Object, Options, Simulator};

use crate::render::rows;

/// A tenant, and a folder for what engines are told.
struct Tenant {
    simulator: Simulator,
    folder: TempDir,
}

impl Tenant {
    async fn start() -> Self {
        let options = Options {
            strict: true,
            ..Options::default()
        };
        Self {
            simulator: Simulator::start_zuora(options).await.unwrap(),
            folder: TempDir::new().unwrap(),
        }
    }

    fn properties(&self, more: &str) -> String {
        let string = self.simulator.connection_string();
        let folder = self.folder.path().join("metadata");
        let kept = format!(
            "OAuthSettingsLocation=memory://own;MetadataLocation={};",
            folder.display()
        );
        format!("{string}{kept}RetryPause=1;{more}")
    }

    fn engine(&self, more: &str) -> Engine {
        let builder = Engine::builder().connection("zuora", self.properties(more));
        builder.build().unwrap()
    }

    fn by_query(&self) -> Engine {
        self.engine("ZuoraService=DataQuery")
    }

    /// What was asked about tables, in order of names.
    fn asked(&self) -> Vec<String> {
        let jobs = self
            .simulator
            .query_jobs()
            .into_iter()
            .map(|job| job.statement);
        let mut asked: Vec<String> = jobs.filter(|text| !text.starts_with("SELECT")).collect();
        let requests = self
            .simulator
            .requests()
            .into_iter()
            .map(|request| request.path);
        asked.extend(requests.filter(|path| path.starts_with("/v1/describe")));
        asked.sort();
        asked
    }
}

async fn ask(engine: &Engine, sql: &str) -> Result<Vec<Vec<String>>, Error> {
    Ok(rows(&engine.sql(sql).await?.collect().await?))
}

async fn columns(engine: &Engine, sql: &str) -> Vec<String> {
    let frame = engine
        .sql(sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    let fields = frame.schema().fields();
    fields.iter().map(|field| field.name().clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_described_once_and_by_one() {
    let tenant = Tenant::start().await;
    let engine = tenant.by_query();
    assert!(tenant.asked().is_empty());
    let joined = "SELECT a.id FROM account a JOIN zuora.Invoice i ON i.accountid = a.id";
    let explained = format!("EXPLAIN {joined}");
    let many = (0..8).map(|_| engine.sql(&explained));
    for outcome in futures::future::join_all(many).await {
        outcome.unwrap();
    }
    let once = ["DESCRIBE account", "DESCRIBE invoice"];
    assert_eq!(tenant.asked(), once);
    // Others remember, and tell each other through the folder; who keeps nothing asks.
    ask(&tenant.by_query(), &explained).await.unwrap();
    assert_eq!(tenant.asked(), once);
    let alone = "ZuoraService=DataQuery;MetadataLocation=memory://";
    ask(&tenant.engine(alone), "EXPLAIN SELECT id FROM account")
        .await
        .unwrap();
    assert_eq!(tenant.asked().len(), 3);
    // All of them are looked at here, and none is described for it.
    ask(&engine, "SELECT count(*) FROM information_schema.columns")
        .await
        .unwrap();
    assert_eq!(tenant.asked().len(), 3);
    let told = "SELECT table_name FROM system.tables WHERE described ORDER BY table_name";
    assert_eq!(
        ask(&engine, told).await.unwrap(),
        [["account"], ["invoice"]]
    );
    ask(&engine, "SHOW COLUMNS FROM product").await.unwrap();
    assert_eq!(tenant.asked()[3], "DESCRIBE product");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_age_asks_every_statement_once() {
    let tenant = Tenant::start().await;
    let engine = tenant.engine("ZuoraService=DataQuery;MetadataAge=0");
    for times in 1..=2 {
        // A name that is mended is planned twice.
        let sql =
            "EXPLAIN SELECT a.AccountNumber FROM account a WHERE Account_Number = 'x' AND deleted";
        ask(&engine, sql).await.unwrap();
        assert_eq!(tenant.asked(), vec!["DESCRIBE account"; times]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_columns_are_there_at_once() {
    let tenant = Tenant::start().await;
    let engine = tenant.by_query();
    assert!(
        ask(&engine, "EXPLAIN SELECT tier__c FROM account")
            .await
            .is_err()
    );
    tenant.simulator.add_column(Object::Account, "tier__c");
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    ask(&engine, "EXPLAIN SELECT tier__c FROM account a, product p")
        .await
        .unwrap();
    assert_eq!(
        tenant.asked(),
        ["DESCRIBE account", "DESCRIBE account", "DESCRIBE product"]
    );
    // What is wrong costs one look, and none right after another.
    let error = ask(&engine, "SELECT teir__c FROM account")
        .await
        .unwrap_err();
    assert_eq!(error.hint(), Some("did you mean `tier__c`?"), "{error}");
    assert_eq!(tenant.asked().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn refreshing_forgets_the_columns_of_statements_too() {
    let tenant = Tenant::start().await;
    let engine = tenant.by_query();
    let sql = "SELECT * FROM zuora.data_query('SELECT * FROM account')";
    let before = columns(&engine, sql).await;
    assert!(!before.iter().any(|name| name == "tier__c"));
    tenant.simulator.add_column(Object::Account, "tier__c");
    assert_eq!(columns(&engine, sql).await, before);
    ask(&engine, "REFRESH SCHEMA").await.unwrap();
    let after = columns(&engine, sql).await;
    assert!(after.iter().any(|name| name == "tier__c"), "{after:?}");
}

/// A result with other columns than were told is an error once; the next statement asks for them anew.
#[tokio::test(flavor = "multi_thread")]
async fn columns_of_statements_that_drift_are_learnt_anew() {
    let tenant = Tenant::start().await;
    let engine = tenant.by_query();
    let sql = "SELECT * FROM zuora.data_query('SELECT * FROM account') LIMIT 3";
    assert_eq!(ask(&engine, sql).await.unwrap().len(), 3);
    let before = columns(&engine, sql).await;
    assert!(before.iter().any(|name| name == "crmid"), "{before:?}");
    let jobs = || tenant.simulator.query_jobs().len();
    let asked = jobs();
    tenant.simulator.remove_column(Object::Account, "crmid");
    let error = ask(&engine, sql).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Decode, "{error}");
    let told = error.hint().unwrap();
    assert!(told.contains("run it again"), "{told}");
    assert_eq!(jobs(), asked + 1);
    // Two jobs ask for names and types, one reads.
    assert_eq!(ask(&engine, sql).await.unwrap().len(), 3);
    assert_eq!(jobs(), asked + 4);
    let after = columns(&engine, sql).await;
    let kept: Vec<&String> = before.iter().filter(|name| *name != "crmid").collect();
    assert_eq!(after.iter().collect::<Vec<_>>(), kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_tables_are_looked_for_once() {
    let tenant = Tenant::start().await;
    let engine = tenant.by_query();
    let error = ask(&engine, "SELECT 1 FROM accont, nothing")
        .await
        .unwrap_err();
    assert!(error.message().starts_with("there is no table"), "{error}");
    assert_eq!(tenant.asked(), ["SHOW TABLES"]);
    // It can be described, and only reading it tells.
    let error = ask(&engine, "SELECT id FROM guidedusage")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Permission, "{error}");
    let error = ask(&engine, "EXPLAIN SELECT id FROM guidedusage")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Unsupported);
    assert!(
        error
            .message()
            .contains("failed to process object guidedusage"),
        "{error}"
    );
    let all = ["DESCRIBE guidedusage", "SHOW TABLES"];
    assert_eq!(tenant.asked(), all);
    for _ in 0..2 {
        ask(&engine, "SELECT * FROM guidedusage").await.unwrap_err();
        ask(&tenant.by_query(), "SELECT * FROM guidedusage")
            .await
            .unwrap_err();
    }
    assert_eq!(tenant.asked(), all);
    let unusable = "SELECT table_name, unusable IS NOT NULL FROM system.tables WHERE table_name LIKE '%usage' ORDER BY 1";
    let found = ask(&engine, unusable).await.unwrap();
    assert!(
        found.contains(&vec!["guidedusage".to_owned(), "true".to_owned()]),
        "{found:?}"
    );
    // The words of something that passes, which never does.
    let error = ask(&engine, "SELECT * FROM archived_usage")
        .await
        .unwrap_err();
    assert!(error.message().contains("LINK_30000007"), "{error}");
    let refreshed = ask(&engine, "REFRESH SCHEMA").await.unwrap();
    assert_eq!(refreshed[0][0], "zuora");
    ask(&engine, "SELECT * FROM guidedusage").await.unwrap_err();
    let asked = tenant.asked();
    let times = |what: &str| asked.iter().filter(|asked| *asked == what).count();
    assert_eq!(
        (
            times("DESCRIBE guidedusage"),
            times("SHOW TABLES"),
            times("DESCRIBE archived_usage")
        ),
        (2, 2, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_what_is_known_counts() {
    let tenant = Tenant::start().await;
    let engine = tenant.by_query();
    tenant.simulator.close();
    let plan = engine
        .sql("EXPLAIN SELECT accountnumber FROM account")
        .await
        .unwrap();
    assert!(plan.to_string().await.unwrap().contains("accountnumber"));
    let warnings = engine.connections()[0].take_warnings();
    assert!(
        warnings
            .iter()
            .any(|warning| warning.contains("zuora.account goes by what was known")),
        "{warnings:?}"
    );
    assert!(ask(&engine, "REFRESH SCHEMA").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_are_described_by_their_own_list() {
    let tenant = Tenant::start().await;
    let engine = tenant.engine("ZuoraService=AQuADataExport");
    ask(&engine, "EXPLAIN SELECT * FROM orders").await.unwrap();
    assert_eq!(tenant.asked(), ["/v1/describe/Order"]);
    let error = ask(&engine, "SELECT 1 FROM nothing").await.unwrap_err();
    assert!(error.message().starts_with("there is no table"), "{error}");
    assert_eq!(tenant.asked(), ["/v1/describe", "/v1/describe/Order"]);
    // Everything is everything the service has; what it lacks is told apart from what nobody has.
    assert!(
        !columns(&engine, "SELECT * FROM account")
            .await
            .contains(&"shiptoid".to_owned())
    );
    let error = ask(&engine, "EXPLAIN SELECT shiptoid FROM account")
        .await
        .unwrap_err();
    assert!(
        error
            .message()
            .contains("does not have the column shiptoid"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_tables_gaps_are_not_anothers() {
    let tenant = Tenant::start().await;
    let desk = "URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=secret";
    let builder = Engine::builder()
        .connection("zendesk", desk)
        .connection("zuora", tenant.properties("ZuoraService=AQuADataExport"));
    let engine = builder.build().unwrap();
    // Zendesk's people have a name like any other; the export's do not have one.
    let both = "FROM zendesk.users u CROSS JOIN zuora.account a";
    for (naming, plain) in [
        (
            format!("SELECT u.*, a.shiptoid {both}"),
            format!("SELECT u.*, 1 AS shiptoid {both}"),
        ),
        (
            format!("SELECT *, a.shiptoid {both}"),
            format!("SELECT *, 1 AS shiptoid {both}"),
        ),
        (
            format!("SELECT *, deleted {both}"),
            format!("SELECT *, 1 AS deleted {both}"),
        ),
    ] {
        assert_eq!(
            columns(&engine, &naming).await,
            columns(&engine, &plain).await,
            "{naming}"
        );
    }
    // A column that only another vendor's tables have is none of these.
    for name in ["comment_count", "_raw"] {
        let error = ask(&engine, &format!("SELECT {name} FROM zuora.account"))
            .await
            .unwrap_err();
        assert!(
            error.message().contains(name) && error.kind() == Kind::Sql,
            "{error}"
        );
    }
    assert!(!ask(&engine, "REFRESH SCHEMA Zendesk").await.unwrap()[0][2].is_empty());
    let error = ask(&engine, "refresh schema nobody; ").await.unwrap_err();
    assert_eq!(error.hint(), Some("connections: zendesk, zuora"));
}
