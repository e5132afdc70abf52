//! What stands in CSV and JSON.

use super::{engine, shown, write};

/// More than is read at once: the beginning of a piece may lie within quotes.
#[tokio::test]
async fn lines_in_quotes_are_no_records() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine();
    for text in [
        "say \"\"x\"\"\nC:\\Program two, b",
        "line one\nline two",
        "\r\n\"\"\r\n\\",
        "\"\"",
    ] {
        for count in [2_000, 60_000] {
            let rows: String = (0..count).map(|id| format!("{id},\"{text}\"\n")).collect();
            let csv = format!("id,t\n{rows}");
            let plain = write(folder.path(), "a.csv", csv.as_bytes());
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            std::io::Write::write_all(&mut packed, csv.as_bytes()).unwrap();
            let packed = write(folder.path(), "b.csv.gz", &packed.finish().unwrap());
            for file in [plain, packed] {
                let length = text.replace("\"\"", "\"").chars().count();
                let sql = format!(
                    "SELECT count(*), sum(id), min(length(t)), max(length(t)), arrow_typeof(max(id)) FROM '{file}'"
                );
                let sum = (0..count).sum::<i64>();
                let expected = format!("{count}|{sum}|{length}|{length}|Int64");
                assert_eq!(shown(&engine, &sql).await.unwrap(), [expected], "{text:?}");
            }
        }
    }
}

#[tokio::test]
async fn texts_with_an_offset_are_instants() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine();
    let csv = b"id,at,local,both\n1,2023-12-01T11:00:00.101+09:00,2023-12-01T11:00:00,2023-12-01T11:00:00\n\
        2,2023-12-01T02:00:00.101Z,2023-12-01 11:00:00.5,2023-12-01T11:00:00Z\n3,,,\n";
    let file = write(folder.path(), "a.csv", csv);
    let sql = format!(
        "SELECT DISTINCT arrow_typeof(at), arrow_typeof(local), arrow_typeof(both) FROM '{file}'"
    );
    assert_eq!(
        shown(&engine, &sql).await.unwrap(),
        ["Timestamp(µs, \"+00:00\")|Timestamp(µs)|Utf8"]
    );
    for zone in ["Asia/Tokyo", "UTC"] {
        shown(
            &engine,
            &format!("SET datafusion.execution.time_zone = '{zone}'"),
        )
        .await
        .unwrap();
        let sql = format!("SELECT count(DISTINCT at), count(at) FROM '{file}'");
        assert_eq!(shown(&engine, &sql).await.unwrap(), ["1|2"]);
        let copy = folder.path().join("copy.csv");
        let copy = copy.to_str().unwrap();
        let rows =
            "SELECT to_timestamp(value * 86399.25)::TIMESTAMPTZ AS at FROM generate_series(1, 500)";
        shown(&engine, &format!("COPY ({rows}) TO '{copy}'"))
            .await
            .unwrap();
        let sql = format!("SELECT count(*) FROM '{copy}' c JOIN ({rows}) q ON q.at = c.at");
        assert_eq!(shown(&engine, &sql).await.unwrap(), ["500"], "{zone}");
    }
}

#[tokio::test]
async fn what_does_not_fit_is_said_with_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine();
    let many = |first: &str, last: &str| {
        let rows = format!("{first}\n").repeat(20_000);
        format!("id,t\n{rows}{last}\n")
    };
    for (name, text, parts) in [
        (
            "open.csv",
            "a,b\n1,\"x\n2,3\n".to_owned(),
            vec!["line 2 has no end"],
        ),
        (
            "open_later.csv",
            many("1,x", "2,\"y"),
            vec!["line 20002 has no end"],
        ),
        (
            "short.csv",
            "a,b,c\n1,2\n".to_owned(),
            vec!["record 2 has 2 values, and the header 3"],
        ),
        (
            "long.csv",
            many("1,x", "2,y,z"),
            vec!["record 20002 has 3 values, and the header 2"],
        ),
        (
            "later.csv",
            many("1,x", "k'1,y"),
            vec!["`id` is 'k\\'1' in record 20002", "CREATE EXTERNAL TABLE"],
        ),
        (
            "zone.csv",
            many("2023-12-01T11:00:00Z,x", "2023-12-01T11:00:00,y"),
            vec!["`id` is '2023-12-01T11:00:00' in record 20002 without an offset"],
        ),
        (
            "kinds.ndjson",
            "{\"a\": [1]}\n{\"a\": 1}\n{\"a\": {\"b\": 1}}\n".to_owned(),
            vec!["of one kind"],
        ),
        (
            "mixed.ndjson",
            "{\"a\": \"x\"}\n{\"a\": 1}\n".to_owned(),
            vec!["whilst decoding field 'a'", "of one kind"],
        ),
        ("cut.json", "[{\"a\": 1}, {\"a\"".to_owned(), vec![]),
    ] {
        let file = write(folder.path(), name, text.as_bytes());
        let error = shown(&engine, &format!("SELECT * FROM '{file}'"))
            .await
            .unwrap_err();
        assert!(error.message().contains(name), "{name}: {error}");
        assert!(error.hint().is_some(), "{name}: {error}");
        for part in parts {
            assert!(error.to_string().contains(part), "{name}: {error}");
        }
    }
}

#[tokio::test]
async fn columns_of_one_name_get_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a.csv", b"a,a,b c,SELECT\n1,2,3,4\n");
    let sql = format!("SELECT a, a_2, \"b c\", \"SELECT\" FROM '{file}'");
    assert_eq!(shown(&engine(), &sql).await.unwrap(), ["1|2|3|4"]);
}
