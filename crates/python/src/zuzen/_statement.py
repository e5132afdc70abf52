"""Statements of the driver: what is behind a cursor, and behind the rows that it has given away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import pyarrow as pa
from adbc_driver_manager import AdbcStatement
from adbc_driver_manager._reader import AdbcRecordBatchReader

from ._bound import bound
from ._exceptions import Error, InterfaceError, again, of_driver
from ._handle import Handle
from ._parameters import Parameters
from ._session import Session, forked
from ._waiting import call_driver, wait_for

Answer = TypeVar("Answer")


class Statement(Handle):
    """One statement with the stream of its rows, from its beginning to the last of them.

    It is open, or it has ended, or it is of no use any more for a reason: it failed, was cancelled or was closed. Then ``error`` is
    that reason, the first that there was, and whoever wants rows is told it.
    """

    def __init__(self, session: Session) -> None:
        """One of this session. The driver hears of it when it is executed."""
        super().__init__()
        self.session = session
        self.error: Error | None = None
        self._handle: AdbcStatement | None = None
        self._rows: pa.RecordBatchReader | None = None

    def check(self) -> None:
        """Raises why it is of no use any more."""
        if self.error is not None:
            raise again(self.error)
        if self._closed:
            raise InterfaceError("the statement has ended", hint="execute it again")
        # Not whether the session has been closed: that ends its statements, and they have this reason then. A session that nobody
        # holds any more lasts as long as they do.
        if not self.is_ours():
            raise forked()

    def call(self, work: Callable[[], Answer]) -> Answer:
        """Calls the driver for it: interruptible, with our exceptions."""
        return call_driver(lambda: self.within(work), self.cancel)

    def prepared(self, sql: str, values: Parameters | None) -> AdbcStatement:
        """The driver's handle, ready to be executed."""
        batch = bound(values) if values else None
        self._handle = handle = self.session.begin(self)
        handle.set_sql_query(sql)
        if batch is not None:
            if isinstance(values, Mapping):
                handle.set_options(**{"adbc.statement.bind_by_name": "true"})
            handle.bind(batch)
        # It may have been closed meanwhile.
        self.check()
        return handle

    def query(self, sql: str, values: Parameters | None) -> pa.Schema:
        """Executes it, inside of ``call``, and returns the columns of its rows."""
        handle = self.prepared(sql, values)
        stream, _ = handle.execute_query()
        # The driver manager's reader asks a stream that failed for the whole error; Arrow's own knows a text alone.
        self._rows = AdbcRecordBatchReader._import_from_c(stream.address)
        return self._rows.schema

    def outline(self, sql: str, values: Parameters | None) -> pa.Schema:
        """The columns that it would have, inside of ``call``."""
        return pa.schema(self.prepared(sql, values).execute_schema())

    def next_batch(self) -> pa.RecordBatch | None:
        """The next rows that arrive, inside of ``call``; None at their end."""
        assert self._rows is not None
        while True:
            # It may have been closed by another thread before the driver was asked.
            self.check()
            try:
                batch = self._rows.read_next_batch()
            except StopIteration:
                # The driver need not keep what has ended. It is released with the end of this call.
                self._closed = True
                return None
            if batch.num_rows:
                return batch

    def progress(self) -> float | None:
        """How far it is, from 0 to 1; None if nobody can tell."""
        with self._lock:
            # Before there are rows, the driver is inside of the statement, where nobody else may be.
            if self._handle is None or self._rows is None or not self.is_ours():
                return None
            try:
                done = self._handle.get_option_float("adbc.statement.exec.progress")
                whole = self._handle.get_option_float("adbc.statement.exec.max_progress")
            except Exception:
                return None
        return min(done / whole, 1.0) if whole > 0 else None

    def cancel(self) -> None:
        """Stops it, if it runs. Whoever waits for its rows is told so by the driver."""
        with self._lock:
            if self._handle is not None and self.is_ours():
                try:
                    self._handle.cancel()
                except Exception:
                    # It had ended by itself, or has not begun.
                    pass

    def close(self, error: Error) -> None:
        """Ends it for this reason. Whoever waits for its rows is stopped; it is released as soon as nobody is inside."""
        with self._lock:
            if self.error is None:
                self.error = error
            self._closed = True
            if self._inside:
                self.cancel()
        if self._handle is not None and not self._inside:
            # Elsewhere than in the main thread, where Ctrl-C might come between two halves of it.
            wait_for(self._settle, _nothing)

    def _release(self) -> None:
        rows, self._rows = self._rows, None
        handle, self._handle = self._handle, None
        if rows is not None:
            try:
                rows.close()
            except (pa.ArrowException, OSError):
                # A stream that has failed has nothing left to release.
                pass
        if handle is not None:
            try:
                self.session.end(handle)
            except Exception as error:
                raise of_driver(error) from None


def _nothing() -> None:
    """What cannot be cancelled: it only takes moments."""
