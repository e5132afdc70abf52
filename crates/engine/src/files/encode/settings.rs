//! What a format may be told beyond the rows: options of `COPY`, and what holds without any.

use datafusion::common::config::{
    ConfigOptions, CsvOptions, JsonOptions, MaxRowGroupBytes, TableOptions, TableParquetOptions,
};

use crate::files::format::Packing;
use crate::files::zone::Zone;

/// Bytes of rows that a row group of Parquet gathers before it is written, so that memory stays bounded however wide rows are.
const ROW_GROUP_BYTES: usize = 8 << 20;

/// How a result is written.
#[derive(Debug, Clone)]
pub(in crate::files) struct Settings {
    pub(in crate::files) zone: Zone,
    pub(in crate::files) csv: CsvOptions,
    pub(in crate::files) json: JsonOptions,
    pub(in crate::files) parquet: TableParquetOptions,
    /// Arrow's own compression of buffers.
    pub(in crate::files) arrow: Option<arrow::ipc::CompressionType>,
    /// The file as a whole, where its format does not compress by itself.
    pub(in crate::files) packing: Option<Packing>,
    pub(in crate::files) level: Option<u32>,
}

impl Settings {
    /// Those of nobody's wishes.
    pub(in crate::files) fn usual(zone: &Zone) -> Self {
        Self::of(&table_options(&ConfigOptions::default()), zone)
    }

    pub(in crate::files) fn of(options: &TableOptions, zone: &Zone) -> Self {
        Self {
            zone: zone.clone(),
            csv: options.csv.clone(),
            json: options.json.clone(),
            parquet: options.parquet.clone(),
            arrow: None,
            packing: None,
            level: None,
        }
    }
}

/// The options of tables as a session has set them, with bounded row groups unless it bounds them itself.
pub(in crate::files) fn table_options(session: &ConfigOptions) -> TableOptions {
    let mut options = TableOptions::default_from_session_config(session);
    let bound = &mut options.parquet.global.max_row_group_bytes;
    *bound = bound
        .take()
        .or_else(|| MaxRowGroupBytes::try_new(ROW_GROUP_BYTES).ok());
    options
}
