"""How SQLAlchemy's expressions are written in the engine's SQL."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy.sql import compiler, sqltypes

#: Words that are no names unless they are quoted.
_RESERVED = set(
    """all and any array as asc between both by case cast collate create cross current_date current_time current_timestamp delete
    desc distinct drop else end except exists explain extract false fetch filter for from full group having in inner insert
    intersect interval into is join lateral leading left like limit natural not null offset on or order outer over partition
    prepare qualify recursive right row rows select set show similar some table then to top trailing true union unnest update
    using values view when where window with within""".split()
)


class Preparer(compiler.IdentifierPreparer):
    """Names are quoted where they have to be: the engine folds others to small letters, as SQLAlchemy supposes."""

    reserved_words = _RESERVED


class TypeCompiler(compiler.GenericTypeCompiler):
    """Names of types in CAST."""

    def visit_DATETIME(self, type_: Any, **kw: Any) -> str:
        return self.visit_TIMESTAMP(type_, **kw)

    def visit_datetime(self, type_: Any, **kw: Any) -> str:
        return self.visit_TIMESTAMP(type_, **kw)

    def visit_TIMESTAMP(self, type_: Any, **kw: Any) -> str:
        return "TIMESTAMP WITH TIME ZONE" if getattr(type_, "timezone", False) else "TIMESTAMP"

    def visit_VARCHAR(self, type_: Any, **kw: Any) -> str:
        # Texts have no length.
        return "VARCHAR"

    visit_NVARCHAR = visit_CHAR = visit_NCHAR = visit_TEXT = visit_CLOB = visit_NCLOB = visit_VARCHAR
    visit_unicode = visit_unicode_text = visit_text = visit_string = visit_enum = visit_VARCHAR

    def visit_JSON(self, type_: Any, **kw: Any) -> str:
        return "VARCHAR"

    def visit_uuid(self, type_: Any, **kw: Any) -> str:
        return "VARCHAR"

    def visit_UUID(self, type_: Any, **kw: Any) -> str:
        return "VARCHAR"

    def visit_BLOB(self, type_: Any, **kw: Any) -> str:
        return "BYTEA"

    visit_BINARY = visit_VARBINARY = visit_large_binary = visit_BLOB

    def visit_FLOAT(self, type_: Any, **kw: Any) -> str:
        return "DOUBLE"

    visit_DOUBLE = visit_DOUBLE_PRECISION = visit_REAL = visit_FLOAT

    def visit_NUMERIC(self, type_: Any, **kw: Any) -> str:
        if type_.precision is None:
            return "DECIMAL(38, 10)"
        return f"DECIMAL({type_.precision}, {type_.scale or 0})"

    visit_DECIMAL = visit_NUMERIC

    def visit_ARRAY(self, type_: Any, **kw: Any) -> str:
        return f"{self.process(type_.item_type, **kw)}[]"


class Compiler(compiler.SQLCompiler):
    """Statements. What the API can answer as a filter is written so that the engine recognises it."""

    def limit_clause(self, select: Any, **kw: Any) -> str:
        text = ""
        if select._limit_clause is not None:
            text += "\n LIMIT " + self.process(select._limit_clause, **kw)
        if select._offset_clause is not None:
            text += "\n OFFSET " + self.process(select._offset_clause, **kw)
        return text

    def visit_like_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._like("LIKE", binary, **kw)

    def visit_not_like_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._like("NOT LIKE", binary, **kw)

    def visit_ilike_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._like("ILIKE", binary, **kw)

    def visit_not_ilike_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._like("NOT ILIKE", binary, **kw)

    def _like(self, word: str, binary: Any, **kw: Any) -> str:
        left, right = binary.left._compiler_dispatch(self, **kw), binary.right._compiler_dispatch(self, **kw)
        mark = binary.modifiers.get("escape")
        if mark is None or mark == "\\":
            return f"{left} {word} {right}"
        # The engine escapes by a backslash alone: the pattern is said in its terms. A doubled mark is the mark itself.
        quoted = mark.replace("'", "''")
        steps = [("\\", "\\\\"), (quoted * 2, "\x01"), (quoted, "\\"), ("\x01", quoted)]
        for old, new in steps:
            right = f"replace({right}, '{old}', '{new}')"
        return f"{left} {word} {right}"

    def visit_regexp_match_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._generate_generic_binary(binary, " ~* " if _ignores_case(binary) else " ~ ", **kw)

    def visit_not_regexp_match_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._generate_generic_binary(binary, " !~* " if _ignores_case(binary) else " !~ ", **kw)

    def visit_truediv_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        left, right = self.process(binary.left, **kw), self.process(binary.right, **kw)
        if isinstance(binary.right.type, sqltypes.Integer) and isinstance(binary.left.type, sqltypes.Integer):
            # Whole numbers divide to whole numbers otherwise.
            return f"{left} / CAST({right} AS DECIMAL(38, 10))"
        return f"{left} / {right}"

    def visit_is_distinct_from_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return f"{self.process(binary.left, **kw)} IS DISTINCT FROM {self.process(binary.right, **kw)}"

    def visit_is_not_distinct_from_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return f"{self.process(binary.left, **kw)} IS NOT DISTINCT FROM {self.process(binary.right, **kw)}"

    def visit_empty_set_expr(self, element_types: Any, **kw: Any) -> str:
        # A text says nothing of the types in it. No row has the column, so that any does.
        wanted = element_types or [sqltypes.INTEGERTYPE]
        kinds = [sqltypes.INTEGERTYPE if isinstance(kind, sqltypes.NullType) else kind for kind in wanted]
        columns = ", ".join(f"CAST(NULL AS {self.dialect.type_compiler.process(kind)})" for kind in kinds)
        return f"SELECT {columns} WHERE false"

    def render_literal_value(self, value: Any, type_: Any) -> str:
        if isinstance(value, datetime.datetime):
            word = "TIMESTAMP WITH TIME ZONE" if value.tzinfo is not None else "TIMESTAMP"
            return f"CAST('{value.isoformat()}' AS {word})"
        if isinstance(value, datetime.date):
            return f"DATE '{value.isoformat()}'"
        if isinstance(value, datetime.time):
            return f"CAST('{value.isoformat()}' AS TIME)"
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(super().render_literal_value(value, type_))

    def for_update_clause(self, select: Any, **kw: Any) -> str:
        # Nothing is locked, and nothing is written that a lock would guard.
        return ""


def _ignores_case(binary: Any) -> bool:
    return "i" in (binary.modifiers.get("flags") or "")
