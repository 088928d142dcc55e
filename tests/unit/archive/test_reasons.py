from __future__ import annotations

import string

import pytest

from archive.reasons import LANGUAGES, SENTENCES, parsed, reason, sentence


@pytest.mark.parametrize("code", SENTENCES)
def test_both_languages_ask_for_the_same_values(code: str) -> None:
    asked = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in SENTENCES[code]]
    assert asked[0] == asked[1]


@pytest.mark.parametrize("code", SENTENCES)
def test_every_code_makes_a_sentence_with_and_without_values(code: str) -> None:
    for language in LANGUAGES:
        assert "{" not in sentence(code, language)
        assert "{" not in sentence(reason(code, "甲", 2), language)


def test_a_reason_is_taken_apart_again() -> None:
    written = reason("label", "单位|名称") + "+repaired"
    assert parsed(written).values == ("单位/名称",)
    assert parsed(written).notes == ("repaired",)
    assert sentence(written, "zh").endswith("误识字符已按校验码更正")


def test_values_that_are_codes_are_named() -> None:
    assert sentence("field_missing:party_a", "zh", {"party_a": "甲方"}.__getitem__) == "缺少字段“甲方”"


def test_an_unknown_code_is_refused() -> None:
    with pytest.raises(KeyError):
        reason("because_i_say_so")
    with pytest.raises(KeyError):
        sentence("because_i_say_so:1", "en")
