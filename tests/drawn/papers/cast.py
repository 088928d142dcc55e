"""Who and what a drawn paper speaks of: people, organisations, dates, sums. Nobody here ever lived."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

from archive.numbers import resident_id_check_digit, uscc_check_character

OWN = ("华晟置业(广州)有限公司", "广州华晟物业服务有限公司", "华晟物业")
"""The names of the house in drawn papers; the last one is how people call it."""

_WORDS = tomllib.loads(Path(__file__).with_name("names.toml").read_text("utf-8"))
_SURNAMES: str = _WORDS["surnames"]
_DOUBLE = ("欧阳", "上官", "司马", "诸葛", "夏侯", "皇甫", "尉迟", "慕容", "令狐", "司徒")
_GIVEN: str = _WORDS["given"]
_MINORITY = ("阿依古丽·买买提", "艾力·吐尔逊", "古丽娜尔·阿不都热依木", "扎西·多吉", "巴特尔·孟和")
_CITIES: Sequence[str] = _WORDS["cities"]
_BRANDS: Sequence[str] = _WORDS["brands"]
_TRADES: Sequence[str] = _WORDS["trades"]
_FORMS = ("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司", "集团有限公司", "有限公司{}分公司")
_SHOPS = (
    "{}市天河区{}便利店",
    "{}{}五金店",
    "{}{}电器经营部",
    "{}市{}饭店",
    "{}{}企业管理合伙企业(有限合伙)",
    "{}市第{}中学",
    "{}{}律师事务所",
    "{}{}医院",
    "{}{}农民专业合作社",
    "{}{}研究院",
)
_LATIN = (
    "Meridian Trading (Guangzhou) Co., Ltd.",
    "Bluewater Logistics Limited",
    "Harbour & Stone Consulting Pte. Ltd.",
    "Kestrel Instruments GmbH",
    "Sunfield Foods Inc.",
)
_STREETS: Sequence[str] = _WORDS["streets"]
_REGIONS = (
    "110105",
    "440106",
    "440304",
    "330106",
    "320105",
    "510107",
    "420106",
    "610113",
    "440402",
    "350203",
    "230102",
    "150105",
)
_WEIGHED = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_NATIONS = ("汉", "汉", "汉", "汉", "满", "壮", "回", "苗", "维吾尔", "土家", "蒙古")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an identity card."""

    name: str
    id_no: str
    born: date
    sex: str
    nation: str


@dataclass(frozen=True, slots=True)
class Company:
    """An organisation with its credit code and who stands for it."""

    name: str
    uscc: str
    rep: str


def dice_of(name: str) -> random.Random:
    """Dice that fall alike for the same name."""
    return random.Random(name)  # noqa: S311 - drawn papers, no secret


def person(dice: random.Random, name: str = "") -> Person:
    """Somebody new."""
    born = date(1948, 1, 1) + timedelta(days=dice.randrange(20_500))
    order = dice.randrange(1000)
    body = f"{dice.choice(_REGIONS)}{born:%Y%m%d}{order:03d}"
    return Person(
        name or _person_name(dice), body + resident_id_check_digit(body), born, "男" if order % 2 else "女",
        dice.choice(_NATIONS),
    )  # fmt: skip


def _person_name(dice: random.Random) -> str:
    draw = dice.random()
    if draw < 0.02:
        return dice.choice(_MINORITY)
    surname = dice.choice(_DOUBLE) if draw < 0.06 else dice.choice(_SURNAMES)
    return surname + "".join(dice.sample(_GIVEN, 1 if dice.random() < 0.2 else 2))


def company(dice: random.Random, name: str = "") -> Company:
    """An organisation new to us."""
    body = f"{dice.choice(('91', '91', '91', '92', '93', '52'))}{dice.choice(_REGIONS)}"
    body += "MA" if dice.random() < 0.6 else "".join(dice.choices("0123456789", k=2))
    body += "".join(dice.choices(_WEIGHED, k=17 - len(body)))
    return Company(name or _company_name(dice), body + uscc_check_character(body), _person_name(dice))


def _company_name(dice: random.Random) -> str:
    draw = dice.random()
    city, brand, trade = dice.choice(_CITIES), dice.choice(_BRANDS), dice.choice(_TRADES)
    if draw < 0.03:
        return dice.choice(_LATIN)
    if draw < 0.15:
        return dice.choice(_SHOPS).format(city, brand)
    form = dice.choice(_FORMS).format(dice.choice(_CITIES))
    if draw < 0.3:
        return f"{brand}({city}){trade}{form}"
    return f"{city}{'市' if dice.random() < 0.2 else ''}{brand}{trade}{form}"


