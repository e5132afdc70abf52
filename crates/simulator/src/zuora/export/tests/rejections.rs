//! What is refused, and that it is refused with HTTP 200.

use super::*;

fn refused(caller: &Caller, body: &Json) -> (String, String) {
    let answer = caller.submit(body);
    assert_eq!(answer["status"], "error", "{body} {answer}");
    assert_eq!(answer["id"], Json::Null);
    let part = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    (part("errorCode"), part("message"))
}

#[test]
fn queries_that_name_what_is_not_there() {
    let caller = Caller::plain();
    let cases = [
        (
            "select AccountId from Invoice",
            "There is no field named AccountId.",
        ),
        (
            "select Id from Invoice where AccountId = 'x'",
            "There is no field named AccountId.",
        ),
        (
            "select Id from Invoice order by AccountId",
            "There is no field named AccountId.",
        ),
        (
            "select TaxExemptStatus from Account",
            "There is no field named TaxExemptStatus.",
        ),
        (
            "select Account.TaxExemptStatus from Invoice",
            "There is no field named Account.TaxExemptStatus.",
        ),
        (
            "select Invoice.Reversed from Invoice",
            "There is no field named Invoice.Reversed.",
        ),
        (
            "select Account.BillToId from Invoice",
            "There is no field named Account.BillToId.",
        ),
        (
            "select Usage.Id from Invoice",
            "There is no field named Usage.Id.",
        ),
        (
            "select Entity.Id from Invoice",
            "There is no field named Entity.Id.",
        ),
        (
            "select SubscriptionStatusHistory.Id from Subscription",
            "There is no field named SubscriptionStatusHistory.Id.",
        ),
        (
            "select Id from ChargeMetrics",
            "There is no object named ChargeMetrics.",
        ),
        (
            "select Id, id from Invoice",
            "Invoice.Id is selected more than once",
        ),
        (
            "select Id, count(*) from Invoice",
            "One or more columns in the SELECT statement does not appear in the GROUP BY statement.",
        ),
        (
            "select sum(Status) from Invoice",
            "Sum needs a number and Status is none",
        ),
        (
            "select Id from Invoice where Amount = 'much'",
            "invalid value for Amount",
        ),
        (
            "select Id from Invoice where Status = 5",
            "invalid value for Status",
        ),
        (
            "select Id from Invoice where CreatedDate > '2020-01-01T00:00:00.000Z'",
            "invalid value for CreatedDate",
        ),
        (
            "select Id from Invoice where Status like '%o%'",
            "invalid pattern for Status: '%o%'",
        ),
        (
            "select Id from Invoice where Amount like '1%'",
            "invalid pattern for Amount: '1%'",
        ),
        (
            "select Id from Invoice where Amount = Status",
            "Amount cannot be compared with Status",
        ),
        (
            "select Id from Invoice where Status in ('Posted')",
            "unexpected token: in",
        ),
    ];
    for (query, reason) in cases {
        let (code, message) = refused(&caller, &request(query));
        assert_eq!(code, "90005", "{query}");
        let wanted = format!("(Error = {reason}, Query = {query})");
        assert!(message.ends_with(&wanted), "{query}: {message}");
    }
    assert!(caller.exports.jobs(caller.now).is_empty());
}

#[test]
fn bodies_that_are_not_taken() {
    let caller = Caller::with(ExportOptions {
        undeletable: vec![Object::Usage],
        ..at_once()
    });
    let change = |path: &str, value: Json| {
        let mut body = request("select Id from Usage");
        *body.pointer_mut(path).unwrap() = value;
        body
    };
    let add = |name: &str, value: Json| {
        let mut body = request("select Id from Usage");
        body[name] = value;
        body
    };
    let query = |name: &str, value: Json| {
        let mut body = request("select Id from Usage");
        body["queries"][0][name] = value;
        body
    };
    let deleted =
        |force: bool| json!({"column": "Deleted", "format": "Boolean", "forceExport": force});
    let one = json!({"name": "q", "query": "select Id from Usage", "type": "zoqlexport"});
    let mut newer = query("deleted", deleted(true));
    newer["version"] = json!("1.1");
    let cases = [
        ("90005", json!("text")),
        ("90005", add("colour", json!("red"))),
        (
            "90005",
            add("incrementalTime", json!("2020-01-01 00:00:00")),
        ),
        ("90005", add("encrypted", json!("pgp"))),
        ("90005", change("/format", json!("zip"))),
        ("90005", change("/version", json!("2.0"))),
        ("90005", change("/name", json!("n".repeat(33)))),
        ("90005", change("/useQueryLabels", json!("yes"))),
        ("90005", query("type", json!("zoql"))),
        ("90005", query("deletd", deleted(true))),
        ("90014", add("notifyUrl", json!("u".repeat(5_001)))),
        ("90016", change("/queries", json!([]))),
        ("90016", change("/queries", Json::Null)),
        ("90004", change("/queries", json!(vec![one; 51]))),
        ("90019", add("partner", json!("salesforce"))),
        ("90019", add("project", json!("p"))),
        ("90021", query("convertToCurrencies", json!("USD,EUR"))),
        ("90012", query("deleted", deleted(false))),
        ("90012", newer),
        ("90017", query("deleted", deleted(true))),
    ];
    for (code, body) in cases {
        assert_eq!(refused(&caller, &body).0, code, "{body}");
    }
}

#[test]
fn a_query_may_have_twenty_thousand_characters() {
    let caller = Caller::plain();
    let stem = "select Id from Invoice where Comments = '";
    let query = |length: usize| format!("{stem}{}'", "é".repeat(length - stem.len() - 1));
    assert_eq!(caller.rows(&query(20_000)).len(), 0);
    let (code, message) = refused(&caller, &request(&query(20_001)));
    assert_eq!(code, "90005");
    assert!(message.contains("longer than 20000 characters"));
}

#[test]
fn one_bad_query_rejects_all() {
    let caller = Caller::plain();
    let mut body = request("select Id from Usage");
    add(
        &mut body,
        json!({"name": "r", "query": "select Nothing from Usage", "type": "zoqlexport"}),
    );
    assert!(
        refused(&caller, &body)
            .1
            .contains("There is no field named Nothing.")
    );
    assert!(caller.exports.jobs(caller.now).is_empty());
}

#[test]
fn rejections_may_lack_their_code() {
    let caller = Caller::with(ExportOptions {
        codeless: true,
        ..at_once()
    });
    let (code, message) = refused(&caller, &request("select Nothing from Usage"));
    assert_eq!(code, "");
    assert!(message.contains("There is no field named Nothing."));
}
