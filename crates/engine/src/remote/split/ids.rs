//! The ids of the rows of a table in ranges, which tell what has left already.

use std::collections::HashSet;
use std::mem::size_of;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray as _, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::common::Result;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};

/// The ids of a batch in this column, as numbers: 32 hexadecimal digits, or what they hash to.
pub(super) fn keys(batch: &RecordBatch, column: usize) -> Vec<u128> {
    let ids = batch.column(column).as_string::<i32>();
    ids.iter().flatten().map(number).collect()
}

fn number(id: &str) -> u128 {
    let digits: String = id.chars().filter(|letter| *letter != '-').collect();
    u128::from_str_radix(&digits, 16).unwrap_or_else(|_| {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, id).hash(&mut hasher);
            u128::from(hasher.finish())
        };
        half(0) << 64 | half(1)
    })
}

/// The ids that have left; they count as memory of the statement.
pub(super) struct Seen {
    ids: HashSet<u128>,
    memory: MemoryReservation,
}

impl Seen {
    pub(super) fn new(memory: &Arc<dyn MemoryPool>) -> Self {
        Self {
            ids: HashSet::new(),
            memory: MemoryConsumer::new("ids of a table in ranges").register(memory),
        }
    }

    pub(super) fn add(&mut self, ids: Vec<u128>) -> Result<()> {
        self.ids.extend(ids);
        // A byte of each place tells whether it is taken.
        self.memory
            .try_resize(self.ids.capacity() * (size_of::<u128>() + 1))
    }

    /// The rows that have not left yet.
    pub(super) fn fresh(&self, batch: &RecordBatch, column: usize) -> Result<RecordBatch> {
        let kept: BooleanArray = keys(batch, column)
            .iter()
            .map(|key| Some(!self.ids.contains(key)))
            .collect();
        Ok(filter_record_batch(batch, &kept)?)
    }
}
