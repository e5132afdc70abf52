"""Connections of PEP 249, over ADBC's."""

from __future__ import annotations

import os
import threading
import warnings
import weakref
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from adbc_driver_manager import AdbcConnection, AdbcStatement

from . import _exceptions
from ._database import Database
from ._exceptions import InterfaceError, of_driver
from ._parameters import Parameters
from ._waiting import call_driver

if TYPE_CHECKING:
    import pyarrow as pa

    from ._cursor import Cursor

Answer = TypeVar("Answer")


class Connection:
    """A session: one or more accounts behind one SQL.

    Threads may share it, each with cursors of its own. It is closed by ``close()``, at the end of a ``with`` block, or when nobody
    holds it any more. A child process that inherits one must open another.
    """

    # PEP 249's optional extension: the exceptions as attributes.
    Warning = _exceptions.Warning
    Error = _exceptions.Error
    InterfaceError = _exceptions.InterfaceError
    DatabaseError = _exceptions.DatabaseError
    DataError = _exceptions.DataError
    OperationalError = _exceptions.OperationalError
    IntegrityError = _exceptions.IntegrityError
    InternalError = _exceptions.InternalError
    ProgrammingError = _exceptions.ProgrammingError
    NotSupportedError = _exceptions.NotSupportedError

    def __init__(self, database: Database | Mapping[str, str]) -> None:
        """A session of this database, or of one that is opened with these options; ``zuzen.connect`` makes them."""
        self._session: AdbcConnection | None = None
        self._lock = threading.Lock()
        self._cursors: weakref.WeakSet[Cursor] = weakref.WeakSet()
        self._database = database if isinstance(database, Database) else Database(database)
        self._session = self._database.begin()

    @property
    def closed(self) -> bool:
        """Whether it has been closed."""
        return self._session is None

    @property
    def schema(self) -> str:
        """The schema whose tables need no name before theirs: that of the only connection, or the one that USE has chosen."""
        session = self._open()
        return self.call(lambda: session.get_option("adbc.connection.db_schema"))

    def another(self) -> Connection:
        """Another session over the same accounts, with settings and views of its own. They share sign-in and rate limits."""
        self._open()
        return Connection(self._database)

    def is_ours(self) -> bool:
        """Whether it was opened in this process, and not in one that this was forked from."""
        return os.getpid() == self._database.process

    def cursor(self) -> Cursor:
        """A cursor: one statement at a time.

        Raises:
            InterfaceError: The connection is closed or belongs to another process.
        """
        from ._cursor import Cursor

        return Cursor(self)

    def execute(self, sql: str, parameters: Parameters | None = None) -> Cursor:
        """Executes a statement on a new cursor, and returns that."""
        return self.cursor().execute(sql, parameters)

    def explain(self, sql: str, parameters: Parameters | None = None, *, analyze: bool = False) -> str:
        """Which requests a statement would make, and why those. Nothing is sent unless ``analyze`` runs it and counts."""
        with self.cursor() as cursor:
            return cursor.explain(sql, parameters, analyze=analyze)

    def requests(self) -> list[dict[str, Any]]:
        """The requests that this session has sent, newest last: the rows of ``system.requests``."""
        from ._cursor import rows_by_name

        with self.execute("SELECT * FROM system.requests ORDER BY sent") as cursor:
            return rows_by_name(cursor)

    def commit(self) -> None:
        """Does nothing: every statement is complete by itself.

        Raises:
            InterfaceError: The connection is closed.
        """
        self._open()

    def rollback(self) -> None:
        """Does nothing: there are no transactions, and nothing is written that could be taken back.

        Raises:
            InterfaceError: The connection is closed.
        """
        self._open()

    def cancel(self) -> None:
        """Stops whatever runs in this session, from another thread. What runs raises OperationalError."""
        connection = self._open()
        try:
            connection.cancel()
        except Exception:
            # There was nothing to stop.
            pass

    def close(self) -> None:
        """Ends the session. Cursors are closed, requests under way are stopped. Closing twice is allowed."""
        with self._lock:
            session, self._session = self._session, None
        # In a child process the handles are left alone: what they stand for lives in the parent.
        if session is None or not self.is_ours():
            return
        for cursor in list(self._cursors):
            cursor.close()
        self._database.end(session)

    def __enter__(self) -> Connection:
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # Half-made if __init__ has failed; and modules may be gone when the interpreter ends.
        if getattr(self, "_session", None) is not None:
            try:
                self.close()
            except Exception:
                pass

    def get_table_schema(self, table: str, schema: str | None = None) -> pa.Schema:
        """The columns of a table as Arrow has them, with what the catalogue says of each.

        Raises:
            ProgrammingError: There is no such table.
        """
        import pyarrow as pa

        connection = self._open()
        handle = self.call(lambda: connection.get_table_schema(None, schema, table))
        return pa.schema(handle)

    def call(self, work: Callable[[], Answer]) -> Answer:
        """Calls the driver for this connection: interruptible, with our exceptions."""
        return call_driver(work, self._open().cancel)

    def _statement(self) -> AdbcStatement:
        """A statement of the driver. One thread at a time may ask for one."""
        with self._lock:
            session = self._open()
            try:
                return AdbcStatement(session)
            except Exception as error:
                raise of_driver(error) from None

    def _warn(self) -> None:
        """Passes on what vendors have complained about, each complaint once."""
        with self._lock:
            session = self._session
            try:
                said = session.get_option("zuzen.warnings") if session is not None else ""
            except Exception:
                said = ""
        for line in said.splitlines():
            warnings.warn(line, _exceptions.Warning, stacklevel=4)

    def _open(self) -> AdbcConnection:
        if self._session is None:
            raise InterfaceError("the connection is closed", hint="open another with connect()")
        if not self.is_ours():
            raise InterfaceError(
                "the connection belongs to the process that this one was forked from",
                hint="open a connection of its own in each process",
            )
        return self._session
