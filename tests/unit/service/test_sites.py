"""Sites are asked aside: one that hangs holds nobody up, is told of after a while, and is not asked twice."""

from __future__ import annotations

import threading
import time

import pytest

from service import sites
from service.sites import Reach


def test_one_that_hangs_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sites, "PATIENCE", 0.2)
    free, asked = threading.Event(), []

    def ask(name: str) -> None:
        asked.append(name)
        if name == "slow":
            free.wait(10)
        if name == "gone":
            raise OSError("no such\nfolder")

    reach = Reach(ask, wait=0.05)
    began = time.monotonic()
    first = reach.troubles(["well", "gone", "slow"])
    assert time.monotonic() - began < 0.15
    assert first == {"well": "", "gone": "OSError: no such folder", "slow": ""}
    time.sleep(0.2)
    assert "nothing came" in reach.troubles(["slow"])["slow"]
    assert sorted(asked) == ["gone", "slow", "well"]
    free.set()


def test_what_was_known_holds_until_the_next_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sites, "HOLDS", 0.0)
    answers = iter([OSError("away")])
    turn = threading.Event()

    def ask(_: str) -> None:
        if (error := next(answers, None)) is not None:
            raise error
        turn.wait(10)

    reach = Reach(ask, wait=1.0)
    assert "away" in reach.troubles(["one"])["one"]
    assert "away" in reach.troubles(["one"])["one"], "the second asking is under way"
    turn.set()
    assert reach._looks["one"].done.wait(5)
    assert reach._looks["one"].trouble == ""
