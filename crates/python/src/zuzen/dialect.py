"""The SQLAlchemy dialect, for 1.4 and 2.

``zuzen+zendesk:///?URL=…&User=…&ApiToken=…`` and ``zuzen+zuora:///?Tenant=…`` are one account, ``zuzen:///billing`` is a configured
connection, ``zuzen:///?zendesk=…&zuora=…`` several, ``zuzen:///`` all that are configured, and ``zuzen+demo://`` needs none.

What a URL says may be said by ``connect_args`` instead, which is the place for secrets.

It reads. Its connections share one sign-in and the rate limits; there are no transactions.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import exc
from sqlalchemy.engine import default
from sqlalchemy.engine.url import URL

import zuzen
from zuzen import _opening
from zuzen._database import Database

from ._dialect import reflection
from ._dialect.compiler import Compiler, Preparer, TypeCompiler
from ._dialect.url import DiscreetURL

#: What a URL may say of the session beside its connections.
_SESSION = ("time_zone", "memory_limit", "tables", "local_files")


Answer = TypeVar("Answer")


def _remembered(ask: Callable[..., Answer]) -> Callable[..., Answer]:
    """Asks once for each inspector, which brings its memory along. SQLAlchemy's own decorator cannot read annotations in 1.4."""

    @functools.wraps(ask)
    def asked(dialect: Any, connection: Any, *names: Any, **more: Any) -> Answer:
        memory = more.get("info_cache")
        if memory is None:
            return ask(dialect, connection, *names, **more)
        given = sorted((name, value) for name, value in more.items() if isinstance(value, str))
        key = (ask.__name__, names, tuple(given))
        if key not in memory:
            memory[key] = ask(dialect, connection, *names, **more)
        found: Answer = memory[key]
        return found

    return asked


