"""``%zuzen`` and ``%%zuzen``: SQL in cells of a notebook, or at the prompt of IPython."""

from __future__ import annotations

import argparse
import re
import shlex
import time
from typing import Any, NoReturn

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class
from IPython.display import display

import zuzen as package

from ._answer import Answer, Progress
from ._connection import Connection
from ._parameters import names_in
from ._waiting import wait_for

#: Seconds between two looks at how far a statement is.
_EVERY = 0.25

_ASSIGNMENT = re.compile(r"^\s*(?P<name>[A-Za-z_]\w*)\s*<<\s*(?P<rest>.*)$", re.DOTALL)


def load(shell: InteractiveShell) -> None:
    """Adds the magics to a shell."""
    shell.register_magics(ZuzenMagics)


class _Options(argparse.ArgumentParser):
    """Options of a cell, whose mistakes are reported as those of a magic."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"%%zuzen: {message}. Options: --as answer|arrow|pandas|polars, --rows N, --explain, or `name <<` before them")


def _options() -> _Options:
    options = _Options(prog="%%zuzen", add_help=False)
    options.add_argument("--as", dest="form", choices=("answer", "arrow", "pandas", "polars"), default="answer")
    options.add_argument("--rows", type=_count, default=Answer.shown)
    options.add_argument("--explain", action="store_true")
    return options


def _count(text: str) -> int:
    count = int(text)
    if count < 0:
        raise argparse.ArgumentTypeError("a number of rows is not negative")
    return count


@magics_class
class ZuzenMagics(Magics):  # type: ignore[misc]
    """The magics, and the session that they use."""

    connection: Connection | None = None

    @line_cell_magic  # type: ignore[untyped-decorator]
    def zuzen(self, line: str, cell: str | None = None) -> Any:
        """Opens a session, or runs a statement in it.

        ``%zuzen demo``, ``%zuzen billing`` (a configured connection), ``%zuzen URL=…;User=…;ApiToken=…`` and ``%zuzen name`` (a
        variable with a connection or a connection string) open one; ``%zuzen`` alone opens all that are configured.

        ``%%zuzen`` runs the statement below. ``%(name)s`` in it is the value of a variable. ``name <<`` keeps the rows in a variable
        instead of showing them, ``--as pandas``, ``polars`` or ``arrow`` makes them a frame or a table, ``--rows N`` shows so many,
        ``--explain`` shows which requests would be sent.
        """
        if cell is None:
            return self._connect(line.strip())
        return self._run(line, cell)

    def _connect(self, wanted: str) -> str:
        found = self._variable(wanted)
        if isinstance(found, Connection):
            opened = found
        elif isinstance(found, str):
            opened = package.connect(found)
        elif wanted == "demo":
            opened = package.demo()
        else:
            opened = package.connect(wanted or None)
        self.connection = opened
        with opened.execute("SELECT DISTINCT connection FROM system.tables ORDER BY 1") as cursor:
            names = [name for (name,) in cursor.fetchall()]
        return f"connected to {', '.join(names)}"

    def _run(self, line: str, cell: str) -> Any:
        found = _ASSIGNMENT.match(line)
        name, rest = (found["name"], found["rest"]) if found else (None, line)
        try:
            words = shlex.split(rest)
        except ValueError as error:
            raise UsageError(f"%%zuzen: {error}") from None
        options = _options().parse_args(words)
        connection = self.connection
        if connection is None or connection.closed:
            self._connect("")
            connection = self.connection
            assert connection is not None
        values = self._values(cell)
        if options.explain:
            print(connection.explain(cell, values))
            return None
        answer = self._answer(connection, cell, values)
        answer.shown = options.rows
        result: Any = {
            "answer": lambda: answer,
            "arrow": answer.to_arrow,
            "pandas": answer.to_pandas,
            "polars": answer.to_polars,
        }[options.form]()
        if name is None:
            return result
        assert self.shell is not None
        self.shell.user_ns[name] = result
        return None

    def _answer(self, connection: Connection, sql: str, values: dict[str, Any]) -> Answer:
        """Runs the statement while the cell shows how far it is. Ctrl-C, or the notebook's stop button, cancels it."""
        started = time.monotonic()
        cursor = connection.cursor()
        progress = Progress(cursor)
        shown = None

        def tick() -> None:
            nonlocal shown
            progress.look()
            if shown is None:
                shown = display(progress, display_id=True)
            elif hasattr(shown, "update"):
                shown.update(progress)

        def work() -> Any:
            cursor.execute(sql, values)
            return cursor.fetch_arrow_table() if cursor.description is not None else None

        with cursor:
            table = wait_for(work, cursor.cancel, tick, _EVERY)
            requests = len(cursor.requests())
        if shown is not None and hasattr(shown, "update"):
            progress.end()
            shown.update(progress)
        return Answer(table, time.monotonic() - started, requests)

    def _values(self, cell: str) -> dict[str, Any]:
        missing = object()
        values = {name: self._variable(name, missing) for name in names_in(cell)}
        unknown = [name for name, value in values.items() if value is missing]
        if unknown:
            raise UsageError(f"%%zuzen: there is no variable {', '.join(unknown)} for %({unknown[0]})s")
        return values

    def _variable(self, name: str, otherwise: object = None) -> Any:
        return otherwise if self.shell is None else self.shell.user_ns.get(name, otherwise)
