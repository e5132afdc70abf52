//! What the words of a failed job mean.
//!
//! Zuora documents few of them. Loose rules look for what costs most if missed; what no rule knows is passed on as it is.

use std::fmt;

use thiserror::Error;

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// It passes by itself.
    Transient,
    /// No free slot.
    Busy,
    /// More rows, or bytes, than a job may have.
    TooMuch(Cap),
    /// It ran longer than the vendor allows.
    TimeLimit,
    /// It took more memory than the vendor allows.
    Memory,
    /// The table is listed, but this tenant or user cannot read it.
    Unavailable,
    /// There is no such table.
    UnknownTable,
    /// There is no such column.
    UnknownColumn,
    /// The export rejects this field.
    UnknownField(String),
    /// The statement is wrong in another way.
    Statement,
    /// Deleted rows of this object cannot be exported.
    NoDeleted,
    /// The credentials are wrong, or do not suffice.
    Forbidden,
    /// Somebody else has cancelled it.
    CancelledElsewhere,
    /// The vendor no longer has the job or its file.
    Gone,
    /// It has ended well, but says nowhere where its rows are.
    NoFile,
    /// It took longer than we wait.
    Overdue,
    /// Anything else.
    Other,
}

/// A bound that a job has hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cap {
    /// Rows read of a table.
    Input,
    /// Rows of the result.
    Output,
    /// Rows; the message does not say which.
    Rows,
    /// The size of the result's file.
    File,
}

/// A job that failed for good.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct JobError {
    /// What is wrong.
    pub trouble: Trouble,
    /// The job.
    pub id: Option<String>,
    /// The vendor's words.
    pub message: String,
    /// How often it was submitted.
    pub submits: u32,
}

impl fmt::Display for JobError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.trouble.sentence())?;
        if let Some(id) = &self.id {
            write!(out, " (job {id})")?;
        }
        if self.submits > 1 {
            write!(out, " after {} attempts", self.submits)?;
        }
        write!(out, ": {}", self.message)
    }
}

impl JobError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self.trouble {
            Trouble::Transient => "try again later",
            Trouble::Busy => {
                "other queries of this tenant hold all slots; try again when they are done"
            }
            Trouble::TooMuch(_) | Trouble::TimeLimit => {
                "ask for fewer rows, e.g. a range of updateddate"
            }
            Trouble::Memory => "join or group fewer rows",
            Trouble::Unavailable => {
                "ask Zuora's administrator whether the feature and the permission are there"
            }
            Trouble::UnknownTable | Trouble::UnknownColumn => {
                "the schema may have changed: REFRESH SCHEMA"
            }
            Trouble::UnknownField(_) => "leave the column out, or read the table with Data Query",
            Trouble::NoDeleted => "leave deleted rows out",
            Trouble::Forbidden => "check the user's permissions for Data Query and exports",
            Trouble::Overdue => "wait longer, or ask for fewer rows",
            Trouble::CancelledElsewhere | Trouble::Gone | Trouble::NoFile => "run it again",
            Trouble::Statement => {
                "EXPLAIN shows what is sent; with SET zuzen.pushdown = off the statement runs here"
            }
            Trouble::Other => "try again; Zuora's support can look the job up by its id",
        })
    }
}

