"""Rows as a notebook shows them, and how far a statement is."""

from __future__ import annotations

import datetime
import html
import time
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ._cursor import Cursor
from ._exceptions import Error
from ._types import NUMBER, TypeCode
from ._values import values

if TYPE_CHECKING:
    import pandas
    import polars

#: Letters of a value that are shown.
_WIDTH = 120


class Answer:
    """The rows of a statement. Evaluated in a cell, they are a table of HTML; other libraries take them as Arrow."""

    #: Rows that are shown.
    shown: int = 50

    def __init__(self, table: pa.Table | None, seconds: float, requests: int) -> None:
        """The rows, if the statement has any, how long it took, and how many requests."""
        self.table = table
        self.seconds = seconds
        self.requests = requests

    def __len__(self) -> int:
        return 0 if self.table is None else int(self.table.num_rows)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def to_arrow(self) -> pa.Table:
        """The rows as a pyarrow table; one without columns if there are none."""
        return pa.table({}) if self.table is None else self.table

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a pandas DataFrame."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> polars.DataFrame:
        """The rows as a polars DataFrame."""
        import polars

        frame = polars.from_arrow(self.to_arrow())
        assert isinstance(frame, polars.DataFrame)
        return frame

    def _summary(self) -> str:
        rows = "done" if self.table is None else _counted(len(self), "row")
        hidden = len(self) - self.shown
        more = f" ({self.shown} shown)" if hidden > 0 else ""
        return f"{rows}{more}, {_counted(self.requests, 'request')}, {self.seconds:.1f} s"

    def __repr__(self) -> str:
        if self.table is None:
            return self._summary()
        lines = [" | ".join(self.table.column_names)]
        lines += [" | ".join("NULL" if value is None else _text(value) for value in row) for row in self._top()]
        return "\n".join([*lines, self._summary()])

    def _repr_html_(self) -> str:
        if self.table is None:
            return f"<p>{self._summary()}</p>"
        numbers = [TypeCode(field.type) == NUMBER for field in self.table.schema]
        align = ["right" if is_number else "left" for is_number in numbers]
        names = "".join(
            f'<th style="text-align:{side}" title="{html.escape(str(field.type))}">{html.escape(field.name)}</th>'
            for field, side in zip(self.table.schema, align)
        )
        rows = "".join(
            "<tr>" + "".join(_cell(value, side) for value, side in zip(row, align)) + "</tr>" for row in self._top()
        )
        return (
            f"<table><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table>"
            f'<p style="opacity:0.7">{html.escape(self._summary())}</p>'
        )

    def _top(self) -> list[tuple[Any, ...]]:
        top = self.to_arrow().slice(0, self.shown)
        columns = [[value for chunk in column.chunks for value in values(chunk)] for column in top.columns]
        return list(zip(*columns))


class Progress:
    """How far the statement is that runs in a session, as a bar or a line."""

    def __init__(self, cursor: Cursor) -> None:
        """Of what this cursor executes next."""
        self._cursor = cursor
        self._connection = cursor.connection
        self._began = datetime.datetime.now(datetime.timezone.utc)
        self._started = time.monotonic()
        self._ended = False
        self._requests = 0
        self._rows = 0
        self._share: float | None = None

    def look(self) -> None:
        """Asks the session what it has sent by now. No request is made for it."""
        sql = "SELECT count(*), CAST(coalesce(sum(rows), 0) AS BIGINT) FROM system.requests WHERE sent >= ?"
        try:
            with self._connection.execute(sql, (self._began,)) as cursor:
                row = cursor.fetchone()
        except Error:
            # The statement itself will tell.
            return
        if row is not None:
            self._requests, self._rows = row
        self._share = self._cursor.progress()

    def end(self) -> None:
        """It runs no more: nothing is shown then."""
        self._ended = True

    def _line(self) -> str:
        if self._ended:
            return ""
        seconds = time.monotonic() - self._started
        return f"{_counted(self._requests, 'request')}, {_counted(self._rows, 'row')} read, {seconds:.1f} s"

    def __repr__(self) -> str:
        return self._line()

    def _repr_html_(self) -> str:
        if self._ended:
            return ""
        # A bar without a value moves to and fro.
        value = "" if self._share is None else f' value="{self._share:.3f}"'
        return f'<progress{value} style="vertical-align:middle"></progress> <span style="opacity:0.7">{self._line()}</span>'


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _text(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _cell(value: Any, side: str) -> str:
    if value is None:
        return f'<td style="text-align:{side};opacity:0.4">NULL</td>'
    full = str(value)
    title = f' title="{html.escape(full)}"' if len(full) > _WIDTH else ""
    return f'<td style="text-align:{side}"{title}>{html.escape(_text(value))}</td>'
