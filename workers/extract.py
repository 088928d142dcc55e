"""The fields of a paper by its type, and what is odd about what was found. Where they stand: `fields.RULES`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from workers import money, values
from workers.fields import HAN, OF_ANY, RULES
from workers.finding import Candidate, Paper, Rule, after, anywhere, first_of, sentence
from workers.names import OwnNames
from workers.parties import contract_sides, invoice_sides, near_side
from workers.sheets import Facts, FieldValue, Sheet
from workers.transcript import Transcript
from workers.values import Taken, Taker

_LEAST = 0.3
_ROLE = r"(?:承租[人方]|租户|业主|客户|买受人|购房人|认购人|买方|租客|住户|商户|[甲乙]方)?"


def extract(sheets: Sequence[Sheet], kind: str, own_names: tuple[str, ...], wanted: Sequence[str] = ()) -> Facts:
    """The fields of a document of a type: ISO dates, decimal yuan, plain strings, each with place, reason and problem.

    `wanted`: what is to be read on a type that an organisation added. `own_names` are the
    names of the house, which are never the one that a paper is about where another is named.
    """
    paper = Paper(Transcript(sheets), OwnNames(own_names))
    found: dict[str, Candidate] = {}
    rules_of = RULES.get(kind) or {name: OF_ANY[name] for name in wanted if name in OF_ANY}
    for name, rules in rules_of.items():
        candidate = first_of(paper, [_sparing_own(rule) if name == "name" else rule for rule in rules])
        if candidate and candidate.score >= _LEAST:
            found[name] = candidate
    found |= _sided(paper, kind)
    if kind in ("power_of_attorney", "income_proof", "marriage_certificate", "household_register"):
        found |= _numbers_of_subject(paper, found)
    found = {name: _own_by_its_name(paper, candidate) for name, candidate in found.items()}
    fields = {name: _field(paper.text, candidate) for name, candidate in found.items() if candidate.taken.value}
    doubts = [f"{candidate.taken.problem}:{name}" for name, candidate in found.items() if candidate.taken.problem]
    if "amount" in rules_of and _contradicts_itself(paper.text):
        doubts.append(f"{money.DISAGREE}:amount")
    return Facts(fields, tuple(dict.fromkeys(doubts)))


def _contradicts_itself(text: Transcript) -> bool:
    """Whether figures disagree with the capitals beside them, row by row and with rows that go on: neither misleads."""
    return bool(money.contradictions(text.folded) and money.contradictions(text.flowing[0]))


def _sparing_own(rule: Rule) -> Rule:
    """The rule with the house's own names made unlikely: they stand on most papers, which are rarely about them."""

    def find(paper: Paper) -> list[Candidate]:
        return [
            Candidate(one.taken, one.score * 0.4, one.because) if paper.own.holds(one.taken.value) else one
            for one in rule(paper)
        ]

    return find


def _own_by_its_name(paper: Paper, candidate: Candidate) -> Candidate:
    """The candidate with the house's name as the house writes it, where it was read with a character or so amiss."""
    name = paper.own.near(candidate.taken.value)
    if not name or name == candidate.taken.value:
        return candidate
    return replace(candidate, taken=replace(candidate.taken, value=name, note="own_name"))


def _field(text: Transcript, candidate: Candidate) -> FieldValue:
    taken = candidate.taken
    confidence = round(min(1.0, candidate.score) * text.confidence(taken.start, taken.end), 4)
    because = f"{candidate.because}+{taken.note}" if taken.note else candidate.because
    page, box = text.page_at(taken.start), text.box(taken.start, taken.end)
    return FieldValue(taken.value, confidence, page, box, because, taken.problem)


def _sided(paper: Paper, kind: str) -> dict[str, Candidate]:
    """The fields of papers with two sides."""
    if kind == "contract":
        return _contract_sides(paper)
    if kind == "invoice":
        buyer, seller = invoice_sides(paper)
        return _present({"buyer": buyer, "seller": seller}) | _numbers_of_side(paper, buyer, seller)
    if kind == "receipt":
        return _receipt_sides(paper)
    return {}


