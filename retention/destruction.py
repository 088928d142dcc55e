"""Destruction: begun by one person, done by the destroying worker, target by target, each verified (R22, R24, R25).

    begin       roles, signatures, holds, list → executing, certificate number reserved, job queued         (request)
    condemn     some documents, under their row locks: everything read again → destroying, targets planned  (commit)
    erase       index and objects; rows; temporary files and keys; after each group the ledger              (commits)
    conclude    all verified → the stubs stay                                                               (commit)

A crash at any point is followed by the same steps: what is verified stays so, everything else is done again. Bytes are
erased only after the commit that condemns them. A hold that comes before that commit keeps its document.

A site beside the primary that is away keeps no other target waiting. The batch is then partial and names it, and is
finished by itself once it is back: what was condemned, and nothing that was not.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from archive.access import Actor
from archive.audit import DESTROYER, Act, record, record_each
from archive.base import now, today
from archive.codes import next_number
from archive.documents import Document
from archive.errors import Conflict, Forbidden
from archive.house import House
from archive.jobs import OPEN, Claim, Job, JobState, day_of, enqueue
from archive.jobs import Kind as JobKind
from archive.people import humans
from archive.rights import Right
from archive.sites import PRIMARY
from retention.approval import need_other_people, need_signatures, who_did
from retention.batches import (
    need_disposable,
    need_unchanged,
    pending_parts,
    settle_appraisal,
    state_of,
    the_batch,
)
from retention.condemning import condemn
from retention.content import leave_stub
from retention.disposal import (
    OPEN_ITEMS,
    TEXT_MAX,
    BatchItem,
    BatchState,
    DestructionBatch,
    DestructionTarget,
    ItemState,
    Supervisor,
)
from retention.erasing import Left, Unfinished, erase_documents
from retention.manifest import manifest_of
from retention.objects import SiteAway, need_site
from retention.recheck import plan_rechecks
from retention.targets import (
    OBJECTS,
    Hands,
    Purger,
)
from retention.watchers import need_active, need_cleared

SUPERVISORS: Final = 2
MERGED: Final = 1000
"""Documents whose index entries go at once: each time their neighbours in the index are written anew."""
TOGETHER: Final = 50
"""Documents that are condemned and erased together: so many row locks are held at once, for moments."""
SOON: Final = timedelta(seconds=5)


# The request


def begin(
    session: Session, actor: Actor, *, batch_id: str, supervisors: Sequence[str], zone: ZoneInfo
) -> DestructionBatch:
    """Start the execution of a signed batch, or go on with a partial one.

    Forbidden when one person plays two parts; StepUpRequired; Invalid unless two active people supervise who
    may see the list; Conflict without its signatures, in the cooling period, or when a document is held, not due, or
    changed.
    """
    actor.need(Right.RECORDS)
    batch = the_batch(session, actor, batch_id, lock=True)
    need_other_people(session, batch, [actor.id], "execute")
    actor.need_fresh(now())
    watching = list(dict.fromkeys(supervisors))
    need_other_people(session, batch, watching, "supervise")
    if humans(session, [actor.id, *who_did(session, batch, Act.BATCH_BEGUN)]) & humans(session, watching):
        raise Forbidden("Who executes a destruction cannot supervise it.", code="two_parts")
    paper = [row.person_id for row in batch.paper_supervisors]
    if humans(session, [actor.id, *watching]) & humans(session, paper):
        raise Forbidden("The paper's supervisors have no other part in the batch.", code="two_parts")
    need_active(session, watching)
    need_cleared(session, batch, watching)
    _need_ready(session, batch, zone)
    _number(session, batch, actor, watching, zone)
    _end_finishing(session, batch.id)
    enqueue(session, JobKind.EXECUTE_BATCH, batch.id, key=f"execute:{batch.id}:{batch.rounds}", priority=9)
    told = {"certificate_no": batch.certificate_no, "supervisors": watching, "round": batch.rounds}
    record(session, actor, Act.BATCH_BEGUN, batch.id, detail=told)
    session.flush()
    return batch


def _end_finishing(session: Session, batch_id: str) -> None:
    """A run that waits for a site gives way: its fence is raised, so that it keeps nothing any more."""
    mine = (Job.subject == batch_id) & (Job.kind == JobKind.FINISH_BATCH.value) & Job.state.in_(OPEN)
    over = {"state": JobState.CANCELLED.value, "fence": Job.fence + 1, "lease_until": None}
    session.execute(update(Job).where(mine).values(**over))


def _need_ready(session: Session, batch: DestructionBatch, zone: ZoneInfo) -> None:
    state = state_of(batch, now())
    if state is BatchState.PROPOSED:
        raise Conflict(f"{batch.quorum} approvers must sign this batch first.", code="signatures_missing")
    if state is BatchState.COOLING:
        raise Conflict(f"The batch cools until {batch.cooling_until}.", code="cooling", until=str(batch.cooling_until))
    if state not in {BatchState.APPROVED, BatchState.PARTIAL}:
        raise Conflict(f"This batch is {state}.", code="batch_begun")
    need_signatures(session, batch)
    for part in pending_parts(session, batch.id):
        ids = [item.document_id for item in part]
        documents = session.scalars(select(Document).where(Document.id.in_(ids))).all()
        need_disposable(session, documents, day_of(session, zone))
    need_unchanged(session, batch, zone)


def _number(session: Session, batch: DestructionBatch, actor: Actor, watching: Sequence[str], zone: ZoneInfo) -> None:
    """Reserve the certificate's number now, so that a batch that stays partial can name it."""
    if batch.certificate_no is None:
        year = today(zone).year
        batch.certificate_no = f"XH-{year}-{next_number(session, f'certificate/{year}'):04d}"
        batch.begun_at = now()
    batch.state, batch.executor_id, batch.rounds, batch.error = (
        BatchState.EXECUTING.value, actor.id, batch.rounds + 1, None,
    )  # fmt: skip
    batch.supervisors.clear()
    session.flush()
    batch.supervisors += [Supervisor(batch_id=batch.id, person_id=p, ordinal=n) for n, p in enumerate(watching)]


