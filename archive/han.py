"""Han characters: traditional to simplified, one character for one, so that places in a text keep their meaning."""

from __future__ import annotations

from functools import cache

import opencc


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@cache
def _simplified_character(character: str) -> str:
    if character.isascii():
        return character
    converted: str = _converter().convert(character)
    return converted if len(converted) == 1 else character


def simplified(text: str) -> str:
    """The text with each traditional character replaced by its simplified form; the length stays."""
    return "".join(map(_simplified_character, text))


def is_han(character: str) -> bool:
    """Whether this is a Chinese character, of the extensions too, or the zero of dates (〇)."""
    point = ord(character)
    return (
        0x4E00 <= point <= 0x9FFF
        or 0x3400 <= point <= 0x4DBF
        or 0x20000 <= point <= 0x3347F
        or 0xF900 <= point <= 0xFAFF
        or character == "〇"
    )
