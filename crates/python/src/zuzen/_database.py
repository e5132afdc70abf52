"""A database of the driver: the accounts of one or more sessions."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping

from adbc_driver_manager import AdbcConnection, AdbcDatabase

from ._driver import open_database
from ._exceptions import InterfaceError, of_driver


class Database:
    """What sessions share: signing in, rate limits, what is known of tables. The last session to end closes it."""

    def __init__(self, options: Mapping[str, str]) -> None:
        """Opens it. Nothing is sent yet."""
        self.process = os.getpid()
        # The collector may end another session of it in the middle of what holds the lock.
        self._lock = threading.RLock()
        self._sessions = 0
        self._handle: AdbcDatabase | None = open_database(options)

    def begin(self) -> AdbcConnection:
        """A new session.

        Raises:
            InterfaceError: Its last session has ended.
        """
        with self._lock:
            if self._handle is None:
                raise InterfaceError("the connection is closed", hint="open another with connect()")
            # Counted before it is there, so that another's end does not close the database under it.
            self._sessions += 1
            try:
                return AdbcConnection(self._handle)
            except Exception as error:
                self._ended()
                raise of_driver(error) from None

    def end(self, session: AdbcConnection) -> None:
        """Ends a session."""
        try:
            session.close()
        except Exception as error:
            raise of_driver(error) from None
        with self._lock:
            self._ended()

    def _ended(self) -> None:
        self._sessions -= 1
        if self._sessions > 0:
            return
        handle, self._handle = self._handle, None
        if handle is not None:
            try:
                handle.close()
            except Exception as error:
                raise of_driver(error) from None
