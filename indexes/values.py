"""What filters of a query say: years, dates, amounts, numbers in groups. None: no such value, to be read as text."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from archive.numbers import birth_date
from indexes.query import Between, Field, Node, Nothing

FIRST, LAST = 0, (1 << 62)
"""Bounds of what is open at one end."""

_FIRST_YEAR, _LAST_YEAR = 0, 9999
_YEARS: Final = re.compile(r"(\d{1,4})?年?(\.\.|…)?(\d{1,4})?年?")
_DAY: Final = re.compile(r"(\d{4})(?:[-./年](\d{1,2})(?:[-./月](\d{1,2}))?)?[年月日]?")
_AMOUNT: Final = re.compile(r"¥?([\d,]{1,20})(?:\.(\d{1,2}))?(万|亿)?元?")
_TIMES: Final = {None: 1, "万": 10_000, "亿": 100_000_000}
_ID_LENGTHS: Final = (15, 18)
_PHONE: Final = (3, 4, 4)
_ACCOUNT: Final = range(16, 20)
_ACCOUNT_GROUP: Final = 4

Span = tuple[int, int]
"""First and last value, ends included."""


def years(value: str) -> Node | None:
    """`2023`, `2020..2023`, `2020..`, `..2023`."""
    match = _YEARS.fullmatch(value)
    if match is None or not (match[1] or match[3]) or (match[3] and not match[2]):
        return None
    first = int(match[1]) if match[1] else _FIRST_YEAR
    if not match[2]:
        return Between(Field.YEAR, first, first)
    return Between(Field.YEAR, first, int(match[3]) if match[3] else _LAST_YEAR)


def dates(value: str) -> Node | None:
    """Of a year, month or day, a range, before or since: `2023..2024-06`, `>=2023-05-01`. Nothing for 31 February."""
    try:
        bounds = _bounds(value, _days)
    except ValueError:
        return Nothing()
    return Between(Field.DATE, *bounds) if bounds else None


def amounts(value: str) -> Node | None:
    """`>100000`, `<=5万`, `1,000..2,000`, `88.50`, in yuan."""
    bounds = _bounds(value, _fen)
    return Between(Field.AMOUNT, *bounds) if bounds else None


def _bounds(value: str, read: Callable[[str], Span | None]) -> Span | None:
    """From the first to the last of what a comparison or a range says; None when it says neither."""
    plain = unicodedata.normalize("NFKC", value).replace("≥", ">=").replace("≤", "<=").replace("...", "..")  # NFKC of …
    sign, one, to, other = _cut(plain)
    first, last = read(one) if one else (FIRST, FIRST), read(other) if other else (LAST, LAST)
    if first is None or last is None or not (one or other) or (sign and to):
        return None
    if to:
        return first[0], last[1]
    spans = {"": first, "=": first, ">=": (first[0], LAST), ">": (first[1] + 1, LAST)}
    return (spans | {"<=": (FIRST, first[1]), "<": (FIRST, first[0] - 1)})[sign]


def _cut(plain: str) -> tuple[str, str, str, str]:
    """Sign, first value, `..`, second value."""
    sign = next((sign for sign in (">=", "<=", ">", "<", "=") if plain.startswith(sign)), "")
    one, to, other = plain[len(sign) :].partition("..")
    return sign, one, to, other


def _days(text: str) -> Span | None:
    """The days of a year, a month or a day, as ordinals. ValueError for a day that is in no calendar."""
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    year, month, day = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    last_month = month or 12
    last_day = day or calendar.monthrange(year, last_month)[1]
    return date(year, month or 1, day or 1).toordinal(), date(year, last_month, last_day).toordinal()


def _fen(text: str) -> Span | None:
    """An amount in fen, twice."""
    match = _AMOUNT.fullmatch(text)
    digits = match[1].replace(",", "") if match else ""
    if match is None or not digits:
        return None
    fen = int(Decimal(f"{digits}.{match[2] or 0}") * _TIMES[match[3]] * 100)
    return min(fen, LAST), min(fen, LAST)


def is_number(groups: Sequence[str]) -> bool:
    """Whether digits side by side are one number: of an identity card, a telephone (3-4-4) or an account (by fours)."""
    whole, sizes = "".join(groups), tuple(map(len, groups))
    if len(whole) in _ID_LENGTHS:
        return birth_date(whole if len(whole) == max(_ID_LENGTHS) else f"{whole[:6]}19{whole[6:]}") is not None
    if sizes == _PHONE:
        return whole.startswith("1")
    return len(whole) in _ACCOUNT and set(sizes[:-1]) == {_ACCOUNT_GROUP}
