//! The one public error: what failed, why, and the next step.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use zuzen_plan::read::PlanError;

use crate::wording::{shown, unsupported, worded};

/// What kind of failure it is; callers act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The statement is wrong: syntax, names, types.
    Sql,
    /// A setting or a connection property is wrong.
    Config,
    /// Signing in failed.
    Auth,
    /// The caller's role or plan does not allow it.
    Permission,
    /// The address does not exist.
    NotFound,
    /// The API's rate limit would make the statement wait too long.
    RateLimited,
    /// The API failed or refused.
    Remote,
    /// The API could not be reached.
    Network,
    /// The answer does not fit the table.
    Decode,
    /// The statement would exceed its budget.
    TooExpensive,
    /// It cannot be done here.
    Unsupported,
    /// A fault of zuzen.
    Internal,
}

/// A failure.
#[derive(Clone)]
pub struct Error {
    inner: Arc<Inner>,
}

struct Inner {
    kind: Kind,
    message: String,
    context: Vec<(&'static str, String)>,
    hint: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of this kind.
    #[must_use]
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        let inner = Inner {
            kind,
            message: message.into(),
            context: Vec::new(),
            hint: None,
            source: None,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    fn change(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::try_unwrap(self.inner).unwrap_or_else(|shared| Inner {
            kind: shared.kind,
            message: shared.message.clone(),
            context: shared.context.clone(),
            hint: shared.hint.clone(),
            source: None,
        });
        change(&mut inner);
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Adds the next step.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        self.change(|inner| inner.hint = Some(hint.into()))
    }

    /// Adds what it happened with.
    #[must_use]
    pub fn with_context(self, name: &'static str, value: impl Into<String>) -> Self {
        self.change(|inner| inner.context.push((name, value.into())))
    }

    /// Adds the cause.
    #[must_use]
    pub(crate) fn with_source(
        self,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        self.change(|inner| inner.source = Some(Box::new(source)))
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.inner.kind
    }

    /// What failed.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.inner.message
    }

    /// What it happened with, as name and value.
    #[must_use]
    pub fn context(&self) -> &[(&'static str, String)] {
        &self.inner.context
    }

    /// The next step.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.inner.hint.as_deref()
    }

    pub(crate) fn into_datafusion(self) -> DataFusionError {
        DataFusionError::External(Box::new(self))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.inner.message)?;
        for (name, value) in &self.inner.context {
            write!(out, "\n  {name}: {value}")?;
        }
        if let Some(hint) = &self.inner.hint {
            write!(out, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}: {self}", self.inner.kind)?;
        if let Some(source) = &self.inner.source {
            write!(out, "\ncaused by: {source}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.inner
            .source
            .as_ref()
            .map(|source| source.as_ref() as _)
    }
}

impl From<PlanError> for Error {
    fn from(error: PlanError) -> Self {
        let kind = match &error {
            PlanError::NoRead { .. } if error.is_refusal() => Kind::Permission,
            PlanError::NoRead { .. } => Kind::Unsupported,
            PlanError::TooManyRequests { .. } => Kind::TooExpensive,
        };
        let hint = error.hint();
        Self::new(kind, error.to_string()).with_hint(hint)
    }
}

impl From<DataFusionError> for Error {
    /// Finds our own error inside, or words DataFusion's.
    fn from(error: DataFusionError) -> Self {
        if let Some(own) = own(&error) {
            return own.clone();
        }
        let root = error.find_root();
        if let Some(worded) = in_our_words(root) {
            return worded;
        }
        match root {
            DataFusionError::SQL(parser, _) => {
                Self::new(Kind::Sql, format!("the statement cannot be read: {parser}"))
            }
            DataFusionError::SchemaError(schema, _) => schema_error(schema),
            DataFusionError::Plan(message) => refused(first_line(&likeliest(message))),
            DataFusionError::Execution(message) => refused(first_line(message)),
            DataFusionError::NotImplemented(message) => {
                Self::new(Kind::Unsupported, first_line(message))
            }
            DataFusionError::ResourcesExhausted(message) => {
                Self::new(Kind::TooExpensive, first_line(message))
                    .with_hint("raise MemoryLimit, or ask for fewer rows or columns")
            }
            DataFusionError::Configuration(message) => Self::new(Kind::Config, first_line(message)),
            DataFusionError::Internal(message) => Self::new(Kind::Internal, first_line(message))
                .with_hint("this is a fault of zuzen; please report the statement"),
            DataFusionError::ArrowError(arrow, _) => arrow_error(arrow),
            other => Self::new(Kind::Sql, first_line(&other.strip_backtrace())),
        }
    }
}

/// What DataFusion's planner says, by the table of `wording`.
fn in_our_words(error: &DataFusionError) -> Option<Error> {
    use datafusion::common::SchemaError;
    let message = match error {
        DataFusionError::Plan(message)
        | DataFusionError::Execution(message)
        | DataFusionError::NotImplemented(message)
        | DataFusionError::Configuration(message) => likeliest(message),
        DataFusionError::SchemaError(schema, _) => match schema.as_ref() {
            SchemaError::FieldNotFound { .. } => return None,
            other => other.to_string(),
        },
        _ => return None,
    };
    let message = message.lines().next().unwrap_or_default();
    worded(message).or_else(|| unsupported(message))
}

/// Of the ways to call a function that all do not fit, the one that takes as many arguments; one type of many that it takes.
fn likeliest(message: &str) -> String {
    const SIGNATURES: &str = "failed to match any signature, errors: ";
    if let Some((_, reasons)) = message.split_once(SIGNATURES) {
        let first = reasons.split(".,").next().unwrap_or(reasons);
        return first.trim_end_matches('.').to_owned();
    }
    let mut ways = message.split(",Error during planning: ");
    let first = ways.next().unwrap_or_default();
    match first.contains(" arguments but received ") {
        true => ways.next().unwrap_or(first).to_owned(),
        false => message.to_owned(),
    }
}

/// What Arrow could not compute: mostly text that was compared with something else.
fn arrow_error(error: &ArrowError) -> Error {
    match error {
        ArrowError::CastError(message) | ArrowError::ParseError(message) => {
            Error::new(Kind::Sql, first_line(message)).with_hint(
                "compare text with '5', a number with 5, a day with '2026-01-31'; TRY_CAST gives NULL for what does not fit",
            )
        }
        other => refused(first_line(&other.to_string())),
    }
}

/// What cannot be computed, with what to do instead where that is known.
fn refused(message: String) -> Error {
    const TYPES: &str = "DESCRIBE shows the types of a table's columns; CAST(… AS …) changes one";
    const WAYS: [(&str, &str); 8] = [
        ("Cannot infer common", TYPES),
        ("Cannot coerce", TYPES),
        ("LIMIT", "LIMIT and OFFSET take a whole number from 0 on"),
        ("Divide by zero", "NULLIF(divisor, 0) gives NULL instead"),
        (
            "field position",
            "places count from 1, and from the end with -1",
        ),
        (
            "Unicode scalar value",
            "letters have numbers from 1 to 1114111",
        ),
        (
            "value '",
            "months go from 1 to 12, days from 1 to the last of the month",
        ),
        (
            "verflow",
            "the result is beyond what its type holds; ask for less, or CAST(… AS DOUBLE) first",
        ),
    ];
    let way = WAYS.iter().find(|(part, _)| message.contains(part));
    let error = Error::new(Kind::Sql, message);
    match way {
        Some((_, hint)) => error.with_hint(*hint),
        None => error,
    }
}

fn own(error: &DataFusionError) -> Option<&Error> {
    match error {
        DataFusionError::External(inner) => match inner.downcast_ref::<Error>() {
            Some(own) => Some(own),
            None => own(inner.downcast_ref::<DataFusionError>()?),
        },
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => own(inner),
        DataFusionError::Shared(inner) => own(inner),
        DataFusionError::ArrowError(inner, _) => match inner.as_ref() {
            ArrowError::ExternalError(inner) => match inner.downcast_ref::<Error>() {
                Some(own) => Some(own),
                None => own(inner.downcast_ref::<DataFusionError>()?),
            },
            _ => None,
        },
        DataFusionError::Collection(all) => all.iter().find_map(own),
        _ => None,
    }
}

fn schema_error(error: &datafusion::common::SchemaError) -> Error {
    use datafusion::common::SchemaError;
    match error {
        SchemaError::FieldNotFound {
            field,
            valid_fields,
        } => {
            let names: Vec<&str> = valid_fields
                .iter()
                .map(|column| column.name.as_str())
                .collect();
            let near = zuzen_plan::nearest::nearest(&field.name, names.iter().copied());
            let hint = match near {
                // Another field's id is close to any id, and never what is meant.
                _ if is_field_by_id(&field.name) => {
                    "the account has no field of this id (any more); what rows still hold of it is in custom_fields, and in tickets_custom_fields"
                        .to_owned()
                }
                Some(name) => format!("did you mean `{name}`?"),
                None if names.is_empty() => "name a table in FROM".to_owned(),
                None => {
                    let shown: Vec<&str> = names.iter().copied().take(12).collect();
                    let more = if names.len() > shown.len() {
                        ", …"
                    } else {
                        ""
                    };
                    format!("columns here: {}{more}", shown.join(", "))
                }
            };
            Error::new(
                Kind::Sql,
                format!("there is no column `{}`", field.flat_name()),
            )
            .with_hint(hint)
        }
        other => Error::new(Kind::Sql, other.to_string()),
    }
}

/// Whether a name is `custom_field_<id>`.
fn is_field_by_id(name: &str) -> bool {
    let id = name.strip_prefix("custom_field_");
    id.is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Messages of the engine below may drag a backtrace along, and what is inside it.
fn first_line(message: &str) -> String {
    shown(message.lines().next().unwrap_or_default())
}

impl From<zuzen_rest::Error> for Error {
    fn from(error: zuzen_rest::Error) -> Self {
        use zuzen_rest::Error as Rest;
        let kind = match &error {
            Rest::Settings { .. } | Rest::Store { .. } => Kind::Config,
            Rest::Auth { .. } | Rest::SignIn { .. } => Kind::Auth,
            Rest::Forbidden { .. } => Kind::Permission,
            Rest::UnknownAccount { .. } | Rest::NotFound { .. } => Kind::NotFound,
            Rest::Limited { .. } => Kind::RateLimited,
            Rest::Network { .. } | Rest::Storage { .. } => Kind::Network,
            Rest::Budget { .. } => Kind::TooExpensive,
            Rest::Capped { .. }
            | Rest::Invalid { .. }
            | Rest::Server { .. }
            | Rest::Redirect { .. }
            | Rest::Page { .. }
            | Rest::Answer { .. } => Kind::Remote,
        };
        let mut own = Self::new(kind, error.to_string());
        if let Some(number) = error.at().and_then(|at| at.request_id.as_deref()) {
            own = own.with_context("request", number);
        }
        match error.hint() {
            Some(hint) => own.with_hint(hint),
            None => own,
        }
    }
}

impl From<crate::decode::DecodeError> for Error {
    fn from(error: crate::decode::DecodeError) -> Self {
        let hint = error.hint();
        Self::new(Kind::Decode, error.to_string()).with_hint(hint)
    }
}
