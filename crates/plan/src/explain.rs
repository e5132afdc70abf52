//! A plan as text: the lines that EXPLAIN shows, made from the very value that is executed.

use std::fmt;

use crate::read::{Pushed, ReadPlan, Work};
use crate::request::{Request, address};
use crate::table::PageStyle;

impl ReadPlan {
    /// What is sent, what is pushed, what it should cost and what was not taken: a line each.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = self.sending();
        if let Some(tail) = &self.tail {
            let what = match &tail.fan_out {
                None => tail.request.to_string(),
                Some(fan_out) => format!(
                    "{} of {}",
                    tail.read.name,
                    tail_parents(&tail.request, &fan_out.table)
                ),
            };
            let closing = match (tail.opening, tail.closing) {
                (true, true) => ", and again at the end",
                (true, false) => "",
                (false, _) => ", at the end of several pages",
            };
            lines.push(format!(
                "tail: {what} while {} is within {} s{closing}",
                tail.column, tail.reach
            ));
        }
        if let Some(why) = &self.no_tail {
            let effect = match self.read.lag {
                0 => "rows that move while it pages may be missed".to_owned(),
                lag => format!("up to {lag} s behind"),
            };
            lines.push(format!("no tail, so {effect}: {why}"));
        }
        if let Some(with) = &self.only_with {
            lines.push(format!(
                "only where {} is in {}: {}",
                with.column,
                with.parent.table,
                with.parent.first()
            ));
        }
        let with = |how: Pushed| {
            let shown: Vec<String> = self
                .pushed
                .iter()
                .filter(|(_, pushed)| *pushed == how)
                .map(|(predicate, _)| predicate.to_string())
                .collect();
            shown.join(" AND ")
        };
        for (word, text) in [
            ("exact", with(Pushed::Exact)),
            ("rechecked", with(Pushed::Recheck)),
        ] {
            if !text.is_empty() {
                lines.push(format!("{word}: {text}"));
            }
        }
        if !self.local.is_empty() {
            let local: Vec<String> = self.local.iter().map(ToString::to_string).collect();
            lines.push(format!("local: {}", local.join(" AND ")));
        }
        if let Some(stop) = &self.stop {
            let mut reasons = Vec::new();
            if let Some(newest) = &stop.newest {
                reasons.push(format!(
                    "{} rows by {} are found",
                    newest.rows, newest.order
                ));
            }
            if stop.until.is_some() {
                reasons.push(format!("{} is too old to match", stop.column));
            }
            if !reasons.is_empty() {
                lines.push(format!("stop: when {}", reasons.join(" or ")));
            }
        }
        if let Some(limit) = self.limit {
            lines.push(format!("limit: {limit}"));
        }
        lines.push(self.estimate.to_string());
        if !self.rejected.is_empty() {
            let no: Vec<String> = self
                .rejected
                .iter()
                .map(|no| format!("{} ({})", no.read, no.reason))
                .collect();
            lines.push(format!("not taken: {}", no.join(", ")));
        }
        lines
    }

    /// The first request, literally or as a template.
    #[must_use]
    pub fn first(&self) -> String {
        match &self.work {
            Work::Nothing => "nothing".to_owned(),
            Work::Requests(requests) => requests
                .first()
                .map(ToString::to_string)
                .unwrap_or_default(),
            Work::Keyed { template, .. } | Work::FanOut { template, .. } => template.clone(),
            Work::Count { request, .. } => request.to_string(),
        }
    }

    /// How many requests are known beforehand, for people.
    #[must_use]
    pub fn extent(&self) -> String {
        match &self.work {
            Work::Nothing => "nothing to ask".to_owned(),
            Work::Requests(requests) if requests.len() == 1 => "1 request and its pages".to_owned(),
            Work::Requests(requests) => format!("{} requests", requests.len()),
            Work::Keyed { .. } => "by keys".to_owned(),
            Work::FanOut { parent, .. } => format!("a request for each row of {}", parent.table),
            Work::Count { .. } => "a count".to_owned(),
        }
    }

    fn sending(&self) -> Vec<String> {
        let mut lines = Vec::new();
        match &self.work {
            Work::Nothing => {
                lines.push("send: nothing, the filters contradict each other".to_owned())
            }
            Work::Requests(requests) => {
                let count = match requests.len() {
                    1 => String::new(),
                    several => format!("{several} requests, "),
                };
                lines.push(format!("send: {count}{}", self.first()));
                lines.extend(
                    requests
                        .first()
                        .and_then(next_page)
                        .map(|next| format!("next: {next}")),
                );
            }
            Work::Keyed { template, .. } => lines.push(format!("send: {template}")),
            Work::FanOut {
                parent, template, ..
            } => {
                lines.push(format!("send: {template}"));
                lines.push(format!("for each of: {}", parent.first()));
            }
            Work::Count {
                request,
                exact_below,
                otherwise,
                ..
            } => {
                lines.push(format!("send: {request}, trusted below {exact_below}"));
                lines.push(format!("else: {}", otherwise.first()));
            }
        }
        lines
    }
}

fn tail_parents(request: &Request, table: &str) -> String {
    format!("{table} in {request}")
}

/// How the second page will be asked for.
fn next_page(request: &Request) -> Option<String> {
    let shown = |drop: &[&str], add: &str| {
        let query: Vec<(String, String)> = request
            .first_query()
            .into_iter()
            .filter(|(name, _)| !drop.contains(&name.as_str()))
            .collect();
        let address = address(&request.path, &query);
        let join = if query.is_empty() { '?' } else { '&' };
        format!("{} {address}{join}{add}", request.method())
    };
    match request.pages {
        PageStyle::None => None,
        PageStyle::Cursor => Some(shown(&[], "page%5Bafter%5D=<cursor>")),
        PageStyle::AfterCursor => Some(shown(&[], "after_cursor=<cursor>")),
        PageStyle::Offset => Some(shown(&[], "page=<n>")),
        PageStyle::Export | PageStyle::Chain => Some(shown(&["start_time"], "cursor=<cursor>")),
        PageStyle::TimeExport | PageStyle::TimeList => {
            Some(shown(&["start_time"], "start_time=<end_time>"))
        }
        PageStyle::LinkCursor => Some(shown(&[], "<cursors of next_page_url>")),
        PageStyle::Link => Some(shown(&[], "<parameters of the next link>")),
        PageStyle::SinceId => Some(shown(&[], "since_id=<last id>")),
        PageStyle::IdExport => Some(shown(
            &["start_time"],
            "start_time=<end_time>&start_id=<end_id>",
        )),
    }
}

impl fmt::Display for crate::cost::Estimate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural =
            |count: u64, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        write!(
            out,
            "estimate: {}, {} deep, about {} ({}), {:.1} s",
            plural(self.requests, "request"),
            self.depth,
            plural(self.rows, "row"),
            self.source,
            self.seconds
        )
    }
}
