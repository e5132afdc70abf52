//! The bytes of each format, read again by another reader where there is one.

use std::io::{Cursor, Read as _};

use arrow::array::{
    ArrayRef, AsArray as _, Int64Array, ListBuilder, StringArray, StringBuilder,
    TimestampMicrosecondArray,
};
use arrow::datatypes::Int64Type;
use arrow::ipc::reader::{FileReader, StreamReader};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;

const ALL: [Format; 7] = [
    Format::Csv,
    Format::Tsv,
    Format::Json,
    Format::Ndjson,
    Format::ArrowStream,
    Format::ArrowFile,
    Format::Parquet,
];

fn rows() -> RecordBatch {
    let mut tags = ListBuilder::new(StringBuilder::new());
    tags.append_value([Some("vip"), Some("say \"hi\"")]);
    tags.append_null();
    let names = StringArray::from(vec![Some("a,\"b\"\t\n<日本>"), None]);
    let instants = TimestampMicrosecondArray::from(vec![Some(1_795_305_600_000_000), None]);
    RecordBatch::try_from_iter(vec![
        (
            "id",
            Arc::new(Int64Array::from(vec![9_007_199_254_740_993, 2])) as ArrayRef,
        ),
        ("name", Arc::new(names) as ArrayRef),
        ("tags", Arc::new(tags.finish()) as ArrayRef),
        ("at", Arc::new(instants.with_timezone("+00:00")) as ArrayRef),
    ])
    .unwrap()
}

fn written(
    format: Format,
    schema: &SchemaRef,
    batches: &[RecordBatch],
    settings: &Settings,
) -> Vec<u8> {
    let mut encoder = Encoder::with(format, schema, settings).unwrap();
    let mut bytes = Vec::new();
    for batch in batches {
        bytes.extend(encoder.encode(batch).unwrap());
    }
    bytes.extend(encoder.finish().unwrap());
    bytes
}

fn tokyo() -> Settings {
    Settings::usual(&Zone::new(Some("Asia/Tokyo")))
}

#[test]
fn texts_hold_every_value() {
    let batch = rows();
    for (format, text) in [
        (
            Format::Csv,
            "id,name,tags,at\n9007199254740993,\"a,\"\"b\"\"\t\n<日本>\",\"[\"\"vip\"\",\"\"say \\\"\"hi\\\"\"\"\"]\",\
             2026-11-22T09:00:00+09:00\n2,,,\n",
        ),
        (
            Format::Tsv,
            "id\tname\ttags\tat\n9007199254740993\t\"a,\"\"b\"\"\t\n<日本>\"\t\"[\"\"vip\"\",\"\"say \\\"\"hi\\\"\"\"\"]\"\t\
             2026-11-22T09:00:00+09:00\n2\t\t\t\n",
        ),
        (
            Format::Ndjson,
            "{\"id\":9007199254740993,\"name\":\"a,\\\"b\\\"\\t\\n<日本>\",\"tags\":[\"vip\",\"say \\\"hi\\\"\"],\
             \"at\":\"2026-11-22T09:00:00+09:00\"}\n{\"id\":2,\"name\":null,\"tags\":null,\"at\":null}\n",
        ),
        (
            Format::Json,
            "[{\"id\":9007199254740993,\"name\":\"a,\\\"b\\\"\\t\\n<日本>\",\"tags\":[\"vip\",\"say \\\"hi\\\"\"],\
             \"at\":\"2026-11-22T09:00:00+09:00\"},{\"id\":2,\"name\":null,\"tags\":null,\"at\":null}]\n",
        ),
    ] {
        // However the rows are cut into batches.
        let halves = [batch.slice(0, 1), batch.slice(1, 1)];
        for batches in [&halves[..], std::slice::from_ref(&batch)] {
            let bytes = written(format, &batch.schema(), batches, &tokyo());
            assert_eq!(String::from_utf8(bytes).unwrap(), text, "{format:?}");
        }
    }
}