def address(dice: random.Random) -> str:
    """A postal address."""
    return (
        f"{dice.choice(_CITIES)}市{dice.choice(('南山', '天河', '西湖', '鼓楼', '武侯', '江岸', '禅城'))}区"
        f"{dice.choice(_STREETS)}{dice.randrange(1, 900)}号{dice.randrange(1, 30)}栋{dice.randrange(101, 3399)}"
        f"{dice.choice(('室', '房', ''))}"
    )


def phone(dice: random.Random) -> str:
    """A mobile or a fixed number."""
    if dice.random() < 0.7:
        return f"1{dice.choice('3578')}{dice.randrange(10**9):09d}"
    return f"0{dice.choice(('20', '755', '571', '28'))}-{dice.randrange(2 * 10**7, 9 * 10**7)}"


class Cast:
    """The facts of one paper; `who` is the customer, `own` the house, everybody else is a bystander."""

    def __init__(self, dice: random.Random, who: Person | Company | None, years: tuple[int, int] | None = None) -> None:
        """With `years` the paper is of one of them, and everybody on it is of an age to sign and to marry."""
        self.dice = dice
        self.who = who
        self.own = company(dice, dice.choice(OWN[:2]))
        self.day = date(2006, 1, 1) + timedelta(days=dice.randrange(7000))
        if years:
            first, last = (date(year, 1, 1) for year in (years[0], years[1] + 1))
            self.day = first + timedelta(days=dice.randrange((last - first).days))
            if isinstance(who, Person):
                self.day = max(self.day, _years_after(who.born, 22) + timedelta(days=dice.randrange(200)))
            self.q, self.r = (self._grown() for _ in range(2))
        self.start = self.day + timedelta(days=dice.choice((0, 0, 1, 5, 10, 15, 30)))
        self.end = _years_after(self.start, dice.choice((1, 1, 2, 3, 5, 10))) - timedelta(days=dice.choice((0, 1)))
        self.yuan = _sum(dice)

    @cached_property
    def p(self) -> Person:
        """The customer when that is a person, else somebody."""
        return self.who if isinstance(self.who, Person) else person(self.dice)

    @cached_property
    def c(self) -> Company:
        """The customer when that is an organisation, else some organisation."""
        return self.who if isinstance(self.who, Company) else company(self.dice)

    @cached_property
    def q(self) -> Person:
        """A bystander: agent, spouse, child."""
        return person(self.dice)

    @cached_property
    def r(self) -> Person:
        """Another bystander: witness, clerk, guarantor."""
        return person(self.dice)

    @cached_property
    def d(self) -> Company:
        """An organisation that is not the customer: issuer, bank, public office."""
        return company(self.dice)

    @cached_property
    def code(self) -> str:
        """A number as organisations give to contracts and cases."""
        year, serial = self.day.year, self.dice.randrange(1, 9999)
        forms: Sequence[str] = (
            f"HT-{year}-{serial:04d}", f"({year})穗物字第{serial}号", f"XS{year}{serial:05d}",
            f"{year}-ZL-{serial:03d}",
            f"HSWY[{year}]{serial:04d}", f"GZ/{year % 100}/{serial:04d}", f"NO.{year}{serial:04d}",
            f"{year}{serial:06d}",
            f"HS-GC-{year % 100}{serial:04d}", f"JF{self.day:%Y%m%d}{serial % 100:02d}",
        )  # fmt: skip
        return self.dice.choice(forms)

    @cached_property
    def town(self) -> str:
        """The city of the organisation, or one; all offices of a paper are of it."""
        return next((city for city in _CITIES if city in self.c.name), self.dice.choice(_CITIES))

    @cached_property
    def year(self) -> int:
        """The year of the paper, as numbers of cases carry it."""
        return self.day.year

    @cached_property
    def since(self) -> date:
        """A day some years before the paper, since when something has been so."""
        return self.day - timedelta(days=self.dice.randrange(400, 2500))

    def _grown(self) -> Person:
        while (one := person(self.dice)).born.year > self.day.year - 22:
            pass
        return one

    def digits(self, count: int) -> str:
        """A number of so many digits that does not begin with nought."""
        return str(self.dice.randrange(10 ** (count - 1), 10**count))


def _years_after(start: date, years: int) -> date:
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return start.replace(year=start.year + years, day=28)


def _sum(dice: random.Random) -> str:
    """An amount in yuan with two places, round ones more often than not."""
    draws: Sequence[Callable[[], int]] = (
        lambda: dice.randrange(5, 990) * 1_000_00, lambda: dice.randrange(2, 99) * 100_00,
        lambda: dice.randrange(100_00, 900_000_00), lambda: dice.randrange(10, 600) * 10_000_00,
        lambda: dice.randrange(1000, 99_999) * 100,
    )  # fmt: skip
    cents = dice.choice(draws)()
    return f"{cents // 100}.{cents % 100:02d}"