impl Trouble {
    fn sentence(&self) -> &'static str {
        match self {
            Self::Transient => "Zuora could not run it",
            Self::Busy => "Zuora's queue is full",
            Self::TooMuch(_) => "it exceeds a limit of rows",
            Self::TimeLimit => "Zuora stopped it for its time",
            Self::Memory => "it needs more than Zuora allows a query",
            Self::Unavailable => "the table cannot be read",
            Self::UnknownTable => "Zuora has no such table",
            Self::UnknownColumn => "Zuora has no such column",
            Self::UnknownField(_) => "the export rejects a field",
            Self::Statement => "Zuora rejects the statement",
            Self::NoDeleted => "deleted rows cannot be exported",
            Self::Forbidden => "Zuora does not permit it",
            Self::CancelledElsewhere => "it was cancelled at Zuora",
            Self::Gone => "Zuora no longer has the result",
            Self::NoFile => "Zuora says that it is done, but not where the rows are",
            Self::Overdue => "it took too long",
            Self::Other => "Zuora could not answer",
        }
    }

    /// Reads the message of a failed job.
    #[must_use]
    pub fn of_message(message: &str) -> Self {
        let lower = message.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let is_word = |word: &str| {
            lower
                .split(|letter: char| !letter.is_ascii_alphanumeric())
                .any(|part| part == word)
        };
        // Trino's own complaints name a position, and may quote any word of the statement.
        if position(&lower) {
            return match lower.as_str() {
                text if text.contains("table") && text.contains("does not exist") => {
                    Self::UnknownTable
                }
                text if text.contains("cannot be resolved") => Self::UnknownColumn,
                _ => Self::Statement,
            };
        }
        if has(&["failed to process object"]) {
            return Self::Unavailable;
        }
        if has(&[
            "link_30000007",
            "temporarily unavailable",
            "service unavailable",
        ]) {
            return Self::Transient;
        }
        // A plan of too many stages is helped by what helps one that needs too much memory: less at a time.
        if has(&["memory", "number of stages"]) {
            return Self::Memory;
        }
        if has(&["max-object-size"]) {
            return Self::TooMuch(Cap::File);
        }
        let bound = has(&["limit", "exceed", "maximum", "too many"]);
        if bound && has(&["time limit", "maximum time", "run time", "processing time"])
            || has(&["timed out", "timeout"])
        {
            return Self::TimeLimit;
        }
        let rows = ["row", "rows", "record", "records"]
            .into_iter()
            .any(is_word);
        let side = match () {
            () if is_word("output") || is_word("result") || is_word("results") => Some(Cap::Output),
            () if is_word("input") || is_word("scan") || is_word("scanned") => Some(Cap::Input),
            () if rows => Some(Cap::Rows),
            () => None,
        };
        match side {
            Some(cap) if bound => Self::TooMuch(cap),
            _ => Self::Other,
        }
    }

    /// Reads a refused submit.
    ///
    /// How a full queue is refused is not documented: 429, or any other refusal that speaks of the queue or of a limit
    /// of jobs.
    #[must_use]
    pub fn of_submit(status: u16, message: &str) -> Self {
        let lower = message.to_lowercase();
        let queue = lower
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .any(|word| word.starts_with("queue"));
        let jobs = [
            "concurren",
            "simultaneous",
            "running",
            "jobs",
            "queries",
            "requests",
        ];
        let crowded = lower.contains("limit")
            && jobs.iter().any(|word| lower.contains(word))
            && !lower.contains("character")
            && !matches!(Self::of_message(message), Self::TooMuch(_));
        match status {
            429 => Self::Busy,
            401 => Self::Forbidden,
            400..=499 if !position(&lower) && (queue || crowded) => Self::Busy,
            403 => Self::Forbidden,
            // No answer, a time-out, a conflict with our own earlier call.
            0 | 408 | 409 | 500..=599 => Self::Transient,
            _ => Self::of_message(message),
        }
    }

    /// Reads a code of AQuA, 90001 to 90029, or what the message says.
    #[must_use]
    pub fn of_aqua(code: Option<&str>, message: &str) -> Self {
        let field = || no_field(message).map(Self::UnknownField);
        match code.or_else(|| code_within(message)).unwrap_or_default() {
            "90006" | "90008" | "90010" | "90022" => Self::Transient,
            "90028" => Self::Busy,
            "90027" | "90029" => Self::TimeLimit,
            "90009" | "90018" => Self::Forbidden,
            "90001" | "90002" => Self::Gone,
            "90012" | "90017" => Self::NoDeleted,
            "90005" | "90020" => field().unwrap_or(Self::Statement),
            _ if message.to_lowercase().contains("syntax error") => {
                field().unwrap_or(Self::Statement)
            }
            // How long it has run is all that a stopped export says.
            _ if message.to_lowercase().contains(" hour") => Self::TimeLimit,
            _ => field().unwrap_or_else(|| match Self::of_message(message) {
                Self::Other if is_unknown_job(message) => Self::Gone,
                trouble => trouble,
            }),
        }
    }
}

/// `line 1:15: …`
fn position(lower: &str) -> bool {
    lower.split("line ").skip(1).any(|rest| {
        rest.split_once(':').is_some_and(|(line, _)| {
            !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit())
        })
    }) || lower.contains("mismatched input")
}

fn code_within(message: &str) -> Option<&str> {
    message
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .find(|word| {
            word.len() == 5
                && word.starts_with("900")
                && word.bytes().all(|byte| byte.is_ascii_digit())
        })
}

/// What 90001 and 90002 say where a refusal comes without its code: the id of a job, or of a batch of it, names none.
fn is_unknown_job(message: &str) -> bool {
    let lower = message.to_lowercase();
    let names = ["job id", "jobid", "batch id", "batchid"];
    let denies = [
        "invalid",
        "not valid",
        "not found",
        "not exist",
        "bad job",
        "bad batch",
        "unknown job",
        "unknown batch",
    ];
    names.iter().any(|name| lower.contains(name)) && denies.iter().any(|word| lower.contains(word))
}

