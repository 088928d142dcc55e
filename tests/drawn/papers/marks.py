"""How a row of a wording says it is set, and the row without that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

PAGE, SIDE = "---page---", "---side---"
CENTRED, RIGHT, RULED, SEALED, SMALL = "^ ", "> ", "| ", "@ ", "~ "
_BLANKS = {CENTRED: "　" * 8, RIGHT: "　" * 14, SMALL: ""}


def plain(rows: Iterable[str]) -> Iterator[str]:
    """The rows as text: blanks before what does not begin at the margin, a tab between cells."""
    for row in rows:
        if row == SIDE:
            continue
        said = row.removeprefix(SEALED)
        if said[:2] in _BLANKS:
            yield _BLANKS[said[:2]] + said[2:]
        else:
            yield "\t".join(cell for cell in cells(said) if cell) if said.startswith(RULED) else said


def cells(row: str) -> list[str]:
    """The cells of a ruled row, empty ones too."""
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def sides(rows: Iterable[str]) -> list[list[str]]:
    """The rows of each side of a card, or of each half of a spread."""
    found: list[list[str]] = [[]]
    for row in rows:
        if row == SIDE:
            found.append([])
        else:
            found[-1].append(row)
    return found
