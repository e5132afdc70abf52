"""SQL over one account of Zendesk: a module of PEP 249.

>>> import zuzen.zendesk as mod
>>> connection = mod.connect("URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=…;")
>>> connection.execute("SELECT count(*) FROM tickets").fetchone()

The connection is called ``zendesk``, so ``tickets`` and ``zendesk.tickets`` are the same table.
"""

from __future__ import annotations

from ._asynchronous import AsyncConnection
from ._dbapi import *
from ._dbapi import __all__ as _dbapi_names
from ._opening import vendor_options

__all__ = [*_dbapi_names, "aconnect", "connect"]


def connect(connection_string: str = "", /, **properties: object) -> Connection:
    """Opens a session over an account of Zendesk. Nothing is sent before the first statement.

    Args:
        connection_string: ``Name=Value`` pairs separated by ``;``, or the name of a connection in ``zuzen.toml`` or
            ``ZUZEN_<NAME>``. Without it and without properties, the configured connection ``zendesk``.
        properties: More properties, which win over those of the string, as connection strings or as Python write names:
            ``connect(url="https://acme.zendesk.com", user="me@acme.com", api_token="…")``.

    Raises:
        ProgrammingError: A property is wrong, the connection is not configured, or it is one of another vendor's.
        InterfaceError: There is no driver.
    """
    return Connection(vendor_options("zendesk", connection_string, properties))


async def aconnect(connection_string: str = "", /, **properties: object) -> AsyncConnection:
    """The same for asyncio: what waits is awaited, and a cancelled task cancels its statement."""
    return await AsyncConnection.open(vendor_options("zendesk", connection_string, properties))
