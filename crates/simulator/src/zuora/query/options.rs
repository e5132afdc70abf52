//! What a tenant allows its queries and how it words what it refuses, as values. Where the vendor's behaviour is unconfirmed
//! there is a choice, because a caller has to live with both. It refuses to enforce anything.

use std::time::Duration;

/// The figures of Data Query, by default those documented for live data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryLimits {
    /// Jobs in progress at once.
    pub running: usize,
    /// Jobs that wait for that.
    pub queued: usize,
    /// Rows of one table that are left after filters on indexed columns.
    pub input_rows: u64,
    /// Rows of the first table of an index join that are left after filters on indexed columns. Only older documents have a
    /// figure; today's say that it is below that of the input.
    pub index_rows: u64,
    /// Rows of a result.
    pub output_rows: u64,
    /// Characters of a statement.
    pub characters: usize,
}

impl Default for QueryLimits {
    fn default() -> Self {
        Self {
            running: 5,
            queued: 10,
            input_rows: 10_000_000,
            index_rows: 20_000,
            output_rows: 500_000,
            characters: 1_000_000,
        }
    }
}

/// How a submit beyond the queue is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueueRefusal {
    /// 429, as every other limit.
    #[default]
    TooManyRequests,
    /// 400 with words about the queue.
    BadRequest,
}

/// How a job that exceeds a limit says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LimitWording {
    /// `The number of output rows exceeds the limit of 500000`
    #[default]
    Limit,
    /// `Exceeded the maximum of 500,000 records in the result`
    Maximum,
}

/// How Data Query behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryOptions {
    /// The figures.
    pub limits: QueryLimits,
    /// A submit too many.
    pub refusal: QueueRefusal,
    /// A limit that a job exceeds.
    pub wording: LimitWording,
    /// Refuses a bad statement when it is submitted; otherwise its job fails.
    pub early_errors: bool,
    /// A result without rows has an empty file; otherwise it has none.
    pub empty_file: bool,
    /// How long a job takes besides the time its statement takes.
    pub job_delay: Duration,
    /// The zone that moments are shown in and that days are counted in.
    pub time_zone: String,
    /// Whether the caller may read the table of users.
    pub administrator: bool,
    /// How long the address of a file is good.
    pub address_life: Duration,
}

impl Default for QueryOptions {
    fn default() -> Self {
        Self {
            limits: QueryLimits::default(),
            refusal: QueueRefusal::default(),
            wording: LimitWording::default(),
            early_errors: false,
            empty_file: true,
            job_delay: Duration::from_millis(20),
            time_zone: "America/Los_Angeles".to_owned(),
            administrator: false,
            address_life: Duration::from_secs(3_600),
        }
    }
}

impl QueryOptions {
    /// What a job says that reads too many rows of a table.
    pub(super) fn too_much_input(&self, table: &str) -> String {
        let most = self.limits.input_rows;
        match self.wording {
            LimitWording::Limit => {
                format!("The number of input rows of {table} exceeds the limit of {most}")
            }
            LimitWording::Maximum => {
                format!(
                    "Exceeded the maximum of {} records read from {table}",
                    grouped(most)
                )
            }
        }
    }

    /// What a job says whose index join begins with too many rows of a table.
    pub(super) fn too_much_to_look_up(&self, table: &str) -> String {
        let most = self.limits.index_rows;
        match self.wording {
            LimitWording::Limit => {
                format!(
                    "The number of rows of {table} in the index join exceeds the limit of {most}"
                )
            }
            LimitWording::Maximum => {
                format!(
                    "Exceeded the maximum of {} records of {table} in the index join",
                    grouped(most)
                )
            }
        }
    }

    /// What a job says that has too many rows in its result.
    pub(super) fn too_much_output(&self) -> String {
        let most = self.limits.output_rows;
        match self.wording {
            LimitWording::Limit => {
                format!("The number of output rows exceeds the limit of {most}")
            }
            LimitWording::Maximum => {
                format!(
                    "Exceeded the maximum of {} records in the result",
                    grouped(most)
                )
            }
        }
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_worded_both_ways() {
        let mut options = QueryOptions::default();
        assert_eq!(
            options.too_much_output(),
            "The number of output rows exceeds the limit of 500000"
        );
        options.wording = LimitWording::Maximum;
        assert_eq!(
            options.too_much_output(),
            "Exceeded the maximum of 500,000 records in the result"
        );
        assert_eq!(
            options.too_much_input("invoice"),
            "Exceeded the maximum of 10,000,000 records read from invoice"
        );
        assert_eq!(
            options.too_much_to_look_up("invoice"),
            "Exceeded the maximum of 20,000 records of invoice in the index join"
        );
    }
}
