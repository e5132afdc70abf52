//! A statement to a query: every name is looked up. It refuses what the export does not know, in the vendor's words.

use super::field::Field;
use super::literal::literal;
use super::parse::parse;
use super::query::{Output, Query, Source};
use super::syntax::{Condition, Function, Item, Operand, Path, Statement};
use super::test::{Pattern, Test};
use crate::zuora::export::ExportOptions;
use crate::zuora::export::label::{heading, label};
use crate::zuora::export::relation::{is_foreign_key, relation};
use crate::zuora::{Kind, Object};

/// Fields that a query may be grouped by.
const MOST_GROUPS: usize = 5;

/// Why there is no query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::zuora::export) enum Failure {
    /// The text is wrong; the reason is the vendor's.
    Syntax(String),
    /// The data source exists and is not for this caller.
    Forbidden,
}

fn wrong(reason: impl Into<String>) -> Failure {
    Failure::Syntax(reason.into())
}

/// Reads a query. `plain` asks for names in the header instead of labels for people.
pub(in crate::zuora::export) fn resolve(
    text: &str,
    plain: bool,
    options: &ExportOptions,
) -> Result<Query, Failure> {
    let statement = parse(text).map_err(Failure::Syntax)?;
    let Some(object) = Object::of_api_name(&statement.source) else {
        let source = &statement.source;
        let listed = |name: &&&str| name.eq_ignore_ascii_case(source);
        return Err(match options.listed_only.iter().find(listed) {
            Some(_) => Failure::Forbidden,
            None => wrong(format!("There is no object named {source}.")),
        });
    };
    let resolver = Resolver {
        object,
        plain,
        options,
    };
    resolver.query(&statement)
}

/// A column that files have now and then although nobody asked for it.
pub(in crate::zuora::export) fn unasked(
    object: Object,
    plain: bool,
    options: &ExportOptions,
) -> Option<Output> {
    let resolver = Resolver {
        object,
        plain,
        options,
    };
    let column = object.column("UpdatedById")?;
    Some(resolver.output(Field::own(object, column), None))
}

struct Resolver<'a> {
    object: Object,
    plain: bool,
    options: &'a ExportOptions,
}

