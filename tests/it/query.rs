//! Drawing a query: a table or a join, predicates with literals from the data and beside it, an order, a limit.

use std::fmt::Write as _;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, Int64Type};

use crate::oracle::{Column, Truth};
use crate::render;

/// Numbers that depend on nothing but a seed and a place (splitmix64).
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64, place: u64) -> Self {
        let mut random = Self(seed ^ place.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap()
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// How the rows of a query compare with the oracle's.
#[derive(Debug)]
pub(crate) enum Comparison {
    /// The order is total: row by row.
    Sequence,
    /// No order is asked for.
    Multiset,
    /// LIMIT without a total order: as many rows, each one of those of `all`; the sort keys (the first column) in sequence.
    Prefix { all: String, sorted: bool },
}

/// A statement and what may be said about its rows.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) sql: String,
    pub(crate) comparison: Comparison,
}

/// Tables and how often each is drawn; others are drawn once in a while.
const FAVOURITES: &[(&str, usize)] = &[
    ("tickets", 12),
    ("users", 5),
    ("organizations", 4),
    ("ticket_metrics", 2),
    ("ticket_comments", 2),
    ("group_memberships", 2),
    ("organization_memberships", 2),
];

/// A request for each row of another table: only with its key.
const KEYED: &[(&str, &str)] = &[
    ("access_rules", "custom_object_key"),
    ("article_attachments", "article_id"),
    ("article_comments", "source_id"),
    ("article_labels", "article_id"),
    ("article_subscriptions", "content_id"),
    ("article_translations", "source_id"),
    ("article_votes", "item_id"),
    ("attachments", "id"),
    ("calls", "id"),
    ("category_translations", "source_id"),
    ("conversation_log", "ticket_id"),
    ("custom_object_fields", "custom_object_key"),
    ("email_notifications", "ticket_id"),
    ("incidents", "problem_id"),
    ("legacy_object_records", "type"),
    ("legacy_relationships", "relationship_type"),
    ("object_triggers", "custom_object_key"),
    ("organization_merges", "organization_id"),
    ("organization_related", "organization_id"),
    ("permission_policies", "custom_object_key"),
    ("post_comments", "post_id"),
    ("post_subscriptions", "content_id"),
    ("post_votes", "item_id"),
    ("request_comments", "request_id"),
    ("requests", "requester_id"),
    ("routing_attribute_values", "attribute_id"),
    ("schedule_holidays", "schedule_id"),
    ("section_subscriptions", "content_id"),
    ("section_translations", "source_id"),
    ("side_conversation_events", "ticket_id"),
    ("side_conversations", "ticket_id"),
    ("talk_availabilities", "agent_id"),
    ("task_list_template_tasks", "task_list_template_id"),
    ("ticket_audits", "ticket_id"),
    ("ticket_audits_events", "ticket_id"),
    ("ticket_collaborators", "ticket_id"),
    ("ticket_content_pins", "ticket_id"),
    ("ticket_email_ccs", "ticket_id"),
    ("ticket_followers", "ticket_id"),
    ("ticket_related", "ticket_id"),
    ("ticket_task_lists", "ticket_id"),
    ("topic_subscriptions", "content_id"),
    ("trigger_revisions", "trigger_id"),
    ("user_entitlements", "user_id"),
    ("user_related", "user_id"),
    ("view_counts", "view_id"),
    ("webhook_invocations", "webhook_id"),
];

/// Tables whose rows depend on who asks, or are a minute behind and have no live list: random engines may differ on them.
const UNEQUAL: &[&str] = &["activities", "bookmarks", "sessions", "ticket_events"];

/// Tables of which those who manage no articles get fewer rows.
const WITH_DRAFTS: [&str; 2] = ["articles", "article_translations"];

/// Tables that random statements cannot be made of: one takes two keys, the other the requester, whom it does not tell.
const NEVER: [&str; 2] = ["requests_collaborators", "webhook_invocation_attempts"];

/// Whether random statements can be made of a table: not without a key of its own.
fn is_drawn(table: &Truth) -> bool {
    !table.key.is_empty() && !NEVER.contains(&table.name.as_str())
}

impl Query {
    /// Whether everybody who may read its tables gets the same rows.
    pub(crate) fn is_the_same_for_all(&self) -> bool {
        let mut words = self.sql.split_whitespace();
        !words.any(|word| WITH_DRAFTS.contains(&word))
    }

    pub(crate) fn draw(tables: &[Truth], random: &mut Random) -> Self {
        let table = table(tables, random);
        match random.below(10) {
            0 | 1 if keyed(table).is_none() => aggregate(table, random),
            2..=4 => join(tables, table, random).unwrap_or_else(|| rows(table, random)),
            _ => rows(table, random),
        }
    }
}

fn table<'a>(tables: &'a [Truth], random: &mut Random) -> &'a Truth {
    let weight = |table: &Truth| {
        // Without a key there is nothing to tell rows apart by, and often no column but the whole row.
        if table.key.is_empty() || UNEQUAL.contains(&table.name.as_str()) {
            return 0;
        }
        let favourite = FAVOURITES.iter().find(|(name, _)| *name == table.name);
        favourite.map_or(usize::from(is_drawn(table)), |(_, weight)| *weight)
    };
    let mut place = random.below(tables.iter().map(weight).sum());
    for table in tables {
        match place.checked_sub(weight(table)) {
            Some(rest) => place = rest,
            None => return table,
        }
    }
    &tables[0]
}

