"""Who the two sides of a contract or an invoice are, and which numbers stand with which side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workers import names, values
from workers.finding import Candidate, Paper, at_label, best
from workers.layout import GAP
from workers.transcript import ROW, Label, Transcript
from workers.values import Taken, Taker

_PARTY_CONCEPTS = ("party_a", "party_b", "party", "principal", "agent")
_TRADERS, _CUSTOMERS = ("buyer", "seller"), ("customer", "assessed")
_SURETIES = ("third",)
"""Sides of papers of their own, such as a guarantee; elsewhere they stand beside the two."""
_LOOKS_ON = re.compile(r"见证|监证|鉴证|法定代理|witness")
"""Labels of thirds that are never a side: they see others sign, or sign for a child."""
_AS_A_SIDE = frozenset(("业主", "客户", "租户", "住户", "用户", "商户", "会员", "认购人", "购房人", "受信人"))
"""Words for a customer that contracts use for a side; 客户姓名 is a column of a form."""
_NO_SIDES = re.compile(r"代理人$|经办人|agent|attorney")
"""Labels of those who sign for a side."""

_SURE = 0.7
_SET_OFF = 0.8
"""From here on a label stands apart from what follows: by a colon, a gap or a blank."""

_AMISS = 0.25
_BETWEEN = re.compile(
    r"\b(?:by and )?between\s+(?P<a>[^;]{4,80}?)\s*(?:\([^)]*\)|,)?\s+and\s+(?P<b>[^;,(]{4,80})", re.IGNORECASE
)
_CALLED = r"\((?:以下)?(?:简称|下称|称)?[:\"“”]*{}[\"“”]*\)"
_IN_BRACKETS = re.compile(_CALLED.format("甲方") + r"[与和同及]+(?P<b>.{2,50}?)" + _CALLED.format("乙方"))
_BUYS, _SELLS = re.compile(r"买|购|buyer|purchaser"), re.compile(r"卖|出卖|seller|vendor")
_SECOND_ROLE = re.compile(
    r"承[租包揽运]|受信|租[客赁户]|受[托让赠聘]|借款|买受|保管|仓储|劳动者|劳务|租用|接收|被许可|被特许|施工"
)
_FIRST_ROLE = re.compile(
    r"出[租卖让借]|授信|发包|委托|贷款|债权|转让|托运|定作|用人|披露|许可|特许|赠与|存货|寄|业主|聘[用请]|用工|房东|建设"
)
"""Who lets, lends or orders is party A where neither 甲方 nor 乙方 is said, whoever is named first."""
_OWES = re.compile(r"债务")
"""Of a guarantee's three the debtor is named, but signs nothing."""
_FOR_PARTY = re.compile(r"甲\s*方|party\s*a")
_FOR_OTHER = re.compile(r"乙\s*方|party\s*b")


@dataclass(frozen=True, slots=True)
class Side:
    """One named side: the label's concept (`party_a`, `party_b`, or a role's own words) and the name after it."""

    role: str
    candidate: Candidate
    place: int


def contract_sides(paper: Paper) -> tuple[Candidate | None, Candidate | None]:
    """Party A and party B of a contract; roles without 甲方 and 乙方 by what they do, else in the order of naming."""
    named = _named_in_brackets(paper)
    if named:
        return named
    sides = _in_usual_order(_sides(paper, (*_PARTY_CONCEPTS, *_TRADERS, *_CUSTOMERS)))
    sides += sorted(_sides(paper, _SURETIES), key=lambda side: bool(_OWES.match(side.role)))
    first, second = _named(sides, "party_a"), _named(sides, "party_b")
    others = _distinct([side for side in sides if side.role not in ("party_a", "party_b")], first, second)
    if first is None and others:
        first, others = others[0].candidate, _of_others(others)
    second = second or next((side.candidate for side in others), None)
    if first is None and second is None:
        return _between(paper) or (None, None)
    return _with_own(paper, sides, first, second)


def _named_in_brackets(paper: Paper) -> tuple[Candidate, Candidate] | None:
    """`X(甲方)与Y(乙方)` of a sentence that begins a row."""
    flowing, places = paper.text.flowing
    hit = _IN_BRACKETS.search(flowing)
    if hit is None:
        return None
    first = values.name(paper.text, paper.text.row_at(places[hit.start()])[0], places[hit.start()])
    second = values.name(paper.text, places[hit.start("b")], places[hit.end("b") - 1] + 1)
    if first is None or second is None:
        return None
    return Candidate(first, 0.9 * first.quality, "sentence:甲方"), Candidate(
        second, 0.9 * second.quality, "sentence:乙方"
    )


def _in_usual_order(sides: list[Side]) -> list[Side]:
    """Who takes on, buys or borrows after who gives, where both are named; else as they stand."""
    if not any(_FIRST_ROLE.match(side.role) for side in sides):
        return sides
    return sorted(sides, key=lambda side: bool(_SECOND_ROLE.match(side.role)))


def _with_own(
    paper: Paper, sides: Sequence[Side], first: Candidate | None, second: Candidate | None
) -> tuple[Candidate | None, Candidate | None]:
    """The two sides; where neither is the house and the paper names it, it takes the place of the weaker one."""
    if any(side and paper.own.holds(side.taken.value) for side in (first, second)):
        return first, second
    own = paper.own_mention()
    if own is None:
        return first, second
    if first is None or (_named(sides, "party_a") is None and _named(sides, "party_b") is not None):
        return own, second
    if second is None or _named(sides, "party_b") is None:
        return first, own
    return first, second


