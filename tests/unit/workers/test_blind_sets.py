"""What two sets of papers written blind taught: roles, thirds, labels and titles that no rule had known."""

from __future__ import annotations

import pytest

from tests.unit.workers.papers import written
from workers.classify import classify
from workers.extract import extract

OWN = ("北辰置业有限公司",)
ID = "110105198503071230"

CASES: dict[str, tuple[str, str, dict[str, str]]] = {
    "who lets is party A though named second": (
        "contract",
        """
租赁合同
承租人:赵明远
出租人:北辰置业有限公司
""",
        {"party_a": "北辰置业有限公司", "party_b": "赵明远"},
    ),
    "the house as broker is no side, and the number stands with the buyer": (
        "contract",
        f"""
房屋买卖合同
出卖人:李四海
买受人:赵明远
身份证号:{ID}
居间方:北辰置业有限公司
""",
        {"party_a": "李四海", "party_b": "赵明远", "id_no": ID},
    ),
    "a witness is no side": (
        "contract",
        """
租约
业主:北辰置业有限公司
租客:广州中鼎贸易有限公司
见证人:李四海
""",
        {"party_a": "北辰置业有限公司", "party_b": "广州中鼎贸易有限公司"},
    ),
    "a guarantee is signed by creditor and guarantor": (
        "contract",
        """
保证合同
债权人(甲方):北辰置业有限公司
债务人:广州中鼎贸易有限公司
保证人(乙方):成都西岭机电设备有限责任公司
""",
        {"party_a": "北辰置业有限公司", "party_b": "成都西岭机电设备有限责任公司"},
    ),
    "the sides of an English contract may wrap": (
        "contract",
        """
AGREEMENT
by and between 北辰置业有限公司 and
广州中鼎贸易有限公司 (the Buyer).
""",
        {"party_a": "北辰置业有限公司", "party_b": "广州中鼎贸易有限公司"},
    ),
    "a term may begin without a date": (
        "contract",
        """
保密协议
披露方:北辰置业有限公司
接收方:广州中鼎贸易有限公司
保密期限自签署之日起至2027年3月1日。
""",
        {"expires": "2027-03-01", "party_b": "广州中鼎贸易有限公司"},
    ),
    "a sum ends with its sentence, and one beside RMB is one": (
        "contract",
        """
咨询协议
The total service fee is RMB9,800.00 (tax included).
服务费总额为上述人民币金额。
3.期限
""",
        {"amount": "9800.00"},
    ),
    "a label of two words is one without its colon": (
        "receipt",
        """
收讫凭证
业主/租户\t赵明远
合计实收\t¥1,200.00
""",
        {"name": "赵明远", "amount": "1200.00"},
    ),
    "a form's title and a signature are no name": (
        "customer_form",
        """
业主(住户)登记表
姓名\t赵明远
业主签名:赵明运
""",
        {"name": "赵明远"},
    ),
    "who declares is not what he declares for": (
        "power_of_attorney",
        """
授权委托书
本授权书声明:我李四海系广州中鼎贸易有限公司的法定代表人,现授权委托王小波(身份证号)为代理人。
""",
        {"name": "广州中鼎贸易有限公司", "agent": "王小波"},
    ),
    "sides named in a sentence are taken from it": (
        "contract",
        """
解除协议
北辰置业有限公司(甲方)与赵明远(乙方)就租赁合同之解除达成一致如下:
""",
        {"party_a": "北辰置业有限公司", "party_b": "赵明远"},
    ),
    "a label of two things is followed by the first": (
        "invoice",
        """
机动车销售统一发票
购买方名称及身份证号码\t赵明远
车辆类型\t轿车
销货单位名称\t北辰置业有限公司
""",
        {"buyer": "赵明远", "seller": "北辰置业有限公司"},
    ),
    "an invoice's sides may be called as a sale's": (
        "invoice",
        """
统一发票
AB-89397098
买方:广州中鼎贸易有限公司
卖方:北辰置业有限公司
""",
        {"buyer": "广州中鼎贸易有限公司", "seller": "北辰置业有限公司", "invoice_no": "89397098"},
    ),
    "who may do something is not called so": (
        "contract",
        """
授信合同
授信人 北辰置业有限公司
受信人 广州中鼎贸易有限公司
授信人可中止额度
""",
        {"party_a": "北辰置业有限公司", "party_b": "广州中鼎贸易有限公司"},
    ),
    "a 〇 may be lost from a year": (
        "contract",
        """
协议
甲方:北辰置业有限公司
有效期至:二三三年八月九日
""",
        {"expires": "2033-08-09"},
    ),
}


@pytest.mark.parametrize("case", list(CASES))
def test_the_fields_come_out_right(case: str) -> None:
    kind, text, wanted = CASES[case]
    facts = extract([written(text)], kind, OWN)
    assert {name: facts.value(name) for name in wanted} == wanted


def test_words_are_no_credit_code() -> None:
    facts = extract(
        [written("协议\nThe Supplier agrees to sell-furniture-and-so-on\n甲方:北辰置业有限公司")], "contract", OWN
    )
    assert not facts.value("uscc")
    assert not facts.doubts


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("中标通知书", "other"),
        ("护照", "other"),
        ("对账单", "other"),
        ("员工收入证明函", "income_proof"),
        ("定购书", "contract"),
    ],
)
def test_a_title_says_what_a_paper_is(title: str, wanted: str) -> None:
    assert classify([written(f"{title}\n广州中鼎贸易有限公司\n二〇二三年八月九日")]).code == wanted


def test_a_labelled_number_is_no_title() -> None:
    verdict = classify([written(f"定购书\n认购人:赵明远\n身份证:{ID}\n出卖人:北辰置业有限公司")])
    assert verdict.code == "contract"
