"""What PEP 249 wants of a module; the same in ``zuzen``, ``zuzen.zendesk`` and ``zuzen.zuora``."""

from __future__ import annotations

from ._connection import Connection
from ._cursor import Cursor
from ._exceptions import (
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    Warning,
)
from ._types import (
    BINARY,
    BOOLEAN,
    DATE,
    DATETIME,
    INTERVAL,
    NESTED,
    NUMBER,
    ROWID,
    STRING,
    TIME,
    Binary,
    Date,
    DateFromTicks,
    Time,
    TimeFromTicks,
    Timestamp,
    TimestampFromTicks,
    TypeCode,
    TypeObject,
)

__all__ = [
    "BINARY",
    "BOOLEAN",
    "DATE",
    "DATETIME",
    "INTERVAL",
    "NESTED",
    "NUMBER",
    "ROWID",
    "STRING",
    "TIME",
    "Binary",
    "Connection",
    "Cursor",
    "DataError",
    "DatabaseError",
    "Date",
    "DateFromTicks",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "Time",
    "TimeFromTicks",
    "Timestamp",
    "TimestampFromTicks",
    "TypeCode",
    "TypeObject",
    "Warning",
    "apilevel",
    "paramstyle",
    "threadsafety",
]

#: The version of PEP 249.
apilevel = "2.0"

#: Threads may share the module and connections.
threadsafety = 2

#: ``?``; a mapping of parameters makes it ``%(name)s``.
paramstyle = "qmark"
