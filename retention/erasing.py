"""Erasing documents, group by group, each target verified before the next group: by a signed batch, or withdrawn.

The ledger is the caller's: a batch keeps it in rows for its certificate, a withdrawal plans it anew at each attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.base import now
from archive.documents import Document
from archive.errors import Away, Fault, Refusal
from archive.jobs import LostLease
from retention.content import erase_rows
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
    erase_keys,
    is_elsewhere,
    plan,
    standing,
    verifier_of,
    verify,
)

AT_ONCE: Final = 8
"""Documents whose objects are asked for side by side: a store's or a disk's answer is waited for most of the time."""

Note = Callable[[Session, Sequence[DestructionTarget]], None]
Conclude = Callable[[Session, Sequence[str]], None]
OF_STORES: Final = (Kind.INDEX, *OBJECTS)
Groups: TypeAlias = Mapping[str, Sequence[DestructionTarget]]
"""Targets by document."""


class Unfinished(Fault):
    """Some targets are not verified absent yet; the job is tried again."""

    retryable = True


class StillRead(Away):
    """A reader has the document open, or a copier, and may yet put something: erasing waits for its end."""


@dataclass(frozen=True, slots=True)
class Left:
    """What did not go, in words; `site` names one beside the primary, for which nothing else waited."""

    document_id: str
    why: str
    site: str = ""


def need_none(left: Sequence[Left]) -> None:
    """Unfinished while something is left; SiteAway, which counts as no attempt, when only another site keeps it."""
    if left:
        raise SiteAway(left[0].why) if left[0].site else Unfinished(left[0].why)


def planned(session: Session, document_id: str) -> dict[str, list[DestructionTarget]]:
    """A ledger of no batch: planned anew at each attempt, and kept in no row."""
    return {
        document_id: [
            DestructionTarget(
                document_id=document_id, kind=kind.value, site=where, target=target, version=version,
                method=METHODS[kind], result="open",
            )
            for kind, where, target, version in plan(session, document_id)[document_id]
        ]
    }  # fmt: skip


def no_ledger(session: Session, group: Sequence[DestructionTarget]) -> None:
    """For who keeps no ledger: what was verified stands in the last log entry."""
    del session, group


def erase_documents(hands: Hands, ledgers: Groups, note: Note, conclude: Conclude) -> list[Left]:
    """Group by group, in order, a document's next group only once the one before is verified. What did not go.

    What another site keeps holds up no group: the key goes, and what is left there can be opened by nobody. `note` gets
    each group in a commit of its own; `conclude` stands in the commit of the last, with those of which nothing is left
    anywhere. Of a document the first that did not go is told, what the primary keeps before what another site does.
    """
    going, here, elsewhere = dict(ledgers), dict[str, Left](), dict[str, Left]()
    for kinds, work in ((OF_STORES, _erase_objects), (RECORDED, _erase_recorded), (LAST, _erase_last)):
        groups = {name: [target for target in ledger if target.kind in kinds] for name, ledger in going.items()}
        for problem in work(hands, groups):
            (elsewhere if problem.site else here).setdefault(problem.document_id, problem)
        going = {name: ledger for name, ledger in going.items() if name not in here}
        with hands.transaction() as session:
            note(session, [target for group in groups.values() for target in group])
            if kinds is LAST:
                conclude(session, [name for name in going if name not in elsewhere])
    return [*here.values(), *(problem for name, problem in elsewhere.items() if name not in here)]


def _erase_objects(hands: Hands, groups: Groups) -> list[Left]:
    """Index entries were purged before, all at once; objects go side by side, a document's own one after another."""
    left = [problem for target in _of(groups, Kind.INDEX) if (problem := _outcome(hands, target))]

    def objects(group: Sequence[DestructionTarget]) -> list[Left]:
        mine = [target for target in group if target.kind != Kind.INDEX]
        return [problem for target in mine if (problem := _outcome(hands, target))]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return left + [problem for problems in pool.map(objects, groups.values()) for problem in problems]


def _erase_recorded(hands: Hands, groups: Groups) -> list[Left]:
    waiting = [name for name, group in groups.items() if group]
    if not waiting:
        return []
    with hands.transaction() as session:
        mine = select(Document.id).where(Document.id.in_(waiting)).order_by(Document.id)
        session.execute(mine.with_for_update(of=Document))
        erase_rows(session, *waiting)
    _stamp(groups.values())
    left = list[Left]()
    for kind in RECORDED:
        targets = _of(groups, kind)
        still = standing(hands, kind, [target.document_id for target in targets]) if targets else set()
        left += [problem for target in targets if (problem := _seen(hands, target, target.document_id not in still))]
    return left


def _erase_last(hands: Hands, groups: Groups) -> list[Left]:
    left = [problem for target in _of(groups, Kind.SCRATCH) if (problem := _outcome(hands, target))]
    keys = _of(groups, Kind.KEY)
    try:
        if keys:
            erase_keys(hands, [target.document_id for target in keys])
    except (Fault, Refusal, OSError) as error:
        return left + [_left(target, f"{type(error).__name__}: {error}") for target in keys]
    _stamp([keys])
    return left + [problem for target in keys if (problem := _seen(hands, target, verify(hands, target)))]


def _stamp(groups: Iterable[Sequence[DestructionTarget]]) -> None:
    at = now()
    for group in groups:
        for target in group:
            target.executed_at = at


def _of(groups: Groups, kind: Kind) -> list[DestructionTarget]:
    return [target for group in groups.values() for target in group if target.kind == kind]


def _outcome(hands: Hands, target: DestructionTarget) -> Left | None:
    """Erase and verify one target, and note both in its line; what went wrong, if anything."""
    try:
        if target.kind != Kind.INDEX:
            erase(hands, target)
        target.executed_at = now()
        gone = verify(hands, target)
    except LostLease:
        raise
    except (Fault, Refusal, OSError) as error:
        return _left(target, f"{type(error).__name__}: {error}")
    return _seen(hands, target, gone)


def _seen(hands: Hands, target: DestructionTarget, gone: bool) -> Left | None:  # noqa: FBT001 - by position
    if not gone:
        return _left(target, "It is still there.")
    target.result, target.verified_at, target.verifier, target.error = (
        "absent", now(), verifier_of(hands, Kind(target.kind)), None,
    )  # fmt: skip
    return None


def _left(target: DestructionTarget, why: str) -> Left:
    target.error = why[:TEXT_MAX]
    return Left(target.document_id, f"{target.target}: {target.error}", target.site if is_elsewhere(target) else "")
