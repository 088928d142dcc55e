"""Two sites under random harm: what is changed or gone is found, named, never served wrong, and mended or listed.

`python -m tests.bench --only offsite`: 300 flipped bits over both sites, k = 0…50 objects deleted at the second, rows
older than their objects by 100 uploads. A sample is part of the tests. What went unseen, or was served, is printed.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import select

from archive.audit import OPERATOR
from archive.backup import copy_database
from archive.contents import plain
from archive.documents import File
from archive.errors import Damaged, Fault
from archive.house import House
from archive.jobs import Job, JobState, Kind
from archive.reconcile import reconcile
from archive.repair import repair
from archive.site_verification import verify_at
from archive.stores.port import NoSuchObject
from archive.verification import Fault as Wrong
from archive.verification import Finding
from tests.bench.figures import Figure
from tests.houses import PNG, Home, embedded, home_of
from tests.sites import add_folder, copy_all
from workers.runner import run
from workers.tools import Tools

PART: Final = "offsite"
PAPERS: Final = 260
SITES: Final = ("primary", "second")

Place = tuple[str, str]
"""A site, and a document of which it has the original."""


def measure(flipped: int = 300, most: int = 50, uploads: int = 100) -> list[Figure]:
    """All three; the figures count what went wrong."""
    done: list[tuple[str, Callable[[Path], list[str]]]] = [
        (f"{flipped} flipped bits over both sites: unseen, served or not mended (F24)", lambda at: flips(at, flipped)),
        (f"0…{most} objects gone at one site: misnamed (F25)", lambda at: deletions(at, range(most + 1))),
        (f"rows older by {uploads} uploads: unlisted or erased (F20)", lambda at: older_rows(at, uploads)),
    ]
    figures = []
    for what, harm in done:
        with tempfile.TemporaryDirectory() as folder:
            failed = harm(Path(folder))
        print("\n".join(failed), file=sys.stderr)
        figures.append(Figure(PART, what, len(failed), "", ceiling=0))
    return figures


@contextmanager
def _two(at: Path, papers: int, dice: random.Random) -> Iterator[tuple[Home, dict[Place, Path]]]:
    """Papers of one to four chunks at two sites, and where the bytes of each lie."""
    with embedded(at / "data") as home:
        add_folder(home.house, "second", at / "second")
        for number in range(papers):
            home.put(PNG + b"%d" % number + dice.randbytes(dice.choice((300, 70_000, 200_000))))
        copy_all(home.house, "second")
        roots = {"primary": at / "data" / "objects", "second": at / "second"}
        yield (
            home,
            {
                (site, path.parent.name): path
                for site, root in roots.items()
                for path in sorted((root / "records").rglob("*@*"))
                if path.is_file()
            },
        )


def flips(at: Path, count: int, papers: int = PAPERS, seed: int = 24) -> list[str]:
    """So many objects with one bit flipped; what went unseen, was served wrong, or stayed wrong though one was good."""
    dice = random.Random(seed)  # noqa: S311 - dice, no secret
    with _two(at, papers, dice) as (home, places):
        house, wrong = home.house, set(dice.sample(sorted(places), count))
        whole = {document: _read(home, document) for _, document in places}
        for place in wrong:
            _flip(places[place], dice)
        failed = _differing(
            {place for finding in _found(house) for place in [(finding.site, finding.document_id)]}, wrong
        )
        hopeless = {document for _, document in wrong if all((site, document) in wrong for site in SITES)}
        for document, body in whole.items():
            failed += _served(home, document, None if document in hopeless else body)
        _work_off(house)
        for finding in _found(house):  # what no reader came to, as `anjuan verify --repair` mends it
            repair(house, OPERATOR, finding)
        left = {(finding.site, finding.document_id) for finding in _found(house)}
        failed += _differing(left, {place for place in wrong if place[1] in hopeless})
        listed = {job.args["document_id"] for job in _repairs(house) if job.state == JobState.QUARANTINED}
        return failed + _differing({("", one) for one in listed}, {("", one) for one in hopeless})


def _flip(path: Path, dice: random.Random) -> None:
    body = bytearray(path.read_bytes())
    bit = dice.randrange(len(body) * 8)
    body[bit // 8] ^= 1 << bit % 8
    path.chmod(0o644)
    path.write_bytes(body)


def _found(house: House, *, full: bool = True, sites: Sequence[str] = SITES) -> list[Finding]:
    return [seen.finding for site in sites for seen in verify_at(house, site, full=full) if seen.finding]


def _read(home: Home, document: str) -> bytes:
    with home.house.database.reading() as session:
        file = session.scalars(select(File).where(File.document_id == document)).one()
    return b"".join(plain(home.house, home.officer, home.house.vault.key(document), file))


def _served(home: Home, document: str, body: bytes | None) -> list[str]:
    """A reader gets the very bytes, or none where no site has them."""
    try:
        read = _read(home, document)
    except (Damaged, NoSuchObject):
        return [] if body is None else [f"{document}: refused, though a site has it"]
    return [] if read == body else [f"{document}: served wrong"]


def _repairs(house: House) -> list[Job]:
    with house.database.reading() as session:
        return list(session.scalars(select(Job).where(Job.kind == Kind.REPAIR_COPY.value)))


def _work_off(house: House) -> None:
    for job in _repairs(house):
        run(Tools(house), job.id)


def _differing(seen: set[Place], true: set[Place]) -> list[str]:
    return [
        *(f"{one}: not named" for one in sorted(true - seen)),
        *(f"{one}: falsely named" for one in sorted(seen - true)),
    ]


def deletions(at: Path, counts: Sequence[int], papers: int = 60, seed: int = 25) -> list[str]:
    """For each count so many objects gone at the second site; those not named, or named falsely."""
    dice, failed = random.Random(seed), []  # noqa: S311 - as above
    with _two(at, papers, dice) as (home, places):
        there = sorted(place for place in places if place[0] == "second")
        for count in counts:
            gone = dice.sample(there, count)
            for place in gone:
                places[place].rename(at / place[1])
            seen = {(one.site, one.document_id) for one in _found(home.house, full=False) if one.fault is Wrong.MISSING}
            failed += [f"{count} gone: {line}" for line in _differing(seen, set(gone))]
            for place in gone:
                (at / place[1]).rename(places[place])
    return failed


def older_rows(at: Path, uploads: int) -> list[str]:
    """Rows set back to before so many uploads; objects that are not listed then, or that reconciliation erased."""
    rows, kept = at / "data" / "rows", at / "kept.sqlite"
    with embedded(at / "data") as home:
        before = home.put(PNG + b"before").id
        copy_database(home.house.settings.rows_url, kept)
        after = {home.put(PNG + b"%d" % number).id for number in range(uploads)}
    shutil.rmtree(rows)
    rows.mkdir(mode=0o700)
    shutil.copy(kept, rows / "anjuan.sqlite")
    with home_of({"DATA": str(at / "data")}) as home:
        erased = reconcile(home.house, grace=timedelta(0)).erased
        listed = {finding.document_id for finding in _found(home.house, full=True, sites=["primary"])}
        failed = [f"{erased} were erased"] if erased else []
        try:
            _read(home, before)
        except Fault as fault:
            failed.append(str(fault))
    return failed + _differing({("", one) for one in listed}, {("", one) for one in after})
