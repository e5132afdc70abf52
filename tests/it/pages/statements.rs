//! Every block of SQL.

use zuzen_engine::{Engine, Error, MemoryStores};

use super::account::Accounts;
use super::blocks;
use crate::zuora::stage::{AUTO, runtime};

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
    let blocks = blocks("sql");
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
