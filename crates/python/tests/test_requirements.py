"""The snippets that people bring along from other connectors, with the name of the module changed, through Python alone."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from browser import agree, code
from conftest import Served

import zuzen
import zuzen.zendesk
import zuzen.zuora

BROWSER = Path(__file__).with_name("browser.py")


CALLBACK = "https://app.example.com/callback"


class Vendor:
    """An account to sign in to, and what a connection to it is told."""

    def __init__(self, module: Any, account: Served, of_account: str, table: str) -> None:
        self.connect = module.connect
        self.name = module.__name__.removeprefix("zuzen.")
        #: Which account, and that OAuth signs in.
        self.place = f"URL={account.url};{of_account}"
        #: Id and secret of the registered application.
        self.client = "".join(
            f"{pair};"
            for pair in next(it for it in account.strings if "OAuthClientSecret" in it).split(";")
            if pair.startswith("OAuthClient")
        )
        self.query = f"SELECT count(*) FROM {table}"

    def fetch(self, properties: str) -> None:
        """Gets data through a connection with these properties."""
        with self.connect(properties) as connection:
            ((count,),) = connection.execute(self.query).fetchall()
            assert count > 0


@pytest.fixture(params=["zendesk", "zuora"])
def vendor(request: pytest.FixtureRequest, zendesk: Served, tenant: Served) -> Vendor:
    if request.param == "zendesk":
        return Vendor(zuzen.zendesk, zendesk, "AuthScheme=OAuth;", "groups")
    more = f"OAuthAuthorizationURL={tenant.url}/oauth/authorize;ZuoraService=DataQuery;MetadataLocation=memory://;"
    return Vendor(zuzen.zuora, tenant, more, "invoice")


def test_basic(zendesk: Served) -> None:
    import zuzen.zendesk as mod

    conn = mod.connect(f"URL={zendesk.url};User=agent@example.com;ApiToken=demo;")
    cur = conn.cursor()
    cur.execute("SELECT Id, Subject FROM Tickets WHERE Status = 'open'")
    rows = cur.fetchall()
    assert rows and all(isinstance(id, int) and isinstance(subject, str) for id, subject in rows)
    assert cur.execute("SELECT count(*) FROM zendesk.tickets WHERE status = 'open'").fetchone() == (len(rows),)
    conn.close()


def test_basic_with_properties_as_arguments(zendesk: Served) -> None:
    with zuzen.zendesk.connect(url=zendesk.url, user="agent@example.com", api_token="demo", timeout=20) as connection:
        assert connection.execute("SELECT count(*) FROM groups").fetchone() is not None
        assert connection.schema == "zendesk"


def test_archived_tickets_have_metrics(zendesk: Served) -> None:
    with zuzen.zendesk.connect(zendesk.strings[0] + "UseIncrementalAPI=True;") as connection:
        (tickets,), (metrics,) = (
            connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0] for table in ("tickets", "TicketMetrics")
        )
        assert metrics >= tickets > 0


def test_data_query(zuora: Served) -> None:
    import zuzen.zuora as mod

    application = "".join(f"{pair};" for pair in zuora.strings[0].split(";") if pair.startswith("OAuthClient"))
    conn = mod.connect(f"InitiateOAuth=GETANDREFRESH;{application}Tenant={zuora.url};ZuoraService=DataQuery;")
    cur = conn.cursor()
    cur.execute("SELECT Currency, sum(Amount) FROM Invoice WHERE InvoiceDate >= ? GROUP BY Currency ORDER BY 1", ("2025-01-01",))
    rows = cur.fetchall()
    assert rows and all(len(row) == 2 for row in rows)
    plan = conn.explain("SELECT currency, sum(amount) FROM zuora.invoice GROUP BY currency")
    assert "RemoteScan" in plan
    conn.close()


def test_both_accounts_in_one_session(zendesk: Served, zuora: Served) -> None:
    with zuzen.connect(zendesk=zendesk.strings[0], zuora=zuora.strings[0] + "ZuoraService=DataQuery;") as connection:
        tables = connection.execute("SELECT connection, count(*) FROM system.tables GROUP BY 1 ORDER BY 1").fetchall()
        assert [name for name, _ in tables] == ["zendesk", "zuora"]


def test_configured_connections(zendesk: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZUZEN_DESK", zendesk.strings[0])
    monkeypatch.setenv("ZUZEN_ZENDESK", zendesk.strings[0])
    for connection in (zuzen.connect("desk"), zuzen.connect(), zuzen.zendesk.connect(), zuzen.connect(emea="desk")):
        with connection:
            (count,) = connection.execute("SELECT count(*) FROM system.tables WHERE table_name = 'tickets'").fetchall()[0]
            assert count in (1, 2)
    with pytest.raises(zuzen.ProgrammingError, match="nowhere"):
        zuzen.connect("nowhere")


def test_the_desktop_flow_opens_the_browser(vendor: Vendor, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nexec {sys.executable} {BROWSER} "$1" > {tmp_path}/log 2>&1\n')
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = f"OAuthSettingsLocation={tmp_path}/OAuthSettings.txt;"
    script = f"""
