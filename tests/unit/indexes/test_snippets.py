"""Where a query stands on a page: the marks of the snippet and the boxes on the scan."""

from __future__ import annotations

from typing import Any

import pytest

from archive.masking import Span, find_sensitive
from indexes.analysis import row
from indexes.language import parse
from indexes.places import Box, boxes, outlined
from indexes.snippets import Found, found, matches, snippet, starred

TEXT = "租賃合同\n编号 HT-2009\n甲方:张三 110101199001011234"
(ID,) = find_sensitive(TEXT)


def word(text: str, x: float, y: float, width: float) -> dict[str, Any]:
    return {"text": text, "x": x, "y": y, "w": width, "h": 20, "confidence": 0.9}


WORDS = [
    word("租賃合", 0, 0, 60),
    word("同", 60, 0, 20),
    word("编号", 0, 30, 40),
    word("HT-2009", 50, 30, 70),
    word("甲方:张三", 0, 60, 90),
    word("110101199001011234", 100, 60, 180),
]


def look(query: str, hidden: tuple[Span, ...] = ()) -> Found:
    return found(TEXT, lambda: WORDS, parse(query).node, hidden)


def marked(query: str, hidden: tuple[Span, ...] = ()) -> list[str]:
    shown = look(query, hidden).snippet
    return [shown.text[start:end] for start, end in shown.marks]


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("合同", ["合同"]),
        ("租赁", ["租賃"]),
        ("合同编号", ["合同 编号"]),
        ("ht2009", ["HT-2009"]),
        ("甲 -乙", ["甲"]),
        ("张三 合同", ["合同", "张三"]),
        ("租凭合同~", ["租賃合同"]),
        ("没有", []),
        ("", []),
        ("文种:合同", []),
    ],
)
def test_marks_are_what_was_asked_for_as_it_is_written(query: str, parts: list[str]) -> None:
    assert marked(query) == parts


def test_boxes_follow_the_words_line_by_line() -> None:
    assert look("租赁合同").boxes == (Box(0, 0, 80, 20),)
    assert look("同编号").boxes == (Box(60, 0, 20, 20), Box(0, 30, 40, 20))


def test_a_part_of_a_word_has_its_part_of_the_box() -> None:
    assert look("2009").boxes == (Box(80, 30, 40, 20),)


def test_what_is_hidden_is_starred_and_neither_marked_nor_outlined() -> None:
    masked = look("1990", (ID,))
    assert masked.boxes == ()
    assert masked.snippet.marks == ()
    assert "1101" not in look("张三", (ID,)).snippet.text
    assert look("1990").boxes
    assert starred("甲123乙", [(1, 4)]) == "甲***乙"


def test_words_that_differ_from_the_text_leave_the_others_their_places() -> None:
    page = row("租赁合同书编号")
    words = [word("租", 0, 0, 20), word("贷合同", 20, 0, 60), word("编号", 90, 0, 40)]
    placed = boxes(page, words, range(len(page.words)))
    assert [word for word, box in zip(page.words, placed, strict=True) if box is None] == ["赁", "书"]
    assert outlined(placed[2:4]) == [Box(40, 0, 40, 20)]


def test_a_page_without_words_has_a_snippet_and_no_boxes() -> None:
    assert found("合同", list, parse("合同").node) == Found(snippet("合同", [(0, 2)]), ())


def test_a_long_page_is_cut_around_the_first_match_on_one_line() -> None:
    text = "前\n" * 200 + "租赁合同" + "后\n" * 200
    shown = found(text, list, parse("租赁合同").node).snippet
    assert len(shown.text) < 130
    assert "\n" not in shown.text
    assert [shown.text[start:end] for start, end in shown.marks] == ["租赁合同"]


def test_matches_inside_one_another_are_one() -> None:
    assert matches(row("甲甲甲乙").words, parse("甲甲 甲甲甲 乙").node) == [(0, 3), (3, 4)]


def test_what_looks_like_markup_stays_text() -> None:
    text = "<img onerror=1>合同</mark>{{7*7}}"
    assert found(text, list, parse("合同").node).snippet.text == text
