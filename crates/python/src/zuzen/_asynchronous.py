"""Connections and cursors for asyncio.

The methods are those of PEP 249, awaited. The event loop never waits: the driver works in threads of its own, and what a coroutine
waits for does so in one more. If the task is cancelled, the statement is, too, and has ended before the task goes on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ._connection import Connection
from ._cursor import Cursor
from ._parameters import Parameters
from ._types import Column
from ._waiting import awaited

if TYPE_CHECKING:
    import pandas
    import polars


class AsyncConnection:
    """A session whose statements are awaited. ``zuzen.aconnect`` opens one; ``async with`` closes it."""

    def __init__(self, connection: Connection) -> None:
        """Over a connection that has been opened; ``connection`` is still usable beside it."""
        self.connection = connection

    @classmethod
    async def open(cls, options: Mapping[str, str]) -> AsyncConnection:
        """Opens the database of these options."""
        return cls(await awaited(lambda: Connection(options), _nothing))

    def cursor(self) -> AsyncCursor:
        """A cursor: one statement at a time. Several may run at once."""
        return AsyncCursor(self.connection.cursor())

    async def execute(self, sql: str, parameters: Parameters | None = None) -> AsyncCursor:
        """Executes a statement on a new cursor, and returns that."""
        return await self.cursor().execute(sql, parameters)

    async def explain(self, sql: str, parameters: Parameters | None = None, *, analyze: bool = False) -> str:
        """As ``Connection.explain``."""
        cursor = self.connection.cursor()
        return await awaited(lambda: cursor.explain(sql, parameters, analyze=analyze), cursor.cancel)

    async def requests(self) -> list[dict[str, Any]]:
        """As ``Connection.requests``."""
        return await awaited(self.connection.requests, _nothing)

    async def commit(self) -> None:
        """Does nothing, as ``Connection.commit``."""
        self.connection.commit()

    async def rollback(self) -> None:
        """Does nothing, as ``Connection.rollback``."""
        self.connection.rollback()

    async def close(self) -> None:
        """Ends the session."""
        await awaited(self.connection.close, _nothing)

    async def __aenter__(self) -> AsyncConnection:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class AsyncCursor:
    """One statement at a time, and its rows, awaited."""

    def __init__(self, cursor: Cursor) -> None:
        """Over an ordinary cursor."""
        self._cursor = cursor

    @property
    def description(self) -> list[Column] | None:
        """As ``Cursor.description``."""
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        """As ``Cursor.rowcount``."""
        return self._cursor.rowcount

    @property
    def arraysize(self) -> int:
        """How many rows ``fetchmany`` returns unless it is told."""
        return self._cursor.arraysize

    @arraysize.setter
    def arraysize(self, rows: int) -> None:
        self._cursor.arraysize = rows

    async def execute(self, sql: str, parameters: Parameters | None = None) -> AsyncCursor:
        """As ``Cursor.execute``."""
        await awaited(lambda: self._cursor.execute(sql, parameters), self._cursor._lose)
        return self

    async def executemany(self, sql: str, seq_of_parameters: Iterable[Parameters]) -> AsyncCursor:
        """As ``Cursor.executemany``."""
        await awaited(lambda: self._cursor.executemany(sql, seq_of_parameters), self._cursor._lose)
        return self

    async def callproc(self, procname: str, parameters: Parameters | None = ()) -> Parameters:
        """As ``Cursor.callproc``."""
        return await awaited(lambda: self._cursor.callproc(procname, parameters), self._cursor._lose)

    async def fetchone(self) -> tuple[Any, ...] | None:
        """As ``Cursor.fetchone``."""
        return await awaited(self._cursor.fetchone, self._cursor._lose)

    async def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """As ``Cursor.fetchmany``."""
        return await awaited(lambda: self._cursor.fetchmany(size), self._cursor._lose)

    async def fetchall(self) -> list[tuple[Any, ...]]:
        """As ``Cursor.fetchall``."""
        return await awaited(self._cursor.fetchall, self._cursor._lose)

    async def fetch_arrow_table(self) -> pa.Table:
        """As ``Cursor.fetch_arrow_table``."""
        return await awaited(self._cursor.fetch_arrow_table, self._cursor._lose)

    async def fetch_df(self) -> pandas.DataFrame:
        """As ``Cursor.fetch_df``."""
        return await awaited(self._cursor.fetch_df, self._cursor._lose)

    async def fetch_polars(self) -> polars.DataFrame:
        """As ``Cursor.fetch_polars``."""
        return await awaited(self._cursor.fetch_polars, self._cursor._lose)

    async def batches(self) -> AsyncIterator[pa.RecordBatch]:
        """The Arrow batches that are left, as they arrive."""
        result = self._cursor._rows()
        while (batch := await awaited(result.next_batch, result.lose)) is not None:
            yield batch

    async def __aiter__(self) -> AsyncIterator[tuple[Any, ...]]:
        result = self._cursor._rows()
        while True:
            # One by one, so that what a broken-off loop has not taken is there for the next.
            row = result.row_at_hand()
            if row is not None:
                yield row
            elif not await awaited(result.get_ready, result.lose):
                return

    def cancel(self) -> None:
        """As ``Cursor.cancel``."""
        self._cursor.cancel()

    async def close(self) -> None:
        """Ends the statement and the cursor."""
        await awaited(self._cursor.close, _nothing)

    async def __aenter__(self) -> AsyncCursor:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _nothing() -> None:
    """What cannot be cancelled: it only takes moments."""
