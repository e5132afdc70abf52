//! What the driver tells of itself.

use std::collections::HashSet;
use std::sync::Arc;

use adbc_core::constants::ADBC_VERSION_1_1_0;
use adbc_core::options::InfoCode;
use adbc_core::schemas::GET_INFO_SCHEMA;
use arrow::array::{
    Array, ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, UInt32Array, UnionArray,
    new_empty_array,
};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use crate::connection::Reader;
use crate::tables::one;

/// The name that the product goes by.
const NAME: &str = "zuzen";

const VERSION: &str = env!("CARGO_PKG_VERSION");

enum Value {
    Text(&'static str),
    Flag(bool),
    Number(i64),
}

/// What is known, by code. Codes without a value here are left out, as the specification wants it.
fn known() -> [(InfoCode, Value); 9] {
    [
        (InfoCode::VendorName, Value::Text(NAME)),
        (InfoCode::VendorVersion, Value::Text(VERSION)),
        (
            InfoCode::VendorArrowVersion,
            Value::Text(arrow::ARROW_VERSION),
        ),
        (InfoCode::VendorSql, Value::Flag(true)),
        (InfoCode::VendorSubstrait, Value::Flag(false)),
        (InfoCode::DriverName, Value::Text("ADBC driver of zuzen")),
        (InfoCode::DriverVersion, Value::Text(VERSION)),
        (
            InfoCode::DriverArrowVersion,
            Value::Text(arrow::ARROW_VERSION),
        ),
        (
            InfoCode::DriverAdbcVersion,
            Value::Number(ADBC_VERSION_1_1_0 as i64),
        ),
    ]
}

/// A row for each code that is asked for and known; all of them if none is named.
///
/// # Errors
/// If Arrow refuses the rows.
pub(crate) fn info(codes: Option<&HashSet<InfoCode>>) -> Result<Reader, ArrowError> {
    let (mut names, mut kinds, mut places) = (Vec::new(), Vec::new(), Vec::new());
    let (mut texts, mut flags, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    for (code, value) in known() {
        if codes.is_some_and(|wanted| !wanted.contains(&code)) {
            continue;
        }
        names.push(u32::from(&code));
        let (kind, place) = match value {
            Value::Text(text) => {
                texts.push(text);
                (0, texts.len())
            }
            Value::Flag(flag) => {
                flags.push(flag);
                (1, flags.len())
            }
            Value::Number(number) => {
                numbers.push(number);
                (2, numbers.len())
            }
        };
        kinds.push(kind);
        places.push(i32::try_from(place - 1).unwrap_or_default());
    }
    let DataType::Union(fields, _) = GET_INFO_SCHEMA.field(1).data_type().clone() else {
        return Err(ArrowError::SchemaError(
            "the schema of get_info has changed".to_owned(),
        ));
    };
    let mut children: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(texts)),
        Arc::new(BooleanArray::from(flags)),
        Arc::new(Int64Array::from(numbers)),
    ];
    let rest = fields.iter().skip(children.len());
    children.extend(rest.map(|(_, field)| new_empty_array(field.data_type())));
    let values = UnionArray::try_new(fields, kinds.into(), Some(places.into()), children)?;
    let values: Arc<dyn Array> = Arc::new(values);
    one(RecordBatch::try_new(
        Arc::clone(&GET_INFO_SCHEMA),
        vec![Arc::new(UInt32Array::from(names)), values],
    )?)
}
