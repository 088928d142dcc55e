"""Type, fields, customer and filing on drawn papers in wordings that no rule was tuned on.

python -m tests.bench.papers_unseen [--half t|h|u1|u2|u3|u4] [--seed N] [--count N] [--damage clean|usual|bad]
                                        [--headless] [--pictures] [--misses N] [--worst DIR]

So many papers are drawn unless said: three of each wording of u3 and u4, 700 of another set.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from archive.han import simplified
from archive.numbers import normalised
from tests.drawn.canvas import Drawn
from tests.drawn.papers.cast import OWN, Company, Person, dice_of
from tests.drawn.papers.paper import Paper, beheaded, papers, world
from tests.drawn.papers.reading import BAD, CLEAN, USUAL, Damage, pictures, recognised, sheets
from tests.drawn.papers.wordings import BLIND, SETS, UNSEEN, wordings
from workers import names
from workers.classify import classify
from workers.extract import extract
from workers.filing import FilingPolicy, decide_filing
from workers.match import match_customer
from workers.numbering import numbered
from workers.ocr import open_ocr
from workers.sheets import Facts, Filing, KnownCustomer, Match, Sheet, Verdict

DAMAGES = {"clean": CLEAN, "usual": USUAL, "bad": BAD}


class Register:
    """A register of customers in memory, as matching asks for it."""

    def __init__(self, known: Sequence[Person | Company]) -> None:
        self._rows = [(_as_customer(str(place), one), one) for place, one in enumerate(known)]

    def by_identifier(self, type_: str, value: str) -> list[KnownCustomer]:
        return [row for row, one in self._rows if getattr(one, type_, None) == normalised(value)]

    def by_name(self, name: str) -> list[KnownCustomer]:
        return [row for row, _ in self._rows if names.written(row.name) == names.written(name)]

    def alike(self, name: str) -> list[KnownCustomer]:
        here = names.written(name)
        half = len(here) // 2
        return [row for row, _ in self._rows if half and _shares_half(names.written(row.name), here, half)]

    def id_of(self, who: Person | Company | None) -> str | None:
        return next((row.id for row, one in self._rows if one == who), None)


def _shares_half(there: str, here: str, half: int) -> bool:
    return there.startswith(here[:half]) or there.endswith(here[-half:])


def _as_customer(id_: str, one: Person | Company) -> KnownCustomer:
    if isinstance(one, Person):
        return KnownCustomer(id_, one.name, "person", frozenset(("id_no",)))
    return KnownCustomer(id_, one.name, "company", frozenset(("uscc",)))


@dataclass(frozen=True, slots=True)
class Read:
    """One paper and what was made of it."""

    paper: Paper
    pages: Sequence[Sheet]
    verdict: Verdict
    facts: Facts
    match: Match
    filing: Filing
    known: bool
    customer_right: bool

    @property
    def type_right(self) -> bool:
        return self.verdict.code == self.paper.wording.kind

    @property
    def wrong_if_filed(self) -> bool:
        return not self.type_right or not self.customer_right


def read_all(half: str, seed: int, count: int, damage: Damage, *, headless: bool = False) -> Iterator[Read]:
    """So many papers of a half, each read; customers of the world's last fifth are unknown."""
    register, dice = Register(world(seed).known), dice_of(f"reading-{half}-{seed}")
    for paper in papers(half, seed, count):
        yield read(beheaded(paper) if headless else paper, register, dice, damage)


def recognise_all(half: str, seed: int, count: int, worst: Path | None = None) -> Iterator[Read]:
    """So many papers drawn as scans and read by the usual engine, seconds a page; the bad ones kept to look at."""
    register, engine = Register(world(seed).known), open_ocr("rapidocr")
    for number, paper in enumerate(papers(half, seed, count)):
        pages = pictures(paper, dice_of(f"pictures-{half}-{seed}-{number}"))
        read = understood(paper, recognised(pages, engine), register)
        if worst and amiss(read):
            keep(worst, number, pages, read)
        yield read


def amiss(read: Read) -> list[str]:
    """What is wrong with what was made of a paper."""
    total = Score()
    total.add(read)
    return total.misses


