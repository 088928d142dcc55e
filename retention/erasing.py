"""Erasing one document, group by group, each target verified before the next group: by a signed batch, or withdrawn.

The ledger is the caller's: a batch keeps it in rows for its certificate, a withdrawal plans it anew at each attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from archive.base import now
from archive.documents import Document
from archive.errors import Fault, Refusal
from archive.jobs import LostLease
from retention.disposal import TEXT_MAX, DestructionTarget
from retention.targets import (
    LAST,
    METHODS,
    OBJECTS,
    RECORDED,
    Hands,
    Kind,
    erase,
    erase_rows,
    plan,
    verifier_of,
    verify,
)

Note = Callable[[Session, Sequence[DestructionTarget]], None]


class Unfinished(Fault):
    """Some targets are not verified absent yet; the job is tried again."""

    retryable = True


def planned(session: Session, document: Document, site: str) -> list[DestructionTarget]:
    """A ledger of no batch: planned anew at each attempt, and kept in no row."""
    return [
        DestructionTarget(
            document_id=document.id, kind=kind.value, site=where, target=target, version=version,
            method=METHODS[kind], result="open",
        )
        for kind, where, target, version in plan(session, document, site)
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
) -> str:
    """Group by group, in order; the next group only once the one before is verified. Empty when all is gone.

    `note` gets each group in a commit of its own; `conclude` stands in the commit of the last.
    """
    for kinds in ((Kind.INDEX, *OBJECTS), RECORDED, LAST):
        group = [target for target in ledger if target.kind in kinds]
        if kinds is RECORDED and group:
            _erase_recorded(hands, document_id)
        problem = _first([_outcome(hands, target, kinds is not RECORDED) for target in group])
        with hands.transaction() as session:
            note(session, group)
            if kinds is LAST and not problem:
                conclude(session)
        if problem:
            return problem
    return ""


def _first(problems: Sequence[str]) -> str:
    return next((problem for problem in problems if problem), "")


def _erase_recorded(hands: Hands, document_id: str) -> None:
    with hands.transaction() as session:
        erase_rows(session, session.get_one(Document, document_id, with_for_update={"of": Document}))


def _outcome(hands: Hands, target: DestructionTarget, erasing: bool) -> str:  # noqa: FBT001 - by position, once
    """Erase and verify one target, and note both in its line; what went wrong, in words."""
    kind = Kind(target.kind)
    try:
        if erasing and kind is not Kind.INDEX:
            erase(hands, target)
        target.executed_at = now()
        gone = verify(hands, target)
    except LostLease:
        raise
    except (Fault, Refusal, OSError) as error:
        target.error = f"{type(error).__name__}: {error}"[:TEXT_MAX]
        return f"{target.target}: {target.error}"
    if not gone:
        target.error = "It is still there."
        return f"{target.target}: {target.error}"
    target.result, target.verified_at, target.verifier, target.error = "absent", now(), verifier_of(hands, kind), None
    return ""
