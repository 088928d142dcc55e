"""Who may watch a destruction (监销): two different active people, cleared for every paper of the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.errors import Invalid
from archive.people import Person, humans
from retention.disposal import DestructionBatch
from retention.sight import cleared_people, highest_level

SUPERVISORS: Final = 2


def need_active(session: Session, people: Sequence[str]) -> None:
    """Invalid unless they are two different people whose accounts are active."""
    known = session.scalars(select(Person).where(Person.id.in_(people), Person.disabled_at.is_(None))).all()
    if len(people) != SUPERVISORS or len(known) != SUPERVISORS or len(humans(session, people)) != SUPERVISORS:
        raise Invalid(
            "Two different active people supervise a destruction.",
            code="supervisors_unusable",
            errors=[{"field": "supervisors", "code": "two_active_people"}],
        )


def need_cleared(session: Session, batch: DestructionBatch, people: Sequence[str]) -> None:
    """Invalid unless both may see the list: a supervisor puts their name under it."""
    if cleared_people(session, people, highest_level(session, batch.appraisal_id)) < set(people):
        raise Invalid(
            "Both supervisors need a clearance that reaches every paper of the batch.",
            code="supervisors_not_cleared",
            errors=[{"field": "supervisors", "code": "clearance"}],
        )
