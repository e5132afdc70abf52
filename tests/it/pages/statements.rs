//! Every block of SQL.

use std::process::Stdio;

use zuzen_engine::{Engine, Error, MemoryStores};

use super::account::Accounts;
use super::blocks;
use super::computer::Computer;
use crate::zuora::stage::{AUTO, runtime};

/// The page about files.
const FILES: &str = "files.md";

/// What the pages' statements run in: both accounts, with a client that signs in by OAuth where a page is about that.
fn engine(accounts: &Accounts, by_oauth: bool) -> Engine {
    let (id, secret) = accounts.zendesk.client_credentials();
    let desk = match by_oauth {
        true => {
            let (access, refresh) = accounts.zendesk.grant_tokens(&id, "read write");
            format!(
                "URL={};AuthScheme=OAuth;InitiateOAuth=REFRESH;OAuthClientId={id};OAuthClientSecret={secret};\
                 OAuthAccessToken={access};OAuthRefreshToken={refresh};OAuthSettingsLocation=memory://pages;",
                accounts.zendesk.url()
            )
        }
        false => accounts.zendesk.connection_string(),
    };
    let billing = format!(
        "{}RetryPause=1;OAuthSettingsLocation=memory://pages;MetadataLocation=memory://;ZuoraService={AUTO};",
        accounts.zuora.connection_string()
    );
    Engine::builder()
        .memory(MemoryStores::default())
        .connection("zendesk", desk)
        .connection("zuora", billing)
        .build()
        .unwrap()
}

#[test]
fn every_statement_runs() {
    let accounts = Accounts::new();
    let mut blocks = blocks("sql");
    // Its statements touch files: they run in a home of their own.
    blocks.retain(|block| block.page != FILES);
    assert!(blocks.len() > 15, "there are {} blocks", blocks.len());
    runtime().block_on(async {
        for block in &blocks {
            let by_oauth = block.text.contains("OAuth");
            let engine = engine(&accounts, by_oauth);
            // A page about one vendor is for readers with one connection, whose tables need no schema.
            let only = if block.page == "zuora.md" {
                "zuora"
            } else {
                "zendesk"
            };
            engine.sql(&format!("USE {only}")).await.unwrap();
            for statement in engine.statements(&block.text).unwrap() {
                let text = statement.to_string();
                let mut text = accounts.fill(&text).replace("<code>", &accounts.code());
                if text.contains('…') {
                    let (id, _) = accounts.zendesk.client_credentials();
                    let (access, refresh) = accounts.zendesk.grant_tokens(&id, "read write");
                    let token = if text.contains("Refresh") {
                        refresh
                    } else {
                        access
                    };
                    text = text.replace('…', &token);
                }
                let frame = engine.sql(&text).await;
                let frame = frame.unwrap_or_else(|error| panic!("{}: {error}", block.place()));
                let rows = frame.collect().await;
                let rows = rows.map_err(Error::from);
                rows.unwrap_or_else(|error| panic!("{}: {error}", block.place()));
            }
        }
    });
}

#[test]
fn every_statement_about_files_runs() {
    let computer = Computer::new();
    computer.write("owners.csv", "ticket_id,owner\n1,Ana\n2,Bo\n");
    std::fs::create_dir(computer.home().join("exports")).unwrap();
    let mut script = String::from("COPY (SELECT 1 AS id) TO 'exports/2025-01.parquet';\n");
    let blocks = blocks("sql");
    let blocks = blocks.iter().filter(|block| block.page == FILES);
    script.extend(blocks.map(|block| format!("{}\n", block.text)));
    assert!(script.lines().count() > 5, "{script}");
    computer.write("page.sql", &script);
    let run = "zuzen --demo --tickets 300 -f page.sql";
    let ended = computer.run(run, Stdio::null());
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
}
