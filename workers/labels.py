"""The words before values on Chinese papers: one table of concepts and how papers name them.

Simplified, lower case, without blanks between Han characters. Concepts that no field asks for stand here too: a
label ends the value before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# fmt: off
VOCABULARY: dict[str, tuple[str, ...]] = {
    "contract_no": (
        "合同编号", "合同号码", "合同号", "合同书编号", "协议编号", "协议书编号", "协议号", "契约编号", "合同编码",
        "合约编号", "合同登记编号", "合同备案号", "协议书号", "contract no", "contract number", "agreement no",
        "agreement number", "contract ref", "po no",
        "order no",
    ),
    "number": (
        "编号", "单号", "流水号", "no", "文号", "档案号", "档案编号", "客户档案号", "受理编号", "受理单号", "投诉编号",
        "ref", "案号",
    ),
    "report_no": ("报告编号", "评估报告编号", "估价报告编号", "报告文号", "报告号", "估价报告文号", "report no"),
    "customer_no": (
        "客户编号", "客户号", "客户号码", "客户代码", "会员编号", "会员号", "会员卡号", "业主编号", "住户编号",
        "客户编码", "户主编号", "customer no", "customer number", "customer id", "client no", "account no",
    ),
    "party_a": ("甲方", "申方", "甲万", "由方", "甲方名称", "甲方姓名", "甲方单位", "party a", "first party"),
    "party_b": ("乙方", "z方", "乙万", "己方", "乙方名称", "乙方姓名", "乙方单位", "party b", "second party"),
    "party": (
        "出租方", "出租人", "承租方", "承租人", "出卖人", "出卖方", "买受人", "买受方", "卖方", "买方", "供方", "需方",
        "供货方", "采购方", "发包方", "发包人", "承包方", "承包人", "定作方", "定作人", "承揽方", "承揽人", "转让方",
        "受让方", "转让人", "受让人", "贷款人", "借款人", "出借人", "贷款方", "借款方", "抵押人", "抵押权人", "质权人",
        "赠与人", "受赠人", "寄托人", "保管人", "用人单位", "劳动者", "服务方", "合作方", "许可方", "被许可方",
        "supplier", "seller", "vendor", "landlord", "lessor", "licensor", "employer",
        "contractor", "service provider", "customer", "buyer", "purchaser", "tenant", "lessee", "licensee", "employee",
        "client", "borrower", "lender", "consultant", "distributor", "owner",
    ),
    "third": (
        "丙方", "丁方", "保证人", "担保人", "共有人", "共有权人", "共同买受人", "居间方", "居间人", "见证人", "见证方",
        "中介方",
        "配偶", "连带责任保证人", "guarantor", "witness", "监证方", "鉴证方", "共同借款人", "法定代理人",
    ),
    "principal": (
        "委托人", "委托方", "委托单位", "授权人", "授权单位", "委托人姓名", "委托人名称", "授权方", "委托人(甲方)",
        "principal",
    ),
    "agent": (
        "受托人", "被委托人", "受委托人", "代理人", "被授权人", "受权人", "受托方", "被委托方", "受托人姓名",
        "代理人姓名", "委托代理人", "受委托人姓名", "被委托人姓名", "被授权人姓名", "代理人姓名", "受委托方",
        "被授权方", "attorney", "agent", "authorized representative",
        "受托单位", "经办人姓名",
    ),
    "name": (
        "姓名", "名称", "企业名称", "公司名称", "单位名称", "机构名称", "字号名称", "name", "full name",
        "company name", "名字", "中文姓名", "员工姓名", "本人姓名", "个体工商户名称", "商号", "主体名称",
    ),
    "taxpayer": ("纳税人名称", "纳税人姓名", "纳税人"),
    "holder": (
        "权利人", "房屋所有权人", "土地使用权人", "所有权人", "产权人", "房地产权利人", "持证人", "土地使用者",
        "权属人", "使用权人",
    ),
    "assessed": (
        "被评对象", "受评对象", "被评单位", "受评单位", "被评级单位", "受评企业", "被评企业", "评级对象",
        "被查询者姓名", "被评估单位", "评定对象", "受评主体", "被查询人", "信息主体", "被查询者名称", "被评价单位",
        "评价对象", "被评客户", "被查询者", "受信人", "授信对象", "授信客户", "调查对象", "被调查单位", "报告主体",
    ),
    "customer": (
        "客户名称", "客户姓名", "客户全称", "客户单位", "业主姓名", "业主名称", "住户姓名", "租户名称", "会员姓名",
        "申请人", "申请人姓名", "申请单位", "客户", "业主", "申请人名称", "租户姓名", "购房人", "认购人", "登记人",
        "customer name", "client name", "applicant", "户名", "业户名称", "购房人姓名", "申请企业",
    ),
    "complainant": (
        "投诉人", "投诉人姓名", "投诉客户", "投诉单位", "来访人", "来信人", "信访人", "信访人姓名", "反映人", "举报人",
        "投诉者", "投诉方", "意见人", "反馈人", "来电人", "complainant", "投诉业主", "来访人姓名", "来电客户",
    ),
    "complained": ("被投诉人", "被投诉单位", "被投诉部门", "被投诉方", "被举报人", "投诉对象"),
    "payer": (
        "交款单位", "缴款单位", "付款单位", "交款人", "缴款人", "付款人", "付款方", "交费单位", "缴费单位", "交费人",
        "缴费人", "付款人名称", "付款单位(人)", "缴款单位(人)",
        "交款单位(人)", "缴费人姓名", "付款户名", "交款方",
    ),
    "received_from": ("今收到", "兹收到", "现收到", "已收到", "收到", "收款自", "received from"),
    "payee": (
        "收款单位", "收款单位(人)", "收款人名称", "收款方", "收款单位名称", "收款户名", "收款单位(盖章)",
        "收款单位(公章)", "收费单位",
    ),
    "buyer": (
        "购买方名称", "购买方", "购货单位", "购货方", "购货单位名称", "购方名称", "购方", "购买方信息", "付款方名称",
        "买方名称", "客户名称(购买方)", "顾客名称", "bill to", "sold to", "invoice to", "buyer name", "购货方名称",
        "购买单位",
    ),
    "seller": (
        "销售方名称", "销售方", "销货单位", "销货方", "销货单位名称", "销方名称", "销方", "销售方信息", "收款方名称",
        "卖方名称", "开票单位", "sold by", "issued by", "seller name", "销货方名称", "销售单位", "开票方",
    ),
    "employer": (
        "工作单位", "单位全称", "用人单位名称", "任职单位", "就业单位", "所在单位", "单位", "公司", "单位(盖章)",
        "证明单位", "单位公章", "出具单位", "雇主", "服务单位", "employer name", "开具单位", "公司全称", "单位(公章)",
    ),
    "addressee": ("致", "收件人", "主送", "抬头", "to", "收函单位", "受函单位", "收文单位", "发往"),
    "sender": ("发函单位", "发件人", "发文单位", "来函单位", "发函人", "寄件人", "from"),
    "legal_rep": (
        "法定代表人", "法定代表人姓名", "负责人", "法人代表", "经营者", "经营者姓名", "投资人", "执行事务合伙人",
        "法人", "企业负责人", "法定代表人(负责人)", "法定代表人或负责人", "业主(经营者)", "legal representative",
        "组织形式负责人",
    ),
    "id_no": (
        "公民身份号码", "公民身份证号码", "身份证号码", "身份证号", "身份证件号", "身份证件号码", "证件号码", "证件号",
        "身份号码", "身份证", "居民身份证号码", "居民身份证号", "身份证明号码", "身份证明号", "公民身份证件编号",
        "公民身份证件号码", "证照号码", "权利人证件号", "id no", "id number", "id card no", "identity card no",
        "身份证编号", "身份证字号", "有效证件号码", "有效证件号", "证件编号", "公民身份号",
    ),
    "uscc": (
        "统一社会信用代码", "统一信用代码", "社会信用代码", "统一社会信用代码/纳税人识别号", "信用代码",
        "纳税人识别号", "税号", "统一社会信用代码(注册号)", "统一社会信用代码/注册号", "机构信用代码",
        "unified social credit code", "uscc", "纳税识别号", "营业执照号", "营业执照号码", "组织机构代码",
        "购买方纳税人识别号", "销售方纳税人识别号", "税务登记号",
    ),
    "registration_no": ("注册号", "工商注册号", "营业执照注册号", "注册登记号"),
    "cert_no": (
        "结婚证字号", "离婚证字号", "证书编号", "证书号", "证号", "不动产权证号", "产权证号", "房产证号", "房权证号",
        "登记证号", "税务登记证号", "土地证号", "权证号", "婚姻证字号", "产权证书号", "字号", "证件字号",
        "国税登记证号", "证字号",
    ),
    "invoice_no": ("发票号码", "发票号", "票据号码", "票号", "invoice no", "invoice number", "invoice #"),
    "invoice_code": ("发票代码", "票据代码", "invoice code"),
    "founded": (
        "成立日期", "注册日期", "设立日期", "成立时间", "创立日期", "date of establishment", "established",
        "核准设立日期",
    ),
    "signed": (
        "签订日期", "签署日期", "签约日期", "签订时间", "签字日期", "签约时间", "签署时间", "合同签订日期", "订立日期",
        "签章日期", "effective date", "date of signing", "signing date", "signed on", "合同签订时间", "订立时间",
        "dated", "生效日期", "签署日",
    ),
    "made": (
        "日期", "开具日期", "出具日期", "时间", "date", "制表日期", "落款日期", "制单日期", "收款日期", "收款时间",
        "出证日期", "委托日期", "授权日期", "填开日期", "缴费日期", "入账日期", "证明日期", "发函日期", "付款日期",
    ),
    "invoiced": ("开票日期", "invoice date", "开具时间", "开票时间", "填开时间"),
    "rated": (
        "评定日期", "评级日期", "报告日期", "报告时间", "评估日期", "评价日期", "出报告日期", "report date",
        "报告出具日期", "查询时间",
    ),
    "appraised": (
        "报告出具日期", "估价报告出具日期", "评估报告日", "估价作业日期", "出具报告日期", "评估报告日期",
        "提交报告日期",
    ),
    "value_date": ("估价时点", "价值时点", "评估基准日", "估价基准日", "评估时点"),
    "complained_on": (
        "投诉时间", "投诉日期", "受理日期", "受理时间", "来访日期", "来访时间", "来电时间", "来信日期", "反映时间",
        "登记时间", "接诉时间", "接诉日期", "信访日期", "反馈日期", "反馈时间", "投诉受理时间", "投诉受理日期",
    ),
    "registered": (
        "登记日期", "填表日期", "填表时间", "申请日期", "申请时间", "填写日期", "建档日期", "采集日期", "受理登记日期",
        "办理日期", "登记时间", "填报日期", "入会日期", "入住日期",
    ),
    "licensed": (
        "发证日期", "发照日期", "核准日期", "核发日期", "登记机关", "颁发日期", "发证时间", "发证机关", "发证税务机关",
    ),
    "valid": (
        "有效期限", "有效期", "有效期至", "有效日期", "委托期限", "授权期限", "营业期限", "经营期限", "合同期限",
        "租赁期限", "协议期限", "合同有效期", "服务期限", "委托有效期", "期限", "截止日期", "到期日", "终止日期",
        "失效日期", "到期日期", "竣工日期", "计划竣工日期", "完工日期", "合同截止日期", "合同终止日期", "有效期限至",
        "租期", "expiry date", "expiration date", "valid until", "valid to",
        "expires", "termination date", "term", "有效期间", "授权有效期", "委托期间", "届满日期", "证件有效期",
        "经营期限至", "授权委托期限", "履行期限", "借款期限", "合作期限", "劳动合同期限",
    ),
    "used": ("使用期限", "土地使用期限", "使用年限", "质量保证期", "质保期", "保修期"),
    "total": (
        "价税合计", "价税合计(大写)", "合计金额", "合计", "总计", "合计人民币", "total amount", "total", "amount due",
        "grand total", "价税合计(小写)", "合计(大写)", "合计(小写)", "应付总额", "balance due", "total due",
        "票面金额",
    ),
    "amount": (
        "合同金额", "合同总金额", "合同总价", "合同总价款", "合同价款", "合同总额", "总价款", "总金额", "总价",
        "成交价", "成交价格", "房屋总价", "转让价款", "转让价格", "工程总价", "工程造价", "服务费用", "服务费总额",
        "借款金额", "贷款金额", "租金总额", "租金", "月租金", "价款", "金额", "人民币", "人民币(大写)", "金额(大写)",
        "金额(小写)", "大写金额", "小写金额", "收款金额", "实收金额", "contract price", "contract amount", "amount",
        "purchase price", "contract value", "大写", "小写", "合计大写", "交款金额", "缴款金额", "付款金额", "合同价格",
        "服务费", "物业费", "协议金额", "rent", "交易价格", "交易总价", "购房款总额",
    ),
    "appraised_value": (
        "评估总价", "评估价值", "评估总值", "估价结果", "评估结果", "评估结论", "市场价值", "抵押价值", "估价总额",
        "评估值", "总价值", "评估总额", "评估金额", "房地产总价", "房地产价值", "估价总值", "总估价",
        "appraised value", "market value", "评估价格", "评估净值", "房地产市场价值", "估价对象总价",
    ),
    "unit_price": ("评估单价", "单价", "单位价格", "建筑面积单价", "unit price"),
    "income": (
        "月收入", "月平均收入", "年收入", "月薪", "年薪", "月均收入", "税前月收入", "税后月收入", "平均月收入",
        "monthly salary",
    ),
    "": (
        "计划开工日期", "开工日期", "开始日期", "法人独资", "自然人独资", "企业法人", "法人股东", "法人章", "性别",
        "民族", "出生", "出生日期", "出生年月", "住址", "地址", "住所", "住所地", "联系地址", "通讯地址",
        "家庭住址", "籍贯", "联系电话", "电话", "手机", "手机号", "手机号码", "传真", "邮编", "邮政编码", "电子邮箱",
        "邮箱", "e-mail", "email", "开户行", "开户银行", "账号", "银行账号", "开户行及账号", "地址、电话", "地址电话",
        "联系人", "签发机关", "注册资本", "实收资本", "类型", "公司类型", "企业类型", "主体类型", "组成形式",
        "经营范围", "经营场所", "共有情况", "坐落", "房屋坐落", "不动产单元号", "权利类型", "权利性质", "用途", "面积",
        "建筑面积", "房屋建筑面积", "权利其他状况", "附记", "户号", "户主", "户别", "曾用名", "户主姓名",
        "户主或与户主关系", "与户主关系", "文化程度", "服务处所", "职业", "婚姻状况", "兵役状况", "宗教信仰", "身高",
        "血型", "何时由何地迁来本市(县)", "何时由何地迁来本址", "承办人签章", "承办人", "国籍", "备注", "信用等级",
        "授信额度", "评级部门", "投诉内容", "投诉事项", "投诉方式", "投诉类别", "责任部门", "处理结果", "处理意见",
        "客户满意度", "经办人", "经手人", "受理人", "规格型号", "数量", "税率", "税额", "货物或应税劳务名称",
        "货物或应税劳务、服务名称", "项目名称", "密码区", "校验码", "收款人", "复核", "开票人", "机器编号", "出纳",
        "会计", "交来", "收款事由", "事由", "系付", "收款方式", "付款方式", "支付方式", "职务", "部门", "岗位", "职位",
        "证件类型", "证件种类", "客户类型", "客户来源", "客户经理", "填表人", "紧急联系人", "审核人", "审批人",
        "委托事项", "委托权限", "代理权限", "授权范围", "签字", "签名", "签章", "盖章", "公章", "登记注册类型",
        "扣缴义务", "批准设立机关", "address", "tel", "phone", "fax", "bank", "description", "quantity", "title",
        "position", "signature", "地号", "图号", "丘号", "购房", "房号", "房屋地址", "物业地址", "车牌号", "学历",
        "年龄", "估价对象", "评估对象", "估价目的", "评估目的", "估价机构", "评估机构", "估价方法", "评估方法",
        "房地产估价师", "登记员", "婚姻登记员", "婚姻登记机关", "结婚登记", "被查询者证件类型", "查询原因",
        "查询操作员", "承担单位", "兹证明", "特此证明", "法定代表", "关系", "授权代表", "授权签字人", "委托代理",
    ),
}

# fmt: on

_SHORTEST_FORGIVEN = 4
_SPREAD = 2
"""Labels as short as this are printed spread out to the width of longer ones: 名    称."""


def _spaced(synonym: str) -> str:
    """A pattern for a synonym with blanks allowed between its characters (between words only for Latin ones)."""
    if synonym.isascii():
        inner = r"[ ]*".join(map(re.escape, synonym.split()))
        return rf"(?<![a-z]){inner}(?![a-z])"
    blank = r"[ \t]*" if len(synonym) <= _SPREAD else "[ ]*"
    return blank.join(map(re.escape, synonym))


def _with_one_misread(synonym: str) -> str:
    wild = (rf"{re.escape(synonym[:n])}[^\s:]{re.escape(synonym[n + 1 :])}" for n in range(len(synonym)))
    return "|".join(wild)


def _longest_first(synonyms: Iterable[str]) -> list[str]:
    return sorted(synonyms, key=lambda synonym: (-len(synonym), synonym))


_CONCEPTS = {synonym: concept for concept, synonyms in VOCABULARY.items() for synonym in synonyms}
_BARE = {re.sub(r"\s", "", synonym): concept for synonym, concept in _CONCEPTS.items()}
_FORGIVEN = [word for word in _longest_first(_CONCEPTS) if len(word) >= _SHORTEST_FORGIVEN and not word.isascii()]

EXACT = re.compile("|".join(map(_spaced, _longest_first(_CONCEPTS))))
"""Any label as written, in folded text."""

FORGIVING = re.compile("|".join(f"(?:{_with_one_misread(word)})" for word in _FORGIVEN))
"""A label of four characters or more with one of them misread; only where a label may stand."""


def concept_of(written: str) -> str:
    """The concept of a label as EXACT found it."""
    return _BARE[re.sub(r"\s", "", written)]


def concept_of_misread(hit: re.Match[str]) -> str:
    """The concept of a label as FORGIVING found it."""
    seen = hit[0]
    near = (word for word in _FORGIVEN if len(word) == len(seen) and _differences(word, seen) == 1)
    return _CONCEPTS[next(near)]


def _differences(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))
