//! Accounts that lack a plan or a product, callers who lack a role: what they hear, and what they see of it beforehand.

use std::collections::BTreeMap;

use zuzen_engine::access::{Access, Readable};
use zuzen_engine::{Engine, EngineBuilder, Error, Kind};
use zuzen_simulator::{Faults, Options, Plan, Product, Simulator, Subscription};

use crate::render::rows;
use crate::stage::frozen;
use crate::zuora::stage::{DATA_QUERY, Served};

/// An account with this subscription.
async fn serve(subscription: Subscription) -> Simulator {
    let options = Options {
        strict: true,
        subscription,
        ..Options::default()
    };
    Simulator::start(frozen(), options).await.unwrap()
}

fn builder(connection: &str) -> EngineBuilder {
    Engine::builder().connection("zendesk", format!("{connection}RetryPause=1;"))
}

fn engine(simulator: &Simulator) -> Engine {
    builder(&simulator.connection_string()).build().unwrap()
}

async fn refused(engine: &Engine, sql: &str) -> Error {
    let rows = match engine.sql(sql).await {
        Ok(rows) => rows.collect().await.map_err(Error::from),
        Err(error) => Err(error),
    };
    rows.expect_err(sql)
}

fn by_table(found: Vec<Access>) -> BTreeMap<String, Access> {
    found.into_iter().map(|it| (it.table.clone(), it)).collect()
}

#[tokio::test]
async fn a_table_that_does_not_come_with_the_plan_says_so_and_spares_the_others() {
    let simulator = serve(Subscription::of(Plan::Team)).await;
    let engine = engine(&simulator);
    let listed = engine
        .sql("SELECT count(*) FROM information_schema.tables WHERE table_name = 'satisfaction_ratings'")
        .await
        .unwrap();
    assert_eq!(rows(&listed.collect().await.unwrap()), [["1"]]);
    let error = refused(&engine, "SELECT count(score) FROM satisfaction_ratings").await;
    assert_eq!(error.kind(), Kind::Permission, "{error}");
    let hint = error.hint().unwrap();
    assert!(hint.contains("Suite Growth"), "{hint}");
    assert!(hint.contains("zuzen doctor --tables"), "{hint}");
    assert!(error.to_string().contains("the API said"), "{error}");
    // Another table of the same statement's kind is untouched, and the refusal stays.
    let groups = engine.sql("SELECT count(*) FROM groups").await.unwrap();
    assert_eq!(rows(&groups.collect().await.unwrap()), [["11"]]);
    let again = refused(&engine, "SELECT count(score) FROM satisfaction_ratings").await;
    assert_eq!(again.kind(), Kind::Permission, "{again}");

    let simulator = serve(Subscription::of(Plan::Growth)).await;
    let engine = self::engine(&simulator);
    let ratings = engine.sql("SELECT count(score) > 0 FROM satisfaction_ratings");
    let ratings = ratings.await.unwrap().collect().await.unwrap();
    assert_eq!(rows(&ratings), [["true"]]);
}

const ARTICLES: &str = r#"
about = "An article."
rows = "All articles."
key = "id"
needs = "the product Guide"
[columns]
id = "int64"
[[read]]
name = "list"
get = "/api/v2/help_center/en/things"
items = "articles"
pages = "cursor"
"#;

const REVISIONS: &str = r#"
about = "A revision of a trigger."
rows = "All revisions."
key = "id"
needs = "the Enterprise plan"
[columns]
id = "int64"
trigger_id = { type = "int64", ref = "triggers" }
[[read]]
name = "by_trigger"
get = "/api/v2/triggers/{trigger_id}/revisions"
items = "trigger_revisions"
pages = "cursor"
exact = ["trigger_id"]
"#;

#[tokio::test]
async fn a_missing_product_and_a_gate_below_a_parent_are_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("private_articles.toml"), ARTICLES).unwrap();
    std::fs::write(folder.path().join("private_revisions.toml"), REVISIONS).unwrap();
    let subscription = Subscription {
        plan: Plan::Professional,
        ..Subscription::without(Product::Guide)
    };
    let simulator = serve(subscription).await;
    let engine = builder(&simulator.connection_string())
        .tables(folder.path())
        .build()
        .unwrap();
    for (sql, needs) in [
        (
            "SELECT count(id) FROM private_articles",
            "zendesk.private_articles takes the product Guide; ",
        ),
        (
            "SELECT count(id) FROM private_revisions WHERE trigger_id = 1",
            "zendesk.private_revisions takes the Enterprise plan; ",
        ),
    ] {
        let error = refused(&engine, sql).await;
        assert_eq!(error.kind(), Kind::Permission, "{sql}: {error}");
        let hint = error.hint().unwrap();
        assert!(hint.starts_with(needs), "{sql}: {hint}");
    }
    let found = by_table(engine.connections()[0].access().await.unwrap());
    assert_eq!(found["private_articles"].readable, Readable::No);
    assert!(
        found["private_articles"]
            .why
            .ends_with("it takes the product Guide")
    );
    // Without a key nothing can be asked, but what it takes is told.
    assert_eq!(found["private_revisions"].readable, Readable::Unknown);
    assert!(
        found["private_revisions"]
            .why
            .contains("the Enterprise plan")
    );
}

