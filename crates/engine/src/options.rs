//! Settings of a session: `SET zuzen.pushdown = off`.

use datafusion::common::config::{ConfigExtension, ConfigOptions};
use datafusion::common::extensions_options;
use zuzen_plan::nearest::nearest;

use crate::error::{Error, Kind};

extensions_options! {
    /// What a session may set under `zuzen.`.
    pub struct Zuzen {
        /// Send filters, limits, orders and join keys to the API; off reads whole tables.
        pub pushdown: bool, default = true
        /// `live` completes lagging reads with what changed since, `indexed` does not.
        pub freshness: String, default = "live".to_owned()
        /// No more requests than this for one statement.
        pub max_requests: Option<u64>, default = None
        /// No more rows read than this from one table in a statement.
        pub max_rows_scanned: Option<u64>, default = None
        /// Results end after this many rows; 0 for no bound but the connection's.
        pub max_rows: Option<u64>, default = None
        /// The first day of the weeks that L_LAST_WEEK() and its like name: `sunday` or `monday`.
        pub week_begins: String, default = "sunday".to_owned()
    }
}

impl ConfigExtension for Zuzen {
    const PREFIX: &'static str = "zuzen";
}

impl Zuzen {
    /// The options of a session, or the defaults where the session is somebody else's.
    pub(crate) fn of(options: &ConfigOptions) -> Self {
        options
            .extensions
            .get::<Self>()
            .cloned()
            .unwrap_or_default()
    }

    pub(crate) fn weeks_begin_on_monday(&self) -> bool {
        self.week_begins.eq_ignore_ascii_case("monday")
    }

    pub(crate) fn is_indexed(&self) -> bool {
        self.freshness.eq_ignore_ascii_case("indexed")
    }
}

/// That there is no setting of this name, with the nearest; none if there is one.
pub(crate) fn unknown_setting(name: &str, options: &ConfigOptions) -> Option<Error> {
    // What the runtime has is not among the options.
    if name.starts_with("datafusion.runtime.") {
        return None;
    }
    let entries = options.entries().into_iter();
    let known: Vec<String> = entries
        .map(|entry| match entry.key.contains('.') {
            true => entry.key,
            false => format!("{}.{}", Zuzen::PREFIX, entry.key),
        })
        .collect();
    if known.iter().any(|known| known == name) {
        return None;
    }
    // A name without its prefix is a slip, too.
    let whole = nearest(name, known.iter().map(String::as_str));
    let last = |known: &str| known.rsplit('.').next().unwrap_or_default().to_owned();
    let short = || known.iter().find(|known| last(known) == name);
    let hint = match whole.or_else(|| short().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "SHOW ALL lists the settings with their values".to_owned(),
    };
    let message = format!("there is no setting `{name}`");
    Some(Error::new(Kind::Config, message).with_hint(hint))
}
