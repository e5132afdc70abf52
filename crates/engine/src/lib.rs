//! The embeddable SQL engine over SaaS APIs: SQL in, the fewest API calls, Arrow out.
//!
//! [`Engine`] holds connections and a DataFusion session; [`Engine::sql`] plans a statement, [`Engine::stream`] runs
//! it. [`ConnectionSchema`] registers a connection's tables in somebody else's `SessionContext`.
#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod access;
mod catalog;
mod catalogue;
mod child;
mod chosen;
mod compatibility;
pub mod config;
mod connection;
mod connection_string;
pub mod decode;
pub mod doctor;
mod engine;
mod error;
mod filter;
mod keys;
mod lenient;
mod opening;
mod options;
mod parameters;
mod planner;
mod price;
mod procedure;
pub mod progress;
pub mod property;
mod pseudo;
mod remote;
mod rules;
mod scan;
mod session;
mod show;
mod statement;
mod system;
mod table;
mod views;
mod zone;

pub use catalog::{CATALOG, ConnectionSchema};
pub use connection::{Connection, Tables};
pub use datafusion::common::ScalarValue;
pub use engine::{Engine, EngineBuilder};
pub use error::{Error, Kind};
pub use parameters::{Outline, Parameters};
pub use price::Price;
pub use procedure::may_hold_secret;
pub use progress::{Progress, Running};
pub use statement::Statement;
pub use table::{ApiTable, RAW};
pub use zuzen_rest::Identity;
pub use zuzen_rest::sign_in;
pub use zuzen_rest::store::MemoryStores;

/// The generated reference of all tables of a connector, as Markdown.
pub use zuzen_connectors::reference;
