"""The review queue: what waits, by state and by reason, and which paper comes next to whom."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, String, cast, func, select, tuple_
from sqlalchemy.orm import Session

from archive.access import Actor, ReadableScope
from archive.documents import Document, State
from archive.intake import DUPLICATE, twinned
from archive.readable import readable
from archive.review_leases import free_for, hold

STATES: Final = (State.REVIEW, State.NEEDS_PASSWORD, State.QUARANTINED)
TRIES: Final = 50
"""How many papers that others took in the same moment are passed over before one gives up."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Which part of what waits somebody works off; no reason: all of them."""

    state: State = State.REVIEW
    reason: str = ""


def waiting(scope: ReadableScope, queue: Queue) -> ColumnElement[bool]:
    """The queue as a condition on Document, within what the reader may see."""
    held = readable(scope) & (Document.state == queue.state.value)
    held &= Document.destroyed_at.is_(None) & Document.destroying.is_(False)
    if queue.reason == DUPLICATE:
        return twinned(scope, held & _has(DUPLICATE))  # of others nobody is told that they have one
    return held & _has(queue.reason) if queue.reason else held


def _has(reason: str) -> ColumnElement[bool]:
    return cast(Document.review, String).contains(f'"{reason}"', autoescape=True)


def left_by_state(session: Session, scope: ReadableScope) -> Mapping[State, int]:
    """How many papers wait, by state."""
    return {state: _count(session, waiting(scope, Queue(state))) for state in STATES}


def left_by_reason(session: Session, scope: ReadableScope, state: State) -> Mapping[str, int]:
    """How many papers wait for each reason, the most frequent first; a paper with two reasons counts for both."""
    held = waiting(scope, Queue(state))
    counts: Counter[str] = Counter()
    written = cast(Document.review, String)
    for codes, number in session.execute(select(written, func.count()).where(held).group_by(written)):
        counts.update(dict.fromkeys(json.loads(codes), number))
    if DUPLICATE in counts:
        counts[DUPLICATE] = _count(session, twinned(scope, held & _has(DUPLICATE)))
    return {code: number for code, number in counts.most_common() if number}


def left(session: Session, scope: ReadableScope, queue: Queue) -> int:
    """How many papers are left in the queue."""
    return _count(session, waiting(scope, queue))


def _count(session: Session, held: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Document).where(held)) or 0


def take_next(session: Session, actor: Actor, scope: ReadableScope, queue: Queue, after: str) -> str | None:
    """The id of the paper that came in next after that one, from the top again at the end; the actor holds it then.

    None when nothing is left that nobody else has before them.
    """
    held = waiting(scope, queue) & free_for(actor) & (Document.id != after)
    order = (Document.received_at, Document.id)
    here = session.execute(select(*order).where(Document.id == after, readable(scope))).one_or_none()
    parts = [held & (tuple_(*order) > tuple(here)), held] if here else [held]
    for part in parts:
        for document_id in session.scalars(select(Document.id).where(part).order_by(*order).limit(TRIES)):
            if not hold(session, actor, document_id):
                return document_id
    return None
