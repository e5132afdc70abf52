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
        self._lock = threading.Lock()
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
            try:
                session = AdbcConnection(self._handle)
            except Exception as error:
                if self._sessions == 0:
                    self._close()
                raise of_driver(error) from None
            self._sessions += 1
            return session

    def end(self, session: AdbcConnection) -> None:
        """Ends a session."""
        try:
            session.close()
        except Exception as error:
            raise of_driver(error) from None
        with self._lock:
            self._sessions -= 1
            if self._sessions == 0:
                self._close()

    def _close(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            try:
                handle.close()
            except Exception as error:
                raise of_driver(error) from None
