"""What is configured, reachable and missing: for `anjuan check`, `/readyz` and the administrator's page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from prometheus_client import REGISTRY, Gauge, generate_latest
from sqlalchemy import text

from archive.house import House
from archive.jobs import depth
from archive.stores.port import Bucket
from indexes.port import SearchEngine, State

JOBS = Gauge("anjuan_jobs", "Jobs by state.", ["state"])


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


def parts(house: House, engine: SearchEngine) -> Iterator[Part]:
    """Every part that the service itself stands on, asked now."""
    yield _asked("database", lambda: _database(house))
    yield _asked("schema", lambda: _schema(house))
    yield _keys(house)
    yield _asked("store", lambda: _store(house))
    yield search(engine)


def _asked(name: str, ask: Callable[[], str]) -> Part:
    try:
        return Part(name, ok=True, detail=ask())
    except Exception as error:  # noqa: BLE001 - whatever a part raises, the others are still asked
        return Part(name, ok=False, detail=in_a_line(error))


def in_a_line(error: Exception) -> str:
    """What went wrong, by kind and first line: libraries add addresses of their manuals below."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"[:300]


def _database(house: House) -> str:
    with house.database.reading() as session:
        session.execute(text("SELECT 1"))
    return house.database.engine.dialect.name


def _schema(house: House) -> str:
    current, newest = house.database.revision()
    if current != newest:
        raise RuntimeError(f"the schema is at {current}, this version needs {newest}: restart the service to migrate")
    return str(current)


def _keys(house: House) -> Part:
    """The key vault, with a standing warning until the master key lies in a safe too."""
    part = _asked("keys", lambda: house.vault.blind("health", "") and "exported")
    if part.ok and not house.vault.exported():
        return replace(part, detail="the master key was not exported yet: anjuan keys export", warns=True)
    return part


def _store(house: House) -> str:
    house.site.stat(Bucket.RECORDS, "health")
    return house.settings.objects_url.partition("://")[0]


def search(engine: SearchEngine) -> Part:
    """The search engine; documents can be taken in and read without it (F26)."""
    seen = engine.health()
    ok = seen.state in {State.READY, State.MISSING}
    return Part("search", ok, seen.advice or f"{seen.state}: {seen.documents} documents", needed=False)


def metrics(house: House) -> bytes:
    """All counters of this process, and the queues' depths as of now."""
    with house.database.reading() as session:
        for state, count in depth(session).items():
            JOBS.labels(state).set(count)
    return generate_latest(REGISTRY)
