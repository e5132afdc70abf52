//! `system.procedures`, `system.procedure_parameters`: what can be called, and how.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use datafusion::common::Result;

use crate::procedure::{Holds, Procedures, Required};

fn texts(values: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

/// A row for each procedure of each connection.
pub(super) fn procedures(procedures: &Procedures) -> Result<RecordBatch> {
    let all = procedures.targets();
    let connection = all.iter().map(|it| Some(it.connection.name().to_owned()));
    let name = all.iter().map(|it| Some(it.procedure.name.to_owned()));
    let about = all.iter().map(|it| Some(it.procedure.about.to_owned()));
    let call = all.iter().map(|it| Some(it.example()));
    Ok(RecordBatch::try_from_iter([
        ("connection", texts(connection)),
        ("procedure", texts(name)),
        ("about", texts(about)),
        ("call", texts(call)),
    ])?)
}

/// Something that goes into a procedure or comes out of it.
struct Parameter {
    connection: String,
    procedure: &'static str,
    ordinal: i64,
    name: &'static str,
    direction: &'static str,
    kind: &'static str,
    allowed: Option<String>,
    required: bool,
    default: Option<&'static str>,
    sensitive: bool,
    about: String,
}

/// A row for each parameter and each result column, in the order of positional arguments and of the answer.
pub(super) fn parameters(procedures: &Procedures) -> Result<RecordBatch> {
    let mut all: Vec<Parameter> = Vec::new();
    for target in procedures.targets() {
        let (procedure, connection) = (target.procedure, target.connection.name());
        for (parameter, ordinal) in procedure.parameters.iter().zip(1..) {
            let condition = match parameter.required {
                Required::With(other, word) => format!(" Required with {other} {word}."),
                Required::Never | Required::Always => String::new(),
            };
            all.push(Parameter {
                connection: connection.to_owned(),
                procedure: procedure.name,
                ordinal,
                name: parameter.name,
                direction: "in",
                kind: parameter.holds.word(),
                allowed: match parameter.holds {
                    Holds::Word(words) => Some(words.join(", ")),
                    _ => None,
                },
                required: parameter.required == Required::Always,
                default: parameter.default,
                sensitive: parameter.is_secret(),
                about: format!("{}{condition}", parameter.about),
            });
        }
        for (result, ordinal) in procedure.results.iter().zip(1..) {
            all.push(Parameter {
                connection: connection.to_owned(),
                procedure: procedure.name,
                ordinal,
                name: result.name,
                direction: "out",
                kind: result.holds.word(),
                allowed: None,
                required: false,
                default: None,
                sensitive: result.sensitive,
                about: result.about.to_owned(),
            });
        }
    }
    let text = |pick: &dyn Fn(&Parameter) -> Option<String>| texts(all.iter().map(pick));
    let flag = |pick: &dyn Fn(&Parameter) -> bool| -> ArrayRef {
        Arc::new(
            all.iter()
                .map(|it| Some(pick(it)))
                .collect::<BooleanArray>(),
        )
    };
    let ordinals: Int64Array = all.iter().map(|it| Some(it.ordinal)).collect();
    Ok(RecordBatch::try_from_iter([
        ("connection", text(&|it| Some(it.connection.clone()))),
        ("procedure", text(&|it| Some(it.procedure.to_owned()))),
        ("parameter", text(&|it| Some(it.name.to_owned()))),
        ("direction", text(&|it| Some(it.direction.to_owned()))),
        ("ordinal", Arc::new(ordinals) as ArrayRef),
        ("type", text(&|it| Some(it.kind.to_owned()))),
        ("allowed_values", text(&|it| it.allowed.clone())),
        ("required", flag(&|it| it.required)),
        ("default", text(&|it| it.default.map(str::to_owned))),
        ("sensitive", flag(&|it| it.sensitive)),
        ("about", text(&|it| Some(it.about.clone()))),
    ])?)
}
