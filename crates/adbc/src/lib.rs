//! The ADBC driver of zuzen: a shared library that every language can load.
//!
//! Driver managers find it by its functions in C ([`abi`]); Rust programs may use [`Driver`] with the traits of `adbc_core`.
//! It translates: options into the engine's properties, the engine's errors into statuses, streams into blocking readers.
//! What SQL means and what is sent is the engine's business.
#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod abi;
mod answer;
mod bound;
mod connection;
mod driver;
mod failure;
mod info;
mod kinds;
mod metadata;
mod objects;
mod opening;
mod option;
mod pattern;
mod provider;
mod rows;
mod runtime;
mod session;
mod sessions;
mod statement;
mod statistics;
mod tables;
mod work;

pub use connection::Connection;
pub use driver::{Database, Driver};
pub use statement::Statement;
