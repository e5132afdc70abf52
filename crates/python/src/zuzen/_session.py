"""Sessions of the driver: what is behind a connection."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from adbc_driver_manager import AdbcConnection, AdbcStatement

from ._database import Database
from ._exceptions import InterfaceError, of_driver
from ._handle import Handle
from ._waiting import call_driver

if TYPE_CHECKING:
    from ._statement import Statement

Answer = TypeVar("Answer")


class Session(Handle):
    """A session. Its statements are inside of it, so that it lasts as long as somebody reads their rows."""

    def __init__(self, database: Database) -> None:
        """Begins one of this database."""
        super().__init__()
        self._statements: weakref.WeakSet[Statement] = weakref.WeakSet()
        self._database = database
        self._handle: AdbcConnection | None = None
        self._handle = database.begin()

    def check(self) -> None:
        """Raises InterfaceError if it is closed or belongs to another process."""
        if self._closed:
            raise closed()
        if not self.is_ours():
            raise forked()

    def call(self, work: Callable[[AdbcConnection], Answer]) -> Answer:
        """Calls the driver: interruptible, with our exceptions."""
        self.check()
        return call_driver(lambda: self.within(lambda: work(self._opened())), self.cancel)

    def begin(self, statement: Statement) -> AdbcStatement:
        """The handle for a statement, which is inside from then on."""
        # One thread at a time may ask for one, and none while it is closed.
        with self._lock:
            self.enter()
            try:
                self._statements.add(statement)
                return AdbcStatement(self._opened())
            except BaseException:
                self.leave()
                raise

    def end(self, handle: AdbcStatement) -> None:
        """Releases the handle of a statement, which leaves."""
        try:
            handle.close()
        except Exception as error:
            raise of_driver(error) from None
        finally:
            self.leave()

    def warnings(self) -> list[str]:
        """What vendors have complained about since it was asked last."""
        with self._lock:
            if self._closed or self._handle is None:
                return []
            try:
                said: str = self._handle.get_option("zuzen.warnings")
                return said.splitlines()
            except Exception:
                return []

    def cancel(self) -> None:
        """Stops whatever runs in it."""
        with self._lock:
            if self._handle is not None and self.is_ours():
                try:
                    self._handle.cancel()
                except Exception:
                    # There was nothing to stop.
                    pass

    def close(self) -> None:
        """Ends it with all its statements. Who is reading their rows is told so."""
        with self._lock:
            self._closed = True
            statements = list(self._statements)
        # Not with the lock: a statement that is released comes back here to leave.
        for statement in statements:
            statement.close(closed())
        if self._inside:
            self.cancel()
        self._settle()

    def _opened(self) -> AdbcConnection:
        if self._handle is None:
            raise closed()
        return self._handle

    def _release(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            self._database.end(handle)


def closed() -> InterfaceError:
    """What is said to whoever uses a session after its end."""
    return InterfaceError("the connection is closed", hint="open another with connect()")


def forked() -> InterfaceError:
    """What is said to a process that uses what it has inherited."""
    return InterfaceError(
        "the connection belongs to the process that this one was forked from",
        hint="open a connection of its own in each process",
    )
