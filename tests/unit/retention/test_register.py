"""The register of 300 lines with long names: on paper nothing is lost or broken, in a workbook nothing is a formula."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pymupdf
import pytest
from lxml import etree

from archive.pdf import write_form
from retention.register import HEAD, Register, cover, lines, register_form
from service.sheets import workbook
from tests.unit.retention.test_bundle import BATCH, body_of, item, key_of, keys_of, make

NAME = "中国（上海）自由贸易试验区临港新片区某某国际供应链管理与物业服务集团股份有限公司第二分公司"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def made() -> Register:
    items: list[Any] = [item(number) for number in range(1, 301)]
    for each in items[::3]:
        each |= {"responsible": NAME, "title": f"与{NAME}签订的商品房买卖合同补充协议（第{each['number']}号）"}
    items[4]["title"] = '=HYPERLINK("http://x","y")'
    manifest: Any = {"format": "anjuan-manifest/1", "batch": BATCH, "title": "t", "fonds": "X001", "items": items}
    certificate = make.signed_certificate(key_of("certificate"), body_of(manifest, keys_of()))  # type: ignore[arg-type]
    return Register(certificate, manifest)


def test_three_hundred_lines_stand_on_paper_whole(made: Register) -> None:
    with pymupdf.open(stream=write_form(register_form(made))) as pdf:
        pages = [page.get_text() for page in pdf]
        assert all(page.rect.width > page.rect.height for page in pdf)
        assert all(word[2] <= page.rect.width - 28 for page in pdf for word in page.get_text("words"))
    assert len(pages) <= 36
    assert "清册编号" in pages[0]
    assert "X001-2013" not in pages[0]
    assert all("档号" in page for page in pages[1:])
    flat = "".join(pages).replace("\n", "")
    assert [f"X001-2013-D10-{number:04d}" in flat for number in range(1, 301)] == [True] * 300
    assert flat.count(NAME) >= 200
    assert flat.count("2025-01-01") == 300


def test_in_the_workbook_numbers_count_and_texts_stay_texts(made: Register) -> None:
    book = zipfile.ZipFile(io.BytesIO(workbook({"封面": cover(made), "目录": [HEAD, *lines(made)]})))
    names = [sheet.get("name") for sheet in etree.fromstring(book.read("xl/workbook.xml")).iter(f"{MAIN}sheet")]
    assert names == ["封面", "目录"]
    sheet = etree.fromstring(book.read("xl/worksheets/sheet2.xml"))
    rows = list(sheet.iter(f"{MAIN}row"))
    assert len(rows) == 301
    assert not list(sheet.iter(f"{MAIN}f"))
    fifth = list(rows[5])
    texts = ["".join(cell.itertext()) for cell in fifth]
    assert (fifth[0].get("t"), texts[0], fifth[4].get("t"), texts[4]) == (
        None, "5", "inlineStr", '=HYPERLINK("http://x","y")',
    )  # fmt: skip
    assert sum(int("".join(list(row)[HEAD.index("页数")].itertext())) for row in rows[1:]) == sum(range(2, 302))
