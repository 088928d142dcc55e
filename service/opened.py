"""A document that the asker may read, with its key: what every route below a document begins with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path
from sqlalchemy.orm import Session

from archive.access import Actor
from archive.documents import Page, cover_anew, outdated
from archive.house import House
from archive.readable import the_document
from archive.rights import Right
from archive.sealing import DocumentKey
from service.edge import Needs, Reading, TheHouse, done_reading, scope_of
from service.renditions import Shown
from service.shapes import UUID
from service.sightings import note_view

DocumentId = Annotated[str, Path(pattern=UUID)]
PageNumber = Annotated[int, Path(ge=1, le=100_000)]


@dataclass(frozen=True, slots=True)
class Opened:
    """A document as one reader may see it."""

    house: House
    session: Session
    actor: Actor
    shown: Shown
    key: DocumentKey

    def page(self, number: int) -> Page:
        """A page that is about to be shown: the opening is logged first."""
        page = self.shown.page(number)
        document_id = self.shown.document.id
        done_reading(self.session)
        note_view(self.house, self.actor, document_id)
        return page


def _opened(
    document_id: DocumentId, actor: Annotated[Actor, Needs(Right.READ)], house: TheHouse, session: Reading
) -> Opened:
    scope = scope_of(session, actor)
    document = the_document(session, scope, document_id)
    shown, key = Shown.to(scope, document), house.vault.key(document.id)
    if shown.masked and outdated(document):
        done_reading(session)
        with house.database.transaction() as writing:
            cover_anew(writing, document)
    return Opened(house, session, actor, shown, key)


ThisDocument = Annotated[Opened, Depends(_opened, scope="function")]
