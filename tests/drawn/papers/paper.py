"""A paper in words: a wording filled in from a cast, with the truth about it as in a set's truth.jsonl."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import cycle, islice
from typing import Any

import opencc

from archive.han import simplified
from tests.drawn.papers import marks, styles
from tests.drawn.papers.cast import Cast, Company, Person, address, company, dice_of, person, phone
from tests.drawn.papers.wordings import BLIND, TUNED, UNSEEN, Wording, wordings

_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_SLOT = re.compile(r"\{(?:(?P<field>\w+)=)?(?P<value>[#\w.]+)\}")
_WIDTHS = (30, 34, 36, 40)
_LONG_TERM = "9999-12-31"
_TRADITIONAL_SHARE = 0.06
_DATE_TAILS = {"dot": 4, "han": 6, "roc": 9, "english": 10, "british": 11, "compact": 12, "blank": 13}
_TRADITIONAL = ("hk-", "tw-")
_PROVINCES = "粤京沪浙苏川鄂陕闽黑桂鲁"


@dataclass(frozen=True, slots=True)
class Paper:
    """Pages of printed rows (a tab is a wide gap), what is true of them, and the rows as they are to be set."""

    wording: Wording
    pages: tuple[tuple[str, ...], ...]
    fields: dict[str, str]
    customer: Person | Company | None
    set_rows: tuple[tuple[str, ...], ...] = ()

    def truth(self, file: str) -> dict[str, Any]:
        """A row of truth.jsonl."""
        values = [value for name, value in self.fields.items() if name in ("name", "id_no", "uscc", "contract_no")]
        return {
            "file": file, "kind": self.wording.kind, "customer": self.customer.name if self.customer else None,
            "fields": {name: float(v) if name == "amount" else v for name, v in self.fields.items()},
            "phrases": values, "pages": [{"lines": list(page)} for page in self.pages],
        }  # fmt: skip


@dataclass
class _Filling:
    """One wording being filled in."""

    cast: Cast
    dice: random.Random
    fields: dict[str, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.style = self.dice.randrange(styles.DATE_STYLES)

    def filled(self, text: str) -> str:
        while _CHOICE.search(text):
            text = _CHOICE.sub(lambda hit: self.dice.choice(hit[1].split("|")), text)
        return _SLOT.sub(self._slot, text)

    def _slot(self, hit: re.Match[str]) -> str:
        if hit["value"] in ("who.no", "who.num"):
            return self._number_of_subject(labelled=hit["value"] == "who.no")
        printed, true = self._value(hit["value"])
        if hit["field"]:
            self.fields[hit["field"]] = true
        return printed

    def _number_of_subject(self, *, labelled: bool) -> str:
        who = self.cast.who
        if isinstance(who, Person):
            self.fields["id_no"], label = who.id_no, "身份证号码："
        else:
            assert who is not None
            self.fields["uscc"], label = who.uscc, "统一社会信用代码："
        return (label if labelled else "") + next(
            iter(self.fields[name] for name in ("id_no", "uscc") if name in self.fields)
        )

    def _value(self, name: str) -> tuple[str, str]:
        if name.startswith("#"):
            number = self.cast.digits(int(name[1:]))
            return number, number
        if name in _MONEY:
            return _MONEY[name](self.cast.yuan, self.dice), self.cast.yuan
        head, _, tail = name.partition(".")
        value = _numbered(name, self.cast) or getattr(self.cast, head, None) or _FRESH[head](self.dice)
        return self._said(value, tail)

    def _said(self, value: object, tail: str) -> tuple[str, str]:
        if isinstance(value, date):
            style = _DATE_TAILS[tail] if tail else self.style if self.dice.random() < 0.8 else 0
            return styles.dated(value, style), value.isoformat()
        if isinstance(value, (Person, Company)):
            return self._of_somebody(value, tail)
        return str(value), _LONG_TERM if value == "长期" else str(value)

    def _of_somebody(self, who: Person | Company, tail: str) -> tuple[str, str]:
        if not tail:
            return who.name, who.name
        if tail == "born":
            assert isinstance(who, Person)
            return styles.dated(who.born, 0), who.born.isoformat()
        said = str(getattr(who, {"id": "id_no"}.get(tail, tail)))
        return (styles.spaced(said, self.dice) if tail in ("id", "uscc") else said), said


_MONEY = {
    "yuan": styles.figures,
    "figures": styles.figures,
    "both": styles.both,
    "caps": lambda yuan, _: styles.capitals(yuan),
    "yen": lambda yuan, dice: dice.choice((f"¥{float(yuan):,.2f}", f"￥{yuan}", f"¥ {yuan}")),
    "plain": lambda yuan, _: f"{float(yuan):,.2f}",
}
_NUMBERS = {
    "long": ("长期",),
    "estateno": (
        "{province}({year}){city}市不动产权第{serial:07d}号",
        "{province}（{year}）{city}不动产权第0{serial:07d}号",
    ),
    "landno": ("{city}国用({year})第{serial}号",),
    "proofno": ("{province}({year}){city}市不动产证明第{serial:07d}号",),
    "houseno": ("{province}房地证字第C{serial}号", "{city}房权证字第{serial}号", "{city}房权证西湖字第{serial:08d}号"),
    "marriageno": ("J{area}-{year}-{six:06d}",),
    "divorceno": ("L{area}-{year}-{six:06d}",),
    "taxno": ("{province}税字{serial}{serial}{digit}号", "{province}国税字{serial}{serial}{digit}号"),
    "valueno": (
        "{province}中信评报字[{year}]第{short}号",
        "{city}华房估字({year})第{short:03d}号",
        "天健评报字〔{year}〕{digit}-{short}号",
    ),
    "custno": ("KH{serial}", "C-{year}-{short:04d}", "VIP{five:05d}", "{serial}"),
}
_FRESH = {
    "addr": address,
    "phone": phone,
    "city": lambda dice: address(dice).partition("市")[0],
    "founded": lambda dice: date(1993, 1, 1) + timedelta(days=dice.randrange(9000)),
}


def _numbered(name: str, cast: Cast) -> str:
    """Certificate and customer numbers in one of the forms of their offices; nothing for another slot."""
    if name not in _NUMBERS:
        return ""
    dice, serial = cast.dice, cast.dice.randrange(10**6, 10**7)
    return dice.choice(_NUMBERS[name]).format(
        province=dice.choice(_PROVINCES), year=cast.day.year, city=address(dice).partition("市")[0], serial=serial,
        short=serial % 10**4, five=serial % 10**5, six=serial % 10**6, area=cast.p.id_no[:6], digit=serial % 10,
    )  # fmt: skip


def paper(wording: Wording, dice: random.Random, who: Person | Company | None) -> Paper:
    """The wording as a paper about somebody; one in sixteen is printed in traditional characters."""
    filling = _Filling(Cast(dice, who, _years(wording)), dice)
    text = filling.filled(wording.text)
    if wording.family.startswith(_TRADITIONAL) or (
        dice.random() < _TRADITIONAL_SHARE
        and wording.half != TUNED
        and wording.kind in ("contract", "letter", "receipt")
    ):
        text = _in_traditional(text, careful=wording.half in BLIND)
    if dice.random() < 0.3:
        text = text.replace("：", ":")
    width = dice.choice(_WIDTHS)
    leaves = [page.rstrip("\n").split("\n") for page in text.split(marks.PAGE + "\n")]
    pages = tuple(tuple(_wrapped(marks.plain(leaf), width)) for leaf in leaves)
    return Paper(wording, pages, filling.fields, who, tuple(map(tuple, leaves)))


def _in_traditional(text: str, *, careful: bool) -> str:
    """In traditional characters; careful: not where another word would come out (家具, 傢俱)."""
    converted = opencc.OpenCC("s2t").convert(text)
    return text if careful and simplified(converted) != simplified(text) else converted


def _years(wording: Wording) -> tuple[int, int] | None:
    """Which years the paper may be of; for the older sets, any."""
    if wording.half not in BLIND:
        return None
    first, _, last = wording.years.partition("-")
    return int(first or 2006), int(last or 2025)


def beheaded(paper: Paper, rows: int = 2) -> Paper:
    """The paper as it is read when its first rows were lost to a clip, a fold or a seal."""
    first, *others = paper.pages
    return replace(paper, pages=(first[rows:], *others)) if len(first) > 2 * rows else paper


def _wrapped(rows: Iterable[str], width: int) -> Iterator[str]:
    """Rows no wider than the paper: running text goes on at the margin."""
    for row in rows:
        rest = row
        while _width(rest) > width and "\t" not in rest:
            cut = next(place for place in range(len(rest) + 1) if _width(rest[:place]) > width) - 1
            if rest[cut - 1 : cut + 1].isascii() and rest[cut - 1 : cut + 1].isalpha():
                cut = rest.rfind(" ", 0, cut) + 1 or cut
            yield rest[:cut]
            rest = rest[cut:]
        yield rest


def _width(text: str) -> float:
    return sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.5 for c in text)


@dataclass(frozen=True, slots=True)
class World:
    """The people and organisations that papers are about; the last fifth is unknown to the house."""

    people: Sequence[Person]
    companies: Sequence[Company]

    @property
    def known(self) -> list[Person | Company]:
        """Those in the register of customers."""
        return [one for group in (self.people, self.companies) for one in group[: len(group) * 4 // 5]]


def world(seed: int, size: int = 60) -> World:
    """People and organisations, among them namesakes and names that differ by a character."""
    dice = dice_of(f"world-{seed}")
    people = [person(dice) for _ in range(size)]
    people[1] = person(dice, people[0].name)
    people[-1] = person(dice, people[2].name)
    companies = [company(dice) for _ in range(size)]
    companies[1] = company(dice, companies[0].name.replace("有限", "股份有限") + "广州分公司")
    companies[2] = company(dice, "深圳中鼎贸易有限公司")
    companies[3] = company(dice, "深圳中鼐贸易有限公司")
    companies[-1] = company(dice, "深圳中鼎商贸有限公司")
    return World(people, companies)


def papers(half: str, seed: int, count: int) -> Iterator[Paper]:
    """So many papers of one set, about the people of the seed's world; an unseen set gives each wording its turn."""
    dice, cast = dice_of(f"papers-{half}-{seed}"), world(seed)
    inside = [wording for wording in wordings() if wording.half == half]
    chosen = _in_turn(inside, dice) if half in UNSEEN else _by_kind(inside, dice)
    for wording in islice(chosen, count):
        yield paper(wording, dice, _subject(wording.about, cast, dice))


def _in_turn(inside: Sequence[Wording], dice: random.Random) -> Iterator[Wording]:
    while inside:
        yield from dice.sample(inside, len(inside))


def _by_kind(inside: Sequence[Wording], dice: random.Random) -> Iterator[Wording]:
    by_kind: dict[str, list[Wording]] = {}
    for wording in inside:
        by_kind.setdefault(wording.kind, []).append(wording)
    for kind in cycle(sorted(by_kind) + ["contract"] * 3 + ["invoice", "id_card", "receipt"]):
        yield dice.choice(by_kind[kind])


def _subject(about: str, cast: World, dice: random.Random) -> Person | Company | None:
    if about == "none":
        return None
    if about == "person" or (about == "either" and dice.random() < 0.5):
        return dice.choice(cast.people)
    if about == "latin":
        return company(dice, "Northwind Consulting Pte. Ltd.")
    return dice.choice(cast.companies)
