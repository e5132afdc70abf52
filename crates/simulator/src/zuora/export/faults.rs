//! What goes wrong with exports on demand, as values. Counts say how many of the first are hit after `Simulator::set_faults`
//! or the start; what comes later passes.

/// Faults of AQuA. All are off by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExportFaults {
    /// This many jobs are aborted because they took too long (90029).
    pub killed: u32,
    /// This many jobs are aborted by an internal error (90022).
    pub internal_aborts: u32,
    /// This many submits are rejected by an internal error (90022).
    pub internal_errors: u32,
    /// This many submits are rejected because others' jobs take all places (90028).
    pub busy: u32,
    /// This many looks at a job are answered with 429.
    pub throttled_polls: u32,
    /// This many jobs are forgotten before anyone has looked at them (90002).
    pub purged_jobs: u32,
    /// This many files are gone before anyone has fetched them (404).
    pub purged_files: u32,
    /// This many downloads end in the middle of the file, with a fitting length.
    pub truncated_files: u32,
    /// Batches are aborted for want of permission; their jobs are completed.
    pub forbidden: bool,
    /// The row with this number in each file, from 1, lacks its last field.
    pub ragged_row: Option<u64>,
    /// Files of more bytes are refused (403).
    pub max_file_bytes: Option<usize>,
    /// Results come in segments of so many rows instead of one file.
    pub segment_rows: Option<u64>,
    /// Some text has a NUL byte in it.
    pub nul_bytes: bool,
}

/// How often each fault that is counted has struck.
#[derive(Debug, Default)]
pub(super) struct Struck {
    pub(super) killed: u32,
    pub(super) internal_aborts: u32,
    pub(super) internal_errors: u32,
    pub(super) busy: u32,
    pub(super) throttled_polls: u32,
    pub(super) purged_jobs: u32,
    pub(super) purged_files: u32,
    pub(super) truncated_files: u32,
}

/// Whether a counted fault strikes once more.
pub(super) fn strikes(struck: &mut u32, most: u32) -> bool {
    let strikes = *struck < most;
    *struck += u32::from(strikes);
    strikes
}
