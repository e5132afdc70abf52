//! The rows of the requirements, a test each, named after its row.

mod properties;
