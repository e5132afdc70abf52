//! The driver as programs meet it: through the traits of `adbc_core`, through its functions in C, and through the driver
//! managers of other languages.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod cancelling;
mod connections;
mod failures;
mod interface;
mod metadata;
mod options;
mod parameters;
mod programs;
mod stage;
mod statements;
