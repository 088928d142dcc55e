"""A forked process that is killed (SIGKILL) at its n-th step.

A step is a statement that writes, a commit, an fsync, a change of a name, a request over HTTP that may change
something, an act on the embedded index.

The child opens the installation anew; nothing of the parent's connections is touched in it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect
from urllib3 import HTTPConnectionPool

from archive.house import House, open_house
from archive.settings import Settings
from indexes.embedded.sessions import Session

Say = Callable[..., None]
Work = Callable[[House, Say], None]


@dataclass(frozen=True)
class Run:
    """How a child ended: the signal that killed it (0: none), what it had said, and the names of its steps."""

    signal: int
    said: list[list[Any]]
    steps: list[str]


class Steps:
    """Counts the steps of this process and ends it at one of them."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.seen: list[str] = []

    def step(self, name: str) -> None:
        self.seen.append(name)
        if len(self.seen) == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, name: str, counts: Callable[..., bool] = lambda *_, **__: True) -> None:  # noqa: ANN401 - a module or a class
        """Before and after a call that `counts` are two steps."""
        call = getattr(owner, name)

        def counted(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the call takes and gives
            if not counts(*args, **named):
                return call(*args, **named)
            self.step(f"before {name}")
            result = call(*args, **named)
            self.step(f"after {name}")
            return result

        setattr(owner, name, counted)

    def watch(self) -> None:
        event.listen(Engine, "before_cursor_execute", self._statement)
        self.around(DefaultDialect, "do_commit")
        self.around(os, "fsync")
        self.around(Path, "rename")
        self.around(Path, "replace")
        self.around(Path, "unlink")
        self.around(Path, "rmdir")
        self.around(HTTPConnectionPool, "urlopen", lambda _, method, *__, **___: method not in {"GET", "HEAD"})
        self.around(Session, "retire")
        self.around(Session, "replace")

    def _statement(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:  # noqa: ANN401 - as told
        if statement.lstrip()[:6].upper() in {"INSERT", "UPDATE", "DELETE"}:
            self.step(" ".join(statement.split()[:3]))


def run_killed(settings: Settings, work: Work, at: int = 0) -> Run:
    """Do the work in a child that is killed at step `at`; 0: never. A child that fails by itself fails the test."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        _be_the_child(settings, work, at, writable)
    os.close(writable)
    with os.fdopen(readable, encoding="utf-8") as lines:
        said = [json.loads(line) for line in lines]
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, said
    steps = said.pop()[1:] if said and said[-1][0] == "steps" else []
    return Run(os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, said, steps)


def _be_the_child(settings: Settings, work: Work, at: int, writable: int) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def say(*words: Any) -> None:  # noqa: ANN401 - JSON values
        os.write(writable, (json.dumps(words) + "\n").encode())

    try:
        steps = Steps(at)
        house = open_house(settings)
        steps.watch()
        work(house, say)
        say("steps", *steps.seen)
        os._exit(0)
    except BaseException:  # noqa: BLE001 - told to the parent
        say("failed", traceback.format_exc())
        sys.stderr.flush()
        os._exit(1)


def spread(steps: int, count: int) -> list[int]:
    """`count` of the steps 1 to `steps`, evenly, the first and the last among them."""
    return sorted({1 + round(number * (steps - 1) / (count - 1)) for number in range(count)})
