"""Columns of Arrow as lists of Python's values.

Arrow's own conversion makes a pandas object of an instant with nanoseconds if pandas is installed and an error if it is not, and is
slow for instants with a zone, of which support desks have many. Here they are always ``datetime``, without what is finer than
microseconds.
"""

from __future__ import annotations

import datetime
import zoneinfo
from typing import Any

import pyarrow as pa

from ._exceptions import DataError

_EPOCH = datetime.datetime(1970, 1, 1)
_UTC_EPOCH = _EPOCH.replace(tzinfo=datetime.timezone.utc)
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def values(column: pa.Array) -> list[Any]:
    """The values of a column, NULL as None.

    Whole numbers are int, decimals ``decimal.Decimal`` with all their digits, instants ``datetime`` with the column's zone, lists
    lists, objects dicts.

    Raises:
        DataError: A value lies beyond what Python's type can hold.
    """
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    kind = column.type
    is_ = pa.types
    if is_.is_dictionary(kind):
        return values(column.dictionary_decode())
    if is_.is_timestamp(kind):
        return _instants(column, kind.unit, kind.tz)
    if is_.is_duration(kind):
        return _lengths(column, kind.unit)
    if is_.is_list(kind) or is_.is_large_list(kind):
        return _lists(column)
    if is_.is_struct(kind):
        return _objects(column)
    if is_.is_time64(kind) and kind.unit == "ns":
        return _times(column)
    if is_.is_map(kind):
        return [None if pairs is None else dict(pairs) for pairs in column.to_pylist()]
    try:
        found: list[Any] = column.to_pylist()
    except (ValueError, OverflowError) as error:
        raise _beyond(kind, error) from None
    return found


def _instants(column: pa.Array, unit: str, zone: str | None) -> list[datetime.datetime | None]:
    epoch = _EPOCH if zone is None else _UTC_EPOCH
    place = _place(zone)
    length = datetime.timedelta
    try:
        counts = _microseconds(column, unit)
        if place is None:
            return [None if count is None else epoch + length(microseconds=count) for count in counts]
        return [None if count is None else (epoch + length(microseconds=count)).astimezone(place) for count in counts]
    except OverflowError as error:
        raise _beyond(column.type, error) from None


def _lengths(column: pa.Array, unit: str) -> list[datetime.timedelta | None]:
    try:
        counts = _microseconds(column, unit)
        return [None if count is None else datetime.timedelta(microseconds=count) for count in counts]
    except OverflowError as error:
        raise _beyond(column.type, error) from None


def _times(column: pa.Array) -> list[datetime.time | None]:
    counts = _microseconds(column, "ns")
    return [None if count is None else (_EPOCH + datetime.timedelta(microseconds=count)).time() for count in counts]


def _microseconds(column: pa.Array, unit: str) -> list[int | None]:
    counts: list[int | None] = column.view(pa.int64()).to_pylist()
    per_second = _PER_SECOND[unit]
    if per_second == 1_000_000:
        return counts
    if per_second > 1_000_000:
        finer = per_second // 1_000_000
        return [None if count is None else count // finer for count in counts]
    coarser = 1_000_000 // per_second
    return [None if count is None else count * coarser for count in counts]


def _place(zone: str | None) -> datetime.tzinfo | None:
    """The zone to show instants in; None where they are in it already."""
    if zone is None or zone in ("UTC", "Etc/UTC", "Z", "+00:00"):
        return None
    if zone[0] in "+-":
        sign = -1 if zone[0] == "-" else 1
        hours, minutes = int(zone[1:3]), int(zone[-2:])
        return datetime.timezone(sign * datetime.timedelta(hours=hours, minutes=minutes))
    try:
        return zoneinfo.ZoneInfo(zone)
    except zoneinfo.ZoneInfoNotFoundError:
        raise DataError(
            f"the time zone {zone} is not known to Python", hint="install the package tzdata, or SET TIME ZONE 'UTC'"
        ) from None


def _lists(column: pa.Array) -> list[list[Any] | None]:
    inner = values(column.flatten())
    lists: list[list[Any] | None] = []
    start = 0
    for length in column.value_lengths().to_pylist():
        if length is None:
            lists.append(None)
        else:
            lists.append(inner[start : start + length])
            start += length
    return lists


def _objects(column: pa.Array) -> list[dict[str, Any] | None]:
    names = [field.name for field in column.type]
    if not names:
        return [None if is_null else {} for is_null in column.is_null().to_pylist()]
    rows = zip(*(values(inner) for inner in column.flatten()))
    nulls = column.is_null().to_pylist()
    return [None if is_null else dict(zip(names, row)) for is_null, row in zip(nulls, rows)]


def _beyond(kind: pa.DataType, error: Exception) -> DataError:
    return DataError(
        f"a value of the type {kind} is beyond what Python can hold: {error}",
        hint="fetch_arrow_table() has it as it is; or CAST the column to VARCHAR",
    )
