//! CSV: how columns are found, how fields are quoted, and what is refused.

use super::super::DecodeErrorKind;
use super::*;

fn whole(columns: &[&str], null: &str, file: &str) -> Result<Vec<String>, DecodeError> {
    let file = file.as_bytes();
    let found = decode_csv(columns, null, [file], 3).map(|(batches, _)| all_rows(&batches));
    // However the file is cut, it is the same file.
    for length in [1, 2, 3, 7] {
        let cut = decode_csv(columns, null, file.chunks(length), 3);
        let cut = cut.map(|(batches, _)| all_rows(&batches));
        assert_eq!(cut, found, "in pieces of {length}");
    }
    found
}

#[test]
fn columns_are_found_by_name() {
    let columns = ["Account.Id text", "Amount decimal(10,2)"];
    let cases: [(&str, &[&str]); 13] = [
        ("", &[]),
        ("Account.Id,Amount\n", &[]),
        ("Account.Id,Amount", &[]),
        ("Account.Id,Amount\na,1\nb,2.5\n", &["a|1.00", "b|2.50"]),
        ("Account.Id,Amount\na,1\nb,2.5", &["a|1.00", "b|2.50"]),
        (
            "Amount,Account.Id\r\n1,a\r\n2.5,b\r\n",
            &["a|1.00", "b|2.50"],
        ),
        ("Amount,Account.Id\r1,a\r2.5,b\r", &["a|1.00", "b|2.50"]),
        ("\u{feff}account.id, AMOUNT \na,1\n", &["a|1.00"]),
        (
            "\u{feff}\"account.id\",\" AMOUNT \"\n\"a\",\"1\"\n",
            &["a|1.00"],
        ),
        ("\"x,\"\"y\",amount,z,account.id,\n1,2,3,4,5\n", &["4|2.00"]),
        ("Account.Id,Amount\n\n\na,1\n\n", &["a|1.00"]),
        ("Account.Id,Amount,Other,Other\na,1,,\n", &["a|1.00"]),
        (
            "account.id,amount\n1,1\n2,2\n3,3\n4,4\n",
            &["1|1.00", "2|2.00", "3|3.00", "4|4.00"],
        ),
    ];
    for (file, wanted) in cases {
        assert_eq!(whole(&columns, "", file).unwrap(), wanted, "{file:?}");
    }
    let wide: Vec<_> = (0..300).map(|column| format!("c{column}")).collect();
    let file = format!("{0}\n{0}\n", wide.join(","));
    assert_eq!(
        whole(&["C299 text", "c0 text"], "", &file).unwrap(),
        ["c299|c0"]
    );
    assert_eq!(whole(&[], "", "a,b\n1,2\n3,4\n").unwrap(), ["", ""]);
}

#[test]
fn quotes_line_ends_and_long_fields() {
    let long = "long ".repeat(5000);
    let cases = [
        ("\"a \"\"quoted\"\" word\"", "a \"quoted\" word".to_owned()),
        ("\"two\nlines\"", "two\nlines".to_owned()),
        (
            "\"two\r\nlines, and\rmore\"",
            "two\r\nlines, and\rmore".to_owned(),
        ),
        ("  blanks stay  ", "  blanks stay  ".to_owned()),
        ("ünï😀", "ünï😀".to_owned()),
        (&long, long.clone()),
    ];
    for (field, wanted) in cases {
        for end in ["\n", "\r\n", "\r", ""] {
            let file = format!("n,t{end}1,{field}{end}2,{field}{end}");
            let found = whole(&["t text"], "", &file);
            if end.is_empty() {
                continue;
            }
            assert_eq!(found.unwrap(), [wanted.clone(), wanted.clone()], "{file:?}");
        }
    }
}

#[test]
fn values_of_every_type() {
    let cases = [
        ("int64", "42", "42"),
        ("int64", "-7", "-7"),
        ("int64", "5.0", "5"),
        ("float64", "2.50", "2.5"),
        ("float64", "NaN", "NaN"),
        ("decimal(18,6)", "345.400000", "345.400000"),
        ("decimal(18,6)", "230.0", "230.000000"),
        ("decimal(18,6)", "1E2", "100.000000"),
        ("bool", "true", "true"),
        ("bool", "False", "false"),
        ("bool", "True", "true"),
        ("bool", "1", "true"),
        ("bool", "0", "false"),
        ("text", "0", "0"),
        ("date", "2021-01-18", "2021-01-18"),
        ("date", "2021-01-18T00:00:00-0800", "2021-01-18"),
        (
            "timestamp",
            "2021-01-18T17:13:48+0000",
            "2021-01-18T17:13:48Z",
        ),
        (
            "timestamp",
            "2021-01-18T17:13:48-0800",
            "2021-01-19T01:13:48Z",
        ),
        ("timestamp", "2021-01-18", "2021-01-18T00:00:00Z"),
        ("json", "\"{\"\"a\"\":1}\"", "{\"a\":1}"),
    ];
    for (kind, field, wanted) in cases {
        let column = format!("v {kind}");
        let file = format!("id,v\n1,{field}\n2,<null>\n");
        assert_eq!(
            whole(&[&column], "<null>", &file).unwrap(),
            [wanted, "~"],
            "{kind} {field}"
        );
    }
}

#[test]
fn null_and_nothing() {
    let columns = ["t text", "n int64"];
    let file = "id,t,n\n1,,\n2,NULL,NULL\n3,\"\",\"\"\n4,null,4\n";
    let none = ["~|~", "~|~", "~|~", "~|4"];
    assert_eq!(
        whole(&columns, "NULL", file).unwrap(),
        ["|~", "~|~", "|~", "null|4"]
    );
    let file = file.replace("NULL", "").replace("null", "");
    assert_eq!(whole(&columns, "", &file).unwrap(), none);
}

