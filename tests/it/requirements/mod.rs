//! The rows of the requirements, a test each, named after its row.

mod access;
pub(crate) mod browser;
mod commands;
mod desktop;
mod headless;
mod machine;
mod properties;
mod settings_file;
mod tenant;
mod vendor;
mod web;
mod zuora;
mod zuora_clients;
