//! Our physical optimizer rules, and where they stand among DataFusion's.

mod finish;
mod most;
mod newest;
mod sides;

use std::sync::Arc;

use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;

type Rule = Arc<dyn PhysicalOptimizerRule + Send + Sync>;

/// DataFusion's rules with ours in their places:
///
/// - sides of joins are settled right after DataFusion has chosen them, before anything is built upon it;
/// - top-n reads are chosen once limits have reached their sorts;
/// - results are bounded before limits travel, so that the bound does too;
/// - what a scan must know of the whole plan is told at the very end.
pub(crate) fn physical() -> Vec<Rule> {
    let mut rules = PhysicalOptimizer::default().rules;
    insert_after(&mut rules, "join_selection", Arc::new(sides::JoinSides));
    insert_after(&mut rules, "PushdownSort", Arc::new(newest::NewestReads));
    insert_before(&mut rules, "LimitPushdown", Arc::new(most::MostRows));
    rules.push(Arc::new(finish::FinishScans::default()));
    rules
}

fn insert_after(rules: &mut Vec<Rule>, name: &str, rule: Rule) {
    let place = rules
        .iter()
        .position(|rule| rule.name() == name)
        .map_or(0, |place| place + 1);
    rules.insert(place, rule);
}

fn insert_before(rules: &mut Vec<Rule>, name: &str, rule: Rule) {
    let place = rules
        .iter()
        .position(|rule| rule.name() == name)
        .unwrap_or(rules.len());
    rules.insert(place, rule);
}

#[cfg(test)]
mod tests {
    use super::physical;

    #[test]
    fn our_rules_stand_where_they_must() {
        let rules = physical();
        let names: Vec<&str> = rules.iter().map(|rule| rule.name()).collect();
        let place = |name: &str| {
            names
                .iter()
                .position(|other| *other == name)
                .unwrap_or_else(|| panic!("{name}: {names:?}"))
        };
        assert_eq!(place("JoinSides"), place("join_selection") + 1);
        assert_eq!(place("NewestReads"), place("PushdownSort") + 1);
        assert_eq!(place("MostRows") + 1, place("LimitPushdown"));
        assert_eq!(place("FinishScans"), names.len() - 1);
    }
}
