"""What is in, what waits, what needs a person."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from archive.documents import Document
from archive.house import House
from archive.jobs import Job, JobState, depth
from archive.log import size_of
from archive.people import Person
from archive.type_models import corrected, current_id
from service.commands.opening import AsJson, show, the_house


def command(as_json: AsJson = False) -> None:
    """Print counts of documents by state, open and given-up jobs, people and log entries."""
    with the_house() as house:
        found = _counts(house)
    lines = [f"{name}: {_told(value)}" for name, value in found.items()]
    show(found, "\n".join(lines), as_json=as_json)


def _counts(house: House) -> dict[str, Any]:
    with house.database.reading() as session:
        by_state = select(Document.state, func.count()).where(
            Document.destroyed_at.is_(None), Document.withdrawn.is_(None)
        )
        given_up = select(func.count()).select_from(Job).where(Job.state == JobState.QUARANTINED.value)
        destroyed = select(func.count()).select_from(Document).where(Document.destroyed_at.is_not(None))
        return {
            "documents": {state: count for state, count in session.execute(by_state.group_by(Document.state))},  # noqa: C416 - as in archive.jobs
            "destroyed": session.scalar(destroyed),
            "pages": session.scalar(select(func.coalesce(func.sum(Document.pages_read), 0))),
            "jobs": depth(session),
            "given_up": session.scalar(given_up),
            "people": session.scalar(select(func.count()).select_from(Person)),
            "log": size_of(session),
            "types": {"model": current_id(session) or "shipped", "corrected": corrected(session)},
            "keys_exported": house.vault.exported(),
        }


def _told(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items()) or "none"
    return str(value)
