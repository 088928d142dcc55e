"""A library of any size for the search bench: text with the statistics of real papers, and an installation with it.

Phrases are those of the drawn papers, chosen with Zipf's weights; names, numbers and a long tail of rare characters
stand between them, as they do on paper. Equal numbers give equal libraries.
"""

from __future__ import annotations

import json
import random
import re
import uuid
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate, islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert

from archive.base import now
from archive.documents import Document, Page
from archive.people import department_named
from archive.sealing import DocumentKey, seal_text, seal_value
from indexes.port import Batch, Entry
from tests.houses import Home

WORDINGS: Final = Path(__file__).parents[1] / "drawn" / "papers" / "wordings"
LENGTH: Final = 700
PAGES: Final = 10
"""Pages of a document."""
AT_ONCE: Final = 100
"""Documents that are written together."""
_FIRST_HAN, _HAN = 0x4E00, 6000
_LINE: Final = 32
_KINDS: Final = ("contract", "letter", "invoice", "receipt", "certificate", "other")


@dataclass(frozen=True, slots=True)
class Paper:
    """One document of the library."""

    id: str
    texts: tuple[str, ...]
    department: int
    level: int
    dated: date
    kind: str


@cache
def _phrases() -> tuple[list[str], list[float]]:
    """Runs of Han characters from the wordings, in an order of their own, with Zipf's weights, added up."""
    text = "\n".join(path.read_text("utf-8") for path in sorted(WORDINGS.glob("*.txt")))
    found = sorted(set(re.findall("[\u4e00-\u9fff]{2,14}", text)))
    random.Random(1).shuffle(found)  # noqa: S311 - samples
    return found, list(accumulate(1 / (rank + 2.7) for rank in range(len(found))))


@cache
def _tail() -> list[float]:
    """Weights of single characters: the rare ones that names and places are made of."""
    return list(accumulate(1 / (rank + 20) for rank in range(_HAN)))


def page_text(rng: random.Random) -> str:
    """About 700 characters in lines."""
    phrases, weights = _phrases()
    parts: list[str] = []
    length = 0
    while length < LENGTH:
        part = _other(rng) if rng.random() < 0.22 else rng.choices(phrases, cum_weights=weights)[0]
        parts.append(part + rng.choice("，。、：； "))
        length += len(parts[-1])
    text = "".join(parts)
    return "\n".join(text[at : at + _LINE] for at in range(0, len(text), _LINE))


def _other(rng: random.Random) -> str:
    """A name, a number, an amount or a day."""
    kind = rng.randrange(4)
    if kind == 0:
        return "".join(
            chr(_FIRST_HAN + at) for at in rng.choices(range(_HAN), cum_weights=_tail(), k=rng.randint(2, 4))
        )
    if kind == 1:
        return f"HT-{rng.randrange(2000, 2027)}-{rng.randrange(10_000):04d}"
    return f"{rng.randrange(10**6)}.00元" if kind == 2 else f"{rng.randrange(2000, 2027)}年{rng.randint(1, 12)}月"


def papers(pages: int, departments: int, seed: int = 5) -> Iterator[Paper]:
    """Documents of ten pages over departments of different size, a fifth of them confidential."""
    rng = random.Random(seed)  # noqa: S311 - samples
    sizes = list(accumulate(1 / (rank + 1) for rank in range(departments)))
    for _ in range(pages // PAGES):
        yield Paper(
            id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            texts=tuple(page_text(rng) for _ in range(PAGES)),
            department=rng.choices(range(departments), cum_weights=sizes)[0],
            level=2 if rng.random() < 0.2 else 1,
            dated=date(2012, 1, 1) + timedelta(days=rng.randrange(5000)),
            kind=rng.choice(_KINDS),
        )


def batch(paper: Paper, department_id: str) -> Batch:
    """The paper as the index is told of it."""
    entries = [
        Entry(
            document_id=paper.id, page=number, version=1, department=department_id, level=paper.level, text=text,
            document_type=paper.kind, year=paper.dated.year, sort_date=paper.dated,
            confidentiality=("public", "internal", "confidential")[paper.level],
        )
        for number, text in enumerate(paper.texts, 1)
    ]  # fmt: skip
    return Batch(paper.id, 1, entries)


def together(found: Iterator[Paper]) -> Iterator[list[Paper]]:
    """The papers in groups that are written at once."""
    while some := list(islice(found, AT_ONCE)):
        yield some


def departments(home: Home, number: int) -> list[str]:
    """Ids of departments, made."""
    with home.house.database.transaction() as session:
        return [department_named(session, f"d{each}").id for each in range(number)]


def put_rows(home: Home, some: Sequence[Paper], known: Sequence[str], uploader: str) -> None:
    """Rows of papers as reading leaves them, sealed under their keys, known to the index in their version."""
    keys = {paper.id: home.house.vault.create(paper.id) for paper in some}
    with home.house.database.transaction() as session:
        session.execute(insert(Document), [_document(paper, known[paper.department], uploader) for paper in some])
        session.execute(insert(Page), [row for paper in some for row in _pages(keys[paper.id], paper)])


def _document(paper: Paper, department_id: str, uploader: str) -> dict[str, Any]:
    return {
        "id": paper.id, "state": "review", "version": 1, "indexed_version": 1, "document_type": paper.kind,
        "department_id": department_id, "confidentiality": paper.level, "uploader_id": uploader,
        "received_at": now(), "dated": paper.dated, "sha256": paper.id.replace("-", "") * 2, "size": 1,
        "media_type": "application/pdf", "page_count": PAGES, "pages_read": PAGES, "review": [],
    }  # fmt: skip


def _pages(key: DocumentKey, paper: Paper) -> Iterator[dict[str, Any]]:
    for number, text in enumerate(paper.texts, 1):
        lines = text.split("\n")
        words = [
            {"text": line, "x": 150, "y": 100 + 60 * at, "w": 1300, "h": 40, "confidence": 0.99, "line": at}
            for at, line in enumerate(lines)
        ]
        yield {
            "id": str(uuid.uuid4()), "document_id": paper.id, "number": number, "width": 1654, "height": 2339,
            "dpi": 200, "turn": 0, "state": "recognised", "confidence": 0.99, "source": "ocr", "engine": "drawn",
            "findings": [], "text": seal_text(key, f"page/{number}/text", text),
            "words": seal_value(key, f"page/{number}/words", zlib.compress(json.dumps(words).encode())),
        }  # fmt: skip
