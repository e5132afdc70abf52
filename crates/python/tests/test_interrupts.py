"""Ctrl-C, cancelled tasks, forks, collected cursors, the end of the interpreter: no hang, no crash."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import weakref

import pytest
from conftest import Served

import zuzen
import zuzen.zendesk

#: Takes many requests, one after another, at an account that answers after a second.
LONG = "SELECT count(*), max(subject) FROM tickets"

#: Seconds in which whatever is stopped has to stop.
SOON = 8.0


def _after(seconds: float, act: object) -> threading.Timer:
    timer = threading.Timer(seconds, act)  # type: ignore[arg-type]
    timer.start()
    return timer


def test_ctrl_c_cancels(slow: Served) -> None:
    with zuzen.zendesk.connect(slow.strings[0]) as connection:
        cursor = connection.cursor()
        started = time.monotonic()
        timer = _after(1.5, lambda: os.kill(os.getpid(), signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            cursor.execute(LONG)
            cursor.fetchall()
        timer.join()
        assert time.monotonic() - started < SOON
        sent = len(connection.requests())
        time.sleep(2.5)
        assert len(connection.requests()) <= sent + 1
        assert cursor.execute("SELECT 1").fetchall() == [(1,)]


def test_any_signal_handler_ends_the_wait(slow: Served) -> None:
    class Alarm(Exception):
        pass

    def ring(*_: object) -> None:
        raise Alarm

    previous = signal.signal(signal.SIGALRM, ring)
    try:
        with zuzen.zendesk.connect(slow.strings[0]) as connection:
            signal.setitimer(signal.ITIMER_REAL, 1.0)
            started = time.monotonic()
            with pytest.raises(Alarm):
                connection.execute(LONG).fetch_arrow_table()
            assert time.monotonic() - started < SOON
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def test_any_moment_may_be_interrupted() -> None:
    """In a process of its own, because what went wrong here was a crash: a signal every three milliseconds, in and between calls."""
    script = """
        import signal, threading, time, zuzen
        connection = zuzen.demo(tickets=100)
        wanted = len(connection.execute("SELECT id FROM zendesk.tickets").fetchall())
        end = time.monotonic() + 6
        main = threading.main_thread().ident

        def kick():
            while time.monotonic() < end:
                time.sleep(0.003)
                signal.pthread_kill(main, signal.SIGINT)

        kicking = threading.Thread(target=kick)
        kicking.start()
        interrupted = 0
        while kicking.is_alive():
            try:
                while kicking.is_alive():
                    # What comes to its end has all rows.
                    assert len(connection.execute("SELECT id FROM zendesk.tickets").fetchall()) == wanted
                    cursor = connection.execute("SELECT id FROM zendesk.tickets")
                    cursor.fetchone()
                    cursor.close()
            except KeyboardInterrupt:
                interrupted += 1
            except zuzen.OperationalError as error:
                assert error.status == "CANCELLED", error
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        assert interrupted > 100, interrupted
        assert len(connection.execute("SELECT id FROM zendesk.tickets").fetchall()) == wanted
        connection.close()
        print("fine")
    """
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=90
    )
    assert (done.returncode, done.stdout.strip()) == (0, "fine"), done.stderr


def test_work_outlasts_whoever_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that cannot be stopped keeps its handle until it ends, however often its caller is interrupted."""
    from zuzen import _waiting
    from zuzen._handle import Handle

    monkeypatch.setattr(_waiting, "GRACE", 0.5)
    released = threading.Event()

    class Stubborn(Handle):
        def check(self) -> None: ...

        def _release(self) -> None:
            released.set()

    handle = Stubborn()
    go_on = threading.Event()
    timers = [_after(seconds, lambda: os.kill(os.getpid(), signal.SIGINT)) for seconds in (0.2, 0.4)]
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        _waiting.call_driver(lambda: handle.within(go_on.wait), lambda: None)
    assert time.monotonic() - started > 0.6
    for timer in timers:
        timer.join()
    handle.let_go()
    assert not released.is_set()
    go_on.set()
    assert released.wait(5)


def test_work_outlasts_a_task_that_is_cancelled_twice() -> None:
    from zuzen._waiting import awaited

    going = threading.Event()
    ended = threading.Event()

    def work() -> None:
        going.wait(5)
        time.sleep(0.5)
        ended.set()

    async def main() -> None:
        task = asyncio.create_task(awaited(work, going.set))
        await asyncio.sleep(0.2)
        task.cancel()
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended.is_set()

    asyncio.run(main())


def test_another_thread_cancels(slow: Served) -> None:
    with zuzen.zendesk.connect(slow.strings[0]) as connection:
        for cancel in (lambda cursor: cursor.cancel(), lambda cursor: connection.cancel()):
            cursor = connection.cursor()
            timer = _after(1.0, lambda: cancel(cursor))
            started = time.monotonic()
            with pytest.raises(zuzen.OperationalError) as raised:
                cursor.execute(LONG).fetchall()
            timer.join()
            assert raised.value.status == "CANCELLED"
            assert time.monotonic() - started < SOON


