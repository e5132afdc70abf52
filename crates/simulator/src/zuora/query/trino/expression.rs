//! The part of Trino's grammar that expressions are, brought into one shape: what has a syntax of its own becomes a call or a
//! CASE, a literal with a type becomes a call that the planner reads. It refuses operators and functions of others.

use std::ops::ControlFlow;

use chrono::DateTime;
use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator as Op, CaseWhen, CastKind, CeilFloorKind, DataType, DateTimeField,
    DuplicateTreatment, ExactNumberInfo, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentList, FunctionArguments, Ident, ObjectName, ObjectNamePart, Spanned as _,
    TimezoneInfo, TrimWhereField, TypedString, UnaryOperator, Value, WindowType,
};

use super::cell::{local, zone};
use super::functions::{AGGREGATES, WINDOWS, is_known};
use super::grammar::{Flow, Grammar, alien, number, order, take};
use super::literal::Literal;
use super::statement::{Session, line};

const OPERATORS: &[Op] = &[
    Op::Plus,
    Op::Minus,
    Op::Multiply,
    Op::Divide,
    Op::Modulo,
    Op::Gt,
    Op::Lt,
    Op::GtEq,
    Op::LtEq,
    Op::Eq,
    Op::NotEq,
    Op::And,
    Op::Or,
    Op::StringConcat,
];

fn done() -> Flow {
    ControlFlow::Continue(())
}

fn text(value: &str) -> Expr {
    Expr::value(Value::SingleQuotedString(value.to_owned()))
}

fn call(name: &str, args: Vec<Expr>) -> Expr {
    let args = args
        .into_iter()
        .map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)));
    Expr::Function(Function {
        name: ObjectName(vec![ObjectNamePart::Identifier(Ident::with_quote(
            '"', name,
        ))]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: args.collect(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

fn case(conditions: Vec<(Expr, Expr)>, otherwise: Option<Expr>) -> Expr {
    Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: conditions
            .into_iter()
            .map(|(condition, result)| CaseWhen { condition, result })
            .collect(),
        else_result: otherwise.map(Box::new),
    }
}

fn null() -> Expr {
    Expr::value(Value::Null)
}

/// The expression itself, leaving NULL behind.
fn moved(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, null())
}

/// A type of CAST in the words of the planner; beside it the length that text is cut to.
fn target(kind: &DataType) -> Option<(DataType, Option<u64>)> {
    use datafusion::sql::sqlparser::ast::CharacterLength;
    let plain = |kind| Some((kind, None));
    match kind {
        DataType::Boolean => plain(DataType::Boolean),
        DataType::TinyInt(None)
        | DataType::SmallInt(None)
        | DataType::Int(None)
        | DataType::Integer(None)
        | DataType::BigInt(None) => plain(DataType::BigInt(None)),
        DataType::Double(ExactNumberInfo::None) | DataType::DoublePrecision | DataType::Real => {
            plain(DataType::Double(ExactNumberInfo::None))
        }
        DataType::Decimal(info) => {
            let (precision, scale) = match info {
                ExactNumberInfo::None => (38, 0),
                ExactNumberInfo::Precision(precision) => (*precision, 0),
                ExactNumberInfo::PrecisionAndScale(precision, scale) => (*precision, *scale),
            };
            ((1..=38).contains(&precision) && (0..=precision as i64).contains(&scale)).then_some((
                DataType::Decimal(ExactNumberInfo::PrecisionAndScale(precision, scale)),
                None,
            ))
        }
        DataType::Varchar(None) => plain(DataType::Varchar(None)),
        DataType::Varchar(Some(CharacterLength::IntegerLength { length, unit: None })) => {
            Some((DataType::Varchar(None), Some(*length)))
        }
        DataType::Date => plain(DataType::Date),
        DataType::Timestamp(digits, zone) => {
            let digits = digits.unwrap_or(3);
            let zone = match zone {
                TimezoneInfo::WithTimeZone => TimezoneInfo::WithTimeZone,
                TimezoneInfo::None | TimezoneInfo::WithoutTimeZone => TimezoneInfo::None,
                TimezoneInfo::Tz => return None,
            };
            [0, 3, 6, 9]
                .contains(&digits)
                .then_some((DataType::Timestamp(Some(digits), zone), None))
        }
        _ => None,
    }
}

/// The field of EXTRACT is a function of the same name.
fn extracted(field: &DateTimeField) -> Option<&'static str> {
    Some(match field {
        DateTimeField::Year => "year",
        DateTimeField::Quarter => "quarter",
        DateTimeField::Month => "month",
        DateTimeField::Week(None) => "week",
        DateTimeField::Day => "day",
        DateTimeField::Dow | DateTimeField::DayOfWeek => "day_of_week",
        DateTimeField::Doy | DateTimeField::DayOfYear => "day_of_year",
        DateTimeField::Hour => "hour",
        DateTimeField::Minute => "minute",
        DateTimeField::Second => "second",
        DateTimeField::Custom(name) => match name.value.to_ascii_uppercase().as_str() {
            "DAY_OF_MONTH" => "day_of_month",
            "DAY_OF_WEEK" => "day_of_week",
            "DAY_OF_YEAR" => "day_of_year",
            "YEAR_OF_WEEK" | "YOW" => "year_of_week",
            _ => return None,
        },
        _ => return None,
    })
}

/// What the clock says, as a literal.
fn clock(name: &str, session: &Session) -> Expr {
    let moment = DateTime::from_timestamp_millis(session.now_millis).unwrap_or_default();
    match name {
        "current_date" => {
            let zone = zone(&session.time_zone).ok();
            let date = local(session.now_millis * 1_000, zone.as_ref()).date();
            call("$literal", vec![text("date"), text(&date.to_string())])
        }
        _ => {
            let moment = format!("{} UTC", moment.format("%Y-%m-%d %H:%M:%S%.3f"));
            let literal = call("$literal", vec![text("timestamp"), text(&moment)]);
            call("at_timezone", vec![literal, text(&session.time_zone)])
        }
    }
}

fn arguments(function: &mut Function) -> Vec<Expr> {
    let FunctionArguments::List(list) = &mut function.args else {
        return Vec::new();
    };
    let args = list.args.drain(..).filter_map(|arg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    });
    args.collect()
}

