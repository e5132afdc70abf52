//! What other connectors are known to get wrong, each as a test: rows that are missing, rows that come twice, scans that never
//! end, statements that break because of a table they do not name.
//!
//! What is shown elsewhere is not shown again. All forty, with what shows that they do not happen here (a name without a
//! folder is a file beside this one; `plan` and `rest` are crates):
//!
//! | row | what others get wrong | test | what it shows |
//! | --- | --- | --- | --- |
//! | 1 | old tickets are missing | `archive::all_is_there_although_most_is_archived`, `archive::plain_lists_lack_what_is_archived` | all rows; the list alone lacks them |
//! | 2 | metrics of old tickets are missing | `archive::no_setting_of_the_incremental_api_loses_metrics` | all metrics, in every setting, or an error |
//! | 3 | rows of a boundary second come twice | `rows::rows_of_a_boundary_second_come_once` | each row once, behind a server that repeats them |
//! | 4 | rows never arrive, because "now" was remembered | `rows::changes_are_found_again_and_again` | nothing is remembered between statements |
//! | 5 | users stop at 100,000 | `lists::counts_beyond_what_the_api_counts_are_right` | a count that is pinned is not believed |
//! | 6, 7 | lists break at page 101 | `lists::lists_beyond_ten_thousand_rows_are_whole`, `lists::numbered_pages_that_end_too_early_are_an_error` | whole by cursors; an error where there are none |
//! | 8 | a refusal in plain text crashes | `edges::refusals_of_too_many_requests_are_known_by_their_status` | both shapes pass, or are told with the wait |
//! | 9 | refusals hang without end | the same; `rest`: `limits::pauses_that_are_too_long_are_told_instead`, `limits::a_refusal_makes_everybody_wait` | a bound on every wait |
//! | 10 | refusals without headers block an account | `edges::edge_protection_without_headers_is_waited_for` | a wait of seconds, and all rows |
//! | 11, 39 | comments cost a request a ticket | `limits::comments_do_not_cost_a_request_for_each_ticket` | requests counted |
//! | 12 | a deleted custom field crashes | `fields::a_field_that_is_deleted_takes_nothing_with_it`, `rows::values_of_fields_need_no_description` | statements under way go on, raw values stay, the name is an error |
//! | 13 | a list without a cursor loops | `lists::scans_that_do_not_move_on_end` | an error within 200 requests |
//! | 14 | heavy pages time out | `faults::transient_faults_change_nothing` (heavy), `rest`: `faults::heavy_pages_are_asked_for_in_smaller_pieces` | smaller pages from the same place |
//! | 15 | parameters are sent twice | `lists::no_parameter_is_sent_twice` | every request of every style of paging |
//! | 16 | children of deleted tickets fail | `rows::children_of_what_is_gone_have_no_rows` | no rows, and all rows of the others |
//! | 17 | a gated table breaks all | `limits::a_table_that_is_refused_breaks_no_other`, `access::*` | an error of that table alone |
//! | 18, 19, 20 | tokens are lost at a renewal | `sharing::load::*`, `sharing::kills::*`, `requirements::web::*`; `rest`: `sign_in::an_answer_without_a_lifetime_is_completed` | lifetimes asked for, single use kept through kills |
//! | 21 | more than a page in one second | `people::people_of_one_second_come_once` | 2,300 people of a second, by every road |
//! | 22, 27 | changes by the system are missed | `rows::changes_by_the_system_alone_are_found`, `archive::all_is_there_although_most_is_archived` | `generated_timestamp` finds them; audits and comments of archived tickets |
//! | 23 | a missing value crashes | `rows::no_column_is_promised_to_have_a_value` | every column may be NULL |
//! | 24 | 520 to 524 abort | `edges::answers_of_a_proxy_are_asked_for_again`, `edges::answers_of_a_proxy_that_stay_are_told`, `faults::transient_faults_change_nothing` | all five, passing and staying |
//! | 25 | one endpoint for all filters | `limits::the_filter_decides_which_endpoint_serves` | paths by filter |
//! | 26 | inactive macros are missing | `rows::inactive_rules_are_there` | of macros, triggers, automations and views |
//! | 28 | people are reloaded in full | `people::people_of_one_second_come_once`, `crate::people::*` | a filter on `updated_at` is an export from there on |
//! | 29 | search stops at 1,000 | `lists::searches_beyond_a_thousand_rows_are_whole` | whole |
//! | 30 | the size of pages is ignored | `limits::sizes_of_pages_are_asked_for_by_the_right_name` | `page[size]` as asked |
//! | 31 | quotas are slept through in silence | `edges::refusals_of_too_many_requests_are_known_by_their_status`; `rest`: `limits::an_empty_allowance_is_waited_for_unasked` | waits are counted in EXPLAIN ANALYZE, and bounded |
//! | 32 | an eleventh page of search | `search::nothing_ends_with_the_tenth_page_of_a_search` | sorted and filtered, below and beyond 1,000: whole, and never asked for |
//! | 33 | writes come twice | no reading: nothing is written | |
//! | 34 | nobody knows which lists have cursors | `lists::lists_beyond_ten_thousand_rows_are_whole`; `plan`: `pages::tests::pages_follow_each_other_in_every_style` | by what the answer says |
//! | 35 | merged tickets count as solved | `merges::merged_tickets_can_be_told_from_solved_ones` | a table of merges |
//! | 36 | WHERE and LIMIT are half applied | `limits::limits_come_after_filters`, `differential::*` | filters are checked again before the limit |
//! | 37 | all of the above in one plugin | rows 6, 25, 29, 36 | |
//! | 38 | the same cursor for ever | `lists::scans_that_do_not_move_on_end` | an error within 200 requests |
//! | 40 | filters on keys only, metrics without the archive | `limits::the_filter_decides_which_endpoint_serves`, `names::every_relation_of_cdata_is_known`, `archive::*` | filters of organizations go to the API |

