//! A remote scan as EXPLAIN shows it: the statement that is sent, which service runs it and why, limits, keys, estimate.

use std::fmt;

use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan};

use super::estimate::known_excess;
use super::scan::{RemoteScan, What};
use super::service::Service;

impl DisplayAs for RemoteScan {
    fn fmt_as(&self, format: DisplayFormatType, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = self.title();
        let service = match &self.what {
            What::Table(read) => read.service,
            What::Query(_) | What::Raw(_) => Service::DataQuery,
        };
        let mut lines = self.lines();
        lines.extend(self.turns.lock().iter().cloned());
        if let DisplayFormatType::TreeRender = format {
            writeln!(out, "table={title}")?;
            return lines.iter().try_for_each(|line| writeln!(out, "{line}"));
        }
        let schema = self.schema();
        let columns: Vec<&str> = schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        write!(
            out,
            "RemoteScan: {title}, {service}, columns=[{}]",
            columns.join(", ")
        )?;
        for line in lines {
            write!(out, "\n      | {line}")?;
        }
        Ok(())
    }
}

impl RemoteScan {
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(shared) = &self.shared {
            lines.push(format!("shared: one read for {} scans", shared.readers()));
            lines.extend(shared.turns());
        }
        let caps = self.connection.caps();
        let query_limits = format!(
            "limits: {} rows out, {} rows in of each table, {} h",
            caps.output, caps.input, caps.query_hours
        );
        match &self.what {
            What::Query(read) => {
                lines.push(format!("sql: {}", read.written.text));
                if self.connection.service() == Service::Auto {
                    lines.push(format!(
                        "service: Data Query, because its result is expected to fit the cap of {} rows",
                        caps.output
                    ));
                }
                lines.push(query_limits);
                if let Some((_, why)) = known_excess(&read.plan) {
                    lines.push(format!("in ranges or table by table, because {why}"));
                }
            }
            What::Raw(read) => {
                lines.push(format!("sql: {}, as it is written", read.text));
                lines.push(query_limits);
            }
            What::Table(read) => {
                let language = match read.service {
                    Service::Export => "zoql",
                    _ => "sql",
                };
                match read.job(&[]) {
                    Ok(Some(job)) => lines.push(format!("{language}: {}", job.text)),
                    Ok(None) => lines.push("nothing: no row can match".to_owned()),
                    Err(error) => lines.push(error.message().to_owned()),
                }
                lines.push(format!("service: {}, because {}", read.service, read.why));
                lines.push(match read.service {
                    Service::Export => format!(
                        "limits: {} h, {} more attempts after that, 2047 MB",
                        caps.export_hours, caps.export_retries
                    ),
                    _ => query_limits,
                });
                if let Some((_, why)) = read.known_excess(&self.connection) {
                    lines.push(format!("in ranges of updateddate, because {why}"));
                }
            }
        }
        if let Some(keys) = &self.keys {
            lines.push(format!(
                "keys: {} IN (<keys of {}>)",
                keys.column, keys.source
            ));
        }
        let source = match &self.what {
            What::Table(read) => self.connection.rows(&read.table).1,
            What::Query(_) | What::Raw(_) => "guess",
        };
        lines.push(format!("estimate: about {} rows ({source})", self.rows()));
        lines
    }
}
