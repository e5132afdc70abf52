//! The whole crate against a server on this machine.

mod faults;
mod jobs;
mod limits;
mod server;
mod sign_in;
mod streams;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use zuzen_plan::request::{NotFound, Request};
use zuzen_plan::sign_in::Vendor;
use zuzen_plan::table::{Family, PageStyle};

use crate::{Connection, Credentials, Error, Page, Secret, Settings, Statement, Usage};
use server::Server;

const TOKEN: &str = "c29tZSBzZWNyZXQ";

fn settings(server: &Server) -> Settings {
    let mut settings = Settings::new(
        "zendesk",
        server.origin.clone(),
        Credentials::ApiToken {
            user: "agent@example.com".to_owned(),
            token: Secret::new(TOKEN.to_owned()),
        },
    );
    settings.policy.base = Duration::from_millis(1);
    settings.vendor = Vendor {
        identity: "/api/v2/users/me.json".to_owned(),
        identity_record: Some("user".to_owned()),
        ..Vendor::default()
    };
    settings.families = vec![Family {
        name: "exports".to_owned(),
        per_minute: 10,
        headers: vec!["zendesk-ratelimit-incremental-exports".to_owned()],
    }];
    settings
}

fn connect(server: &Server) -> Connection {
    Connection::open(settings(server)).unwrap()
}

fn request(pages: PageStyle) -> Request {
    Request {
        table: "zendesk.tickets".to_owned(),
        read: "list".to_owned(),
        path: "/api/v2/tickets".to_owned(),
        query: Vec::new(),
        body: None,
        pages,
        page_size: 100,
        family: "account".to_owned(),
        not_found: NotFound::Error,
        bound: Vec::new(),
    }
}

fn usage() -> Arc<Usage> {
    Arc::new(Usage::new(Arc::new(Statement::new(1, None))))
}

/// A cursor page: `cursor` names the next, if there is one.
fn body(row: u32, cursor: Option<&str>) -> String {
    match cursor {
        Some(cursor) => format!(
            r#"{{"tickets":[{{"id":{row}}}],"meta":{{"has_more":true,"after_cursor":"{cursor}"}},"links":{{"next":"/x"}}}}"#
        ),
        None => format!(
            r#"{{"tickets":[{{"id":{row}}}],"meta":{{"has_more":false}},"links":{{"next":"/x"}}}}"#
        ),
    }
}

/// All pages, or the error that ended them.
async fn drain(
    connection: &Connection,
    request: Request,
    usage: &Arc<Usage>,
) -> Result<Vec<Page>, Error> {
    let mut stream = connection.pages(request, Arc::clone(usage));
    let mut pages = Vec::new();
    while let Some(page) = stream.next().await {
        pages.push(page?);
    }
    Ok(pages)
}
