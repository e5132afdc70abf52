"""The rows of a statement as they arrive: Arrow batches, and Python's rows of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
from adbc_driver_manager import ArrowArrayStreamHandle
from adbc_driver_manager._reader import AdbcRecordBatchReader

from ._exceptions import Error, InterfaceError
from ._values import values

#: Calls the driver, and turns its failures into exceptions.
Caller = Callable[[Callable[[], Any]], Any]


class Result:
    """A result that is read once, from the front. Rows and batches may be mixed: whatever has been read is gone."""

    def __init__(self, handle: ArrowArrayStreamHandle, call: Caller) -> None:
        """Takes over the stream and reads its first batch, so that what fails at once fails in ``execute``."""
        self._call = call
        # Two threads that read the same result must not meet inside the stream.
        self._lock = threading.RLock()
        # The driver manager's reader asks a stream that failed for the whole error; Arrow's own knows a text alone.
        reader: pa.RecordBatchReader = call(lambda: AdbcRecordBatchReader._import_from_c(handle.address))
        self._reader: pa.RecordBatchReader | None = reader
        self.schema: pa.Schema = reader.schema
        self._ahead: pa.RecordBatch | None = None
        self._rows: Iterator[tuple[Any, ...]] = iter(())
        #: Rows that the current batch still has, and how many have been handed out.
        self._left = 0
        self.row_number = 0
        self._ahead = self._read()

    def _read(self) -> pa.RecordBatch | None:
        reader = self._reader
        if reader is None:
            return None
        batch: pa.RecordBatch | None
        try:
            batch = self._call(lambda: _next(reader))
        except BaseException:
            self.close()
            raise
        if batch is None:
            self.close()
        return batch

    def next_batch(self) -> pa.RecordBatch | None:
        """The next batch with rows; None at the end. Rows of a batch that was begun come as a batch of their own."""
        with self._lock:
            if self._left:
                rest = self._begun.slice(self._begun.num_rows - self._left)
                self._left, self._rows = 0, iter(())
                self.row_number += int(rest.num_rows)
                return rest
            batch = self._ahead
            if batch is not None:
                self._ahead = None
            else:
                batch = self._read()
            if batch is not None:
                self.row_number += int(batch.num_rows)
            return batch

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The batches that are left."""
        while (batch := self.next_batch()) is not None:
            yield batch

    def reader(self) -> pa.RecordBatchReader:
        """What is left as a reader of Arrow's own kind. Failures keep their class and their hint."""
        return pa.RecordBatchReader.from_batches(self.schema, self.batches())

    def table(self) -> pa.Table:
        """What is left, in memory."""
        return pa.Table.from_batches(list(self.batches()), self.schema)

    def rows(self, at_most: int | None = None) -> list[tuple[Any, ...]]:
        """The next rows, or all that are left."""
        found: list[tuple[Any, ...]] = []
        with self._lock:
            while at_most is None or len(found) < at_most:
                if not self._left:
                    batch = self.next_batch()
                    if batch is None:
                        break
                    self._begin(batch)
                wanted = self._left if at_most is None else min(self._left, at_most - len(found))
                found.extend(next(self._rows) for _ in range(wanted))
                self._left -= wanted
                self.row_number += wanted
        return found

    def begun_rows(self) -> list[tuple[Any, ...]]:
        """The rows of one batch: what is left of the one that was begun, or the next. None are left if it is empty."""
        with self._lock:
            if not self._left:
                batch = self.next_batch()
                if batch is None:
                    return []
                self._begin(batch)
            return self.rows(self._left)

    def _begin(self, batch: pa.RecordBatch) -> None:
        self._begun = batch
        self._left = int(batch.num_rows)
        # The batch has been counted as a whole.
        self.row_number -= self._left
        columns = [values(column) for column in batch.columns]
        self._rows = zip(*columns) if columns else iter([()] * self._left)

    def close(self) -> None:
        """Ends the statement's work; rows that nobody has read are not asked for any more."""
        reader, self._reader = self._reader, None
        if reader is not None:
            try:
                reader.close()
            except (pa.ArrowException, OSError):
                # A stream that has failed has nothing left to release.
                pass


def _next(reader: pa.RecordBatchReader) -> pa.RecordBatch | None:
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return None
        if batch.num_rows:
            return batch


def spent() -> Error:
    """What fetching says where there is nothing to fetch."""
    return InterfaceError("there is no result to fetch", hint="call execute() with a statement that has rows first")
