"""The rows of a statement as they arrive: Arrow batches, and Python's rows of them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from ._exceptions import Error, InterfaceError, again, cancelled
from ._parameters import Parameters
from ._statement import Statement
from ._values import values

Row = tuple[Any, ...]


class Result:
    """A result that is read once, from the front. Rows and batches may be mixed: whatever has been handed out is gone.

    It is open, it has ended, or it is broken: whoever wants rows then gets what its statement has for an error, each time. Only a
    result that has ended has an end. What fails to hand out rows leaves them where they are.
    """

    def __init__(self, statement: Statement, sql: str, parameters: Parameters | None) -> None:
        """Executes the statement and reads its first batch, so that what fails at once fails in ``execute``."""
        self._statement = statement
        # Two threads that read the same result must not meet inside the stream.
        self._lock = threading.RLock()
        self._arrived: deque[_Batch] = deque()
        self._ended = False
        self.schema: pa.Schema
        self.row_number = 0

        def begin() -> None:
            self.schema = statement.query(sql, parameters)
            self._arrive()

        self._call(begin)

    def next_batch(self) -> pa.RecordBatch | None:
        """The next batch with rows; None at the end. Rows of a batch that was begun come as a batch of their own."""
        with self._lock:
            self._check()
            if not self._arrived and not self._more():
                return None
            rest = self._arrived[0].rest()
            self._hand_out(int(rest.num_rows))
            return rest

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The batches that are left."""
        return _Batches(self)

    def reader(self) -> pa.RecordBatchReader:
        """What is left as a reader of Arrow's own kind. Failures keep their class and their hint."""
        self._check()
        return pa.RecordBatchReader.from_batches(self.schema, self.batches())

    def table(self) -> pa.Table:
        """What is left, in memory."""
        with self._lock:
            self._check()
            while self._more():
                pass
            table = pa.Table.from_batches([batch.rest() for batch in self._arrived], self.schema)
            self._hand_out(int(table.num_rows))
            return table

    def rows(self, at_most: int | None = None) -> list[Row]:
        """The next rows, or all that are left."""
        found: list[Row] = []
        with self._lock:
            self._check()
            place = 0
            while at_most is None or len(found) < at_most:
                if place == len(self._arrived) and not self._more():
                    break
                found += self._arrived[place].rows(None if at_most is None else at_most - len(found))
                place += 1
            self._hand_out(len(found))
        return found

    def row_at_hand(self) -> Row | None:
        """The next row if it can be had without waiting."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            self._check()
            return self.rows(1)[0] if self._arrived and self._arrived[0].is_read else None
        finally:
            self._lock.release()

    def get_ready(self) -> bool:
        """Waits for a row that can be had without waiting then. False at the end."""
        with self._lock:
            self._check()
            if not self._arrived and not self._more():
                return False
            self._arrived[0].rows(1)
            return True

    def lose(self) -> None:
        """Rows may have been handed to somebody who did not wait for them. So there are no more, and no end either."""
        self._ended = False
        self._statement.close(cancelled())

    def _check(self) -> None:
        """Raises what broke it. Once all rows of one that has ended are handed out, nothing can break it any more."""
        error = self._statement.error
        if error is not None and (self._arrived or not self._ended):
            raise again(error)

    def _more(self) -> bool:
        """Waits for one more batch. False at the end."""
        if not self._ended:
            self._call(self._arrive)
        return not self._ended

    def _arrive(self) -> None:
        """What happens inside of the statement, as a whole: nobody can interrupt it between taking a batch and keeping it."""
        batch = self._statement.next_batch()
        if batch is None:
            self._ended = True
        else:
            self._arrived.append(_Batch(batch))

    def _call(self, work: Any) -> None:
        try:
            self._statement.call(work)
        except Error as error:
            self._statement.close(error)
            assert self._statement.error is not None
            # It may have been closed by another thread. Then the driver tells what came of that, and not why.
            raise again(self._statement.error) from None
        except BaseException:
            # The call may still be under way, and whatever it brings will come too late.
            self._statement.close(cancelled())
            raise

    def _hand_out(self, count: int) -> None:
        self.row_number += count
        while count:
            batch = self._arrived[0]
            if count < batch.left:
                batch.start += count
                break
            count -= batch.left
            self._arrived.popleft()


class _Batches(Iterator[pa.RecordBatch]):
    """The batches of a result. No generator, because one that has raised an error has come to its end."""

    def __init__(self, result: Result) -> None:
        self._result = result

    def __next__(self) -> pa.RecordBatch:
        batch = self._result.next_batch()
        if batch is None:
            raise StopIteration
        return batch


class _Batch:
    """A batch that has arrived, and how many of its rows have been handed out."""

    __slots__ = ("_batch", "_rows", "start")

    def __init__(self, batch: pa.RecordBatch) -> None:
        self._batch = batch
        self._rows: list[Row] | None = None
        self.start = 0

    @property
    def left(self) -> int:
        return int(self._batch.num_rows) - self.start

    @property
    def is_read(self) -> bool:
        """Whether its rows are Python's already."""
        return self._rows is not None

    def rest(self) -> pa.RecordBatch:
        return self._batch.slice(self.start) if self.start else self._batch

    def rows(self, at_most: int | None) -> list[Row]:
        """The next of its rows. They stay where they are."""
        if self._rows is None:
            columns = [values(column) for column in self._batch.columns]
            self._rows = list(zip(*columns)) if columns else [()] * int(self._batch.num_rows)
        end = None if at_most is None else self.start + at_most
        return self._rows[self.start : end]


def spent() -> Error:
    """What fetching says where there is nothing to fetch."""
    return InterfaceError("there is no result to fetch", hint="call execute() with a statement that has rows first")
