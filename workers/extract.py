"""The fields of a paper by its type: a table of where each field stands, and what is odd about what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workers import values
from workers.finding import (
    Candidate,
    Paper,
    Rule,
    after,
    amount_after,
    anywhere,
    closing_date,
    exactly,
    first_of,
    in_cell,
    largest_amount,
    period_end,
    sentence,
    within,
)
from workers.names import OwnNames
from workers.parties import contract_sides, invoice_sides, near_side
from workers.sheets import Facts, FieldValue, Sheet
from workers.transcript import Transcript
from workers.values import Taken, Taker

_HAN = "[一-鿿㐀-䶿〇·]"
_OPENS = r"(?:\(|,|,?(?:性别)?[男女][,,]|身份证|居民身份证|系|为|先生|女士|同志|小姐)"
_LEAST = 0.3

_ID = (
    after("id_no", take=values.resident_id),
    sentence(r"(?:身份证号?码?|身份号码|证件号码?)[:)]?(?P<v>[\dx]{18})(?!\d)", values.resident_id, weight=0.9),
    anywhere(values.resident_id, weight=0.75),
)
_USCC = (within("uscc", "registration_no", take=values.uscc), anywhere(values.sound(values.uscc), weight=0.75))
_REP = (after("legal_rep", take=values.person),)
_EXPIRES = (within("valid", take=values.last_day, least=0.72), period_end)
_PROPERTY_NO = (
    r"(?P<v>(?:[京津沪渝冀晋辽吉黑苏浙皖闽赣鲁豫鄂湘粤琼川蜀贵黔云滇陕甘青桂蒙宁新藏][\(\[]?\d{4}[\)\]]?)?"
    rf"{_HAN}{{2,12}}?不动产(?:权|证明)第[A-Z0-9a-z]+号)"
)
_OLD_PROPERTY_NO = (
    rf"(?P<v>(?!号)[a-z]?(?:(?!证号|编号){_HAN}){{0,6}}?(?:房权证|房地权证|房地证|房产证|房字|国用|集用|土国用|他项)(?:{_HAN}{{0,6}})?"
    r"[\(\[]?(?:\d{4})?[\)\]]?字?第?[a-z0-9\-]+号)"
)
_TAX_NO = rf"(?P<v>{_HAN}{{0,3}}[国地]?税[国地登证]{{0,2}}字第?[\(\[]?[\da-z\-]{{6,20}}[\)\]]?号?)"

RULES: Mapping[str, Mapping[str, tuple[Rule, ...]]] = {
    "contract": {
        "contract_no": (
            after("contract_no", take=values.code),
            after("number", take=values.code, weight=0.8, least=0.9),
        ),
        "signed": (
            within("signed", take=values.day),
            sentence(r"(?:本合同|本协议|双方)于(?P<v>.{8,14}?)(?:签订|签署|订立|在)", values.day, weight=0.9),
            within("made", take=values.day, weight=0.85),
            closing_date,
        ),
        "expires": (
            *_EXPIRES,
            sentence(r"(?:至|到)(?P<v>\d{4}年\d{1,2}月\d{1,2}日)(?:止|期满|终止|届满)", values.day, weight=0.8),
            sentence(r"(?:有效期限?|期限|效力)(?:截)?(?:至|到|止于)(?P<v>.{8,12}?日)", values.day, weight=0.75),
        ),
        "amount": (amount_after("amount"), amount_after("total", weight=0.7), largest_amount),
    },
    "id_card": {
        "name": (
            after("name", take=values.person),
            sentence(rf"姓名?(?P<v>{_HAN}{{2,4}}?)(?:性别|民族|出生)", values.person, weight=0.8),
            sentence(rf"名(?P<v>{_HAN}{{2,4}}?)性别", values.person, weight=0.75),
            in_cell(rf"^(?P<v>{_HAN}{{2,4}})$", values.person, weight=0.34),
        ),
        "id_no": _ID,
        "expires": _EXPIRES,
    },
    "household_register": {
        "name": (after("name", take=values.person), after("customer", take=values.person, weight=0.6)),
        "id_no": _ID,
        "employer": (after("employer", take=values.company, least=0.7),),
        "issued": (within("registered", take=values.day), closing_date),
    },
    "business_licence": {
        "name": (
            after("name", take=values.company, least=0.7),
            after("name", take=values.name, weight=0.9, least=0.7),
            anywhere(values.company_in_one_row, weight=0.4),
        ),
        "uscc": _USCC,
        "cert_no": (after("registration_no", take=values.digits(13, 15)),),
        "legal_rep": _REP,
        "founded": (
            within("founded", take=values.day),
            sentence(r"(?:营业期限|经营期限).{0,3}?(?P<v>\d{4}年\d{1,2}月\d{1,2}日)", values.day, weight=0.5),
        ),
        "issued": (within("licensed", take=values.day), closing_date),
        "expires": _EXPIRES,
    },
    "tax_registration": {
        "name": (after("taxpayer", take=values.name, least=0.7), after("name", take=values.name, weight=0.9)),
        "uscc": _USCC,
        "cert_no": (
            in_cell(_TAX_NO, exactly),
            after("cert_no", "uscc", "number", take=values.code, weight=0.8),
        ),
        "legal_rep": _REP,
        "issued": (within("licensed", "registered", take=values.day), closing_date),
    },
    "property_certificate": {
        "name": (after("holder", take=values.name), after("name", take=values.name, weight=0.6)),
        "id_no": _ID,
        "uscc": (within("uscc", take=values.uscc), anywhere(values.sound(values.uscc), weight=0.6)),
        "cert_no": (
            in_cell(_PROPERTY_NO, exactly),
            in_cell(_OLD_PROPERTY_NO, exactly, weight=0.95),
            sentence(_PROPERTY_NO, exactly, weight=0.8),
            after("cert_no", take=values.code, weight=0.8),
        ),
        "issued": (within("registered", "licensed", take=values.day),),
    },
    "marriage_certificate": {
        "name": (after("holder", take=values.person), after("name", take=values.person, weight=0.8)),
        "id_no": _ID,
        "cert_no": (
            after("cert_no", take=values.code),
            sentence(r"(?P<v>[jl]\d{6}-?\d{4}-?\d{6})", exactly, weight=0.8),
            after("number", take=values.code, weight=0.7),
        ),
        "issued": (within("registered", "licensed", take=values.day), closing_date),
    },
    "income_proof": {
        "name": (
            sentence(rf"(?:兹|特|现)?(?:证明|有)(?P<v>{_HAN}{{2,4}}?){_OPENS}", values.person, weight=0.97),
            sentence(rf"(?P<v>{_HAN}{{2,4}})(?:先生|女士|同志)[,,(]", values.person, weight=0.9),
            after("name", "customer", take=values.person),
        ),
        "id_no": _ID,
        "employer": (
            after("name", "employer", take=values.company, least=0.7),
            sentence(
                rf"(?:系|为|在|是)(?P<v>{_HAN}{{4,30}}?(?:公司|厂|中心|银行|医院|学校|大学))",
                values.company,
                weight=0.8,
            ),
            anywhere(values.company_in_one_row, weight=0.5),
        ),
        "amount": (amount_after("income"), largest_amount),
        "issued": (within("made", take=values.day), closing_date),
    },
    "invoice": {
        "invoice_no": (
            after("invoice_no", take=values.digits(8, 20)),
            after("invoice_no", take=values.code, weight=0.9),
            after("number", take=values.digits(8, 8), weight=0.7),
            sentence(r"(?:№|n[o0]\.?):?(?P<v>\d{8})(?!\d)", values.digits(8, 8), weight=0.6),
        ),
        "invoice_code": (after("invoice_code", take=values.digits(10, 12)),),
        "issued": (within("invoiced", take=values.day), within("made", take=values.day, weight=0.8), closing_date),
        "amount": (amount_after("total"), amount_after("amount", weight=0.5), largest_amount),
    },
    "receipt": {
        "issued": (within("made", "invoiced", take=values.day), closing_date),
        "amount": (amount_after("amount", "total"), largest_amount),
    },
    "power_of_attorney": {
        "name": (
            after("principal", take=values.name, least=0.7),
            sentence(rf"本人(?P<v>{_HAN}{{2,4}}?){_OPENS}", values.person, weight=0.9),
            sentence(rf"我(?P<v>{_HAN}{{2,4}}?)(?:\(|,|身份证|系)", values.person, weight=0.6),
            after("name", "customer", "holder", take=values.name, weight=0.8),
        ),
        "agent": (
            after("agent", take=values.person, least=0.7),
            sentence(
                rf"(?:委托|授权)(?P<v>{_HAN}{{2,4}}?)(?:作为|为|\(|,|先生|女士|同志|身份证|代)",
                values.person,
                weight=0.85,
            ),
            after("agent", take=values.name, least=0.7, weight=0.8),
        ),
        "issued": (within("made", "signed", take=values.day), closing_date),
        "expires": _EXPIRES,
    },
    "customer_form": {
        "name": (
            after("customer", take=values.name),
            after("name", take=values.name, weight=0.95),
            after("holder", take=values.name, weight=0.7),
        ),
        "customer_no": (
            after("customer_no", take=values.code),
            after("number", take=values.code, weight=0.7, least=0.8),
        ),
        "id_no": _ID,
        "uscc": _USCC,
        "legal_rep": _REP,
        "employer": (after("employer", take=values.company, least=0.7),),
        "issued": (within("registered", "made", take=values.day), closing_date),
    },
    "credit_report": {
        "name": (
            after("assessed", take=values.name),
            after("customer", "name", take=values.name, weight=0.9, least=0.7),
        ),
        "id_no": (after("id_no", take=values.resident_id), anywhere(values.resident_id, weight=0.6)),
        "uscc": _USCC,
        "legal_rep": _REP,
        "issued": (within("rated", take=values.day), within("made", take=values.day, weight=0.85), closing_date),
    },
    "appraisal_report": {
        "name": (
            after("principal", take=values.name),
            after("holder", "customer", "assessed", take=values.name, weight=0.85),
        ),
        "cert_no": (after("report_no", take=values.code), after("number", take=values.code, weight=0.7)),
        "amount": (amount_after("appraised_value"), amount_after("total", "amount", weight=0.7), largest_amount),
        "issued": (
            within("appraised", take=values.day),
            within("rated", take=values.day, weight=0.95),
            within("made", take=values.day, weight=0.85),
            closing_date,
        ),
    },
    "complaint": {
        "name": (
            after("complainant", take=values.name),
            after("customer", "name", take=values.name, weight=0.85),
            sentence(rf"(?:本人|我是|我叫)(?P<v>{_HAN}{{2,4}}?)(?:,|\(|系|是|为)", values.person, weight=0.7),
        ),
        "id_no": (after("id_no", take=values.resident_id),),
        "customer_no": (after("customer_no", take=values.code),),
        "issued": (
            within("complained_on", take=values.day),
            within("made", "registered", take=values.day, weight=0.85),
            closing_date,
        ),
    },
    "letter": {
        "name": (
            after("addressee", take=values.name, least=0.75),
            sentence(rf"尊敬的(?P<v>{_HAN}{{2,30}}?)(?:先生|女士|:|,|客户|业主)", values.name, weight=0.85),
            after("customer", "sender", take=values.name, weight=0.7, least=0.7),
            anywhere(values.company_in_one_row, weight=0.5),
        ),
        "contract_no": (after("contract_no", take=values.code, weight=0.9, least=0.3),),
        "issued": (within("made", take=values.day), closing_date),
    },
    "other": {},
}
"""Where each field of each type stands, best rule first. Sides of contracts, invoices and receipts: `_sided`."""


def extract(sheets: Sequence[Sheet], kind: str, own_names: tuple[str, ...]) -> Facts:
    """The fields of a document of a type: ISO dates, decimal yuan, plain strings, each with place, reason and problem.

    `own_names` are the names of the house, which are never the one that a paper is about where another is named.
    """
    paper = Paper(Transcript(sheets), OwnNames(own_names))
    found: dict[str, Candidate] = {}
    for name, rules in RULES.get(kind, {}).items():
        candidate = first_of(paper, [_sparing_own(rule) if name == "name" else rule for rule in rules])
        if candidate and candidate.score >= _LEAST:
            found[name] = candidate
    found |= _sided(paper, kind)
    if kind in ("power_of_attorney", "income_proof", "marriage_certificate"):
        found |= _numbers_of_subject(paper, found)
    fields = {name: _field(paper.text, candidate) for name, candidate in found.items() if candidate.taken.value}
    doubts = tuple(f"{candidate.taken.problem}:{name}" for name, candidate in found.items() if candidate.taken.problem)
    return Facts(fields, doubts)


def _sparing_own(rule: Rule) -> Rule:
    """The rule with the house's own names made unlikely: they stand on most papers, which are rarely about them."""

    def find(paper: Paper) -> list[Candidate]:
        return [
            Candidate(one.taken, one.score * 0.4, one.because) if paper.own.holds(one.taken.value) else one
            for one in rule(paper)
        ]

    return find


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
    return _present({"party_a": first, "party_b": second}) | _numbers_of_side(paper, first, second)


