//! What goes wrong with queries on demand, as values. It refuses chance: each fault counts.

/// Faults of Data Query. All are off by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueryFaults {
    /// So many jobs fail with a text that asks to try again, then jobs pass.
    pub transient_jobs: u32,
    /// Every job fails for a reason that stays.
    pub broken_jobs: bool,
    /// Every job is stopped for its time.
    pub killed_jobs: bool,
    /// So many submits find the queue full.
    pub full_submits: u32,
    /// So many submits make their job and are answered 504.
    pub lost_submits: u32,
    /// So many questions after a job are answered 429, 500 and 504 in turn.
    pub bad_polls: u32,
    /// The first address of each file has expired when it is told.
    pub expired_address: bool,
    /// Files are gone when they are asked for.
    pub purged_files: bool,
    /// Jobs are gone when they are asked after.
    pub purged_jobs: bool,
    /// So many downloads are answered 500.
    pub storage_errors: u32,
    /// So many downloads break off in the middle.
    pub storage_resets: u32,
    /// Files end in the middle, with a fitting length.
    pub truncated_files: bool,
    /// Files lack a row that is counted.
    pub missing_row: bool,
    /// Downloads are redirected to another origin.
    pub redirected_files: bool,
    /// The address of a file is plain http at somebody else's.
    pub foreign_files: bool,
    /// The second line of a file is not JSON.
    pub malformed_line: bool,
    /// This column is still described but is no longer there when a statement runs.
    pub vanished_column: Option<&'static str>,
    /// So many whole seconds pass before a job begins.
    pub slow_jobs: u64,
}

impl QueryFaults {
    /// The faults of a named scenario.
    pub(crate) fn scenario(name: &str) -> Option<Self> {
        let mut faults = Self::default();
        match name {
            "job_transient" => faults.transient_jobs = 2,
            "job_broken" => faults.broken_jobs = true,
            "job_killed" => faults.killed_jobs = true,
            "job_slow" => faults.slow_jobs = 30,
            "queue_full" => faults.full_submits = 2,
            "submit_lost" => faults.lost_submits = 1,
            "poll_flaky" => faults.bad_polls = 3,
            "file_expired" => faults.expired_address = true,
            "file_purged" => faults.purged_files = true,
            "job_purged" => faults.purged_jobs = true,
            "file_error" => faults.storage_errors = 2,
            "file_reset" => faults.storage_resets = 1,
            "file_truncated" => faults.truncated_files = true,
            "file_short" => faults.missing_row = true,
            "file_redirected" => faults.redirected_files = true,
            "file_foreign" => faults.foreign_files = true,
            "file_malformed" => faults.malformed_line = true,
            "column_vanished" => faults.vanished_column = Some("crmid"),
            _ => return None,
        }
        Some(faults)
    }
}
