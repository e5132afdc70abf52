//! A statement as it was written. It refuses to know which fields exist.

use std::fmt;

/// A field, perhaps of a related object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) object: Option<String>,
    pub(super) field: String,
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.object {
            Some(object) => write!(f, "{object}.{}", self.field),
            None => f.write_str(&self.field),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Count,
    Sum,
    Min,
    Max,
    Average,
}

impl Function {
    pub(super) fn named(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "count" => Self::Count,
            "sum" => Self::Sum,
            "min" => Self::Min,
            "max" => Self::Max,
            "avg" => Self::Average,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Sum => "Sum",
            Self::Min => "Min",
            Self::Max => "Max",
            Self::Average => "Avg",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// `*` or `Object.*`
    All(Option<String>),
    Field(Path, Option<String>),
    /// `None` is `count(*)`.
    Aggregate(Function, Option<Path>, Option<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    Unequal,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operand {
    Text(String),
    Number(String),
    Boolean(bool),
    Field(Path),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Compare(Path, Operator, Operand),
    Null { path: Path, negated: bool },
    Like(Path, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit {
    pub(super) offset: u64,
    pub(super) count: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) items: Vec<Item>,
    pub(super) source: String,
    pub(super) condition: Option<Condition>,
    pub(super) group: Vec<Path>,
    /// True is descending.
    pub(super) order: Vec<(Path, bool)>,
    pub(super) limit: Option<Limit>,
}
