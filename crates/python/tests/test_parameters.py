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


def _several() -> list[Any]:
    numpy, pandas, polars = (pytest.importorskip(name) for name in ("numpy", "pandas", "polars"))
    import pyarrow

    instant = datetime.datetime(2026, 1, 2, 3, 4, 5, 678901)
    nanoseconds = numpy.datetime64("2026-01-02T03:04:05.678901234")
    return [
        (numpy.int16(7), 7, "int64"),
        (numpy.float32(0.5), 0.5, "double"),
        (numpy.array(5), 5, "int64"),
        (numpy.datetime64("2026-01-02"), datetime.date(2026, 1, 2), "date32[day]"),
        (numpy.datetime64("2026-01-02T03:04:05.678901"), instant, "timestamp[us]"),
        (numpy.datetime64("2026-01-02T03:04:05.678901000"), instant, "timestamp[us]"),
        (nanoseconds, instant, "timestamp[ns]"),
        (numpy.timedelta64(1_500_000_000, "ns"), datetime.timedelta(seconds=1.5), "duration[us]"),
        (numpy.timedelta64(1, "ns"), datetime.timedelta(0), "duration[ns]"),
        (numpy.datetime64("NaT"), None, "null"),
        (pandas.NaT, None, "null"),
        (pandas.NA, None, "null"),
        (pandas.Timestamp("2026-01-02T03:04:05.678901"), instant, "timestamp[us]"),
        (pandas.Timestamp("2026-01-02T03:04:05.678901234"), instant, "timestamp[ns]"),
        (pandas.Timestamp("2026-01-02T12:04:05.678901234+09:00"), instant.replace(tzinfo=UTC), "timestamp[ns, tz=UTC]"),
        (pandas.Timedelta("1.5s"), datetime.timedelta(seconds=1.5), "duration[us]"),
        (pyarrow.scalar(1, pyarrow.int8()), 1, "int8"),
        (numpy.array([5]), [5], "list<item: int64>"),
        (numpy.array([5, 6]), [5, 6], "list<item: int64>"),
        (pandas.Series([5]), [5], "list<item: int64>"),
        (pandas.Series(["a", pandas.NA]), ["a", None], "list<item: string>"),
        (pandas.Index([5]), [5], "list<item: int64>"),
        (polars.Series([5]), [5], "list<item: int64>"),
        (pyarrow.array([5]), [5], "list<item: int64>"),
        (numpy.array([nanoseconds]), [instant], "list<item: timestamp[ns]>"),
        ([instant, nanoseconds], [instant, instant], "list<item: timestamp[ns]>"),
        (range(3), [0, 1, 2], "list<item: int64>"),
        (frozenset([5]), [5], "list<item: int64>"),
    ]


@pytest.mark.filterwarnings("error")
def test_values_of_other_libraries_keep_their_types(cursor: zuzen.Cursor) -> None:
    for value, wanted, kind in _several():
        cursor.execute("SELECT ? AS value", (value,))
        assert cursor.description is not None
        described = str(cursor.description[0][1]).replace("item: string_view", "item: string")
        assert (cursor.fetchall(), described) == ([(wanted,)], kind), repr(value)


def test_values_of_other_libraries_are_refused_rather_than_changed(cursor: zuzen.Cursor) -> None:
    numpy, pandas = (pytest.importorskip(name) for name in ("numpy", "pandas"))
    for value in (
        datetime.time(1, tzinfo=UTC),
        [datetime.time(1, tzinfo=UTC)],
        numpy.timedelta64(1, "M"),
        numpy.timedelta64(7),
        numpy.datetime64(1, "ps"),
        numpy.datetime64(2**60, "us"),
        pandas.DataFrame({"a": [1]}),
    ):
        with pytest.raises(zuzen.ProgrammingError, match="parameter 1.*cannot be bound"):
            cursor.execute("SELECT ?", (value,))


def test_lists_do_not_depend_on_their_length(cursor: zuzen.Cursor) -> None:
    numpy = pytest.importorskip("numpy")
    for ids in ([2], [2, 3]):
        cursor.execute("SELECT id FROM zendesk.tickets WHERE id IN (?) ORDER BY id", (numpy.array(ids),))
        assert cursor.fetchall() == [(number,) for number in ids]


@pytest.mark.parametrize(
    "wrong", [None, 5, b"SELECT 1", "SELECT '\ud800'", "SELECT count(*) FROM zendesk.tickets\0 WHERE id = 1", ["SELECT 1"]]
)
def test_a_statement_is_a_text(cursor: zuzen.Cursor, wrong: Any) -> None:
    for use in (cursor.execute, cursor.explain, cursor.schema, lambda sql: cursor.executemany(sql, [()])):
        with pytest.raises(zuzen.ProgrammingError, match="the statement (is a|has)"):
            use(wrong)


def test_procedures_have_names_and_parameters(cursor: zuzen.Cursor) -> None:
    name = "zendesk.GetOAuthAuthorizationURL"
    for wrong, parameters, told in [
        (None, (), "the name of the procedure is a NoneType"),
        ("a\0b", (), "NUL"),
        (name, {1: 2}, "the name of a parameter is a int"),
        (name, "ab", "a sequence or a mapping, not str"),
        (name, 5, "a sequence or a mapping, not int"),
    ]:
        with pytest.raises(zuzen.ProgrammingError, match=told):
            cursor.callproc(wrong, parameters)  # type: ignore[arg-type]
    with pytest.raises(zuzen.Error) as raised:
        cursor.callproc(name, None)
    assert raised.value.kind in ("auth", "config")
    with pytest.raises(zuzen.ProgrammingError, match="the name of a parameter is a int"):
        cursor.execute("SELECT :a", {1: 2})  # type: ignore[dict-item]


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
        for wrong in (None, 5, "ab", {"a": 1}):
            with pytest.raises(zuzen.ProgrammingError, match="sets of parameters"):
                cursor.executemany("SELECT ?", wrong)  # type: ignore[arg-type]
