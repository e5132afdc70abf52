//! Drawing a query over related objects: conditions, joins, groups, orders, windows, unions, and what a SELECT may compute.
//! Literals come from the data and from beside it. It refuses to draw what has several right answers, but for LIMIT.

use zuzen_simulator::Kind;

use super::oracle::Truth;
use crate::query::{Comparison, Query, Random};

/// Which column of which object holds ids of which other.
const LINKS: &[(&str, &str, &str)] = &[
    ("contact", "accountid", "account"),
    ("subscription", "accountid", "account"),
    ("rateplan", "subscriptionid", "subscription"),
    ("rateplancharge", "rateplanid", "rateplan"),
    ("invoice", "accountid", "account"),
    ("invoiceitem", "invoiceid", "invoice"),
    ("invoiceitem", "subscriptionid", "subscription"),
    ("invoiceitem", "rateplanchargeid", "rateplancharge"),
    ("payment", "accountid", "account"),
    ("usage", "accountid", "account"),
];

/// Objects and how often each is drawn.
const FAVOURITES: &[(&str, usize)] = &[
    ("account", 5),
    ("contact", 2),
    ("subscription", 3),
    ("rateplan", 1),
    ("rateplancharge", 2),
    ("invoice", 6),
    ("invoiceitem", 3),
    ("payment", 3),
    ("usage", 1),
];

/// A table in a FROM.
#[derive(Debug, Clone)]
pub(super) struct Source<'a> {
    pub(super) alias: String,
    pub(super) table: &'a Truth,
}

impl Source<'_> {
    pub(super) fn id(&self) -> String {
        format!("{}.id", self.alias)
    }
}

/// What a statement is made of.
#[derive(Debug)]
pub(super) struct Draw<'a> {
    tables: &'a [Truth],
    pub(super) random: Random,
}

impl<'a> Draw<'a> {
    pub(super) fn new(tables: &'a [Truth], seed: u64, number: u64) -> Self {
        Self {
            tables,
            random: Random::new(seed, number),
        }
    }

    pub(super) fn query(&mut self) -> Query {
        match self.random.below(12) {
            0..=2 => self.rows(),
            3 | 4 => self.groups(),
            5 => self.totals(),
            6 => self.distinct(),
            7 => self.window(),
            8 => self.union(),
            9 => self.membership(),
            10 => self.derived(),
            _ => self.outer(),
        }
    }

