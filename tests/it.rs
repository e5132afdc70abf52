//! Everything that is not a SQL file: the command line, the oracle, faults, the house rules.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]
