//! Everything that is not a SQL file: the command line, the oracle, faults, the rules of the house.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

#[path = "it/access.rs"]
mod access;
#[path = "it/archive.rs"]
mod archive;
#[path = "it/chat.rs"]
mod chat;
#[path = "it/children.rs"]
mod children;
#[path = "it/conformance.rs"]
mod conformance;
#[path = "it/connections.rs"]
mod connections;
#[path = "it/custom_fields.rs"]
mod custom_fields;
#[path = "it/differential.rs"]
mod differential;
#[path = "it/discovery.rs"]
mod discovery;
#[path = "it/faults.rs"]
mod faults;
#[path = "it/formats/mod.rs"]
mod formats;
#[path = "it/guide.rs"]
mod guide;
#[path = "it/home.rs"]
mod home;
#[path = "it/house.rs"]
mod house;
#[path = "it/leaks/mod.rs"]
mod leaks;
#[path = "it/metadata.rs"]
mod metadata;
#[path = "it/names.rs"]
mod names;
#[path = "it/oracle.rs"]
mod oracle;
#[path = "it/pages/mod.rs"]
mod pages;
#[path = "it/people.rs"]
mod people;
#[path = "it/progress.rs"]
mod progress;
#[path = "it/prompt/mod.rs"]
mod prompt;
#[path = "it/pushed_fields.rs"]
mod pushed_fields;
#[path = "it/query.rs"]
mod query;
#[path = "it/render.rs"]
mod render;
#[path = "it/requirements/mod.rs"]
mod requirements;
#[path = "it/scripts.rs"]
mod scripts;
#[path = "it/sharing/mod.rs"]
mod sharing;
#[path = "it/shell.rs"]
mod shell;
#[path = "it/snapshots.rs"]
mod snapshots;
#[path = "it/stage.rs"]
mod stage;
#[path = "it/traps/mod.rs"]
mod traps;
#[path = "it/zuora/mod.rs"]
mod zuora;