class Dialect(default.DefaultDialect):
    """``zuzen://``: configured connections, and several in one session."""

    name = "zuzen"
    driver = "zuzen"
    #: The vendor whose properties the URL holds; none here.
    vendor: str | None = None

    statement_compiler = Compiler
    type_compiler = TypeCompiler
    type_compiler_cls = TypeCompiler
    preparer = Preparer

    default_paramstyle = "qmark"
    supports_statement_cache = True
    supports_native_boolean = True
    supports_native_decimal = True
    supports_comments = True
    supports_views = True
    supports_schemas = True
    supports_alter = False
    supports_sequences = False
    supports_default_values = False
    supports_empty_insert = False
    supports_sane_rowcount = False
    supports_sane_multi_rowcount = False
    supports_is_distinct_from = True
    supports_simple_order_by_label = True
    postfetch_lastrowid = False
    max_identifier_length = 255
    ischema_names: dict[str, Any] = {}

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._lock = threading.Lock()
        self._opened: tuple[dict[str, str], Database] | None = None

    @classmethod
    def import_dbapi(cls) -> ModuleType:
        """The module of PEP 249, for SQLAlchemy 2."""
        return zuzen

    if sqlalchemy.__version__.startswith("1."):

        @classmethod
        def dbapi(cls) -> ModuleType:  # type: ignore[override]
            """The same for SQLAlchemy 1.4."""
            return zuzen

    def create_connect_args(self, url: URL) -> tuple[list[Any], dict[str, Any]]:
        """The driver's options that a URL means."""
        if url.host or url.username or url.password:
            raise exc.ArgumentError(
                "a URL of zuzen names no host and no user: write zuzen+zendesk:///?URL=https://acme.zendesk.com&User=…&ApiToken=…"
            )
        query = {name: _single(name, value) for name, value in url.query.items()}
        session = {name: query.pop(name) for name in _SESSION if name in query}
        options = self._accounts(url.database or "", query)
        return [], {"options": options | _opening.session_options(**{name: session.get(name) for name in _SESSION})}

    def _accounts(self, name: str, query: Mapping[str, str]) -> dict[str, str]:
        if name and query:
            raise exc.ArgumentError(f"the URL names the connection `{name}` and properties; give one of both")
        try:
            if self.vendor is None:
                return _opening.options_of(name or None, query)
            # As other drivers write it: ?URL=…;User=…;ApiToken=…; is one connection string.
            string = "".join(f"{key}={value}" for key, value in query.items()) if _is_string(query) else name
            return _opening.vendor_options(self.vendor, string, {} if _is_string(query) else query)
        except zuzen.Error as error:
            raise exc.ArgumentError(str(error)) from None

    def _with_arguments(self, options: Mapping[str, str], arguments: Mapping[str, Any]) -> dict[str, str]:
        """The options with ``connect_args``: what a URL may say, for what should not stand in one."""
        properties = dict(arguments)
        session = {name: properties.pop(name) for name in _SESSION if name in properties}
        return dict(options) | self._more_accounts(options, properties) | _opening.session_options(
            **{name: session.get(name) for name in _SESSION}
        )

    def _more_accounts(self, options: Mapping[str, str], properties: Mapping[str, Any]) -> dict[str, str]:
        if self.vendor is None:
            return _opening.options_of(None, properties)
        return _opening.vendor_options(self.vendor, options[f"zuzen.connection.{self.vendor}"], properties)

    @classmethod
    def engine_created(cls, engine: Any) -> None:
        """Hides what is secret in the URL from whoever prints the engine."""
        engine.url = DiscreetURL._make(engine.url)

    def connect(self, *arguments: Any, **named: Any) -> Any:
        """Another session over the accounts of this dialect's engine."""
        options: dict[str, str] = named.pop("options")
        if named:
            options = self._with_arguments(options, named)
        with self._lock:
            if self._opened is not None and self._opened[0] == options:
                try:
                    return zuzen.Connection(self._opened[1])
                except zuzen.InterfaceError:
                    # The pool had closed its last connection, or this is another process.
                    pass
            database = Database(options)
            self._opened = (options, database)
            return zuzen.Connection(database)

    def initialize(self, connection: Any) -> None:
        """Learns the default schema."""
        super().initialize(connection)
        self.default_schema_name = self._get_default_schema_name(connection)

    def _get_server_version_info(self, connection: Any) -> tuple[int, ...]:
        return tuple(int(part) for part in zuzen.__version__.split("+")[0].split(".") if part.isdigit())

    def _get_default_schema_name(self, connection: Any) -> str:
        return reflection.session_of(connection).schema

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Nothing: there are no transactions."""

    def do_commit(self, dbapi_connection: Any) -> None:
        """Nothing: there are no transactions."""

    def do_ping(self, dbapi_connection: Any) -> bool:
        """Whether the session is open. No request is sent."""
        return not dbapi_connection.closed

    def is_disconnect(self, error: Any, connection: Any, cursor: Any) -> bool:
        """Whether the session is of no use any more: closed, or another process's. A closed cursor says nothing of that."""
        if connection is None or not isinstance(error, zuzen.InterfaceError):
            return False
        return bool(connection.closed or not connection.is_ours())

    @_remembered
    def has_table(self, connection: Any, table_name: str, schema: str | None = None, **more: Any) -> bool:
        """Whether there is a table or a view of this name."""
        return reflection.has_table(connection, table_name, schema)

    def has_sequence(self, connection: Any, sequence_name: str, schema: str | None = None, **more: Any) -> bool:
        """False: there are none."""
        return False

    @_remembered
    def get_schema_names(self, connection: Any, **more: Any) -> list[str]:
        """The connections, and the schemas that describe them."""
        return reflection.schemas(connection)

    @_remembered
    def get_table_names(self, connection: Any, schema: str | None = None, **more: Any) -> list[str]:
        """The tables of a connection."""
        return reflection.tables(connection, schema)

    @_remembered
    def get_view_names(self, connection: Any, schema: str | None = None, **more: Any) -> list[str]:
        """The views that this session has made, and those of the schemas that describe."""
        return reflection.views(connection, schema)

    @_remembered
    def get_view_definition(self, connection: Any, view_name: str, schema: str | None = None, **more: Any) -> str:
        """The statement of a view."""
        return reflection.view_definition(connection, view_name, schema)

    @_remembered
    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **more: Any) -> list[Any]:
        """The columns of a table with their types and what they mean."""
        return reflection.columns(connection, table_name, schema)

    @_remembered
    def get_pk_constraint(self, connection: Any, table_name: str, schema: str | None = None, **more: Any) -> Any:
        """The key of a table."""
        return self._catalogue(connection, table_name, schema, **more).primary_key(table_name)

    @_remembered
    def get_foreign_keys(self, connection: Any, table_name: str, schema: str | None = None, **more: Any) -> list[Any]:
        """The tables that columns refer to."""
        return self._catalogue(connection, table_name, schema, **more).foreign_keys(table_name)

    @_remembered
    def get_table_comment(self, connection: Any, table_name: str, schema: str | None = None, **more: Any) -> Any:
        """What a table holds."""
        return self._catalogue(connection, table_name, schema, **more).comment(table_name)

    @_remembered
    def _schema_catalogue(self, connection: Any, schema: str | None, **more: Any) -> reflection.Catalogue:
        return reflection.catalogue(connection, schema)

    def _catalogue(self, connection: Any, table_name: str, schema: str | None, **more: Any) -> reflection.Catalogue:
        """What is known of a schema, in which the table is, or at least in the session."""
        found = self._schema_catalogue(connection, schema, **more)
        if table_name not in found.abouts:
            self.get_columns(connection, table_name, schema, **more)
        return found

    def get_indexes(self, connection: Any, table_name: str, schema: str | None = None, **more: Any) -> list[Any]:
        """None: an API has reads, not indexes. ``system.reads`` lists them."""
        self.get_columns(connection, table_name, schema, **more)
        return []

    def get_unique_constraints(self, connection: Any, table_name: str, schema: str | None = None, **more: Any) -> list[Any]:
        """None beside the key."""
        self.get_columns(connection, table_name, schema, **more)
        return []

    def get_check_constraints(self, connection: Any, table_name: str, schema: str | None = None, **more: Any) -> list[Any]:
        """None."""
        self.get_columns(connection, table_name, schema, **more)
        return []


