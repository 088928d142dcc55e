"""Searches that a person keeps, and those asked last: their questions rest sealed and are their owner's alone (L08).

Nothing of an answer is kept. A search that is run again is run with the rights that its owner has then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ForeignKey, Index, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.access import Actor
from archive.audit import Act, record
from archive.base import Id, Ref, Row, new_id, now
from archive.errors import Conflict, NotFound
from archive.vault import Vault

RECENT: Final = 20
"""Searches that were not kept and are remembered."""

KEPT: Final = 100
"""Searches that one person may keep."""

Question = Mapping[str, Any]
"""What is asked: the fields of `indexes.orders.Asked` without its cursor, as plain values."""


class Search(Row):
    """One question of one person. `title` is there once it is kept; `digest` tells whether a question is known."""

    __tablename__ = "search"
    __table_args__ = (Index("ix_search_person_used", "person_id", "used_at"),)

    id: Mapped[Id]
    person_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    digest: Mapped[str] = mapped_column(String(64))
    question: Mapped[bytes]
    title: Mapped[bytes | None]
    used_at: Mapped[datetime]


def note_question(session: Session, actor: Actor, vault: Vault, asked: Question, search_id: str = "") -> Search:
    """Remember what was asked, in the place of `search_id` where that is a recent search of the person's own."""
    written = json.dumps(asked, sort_keys=True, ensure_ascii=False)
    digest = vault.blind("search", f"{actor.id}/{written}")
    known = session.scalar(select(Search).where(Search.person_id == actor.id, Search.digest == digest))
    typed = _recent(session, actor, search_id)
    if known and typed and typed is not known:
        session.delete(typed)  # what was typed on the way to a question that is known
    search = known or typed or Search(id=new_id(), person_id=actor.id)
    search.digest, search.question, search.used_at = (
        digest,
        vault.seal_own(_place(search, "question"), written.encode()),
        now(),
    )
    session.add(search)
    session.flush()
    _forget(session, actor)
    return search


def question_of(vault: Vault, search: Search) -> dict[str, Any]:
    """What a search asks."""
    found: dict[str, Any] = json.loads(vault.open_own(_place(search, "question"), search.question))
    return found


def title_of(vault: Vault, search: Search) -> str:
    """What its owner calls it; empty for one that is not kept."""
    return vault.open_own(_place(search, "title"), search.title).decode() if search.title else ""


def the_search(session: Session, actor: Actor, search_id: str) -> Search:
    """A search of the actor's own; NotFound for everybody else's as for none (S22)."""
    search = session.get(Search, search_id)
    if search is None or search.person_id != actor.id:
        raise NotFound
    return search


def searches_of(session: Session, actor: Actor) -> list[Search]:
    """The actor's own, the last used first."""
    return list(session.scalars(select(Search).where(Search.person_id == actor.id).order_by(Search.used_at.desc())))


def keep(session: Session, actor: Actor, vault: Vault, search_id: str, title: str) -> Search:
    """Give a search a name, under which it stays. Conflict beyond a hundred."""
    search = the_search(session, actor, search_id)
    kept = select(func.count()).where(Search.person_id == actor.id, Search.title.is_not(None), Search.id != search.id)
    if (session.scalar(kept) or 0) >= KEPT:
        raise Conflict(f"{KEPT} searches are kept already: drop one first.", code="too_many_searches")
    search.title = vault.seal_own(_place(search, "title"), title.encode())
    record(session, actor, Act.SEARCH_KEPT, search.id)
    return search


def drop(session: Session, actor: Actor, search_id: str) -> None:
    """Forget a search."""
    search = the_search(session, actor, search_id)
    if search.title:
        record(session, actor, Act.SEARCH_DROPPED, search.id)
    session.delete(search)


def _recent(session: Session, actor: Actor, search_id: str) -> Search | None:
    """A search of the person's own that is not kept."""
    search = session.get(Search, search_id) if search_id else None
    return search if search and search.person_id == actor.id and search.title is None else None


def _forget(session: Session, actor: Actor) -> None:
    """Let go of what was asked long ago and never kept."""
    unkept = select(Search.id).where(Search.person_id == actor.id, Search.title.is_(None))
    old = session.scalars(unkept.order_by(Search.used_at.desc(), Search.id).offset(RECENT)).all()
    if old:
        session.execute(delete(Search).where(Search.id.in_(old)))


def _place(search: Search, part: str) -> str:
    return f"search/{search.id}/{part}"
