"""The same result files given to DuckDB and pyarrow, for the ratios that `results.rs` cannot give.

Run by hand, not by CI:

    pip install duckdb pyarrow
    cargo bench -p zuzen --bench results -- --files FOLDER
    python benches/results.py FOLDER [what else to time: the built bench with its arguments]

Each peer gets its strongest form: DuckDB is told the types, so that it does not read the file twice; both use all
cores and keep the whole table in memory, as they do. A command behind the folder, such as
`target/release/deps/results-… --bench --files FOLDER`, is run in between, and what it prints becomes the ratio.
"""

import pathlib
import re
import statistics
import subprocess
import sys
import time

import duckdb
import pyarrow
import pyarrow.csv
import pyarrow.json

DECIMAL = pyarrow.decimal128(22, 9)
INSTANT = pyarrow.timestamp("us", "UTC")
TYPES = {
    "id": (pyarrow.string(), "VARCHAR"),
    "invoiceid": (pyarrow.string(), "VARCHAR"),
    "subscriptionid": (pyarrow.string(), "VARCHAR"),
    "chargename": (pyarrow.string(), "VARCHAR"),
    "description": (pyarrow.string(), "VARCHAR"),
    "chargeamount": (DECIMAL, "DECIMAL(22,9)"),
    "taxamount": (DECIMAL, "DECIMAL(22,9)"),
    "unitprice": (DECIMAL, "DECIMAL(22,9)"),
    "quantity": (DECIMAL, "DECIMAL(22,9)"),
    "processingtype": (pyarrow.int64(), "BIGINT"),
    "servicestartdate": (pyarrow.date32(), "DATE"),
    "serviceenddate": (pyarrow.date32(), "DATE"),
    "chargedate": (INSTANT, "TIMESTAMPTZ"),
    "updateddate": (INSTANT, "TIMESTAMPTZ"),
    "deleted": (pyarrow.bool_(), "BOOLEAN"),
}
DUCK = "{" + ", ".join(f"'{name}': '{kind}'" for name, (_, kind) in TYPES.items()) + "}"


def arrow_of(relation):
    table = relation.to_arrow_table() if hasattr(relation, "to_arrow_table") else relation.arrow()
    return table.num_rows


def duckdb_json(path):
    return arrow_of(duckdb.sql(f"SELECT * FROM read_json('{path}', format='newline_delimited', columns={DUCK})"))


def duckdb_csv(path):
    # Lines end within quotes here, so one thread has to find out which are rows.
    return arrow_of(duckdb.sql(f"SELECT * FROM read_csv('{path}', header=true, quote='\"', escape='\"', columns={DUCK})"))


def pyarrow_json(path):
    # It reads no decimals from numbers, no dates and no offsets: they stay floats and text, which spares it work.
    simple = {"DECIMAL(22,9)": pyarrow.float64(), "DATE": pyarrow.string(), "TIMESTAMPTZ": pyarrow.string()}
    fields = [(name, simple.get(duck, arrow)) for name, (arrow, duck) in TYPES.items()]
    parse = pyarrow.json.ParseOptions(explicit_schema=pyarrow.schema(fields))
    return pyarrow.json.read_json(path, parse_options=parse).num_rows


def pyarrow_csv(path):
    convert = pyarrow.csv.ConvertOptions(
        column_types={name: arrow for name, (arrow, _) in TYPES.items()},
        timestamp_parsers=["%Y-%m-%dT%H:%M:%S%z", pyarrow.csv.ISO8601],
    )
    parse = pyarrow.csv.ParseOptions(newlines_in_values=True)
    return pyarrow.csv.read_csv(path, parse_options=parse, convert_options=convert).num_rows


def main():
    folder = pathlib.Path(sys.argv[1])
    command = sys.argv[2:]
    peers = [
        ("json lines", "DuckDB", duckdb_json, folder / "items.jsonl"),
        ("json lines", "pyarrow", pyarrow_json, folder / "items.jsonl"),
        ("csv", "DuckDB", duckdb_csv, folder / "items.csv"),
        ("csv", "pyarrow", pyarrow_csv, folder / "items.csv"),
    ]
    times = {}
    ours = {}
    for _ in range(3):
        for what, peer, read, path in peers:
            begun = time.perf_counter()
            rows = read(str(path))
            times.setdefault((what, peer), []).append(time.perf_counter() - begun)
            assert rows == 500_000, f"{peer} found {rows} rows in {path}"
        if command:
            printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            for what, seconds in re.findall(r"^ *(json lines|csv)  ([0-9.]+) s", printed, re.MULTILINE):
                ours.setdefault(what, []).append(float(seconds))
    print(f"DuckDB {duckdb.__version__}, pyarrow {pyarrow.__version__}")
    for (what, peer), taken in times.items():
        seconds = statistics.median(taken)
        line = f"{what:>10}  {peer:<8} {seconds:.3f} s"
        if what in ours:
            mine = statistics.median(ours[what])
            line += f"   zuzen {mine:.3f} s, {seconds / mine:.2f} x faster"
        print(line)


if __name__ == "__main__":
    main()
