"""Which rendition of a document a reader gets: the plain one, or the masked one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, object_session

from archive.access import ReadableScope
from archive.documents import UNREAD, Document, File, FileRole, Page, State, outdated
from archive.errors import Forbidden, NotFound, Unavailable
from archive.masking import MASK, mask
from archive.readable import sees_unmasked

WIDEST: Final = 4000
THUMBNAIL_WIDTH: Final = 220
STORED_SIDE: Final = 2000
"""Pixels of the longer side of a stored page image, at most."""

MASKED: Final = {
    FileRole.SEARCHABLE: FileRole.SEARCHABLE_MASKED,
    FileRole.PAGE: FileRole.PAGE_MASKED,
    FileRole.THUMBNAIL: FileRole.THUMBNAIL_MASKED,
}


def may_show_numbers(document: Document) -> bool:
    """Whether there is something to cover, as was read, or may be, as nobody or an older rule has looked."""
    return document.sensitive or State(document.state) in UNREAD or outdated(document)


@dataclass(frozen=True, slots=True)
class Shown:
    """A document as one reader may see it. `masked`: there are identity numbers to cover; `bare`: none is covered."""

    document: Document
    masked: bool
    bare: bool

    @classmethod
    def to(cls, scope: ReadableScope, document: Document) -> Shown:
        """The document for the reader of this scope."""
        bare = sees_unmasked(scope, document)
        return cls(document, may_show_numbers(document) and not bare, bare)

    def page(self, number: int) -> Page:
        """One page; NotFound beyond the last."""
        document = self.document
        asked = select(Page).where(Page.document_id == document.id, Page.reading == document.shown_reading)
        found = self._rows.scalar(asked.where(Page.number == number))
        if found is None:
            raise NotFound
        return found

    def original(self) -> File:
        """What was put in; Forbidden (`masked_only`) when there is something on it that the reader may not see."""
        if self.masked:
            self._need_covers()
            raise Forbidden("This paper shows identity numbers; you may see it with these covered.", code="masked_only")
        return self._file(FileRole.ORIGINAL, None)

    def searchable(self) -> File:
        """The searchable PDF; with numbers covered for who may not see them."""
        if self.masked:
            self._need_covers()
        return self._file(MASKED[FileRole.SEARCHABLE] if self.masked else FileRole.SEARCHABLE, None)

    def image(self, number: int, width: int | None) -> File:
        """The smallest stored image of a page that is wide enough; covered where there is something to cover.

        Unavailable while a sensitive document has no covered page yet: a plain one is never shown instead.
        """
        self.page(number)
        roles = [FileRole.PAGE]
        if width is not None and width <= THUMBNAIL_WIDTH:
            roles.insert(0, FileRole.THUMBNAIL)
        if self.masked and self._covers(number):
            roles = [MASKED[role] for role in roles]
        for role in roles:
            if found := self._find(role, number):
                return found
        raise NotFound

    def _covers(self, number: int) -> bool:
        """Whether this page has a covered image. A page without numbers has none, and is the same for all."""
        self._need_covers()
        if self._find(FileRole.PAGE_MASKED, number):
            return True
        covered = select(File.id).where(self._shown, File.role == FileRole.PAGE_MASKED.value).limit(1)
        if self.document.sensitive and self._rows.scalar(covered) is None:
            raise Unavailable("The covered images of this document are not ready yet.")
        return False

    def _need_covers(self) -> None:
        """Unavailable while what an older rule covered waits for the present one: it may have missed a number."""
        if outdated(self.document):
            raise Unavailable("This document is being covered anew. Try again in a moment.", code="covered_anew")

    def _file(self, role: FileRole, number: int | None) -> File:
        found = self._find(role, number)
        if found is None:
            raise NotFound
        return found

    def _find(self, role: FileRole, number: int | None) -> File | None:
        asked = select(File).where(self._shown, File.role == role.value, File.page == number)
        return self._rows.scalar(asked.order_by(File.reading.desc()).limit(1))

    @property
    def _shown(self) -> ColumnElement[bool]:
        """The original, and what was made of it by the reading that is shown; 0: before readings were told apart."""
        return (File.document_id == self.document.id) & File.reading.in_([0, self.document.shown_reading])

    @property
    def _rows(self) -> Session:
        """The session that the document came from: of a thousand pages only the one that is asked for is fetched."""
        session = object_session(self.document)
        if session is None:
            raise LookupError("a document that is shown belongs to a session")
        return session


def covered_words(words: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The words of a page with identity numbers starred out, also where a number was read in several words."""
    made: list[dict[str, Any]] = []
    for _, line in groupby(words, key=lambda word: word.get("line")):
        made += _covered_line(list(line))
    return made


def _covered_line(line: list[dict[str, Any]]) -> list[dict[str, Any]]:
    texts = [str(word.get("text", "")) for word in line]
    whole, made, offset = mask("".join(texts)), [], 0
    for word, text in zip(line, texts, strict=True):
        alone, within = mask(text), whole[offset : offset + len(text)]
        shown = "".join(one if one == MASK else other for one, other in zip(alone, within, strict=True))
        made.append(word | {"text": shown})
        offset += len(text)
    return made
