"""Texts that the driver takes."""

from __future__ import annotations

from ._exceptions import ProgrammingError


def text(given: object, what: str) -> str:
    """What was given, if it is a text that arrives as it is.

    Raises:
        ProgrammingError: It is none, or it has letters that would not arrive: for the driver, a text ends at NUL.
    """
    if not isinstance(given, str):
        raise ProgrammingError(f"{what} is a {type(given).__name__}, not a text", hint="give a str")
    if "\0" in given:
        raise ProgrammingError(f"{what} has a NUL in it, where it would be cut off", hint="take the NUL out")
    try:
        given.encode()
    except UnicodeEncodeError as error:
        letter = f"U+{ord(given[error.start]):04X}"
        raise ProgrammingError(f"{what} has half a letter in it, {letter}", hint="decode it anew from its bytes") from None
    return given
