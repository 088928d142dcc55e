"""How names sound, and what is typed to find them by it."""

from __future__ import annotations

import pytest

from indexes.sounds import MOST, sounds, spoken


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("中国人寿保险", "zgrs"),
        ("中国人寿保险", "zhongguorenshou"),
        ("中国人寿保险", "RenShou"),
        ("中國人壽", "zgrs"),
        ("单晓女", "sxn"),
        ("单晓女", "shan xiao nv"),
        ("曾国藩", "zeng"),
        ("吕布", "lü'bu"),
        ("重庆物业", "chongqing"),
        ("ABC物业（北京）", "wybj"),
    ],
)
def test_a_name_is_found_by_its_sound_from_any_character_on(name: str, typed: str) -> None:
    assert any(sound.startswith(spoken(typed)) for sound in sounds(name))


@pytest.mark.parametrize("typed", ["", "张三", "zg.*", "123", "z[g", "zg|rs", "\ud800"])
def test_what_is_no_sound_is_none(typed: str) -> None:
    assert spoken(typed) == ""


def test_sounds_are_bounded_and_only_of_han() -> None:
    assert len(sounds("物业管理有限公司" * 25)) == MOST
    assert sounds("Pacific Rim") == ()