import zuzen.{vendor.name} as mod
conn = mod.connect(
    "InitiateOAuth=GETANDREFRESH;{vendor.client}{vendor.place}CallbackURL=http://localhost:{port};{kept}"
)
cur = conn.cursor()
cur.execute("{vendor.query}")
print(cur.fetchone()[0])
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "BROWSER": str(browser), "DISPLAY": ":0"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0
    # Later connections find the values in the file.
    vendor.fetch(f"InitiateOAuth=REFRESH;{kept}{vendor.client}")


def test_the_web_flow_by_procedures(vendor: Vendor, tmp_path: Path) -> None:
    kept = f"OAuthSettingsLocation={tmp_path}/OAuthSettings.txt;"
    with vendor.connect(f"{vendor.place}{vendor.client}{kept}") as connection:
        cursor = connection.cursor()
        cursor.callproc("GetOAuthAuthorizationURL", {"AuthMode": "WEB", "CallbackURL": CALLBACK})
        verifier = code(agree(str(_row(cursor)["URL"])))
        cursor.callproc("GetOAuthAccessToken", {"AuthMode": "WEB", "Verifier": verifier, "CallbackURL": CALLBACK})
        tokens = _row(cursor)
        assert tokens["ExpiresIn"]
    own = f"OAuthAccessToken={tokens['OAuthAccessToken']};OAuthRefreshToken={tokens['OAuthRefreshToken']};"
    vendor.fetch(f"InitiateOAuth=REFRESH;{vendor.place}{vendor.client}{own}{kept}")
    vendor.fetch(f"InitiateOAuth=REFRESH;{kept}{vendor.client}")


def test_the_web_flow_by_execute(vendor: Vendor, tmp_path: Path) -> None:
    kept = "OAuthSettingsLocation=memory://web;"
    with vendor.connect(f"{vendor.place}{vendor.client}{kept}") as connection:
        cursor = connection.cursor()
        cursor.execute(f"EXECUTE GetOAuthAuthorizationURL AuthMode = 'WEB', CallbackURL = '{CALLBACK}'")
        verifier = code(agree(str(_row(cursor)["URL"])))
        cursor.execute("EXECUTE GetOAuthAccessToken AuthMode = 'WEB', Verifier = ?, CallbackURL = ?", (verifier, CALLBACK))
        tokens = _row(cursor)
        # Refreshed by hand: the refresh token is all that is needed.
        cursor.execute(f"EXEC {vendor.name}.RefreshOAuthAccessToken @OAuthRefreshToken = ?", (tokens["OAuthRefreshToken"],))
        renewed = _row(cursor)
        assert renewed["OAuthAccessToken"] != tokens["OAuthAccessToken"]
    vendor.fetch(f"{vendor.place}InitiateOAuth=OFF;OAuthAccessToken={renewed['OAuthAccessToken']};{kept}")


def _noted(vendor: Vendor) -> str:
    """The code that a person notes on a machine with a browser."""
    with vendor.connect(f"InitiateOAuth=OFF;{vendor.place}{vendor.client}OAuthSettingsLocation=memory://noted;") as elsewhere:
        cursor = elsewhere.cursor()
        cursor.callproc(f"{vendor.name}.GetOAuthAuthorizationURL")
        return code(agree(str(_row(cursor)["URL"])))


def test_the_headless_flow_carries_a_code(vendor: Vendor, tmp_path: Path) -> None:
    kept = f"InitiateOAuth=REFRESH;OAuthSettingsLocation={tmp_path}/OAuthSettings.txt;{vendor.client}"
    verifier = _noted(vendor)
    vendor.fetch(f"{kept}{vendor.place}OAuthVerifier={verifier};")
    vendor.fetch(kept)
    sealed = (tmp_path / "OAuthSettings.txt").read_bytes()
    assert b"-secret" not in sealed and verifier.encode() not in sealed


def test_the_headless_flow_carries_a_file(vendor: Vendor, tmp_path: Path) -> None:
    desktop, headless = tmp_path / "desktop.txt", tmp_path / "headless.txt"
    vendor.fetch(
        f"InitiateOAuth=REFRESH;OAuthVerifier={_noted(vendor)};OAuthSettingsLocation={desktop};{vendor.place}{vendor.client}"
    )
    headless.write_bytes(desktop.read_bytes())
    headless.chmod(0o600)
    vendor.fetch(f"InitiateOAuth=REFRESH;OAuthSettingsLocation={headless};{vendor.client}")


def _row(cursor: zuzen.Cursor) -> dict[str, object]:
    described = cursor.description
    row = cursor.fetchone()
    assert described is not None and row is not None
    return {column[0]: value for column, value in zip(described, row)}