    fn find(&self, name: &str) -> &'a Truth {
        self.tables.iter().find(|table| table.name == name).unwrap()
    }

    fn favourite(&mut self) -> &'a Truth {
        let all = FAVOURITES.iter().map(|(_, weight)| weight).sum();
        let mut place = self.random.below(all);
        for (name, weight) in FAVOURITES {
            match place.checked_sub(*weight) {
                Some(rest) => place = rest,
                None => return self.find(name),
            }
        }
        self.find("account")
    }

    /// A FROM over one to `most` tables, every row of the first one at most multiplied once.
    fn from(&mut self, most: usize) -> (String, Vec<Source<'a>>) {
        let first = self.favourite();
        let mut sources = vec![Source {
            alias: "a".to_owned(),
            table: first,
        }];
        let mut text = format!("{} a", first.name);
        for alias in ["b", "c", "d", "e"]
            .into_iter()
            .take(self.random.below(most))
        {
            let Some((on, table)) = self.link(&sources, alias) else {
                break;
            };
            let kind = if self.random.chance(70) {
                "JOIN"
            } else {
                "LEFT JOIN"
            };
            text = format!("{text} {kind} {} {alias} ON {on}", table.name);
            sources.push(Source {
                alias: alias.to_owned(),
                table,
            });
        }
        (text, sources)
    }

    /// A condition that brings in one more table: a parent, or children if nothing has been multiplied yet.
    fn link(&mut self, sources: &[Source<'a>], alias: &str) -> Option<(String, &'a Truth)> {
        let mut found = Vec::new();
        for source in sources {
            for (child, column, parent) in LINKS {
                if source.table.name == *child {
                    found.push((format!("{}.{column} = {alias}.id", source.alias), *parent));
                }
                if source.table.name == *parent && sources.len() == 1 {
                    found.push((format!("{}.id = {alias}.{column}", source.alias), *child));
                }
            }
        }
        if found.is_empty() {
            return None;
        }
        let (on, name) = self.random.pick(&found).clone();
        Some((on, self.find(name)))
    }

    fn shown(&mut self, sources: &[Source<'a>]) -> Vec<String> {
        let kinds = [
            Kind::Text,
            Kind::Integer,
            Kind::Decimal,
            Kind::Boolean,
            Kind::Date,
            Kind::Timestamp,
        ];
        let mut shown = Vec::new();
        for _ in 0..1 + self.random.below(4) {
            let kind = *self.random.pick(&kinds);
            let text = match self.random.chance(45) {
                true => self.expression(sources, kind),
                false => self.cell(sources, &[kind]).map(|cell| cell.name),
            };
            shown.extend(text);
        }
        let named = shown.iter().enumerate();
        let mut named: Vec<String> = named.map(|(at, text)| format!("{text} AS x{at}")).collect();
        if named.is_empty() {
            named.push(format!("{} AS x0", sources[0].id()));
        }
        named
    }

    fn rows(&mut self) -> Query {
        let (from, sources) = self.from(4);
        let condition = self.condition(&sources);
        let shown = self.shown(&sources).join(", ");
        let all = format!("SELECT {shown} FROM {from}{condition}");
        let direction = if self.random.chance(50) { " DESC" } else { "" };
        let nulls = *self.random.pick(&["", " NULLS FIRST", " NULLS LAST"]);
        let limit = *self.random.pick(&[0, 1, 5, 40, 1_000]);
        match self.random.below(5) {
            // Ids make the order total; a padded side's are NULL, but then so is the whole side.
            0 => {
                let ids: Vec<String> = sources.iter().map(Source::id).collect();
                let offset = if self.random.chance(40) {
                    format!(" OFFSET {}", self.random.below(9))
                } else {
                    String::new()
                };
                Query {
                    sql: format!(
                        "{all} ORDER BY 1{direction}{nulls}, {} LIMIT {limit}{offset}",
                        ids.join(", ")
                    ),
                    comparison: Comparison::Sequence,
                }
            }
            1 => Query {
                sql: format!("{all} ORDER BY 1{direction}{nulls} LIMIT {limit}"),
                comparison: Comparison::Prefix { all, sorted: true },
            },
            2 => Query {
                sql: format!("{all} LIMIT {limit}"),
                comparison: Comparison::Prefix { all, sorted: false },
            },
            _ => multiset(all),
        }
    }

    fn measures(&mut self, sources: &[Source<'a>]) -> Vec<String> {
        let mut measures = vec!["count(*) AS n".to_owned()];
        for at in 0..1 + self.random.below(3) {
            let any = [
                Kind::Text,
                Kind::Integer,
                Kind::Decimal,
                Kind::Date,
                Kind::Timestamp,
            ];
            let (Some(number), Some(any)) = (
                self.cell(sources, &[Kind::Decimal, Kind::Integer]),
                self.cell(sources, &any),
            ) else {
                continue;
            };
            let text = match self.random.below(8) {
                0 | 1 => format!("sum({})", number.name),
                2 => format!("avg({})", number.name),
                3 => format!("min({})", any.name),
                4 => format!("max({})", any.name),
                5 => format!("count(DISTINCT {})", any.name),
                6 => format!("count({})", any.name),
                _ => match self.term(sources) {
                    Some(term) => format!("sum({}) FILTER (WHERE {term})", number.name),
                    None => format!("sum({})", number.name),
                },
            };
            measures.push(format!("{text} AS m{at}"));
        }
        measures
    }

    fn groups(&mut self) -> Query {
        let (from, sources) = self.from(5);
        let condition = self.condition(&sources);
        let kinds = [
            Kind::Text,
            Kind::Boolean,
            Kind::Date,
            Kind::Integer,
            Kind::Timestamp,
        ];
        let kind = *self.random.pick(&kinds);
        let key = match self.random.chance(30) {
            true => self.expression(&sources, kind),
            false => self.cell(&sources, &[kind]).map(|cell| cell.name),
        };
        let key = key.unwrap_or_else(|| sources[0].id());
        let measures = self.measures(&sources).join(", ");
        let having = match self.random.below(4) {
            0 => " HAVING count(*) > 1".to_owned(),
            1 => match self.cell(&sources, &[Kind::Decimal]) {
                Some(cell) => format!(" HAVING sum({}) > 100", cell.name),
                None => String::new(),
            },
            _ => String::new(),
        };
        let all =
            format!("SELECT {key} AS k, {measures} FROM {from}{condition} GROUP BY 1{having}");
        match self.random.below(4) {
            0 => Query {
                sql: format!(
                    "{all} ORDER BY k DESC NULLS LAST LIMIT {}",
                    1 + self.random.below(20)
                ),
                comparison: Comparison::Sequence,
            },
            _ => multiset(all),
        }
    }

    fn totals(&mut self) -> Query {
        let (from, sources) = self.from(4);
        let condition = self.condition(&sources);
        multiset(format!(
            "SELECT {} FROM {from}{condition}",
            self.measures(&sources).join(", ")
        ))
    }

    fn distinct(&mut self) -> Query {
        let (from, sources) = self.from(3);
        let condition = self.condition(&sources);
        multiset(format!(
            "SELECT DISTINCT {} FROM {from}{condition}",
            self.shown(&sources).join(", ")
        ))
    }

    fn window(&mut self) -> Query {
        let (from, sources) = self.from(3);
        let condition = self.condition(&sources);
        let ids: Vec<String> = sources.iter().map(Source::id).collect();
        let by = self
            .cell(&sources, &[Kind::Text, Kind::Boolean])
            .map_or_else(|| sources[0].id(), |cell| cell.name);
        let first = self.cell(&sources, &[Kind::Date, Kind::Timestamp, Kind::Decimal]);
        let first = first.map_or_else(|| sources[0].id(), |cell| cell.name);
        let number = self.cell(&sources, &[Kind::Decimal]).map(|cell| cell.name);
        let order = format!(
            "PARTITION BY {by} ORDER BY {first} DESC, {}",
            ids.join(", ")
        );
        let function = match (self.random.below(6), number) {
            (0, Some(number)) => format!("sum({number}) OVER (PARTITION BY {by})"),
            (1, Some(number)) => format!("sum({number}) OVER ({order})"),
            (2, Some(number)) => format!("lag({number}) OVER ({order})"),
            (3, _) => format!("rank() OVER (PARTITION BY {by} ORDER BY {first})"),
            (4, _) => format!("count(*) OVER (PARTITION BY {by})"),
            _ => format!("row_number() OVER ({order})"),
        };
        let inner = format!(
            "SELECT {} AS id, {first} AS f, {function} AS w FROM {from}{condition}",
            ids[0]
        );
        multiset(match self.random.chance(40) {
            true => format!("SELECT * FROM ({inner}) t WHERE w <= 3"),
            false => inner,
        })
    }

    fn union(&mut self) -> Query {
        let mut half = |kind| {
            let (from, sources) = self.from(2);
            let condition = self.condition(&sources);
            let value = self
                .cell(&sources, &[kind])
                .map_or_else(|| "NULL".to_owned(), |cell| cell.name);
            format!(
                "SELECT {} AS id, {value} AS v FROM {from}{condition}",
                sources[0].id()
            )
        };
        let kind = Kind::Text;
        let (one, other) = (half(kind), half(kind));
        let all = format!("{one} UNION ALL {other}");
        multiset(match self.random.below(3) {
            0 => format!("SELECT v, count(*) AS n FROM ({all}) u GROUP BY v"),
            1 => format!("{one} UNION {other}"),
            _ => all,
        })
    }

    fn membership(&mut self) -> Query {
        let (child, column, parent) = *self.random.pick(LINKS);
        let (child, parent) = (self.find(child), self.find(parent));
        let inner = Source {
            alias: "i".to_owned(),
            table: child,
        };
        let outer = Source {
            alias: "a".to_owned(),
            table: parent,
        };
        let (outer_key, inner_key, outer, inner) = match self.random.chance(50) {
            true => ("id", column, outer, inner),
            false => (
                column,
                "id",
                Source {
                    alias: "a".to_owned(),
                    ..inner
                },
                Source {
                    alias: "i".to_owned(),
                    ..outer
                },
            ),
        };
        let within = self.condition(std::slice::from_ref(&inner));
        let around = self.condition(std::slice::from_ref(&outer));
        let shown = self.shown(std::slice::from_ref(&outer)).join(", ");
        let and = |text: &str| if text.is_empty() { " WHERE" } else { " AND" };
        let not = if self.random.chance(50) { "NOT " } else { "" };
        let (head, tail) = (
            format!("SELECT {shown} FROM {} a{around}", outer.table.name),
            inner.table.name.as_str(),
        );
        multiset(match self.random.below(3) {
            0 => format!(
                "{head}{} a.{outer_key} {not}IN (SELECT i.{inner_key} FROM {tail} i{within})",
                and(&around)
            ),
            1 => format!(
                "{head}{} {not}EXISTS (SELECT 1 FROM {tail} i{within}{} i.{inner_key} = a.{outer_key})",
                and(&around),
                and(&within)
            ),
            _ => format!(
                "{head}{} (SELECT count(*) FROM {tail} i{within}{} i.{inner_key} = a.{outer_key}) > 1",
                and(&around),
                and(&within)
            ),
        })
    }

    fn derived(&mut self) -> Query {
        let (child, column, parent) = *self.random.pick(LINKS);
        let source = Source {
            alias: "a".to_owned(),
            table: self.find(child),
        };
        let sources = std::slice::from_ref(&source);
        let condition = self.condition(sources);
        let measures = self.measures(sources).join(", ");
        let inner = format!(
            "SELECT a.{column} AS k, {measures} FROM {child} a{condition} GROUP BY a.{column}"
        );
        multiset(match self.random.below(3) {
            0 => format!(
                "WITH t AS ({inner}) SELECT p.id, t.* FROM {parent} p JOIN t ON t.k = p.id WHERE t.n > 1"
            ),
            1 => format!(
                "SELECT p.id, p.createddate, t.n FROM {parent} p LEFT JOIN ({inner}) t ON t.k = p.id"
            ),
            _ => format!(
                "WITH t AS ({inner}) SELECT max(n), count(*) FROM t WHERE n >= (SELECT avg(n) FROM t)"
            ),
        })
    }

    /// A join of two that keeps rows of either side.
    fn outer(&mut self) -> Query {
        let (child, column, parent) = *self.random.pick(LINKS);
        let sources = [
            Source {
                alias: "a".to_owned(),
                table: self.find(child),
            },
            Source {
                alias: "b".to_owned(),
                table: self.find(parent),
            },
        ];
        let kind = *self.random.pick(&["FULL JOIN", "RIGHT JOIN", "LEFT JOIN"]);
        let side = self.random.below(2);
        let also = match self.random.chance(40) {
            true => self
                .term(&sources[side..=side])
                .map(|term| format!(" AND {term}")),
            false => None,
        };
        let condition = self.condition(&sources);
        multiset(format!(
            "SELECT a.id AS c, b.id AS p, {} FROM {child} a {kind} {parent} b ON a.{column} = b.id{}{condition}",
            self.shown(&sources).join(", "),
            also.unwrap_or_default()
        ))
    }
}

fn multiset(sql: String) -> Query {
    Query {
        sql,
        comparison: Comparison::Multiset,
    }
}