# The worker


def execute(house: House, purger: Purger, claim: Claim) -> None:
    """Do a batch, from wherever an earlier run left it. Unfinished (to be tried again) while a target is open.

    Documents that are held or changed are passed over: the batch is then partial, and can be executed again.
    """
    hands = Hands(house, purger, claim)
    with hands.transaction() as session:
        batch = session.get_one(DestructionBatch, claim.subject, with_for_update=True)
        if batch.state != BatchState.EXECUTING:
            return
        need_signatures(session, batch)
        _need_whole_list(session, batch)
    after, left = 0, list[Left]()
    while chunk := _next_items(hands, claim.subject, after, OPEN_ITEMS):
        after = chunk[-1][0]
        parts = _parts([document_id for _, document_id in chunk])
        condemned = [document_id for part in parts for document_id in condemn(hands, claim.subject, part)]
        left += _erase_all(hands, claim.subject, condemned)
    _need_rest_elsewhere(left)
    _close(hands, claim.subject, left)


def _need_rest_elsewhere(left: Sequence[Left]) -> None:
    """Unfinished, to be tried again, while something is left where the batch must not end without it."""
    if here := [problem.why for problem in left if not problem.site]:
        raise Unfinished("; ".join(here[:5]))


def finish_elsewhere(house: House, purger: Purger, claim: Claim) -> None:
    """Erase what other sites kept of a partial batch's condemned documents. SiteAway until they are back."""
    hands = Hands(house, purger, claim)
    with house.database.reading() as session:
        if session.get_one(DestructionBatch, claim.subject).state != BatchState.PARTIAL:
            return
        waiting = _sites_left(session, claim.subject)
    for site in waiting:
        need_site(house, site)
    after, left = 0, list[Left]()
    while chunk := _next_items(hands, claim.subject, after, (ItemState.CONDEMNED.value,)):
        after = chunk[-1][0]
        left += _erase_all(hands, claim.subject, [document_id for _, document_id in chunk])
    _need_rest_elsewhere(left)
    if left:
        raise SiteAway(left[0].why)
    _close(hands, claim.subject, left)


def _sites_left(session: Session, batch_id: str) -> list[str]:
    open_lines = (DestructionTarget.batch_id == batch_id) & DestructionTarget.verified_at.is_(None)
    asked = select(DestructionTarget.site).where(open_lines, DestructionTarget.kind.in_(OBJECTS)).distinct()
    return sorted(set(session.scalars(asked)) - {PRIMARY})


def _need_whole_list(session: Session, batch: DestructionBatch) -> None:
    lines = session.scalars(
        select(BatchItem.line)
        .where(BatchItem.batch_id == batch.id, BatchItem.state != ItemState.RELEASED.value)
        .order_by(BatchItem.ordinal)
    )
    fonds = json.loads(batch.manifest)["fonds"]
    if manifest_of(batch, fonds, lines) != (batch.manifest, batch.manifest_sha256):
        raise Conflict("The list is not the one that was signed.", code="manifest_changed")


def _next_items(hands: Hands, batch_id: str, after: int, states: Collection[str]) -> list[tuple[int, str]]:
    with hands.house.database.reading() as session:
        rows = session.execute(
            select(BatchItem.ordinal, BatchItem.document_id)
            .where(BatchItem.batch_id == batch_id, BatchItem.ordinal > after)
            .where(BatchItem.state.in_(states))
            .order_by(BatchItem.ordinal)
            .limit(MERGED)
        )
        return [(row.ordinal, row.document_id) for row in rows]