class ZendeskDialect(Dialect):
    """``zuzen+zendesk://``: one account of Zendesk."""

    driver = "zendesk"
    vendor = "zendesk"
    supports_statement_cache = True


class ZuoraDialect(Dialect):
    """``zuzen+zuora://``: one tenant of Zuora."""

    driver = "zuora"
    vendor = "zuora"
    supports_statement_cache = True


class DemoDialect(Dialect):
    """``zuzen+demo://``: simulated accounts of both."""

    driver = "demo"
    supports_statement_cache = True

    def _accounts(self, name: str, query: Mapping[str, str]) -> dict[str, str]:
        if name:
            raise exc.ArgumentError("zuzen+demo:// names no connection: zuzen+demo:///?tickets=5000")
        return {"zuzen.demo": "true"} | self._more_accounts({}, query)

    def _more_accounts(self, options: Mapping[str, str], properties: Mapping[str, Any]) -> dict[str, str]:
        unknown = [key for key in properties if key not in ("tickets", "seed")]
        if unknown:
            raise exc.ArgumentError(f"zuzen+demo:// takes tickets and seed, not {unknown[0]}: zuzen+demo:///?tickets=5000")
        return {f"zuzen.demo.{key}": str(value) for key, value in properties.items()}


def _single(name: str, value: str | tuple[str, ...]) -> str:
    if isinstance(value, str):
        return value
    raise exc.ArgumentError(f"the URL gives `{name}` more than once")


def _is_string(query: Mapping[str, str]) -> bool:
    """Whether what follows the question mark is a connection string, with semicolons."""
    values = list(query.values())
    return len(values) == 1 and ";" in values[0] and ("=" in values[0] or values[0].endswith(";"))
