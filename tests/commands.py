"""Commands in this process: `main` reads the words and the settings of the environment as it does in one of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pytest

from service import cli


@dataclass
class Ended:
    """A command's status and what it printed."""

    status: int
    out: str
    err: str


Run = Callable[..., Ended]
"""A command with its words, and settings of its own by their names."""


def runner(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs commands on a data folder; what a process of its own is asked by `check` is left out."""
    for name in [name for name in os.environ if name.startswith("ANJUAN_") and "_TEST_" not in name]:
        monkeypatch.delenv(name)
    for module in ("opening", "serve"):
        monkeypatch.setattr(f"service.commands.{module}.log_to_stderr", lambda *_: None)
    monkeypatch.setattr("service.commands.check._workers", lambda: ())

    def ended(*words: str, **settings: str) -> Ended:
        environment = {"DATA": str(data), **settings}
        monkeypatch.setattr(sys, "argv", ["anjuan", *words])
        given = {f"ANJUAN_{name}": value for name, value in environment.items()}
        with mock.patch.dict(os.environ, given), pytest.raises(SystemExit) as end:
            cli.main()
        told = capsys.readouterr()
        return Ended(end.value.code if isinstance(end.value.code, int) else 1, told.out, told.err)

    return ended
