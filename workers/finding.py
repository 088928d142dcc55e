"""Ways to find a field: after a label, in a sentence, at the foot of the paper. Each gives candidates with reasons."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from workers import dates, money, values
from workers.names import OwnNames
from workers.transcript import Label, Transcript
from workers.values import Taken, Taker

_BELOW, _NEXT_ROW = 0.8, 0.6
_SURE_STOP = 0.7
_ALONE, _SOMEWHERE = 0.75, 0.5
_ROW_WITH_DATE = 14
_HEAD = 8
_YEAR_OF_TITLE = re.compile(r"^([一-鿿])[(\[]?(\d{4})[)\]]?(?=[一-鿿])")
_DEAR = re.compile(r"^尊敬的(?:(?:业主|客户|住户|租户|用户|会员|商户)(?=.{2}))?")
_SALUTED = re.compile(r"(?:先生|女士|小姐|业主|客户|/|\(.*\)|领导|:|\s)*")
_PER, _NEAR, _RATE = re.compile(r"每(?:个?月|年|季度?|日|天|平方?米?|台|人|套)|单价|月租"), 10, 0.6
_STAMP = re.compile(r"收讫|付讫|收文|收件|来文|验讫|查验|作废|归档")
_NO_END = frozenset(("", "founded", "valid", "used", "value_date"))
_AS_A_THIRD, _THIRD = (
    re.compile(
        r"(?:居间|中介|经纪|见证|鉴证|监证|保证|担保|监管|丙)(?:方|人|机构|单位|公司)?(?:\([^()]{1,8}\))?[为是系:]?$"
    ),
    20,
)
_ENDS_A_SPAN, _NO_CLOSING = re.compile(r"[至到]\s*$"), 0.4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value with how much speaks for it, 0..1, and by which words or rule it was found."""

    taken: Taken
    score: float
    because: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A document under extraction: its transcript and the names of the house itself."""

    text: Transcript
    own: OwnNames

    def own_mention(self) -> Candidate | None:
        """Where the paper names the house, unless as the surety, broker or witness of others."""
        flowing, places = self.text.flowing
        for name in self.own.names:
            hits = list(re.finditer(re.escape("".join(name.lower().split())), flowing))
            if any(_AS_A_THIRD.search(flowing, max(0, hit.start() - _THIRD), hit.start()) for hit in hits):
                return None
            if hits:
                start, end = hits[0].span()
                return Candidate(Taken(name, places[start], places[end - 1] + 1, 0.8), 0.6, "own_name")
        return None


Rule = Callable[[Paper], Iterable[Candidate]]


def after(*concepts: str, take: Taker, weight: float = 1.0, least: float = 0.5) -> Rule:
    """Values after, below or in the row under any label of the concepts; labels less sure than `least` do not count."""

    def find(paper: Paper) -> Iterator[Candidate]:
        for label in paper.text.labels:
            if label.concept in concepts and label.sure >= least:
                for taken, reach in at_label(paper.text, label, take):
                    yield _of_label(paper.text, label, taken, weight * reach)

    return find


def _of_label(text: Transcript, label: Label, taken: Taken, weight: float) -> Candidate:
    said = "".join(text.text[label.start : label.end].split())
    return Candidate(taken, label.sure * taken.quality * weight, f"label:{said}")


def at_label(text: Transcript, label: Label, take: Taker) -> Iterator[tuple[Taken, float]]:
    """What a taker reads beside the label, else below it, else in the next row, with how far that reaches."""
    row_end = text.row_at(label.start)[1]
    beside = take(text, _past_name_label(text, label.value), row_end)
    if beside:
        yield beside, 1.0
        return
    if text.text[label.value : row_end].strip() and label.aside == "" and not _label_follows(text, label, row_end):
        return
    below = text.below(label.start, label.end)
    if below and (taken := take(text, _past_name_label(text, below[0]), below[1])):
        yield taken, _BELOW
        return
    following = text.next_row(label.start)
    if following and not below and (taken := take(text, _past_name_label(text, following[0]), following[1])):
        yield taken, _NEXT_ROW


def _past_name_label(text: Transcript, place: int) -> int:
    """The place, or where the value begins when a 名称 stands there: under 购买方 the name has a label of its own."""
    return next((one.value for one in text.labels_between(place, place + 1) if one.concept == "name"), place)


def _label_follows(text: Transcript, label: Label, row_end: int) -> bool:
    """Whether the next thing in the row is another label, as in the head of a table."""
    return bool(text.labels_between(label.end, min(label.value + 2, row_end)))


def within(*concepts: str, take: Taker, weight: float = 1.0, least: float = 0.5) -> Rule:
    """Like `after`, but the value ends before the next sure label of another concept in the row."""

    def bounded(text: Transcript, start: int, end: int) -> Taken | None:
        return take(text, start, text.following_label(start + 1, end, sure=_SURE_STOP))

    return after(*concepts, take=bounded, weight=weight, least=least)


def sentence(pattern: str, take: Taker, *, weight: float = 0.95, name: str = "sentence") -> Rule:
    """A value inside running text that may wrap: `take` reads at group `v` of a pattern over text without blanks."""
    compiled = re.compile(pattern)

    def find(paper: Paper) -> Iterator[Candidate]:
        flowing, places = paper.text.flowing
        for hit in compiled.finditer(flowing):
            if hit["v"]:
                start, end = places[hit.start("v")], places[hit.end("v") - 1] + 1
                taken = take(paper.text, start, end)
                if taken:
                    yield Candidate(taken, weight * taken.quality, f"{name}:{hit[0][:16]}")

    return find


def in_cell(pattern: str, take: Taker, *, weight: float = 0.98) -> Rule:
    """Like `sentence`, but inside one cell of a row, so that nothing before the value is taken for a part of it."""
    compiled = re.compile(pattern)

    def find(paper: Paper) -> Iterator[Candidate]:
        for start, end in paper.text.all_cells():
            places = [place for place in range(start, end) if not paper.text.folded[place].isspace()]
            hit = compiled.search("".join(paper.text.folded[place] for place in places))
            if hit and (taken := take(paper.text, places[hit.start("v")], places[hit.end("v") - 1] + 1)):
                yield Candidate(taken, weight * taken.quality, "pattern")

    return find


def exactly(text: Transcript, start: int, end: int) -> Taken | None:
    """Takes all characters of the span without blanks and breaks, letters among its digits as digits."""
    value = re.sub(r"\s+", "", text.text[start:end])
    mended = values.digits_mended(value)
    return Taken(mended, start, end, note="misread" * (mended != value)) if value else None


def property_no(text: Transcript, start: int, end: int) -> Taken | None:
    """A certificate's number of 不动产权 with both brackets around its year, one of which recognition may have lost."""
    taken = exactly(text, start, end)
    return taken and replace(taken, value=_YEAR_OF_TITLE.sub(r"\1(\2)", taken.value))


