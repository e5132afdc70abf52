"""The pages that people read, run: every block of the guide, the driver's page and the package's README, as it is written there, and
what the README of the repository has of Python. The commands and SQL of that are run by the workspace's tests.

What stands for a reader's own account is replaced by the simulated one; nothing else is.
"""

from __future__ import annotations

import ast
import asyncio
import ctypes
import inspect
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from browser import agree, code
from conftest import REPOSITORY, Served

import zuzen

PAGES = ["docs/python.md", "docs/adbc.md", "crates/python/README.md", "README.md"]

#: Commands of the pages: this suite runs on what the first two have made, and `programs::` of the driver's tests runs the third.
COMMANDS = {"pip install ./crates/python", "crates/python/check", "crates/adbc/install.sh"}

#: The address that the simulated application has registered.
CALLBACK = "https://app.example.com/callback"

#: Where a person's part comes in the middle of a block.
PERSON = "# A person agrees there"


def _blocks() -> list[Any]:
    found = []
    for page in PAGES:
        text = (REPOSITORY / page).read_text(encoding="utf-8")
        for block in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            if page == "README.md" and block[1] != "python":
                continue
            line = text.count("\n", 0, block.start()) + 2
            found.append(pytest.param(block[1], block[2], id=f"{page}:{line}"))
    return found


def _replaced(text: str, account: Served) -> str:
    """The text with the simulated account in place of the reader's own."""
    application = next(it for it in account.strings if "OAuthClientSecret" in it)
    client = "".join(f"{pair};" for pair in application.split(";") if pair.startswith("OAuthClient"))
    url = r"URL=(?:https://acme\.zendesk\.com|…);"
    text = re.sub(url + r"AuthScheme=OAuth;OAuthClientId=…;OAuthClientSecret=…;", f"URL={account.url};AuthScheme=OAuth;{client}", text)
    text = re.sub(url + r"User=(?:me@acme\.com|…);ApiToken=…", f"URL={account.url};User=agent@example.com;ApiToken=demo", text)
    encoded = "URL=https%3A%2F%2Facme.zendesk.com&User=me%40acme.com&ApiToken=…"
    text = text.replace(encoded, f"URL={quote(account.url, safe='')}&User=agent%40example.com&ApiToken=demo")
    text = text.replace("https://app.acme.com/callback", CALLBACK)
    assert "…" not in text, text
    return text


@pytest.fixture(scope="module")
def consenting() -> Any:
    served = Served("--tickets", "200")
    yield served
    served.close()


@pytest.mark.parametrize(("language", "text"), _blocks())
def test_blocks_run(
    language: str, text: str, consenting: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ADBC_DRIVER_PATH", str(zuzen.register(tmp_path / "drivers").parent))
    if language == "sh":
        assert set(text.split("\n")) - {""} <= COMMANDS
    elif language == "c":
        library = ctypes.CDLL(zuzen.driver_path())
        names = re.findall(r"\b(Zuzen\w+)\(", text)
        assert names and all(hasattr(library, name) for name in names)
    else:
        assert language == "python"
        _run(_replaced(text, consenting))
        assert "Traceback" not in capsys.readouterr().err


def _run(text: str) -> None:
    names: dict[str, Any] = {"zuzen": zuzen, "mod": zuzen.zendesk}
    if text.startswith("%"):
        _run_cells(text)
        return
    before, person, after = text.partition(PERSON)
    _execute(before, names)
    if person:
        names["code"] = code(agree(names["address"]))
        _execute(PERSON + after, names)
        tokens = dict(zip([column[0] for column in names["cur"].description], names["cur"].fetchone()))
        assert tokens["OAuthAccessToken"]
    for name in ("conn", "connection"):
        if isinstance(names.get(name), zuzen.Connection):
            names[name].close()


def _execute(text: str, names: dict[str, Any]) -> None:
    # As notebooks do, so that `async with` may stand by itself.
    compiled = compile(text, "page", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if compiled.co_flags & inspect.CO_COROUTINE:
        asyncio.run(eval(compiled, names))
    else:
        exec(compiled, names)


def _run_cells(text: str) -> None:
    """A cell of a notebook, after those of the page that go before it."""
    interactiveshell = pytest.importorskip("IPython.core.interactiveshell")
    shell = interactiveshell.InteractiveShell.instance()
    try:
        if text.startswith("%%"):
            shell.run_cell("%load_ext zuzen\n%zuzen demo").raise_error()
            text = text.replace("FROM tickets", "FROM zendesk.tickets")
        ran = shell.run_cell(text)
        ran.raise_error()
        assert not text.startswith("%%") or len(ran.result) > 1
    finally:
        interactiveshell.InteractiveShell.clear_instance()


def test_every_page_has_blocks() -> None:
    pages = {block.id.split(":")[0] for block in _blocks()}
    assert pages == set(PAGES)


def test_calls_in_tables_are_there() -> None:
    """What tables of the pages call by name: `connection.another()`, `zuzen.register()`."""
    owners = {
        "connection": zuzen.Connection,
        "cursor": zuzen.Cursor,
        "zuzen": zuzen,
        "zuzen.zendesk": zuzen.zendesk,
        "zuzen.zuora": zuzen.zuora,
    }
    missing = []
    count = 0
    for page in PAGES:
        text = (REPOSITORY / page).read_text(encoding="utf-8")
        for owner, name in re.findall(r"`[^`]*?\b((?:connection|cursor|zuzen)(?:\.zendesk|\.zuora)?)\.(\w+)\(", text):
            count += 1
            if not hasattr(owners[owner], name):
                missing.append(f"{page}: {owner}.{name}")
    assert count > 15
    assert missing == []
