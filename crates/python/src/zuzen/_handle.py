"""Handles of the driver, and who is inside of them.

The driver must not release what a call is still using. A call can outlast its caller: Ctrl-C ends the wait for it, a task is
cancelled, another thread closes the cursor meanwhile. So nobody releases a handle by closing it. Closing says that it is not wanted
any more, and it is released when nobody is inside: at once, or by the last call to leave.
"""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


class Handle(ABC):
    """Something of the driver's. It lives until it is closed, or nobody holds it any more, and nobody is inside."""

    def __init__(self) -> None:
        #: The process that opened it. Others that have inherited it leave it alone: what it stands for lives there.
        self.process = os.getpid()
        # The collector may come to another handle, or to this one, in the middle of whatever holds it.
        self._lock = threading.RLock()
        self._inside = 0
        self._closed = False
        self._released = False

    @property
    def closed(self) -> bool:
        """Whether it is wanted no more."""
        return self._closed

    def is_ours(self) -> bool:
        """Whether it was opened in this process, and not in one that this was forked from."""
        return os.getpid() == self.process

    @abstractmethod
    def check(self) -> None:
        """Raises what there is to say if it cannot be used any more."""

    @abstractmethod
    def _release(self) -> None:
        """Gives back to the driver what there is. It is called once, with the lock, when nobody is inside."""

    def enter(self) -> None:
        """Keeps it from being released until ``leave``."""
        with self._lock:
            self.check()
            self._inside += 1

    def leave(self) -> None:
        """The opposite of ``enter``. The last to leave what has been closed releases it."""
        with self._lock:
            self._inside -= 1
        self._settle()

    def within(self, work: Callable[[], Answer]) -> Answer:
        """Does the work inside."""
        self.enter()
        try:
            return work()
        finally:
            self.leave()

    def let_go(self) -> None:
        """It is wanted no more. Those who are inside may end what they do."""
        self._closed = True
        self._settle()

    def _settle(self) -> None:
        if not self.is_ours():
            return
        with self._lock:
            if self._closed and not self._inside and not self._released:
                self._released = True
                self._release()

    def __del__(self) -> None:
        # Half-made if __init__ has failed; and modules may be gone when the interpreter ends.
        if not getattr(self, "_released", True):
            try:
                self.let_go()
            except Exception:
                pass
