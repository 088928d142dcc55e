from __future__ import annotations

import pytest

from archive.numbers import normalised
from workers import names
from workers.filing import FilingPolicy
from workers.match import identifiers, match_customer
from workers.sheets import Facts, FieldValue, KnownCustomer

OWN = ("北辰置业有限公司",)
ZHAO, QIAN = "110105198503071230", "510107199202290044"
HUA = "91110108MA01KFYD2A"
ENOUGH = FilingPolicy().customer_at_least


class Register:
    """Customers kept in a list: the port's promises, nothing else."""

    def __init__(self, *rows: tuple[str, str, str, dict[str, str]]) -> None:
        self.rows = [
            (KnownCustomer(id_, name, kind, frozenset(numbers)), {(t, normalised(v)) for t, v in numbers.items()})
            for id_, name, kind, numbers in rows
        ]

    def by_identifier(self, type_: str, value: str) -> list[KnownCustomer]:
        return [customer for customer, numbers in self.rows if (type_, normalised(value)) in numbers]

    def by_name(self, name: str) -> list[KnownCustomer]:
        return [customer for customer, _ in self.rows if names.written(customer.name) == names.written(name)]

    def alike(self, name: str) -> list[KnownCustomer]:
        return [customer for customer, _ in self.rows if set(name) & set(customer.name)]


REGISTER = Register(
    ("zhao", "赵明远", "person", {"id_no": ZHAO}),
    ("qian", "钱桂兰", "person", {"id_no": QIAN}),
    ("wang", "王芳", "person", {}),
    ("wang2", "王芳", "person", {}),
    ("hua", "北京华岳工程咨询有限公司", "company", {"uscc": HUA}),
    ("dong", "上海东岸文化传播有限公司", "company", {}),
    ("north", "Northwind Consulting Pte Ltd", "company", {}),
)


def facts(**fields: str) -> Facts:
    return Facts({name: FieldValue(value, 0.99, 1) for name, value in fields.items()})


@pytest.mark.parametrize(
    ("kind", "fields", "customer", "sure"),
    [
        ("id_card", {"name": "赵明远", "id_no": ZHAO}, "zhao", True),
        ("id_card", {"name": "赵明达", "id_no": ZHAO}, "zhao", True),
        ("id_card", {"id_no": ZHAO}, "zhao", True),
        ("id_card", {"name": "孙晓", "id_no": ZHAO}, None, False),
        ("id_card", {"name": "赵明远", "id_no": "310115197912315529"}, None, False),
        ("complaint", {"name": "赵明远"}, "zhao", False),
        ("complaint", {"name": "王芳"}, None, False),
        ("complaint", {"name": "孙晓"}, None, False),
        ("business_licence", {"name": "北京华岳工程咨询有限公司", "uscc": HUA}, "hua", True),
        ("business_licence", {"name": "北京华岳工程咨询有限公司", "uscc": "91310115MA1H7TR05D"}, None, False),
        ("contract", {"party_a": OWN[0], "party_b": "上海东岸文化传播有限公司"}, "dong", True),
        ("contract", {"party_a": "上海東岸文化傳播有限公司", "party_b": OWN[0]}, "dong", True),
        ("contract", {"party_a": "NORTHWIND CONSULTING PTE. LTD", "party_b": OWN[0]}, "north", True),
        ("contract", {"party_a": "北辰置业有限公同", "party_b": "上海东岸文化传播有限公司"}, "dong", True),
        ("contract", {"party_a": OWN[0], "party_b": "上海东岸文化传播有限公可"}, None, False),
        ("contract", {"party_a": OWN[0], "party_b": "上海东岸文亿传播有限公司"}, None, False),
        ("contract", {"party_a": OWN[0], "party_b": "上海车岸文化传播有限公司"}, None, False),
        ("contract", {"party_a": "四川正衡有限公司", "party_b": "上海东岸文化传播有限公司"}, "dong", False),
        ("contract", {"party_a": OWN[0], "party_b": OWN[0]}, None, False),
        ("contract", {"party_a": OWN[0], "party_b": "赵明远", "id_no": ZHAO}, "zhao", True),
        ("contract", {"party_a": OWN[0], "party_b": "赵明远"}, "zhao", False),
        ("invoice", {"buyer": OWN[0], "seller": "上海东岸文化传播有限公司"}, "dong", True),
        ("invoice", {"buyer": "广州中联有限公司", "seller": OWN[0]}, None, False),
        ("receipt", {"name": "上海东岸文化传播有限公司"}, "dong", True),
        ("letter", {"name": OWN[0]}, None, False),
        ("other", {"name": "赵明远", "id_no": ZHAO}, None, False),
        ("id_card", {}, None, False),
    ],
)
def test_who_a_paper_belongs_to(kind: str, fields: dict[str, str], customer: str | None, sure: bool) -> None:  # noqa: FBT001 - a table
    match = match_customer(facts(**fields), kind, REGISTER, OWN)
    assert (match.customer_id, match.confidence >= ENOUGH) == (customer, sure), match


def test_a_number_that_does_not_check_is_not_looked_up_and_leaves_a_doubt() -> None:
    doubtful = Facts(
        {
            "name": FieldValue("赵明远", 0.99, 1),
            "id_no": FieldValue(ZHAO, 0.5, 1, problem="id_check_digit"),
        }
    )
    match = match_customer(doubtful, "id_card", REGISTER, OWN)
    assert match.customer_id == "zhao"
    assert match.confidence < ENOUGH
    assert "number_unsure:id_no" in match.because


def test_a_name_that_misreading_explains_is_suggested_with_the_name_on_record() -> None:
    register = Register(("tian", "成都天土建材有限公司", "company", {}))
    match = match_customer(facts(party_a=OWN[0], party_b="成都天士建材有限公司"), "contract", register, OWN)
    assert match.customer_id == "tian"
    assert match.confidence < ENOUGH
    assert match.because == ("name_misread:成都天土建材有限公司",)


def test_a_sister_company_in_another_town_is_shown_but_not_chosen() -> None:
    register = Register(("nb", "宁波中联食品有限公司", "company", {}))
    match = match_customer(facts(party_a=OWN[0], party_b="广州中联食品有限公司"), "contract", register, OWN)
    assert match.customer_id is None
    assert match.candidates == ("nb",)
    assert match.proposed == "广州中联食品有限公司"


def test_what_to_look_up_leaves_the_house_itself_out() -> None:
    (subject,) = identifiers(facts(buyer="上海东岸文化传播有限公司", seller=OWN[0], uscc=HUA), "invoice", OWN)
    assert subject.name == "上海东岸文化传播有限公司"
    assert subject.sound_numbers == (("uscc", HUA),)
