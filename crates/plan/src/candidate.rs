//! One read against one scan: does it apply, and what would it carry.

use crate::cost::Estimate;
use crate::estimate::estimate;
use crate::predicate::{Test, allowed, earliest_second, latest_second};
use crate::read::{Pushed, Reason};
use crate::scan::{Known, Scan};
use crate::search;
use crate::table::{Binding, Encoding, Operator, PageStyle, Read, Source, Table};
use crate::value::{MICROS, Value};
use crate::wire::Parts;

/// Exports refuse a start that is too recent; one minute is documented, five have been seen.
const START_AGE: i64 = 300;

/// Those of Chat are documented to want more than five minutes.
const ID_EXPORT_START_AGE: i64 = 360;

/// A read that applies.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) parts: Parts,
    /// For each predicate of the scan, how it travels.
    pub(crate) pushed: Vec<Option<Pushed>>,
    pub(crate) estimate: Estimate,
}

/// Tries `read` for `scan`.
pub(crate) fn candidate(
    read: &Read,
    table: &Table,
    scan: &Scan,
    known: &Known<'_>,
) -> Result<Candidate, Reason> {
    if let Some(reason) = known.refused.get(&(table.name.clone(), read.name.clone())) {
        return Err(Reason::Refused(reason.clone()));
    }
    lacking(read, table, scan)?;
    let mut trial = Trial {
        read,
        table,
        scan,
        known,
        parts: Parts::default(),
        pushed: vec![None; scan.predicates.len()],
    };
    trial.bind_path()?;
    for parameter in &read.query {
        match &parameter.source {
            Source::Constant(value) => trial.send(&parameter.name, value.clone()),
            Source::Bound(binding) => trial.bind(&parameter.name, binding)?,
        }
    }
    trial.write_search()?;
    trial.ask_sideloads();
    trial.check_order()?;
    let Trial { parts, pushed, .. } = trial;
    let estimate = estimate(read, table, scan, known, &parts, &pushed);
    Ok(Candidate {
        parts,
        pushed,
        estimate,
    })
}

/// Refuses a read whose answer lacks a projected column.
pub(crate) fn lacking(read: &Read, table: &Table, scan: &Scan) -> Result<(), Reason> {
    for name in &scan.columns {
        let sideload = table
            .column(name)
            .and_then(|column| column.sideload.as_ref());
        let lacks = read.lacks.contains(name);
        if lacks || sideload.is_some_and(|sideload| !read.include.contains(sideload)) {
            return Err(Reason::Lacks(name.clone()));
        }
    }
    Ok(())
}

struct Trial<'a> {
    read: &'a Read,
    table: &'a Table,
    scan: &'a Scan,
    known: &'a Known<'a>,
    parts: Parts,
    pushed: Vec<Option<Pushed>>,
}