def anywhere(take: Taker, *, weight: float = 0.7, name: str = "pattern") -> Rule:
    """Each place of the document where the taker succeeds; for values that check themselves."""

    def find(paper: Paper) -> Iterator[Candidate]:
        for start, end in paper.text.all_cells():
            place = start
            while place < end and (taken := take(paper.text, place, end)):
                yield Candidate(taken, weight * taken.quality, name)
                place = max(taken.end, place + 1)

    return find


def salutation(take: Taker, *, weight: float) -> Rule:
    """Whom a letter speaks to: a row of its own near the head that is a name and a colon."""

    def find(paper: Paper) -> Iterator[Candidate]:
        for start, end in paper.text.all_cells()[:_HEAD]:
            said = paper.text.folded[start:end].strip()
            opens = start + len(said) - len(_DEAR.sub("", said))
            taken = take(paper.text, opens, end) if said.endswith(":") and paper.text.row_at(start)[1] == end else None
            if taken and _SALUTED.fullmatch(paper.text.folded[taken.end : end].strip()):
                yield Candidate(taken, weight * taken.quality, "salutation")

    return find


def closing_date(paper: Paper) -> Iterator[Candidate]:
    """The date under a paper: the last that stands in a row of its own, else the last of all."""
    found = dates.find_dates(paper.text.folded)
    for place, written in enumerate(found):
        start, end = paper.text.row_at(written.start)
        row = paper.text.folded[start:end]
        rest = row.replace(paper.text.folded[written.start : written.end], "")  # both parties date what they sign
        alone = len(re.sub(r"\s", "", rest)) <= _ROW_WITH_DATE and not dates.find_ends(rest)
        score = (_ALONE if alone else _SOMEWHERE) + 0.1 * (place + 1) / len(found)
        if _speaks_of_else(paper.text, written, row):
            score *= _NO_CLOSING
        taken = Taken(written.iso, written.start, written.end, 1.0 if written.iso else 0.2, written.problem)
        yield Candidate(taken, score * taken.quality, "closing_date")


