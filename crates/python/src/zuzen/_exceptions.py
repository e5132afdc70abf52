"""The exceptions of PEP 249, and how failures of the driver become them.

Every failure of the engine has a kind, a message, and mostly a hint that says what to do next. All three survive on their way to
Python: ``str(error)`` is what the command line would print, ``error.kind``, ``error.hint`` and ``error.request_id`` are the parts.
"""

from __future__ import annotations

import builtins
import re
from typing import Any


class Warning(builtins.UserWarning):
    """Something to know about that is no failure: a vendor says that a way to sign in ends. Shown by ``warnings``."""


class Error(Exception):
    """Whatever went wrong; the base of all others.

    Attributes:
        kind: What kind of failure it is, one of the keys of ``KINDS``; None if it did not come from the engine.
        hint: The next step, if one is known.
        request_id: What the vendor calls the request that failed; its support asks for it.
        status: The name of the ADBC status, such as ``"UNAUTHENTICATED"``; None if it did not come from the driver.
    """

    kind: str | None
    hint: str | None
    request_id: str | None
    status: str | None

    def __init__(
        self,
        message: str = "",
        *,
        kind: str | None = None,
        hint: str | None = None,
        request_id: str | None = None,
        status: str | None = None,
    ) -> None:
        if hint is not None and f"hint: {hint}" not in message:
            message = f"{message}\nhint: {hint}"
        super().__init__(message)
        self.kind = kind
        self.hint = hint
        self.request_id = request_id
        self.status = status

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions travel between processes by pickle, which would call the class with the message alone.
        return (_restore, (type(self), str(self), self.kind, self.hint, self.request_id, self.status))


def _restore(
    of: type[Error], message: str, kind: str | None, hint: str | None, request_id: str | None, status: str | None
) -> Error:
    return of(message, kind=kind, hint=hint, request_id=request_id, status=status)


class InterfaceError(Error):
    """The package was used in a way that cannot work: a closed cursor, a connection of another process, no library."""


class DatabaseError(Error):
    """The engine or the API failed."""


class DataError(DatabaseError):
    """An answer does not fit its table, or a value does not fit its type."""


class OperationalError(DatabaseError):
    """Not the statement's fault: signing in, permissions, rate limits, the network, the vendor; and what was cancelled."""


class IntegrityError(DatabaseError):
    """A key or a reference is broken."""


class InternalError(DatabaseError):
    """A fault of zuzen; please report it."""


class ProgrammingError(DatabaseError):
    """The statement, its parameters or the connection's properties are wrong."""


class NotSupportedError(DatabaseError):
    """It cannot be done here, such as a write."""


def again(error: Error) -> Error:
    """The same error to be raised once more, without the traceback of the first time."""
    return _restore(type(error), str(error), error.kind, error.hint, error.request_id, error.status)


def cancelled() -> OperationalError:
    """What is said of a statement that was stopped, in the driver's words."""
    return OperationalError("the statement was cancelled", hint="execute it again", status="CANCELLED")


# People import them from the package, and that is what a traceback should say.
for _exception in (Warning, Error, *Error.__subclasses__(), *DatabaseError.__subclasses__()):
    _exception.__module__ = "zuzen"

#: The exception of each kind of failure of the engine.
KINDS: dict[str, type[Error]] = {
    "sql": ProgrammingError,
    "config": ProgrammingError,
    "auth": OperationalError,
    "permission": OperationalError,
    "not_found": OperationalError,
    "rate_limited": OperationalError,
    "remote": OperationalError,
    "network": OperationalError,
    "decode": DataError,
    "too_expensive": OperationalError,
    "unsupported": NotSupportedError,
    "internal": InternalError,
}

#: The exception of each ADBC status, for failures that have no kind.
STATUSES: dict[str, type[Error]] = {
    "UNKNOWN": DatabaseError,
    "NOT_IMPLEMENTED": NotSupportedError,
    "NOT_FOUND": ProgrammingError,
    "ALREADY_EXISTS": ProgrammingError,
    "INVALID_ARGUMENT": ProgrammingError,
    "INVALID_STATE": InterfaceError,
    "INVALID_DATA": DataError,
    "INTEGRITY": IntegrityError,
    "INTERNAL": InternalError,
    "IO": OperationalError,
    "CANCELLED": OperationalError,
    "TIMEOUT": OperationalError,
    "UNAUTHENTICATED": OperationalError,
    "UNAUTHORIZED": OperationalError,
}

_HINT = re.compile(r"^hint: (?P<hint>.*)", re.MULTILINE | re.DOTALL)
# The vendor's number has no blanks; where the address of a request stands instead, it follows a method.
_REQUEST_ID = re.compile(r"^\s+request: (?P<id>\S+)$", re.MULTILINE)


def of_driver(error: BaseException) -> Error:
    """The exception for what the driver manager or a stream raised."""
    if isinstance(error, Error):
        return error
    status_code = getattr(error, "status_code", None)
    status = None if status_code is None else str(status_code.name)
    details = {_text(key): _text(value) for key, value in getattr(error, "details", None) or []}
    message = _message(error, status)
    kind = details.get("zuzen.kind")
    hint = details.get("zuzen.hint") or _found(_HINT, message, "hint")
    request_id = _found(_REQUEST_ID, message, "id")
    cls = KINDS.get(kind or "") or STATUSES.get(status or "") or OperationalError
    return cls(message, kind=kind, hint=hint, request_id=request_id, status=status)


def _message(error: BaseException, status: str | None) -> str:
    """The engine's own words: the driver manager puts the status before them and codes behind, Arrow a name before them."""
    message = str(error)
    if status is not None:
        message = message.removeprefix(f"{status}: ").removeprefix("[zuzen] ")
    sqlstate, vendor_code = getattr(error, "sqlstate", None), getattr(error, "vendor_code", None)
    if sqlstate is not None:
        message = message.removesuffix(f". SQLSTATE: {sqlstate}")
    if vendor_code is not None:
        message = message.removesuffix(f". Vendor code: {vendor_code}")
    return message.removeprefix("External error: ")


def _found(pattern: re.Pattern[str], text: str, group: str) -> str | None:
    found = pattern.search(text)
    return None if found is None else found.group(group).strip()


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
