//! Commands that show what there is: tables, connections, procedures, limits, requests. Their rows leave as those of
//! statements do.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow::error::ArrowError;
use zuzen_engine::{Connection, Error, Kind, Running};

use super::Shell;
use super::commands::nearest;
use super::names::Names;
use super::tokens::{Kind as Token, tokens};
use crate::exit::{Failure, say};

/// `\d`
pub(super) fn tables(shell: &mut Shell<'_>, argument: &str) -> Result<(), Failure> {
    if argument.is_empty() {
        return list(shell, "%");
    }
    if argument.contains(['*', '%']) {
        return list(shell, &argument.replace('*', "%"));
    }
    describe(shell, argument)
}

/// The tables of connections whose names fit, and the views of the session.
fn list(shell: &mut Shell<'_>, pattern: &str) -> Result<(), Failure> {
    let pattern = pattern.to_lowercase().replace('\'', "''");
    shell.answer(&format!(
        "SELECT connection AS schema, table_name AS \"table\", about FROM system.tables \
         WHERE table_name LIKE '{pattern}' OR connection || '.' || table_name LIKE '{pattern}' \
         UNION ALL \
         SELECT table_schema, table_name, 'A view of this session.' FROM information_schema.tables \
         WHERE table_type = 'VIEW' AND table_schema NOT IN ('system', 'information_schema') \
         AND (table_name LIKE '{pattern}' OR table_schema || '.' || table_name LIKE '{pattern}') \
         ORDER BY 1, 2"
    ))
}

/// The columns of a table.
fn describe(shell: &mut Shell<'_>, name: &str) -> Result<(), Failure> {
    let is_name = tokens(name).iter().all(|token| {
        matches!(token.kind, Token::Word | Token::Name) && !token.is_open || token.is(".")
    });
    if !is_name {
        let reason = format!("`{name}` is no name of a table");
        return Err(Error::new(Kind::Sql, reason)
            .with_hint("\\d zendesk.tickets, or \\d tick* for a list")
            .into());
    }
    // Planning finds the table as a statement would, and what is to be found out about it.
    let session = shell.session;
    let sql = format!("SELECT * FROM {name}");
    let planned = async { Running::begin(session.engine().sql(&sql).await?).await };
    let Some(planned) = shell.wait(planned) else {
        return Ok(());
    };
    let known = planned.map(|running| running.schema());
    let Some((connection, table)) = found(shell, name) else {
        let schema = known?;
        let fields = || schema.fields().iter();
        let columns = fields().map(|field| Some(field.name().clone()));
        let types = fields().map(|field| Some(field.data_type().to_string()));
        return show(
            shell,
            RecordBatch::try_from_iter([("column", texts(columns)), ("type", texts(types))]),
        );
    };
    // A table that needs a filter cannot be read as a whole, but it is known.
    if let Err(error) = known
        && error.kind() == Kind::Sql
    {
        return Err(error.into());
    }
    say(&header(&connection, &table));
    let quoted = |text: &str| text.replace('\'', "''");
    shell.answer(&format!(
        "SELECT column_name AS \"column\", type, coalesce(CASE WHEN is_key THEN 'key' ELSE \"references\" END, '') AS key, \
         coalesce(filterable, '') AS filterable, writable, about FROM system.columns \
         WHERE connection = '{}' AND table_name = '{}' ORDER BY pseudo, ordinal",
        quoted(connection.name()),
        quoted(&table)
    ))
}

/// The connection and the table that a name means.
fn found(shell: &Shell<'_>, name: &str) -> Option<(Arc<Connection>, String)> {
    let engine = shell.session.engine();
    let names = Names::of(engine, &[]);
    let tokens = tokens(name);
    let mut path: Vec<String> = tokens.iter().filter_map(|token| token.name()).collect();
    let table = path.pop()?;
    let schema = path.pop().unwrap_or_else(|| names.default_schema.clone());
    let table = names.table(Some(&schema), &table)?.name.clone();
    let mut all = engine.connections().iter();
    let connection = all.find(|it| it.name().eq_ignore_ascii_case(&schema))?;
    let declared = connection.tables().iter().any(|it| it.name == table);
    declared.then(|| (Arc::clone(connection), table))
}

fn header(connection: &Connection, name: &str) -> String {
    let tables = connection.tables();
    let table = tables.iter().find(|it| it.name == name);
    let title = format!("{}.{name}", connection.name());
    let Some(table) = table else {
        return title;
    };
    let needs = table.needs.as_ref();
    let needs = needs.map_or(String::new(), |needs| format!("\nIt takes {needs}."));
    format!("{title}: {}\n{}{needs}", table.comment(), table.rows)
        .trim_end()
        .to_owned()
}

