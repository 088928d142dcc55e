"""Amounts of money as Chinese papers write them, in figures and in capitals, as exact yuan with their places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from workers import numerals

DISAGREE = "amount_disagrees"

_FIGURES = re.compile(
    r"(?:(?P<mark>[¥￥]|Y(?=[\s:])|(?<![A-Za-z])(?:RMB|CNY)|人民币)\s*:?\s*|(?<![\dA-Za-z.,]))(?P<figures>(?=[\dOolISBZb]*\d)[\dOolISBZb]{1,3}(?:[,，.][\dOolISBZb]{3})+(?:[.,·][\dOolSBZb]{1,2})?(?![\d,])"
    r"|\d[\dOolSBZb]*(?:[.,·][\dOolSBZb]+)*)"
    r"(?![\d.]*\s*[%％‰])\s*(?P<group>[万亿])?\s*(?P<unit>元|圆|RMB|CNY|yuan)?",
    re.IGNORECASE,
)
_CAPITAL = "零〇壹贰叁肆伍陆柒捌玖一二三四五六七八九两拾佰仟十百千万亿" + "".join(numerals.MISREAD)
_PART = rf"(?:\s?零?\s?[{_CAPITAL}]\s?"
_CAPITALS = re.compile(
    rf"(?P<yuan>[{_CAPITAL}](?:\s?[{_CAPITAL}])*)\s*[元圆园](?P<rest>{_PART}角)?{_PART}分)?)\s*[整正]?"
)
_TRUE_CAPITAL = re.compile("[壹贰叁肆伍陆柒捌玖拾佰仟]")
_REST = re.compile(r"零?(?:(?P<jiao>\w)角)?零?(?:(?P<fen>\w)分)?")
_JOINT = re.compile(r"(?:[\s():,;、.¥￥⊗○]|大写|小写|人民币|金额|rmb|cny|[元圆整正即计为])*", re.IGNORECASE)
_DIVIDED = re.compile("[.,，·]")
_TWO_DECIMALS = 2
_READ_AS = str.maketrans("，·OoIiLlSsZzBb", ",.00111155" + "2286")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount at text[start:end] in yuan. `marked` when a currency sign or unit says that it is money.

    `bare`: no point or comma divides its figures, so that a point may have been lost.
    """

    start: int
    end: int
    yuan: Decimal
    capitals: bool = False
    marked: bool = True
    bare: bool = False


def find_amounts(text: str) -> list[Amount]:
    """All amounts of a text in order; figures without sign or unit are given too, with `marked` False."""
    found = [*find_capitals(text), *find_figures(text)]
    return sorted(found, key=lambda amount: amount.start)


def find_figures(text: str) -> list[Amount]:
    """Amounts in Arabic figures: ¥1,234.00, 139,000.00元, 35万元."""
    return [_in_figures(hit) for hit in _FIGURES.finditer(text)]


def _in_figures(hit: re.Match[str]) -> Amount:
    marked, bare = bool(hit["mark"] or hit["unit"] or hit["group"]), not _DIVIDED.search(hit["figures"])
    return Amount(hit.start(), hit.end(), _figures(hit), marked=marked, bare=bare)


def find_capitals(text: str) -> list[Amount]:
    """Amounts in capitals: 壹拾叁万玖仟元整, 伍佰元零叁角. A run without a banker's numeral is no amount."""
    amounts = []
    for hit in _CAPITALS.finditer(text):
        if _TRUE_CAPITAL.search(hit["yuan"]):
            try:
                amounts.append(Amount(hit.start(), hit.end(), _capitals(hit), capitals=True))
            except numerals.NotANumeral:
                continue
    return amounts


def contradictions(text: str) -> list[tuple[Amount, Amount]]:
    """Capitals with the figures that stand beside them and say another amount, in a folded text without blanks.

    Beside means that nothing but brackets, currency and 大写 or 小写 stands between; what agrees on one side is enough.
    """
    figures, found = find_figures(text), []
    for capitals in find_capitals(text):
        beside = [one for one in figures if _beside(text, one, capitals)]
        if beside and all(reconciled(one, capitals)[1] for one in beside):
            found.append((capitals, beside[-1]))
    return found


def _beside(text: str, figures: Amount, capitals: Amount) -> bool:
    before = figures.end <= capitals.start
    between = text[figures.end : capitals.start] if before else text[capitals.end : figures.start]
    if not _JOINT.fullmatch(between):
        return False
    return figures.marked or "小写" in between or (before and "大写" in between)


def reconciled(figures: Amount, capitals: Amount) -> tuple[Decimal, str]:
    """The amount that both mean, and a problem: `amount_disagrees` when they differ by more than a lost point.

    A recognised 13900000 beside 壹拾叁万玖仟 has lost its decimal point; the capitals then count. 1,390,000.00 has not.
    """
    if figures.yuan == capitals.yuan:
        return figures.yuan, ""
    if figures.bare and figures.yuan in (capitals.yuan * 100, capitals.yuan * 10):
        return capitals.yuan, ""
    return figures.yuan, DISAGREE


def written(yuan: Decimal) -> str:
    """An amount as fields hold it: plain decimal yuan with two places."""
    return f"{yuan:.2f}"


def _figures(hit: re.Match[str]) -> Decimal:
    whole = hit["figures"].translate(_READ_AS)
    head, separator, tail = whole.rpartition("," if whole.rfind(",") > whole.rfind(".") else ".")
    decimals = separator == "." or len(tail) <= _TWO_DECIMALS
    if separator and decimals and not (separator == "." and len(tail) > _TWO_DECIMALS and "." in head):
        value = Decimal(re.sub(r"[.,]", "", head) + "." + tail)
    else:
        value = Decimal(re.sub(r"[.,]", "", whole))
    return value * numerals.GROUPS.get(hit["group"] or "", 1)


def _capitals(hit: re.Match[str]) -> Decimal:
    yuan = Decimal(numerals.number(_true(hit["yuan"])))
    rest = _REST.fullmatch(_true(hit["rest"]))
    if rest is None:
        return yuan
    jiao, fen = (numerals.number(rest[part]) if rest[part] else 0 for part in ("jiao", "fen"))
    return yuan + Decimal(jiao * 10 + fen) / 100


def _true(capitals: str) -> str:
    return "".join(numerals.MISREAD.get(numeral, numeral) for numeral in "".join(capitals.split()))
