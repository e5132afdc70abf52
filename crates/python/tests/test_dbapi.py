"""PEP 249, and what the package adds to it."""

from __future__ import annotations

import copy
import datetime
import decimal
import pickle
import threading
import types
from pathlib import Path

import pytest
from conftest import Served

import zuzen
import zuzen.zendesk
import zuzen.zuora

MODULES = [zuzen, zuzen.zendesk, zuzen.zuora]


@pytest.mark.parametrize("module", MODULES)
def test_modules_have_what_pep_249_wants(module: types.ModuleType) -> None:
    assert (module.apilevel, module.threadsafety, module.paramstyle) == ("2.0", 2, "qmark")
    for name in (
        "connect Warning Error InterfaceError DatabaseError DataError OperationalError IntegrityError InternalError "
        "ProgrammingError NotSupportedError Date Time Timestamp DateFromTicks TimeFromTicks TimestampFromTicks Binary "
        "STRING BINARY NUMBER DATETIME ROWID"
    ).split():
        assert getattr(module, name) is getattr(zuzen, name) or name == "connect"
        assert name in module.__all__


def test_exceptions_form_the_tree_of_pep_249() -> None:
    assert issubclass(zuzen.Warning, Exception)
    assert zuzen.InterfaceError.__bases__ == (zuzen.Error,)
    assert zuzen.DatabaseError.__bases__ == (zuzen.Error,)
    for of_database in (
        zuzen.DataError,
        zuzen.OperationalError,
        zuzen.IntegrityError,
        zuzen.InternalError,
        zuzen.ProgrammingError,
        zuzen.NotSupportedError,
    ):
        assert of_database.__bases__ == (zuzen.DatabaseError,)


def test_rows_come_one_by_one_in_groups_and_all(cursor: zuzen.Cursor) -> None:
    cursor.execute("SELECT * FROM (VALUES (1), (2), (3), (4), (5), (6)) AS t(n) ORDER BY n")
    assert cursor.rowcount == -1
    assert cursor.fetchone() == (1,)
    assert cursor.fetchmany() == [(2,)]
    assert cursor.fetchmany(2) == [(3,), (4,)]
    assert cursor.rownumber == 4
    assert next(cursor) == (5,)
    assert cursor.fetchall() == [(6,)]
    assert cursor.fetchone() is None
    assert cursor.fetchmany() == []
    assert cursor.fetchall() == []
    cursor.arraysize = 4
    cursor.execute("SELECT * FROM (VALUES (1), (2), (3), (4), (5)) AS t(n) ORDER BY n")
    assert cursor.fetchmany() == [(1,), (2,), (3,), (4,)]
    assert list(cursor) == [(5,)]


def test_rows_and_arrow_may_be_mixed(cursor: zuzen.Cursor) -> None:
    cursor.execute("SELECT id FROM zendesk.tickets ORDER BY id")
    first = cursor.fetchmany(3)
    rest = cursor.fetch_arrow_table()
    assert len(first) + rest.num_rows == cursor.execute("SELECT count(*) FROM zendesk.tickets").fetchall()[0][0]
    assert rest.column(0)[0].as_py() > first[-1][0]


def test_columns_are_described(cursor: zuzen.Cursor) -> None:
    assert cursor.description is None
    cursor.execute(
        "SELECT id, subject, created_at, tags, has_incidents, CAST(1.5 AS DECIMAL(12, 2)) AS amount, DATE '2026-01-01' AS day "
        "FROM zendesk.tickets LIMIT 1"
    )
    described = cursor.description
    assert described is not None
    assert [column[0] for column in described] == ["id", "subject", "created_at", "tags", "has_incidents", "amount", "day"]
    assert [column[1] for column in described] == [
        zuzen.NUMBER,
        zuzen.STRING,
        zuzen.DATETIME,
        zuzen.NESTED,
        zuzen.BOOLEAN,
        zuzen.NUMBER,
        zuzen.DATE,
    ]
    assert described[6][1] == zuzen.DATETIME and described[2][1] != zuzen.DATE
    assert described[5][4:6] == (12, 2)
    assert all(len(column) == 7 for column in described)
    assert str(described[0][1]) == "int64"


