"""A result is open, it has ended, or it is broken: nobody who reads one that is closed or has failed is told that it has ended."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import pyarrow as pa
import pytest
from conftest import Served

import zuzen
import zuzen.zendesk

ALL = "SELECT id FROM zendesk.tickets ORDER BY id"

#: Arrives in several batches.
BATCHES = "SELECT id FROM zendesk.tickets"

#: Fails after some batches, at the engine.
FAILS = "SELECT CASE WHEN id < 100 THEN CAST(concat('x', status) AS BIGINT) ELSE id END AS n FROM zendesk.tickets"

#: Has a value beyond Python's after some batches.
BEYOND = "SELECT arrow_cast(CASE WHEN id < 100 THEN 9000000000000000000 ELSE id END, 'Timestamp(us)') AS t FROM zendesk.tickets"


@pytest.fixture(scope="module")
def count(demo: zuzen.Connection) -> int:
    (found,) = demo.execute("SELECT count(*) FROM zendesk.tickets").fetchall()[0]
    assert found > 200
    return int(found)


def test_a_reader_outlives_its_cursor(demo: zuzen.Connection, count: int) -> None:
    reader = demo.execute(BATCHES).fetch_record_batch()
    assert sum(batch.num_rows for batch in reader) == count
    stream = demo.execute(BATCHES).__arrow_c_stream__()
    assert pa.RecordBatchReader._import_from_c_capsule(stream).read_all().num_rows == count


def test_a_reader_outlives_its_connection() -> None:
    reader = zuzen.demo(tickets=300).execute(BATCHES).fetch_record_batch()
    assert len(list(reader)) > 1


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (lambda cursor: cursor.close(), "the cursor is closed"),
        (lambda cursor: cursor.execute("SELECT 1"), "gone on to another statement"),
        (lambda cursor: cursor.connection.close(), "the connection is closed"),
    ],
)
def test_a_reader_of_what_is_closed_has_no_end(demo: zuzen.Connection, end: Callable[[zuzen.Cursor], object], told: str) -> None:
    with demo.another() as session:
        cursor = session.execute(BATCHES)
        reader = cursor.fetch_record_batch()
        assert reader.read_next_batch().num_rows
        end(cursor)
        for _ in range(2):
            with pytest.raises(zuzen.InterfaceError, match=told):
                reader.read_all()
            reader = pa.RecordBatchReader.from_batches(reader.schema, reader)


def test_a_stream_that_was_taken_inside_of_a_block_is_not_cut_off(demo: zuzen.Connection) -> None:
    with demo.execute(BATCHES) as cursor:
        stream = cursor.__arrow_c_stream__()
    with pytest.raises(pa.ArrowException, match="the cursor is closed"):
        pa.RecordBatchReader._import_from_c_capsule(stream).read_all()


def test_what_was_read_to_its_end_may_be_closed(demo: zuzen.Connection, count: int) -> None:
    with demo.execute(BATCHES) as cursor:
        reader = cursor.fetch_record_batch()
        assert reader.read_all().num_rows == count
    assert reader.read_all().num_rows == 0


@pytest.mark.parametrize("fetch", ["fetchone", "fetchmany", "fetchall", "fetch_arrow_table"])
def test_failures_are_told_again(cursor: zuzen.Cursor, fetch: str) -> None:
    cursor.execute(FAILS)
    told = []
    for _ in range(2):
        with pytest.raises(zuzen.Error) as raised:
            while getattr(cursor, fetch)():
                pass
        told.append((type(raised.value), str(raised.value), raised.value.kind))
    assert told[0] == told[1]
    with pytest.raises(zuzen.Error):
        cursor.fetch_record_batch()
    assert cursor.execute("SELECT 1").fetchall() == [(1,)]


def test_coroutines_are_told_failures_again(demo: zuzen.Connection) -> None:
    async def main() -> None:
        async with zuzen.AsyncConnection(demo.another()) as connection:
            cursor = await connection.execute(FAILS)
            for fetch in (cursor.fetchall, cursor.fetchone, cursor.fetchall):
                with pytest.raises(zuzen.Error):
                    await fetch()
            with pytest.raises(zuzen.Error):
                async for _ in cursor:
                    pass

    asyncio.run(main())


def test_what_was_cancelled_has_no_end(slow: Served) -> None:
    with zuzen.zendesk.connect(slow.strings[0]) as connection:
        cursor = connection.execute("SELECT id FROM tickets")
        cursor.fetchone()
        cursor.cancel()
        for fetch in (cursor.fetchall, cursor.fetchall, cursor.fetch_arrow_table):
            with pytest.raises(zuzen.OperationalError) as raised:
                fetch()
            assert raised.value.status == "CANCELLED"


def test_a_fetch_that_nobody_has_waited_for_has_no_end(slow: Served) -> None:
    async def main() -> None:
        async with await zuzen.zendesk.aconnect(slow.strings[0]) as connection:
            cursor = await connection.execute("SELECT id FROM tickets")
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(cursor.fetchall(), 0.3)
            for _ in range(2):
                with pytest.raises(zuzen.OperationalError) as raised:
                    await cursor.fetchone()
                assert raised.value.status == "CANCELLED"
            assert await (await cursor.execute("SELECT 1")).fetchall() == [(1,)]

    asyncio.run(main())


@pytest.mark.parametrize("close", ["cursor", "connection", "statement"])
def test_closing_ends_the_fetch_of_another_thread(slow: Served, close: str) -> None:
    connection = zuzen.zendesk.connect(slow.strings[0])
    cursor = connection.execute("SELECT id FROM tickets")
    outcome: list[object] = []

    def fetch() -> None:
        try:
            outcome.append(len(cursor.fetchall()))
        except zuzen.Error as error:
            outcome.append(type(error))

    fetching = threading.Thread(target=fetch, daemon=True)
    fetching.start()
    time.sleep(0.4)
    {"cursor": cursor.close, "connection": connection.close, "statement": lambda: cursor.execute("SELECT 1")}[close]()
    fetching.join(5)
    assert not fetching.is_alive()
    assert outcome == [zuzen.InterfaceError]
    if close == "connection":
        assert connection.closed and cursor.closed
    else:
        assert connection.execute("SELECT 1").fetchall() == [(1,)]
        connection.close()


def test_a_loop_that_breaks_off_leaves_the_other_rows(demo: zuzen.Connection) -> None:
    wanted = [row[0] for row in demo.execute(ALL).fetchall()]

    async def main() -> None:
        async with zuzen.AsyncConnection(demo.another()) as connection:
            cursor = await connection.execute(ALL)
            async for row in cursor:
                assert row == (wanted[0],)
                break
            found = [wanted[0], *(await cursor.fetchone() or ())]
            async for row in cursor:
                found.append(row[0])
                if len(found) == 150:
                    break
            batches = [batch async for batch in cursor.batches()]
            found += [n for batch in batches for n in batch.column(0).to_pylist()]
            assert found == wanted
            assert [row async for row in cursor] == []

    asyncio.run(main())


def test_values_beyond_python_cost_no_rows(cursor: zuzen.Cursor, count: int) -> None:
    cursor.execute(BEYOND)
    for _ in range(2):
        with pytest.raises(zuzen.DataError, match="beyond what Python can hold"):
            cursor.fetchall()
    assert cursor.rownumber == 0
    first = cursor.fetchmany(50)
    assert len(first) == 50
    with pytest.raises(zuzen.DataError):
        cursor.fetchmany(count)
    assert cursor.rownumber == 50
    rest = cursor.fetch_arrow_table()
    assert rest.num_rows == count - 50 and cursor.rownumber == count
    assert cursor.fetchall() == []
