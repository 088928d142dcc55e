"""Types that an organisation adds: told by their words, confirmed until learned, no harm to the others (B3)."""

from __future__ import annotations

import pytest

from tests.unit.workers.papers import drawn
from tests.unit.workers.test_lessons import lease, lesson
from workers.classify import classify, weigh
from workers.extract import extract
from workers.filing import POLICY
from workers.kinds import KINDS, Kind
from workers.lessons import TAUGHT_LEAST, Lesson, trial
from workers.sheets import Sheet
from workers.type_model import features, parsed, shipped, written
from workers.vocabulary import USUAL, Vocabulary

PERMIT = Kind("fitting_permit", "装修许可证", titles=("装修许可证",), phrases=(("装修押金", 2.0), ("施工负责人", 2.0)))
WORDS = Vocabulary((*KINDS, PERMIT), {PERMIT.code: PERMIT.name}, {PERMIT.code: ("name", "issued", "amount")})


def permit(number: int) -> Sheet:
    return drawn(
        "装修许可证", f"编号：ZX-{number}", "姓名：柳知秋", "施工负责人：周远", f"装修押金：人民币{number + 1}000.00元",
        "请将本证张贴在户门外侧", "发证日期：2026年3月5日",
    )  # fmt: skip


def given(number: int, sheet: Sheet, kind: str) -> Lesson:
    weighed = weigh([sheet], WORDS)
    assert weighed
    plain = lesson(number, sheet, kind, given=True)
    return Lesson(plain.document_id, kind, True, features(weighed.text), dict(weighed.scores), weighed.text)


def test_its_title_and_words_decide_and_a_person_confirms() -> None:
    assert classify([permit(1)]).code != PERMIT.code
    verdict = classify([permit(1)], words=WORDS)
    assert (verdict.code, verdict.name, verdict.told) == (PERMIT.code, PERMIT.name, PERMIT.name)
    assert 0.5 < verdict.confidence < POLICY.type_at_least
    assert f"title:{PERMIT.name}" in verdict.because


def test_papers_that_bear_none_of_its_words_are_what_they_were() -> None:
    for sheet in (lease(1), drawn("值守小结", "班次第3班", "走廊照明缺灯一处，已报修")):
        assert classify([sheet], words=WORDS) == classify([sheet])


def test_a_retired_type_is_told_apart_no_more() -> None:
    fewer = Vocabulary(tuple(kind for kind in KINDS if kind.code != "contract"))
    assert classify([lease(1)], words=fewer).code != "contract"


@pytest.fixture(scope="module")
def lessons() -> list[Lesson]:
    return [given(number, permit(number), PERMIT.code) for number in range(12)] + [
        given(100 + number, lease(number), "contract") for number in range(12)
    ]


def test_corrections_teach_it_and_then_it_may_be_sure(lessons: list[Lesson]) -> None:
    tried = trial(lessons, shipped())
    assert tried is not None
    assert tried.not_worse
    assert PERMIT.code in tried.model.kinds
    model = parsed(written(tried.model))
    assert classify([permit(99)], model, WORDS).confidence >= POLICY.type_at_least
    assert classify([lease(99)], model, WORDS).code == "contract"
    assert classify([permit(99)], model, USUAL).code != PERMIT.code, "retired after it was learned"


def test_a_few_papers_are_not_enough_to_teach_it(lessons: list[Lesson]) -> None:
    tried = trial([*lessons[: TAUGHT_LEAST - 2], *lessons[12:]], shipped())
    assert tried is not None
    assert PERMIT.code not in tried.model.kinds


def test_the_fields_that_were_ticked_are_read_as_on_other_papers() -> None:
    facts = extract([permit(1)], PERMIT.code, (), WORDS.fields[PERMIT.code])
    found = {name: facts.value(name) for name in facts.fields}
    assert found == {"name": "柳知秋", "issued": "2026-03-05", "amount": "2000.00"}
