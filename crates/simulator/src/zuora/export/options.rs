//! What the vendor leaves open about its exports, or what differs from tenant to tenant, as values.

use std::time::Duration;

use crate::zuora::Object;

/// How the exports of a tenant behave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportOptions {
    /// How long a job takes at least; `Simulator::advance` lets that time pass.
    pub job_time: Duration,
    /// A job that would take longer is aborted after this time.
    pub time_limit: Duration,
    /// Jobs that may be submitted or executing at the same time.
    pub concurrent_jobs: usize,
    /// Comparisons of text and `like` ignore case: the vendor does not say.
    pub fold_case: bool,
    /// `is null` is also true for empty text.
    pub empty_is_null: bool,
    /// Fields that the export does not know although Describe calls them exportable.
    pub unexported: Vec<(Object, &'static str)>,
    /// Names that Describe lists and the caller may not read: their batches are aborted.
    pub listed_only: Vec<&'static str>,
    /// Objects whose deleted rows cannot be exported.
    pub undeletable: Vec<Object>,
    /// Every other file has a column that nobody asked for.
    pub extra_column: bool,
    /// Files hold `True` and `False`.
    pub capital_booleans: bool,
    /// Decimals have nine digits behind the point instead of those that matter.
    pub trailing_zeros: bool,
    /// Lines end with CR and LF.
    pub carriage_returns: bool,
    /// Rejections come without `errorCode`, as they often do.
    pub codeless: bool,
    /// How far the tenant's zone is ahead of UTC, in seconds. Literals without a zone and days are meant in it.
    pub zone_seconds: i32,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self {
            job_time: Duration::from_millis(20),
            time_limit: Duration::from_secs(3 * 3_600),
            concurrent_jobs: 50,
            fold_case: false,
            empty_is_null: false,
            unexported: vec![
                (Object::Account, "TaxExemptStatus"),
                (Object::Invoice, "Reversed"),
            ],
            listed_only: vec!["AccountingPeriod"],
            undeletable: Vec::new(),
            extra_column: true,
            capital_booleans: false,
            trailing_zeros: false,
            carriage_returns: false,
            codeless: false,
            zone_seconds: -8 * 3_600,
        }
    }
}

impl ExportOptions {
    /// Whether the export refuses a field that Describe lists.
    pub(in crate::zuora) fn hides(&self, object: Object, name: &str) -> bool {
        self.unexported
            .iter()
            .any(|(of, field)| *of == object && field.eq_ignore_ascii_case(name))
    }
}
