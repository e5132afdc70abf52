"""SQL over the Zendesk and Zuora APIs, from Python.

>>> import zuzen
>>> connection = zuzen.connect("URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=…")
>>> connection.execute("SELECT status, count(*) FROM tickets GROUP BY status").fetchall()

It is a module of PEP 249, with Arrow beside rows: ``cursor.fetch_arrow_table()``, ``fetch_df()``, ``fetch_polars()``, or any library
that takes objects with ``__arrow_c_stream__``. ``zuzen.zendesk`` and ``zuzen.zuora`` are the same for one account of one vendor.
"""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from . import zendesk, zuora
from ._asynchronous import AsyncConnection, AsyncCursor
from ._dbapi import *
from ._dbapi import __all__ as _dbapi_names
from ._driver import driver_path, register
from ._opening import options_of, session_options

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

try:
    __version__ = version("zuzen")
except PackageNotFoundError:
    # A folder of sources on the path, without installation.
    __version__ = "0"

__all__ = [
    *_dbapi_names,
    "AsyncConnection",
    "AsyncCursor",
    "aconnect",
    "connect",
    "demo",
    "driver_path",
    "register",
    "zendesk",
    "zuora",
]


def connect(
    connection: str | None = None,
    /,
    *,
    time_zone: str | None = None,
    memory_limit: str | int | None = None,
    tables: str | os.PathLike[str] | None = None,
    local_files: bool = False,
    **connections: str,
) -> Connection:
    """Opens a session over one or more accounts. Nothing is sent before the first statement.

    Args:
        connection: A connection string, or the name of a connection in ``zuzen.toml`` or ``ZUZEN_<NAME>``. Without it and without
            ``connections``, all that are configured.
        time_zone: Where days begin and end, such as ``"Asia/Tokyo"``. UTC by default.
        memory_limit: What sorts, joins and aggregates may use before they go to disk, such as ``"512MB"``.
        tables: A folder with table files, besides the built-in ones.
        local_files: Whether statements may read and write files of this machine: ``FROM 'rows.parquet'``, ``COPY … TO 'rows.csv'``.
            Not by default, so that whoever runs other people's SQL need not fear for the disk.
        connections: Connection strings, or names of configured connections, by the name that each gets here; it is the schema of
            its tables: ``zuzen.connect(zendesk="URL=…", zuora="Tenant=…")``.

    Raises:
        ProgrammingError: A connection is not configured, or a property is wrong.
        InterfaceError: There is no driver.
    """
    return Connection(options_of(connection, connections) | session_options(time_zone, memory_limit, tables, local_files))


async def aconnect(
    connection: str | None = None,
    /,
    *,
    time_zone: str | None = None,
    memory_limit: str | int | None = None,
    tables: str | os.PathLike[str] | None = None,
    local_files: bool = False,
    **connections: str,
) -> AsyncConnection:
    """The same for asyncio: what waits is awaited, and a cancelled task cancels its statement."""
    options = options_of(connection, connections) | session_options(time_zone, memory_limit, tables, local_files)
    return await AsyncConnection.open(options)


def demo(
    *,
    tickets: int | None = None,
    seed: int | None = None,
    time_zone: str | None = None,
    memory_limit: str | int | None = None,
    tables: str | os.PathLike[str] | None = None,
    local_files: bool = False,
) -> Connection:
    """Opens a session over simulated accounts: ``zendesk`` and, with the same customers, ``zuora``. No account is needed.

    Args:
        tickets: How many tickets the account has; 2000 by default.
        seed: Which account: another seed, other people and texts.
        time_zone: As for ``connect``.
        memory_limit: As for ``connect``.
        tables: As for ``connect``.
        local_files: As for ``connect``.
    """
    options = {"zuzen.demo": "true"} | session_options(time_zone, memory_limit, tables, local_files)
    if tickets is not None:
        options["zuzen.demo.tickets"] = str(tickets)
    if seed is not None:
        options["zuzen.demo.seed"] = str(seed)
    return Connection(options)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """``%load_ext zuzen``: adds ``%zuzen`` and ``%%zuzen`` to a notebook."""
    from ._notebook import load

    load(shell)
