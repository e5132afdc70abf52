"""What SQLAlchemy asks of tables, answered from the catalogue. Nothing is sent but what describes a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import exc, types

import zuzen

#: Schemas that describe and hold no accounts' tables.
_DESCRIBING = ("system", "information_schema")

#: The key in a field's metadata with what the column means.
_COMMENT = b"description"


class Nested(types.UserDefinedType[Any]):
    """Objects inside rows, which Python gets as dicts."""

    cache_ok = True

    def __init__(self, arrow: pa.DataType) -> None:
        """Of this Arrow type."""
        self.arrow = arrow

    def get_col_spec(self, **kw: Any) -> str:
        """The type as it is named."""
        return str(self.arrow)


def session_of(connection: Any) -> zuzen.Connection:
    """The session behind a connection of SQLAlchemy."""
    found = connection.connection
    # SQLAlchemy 1.4 has the pool's wrapper in between, but not while it initializes a dialect.
    while not isinstance(found, zuzen.Connection):
        found = getattr(found, "dbapi_connection", None) or found.connection
    return found


def has_table(connection: Any, table: str, schema: str | None) -> bool:
    try:
        _schema(connection, table, schema)
    except exc.NoSuchTableError:
        return False
    return True


def schemas(connection: Any) -> list[str]:
    found = _rows(connection, "SELECT schema_name FROM information_schema.schemata ORDER BY schema_name")
    return [str(name) for (name,) in found]


def tables(connection: Any, schema: str | None) -> list[str]:
    wanted = schema or _default(connection)
    found = _rows(connection, "SELECT table_name FROM system.tables WHERE connection = ? ORDER BY table_name", wanted)
    listed = {str(name) for (name,) in found}
    return sorted(listed | set(_listed(connection, wanted, "BASE TABLE")))


def views(connection: Any, schema: str | None) -> list[str]:
    return _listed(connection, schema or _default(connection), "VIEW")


def view_definition(connection: Any, view: str, schema: str | None) -> str:
    found = _rows(
        connection,
        "SELECT definition FROM information_schema.views WHERE table_schema = ? AND table_name = ?",
        schema or _default(connection),
        view,
    )
    if not found:
        raise exc.NoSuchTableError(view)
    return str(found[0][0] or "")


def columns(connection: Any, table: str, schema: str | None) -> list[dict[str, Any]]:
    return [
        {
            "name": field.name,
            "type": sql_type(field.type),
            "nullable": bool(field.nullable),
            "default": None,
            "autoincrement": False,
            "comment": _comment(field),
        }
        for field in _schema(connection, table, schema)
    ]


@dataclass(frozen=True)
class Catalogue:
    """What is known of all tables of a schema beside their columns. It takes as long to ask for all of them as for one."""

    schema: str | None
    #: What each table holds. Tables and views of a session have nothing here.
    abouts: dict[str, str | None]
    keys: dict[str, list[str]]
    #: Of each table: the column, the table that it refers to, and that one's key.
    references: dict[str, list[tuple[str, str, str]]]

    def primary_key(self, table: str) -> dict[str, Any]:
        return {"constrained_columns": self.keys.get(table, []), "name": None}

    def foreign_keys(self, table: str) -> list[dict[str, Any]]:
        return [
            {
                "name": None,
                "constrained_columns": [column],
                "referred_schema": self.schema,
                "referred_table": other,
                "referred_columns": [key],
                "options": {},
            }
            for column, other, key in self.references.get(table, [])
        ]

    def comment(self, table: str) -> dict[str, str | None]:
        return {"text": self.abouts.get(table)}


def catalogue(connection: Any, schema: str | None) -> Catalogue:
    wanted = schema or _default(connection)
    abouts = _rows(connection, "SELECT table_name, about FROM system.tables WHERE connection = ?", wanted)
    keys: dict[str, list[str]] = {}
    for table, column in _rows(
        connection,
        "SELECT table_name, column_name FROM system.columns "
        "WHERE connection = ? AND is_key AND NOT pseudo ORDER BY table_name, ordinal",
        wanted,
    ):
        keys.setdefault(table, []).append(column)
    references: dict[str, list[tuple[str, str, str]]] = {}
    for table, *reference in _rows(
        connection,
        'SELECT c.table_name, c.column_name, t.table_name, t."key" FROM system.columns c JOIN system.tables t '
        'ON t.connection = c.connection AND t.table_name = c."references" '
        'WHERE c.connection = ? AND NOT c.pseudo AND t."key" IS NOT NULL ORDER BY c.table_name, c.ordinal',
        wanted,
    ):
        column, other, key = reference
        references.setdefault(table, []).append((column, other, key))
    return Catalogue(schema, dict(abouts), keys, references)


def sql_type(arrow: pa.DataType) -> types.TypeEngine[Any]:
    """SQLAlchemy's type for one of Arrow."""
    is_ = pa.types
    if is_.is_dictionary(arrow):
        return sql_type(arrow.value_type)
    if is_.is_boolean(arrow):
        return types.BOOLEAN()
    if is_.is_uint64(arrow):
        return types.NUMERIC(20, 0)
    if is_.is_integer(arrow):
        if arrow.bit_width <= 16:
            return types.SMALLINT()
        # An unsigned one of 32 bits needs more than an INTEGER has.
        return types.INTEGER() if arrow.bit_width == 32 and is_.is_signed_integer(arrow) else types.BIGINT()
    if is_.is_floating(arrow):
        return types.FLOAT()
    if is_.is_decimal(arrow):
        return types.NUMERIC(arrow.precision, arrow.scale)
    if is_.is_timestamp(arrow):
        return types.TIMESTAMP(timezone=arrow.tz is not None)
    if is_.is_date(arrow):
        return types.DATE()
    if is_.is_time(arrow):
        return types.TIME()
    if is_.is_duration(arrow) or is_.is_interval(arrow):
        return types.Interval()
    if is_.is_binary(arrow) or is_.is_large_binary(arrow) or is_.is_fixed_size_binary(arrow) or is_.is_binary_view(arrow):
        return types.LargeBinary()
    if is_.is_list(arrow) or is_.is_large_list(arrow):
        return types.ARRAY(sql_type(arrow.value_type))
    if is_.is_nested(arrow):
        return Nested(arrow)
    return types.VARCHAR()


def _schema(connection: Any, table: str, schema: str | None) -> pa.Schema:
    session = session_of(connection)
    try:
        return session.get_table_schema(table, schema or _default(connection))
    except zuzen.ProgrammingError:
        raise exc.NoSuchTableError(f"{schema}.{table}" if schema else table) from None


def _comment(field: pa.Field) -> str | None:
    found = (field.metadata or {}).get(_COMMENT)
    return None if found is None else found.decode("utf-8")


def _listed(connection: Any, schema: str, kind: str) -> list[str]:
    found = _rows(
        connection,
        "SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND table_type = ? ORDER BY table_name",
        schema,
        kind,
    )
    return [str(name) for (name,) in found]


def _default(connection: Any) -> str:
    return session_of(connection).schema


def _rows(connection: Any, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with session_of(connection).execute(sql, values) as cursor:
        return cursor.fetchall()
