"""The same papers in ten layouts: whatever stands between a label and its value, the fields come out the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.workers.papers import written
from workers.classify import classify
from workers.extract import extract
from workers.sheets import Sheet

OWN = ("北辰置业有限公司",)
ZHAO, HUA = "110105198503071230", "91110108MA01KFYD2A"

Box = tuple[str, str, str]
"""A label, its value, and the field with the value expected: empty for none, `field` for the value as printed."""

# fmt: off
PAPERS: dict[str, tuple[str, tuple[Box, ...]]] = {
    "business_licence": ("营业执照", (
        ("统一社会信用代码", HUA, "uscc"),
        ("名称", "北京华岳工程咨询有限公司", "name"),
        ("类型", "有限责任公司", ""),
        ("法定代表人", "冯志强", "legal_rep"),
        ("经营范围", "工程咨询;技术服务", ""),
        ("注册资本", "壹仟万元整", ""),
        ("成立日期", "2017年11月08日", "founded=2017-11-08"),
        ("住所", "北京市海淀区中关村大街1号", ""),
    )),
    "household_register": ("居民户口簿", (
        ("姓名", "赵明远", "name"),
        ("户主或与户主关系", "户主", ""),
        ("性别", "男", ""),
        ("民族", "汉族", ""),
        ("出生日期", "1985年3月7日", ""),
        ("公民身份号码", ZHAO, "id_no"),
        ("籍贯", "北京市", ""),
        ("文化程度", "大学本科", ""),
    )),
    "property_certificate": ("房地产权证", (
        ("权利人", "赵明远", "name"),
        ("证件号码", ZHAO, "id_no"),
        ("权证号", "粤房地权证穗字第0123456号", "cert_no"),
        ("坐落", "天河区体育西路1号", ""),
        ("用途", "住宅", ""),
    )),
    "complaint": ("客户投诉处理单", (
        ("投诉人", "李慧珍", "name"),
        ("联系电话", "13700001111", ""),
        ("投诉时间", "2021年7月3日", "issued=2021-07-03"),
        ("投诉内容", "电梯故障", ""),
        ("处理结果", "已修复", ""),
    )),
    "customer_form": ("客户资料登记表", (
        ("客户编号", "KH20200817", "customer_no"),
        ("客户名称", "北京华岳工程咨询有限公司", "name"),
        ("统一社会信用代码", HUA, "uscc"),
        ("法定代表人", "冯志强", "legal_rep"),
        ("联系电话", "010-88889999", ""),
        ("填表日期", "2020年8月17日", "issued=2020-08-17"),
    )),
    "tax_registration": ("税务登记证", (
        ("税务登记号", "110108MA01KFYD2", ""),
        ("纳税人名称", "北京华岳工程咨询有限公司", "name"),
        ("法定代表人", "冯志强", "legal_rep"),
        ("登记注册类型", "有限责任公司", ""),
        ("发证日期", "2014年6月18日", "issued=2014-06-18"),
    )),
    "marriage_certificate": ("结婚证", (
        ("持证人", "赵明远", "name"),
        ("登记日期", "2016年5月20日", "issued=2016-05-20"),
        ("结婚证字号", "J110105-2016-003321", "cert_no"),
        ("身份证件号", ZHAO, "id_no"),
    )),
    "credit_report": ("客户信用评级报告", (
        ("被评对象", "北京华岳工程咨询有限公司", "name"),
        ("统一社会信用代码", HUA, "uscc"),
        ("信用等级", "AA", ""),
        ("评定日期", "2016年1月6日", "issued=2016-01-06"),
    )),
    "appraisal_report": ("房地产评估报告", (
        ("委托方", "北京华岳工程咨询有限公司", "name"),
        ("评估对象", "海淀区中关村大街1号", ""),
        ("评估基准日", "2016年1月6日", ""),
        ("评估价值", "3,500,000.00元", "amount=3500000.00"),
        ("报告日期", "2016年2月6日", "issued=2016-02-06"),
    )),
    "receipt": ("收款收据", (
        ("日期", "2019年12月1日", "issued=2019-12-01"),
        ("交款单位", "北京华岳工程咨询有限公司", "name"),
        ("收款事由", "物业费", ""),
        ("金额(大写)", "叁仟陆佰元整", ""),
        ("金额(小写)", "¥3600.00", "amount=3600.00"),
        ("收款单位", "北辰置业有限公司", ""),
    )),
    "income_proof": ("工作收入证明", (
        ("姓名", "赵明远", "name"),
        ("身份证号码", ZHAO, "id_no"),
        ("职务", "工程师", ""),
        ("月收入", "12000元", ""),
        ("单位名称", "北京华岳工程咨询有限公司", "employer"),
        ("开具日期", "2019年12月1日", "issued=2019-12-01"),
    )),
    "power_of_attorney": ("授权委托书", (
        ("委托人", "赵明远", "name"),
        ("身份证号码", ZHAO, "id_no"),
        ("受托人", "钱桂兰", "agent"),
        ("身份证号码", "510107199202290044", ""),
        ("委托期限", "2019年12月1日至2020年12月1日", "expires=2020-12-01"),
        ("委托日期", "2019年11月30日", "issued=2019-11-30"),
    )),
    "invoice": ("增值税普通发票", (
        ("发票代码", "011001900104", "invoice_code"),
        ("发票号码", "20481632", "invoice_no"),
        ("开票日期", "2020年04月16日", "issued=2020-04-16"),
        ("购买方名称", "北京华岳工程咨询有限公司", "buyer"),
        ("纳税人识别号", HUA, "uscc"),
        ("价税合计(大写)", "叁仟陆佰元整", ""),
        ("(小写)", "¥3600.00", "amount=3600.00"),
        ("销售方名称", "北辰置业有限公司", "seller"),
        ("纳税人识别号", "91510100MA6CXK4P8N", ""),
    )),
    "contract": ("房屋买卖合同", (
        ("合同编号", "XS-2019-001", "contract_no"),
        ("出卖人", "北辰置业有限公司", "party_a"),
        ("买受人", "赵明远", "party_b"),
        ("身份证号码", ZHAO, "id_no"),
        ("房屋总价", "人民币3,500,000.00元", "amount=3500000.00"),
        ("签订日期", "2019年12月1日", "signed=2019-12-01"),
    )),
}
# fmt: on


def _pairs(boxes: tuple[Box, ...], joint: str) -> list[str]:
    return [f"{label}{joint}{value}" for label, value, _ in boxes]


def _two_columns(rows: list[str]) -> list[str]:
    return ["\t".join(rows[place : place + 2]) for place in range(0, len(rows), 2)]


def _spread(label: str) -> str:
    """Short labels are printed as wide as long ones."""
    return "  ".join(label) if len(label) < 4 else label


def _misread(label: str) -> str:
    return label[:-1] + "口" if len(label) >= 4 else label


LAYOUTS: dict[str, Callable[[tuple[Box, ...]], list[str]]] = {
    "colon": lambda boxes: _pairs(boxes, ":"),
    "boxes": lambda boxes: _pairs(boxes, "\t"),
    "blank": lambda boxes: _pairs(boxes, " "),
    "nothing between": lambda boxes: _pairs(boxes, ""),
    "colon misread": lambda boxes: _pairs(boxes, ";"),
    "value below": lambda boxes: [part for label, value, _ in boxes for part in (label, value)],
    "two columns": lambda boxes: _two_columns(_pairs(boxes, ":")),
    "two columns of boxes": lambda boxes: _two_columns(_pairs(boxes, "\t")),
    "spread labels": lambda boxes: [f"{_spread(label)}:{value}" for label, value, _ in boxes],
    "misread labels": lambda boxes: [f"{_misread(label)}:{value}" for label, value, _ in boxes],
}


def _drawn(kind: str, layout: str) -> list[Sheet]:
    title, boxes = PAPERS[kind]
    return [written("\n".join([title, "", *LAYOUTS[layout](boxes)]))]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", PAPERS)
def test_type_in_every_layout(kind: str, layout: str) -> None:
    verdict = classify(_drawn(kind, layout))
    assert verdict.code == kind
    assert verdict.confidence >= 0.9


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", PAPERS)
def test_fields_in_every_layout(kind: str, layout: str) -> None:
    facts = extract(_drawn(kind, layout), kind, OWN)
    expected = {}
    for _, value, wanted in PAPERS[kind][1]:
        field, _, said = wanted.partition("=")
        if field:
            expected[field] = said or value
    assert {field: facts.value(field) for field in expected} == expected


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_value_is_outlined_where_it_stands(layout: str) -> None:
    (sheet,) = sheets = _drawn("property_certificate", layout)
    field = extract(sheets, "property_certificate", OWN).fields["name"]
    assert field.page == 1
    assert field.box is not None
    x, y, width, height = field.box
    inside = [
        word.text
        for line in sheet.lines
        for word in line.words
        if x <= word.box[0] + 1 < x + width and y <= word.box[1] + 1 < y + height
    ]
    assert "".join(inside) == field.value
