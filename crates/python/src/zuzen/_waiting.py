"""Waiting for the driver so that Ctrl-C, or any other exception of a signal handler, ends the wait and cancels the work.

Python runs signal handlers in the main thread, and only between two of its instructions. A call into the driver is one instruction
that may take minutes. So the main thread has another thread make the call and waits for it with a lock, which signals do
interrupt. Other threads never get signals; they make the call themselves. Nothing is kept between calls, so there is nothing that a
fork could copy half-done or that the end of the interpreter would wait for.

A call that does not end though it is cancelled goes on behind the back of whoever waited. What it uses is its own as long as that
lasts: see ``_handle``.
"""

from __future__ import annotations

import _thread
import asyncio
import sys
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from ._exceptions import of_driver

Answer = TypeVar("Answer")

#: Seconds that cancelled work may take to end before it is left alone.
GRACE = 10.0

#: Seconds until work that goes on though it was cancelled is cancelled again: the driver may not have begun with it the first time.
_AGAIN = 0.05

# Waits for a lock are not interrupted by Ctrl-C on Windows.
_SLICE = 0.1 if sys.platform == "win32" else None


class _Call(Generic[Answer]):
    """A call in a thread of its own. It is made once, or never if nobody waits for it any more before it has begun."""

    def __init__(self, work: Callable[[], Answer], done: Callable[[], object] | None = None) -> None:
        self._work = work
        self._done = done
        # Whoever has it decides: the thread that makes the call, or the one that gives up.
        self._claim = threading.Lock()
        self._going = threading.Lock()
        self._going.acquire()
        self.ended = False
        self._answer: Answer
        self._error: BaseException | None = None

    def start(self) -> bool:
        """Begins. False if there are no threads any more because the interpreter ends."""
        try:
            # In one step, unlike threading.Thread: a signal comes before it or after it. The end of the interpreter does not wait
            # for such threads, as it should not: for a query that nobody can stop any more.
            _thread.start_new_thread(self._run, ())
        except RuntimeError:
            return False
        return True

    def _run(self) -> None:
        if not self._claim.acquire(blocking=False):
            return
        try:
            self._answer = self._work()
        except BaseException as error:
            self._error = error
        finally:
            self.ended = True
            self._going.release()
            if self._done is not None:
                self._done()

    def wait(self, seconds: float | None) -> bool:
        """Whether it has ended, after at most so many seconds."""
        if not self.ended:
            self._going.acquire(timeout=-1 if seconds is None else seconds)
        return self.ended

    def withdraw(self) -> bool:
        """Takes it back. False if it has begun."""
        return self._claim.acquire(blocking=False)

    def outcome(self) -> Answer:
        if self._error is not None:
            raise self._error
        return self._answer


def wait_for(
    work: Callable[[], Answer], cancel: Callable[[], object], tick: Callable[[], object] | None = None, every: float | None = _SLICE
) -> Answer:
    """Does the work and returns its answer. If a signal handler raises meanwhile, ``cancel`` is called and that is raised.

    In the main thread, ``tick`` is called ``every`` so many seconds as long as it takes.
    """
    if threading.get_ident() != threading.main_thread().ident:
        return work()
    call = _Call(work)
    try:
        started = call.start()
        while started and not call.wait(every):
            if tick is not None:
                tick()
    except BaseException:
        _give_up(call, cancel)
        raise
    return call.outcome() if started else work()


def _give_up(call: _Call[Answer], cancel: Callable[[], object]) -> None:
    """Stops the call and waits for its end, whatever else arrives meanwhile: a second Ctrl-C wants what is under way already."""
    until = time.monotonic() + GRACE
    begun = not call.withdraw()
    while True:
        try:
            _stop(cancel)
            if not begun or call.wait(_AGAIN) or time.monotonic() > until:
                return
        except BaseException:
            continue


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
    if not call.start():
        return work()
    try:
        await ended.wait()
    except GeneratorExit:
        # The loop has ended without its tasks, and nothing can be awaited any more.
        _stop(cancel)
        raise
    except BaseException:
        until = time.monotonic() + GRACE
        begun = not call.withdraw()
        while True:
            _stop(cancel)
            if not begun or call.ended or time.monotonic() > until:
                break
            try:
                await asyncio.wait_for(ended.wait(), _AGAIN)
            except (asyncio.TimeoutError, asyncio.CancelledError):
                # Cancelled once more, which changes nothing.
                continue
        raise
    return call.outcome()


def _stop(cancel: Callable[[], object]) -> None:
    try:
        cancel()
    except Exception:
        # It had ended by itself, and what interrupted the wait must not be lost over that.
        pass