impl Trial<'_> {
    fn send(&mut self, name: &str, value: String) {
        self.parts.query.push((name.to_owned(), value));
    }

    fn awaits_keys_of(&self, column: &str) -> bool {
        self.scan
            .keys
            .as_ref()
            .is_some_and(|keys| keys.column == column)
    }

    fn mark_equalities(&mut self, column: &str, exact: bool) {
        let how = if exact {
            Pushed::Exact
        } else {
            Pushed::Recheck
        };
        for (place, predicate) in self.scan.predicates.iter().enumerate() {
            if predicate.column == column && matches!(predicate.test, Test::In(_)) {
                self.pushed[place] = Some(how);
            }
        }
    }

    /// Marks the bounds of one side that `column` has.
    fn mark_bounds(&mut self, column: &str, lower: bool) {
        for (place, predicate) in self.scan.predicates.iter().enumerate() {
            let side = match &predicate.test {
                Test::Compare(comparison, _) => comparison.symbol().starts_with('>') == lower,
                Test::In(values) => values.len() == 1,
                _ => false,
            };
            if predicate.column == column && side {
                self.pushed[place].get_or_insert(Pushed::Recheck);
            }
        }
    }

    /// Whether keys that fill the read are still to come.
    fn is_open(&self) -> bool {
        self.parts.keyed.is_some() || self.parts.fan_out.is_some()
    }

    fn bind_path(&mut self) -> Result<(), Reason> {
        for column in self.read.get.placeholders() {
            match allowed(&self.scan.predicates, column) {
                Some(values) => {
                    let exact = self.read.exact.iter().any(|exact| exact == column);
                    self.mark_equalities(column, exact);
                    self.parts.values.push((column.to_owned(), values));
                }
                // Nobody knows which keys of two tables belong together: one placeholder may be filled while it runs.
                None if self.is_open() => return Err(Reason::Needs(column.to_owned())),
                None if self.awaits_keys_of(column) => self.parts.keyed = Some(column.to_owned()),
                None if self.read.fan_out => self.parts.fan_out = Some(column.to_owned()),
                None => return Err(Reason::Needs(column.to_owned())),
            }
        }
        Ok(())
    }

    fn bind(&mut self, name: &str, binding: &Binding) -> Result<(), Reason> {
        match binding.operator {
            Operator::In => self.bind_values(name, binding),
            Operator::Has => self.bind_elements(name, binding),
            Operator::AtLeast => {
                let earliest = |column: &String| earliest_second(&self.scan.predicates, column);
                let tightest = binding.columns().filter_map(earliest).max();
                self.bind_bound(name, binding, tightest)
            }
            Operator::AtMost => {
                let latest = |column: &String| latest_second(&self.scan.predicates, column);
                let tightest = binding.columns().filter_map(latest).min();
                self.bind_bound(name, binding, tightest)
            }
        }
    }

    /// Elements that a list must have, all of them in one parameter. Those that cannot be said are left to the engine.
    fn bind_elements(&mut self, name: &str, binding: &Binding) -> Result<(), Reason> {
        let mut sent: Vec<String> = Vec::new();
        for (place, predicate) in self.scan.predicates.iter().enumerate() {
            let Test::Has(value) = &predicate.test else {
                continue;
            };
            if predicate.column != binding.column || !can_carry(self.table, binding, value) {
                continue;
            }
            let text = value.to_string();
            if !sent.contains(&text) {
                if sent.len() >= binding.max as usize {
                    continue;
                }
                sent.push(text);
            }
            self.pushed[place] = Some(match binding.exact {
                true => Pushed::Exact,
                false => Pushed::Recheck,
            });
        }
        match (sent.is_empty(), &binding.default) {
            (false, _) => self.send(name, sent.join(",")),
            (true, Some(default)) => self.send(name, default.clone()),
            (true, None) if binding.required => return Err(Reason::Needs(binding.column.clone())),
            (true, None) => {}
        }
        Ok(())
    }

    fn bind_values(&mut self, name: &str, binding: &Binding) -> Result<(), Reason> {
        let column = &binding.column;
        // An optional parameter is worth one request at most.
        let values = allowed(&self.scan.predicates, column)
            .filter(|values| binding.required || values.len() <= binding.max as usize);
        match values {
            Some(values)
                if values
                    .iter()
                    .all(|value| can_carry(self.table, binding, value)) =>
            {
                self.mark_equalities(column, binding.exact);
                self.parts.values.push((column.clone(), values));
                Ok(())
            }
            Some(_) if binding.required => Err(Reason::Value(column.clone())),
            None if binding.required && self.awaits_keys_of(column) && !self.is_open() => {
                self.parts.keyed = Some(column.clone());
                Ok(())
            }
            None if binding.required => Err(Reason::Needs(column.clone())),
            Some(_) | None => {
                if let Some(default) = &binding.default {
                    self.send(name, default.clone());
                }
                Ok(())
            }
        }
    }

    fn bind_bound(
        &mut self,
        name: &str,
        binding: &Binding,
        second: Option<i64>,
    ) -> Result<(), Reason> {
        let Some(second) = second else {
            return match &binding.default {
                Some(default) => {
                    self.send(name, default.clone());
                    Ok(())
                }
                None if binding.required => Err(Reason::Needs(binding.column.clone())),
                None => Ok(()),
            };
        };
        let lower = binding.operator == Operator::AtLeast;
        for column in binding.columns() {
            self.mark_bounds(column, lower);
        }
        let age = match self.read.pages {
            PageStyle::Export | PageStyle::TimeExport | PageStyle::TimeList => Some(START_AGE),
            PageStyle::IdExport => Some(ID_EXPORT_START_AGE),
            _ => None,
        };
        let second = match age.filter(|_| lower) {
            Some(age) => second.min(self.known.now / MICROS - age).max(0),
            None => second,
        };
        let value = match binding.encoding {
            // Nothing at the vendor is older than 1970, and seconds before it are no number there.
            Encoding::UnixSeconds => second.max(0).to_string(),
            Encoding::UnixMicroseconds => (second.max(0) * MICROS).to_string(),
            Encoding::Plain => Value::Timestamp(second * MICROS).to_string(),
        };
        self.send(name, value);
        Ok(())
    }

    fn write_search(&mut self) -> Result<(), Reason> {
        let Some(language) = &self.read.search else {
            return Ok(());
        };
        let query = search::write(language, self.table, &self.scan.predicates);
        if language.required && query.carried.is_empty() {
            return Err(Reason::NoFilter);
        }
        for place in query.carried {
            self.pushed[place].get_or_insert(Pushed::Recheck);
        }
        match language.language.is_posted() {
            true => self.parts.body = Some(query.text),
            false => self.send(&language.parameter, query.text),
        }
        Ok(())
    }

    fn ask_sideloads(&mut self) {
        let of = |name: &String| {
            self.table
                .column(name)
                .and_then(|column| column.sideload.clone())
        };
        let mut wanted: Vec<String> = self.scan.columns.iter().filter_map(of).collect();
        wanted.sort();
        wanted.dedup();
        if !wanted.is_empty() && !self.parts.query.iter().any(|(name, _)| name == "include") {
            self.send("include", wanted.join(","));
        }
    }

    /// An ordered list may stop early or hold only recent rows: it needs a reason why that suffices.
    fn check_order(&mut self) -> Result<(), Reason> {
        let Some(order) = &self.read.order else {
            return Ok(());
        };
        if self
            .scan
            .newest
            .as_ref()
            .is_some_and(|newest| newest.order == *order)
        {
            return Ok(());
        }
        let days = self.read.within.as_ref().map(|within| within.days);
        let horizon = days.map(|days| self.known.now / MICROS - i64::from(days) * 86_400);
        let earliest = earliest_second(&self.scan.predicates, &order.column);
        let suffices = self.read.is_paged()
            && order.descending
            && earliest.is_some_and(|second| horizon.is_none_or(|horizon| second >= horizon));
        if suffices {
            self.mark_bounds(&order.column, true);
            return Ok(());
        }
        Err(Reason::Partial(match days {
            Some(days) => format!("lists only the last {days} days"),
            None => "only for the newest rows".to_owned(),
        }))
    }
}

/// Whether a value means to the API what it means to SQL: APIs refuse values they do not document, split lists at
/// commas and trim blanks.
fn can_carry(table: &Table, binding: &Binding, value: &Value) -> bool {
    let Value::Text(text) = value else {
        return true;
    };
    let documented = table.column(&binding.column).is_none_or(|column| {
        column.values.is_empty() || column.values.iter().any(|known| known == text)
    });
    documented
        && (binding.max == 1 || !text.contains(','))
        && text.trim() == text
        && !text.is_empty()
}
