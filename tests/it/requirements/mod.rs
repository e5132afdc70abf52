//! The rows of the requirements, a test each, named after its row.

mod properties;
mod tenant;
mod zuora;
mod zuora_clients;
