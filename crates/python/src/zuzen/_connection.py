"""Connections of PEP 249, over ADBC's."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import _exceptions
from ._database import Database
from ._parameters import Parameters
from ._session import Session
from ._text import text

if TYPE_CHECKING:
    import pyarrow as pa

    from ._cursor import Cursor


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
        self._database = database if isinstance(database, Database) else Database(database)
        self._session = Session(self._database)

    @property
    def closed(self) -> bool:
        """Whether it has been closed."""
        return self._session.closed

    @property
    def schema(self) -> str:
        """The schema whose tables need no name before theirs: that of the only connection, or the one that USE has chosen."""
        schema: str = self._session.call(lambda session: session.get_option("adbc.connection.db_schema"))
        return schema

    def another(self) -> Connection:
        """Another session over the same accounts, with settings and views of its own. They share sign-in and rate limits."""
        self._session.check()
        return Connection(self._database)

    def is_ours(self) -> bool:
        """Whether it was opened in this process, and not in one that this was forked from."""
        return self._session.is_ours()

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
        self._session.check()

    def rollback(self) -> None:
        """Does nothing: there are no transactions, and nothing is written that could be taken back.

        Raises:
            InterfaceError: The connection is closed.
        """
        self._session.check()

    def cancel(self) -> None:
        """Stops whatever runs in this session, from another thread. What runs raises OperationalError."""
        self._session.check()
        self._session.cancel()

    def close(self) -> None:
        """Ends the session. Cursors are closed, requests under way are stopped. Closing twice is allowed.

        Whoever reads rows of it meanwhile, or later, gets an InterfaceError.
        """
        self._session.close()

    def __enter__(self) -> Connection:
        self._session.check()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def get_table_schema(self, table: str, schema: str | None = None) -> pa.Schema:
        """The columns of a table as Arrow has them, with what the catalogue says of each.

        Raises:
            ProgrammingError: There is no such table.
        """
        import pyarrow as pa

        table = text(table, "the table")
        if schema is not None:
            schema = text(schema, "the schema")
        return pa.schema(self._session.call(lambda session: session.get_table_schema(None, schema, table)))

    def _warn(self) -> None:
        """Passes on what vendors have complained about, each complaint once."""
        for line in self._session.warnings():
            warnings.warn(line, _exceptions.Warning, stacklevel=4)