def _contract_sides(paper: Paper) -> dict[str, Candidate]:
    first, second = contract_sides(paper)
    sides = [side for side in (first, second) if side]
    numbered = [numbers for one in _strangers(paper, sides) if (numbers := _numbers_of(paper, one, sides))]
    return _present({"party_a": first, "party_b": second}) | (numbered[0] if len(numbered) == 1 else {})


def _numbers_of_side(paper: Paper, first: Candidate | None, second: Candidate | None) -> dict[str, Candidate]:
    """Identity number and credit code of the side that is not the house."""
    sides = [side for side in (first, second) if side]
    strangers = _strangers(paper, sides)
    return _numbers_of(paper, strangers[0], sides) if len(strangers) == 1 else {}


def _strangers(paper: Paper, sides: Sequence[Candidate]) -> list[Candidate]:
    return [side for side in sides if not paper.own.holds(side.taken.value)]


def _numbers_of(paper: Paper, side: Candidate, sides: Sequence[Candidate]) -> dict[str, Candidate]:
    return _present({name: _number_of(paper, side, sides, take) for name, take in _TAKERS.items()})


_TAKERS: Mapping[str, Taker] = {"id_no": values.resident_id, "uscc": values.uscc}


def _number_of(paper: Paper, side: Candidate, sides: Sequence[Candidate], take: Taker) -> Candidate | None:
    numbers = sorted(anywhere(take)(paper), key=lambda one: one.taken.start)
    in_order = sorted(sides, key=lambda one: one.taken.start)
    if _in_one_row(paper, sides) and len(numbers) == len(in_order) and _in_one_row(paper, numbers):
        return numbers[in_order.index(side)]
    others, because = [one for one in sides if one is not side], f"beside:{side.taken.value}"
    for place in _mentions(paper.text, side.taken.value):
        here = replace(side, taken=replace(side.taken, start=place, end=place + len(side.taken.value)))
        if found := near_side(paper, here, take, others, because):
            return found
    return None if _in_one_row(paper, sides) else near_side(paper, side, take, others, because)


def _in_one_row(paper: Paper, sides: Sequence[Candidate]) -> bool:
    """Whether all sides stand beside each other, as on digital invoices; their numbers then go from left to right."""
    return len(sides) > 1 and len({paper.text.row_at(side.taken.start) for side in sides}) == 1


def _receipt_sides(paper: Paper) -> dict[str, Candidate]:
    """Who paid and who received; `name` is the one that is not the house."""
    payer = first_of(
        paper,
        (
            after("received_from", take=values.name, least=0.7, weight=1.1),
            after("payer", take=values.name, least=0.7, weight=0.9),
            sentence(
                rf"(?:今|兹|现|已)?收到{_ROLE}(?P<v>{HAN}{{2,40}}?)(?:交来|缴来|交付|缴[纳付交]|交纳|支付|付来|预付|[汇转]来|人民币|[租定订押]金|保证金|物业)",
                values.name,
                weight=0.9,
            ),
            after("customer", take=values.name, weight=0.8),
        ),
    )
    payee = first_of(paper, (after("payee", "seller", take=values.name, least=0.7),))
    strangers = _strangers(paper, [one for one in (payer, payee) if one])
    sides = _present({"buyer": payer, "seller": payee, "name": strangers[0] if strangers else None})
    return sides | _numbers_of_side(paper, payer, payee)


def _numbers_of_subject(paper: Paper, found: Mapping[str, Candidate]) -> dict[str, Candidate]:
    """The identity number that stands with the person whom the paper is about, not the agent's or the spouse's."""
    subject = found.get("name")
    if subject is None:
        return {}
    mentions = _mentions(paper.text, subject.taken.value)
    others = [found["agent"]] if "agent" in found else []
    for place in mentions:
        here = Candidate(Taken(subject.taken.value, place, place + len(subject.taken.value)), 1.0, subject.because)
        because = f"beside:{subject.taken.value}"
        number = near_side(paper, here, values.resident_id, others, because, stops=("name", "holder"))
        if number:
            return {"id_no": number}
    return {}


def _mentions(text: Transcript, value: str) -> list[int]:
    places, place = [], text.text.find(value)
    while place >= 0:
        places.append(place)
        place = text.text.find(value, place + 1)
    return places


def _present(candidates: Mapping[str, Candidate | None]) -> dict[str, Candidate]:
    return {name: candidate for name, candidate in candidates.items() if candidate}
