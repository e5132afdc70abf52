"""What is installed: the driver beside the package, annotations for type checkers, one version."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY

import zuzen


def test_the_version_is_that_of_the_workspace(demo: zuzen.Connection) -> None:
    manifest = (REPOSITORY / "Cargo.toml").read_text()
    (wanted,) = re.findall(r'(?m)^version = "([^"]+)"', manifest)
    assert importlib.metadata.version("zuzen") == zuzen.__version__ == wanted


def test_the_wheel_is_for_every_python() -> None:
    wheel = importlib.metadata.distribution("zuzen").read_text("WHEEL")
    assert wheel is not None
    assert re.search(r"(?m)^Tag: py3-none-(?!any)", wheel), wheel
    assert "Root-Is-Purelib: false" in wheel


def test_the_driver_is_named_by_a_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ZUZEN_DRIVER", str(tmp_path / "missing.so"))
    with pytest.raises(zuzen.InterfaceError) as raised:
        zuzen.demo()
    assert raised.value.hint is not None and "ZUZEN_DRIVER" in raised.value.hint


def test_annotations_are_complete() -> None:
    pytest.importorskip("mypy")
    folder = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-incremental", "--cache-dir", "/dev/null"], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    assert (Path(zuzen.__file__).parent / "py.typed").is_file()


def test_everything_public_is_explained() -> None:
    for name in zuzen.__all__:
        thing = getattr(zuzen, name)
        if isinstance(thing, type) or callable(thing):
            assert thing.__doc__, name
    for owner in (zuzen.Connection, zuzen.Cursor, zuzen.AsyncConnection, zuzen.AsyncCursor):
        for name, thing in vars(owner).items():
            if not name.startswith("_") and callable(thing):
                assert thing.__doc__, f"{owner.__name__}.{name}"