/// `There is no field named X., Query = …`
fn no_field(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("no field named ")?;
    let name: String = rest
        .trim_start_matches(['\'', '"', '`'])
        .chars()
        .take_while(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.'))
        .collect();
    let name = name.trim_end_matches('.');
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_failed_jobs() {
        use Trouble::*;
        let cases = [
            (
                "Query exceeded the maximum time limit of 3600.00s",
                TimeLimit,
            ),
            (
                "line 1:15: Table owl.data.acccount does not exist",
                UnknownTable,
            ),
            ("line 1:8: Column 'xyz' cannot be resolved", UnknownColumn),
            (
                "line 1:9: mismatched input 'limit'. Expecting: <expression>",
                Statement,
            ),
            (
                "Query failed: line 3:1: too many rows in the result",
                Statement,
            ),
            ("failed to process object guidedusage", Unavailable),
            (
                "Internal message: Service Temporarily Unavailable. Please contact our support team with the following error code: LINK_30000007",
                Transient,
            ),
            ("Query exceeded per-node memory limit of 2GB", Memory),
            (
                "Number of stages in the query (213) exceeds the allowed maximum (200)",
                Memory,
            ),
            (
                "The number of output rows exceeds the limit of 500000",
                TooMuch(Cap::Output),
            ),
            ("Too many input records: 10200000", TooMuch(Cap::Input)),
            ("Exceeded the maximum of 1,000,000 rows", TooMuch(Cap::Rows)),
            ("The result exceeds the limit", TooMuch(Cap::Output)),
            (
                "<security:max-object-size>2047MB</security:max-object-size>",
                TooMuch(Cap::File),
            ),
            ("browser throws an exception beyond its limit", Other),
            ("Cannot divide by zero in row 5", Other),
            ("", Other),
        ];
        for (message, trouble) in cases {
            assert_eq!(Trouble::of_message(message), trouble, "{message}");
        }
    }

    #[test]
    fn refused_submits() {
        use Trouble::*;
        let cases = [
            (429, "", Busy),
            (400, "The queue is full.", Busy),
            (400, "Maximum limit of concurrent queries reached", Busy),
            (403, "You have 10 queued jobs already", Busy),
            (
                400,
                "line 1:9: mismatched input 'queue' near limit of jobs",
                Statement,
            ),
            (400, "the limit of queries is 1000000 characters", Other),
            (
                400,
                "queries that exceed the limit of output rows",
                TooMuch(Cap::Output),
            ),
            (400, "Invalid query status", Other),
            (403, "no permission", Forbidden),
            (401, "Authentication error", Forbidden),
            (409, "", Transient),
            (0, "", Transient),
            (504, "", Transient),
            (415, "HTTP 415 Unsupported Media Type", Other),
        ];
        for (status, message, trouble) in cases {
            assert_eq!(
                Trouble::of_submit(status, message),
                trouble,
                "{status} {message}"
            );
        }
    }

    #[test]
    fn rejections_of_exports() {
        use Trouble::*;
        let field = |name: &str| UnknownField(name.to_owned());
        let cases = [
            (
                Some("90005"),
                "There is a syntax error in one of the queries in the AQuA input (Error = There is no field named Foo__c., Query = select Foo__c from Account)",
                field("Foo__c"),
            ),
            (
                None,
                "(Error = There is no field named Account.Bar, Query = x)",
                field("Account.Bar"),
            ),
            (
                None,
                "There is a syntax error in one of the queries in the AQuA input",
                Statement,
            ),
            (Some("90005"), "unexpected token", Statement),
            (Some("90028"), "", Busy),
            (None, "90028: too many concurrent jobs", Busy),
            (Some("90027"), "", TimeLimit),
            (None, "The job was killed after 8 hours", TimeLimit),
            (Some("90022"), "retry", Transient),
            (Some("90017"), "", NoDeleted),
            (Some("90018"), "", Forbidden),
            (Some("90007"), "aborted", Other),
            (Some("90002"), "bad job id", Gone),
            (None, "The job id 2c92c8f88a is invalid", Gone),
            (None, "Bad batch id", Gone),
            (None, "Job ID not found: 2c92c8f88a", Gone),
            (None, "the job id 2c92 was aborted", Other),
            (None, "invalid record in job 2c92", Other),
            (
                None,
                "(Error = There is no field named Foo., Query = select Foo from X where Name = 'bad job id')",
                field("Foo"),
            ),
            (None, "190005 rows", Other),
        ];
        for (code, message, trouble) in cases {
            assert_eq!(
                Trouble::of_aqua(code, message),
                trouble,
                "{code:?} {message}"
            );
        }
    }

    #[test]
    fn errors_name_job_reason_and_way_out() {
        let error = JobError {
            trouble: Trouble::TimeLimit,
            id: Some("2c92".into()),
            message: "90027".into(),
            submits: 4,
        };
        assert_eq!(
            error.to_string(),
            "Zuora stopped it for its time (job 2c92) after 4 attempts: 90027"
        );
        assert!(error.hint().unwrap().contains("updateddate"));
    }
}