/// An administrator of the smallest account: whatever refuses lacks a plan or a product, and the table file names it.
#[tokio::test]
async fn each_table_is_looked_at_with_one_request() {
    let subscription = Subscription {
        plan: Plan::Team,
        without: [
            Product::Guide,
            Product::Talk,
            Product::Chat,
            Product::Assets,
            Product::Legacy,
        ]
        .into(),
        ..Subscription::default()
    };
    let simulator = serve(subscription).await;
    let engine = engine(&simulator);
    let connection = &engine.connections()[0];
    let announced = connection.access_requests() as u64;
    assert_eq!(simulator.request_count(), 0, "announcing sends nothing");
    let found = by_table(connection.access().await.unwrap());
    let tables = connection.tables();
    assert_eq!(found.len(), tables.len());
    let sent = simulator.request_count();
    let requests = simulator.requests();
    let refused = requests.iter().filter(|request| request.status != 200);
    let refused = refused.count() as u64;
    assert!(announced <= tables.len() as u64);
    assert!(
        refused > 0 && announced <= sent && sent <= announced + refused,
        "{announced} announced, {sent} sent, {refused} refused"
    );
    for table in tables.iter() {
        let Access { readable, why, .. } = &found[&table.name];
        let parent = table.child.as_ref().map(|child| child.of.as_str());
        let parent = parent.and_then(|parent| tables.iter().find(|table| table.name == parent));
        let needs = match parent {
            Some(parent) => &parent.needs,
            None => &table.needs,
        };
        match (needs, readable) {
            (_, Readable::Unknown) => assert!(why.contains("not asked: "), "{why}"),
            (None, Readable::Yes) => {}
            (Some(needs), Readable::No) => assert!(why.contains(needs.as_str()), "{why}"),
            (needs, readable) => {
                panic!(
                    "{}: {readable}, {why}; its file says needs = {needs:?}",
                    table.name
                )
            }
        }
    }
    assert_eq!(found["tickets"].readable, Readable::Yes);
    assert_eq!(found["ticket_audits"].readable, Readable::Unknown);
    assert!(found["ticket_audits"].why.contains("ticket_id"));
    // A table over a list is what the table of the list is.
    assert_eq!(found["automations_actions"].readable, Readable::Yes);
    let actions = &found["automations_actions"].why;
    assert!(actions.starts_with("as automations: read by "), "{actions}");
    assert_eq!(found["ticket_audits_events"].readable, Readable::Unknown);
    let ratings = &found["satisfaction_ratings"].why;
    assert!(ratings.contains("Suite Growth"), "{ratings}");
}

#[tokio::test]
async fn a_role_that_may_not_export_reads_what_other_requests_give() {
    let simulator = serve(Subscription::default()).await;
    let engine = builder(&simulator.agent_connection_string())
        .build()
        .unwrap();
    let found = by_table(engine.connections()[0].access().await.unwrap());
    for (table, readable, part) in [
        ("tickets", Readable::Yes, "read by `search_all`"),
        ("users", Readable::Yes, "read by "),
        ("ticket_metric_events", Readable::No, "the role admin"),
        ("deleted_tickets", Readable::No, "the role admin"),
        (
            "ticket_comments",
            Readable::No,
            "the role admin; not tried: `WHERE ticket_id = …`",
        ),
    ] {
        assert_eq!(found[table].readable, readable, "{}", found[table].why);
        assert!(found[table].why.contains(part), "{}", found[table].why);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn zuora_is_not_asked_for_rows() {
    let zuora = Served::frozen();
    let engine = zuora.engine(DATA_QUERY, "");
    let connection = &engine.connections()[0];
    assert_eq!(connection.access_requests(), 0);
    let found = by_table(connection.access().await.unwrap());
    assert_eq!(found["invoice"].readable, Readable::Unknown);
    assert_eq!(zuora.simulator.request_count(), 0);
    let counted = engine.sql("SELECT count(*) FROM invoice").await.unwrap();
    counted.collect().await.unwrap();
    let found = by_table(connection.access().await.unwrap());
    assert_eq!(found["invoice"].readable, Readable::Yes);
}

#[tokio::test]
async fn what_concerns_the_whole_connection_ends_the_look() {
    let simulator = serve(Subscription::default()).await;
    let wrong = format!("{}ApiToken=wrong;", simulator.connection_string());
    let engine = builder(&wrong).build().unwrap();
    let error = engine.connections()[0].access().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Auth, "{error}");
    simulator.set_faults(Faults::default());
    simulator.close();
    let engine = self::engine(&simulator);
    let error = engine.connections()[0].access().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Network, "{error}");
}
