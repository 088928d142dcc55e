"""What a learning is taught by, what it is tried on, and when it may take the place of the model in use."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from tests.unit.workers.papers import drawn
from workers.classify import classify, weigh
from workers.lessons import Lesson, Trial, held_back, trial
from workers.sheets import Sheet
from workers.type_model import features, shipped

HABITS = ("巡楼日志", "值守小结", "晨间巡视")


def round_of(number: int) -> Sheet:
    """A form of the house's own that no type is called by."""
    return drawn(
        HABITS[number % 3], f"班次第{number}班　值守人员到岗", "设备间门窗完好，消防栓压力正常，水泵无异响",
        "走廊照明缺灯一处，已报修", "交接钥匙与对讲机，签收",
    )  # fmt: skip


def lesson(number: int, sheet: Sheet, kind: str, *, given: bool) -> Lesson:
    weighed = weigh([sheet])
    assert weighed
    return Lesson(str(UUID(int=number)), kind, given, features(weighed.text), dict(weighed.scores), weighed.text)


def lease(number: int) -> Sheet:
    return drawn(
        "房屋租赁合同",
        f"合同编号：{number}",
        "甲方：北辰置业有限公司",
        "乙方：广州中鼎贸易有限公司",
        "租赁期限一年，违约责任如下",
    )


@pytest.fixture(scope="module")
def corrected() -> list[Lesson]:
    """Rounds that people called customer forms, and leases that were filed as they were read."""
    rounds = [lesson(number, round_of(number), "customer_form", given=True) for number in range(16)]
    return [*rounds, *(lesson(100 + number, lease(number), "contract", given=False) for number in range(16))]


@pytest.fixture(scope="module")
def tried(corrected: list[Lesson]) -> Trial:
    """What learning from them came to."""
    found = trial(corrected, shipped())
    assert found is not None
    return found


def test_what_people_corrected_is_learned_and_what_was_right_stays_right(tried: Trial) -> None:
    assert classify([round_of(99)]).code == "other"
    assert tried.not_worse
    assert (tried.held_back, tried.right_before, tried.right_after) == (8, 4, 8)
    assert classify([round_of(99)], tried.model).code == "customer_form"
    assert classify([lease(99)], tried.model) == classify([lease(99)])


def test_nothing_is_tried_on_what_taught_it(corrected: list[Lesson], tried: Trial) -> None:
    held = {one.document_id for one in corrected if held_back(one.document_id)}
    assert not held & set(tried.taught)
    assert len(held) + len(tried.taught) == len(corrected)


def test_a_model_that_does_worse_on_what_was_held_back_is_not_swapped_in(corrected: list[Lesson]) -> None:
    misled = [
        replace(one, kind="complaint") if one.given and not held_back(one.document_id) else one for one in corrected
    ]
    tried = trial(misled, shipped())
    assert tried is not None
    assert not tried.not_worse


def test_a_model_that_forgets_what_was_filed_rightly_is_not_swapped_in(tried: Trial) -> None:
    assert not replace(tried, kept_after=tried.kept_before - 1).not_worse


def test_too_few_corrections_teach_nothing(corrected: list[Lesson]) -> None:
    assert trial([one for one in corrected if not one.given or held_back(one.document_id)], shipped()) is None
