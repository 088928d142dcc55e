"""Thousands of damaged files between good ones: their outcomes, and what they cost the good ones (reliability §4).

Every kind of `tests.hostile` and, of good files of every format, cuts, flipped bytes, holes, and two spliced together;
all by seed, so that a run can be had again. One worker process reads them from an installation of its own.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from PIL import Image
from sqlalchemy import func, select

from archive.documents import Document, Page, State
from archive.errors import Refusal
from archive.jobs import OPEN, Job, JobState, Kind
from retention.classes import propose_seed
from tests import drawing, hostile
from tests.bench.figures import Figure
from tests.houses import Home, embedded
from workers.unreadable import Code

PART: Final = "hostile"
SEED: Final = 20261125
DPI: Final = 100
LINES: Final = 6
PATIENCE: Final = 7200.0
GOOD_EACH: Final = 10
"""One good file after so many bad ones."""
SLOW_EACH: Final = 2
"""So many of each kind that runs into a limit of seconds."""

Draw = Callable[[], bytes]

SLOW: Final[Sequence[Draw]] = (
    hostile.nested_flate, hostile.billion_laughs, hostile.tiny_tiles, hostile.many_fills, hostile.many_glyphs,
    hostile.huge_image,
)  # fmt: skip
KNOWN: Final[Sequence[Draw]] = (
    partial(hostile.encrypted, "secret"), partial(hostile.encrypted, ""), partial(hostile.encrypted, "", permissions=0),
    hostile.page_tree_in_a_circle, hostile.page_tree_of_a_million, hostile.lying_count, hostile.giant_page,
    hostile.png_bomb, partial(hostile.png_header, 60_000, 60_000), partial(hostile.png_header, 13_000, 13_000),
    hostile.tiff_in_a_circle, partial(hostile.tiff_of_many, 100_000), hostile.late_header, hostile.markup_before_pdf,
    hostile.xref_in_a_circle, hostile.external_entity, hostile.active_pdf, partial(bytes, 0), partial(bytes, 1),
    partial(bytes, 5_000),
)  # fmt: skip


@dataclass
class Outcome:
    """What became of one run's files: outcomes with how many, and the seconds that each good one took."""

    good: int = 0
    good_read: int = 0
    bad: int = 0
    seconds: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    unnamed: list[str] = field(default_factory=list)
    open_jobs: int = 0
    died: int = 0
    wall: float = 0.0


def measure(files: int = 2_000) -> list[Figure]:
    """The figures of a clean run over the good files, and of one with so many bad ones between them."""
    goods = [good(number) for number in range(files // GOOD_EACH)]
    clean, harmed = _run(goods, []), _run(goods, list(damaged(files)))
    rate = statistics.median(clean.seconds) / statistics.median(harmed.seconds)
    told = ", ".join(f"{name} {count}" for name, count in harmed.outcomes.most_common())
    sys.stderr.write(f"bench: {told}\n")
    for unnamed in harmed.unnamed[:20]:
        sys.stderr.write(f"bench: without a name: {unnamed}\n")
    return [
        Figure(PART, f"bad files, {harmed.wall:.0f} s", harmed.bad, "files"),
        Figure(PART, "worker deaths", harmed.died + clean.died, "", ceiling=0),
        Figure(PART, "open jobs afterwards", harmed.open_jobs, "", ceiling=0),
        Figure(PART, "outcomes without a name", len(harmed.unnamed), "", ceiling=0),
        Figure(PART, "good files read", harmed.good_read / harmed.good, "x", "all of them", floor=1.0),
        Figure(PART, "rate of the good files", rate, "x", "a run of them alone", floor=0.9),
    ]


def good(number: int) -> bytes:
    """A small page that reads in a moment, in each format in turn."""
    return _coded(_page(number), number)


def _page(number: int) -> Image.Image:
    lines = [*drawing.CONTRACT[: LINES - 1], f"第{number}份"]
    return drawing.paper(lines, dpi=DPI).crop((0, 0, 827, 400))


def _coded(page: Image.Image, number: int) -> bytes:
    forms: Sequence[Draw] = (
        partial(drawing.as_pdf, [page], DPI), partial(drawing.coded, page, "PNG", DPI),
        partial(drawing.coded, page, "JPEG", DPI), partial(drawing.as_tiff, [page, page], DPI),
        partial(drawing.coded, page, "JPEG2000"), partial(drawing.coded, page, "WEBP"),
        partial(drawing.coded, page, "BMP", DPI), partial(drawing.born_digital, drawing.CONTRACT[:LINES]),
        partial(drawing.as_pdf, [page] * 2, DPI),
    )  # fmt: skip
    return forms[number % len(forms)]()


def damaged(files: int) -> Iterator[bytes]:
    """So many bad files: the slow kinds a few times, the known ones in turn, and good ones spoilt."""
    dice = random.Random(SEED)  # noqa: S311 - damage, no secret
    known: list[Draw] = [*SLOW * SLOW_EACH, *KNOWN * 5]
    sound = [_coded(_page(number), number) for number in range(9)]
    spoilt: list[Draw] = [partial(_spoilt, dice, sound) for _ in range(files - len(known))]
    drawn = [*known, *spoilt]
    dice.shuffle(drawn)
    for draw in drawn[:files]:
        yield draw()


def _spoilt(dice: random.Random, sound: Sequence[bytes]) -> bytes:
    return dice.choice((_cut, _flipped, _holed, _doubled, _spliced))(dice, sound)


def _cut(dice: random.Random, sound: Sequence[bytes]) -> bytes:
    whole = dice.choice(sound)
    return whole[: dice.randrange(16, len(whole))]


def _flipped(dice: random.Random, sound: Sequence[bytes]) -> bytes:
    body = bytearray(dice.choice(sound))
    for _ in range(dice.choice((1, 3, 10, 100, 1000))):
        body[dice.randrange(len(body))] ^= 1 << dice.randrange(8)
    return bytes(body)


def _holed(dice: random.Random, sound: Sequence[bytes]) -> bytes:
    whole = dice.choice(sound)
    start = dice.randrange(len(whole))
    length = min(dice.choice((16, 512, 4096)), len(whole) - start)
    return whole[:start] + bytes(length) + whole[start + length :]


def _doubled(dice: random.Random, sound: Sequence[bytes]) -> bytes:
    whole = dice.choice(sound)
    start, end = sorted(dice.randrange(len(whole)) for _ in range(2))
    return whole[:end] + whole[start:]


def _spliced(dice: random.Random, sound: Sequence[bytes]) -> bytes:
    one, other = dice.choice(sound), dice.choice(sound)
    return one[: dice.randrange(16, len(one))] + other[dice.randrange(len(other)) :]


def _run(goods: Sequence[bytes], bads: Sequence[bytes]) -> Outcome:
    found = Outcome()
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder) / "data") as home:
        with home.house.database.transaction() as session:
            propose_seed(session)
        start, log = time.monotonic(), Path(folder) / "worker.log"
        mine = _put(home, found, goods, bads)
        with _worker(home, log) as process:
            _wait(home, process, found)
            found.died = process.poll() is not None
        found.wall = time.monotonic() - start
        _look(home, found, mine)
        found.seconds = [seconds for subject, seconds in _readings(log) if subject in mine]
    return found


