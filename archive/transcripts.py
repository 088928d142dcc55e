"""The words of pages with their places, in the two forms that other archives read: ALTO 4 and hOCR 1.2.

Both are made from the page rows whenever they are asked for, page by page, so that a long paper takes no more memory
than its longest page. Sources: ALTO 4.2 schema of the Library of Congress; the hOCR specification 1.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape, quoteattr

Word = Mapping[str, Any]
"""`{text, x, y, w, h, confidence, line}` in page pixels, as page rows hold it."""

_NOT_XML = {code: None for code in range(32) if chr(code) not in "\t\n\r"} | dict.fromkeys((0xFFFE, 0xFFFF), None)


@dataclass(frozen=True, slots=True)
class PageWords:
    """One page: its measures in pixels, and its words in reading order; none for one that was blank or failed."""

    number: int
    width: int
    height: int
    words: Sequence[Word]

    def lines(self) -> Iterator[list[Word]]:
        """The words, a printed line at a time."""
        for _, line in groupby(self.words, key=lambda word: word.get("line")):
            yield list(line)


@dataclass(frozen=True, slots=True)
class _Box:
    """A place on the page in whole pixels."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, words: Iterable[Word]) -> _Box:
        """The smallest box that holds all of the words (at least one)."""
        sides = [(word["x"], word["y"], word["x"] + word["w"], word["y"] + word["h"]) for word in words]
        lefts, tops, rights, bottoms = zip(*sides, strict=True)
        return cls(round(min(lefts)), round(min(tops)), round(max(rights)), round(max(bottoms)))

    def alto(self) -> str:
        """As ALTO's attributes."""
        width, height = self.right - self.left, self.bottom - self.top
        return f'HPOS="{self.left}" VPOS="{self.top}" WIDTH="{width}" HEIGHT="{height}"'

    def hocr(self) -> str:
        """As a property of hOCR."""
        return f"bbox {self.left} {self.top} {self.right} {self.bottom}"


def alto(pages: Iterable[PageWords], image: str) -> Iterator[str]:
    """ALTO 4 in pieces, a page each; `image` is the address or name of what the places count on."""
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#">'
        "<Description><MeasurementUnit>pixel</MeasurementUnit>"
        f"<sourceImageInformation><fileName>{_text(image)}</fileName></sourceImageInformation></Description><Layout>\n"
    )
    for page in pages:
        yield _alto_page(page)
    yield "</Layout></alto>\n"


def _alto_page(page: PageWords) -> str:
    size = f'WIDTH="{page.width}" HEIGHT="{page.height}"'
    lines = [_alto_line(f"p{page.number}l{at}", line) for at, line in enumerate(page.lines(), start=1)]
    block = ""
    if lines:
        place = _Box.around(page.words).alto()
        block = f'<TextBlock ID="p{page.number}b1" {place}>\n' + "\n".join(lines) + "\n</TextBlock>"
    head = f'<Page ID="p{page.number}" PHYSICAL_IMG_NR="{page.number}" {size}>'
    return f'{head}<PrintSpace HPOS="0" VPOS="0" {size}>{block}</PrintSpace></Page>\n'


def _alto_line(name: str, line: Sequence[Word]) -> str:
    words = [
        f'<String ID="{name}w{at}" {_Box.around([word]).alto()} WC="{word["confidence"]:.3f}" '
        f"CONTENT={quoteattr(_clean(word['text']))}/>"
        for at, word in enumerate(line, start=1)
    ]
    return f'<TextLine ID="{name}" {_Box.around(line).alto()}>{"".join(words)}</TextLine>'


def hocr(pages: Iterable[PageWords], title: str) -> Iterator[str]:
    """The form hOCR 1.2, as XHTML, in pieces, a page each."""
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" lang="zh"><head><meta charset="utf-8"/>'
        f'<title>{_text(title)}</title><meta name="ocr-system" content="Anjuan"/>'
        '<meta name="ocr-capabilities" content="ocr_page ocr_line ocrx_word"/></head><body>\n'
    )
    for page in pages:
        yield _hocr_page(page)
    yield "</body></html>\n"


def _hocr_page(page: PageWords) -> str:
    title = quoteattr(f"bbox 0 0 {page.width} {page.height}; ppageno {page.number - 1}")
    lines = "\n".join(_hocr_line(line) for line in page.lines())
    return f'<div class="ocr_page" id="page_{page.number}" title={title}>\n{lines}\n</div>\n'


def _hocr_line(line: Sequence[Word]) -> str:
    words = "".join(
        f'<span class="ocrx_word" title="{_Box.around([word]).hocr()}; x_wconf {round(100 * word["confidence"])}">'
        f"{_text(word['text'])}</span>"
        for word in line
    )
    return f'<span class="ocr_line" title="{_Box.around(line).hocr()}">{words}</span>'


def _text(text: str) -> str:
    return escape(_clean(text))


def _clean(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold."""
    return text.translate(_NOT_XML).encode("utf-8", "ignore").decode("utf-8")