def keep(folder: Path, number: int, pages: Sequence[Drawn], read: Read) -> None:
    """The paper's pictures with what was read and what was missed beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{number:04d}-{read.paper.wording.kind}-{read.paper.wording.family}"
    for page, drawn in enumerate(pages, 1):
        drawn.image.save(folder / f"{name}-{page}.png")
    said = [sheet.text for sheet in read.pages]
    (folder / f"{name}.txt").write_text("\n".join([*amiss(read), "----", *said]), encoding="utf-8")


def read(paper: Paper, register: Register, dice: random.Random, damage: Damage) -> Read:
    """A paper as it is read with some damage, and what is made of it."""
    return understood(paper, sheets(paper, dice, damage), register)


def understood(paper: Paper, pages: Sequence[Sheet], register: Register) -> Read:
    """The walk of pipeline.py without bytes."""
    pages = numbered(pages)
    verdict = classify(pages)
    facts = extract(pages, verdict.code, OWN)
    match = match_customer(facts, verdict.code, register, OWN)
    filing = decide_filing(pages, verdict, facts, match, FilingPolicy(), [])
    known = register.id_of(paper.customer)
    return Read(paper, pages, verdict, facts, match, filing, known is not None, match.customer_id == known)


def same(name: str, got: str, want: str) -> bool:
    """Whether a field is right, as score.py compares: blanks and width do not count, amounts are numbers."""
    if name == "amount":
        return bool(got) and math.isclose(float(got), float(want), abs_tol=0.005)
    return _folded(got) == _folded(want)


def _folded(text: str) -> str:
    return "".join(simplified(unicodedata.normalize("NFKC", text)).split()).replace("·", "").lower()


def interval(right: int, of: int) -> tuple[float, float]:
    """Wilson's interval at 95 %."""
    if not of:
        return 0.0, 1.0
    z, share = 1.96, right / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    width = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return max(0.0, middle - width), min(1.0, middle + width)


@dataclass
class Score:
    """Counts over a set of papers."""

    types: Counter[bool] = field(default_factory=Counter)
    fields: Counter[bool] = field(default_factory=Counter)
    by_field: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    by_kind: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    filed: int = 0
    filed_wrong: int = 0
    known: int = 0
    known_filed: int = 0
    unknown_filed: int = 0
    misses: list[str] = field(default_factory=list)

    def add(self, one: Read) -> None:
        kind = one.paper.wording.kind
        self.types[one.type_right] += 1
        self.by_kind[kind]["papers"] += 1
        self.by_kind[kind]["type"] += one.type_right
        if not one.type_right:
            self.misses.append(f"{kind}/{one.paper.wording.family}: type {one.verdict}")
        for name, want in one.paper.fields.items():
            self._field(one, name, want)
        self._filing(one, kind)

    def _field(self, one: Read, name: str, want: str) -> None:
        got = one.facts.value(name)
        right = same(name, got, want)
        self.fields[right] += 1
        self.by_field[name]["right" if right else "wrong" if got else "missing"] += 1
        self.by_kind[one.paper.wording.kind]["fields"] += 1
        self.by_kind[one.paper.wording.kind]["fields right"] += right
        if not right and one.type_right:
            because = one.facts.fields[name].because if got else ""
            head = f"{one.paper.wording.kind}/{one.paper.wording.family}"
            self.misses.append(f"{head}: {name} {got!r} for {want!r} {because}")

    def _filing(self, one: Read, kind: str) -> None:
        self.known += one.known
        self.by_kind[kind]["known"] += one.known
        if one.known and not one.filing.filed:
            why = ", ".join(sorted(set(one.filing.review)))
            self.misses.append(f"{kind}/{one.paper.wording.family}: held {why}")
        if one.filing.filed:
            self.filed += 1
            self.filed_wrong += one.wrong_if_filed
            self.known_filed += one.known
            self.unknown_filed += not one.known
            self.by_kind[kind]["filed"] += one.known
            self.by_kind[kind]["filed wrong"] += one.wrong_if_filed
            if one.wrong_if_filed:
                self.misses.append(f"{kind}/{one.paper.wording.family}: FILED WRONG {one.verdict} {one.match}")


