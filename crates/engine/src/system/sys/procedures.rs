//! `sys_procedures`, `sys_procedureparameters`: what can be called, and what it is told. The columns of an answer are
//! those of `system.procedure_parameters`.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result;

use super::kinds::{BOOLEAN, Kind, VARCHAR};
use crate::catalog::CATALOG;
use crate::connection::Connection;
use crate::procedure::{Holds, Parameter, Procedures, Required, Target};
use crate::system::batch::Batch;

/// A parameter that is told, and not answered.
const INPUT: i32 = 1;

fn targets(connections: &[Arc<Connection>], procedures: &Procedures) -> Vec<Target> {
    let mut all = procedures.targets();
    all.retain(|target| {
        let mut asked = connections.iter();
        asked.any(|connection| connection.name() == target.connection.name())
    });
    all
}

/// A row for each procedure of each connection.
pub(super) fn procedures(
    connections: &[Arc<Connection>],
    procedures: &Procedures,
) -> Result<RecordBatch> {
    let all = targets(connections, procedures);
    Batch::of(&all)
        .text("CatalogName", |_| Some(CATALOG))
        .text("SchemaName", |it| Some(it.connection.name()))
        .text("ProcedureName", |it| Some(it.procedure.name))
        .text("Description", |it| Some(it.procedure.about))
        .text("ProcedureType", |_| Some("PROCEDURE"))
        .finish()
}

struct Row<'a> {
    target: &'a Target,
    parameter: &'a Parameter,
    ordinal: i32,
    kind: Kind,
}

/// A row for each parameter.
pub(super) fn parameters(
    connections: &[Arc<Connection>],
    procedures: &Procedures,
) -> Result<RecordBatch> {
    let targets = targets(connections, procedures);
    let mut all = Vec::new();
    for target in &targets {
        let parameters = target.procedure.parameters.iter().zip(1..);
        all.extend(parameters.map(|(parameter, ordinal)| Row {
            target,
            parameter,
            ordinal,
            kind: match parameter.holds {
                Holds::Flag => BOOLEAN,
                Holds::Text | Holds::Word(_) | Holds::Secret | Holds::Address => VARCHAR,
            },
        }));
    }
    let required = |row: &Row<'_>| row.parameter.required == Required::Always;
    Batch::of(&all)
        .text("CatalogName", |_| Some(CATALOG))
        .text("SchemaName", |row| Some(row.target.connection.name()))
        .text("ProcedureName", |row| Some(row.target.procedure.name))
        .text("ColumnName", |row| Some(row.parameter.name))
        .int("Direction", |_| Some(INPUT))
        .text("DataTypeName", |row| Some(row.kind.name))
        .int("DataType", |row| Some(row.kind.code))
        .int("NumericPrecision", |row| row.kind.precision)
        .int("Length", |row| row.kind.length)
        .int("NumericScale", |row| row.kind.scale)
        .flag("IsNullable", |row| !required(row))
        .flag("IsRequired", required)
        .flag("IsArray", |_| false)
        .text("Description", |row| Some(row.parameter.about))
        .int("Ordinal", |row| Some(row.ordinal))
        .text("Values", |row| match row.parameter.holds {
            Holds::Word(words) => Some(words.join(",")),
            _ => None,
        })
        .finish()
}
