//! How an account of Zendesk is asked: lists of custom fields, and of custom objects.

use zuzen_connectors::zendesk::{fields_of, object_key, read_fields, read_objects};
use zuzen_plan::request::{NotFound, Request};
use zuzen_plan::table::{PageStyle, Table};
use zuzen_rest::{Error as Failed, Purpose};

use super::{Unanswered, misread, segment, unanswered, usage};
use crate::catalogue::kept::{Listed, What};
use crate::catalogue::now;
use crate::connection::Connection;

/// Asks which custom fields the rows of a table have; `None` for a table that has none.
pub(super) async fn describe(
    connection: &Connection,
    table: &Table,
) -> Option<Result<What, Unanswered>> {
    if let Some(fields) = fields_of(&table.name) {
        let (path, family) = (fields.list.to_owned(), fields.family);
        return Some(fields_at(connection, &table.name, path, family).await);
    }
    let key = object_key(table)?;
    let path = format!("/api/v2/custom_objects/{}/fields", segment(&key));
    Some(fields_at(connection, &table.name, path, "account").await)
}

/// Asks which custom objects there are; an account that may not have any has none.
pub(super) async fn list(connection: &Connection) -> Result<Listed, Unanswered> {
    let path = "/api/v2/custom_objects";
    let what = "the list of custom objects";
    let answer = connection
        .rest()
        .fetch(path, what, usage(), Purpose::Metadata);
    let objects = match answer.await {
        Ok(body) => read_objects(&body).map_err(|error| misread(connection, what, &error))?,
        Err(Failed::NotFound { .. } | Failed::Forbidden { .. }) => Vec::new(),
        Err(error) => return Err(unanswered(error)),
    };
    Ok(Listed {
        at: now(),
        names: objects.iter().map(|object| object.key.clone()).collect(),
        objects,
    })
}

async fn fields_at(
    connection: &Connection,
    table: &str,
    path: String,
    family: &str,
) -> Result<What, Unanswered> {
    let request = Request {
        table: format!("{}.{table}", connection.name()),
        read: "custom fields".to_owned(),
        path,
        query: Vec::new(),
        body: None,
        pages: PageStyle::Cursor,
        page_size: 100,
        family: family.to_owned(),
        not_found: NotFound::Error,
        bound: Vec::new(),
    };
    let pages = match connection.rest().metadata(request, usage()).await {
        Ok(pages) => pages,
        // The object is gone, or the account may not have what this is about.
        Err(Failed::NotFound { .. }) => return Ok(What::Absent),
        Err(error) => return Err(unanswered(error)),
    };
    let mut fields = Vec::new();
    for page in pages {
        fields.extend(read_fields(&page).map_err(|error| misread(connection, table, &error))?);
    }
    Ok(What::Fields(fields))
}
