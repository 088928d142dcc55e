"""The wordings of papers, by type: text files in which [one|other] are choices and {field=value} is what is asked.

A row of a wording may say how it is set: `^` in the middle and large, `>` to the right, `| a | b |` a ruled row;
`---page---` begins a page, `---side---` the other side of a card or the other half of a spread. `@ ` puts a red seal
over the row, `~ ` sets it small. What begins with hk- or tw- is printed in traditional characters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "wordings"
TUNED, HELD_OUT = "t", "h"
BLIND = ("u3", "u4")
"""Written by somebody who had read neither the rules nor the other sets; both were tuned on since."""
UNSEEN = ("u1", "u2", *BLIND)
"""Written blind, before anything was tuned on them; their first figures stand in decisions 0034 and 0040."""
SETS = (TUNED, HELD_OUT, *UNSEEN)


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to write a paper of a type.

    `half`: which set it is of; `about`: who its subject may be; `years`: from and to which year it was in use.
    """

    kind: str
    family: str
    half: str
    about: str
    text: str
    look: str = "letter"
    years: str = ""


@cache
def wordings() -> tuple[Wording, ...]:
    """All of them, by type and in the order of the files."""
    return tuple(wording for path in sorted(FOLDER.rglob("*.txt")) for wording in _of(path))


def _of(path: Path) -> list[Wording]:
    found = []
    for part in path.read_text("utf-8").split("=== ")[1:]:
        head, _, text = part.partition("\n")
        family, half, about, *look = head.split()
        found.append(Wording(path.stem, family, half, about, text.rstrip("\n"), *look))
    return found
