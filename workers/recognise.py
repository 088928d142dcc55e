"""One page from pixels to text: a good text layer is taken, else the engine reads; what the scan lacks is noted."""

from __future__ import annotations

from dataclasses import replace

from workers.ocr.engine import Engine, Reading
from workers.quality import believable_dpi, findings, ink_share
from workers.scan import PageImage
from workers.sheets import Box, Finding, Line, PageState, Sheet, Source
from workers.text_layer import layer_lines, trustworthy
from workers.unreadable import Unreadable

_BLANK_INK = 0.003
"""Share of the page that is darker than its paper; a page with less and without text is blank."""
_LONG_SIDE_INCHES = 11.69
_USUAL_DPI = (100, 150, 200, 240, 300, 400, 600)


def recognise(page: PageImage, engine: Engine) -> Sheet:
    """Read a page. EngineFailed when the engine broke: the page is then a failed one, never a blank one."""
    notes: tuple[Finding, ...] = ()
    if page.glyphs:
        if trustworthy(page, engine):
            return _sheet(page, Reading(layer_lines(page), turn=0), Source.TEXT_LAYER, "text-layer", notes)
        notes = (Finding("text_layer_rejected"),)
    reading = engine.recognise(page.pixels, page.dpi)
    return _sheet(page, _lying(page, reading) if page.upright else reading, Source.OCR, engine.name, notes)


def _lying(page: PageImage, reading: Reading) -> Reading:
    """What was read of a page that a person turned, however the engine turned it: the boxes as the page stands."""
    if reading.turn == 0:
        return reading
    lines = tuple(
        replace(line, box=_back(line.box, reading.turn, page),
                words=tuple(replace(word, box=_back(word.box, reading.turn, page)) for word in line.words))
        for line in reading.lines
    )  # fmt: skip
    return Reading(lines, 0, reading.skew)


def _back(box: Box, turn: int, page: PageImage) -> Box:
    """A box of the page turned clockwise by `turn`, on the page as it is."""
    x, y, width, height = box
    if turn == 180:  # noqa: PLR2004 - degrees
        return page.width - x - width, page.height - y - height, width, height
    if turn == 90:  # noqa: PLR2004 - degrees
        return y, page.height - x - width, height, width
    return page.width - y - height, x, height, width


def failed(number: int, reason: Unreadable) -> Sheet:
    """The sheet of a page that could not be decoded; `error` holds the outcome's code."""
    return Sheet(number, 0, 0, 0, PageState.FAILED, error=str(reason.code))


def _sheet(page: PageImage, reading: Reading, source: Source, engine: str, notes: tuple[Finding, ...]) -> Sheet:
    sideways = reading.turn % 180 == 90  # noqa: PLR2004 - degrees
    width, height = (page.height, page.width) if sideways else (page.width, page.height)
    return Sheet(
        number=page.number,
        width=width,
        height=height,
        dpi=believable_dpi(page) or _likely_dpi(page),
        state=_state(page, reading.lines),
        lines=reading.lines,
        confidence=_confidence(reading.lines),
        turn=reading.turn,
        source=source,
        engine=engine,
        findings=(*notes, *findings(page, reading)),
    )


def _state(page: PageImage, lines: tuple[Line, ...]) -> PageState:
    blank = not lines and ink_share(page.pixels) < _BLANK_INK
    return PageState.BLANK if blank else PageState.RECOGNISED


def _confidence(lines: tuple[Line, ...]) -> float:
    """The mean over all characters."""
    length = sum(len(line.text) for line in lines)
    return round(sum(line.confidence * len(line.text) for line in lines) / length, 4) if length else 0.0


def _likely_dpi(page: PageImage) -> int:
    """What the pixels come to if the sheet is A4, rounded to a usual setting (records-rules §5, resolution)."""
    exact = max(page.width, page.height) / _LONG_SIDE_INCHES
    nearest = min(_USUAL_DPI, key=lambda usual: abs(usual - exact))
    return nearest if abs(nearest - exact) < 0.05 * exact else round(exact)
