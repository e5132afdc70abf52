"""What happens to handles in a program's life, one case by its name: run by ``check-memory`` under valgrind."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

import zuzen

TICKETS = 60

#: Takes longer than one waits here, under valgrind much longer.
LONG = "SELECT sum(a.id % b.id) FROM zendesk.users a, zendesk.users b, zendesk.users c, zendesk.users d"

#: More rows than anybody reads.
ROWS = "SELECT a.id FROM " + ", ".join(f"zendesk.users {name}" for name in "abcdef")


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
    """Another thread cancels a statement in the middle."""
    with zuzen.demo(tickets=TICKETS) as connection, connection.cursor() as cursor:
        stopping = threading.Timer(1, cursor.cancel)
        stopping.start()
        try:
            cursor.execute(LONG).fetchall()
        except zuzen.OperationalError:
            pass
        else:
            raise AssertionError("it has ended by itself")
        stopping.join()


def outlived() -> None:
    """A reader that nobody's cursor and connection are behind any more, read to its end, and one that is not."""
    reader = zuzen.demo(tickets=TICKETS * 5).execute("SELECT * FROM zendesk.tickets").fetch_record_batch()
    assert sum(batch.num_rows for batch in reader) > TICKETS
    reader = zuzen.demo(tickets=TICKETS * 5).execute("SELECT * FROM zendesk.tickets").fetch_record_batch()
    assert reader.read_next_batch().num_rows
    del reader


def closed_meanwhile() -> None:
    """A cursor, then a connection, is closed while another thread is inside of the driver for it."""
    for what in ("cursor", "connection"):
        connection = zuzen.demo(tickets=TICKETS)
        cursor = connection.cursor()
        told: list[type] = []

        def read(cursor: zuzen.Cursor = cursor, told: list[type] = told) -> None:
            try:
                for _ in cursor.execute(ROWS).fetch_record_batch():
                    pass
            except zuzen.InterfaceError as error:
                told.append(type(error))

        reading = threading.Thread(target=read)
        reading.start()
        time.sleep(1)
        (cursor if what == "cursor" else connection).close()
        reading.join()
        assert told == [zuzen.InterfaceError]
        connection.close()


def interrupted() -> None:
    """Ctrl-C at any moment, some of them while the one before is still being answered."""
    connection = zuzen.demo(tickets=TICKETS)
    end = time.monotonic() + 15
    main = threading.main_thread().ident
    assert main is not None

    def kick() -> None:
        while time.monotonic() < end:
            time.sleep(0.05)
            signal.pthread_kill(main, signal.SIGINT)

    kicking = threading.Thread(target=kick)
    kicking.start()
    while kicking.is_alive():
        try:
            while kicking.is_alive():
                connection.execute("SELECT id FROM zendesk.tickets").fetchall()
                connection.execute("SELECT id FROM zendesk.tickets").close()
        except (KeyboardInterrupt, zuzen.OperationalError):
            pass
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert connection.execute("SELECT id FROM zendesk.tickets").fetchall()
    connection.close()


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
    case.__name__: case
    for case in (errors_and_broken_readers, threads, cancelled, outlived, closed_meanwhile, interrupted, forked, left_open)
}

if __name__ == "__main__":
    CASES[sys.argv[1]]()
