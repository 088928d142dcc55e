"""Search as it grows: the same questions at the API over libraries of different size, each beside other engines.

    python -m tests.bench --only growth [--sizes 10000,100000,1000000] [--json FILE]

A library is put into a running service: rows sealed as reading seals them, the index written by the engine. Times are
those of whole answers over HTTP, with scope, exact counts, snippets from sealed text and the log entry. Beside it the
cluster's engine and other engines hold the same text. Over 100,000 pages the embedded engine is measured alone.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from archive.audit import OPERATOR
from archive.rights import Confidentiality, Role
from archive.signin import create_token
from indexes import open_engine
from indexes.analysis import terms
from indexes.port import Batch, Facet, SearchEngine, SearchOrder
from indexes.query import Phrase
from tests.bench.figures import Figure
from tests.bench.growth_beside import Other, fts5, pg_trgm
from tests.bench.growth_library import batch, departments, papers, put_rows, together
from tests.bench.running import Client, Running, running
from tests.bench.search import timed
from tests.contract.search_places import installation
from tests.contract.search_samples import ALL
from tests.houses import Home, home_of

PART: Final = "growth"
DEPARTMENTS: Final = 12
QUESTIONS: Final = 400
BESIDE: Final = 60
AT_ONCE: Final = 50
SERVED: Final = 100_000
"""Pages up to which a service with rows is measured: to put more in takes hours."""
SAMPLED: Final = 50
"""Of so many documents one is remembered to ask for, where a library is only indexed."""
EVERY_FACET: Final = frozenset(Facet)
PIECES: Final[Mapping[str, tuple[int, int]]] = {"1 character": (1, 1), "2–3": (2, 3), "4–12": (4, 12)}


@dataclass(frozen=True, slots=True)
class Library:
    """What was put in: the pages as they stand and as they are folded, and what putting it in took."""

    texts: list[str]
    folded: list[str]
    indexing: float
    index_bytes: int
    row_bytes: int

    @property
    def text_bytes(self) -> int:
        """Bytes of the text in UTF-8."""
        return sum(len(text.encode()) for text in self.texts)


def measure(sizes: Sequence[int]) -> list[Figure]:
    """Every size in a row."""
    return [figure for size in sizes for figure in _measured(size)]


def _measured(size: int) -> Iterator[Figure]:
    if size > SERVED:
        yield from _alone(size, "tantivy", "")
        return
    with running() as service, home_of({"DATA": str(service.data)}) as home:
        library = filled(service, home, size)
        pieces = list(questions(library.folded))
        engine = open_engine("", home.house.settings.index_folder, "bench", writer=False)
        yield from _room(size, library)
        yield from _api(size, readers(service, home), pieces)
        yield from _engine(f"{size}: engine", engine, pieces)
        yield from _alone(size, "opensearch", "OpenSearch, ")
        yield from _others(size, engine, library, random.Random(8).sample(pieces, BESIDE))  # noqa: S311 - samples


def filled(service: Running, home: Home, size: int) -> Library:
    """A library of `size` pages in the rows and the index of a running service."""
    known = departments(home, DEPARTMENTS)
    uploader = home.person("uploader", Role.OFFICER).id
    engine = open_engine("", home.house.settings.index_folder, "bench", writer=True)
    texts: list[str] = []
    indexing = 0.0
    before = _bytes(service.data / "rows") + _bytes(service.data / "keys")
    for some in together(papers(size, DEPARTMENTS)):
        put_rows(home, some, known, uploader)
        batches: list[Batch] = [batch(paper, known[paper.department]) for paper in some]
        indexing += timed(lambda batches=batches: engine.replace(batches)) / 1000
        texts += [text for paper in some for text in paper.texts]
        print(f"growth: {len(texts)} of {size} pages", file=sys.stderr, flush=True)
    engine.close()
    rows = _bytes(service.data / "rows") + _bytes(service.data / "keys") - before
    folded = ["".join(terms(text)) for text in texts]
    return Library(texts, folded, indexing, _bytes(home.house.settings.index_folder), rows)


def _alone(size: int, name: str, called: str) -> Iterator[Figure]:
    """An engine without rows and service: how fast it is filled, what it takes, how it answers."""
    with tempfile.TemporaryDirectory() as folder, installation(name, Path(folder)) as place:
        (engine,), sample, taken = place.opened, list[str](), 0.0
        for some in together(papers(size, DEPARTMENTS)):
            batches = [batch(paper, f"d{paper.department}") for paper in some]
            taken += timed(lambda batches=batches: engine.replace(batches)) / 1000
            sample += ["".join(terms(text)) for paper in some[::SAMPLED] for text in paper.texts]
        yield Figure(PART, f"{size}: {called}indexed", size / taken, "pages a second")
        if not place.url:
            yield Figure(PART, f"{size}: {called}index", _bytes(Path(folder)) / size, "bytes a page")
        pieces = list(questions(sample))
        yield from _engine(f"{size}: {called}engine", engine, pieces)


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def questions(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pieces of the text, by their kind of length; what is frequent on paper is asked for frequently."""
    rng = random.Random(7)  # noqa: S311 - samples
    for number in range(QUESTIONS):
        kind, (least, most) = list(PIECES.items())[number % len(PIECES)]
        text = rng.choice(texts)
        start = rng.randrange(len(text) - most)
        yield kind, text[start : start + rng.randint(least, most)]


