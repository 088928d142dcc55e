"""How names sound: pinyin without tones, and initials, from each character on, so that `zgrs` finds 中国人寿.

The table of sounds takes 54 MiB: it is loaded with the first name, so that processes that index nothing stay small.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import Final

from indexes import analysis

MOST: Final = 64
"""Sounds that one name has at most; longer names are known by their first characters."""

_DOUBTFUL: Final = 2  # the characters of a name whose every reading is tried: 单 and 曾 as surnames
_SPOKEN: Final = re.compile(r"[a-z0-9]+")


def spoken(typed: str) -> str:
    """What was typed as it is compared with sounds; empty unless it is Latin letters and digits, a letter first."""
    plain = typed.casefold().replace("ü", "v").replace(" ", "").replace("'", "")
    return plain if _SPOKEN.fullmatch(plain) and plain[0].isalpha() else ""


@lru_cache(maxsize=4096)
def sounds(name: str) -> tuple[str, ...]:
    """What a name sounds like from each of its characters on, in full and by initials; () without a Han character."""
    read = "".join(word for word in analysis.terms(name) if word != analysis.GAP)
    if not any(map(analysis.is_han, read)):
        return ()
    found = dict.fromkeys(chain.from_iterable(_from_each(reading) for reading in _readings(read)))
    return tuple(found)[:MOST]


def _readings(name: str) -> Iterator[list[str]]:
    """The name as it is usually read, and with every other reading of its first characters."""
    from pypinyin import Style, lazy_pinyin, pinyin  # noqa: PLC0415 - see above

    usual = [_latin(sound) for sound in lazy_pinyin(name, style=Style.NORMAL)]
    yield usual
    for place, readings in enumerate(pinyin(list(name[:_DOUBTFUL]), style=Style.NORMAL, heteronym=True)):
        for reading in readings if analysis.is_han(name[place]) else ():
            yield [*usual[:place], _latin(reading), *usual[place + 1 :]]


def _from_each(reading: list[str]) -> Iterator[str]:
    """The sounds from each character to the end, in full and by initials."""
    for start in range(len(reading)):
        yield "".join(reading[start:])
        yield "".join(sound[:1] for sound in reading[start:])


def _latin(sound: str) -> str:
    """A sound in the letters that people type."""
    return "".join(character for character in sound.casefold().replace("ü", "v") if character.isascii())
