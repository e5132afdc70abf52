"""A person at a browser: opens the address, signs in, agrees, and goes where that leads.

As a program it takes the address as its only argument, the way a browser is started.
"""

from __future__ import annotations

import http.client
import re
import sys
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

ADMINISTRATOR = "agent@example.com"


def agree(address: str) -> str:
    """Where the browser is sent after the administrator has agreed."""
    page = _ask("GET", address)[1]
    action = re.search(r'action="([^"]*)"', page)
    consent = re.search(r'name="consent" value="([^"]*)"', page)
    assert action and consent, page
    form = urlencode({"consent": consent[1], "person": ADMINISTRATOR, "decision": "allow"})
    location, _ = _ask("POST", urljoin(address, action[1]), form)
    assert location is not None
    return location


def code(redirect: str) -> str:
    """The code that a redirect brings."""
    return parse_qs(urlsplit(redirect).query)["code"][0]


def _ask(method: str, address: str, form: str | None = None) -> tuple[str | None, str]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=20)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {} if form is None else {"content-type": "application/x-www-form-urlencoded"}
        connection.request(method, target, form, headers)
        answer = connection.getresponse()
        return answer.getheader("location"), answer.read().decode()
    finally:
        connection.close()


if __name__ == "__main__":
    _ask("GET", agree(sys.argv[1]))
