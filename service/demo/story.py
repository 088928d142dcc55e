"""What the demonstration says: a sentence for each step, in Chinese or English, and whether it held."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """One sentence that held or did not; `seen` is what was found where it did not."""

    chinese: str
    english: str
    holds: bool
    seen: str
    second: float

    def told(self) -> dict[str, Any]:
        """The step as data."""
        return {
            "chinese": self.chinese, "english": self.english, "holds": self.holds, "seen": self.seen,
            "second": self.second,
        }  # fmt: skip


class DoesNotHold(Exception):
    """The first step that did not hold ends the walk."""

    def __init__(self, step: Step) -> None:
        super().__init__(step.english)
        self.step = step


@dataclass
class Story:
    """The steps so far. `say` gets each sentence as it happens."""

    chinese: bool
    say: Callable[[str], None]
    steps: list[Step] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)

    def chapter(self, chinese: str, english: str) -> None:
        """A heading over the steps that follow."""
        self.say(f"\n{self.told(chinese, english)}")

    def holds(self, chinese: str, english: str, ok: bool, seen: object = "") -> None:
        """Say a step and whether it held; DoesNotHold when it did not."""
        second = round(time.monotonic() - self.begun, 2)
        step = Step(chinese, english, holds=ok, seen="" if ok else str(seen)[:600], second=second)
        self.steps.append(step)
        self.say(f"  {'✓' if ok else '✗'} {self.told(chinese, english)}")
        if not ok:
            raise DoesNotHold(step)

    def told(self, chinese: str, english: str) -> str:
        """One of the two, by the language of the terminal."""
        return chinese if self.chinese else english

    def summary(self) -> dict[str, Any]:
        """The walk as data."""
        return {
            "ok": bool(self.steps) and all(step.holds for step in self.steps),
            "seconds": round(time.monotonic() - self.begun, 1),
            "steps": [step.told() for step in self.steps],
        }


def speaks_chinese() -> bool:
    """Whether the terminal's language is Chinese (LC_ALL, LC_MESSAGES, LANG: the first that is set)."""
    named = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return named.lower().startswith("zh")