def _numbers_of_side(paper: Paper, first: Candidate | None, second: Candidate | None) -> dict[str, Candidate]:
    """Identity number and credit code of the side that is not the house."""
    sides = [side for side in (first, second) if side]
    strangers = [side for side in sides if not paper.own.holds(side.taken.value)]
    if len(strangers) != 1:
        return {}
    numbers = {name: _number_of(paper, strangers[0], sides, take) for name, take in _TAKERS.items()}
    return _present(numbers)


_TAKERS: Mapping[str, Taker] = {"id_no": values.resident_id, "uscc": values.uscc}


def _number_of(paper: Paper, side: Candidate, sides: Sequence[Candidate], take: Taker) -> Candidate | None:
    if not _in_one_row(paper, sides):
        return near_side(paper, side, take, [one for one in sides if one is not side], f"beside:{side.taken.value}")
    numbers = sorted(anywhere(take)(paper), key=lambda one: one.taken.start)
    in_order = sorted(sides, key=lambda one: one.taken.start)
    if len(numbers) == len(in_order) and len(numbers) > 1:
        return numbers[in_order.index(side)]
    return None


def _in_one_row(paper: Paper, sides: Sequence[Candidate]) -> bool:
    """Whether all sides stand beside each other, as on digital invoices; their numbers then go from left to right."""
    return len(sides) > 1 and len({paper.text.row_at(side.taken.start) for side in sides}) == 1


