"""How a row of a wording says it is set, and the row without that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

PAGE, SIDE = "---page---", "---side---"
CENTRED, RIGHT, RULED = "^ ", "> ", "| "
_BLANKS = {CENTRED: "　" * 8, RIGHT: "　" * 14}


def plain(rows: Iterable[str]) -> Iterator[str]:
    """The rows as text: blanks before what does not begin at the margin, a tab between cells."""
    for row in rows:
        if row == SIDE:
            continue
        blanks = _BLANKS.get(row[:2])
        if blanks:
            yield blanks + row[2:]
        else:
            yield "\t".join(cell for cell in cells(row) if cell) if row.startswith(RULED) else row


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