mod edges;
mod fields;
mod limits;
mod lists;
mod merges;
mod people;
mod rows;
mod search;

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use zuzen_engine::{Engine, Error};
use zuzen_simulator::{Account, AccountOptions};

use crate::{house, render};

/// The table above tells of tests that are there, and leaves out no row.
#[test]
fn every_row_of_the_list_has_its_tests() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["tests/it", "crates/rest/src/tests", "crates/plan/src/pages"] {
        house::files(&root.join(folder), &mut found);
    }
    let text = |path: &PathBuf| std::fs::read_to_string(path).unwrap();
    let sources: String = found.iter().map(text).collect();
    let mut rows: BTreeSet<u32> = BTreeSet::new();
    let lines = include_str!("mod.rs").lines();
    for line in lines.filter_map(|line| line.strip_prefix("//! | ")) {
        let (numbers, rest) = line.split_once(" | ").unwrap();
        rows.extend(
            numbers
                .split(", ")
                .filter_map(|number| number.parse::<u32>().ok()),
        );
        let quoted = rest.split('`').skip(1).step_by(2);
        for (module, test) in quoted.filter_map(|name| name.rsplit_once("::")) {
            let file = module.rsplit("::").next().unwrap();
            let is_file = found
                .iter()
                .any(|path| path.file_stem().is_some_and(|stem| stem == file));
            let is_test = sources.contains(&format!("fn {test}("));
            assert!(is_test || test == "*" && is_file, "{module}::{test}");
        }
    }
    assert!(rows.into_iter().eq(1..=40));
}

/// An account with more than 10,000 people and memberships: more than numbered pages reach.
fn crowded() -> Arc<Account> {
    static CROWDED: OnceLock<Arc<Account>> = OnceLock::new();
    Arc::clone(CROWDED.get_or_init(|| sized(80_000)))
}

fn sized(tickets: u32) -> Arc<Account> {
    Account::generate(&AccountOptions {
        seed: 31,
        tickets,
        anchor: "2025-06-01T00:00:00Z".parse().unwrap(),
    })
}

async fn rows(engine: &Engine, sql: &str) -> Result<Vec<Vec<String>>, Error> {
    Ok(render::rows(&engine.sql(sql).await?.collect().await?))
}

/// The first column of a statement whose rows must not come twice.
async fn once(engine: &Engine, sql: &str) -> HashSet<String> {
    let found = rows(engine, sql).await;
    let found = found.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let all = found.len();
    let ids: HashSet<String> = found
        .into_iter()
        .map(|mut row| row.swap_remove(0))
        .collect();
    assert_eq!(ids.len(), all, "rows came twice: {sql}");
    ids
}

/// The true ids of a table.
fn truth(account: &Account, table: &str) -> HashSet<String> {
    let all = account.truth(table).into_iter();
    all.map(|row| row["id"].to_string()).collect()
}