#[test]
fn a_row_may_be_an_empty_line_if_there_is_one_column() {
    let cases: [(&str, &[&str]); 8] = [
        ("t\na\n\nb\n", &["a", "~", "b"]),
        ("t\r\na\r\n\r\nb\r\n", &["a", "~", "b"]),
        ("t\ra\r\rb\r", &["a", "~", "b"]),
        ("t\n\n\n", &["~", "~"]),
        ("t\r\n\r\n\r\n", &["~", "~"]),
        ("t\n\"\"\na", &["~", "a"]),
        ("t\n\"\n\"\n\na", &["\n", "~", "a"]),
        ("t\n", &[]),
    ];
    for (file, wanted) in cases {
        assert_eq!(whole(&["t text"], "", file).unwrap(), wanted, "{file:?}");
    }
}

#[test]
fn nul_bytes_are_removed_from_text_and_counted() {
    let file = b"t,n\na\0b\0,1\n\0,2\n\"\0\0\",3\nplain,4\n";
    let (batches, removed) = decode_csv(&["t text", "n int64"], "~~", [&file[..]], 10).unwrap();
    assert_eq!(all_rows(&batches), ["ab|1", "|2", "|3", "plain|4"]);
    assert_eq!(removed, 5);
    let error = decode_csv(&["n int64"], "", [&b"n,t\n1\0,x\n"[..]], 10).unwrap_err();
    assert_eq!(error.kind, DecodeErrorKind::Cell, "{error}");
}

#[test]
fn every_file_has_its_own_header() {
    let columns = result_columns(&["a int64", "b text"]);
    let mut decoder = CsvDecoder::new(&columns, "", 100).unwrap();
    for file in ["a,b\n1,x\n2,y", "\u{feff}B,X,A\nz,9,3\n", "", "b,a\n"] {
        decoder.begin_file().unwrap();
        decoder.push(file.as_bytes()).unwrap();
    }
    let batch = decoder.finish().unwrap().unwrap();
    assert_eq!(rows(&batch), ["1|x", "2|y", "3|z"]);
    assert_eq!(decoder.rows(), 3);

    let mut decoder = CsvDecoder::new(&columns, "", 100).unwrap();
    decoder.push(b"a,b\n1,\"x").unwrap();
    let error = decoder.begin_file().unwrap_err();
    assert_eq!(error.kind, DecodeErrorKind::Incomplete);
}

#[test]
fn errors_name_row_column_and_value() {
    use DecodeErrorKind::{Cell, Columns, Incomplete, Malformed};
    let good = "id,amount\n1,1.5\n";
    let cases = [
        (
            "2,1.505\n",
            Cell,
            "row 2, column amount: 1.505 has more than 2 digits after the point",
        ),
        (
            "2,abc\n",
            Cell,
            "row 2, column amount: abc is not a decimal number",
        ),
        ("x,1\n", Cell, "row 2, column id: x is not an integer"),
        (
            "2\n",
            Malformed,
            "row 2: has 1 fields where the header has 2",
        ),
        (
            "2,1,3\n",
            Malformed,
            "row 2: has 3 fields where the header has 2",
        ),
        (
            "2,\"1\n\n",
            Incomplete,
            "row 2: the file breaks off within a quoted field",
        ),
        (
            "2,\"1",
            Incomplete,
            "row 2: the file breaks off within a quoted field",
        ),
        (
            "2,\"",
            Incomplete,
            "row 2: the file breaks off within a quoted field",
        ),
        ("2", Malformed, "row 2: has 1 fields where the header has 2"),
    ];
    let columns = ["id int64", "Amount decimal(10,2)"];
    for (row, kind, wanted) in cases {
        let error = whole(&columns, "", &format!("{good}{row}")).unwrap_err();
        assert_eq!(error.kind, kind, "{row}: {error}");
        assert_eq!(
            error.to_string().replace("Amount", "amount"),
            wanted,
            "{row}"
        );
    }
    let headers = [
        (
            "id,amounts\n",
            "header, column Amount: is not there, only id, amounts",
        ),
        (
            "id,amount,AMOUNT\n",
            "header, column Amount: is there twice",
        ),
        ("<html>\n", "header, column id: is not there, only <html>"),
    ];
    for (header, wanted) in headers {
        let error = whole(&columns, "", header).unwrap_err();
        assert_eq!((error.kind, error.to_string().as_str()), (Columns, wanted));
    }
}

#[test]
fn broken_bytes() {
    let files: [&[u8]; 3] = [
        b"a,b\nx,y\n\xff,z\n",
        b"a,b\nx,y\nz,\xc3\n",
        // Side by side the two halves would be one character.
        b"a,b\nx,y\n\xc3,\xa9\n",
    ];
    for file in files {
        for length in [1, 1000] {
            let columns = ["a text", "b text"];
            let error = decode_csv(&columns, "", file.chunks(length), 10).unwrap_err();
            assert_eq!(error.to_string(), "row 2: is not UTF-8");
            assert_eq!(error.kind, DecodeErrorKind::Malformed);
        }
    }
}

#[test]
fn impossible_columns_are_refused() {
    let cases = [
        (["a text", "A text"], "A: the column is asked for twice"),
        (["a text", "b list<text>"], "b: CSV holds no lists"),
    ];
    for (columns, wanted) in cases {
        let error = decode_csv(&columns, "", [], 10).unwrap_err();
        assert_eq!(error.kind, DecodeErrorKind::Shape);
        assert_eq!(error.to_string(), wanted);
    }
}
