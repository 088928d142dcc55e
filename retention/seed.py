"""The schedule that an installation starts with: proposed, for each organisation to change and to approve.

Source: records-rules §2. Its compound rows are classes of their own here, and the types of papers that customers hand
in have one each. A floor in months is rounded up to whole years.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from retention.terms import Action, Counts, Event, StartRule, Terms

_PERFORMED: Final = (Event.CONTRACT_PERFORMED, Event.CONTRACT_TERMINATED)
_ENDED: Final = (Event.PURPOSE_ACHIEVED, Event.RELATIONSHIP_ENDED)
_FISCAL: Final = (Event.FISCAL_YEAR_END,)
FIVE_SIGN: Final = 5
"""79号令: head of the unit, heads and handlers of archives and of accounting (records-rules R16)."""
_YEAR: Final = StartRule.NEXT_YEAR
_DAY: Final = StartRule.EVENT_DATE
_AFTER: Final = StartRule.AFTER_FISCAL_YEAR


def _permanent(code: str, title: str, events: tuple[Event, ...], basis: str, *, floor: int | None = None) -> Terms:
    return Terms(code, title, None, events, _DAY, Action.PERMANENT, basis, floor_years=floor)


def _kept(  # noqa: PLR0917 - one row of the table below, in its columns' order
    code: str, title: str, years: int, events: tuple[Event, ...], start: StartRule, basis: str, floor: int | None
) -> Terms:
    return Terms(code, title, years, events, start, Action.REVIEW, basis, floor_years=floor)


def _shortest(code: str, title: str, years: int, events: tuple[Event, ...], basis: str) -> Terms:
    """A class of personal data: the first event counts, and the period is its own ceiling."""
    return Terms(
        code, title, years, events, _DAY, Action.DESTROY, basis,
        counts=Counts.FIRST, floor_years=0, ceiling_years=years,
    )  # fmt: skip


CONTRACTS: Final = (
    _permanent(
        "CT-MAJOR", "重大合同 (股权、房地产、战略、争议)", _PERFORMED, "国家档案局令第8号附表 (重要合同)", floor=30
    ),
    _kept("CT-GEN", "一般客户合同、变更、验收", 30, _PERFORMED, _YEAR, "国家档案局令第8号附表; 民法典第188条", 10),
    _kept("CT-EC", "电子商务交易信息", 3, (Event.TRANSACTION_COMPLETED,), _DAY, "电子商务法第31条", 3),
    _kept("CT-GOV", "政府采购文件", 15, (Event.PROCUREMENT_ENDED,), _DAY, "政府采购法第42条", 15),
)

CUSTOMERS: Final = (
    _kept("ID-FIN", "客户身份资料 (反洗钱义务机构)", 10, (Event.RELATIONSHIP_ENDED,), _DAY, "反洗钱法(2024)第34条", 10),
    _kept("TX-FIN", "客户交易信息 (反洗钱)", 10, (Event.TRANSACTION_COMPLETED,), _DAY, "反洗钱法(2024)第34条", 10),
    _shortest("ID-GEN", "身份证复印件 (一般业务)", 3, _ENDED, "个人信息保护法第19条、第47条"),
    _shortest("PI-CUST", "户口、婚姻、收入等个人证明", 3, _ENDED, "个人信息保护法第19条、第47条"),
    _kept(
        "LIC-CUST", "客户营业执照、许可证", 10, (Event.SUPERSEDED, Event.RELATIONSHIP_ENDED), _YEAR,
        "合同证据, 本单位规定", None,
    ),
    _kept("LT-GEN", "投诉、来信、函件", 10, (Event.MATTER_CLOSED,), _YEAR, "国家档案局令第10号附件", 10),
)  # fmt: skip

OWN: Final = (
    _permanent("LIC-OWN", "本单位登记、证照", (Event.REGISTERED,), "国家档案局令第10号附件1.2"),
    _kept("CERT", "资质、授权证书", 10, (Event.EXPIRED, Event.SUPERSEDED), _YEAR, "本单位规定", None),
    _permanent("CERT-PT", "不动产权属证书", (Event.REGISTERED,), "国家档案局令第8号附表"),
)

CREDIT: Final = (
    _shortest("CR-NEG", "个人不良信用信息", 5, (Event.ADVERSE_EVENT_ENDED,), "征信业管理条例第16条"),
    _kept("CR-FILE", "信用评估、担保、贷款资料", 10, (Event.FACILITY_SETTLED,), _YEAR, "本单位规定", None),
    _kept("CR-FIN", "信用资料 (反洗钱义务机构)", 10, (Event.FACILITY_SETTLED,), _YEAR, "反洗钱法(2024)第34条", 10),
)

ACCOUNTS: Final = (
    _kept("AC-VCH", "会计凭证、账簿", 30, _FISCAL, _AFTER, "会计档案管理办法(79号令)附表", 30),
    _kept(
        "AC-RPT", "月、季、半年度报告, 银行对账单, 纳税申报表", 10, _FISCAL, _AFTER, "会计档案管理办法(79号令)附表", 10
    ),
    _permanent("AC-ANN", "年度报告, 保管清册, 销毁清册, 鉴定意见书", _FISCAL, "会计档案管理办法(79号令)附表"),
    _kept("AC-HND", "会计档案移交清册", 30, _FISCAL, _AFTER, "会计档案管理办法(79号令)附表", 30),
    _kept("AC-FA", "固定资产卡片", 5, (Event.ASSET_DISPOSED,), _DAY, "会计档案管理办法(79号令)附表", 5),
    _kept("TAX", "其他涉税资料", 10, _FISCAL, _AFTER, "税收征收管理法实施细则第29条", 10),
)

RECORDS: Final = (
    _kept(
        "PI-GOV", "个人信息保护影响评估、提供与委托记录", 3, (Event.MADE,), _DAY,
        "个人信息保护法第56条; 网络数据安全管理条例第12条", 3,
    ),
    _kept("SYS-LOG", "网络与安全日志", 1, (Event.MADE,), _DAY, "网络安全法第21条第3项 (六个月)", 1),
    _permanent("RM-EVID", "销毁清册、销毁证明、鉴定报告、日志检查点", (Event.MADE,), "79号令; DA/T 42-2009 7.7.6"),
)  # fmt: skip

ACCOUNTS_BY_FIVE: Final = tuple(
    terms if terms.code == "TAX" else replace(terms, approvers=FIVE_SIGN) for terms in ACCOUNTS
)

SEED: Final[tuple[Terms, ...]] = CONTRACTS + CUSTOMERS + OWN + CREDIT + ACCOUNTS_BY_FIVE + RECORDS

PROPOSED_FOR: Final = {
    "contract": "CT-GEN",
    "id_card": "ID-GEN",
    "household_register": "PI-CUST",
    "business_licence": "LIC-CUST",
    "tax_registration": "LIC-CUST",
    "property_certificate": "CERT-PT",
    "marriage_certificate": "PI-CUST",
    "income_proof": "PI-CUST",
    "invoice": "AC-VCH",
    "receipt": "AC-VCH",
    "power_of_attorney": "CERT",
    "customer_form": "CT-GEN",
    "credit_report": "CR-NEG",
    "appraisal_report": "CR-FILE",
    "complaint": "LT-GEN",
    "letter": "LT-GEN",
    "other": "CT-GEN",
}
"""The class that is proposed for a paper that lies in no folder yet, by document type."""

OWN_CLASS: Final = {"id_card": "ID-GEN"}
"""Types whose class wins over their folder's, because it ends sooner (PIPL art. 19)."""
