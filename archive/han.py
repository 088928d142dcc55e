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


_HAN_BLOCKS = ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x3347F), (0xF900, 0xFAFF), (0x3007, 0x3007))
"""Unicode's blocks of Han characters, extensions and compatibility forms with them, and the zero of dates."""


def is_han(character: str) -> bool:
    """Whether this is a Chinese character, of the extensions too, or 〇."""
    return any(first <= ord(character) <= last for first, last in _HAN_BLOCKS)