def _sides(paper: Paper, concepts: Sequence[str]) -> list[Side]:
    sides = []
    for label in paper.text.labels:
        if label.concept in concepts and label.sure >= _SURE and _may_be_a_side(paper, label):
            for taken, reach in at_label(paper.text, label, values.name):
                if label.sure < _SET_OFF and not _is_named(paper.text, taken):
                    continue
                score = label.sure * reach * taken.quality
                said = re.sub(r"\s", "", paper.text.text[label.start : label.end])
                sides.append(Side(_role(paper, label), Candidate(taken, score, f"label:{said}"), label.start))
    return sides


def _is_named(text: Transcript, taken: Taken) -> bool:
    """Whether what is glued to a label is a name: an organisation's, or all that stands there (甲方依法为… is none)."""
    return values.is_organisation(taken.value) or text.text[taken.end : taken.end + 1] in ("", " ", ROW, GAP, "(", ",")


def _may_be_a_side(paper: Paper, label: Label) -> bool:
    """Whether a label names a side, not who signs for one, looks on, or is asked for in a form."""
    said = re.sub(r"\s", "", paper.text.folded[label.start : label.end])
    if label.concept in _CUSTOMERS:
        return said in _AS_A_SIDE and label.sure >= _SET_OFF
    return not _NO_SIDES.search(said) and not _LOOKS_ON.search(said)


def _role(paper: Paper, label: Label) -> str:
    if label.concept in ("party_a", "party_b"):
        return label.concept
    if _FOR_PARTY.search(label.aside):
        return "party_a"
    if _FOR_OTHER.search(label.aside):
        return "party_b"
    return re.sub(r"\s", "", paper.text.folded[label.start : label.end])


def _named(sides: Sequence[Side], role: str) -> Candidate | None:
    return best(side.candidate for side in sides if side.role == role)


def _distinct(sides: Sequence[Side], first: Candidate | None, second: Candidate | None) -> list[Side]:
    """Sides in order that name somebody new."""
    seen = {one.taken.value for one in (first, second) if one}
    fresh = []
    for side in sides:
        name = side.candidate.taken.value
        if name not in seen and side.candidate.score >= _SURE * _SURE:
            seen.add(name)
            fresh.append(side)
    return fresh


def _of_others(sides: Sequence[Side]) -> list[Side]:
    """The sides after the first one that are not it again: of another role, or of a name that is no misreading."""
    first, *others = sides
    here = names.written(first.candidate.taken.value)
    return [
        one for one in others if one.role != first.role or not _alike(here, names.written(one.candidate.taken.value))
    ]


def _alike(one: str, other: str) -> bool:
    """Whether two names are the same read twice, with a character amiss or cut short."""
    return names.distance(one, other) <= len(one) * _AMISS or one.startswith(other) or other.startswith(one)


def _between(paper: Paper) -> tuple[Candidate, Candidate] | None:
    """`between X and Y` of an English contract."""
    hit = _BETWEEN.search(paper.text.text)
    if hit is None:
        return None
    first, second = (values.name(paper.text, *hit.span(side)) for side in "ab")
    if first is None or second is None:
        return None
    return Candidate(first, 0.8 * first.quality, "sentence:between"), Candidate(
        second, 0.8 * second.quality, "sentence:between"
    )


def invoice_sides(paper: Paper) -> tuple[Candidate | None, Candidate | None]:
    """Buyer and seller: after their own labels, else after the 名称 that follows such a label, else 名称 in order."""
    buyer = best([*_after(paper, ("buyer", "payer", "customer")), *_after(paper, ("party",), _BUYS)])
    seller = best([*_after(paper, ("seller", "payee")), *_after(paper, ("party",), _SELLS)])
    if buyer and seller and buyer.taken.start == seller.taken.start:
        buyer = seller = None
    named = sorted(_after(paper, ("name",)), key=lambda candidate: candidate.taken.start)
    organisations = [one for one in named if one.score >= _SURE * _SURE]
    buyer = buyer or next((one for one in organisations if not seller or one.taken.start != seller.taken.start), None)
    rest = (one for one in reversed(organisations) if not buyer or one.taken.start != buyer.taken.start)
    return buyer, seller or next(rest, None)


def _after(paper: Paper, concepts: Sequence[str], role: re.Pattern[str] | None = None) -> Iterator[Candidate]:
    for label in paper.text.labels:
        if label.concept in concepts and label.sure >= _SURE:
            said = re.sub(r"\s", "", paper.text.text[label.start : label.end])
            if role and not role.match(re.sub(r"\s", "", paper.text.folded[label.start : label.end])):
                continue
            for taken, reach in at_label(paper.text, label, values.name):
                yield Candidate(taken, label.sure * reach * taken.quality, f"label:{said}")


def near_side(
    paper: Paper, side: Candidate, take: Taker, others: Sequence[Candidate], because: str, *, stops: Sequence[str] = ()
) -> Candidate | None:
    """The first value after a side's name and before the next side, or a label of `stops`: its number."""
    text = paper.text
    starts = [other.taken.start for other in others if other.taken.start > side.taken.end]
    starts += [
        label.start
        for label in text.labels
        if label.concept in (*_PARTY_CONCEPTS, *stops, "buyer", "seller", "third")
        and label.sure >= _SURE
        and not text.labels_between(label.end, label.end + 1)  # 乙方身份证号 is a number's label
        and label.start > side.taken.end
    ]
    end = min(starts, default=len(text.text))
    place = side.taken.end
    while place < end:
        row_end = min(text.row_at(place)[1], end)
        following = text.next_row(place)
        taken = take(text, place, min(following[1], end) if following else row_end)
        if taken:
            return Candidate(taken, 0.9 * taken.quality, because)
        place = row_end + 1
    return None
