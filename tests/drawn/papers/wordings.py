"""The wordings of papers, by type: text files in which [one|other] are choices and {field=value} is what is asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "wordings"
TUNED, HELD_OUT = "t", "h"


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to write a paper of a type. `half`: whether rules may be tuned on it; `about`: who its subject may be."""

    kind: str
    family: str
    half: str
    about: str
    text: str


@cache
def wordings() -> tuple[Wording, ...]:
    """All of them, by type and in the order of the files."""
    return tuple(wording for path in sorted(FOLDER.glob("*.txt")) for wording in _of(path))


def _of(path: Path) -> list[Wording]:
    found = []
    for part in path.read_text("utf-8").split("=== ")[1:]:
        head, _, text = part.partition("\n")
        family, half, about = head.split()
        found.append(Wording(path.stem, family, half, about, text.rstrip("\n")))
    return found