def test_a_cancelled_task_cancels(slow: Served) -> None:
    async def main() -> float:
        async with await zuzen.zendesk.aconnect(slow.strings[0]) as connection:
            task = asyncio.create_task(connection.execute(LONG))
            await asyncio.sleep(1.0)
            started = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            took = time.monotonic() - started
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(connection.execute(LONG), 1.0)
            return took

    assert asyncio.run(main()) < SOON


def test_coroutines_wait_side_by_side(slow: Served) -> None:
    async def main() -> float:
        async with await zuzen.zendesk.aconnect(slow.strings[0]) as connection:
            await connection.execute("SELECT id FROM groups")
            started = time.monotonic()
            ticks = 0

            async def tick() -> None:
                nonlocal ticks
                while True:
                    await asyncio.sleep(0.05)
                    ticks += 1

            ticking = asyncio.create_task(tick())
            await asyncio.gather(*(connection.execute(f"SELECT name FROM groups WHERE id = {n}") for n in range(1, 5)))
            ticking.cancel()
            assert ticks > 5
            return time.monotonic() - started

    assert asyncio.run(main()) < 3.5


def test_async_cursors_read_rows_and_batches(zendesk: Served) -> None:
    async def main() -> None:
        async with await zuzen.aconnect(zendesk=zendesk.strings[0]) as connection:
            cursor = await connection.execute("SELECT id FROM tickets ORDER BY id")
            ids = [row[0] async for row in cursor]
            await cursor.execute("SELECT id FROM tickets ORDER BY id")
            batches = [batch async for batch in cursor.batches()]
            assert sum(batch.num_rows for batch in batches) == len(ids) > 100
            await cursor.execute("SELECT id FROM tickets WHERE id = ?", (ids[0],))
            assert await cursor.fetchone() == (ids[0],)
            assert await cursor.fetchmany(5) == []
            with pytest.raises(zuzen.ProgrammingError):
                await cursor.execute("SELECT * FROM nothing")
            assert "GET /api/v2/groups" in await connection.explain("SELECT * FROM groups")
            assert await connection.requests()
            await cursor.close()

    asyncio.run(main())


def test_an_abandoned_cursor_is_collected_and_stops(slow: Served) -> None:
    with zuzen.zendesk.connect(slow.strings[0]) as connection:
        cursor = connection.execute("SELECT id, subject FROM tickets")
        cursor.fetchone()
        gone = weakref.ref(cursor)
        gc.disable()
        try:
            del cursor
            # Without waiting for the collector of cycles.
            assert gone() is None
        finally:
            gc.enable()
        sent = len(connection.requests())
        time.sleep(2.5)
        assert len(connection.requests()) <= sent + 2


def test_an_exception_in_the_middle_of_rows_leaves_the_session_usable(demo: zuzen.Connection) -> None:
    def broken(batches: object) -> None:
        for _ in batches:  # type: ignore[attr-defined]
            raise RuntimeError("mine")

    with demo.cursor() as cursor:
        with pytest.raises(RuntimeError, match="mine"):
            broken(cursor.execute("SELECT id FROM zendesk.tickets").fetch_record_batch())
        with pytest.raises(RuntimeError, match="mine"):
            broken(cursor.execute("SELECT id FROM zendesk.tickets"))
        assert cursor.execute("SELECT 1").fetchall() == [(1,)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_child_process_is_told_to_open_its_own(zendesk: Served) -> None:
    script = f"""
        import os, sys, zuzen, zuzen.zendesk
        connection = zuzen.zendesk.connect({zendesk.strings[0]!r})
        cursor = connection.execute("SELECT id FROM tickets")
        first = cursor.fetchone()
        child = os.fork()
        if child == 0:
            for use in (cursor.fetchone, connection.cursor, lambda: cursor.execute("SELECT 1")):
                try:
                    use()
                except zuzen.InterfaceError as error:
                    assert "forked" in str(error), error
                else:
                    os._exit(3)
            with zuzen.zendesk.connect({zendesk.strings[0]!r}) as own:
                assert own.execute("SELECT count(*) FROM groups").fetchone()[0] > 0
            del cursor, connection
            sys.exit(0)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0, status
        assert len(cursor.fetchall()) > 100
        print("fine")
    """
    assert _run(script) == "fine"


@pytest.mark.parametrize(
    "ending",
    [
        "pass",
        "sys.exit(0)",
        "cursor.fetchone()",
        "threading.Thread(target=cursor.fetchall).start()",
        "threading.Thread(target=cursor.fetchall, daemon=True).start(); time.sleep(0.3)",
        "zuzen.kept = cursor",
        "reader = cursor.fetch_record_batch(); reader.read_next_batch()",
        "cycle = [cursor]; cycle.append(cycle); del cursor, cycle",
        "connection.close(); connection.close()",
        "del connection",
    ],
)
def test_the_interpreter_ends(ending: str) -> None:
    script = f"""
        import sys, threading, time, zuzen
        connection = zuzen.demo(tickets=500)
        cursor = connection.execute("SELECT * FROM zendesk.tickets")
        {ending}
        print("fine")
    """
    wanted = "" if ending.startswith("sys.exit") else "fine"
    assert _run(script) == wanted


def _run(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-W", "ignore::DeprecationWarning", "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=90
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", done.stderr
    return done.stdout.strip()
