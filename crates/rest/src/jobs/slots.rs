//! How many jobs this process has at the vendor's at once.
//!
//! A slot is held from the submit until the job has ended there, and not while its file is read: two jobs that wait
//! for each other's rows could otherwise wait for ever. What other processes use is not known; the vendor refuses.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zuzen_plan::job::Service;

use crate::log::Purpose;

/// Jobs that planning waits for. They are small, and must get through while others wait.
const FOR_METADATA: usize = 4;

/// How many jobs of each service may be submitted and unfinished at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobSlots {
    /// For Data Query.
    pub data_query: usize,
    /// For exports.
    pub exports: usize,
}

impl Default for JobSlots {
    fn default() -> Self {
        Self {
            data_query: 5,
            exports: 50,
        }
    }
}

/// The slots of a connection.
#[derive(Debug)]
pub(super) struct Slots {
    data_query: Arc<Semaphore>,
    exports: Arc<Semaphore>,
    metadata: Arc<Semaphore>,
}

impl Slots {
    pub(super) fn new(slots: JobSlots) -> Self {
        let of = |places: usize| Arc::new(Semaphore::new(places.max(1)));
        Self {
            data_query: of(slots.data_query),
            exports: of(slots.exports),
            metadata: of(FOR_METADATA),
        }
    }

    /// Waits for a slot.
    pub(super) async fn take(
        &self,
        service: Service,
        purpose: Purpose,
    ) -> Option<OwnedSemaphorePermit> {
        let slots = match (purpose, service) {
            (Purpose::Metadata, _) => &self.metadata,
            (_, Service::DataQuery) => &self.data_query,
            (_, Service::Export) => &self.exports,
        };
        // Nobody closes these semaphores.
        Arc::clone(slots).acquire_owned().await.ok()
    }
}
