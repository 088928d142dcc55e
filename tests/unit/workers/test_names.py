from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.names import OwnNames, distance, only_misread, written

TEXT = st.text("甲乙丙丁土士", max_size=8)


@given(TEXT, TEXT)
def test_distance_is_the_same_both_ways_and_zero_only_for_equals(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)


def test_what_looks_alike_is_nearer_than_what_does_not() -> None:
    assert distance("天土建材", "天士建材") < distance("天土建材", "天地建材")


@pytest.mark.parametrize(
    ("one", "other", "misread"),
    [
        ("成都天土建材有限公司", "成都天士建材有限公司", True),
        ("成都天土建材有限公司", "成都天地建材有限公司", False),
        ("成都天土建材有限公司", "成都天土建材公司", False),
        ("宁波中联食品有限公司", "广州中联食品有限公司", False),
        ("李土", "李士", True),
        ("王土", "玉士", False),
    ],
)
def test_only_misread(one: str, other: str, misread: bool) -> None:  # noqa: FBT001 - a table
    assert only_misread(one, other) is misread


@pytest.mark.parametrize("name", ["Northwind Consulting Pte. Ltd", "NORTHWIND  CONSULTING PTE LTD"])
def test_case_blanks_and_points_do_not_count(name: str) -> None:
    assert written(name) == "northwindconsultingpteltd"


def test_traditional_and_wide_characters_do_not_count() -> None:
    assert written("廣州東嶺實業(集團)有限公司") == written("广州东岭实业（集团）有限公司")


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("北辰置业有限公司", True),
        ("北辰置業有限公司", True),
        ("北辰置业有限公同", True),
        ("南山置地有限公司", False),
        ("", False),
    ],
)
def test_our_own_name_is_known_though_misread(name: str, ours: bool) -> None:  # noqa: FBT001 - a table
    assert OwnNames(("北辰置业有限公司", "")).holds(name) is ours


def test_without_own_names_nobody_is_us() -> None:
    assert not OwnNames(()).holds("北辰置业有限公司")
