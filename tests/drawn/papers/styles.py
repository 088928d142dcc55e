"""How papers write dates, sums and numbers: every way that Chinese offices use."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

_HAN = "〇一二三四五六七八九"
_CAPITALS = "零壹贰叁肆伍陆柒捌玖"
DATE_STYLES = 9


def dated(day: date, style: int) -> str:
    """A date in one of DATE_STYLES ways, or in one that only some offices use."""
    year, month, number = day.year, day.month, day.day
    return (
        f"{year}年{month}月{number}日",
        f"{year}年{month:02d}月{number:02d}日",
        f"{year} 年 {month} 月 {number} 日",
        f"{year}-{month:02d}-{number:02d}",
        f"{year}.{month:02d}.{number:02d}",
        f"{year}/{month}/{number}",
        f"{_year(year)}年{_numeral(month)}月{_numeral(number)}日",
        f"{_year(year).replace('〇', '零')}年{_numeral(month)}月{_numeral(number)}日",
        f"{_year(year).replace('〇', '○')}年{_numeral(month)}月{_numeral(number)}日",
        f"民国{year - 1911}年{month}月{number}日",
        f"{day:%B} {number}, {year}",
        f"{number} {day:%b} {year}",
        f"{year}{month:02d}{number:02d}",
        f"{year}年　{month}月　{number}日",
    )[style]


def _year(year: int) -> str:
    return "".join(_HAN[int(digit)] for digit in str(year))


def _numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else _HAN[tens] + "十"
    return head + (_HAN[ones] if ones else "")


def capitals(yuan: str) -> str:
    """An amount in banker's numerals, as cheques and receipts want it."""
    whole, cents = yuan.split(".")
    text = _whole(int(whole)) + "元"
    jiao, fen = int(cents[0]), int(cents[1])
    if not jiao and not fen:
        return text + "整"
    return text + (f"{_CAPITALS[jiao]}角" if jiao else "零") + (f"{_CAPITALS[fen]}分" if fen else "整")


def _whole(number: int) -> str:
    groups: list[str] = []
    unit = 0
    while number:
        number, part = divmod(number, 10_000)
        if part:
            text = _group(part) + ("", "万", "亿")[unit]
            groups.insert(0, ("零" if number and part < 1000 else "") + text)
        unit += 1
    return "".join(groups) or "零"


def _group(part: int) -> str:
    text, zero = "", False
    for place, unit in ((1000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
        digit, part = divmod(part, place)
        if digit:
            text += ("零" if zero and text else "") + _CAPITALS[digit] + unit
        zero = digit == 0 if not (digit == 0 and zero) else True
    return text


def figures(yuan: str, dice: random.Random) -> str:
    """An amount in figures with sign or unit."""
    value = Decimal(yuan)
    grouped, plain = f"{value:,.2f}", f"{value:.2f}"
    short = f"{value:,.0f}" if value == value.to_integral_value() else grouped
    choices = [
        f"¥{grouped}",
        f"￥{plain}",
        f"人民币{grouped}元",
        f"{plain}元",
        f"RMB {grouped}",
        f"{short}元",
        f"人民币{short}元整",
    ]
    if value % 10_000 == 0:
        choices.append(f"{value / 10_000:.0f}万元")
    return dice.choice(choices)


def both(yuan: str, dice: random.Random) -> str:
    """An amount in figures and in capitals."""
    value = Decimal(yuan)
    grouped, plain, large = f"{value:,.2f}", f"{value:.2f}", capitals(yuan)
    round_mark = large.replace("元", "圆")
    return dice.choice((
        f"人民币{grouped}元(大写:{large})", f"人民币(大写){large}(¥{grouped})", f"¥{plain}元,大写人民币{large}",
        f"人民币{round_mark}(小写:¥{grouped})", f"(大写){large} (小写)¥{plain}", f"{grouped}元(人民币{round_mark})",
    ))  # fmt: skip


def spaced(number: str, dice: random.Random) -> str:
    """A long number, now and then with blanks as people and printers set it."""
    draw = dice.random()
    if draw < 0.88:
        return number
    if draw < 0.94:
        return f"{number[:6]} {number[6:14]} {number[14:]}"
    return " ".join(number[place : place + 4] for place in range(0, len(number), 4))
