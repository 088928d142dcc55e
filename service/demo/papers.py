"""The papers of the demonstration. Every person, company and number in them is made up.

The identity number begins with a region that GB/T 2260 gives to nobody; the credit codes hold an organisation number of
zeros. Both carry right check characters, so that reading can check them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from archive.numbers import resident_id_check_digit, uscc_check_character
from service.demo.drawing import Sheet, scan_of

US: Final = "青禾置业有限公司"
TENANT: Final = "远山茶业有限公司"
WORKSHOP: Final = "清泉木器有限公司"
CITIZEN: Final = "柳知秋"

_ID_BODY: Final = "99010119900307002"
CITIZEN_NUMBER: Final = _ID_BODY + resident_id_check_digit(_ID_BODY)
_TENANT_BODY: Final = "91990101000000001"
TENANT_CODE: Final = _TENANT_BODY + uscc_check_character(_TENANT_BODY)
_WORKSHOP_BODY: Final = "91990101000000002"
WORKSHOP_CODE: Final = _WORKSHOP_BODY + uscc_check_character(_WORKSHOP_BODY)

SIGNED_IN_YEAR: Final = 2014


@dataclass(frozen=True, slots=True)
class Paper:
    """One file to scan in, and words that stand in it and nowhere else."""

    name: str
    document_type: str
    sheets: tuple[Sheet, ...]
    phrase: str

    def drawn(self) -> bytes:
        """The file's bytes: a PDF of page images."""
        return scan_of(self.sheets, seed=len(self.name))


CONTRACT: Final = Paper(
    "房屋租赁合同.pdf",
    "contract",
    (
        Sheet(
            "房屋租赁合同",
            (
                "合同编号：QH-2014-0318",
                f"甲方（出租方）：{US}",
                f"乙方（承租方）：{TENANT}",
                "甲乙双方经平等协商，就房屋租赁事宜订立本合同：",
                "第一条 甲方将临江路18号二层房屋出租给乙方使用。",
                "第二条 租赁期限自2014年3月1日起至2015年2月28日止。",
                "第三条 每月租金为人民币8,600.00元，按季度支付。",
                "第四条 乙方应当在茶叶库房内铺设防潮木架。",
                "第五条 租赁期满，乙方应当将房屋完好交还甲方。",
            ),
        ),
        Sheet(
            "",
            (
                "第六条 任何一方违约，应当赔偿对方由此受到的损失。",
                "第七条 本合同一式两份，甲乙双方各执一份。",
                f"甲方（盖章）：{US}",
                f"乙方（盖章）：{TENANT}",
                "签订日期：2014年2月20日",
            ),
            seal="合同专用章",
        ),
    ),
    phrase="茶叶库房内铺设防潮木架",
)

LICENCE: Final = Paper(
    "营业执照.pdf",
    "business_licence",
    (
        Sheet(
            "营业执照",
            (
                f"统一社会信用代码 {WORKSHOP_CODE}",
                f"名称 {WORKSHOP}",
                "类型 有限责任公司",
                "住所 临江市青石街道木桥路7号",
                "法定代表人 顾远帆",
                "注册资本 人民币伍拾万元整",
                "成立日期 2012年6月18日",
                "营业期限 长期",
                "经营范围 木制家具的制作、销售；木器修复",
                "登记机关 临江市市场监督管理局",
            ),
            seal="登记机关",
        ),
    ),
    phrase="木制家具的制作",
)

IDENTITY_CARD: Final = Paper(
    "身份证.pdf",
    "id_card",
    (
        Sheet(
            "",
            (
                f"姓名 {CITIZEN}",
                "性别 女    民族 汉",
                "出生 1990年3月7日",
                "住址 临江市青石街道柳巷12号",
                f"公民身份号码 {CITIZEN_NUMBER}",
            ),
        ),
    ),
    phrase="青石街道柳巷",
)

INVOICE: Final = Paper(
    "增值税普通发票.pdf",
    "invoice",
    (
        Sheet(
            "增值税普通发票",
            (
                "发票代码：099001400311    发票号码：00471823",
                "开票日期：2019年5月6日",
                f"购买方名称：{WORKSHOP}",
                f"购买方纳税人识别号：{WORKSHOP_CODE}",
                "货物或应税劳务名称：展厅租金",
                "价税合计（大写）：叁仟贰佰圆整    （小写）¥3,200.00",
                f"销售方名称：{US}",
                "收款人：何一    复核：陈二    开票人：赵三",
            ),
            seal="发票专用章",
        ),
    ),
    phrase="展厅租金",
)

PAPERS: Final = (CONTRACT, LICENCE, IDENTITY_CARD, INVOICE)
