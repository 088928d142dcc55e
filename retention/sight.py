"""Which lists of papers a person sees: an appraisal, its batches and their certificates, whole or not at all.

A list is seen by whose clearance reaches every paper that was ever on it (docs/decisions/0006). Who does not see one
paper of it sees nothing of the list, and so decides, proposes, signs and executes nothing of it (invariants 5 and 6).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import ColumnElement, false, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from archive.access import Actor
from archive.documents import Document
from archive.people import Person
from archive.rights import Confidentiality, Right, Role
from retention.disposal import Appraisal, AppraisalItem, CertificateRow, DestructionBatch

KEEPERS: Final = frozenset({Right.RECORDS, Right.APPROVE, Right.PROOFS})
"""Whose work lists are; the rights table gives them to these in all departments."""


def seen_appraisals(actor: Actor) -> ColumnElement[bool]:
    """The actor's sight as a condition on Appraisal."""
    return _whole_list(actor, Appraisal.id)


def seen_batches(actor: Actor) -> ColumnElement[bool]:
    """The actor's sight as a condition on DestructionBatch: as its appraisal, and what they were named to watch."""
    watched = DestructionBatch.supervisors.any(person_id=actor.id)
    paper = DestructionBatch.paper_supervisors.any(person_id=actor.id)
    return or_(_whole_list(actor, DestructionBatch.appraisal_id), watched, paper)


def seen_certificates(actor: Actor) -> ColumnElement[bool]:
    """The actor's sight as a condition on CertificateRow."""
    whole = _whole_list(actor, DestructionBatch.appraisal_id)
    return CertificateRow.batch_id.in_(select(DestructionBatch.id).where(whole))


def _whole_list(actor: Actor, appraisal_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    if not actor.rights & KEEPERS:
        return false()
    if Role.AUDITOR in actor.roles or actor.clearance is max(Confidentiality):
        return true()  # an auditor reads no paper, but the whole log, in which every one of them is
    above = Document.confidentiality > int(actor.clearance)
    return appraisal_id.not_in(
        select(AppraisalItem.appraisal_id).join(Document, Document.id == AppraisalItem.document_id).where(above)
    )


def highest_level(session: Session, appraisal_id: str) -> Confidentiality:
    """The level of the most confidential paper on a list: what it takes to see it."""
    on_it = select(AppraisalItem.document_id).where(AppraisalItem.appraisal_id == appraisal_id)
    highest = session.scalar(select(func.max(Document.confidentiality)).where(Document.id.in_(on_it)))
    return Confidentiality(highest or 0)


def cleared_people(session: Session, people: Collection[str], level: Confidentiality) -> set[str]:
    """Those of the people whose clearance reaches a level."""
    asked = select(Person.id).where(Person.id.in_(people), Person.clearance >= int(level))
    return set(session.scalars(asked))
