//! CSV whose quoted texts may hold anything. DataFusion reads it; to find out the columns it cuts files into lines, for which it
//! takes a backslash before a quote for an escape, as CSV does not. Here files are cut between records.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::Statistics;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::physical_plan::{FileScanConfig, FileSource};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::{DataFusionError, Result};
use datafusion::object_store::{ObjectMeta, ObjectStore, ObjectStoreExt as _};
use datafusion::physical_plan::ExecutionPlan;
use futures::stream::{BoxStream, StreamExt as _, TryStreamExt as _, unfold};

/// DataFusion's format, but for how it looks at files first.
#[derive(Debug)]
pub(super) struct Csv {
    format: CsvFormat,
    packed: FileCompressionType,
    /// Rows that the types of columns are told by.
    telling: usize,
}

impl Csv {
    pub(super) fn new(format: CsvFormat, packed: FileCompressionType, telling: usize) -> Self {
        Self {
            format: format.with_file_compression_type(packed),
            packed,
            telling,
        }
    }
}

#[async_trait]
impl FileFormat for Csv {
    fn get_ext(&self) -> String {
        self.format.get_ext()
    }

    fn get_ext_with_compression(&self, packed: &FileCompressionType) -> Result<String> {
        self.format.get_ext_with_compression(packed)
    }

    fn compression_type(&self) -> Option<FileCompressionType> {
        self.format.compression_type()
    }

    async fn infer_schema(
        &self,
        state: &dyn Session,
        store: &Arc<dyn ObjectStore>,
        objects: &[ObjectMeta],
    ) -> Result<SchemaRef> {
        let mut schemas = Vec::new();
        let mut left = self.telling;
        for object in objects {
            let bytes = store.get(&object.location).await?.into_stream();
            let bytes = self
                .packed
                .convert_stream(bytes.map_err(DataFusionError::from).boxed())?;
            let records = whole_records(bytes, self.format.delimiter());
            let told = self.format.infer_schema_from_stream(state, left, records);
            let (schema, read) = told.await?;
            schemas.push(schema);
            left = left.saturating_sub(read);
            if left == 0 {
                break;
            }
        }
        Ok(Arc::new(Schema::try_merge(schemas)?))
    }

    async fn infer_stats(
        &self,
        state: &dyn Session,
        store: &Arc<dyn ObjectStore>,
        schema: SchemaRef,
        object: &ObjectMeta,
    ) -> Result<Statistics> {
        self.format.infer_stats(state, store, schema, object).await
    }

    async fn create_physical_plan(
        &self,
        state: &dyn Session,
        scan: FileScanConfig,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.format.create_physical_plan(state, scan).await
    }

    fn file_source(&self, schema: TableSchema) -> Arc<dyn FileSource> {
        self.format.file_source(schema)
    }
}

/// The same bytes in pieces that end where records do.
fn whole_records(
    bytes: BoxStream<'static, Result<Bytes>>,
    delimiter: u8,
) -> BoxStream<'static, Result<Bytes>> {
    let begin = (Some(bytes), Cutter::new(delimiter));
    unfold(begin, |(bytes, mut cutter)| async move {
        let mut bytes = bytes?;
        loop {
            match bytes.next().await {
                Some(Ok(piece)) => {
                    if let Some(records) = cutter.cut(&piece) {
                        return Some((Ok(records), (Some(bytes), cutter)));
                    }
                }
                Some(Err(error)) => return Some((Err(error), (None, cutter))),
                None => {
                    let rest = std::mem::take(&mut cutter.rest);
                    return (!rest.is_empty()).then(|| (Ok(rest.into()), (None, cutter)));
                }
            }
        }
    })
    .boxed()
}

/// Where a byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// Before the first byte of a value, where alone a quote begins a quoted one.
    Begin,
    Plain,
    Quoted,
    /// Behind a quote in a quoted value: another one makes both a quote.
    Closing,
}

/// Cuts bytes between records.
struct Cutter {
    delimiter: u8,
    inside: Inside,
    /// The beginning of a record.
    rest: Vec<u8>,
}

impl Cutter {
    fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            inside: Inside::Begin,
            rest: Vec::new(),
        }
    }

    /// The records that end in this piece; `None` if none does.
    fn cut(&mut self, piece: &[u8]) -> Option<Bytes> {
        let mut end = None;
        for (place, byte) in piece.iter().enumerate() {
            self.inside = match (self.inside, *byte) {
                (Inside::Begin | Inside::Closing, b'"') => Inside::Quoted,
                (Inside::Quoted, b'"') => Inside::Closing,
                (Inside::Quoted, _) => Inside::Quoted,
                (_, b'\n') => {
                    end = Some(place + 1);
                    Inside::Begin
                }
                (_, byte) if byte == self.delimiter => Inside::Begin,
                _ => Inside::Plain,
            };
        }
        let (whole, rest) = piece.split_at(end.unwrap_or_default());
        let begun = std::mem::take(&mut self.rest);
        if end.is_none() {
            self.rest = begun;
            self.rest.extend_from_slice(rest);
            return None;
        }
        self.rest.extend_from_slice(rest);
        Some([begun.as_slice(), whole].concat().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_where_records_do() {
        for (text, records) in [
            ("a,b\n1,2\n", vec!["a,b\n", "1,2\n"]),
            ("a\n\"x\ny\"\n", vec!["a\n", "\"x\ny\"\n"]),
            // A backslash is a letter.
            ("a,\"\\\"\nb,\"\"\n", vec!["a,\"\\\"\n", "b,\"\"\n"]),
            (
                "\"say \"\"x\n\"\"\",1\n2",
                vec!["\"say \"\"x\n\"\"\",1\n", "2"],
            ),
            // So is a quote within a value that has not begun with one.
            ("5\" wide,\"\n\"\n6\n", vec!["5\" wide,\"\n\"\n", "6\n"]),
        ] {
            let mut cutter = Cutter::new(b',');
            let mut cut: Vec<Bytes> = text
                .as_bytes()
                .iter()
                .filter_map(|byte| cutter.cut(&[*byte]))
                .collect();
            if !cutter.rest.is_empty() {
                cut.push(cutter.rest.into());
            }
            assert_eq!(cut, records, "{text}");
        }
        let mut cutter = Cutter::new(b';');
        assert_eq!(cutter.cut(b"a;b\nc;\""), Some(Bytes::from("a;b\n")));
        assert_eq!(cutter.cut(b"\n"), None);
        assert_eq!(cutter.cut(b"\"\nd"), Some(Bytes::from("c;\"\n\"\n")));
        assert_eq!(cutter.rest, b"d");
    }
}
