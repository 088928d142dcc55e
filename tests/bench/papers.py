"""The files that a bench works on: those of a folder, or drawn ones, so that none is needed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archive.media import HEAD, READABLE, sniff
from tests import drawing

ROWS = 34
DRAWN = 24


def papers(folder: Path | None, most: int = 0) -> list[tuple[str, bytes]]:
    """Names and bytes of what can be read, in the order of their names; at most so many, all for 0."""
    found = list(_of(folder) if folder else _drawn())
    return found[:most] if most else found


def full_page(number: int, *, points: float = 10.5, rows: int = ROWS) -> list[str]:
    """Lines of a page that differ from page to page."""
    return [f"{number}-{row} {drawing.CONTRACT[row % len(drawing.CONTRACT)]}" for row in range(rows)]


def long_pdf(pages: int, rows: int = 6) -> bytes:
    """One scanned PDF of so many pages with a few lines each."""
    return drawing.as_pdf([drawing.paper(full_page(number, rows=rows), dpi=150) for number in range(pages)], 150)


def _of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The folder's own files, or those of its `files`."""
    inner = folder / "files"
    for path in sorted((inner if inner.is_dir() else folder).iterdir()):
        if path.is_file() and sniff((data := path.read_bytes())[:HEAD]) in READABLE:
            yield path.name, data


def _drawn() -> Iterator[tuple[str, bytes]]:
    """Every fourth is a photograph-like image, every sixth has three pages, the others one."""
    for number in range(DRAWN):
        if number % 4 == 3:
            yield f"{number:04d}.jpg", drawing.coded(drawing.paper(full_page(number), points=10.5), "JPEG")
            continue
        count = 3 if number % 6 == 0 else 1
        pages = [drawing.paper(full_page(number * 10 + page), points=10.5) for page in range(count)]
        yield f"{number:04d}.pdf", drawing.as_pdf(pages)
