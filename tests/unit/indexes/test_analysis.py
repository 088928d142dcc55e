"""What counts in a text, how it folds, and where it came from."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.analysis import GAP, Token, _read, fold, indexed, pairs, terms, tokens


def spelt(text: str) -> str:
    return "".join(terms(text))


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("(2024)租字第049号", "2024租字第049号"),
        ("租 賃　合\n同", "租赁合同"),
        ("ＡＢc－１２", "abc12"),
        ("12,345.00元", "1234500元"),
        ("㈱①½㎡ﬁ", "株112m2fi"),
        ("〇二〇年", "〇二〇年"),
        ("⻓期⼀年", "长期一年"),
        ("𠀀𪚥", "𠀀𪚥"),
        ("Straße", "strasse"),
        ("\ud800甲\x00乙\u202e丙\ufeff", "甲乙丙"),
        ("葛\U000e0100城", "葛城"),
        ("租\u0332赁", "租赁"),
        ("1\ufe0f\u20e32", "12"),
        ("，。！？…—☑😀", ""),
        ("", ""),
    ],
)
def test_letters_digits_and_han_count_and_nothing_else(text: str, counted: str) -> None:
    assert spelt(text) == counted


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("12 34", f"12{GAP}34"),
        ("12\n34", f"12{GAP}34"),
        ("12 , 34", f"12{GAP}34"),
        ("12,34", "1234"),
        ("Pacific Rim LLC", f"pacific{GAP}rim{GAP}llc"),
        ("合同 2024 年", "合同2024年"),
        (" 12 ", "12"),
        ("12\u200b34", "1234"),
    ],
)
def test_white_space_keeps_letters_and_digits_apart_and_nothing_else(text: str, counted: str) -> None:
    assert spelt(text) == counted


@pytest.mark.parametrize(
    ("one", "other"), [("é", "e\u0301"), ("ガ", "ｶﾞ"), ("각", "\u1100\u1161\u11a8"), ("國號", "国号"), ("１２Ａ", "12a")]
)
def test_two_writings_of_the_same_read_alike(one: str, other: str) -> None:
    assert terms(one) == terms(other)


def test_a_letter_with_its_mark_is_another_letter() -> None:
    assert terms("é") != terms("e")


def test_each_token_knows_where_it_came_from() -> None:
    text = "甲 ㈱e\u0301 12 3"
    assert [(token.text, text[token.start : token.end]) for token in tokens(text)] == [
        ("甲", "甲"), ("株", "㈱"), ("é", "e\u0301"), (GAP, " "), ("1", "1"), ("2", "2"), (GAP, " "), ("3", "3"),
    ]  # fmt: skip


def test_simplifying_is_settled_at_once() -> None:
    han = [chr(code) for code in range(0x4E00, 0xA000)]
    assert [character for character in han if fold(fold(character)[0]) != fold(character)] == []


def test_pairs_are_each_token_with_the_next() -> None:
    assert list(pairs(terms("租赁 A1"))) == ["租赁", "赁a", "a1"]
    assert indexed(("租", "赁")) == "租 赁"


@given(st.text(max_size=40))
def test_no_token_holds_what_the_index_separates_tokens_by(text: str) -> None:
    assert all(token and not any(map(str.isspace, token)) for token in terms(text))


@given(st.text(max_size=60))
def test_spans_are_in_order_and_inside_the_text(text: str) -> None:
    spans = [(token.start, token.end) for token in tokens(text)]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)


LETTERS = st.text(st.sampled_from("租赁國号甲第12３aＢ𠀀 　\n,。(é"), min_size=1, max_size=40)


@given(LETTERS, st.data())
def test_every_piece_of_a_text_reads_as_a_run_of_the_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    piece = terms(text[start : data.draw(st.integers(start + 1, len(text)))])
    whole = terms(text)
    assert any(whole[place : place + len(piece)] == piece for place in range(len(whole) + 1))


ODD = st.text(st.sampled_from("租賃ab1２ 　\n,，\u0301㎡½\x00\x01\u200b\ud800éｱﾞ𠀀"), max_size=12)


@given(ODD | st.text(max_size=40))
def test_the_quick_reading_of_a_whole_text_is_the_reading_character_by_character(text: str) -> None:
    assert tokens(text) == list(map(Token._make, _read(text)))


@given(st.text(max_size=40))
def test_composed_and_decomposed_texts_read_alike(text: str) -> None:
    assert terms(unicodedata.normalize("NFC", text)) == terms(unicodedata.normalize("NFD", text))


def test_the_edition_is_the_same_in_every_process() -> None:
    """It begins the index's name: what one process writes, another must read."""
    told = "from indexes.embedded.pages import EDITION as one; from indexes.opensearch.pages import EDITION as other"
    found = {
        subprocess.run(
            [sys.executable, "-c", f"{told}; print(one, other)"], env=os.environ | {"PYTHONHASHSEED": seed},
            check=True, capture_output=True,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(found) == 1