def _erase_all(hands: Hands, batch_id: str, document_ids: Sequence[str]) -> list[Left]:
    """Everything of these documents; what did not go."""
    left, conclude = list[Left](), partial(_conclude, batch_id=batch_id)
    if document_ids:
        hands.purger.purge(*document_ids)
    for part in _parts(document_ids):
        left += erase_documents(hands, _ledgers(hands, batch_id, part), _note, conclude)
    return left


def _parts(document_ids: Sequence[str]) -> list[Sequence[str]]:
    return [document_ids[start : start + TOGETHER] for start in range(0, len(document_ids), TOGETHER)]


def _ledgers(hands: Hands, batch_id: str, document_ids: Sequence[str]) -> dict[str, list[DestructionTarget]]:
    found: dict[str, list[DestructionTarget]] = {document_id: [] for document_id in document_ids}
    with hands.house.database.reading() as session:
        rows = session.scalars(
            select(DestructionTarget)
            .where(DestructionTarget.batch_id == batch_id, DestructionTarget.document_id.in_(document_ids))
            .where(DestructionTarget.verified_at.is_(None))
            .order_by(DestructionTarget.document_id, DestructionTarget.ordinal)
        ).all()
        session.expunge_all()
    for target in rows:
        found[target.document_id].append(target)
    return found


def _note(session: Session, group: Sequence[DestructionTarget]) -> None:
    """Write what became of these targets into the ledger."""
    names = ("batch_id", "document_id", "ordinal", "executed_at", "verified_at", "verifier", "result", "error")
    if group:
        session.execute(
            update(DestructionTarget), [{name: getattr(target, name) for name in names} for target in group]
        )


def _conclude(session: Session, document_ids: Sequence[str], batch_id: str) -> None:
    """Every target of these documents is verified absent: their stubs stay."""
    if not document_ids:
        return
    batch = session.get_one(DestructionBatch, batch_id)
    asked = select(BatchItem, Document).join(Document, Document.id == BatchItem.document_id)
    for item, document in session.execute(
        asked.where(BatchItem.batch_id == batch_id, BatchItem.document_id.in_(document_ids))
    ):
        item.state, item.destroyed_at = ItemState.DESTROYED.value, leave_stub(document)
    settle_appraisal(session, batch, document_ids)
    told = {"batch": batch_id, "certificate_no": batch.certificate_no}
    record_each(session, DESTROYER, Act.DOCUMENT_DESTROYED, document_ids, detail=told)


def _close(hands: Hands, batch_id: str, elsewhere: Sequence[Left]) -> None:
    """Executed when nothing is left; partial when documents were passed over, or a site was away."""
    with hands.transaction() as session:
        batch = session.get_one(DestructionBatch, batch_id, with_for_update=True)
        passed_over = session.execute(
            select(BatchItem.error, func.count())
            .where(BatchItem.batch_id == batch_id, BatchItem.state.in_(OPEN_ITEMS), BatchItem.error.is_not(None))
            .group_by(BatchItem.error)
        ).all()
        problems = [f"{count}: {error}" for error, count in passed_over] + [problem.why for problem in elsewhere[:5]]
        if elsewhere:
            names = ", ".join(sorted({problem.site for problem in elsewhere}))
            problems.insert(0, f"away: {names}; what is left there goes when it is back")
            key = f"finish:{batch_id}:{batch.rounds}"
            enqueue(session, JobKind.FINISH_BATCH, batch_id, key=key, priority=8, not_before=now() + SOON)
        if problems:
            _partial(session, batch, "; ".join(problems))
            return
        batch.state, batch.executed_at, batch.error = BatchState.EXECUTED.value, now(), None
        record(session, DESTROYER, Act.BATCH_EXECUTED, batch_id, detail={"certificate_no": batch.certificate_no})
        plan_rechecks(session, batch_id, batch.executed_at)


def mark_partial(session: Session, batch_id: str, error: str) -> None:
    """Attempts used up: the batch says what is missing, and can be executed again."""
    batch = session.get_one(DestructionBatch, batch_id, with_for_update=True)
    if batch.state == BatchState.EXECUTING:
        _partial(session, batch, error)


def _partial(session: Session, batch: DestructionBatch, error: str) -> None:
    batch.state, batch.error = BatchState.PARTIAL.value, error[:TEXT_MAX]
    record(session, DESTROYER, Act.BATCH_HALTED, batch.id, detail={"error": batch.error, "round": batch.rounds})
