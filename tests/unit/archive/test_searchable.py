from __future__ import annotations

import io

import pymupdf

from archive.searchable import Coding, Picture, PlacedWord, SearchablePdf, page_size
from tests import drawing

WORDS = (
    PlacedWord("合同", 0.1, 0.1, 0.1, 0.03),
    PlacedWord("Agreement", 0.1, 0.2, 0.3, 0.03),
    PlacedWord("No", 0.45, 0.2, 0.08, 0.03),
    PlacedWord("𠮷", 0.1, 0.3, 0.03, 0.03),
)


def written() -> bytes:
    page = drawing.paper(["合同"], dpi=50)
    picture = Picture(Coding.JPEG, page.width, page.height, 1, drawing.coded(page, "JPEG"))
    out = io.BytesIO()
    pdf = SearchablePdf(out)
    for _ in range(2):
        pdf.add_page(picture, WORDS, *page_size(page.width, page.height, 50))
    pdf.close()
    return out.getvalue()


def test_words_are_found_where_they_are_printed() -> None:
    with pymupdf.open(stream=written()) as file:
        assert not file.is_repaired
        found = file[1].search_for("合同")[0]
        assert abs(found.x0 - 0.1 * file[1].rect.width) < 2
        assert abs(found.y0 - 0.1 * file[1].rect.height) < 6


def test_the_text_reads_in_order_with_blanks_between_latin_words() -> None:
    with pymupdf.open(stream=written()) as file:
        assert file[0].get_text().split() == ["合同", "Agreement", "No", "𠮷"]


def test_the_words_are_not_seen() -> None:
    with pymupdf.open(stream=written()) as file:
        assert {kind for kind, _ in file[0].get_bboxlog()} == {"fill-image", "ignore-text"}


def test_equal_pages_are_equal_bytes() -> None:
    assert written() == written()
