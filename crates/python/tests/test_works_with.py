"""Other libraries: each gets rows by the road that its own manual describes. The snippets are those of docs/python.md."""

from __future__ import annotations

import pytest

import zuzen

SQL = "SELECT id, subject, status, created_at, tags FROM zendesk.tickets ORDER BY id"


@pytest.fixture(scope="module")
def rows(demo: zuzen.Connection) -> list[tuple[object, ...]]:
    return demo.execute(SQL).fetchall()


def test_pyarrow(demo: zuzen.Connection, rows: list[tuple[object, ...]]) -> None:
    import pyarrow as pa

    table = demo.execute(SQL).fetch_arrow_table()
    assert table.column("id").to_pylist() == [row[0] for row in rows]
    assert table.schema.field("created_at").type == pa.timestamp("us", "+00:00") or pa.types.is_timestamp(
        table.schema.field("created_at").type
    )
    reader = demo.execute(SQL).fetch_record_batch()
    assert isinstance(reader, pa.RecordBatchReader)
    assert sum(batch.num_rows for batch in reader) == len(rows)
    assert pa.table(demo.execute(SQL)).num_rows == len(rows)


def test_pyarrow_readers_raise_our_exceptions(demo: zuzen.Connection) -> None:
    cursor = demo.cursor()
    with pytest.raises(zuzen.Error) as raised:
        cursor.execute("SELECT CASE WHEN id > 900 THEN CAST(subject AS BIGINT) END FROM zendesk.tickets")
        cursor.fetch_record_batch().read_all()
    assert raised.value.kind is not None


def test_pandas(demo: zuzen.Connection, rows: list[tuple[object, ...]]) -> None:
    pd = pytest.importorskip("pandas")
    frame = demo.execute(SQL).fetch_df()
    assert list(frame["id"]) == [row[0] for row in rows]
    assert str(frame["created_at"].dt.tz) in ("UTC", "+00:00")
    counts = pd.read_sql("SELECT status, count(*) AS n FROM zendesk.tickets GROUP BY status", _engine(demo))
    assert counts["n"].sum() == len(rows)
    one = pd.read_sql("SELECT id FROM zendesk.tickets WHERE id = ?", _engine(demo), params=(rows[0][0],))
    assert list(one["id"]) == [rows[0][0]]


def _engine(connection: zuzen.Connection) -> object:
    """An engine over a session that is open; applications write ``create_engine("zuzen+zendesk:///?URL=…")``."""
    sqlalchemy = pytest.importorskip("sqlalchemy")
    return sqlalchemy.create_engine("zuzen+demo://", creator=connection.another)


def test_polars(demo: zuzen.Connection, rows: list[tuple[object, ...]]) -> None:
    pl = pytest.importorskip("polars")
    frame = demo.execute(SQL).fetch_polars()
    assert frame["id"].to_list() == [row[0] for row in rows]
    assert pl.DataFrame(demo.execute(SQL)).equals(frame)
    assert pl.read_database(SQL, demo).equals(frame)
    one = pl.read_database(
        "SELECT id FROM zendesk.tickets WHERE id = ?", demo, execute_options={"parameters": (rows[0][0],)}
    )
    assert one["id"].to_list() == [rows[0][0]]
    batches = pl.read_database(SQL, demo, iter_batches=True, batch_size=100)
    assert sum(batch.height for batch in batches) == len(rows)


def test_adbc(rows: list[tuple[object, ...]], zendesk: object) -> None:
    from adbc_driver_manager import dbapi

    with dbapi.connect(
        driver=zuzen.driver_path(), db_kwargs={"zuzen.demo": "true", "zuzen.demo.tickets": "1000"}, autocommit=True
    ) as connection, connection.cursor() as cursor:
        cursor.execute(SQL)
        assert cursor.fetch_arrow_table().num_rows == len(rows)


def test_adbc_finds_the_driver_by_name(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from adbc_driver_manager import dbapi

    file = zuzen.register(str(tmp_path))
    assert file.name == "zuzen.toml"
    monkeypatch.setenv("ADBC_DRIVER_PATH", str(tmp_path))
    with dbapi.connect(
        driver="zuzen", db_kwargs={"zuzen.demo": "true", "zuzen.demo.tickets": "50"}, autocommit=True
    ) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 AS n")
        assert cursor.fetchall() == [(1,)]


def test_duckdb(demo: zuzen.Connection, rows: list[tuple[object, ...]]) -> None:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as database:
        tickets = demo.execute(SQL).fetch_record_batch()  # noqa: F841, DuckDB finds it by its name
        found = database.sql("SELECT status, count(*) FROM tickets GROUP BY ALL ORDER BY 1").fetchall()
        assert sum(count for _, count in found) == len(rows)
        database.register("t", demo.execute(SQL).fetch_arrow_table())
        database.sql("CREATE TABLE kept AS SELECT * FROM t")
        assert database.sql("SELECT count(*) FROM kept").fetchall() == [(len(rows),)]


def test_ibis(demo: zuzen.Connection, rows: list[tuple[object, ...]]) -> None:
    ibis = pytest.importorskip("ibis")
    # Ibis has no backend for foreign databases: rows go into one of its own.
    backend = ibis.polars.connect()
    tickets = backend.create_table("tickets", demo.execute(SQL).fetch_arrow_table())
    assert tickets.count().execute() == len(rows)
    assert tickets.group_by("status").agg(n=tickets.count()).execute()["n"].sum() == len(rows)


def test_any_library_with_arrow_streams(demo: zuzen.Connection) -> None:
    capsule = demo.execute("SELECT 1").__arrow_c_stream__()
    assert "arrow_array_stream" in repr(capsule)
