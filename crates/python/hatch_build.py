"""Builds the driver with cargo and puts it into the wheel.

The wheel is for one platform and for every Python: the package is Python alone, the driver knows nothing of Python.

Variables:
    ZUZEN_BUILD_PROFILE: A profile of cargo, ``release`` by default; ``dev`` builds in a fraction of the time.
    ZUZEN_BUILD_LIBRARY: A driver that has been built already.
    CARGO: The command to build with.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags

LIBRARY = {"win32": "adbc_driver_zuzen.dll", "darwin": "libadbc_driver_zuzen.dylib"}.get(sys.platform, "libadbc_driver_zuzen.so")


class DriverHook(BuildHookInterface[Any]):
    """Called by hatchling for each wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Adds the driver to what goes into the wheel, and says which platforms it is for."""
        if self.target_name != "wheel":
            raise RuntimeError("there are no source distributions: the driver is built from the repository. Build a wheel in a clone of it")
        library = self._library()
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform()}"
        if version == "editable":
            # The package is then read from this folder, so the driver belongs into it.
            shutil.copyfile(library, Path(self.root) / "src" / "zuzen" / LIBRARY)
        else:
            build_data["force_include"][str(library)] = f"zuzen/{LIBRARY}"

    def _library(self) -> Path:
        given = os.environ.get("ZUZEN_BUILD_LIBRARY")
        if given:
            library = Path(given)
            if not library.is_file():
                raise RuntimeError(f"ZUZEN_BUILD_LIBRARY names no file: {library}")
            return library
        workspace = Path(self.root).parent.parent
        if not (workspace / "Cargo.lock").is_file():
            raise RuntimeError(f"{workspace} is no clone of the repository. Build in one, with pip 21.3 or newer")
        return build(workspace, os.environ.get("ZUZEN_BUILD_PROFILE", "release"))


def build(workspace: Path, profile: str) -> Path:
    """Runs cargo, and says where the driver is."""
    cargo = os.environ.get("CARGO", "cargo")
    command = [cargo, "build", "--package", "zuzen-adbc", "--locked", "--profile", profile]
    command.append("--message-format=json-render-diagnostics")
    try:
        output = subprocess.run(command, cwd=workspace, stdout=subprocess.PIPE, check=True, text=True).stdout
    except FileNotFoundError:
        raise RuntimeError(f"`{cargo}` is not installed. Rust comes from https://rustup.rs") from None
    built = [
        Path(file)
        for message in map(json.loads, output.splitlines())
        if message["reason"] == "compiler-artifact"
        for file in message["filenames"]
        if Path(file).name == LIBRARY
    ]
    if not built:
        raise RuntimeError(f"cargo has built no {LIBRARY}")
    return built[-1]


def platform() -> str:
    """The platform as wheels name it. On Linux that of this machine alone: only a look into the library tells more."""
    tags = list(platform_tags())
    return next((tag for tag in tags if tag.startswith("linux_")), tags[0])
