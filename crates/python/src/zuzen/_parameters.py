"""Parameters of statements: from ``%(name)s`` to ``?``.

Values are never written into the text of a statement. They are bound by the driver, which knows their types, and reach the API as
filters all the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ._exceptions import ProgrammingError
from ._text import text

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


def collected(parameters: object) -> Parameters:
    """What was given as parameters, if it can be that.

    Raises:
        ProgrammingError: It is neither a sequence nor a mapping, or a text, which is a sequence of letters.
    """
    if isinstance(parameters, (str, bytes, bytearray, memoryview)) or not isinstance(parameters, (Sequence, Mapping)):
        raise ProgrammingError(
            f"parameters are a sequence or a mapping, not {type(parameters).__name__}",
            hint="pass (value,) for one value, or {'name': value} for %(name)s",
        )
    return parameters


def names_in(sql: str) -> list[str]:
    """The names in ``%(name)s`` that stand for values: neither in quotes nor in comments."""
    return list(dict.fromkeys(found["name"] for found in _TOKEN.finditer(sql) if found["name"] is not None))


def placed(sql: str, parameters: Parameters | None) -> tuple[str, Parameters | None]:
    """The statement as the engine reads it, and its values: those of ``?`` in their order, or those of ``:name`` by name.

    ``%`` is special only where a mapping meets a ``%(name)s``: that is the value of this name then, and ``%%`` is a percent sign.

    Raises:
        ProgrammingError: The statement is no text, a name has no value, or a parameter stands inside quotes.
    """
    sql = text(sql, "the statement")
    if parameters is None:
        return sql, None
    parameters = collected(parameters)
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
