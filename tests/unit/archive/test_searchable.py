from __future__ import annotations

import io

import pikepdf
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


def test_the_file_says_and_keeps_what_pdf_a_2b_asks() -> None:
    """ISO 19005-2: metadata that says so (6.6.4), a colour profile (6.2.3), no word shown with .notdef (6.2.11.8)."""
    with pikepdf.open(io.BytesIO(written())) as file, file.open_metadata() as metadata:
        assert metadata.pdfa_status == "2B"
        intent = file.Root.OutputIntents[0]
        assert (str(intent.S), intent.DestOutputProfile.N) == ("/GTS_PDFA1", 3)
        glyphs = file.pages[0].Resources.Font.F.DescendantFonts[0].CIDToGIDMap.read_bytes()
        assert set(zip(glyphs[2::2], glyphs[3::2], strict=True)) == {(0, 1)}


def test_equal_pages_are_equal_bytes() -> None:
    assert written() == written()
