//! What an account that has not bought everything hears.

use super::Caller;
use crate::zendesk::{Plan, Product, Subscription};

#[test]
fn a_smaller_plan_is_refused_like_a_role() {
    let mut caller = Caller::new(100);
    assert_eq!(caller.status("satisfaction_ratings"), 200);
    caller.behaviour.subscription = Subscription::of(Plan::Team);
    for address in [
        "satisfaction_ratings",
        "satisfaction_ratings/count",
        "satisfaction_ratings.json",
        "slas/policies",
        "audit_logs",
        "custom_roles",
        "triggers/1/revisions",
    ] {
        let refused = caller.send("GET", address, "");
        assert_eq!(refused.status, 403, "{address}");
        assert_eq!(refused.body["error"]["title"], "Forbidden", "{address}");
    }
    assert_eq!(caller.status("tickets"), 200);
    caller.behaviour.subscription = Subscription::of(Plan::Growth);
    assert_eq!(caller.status("satisfaction_ratings"), 200);
    assert_eq!(caller.status("custom_roles"), 403);
}

#[test]
fn what_was_not_bought_is_not_there() {
    let mut caller = Caller::new(100);
    caller.behaviour.subscription = Subscription::of(Plan::Growth);
    let refused = caller.send("GET", "business_hours/schedules", "");
    assert_eq!(refused.status, 404);
    assert_eq!(refused.body["error"], "InvalidEndpoint");
    caller.behaviour.subscription = Subscription::without(Product::Guide);
    let refused = caller.send("GET", "help_center/articles", "");
    assert_eq!(refused.status, 404);
    assert_eq!(refused.body["error"], "InvalidEndpoint");
    caller.behaviour.subscription = Subscription::without(Product::Talk);
    let refused = caller.send("GET", "channels/voice/phone_numbers", "");
    assert_eq!(refused.status, 403);
    assert_eq!(refused.body["error"]["title"], "Forbidden");
}

#[test]
fn the_settings_name_the_plan() {
    let mut caller = Caller::new(50);
    for (plan, name) in [
        (Plan::Team, "Suite Team"),
        (Plan::Growth, "Suite Growth"),
        (Plan::Professional, "Suite Professional"),
        (Plan::Enterprise, "Suite Enterprise"),
    ] {
        caller.behaviour.subscription = Subscription::of(plan);
        assert_eq!(
            caller.get("account/settings")["settings"]["plan"]["name"],
            name
        );
    }
}
