//! What the right answers are, by looking at every row. It refuses to be fast: it is what tests compare with.

use std::collections::BTreeMap;

use super::{Object, Tenant, Value};

impl Tenant {
    /// The number of rows that are not deleted.
    #[must_use]
    pub fn live_count(&self, object: Object) -> u32 {
        (0..self.count(object))
            .filter(|index| !self.is_deleted(object, *index))
            .count() as u32
    }

    /// The sum of a decimal column over the rows that are not deleted, in millionths, for each value of another column.
    /// Empty when either column does not exist.
    #[must_use]
    pub fn sums(&self, object: Object, by: &str, decimal: &str) -> BTreeMap<Value, i128> {
        let mut sums = BTreeMap::new();
        if let (Some(by), Some(decimal)) = (object.column(by), object.column(decimal)) {
            for row in self.rows(object).filter(|row| !row.is_deleted()) {
                if let Some(amount) = decimal.read(&row).millionths() {
                    *sums.entry(by.read(&row)).or_default() += amount;
                }
            }
        }
        sums
    }
}
