"""How far a reading has come, how fast it goes, and how long it will take if it goes on like that."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive.base import now
from archive.documents import Document, Page, State

WINDOW: Final = timedelta(seconds=90)
"""Pages of so long make the rate: what happens now, not what happened before other papers came."""
FEWEST: Final = 3
"""Of fewer pages nothing can be said."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Pages read of all pages; pages a minute and seconds left, None while nothing can be said about them."""

    read: int
    total: int
    a_minute: float | None = None
    seconds_left: int | None = None


def progress(read: int, total: int, recent: int, since: timedelta) -> Progress:
    """The rate is that of the `recent` pages, the first of which was done `since`: it sinks while nothing is done."""
    if recent < FEWEST or since <= timedelta(0):
        return Progress(read, total)
    rate = (recent - 1) / since.total_seconds()
    return Progress(read, total, round(rate * 60, 1), ceil((total - read) / rate))


def progress_of(session: Session, documents: Collection[Document], at: datetime | None = None) -> dict[str, Progress]:
    """The progress of those of the documents that are being read and whose pages are counted, by id."""
    going = [one for one in documents if one.state == State.READING and one.page_count]
    at = at or now()
    lately = _lately(session, [one.id for one in going], at - WINDOW)
    return {
        one.id: progress(one.pages_read, one.page_count or 0, count, at - first)
        for one in going
        for count, first in [lately.get(one.id, (0, at))]
    }


def _lately(session: Session, ids: Sequence[str], after: datetime) -> dict[str, tuple[int, datetime]]:
    """Of each document's present reading: how many pages were done after that moment, and when the first of them."""
    if not ids:
        return {}
    asked = (
        select(Page.document_id, func.count(), func.min(Page.read_at))
        .join(Document, (Document.id == Page.document_id) & (Document.reading == Page.reading))
        .where(Page.document_id.in_(ids), Page.read_at > after)
        .group_by(Page.document_id)
    )
    return {document_id: (count, first) for document_id, count, first in session.execute(asked) if first}
