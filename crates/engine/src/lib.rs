//! The embeddable SQL engine over SaaS APIs: SQL in, the fewest API calls, Arrow out.
//!
//! # Opening
//!
//! An [`Engine`] holds connections and a DataFusion session. A connection is an account with its properties, the same that the
//! command takes; opening sends nothing.
//!
//! ```
//! use zuzen_engine::Engine;
//!
//! # fn main() -> Result<(), zuzen_engine::Error> {
//! let engine = Engine::builder()
//!     .connection("desk", "URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=secret")
//!     .connection("billing", "Connector=Zuora;Tenant=EUProduction;OAuthClientId=id;OAuthClientSecret=secret")
//!     .build()?;
//! assert_eq!(engine.connections().len(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! Connections that people have set up in `zuzen.toml` or in variables are read with [`config`]; [`property`] declares every
//! property. Other settings of a session are methods of [`EngineBuilder`].
//!
//! # Asking
//!
//! | to | use |
//! | --- | --- |
//! | run one statement and take its rows as they arrive | [`Engine::stream`] |
//! | have it as a DataFusion `DataFrame`, to go on with | [`Engine::sql`] |
//! | run a script | [`Engine::statements`], then [`Engine::run`] for each |
//! | watch it while it runs | [`Engine::start`], which gives a [`Running`] with a [`Progress`] |
//! | stop it | drop its stream: requests stop, jobs at the vendor's are cancelled |
//! | know what it will send | `EXPLAIN` before the statement; what was sent is in `system.requests` |
//!
//! Rows are the same whether anything was pushed to the API or not, and a statement that fails fails as a whole: a stream that ends
//! without an error had every row.
//!
//! # Failing
//!
//! There is one [`Error`], with a [`Kind`] that callers can act on, the things it is about, and a hint at the next step. Errors of
//! streams are DataFusion's and turn into it with `Error::from`. Secrets are in none of them.
//!
//! # In another session
//!
//! [`Engine::schema`] gives a connection's tables to a `SessionContext` of yours, where they stand beside Parquet files and whatever
//! else it has: filters, limits and keys of joins go to the API from there, too. Not all of the SQL front end goes along: procedures,
//! lenient names and `GETDELETED` are the engine's own.
//!
//! # Tables of your own
//!
//! [`EngineBuilder::tables`] takes a folder of table files, the same that the built-in tables are written in.
//!
//! # Ending
//!
//! [`Engine::settle`] before the process ends: it lets a renewal of a token under way finish, whose refresh token would be lost
//! otherwise.
//!
//! # Looking at an account
//!
//! [`Connection::test`] signs in and says who that is; [`doctor`] examines the way to an account, [`access`] which tables can be
//! read there.
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
// For the benches alone: nobody else is promised anything about it.
#[doc(hidden)]
pub mod decode;
pub mod doctor;
mod doubles;
mod engine;
mod error;
pub mod files;
mod filter;
mod keys;
mod lenient;
mod misfit;
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
mod unknown;
mod views;
mod wording;
mod zone;

pub use catalog::CATALOG;
pub use connection::{Connection, Tables};
pub use datafusion::common::ScalarValue;
pub use engine::{Engine, EngineBuilder};
pub use error::{Error, Kind};
pub use parameters::{Outline, Parameters};
pub use price::Price;
pub use procedure::may_hold_secret;
pub use progress::{Progress, Running};
pub use statement::Statement;
pub use zuzen_rest::Identity;
pub use zuzen_rest::sign_in::{Browser, Settled, SignIn, SignInRequest};
pub use zuzen_rest::store::MemoryStores;

/// The generated reference of all tables of a connector, as Markdown.
pub use zuzen_connectors::reference;
