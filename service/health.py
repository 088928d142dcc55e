"""What is configured, reachable and missing: for `anjuan check`, `/readyz` and the administrator's page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import text

from archive.attendance import at_work
from archive.database import Schema, newest_revision
from archive.drills import last_good, overdue
from archive.house import House
from archive.log import began
from archive.queues import Queue
from archive.reigns import OUT, out_of, present
from archive.stores.port import Bucket
from indexes.port import SearchEngine, State
from service.disks import objects_folder, writable
from service.sites import Sites

SITE_LATE: Final = 3600.0
"""Seconds for which a site may lack an object before that is told of as late."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an installation. `needed`: without it nothing can be taken in or given out."""

    name: str
    ok: bool
    detail: str
    needed: bool = True
    warns: bool = False

    @property
    def standing(self) -> str:
        """In a word: ok, warn (it works, and something is to be done) or missing."""
        return "missing" if not self.ok else "warn" if self.warns else "ok"


def parts(house: House, engine: SearchEngine, sites: Sites) -> Iterator[Part]:
    """Every part that the service itself stands on, asked now."""
    yield asked("database", lambda: _database(house))
    yield asked("schema", lambda: _schema(house))
    yield _keys(house)
    yield asked("store", lambda: _store(house))
    yield search(engine)
    yield _workers(house)
    yield from _reign(house)
    yield from _sites(sites)
    yield from _drills(house)


def _reign(house: House) -> Iterator[Part]:
    """Whether this copy is the one that counts; another one is read and not written."""
    try:
        with house.database.reading() as session:
            held = present(session)
    except Exception:  # noqa: BLE001 - as above
        return
    code = out_of(held)
    yield Part("reign", not code, OUT.get(code, f"reign {held.number}"), needed=False)


def _sites(sites: Sites) -> Iterator[Part]:
    """Each site beside the primary as its last copying found it, and whether it answers now; work goes on without."""
    try:
        found = sites.seen()
    except Exception:  # noqa: BLE001 - said by the database's own part
        return
    for one in found:
        figures, well = one.figures, one.figures.away_since is None and one.well
        late = figures.lag >= SITE_LATE or figures.failed > 0 or figures.set_late
        yield Part(f"site {figures.name}", well, one.in_words, needed=False, warns=late)


def _drills(house: House) -> Iterator[Part]:
    """Whether a restore was rehearsed lately, with nothing wrong."""
    every = house.settings.drill_every_days
    try:
        with house.database.reading() as session:
            last, begun = last_good(session), began(session)
    except Exception:  # noqa: BLE001 - as above
        return
    detail = f"the last that passed: {last:%Y-%m-%d}" if last else "none has passed yet"
    yield Part("drill", ok=True, detail=f"{detail}: anjuan drill", needed=False, warns=overdue(last, begun, every))


def _workers(house: House) -> Part:
    """Whether each queue is served; what comes in meanwhile is kept, and done once somebody is there."""
    try:
        with house.database.reading() as session:
            found = at_work(session).by_queue
    except Exception as error:  # noqa: BLE001 - as above
        return Part("crew", ok=False, detail=in_a_line(error), needed=False)
    told = ", ".join(f"{queue}: {found[queue]}" for queue in Queue)
    return Part("crew", ok=all(found[queue] for queue in Queue), detail=told, needed=False)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Dead (`away`: needed parts), degraded (papers come in, and something does not go on), or well."""

    away: tuple[str, ...]
    degraded: tuple[str, ...]

    @property
    def status(self) -> str:
        """In a word: away, degraded or ready."""
        return "away" if self.away else "degraded" if self.degraded else "ready"


def readiness(found: Iterable[Part]) -> Readiness:
    """What keeps from working, and what is missing beside it."""
    missing = [part for part in found if not part.ok]
    away = tuple(part.name for part in missing if part.needed)
    return Readiness(away, tuple(part.name for part in missing if not part.needed))


def asked(name: str, ask: Callable[[], str], *, needed: bool = True) -> Part:
    """A part by what asking it says; whatever it raises is why it does not work, and the others are still asked."""
    try:
        return Part(name, ok=True, detail=ask(), needed=needed)
    except Exception as error:  # noqa: BLE001 - as above
        return Part(name, ok=False, detail=in_a_line(error), needed=needed)


def in_a_line(error: Exception) -> str:
    """What went wrong, by kind and first line: libraries add addresses of their manuals below."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"[:300]


def _database(house: House) -> str:
    with house.database.reading() as session:
        session.execute(text("SELECT 1"))
    return house.database.engine.dialect.name


def _schema(house: House) -> str:
    found = house.database.schema()
    if found is not Schema.CURRENT:
        raise (
            house.database.mismatch(found)
            if found is not Schema.EMPTY
            else RuntimeError("there is none yet: «anjuan serve» makes it")
        )
    return newest_revision()


def _keys(house: House) -> Part:
    """The key vault, with a standing warning until the master key lies in a safe too."""
    part = asked("keys", lambda: house.vault.blind("health", "") and "exported")
    if part.ok and not house.vault.exported():
        return replace(part, detail="the master key was not exported yet: anjuan keys export", warns=True)
    return part


def _store(house: House) -> str:
    house.site.stat(Bucket.RECORDS, "health")
    if folder := objects_folder(house.settings):
        writable(folder)
    return house.settings.objects_url.partition("://")[0]


def search(engine: SearchEngine) -> Part:
    """The search engine; documents can be taken in and read without it (F26)."""
    seen = engine.health()
    ok = seen.state in {State.READY, State.MISSING}
    return Part("search", ok, seen.advice or f"{seen.state}: {seen.documents} documents", needed=False)
