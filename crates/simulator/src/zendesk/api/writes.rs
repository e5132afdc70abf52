//! Creating, changing and deleting tickets over HTTP. Refuses what the vendor refuses: closed tickets, empty ones.

use serde_json::Value;

use crate::json::Json;
use crate::zendesk::account::ticket::{Status, Ticket};
use crate::zendesk::account::ticket_row::Shape;
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Caller, Request};
use crate::zendesk::api::tickets::existing;

fn fields(request: &Request<'_>) -> Result<Value, Reply> {
    let body: Value = serde_json::from_slice(request.body).map_err(|_| {
        Reply::described(
            422,
            "Unprocessable Entity",
            "The request body is not valid JSON",
        )
    })?;
    body.get("ticket")
        .filter(|ticket| ticket.is_object())
        .cloned()
        .ok_or_else(|| Reply::described(400, "InvalidValue", "Missing ticket object"))
}

fn author(request: &Request<'_>) -> i64 {
    request
        .account
        .user_id(u32::from(request.caller != Caller::Admin))
}

fn write(request: &Request<'_>, ticket: &Ticket, created: bool) -> Vec<u8> {
    // Only creation answers with the export stamp, and then it is 0.
    let shown = Ticket {
        generated: 0,
        ..ticket.clone()
    };
    let shape = Shape {
        generated: created,
        at_millis: i64::MAX,
        ..Shape::default()
    };
    let mut json = Json::with_capacity(4_096);
    json.open().key("ticket");
    request.account.write_ticket(&shown, &shape, &mut json);
    json.close();
    json.into_bytes()
}

/// POST `/tickets`
pub(crate) fn create(request: &Request<'_>) -> Answer {
    let fields = fields(request)?;
    if fields.get("comment").is_none() && fields.get("description").is_none() {
        return Err(Reply::record_invalid(
            "base",
            "Description: cannot be blank",
            "BlankValue",
        ));
    }
    check_status(&fields)?;
    let ticket = request.account.create(&fields, author(request));
    let mut reply = Reply::json(write(request, &ticket, true), 1).with(
        "location",
        format!("https://acme.zendesk.com/api/v2/tickets/{}.json", ticket.id),
    );
    reply.status = 201;
    Ok(reply)
}

fn check_status(fields: &Value) -> Result<(), Reply> {
    match fields.get("status") {
        None | Some(Value::Null) => Ok(()),
        Some(status)
            if status
                .as_str()
                .and_then(Status::parse)
                .is_some_and(|status| status != Status::Deleted) =>
        {
            Ok(())
        }
        Some(_) => Err(Reply::record_invalid(
            "status",
            "Status: is not valid",
            "InvalidValue",
        )),
    }
}

/// PUT `/tickets/{id}`
pub(crate) fn update(request: &Request<'_>, id: &str) -> Answer {
    let ticket = existing(request, id)?;
    let fields = fields(request)?;
    if ticket.status == Status::Closed {
        return Err(Reply::record_invalid(
            "status",
            "Status: closed prevents ticket update",
            "InvalidValue",
        ));
    }
    check_status(&fields)?;
    let changed = request
        .account
        .update(ticket.id, &fields, author(request))
        .ok_or_else(Reply::record_not_found)?;
    Ok(Reply::json(write(request, &changed, false), 1))
}

/// DELETE `/tickets/{id}`
pub(crate) fn delete(request: &Request<'_>, id: &str) -> Answer {
    let ticket = existing(request, id)?;
    request.account.remove(ticket.id, author(request));
    Ok(Reply::empty(204))
}
