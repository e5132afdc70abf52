"""The magics of notebooks, in a shell of IPython."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from conftest import Served

import zuzen

interactiveshell = pytest.importorskip("IPython.core.interactiveshell")


@pytest.fixture(scope="module")
def shell() -> Any:
    shell = interactiveshell.InteractiveShell.instance()
    shell.run_line_magic("load_ext", "zuzen")
    assert shell.run_line_magic("zuzen", "demo") == "connected to zendesk, zuora"
    yield shell
    shell.run_line_magic("unload_ext", "zuzen")
    interactiveshell.InteractiveShell.clear_instance()


def _cell(shell: Any, line: str, sql: str) -> Any:
    return shell.run_cell_magic("zuzen", line, sql)


def test_a_cell_is_a_table(shell: Any) -> None:
    answer = _cell(shell, "--rows 2", "SELECT id, '<b>' AS text, NULL AS nothing FROM zendesk.tickets ORDER BY id LIMIT 3")
    html = answer._repr_html_()
    assert html.count("<tr>") == 3
    assert "&lt;b&gt;" in html and "<b>" not in html
    assert '<th style="text-align:right" title="int64">id</th>' in html
    assert ">NULL</td>" in html
    assert "3 rows (2 shown)" in html and "request" in html
    assert "3 rows (2 shown)" in repr(answer)
    assert len(answer) == 3


def test_rows_go_into_variables(shell: Any) -> None:
    assert _cell(shell, "counts << --as pandas", "SELECT status, count(*) AS n FROM zendesk.tickets GROUP BY status") is None
    assert set(shell.user_ns["counts"].columns) == {"status", "n"}
    assert _cell(shell, "--as polars", "SELECT 1 AS n")["n"].to_list() == [1]
    assert _cell(shell, "--as arrow", "SELECT 1 AS n").column("n").to_pylist() == [1]


def test_variables_are_parameters(shell: Any) -> None:
    shell.user_ns["wanted"] = "open"
    sql = "SELECT count(*) AS n FROM zendesk.tickets WHERE status = %(wanted)s"
    answer = _cell(shell, "", sql)
    assert answer.table.column("n")[0].as_py() > 0
    with pytest.raises(Exception, match="there is no variable missing"):
        _cell(shell, "", "SELECT %(missing)s")


def test_names_are_those_that_execute_knows(shell: Any) -> None:
    shell.user_ns["wanted"] = 5
    answer = _cell(shell, "", "SELECT %(wanted)s AS n -- not %(nope)s\n/* nor %(a b)s */")
    assert answer.table.column("n").to_pylist() == [5]
    assert _cell(shell, "", "SELECT 1 AS n -- %(nope)s").table.num_rows == 1
    assert _cell(shell, "", "SELECT '50%%' AS n").table.column("n").to_pylist() == ["50%%"]
    with pytest.raises(Exception, match=r"there is no variable a b for %\(a b\)s"):
        _cell(shell, "", "SELECT %(a b)s")
    with pytest.raises(zuzen.ProgrammingError, match="stands inside quotes"):
        _cell(shell, "", "SELECT '%(wanted)s'")


def test_a_variable_may_hold_a_connection_string(shell: Any, zendesk: Served) -> None:
    shell.user_ns["account"] = zendesk.strings[0]
    try:
        assert shell.run_line_magic("zuzen", "account").startswith("connected to ")
        assert len(_cell(shell, "", "SELECT 1 FROM groups LIMIT 1")) == 1
    finally:
        shell.user_ns.pop("account")
        shell.run_line_magic("zuzen", "demo")


def test_explain_shows_requests(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert _cell(shell, "--explain", "SELECT * FROM zendesk.tickets WHERE id = 3") is None
    assert "GET /api/v2/tickets" in capsys.readouterr().out


def test_options_are_explained(shell: Any) -> None:
    from IPython.core.error import UsageError

    wrong = {"--how fast": "--as answer", "--rows -1": "--rows", "--rows many": "--rows", "'unclosed": "No closing quotation"}
    for line, told in wrong.items():
        with pytest.raises(UsageError, match=told):
            _cell(shell, line, "SELECT 1")


def test_statements_without_rows(shell: Any) -> None:
    answer = _cell(shell, "", "SET zuzen.pushdown = true")
    assert answer._repr_html_().startswith("<p>done")
    for form in ("arrow", "pandas", "polars"):
        assert _cell(shell, f"--as {form}", "SET zuzen.pushdown = true").shape == (0, 0)


def test_progress_is_shown(shell: Any, slow: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    from zuzen import _notebook

    seen: list[str] = []

    class Shown:
        def update(self, progress: Any) -> None:
            seen.append(progress._repr_html_())

    def display(progress: Any, display_id: bool) -> Shown:
        seen.append(progress._repr_html_())
        return Shown()

    monkeypatch.setattr(_notebook, "display", display)
    shell.user_ns["account"] = zuzen.connect(zendesk=slow.strings[0])
    try:
        assert shell.run_line_magic("zuzen", "account") == "connected to zendesk"
        _cell(shell, "", "SELECT count(*) FROM groups")
    finally:
        shell.user_ns.pop("account").close()
        shell.run_line_magic("zuzen", "demo")
    assert any("<progress" in text and "request" in text for text in seen)
    assert seen[-1] == ""


def test_the_stop_button_cancels(slow: Served) -> None:
    """In a kernel of its own, as notebooks have it: the button sends the kernel a signal."""
    manager_module = pytest.importorskip("jupyter_client.manager")
    pytest.importorskip("ipykernel")
    manager, client = manager_module.start_new_kernel(kernel_name="python3")
    try:
        begin = f"import zuzen, time\n%load_ext zuzen\naccount = zuzen.connect(zendesk={slow.strings[0]!r})\n%zuzen account"
        assert client.execute_interactive(begin, timeout=60, output_hook=lambda message: None)["content"]["status"] == "ok"
        outputs: list[Any] = []
        timer = threading.Timer(2.5, manager.interrupt_kernel)
        timer.start()
        started = time.monotonic()
        reply = client.execute_interactive("%%zuzen\nSELECT count(*), max(subject) FROM tickets", timeout=60, output_hook=outputs.append)
        timer.join()
        assert (reply["content"]["status"], reply["content"]["ename"]) == ("error", "KeyboardInterrupt")
        assert time.monotonic() - started < 10
        bars = [it["content"]["data"]["text/html"] for it in outputs if "display_data" in it["msg_type"]]
        assert any("<progress" in bar for bar in bars)
        after = client.execute_interactive("%%zuzen\nSELECT 1 AS one", timeout=60, output_hook=outputs.append)
        assert after["content"]["status"] == "ok"
        shown = [it["content"]["data"] for it in outputs if it["msg_type"] == "execute_result"]
        assert "<td" in shown[-1]["text/html"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
