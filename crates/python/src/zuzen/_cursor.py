"""Cursors of PEP 249, with Arrow beside the rows."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from adbc_driver_manager import AdbcStatement

from ._connection import Connection
from ._exceptions import Error, InterfaceError, NotSupportedError, ProgrammingError, cancelled
from ._parameters import Parameters, collected, placed
from ._result import Result, spent
from ._statement import Statement
from ._text import text
from ._types import Column, description

if TYPE_CHECKING:
    import pandas
    import polars

_PROCEDURE = re.compile(r'[A-Za-z_]\w*(\.[A-Za-z_]\w*)*')
_INSERT = re.compile(r"(\s|--[^\n]*\n|/\*.*?\*/)*insert\b", re.IGNORECASE | re.DOTALL)
_NAME = re.compile(r"[A-Za-z_]\w*")


class Cursor:
    """One statement at a time, and its rows.

    Rows arrive while they are read: a result may be larger than memory. ``execute`` waits for the first of them. The connection may
    be shared among threads; a cursor is for one of them.
    """

    #: How many rows ``fetchmany`` returns unless it is told.
    arraysize: int = 1

    def __init__(self, connection: Connection) -> None:
        """Opens a cursor; ``Connection.cursor`` is the usual way."""
        self._connection = connection
        self._statement: Statement | None = None
        self._result: Result | None = None
        self._closed = False
        self._rowcount = -1
        self._begun: datetime.datetime | None = None
        connection._session.check()

    @property
    def connection(self) -> Connection:
        """The connection that it belongs to."""
        return self._connection

    @property
    def description(self) -> list[Column] | None:
        """The columns of the result; None if there is none.

        Each is (name, type code, None, None, precision, scale, whether NULL may occur). Type codes equal the type objects of the
        module: ``cursor.description[0][1] == zuzen.NUMBER``.
        """
        if self._result is None or not len(self._result.schema):
            return None
        return description(self._result.schema)

    @property
    def rowcount(self) -> int:
        """How many rows an INSERT into a table of the session has added; -1 after a query, whose rows arrive while they are read."""
        return self._rowcount

    @property
    def rownumber(self) -> int | None:
        """How many rows have been read."""
        return None if self._result is None else self._result.row_number

    def execute(self, sql: str, parameters: Parameters | None = None) -> Cursor:
        """Executes one statement, and returns the cursor.

        Args:
            sql: The statement.
            parameters: Values for ``?`` in their order, or a mapping for ``%(name)s`` or ``:name``.

        Raises:
            ProgrammingError: The statement or a parameter is wrong.
            OperationalError: Signing in, permissions, limits, the network, the vendor.
            NotSupportedError: It writes, or cannot be answered.
        """
        self._begin()
        sql, values = placed(sql, parameters)
        self._begun = datetime.datetime.now(datetime.timezone.utc)
        statement = self._statement = Statement(self._connection._session)
        result = Result(statement, sql, values)
        if self._statement is not statement:
            # Nobody waited for it any more, and the cursor has been used for something else.
            statement.close(_reused())
            raise _reused()
        self._result = result
        self._connection._warn()
        if _INSERT.match(sql) and result.schema.names == ["count"]:
            self._rowcount = sum(count for (count,) in result.rows())
            self._result = None
        return self

    def executemany(self, sql: str, seq_of_parameters: Iterable[Parameters]) -> Cursor:
        """Executes the statement once for each set of parameters. Meant for procedures and INSERT: results are read and dropped."""
        self._begin()
        if not isinstance(seq_of_parameters, Iterable) or isinstance(seq_of_parameters, (str, bytes, Mapping)):
            raise ProgrammingError(
                f"sets of parameters are no {type(seq_of_parameters).__name__}",
                hint="pass a list with the parameters of each execution",
            )
        total = 0
        for parameters in seq_of_parameters:
            self.execute(sql, parameters)
            if self._result is not None:
                for _ in self._result.batches():
                    pass
            total = -1 if self._rowcount < 0 or total < 0 else total + self._rowcount
        self._clear()
        self._rowcount = total
        return self

    def callproc(self, procname: str, parameters: Parameters | None = ()) -> Parameters:
        """Calls a procedure; its rows are fetched as those of a query.

        Args:
            procname: Its name, with or without that of the connection: ``zendesk.GetOAuthAccessToken``.
            parameters: Values in their order, or a mapping by their names.

        Returns:
            The parameters: procedures change none of them.
        """
        parameters = () if parameters is None else collected(parameters)
        if _PROCEDURE.fullmatch(text(procname, "the name of the procedure")) is None:
            raise ProgrammingError(
                f"`{procname}` is no name of a procedure", hint="SELECT * FROM system.procedures lists them"
            )
        if isinstance(parameters, Mapping):
            for name in parameters:
                if _NAME.fullmatch(text(name, "the name of a parameter")) is None:
                    raise ProgrammingError(
                        f"`{name}` is no name of a parameter", hint="SELECT * FROM system.procedure_parameters lists them"
                    )
            places = ", ".join(f"{name} => ?" for name in parameters)
            values = list(parameters.values())
        else:
            places = ", ".join("?" for _ in parameters)
            values = list(parameters)
        self.execute(f"SELECT * FROM {procname}({places})", values)
        return parameters

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row; None at the end."""
        rows = self._rows().rows(1)
        return rows[0] if rows else None

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """The next rows, ``arraysize`` of them by default; none at the end."""
        return self._rows().rows(self.arraysize if size is None else size)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows that are left."""
        return self._rows().rows()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self

    def __next__(self) -> tuple[Any, ...]:
        """The next row, for ``for``.

        Raises:
            StopIteration: At the end.
        """
        row = self.fetchone()
        if row is None:
            raise StopIteration
        return row

    next = __next__

    def nextset(self) -> None:
        """Not supported: a statement has one result.

        Raises:
            NotSupportedError: Always.
        """
        raise NotSupportedError("a statement has one result", hint="execute the next statement")

    def setinputsizes(self, sizes: Sequence[Any]) -> None:
        """Does nothing: parameters have the types of their values."""

    def setoutputsize(self, size: int, column: int | None = None) -> None:
        """Does nothing: columns are never cut off."""

    def fetch_arrow_table(self) -> pa.Table:
        """The rows that are left as a pyarrow table."""
        return self._rows().table()

    def fetch_record_batch(self) -> pa.RecordBatchReader:
        """The rows that are left as a pyarrow reader, batch by batch as they arrive."""
        return self._rows().reader()

    def fetch_arrow(self) -> pa.RecordBatchReader:
        """The same: an object with ``__arrow_c_stream__``, which polars, DuckDB and others take."""
        return self.fetch_record_batch()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The rows that are left for any library that takes Arrow's streams: ``polars.DataFrame(cursor)``."""
        return self._rows().reader().__arrow_c_stream__(requested_schema)

    def fetch_df(self) -> pandas.DataFrame:
        """The rows that are left as a pandas DataFrame."""
        return self.fetch_arrow_table().to_pandas()

    def fetch_polars(self) -> polars.DataFrame:
        """The rows that are left as a polars DataFrame."""
        import polars

        frame = polars.from_arrow(self.fetch_arrow_table())
        assert isinstance(frame, polars.DataFrame)
        return frame

    def explain(self, sql: str, parameters: Parameters | None = None, *, analyze: bool = False) -> str:
        """The plan of a statement as text: its requests, what is pushed to the API, what it is estimated to cost."""
        sql = text(sql, "the statement")
        word = "EXPLAIN ANALYZE" if analyze else "EXPLAIN"
        self.execute(f"{word} {sql}", parameters)
        # The logical plan says nothing that the physical one does not.
        plans = {str(row[0]): str(row[-1]) for row in self.fetchall()}
        self._clear()
        return plans.get("physical_plan") or "\n".join(plans.values())

    def schema(self, sql: str, parameters: Parameters | None = None) -> pa.Schema:
        """The columns that a statement would have, without running it."""
        self._begin()
        sql, values = placed(sql, parameters)
        statement = self._statement = Statement(self._connection._session)
        try:
            return statement.call(lambda: statement.outline(sql, values))
        finally:
            self._clear()

    def requests(self) -> list[dict[str, Any]]:
        """The requests that have been sent since the last statement began; its own, unless others of the session run beside it."""
        if self._begun is None:
            return []
        sql = "SELECT * FROM system.requests WHERE sent >= ? ORDER BY sent"
        with self._connection.execute(sql, (self._begun,)) as cursor:
            return rows_by_name(cursor)

    def progress(self) -> float | None:
        """How far the statement is, from 0 to 1, as it is estimated; None if nobody can tell. Another thread may ask while rows are read."""
        statement = self._statement
        return None if statement is None else statement.progress()

    def cancel(self) -> None:
        """Stops the statement, from another thread: requests end, jobs are cancelled at the vendor's. It raises OperationalError."""
        statement = self._statement
        if statement is not None:
            statement.cancel()

    def close(self) -> None:
        """Ends the statement and the cursor. Closing twice is allowed.

        Whoever reads its rows meanwhile, or reads on with what it has given away, gets an InterfaceError.
        """
        self._closed = True
        self._clear(_closed())

    @property
    def closed(self) -> bool:
        """Whether it, or its connection, has been closed."""
        return self._closed or self._connection.closed

    def __enter__(self) -> Cursor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Nothing is done for a cursor that nobody holds any more: a reader that it has given away goes on, and without one the statement
    # is not held either.

    def _begin(self) -> None:
        if self._closed:
            raise _closed()
        self._connection._session.check()
        self._clear()

    def _prepared(self, sql: str) -> AdbcStatement:
        """The driver's own handle, ready to be executed: what a measurement compares the cursor with."""
        self._begin()
        self._statement = Statement(self._connection._session)
        return self._statement.prepared(text(sql, "the statement"), None)

    def _rows(self) -> Result:
        if self._closed or self._connection.closed:
            raise _closed()
        self._connection._session.check()
        if self._result is None or not len(self._result.schema):
            raise spent()
        return self._result

    def _clear(self, reason: Error | None = None) -> None:
        """Ends what was executed last."""
        self._rowcount = -1
        statement, self._statement, self._result = self._statement, None, None
        if statement is not None:
            statement.close(reason or _reused())

    def _lose(self) -> None:
        """Ends what was executed last after nobody has waited for its rows."""
        result, statement = self._result, self._statement
        if result is not None:
            result.lose()
        elif statement is not None:
            statement.close(cancelled())


def rows_by_name(cursor: Cursor) -> list[dict[str, Any]]:
    """The rows that are left, each by the names of its columns."""
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row)) for row in cursor.fetchall()]


def _closed() -> InterfaceError:
    return InterfaceError("the cursor is closed", hint="open another with connection.cursor()")


def _reused() -> InterfaceError:
    return InterfaceError(
        "the cursor has gone on to another statement", hint="read all rows before, or open another with connection.cursor()"
    )