def _put(home: Home, found: Outcome, goods: Sequence[bytes], bads: Sequence[bytes]) -> set[str]:
    """Everything through the door, the bad between the good; the ids of the good ones."""
    mine, share = set(), len(bads) // max(1, len(goods))
    for number, body in enumerate(goods):
        mine.add(home.put(body, name=f"good-{number}").id)
        for bad in bads[number * share : (number + 1) * share]:
            found.bad += 1
            try:
                home.put(bad, name="bad.pdf")
            except Refusal as refusal:
                found.outcomes[f"refused: {refusal.code}"] += 1
    return mine


@contextmanager
def _worker(home: Home, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ANJUAN_")}
    words = [sys.executable, "-m", "workers.main"]
    with log.open("wb") as told:
        process = subprocess.Popen(words, env={**plain, **home.env, "ANJUAN_LOG_LEVEL": "info"}, stderr=told)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait(home: Home, process: subprocess.Popen[bytes], found: Outcome) -> None:
    end = time.monotonic() + PATIENCE
    asked = select(func.count()).select_from(Job).where(Job.state.in_(OPEN))
    while process.poll() is None and time.monotonic() < end:
        time.sleep(2)
        with home.house.database.reading() as session:
            found.open_jobs = session.scalar(asked) or 0
        if not found.open_jobs:
            return


def _look(home: Home, found: Outcome, mine: set[str]) -> None:
    """Each document's outcome, and whether it has a name."""
    named = {code.value for code in Code}
    with home.house.database.reading() as session:
        failed = session.execute(select(Page.document_id, Page.error).where(Page.error != "")).tuples()
        found.unnamed += [f"{document} page {error}" for document, error in failed if error not in named]
        for document in session.scalars(select(Document)).unique():
            outcome = document.error or document.state
            settled = document.state in {State.REVIEW, State.FILED}
            if document.id in mine:
                found.good += 1
                found.good_read += settled
                continue
            found.outcomes[outcome] += 1
            if not (settled or document.error in named):
                found.unnamed.append(f"{document.id} {document.state} {document.error} {document.file_name!r}")
        given_up = select(Job).where(Job.state == JobState.QUARANTINED.value, Job.kind != Kind.READ_DOCUMENT.value)
        found.unnamed += [f"job {job.kind} {job.error}" for job in session.scalars(given_up)]


def _readings(log: Path) -> Iterator[tuple[str, float]]:
    """Document and seconds of every reading that the worker's log tells of."""
    for line in log.read_text("utf-8", "replace").splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if told.get("event") == "job.done" and told.get("kind") == Kind.READ_DOCUMENT.value:
            yield str(told["subject"]), float(told["seconds"])
