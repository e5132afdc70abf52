"""Where the driver is, and what it is told when a database is opened."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from adbc_driver_manager import AdbcDatabase

from ._exceptions import InterfaceError, ProgrammingError, of_driver
from ._text import text

#: The variable with the path of a driver to use instead of the one that came with the package.
VARIABLE = "ZUZEN_DRIVER"

#: The file that the package ships.
LIBRARY = {"win32": "adbc_driver_zuzen.dll", "darwin": "libadbc_driver_zuzen.dylib"}.get(sys.platform, "libadbc_driver_zuzen.so")

#: The function in it that fills in the driver's table.
ENTRYPOINT = "AdbcDriverInit"


def driver_path() -> str:
    """The path of the ADBC driver: the shared library that every ADBC driver manager loads.

    Raises:
        InterfaceError: It is not there.
    """
    chosen = os.environ.get(VARIABLE)
    path = Path(chosen) if chosen else Path(__file__).with_name(LIBRARY)
    if not path.is_file():
        hint = f"set {VARIABLE} to the path of {LIBRARY}" if chosen else "install the package anew: pip install ./crates/python"
        raise InterfaceError(f"there is no driver at {path}", hint=hint)
    return str(path.resolve())


def manifest() -> str:
    """The driver's manifest: with it in a folder that driver managers search, they find the driver by the name ``zuzen``."""
    from . import __version__

    path = driver_path().replace("\\", "\\\\")
    return (
        "manifest_version = 1\n"
        'name = "zuzen"\n'
        f'version = "{__version__}"\n'
        'publisher = "zuzen"\n'
        'license = "Apache-2.0"\n\n'
        "[ADBC]\n"
        'version = "1.1.0"\n\n'
        "[Driver]\n"
        f'entrypoint = "{ENTRYPOINT}"\n'
        f'shared = "{path}"\n'
    )


def register(folder: str | os.PathLike[str] | None = None) -> Path:
    """Writes the manifest where driver managers look, so that ``driver="zuzen"`` is enough for them.

    Args:
        folder: Where to; by default ``etc/adbc/drivers`` of this Python environment, which is where Python's driver manager looks
            first. ADBC_DRIVER_PATH names others.

    Returns:
        The file.
    """
    place = Path(folder) if folder is not None else Path(sys.prefix) / "etc" / "adbc" / "drivers"
    place.mkdir(parents=True, exist_ok=True)
    file = place / "zuzen.toml"
    file.write_text(manifest(), encoding="utf-8")
    return file


def open_database(options: Mapping[str, str]) -> AdbcDatabase:
    """The database of these options. Nothing is sent yet.

    Raises:
        InterfaceError: There is no driver.
        ProgrammingError: A property is wrong.
    """
    for name, value in options.items():
        text(name, "the name of an option")
        text(value, f"the option {name}")
    try:
        return AdbcDatabase(driver=driver_path(), entrypoint=ENTRYPOINT, **options)
    except Exception as error:
        raise of_driver(error) from None


def connection_string(given: str, properties: Mapping[str, object]) -> str:
    """A connection string with more properties behind it.

    A property may be written as in connection strings or as Python writes names: ``ApiToken`` or ``api_token``. The value is quoted
    where it has to be.

    Raises:
        ProgrammingError: A value is neither text, number nor truth.
    """
    text = given.strip()
    for name, value in properties.items():
        if isinstance(value, bool):
            written = "True" if value else "False"
        elif isinstance(value, (str, int, float, os.PathLike)):
            written = os.fspath(value) if isinstance(value, os.PathLike) else str(value)
        else:
            raise ProgrammingError(
                f"the property {name} is a {type(value).__name__}", hint="give a text, a number, True or False"
            )
        if text and not text.endswith(";"):
            text += ";"
        if written != written.strip() or any(letter in written for letter in ";'\"") or not written:
            written = "'" + written.replace("'", "''") + "'"
        text += f"{name}={written}"
    return text