fn keyed(table: &Truth) -> Option<&'static str> {
    KEYED
        .iter()
        .find(|(name, _)| *name == table.name)
        .map(|(_, column)| *column)
}

/// What identifies a row, or its first column.
fn id(table: &Truth) -> &str {
    match table.key.as_str() {
        "" => &table.columns[0].name,
        key => key,
    }
}

fn sortable(column: &Column) -> bool {
    matches!(
        column.kind.as_str(),
        "int64" | "text" | "timestamp" | "bool" | "float64"
    )
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn rows(table: &Truth, random: &mut Random) -> Query {
    let mut columns: Vec<&Column> = Vec::new();
    for _ in 0..1 + random.below(5) {
        let column = random.pick(&table.columns);
        let known = columns.iter().any(|other| other.name == column.name);
        if column.kind != "json" && !known {
            columns.push(column);
        }
    }
    if columns.is_empty() {
        columns.push(&table.columns[0]);
    }
    let condition = condition(table, "", random);
    let ordered: Vec<&Column> = columns
        .iter()
        .copied()
        .filter(|column| sortable(column))
        .collect();
    let limit = [0, 1, 3, 10, 50, 1_000][random.below(6)];
    let source = format!("FROM {}{condition}", table.name);
    match random.below(6) {
        // A total order up to equal rows: every projected column takes part.
        0 | 1 if !ordered.is_empty() => {
            let mut keys = ordered.clone();
            if random.chance(60)
                && let Some(newest) = table
                    .columns
                    .iter()
                    .find(|column| column.name == ["updated_at", "created_at"][random.below(2)])
            {
                keys.retain(|column| column.name != newest.name);
                keys.insert(0, newest);
            }
            let shown = list(&keys);
            let direction = if random.chance(60) { " DESC" } else { "" };
            let nulls = ["", " NULLS FIRST", " NULLS LAST"][random.below(3)];
            let order: Vec<String> = keys
                .iter()
                .enumerate()
                .map(|(place, column)| match place {
                    0 => format!("{}{direction}{nulls}", quoted(&column.name)),
                    _ => quoted(&column.name),
                })
                .collect();
            let mut sql = format!("SELECT {shown} {source} ORDER BY {}", order.join(", "));
            if random.chance(80) {
                let _ = write!(sql, " LIMIT {limit}");
                if random.chance(20) {
                    let _ = write!(sql, " OFFSET {}", random.below(20));
                }
            }
            Query {
                sql,
                comparison: Comparison::Sequence,
            }
        }
        2 if !ordered.is_empty() => {
            let first = *random.pick(&ordered);
            let mut shown = vec![first];
            shown.extend(
                columns
                    .iter()
                    .copied()
                    .filter(|column| column.name != first.name),
            );
            let all = format!("SELECT {} {source}", list(&shown));
            let direction = if random.chance(50) { " DESC" } else { "" };
            Query {
                sql: format!(
                    "{all} ORDER BY {}{direction} LIMIT {limit}",
                    quoted(&first.name)
                ),
                comparison: Comparison::Prefix { all, sorted: true },
            }
        }
        3 => {
            let all = format!("SELECT {} {source}", list(&columns));
            Query {
                sql: format!("{all} LIMIT {limit}"),
                comparison: Comparison::Prefix { all, sorted: false },
            }
        }
        _ => Query {
            sql: format!("SELECT {} {source}", list(&columns)),
            comparison: Comparison::Multiset,
        },
    }
}

fn list(columns: &[&Column]) -> String {
    let names: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
    names.join(", ")
}

fn aggregate(table: &Truth, random: &mut Random) -> Query {
    let condition = condition(table, "", random);
    let sortable: Vec<&Column> = table
        .columns
        .iter()
        .filter(|column| sortable(column))
        .collect();
    let group = *random.pick(&sortable);
    let measured = *random.pick(&sortable);
    let (group, measured) = (quoted(&group.name), quoted(&measured.name));
    let from = format!("FROM {}{condition}", table.name);
    let sql = match random.below(4) {
        0 => format!("SELECT count(*) {from}"),
        1 => format!("SELECT count(*), count({measured}), min({measured}), max({measured}) {from}"),
        2 => format!("SELECT {group}, count(*), min({measured}) {from} GROUP BY {group}"),
        _ => format!("SELECT DISTINCT {group}, {measured} {from}"),
    };
    Query {
        sql,
        comparison: Comparison::Multiset,
    }
}

fn join(tables: &[Truth], table: &Truth, random: &mut Random) -> Option<Query> {
    let links: Vec<(&Column, &Truth)> = table
        .columns
        .iter()
        .filter(|column| column.kind == "int64")
        .filter_map(|column| {
            let name = column.refers.as_deref()?;
            Some((column, tables.iter().find(|other| other.name == name)?))
        })
        .filter(|(_, other)| keyed(other).is_none())
        .collect();
    if links.is_empty() {
        return None;
    }
    let (column, other) = *random.pick(&links);
    let plain = |table: &Truth, random: &mut Random| -> Column {
        let shown: Vec<&Column> = table
            .columns
            .iter()
            .filter(|column| column.kind != "json")
            .collect();
        (*random.pick(&shown)).clone()
    };
    let on = format!("a.{} = b.{}", quoted(&column.name), quoted(&other.key));
    let mine = plain(table, random);
    let theirs = plain(other, random);
    let (left, right) = match random.chance(50) {
        true => (format!("{} a", table.name), format!("{} b", other.name)),
        false => (format!("{} b", other.name), format!("{} a", table.name)),
    };
    let near = condition(table, "a.", random);
    let far = match random.chance(40) {
        true => condition(other, "b.", random).replacen(
            " WHERE",
            if near.is_empty() { " WHERE" } else { " AND" },
            1,
        ),
        false => String::new(),
    };
    let shown = format!(
        "a.{}, a.{}, b.{}",
        quoted(id(table)),
        quoted(&mine.name),
        quoted(&theirs.name)
    );
    let inner = condition(other, "b.", random);
    let key = quoted(&other.key);
    let reference = quoted(&column.name);
    let also = if near.is_empty() { "WHERE" } else { "AND" };
    let sql = match random.below(8) {
        0 => format!(
            "SELECT a.{}, a.{} FROM {} a{near} {also} a.{reference} IN (SELECT b.{key} FROM {} b{inner})",
            quoted(id(table)),
            quoted(&mine.name),
            table.name,
            other.name
        ),
        1 => {
            let and = if inner.is_empty() { "WHERE" } else { "AND" };
            let not = if random.chance(40) { "NOT " } else { "" };
            format!(
                "SELECT a.{}, a.{} FROM {} a{near} {also} {not}EXISTS (SELECT 1 FROM {} b{inner} {and} b.{key} = a.{reference})",
                quoted(id(table)),
                quoted(&mine.name),
                table.name,
                other.name
            )
        }
        2 => format!("SELECT {shown} FROM {left} LEFT JOIN {right} ON {on}{near}{far}"),
        3 => format!("SELECT {shown} FROM {left} RIGHT JOIN {right} ON {on}{near}{far}"),
        4 => format!(
            "SELECT b.{}, count(*) FROM {left} JOIN {right} ON {on}{near}{far} GROUP BY b.{}",
            quoted(&other.key),
            quoted(&other.key)
        ),
        _ => format!("SELECT {shown} FROM {left} JOIN {right} ON {on}{near}{far}"),
    };
    Some(Query {
        sql,
        comparison: Comparison::Multiset,
    })
}

/// ` WHERE …` with none to three conjuncts; a key-bound table always gets its key.
fn condition(table: &Truth, prefix: &str, random: &mut Random) -> String {
    let mut terms = Vec::new();
    if let Some(key) = keyed(table)
        && let Some(column) = table.columns.iter().find(|column| column.name == key)
    {
        let values: Vec<String> = (0..1 + random.below(3))
            .filter_map(|_| literal(table, column, random, false))
            .collect();
        terms.push(format!(
            "{prefix}{} IN ({})",
            quoted(key),
            values.join(", ")
        ));
    }
    for _ in 0..[0, 1, 1, 1, 2, 2, 3][random.below(7)] {
        let one = term(table, prefix, random);
        terms.push(match random.below(12) {
            0 => format!("({one} OR {})", term(table, prefix, random)),
            1 => format!("NOT ({one})"),
            _ => one,
        });
    }
    if terms.is_empty() {
        return String::new();
    }
    format!(" WHERE {}", terms.join(" AND "))
}

/// Columns that reads care about are drawn more often.
fn interesting(table: &Truth) -> Vec<&Column> {
    let names = [
        "id",
        "status",
        "priority",
        "type",
        "tags",
        "created_at",
        "updated_at",
        "organization_id",
        "requester_id",
        "assignee_id",
        "group_id",
        "role",
        "external_id",
        "ticket_id",
        "user_id",
        "active",
        "name",
        "score",
        "due_at",
    ];
    let found = table
        .columns
        .iter()
        .filter(|column| names.contains(&column.name.as_str()));
    found.collect()
}

fn term(table: &Truth, prefix: &str, random: &mut Random) -> String {
    let likely = interesting(table);
    let column = match random.chance(70) && !likely.is_empty() {
        true => *random.pick(&likely),
        false => random.pick(&table.columns),
    };
    let name = format!("{prefix}{}", quoted(&column.name));
    let null = |random: &mut Random| match random.chance(50) {
        true => format!("{name} IS NULL"),
        false => format!("{name} IS NOT NULL"),
    };
    if column.kind == "json" || random.chance(8) {
        return null(random);
    }
    let Some(value) = literal(table, column, random, true) else {
        return null(random);
    };
    if column.kind.starts_with("list") {
        let not = if random.chance(20) { "NOT " } else { "" };
        return format!("{not}array_has({name}, {value})");
    }
    if column.kind == "bool" {
        return match random.below(3) {
            0 => name,
            1 => format!("NOT {name}"),
            _ => format!("{name} = {value}"),
        };
    }
    match random.below(12) {
        0..=3 => format!("{name} = {value}"),
        4 => format!("{name} <> {value}"),
        5 => format!("{name} {} {value}", random.pick(&["<", "<=", ">", ">="])),
        6 if column.kind == "timestamp" => format!("{name} >= {value}"),
        6 | 7 => {
            let other = literal(table, column, random, true).unwrap_or_else(|| value.clone());
            format!("{name} BETWEEN {value} AND {other}")
        }
        8 if column.kind == "text" => {
            let text = value.trim_matches('\'');
            let start: String = text
                .chars()
                .take(3)
                .filter(|c| !"'%_\\".contains(*c))
                .collect();
            format!("{name} LIKE '{start}%'")
        }
        8 => {
            let other = literal(table, column, random, true).unwrap_or_else(|| value.clone());
            format!("({name} = {value} OR {name} = {other})")
        }
        _ => {
            let count = [1, 2, 3, 5, 30, 130][random.below(6)];
            let mut values: Vec<String> = (0..count)
                .filter_map(|_| literal(table, column, random, true))
                .collect();
            values.push(value);
            let not = if random.chance(25) { "NOT " } else { "" };
            format!("{name} {not}IN ({})", values.join(", "))
        }
    }
}

/// A literal of a column's type: a value that occurs or, if `beside`, sometimes one next to it.
fn literal(table: &Truth, column: &Column, random: &mut Random, beside: bool) -> Option<String> {
    let place = table
        .columns
        .iter()
        .position(|other| other.name == column.name)?;
    let array = table.rows.column(place);
    let mut row = None;
    for _ in 0..20 {
        let found = random.below(array.len());
        if !array.is_empty() && array.is_valid(found) {
            row = Some(found);
            break;
        }
    }
    let row = row?;
    let beside = beside && random.chance(25);
    let text = |text: &str, random: &mut Random| {
        let changed = match random.below(6) {
            _ if !beside => text.to_owned(),
            0 => text.to_uppercase(),
            1 => format!("{text}x"),
            2 => format!("{text}'"),
            3 => format!("{text} tags:vip"),
            4 => String::new(),
            _ => "none".to_owned(),
        };
        format!("'{}'", changed.replace('\'', "''"))
    };
    let shift = |random: &mut Random| match beside {
        true => [-1, 1, -1_000, 1_000][random.below(4)],
        false => 0,
    };
    Some(match column.kind.as_str() {
        "int64" => {
            let number = array.as_primitive::<Int64Type>().value(row);
            number.saturating_add(shift(random)).to_string()
        }
        "float64" => format!("{:?}", array.as_primitive::<Float64Type>().value(row)),
        "bool" => array.as_boolean().value(row).to_string(),
        "text" => text(array.as_string::<i32>().value(row), random),
        "timestamp" => {
            let one = table.rows.project(&[place]).ok()?.slice(row, 1);
            let time = render::rows(&[one])[0][0].clone();
            match random.below(4) {
                0 if beside => format!("TIMESTAMP '{}'", time.replace('Z', ".500Z")),
                1 if beside => format!("TIMESTAMP '{}'", &time[..10]),
                _ => format!("TIMESTAMP '{time}'"),
            }
        }
        kind if kind.starts_with("list") => {
            let list = array.as_list::<i32>().value(row);
            if list.is_empty() {
                return None;
            }
            let item = random.below(list.len());
            match kind {
                "list<int64>" => list.as_primitive::<Int64Type>().value(item).to_string(),
                _ => text(list.as_string::<i32>().value(item), random),
            }
        }
        _ => return None,
    })
}
