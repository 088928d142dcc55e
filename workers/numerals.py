"""Chinese numerals, small and banker's, to whole numbers; confusions of recognition in them put right."""

from __future__ import annotations

DIGITS = dict.fromkeys("○Ο", 0) | {"两": 2, "弌": 1, "弍": 2, "弎": 3}
DIGITS |= {
    numeral: value for row in ("〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖") for value, numeral in enumerate(row)
}
UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
GROUPS = {"万": 10_000, "亿": 100_000_000}
_TENS = {"廿": 20, "卅": 30}

# fmt: off
MISREAD = {
    "贝": "贰", "贷": "贰", "貮": "贰", "弐": "贰", "參": "叁", "参": "叁", "叄": "叁", "叅": "叁", "壱": "壹",
    "壶": "壹", "臺": "壹", "染": "柒", "漆": "柒", "梁": "柒", "扒": "捌", "别": "捌", "玫": "玖", "政": "玖",
    "肄": "肆", "五": "伍", "抬": "拾", "伯": "佰", "陌": "佰", "任": "仟", "阡": "仟", "园": "圆",
}
# fmt: on
"""What recognition takes banker's numerals for. Only to be applied inside an amount in capitals."""


class NotANumeral(ValueError):
    """The characters do not form a number."""


def number(numerals: str) -> int:
    """A numeral with units (叁万壹仟肆佰, 十二) or a row of digits (二〇二一) as a number. NotANumeral otherwise."""
    if not numerals:
        raise NotANumeral("nothing to read")
    if all(numeral in DIGITS for numeral in numerals):
        return int("".join(str(DIGITS[numeral]) for numeral in numerals))
    return _with_units(numerals)


def _with_units(numerals: str) -> int:
    total, group, digit = 0, 0, 0
    for numeral in numerals:
        if numeral in DIGITS:
            digit = DIGITS[numeral]
        elif numeral in _TENS:
            group, digit = group + _TENS[numeral], 0
        elif numeral in UNITS:
            group, digit = group + (digit or int(group == 0)) * UNITS[numeral], 0
        elif numeral in GROUPS:
            total, group, digit = _closed(total, group + digit, GROUPS[numeral]), 0, 0
        else:
            raise NotANumeral(f"{numeral} is no numeral")
    return total + group + digit


def _closed(total: int, group: int, unit: int) -> int:
    """A group multiplied by 万 or 亿; 亿 also lifts the 万 before it (壹万亿)."""
    if unit == GROUPS["亿"]:
        return (total + group) * unit
    return total + group * unit
