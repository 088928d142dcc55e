"""Erasing one document, group by group, each target verified before the next group: by a signed batch, or withdrawn.

The ledger is the caller's: a batch keeps it in rows for its certificate, a withdrawal plans it anew at each attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from archive.base import now
from archive.documents import Document
from archive.errors import Away, Fault, Refusal
from archive.jobs import LostLease
from retention.disposal import TEXT_MAX, DestructionTarget
from retention.objects import SiteAway
from retention.targets import (
    LAST,
    METHODS,
    OBJECTS,
    RECORDED,
    Hands,
    Kind,
    erase,
    erase_rows,
    is_elsewhere,
    plan,
    verifier_of,
    verify,
)

Note = Callable[[Session, Sequence[DestructionTarget]], None]


class Unfinished(Fault):
    """Some targets are not verified absent yet; the job is tried again."""

    retryable = True


class StillRead(Away):
    """A reader has the document open, or a copier, and may yet put something: erasing waits for its end."""


@dataclass(frozen=True, slots=True)
class Left:
    """What did not go, in words; `site` names one beside the primary, for which nothing else waited."""

    why: str
    site: str = ""


def need_none(left: Left | None) -> None:
    """Unfinished while something is left; SiteAway, which counts as no attempt, when only another site keeps it."""
    if left:
        raise SiteAway(left.why) if left.site else Unfinished(left.why)


def planned(session: Session, document: Document) -> list[DestructionTarget]:
    """A ledger of no batch: planned anew at each attempt, and kept in no row."""
    return [
        DestructionTarget(
            document_id=document.id, kind=kind.value, site=where, target=target, version=version,
            method=METHODS[kind], result="open",
        )
        for kind, where, target, version in plan(session, document)
    ]  # fmt: skip


def no_ledger(session: Session, group: Sequence[DestructionTarget]) -> None:
    """For who keeps no ledger: what was verified stands in the last log entry."""
    del session, group


def erase_document(
    hands: Hands,
    document_id: str,
    ledger: Sequence[DestructionTarget],
    note: Note,
    conclude: Callable[[Session], None],
) -> Left | None:
    """Group by group, in order; the next group only once the one before is verified. None when all is gone.

    What another site keeps holds up no group: the key goes, and what is left there can be opened by nobody. `note` gets
    each group in a commit of its own; `conclude` stands in the commit of the last, once nothing is left anywhere.
    """
    elsewhere: list[Left] = []
    for kinds in ((Kind.INDEX, *OBJECTS), RECORDED, LAST):
        group = [target for target in ledger if target.kind in kinds]
        if kinds is RECORDED and group:
            _erase_recorded(hands, document_id)
        left = [problem for target in group if (problem := _outcome(hands, target, kinds is not RECORDED))]
        elsewhere += [problem for problem in left if problem.site]
        here = next((problem for problem in left if not problem.site), None)
        with hands.transaction() as session:
            note(session, group)
            if kinds is LAST and not left and not elsewhere:
                conclude(session)
        if here:
            return here
    return next(iter(elsewhere), None)


def _erase_recorded(hands: Hands, document_id: str) -> None:
    with hands.transaction() as session:
        erase_rows(session, session.get_one(Document, document_id, with_for_update={"of": Document}))


def _outcome(hands: Hands, target: DestructionTarget, erasing: bool) -> Left | None:  # noqa: FBT001 - by position, once
    """Erase and verify one target, and note both in its line; what went wrong, if anything."""
    kind = Kind(target.kind)
    try:
        if erasing and kind is not Kind.INDEX:
            erase(hands, target)
        target.executed_at = now()
        gone = verify(hands, target)
    except LostLease:
        raise
    except (Fault, Refusal, OSError) as error:
        return _left(target, f"{type(error).__name__}: {error}")
    if not gone:
        return _left(target, "It is still there.")
    target.result, target.verified_at, target.verifier, target.error = "absent", now(), verifier_of(hands, kind), None
    return None


def _left(target: DestructionTarget, why: str) -> Left:
    target.error = why[:TEXT_MAX]
    return Left(f"{target.target}: {target.error}", target.site if is_elsewhere(target) else "")
