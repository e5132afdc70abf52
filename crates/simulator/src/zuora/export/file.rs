//! The files that results become: rows are written as they are drawn, into a compressed file where that was asked for.
//! A file is held in memory until the vendor would purge it.

use std::io;
use std::sync::atomic::AtomicBool;

use super::submit::Format;
use super::zoql::{self, Query, Style};
use super::{ExportFaults, ExportOptions};
use crate::zuora::Tenant;
use crate::zuora::sink::Sink;

/// Days after which a file is gone.
const KEPT_MILLIS: i64 = 3 * 86_400_000;

/// A result, or a segment of one.
#[derive(Debug)]
pub(super) struct File {
    pub(super) content: Vec<u8>,
    pub(super) format: Format,
    pub(super) made_millis: i64,
    pub(super) asked: bool,
    pub(super) purged: bool,
}

impl File {
    pub(super) fn is_gone(&self, now_millis: i64) -> bool {
        self.purged || now_millis - self.made_millis > KEPT_MILLIS
    }
}

/// How the files of one job are written.
#[derive(Debug)]
pub(super) struct Recipe {
    pub(super) format: Format,
    pub(super) style: Style,
    pub(super) faults: ExportFaults,
    pub(super) options: ExportOptions,
}

/// What a query became.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) rows: u64,
    pub(super) contents: Vec<Vec<u8>>,
}

impl Recipe {
    /// Runs a query into one file, or into one for each segment. There is a header in each, also when there are no rows.
    pub(super) fn write(
        &self,
        query: &Query,
        tenant: &Tenant,
        stop: &AtomicBool,
    ) -> io::Result<Written> {
        let mut written = Written::default();
        let mut writer = self.open(query)?;
        let mut in_file = 0;
        query.run(tenant, &self.options, stop, &mut |cells| {
            if self.faults.segment_rows.is_some_and(|most| in_file >= most) {
                let full = std::mem::replace(&mut writer, self.open(query)?);
                written.contents.push(close(full)?);
                in_file = 0;
            }
            in_file += 1;
            written.rows += 1;
            let mut record: Vec<String> = cells
                .iter()
                .map(|cell| zoql::write(cell, &self.style, &self.options))
                .collect();
            if self.faults.ragged_row == Some(in_file) {
                record.pop();
            }
            writer.write_record(&record).map_err(io::Error::from)
        })?;
        written.contents.push(close(writer)?);
        Ok(written)
    }

    fn open(&self, query: &Query) -> io::Result<csv::Writer<Sink>> {
        let end = if self.options.carriage_returns {
            csv::Terminator::CRLF
        } else {
            csv::Terminator::Any(b'\n')
        };
        let mut writer = csv::WriterBuilder::new()
            .flexible(true)
            .terminator(end)
            .from_writer(Sink::new(self.format == Format::Gzip));
        writer.write_record(query.outputs.iter().map(|output| &output.heading))?;
        Ok(writer)
    }
}

fn close(writer: csv::Writer<Sink>) -> io::Result<Vec<u8>> {
    let sink = writer.into_inner().map_err(|error| error.into_error())?;
    sink.finish()
}