def test_type_objects_are_keys_and_travel(cursor: zuzen.Cursor) -> None:
    cursor.execute("SELECT 1 AS a, 'x' AS b, DATE '2026-01-01' AS c, TIME '01:00:00' AS d, now() AS e, true AS f")
    described = cursor.description
    assert described is not None
    codes = [column[1] for column in described]
    kinds = {zuzen.NUMBER: "n", zuzen.STRING: "s", zuzen.DATETIME: "t", zuzen.BOOLEAN: "b", zuzen.ROWID: "r"}
    assert [kinds.get(code) for code in codes] == ["n", "s", "t", "t", "t", "b"]
    assert {zuzen.DATE: 1}.get(codes[2]) == 1 and {zuzen.DATE: 1}.get(codes[3]) is None
    assert {code: True for code in codes}[zuzen.NUMBER]
    names = "STRING BINARY NUMBER DATETIME ROWID BOOLEAN DATE TIME INTERVAL NESTED".split()
    objects = [getattr(zuzen, name) for name in names]
    assert len(set(objects)) == len(objects)
    for one in objects:
        assert pickle.loads(pickle.dumps(one)) is one and copy.deepcopy(one) is one
    assert pickle.loads(pickle.dumps(codes)) == codes


def test_a_session_that_is_collected_in_between_does_not_block() -> None:
    """The collector may end one session of a database while another one begins."""
    import gc

    with zuzen.demo(tickets=50) as connection:
        database = connection._database
        with database._lock:
            cycle: list[object] = [connection.another()]
            cycle.append(cycle)
            del cycle
            gc.collect()
        assert database._sessions == 1
        assert connection.another().execute("SELECT 1").fetchall() == [(1,)]


def test_statements_without_rows_have_no_description(demo: zuzen.Connection) -> None:
    with demo.another() as session, session.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.execute("SET zuzen.pushdown = true")
        assert cursor.description is None
        with pytest.raises(zuzen.Error, match="no result to fetch"):
            cursor.fetchall()


def test_values_are_pythons(cursor: zuzen.Cursor) -> None:
    utc = datetime.timezone.utc
    for sql, wanted in [
        ("NULL", None),
        ("true", True),
        ("9007199254740993", 9007199254740993),
        ("CAST(2.5 AS DOUBLE)", 2.5),
        ("CAST('-12345678901234567890.12' AS DECIMAL(38, 2))", decimal.Decimal("-12345678901234567890.12")),
        ("'Zürich'", "Zürich"),
        ("X'00FF'", b"\x00\xff"),
        ("DATE '1969-12-31'", datetime.date(1969, 12, 31)),
        ("CAST('2026-02-03T04:05:06.789012Z' AS TIMESTAMP WITH TIME ZONE)", datetime.datetime(2026, 2, 3, 4, 5, 6, 789012, utc)),
        ("arrow_cast('1960-01-01T00:00:00.123456789', 'Timestamp(ns)')", datetime.datetime(1960, 1, 1, 0, 0, 0, 123456)),
        ("TIME '23:59:59.5'", datetime.time(23, 59, 59, 500000)),
        ("['a', NULL, 'b']", ["a", None, "b"]),
        ("[[1], [], NULL]", [[1], [], None]),
        ("named_struct('a', 1, 'b', ['x'])", {"a": 1, "b": ["x"]}),
        ("arrow_cast('x', 'Dictionary(Int32, Utf8)')", "x"),
        ("arrow_cast('a text of more than twelve letters', 'Utf8View')", "a text of more than twelve letters"),
    ]:
        (row,) = cursor.execute(f"SELECT {sql} AS value").fetchall()
        assert row == (wanted,), sql
        assert type(row[0]) is type(wanted), sql


def test_local_files_are_read_and_written_where_allowed(demo: zuzen.Connection, tmp_path: Path) -> None:
    file = tmp_path / "groups.parquet"
    copy = f"COPY (SELECT id FROM zendesk.groups) TO '{file}'"
    with pytest.raises(zuzen.Error, match="local files") as raised:
        demo.execute(copy)
    assert "local_files=True" in str(raised.value)
    assert not file.exists()
    with zuzen.demo(tickets=50, local_files=True) as allowed:
        allowed.execute(copy)
        (count,) = allowed.execute(f"SELECT count(*) FROM '{file}' JOIN zendesk.groups USING (id)").fetchall()[0]
        assert count > 0


def test_instants_have_the_zone_of_the_column(cursor: zuzen.Cursor) -> None:
    (instant,) = cursor.execute("SELECT arrow_cast('2026-07-01T12:00:00Z', 'Timestamp(ms, \"Asia/Tokyo\")') AS t").fetchall()[0]
    assert instant.isoformat() == "2026-07-01T21:00:00+09:00"
    (instant,) = cursor.execute("SELECT created_at FROM zendesk.tickets LIMIT 1").fetchall()[0]
    assert instant.utcoffset() == datetime.timedelta(0)


