"""Search beside a plain scan of the same text: times as ratios, and whether both find the same pages.

Text is drawn with the skewed frequencies of real papers.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path

from indexes.analysis import terms
from indexes.embedded import TantivyEngine
from indexes.port import Batch, Facet, SearchOrder
from indexes.query import Phrase
from tests.bench.figures import Figure
from tests.contract.search_samples import ALL, batch, scope

COMMON = "的合同一二三四五方甲乙租赁买卖房屋公司有限管理物业服务付款期年月日元第条应当双方约定违约责任"
PART = "search"
LENGTH = 700
STEP = 1000
QUERIES = 200


def page_text(rng: random.Random, characters: str, weights: list[float]) -> str:
    """About 700 characters: words of the language, numbers, punctuation, lines."""
    text = "".join(rng.choices(characters, cum_weights=weights, k=LENGTH - 60))
    numbers = f"\n编号HT-{rng.randrange(2000, 2027)}-{rng.randrange(10_000):04d}，金额{rng.randrange(10**6)}.00元。\n"
    return text[:300] + numbers + text[300:]


def library(pages: int, seed: int = 5) -> Iterator[Batch]:
    """Documents of four pages in three departments."""
    rng = random.Random(seed)  # noqa: S311 - samples
    characters = COMMON + "".join(chr(0x4E00 + n) for n in range(3000)) + "，。、：\n"
    weights = list(accumulate(1 / (rank + 2) for rank in range(len(characters))))
    for number in range(pages // 4):
        texts = [page_text(rng, characters, weights) for _ in range(4)]
        day = date(2015, 1, 1) + timedelta(days=rng.randrange(4000))
        yield batch(f"{number:08d}", *texts, department=f"d{number % 3}", sort_date=day, year=day.year)


def timed(call: Callable[[], object]) -> float:
    """Milliseconds that a call takes."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def measure(pages: int = 20_000) -> list[Figure]:
    """Index, ask, scan, compare."""
    batches = list(library(pages))
    folded = {(b.document_id, e.page): "".join(terms(e.text)) for b in batches for e in b.entries}
    with tempfile.TemporaryDirectory() as folder:
        engine = TantivyEngine(Path(folder) / "index", writer=True)
        took = sum(timed(lambda n=n: engine.replace(batches[n : n + STEP])) for n in range(0, len(batches), STEP))
        text = sum(len(e.text.encode()) for b in batches for e in b.entries)
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        return [
            Figure(PART, f"indexed, {pages} pages", pages / took * 1000, "pages a second"),
            Figure(PART, "index", size / text, "x", "bytes of the text"),
            *compare(engine, folded),
        ]


def compare(engine: TantivyEngine, folded: dict[tuple[str, int], str]) -> list[Figure]:
    """Random pieces of the text, asked of the engine within a scope, and scanned for."""
    rng = random.Random(6)  # noqa: S311 - samples
    texts, reader = list(folded.values()), scope(departments=["d0", "d1"])
    plain, facets, scan, unequal = [], [], [], 0
    for _ in range(QUERIES):
        text = rng.choice(texts)
        start = rng.randrange(len(text) - 12)
        piece = text[start : start + rng.randint(1, 12)]
        order = SearchOrder(Phrase(tuple(piece)), size=10)
        plain.append(timed(lambda order=order: engine.search(order, reader, frozenset())))
        full = SearchOrder(Phrase(tuple(piece)), size=10, facets=frozenset(Facet))
        facets.append(timed(lambda full=full: engine.search(full, reader, frozenset())))
        found: list[tuple[str, int]] = []
        scan.append(timed(lambda p=piece, f=found: f.extend(page for page, text in folded.items() if p in text)))
        unequal += engine.search(order, ALL, frozenset()).total != len(found)
    differ = Figure(PART, f"queries that differ from the scan, of {QUERIES}", unequal, "", ceiling=0)
    return [*_figures("search", plain, scan), *_figures("search with facets", facets, scan), differ]


def _figures(name: str, times: list[float], beside: list[float]) -> list[Figure]:
    """Median and 95th percentile, and how many times faster than the scan."""
    middle, scan = statistics.median(times), statistics.median(beside)
    return [
        Figure(PART, f"{name}, median", middle, "ms"),
        Figure(PART, f"{name}, 95 %", statistics.quantiles(times, n=20)[-1], "ms"),
        Figure(PART, f"{name}, speed", scan / middle, "x", f"plain scan of the text, {scan:.1f} ms", floor=1),
    ]
