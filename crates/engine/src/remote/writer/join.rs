//! Joins → FROM, EXISTS and IN.

use datafusion::common::{JoinType, NullEquality};
use datafusion::logical_expr::{Join, LogicalPlan};

use super::block::{Block, Said};
use super::expression::{Scope, comparable};
use super::relation::{Writer, scope};
use crate::remote::estimate::rows;

impl Writer<'_> {
    pub(super) fn join(&mut self, join: &Join) -> Option<Block> {
        match join.join_type {
            JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => self.both(join),
            JoinType::LeftSemi => self.existing(join, true, false),
            JoinType::LeftAnti => self.existing(join, false, false),
            JoinType::RightSemi => self.existing(join, true, true),
            JoinType::RightAnti => self.existing(join, false, true),
            JoinType::LeftMark | JoinType::RightMark => None,
        }
    }

    /// A join with columns of both sides.
    fn both(&mut self, join: &Join) -> Option<Block> {
        let (kind, padded_left, padded_right) = match join.join_type {
            JoinType::Inner => ("JOIN", false, false),
            JoinType::Left => ("LEFT JOIN", false, true),
            JoinType::Right => ("RIGHT JOIN", true, false),
            JoinType::Full => ("FULL JOIN", true, true),
            _ => return None,
        };
        let left = self.side(&join.left, padded_left)?;
        let right = self.side(&join.right, padded_right)?;
        let mut on = equalities(join, &left, &right)?;
        // Trino refuses a full join by anything but equalities, and is not asked for an outer one without any.
        let unequal = join.filter.is_some() || join.null_equality == NullEquality::NullEqualsNull;
        if (on.is_empty() && join.join_type != JoinType::Inner)
            || (unequal && join.join_type == JoinType::Full)
        {
            return None;
        }
        let schema = join.left.schema().join(join.right.schema()).ok()?;
        let columns: Vec<Said> = left.columns.iter().chain(&right.columns).cloned().collect();
        if let Some(filter) = &join.filter {
            let scope = Scope {
                schema: &schema,
                columns: &columns,
            };
            on.push(scope.condition(filter)?);
        }
        // Zuora asks for the smaller table on the left.
        let swap = join.join_type == JoinType::Inner && rows(&join.right) < rows(&join.left);
        let (first, second) = if swap {
            (&right, &left)
        } else {
            (&left, &right)
        };
        let first = &first.from;
        // What is joined already keeps its brackets, so that conditions belong to their own join.
        let second = match second.joined {
            true => format!("({})", second.from),
            false => second.from.clone(),
        };
        let from = if on.is_empty() {
            format!("{first} CROSS JOIN {second}")
        } else {
            format!("{first} {kind} {second} ON {}", on.join(" AND "))
        };
        let mut block = Block::of(from, columns);
        block.joined = true;
        block.conditions = left
            .conditions
            .into_iter()
            .chain(right.conditions)
            .collect();
        Some(block)
    }

    /// A side of a join. Conditions and expressions are lifted over the join only if the side is not padded with NULLs.
    fn side(&mut self, plan: &LogicalPlan, padded: bool) -> Option<Block> {
        let block = self.relation(plan)?;
        let bare = block
            .columns
            .iter()
            .all(|column| is_reference(&column.text));
        let lifted = !padded || (block.conditions.is_empty() && bare);
        let fit = block.is_open() && lifted;
        Some(self.unless(fit, block))
    }

    /// Rows of one side, the right one if `mirrored`, that have, or have not, a partner on the other.
    fn existing(&mut self, join: &Join, wanted: bool, mirrored: bool) -> Option<Block> {
        // Tables are counted from the left, whichever side is kept.
        let left = self.relation(&join.left)?;
        let right = self.relation(&join.right)?;
        let (kept, other) = if mirrored {
            (&join.right, &join.left)
        } else {
            (&join.left, &join.right)
        };
        let (block, mut partner) = if mirrored {
            (right, left)
        } else {
            (left, right)
        };
        let mut block = self.unless(block.is_open(), block);
        let word = if wanted { "" } else { "NOT " };
        let pairs: Vec<_> = join
            .on
            .iter()
            .map(|(left, right)| {
                if mirrored {
                    (right, left)
                } else {
                    (left, right)
                }
            })
            .collect();
        if join.null_equality == NullEquality::NullEqualsNull {
            return None;
        }
        if let ([(key, found)], None) = (pairs.as_slice(), &join.filter) {
            let own = scope(kept.schema(), &block);
            let theirs = scope(other.schema(), &partner);
            comparable(key, own.schema, found, theirs.schema)?;
            let key = own.value(key)?;
            let found = theirs.value(found)?;
            partner.columns = vec![Said::plain(found)];
            let text = match (wanted, join.null_aware) {
                (true, _) | (false, true) => format!("{key} {word}IN ({})", partner.render()),
                // NULL has no partner, on either side.
                (false, false) => {
                    let fit = !partner.windowed && !partner.is_cut();
                    let mut list = self.unless(fit, partner);
                    let found = list.columns.first()?.text.clone();
                    let present = format!("{found} IS NOT NULL");
                    match list.groups {
                        Some(_) => list.having.push(present),
                        None => list.conditions.push(present),
                    }
                    format!("({key} IS NULL OR {key} NOT IN ({}))", list.render())
                }
            };
            block.conditions.push(text);
            return Some(block);
        }
        if join.null_aware {
            return None;
        }
        let mut partner = self.unless(partner.is_open(), partner);
        let on = if mirrored {
            equalities(join, &partner, &block)?
        } else {
            equalities(join, &block, &partner)?
        };
        partner.conditions.extend(on);
        if let Some(filter) = &join.filter {
            let (first, second) = if mirrored {
                (&partner, &block)
            } else {
                (&block, &partner)
            };
            let schema = join.left.schema().join(join.right.schema()).ok()?;
            let columns: Vec<Said> = first
                .columns
                .iter()
                .chain(&second.columns)
                .cloned()
                .collect();
            let scope = Scope {
                schema: &schema,
                columns: &columns,
            };
            let text = scope.condition(filter)?;
            partner.conditions.push(text);
        }
        block
            .conditions
            .push(format!("{word}{}", partner.existence()));
        Some(block)
    }
}

/// The equalities of a join.
fn equalities(join: &Join, left: &Block, right: &Block) -> Option<Vec<String>> {
    let (left, right) = (
        scope(join.left.schema(), left),
        scope(join.right.schema(), right),
    );
    join.on
        .iter()
        .map(|(own, other)| {
            comparable(own, left.schema, other, right.schema)?;
            let (own, other) = (left.value(own)?, right.value(other)?);
            Some(match join.null_equality {
                NullEquality::NullEqualsNothing => format!("{own} = {other}"),
                // What follows would belong to it for some readers.
                NullEquality::NullEqualsNull => format!("({own} IS NOT DISTINCT FROM {other})"),
            })
        })
        .collect()
}

/// `"t1"."name"` and nothing else.
fn is_reference(text: &str) -> bool {
    text.starts_with('"')
        && text.ends_with('"')
        && text.matches('"').count() == 4
        && text.contains("\".\"")
}
