"""Waiting for the driver so that Ctrl-C, or any other exception of a signal handler, ends the wait and cancels the work.

Python runs signal handlers in the main thread, and only between two of its instructions. A call into the driver is one instruction
that may take minutes. So the main thread has another thread make the call and waits for it with a lock, which signals do
interrupt. Other threads never get signals; they make the call themselves. Nothing is kept between calls, so there is nothing that a
fork could copy half-done or that the end of the interpreter would wait for.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

from ._exceptions import of_driver

Answer = TypeVar("Answer")

#: Seconds that cancelled work may take to end before it is left alone.
GRACE = 10.0

# Waits for a lock are not interrupted by Ctrl-C on Windows.
_SLICE = 0.1 if sys.platform == "win32" else None


class _Call(threading.Thread):
    """A call in a thread of its own."""

    def __init__(self, work: Callable[[], Answer], done: Callable[[], object]) -> None:
        # A daemon, because the interpreter would otherwise wait at its end for a query that nobody can stop any more.
        super().__init__(name="zuzen", daemon=True)
        self._work = work
        self._done = done
        self.answer: object = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.answer = self._work()
        except BaseException as error:
            self.error = error
        finally:
            self._done()

    def outcome(self) -> object:
        if self.error is not None:
            raise self.error
        return self.answer


def wait_for(
    work: Callable[[], Answer], cancel: Callable[[], object], tick: Callable[[], object] | None = None, every: float | None = _SLICE
) -> Answer:
    """Does the work and returns its answer. If a signal handler raises meanwhile, ``cancel`` is called and that is raised.

    In the main thread, ``tick`` is called ``every`` so many seconds as long as it takes.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    ended = threading.Event()
    call = _Call(work, ended.set)
    try:
        call.start()
    except RuntimeError:
        # No threads are made any more when the interpreter ends.
        return work()
    try:
        while not ended.wait(every):
            if tick is not None:
                tick()
    except BaseException:
        _stop(cancel)
        ended.wait(GRACE)
        raise
    return call.outcome()  # type: ignore[return-value]


def call_driver(work: Callable[[], Answer], cancel: Callable[[], object]) -> Answer:
    """The same for a call of the driver, whose failures become our exceptions. What a signal handler raises stays as it is."""

    def told() -> Answer:
        try:
            return work()
        except Exception as error:
            raise of_driver(error) from None

    return wait_for(told, cancel)


async def awaited(work: Callable[[], Answer], cancel: Callable[[], object]) -> Answer:
    """The same for a coroutine. If its task is cancelled, ``cancel`` is called, and the work has ended when this does."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def done() -> None:
        try:
            loop.call_soon_threadsafe(ended.set)
        except RuntimeError:
            # The loop was closed without waiting for its tasks.
            pass

    call = _Call(work, done)
    call.start()
    try:
        await ended.wait()
    except BaseException:
        _stop(cancel)
        try:
            await asyncio.wait_for(ended.wait(), GRACE)
        except (asyncio.TimeoutError, asyncio.CancelledError):
            pass
        raise
    return call.outcome()  # type: ignore[return-value]


def _stop(cancel: Callable[[], object]) -> None:
    try:
        cancel()
    except Exception:
        # It had ended by itself, and what interrupted the wait must not be lost over that.
        pass
