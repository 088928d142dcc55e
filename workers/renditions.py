"""What is made of a page besides its text: viewer image, thumbnail, searchable PDF, each with numbers hidden too."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from PIL import Image

from archive.masking import MASK, Span, find_sensitive
from archive.searchable import Coding, Picture, PlacedWord
from workers.ocr.engine import EngineFailed, Pixels
from workers.ocr.picture import bounded
from workers.scan import PageImage
from workers.sheets import Box, Line, Sheet, Word

VIEW_SIDE = 2000
THUMBNAIL_SIDE = 320
_VIEW_QUALITY, _THUMBNAIL_QUALITY = 72, 60
_MARGIN = 0.15
_STRIP_OFFSETS, _ROWS_PER_STRIP = 273, 278


@dataclass(frozen=True, slots=True)
class PageView:
    """A page's images: `image` (JPEG, at most 2,000 px), `thumbnail` (JPEG, 320 px), `picture` for the PDF."""

    number: int
    image: bytes
    thumbnail: bytes
    picture: Picture


def view(page: PageImage, sheet: Sheet, black: Sequence[Box] = ()) -> PageView:
    """Upright images of a recognised page, the boxes of `black` (in the sheet's pixels) painted over."""
    pixels = _upright(page.pixels, sheet.turn)
    small = _blackened(bounded(pixels, VIEW_SIDE, last=cv2.INTER_LINEAR), black, sheet)
    image = _jpeg(small, _VIEW_QUALITY)
    picture = _group4(_blackened(pixels, black, sheet)) if page.bitonal else _as_picture(small, image)
    thumbnail = _jpeg(bounded(small, THUMBNAIL_SIDE), _THUMBNAIL_QUALITY)
    return PageView(page.number, image, thumbnail, picture)


def sensitive_boxes(sheet: Sheet) -> tuple[Box, ...]:
    """Where identity numbers stand, but for the characters that may be seen. Empty: there is nothing to hide."""
    return tuple(_part(place) for place in _hidden(sheet))


def masked(sheet: Sheet) -> Sheet:
    """The sheet as it reads with identity numbers hidden, in lines and words."""
    hidden: dict[int, dict[int, set[int]]] = {}
    for place in _hidden(sheet):
        words = hidden.setdefault(place.line, {})
        words.setdefault(place.word, set()).update(range(place.start, place.end))
    lines = [_masked_line(line, hidden[i]) if i in hidden else line for i, line in enumerate(sheet.lines)]
    return replace(sheet, lines=tuple(lines))


@dataclass(frozen=True, slots=True)
class _Place:
    """Characters `start` to before `end` of a word."""

    line: int
    word: int
    of: Word
    start: int
    end: int


def _hidden(sheet: Sheet) -> Iterator[_Place]:
    """The parts of words that are to be hidden. Numbers may run on from one line to the next."""
    text, owners = _flow(sheet)
    for span in find_sensitive(text):
        yield from _places(owners, span)


def _flow(sheet: Sheet) -> tuple[str, list[tuple[int, int, Word, int] | None]]:
    """The words' characters in order, a line break between lines, and to which word each character belongs."""
    text, owners = [], list[tuple[int, int, Word, int] | None]()
    for i, line in enumerate(sheet.lines):
        for j, word in enumerate(line.words):
            text.append(word.text)
            owners.extend((i, j, word, at) for at in range(len(word.text)))
        text.append("\n")
        owners.append(None)
    return "".join(text), owners


def _places(owners: Sequence[tuple[int, int, Word, int] | None], span: Span) -> Iterator[_Place]:
    held = [owner for owner in owners[span.hidden_start : span.hidden_end] if owner is not None]
    for i, j in dict.fromkeys((owner[0], owner[1]) for owner in held):
        places = [owner for owner in held if owner[:2] == (i, j)]
        yield _Place(i, j, places[0][2], places[0][3], places[-1][3] + 1)


def _part(place: _Place) -> Box:
    """The part of the word's box that the characters take, figures being of one width."""
    x, y, width, height = place.of.box
    step = width / len(place.of.text)
    return x + step * place.start, y - height * _MARGIN, step * (place.end - place.start), height * (1 + 2 * _MARGIN)


def _masked_line(line: Line, hidden: dict[int, set[int]]) -> Line:
    words = [replace(w, text=_starred(w.text, hidden[j])) if j in hidden else w for j, w in enumerate(line.words)]
    characters = iter("".join(word.text for word in words))
    text = "".join(c if c.isspace() else next(characters, MASK) for c in line.text)
    return replace(line, text=text, words=tuple(words))


def _starred(text: str, at: set[int]) -> str:
    return "".join(MASK if i in at else character for i, character in enumerate(text))


def placed(sheet: Sheet) -> Iterator[PlacedWord]:
    """The words with their boxes as shares of the page, for the PDF."""
    for line in sheet.lines:
        for word in line.words:
            x, y, width, height = word.box
            yield PlacedWord(word.text, x / sheet.width, y / sheet.height, width / sheet.width, height / sheet.height)


def _upright(pixels: Pixels, turn: int) -> Pixels:
    return np.ascontiguousarray(np.rot90(pixels, -turn // 90)) if turn else pixels


def _blackened(pixels: Pixels, boxes: Sequence[Box], sheet: Sheet) -> Pixels:
    """A picture of the sheet, of any size, with everything painted over that a box touches."""
    if not boxes:
        return pixels
    painted, scale = pixels.copy(), pixels.shape[1] / sheet.width
    for box in boxes:
        x, y, width, height = (side * scale for side in box)
        painted[max(0, int(y)) : int(y + height) + 1, max(0, int(x)) : int(x + width) + 1] = 0
    return painted


def _jpeg(pixels: Pixels, quality: int) -> bytes:
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels  # noqa: PLR2004 - has colours
    done, coded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1])
    if not done:
        raise EngineFailed("the page image could not be coded")
    return coded.tobytes()


def _as_picture(pixels: Pixels, coded: bytes) -> Picture:
    colours = 3 if pixels.ndim == 3 else 1  # noqa: PLR2004 - has colours
    return Picture(Coding.JPEG, pixels.shape[1], pixels.shape[0], colours, coded)


def _group4(pixels: Pixels) -> Picture:
    """A black and white page without loss, as fax machines code it (ITU-T T.6)."""
    grey = pixels if pixels.ndim == 2 else pixels[:, :, 0]  # noqa: PLR2004 - has no colours
    height, width = grey.shape
    buffer = io.BytesIO()
    bitonal = Image.fromarray(grey >= 128).convert("1")  # noqa: PLR2004 - the middle of 0..255
    bitonal.save(buffer, "TIFF", compression="group4", tiffinfo={_ROWS_PER_STRIP: height})
    with Image.open(io.BytesIO(buffer.getvalue()), formats=["TIFF"]) as coded:
        offset, length = coded.tag_v2[_STRIP_OFFSETS][0], coded.tag_v2[279][0]  # type: ignore[attr-defined]
    return Picture(Coding.GROUP4, width, height, 1, buffer.getvalue()[offset : offset + length])
