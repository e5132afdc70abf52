//! A connection that learns of its tenant: when it asks, what it keeps, and what its tables are then.

use std::sync::Arc;

use futures::future::join_all;
use zuzen_plan::job::Cap;
use zuzen_plan::table::Table;

use super::ask::{self, Unanswered};
use super::kept::{Kept, Told, What};
use super::tables::tables;
use super::{Catalogue, Failure, Question, Vendor, now};
use crate::connection::{Connection, Tables};
use crate::error::Error;

/// Milliseconds for which nobody is asked again who could not be asked at all: a statement without a network should
/// not wait for every table anew.
const HOLD_OFF: i64 = 30_000;

/// What was told this many milliseconds ago is not asked again: it would be the same.
const JUST_NOW: i64 = 2_000;

/// How old an answer may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Need {
    /// What was told since then is good enough.
    pub(super) told: i64,
    /// What could not be told since then is not asked again.
    pub(super) failed: i64,
}

impl Catalogue {
    /// What a statement that began then needs to know of a table that it names.
    pub(super) fn usual(&self, began: i64) -> Need {
        let now = now();
        Need {
            told: began.min(now.saturating_sub(self.age)),
            failed: began.min(now - HOLD_OFF),
        }
    }

    /// What a statement that began then needs to know of a name that nobody knows. At Zuora that costs a job, so what was
    /// told a moment ago is not asked again; at Zendesk it is a request, and a new field is there at once.
    pub(super) fn again(&self, began: i64) -> Need {
        let now = now();
        let told = match self.vendor {
            Vendor::Zendesk => now + 1,
            Vendor::Zuora => began.min(now - JUST_NOW),
        };
        Need {
            told,
            failed: began,
        }
    }

    fn knows(&self, question: &Question, need: Need) -> bool {
        let kept = self.kept.lock();
        match question {
            Question::Tables => kept
                .listed
                .as_ref()
                .is_some_and(|listed| listed.at >= need.told),
            // Asking again would only fail again, and may take minutes.
            Question::Columns(table) if kept.is_unusable(table) => true,
            Question::Columns(table) => {
                let told = kept.described(table);
                told.is_some_and(|told| told.at >= need.told)
            }
        }
    }

    fn is_hopeless(&self, question: &Question, need: Need) -> bool {
        let asking = self.asking.lock();
        let failed = asking.failed.get(question).map(|failure| failure.at);
        failed
            .max(asking.unreachable)
            .is_some_and(|at| at >= need.failed)
    }

    fn turn(&self, question: &Question) -> Arc<tokio::sync::Mutex<()>> {
        let mut asking = self.asking.lock();
        Arc::clone(asking.turns.entry(question.clone()).or_default())
    }

    fn note(&self, question: &Question, failed: Option<&Unanswered>) {
        let mut asking = self.asking.lock();
        match failed {
            None => {
                asking.failed.remove(question);
                asking.unreachable = None;
            }
            Some(failed) => {
                let at = now();
                let reason = failed.error.message().to_owned();
                asking
                    .failed
                    .insert(question.clone(), Failure { at, reason });
                if failed.unreachable {
                    asking.unreachable = Some(at);
                }
            }
        }
    }

    /// Why a table could not be described, if it was tried.
    pub(super) fn failure(&self, table: &str) -> Option<String> {
        let asking = self.asking.lock();
        let failed = asking.failed.get(&Question::Columns(table.to_owned()));
        failed.map(|failure| failure.reason.clone())
    }
}

impl Connection {
    /// Reads what earlier processes have kept, once.
    pub(crate) fn recall(&self) {
        let catalogue = self.catalogue();
        catalogue.recalled.call_once(|| self.take_in(catalogue));
    }

    /// Takes in what other processes were told meanwhile.
    fn take_in(&self, catalogue: &Catalogue) {
        let Some(found) = catalogue.place.read() else {
            return;
        };
        let mut kept = catalogue.kept.lock();
        let before = kept.clone();
        kept.merge(found);
        if *kept != before {
            self.know(tables(
                &self.connector().tables,
                &kept,
                self.service(),
                catalogue.vendor,
            ));
        }
    }

    /// Changes what is kept, in memory and on disk, and the tables that follow from it.
    pub(super) fn keep(&self, catalogue: &Catalogue, change: impl FnOnce(&mut Kept)) {
        self.recall();
        let mut kept = catalogue.kept.lock();
        change(&mut kept);
        kept.settle();
        if let Some(found) = catalogue.place.read() {
            kept.merge(found);
        }
        let written = catalogue.place.write(&kept);
        // Under the lock, so that an older state does not come last.
        self.know(tables(
            &self.connector().tables,
            &kept,
            self.service(),
            catalogue.vendor,
        ));
        drop(kept);
        if let Err(error) = written {
            self.warn(vec![format!(
                "names and types of the tables of `{}` are not kept: {error}; MetadataLocation says where they are",
                self.name()
            )]);
        }
    }

    /// Describes those of these tables, side by side, of which not enough is known.
    pub(super) async fn describe(&self, tables: &[Arc<Table>], need: Need) {
        join_all(tables.iter().map(|table| self.describe_one(table, need))).await;
    }

