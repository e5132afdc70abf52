//! The statement as it is written: which format it means, before DataFusion reads it.

use datafusion::sql::parser::{CopyToSource, DFParserBuilder, Statement as Parsed};
use datafusion::sql::sqlparser::ast::{Statement as Ast, Value};

use super::options::{FORMAT, PACKING};
use crate::error::{Error, Kind};
use crate::files::access::{LocalFiles, refuse_network};
use crate::files::format::{Format, named, packing_of};

/// Readies a COPY for the planner, which knows fewer formats and spellings.
///
/// # Errors
/// `Unsupported` where local files are not allowed and for addresses, `Sql` for an unknown format.
pub(crate) fn settle(parsed: &mut Parsed, files: LocalFiles) -> Result<(), Error> {
    let copy = match parsed {
        Parsed::Explain(explain) => return settle(&mut explain.statement, files),
        Parsed::CopyTo(copy) => copy,
        _ => return Ok(()),
    };
    files.check()?;
    refuse_network(&copy.target)?;
    if let CopyToSource::Relation(name) = &copy.source {
        // Names of tables are found in more ways by queries.
        let text = format!("SELECT * FROM {name}");
        if let Parsed::Statement(ast) = DFParserBuilder::new(text.as_str())
            .build()?
            .parse_statement()?
            && let Ast::Query(query) = *ast
        {
            copy.source = CopyToSource::Query(query);
        }
    }
    let format = match &copy.stored_as {
        Some(word) => Format::spelt(word).ok_or_else(|| {
            let reason = format!("COPY cannot write `{word}`");
            Error::new(Kind::Sql, reason).with_hint(format!("STORED AS takes {}", Format::words()))
        })?,
        None => named(&copy.target)
            .map(|(format, _)| format)
            .ok_or_else(|| {
                let reason = format!(
                    "the name {} does not tell the format of the file",
                    copy.target
                );
                let hint = format!(
                    "end it with .parquet, .csv, .json, …, or add STORED AS and one of {}",
                    Format::words()
                );
                Error::new(Kind::Sql, reason).with_hint(hint)
            })?,
    };
    let known = match format {
        Format::Parquet => "parquet",
        Format::Csv | Format::Tsv => "csv",
        Format::Json | Format::Ndjson => "json",
        Format::ArrowStream | Format::ArrowFile => "arrow",
    };
    copy.stored_as = Some(known.to_owned());
    let mut tell = |name: &str, value: &str| {
        let value = Value::SingleQuotedString(value.to_owned());
        copy.options.push((name.to_owned(), value));
    };
    tell(FORMAT, format.ending());
    if let Some(packing) = packing_of(&copy.target) {
        tell(PACKING, packing.word());
    }
    Ok(())
}
