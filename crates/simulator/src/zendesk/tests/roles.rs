//! Who may what, and how each kind of wrong credentials is answered.

use super::{AGENT, Caller, ids, sorted};

#[test]
fn agents_read_lists_but_not_exports() {
    let mut caller = Caller::new(300);
    let expected = ids(&caller.account.truth("tickets"));
    caller.credentials = Some(AGENT.to_owned());
    for address in [
        "incremental/tickets/cursor?start_time=0",
        "incremental/users?start_time=0",
        "incremental/ticket_events?start_time=0",
        "ticket_audits",
        "satisfaction_ratings",
        "deleted_tickets",
    ] {
        let refused = caller.send("GET", address, "");
        assert_eq!(refused.status, 403, "{address}");
        assert_eq!(refused.body["error"]["title"], "Forbidden", "{address}");
    }
    for address in [
        "tickets",
        "users",
        "search?query=x",
        "tickets/show_many?ids=1,2",
        "ticket_metrics",
        "macros",
        "users/me",
    ] {
        assert_eq!(caller.status(address), 200, "{address}");
    }
    let found = caller.by_cursor("search/export?query=&filter[type]=ticket", "results", 100);
    assert_eq!(
        sorted(ids(&found)),
        expected,
        "search finds AI-agent and archived tickets too"
    );
    assert_eq!(caller.get("users/me")["user"]["email"], "light@example.com");
}

#[test]
fn wrong_credentials() {
    let mut caller = Caller::new(50);
    let mut check = |credentials: Option<&str>, address: &str| {
        caller.credentials = credentials.map(str::to_owned);
        let answered = caller.send("GET", address, "");
        (answered.status, answered.body)
    };
    let (status, body) = check(Some("agent@example.com/token:wrong"), "users/me");
    assert_eq!(
        (status, body["error"].as_str().unwrap()),
        (401, "Couldn't authenticate you")
    );
    for credentials in [None, Some("agent@example.com:wrong")] {
        let (status, body) = check(credentials, "users/me.json");
        assert_eq!(status, 200);
        assert!(body["user"]["id"].is_null() && body["user"]["name"] == "Anonymous user");
        assert_eq!(check(credentials, "tickets").0, 401);
    }
    assert_eq!(
        check(Some("agent@example.com:password"), "users/me").1["user"]["name"],
        "Agatha Admin"
    );
}

#[test]
fn unknown_subdomain_is_html() {
    let mut caller = Caller::new(50);
    caller.behaviour.subdomain_exists = false;
    let answered = caller.send("GET", "users/me", "");
    assert_eq!(answered.status, 404);
    assert!(answered.text.starts_with("<!DOCTYPE html>") && answered.body.is_null());
}
