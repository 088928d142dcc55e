from __future__ import annotations

import pytest

from workers.numbering import PRINTED, numbered, printed
from workers.sheets import Finding, Line, PageState, Sheet

HEIGHT = 2000


def foot(text: str, *, sure: float = 0.99, y: float = 1900.0) -> Line:
    return Line(text, (700.0, y, 200.0, 30.0), sure)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("第3页", "3"),
        ("第 3 页 共 12 页", "3/12"),
        ("第3页/共12页", "3/12"),
        ("第３页，共１２页", "3/12"),
        ("共12页 第3页", "3/12"),
        ("第十二页", "12"),
        ("第三页 共五页", "3/5"),
        ("Page 3 of 12", "3/12"),
        ("PAGE 3", "3"),
        ("- 3 -", "3"),
        ("3/12", "3/12"),
        ("物业服务合同 第3页 共12页 机密", "3/12"),
    ],
)
def test_printed_numbers_are_known_by_their_form(text: str, value: str) -> None:
    assert printed(HEIGHT, [foot(text)]) == Finding(PRINTED, value, "10.5.3")


@pytest.mark.parametrize("text", ["12/3", "2021.3.5", "3", "第3条", "0/4", "第0页", "1,234.00", "2021-3", "第一百万页"])
def test_other_numbers_are_none(text: str) -> None:
    assert printed(HEIGHT, [foot(text)]) is None


def test_a_number_in_the_text_or_misread_is_none() -> None:
    assert printed(HEIGHT, [foot("见第3页", y=1000.0)]) is None
    assert printed(HEIGHT, [foot("第3页", sure=0.6)]) is None


def scans(*numbers: str) -> list[Sheet]:
    """Sheets that bear these numbers, none for an empty one."""
    return [
        Sheet(
            place, 1400, HEIGHT, 200, PageState.RECOGNISED, findings=(Finding(PRINTED, value),) if value else ()
        )
        for place, value in enumerate(numbers, start=1)
    ]  # fmt: skip


def told(*numbers: str) -> list[tuple[int, str, str]]:
    return [
        (sheet.number, found.code, found.value)
        for sheet in numbered(scans(*numbers))
        for found in sheet.findings
        if found.code != PRINTED
    ]


@pytest.mark.parametrize(
    "numbers",
    [
        ("1/3", "2/3", "3/3"),
        ("", "1/3", "2/3", "3/3"),
        ("1", "", "3"),
        ("1/2", "2/2", "1/3", "2/3", "3/3"),
        ("12", "13", "14"),
        ("1/3", "2/3", ""),
        ("", "2/3", "3/3"),
        ("", "", ""),
        (),
    ],
)
def test_whole_papers_in_order_have_no_findings(numbers: tuple[str, ...]) -> None:
    assert told(*numbers) == []


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (("1/4", "2/4", "4/4"), [(3, "pages_missing", "3")]),
        (("1/6", "2/6", "3/6"), [(3, "pages_missing", "4-6")]),
        (("3/4", "4/4"), [(1, "pages_missing", "1-2")]),
        (("1/3", "3/3", "2/3"), [(2, "pages_missing", "2"), (3, "page_order", "3>2")]),
        (("1/3", "2/3", "2/3", "3/3"), [(3, "page_repeated", "2")]),
        (("1", "2", "5"), [(3, "pages_missing", "3-4")]),
        (("1/3", "2/3", "1/2", "2/2"), [(2, "pages_missing", "3")]),
    ],
)
def test_what_is_missing_doubled_or_out_of_order_is_named(
    numbers: tuple[str, ...], expected: list[tuple[int, str, str]]
) -> None:
    assert told(*numbers) == expected
