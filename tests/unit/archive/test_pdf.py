from __future__ import annotations

import pymupdf
import pytest

from archive.pdf import Form, Heading, Pairs, Paragraph, Table, write_form


def pages(written: bytes) -> list[str]:
    with pymupdf.open(stream=written) as file:
        return [page.get_text() for page in file]


@pytest.fixture
def long_form() -> Form:
    rows = tuple((str(row), f"A-{row:04d}", "关于租赁房屋的补充协议" * (1 + row % 3)) for row in range(90))
    return Form("登记簿", (Heading("清册"), Table(("序号", "档号", "题名"), rows, (1, 3, 6))), footer="打印：柳知秋")


def test_heads_and_footers_are_on_every_page(long_form: Form) -> None:
    written = pages(write_form(long_form))
    assert len(written) > 2
    for number, text in enumerate(written, start=1):
        assert "档号" in text
        assert f"{number} / {len(written)}" in text
        assert "打印：柳知秋" in text


def test_no_row_is_lost_over_the_page_breaks(long_form: Form) -> None:
    whole = "".join(pages(write_form(long_form)))
    assert [f"A-{row:04d}" in whole for row in range(90)] == [True] * 90


def test_equal_forms_are_equal_bytes(long_form: Form) -> None:
    assert write_form(long_form) == write_form(long_form)


def test_landscape_is_wider_than_high() -> None:
    with pymupdf.open(stream=write_form(Form("横", (Paragraph("一段"),), landscape=True))) as file:
        assert file[0].rect.width > file[0].rect.height


def test_a_word_longer_than_the_line_is_cut_and_kept() -> None:
    digest = "0123456789abcdef" * 16
    text = pages(write_form(Form("证书", (Pairs((("摘要", digest), ("空", ""))),))))[0]
    assert digest in text.replace("\n", "")


def test_the_font_is_embedded(long_form: Form) -> None:
    with pymupdf.open(stream=write_form(long_form)) as file:
        assert all(extension == "ttf" for _, extension, *_ in file[0].get_fonts())
