"""From the arguments of ``connect`` to the driver's options."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from ._driver import connection_string
from ._exceptions import ProgrammingError
from ._text import text

# Name and value, as the engine reads them: quotes protect a semicolon, and are doubled to stand for themselves.
_PAIR = re.compile(r"""\s*(?P<name>[^=]*?)\s*=\s*(?P<value>'(?:[^']|'')*'|"(?:[^"]|"")*"|[^;]*)[^;]*(?:;|$)""", re.DOTALL)

_VENDORS = {"zendesk": "Zendesk", "zuora": "Zuora"}


def session_options(
    time_zone: str | None, memory_limit: str | int | None, tables: str | os.PathLike[str] | None, local_files: bool | str | None
) -> dict[str, str]:
    """The options that belong to the session and not to one of its accounts."""
    options = {
        "zuzen.time_zone": None if time_zone is None else text(time_zone, "time_zone"),
        "zuzen.memory_limit": None if memory_limit is None else str(memory_limit),
        "zuzen.tables": None if tables is None else os.fspath(tables),
        "zuzen.local_files": str(local_files).lower() if local_files else None,
    }
    return {name: value for name, value in options.items() if value is not None}


def vendor_options(vendor: str, given: str, properties: Mapping[str, object]) -> dict[str, str]:
    """The option of one account that is called as its vendor is.

    Raises:
        ProgrammingError: It is an account of another vendor's.
    """
    string = vendor_string(vendor, given, properties)
    connector = _connector(string)
    if connector is not None and connector.lower() != vendor:
        raise ProgrammingError(
            f"the connection string has Connector={connector}, and this opens {_VENDORS[vendor]}",
            hint=f'leave it out, or open it by a name of your choice: zuzen.connect({vendor}_2="…")',
        )
    return {f"zuzen.connection.{vendor}": string}


def vendor_string(vendor: str, given: str, properties: Mapping[str, object]) -> str:
    """The account's connection string, which says what kind of account it is. Properties win over those of what was given.

    Raises:
        ProgrammingError: It is no text, or properties are given beside the name of a configured connection.
    """
    given = text(given, "the connection")
    is_name = bool(given.strip()) and "=" not in given
    if is_name and properties:
        raise ProgrammingError(
            f"properties cannot be added to the configured connection `{given}`",
            hint="add them where it is configured, or give a connection string",
        )
    if is_name:
        return given.strip()
    string = connection_string(given, properties)
    if vendor in _VENDORS and string and _connector(string) is None:
        string = f"Connector={_VENDORS[vendor]};{string}"
    return string


def _connector(string: str) -> str | None:
    """What a connection string says about the kind of the account. Of several, the last counts, as for all properties."""
    found = None
    for pair in _PAIR.finditer(string):
        if re.sub(r"[\s_]", "", pair["name"]).lower() == "connector":
            found = pair["value"].strip().strip("'\"")
    return found


def options_of(connection: str | None, connections: Mapping[str, object]) -> dict[str, str]:
    """The options of one connection, of several by name, or of none: of all that are configured.

    Raises:
        ProgrammingError: A connection is no text.
    """
    options: dict[str, str] = {}
    if connection is not None:
        options["uri"] = text(connection, "the connection")
    for name, given in connections.items():
        if not isinstance(given, str):
            raise ProgrammingError(
                f"the connection `{name}` is a {type(given).__name__}",
                hint="give a connection string, or the name of a configured connection",
            )
        options[f"zuzen.connection.{name}"] = vendor_string(name, given, {})
    return options
