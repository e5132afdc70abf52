"""Parameters: how they are written, and that values arrive as they are."""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from typing import Any

import pytest

import zuzen
from zuzen._parameters import placed


class Status(str, enum.Enum):
    OPEN = "open"


UTC = datetime.timezone.utc


@pytest.mark.parametrize(
    "value",
    [
        True,
        0,
        -(2**63),
        2**63 - 1,
        2**70,
        1.5,
        float("inf"),
        decimal.Decimal("-0.10"),
        decimal.Decimal("1E+3"),
        decimal.Decimal("12345678901234567890123456789012345678.9"),
        "",
        "it's; -- \"quoted\" ? %(x)s",
        "\N{SNOWMAN}",
        b"\x00'",
        datetime.date(1582, 10, 15),
        datetime.datetime(2026, 1, 2, 3, 4, 5, 678901),
        datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
        datetime.time(23, 59, 59, 999999),
        ["a", None, "b"],
        [1, 2],
    ],
)
def test_values_come_back(cursor: zuzen.Cursor, value: Any) -> None:
    ((found,),) = cursor.execute("SELECT ? AS value", (value,)).fetchall()
    assert found == value
    ((by_name,),) = cursor.execute("SELECT :value AS value", {"value": value}).fetchall()
    assert by_name == value
    ((named,),) = cursor.execute("SELECT %(value)s AS value", {"value": value}).fetchall()
    assert named == value


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (None, None),
        (Status.OPEN, "open"),
        (uuid.UUID(int=7), str(uuid.UUID(int=7))),
        ((1, 2), [1, 2]),
        (datetime.datetime(2026, 1, 1, 9, tzinfo=datetime.timezone(datetime.timedelta(hours=9))), datetime.datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_other_values_have_a_counterpart(cursor: zuzen.Cursor, value: Any, wanted: Any) -> None:
    assert cursor.execute("SELECT ? AS value", (value,)).fetchall() == [(wanted,)]


@pytest.mark.parametrize("value", [object(), {"a": 1}, decimal.Decimal("NaN"), [1, "a"]])
def test_values_without_a_counterpart_are_refused(cursor: zuzen.Cursor, value: Any) -> None:
    with pytest.raises(zuzen.ProgrammingError, match="parameter 1.*cannot be bound"):
        cursor.execute("SELECT ?", (value,))


def test_parameters_reach_the_api(demo: zuzen.Connection) -> None:
    assert "show_many?ids=2,3" in demo.explain("SELECT subject FROM zendesk.tickets WHERE id IN (?, ?)", (2, 3))
    assert "ids=2,3" in demo.explain("SELECT subject FROM zendesk.tickets WHERE id IN (:ids)", {"ids": [2, 3]})


def test_lists_fill_in(cursor: zuzen.Cursor) -> None:
    cursor.execute("SELECT id FROM zendesk.tickets WHERE id IN (?) ORDER BY id", ([2, 3, 5],))
    assert cursor.fetchall() == [(2,), (3,), (5,)]


@pytest.mark.parametrize(
    ("sql", "parameters", "wanted", "values"),
    [
        ("a = %(x)s AND b = %(x)s AND c = %(y)s", {"x": 1, "y": 2}, "a = ? AND b = ? AND c = ?", [1, 1, 2]),
        ("a LIKE '50%%' AND b = %(x)s", {"x": 1}, "a LIKE '50%' AND b = ?", [1]),
        ("a LIKE '50%'", None, "a LIKE '50%'", None),
        ("a LIKE '50%%'", (1,), "a LIKE '50%%'", (1,)),
        ("7 % 3 = %(x)s -- 100% of %(y)s\n", {"x": 1}, "7 % 3 = ? -- 100% of %(y)s\n", [1]),
        ("a LIKE '50%%' AND b = :x", {"x": 1}, "a LIKE '50%%' AND b = :x", {"x": 1}),
        ('"%(x)s" = %(x)s', {"x": 1}, '"%(x)s" = ?', [1]),
    ],
)
def test_named_parameters_find_their_places(sql: str, parameters: Any, wanted: str, values: Any) -> None:
    assert placed(sql, parameters) == (wanted, values)


def test_mistakes_are_explained(cursor: zuzen.Cursor) -> None:
    with pytest.raises(zuzen.ProgrammingError, match=r"no value for the parameter %\(name\)s"):
        cursor.execute("SELECT %(name)s", {"nome": 1})
    with pytest.raises(zuzen.ProgrammingError, match="stands inside quotes"):
        cursor.execute("SELECT '%(name)s'", {"name": 1})
    with pytest.raises(zuzen.ProgrammingError, match="a sequence or a mapping"):
        cursor.execute("SELECT ?", "open")
    with pytest.raises(zuzen.ProgrammingError):
        cursor.execute("SELECT ?, ?", (1,))
    with pytest.raises(zuzen.ProgrammingError):
        cursor.execute("SELECT ?", (1, 2))


def test_executemany_executes_each(demo: zuzen.Connection) -> None:
    with demo.cursor() as cursor:
        before = len(demo.requests())
        cursor.executemany("SELECT subject FROM zendesk.tickets WHERE id = ?", [(2,), (3,)])
        assert cursor.description is None
        assert len(demo.requests()) - before == 2
        cursor.executemany("SELECT 1", [])