def score(reads: Iterable[Read]) -> Score:
    """Everything counted."""
    total = Score()
    for one in reads:
        total.add(one)
    return total


def table(total: Score) -> str:
    """The counts with their intervals, and a row for each type."""
    rows = [
        _share("types right", total.types[True], total.types.total()),
        _share("fields right", total.fields[True], total.fields.total()),
        _share("known customers' papers filed", total.known_filed, total.known),
        _share("wrong among filed", total.filed_wrong, total.filed),
        f"unknown customers' papers filed: {total.unknown_filed}",
    ]
    for kind, seen in sorted(total.by_kind.items()):
        fields, filed = f"{seen['fields right']}/{seen['fields']}", f"{seen['filed']}/{seen['known']}"
        rows.append(
            f"{kind:22} types {seen['type']}/{seen['papers']:<4} fields {fields:10} filed {filed:8}"
            f" wrong {seen['filed wrong']}"
        )
    rows += [f"{name:14} {dict(seen)}" for name, seen in sorted(total.by_field.items())]
    return "\n".join(rows)


def _share(what: str, right: int, of: int) -> str:
    low, high = interval(right, of)
    return f"{what}: {right}/{of} = {right / max(1, of):.2%} ({low:.2%} to {high:.2%})"


def reliability(reads: Sequence[Read], steps: Sequence[float] = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)) -> str:
    """Of the papers whose type was called so sure, how many were right."""
    rows, low = ["sure from    to      papers  mean sure  right"], 0.0
    for high in steps:
        inside = [one for one in reads if low <= one.verdict.confidence < high]
        if inside:
            mean = sum(one.verdict.confidence for one in inside) / len(inside)
            right = sum(one.type_right for one in inside)
            rows.append(f"{low:9.2f} {high:5.2f} {len(inside):11} {mean:10.3f}  {_share('', right, len(inside))[2:]}")
        low = high
    return "\n".join(rows)


def curve(reads: Sequence[Read]) -> str:
    """Share filed without a person and errors among them, as the thresholds of type and customer rise together."""
    rows = ["at least  known filed      wrong among filed"]
    for least in (0.3, 0.5, 0.65, 0.75, 0.9, 0.94, 0.97):
        policy = FilingPolicy(type_at_least=least, customer_at_least=least)
        decided = [(one, decide_filing(one.pages, one.verdict, one.facts, one.match, policy, [])) for one in reads]
        filed = [one for one, decision in decided if decision.filed]
        known = sum(one.known for one in reads)
        wrong = _share("", sum(one.wrong_if_filed for one in filed), len(filed))[2:]
        rows.append(f"{least:8.2f}  {sum(one.known for one in filed)}/{known:<10} {wrong}")
    return "\n".join(rows)


def usual_count(half: str) -> int:
    """How many papers of a set are drawn unless said."""
    return 3 * sum(one.half == half for one in wordings()) if half in BLIND else 700


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=SETS, default=UNSEEN[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=None)
    parser.add_argument("--damage", choices=list(DAMAGES), default="usual")
    parser.add_argument("--headless", action="store_true", help="the first rows of each paper are lost")
    parser.add_argument("--pictures", action="store_true", help="drawn as scans and read by the usual engine")
    parser.add_argument("--worst", type=Path, default=None, help="keep the pictures of what went wrong there")
    parser.add_argument("--misses", type=int, default=0)
    asked = parser.parse_args()
    count = asked.count or usual_count(asked.half)
    if asked.pictures:
        reads = list(recognise_all(asked.half, asked.seed, count, asked.worst))
    else:
        reads = list(read_all(asked.half, asked.seed, count, DAMAGES[asked.damage], headless=asked.headless))
    total = score(reads)
    print(table(total), reliability(reads), curve(reads), sep="\n\n")
    for miss, times in Counter(total.misses).most_common(asked.misses):
        print(times, miss)
    return 0


if __name__ == "__main__":
    sys.exit(main())
