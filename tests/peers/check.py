"""Reads the files of tests/it/formats/peers.rs with pyarrow, polars and DuckDB, and compares types and values.

    python tests/peers/check.py FOLDER
"""

import datetime
import decimal
import json
import pathlib
import sys

import duckdb
import polars
import pyarrow
import pyarrow.ipc
import pyarrow.parquet

UTC = datetime.timezone.utc
KINDS = {
    "big": 9223372036854775807,
    "money": decimal.Decimal("-12345678901234567.123456789"),
    "float": 0.1,
    "yes": True,
    "day": datetime.date(2024, 2, 29),
    "at": datetime.datetime(2026, 11, 22, 0, 0, 0, 1, tzinfo=UTC),
    "text": '日本 👍 "q", <b>\n\t\\',
    "list": ["a", None, ""],
    "record": {"n": 1, "t": "x"},
}
NOTHING = dict.fromkeys(KINDS)
KIND_TYPES = {
    "big": "int64",
    "money": "decimal128(38, 9)",
    "float": "double",
    "yes": "bool",
    "day": "date32[day]",
    "at": "timestamp[us, tz=+00:00]",
    "text": "string",
}
TICKET_TYPES = {
    "id": "int64",
    "subject": "string",
    "status": "string",
    "created_at": "timestamp[us, tz=UTC]",
    "is_public": "bool",
    "organization_id": "int64",
}


def tickets(path):
    rows = json.loads((path / "expected.json").read_text())
    for row in rows:
        row["created_at"] = datetime.datetime.fromisoformat(row["created_at"].replace("Z", "+00:00"))
    return rows


def by_pyarrow(path):
    if path.suffix == ".parquet":
        return pyarrow.parquet.read_table(path)
    if path.suffix == ".arrow":
        return pyarrow.ipc.open_file(path).read_all()
    return pyarrow.ipc.open_stream(path).read_all()


def by_polars(path):
    if path.suffix == ".parquet":
        return polars.read_parquet(path)
    if path.suffix == ".arrow":
        return polars.read_ipc(path)
    return polars.read_ipc_stream(path)


def by_duckdb(path, order):
    if path.suffix == ".parquet":
        relation = duckdb.sql(f"SELECT * FROM read_parquet('{path}') ORDER BY {order} NULLS LAST")
    else:
        # DuckDB reads Arrow from memory; the column-wise types and values are its own then.
        rows = by_pyarrow(path)
        relation = duckdb.sql(f"SELECT * FROM rows ORDER BY {order} NULLS LAST")
    return relation


def same(found, expected, what):
    assert len(found) == len(expected), f"{what}: {len(found)} rows, not {len(expected)}"
    for number, (one, two) in enumerate(zip(found, expected)):
        one = {name: plain(value) for name, value in one.items()}
        two = {name: plain(value) for name, value in two.items()}
        assert one == two, f"{what}, row {number}:\n{one}\n{two}"


def plain(value):
    """Instants as such, in whichever zone they are shown."""
    if isinstance(value, datetime.datetime):
        assert value.tzinfo is not None, "an instant has lost its zone"
        return value.astimezone(UTC)
    return value


def typed(schema, types, what):
    for name, kind in types.items():
        found = str(schema.field(name).type).replace("tz=UTC", "tz=+00:00")
        assert found == kind.replace("tz=UTC", "tz=+00:00"), f"{what}: {name} is {found}, not {kind}"


def main():
    folder = pathlib.Path(sys.argv[1])
    duckdb.sql("SET TimeZone = 'UTC'")
    for name, rows, types, order in [
        ("tickets", tickets(folder), TICKET_TYPES, "id"),
        ("kinds", [KINDS, NOTHING], KIND_TYPES, "big"),
    ]:
        for file in [name, f"{name}_copy"]:
            for ending in ["parquet", "arrow", "arrows"]:
                path = folder / f"{file}.{ending}"
                table = by_pyarrow(path)
                typed(table.schema, types, f"{path.name} by pyarrow")
                same(table.to_pylist(), rows, f"{path.name} by pyarrow")
                frame = by_polars(path)
                same(frame.to_dicts(), rows, f"{path.name} by polars")
                relation = by_duckdb(path, order)
                names = relation.columns
                found = [dict(zip(names, row)) for row in relation.fetchall()]
                same(found, rows, f"{path.name} by DuckDB")
                print(f"{path.name}: {len(rows)} rows")
    kinds = dict(zip((relation := duckdb.sql(f"SELECT * FROM '{folder}/kinds.parquet'")).columns, map(str, relation.types)))
    assert kinds["big"] == "BIGINT" and kinds["money"] == "DECIMAL(38,9)", kinds
    assert kinds["at"] == "TIMESTAMP WITH TIME ZONE" and kinds["list"] == "VARCHAR[]", kinds
    assert polars.read_parquet(folder / "kinds.parquet").schema["money"] == polars.Decimal(38, 9)
    # Folders that are named after values, as both programs know them.
    expected = sorted((row["id"], row["status"]) for row in tickets(folder))
    found = duckdb.sql(f"SELECT id, status FROM read_parquet('{folder}/parts/**/*.parquet', hive_partitioning = true) ORDER BY id")
    assert found.fetchall() == expected, "folders by DuckDB"
    found = polars.read_parquet(folder / "parts", hive_partitioning=True).select("id", "status").sort("id")
    assert found.rows() == expected, "folders by polars"


if __name__ == "__main__":
    main()
