from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.masking import find_sensitive, mask
from archive.numbers import resident_id_check_digit

BODY = "11010519900307002"
NUMBER = BODY + resident_id_check_digit(BODY)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"身份证号：{NUMBER}", f"身份证号：110***********{NUMBER[-4:]}"),
        (f"号码{NUMBER}。", f"号码110***********{NUMBER[-4:]}。"),
        ("证号 110105199003070021 无误", "证号 110***********0021 无误"),
        ("公民身份号码 110105900307002", "公民身份号码 110********7002"),
        ("身份证：11O1O5199OO3O7OO21", "身份证：11O***********OO21"),
        ("Identity Card No: none, ID No. 11010519900307002X", "Identity Card No: none, ID No. 110***********002X"),
    ],
)
def test_identity_numbers_keep_their_ends(text: str, hidden: str) -> None:
    assert mask(text) == hidden


@pytest.mark.parametrize(
    "text",
    [
        "统一社会信用代码 91320105R6K5G82U6P",
        "发票号码 011002100311 14567890",
        "合同编号 HT-2031-0457",
        "账号 6222021234567890123",
        "单号 110105900307002",
        "电话 13800138000",
        "",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert mask(text) == text


def test_a_number_in_groups_is_one_number() -> None:
    assert mask("身份证 110105 19900307 0021") == "身份证 110*** ******** 0021"


@pytest.mark.parametrize(
    "text",
    [
        "SFZ{n}.pdf", "ID{n}", "{n}a", "{n}copy", "{n}20200101", "1{n}", "{a}  {b}", "{a}.{b}", "{a}/{b}", "{a}_{b}",
        "{a} - {b}", "{a}\u200b{b}", "{wide}", "{misread} 张",
    ],
)  # fmt: skip
def test_a_number_is_hidden_whatever_stands_beside_or_inside_it(text: str) -> None:
    wide = "".join(chr(ord(character) + 0xFEE0) for character in NUMBER)
    misread = NUMBER[:14] + "O" + NUMBER[15:]
    told = text.format(n=NUMBER, misread=misread, a=NUMBER[:6], b=NUMBER[6:], wide=wide)
    digits = unicodedata.normalize("NFKC", mask(told)).replace("O", "0")
    assert "*" in digits
    assert NUMBER[6:14] not in "".join(filter(str.isalnum, digits))


def test_two_numbers_without_a_gap_are_both_hidden() -> None:
    assert mask(NUMBER * 2).count("*") == 22


def test_two_numbers_are_two_spans() -> None:
    assert len(find_sensitive(f"甲 {NUMBER} 乙 {NUMBER}")) == 2


@given(st.text(max_size=60))
def test_masking_keeps_the_length_and_every_character_but_digits(text: str) -> None:
    hidden = mask(text)
    assert len(hidden) == len(text)
    assert all(new == old or (new == "*" and not old.isspace()) for old, new in zip(text, hidden, strict=True))
