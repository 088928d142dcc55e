"""A person puts a document's pages in order: turns them, moves them, undoes that, or splits the document.

Nothing touches the original. Turning and moving make a new arrangement, which the next reading follows. Splitting is
done by a worker, for untrusted bytes are opened there: each part becomes a document of its own, a lossless extract.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive import media
from archive.access import Actor, ReadableScope
from archive.arrangements import Leaf, add_arrangement, leaves_of, standing
from archive.audit import Act, record
from archive.base import now
from archive.documents import Document, Field, Page, State, changed
from archive.errors import Conflict, Invalid
from archive.jobs import Job, Kind, enqueue
from archive.rescans import Accepted
from retention.corrections import SETTLED, changeable, read_again

QUARTERS: Final = frozenset({0, 90, 180, 270})
MOST_JOINED: Final = 50
JOINED: Final = frozenset({media.PDF, media.TIFF})


@dataclass(frozen=True, slots=True)
class Turned:
    """A page as it is seen now, by its number, and how far it is to be turned clockwise from there."""

    page: int
    turn: int = 0


def arrange(
    session: Session, actor: Actor, scope: ReadableScope, document_id: str, places: Sequence[Turned]
) -> Document:
    """Show the pages in this order, turned like this. Invalid unless every page is there once; Conflict as corrections.

    Fields that a person corrected keep their page, wherever it is now.
    """
    document, before = _settled(session, actor, scope, document_id)
    _need_whole(len(before), [place.page for place in places])
    if any(place.turn not in QUARTERS for place in places):
        raise Invalid("Pages are turned by quarters.", errors=[{"field": "pages", "code": "turn"}])
    turns = _machine_turns(session, document)
    after = [_leaf(before[place.page - 1], place.turn, turns[place.page]) for place in places]
    add_arrangement(session, document.id, after, actor.id)
    told = {"order": [place.page for place in places], "turns": [place.turn for place in places]}
    _show_anew(session, actor, document, {place.page: at for at, place in enumerate(places, start=1)}, told)
    return document


def undo(session: Session, actor: Actor, scope: ReadableScope, document_id: str) -> Document:
    """Go back to the arrangement before. Conflict when the pages stand as they came."""
    document, before = _settled(session, actor, scope, document_id)
    last = standing(session, document.id)
    if last is None:
        raise Conflict("The pages stand as they were scanned.", code="nothing_to_undo")
    last.undone_at = now()
    session.flush()
    after = leaves_of(session, document.id) or _as_it_came(len(before))
    seat = {leaf.page: at for at, leaf in enumerate(after, start=1)}
    moved = {at: seat[leaf.page] for at, leaf in enumerate(before, start=1)}
    _show_anew(session, actor, document, moved, {"undone": last.number})
    return document


def split(session: Session, actor: Actor, scope: ReadableScope, document_id: str, starts: Sequence[int]) -> Document:
    """Have it split: a new document begins at each of these pages. Conflict once it is filed; Invalid for no page."""
    document, leaves = _settled(session, actor, scope, document_id)
    if document.filed_at is not None:
        raise Conflict("It is filed: it stays one document. Move it out of its folder first.", code="filed_already")
    cuts = sorted(set(starts))
    if not cuts or cuts[0] <= 1 or cuts[-1] > len(leaves) or len(cuts) != len(starts):
        raise Invalid("A new document begins at a page after the first.", errors=[{"field": "starts", "code": "page"}])
    ends = [*cuts, len(leaves) + 1]
    parts = [[[leaf.page, leaf.turn] for leaf in leaves[a - 1 : b - 1]] for a, b in zip([1, *cuts], ends, strict=True)]
    times = session.scalar(
        select(func.count()).select_from(Job).where(Job.subject == document.id, Job.kind == Kind.SPLIT_DOCUMENT.value)
    )
    told = {"parts": parts, "by": actor.id, "state": document.state}
    document.state = State.RECEIVED.value
    enqueue(session, Kind.SPLIT_DOCUMENT, document.id, key=f"split:{document.id}:{times}", args=told, priority=5)
    changed(session, document)
    record(session, actor, Act.DOCUMENT_ARRANGED, document.id, detail={"split_at": cuts})
    return document


def join(session: Session, actor: Actor, scope: ReadableScope, document_ids: Sequence[str]) -> list[Document]:
    """Have documents joined, in this order. Conflict unless all are unfiled PDFs, or TIFFs, of one customer."""
    if not 1 < len(set(document_ids)) == len(document_ids) <= MOST_JOINED:
        wrong = [{"field": "documents", "code": "count"}]
        raise Invalid(f"2 to {MOST_JOINED} different documents are joined at once.", errors=wrong)
    found = {each: _settled(session, actor, scope, each) for each in sorted(document_ids)}
    rows = [found[each][0] for each in document_ids]
    _need_alike(rows)
    told = [
        {"id": row.id, "state": row.state, "leaves": [[leaf.page, leaf.turn] for leaf in found[row.id][1]]}
        for row in rows
    ]
    for row in rows:
        row.state = State.RECEIVED.value
        changed(session, row)
        record(session, actor, Act.DOCUMENT_ARRANGED, row.id, detail={"joined": list(document_ids)})
    key = f"merge:{rows[0].id}:{rows[0].version}"
    enqueue(session, Kind.MERGE_DOCUMENTS, rows[0].id, key=key, args={"sources": told, "by": actor.id}, priority=5)
    return rows


def _need_alike(rows: Sequence[Document]) -> None:
    if any(row.filed_at is not None for row in rows):
        raise Conflict("One of them is filed: it stays as it is.", code="filed_already")
    kinds = {row.media_type for row in rows}
    if len(kinds) > 1 or not kinds <= JOINED:
        raise Conflict("PDFs are joined with PDFs, TIFFs with TIFFs, each page as it is.", code="not_alike")
    if len({(row.customer_id, row.department_id) for row in rows if row.customer_given}) > 1:
        raise Conflict("They were given to different customers. Correct that first.", code="customers_differ")


def _settled(
    session: Session, actor: Actor, scope: ReadableScope, document_id: str
) -> tuple[Document, tuple[Leaf, ...]]:
    """The document, locked, and how its pages stand; Conflict while it is being read, or was never read."""
    document = changeable(session, actor, scope, document_id)
    if State(document.state) not in SETTLED or not document.page_count:
        raise Conflict("Its pages can be put in order once it has been read.", code="being_read")
    return document, leaves_of(session, document.id) or _as_it_came(document.page_count)


def _as_it_came(count: int) -> tuple[Leaf, ...]:
    return tuple(Leaf(page) for page in range(1, count + 1))


def _need_whole(count: int, pages: Sequence[int]) -> None:
    if sorted(pages) != list(range(1, count + 1)):
        raise Invalid(
            f"Name each of the {count} pages once: no page is left out.", errors=[{"field": "pages", "code": "whole"}]
        )


def _machine_turns(session: Session, document: Document) -> dict[int, int]:
    rows = session.execute(
        select(Page.number, Page.turn).where(Page.document_id == document.id, Page.reading == document.shown_reading)
    )
    return {row.number: row.turn for row in rows}


def _leaf(leaf: Leaf, turn: int, machine: int) -> Leaf:
    """The page turned from how it is seen; one that nobody turns is left as it was."""
    return leaf if turn == 0 else Leaf(leaf.page, ((leaf.turn or 0) + machine + turn) % 360)


def _show_anew(
    session: Session, actor: Actor, document: Document, moved: dict[int, int], told: Mapping[str, object]
) -> None:
    for field in session.scalars(select(Field).where(Field.document_id == document.id)):
        field.page = moved.get(field.page, field.page)
    for accepted in session.scalars(select(Accepted).where(Accepted.document_id == document.id)).all():
        session.delete(accepted)  # pages have other numbers now: what is still wanting is listed anew
    read_again(session, document)
    changed(session, document)
    record(session, actor, Act.DOCUMENT_ARRANGED, document.id, detail=told)