/// `\c`
pub(super) fn connections(shell: &mut Shell<'_>, argument: &str) -> Result<(), Failure> {
    if !argument.is_empty() {
        let name = argument.trim_matches('"').replace('"', "\"\"");
        let session = shell.session;
        let used = shell.wait(session.engine().sql(&format!("USE \"{name}\"")));
        let Some(used) = used else { return Ok(()) };
        used?;
        say(&format!("tables of {argument} need no prefix now"));
        return Ok(());
    }
    let engine = shell.session.engine();
    let all = || engine.connections().iter();
    let default = Names::of(engine, &[]).default_schema;
    let counted = all().map(|it| i64::try_from(it.tables().len()).ok());
    show(
        shell,
        RecordBatch::try_from_iter([
            (
                "connection",
                texts(all().map(|it| Some(it.name().to_owned()))),
            ),
            (
                "connector",
                texts(all().map(|it| Some(it.properties().connector().to_string()))),
            ),
            ("address", texts(all().map(|it| address(it)))),
            (
                "tables",
                Arc::new(counted.collect::<Int64Array>()) as ArrayRef,
            ),
            (
                "in_use",
                Arc::new(
                    all()
                        .map(|it| Some(it.name() == default))
                        .collect::<BooleanArray>(),
                ) as ArrayRef,
            ),
        ]),
    )
}

fn address(connection: &Connection) -> Option<String> {
    let properties = connection.properties();
    let named = ["URL", "Subdomain", "Tenant"];
    named
        .iter()
        .find_map(|name| properties.get(name))
        .map(str::to_owned)
}

/// `\p`
pub(super) fn procedures(shell: &mut Shell<'_>, argument: &str) -> Result<(), Failure> {
    if argument.is_empty() {
        return shell.answer(
            "SELECT connection, procedure, about, call FROM system.procedures ORDER BY connection, procedure",
        );
    }
    let session = shell.session;
    let Some(known) = shell.wait(super::names::procedures(session.engine())) else {
        return Ok(());
    };
    let known = known?;
    let (connection, name) = match argument.rsplit_once('.') {
        Some((connection, name)) => (Some(connection), name),
        None => (None, argument),
    };
    let is_meant = |it: &&super::names::Procedure| {
        it.name.eq_ignore_ascii_case(name)
            && connection.is_none_or(|connection| it.connection.eq_ignore_ascii_case(connection))
    };
    if !known.iter().any(|it| is_meant(&it)) {
        let near = nearest(name, known.iter().map(|it| it.name.as_str()));
        let hint = match near {
            Some(near) => format!("did you mean {near}? \\p lists all"),
            None => "\\p lists all".to_owned(),
        };
        let reason = format!("there is no procedure `{argument}`");
        return Err(Error::new(Kind::Sql, reason).with_hint(hint).into());
    }
    let quoted = |text: &str| text.to_lowercase().replace('\'', "''");
    let of = connection.map_or(String::new(), |connection| {
        format!(" AND lower(connection) = '{}'", quoted(connection))
    });
    shell.answer(&format!(
        "SELECT connection, parameter, direction, type, required, allowed_values, \"default\", about \
         FROM system.procedure_parameters WHERE lower(procedure) = '{}'{of} ORDER BY connection, direction, ordinal",
        quoted(name)
    ))
}

/// `\limits`
pub(super) fn limits(shell: &mut Shell<'_>, _: &str) -> Result<(), Failure> {
    shell.answer("SELECT * FROM system.limits ORDER BY connection, family")?;
    if (shell.session.engine().connections().iter()).any(|it| has_jobs(it)) {
        shell.answer(
            "SELECT connection, service, table_name, state, queue_place, seconds FROM system.jobs \
             WHERE state NOT IN ('completed', 'failed', 'cancelled') ORDER BY connection, number",
        )?;
    }
    Ok(())
}

fn has_jobs(connection: &Connection) -> bool {
    let jobs = connection.rest().jobs().rows();
    jobs.iter().any(|job| !job.state.is_over())
}

/// `\requests`
pub(super) fn requests(shell: &mut Shell<'_>, _: &str) -> Result<(), Failure> {
    let Some((since, until)) = shell.session.last() else {
        say("no statement has run yet");
        return Ok(());
    };
    let micros = |moment: SystemTime| {
        moment
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_micros()
    };
    shell.answer(&format!(
        "SELECT connection, method || ' ' || path || CASE WHEN query = '' THEN '' ELSE '?' || query END AS request, \
         status, rows, bytes, CAST(elapsed_ms AS BIGINT) AS ms, CAST(waited_ms AS BIGINT) AS waited_ms, purpose, \
         coalesce(error, '') AS error FROM system.requests \
         WHERE sent BETWEEN to_timestamp_micros({}) AND to_timestamp_micros({}) ORDER BY sent",
        micros(since),
        micros(until)
    ))
}

fn texts(values: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

/// Shows rows that no table has.
fn show(shell: &mut Shell<'_>, batch: Result<RecordBatch, ArrowError>) -> Result<(), Failure> {
    let batch = batch.map_err(|error| Error::new(Kind::Internal, error.to_string()))?;
    let context = shell.session.engine().context();
    let running = async {
        let planned = context.read_batch(batch).map_err(Error::from)?;
        Running::begin(planned).await
    };
    match shell.wait(running) {
        Some(running) => shell.show(running?),
        None => Ok(()),
    }
}