    /// Describes a table that is about to be planned outside of an engine. Zendesk's are complete but for custom fields,
    /// which are there as far as they are known.
    pub(crate) async fn describe_now(&self, table: &Table) {
        let catalogue = self.catalogue();
        if catalogue.vendor == Vendor::Zuora {
            // Planners ask for a table several times in a statement, and do not say which.
            let recent = now() - 10_000;
            self.describe_one(table, catalogue.usual(recent)).await;
        }
    }

    async fn describe_one(&self, table: &Table, need: Need) {
        let catalogue = self.catalogue();
        let question = Question::Columns(table.name.clone());
        let is_settled =
            || catalogue.knows(&question, need) || catalogue.is_hopeless(&question, need);
        if is_settled() {
            return;
        }
        let turn = catalogue.turn(&question);
        let _mine = turn.lock().await;
        self.take_in(catalogue);
        if is_settled() {
            return;
        }
        match ask::describe(self, table, catalogue.vendor).await {
            None => {}
            Some(Ok(what)) => {
                catalogue.note(&question, None);
                let told = Told { at: now(), what };
                self.keep(catalogue, |kept| {
                    kept.tables.insert(table.name.clone(), told);
                });
            }
            Some(Err(failed)) => {
                catalogue.note(&question, Some(&failed));
                self.warn(vec![format!(
                    "{}.{} goes by what was known before: {}",
                    self.name(),
                    table.name,
                    failed.error.message()
                )]);
            }
        }
    }

    /// Lists the tables anew, unless they were listed not long ago.
    ///
    /// # Errors
    /// Why they could not be listed; what was known before still counts.
    pub(super) async fn list(&self, need: Need) -> Result<(), Error> {
        let catalogue = self.catalogue();
        let question = Question::Tables;
        let turn = catalogue.turn(&question);
        let _mine = turn.lock().await;
        if catalogue.knows(&question, need) || catalogue.is_hopeless(&question, need) {
            return Ok(());
        }
        match ask::list(self, catalogue.vendor).await {
            Ok(listed) => {
                catalogue.note(&question, None);
                self.keep(catalogue, |kept| kept.listed = Some(listed));
                Ok(())
            }
            Err(failed) => {
                catalogue.note(&question, Some(&failed));
                Err(failed.error)
            }
        }
    }

    /// Remembers that one of these tables cannot be read, in the vendor's words: if there are several, the words say which.
    /// It may be described all the same, so a description does not take this back, only `REFRESH SCHEMA`.
    pub(crate) fn give_up(&self, tables: &[String], words: &str) {
        let is_told = |table: &&String| {
            let mut told = words.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            told.any(|word| word.eq_ignore_ascii_case(table))
        };
        let found = match tables {
            [only] => Some(only),
            several => several.iter().find(is_told),
        };
        if let Some(table) = found {
            let what = What::Unusable(words.to_owned());
            let told = Told { at: now(), what };
            self.keep(self.catalogue(), |kept| {
                kept.tables.insert(table.clone(), told);
            });
        }
    }

    /// Remembers that the export rejects a field of a table.
    pub(crate) fn reject(&self, table: &str, field: &str) {
        self.keep(self.catalogue(), |kept| {
            let fields = kept.rejected.entry(table.to_owned()).or_default();
            fields.insert(field.to_owned(), now());
        });
    }

    /// The fields of a table that the export has rejected.
    pub(crate) fn rejected(&self, table: &str) -> Vec<String> {
        self.recall();
        let kept = self.catalogue().kept.lock();
        let fields = kept.rejected.get(table);
        fields
            .map(|fields| fields.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// Remembers that a table exceeds the caps of a job.
    pub(crate) fn exceed(&self, table: &str) {
        if !self.is_beyond_caps(table) {
            self.keep(self.catalogue(), |kept| {
                kept.beyond.insert(table.to_owned(), now());
            });
        }
    }

    /// Remembers, as long as this process lives, that a statement exceeds a cap of a job.
    pub(crate) fn exceed_by(&self, statement: &str, cap: Cap) {
        const MOST: usize = 1_000;
        let mut oversized = self.catalogue().oversized.lock();
        if oversized.len() >= MOST {
            oversized.clear();
        }
        oversized.insert(hash(statement), cap);
    }

    /// The cap that this statement has exceeded.
    pub(crate) fn has_exceeded(&self, statement: &str) -> Option<Cap> {
        let oversized = self.catalogue().oversized.lock();
        oversized.get(&hash(statement)).copied()
    }

    pub(crate) fn is_beyond_caps(&self, table: &str) -> bool {
        self.recall();
        self.catalogue().kept.lock().beyond.contains_key(table)
    }
}

fn hash(statement: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    statement.hash(&mut hasher);
    hasher.finish()
}

/// The tables, with the values of `before` where nothing has changed.
pub(crate) fn shared(tables: Vec<Table>, before: &Tables) -> Tables {
    let same = |table: &Table| before.iter().find(|known| ***known == *table).cloned();
    let each = tables.into_iter();
    Arc::new(
        each.map(|table| same(&table).unwrap_or_else(|| Arc::new(table)))
            .collect(),
    )
}
