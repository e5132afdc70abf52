"""Parameters of statements: from ``%(name)s`` to ``?``, and from Python's values to Arrow's.

Values are never written into the text of a statement. They are bound by the driver, which knows their types, and reach the API as
filters all the same.
"""

from __future__ import annotations

import datetime
import decimal
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from ._exceptions import ProgrammingError

#: What ``execute`` takes: values in the order of the ``?``, or values by the names in ``%(name)s`` or ``:name``.
Parameters = Sequence[Any] | Mapping[str, Any]

# Texts, quoted names, comments; then what Python's style of parameters means. Anything else passes.
_TOKEN = re.compile(
    r"""
      (?P<quoted>'(?:[^']|'')*' | "(?:[^"]|"")*" | `[^`]*` | --[^\n]* | /\*.*?\*/)
    | %\((?P<name>[^)]*)\)s
    | (?P<escaped>%%)
    | (?P<other>%[^\s\d(]?)
    """,
    re.VERBOSE | re.DOTALL,
)
_NAMED = re.compile(r"%\([^)]*\)s")


def placed(sql: str, parameters: Parameters | None) -> tuple[str, Parameters | None]:
    """The statement as the engine reads it, and its values: those of ``?`` in their order, or those of ``:name`` by name.

    ``%`` is special only where a mapping meets a ``%(name)s``: that is the value of this name then, and ``%%`` is a percent sign.

    Raises:
        ProgrammingError: A name has no value, or a parameter stands inside quotes.
    """
    if parameters is None:
        return sql, None
    if isinstance(parameters, (str, bytes)) or not isinstance(parameters, (Sequence, Mapping)):
        raise ProgrammingError(
            f"parameters are a sequence or a mapping, not {type(parameters).__name__}",
            hint="pass (value,) for one value, or {'name': value} for %(name)s",
        )
    if not isinstance(parameters, Mapping) or _NAMED.search(sql) is None:
        return sql, parameters
    values: list[Any] = []

    def place(found: re.Match[str]) -> str:
        quoted = found["quoted"]
        if quoted is not None:
            inside = _NAMED.search(quoted)
            if inside is not None and quoted[0] == "'":
                raise ProgrammingError(
                    f"the parameter {inside.group()} stands inside quotes",
                    hint="leave the quotes out: a parameter is a value, not a piece of text",
                )
            return quoted.replace("%%", "%")
        if found["escaped"] is not None:
            return "%"
        if found["other"] is not None:
            return found["other"]
        name = found["name"]
        if name not in parameters:
            known = ", ".join(map(str, parameters)) or "none"
            raise ProgrammingError(
                f"there is no value for the parameter %({name})s", hint=f"values were given for: {known}"
            )
        values.append(parameters[name])
        return "?"

    return _TOKEN.sub(place, sql), values


def bound(values: Parameters) -> pa.RecordBatch:
    """The values as a batch of one row, as ADBC binds them: its columns are called by the names of a mapping, or by their places.

    ``None`` is NULL. Aware instants keep their moment, naive ones belong to the session's zone. Decimals keep their digits, whole
    numbers beyond 64 bits are decimals. Lists hold values of one type. UUIDs and enumerations with texts are texts.

    Raises:
        ProgrammingError: A value has no counterpart in SQL.
    """
    named = values.items() if isinstance(values, Mapping) else ((str(place), value) for place, value in enumerate(values, 1))
    columns = {name: _array(value, name) for name, value in named}
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def _array(value: Any, place: str) -> pa.Array:
    if isinstance(value, (pa.Scalar,)):
        return pa.array([value.as_py()], value.type)
    try:
        plain = _plain(value)
        return pa.array([plain], _type(plain))
    except (pa.ArrowException, OverflowError, ValueError, TypeError) as error:
        raise ProgrammingError(
            f"parameter {place}, of type {type(value).__name__}, cannot be bound: {error}",
            hint="give a number, a text, a date, a time, bytes, None, or a list of one of them",
        ) from None


def _plain(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(element) for element in value]
    # numpy's and pandas' scalars, among them pandas' own instants.
    for convert in ("to_pydatetime", "to_pytimedelta", "item"):
        if hasattr(value, convert) and not isinstance(value, (int, float, str, bytes)):
            return getattr(value, convert)()
    if isinstance(value, bool) or value is None:
        return value
    for kind in (int, float, str):
        # Enumerations over them, numpy's float64.
        if isinstance(value, kind) and type(value) is not kind:
            return kind(value.value if hasattr(value, "value") else value)
    return value


def _type(value: Any) -> pa.DataType | None:
    """The type to bind a value as; None if Arrow finds it by itself."""
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
    if len(types) > 1:
        raise TypeError("a list holds values of one type")
    return pa.list_(types.pop() if types else pa.null())