fn function_name(function: &Function) -> Option<(String, &Ident)> {
    match function.name.0.as_slice() {
        [part] => part
            .as_ident()
            .map(|ident| (ident.value.to_lowercase(), ident)),
        _ => None,
    }
}

impl Grammar<'_> {
    /// Whether an expression is one of Trino's; its parts are looked at by themselves.
    pub(super) fn check(&self, expr: &mut Expr) -> Flow {
        let place = expr.span().start;
        let fine = match expr {
            Expr::Identifier(ident) => return take(ident),
            Expr::CompoundIdentifier(names) => {
                if names.len() > 4 {
                    return alien(place, ".");
                }
                // Catalog and schema say nothing that the table does not.
                names.drain(..names.len().saturating_sub(2));
                return names.iter_mut().try_for_each(take);
            }
            Expr::Value(value) => match &value.value {
                Value::Number(digits, false) => {
                    if !digits.contains(['.', 'e', 'E']) && digits.parse::<i64>().is_err() {
                        return ControlFlow::Break(format!(
                            "{}: Invalid numeric literal: {digits}",
                            line(place)
                        ));
                    }
                    true
                }
                Value::SingleQuotedString(_)
                | Value::UnicodeStringLiteral(_)
                | Value::Boolean(_)
                | Value::Null => true,
                _ => false,
            },
            Expr::TypedString(TypedString {
                data_type,
                uses_odbc_syntax: false,
                value,
            }) => {
                matches!(value.value, Value::SingleQuotedString(_))
                    && matches!(
                        data_type,
                        DataType::Date
                            | DataType::Decimal(ExactNumberInfo::None)
                            | DataType::Timestamp(None, TimezoneInfo::None)
                    )
            }
            Expr::BinaryOp { op, .. } => OPERATORS.contains(op),
            Expr::UnaryOp { op, .. } => {
                matches!(
                    op,
                    UnaryOperator::Plus | UnaryOperator::Minus | UnaryOperator::Not
                )
            }
            Expr::Like { any, .. } => !*any,
            Expr::InList { list, .. } => !list.is_empty(),
            Expr::Cast {
                kind,
                data_type,
                format: None,
                array: false,
                ..
            } => {
                if target(data_type).is_none() {
                    return ControlFlow::Break(format!(
                        "{}: Unknown type: {data_type}",
                        line(place)
                    ));
                }
                matches!(kind, CastKind::Cast | CastKind::TryCast)
            }
            Expr::Extract { field, .. } => {
                if extracted(field).is_none() {
                    return ControlFlow::Break(format!(
                        "{}: Invalid EXTRACT field: {field}",
                        line(place)
                    ));
                }
                true
            }
            Expr::Ceil { field, .. } | Expr::Floor { field, .. } => {
                matches!(
                    field,
                    CeilFloorKind::DateTimeField(DateTimeField::NoDateTime)
                )
            }
            Expr::Substring { substring_from, .. } => substring_from.is_some(),
            Expr::Trim {
                trim_characters, ..
            } => trim_characters.is_none(),
            Expr::Interval(interval) => {
                interval.last_field.is_none()
                    && interval.leading_precision.is_none()
                    && matches!(&*interval.value, Expr::Value(value) if matches!(value.value, Value::SingleQuotedString(_)))
                    && matches!(
                        interval.leading_field,
                        Some(
                            DateTimeField::Year
                                | DateTimeField::Month
                                | DateTimeField::Day
                                | DateTimeField::Hour
                                | DateTimeField::Minute
                                | DateTimeField::Second
                        )
                    )
            }
            Expr::Function(function) => return self.function(function),
            Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsDistinctFrom(..)
            | Expr::IsNotDistinctFrom(..)
            | Expr::InSubquery { .. }
            | Expr::Between { .. }
            | Expr::AtTimeZone { .. }
            | Expr::Position { .. }
            | Expr::Nested(_)
            | Expr::Case { .. }
            | Expr::Exists { .. }
            | Expr::Subquery(_)
            | Expr::GroupingSets(_)
            | Expr::Cube(_)
            | Expr::Rollup(_) => true,
            _ => false,
        };
        if fine {
            done()
        } else {
            alien(place, &expr.to_string())
        }
    }

    fn function(&self, function: &mut Function) -> Flow {
        let place = function.name.span().start;
        let Some((name, _)) = function_name(function) else {
            return ControlFlow::Break(format!(
                "{}: Function '{}' not registered",
                line(place),
                function.name
            ));
        };
        let clock = ["current_date", "current_timestamp", "now"].contains(&name.as_str());
        if !clock && !is_known(&name) {
            return ControlFlow::Break(format!(
                "{}: Function '{name}' not registered",
                line(place)
            ));
        }
        let aggregate = AGGREGATES.contains(&name.as_str());
        let window = WINDOWS.contains(&name.as_str());
        let odd = function.uses_odbc_syntax
            || !matches!(function.parameters, FunctionArguments::None)
            || !function.within_group.is_empty()
            || (function.null_treatment.is_some() && !window)
            || (function.filter.is_some() && !aggregate)
            || (function.over.is_some() && !aggregate && !window);
        if odd {
            return alien(place, &name);
        }
        if window && function.over.is_none() {
            return ControlFlow::Break(format!(
                "{}: Window function {name} requires an OVER clause",
                line(place)
            ));
        }
        match &function.args {
            FunctionArguments::List(list) => {
                let distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
                if !list.clauses.is_empty() || (distinct && !aggregate) {
                    return alien(place, "DISTINCT");
                }
                for arg in &list.args {
                    match arg {
                        FunctionArg::Unnamed(FunctionArgExpr::Expr(_)) => {}
                        FunctionArg::Unnamed(FunctionArgExpr::Wildcard)
                            if name == "count" && !distinct => {}
                        _ => return alien(place, "*"),
                    }
                }
                if name == "now" && !list.args.is_empty() {
                    return alien(place, "now");
                }
            }
            FunctionArguments::None
                if ["current_date", "current_timestamp"].contains(&name.as_str()) => {}
            _ => return alien(place, &name),
        }
        match &mut function.over {
            Some(WindowType::WindowSpec(window)) if window.window_name.is_none() => {
                order(&mut window.order_by)?
            }
            Some(_) => return alien(place, "OVER"),
            None => {}
        }
        function.name = ObjectName(vec![ObjectNamePart::Identifier(Ident::with_quote(
            '"', &name,
        ))]);
        done()
    }

    /// Brings an expression, whose parts have been brought already, into the one shape.
    pub(super) fn rewrite(&self, expr: &mut Expr) -> Flow {
        let place = expr.span().start;
        let new = match expr {
            Expr::Value(value) => match &value.value {
                Value::Number(digits, _) if digits.contains(['e', 'E']) => Expr::Cast {
                    kind: CastKind::Cast,
                    expr: Box::new(text(digits)),
                    data_type: DataType::Double(ExactNumberInfo::None),
                    array: false,
                    format: None,
                },
                Value::Number(digits, _) if digits.contains('.') => {
                    call("$literal", vec![text("decimal"), text(digits)])
                }
                Value::UnicodeStringLiteral(value) => text(value),
                _ => return done(),
            },
            Expr::TypedString(TypedString {
                data_type, value, ..
            }) => {
                let kind = match data_type {
                    DataType::Date => "date",
                    DataType::Timestamp(..) => "timestamp",
                    _ => "decimal",
                };
                let written = value.value.clone().into_string().unwrap_or_default();
                if let Err(complaint) = Literal::parse(kind, &written) {
                    return ControlFlow::Break(complaint.replacen("line 1:1", &line(place), 1));
                }
                call("$literal", vec![text(kind), text(&written)])
            }
            Expr::Like {
                negated,
                expr: value,
                pattern,
                escape_char,
                ..
            } => {
                let mut args = vec![moved(value), moved(pattern)];
                args.extend(escape_char.take().map(Expr::Value));
                let like = call("$like", args);
                if *negated {
                    Expr::UnaryOp {
                        op: UnaryOperator::Not,
                        expr: Box::new(like),
                    }
                } else {
                    like
                }
            }
            Expr::BinaryOp {
                left,
                op: Op::StringConcat,
                right,
            } => call("concat", vec![moved(left), moved(right)]),
            Expr::Cast {
                expr: value,
                data_type,
                ..
            } => {
                let Some((kind, length)) = target(data_type) else {
                    return done();
                };
                *data_type = kind;
                let Some(length) = length else {
                    return done();
                };
                let _ = value;
                let whole = moved(expr);
                call(
                    "substr",
                    vec![
                        whole,
                        Expr::value(number("1")),
                        Expr::value(number(&length.to_string())),
                    ],
                )
            }
            Expr::AtTimeZone {
                timestamp,
                time_zone,
            } => call("at_timezone", vec![moved(timestamp), moved(time_zone)]),
            Expr::Extract {
                field, expr: value, ..
            } => call(extracted(field).unwrap_or_default(), vec![moved(value)]),
            Expr::Ceil { expr: value, .. } => call("ceil", vec![moved(value)]),
            Expr::Floor { expr: value, .. } => call("floor", vec![moved(value)]),
            Expr::Position { expr: part, r#in } => call("strpos", vec![moved(r#in), moved(part)]),
            Expr::Substring {
                expr: value,
                substring_from,
                substring_for,
                ..
            } => {
                let mut args = vec![moved(value)];
                args.extend(substring_from.take().map(|from| *from));
                args.extend(substring_for.take().map(|length| *length));
                call("substr", args)
            }
            Expr::Trim {
                trim_where,
                trim_what,
                expr: value,
                ..
            } => {
                let name = match trim_where {
                    Some(TrimWhereField::Leading) => "ltrim",
                    Some(TrimWhereField::Trailing) => "rtrim",
                    _ => "trim",
                };
                let mut args = vec![moved(value)];
                args.extend(trim_what.take().map(|what| *what));
                call(name, args)
            }
            Expr::Function(function) => match self.form(function)? {
                Some(new) => new,
                None => return done(),
            },
            _ => return done(),
        };
        *expr = new;
        done()
    }

    /// Calls that compute only one of their arguments, and the clock.
    fn form(&self, function: &mut Function) -> ControlFlow<String, Option<Expr>> {
        let Some((name, _)) = function_name(function) else {
            return ControlFlow::Continue(None);
        };
        let place = function.name.span().start;
        let new = match name.as_str() {
            "current_date" | "current_timestamp" | "now" => clock(&name, self.session),
            "if" => {
                let mut args = arguments(function).into_iter();
                match (args.next(), args.next(), args.next(), args.next()) {
                    (Some(condition), Some(result), otherwise, None) => {
                        case(vec![(condition, result)], otherwise)
                    }
                    _ => {
                        return ControlFlow::Break(format!(
                            "{}: Invalid number of arguments for 'if' function",
                            line(place)
                        ));
                    }
                }
            }
            "coalesce" => {
                let mut args = arguments(function);
                let (Some(last), true) = (args.pop(), !args.is_empty()) else {
                    return ControlFlow::Break(format!(
                        "{}: The 'coalesce' function must have at least two arguments",
                        line(place)
                    ));
                };
                let first = args
                    .into_iter()
                    .map(|arg| (Expr::IsNotNull(Box::new(arg.clone())), arg));
                case(first.collect(), Some(last))
            }
            "nullif" => {
                let mut args = arguments(function).into_iter();
                let (Some(value), Some(other), None) = (args.next(), args.next(), args.next())
                else {
                    return ControlFlow::Break(format!(
                        "{}: Invalid number of arguments for 'nullif' function",
                        line(place)
                    ));
                };
                let same = Expr::BinaryOp {
                    left: Box::new(value.clone()),
                    op: Op::Eq,
                    right: Box::new(other),
                };
                case(vec![(same, null())], Some(value))
            }
            _ => return ControlFlow::Continue(None),
        };
        ControlFlow::Continue(Some(new))
    }
}
