//! Search shows the first 1,000 rows and offers a link to an eleventh page that it then refuses.

use serde_json::Value;
use zuzen_simulator::Faults;

use super::rows;
use crate::stage::{self, Stage};

/// What a ticket must be like, in SQL and here.
type Filter = (&'static str, fn(&Value) -> bool);

const FILTERS: [Filter; 3] = [
    ("true", |_| true),
    ("status = 'closed'", |ticket| ticket["status"] == "closed"),
    ("array_has(tags, 'vip')", |ticket| {
        let tags = ticket["tags"].as_array();
        tags.is_some_and(|tags| tags.iter().any(|tag| tag == "vip"))
    }),
];

/// Row 32: whatever is asked for through search is there to the last row, and no page behind the first is asked of the kind
/// of search that ends.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_ends_with_the_tenth_page_of_a_search() {
    let account = stage::frozen();
    let tickets = account.truth("tickets");
    assert!(tickets.len() > 1_500);
    let stage = Stage::of(&account, Faults::default(), "");
    for engine in [stage.engine().unwrap(), stage.agent().build().unwrap()] {
        for (condition, fits) in FILTERS {
            for column in ["created_at", "updated_at"] {
                let fitting = tickets.iter().filter(|ticket| fits(ticket));
                let mut expected: Vec<&str> = fitting
                    .map(|ticket| ticket[column].as_str().unwrap())
                    .collect();
                expected.sort_unstable_by(|one, other| other.cmp(one));
                for limit in [100, 101, 1_001] {
                    let sql = format!(
                        "SELECT {column} FROM tickets WHERE {condition} ORDER BY {column} DESC LIMIT {limit}"
                    );
                    let found = rows(&engine, &sql).await;
                    let found = found.unwrap_or_else(|error| panic!("{sql}: {error}"));
                    let wanted = &expected[..limit.min(expected.len())];
                    assert!(found.concat() == wanted, "{} rows: {sql}", found.len());
                }
            }
        }
    }
    let requests = stage.simulator().requests();
    let searches = requests
        .iter()
        .filter(|it| it.path.trim_end_matches(".json").ends_with("/search"));
    assert!(searches.clone().count() > 5, "search was not asked");
    let is_first = |query: &str| !query.split('&').any(|part| part.starts_with("page="));
    for request in searches {
        assert!(is_first(&request.query), "{}", request.query);
        assert_eq!(request.status, 200, "{}", request.query);
    }
}

/// Row 32: organizations that are looked for by name are those of this very name, which search does not tell from other letters.
#[tokio::test(flavor = "multi_thread")]
async fn organizations_by_name_are_those_of_this_very_name() {
    let account = stage::frozen();
    let stage = Stage::of(&account, Faults::default(), "");
    // Whoever may not export looks for names.
    let engine = stage.agent().build().unwrap();
    let all = account.truth("organizations");
    for organization in all.iter().step_by(all.len() / 7 + 1) {
        let name = organization["name"].as_str().unwrap();
        for written in [name.to_owned(), name.to_uppercase()] {
            let quoted = written.replace('\'', "''");
            let sql = format!("SELECT id FROM organizations WHERE name = '{quoted}'");
            let known = all.iter().filter(|other| other["name"] == written.as_str());
            let found = rows(&engine, &sql).await.unwrap().len();
            assert_eq!(found, known.count(), "{sql}");
        }
    }
    let requests = stage.simulator().requests();
    let searched = |path: &str| path.ends_with("/organizations/search");
    assert!(requests.iter().any(|it| searched(&it.path)));
}
