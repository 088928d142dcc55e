"""The index looked after: built anew when it cannot answer, mended where it differs from the rows (F26, F27).

Both are asked for by the scheduler and done as a job, so that uploads, reading and filing go on meanwhile; search
answers 503 while there is nothing to answer from.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.base import new_id
from archive.database import Database
from archive.documents import Document
from archive.errors import Away
from archive.jobs import OPEN, Job, Kind, enqueue
from archive.vault import Vault
from indexes.port import SearchEngine, State
from indexes.sync import NO_DRIFT, Drift, drift, mend, reindex

MANY: Final = 2_000
"""Documents from which on it is quicker to build anew than to write one by one."""

SUBJECT: Final = "index"


class Outcome(StrEnum):
    """What was done."""

    FINE = "fine"
    MENDED = "mended"
    REBUILT = "rebuilt"


@dataclass(frozen=True, slots=True)
class Tended:
    """What was found and done; `documents` are those of an index that was built anew."""

    outcome: Outcome
    drift: Drift = NO_DRIFT
    documents: int = 0


def tend(database: Database, engine: SearchEngine, vault: Vault) -> Tended:
    """Bring the index to agree with the rows. Away when the engine does not answer. Interrupted, it is begun again."""
    state = engine.health().state
    if state is State.AWAY:
        raise Away("The search engine does not answer.")
    if state is not State.READY:
        return Tended(Outcome.REBUILT, documents=reindex(database, engine, vault))
    with database.reading() as session:
        found = drift(session, engine)
    if found.none:
        return Tended(Outcome.FINE)
    if len(found.missing) + len(found.stale) > MANY:
        return Tended(Outcome.REBUILT, found, reindex(database, engine, vault))
    with database.transaction() as session:
        mend(session, engine, found)
    return Tended(Outcome.MENDED, found)


def ask_to_tend(session: Session) -> None:
    """Queue it, unless it is queued or done just now."""
    waiting = select(Job.id).where(Job.kind == Kind.TEND_INDEX.value, Job.state.in_(OPEN))
    if session.scalar(waiting.limit(1)) is None:
        enqueue(session, Kind.TEND_INDEX, SUBJECT, key=f"tend:{new_id()}")


def ailing(engine: SearchEngine) -> bool:
    """Whether the engine answers that it has no index to answer from."""
    return engine.health().state in {State.MISSING, State.DAMAGED}


def anything_indexed(database: Database) -> bool:
    """Whether the rows say that an index holds something: then one that is not there was lost, and is not new."""
    with database.reading() as session:
        return session.scalar(select(Document.id).where(Document.indexed_version > 0).limit(1)) is not None
