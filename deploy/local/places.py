"""Where the local servers keep what is theirs: builds in the user's cache, data and state under `var/local/`."""

from __future__ import annotations

import fcntl
import json
import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
VAR: Final = ROOT / "var" / "local"
STATE: Final = VAR / "state.json"
POLICIES: Final = ROOT / "deploy" / "policies"
CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "anjuan" / "servers"
BIN: Final = CACHE / "bin"

Facts = dict[str, Any]
"""What is remembered of one server: ports, passwords, process, rooms."""


def versions() -> dict[str, dict[str, str]]:
    """The tables of `versions.toml`."""
    with (Path(__file__).parent / "versions.toml").open("rb") as file:
        return tomllib.load(file)


def load_state() -> dict[str, Facts]:
    """Facts of every server by name; empty before the first start."""
    return json.loads(STATE.read_text("utf-8")) if STATE.exists() else {}


def save_state(state: dict[str, Facts]) -> None:
    """Replace the state file at once; it holds passwords, so it is for the owner alone."""
    VAR.mkdir(parents=True, exist_ok=True)
    aside = STATE.with_suffix(".new")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(state, file, indent=1, sort_keys=True)
    aside.replace(STATE)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the folder's lock: two starts beside each other would take each other's ports."""
    VAR.mkdir(parents=True, exist_ok=True)
    with (VAR / "lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
