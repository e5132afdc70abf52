//! JSON in columns: `JSON_EXTRACT(json, path)`, `JSON_COUNT`, `JSON_SUM`, `JSON_AVG`, `JSON_MIN`, `JSON_MAX`.
//!
//! NULL and an empty text hold nothing, so the answer is NULL. A text that is no JSON is an error, and so are numbers asked
//! of what is no number: rows are not to be lost in silence.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Float64Builder, Int64Builder, StringBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use serde_json::Value;
use serde_json_path::JsonPath;

use super::path::compile;
use crate::error::{Error, Kind};

/// What is asked of the nodes that a path finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Question {
    Extract,
    Count,
    Sum,
    Average,
    Least,
    Most,
}

/// The functions over JSON.
pub(super) fn functions() -> [ScalarUDF; 6] {
    [
        ("json_extract", Question::Extract),
        ("json_count", Question::Count),
        ("json_sum", Question::Sum),
        ("json_avg", Question::Average),
        ("json_min", Question::Least),
        ("json_max", Question::Most),
    ]
    .map(|(name, question)| {
        let signature = Signature::user_defined(Volatility::Immutable);
        ScalarUDF::from(Json {
            name,
            question,
            signature,
        })
    })
}

#[derive(Debug)]
struct Json {
    name: &'static str,
    question: Question,
    signature: Signature,
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.question == other.question
    }
}

impl Eq for Json {}

impl Hash for Json {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.question.hash(state);
    }
}

impl Json {
    fn failed(&self, reason: &str) -> DataFusionError {
        Error::new(Kind::Sql, format!("{}: {reason}", self.name.to_uppercase()))
            .with_hint("JSON_EXTRACT(column, '$.name'), JSON_COUNT(column, '$[x]'); [x] stands for all of an array")
            .into_datafusion()
    }
}

impl ScalarUDFImpl for Json {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types {
            [DataType::List(_) | DataType::Utf8, DataType::Utf8] => {}
            [_, _] => {
                return Err(
                    self.failed("it reads text that is JSON, and lists of texts or whole numbers")
                );
            }
            _ => {
                let reason = format!("it takes 2 arguments, JSON and a path, not {}", types.len());
                return Err(self.failed(&reason));
            }
        }
        Ok(match self.question {
            Question::Extract => DataType::Utf8,
            Question::Count => DataType::Int64,
            _ => DataType::Float64,
        })
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        // What does not fit stays as it is, and is refused where that can have a hint.
        let coerced = |given: &DataType| match given {
            DataType::List(item) if item.data_type().is_string() => {
                DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true)))
            }
            DataType::List(item) if item.data_type().is_integer() => {
                DataType::List(Arc::new(Field::new_list_field(DataType::Int64, true)))
            }
            DataType::List(_) | DataType::Struct(_) | DataType::Map(..) => DataType::Null,
            _ => DataType::Utf8,
        };
        Ok(types.iter().map(coerced).collect())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_one = args
            .args
            .iter()
            .all(|value| matches!(value, ColumnarValue::Scalar(_)));
        let columns = ColumnarValue::values_to_arrays(&args.args)?;
        let [json, paths] = columns.as_slice() else {
            return Err(self.failed("it takes JSON and a path"));
        };
        let paths = paths.as_string::<i32>();
        let mut compiled: HashMap<&str, JsonPath> = HashMap::new();
        let mut out = Out::new(self.question);
        for row in 0..json.len() {
            if paths.is_null(row) {
                out.push(None);
                continue;
            }
            let written = paths.value(row);
            if !compiled.contains_key(written) {
                let path = compile(written).map_err(|reason| self.failed(&reason))?;
                compiled.insert(written, path);
            }
            let document = document(json, row).map_err(|reason| self.failed(&reason))?;
            let answer = match (document, compiled.get(written)) {
                (Some(document), Some(path)) => {
                    let nodes = path.query(&document).all();
                    answer(self.question, &nodes).map_err(|reason| self.failed(&reason))?
                }
                _ => None,
            };
            out.push(answer);
        }
        let column = out.finish();
        match is_one && column.len() == 1 {
            true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(
                &column, 0,
            )?)),
            false => Ok(ColumnarValue::Array(column)),
        }
    }
}