#[test]
fn binary_formats_are_read_as_they_were() {
    let batch = rows();
    let halves = [batch.slice(0, 1), batch.slice(1, 1)];
    let whole =
        |read: Vec<RecordBatch>| arrow::compute::concat_batches(&batch.schema(), &read).unwrap();
    let bytes = written(Format::ArrowStream, &batch.schema(), &halves, &tokyo());
    let read = StreamReader::try_new(Cursor::new(bytes), None).unwrap();
    assert_eq!(whole(read.map(Result::unwrap).collect()), batch);
    let bytes = written(Format::ArrowFile, &batch.schema(), &halves, &tokyo());
    let read = FileReader::try_new(Cursor::new(bytes), None).unwrap();
    assert_eq!(whole(read.map(Result::unwrap).collect()), batch);
    let bytes = written(Format::Parquet, &batch.schema(), &halves, &tokyo());
    let read = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
    assert_eq!(
        whole(read.build().unwrap().map(Result::unwrap).collect()),
        batch
    );
}

#[test]
fn no_rows_have_a_shape_too() {
    let schema = rows().schema();
    for format in ALL {
        let bytes = written(format, &schema, &[], &tokyo());
        let text = match format {
            Format::Csv => "id,name,tags,at\n",
            Format::Tsv => "id\tname\ttags\tat\n",
            Format::Json => "[]\n",
            Format::Ndjson => "",
            Format::ArrowStream => {
                let read = StreamReader::try_new(Cursor::new(bytes), None).unwrap();
                assert_eq!(read.schema(), schema);
                continue;
            }
            Format::ArrowFile => {
                let read = FileReader::try_new(Cursor::new(bytes), None).unwrap();
                assert_eq!(read.schema(), schema);
                continue;
            }
            Format::Parquet => {
                let read = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes));
                assert_eq!(*read.unwrap().schema(), schema);
                continue;
            }
        };
        assert_eq!(String::from_utf8(bytes).unwrap(), text, "{format:?}");
    }
}

#[test]
fn columns_of_one_name_stay_apart() {
    let number = |number| Arc::new(Int64Array::from(vec![number])) as ArrayRef;
    let batch = RecordBatch::try_from_iter(vec![
        ("id", number(1)),
        ("id", number(2)),
        ("id_2", number(3)),
        ("id", number(4)),
    ])
    .unwrap();
    let bytes = written(
        Format::Ndjson,
        &batch.schema(),
        std::slice::from_ref(&batch),
        &tokyo(),
    );
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        "{\"id\":1,\"id_2\":2,\"id_2_2\":3,\"id_3\":4}\n"
    );
    let bytes = written(
        Format::Parquet,
        &batch.schema(),
        std::slice::from_ref(&batch),
        &tokyo(),
    );
    let read = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
    let names: Vec<String> = read
        .schema()
        .fields()
        .iter()
        .map(|it| it.name().clone())
        .collect();
    assert_eq!(names, ["id", "id_2", "id_2_2", "id_3"]);
    let read = read.build().unwrap().next().unwrap().unwrap();
    assert_eq!(read.column(3).as_primitive::<Int64Type>().value(0), 4);
}

#[test]
fn packed_text_is_the_text() {
    let batch = rows();
    let plain = written(
        Format::Csv,
        &batch.schema(),
        std::slice::from_ref(&batch),
        &tokyo(),
    );
    for packing in [Packing::Gzip, Packing::Zstd] {
        let settings = Settings {
            packing: Some(packing),
            ..tokyo()
        };
        let packed = written(
            Format::Csv,
            &batch.schema(),
            std::slice::from_ref(&batch),
            &settings,
        );
        let mut read = Vec::new();
        match packing {
            Packing::Gzip => flate2::read::GzDecoder::new(&packed[..])
                .read_to_end(&mut read)
                .unwrap(),
            _ => zstd::Decoder::new(&packed[..])
                .unwrap()
                .read_to_end(&mut read)
                .unwrap(),
        };
        assert_eq!(read, plain);
    }
}

/// A row group that waits for a million rows would hold them all in memory.
#[test]
fn parquet_leaves_in_pieces() {
    // Nothing that compresses away.
    let mut seed = 1_u64;
    let mut word = move || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        format!("{:016x}", seed ^ (seed >> 29))
    };
    let mut texts = move || {
        let texts = (0..2_000).map(|_| (0..40).map(|_| word()).collect::<String>());
        let texts = Arc::new(StringArray::from_iter_values(texts)) as ArrayRef;
        RecordBatch::try_from_iter([("text", texts)]).unwrap()
    };
    let mut encoder = Encoder::new(Format::Parquet, &texts().schema(), &Zone::new(None)).unwrap();
    let left = (0..80).map(|_| encoder.encode(&texts()).unwrap().len());
    assert!(left.max().unwrap() > 1 << 20);
    encoder.finish().unwrap();
}
