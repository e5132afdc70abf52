"""The type objects and constructors of PEP 249, over Arrow's types."""

from __future__ import annotations

import datetime
import time
from dataclasses import dataclass

import pyarrow as pa

#: A date, from year, month and day.
Date = datetime.date
#: A time, from hour, minute and second.
Time = datetime.time
#: An instant, from year, month, day, hour, minute and second. Without a zone it is one of the session's.
Timestamp = datetime.datetime
#: Bytes.
Binary = bytes


def DateFromTicks(ticks: float) -> datetime.date:
    """The local date of a count of seconds since 1970."""
    return Date(*time.localtime(ticks)[:3])


def TimeFromTicks(ticks: float) -> datetime.time:
    """The local time of a count of seconds since 1970."""
    return Time(*time.localtime(ticks)[3:6])


def TimestampFromTicks(ticks: float) -> datetime.datetime:
    """The local date and time of a count of seconds since 1970."""
    return Timestamp(*time.localtime(ticks)[:6])


@dataclass(frozen=True, eq=False)
class TypeObject:
    """A group of column types. It equals the type codes that belong to it, as PEP 249 wants it."""

    name: str
    #: The larger group that it belongs to.
    within: TypeObject | None = None

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TypeCode):
            return any(self is group for group in other.groups)
        return self is other

    def __hash__(self) -> int:
        # Of what it equals, and that is what the larger group equals, too.
        return hash(self.name) if self.within is None else hash(self.within)

    def __reduce__(self) -> str:
        # By its name in this module: there is one of each, copied or not.
        return self.name

    def __repr__(self) -> str:
        return self.name


STRING = TypeObject("STRING")
BINARY = TypeObject("BINARY")
NUMBER = TypeObject("NUMBER")
DATETIME = TypeObject("DATETIME")
#: No table has row ids; nothing equals it.
ROWID = TypeObject("ROWID")
BOOLEAN = TypeObject("BOOLEAN")
#: The dates among DATETIME, without a time of day.
DATE = TypeObject("DATE", DATETIME)
#: The times of day among DATETIME.
TIME = TypeObject("TIME", DATETIME)
#: Lengths of time.
INTERVAL = TypeObject("INTERVAL")
#: Lists, objects and maps: Python's lists and dicts.
NESTED = TypeObject("NESTED")


@dataclass(frozen=True, eq=False)
class TypeCode:
    """The type of a column in ``cursor.description``: the Arrow type, equal to the type objects that it belongs to.

    It finds them as keys of a dict, too. A date or a time finds whichever of DATETIME and its own comes first there.
    """

    arrow: pa.DataType

    @property
    def groups(self) -> tuple[TypeObject, ...]:
        """The type objects that it equals, the largest first."""
        return _groups(self.arrow)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TypeObject):
            return other == self
        return isinstance(other, TypeCode) and bool(self.arrow == other.arrow)

    def __hash__(self) -> int:
        # That of the type objects that it equals.
        return hash(self.groups[0])

    def __str__(self) -> str:
        return str(self.arrow)

    def __repr__(self) -> str:
        return str(self.arrow)


def _groups(arrow: pa.DataType) -> tuple[TypeObject, ...]:
    is_ = pa.types
    if isinstance(arrow, pa.BaseExtensionType):
        return _groups(arrow.storage_type)
    if is_.is_dictionary(arrow) or is_.is_run_end_encoded(arrow):
        return _groups(arrow.value_type)
    if is_.is_string(arrow) or is_.is_large_string(arrow) or is_.is_string_view(arrow):
        return (STRING,)
    if is_.is_boolean(arrow):
        return (BOOLEAN,)
    if is_.is_integer(arrow) or is_.is_floating(arrow) or is_.is_decimal(arrow):
        return (NUMBER,)
    if is_.is_date(arrow):
        return (DATETIME, DATE)
    if is_.is_time(arrow):
        return (DATETIME, TIME)
    if is_.is_timestamp(arrow):
        return (DATETIME,)
    if is_.is_duration(arrow) or is_.is_interval(arrow):
        return (INTERVAL,)
    if is_.is_nested(arrow):
        return (NESTED,)
    if is_.is_null(arrow):
        # A NULL without a type: any type object may do, and text is what most programs make of it.
        return (STRING,)
    return (BINARY,)


#: One column in ``cursor.description``.
Column = tuple[str, TypeCode, "int | None", "int | None", "int | None", "int | None", "bool | None"]


def description(schema: pa.Schema) -> list[Column]:
    """The columns of a result as PEP 249 describes them: precision and scale of decimals, and whether NULL may occur."""
    columns: list[Column] = []
    for field in schema:
        precision = scale = None
        if pa.types.is_decimal(field.type):
            precision, scale = field.type.precision, field.type.scale
        columns.append((field.name, TypeCode(field.type), None, None, precision, scale, field.nullable))
    return columns