/// What a row holds; none for NULL and for nothing.
fn document(column: &ArrayRef, row: usize) -> Result<Option<Value>, String> {
    if column.is_null(row) {
        return Ok(None);
    }
    if let Some(lists) = column.as_list_opt::<i32>() {
        return Ok(Some(list(&lists.value(row))));
    }
    let text = column.as_string::<i32>().value(row);
    if text.trim().is_empty() {
        return Ok(None);
    }
    serde_json::from_str(text)
        .map(Some)
        .map_err(|error| format!("a text is no JSON: {error}"))
}

fn list(items: &ArrayRef) -> Value {
    let items = (0..items.len()).map(|place| {
        if items.is_null(place) {
            Value::Null
        } else if let Some(texts) = items.as_string_opt::<i32>() {
            Value::from(texts.value(place))
        } else if let Some(numbers) = items.as_primitive_opt::<Int64Type>() {
            Value::from(numbers.value(place))
        } else {
            Value::Null
        }
    });
    Value::Array(items.collect())
}

enum Answer {
    Text(String),
    Count(usize),
    Number(f64),
}

fn answer(question: Question, nodes: &[&Value]) -> Result<Option<Answer>, String> {
    match question {
        Question::Count => return Ok(Some(Answer::Count(nodes.len()))),
        Question::Extract => {
            let texts = nodes.iter().filter_map(|node| match node {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            });
            let texts: Vec<String> = texts.collect();
            return Ok((!texts.is_empty()).then(|| Answer::Text(texts.join(","))));
        }
        _ => {}
    }
    let mut numbers = Vec::with_capacity(nodes.len());
    for node in nodes {
        match number(node) {
            Ok(Some(number)) => numbers.push(number),
            Ok(None) => {}
            Err(reason) => return Err(reason),
        }
    }
    let Some(first) = numbers.first().copied() else {
        return Ok(None);
    };
    let rest = numbers.iter().copied().skip(1);
    #[expect(clippy::cast_precision_loss, reason = "no array has that many items")]
    let count = numbers.len() as f64;
    Ok(Some(Answer::Number(match question {
        Question::Least => rest.fold(first, f64::min),
        Question::Most => rest.fold(first, f64::max),
        Question::Average => rest.fold(first, |sum, number| sum + number) / count,
        _ => rest.fold(first, |sum, number| sum + number),
    })))
}

/// A number, or a text that is one; the API writes amounts either way.
fn number(node: &Value) -> Result<Option<f64>, String> {
    match node {
        Value::Null => Ok(None),
        Value::Number(number) => Ok(number.as_f64()),
        Value::String(text) => match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err("a text among the values is no number".to_owned()),
        },
        Value::Bool(_) => Err("a truth value is no number".to_owned()),
        Value::Array(_) => {
            Err("the path finds an array; end it with [x] for what is in it".to_owned())
        }
        Value::Object(_) => Err("the path finds an object, which is no number".to_owned()),
    }
}

enum Out {
    Text(StringBuilder),
    Count(Int64Builder),
    Number(Float64Builder),
}

impl Out {
    fn new(question: Question) -> Self {
        match question {
            Question::Extract => Self::Text(StringBuilder::new()),
            Question::Count => Self::Count(Int64Builder::new()),
            _ => Self::Number(Float64Builder::new()),
        }
    }

    fn push(&mut self, answer: Option<Answer>) {
        match (self, answer) {
            (Self::Text(out), Some(Answer::Text(text))) => out.append_value(text),
            (Self::Count(out), Some(Answer::Count(count))) => {
                out.append_option(i64::try_from(count).ok())
            }
            (Self::Number(out), Some(Answer::Number(number))) => out.append_value(number),
            (Self::Text(out), _) => out.append_null(),
            (Self::Count(out), _) => out.append_null(),
            (Self::Number(out), _) => out.append_null(),
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Text(mut out) => Arc::new(out.finish()),
            Self::Count(mut out) => Arc::new(out.finish()),
            Self::Number(mut out) => Arc::new(out.finish()),
        }
    }
}
