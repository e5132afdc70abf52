//! The embeddable SQL engine: session, catalog, scan operator, JSON to Arrow.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod decode;
