use super::super::names::{Procedure, Schema};
use super::*;

fn names() -> Names {
    let table = |name: &str, columns: &[&str]| Table {
        name: name.to_owned(),
        columns: columns.iter().map(|it| (*it).to_owned()).collect(),
    };
    let schema = |name: &str, tables| Schema {
        name: name.to_owned(),
        tables,
    };
    let tickets = table("tickets", &["id", "status", "subject", "requester_id"]);
    let users = table("users", &["id", "name"]);
    let order = table("order", &["id", "ordernumber"]);
    Names {
        default_schema: "desk".to_owned(),
        schemas: vec![
            schema("billing", vec![table("account", &["id", "balance"]), order]),
            schema(
                "desk",
                vec![table("group_memberships", &["id"]), tickets, users],
            ),
            schema("system", vec![table("requests", &["path"])]),
        ],
        procedures: vec![
            Procedure {
                connection: "billing".to_owned(),
                name: "GetToken".to_owned(),
                parameters: Vec::new(),
            },
            Procedure {
                connection: "desk".to_owned(),
                name: "GetToken".to_owned(),
                parameters: vec!["Scope".to_owned(), "Verifier".to_owned()],
            },
        ],
        functions: vec!["count".to_owned(), "substr".to_owned(), "sum".to_owned()],
        settings: vec!["zuzen.freshness".to_owned(), "zuzen.pushdown".to_owned()],
    }
}

/// What is written for the candidates where `|` stands.
fn at(text: &str) -> Vec<String> {
    let cursor = text.find('|').unwrap_or(text.len());
    let found = complete(&text.replacen('|', "", 1), cursor, &names());
    found.candidates.into_iter().map(|it| it.text).collect()
}

#[test]
fn a_place_has_the_names_that_fit_it() {
    for (text, expected) in [
        // Tables.
        ("SELECT * FROM ti|", vec!["tickets"]),
        (
            "SELECT * FROM desk.|",
            vec!["group_memberships", "tickets", "users", "GetToken"],
        ),
        ("SELECT * FROM billing.a|", vec!["account"]),
        ("SELECT * FROM zuzen.|", vec!["billing", "desk", "system"]),
        ("SELECT * FROM zuzen.system.|", vec!["requests"]),
        ("SELECT * FROM tickets t JOIN us|", vec!["users"]),
        ("SELECT * FROM tickets, us|", vec!["users"]),
        ("SELECT * FROM GroupM|", vec!["group_memberships"]),
        ("SELECT * FROM billing.o|", vec!["\"order\""]),
        ("WITH late AS (SELECT 1) SELECT * FROM la|", vec!["late"]),
        ("DESCRIBE us|", vec!["users"]),
        // Columns.
        (
            "SELECT t.| FROM tickets t",
            vec!["id", "status", "subject", "requester_id"],
        ),
        (
            "SELECT s| FROM tickets",
            vec![
                "status", "subject", "schema", "schemas", "sets", "similar", "some", "stored",
                "select", "substr(", "sum(",
            ],
        ),
        (
            "SELECT * FROM tickets t JOIN users u ON u.id = t.re|",
            vec!["requester_id"],
        ),
        (
            "SELECT * FROM desk.users WHERE |",
            vec!["id", "name", "users"],
        ),
        ("SELECT * FROM tickets WHERE tickets.su|", vec!["subject"]),
        ("SELECT desk.users.n|", vec!["name"]),
        (
            "SELECT req|, id FROM tickets; SELECT 1",
            vec!["requester_id"],
        ),
        ("SELECT RequesterI| FROM tickets", vec!["requester_id"]),
        ("SELECT a.bal| FROM billing.account a", vec!["balance"]),
        // Procedures and their parameters.
        ("CALL d|", vec!["desk"]),
        ("CALL Ge|", vec!["GetToken"]),
        ("CALL desk.|", vec!["GetToken"]),
        ("CALL GetToken(|", vec!["Scope => ", "Verifier => "]),
        ("CALL billing.GetToken(|", vec![]),
        ("EXECUTE desk.GetToken |", vec!["Scope = ", "Verifier = "]),
        ("EXECUTE desk.GetToken Scope = |", vec![]),
        ("CALL desk.GetToken(Scope => |", vec![]),
        ("CALL GetToken(Scope => 'x', v|", vec!["Verifier => "]),
        ("SELECT * FROM desk.GetToken(s|", vec!["Scope => "]),
        // The rest.
        ("SET zuzen.|", vec!["zuzen.freshness", "zuzen.pushdown"]),
        ("SET zuzen.pu|", vec!["zuzen.pushdown"]),
        ("SET zu|", vec!["zuzen.freshness", "zuzen.pushdown"]),
        ("USE |", vec!["billing", "desk", "system"]),
        ("REFRESH |", vec!["SCHEMA"]),
        ("REFRESH SCHEMA b|", vec!["billing"]),
        ("sel|", vec!["select"]),
        ("SEL|", vec!["SELECT"]),
        ("SHOW L|", vec!["LIMITS"]),
        ("SHOW z|", vec!["zuzen.freshness", "zuzen.pushdown"]),
        ("SELECT 1; sh|", vec!["show"]),
        ("EXPLAIN AN|", vec!["ANALYZE"]),
        ("SELECT * FROM tickets wh|", vec!["when", "where"]),
        // Where nothing can be meant.
        ("SELECT 'a te|", vec![]),
        ("SELECT 12|", vec![]),
        ("-- so|", vec![]),
        ("SELECT sta|tus FROM tickets", vec![]),
    ] {
        assert_eq!(at(text), expected, "{text}");
    }
}

#[test]
fn the_start_is_where_the_word_begins() {
    for (text, start) in [
        ("SELECT * FROM ti", 14),
        ("SELECT * FROM desk.ti", 19),
        ("SELECT * FROM ", 14),
        ("SELECT '日本', s", 17),
        ("SET zuzen.pu", 4),
        ("SELECT * FROM \"ti", 14),
    ] {
        assert_eq!(complete(text, text.len(), &names()).start, start, "{text}");
    }
}