def readers(service: Running, home: Home) -> list[Client]:
    """Who asks: somebody who sees all, and searchers of every department with either clearance."""
    made = [service.client]
    for number in range(DEPARTMENTS):
        for level in (Confidentiality.INTERNAL, Confidentiality.CONFIDENTIAL):
            name = f"searcher {number} {level.label}"
            person = home.person(name, Role.SEARCHER, department=f"d{number}", clearance=level)
            with home.house.database.transaction() as session:
                made.append(Client(service.client.url, create_token(session, OPERATOR, person.id, ("read",))[1]))
    return made


def _room(size: int, library: Library) -> list[Figure]:
    return [
        Figure(PART, f"{size}: indexed", size / library.indexing, "pages a second"),
        Figure(PART, f"{size}: index", library.index_bytes / size, "bytes a page"),
        Figure(PART, f"{size}: index", library.index_bytes / library.text_bytes, "x", "bytes of the text", ceiling=2),
        Figure(PART, f"{size}: rows and keys", library.row_bytes / size, "bytes a page", "words by line"),
    ]


def _api(size: int, asking: Sequence[Client], pieces: Sequence[tuple[str, str]]) -> Iterator[Figure]:
    """Answers over HTTP, one at a time and fifty at once."""
    rng = random.Random(9)  # noqa: S311 - samples
    for _, piece in pieces[:20]:
        _ask(asking[0], piece)
    times = [(kind, timed(lambda piece=piece: _ask(rng.choice(asking), piece))) for kind, piece in pieces]
    yield from _percentiles(f"{size}: answer", [taken for _, taken in times])
    counted = [timed(lambda piece=piece: _ask(rng.choice(asking), piece, facets=True)) for _, piece in pieces]
    yield from _percentiles(f"{size}: answer with facets", counted)
    for kind in PIECES:
        yield from _percentiles(f"{size}: answer, {kind}", [taken for each, taken in times if each == kind])[:2]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        calls = [(rng.choice(asking), piece) for _, piece in pieces[: 4 * AT_ONCE]]
        at_once = list(pool.map(lambda call: timed(lambda: _ask(*call)), calls))
    yield from _percentiles(f"{size}: answer, {AT_ONCE} at once", at_once)[:2]


def _ask(client: Client, piece: str, *, facets: bool = False) -> None:
    client.ask("POST", "/search", json.dumps({"q": f'"{piece}"', "size": 10, "facets": facets}).encode())


def _engine(name: str, engine: SearchEngine, pieces: Sequence[tuple[str, str]]) -> Iterator[Figure]:
    """An engine alone, over all pages, without and with facets and documents."""
    for what, facets in (("", frozenset[Facet]()), (" with facets", EVERY_FACET)):
        found = [(Phrase(tuple(piece)), facets, bool(facets)) for _, piece in pieces]
        orders = [SearchOrder(node, size=10, facets=each, documents=counted) for node, each, counted in found]
        times = [timed(lambda order=order: engine.search(order, ALL, frozenset())) for order in orders]
        yield from _percentiles(f"{name}{what}", times)


def _percentiles(name: str, times: Sequence[float]) -> list[Figure]:
    cut = statistics.quantiles(times, n=100)
    return [Figure(PART, f"{name}, p{at}", cut[at - 1], "ms") for at in (50, 95, 99)]


def _others(size: int, engine: SearchEngine, library: Library, pieces: Sequence[tuple[str, str]]) -> Iterator[Figure]:
    """How many of the pages that hold a piece each engine finds, and how long it takes to count them."""
    asked = [piece for _, piece in pieces]
    truth = {piece: sum(piece in text for text in library.folded) for piece in asked}
    own = Other("Anjuan", library.indexing, library.index_bytes, lambda piece: _total(engine, piece))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        yield from _other(size, own, truth)
        for trigram in (True, False):
            yield from _other(size, opened.enter_context(fts5(Path(folder), library.texts, trigram=trigram)), truth)
        yield from _other(size, opened.enter_context(pg_trgm(library.texts)), truth)


def _total(engine: SearchEngine, piece: str) -> int:
    return engine.search(SearchOrder(Phrase(tuple(piece)), size=10), ALL, frozenset()).total


def _other(size: int, other: Other, truth: Mapping[str, int]) -> Iterator[Figure]:
    found: dict[str, int] = {}
    times = [timed(lambda piece=piece: found.update({piece: other.count(piece)})) for piece in truth]
    right = sum(found[piece] == pages for piece, pages in truth.items()) / len(truth)
    share = statistics.fmean(min(found[piece], pages) / pages for piece, pages in truth.items())
    yield Figure(PART, f"{size}: {other.name}, truth found", 100 * share, "%", f"{100 * right:.0f} % of counts exact")
    yield from _percentiles(f"{size}: {other.name}, counted", times)[:2]
    yield Figure(PART, f"{size}: {other.name}, filled", other.seconds, "s", f"{other.size / size:.0f} bytes a page")
