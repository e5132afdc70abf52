"""Python's values as Arrow's, to be bound to statements.

A value keeps its type on the way or is refused: what would lose digits, its zone or its meaning does not become something else.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

import pyarrow as pa

from ._exceptions import ProgrammingError
from ._parameters import Parameters
from ._text import text

_EPOCH = datetime.datetime(1970, 1, 1)


def bound(values: Parameters) -> pa.RecordBatch:
    """The values as a batch of one row, as ADBC binds them: its columns are called by the names of a mapping, or by their places.

    ``None`` is NULL, and so are pandas' NaT and NA. Aware instants keep their moment, naive ones belong to the session's zone.
    Decimals keep their digits, whole numbers beyond 64 bits are decimals. Lists, which hold values of one type, may be arrays and
    series, too. UUIDs and enumerations with texts are texts.

    Raises:
        ProgrammingError: A value has no counterpart in SQL.
    """
    named = values.items() if isinstance(values, Mapping) else ((str(place), value) for place, value in enumerate(values, 1))
    columns = {text(name, "the name of a parameter"): _array(value, name) for name, value in named}
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def _array(value: Any, place: str) -> pa.Array:
    try:
        plain = _plain(value)
        return pa.array([plain], _type(plain))
    except (pa.ArrowException, OverflowError, ValueError, TypeError) as error:
        raise ProgrammingError(
            f"parameter {place}, of type {type(value).__name__}, cannot be bound: {error}",
            hint="give a number, a text, a date, a time, bytes, None, or a list of one of them",
        ) from None


def _plain(value: Any) -> Any:
    """The value as one of Python's or, where those are not fine enough, of Arrow's; a list for whatever holds several."""
    if value is None or isinstance(value, (bool, pa.Scalar, bytearray, memoryview)):
        return value
    if isinstance(value, uuid.UUID):
        return str(value)
    if type(value).__name__ in ("NaTType", "NAType"):
        # Both of pandas, which need not be installed.
        return None
    if _is_several(value):
        elements = [_plain(element) for element in value]
        if getattr(getattr(value, "dtype", None), "kind", "f") != "f":
            # Where there are no floats, pandas' NaN is what is missing.
            elements = [None if isinstance(element, float) and element != element else element for element in elements]
        return elements
    if hasattr(value, "to_pydatetime"):
        # pandas' Timestamp; its value counts nanoseconds, of UTC if it has a zone.
        zone = None if value.tzinfo is None else "UTC"
        return pa.scalar(value.value, pa.timestamp("ns", zone)) if value.nanosecond else value.to_pydatetime()
    if hasattr(value, "to_pytimedelta"):
        return pa.scalar(value.value, pa.duration("ns")) if value.value % 1000 else value.to_pytimedelta()
    if hasattr(value, "item") and hasattr(value, "dtype") and not isinstance(value, (float, str, bytes)):
        return _of_numpy(value)
    for kind in (int, float, str):
        # Enumerations over them, numpy's float64.
        if isinstance(value, kind) and type(value) is not kind:
            return kind(value.value if hasattr(value, "value") else value)
    return value


def _is_several(value: Any) -> bool:
    """Whether it holds values, however many: a list of one is a list."""
    if isinstance(value, (str, bytes, bytearray, memoryview, Mapping)) or hasattr(value, "columns"):
        return False
    if isinstance(value, (Sequence, Set, pa.Array, pa.ChunkedArray)):
        return True
    # Arrays of numpy, which may be scalars, too; series of pandas and polars.
    return isinstance(value, Iterable) and (bool(getattr(value, "ndim", 0)) or hasattr(value, "to_list"))


def _of_numpy(value: Any) -> Any:
    """A scalar of numpy. It makes plain numbers of instants and lengths that are finer than Python's."""
    found = value.item()
    if value.dtype.kind not in "mM" or not isinstance(found, int):
        return found
    if not value.dtype.str.endswith("[ns]"):
        raise ValueError(f"there is no {value.dtype} in SQL")
    if found % 1000:
        return pa.scalar(found, pa.timestamp("ns") if value.dtype.kind == "M" else pa.duration("ns"))
    length = datetime.timedelta(microseconds=found // 1000)
    return _EPOCH + length if value.dtype.kind == "M" else length


def _type(value: Any) -> pa.DataType | None:
    """The type to bind a value as; None if Arrow finds it by itself."""
    if isinstance(value, pa.Scalar):
        return value.type
    if isinstance(value, int) and not isinstance(value, bool):
        if -(1 << 63) <= value < 1 << 63:
            return pa.int64()
        return pa.decimal128(38, 0) if abs(value) < 10**38 else pa.decimal256(76, 0)
    if isinstance(value, decimal.Decimal):
        if not value.is_finite():
            raise ValueError("SQL has no such number")
        return _decimal(value)
    if isinstance(value, datetime.datetime):
        return pa.timestamp("us", None if value.tzinfo is None else "UTC")
    if isinstance(value, datetime.time) and value.tzinfo is not None:
        raise ValueError("times of day have no zone in SQL")
    if isinstance(value, list):
        return _list(value)
    if value is None or isinstance(value, (bool, float, str, bytes, datetime.date, datetime.time, datetime.timedelta)):
        return None
    if isinstance(value, (bytearray, memoryview)):
        return pa.binary()
    raise TypeError("it has no counterpart in SQL")


def _decimal(value: decimal.Decimal) -> pa.DataType:
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    scale = max(0, -exponent)
    precision = max(len(digits) + max(0, exponent), scale, 1)
    return pa.decimal128(precision, scale) if precision <= 38 else pa.decimal256(precision, scale)


def _list(values: list[Any]) -> pa.DataType:
    types = {_type(element) or pa.scalar(element).type for element in values if element is not None}
    decimals = [kind for kind in types if pa.types.is_decimal(kind)]
    if decimals and len(decimals) == len(types):
        scale = max(kind.scale for kind in decimals)
        whole = max(kind.precision - kind.scale for kind in decimals)
        return pa.list_(pa.decimal128(whole + scale, scale) if whole + scale <= 38 else pa.decimal256(whole + scale, scale))
    if len(types) > 1 and all(pa.types.is_timestamp(kind) for kind in types) and len({kind.tz for kind in types}) == 1:
        # Some have nanoseconds.
        return pa.list_(pa.timestamp("ns", types.pop().tz))
    if len(types) > 1 and all(pa.types.is_duration(kind) for kind in types):
        return pa.list_(pa.duration("ns"))
    if len(types) > 1:
        raise TypeError("a list holds values of one type")
    return pa.list_(types.pop() if types else pa.null())
