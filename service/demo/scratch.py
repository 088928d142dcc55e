"""The scratch installation: a folder of its own, a real service on a free port, and its workers."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from archive.errors import Fault
from archive.settings import Settings, load_settings
from service.demo.papers import US

_START_SECONDS: Final = 90.0
_STOP_SECONDS: Final = 40.0
_LOG_TAIL: Final = 2000


class DidNotStart(Fault):
    """The scratch service ended or did not answer; carries the end of its log."""


@dataclass(frozen=True, slots=True)
class Scratch:
    """Where the demonstration happens."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """The service's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its processes: no setting of the surrounding installation is in it."""
        return without_settings(dict(os.environ)) | {
            "ANJUAN_DATA": str(self.folder / "data"),
            "ANJUAN_PORT": str(self.port),
            "ANJUAN_OWN_NAMES": US,
            "ANJUAN_DESTRUCTION_COOLING_DAYS": "0",
        }

    @property
    def settings(self) -> Settings:
        """The same for this process. The surrounding settings leave this process for good: it has no use for them."""
        for name in set(os.environ) - set(without_settings(dict(os.environ))):
            del os.environ[name]
        return load_settings(data=self.folder / "data", port=self.port, own_names=US, destruction_cooling_days=0)

    def command(self, *words: str) -> Any:  # noqa: ANN401 - JSON
        """What `anjuan WORDS --json` answers in this installation."""
        told = subprocess.run(  # noqa: S603 - our own command
            [_anjuan(), *words, "--json"],
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return json.loads(told.stdout) if told.stdout else {"status": told.returncode, "error": told.stderr[-400:]}

    def said(self) -> str:
        """The end of the service's log."""
        return (self.folder / "service.log").read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL:]


def without_settings(environment: dict[str, str]) -> dict[str, str]:
    """An environment without Anjuan's settings, which are read in any case of letters."""
    return {name: value for name, value in environment.items() if not name.upper().startswith("ANJUAN_")}


@contextmanager
def scratch(port: int) -> Iterator[Scratch]:
    """A folder that is gone afterwards; port 0 means a free one."""
    with tempfile.TemporaryDirectory(prefix="anjuan-demo-") as folder:
        yield Scratch(Path(folder), port or _free_port())


@contextmanager
def serving(place: Scratch) -> Iterator[None]:
    """The service of the scratch installation while the block lasts. DidNotStart with its last words."""
    words = [sys.executable, "-m", "service.lifeline", _anjuan(), "serve", "--port", str(place.port)]
    with (place.folder / "service.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            words, env=place.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _await(place, process)
        yield
    finally:
        _stop(process)


def _await(place: Scratch, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{place.url}/readyz", timeout=2):  # noqa: S310 - loopback
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise DidNotStart(f"the scratch service did not start; it said: {place.said()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _anjuan() -> str:
    return str(Path(sys.executable).with_name("anjuan"))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
