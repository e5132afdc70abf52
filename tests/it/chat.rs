//! Chat: either form of its lists, links that lead away, and what an account hears whose Chat is another one's.

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use zuzen_engine::access::Readable;
use zuzen_engine::{Engine, Error, Kind};
use zuzen_simulator::{Faults, Options, Product, Simulator, Subscription};

use crate::stage::{self, Stage};

/// Every table of Chat.
const TABLES: [&str; 13] = [
    "chat_agent_timeline",
    "chat_agents",
    "chat_bans",
    "chat_conversions",
    "chat_department_events",
    "chat_departments",
    "chat_goals",
    "chat_roles",
    "chat_routing_settings",
    "chat_shortcuts",
    "chat_skills",
    "chat_triggers",
    "chats",
];

async fn count(engine: &Engine, sql: &str) -> Result<i64, Error> {
    let batches = engine.sql(sql).await?.collect().await?;
    Ok(batches[0].column(0).as_primitive::<Int64Type>().value(0))
}

/// An engine over an account with this subscription, and the account.
async fn serve(subscription: Subscription) -> (Simulator, Engine) {
    let options = Options {
        strict: true,
        subscription,
        ..Options::default()
    };
    let simulator = Simulator::start(stage::frozen(), options).await.unwrap();
    let connection = format!("{}RetryPause=1;", simulator.connection_string());
    let engine = Engine::builder().connection("zendesk", connection);
    (simulator, engine.build().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_whole_in_either_form() {
    let account = stage::frozen();
    for chat_envelopes in [false, true] {
        let faults = Faults {
            chat_envelopes,
            ..Faults::default()
        };
        let stage = Stage::of(&account, faults, "");
        let engine = stage.engine().unwrap();
        for table in TABLES {
            let whole = account.truth(table).len() as i64;
            let sql = format!("SELECT count(*) FROM {table} WHERE _raw IS NOT NULL");
            let found = count(&engine, &sql).await.unwrap();
            assert_eq!(found, whole, "{table}, in envelopes: {chat_envelopes}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_chats_serves_where_exports_are_not_wanted() {
    let account = stage::frozen();
    let stage = Stage::of(&account, Faults::default(), "UseIncrementalAPI=False;");
    let engine = stage.engine().unwrap();
    let found = count(&engine, "SELECT count(id) FROM chats").await.unwrap();
    assert_eq!(found, account.truth("chats").len() as i64);
    let sql = "SELECT count(*) FROM system.requests WHERE path LIKE '/api/v2/chat/chats%'";
    assert!(count(&engine, sql).await.unwrap() > 1);
}

/// Nothing goes to another host, whatever a link says.
#[tokio::test(flavor = "multi_thread")]
async fn links_that_lead_away_are_refused() {
    let faults = Faults {
        foreign_links: true,
        chat_envelopes: true,
        ..Faults::default()
    };
    let stage = Stage::of(&stage::frozen(), faults, "");
    let engine = stage.engine().unwrap();
    for sql in [
        "SELECT count(id) FROM chats",
        "SELECT count(id) FROM chat_bans",
        "SELECT count(id) FROM legacy_object_records WHERE type = 'delivery'",
    ] {
        let error = count(&engine, sql).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("nothing was sent there"), "{sql}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_that_is_not_there_or_not_ours_says_what_it_takes() {
    let apart = Subscription {
        chat_apart: true,
        ..Subscription::default()
    };
    for subscription in [Subscription::without(Product::Chat), apart] {
        let (_simulator, engine) = serve(subscription).await;
        for table in TABLES {
            let sql = format!("SELECT count(_raw) FROM {table}");
            let error = count(&engine, &sql).await.unwrap_err();
            assert_eq!(error.kind(), Kind::Permission, "{table}: {error}");
            let hint = error.hint().unwrap();
            assert!(hint.contains("takes Chat under"), "{table}: {hint}");
            assert!(hint.contains("a sign-in of its own"), "{table}: {hint}");
        }
        // The catalog and the other tables are as they were.
        let listed = "SELECT count(*) FROM information_schema.tables WHERE table_name LIKE 'chat%'";
        assert_eq!(count(&engine, listed).await.unwrap(), 13);
        let groups = count(&engine, "SELECT count(*) FROM groups").await.unwrap();
        assert_eq!(groups, 11);
        let found = engine.connections()[0].access().await.unwrap();
        for access in found {
            let of_chat = TABLES.contains(&access.table.as_str());
            let refused = access.readable == Readable::No;
            assert_eq!(refused, of_chat, "{}: {}", access.table, access.why);
        }
    }
}

/// Elsewhere a sign-in that nobody knows is one of the whole connection.
#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_stay_wrong_credentials() {
    let (simulator, _) = serve(Subscription::default()).await;
    let wrong = format!("{}ApiToken=wrong;", simulator.connection_string());
    let engine = Engine::builder().connection("zendesk", wrong);
    let engine = engine.build().unwrap();
    let error = count(&engine, "SELECT count(*) FROM groups").await;
    assert_eq!(error.unwrap_err().kind(), Kind::Auth);
}

#[tokio::test(flavor = "multi_thread")]
async fn legacy_objects_that_are_not_there_say_what_they_take() {
    let (_simulator, engine) = serve(Subscription::without(Product::Legacy)).await;
    for sql in [
        "SELECT count(*) FROM legacy_object_types",
        "SELECT count(*) FROM legacy_object_records WHERE type = 'depot'",
        "SELECT count(*) FROM legacy_relationships WHERE relationship_type = 'x'",
    ] {
        let error = count(&engine, sql).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Permission, "{sql}: {error}");
        let hint = error.hint().unwrap();
        assert!(
            hint.contains("takes legacy custom objects"),
            "{sql}: {hint}"
        );
    }
}
