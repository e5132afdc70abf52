//! `COPY (SELECT …) TO 'rows.parquet'`.
//!
//! Rows stream into files that get their names when all are whole: one file, or a folder of them for `PARTITIONED BY`. A
//! file that has the name is replaced, as psql and DuckDB do; a folder that is not empty is left alone.

mod job;
mod node;
mod operator;
mod options;
mod partitions;
mod statement;
#[cfg(test)]
mod tests;

pub(crate) use node::whole;
pub(crate) use operator::{CopyPlanner, Copying};
pub(crate) use statement::settle;
