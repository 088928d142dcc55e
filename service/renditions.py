"""Which rendition of a document a reader gets: the plain one, or the masked one."""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from archive.access import ReadableScope
from archive.documents import UNREAD, Document, File, FileRole, Page, State
from archive.errors import Forbidden, NotFound, Unavailable
from archive.masking import MASK, mask
from archive.readable import sees_unmasked

WIDEST: Final = 4000
THUMBNAIL_WIDTH: Final = 220

MASKED: Final = {
    FileRole.SEARCHABLE: FileRole.SEARCHABLE_MASKED,
    FileRole.PAGE: FileRole.PAGE_MASKED,
    FileRole.THUMBNAIL: FileRole.THUMBNAIL_MASKED,
}


def may_show_numbers(document: Document) -> bool:
    """Whether there is something to cover, as was read, or may be, while nobody has read it."""
    return document.sensitive or State(document.state) in UNREAD


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
        found = next((page for page in self.document.pages if page.number == number), None)
        if found is None:
            raise NotFound
        return found

    def original(self) -> File:
        """What was put in; Forbidden (`masked_only`) when there is something on it that the reader may not see."""
        if self.masked:
            raise Forbidden("This paper shows identity numbers; you may see it with these covered.", code="masked_only")
        return self._file(FileRole.ORIGINAL, None)

    def searchable(self) -> File:
        """The searchable PDF; with numbers covered for who may not see them."""
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
        covered = {file.page for file in self._files if file.role == FileRole.PAGE_MASKED}
        if not covered and self.document.sensitive:
            raise Unavailable("The covered images of this document are not ready yet.")
        return number in covered

    def _file(self, role: FileRole, number: int | None) -> File:
        found = self._find(role, number)
        if found is None:
            raise NotFound
        return found

    def _find(self, role: FileRole, number: int | None) -> File | None:
        return next((file for file in self._files if file.role == role.value and file.page == number), None)

    @property
    def _files(self) -> list[File]:
        """The original, and what was made of it by the reading that is shown; 0: before readings were told apart."""
        shown = {0, self.document.shown_reading}
        return [file for file in self.document.files if file.reading in shown]


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


def resized(image: bytes, width: int) -> tuple[bytes, str]:
    """One of our own page images, no wider than `width` pixels, as JPEG; never enlarged."""
    from PIL import Image  # noqa: PLC0415 - loaded when the first page is asked for in another size

    with Image.open(io.BytesIO(image), formats=["JPEG", "PNG", "WEBP"]) as stored:
        grey = stored.mode in {"1", "L"}
        page = stored.convert("L" if grey else "RGB")
    if width < page.width:
        height = max(1, round(page.height * width / page.width))
        page = page.resize((width, height), reducing_gap=2.0)
    target = io.BytesIO()
    page.save(target, "JPEG", quality=82)
    return target.getvalue(), "image/jpeg"