def _receipt_sides(paper: Paper) -> dict[str, Candidate]:
    """Who paid and who received; `name` is the one that is not the house."""
    payer = first_of(
        paper,
        (
            after("payer", take=_up_to_what_for, least=0.7),
            sentence(
                rf"(?:今|兹|现|已)?收到(?P<v>{_HAN}{{2,40}}?)(?:交来|缴来|交付|缴纳|支付|人民币)",
                values.name,
                weight=0.9,
            ),
            after("customer", take=values.name, weight=0.8),
        ),
    )
    payee = first_of(paper, (after("payee", "seller", take=values.name, least=0.7),))
    strangers = [one for one in (payer, payee) if one and not paper.own.holds(one.taken.value)]
    return _present({"buyer": payer, "seller": payee, "name": strangers[0] if strangers else None})


def _up_to_what_for(text: Transcript, start: int, end: int) -> Taken | None:
    return values.name(text, start, end)


def _numbers_of_subject(paper: Paper, found: Mapping[str, Candidate]) -> dict[str, Candidate]:
    """The identity number that stands with the person whom the paper is about, not the agent's or the spouse's."""
    subject = found.get("name")
    if subject is None:
        return first_number if (first_number := _present({"id_no": first_of(paper, _ID)})) else {}
    mentions = _mentions(paper.text, subject.taken.value)
    others = [found["agent"]] if "agent" in found else []
    for place in mentions:
        here = Candidate(Taken(subject.taken.value, place, place + len(subject.taken.value)), 1.0, subject.because)
        number = near_side(paper, here, values.resident_id, others, f"beside:{subject.taken.value}")
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
