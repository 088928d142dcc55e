from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from archive.transcripts import PageWords, alto, hocr

ALTO = "{http://www.loc.gov/standards/alto/ns-v4#}"
XHTML = "{http://www.w3.org/1999/xhtml}"


def word(text: str, x: float, y: float, line: int) -> dict[str, object]:
    return {"text": text, "x": x, "y": y, "w": 20.0 * len(text), "h": 20.4, "confidence": 0.987, "line": line}


PAGES = (
    PageWords(1, 1000, 1400, (word("租赁", 100.2, 50, 0), word("合同", 160, 52, 0), word('<甲&"乙">\x0b', 90, 90, 1))),
    PageWords(2, 1000, 1400, ()),
)


def parsed(pieces: Iterator[str]) -> ET.Element:
    return ET.fromstring("".join(pieces))  # noqa: S314 - written here


def test_alto_holds_every_word_with_its_place_in_reading_order() -> None:
    words = list(parsed(alto(PAGES, "scan")).iter(f"{ALTO}String"))
    assert [found.get("CONTENT") for found in words] == ["租赁", "合同", '<甲&"乙">']
    first = words[0].attrib
    assert [first[side] for side in ("HPOS", "VPOS", "WIDTH", "HEIGHT", "WC")] == ["100", "50", "40", "20", "0.987"]


def test_a_page_without_words_stays_a_page_in_both() -> None:
    assert [page.get("PHYSICAL_IMG_NR") for page in parsed(alto(PAGES, "scan")).iter(f"{ALTO}Page")] == ["1", "2"]
    divisions = parsed(hocr(PAGES, "scan")).iter(f"{XHTML}div")
    assert [found.get("title") for found in divisions] == [f"bbox 0 0 1000 1400; ppageno {n}" for n in (0, 1)]


def test_lines_enclose_their_words() -> None:
    for line in parsed(alto(PAGES, "scan")).iter(f"{ALTO}TextLine"):
        for found in line.iter(f"{ALTO}String"):
            assert int(line.attrib["HPOS"]) <= int(found.attrib["HPOS"])
            assert ends(found) <= ends(line)


def ends(element: ET.Element) -> int:
    return int(element.attrib["HPOS"]) + int(element.attrib["WIDTH"])


def test_hocr_holds_the_same_words_and_runs_no_script() -> None:
    page = PageWords(1, 10, 10, (word("<script>alert(1)</script>", 0, 0, 0),))
    root = parsed(hocr((page,), "<script>"))
    assert not list(root.iter(f"{XHTML}script"))
    assert [found.text for found in root.iter(f"{XHTML}span") if found.text] == ["<script>alert(1)</script>"]


@pytest.mark.parametrize("write", [alto, hocr])
def test_a_page_is_written_before_the_next_is_asked_for(
    write: Callable[[Iterator[PageWords], str], Iterator[str]],
) -> None:
    asked: list[int] = []

    def pages() -> Iterator[PageWords]:
        for page in PAGES:
            asked.append(page.number)
            yield page

    seen = [len(asked) for _ in write(pages(), "scan")]
    assert all(later - sooner <= 1 for sooner, later in pairwise(seen))
