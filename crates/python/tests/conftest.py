"""The simulated accounts that tests speak with, and a home folder that is nobody's.

The driver is the one of the installed package, or that of ``ZUZEN_DRIVER``. The command ``zuzen`` serves the accounts;
``ZUZEN_COMMAND`` names it, by default that of cargo's debug build.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# Before anything is opened: tokens and what is remembered of tables must not land in the home of whoever runs this.
_HOME = tempfile.TemporaryDirectory(prefix="zuzen-home-")
for _name, _folder in {
    "HOME": "",
    "XDG_DATA_HOME": "data",
    "XDG_CACHE_HOME": "cache",
    "XDG_CONFIG_HOME": "config",
}.items():
    os.environ[_name] = str(Path(_HOME.name, _folder))
for _name in [name for name in os.environ if name.startswith("ZUZEN_") and name not in ("ZUZEN_DRIVER", "ZUZEN_COMMAND")]:
    del os.environ[_name]

import zuzen  # noqa: E402

REPOSITORY = Path(__file__).parents[3]


class Served:
    """An account that the command serves until it is closed."""

    def __init__(self, *arguments: str) -> None:
        command = os.environ.get("ZUZEN_COMMAND", str(REPOSITORY / "target" / "debug" / "zuzen"))
        self._process = subprocess.Popen(
            [command, "simulate", "--port", "0", "--strict", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().split()[-1]
        self.strings: list[str] = []
        for line in self._process.stdout:
            if line.startswith("  "):
                self.strings.append(line.strip())
            if line.startswith("curl"):
                break

    def close(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()


def _serve(*arguments: str) -> Iterator[Served]:
    served = Served(*arguments)
    yield served
    served.close()


@pytest.fixture(scope="session")
def zendesk() -> Iterator[Served]:
    """An account of Zendesk."""
    yield from _serve("--tickets", "1000")


@pytest.fixture(scope="session")
def slow() -> Iterator[Served]:
    """An account whose every answer takes a second: something to interrupt."""
    yield from _serve("--tickets", "1000", "--latency", "1000")


@pytest.fixture(scope="session")
def zuora() -> Iterator[Served]:
    """A tenant of Zuora."""
    yield from _serve("--zuora")


@pytest.fixture(scope="session")
def tenant() -> Iterator[Served]:
    """A tenant of Zuora with a page where a person agrees."""
    yield from _serve("--zuora", "--consent-page")


@pytest.fixture(scope="session")
def demo() -> Iterator[zuzen.Connection]:
    """A session over both, in this process."""
    with zuzen.demo(tickets=1000) as connection:
        yield connection


@pytest.fixture
def cursor(demo: zuzen.Connection) -> Iterator[zuzen.Cursor]:
    with demo.cursor() as cursor:
        yield cursor