def test_values_beyond_python_are_errors(cursor: zuzen.Cursor) -> None:
    cursor.execute("SELECT arrow_cast(9000000000000000000, 'Timestamp(us)') AS t")
    with pytest.raises(zuzen.DataError, match="beyond what Python can hold"):
        cursor.fetchall()


def test_statements_fail_with_kind_and_hint(cursor: zuzen.Cursor) -> None:
    with pytest.raises(zuzen.ProgrammingError) as raised:
        cursor.execute("SELECT * FROM zendesk.tickts")
    error = raised.value
    assert error.kind == "sql"
    assert error.hint is not None and "tickets" in error.hint
    assert str(error).endswith(f"hint: {error.hint}")
    assert not str(error).startswith("INVALID_ARGUMENT")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.kind, again.hint, again.status) == (str(error), error.kind, error.hint, error.status)
    with pytest.raises(zuzen.NotSupportedError) as refused:
        cursor.execute("DELETE FROM zendesk.tickets")
    assert refused.value.kind == "unsupported"


def test_failures_of_streams_keep_kind_and_hint(demo: zuzen.Connection) -> None:
    with demo.cursor() as cursor:
        with pytest.raises(zuzen.Error) as raised:
            cursor.execute("SELECT CAST(subject AS BIGINT) FROM zendesk.tickets").fetchall()
        assert raised.value.kind is not None
        # The cursor is as good as new.
        assert cursor.execute("SELECT 1").fetchall() == [(1,)]


def test_wrong_properties_fail_without_their_values() -> None:
    with pytest.raises(zuzen.ProgrammingError) as raised:
        zuzen.zendesk.connect("URL=https://acme.zendesk.com;User=me@acme.com;ApiTokn=s3cr3t-value")
    assert raised.value.kind == "config"
    assert "ApiToken" in str(raised.value)
    assert "s3cr3t-value" not in str(raised.value)


@pytest.mark.parametrize("wrong", [5, b"URL=x", "URL=https://acme.zendesk.com;ApiToken=x\0y", "URL=\ud800"])
def test_connections_are_texts(wrong: object) -> None:
    for connect in (zuzen.connect, zuzen.zendesk.connect, lambda it: zuzen.connect(desk=it)):
        with pytest.raises(zuzen.ProgrammingError, match="(a|the) (connection|option).* (is a|has)"):
            connect(wrong)  # type: ignore[operator]
    with pytest.raises(zuzen.ProgrammingError, match="is a NoneType"):
        zuzen.zendesk.connect(None)  # type: ignore[arg-type]
    with pytest.raises(zuzen.ProgrammingError, match="has a NUL"):
        zuzen.zendesk.connect(url="https://acme.zendesk.com", api_token="x\0y")
    with pytest.raises(zuzen.ProgrammingError, match="time_zone is a int"):
        zuzen.demo(time_zone=9)  # type: ignore[arg-type]


def test_accounts_are_those_of_their_vendor() -> None:
    from zuzen._opening import vendor_options

    def string(given: str, **properties: object) -> str:
        return vendor_options("zendesk", given, properties)["zuzen.connection.zendesk"]

    for given in ("Connector=Zuora;Tenant=USProduction", "Tenant=USProduction; CONNECTOR = 'Zuora'"):
        with pytest.raises(zuzen.ProgrammingError, match="Connector=Zuora, and this opens Zendesk"):
            zuzen.zendesk.connect(given)
    assert string("connector=zendesk;URL=x") == "connector=zendesk;URL=x"
    assert string("Connector=Zuora", connector="Zendesk") == "Connector=Zuora;connector=Zendesk"
    # What stands inside quotes says nothing.
    assert string("User=me;Password='a;Connector=Zuora'") == "Connector=Zendesk;User=me;Password='a;Connector=Zuora'"
    assert string('Password="a"";Connector=Zuora"') == 'Connector=Zendesk;Password="a"";Connector=Zuora"'


def test_the_last_of_several_values_counts(zendesk: Served) -> None:
    url, wrong = zendesk.url, "https://nowhere.invalid"
    for connection in (
        zuzen.zendesk.connect(f"URL={wrong};URL={url};User=agent@example.com;ApiToken=demo"),
        zuzen.zendesk.connect(f"URL={wrong};User=agent@example.com;ApiToken=demo", url=url),
    ):
        with connection:
            assert connection.execute("SELECT count(*) FROM groups").fetchall()