def _speaks_of_else(text: Transcript, written: dates.WrittenDate, row: str) -> bool:
    """Whether the date ends a span, is a birth's or another label's, or is part of a rubber stamp."""
    before = text.folded[max(0, written.start - 3) : written.start]
    labelled = any(one.value == written.start and one.concept in _NO_END for one in text.labels_between(
        max(0, written.start - 16), written.start))  # fmt: skip
    return bool(_ENDS_A_SPAN.search(before) or labelled or _STAMP.search(row))


def period_end(paper: Paper) -> Iterator[Candidate]:
    """The end of any span of time in the document."""
    flowing, places = paper.text.flowing
    for period in dates.find_periods(flowing):
        end = period.end
        if end.iso:
            yield Candidate(Taken(end.iso, places[end.start], places[end.end - 1] + 1), 0.55, "period")


def largest_amount(paper: Paper) -> Iterator[Candidate]:
    """The largest amount that is clearly money; surest where figures and capitals say the same."""
    found = [one for one in money.find_amounts(paper.text.folded) if one.marked]
    capitals = {one.yuan for one in found if one.capitals}
    for one in sorted(found, key=lambda one: -one.yuan)[:3]:
        agreed = one.yuan in capitals and not one.capitals
        score = 0.75 if agreed else 0.6 if one.capitals else 0.4
        yield Candidate(Taken(money.written(one.yuan), one.start, one.end), score, "largest_amount")


def amount_after(*concepts: str, weight: float = 1.0) -> Rule:
    """An amount after a label, with the next row looked at too where figures or capitals wrap."""

    def take(text: Transcript, start: int, end: int) -> Taken | None:
        first = amount_in_all(text, start, end)
        following = text.next_row(start)
        if first is None or first.quality == 1.0 or following is None:
            return first
        wider = values.amount(text, start, following[1])
        return wider if wider and wider.quality == 1.0 else first

    return after(*concepts, take=take, weight=weight)


def amount_in_all(text: Transcript, start: int, end: int) -> Taken | None:
    """An amount; one for a month or a piece is less likely to be what a paper is about."""
    taken = values.amount(text, start, end)
    if taken is None:
        return None
    before = text.folded[max(0, taken.start - _NEAR) : taken.start]
    return replace(taken, quality=taken.quality * _RATE) if _PER.search(before) else taken


def best(candidates: Iterable[Candidate]) -> Candidate | None:
    """The best-supported candidate; the same value found twice counts a little more; the first wins a tie."""
    ranked: dict[str, Candidate] = {}
    for candidate in candidates:
        known = ranked.get(candidate.taken.value)
        if known is None:
            ranked[candidate.taken.value] = candidate
        else:
            stronger = candidate if candidate.score > known.score else known
            ranked[candidate.taken.value] = replace(stronger, score=min(1.0, stronger.score + 0.03))
    return max(ranked.values(), key=lambda candidate: candidate.score, default=None)


def first_of(paper: Paper, rules: Sequence[Rule]) -> Candidate | None:
    """The best candidate over all rules."""
    return best(candidate for rule in rules for candidate in rule(paper))
