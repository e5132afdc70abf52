//! `UseIncrementalAPI`: reads that the connection's property takes out of the choice.
//!
//! It never makes a table incomplete: all reads of a table hold the same rows, so leaving some out changes what is sent, or
//! leaves none, which is an error that names the property.

use crate::candidate::lacking;
use crate::read::Reason;
use crate::scan::{Exports, Known, Scan};
use crate::table::{PageStyle, Read, Source, Table};

/// Why the property leaves a read out, if it does.
pub(super) fn excluded(
    read: &Read,
    table: &Table,
    scan: &Scan,
    known: &Known<'_>,
) -> Option<Reason> {
    match known.exports {
        Exports::Auto => None,
        Exports::Never => {
            let others = table.reads.iter().any(|other| !is_export(other));
            (is_export(read) && others).then_some(Reason::Setting("False"))
        }
        Exports::Always => {
            // What lists just the rows asked for holds archived ones too, and exports take no keys.
            let is_free = is_export(read) || is_keyed(read);
            let serves = |other: &Read| is_export(other) && lacking(other, table, scan).is_ok();
            (!is_free && table.reads.iter().any(serves)).then_some(Reason::Setting("True"))
        }
    }
}

fn is_export(read: &Read) -> bool {
    matches!(
        read.pages,
        PageStyle::Export | PageStyle::TimeExport | PageStyle::IdExport
    )
}

/// Whether it lists just the rows of given keys.
fn is_keyed(read: &Read) -> bool {
    let required = |source: &Source| matches!(source, Source::Bound(bound) if bound.required);
    read.get.placeholders().next().is_some()
        || read
            .query
            .iter()
            .any(|parameter| required(&parameter.source))
}