def test_connections_close(demo: zuzen.Connection) -> None:
    session = demo.another()
    cursor = session.cursor()
    cursor.execute("SELECT id FROM zendesk.tickets")
    session.close()
    session.close()
    assert session.closed and cursor.closed
    for use in (cursor.fetchone, session.cursor, session.commit, session.rollback, lambda: cursor.execute("SELECT 1")):
        with pytest.raises(zuzen.InterfaceError, match="closed"):
            use()
    with demo.another() as session:
        session.commit()
        session.rollback()
        assert session.Error is zuzen.Error
    with pytest.raises(zuzen.InterfaceError):
        session.cursor()


def test_procedures_are_called(zendesk: object, demo: zuzen.Connection) -> None:
    with demo.cursor() as cursor:
        with pytest.raises(zuzen.Error) as raised:
            cursor.callproc("zendesk.GetOAuthAuthorizationURL")
        assert raised.value.kind in ("auth", "config"), raised.value
        with pytest.raises(zuzen.ProgrammingError, match="is no name of a procedure"):
            cursor.callproc("tickets; SELECT 1")
        with pytest.raises(zuzen.ProgrammingError, match="is no name of a parameter"):
            cursor.callproc("zendesk.GetOAuthAccessToken", {"Verifier => 'x', y": 1})


def test_explain_tells_requests_and_sends_none(demo: zuzen.Connection) -> None:
    before = len(demo.requests())
    plan = demo.explain("SELECT subject FROM zendesk.tickets WHERE id IN (?, ?)", [1, 2])
    assert "show_many?ids=1,2" in plan
    assert len(demo.requests()) == before
    with demo.cursor() as cursor:
        cursor.execute("SELECT subject FROM zendesk.tickets WHERE id IN (%(one)s, %(two)s)", {"one": 1, "two": 2})
        sent = cursor.requests()
    assert [request["path"] for request in sent if request["purpose"] == "data"] == ["/api/v2/tickets/show_many"]
    assert "rows=" in demo.explain("SELECT id FROM zendesk.groups", analyze=True)


def test_threads_share_a_connection(demo: zuzen.Connection) -> None:
    wanted = demo.execute("SELECT status, count(*) FROM zendesk.tickets GROUP BY status ORDER BY status").fetchall()
    found: list[object] = []

    def work() -> None:
        try:
            with demo.cursor() as cursor:
                for _ in range(3):
                    cursor.execute("SELECT status, count(*) FROM zendesk.tickets GROUP BY status ORDER BY status")
                    found.append(cursor.fetchall())
        except Exception as error:
            found.append(error)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert found == [wanted] * 48


def test_sessions_are_apart(demo: zuzen.Connection) -> None:
    with demo.another() as one, demo.another() as other:
        one.execute("CREATE VIEW zendesk_open AS SELECT id FROM zendesk.tickets WHERE status = 'open'")
        assert one.execute("SELECT count(*) FROM zendesk_open").fetchone() is not None
        with pytest.raises(zuzen.ProgrammingError):
            other.execute("SELECT count(*) FROM zendesk_open")


def test_two_databases_in_one_process() -> None:
    with zuzen.demo(tickets=50, seed=1) as one, zuzen.demo(tickets=60, seed=2) as other:
        (first,), (second,) = (it.execute("SELECT count(*) FROM zendesk.tickets").fetchall() for it in (one, other))
        assert first != second


def test_errors_have_the_vendors_number_of_the_request() -> None:
    import adbc_driver_manager

    from zuzen._exceptions import of_driver

    told = "the API failed\n  connection: zendesk\n  request: 8f14e45f-ceea\nhint: try again"
    raised = adbc_driver_manager.OperationalError(
        f"IO: {told}. SQLSTATE: 58000",
        status_code=adbc_driver_manager.AdbcStatusCode.IO,
        sqlstate="58000",
        details=[("zuzen.kind", b"remote"), ("zuzen.hint", b"try again")],
    )
    error = of_driver(raised)
    assert type(error) is zuzen.OperationalError
    assert str(error) == told
    assert (error.kind, error.hint, error.request_id, error.status) == ("remote", "try again", "8f14e45f-ceea", "IO")
    # Where the address of a request stands in its place, there is no number.
    assert of_driver(adbc_driver_manager.DataError("INVALID_DATA: odd\n  request: GET /api/v2/x", status_code=8)).request_id is None


@pytest.mark.parametrize(("kind", "wanted"), sorted(zuzen._exceptions.KINDS.items()))
def test_every_kind_has_its_exception(kind: str, wanted: type[zuzen.Error]) -> None:
    import adbc_driver_manager

    raised = adbc_driver_manager.Error("UNKNOWN: it", status_code=1, details=[("zuzen.kind", kind.encode())])
    error = zuzen._exceptions.of_driver(raised)
    assert type(error) is wanted and error.kind == kind and str(error) == "it"
