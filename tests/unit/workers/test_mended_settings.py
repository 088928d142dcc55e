"""What tables, columns, stamps and further wordings do to papers, and what is made of them all the same."""

from __future__ import annotations

import pytest

from tests.unit.workers.papers import written
from workers.classify import classify
from workers.extract import extract

OWN = ("北辰置业有限公司",)
ID, OTHER_ID = "110105198503071230", "11010519900307002X"

CASES: dict[str, tuple[str, str, dict[str, str]]] = {
    "a branch whose name goes on in its cell": (
        "credit_report",
        """
客户资信调查表
客户名称	汇通化工集团股份有限公司	成立日期	2010.10.21
	广州分公司
""",
        {"name": "汇通化工集团股份有限公司广州分公司"},
    ),
    "a name broken inside its branch, another label beside it": (
        "contract",
        """
购销合同
供方:南京新纪元广告有限公司广州分公	合同号:HT-2016-4494
司
需方:北辰置业有限公司
""",
        {"party_a": "南京新纪元广告有限公司广州分公司", "party_b": "北辰置业有限公司", "contract_no": "HT-2016-4494"},
    ),
    "the date of a rubber stamp is not the paper's": (
        "tax_registration",
        """
税务登记证
纳税人名称:广州中鼎贸易有限公司
发证税务机关(章)
2024年10月8日
收讫 2025-02-09
""",
        {"issued": "2024-10-08"},
    ),
    "a birthday is not the paper's date either": (
        "marriage_certificate",
        """
结婚证
持证人 赵明远
登记日期2021年12月8日
姓名 赵明远
出生日期 1985年3月7日
""",
        {"name": "赵明远", "issued": "2021-12-08"},
    ),
    "an amount for a month is not the whole": (
        "contract",
        """
保洁服务合同
服务费用:每月6637元,合同期内总计44000元。
""",
        {"amount": "44000.00"},
    ),
    "a rate of growth is no amount": (
        "appraisal_report",
        """
资产评估报告
评估结论:评估值为44700.00元,增值率4.47%。
""",
        {"amount": "44700.00"},
    ),
    "creditor and surety of a guarantee; the number's label is no third side": (
        "contract",
        f"""
保证合同
【债权人】:北辰置业有限公司
【保证人】:赵明远
保证人身份证号:{ID}
""",
        {"party_a": "北辰置业有限公司", "party_b": "赵明远", "id_no": ID},
    ),
    "the borrower's number, though both sides sign in one row and a surety has one too": (
        "contract",
        f"""
借款合同
贷款人(甲方):北辰置业有限公司
借款人(乙方):赵明远	身份证 {ID}
保证人(丙方):王小平	身份证 {OTHER_ID}
借款期间:2024年9月8日起,2025年9月7日止
甲方:北辰置业有限公司	乙方:赵明远	丙方:王小平
""",
        {"id_no": ID, "expires": "2025-09-07"},
    ),
    "a name label after the agent's": (
        "power_of_attorney",
        """
授权委托书
委托人:广州中鼎贸易有限公司
受委托人:姓名 赵明远	工作单位:某某律师事务所
""",
        {"agent": "赵明远"},
    ),
    "the dates of an English contract, its l read as 1": (
        "contract",
        """
SERVICE AGREEMENT
This Agreement is entered into on 2021-03-05 by and between:
The Se11er: Northwind Consulting Pte. Ltd.
The Buyer: 北辰置业有限公司
This Agreement shall remain in force until 2022-03-04.
""",
        {"signed": "2021-03-05", "expires": "2022-03-04", "party_a": "Northwind Consulting Pte. Ltd."},
    ),
    "a letter's contract by its number alone": (
        "letter",
        """
催告函
广州中鼎贸易有限公司:
根据双方签订的第2024-ZL-460号合同,请结清欠款。
""",
        {"contract_no": "2024-ZL-460"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_fields_come_out_right(case: str) -> None:
    kind, text, expected = CASES[case]
    facts = extract([written(text)], kind, OWN)
    assert {name: facts.value(name) for name in expected} == expected


def test_a_paper_that_no_type_is_called_by_is_none_of_them() -> None:
    page = written("职业技能等级证书\n姓名 赵明远\n性别 女 民族 汉\n出生 1990年3月7日\n有效期限 长期")
    assert classify([page]).code == "other"


def test_a_type_without_words_of_its_own_is_never_sure_enough_to_be_filed() -> None:
    page = written("姓名 赵明远\n性别 女 民族 汉\n出生 1990年3月7日\n住址 临江市柳巷12号\n有效期限 长期")
    verdict = classify([page])
    assert (verdict.code, verdict.confidence <= 0.85) == ("id_card", True)
