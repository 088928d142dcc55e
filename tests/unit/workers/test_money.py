from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.money import DISAGREE, contradictions, find_amounts, find_capitals, find_figures, reconciled, written

NUMERALS, SMALL = "零壹贰叁肆伍陆柒捌玖", ("", "拾", "佰", "仟")


def in_capitals(yuan: int) -> str:
    """Whole yuan as a cashier writes them, groups of four from the right."""
    groups, text = [], ""
    while yuan:
        yuan, group = divmod(yuan, 10_000)
        groups.append(group)
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        digits = f"{group:04d}" if text else str(group)
        part = "".join(
            NUMERALS[int(digit)] + SMALL[len(digits) - 1 - at] if digit != "0" else "零"
            for at, digit in enumerate(digits)
        )
        while "零零" in part:
            part = part.replace("零零", "零")
        part = part.rstrip("零") if group else ""
        text += part + ("", "万", "亿")[place] if group else ""
    return text + "元整"


@given(st.integers(1, 999_999_999_999))
def test_capitals_are_read_as_they_are_written(yuan: int) -> None:
    (amount,) = find_capitals(in_capitals(yuan))
    assert amount.yuan == yuan


@given(st.decimals(0, 10**9, places=2))
def test_figures_are_read_as_they_are_written(yuan: Decimal) -> None:
    (amount,) = find_figures(f"¥{yuan:,.2f}")
    assert amount.yuan == yuan
    assert amount.marked


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("¥1,234.00", "1234.00"),
        ("￥845.5", "845.50"),
        ("人民币12800元", "12800.00"),
        ("35万元", "350000.00"),
        ("1.5亿元", "150000000.00"),
        ("139.000.00元", "139000.00"),
        ("139,000,00元", "139000.00"),
        ("RMB 20,000", "20000.00"),
        ("壹拾叁万玖仟元整", "139000.00"),
        ("伍万叁仟伍佰零伍圆整", "53505.00"),
        ("叁佰伍拾元零伍角整", "350.50"),
        ("壹佰元叁角伍分", "100.35"),
        ("拾元整", "10.00"),
        ("贷万参仟元整", "23000.00"),
        ("三千六百元 叁仟陆佰元整", "3600.00"),
    ],
)
def test_an_amount_in_each_form(text: str, yuan: str) -> None:
    assert yuan in {written(amount.yuan) for amount in find_amounts(text)}


@pytest.mark.parametrize("text", ["第一元素", "一元二次方程", "无", ""])
def test_small_numerals_are_no_amount(text: str) -> None:
    assert find_capitals(text) == []


def test_figures_without_sign_are_not_marked() -> None:
    (amount,) = find_figures("房号 1203")
    assert not amount.marked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("¥139000壹拾叁万玖仟元整", ("139000", "")),
        ("¥13900000壹拾叁万玖仟元整", ("139000", "")),
        ("¥138000壹拾叁万玖仟元整", ("138000", DISAGREE)),
        ("¥1,390,000.00壹拾叁万玖仟元整", ("1390000.00", DISAGREE)),
    ],
)
def test_figures_and_capitals_must_agree_but_for_a_lost_point(text: str, expected: tuple[str, str]) -> None:
    figures, capitals = find_amounts(text)
    yuan, problem = reconciled(figures, capitals)
    assert (str(yuan), problem) == expected


@pytest.mark.parametrize(
    "text",
    [
        "合同总价:人民币120,000.00元(大写:壹拾叁万元整)",
        "合同总价:¥120,000.00元大写:壹拾叁万元整",
        "租金总额为人民币壹拾叁万元整(¥120,000.00)",
        "总价款120000元,大写壹拾叁万元整",
        "人民币(大写)壹拾贰万元整(小写)1,200,000.00",
        "大写:壹拾贰万元整小写:125,000",
    ],
)
def test_amounts_beside_each_other_that_differ_are_told(text: str) -> None:
    assert len(contradictions(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "每月租金5000元,押金壹万元整,合计人民币65,000元(陆万伍仟元整)",
        "¥120,000.00元(大写:壹拾贰万元整)",
        "大写壹拾贰万元整,小写120000,每月10,000.00元",
        "单价6,000.00合计人民币(大写):壹拾贰万元整¥120,000.00",
        "人民币壹拾贰万元整",
    ],
)
def test_amounts_that_agree_or_stand_apart_are_not(text: str) -> None:
    assert contradictions(text) == []
