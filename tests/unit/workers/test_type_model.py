"""The learned model of types: what it is made of, how it is written, how it and the rules count together."""

from __future__ import annotations

import numpy as np
import pytest

from workers.kinds import KINDS
from workers.type_model import DIMENSIONS, TypeModel, features, learn, parsed, shipped, together, written

LEASE = "出租方将房屋出租给承租方使用租赁期限租金按季度支付押金违约责任" * 6
MINUTES = "会议主持人参会人员会议议题纪要各部门汇报工作安排下一步计划" * 6
MANY = "".join(map(chr, range(0x4E00, 0x4F00)))


def test_the_shipped_model_knows_every_type() -> None:
    assert set(shipped().kinds) == {kind.code for kind in KINDS}


def test_a_model_comes_back_as_it_was_written() -> None:
    model = shipped()
    again = parsed(written(model))
    assert written(again) == written(model)
    assert again.scores(LEASE) == pytest.approx(model.scores(LEASE), abs=0.05)


def test_a_model_of_other_dimensions_is_refused() -> None:
    with pytest.raises(ValueError, match="train it anew"):
        parsed(written(shipped()).replace(f'"dimensions": {DIMENSIONS}', '"dimensions": 8'))


def test_learning_tells_papers_apart_and_gives_equal_weights_for_equal_papers() -> None:
    rows = np.stack([features(LEASE), features(MINUTES)] * 3)
    kinds = ["contract", "other"] * 3
    model, again = (learn(rows, kinds, ("contract", "other")) for _ in range(2))
    assert model.scores(LEASE)["contract"] > model.scores(LEASE)["other"]
    assert model.scores(MINUTES)["other"] > model.scores(MINUTES)["contract"]
    assert np.array_equal(model.weights, again.weights)


def test_digits_leave_no_trace() -> None:
    assert np.array_equal(features("合同编号2021第345号"), features("合同编号1999第8号"))


def test_a_short_text_says_little_and_nothing_says_nothing() -> None:
    assert not features("").any()
    assert np.linalg.norm(features("收据")) < 0.2
    assert np.linalg.norm(features(LEASE + MINUTES + MANY)) > 0.9


def test_rules_and_model_count_as_told() -> None:
    rules, learned = {"receipt": 6.0, "letter": 0.0}, {"receipt": -3.0, "letter": 0.0}
    assert together(rules, learned, 1.0, 1.0)["receipt"] == pytest.approx(0.9526, abs=1e-3)
    assert together(rules, learned, 1.0, 0.0)["receipt"] > together(rules, learned, 1.0, 1.0)["receipt"]
    model = TypeModel(("receipt", "letter"), np.zeros((2, DIMENSIONS), dtype=np.float32))
    assert sum(model.probabilities(rules, "收据").values()) == pytest.approx(1.0)
