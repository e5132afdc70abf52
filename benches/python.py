"""Tickets as Arrow, pandas and polars in Python, as a ratio to what the engine takes for the same stream by itself.

    crates/python/check          (or: pip install ./crates/python pandas polars)
    target/python/bin/python benches/python.py [--tickets 1000000] [--runs 3]

    zuzen simulate --port 8090 --tickets 1000000
    target/python/bin/python benches/python.py --connect "URL=http://127.0.0.1:8090;User=…;ApiToken=…;"

`--test` takes every figure once with a small account. Both sides run over one simulated account, by default in one process, whose
memory is then the account's, too: what streaming takes is seen with `--connect`, where the account is served elsewhere. The engine's own
stream is read to its end inside the driver and dropped there (ADBC's ExecuteUpdate), so that a ratio of 1 means that nothing is lost
on the way to Python. Ratios have limits; a debug build makes them easy, so figures to quote come from a release build:
ZUZEN_BUILD_PROFILE=release pip install ./crates/python.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Callable

import zuzen

SQL = "SELECT * FROM zendesk.tickets"

#: What streaming may add to the process's memory, however many tickets there are; in megabytes.
MOST_MEMORY = 120

#: How many times slower than the engine alone each may be.
LIMITS = {"arrow stream": 0.9, "arrow table": 0.9, "polars": 0.8, "pandas": 0.3, "rows": 0.05}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tickets", type=int, default=1_000_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--rows", action="store_true", help="Python's tuples, too")
    options.add_argument("--connect", metavar="CONNECTION", help="an account that is served elsewhere")
    options.add_argument("--test", action="store_true", help="a small account, once")
    given = options.parse_args()
    tickets, runs = (3_000, 1) if given.test else (given.tickets, given.runs)

    opened = zuzen.zendesk.connect(given.connect) if given.connect else zuzen.demo(tickets=tickets)
    with opened as connection:
        cursor = connection.cursor()

        def engine() -> int:
            cursor._begin()
            cursor._prepared(SQL).execute_update()
            return 0

        def stream() -> int:
            return sum(batch.num_rows for batch in cursor.execute(SQL).fetch_record_batch())

        measured: dict[str, tuple[Callable[[], int], list[float]]] = {
            "engine": (engine, []),
            "arrow stream": (stream, []),
            "arrow table": (lambda: cursor.execute(SQL).fetch_arrow_table().num_rows, []),
            "polars": (lambda: cursor.execute(SQL).fetch_polars().height, []),
            "pandas": (lambda: len(cursor.execute(SQL).fetch_df()), []),
        }
        if given.rows or given.test:
            measured["rows"] = (lambda: len(cursor.execute(SQL).fetchall()), [])
        # The first statement asks for custom fields and warms up the account.
        cursor.execute(f"{SQL} LIMIT 1000").fetch_arrow_table()
        before = _peak()
        counts = set()
        # In turn, so that whatever else the machine does falls on all alike.
        for _ in range(runs):
            for what, (run, times) in measured.items():
                started = time.perf_counter()
                count = run()
                times.append(time.perf_counter() - started)
                if what != "engine":
                    counts.add(count)
                if what == "arrow stream" and len(times) == 1:
                    streamed = _peak() - before
    if len(counts) != 1:
        print(f"they do not agree: {counts}")
        return 1
    (count,) = counts
    base = statistics.median(measured["engine"][1])
    slow = []
    for what, (_, times) in measured.items():
        took = statistics.median(times)
        ratio = base / took
        print(f"{what:13} {took:8.2f} s  {count / took / 1000:8.0f} thousand rows a second  {ratio:5.2f} of the engine")
        if ratio < LIMITS.get(what, 0) and not given.test:
            slow.append(what)
    print(f"{count} rows; memory grew by {streamed // 1024} MB while they were streamed")
    if slow:
        print(f"too slow: {', '.join(slow)}")
    too_much = bool(given.connect) and streamed > MOST_MEMORY * 1024
    if too_much:
        print(f"more memory than {MOST_MEMORY} MB")
    return 1 if slow or too_much else 0


def _peak() -> int:
    """The most memory that the process has had, in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    sys.exit(main())
