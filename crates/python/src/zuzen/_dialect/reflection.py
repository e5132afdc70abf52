"""What SQLAlchemy asks of tables, answered from the catalogue. Nothing is sent but what describes a table."""

from __future__ import annotations

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


def primary_key(connection: Any, table: str, schema: str | None) -> dict[str, Any]:
    found = _rows(
        connection,
        "SELECT column_name FROM system.columns WHERE connection = ? AND table_name = ? AND is_key AND NOT pseudo ORDER BY ordinal",
        schema or _default(connection),
        table,
    )
    if not found:
        _schema(connection, table, schema)
    return {"constrained_columns": [str(name) for (name,) in found], "name": None}


def foreign_keys(connection: Any, table: str, schema: str | None) -> list[dict[str, Any]]:
    wanted = schema or _default(connection)
    found = _rows(
        connection,
        'SELECT c.column_name, t.table_name, t."key" FROM system.columns c JOIN system.tables t '
        'ON t.connection = c.connection AND t.table_name = c."references" '
        'WHERE c.connection = ? AND c.table_name = ? AND NOT c.pseudo AND t."key" IS NOT NULL ORDER BY c.ordinal',
        wanted,
        table,
    )
    if not found:
        _schema(connection, table, schema)
    return [
        {
            "name": None,
            "constrained_columns": [str(column)],
            "referred_schema": schema,
            "referred_table": str(other),
            "referred_columns": [str(key)],
            "options": {},
        }
        for column, other, key in found
    ]


def table_comment(connection: Any, table: str, schema: str | None) -> dict[str, str | None]:
    wanted = schema or _default(connection)
    found = _rows(connection, "SELECT about FROM system.tables WHERE connection = ? AND table_name = ?", wanted, table)
    if not found:
        _schema(connection, table, schema)
    return {"text": found[0][0] if found else None}


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
