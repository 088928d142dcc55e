from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tests.unit.workers.papers import drawn, drawn_line
from workers.layout import GAP, rows
from workers.sheets import Box, Line, PageState, Sheet, Word
from workers.transcript import Transcript

LONG = "第一条甲乙双方应当按照本合同约定全面履行各自的义务任何一方不得擅自变更"


def turned(line: Line, degrees: float) -> Line:
    """The line as on a page that lay askew: words step down to the right, the line's box grows."""
    fall = math.tan(math.radians(degrees))

    def fallen(box: Box) -> Box:
        return (box[0], box[1] + box[0] * fall, box[2], box[3])

    words = tuple(Word(word.text, fallen(word.box), word.confidence) for word in line.words)
    top = min(word.box[1] for word in words)
    bottom = max(word.box[1] + word.box[3] for word in words)
    return replace(line, words=words, box=(line.box[0], top, line.box[2], bottom - top))


def page(*lines: Line) -> Sheet:
    return Sheet(1, 1300, 1800, 200, PageState.RECOGNISED, lines, 0.99)


@pytest.mark.parametrize("degrees", [-2.0, 0.0, 2.0])
def test_boxes_of_one_row_stay_one_row_on_a_page_askew(degrees: float) -> None:
    lines = [
        drawn_line(LONG, 0),
        drawn_line("姓名", 1),
        drawn_line("赵明远", 1, left=700.0),
        drawn_line("证件号", 2),
        drawn_line("110105198503071230", 2, left=700.0),
        drawn_line(LONG, 3),
    ]
    texts = [row.text for row in rows(page(*(turned(line, degrees) for line in lines)))]
    assert texts == [LONG, f"姓名{GAP}赵明远", f"证件号{GAP}110105198503071230", LONG]


def test_wide_characters_become_narrow_and_keep_their_places() -> None:
    transcript = Transcript([drawn("编号：ＡＢ１２")])
    assert transcript.text.strip() == "编号:AB12"
    assert transcript.box(3, 5)[0] == pytest.approx(172.0)


def test_traditional_characters_fold_to_the_same_length() -> None:
    transcript = Transcript([drawn("營業執照", "統一社會信用代碼")])
    assert transcript.folded == "营业执照\n统一社会信用代码\n"
    assert transcript.text == "營業執照\n統一社會信用代碼\n"


def test_a_character_that_folds_to_two_keeps_the_box_of_one() -> None:
    transcript = Transcript([drawn("面积76㎡整")])
    assert transcript.text.strip() == "面积76m2整"
    assert transcript.box(4, 5) == transcript.box(5, 6)


def test_what_stands_below_is_in_the_same_column() -> None:
    transcript = Transcript([drawn("姓名\t\t性别\t\t民族", "赵明远\t\t男\t\t汉")])
    start = transcript.text.index("性别")
    below = transcript.below(start, start + 2)
    assert below is not None
    assert transcript.text[slice(*below)] == "男"


def test_a_value_never_comes_from_the_next_page() -> None:
    transcript = Transcript([drawn("合同编号", number=1), drawn("XS-1", number=2)])
    assert transcript.next_row(0) is None
    assert transcript.page_at(transcript.text.index("XS")) == 2


def test_pages_without_words_leave_no_trace() -> None:
    blank = Sheet(1, 10, 10, 200, PageState.BLANK)
    assert Transcript([blank]).text == ""
    assert Transcript([page(drawn_line("   ", 0))]).text == ""