impl Resolver<'_> {
    fn query(&self, statement: &Statement) -> Result<Query, Failure> {
        if statement.group.len() > MOST_GROUPS {
            return Err(wrong("too many fields in the GROUP BY statement"));
        }
        let group = self.fields(&statement.group)?;
        let mut outputs = Vec::new();
        for item in &statement.items {
            self.add(item, &mut outputs)?;
        }
        let is_aggregate = |output: &Output| matches!(output.source, Source::Aggregate(..));
        let grouped = !group.is_empty() || outputs.iter().any(is_aggregate);
        let mut order = Vec::new();
        for (path, descending) in &statement.order {
            order.push((self.field(path)?, *descending));
        }
        if grouped {
            let selected = outputs.iter().filter_map(|output| match &output.source {
                Source::Field(field) => Some(field),
                _ => None,
            });
            let used: Vec<&Field> = selected
                .chain(order.iter().map(|(field, _)| field))
                .collect();
            if used.iter().any(|field| !group.contains(field)) {
                return Err(wrong(
                    "One or more columns in the SELECT statement does not appear in the GROUP BY statement.",
                ));
            }
        }
        for (at, output) in outputs.iter().enumerate() {
            let same = |other: &Output| other.heading.eq_ignore_ascii_case(&output.heading);
            if outputs[..at].iter().any(same) {
                return Err(wrong(format!(
                    "{} is selected more than once",
                    output.heading
                )));
            }
        }
        let test = statement
            .condition
            .as_ref()
            .map(|condition| self.test(condition))
            .transpose()?;
        Ok(Query {
            object: self.object,
            outputs,
            test,
            group: grouped.then_some(group),
            order,
            limit: statement.limit,
            with_deleted: false,
        })
    }

    fn add(&self, item: &Item, outputs: &mut Vec<Output>) -> Result<(), Failure> {
        match item {
            Item::All(owner) => {
                for field in self.all(owner.as_deref())? {
                    outputs.push(self.output(field, None));
                }
            }
            Item::Field(path, alias) => {
                outputs.push(self.output(self.field(path)?, alias.clone()));
            }
            Item::Aggregate(function, of, alias) => {
                let field = of.as_ref().map(|path| self.field(path)).transpose()?;
                if let Some(field) = &field {
                    check(*function, field)?;
                }
                let written = of.as_ref().map_or("*".to_owned(), ToString::to_string);
                let named = || format!("{}({written})", function.name());
                outputs.push(Output {
                    heading: alias.clone().unwrap_or_else(named),
                    source: Source::Aggregate(*function, field),
                });
            }
        }
        Ok(())
    }

    fn output(&self, field: Field, alias: Option<String>) -> Output {
        let full = format!("{}.{}", field.owner, heading(field.name));
        let ignored = alias
            .as_deref()
            .is_some_and(|alias| alias.eq_ignore_ascii_case(&full));
        let heading = match alias {
            Some(alias) if !ignored => alias,
            _ if self.plain => full,
            _ => format!("{}: {}", label(field.owner), label(field.name)),
        };
        Output {
            heading,
            source: Source::Field(field),
        }
    }

    fn all(&self, owner: Option<&str>) -> Result<Vec<Field>, Failure> {
        let own = owner.is_none_or(|owner| owner.eq_ignore_ascii_case(self.object.api_name()));
        let target = if own {
            Some(self.object)
        } else {
            let owner = owner.unwrap_or_default();
            relation(self.object, owner).and_then(|relation| relation.hops.last()?.target)
        };
        let target = target.ok_or_else(|| {
            wrong(format!(
                "There is no object named {}.",
                owner.unwrap_or("*")
            ))
        })?;
        let fields = target.columns().filter_map(|column| {
            let path = Path {
                object: owner.map(str::to_owned),
                field: column.api_name().to_owned(),
            };
            self.find(&path)
        });
        Ok(fields.collect())
    }

    fn fields(&self, paths: &[Path]) -> Result<Vec<Field>, Failure> {
        paths.iter().map(|path| self.field(path)).collect()
    }

    fn field(&self, path: &Path) -> Result<Field, Failure> {
        self.find(path)
            .ok_or_else(|| wrong(format!("There is no field named {path}.")))
    }

    fn find(&self, path: &Path) -> Option<Field> {
        let owner = path.object.as_deref().unwrap_or(self.object.api_name());
        if owner.eq_ignore_ascii_case(self.object.api_name()) {
            let column = self.object.column(&path.field)?;
            let known = !is_foreign_key(self.object, column)
                && !self.options.hides(self.object, column.api_name());
            return known.then(|| Field::own(self.object, column));
        }
        let relation = relation(self.object, owner)?;
        let mut hops = relation.hops;
        // The id of a related object is the key that leads there; nothing has to be followed to it.
        if path.field.eq_ignore_ascii_case("Id") {
            let last = hops.pop()?;
            return Some(Field {
                owner: relation.name,
                name: "Id",
                hops,
                column: last.key,
            });
        }
        let target = hops.last()?.target?;
        let column = target.column(&path.field)?;
        let known =
            !is_foreign_key(target, column) && !self.options.hides(target, column.api_name());
        known.then_some(Field {
            owner: relation.name,
            name: column.api_name(),
            hops,
            column,
        })
    }

    fn test(&self, condition: &Condition) -> Result<Test, Failure> {
        let tests = |parts: &[Condition]| -> Result<Vec<Test>, Failure> {
            parts.iter().map(|part| self.test(part)).collect()
        };
        Ok(match condition {
            Condition::All(parts) => Test::All(tests(parts)?),
            Condition::Any(parts) => Test::any(tests(parts)?),
            Condition::Not(inner) => Test::Not(Box::new(self.test(inner)?)),
            Condition::Null { path, negated } => Test::Null {
                field: self.field(path)?,
                negated: *negated,
            },
            Condition::Like(path, pattern) => {
                let field = self.field(path)?;
                let parsed = Pattern::parse(pattern, self.options.fold_case);
                match parsed {
                    Some(parsed) if field.kind() == Kind::Text => Test::Like(field, parsed),
                    _ => return Err(wrong(format!("invalid pattern for {path}: '{pattern}'"))),
                }
            }
            Condition::Compare(path, operator, Operand::Field(other)) => {
                let (left, right) = (self.field(path)?, self.field(other)?);
                let number = |kind| matches!(kind, Kind::Integer | Kind::Decimal);
                let alike =
                    left.kind() == right.kind() || number(left.kind()) && number(right.kind());
                if !alike {
                    return Err(wrong(format!("{path} cannot be compared with {other}")));
                }
                Test::CompareFields(left, *operator, right)
            }
            Condition::Compare(path, operator, operand) => {
                let field = self.field(path)?;
                let key = literal(field.kind(), operand, self.options);
                let key = key.ok_or_else(|| wrong(format!("invalid value for {path}")))?;
                Test::Compare(field, *operator, key)
            }
        })
    }
}

fn check(function: Function, field: &Field) -> Result<(), Failure> {
    let number = matches!(field.kind(), Kind::Integer | Kind::Decimal);
    match function {
        Function::Sum | Function::Average if !number => Err(wrong(format!(
            "{} needs a number and {} is none",
            function.name(),
            field.name
        ))),
        _ => Ok(()),
    }
}
