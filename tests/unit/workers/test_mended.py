"""What misreading, wrapping and bystanders do to papers, and what is made of them all the same."""

from __future__ import annotations

import pytest

from archive.numbers import read_resident_id, read_uscc
from tests.unit.workers.papers import written
from workers.extract import extract

OWN = ("北辰置业有限公司",)
ID, OTHER_ID = "110105198503071230", "11010519900307002X"

CASES: dict[str, tuple[str, str, dict[str, str]]] = {
    "the guarantor is no side of a loan": (
        "contract",
        """
借款合同
贷款人:北辰置业有限公司
保证人:成都西岭机电设备有限责任公司
借款人:广州中鼎贸易有限公司
""",
        {"party_a": "北辰置业有限公司", "party_b": "广州中鼎贸易有限公司"},
    ),
    "a party is not what it is obliged to do": (
        "contract",
        """
劳动合同
甲方(用人单位)名称:北辰置业有限公司
乙方(劳动者)姓名:赵明远
甲方依法为乙方缴纳社会保险。
""",
        {"party_a": "北辰置业有限公司", "party_b": "赵明远"},
    ),
    "our own name is written as we write it": (
        "contract",
        """
合同
甲方:北辰置业有陌公司
乙方:广州中鼎贸易有限公司
""",
        {"party_a": "北辰置业有限公司"},
    ),
    "who paid is not who brought the money": (
        "receipt",
        """
收据
今收到 赵明远
交来 押金人民币(大写)叁仟元整
收款单位:北辰置业有限公司
交款人:李四海
""",
        {"name": "赵明远", "amount": "3000.00"},
    ),
    "an agent's number is not the principal's": (
        "power_of_attorney",
        f"""
授权书
兹授权我单位李四海(身份证号码:{OTHER_ID})办理合同签订事宜。
""",
        {"agent": "李四海", "id_no": ""},
    ),
    "the second spouse's number stays the second spouse's": (
        "marriage_certificate",
        f"""
结婚证
持证人:赵明远
姓名:李四海
身份证件号:{OTHER_ID}
姓名:赵明远
身份证件号:{ID}
""",
        {"name": "赵明远", "id_no": ID},
    ),
    "a bracket that was lost, a digit read as a letter": (
        "property_certificate",
        """
不动产权证书
苏(2011成都不动产权第089S2630号
权利人	赵明远
""",
        {"cert_no": "苏(2011)成都不动产权第08952630号"},
    ),
    "letters among the digits of a contract's number": (
        "contract",
        """
合同
合同编号:HT-2O18-89l4
""",
        {"contract_no": "HT-2018-8914"},
    ),
    "a number in brackets ends with them": (
        "letter",
        """
催款函
广州中鼎贸易有限公司:
贵司与我司签订的合同(合同编号:HT-2018-8974)项下租金未付。
""",
        {"contract_no": "HT-2018-8974", "name": "广州中鼎贸易有限公司"},
    ),
    "the end of a span whose joint was lost": (
        "power_of_attorney",
        """
授权委托书
委托人:赵明远
委托期限:2021年3月1日2022年2月28日
""",
        {"expires": "2022-02-28"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_fields_come_out_right(case: str) -> None:
    kind, text, expected = CASES[case]
    facts = extract([written(text)], kind, OWN)
    assert {name: facts.value(name) for name in expected} == expected


def test_a_date_an_amount_and_a_number_that_wrap_are_whole() -> None:
    filling = "本合同由双方协商一致订立并共同遵守，"
    text = (
        f"合同\n{filling}租赁期限自2021年3月1日起至2022年2月2\n8日止。\n"
        f"{filling}{filling[:4]}合同总价为人民币12,3\n45.00元（大写：壹万贰仟叁佰肆拾伍元整）。\n"
    )
    facts = extract([written(text)], "contract", OWN)
    assert (facts.value("expires"), facts.value("amount")) == ("2022-02-28", "12345.00")


def test_letters_in_checked_numbers_are_read_as_the_digits_that_make_them_right() -> None:
    assert read_resident_id(ID.replace("8", "B", 1)).value == ID
    sound = "91110108551385082Q"
    seen = read_uscc("9L" + sound[2:])
    assert (seen.value, seen.repaired, seen.problem) == (sound, True, "")
