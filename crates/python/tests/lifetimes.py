"""What happens to handles in a program's life, one case by its name: run by ``check-memory`` under valgrind."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable

import zuzen

TICKETS = 60


def errors_and_broken_readers() -> None:
    """Errors of planning, an exception of the caller's between two batches, and the same cursor afterwards."""
    with zuzen.demo(tickets=TICKETS) as connection, connection.cursor() as cursor:
        try:
            for _ in cursor.execute("SELECT * FROM zendesk.tickets").fetch_record_batch():
                raise RuntimeError("the caller's own")
        except RuntimeError:
            pass
        try:
            cursor.execute("SELECT no_such_column FROM zendesk.tickets")
        except zuzen.ProgrammingError:
            pass
        joined = "SELECT count(*) FROM zendesk.tickets JOIN zendesk.users ON users.id = requester_id WHERE 1 = ?"
        assert cursor.execute(joined, (1,)).fetchall()[0][0] > 0
        assert cursor.execute("SELECT * FROM zuora.account").fetch_arrow_table().num_rows > 0


def threads() -> None:
    """Eight threads over one connection."""
    with zuzen.demo(tickets=TICKETS) as connection:

        def read() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT id, subject FROM zendesk.tickets").fetchall()

        reading = [threading.Thread(target=read) for _ in range(8)]
        for one in reading:
            one.start()
        for one in reading:
            one.join()


def cancelled() -> None:
    """Another thread cancels a statement that would never end."""
    with zuzen.demo(tickets=TICKETS) as connection, connection.cursor() as cursor:
        endless = threading.Timer(3, cursor.cancel)
        endless.start()
        try:
            cursor.execute("SELECT sum(a.id % b.id) FROM zendesk.users a, zendesk.users b, zendesk.users c, zendesk.users d").fetchall()
        except zuzen.OperationalError:
            pass
        else:
            raise AssertionError("it has ended by itself")
        endless.join()


def forked() -> None:
    """A child that inherits a cursor, may not use it, and ends."""
    connection = zuzen.demo(tickets=TICKETS)
    cursor = connection.execute("SELECT id FROM zendesk.tickets")
    cursor.fetchone()
    child = os.fork()
    if child == 0:
        try:
            cursor.fetchone()
        except zuzen.InterfaceError:
            os._exit(0)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert cursor.fetchall()


def left_open() -> None:
    """A cursor in a cycle that is collected, and one that outlives everything up to the interpreter's end."""
    connection = zuzen.demo(tickets=TICKETS)
    cycle: list[object] = [connection.execute("SELECT * FROM zendesk.tickets")]
    cycle.append(cycle)
    del cycle
    gc.collect()
    zuzen.kept = connection.execute("SELECT * FROM zendesk.tickets")  # type: ignore[attr-defined]


CASES: dict[str, Callable[[], None]] = {
    case.__name__: case for case in (errors_and_broken_readers, threads, cancelled, forked, left_open)
}

if __name__ == "__main__":
    CASES[sys.argv[1]]()
