"""Further wordings of every type of paper, each with the fields that must come out."""

from __future__ import annotations

import pytest

from archive.reasons import sentence
from tests.unit.workers.papers import written
from workers.classify import classify
from workers.extract import extract

OWN = ("北辰置业有限公司",)

PAPERS: dict[str, tuple[str, str, dict[str, str]]] = {
    "receipt for a shop's deposit": (
        "receipt",
        """
收据
今收到成都西岭机电设备有限责任公司交来租赁东门店押金人民币叁仟元整(¥3000.00)。
收款单位:北辰置业有限公司
2020年3月4日
""",
        {"name": "成都西岭机电设备有限责任公司", "issued": "2020-03-04", "amount": "3000.00"},
    ),
    "income of a man whose name holds a label": (
        "income_proof",
        """
收入证明
兹证明李致远(身份证号:110105198503071230)系上海东岸文化传播有限公司北京分公司员工,月收入人民币9000元。
特此证明
单位名称:上海东岸文化传播有限公司北京分公司
2020年3月4日
""",
        {"name": "李致远", "employer": "上海东岸文化传播有限公司北京分公司", "amount": "9000.00"},
    ),
    "contract with the role behind the name": (
        "contract",
        """
租赁合同
甲方:北辰置业有限公司(以下简称甲方)
乙方:成都西岭机电设备有限责任公司(以下简称乙方)
本合同由双方协商一致订立。违约责任从约定。
甲方代表签字:          乙方代表签字:
2020年3月4日
""",
        {"party_a": "北辰置业有限公司", "party_b": "成都西岭机电设备有限责任公司", "signed": "2020-03-04"},
    ),
    "letter 1": (
        "letter",
        """
关于催缴物业管理费的函
致：成都西岭机电设备有限责任公司
  贵司租赁我司物业，截至2021年3月31日尚欠物业管理费人民币12,300.00元，请于收到本函后七日内缴清。
  特此函告。
北辰置业有限公司
2021年4月2日
""",
        {"issued": "2021-04-02", "name": "成都西岭机电设备有限责任公司"},
    ),
    "letter 2": (
        "letter",
        """
催 款 通 知 书
成都西岭机电设备有限责任公司：
  贵司应于2021年3月31日前支付的租金尚未支付，请尽快支付。
北辰置业有限公司
2021年4月2日
""",
        {"issued": "2021-04-02", "name": "成都西岭机电设备有限责任公司"},
    ),
    "letter 3": (
        "letter",
        """
感谢信
北辰置业有限公司：
  感谢贵公司员工拾金不昧，特此致谢。
此致
敬礼
业主：赵明远
2020年5月6日
""",
        {"issued": "2020-05-06", "name": "赵明远"},
    ),
    "letter 4": (
        "letter",
        """
Northwind Consulting Pte Ltd
Date: 2021-05-06
Dear Sir or Madam,
We write to inform you that our office address will change from June 1, 2021.
Yours faithfully,
Northwind Consulting Pte Ltd
""",
        {"issued": "2021-05-06"},
    ),
    "other 1": (
        "other",
        """
停电通知
各位业主：因线路检修，本小区将于本周五停电。
物业服务中心
2021年4月2日
""",
        {},
    ),
    "other 2": (
        "other",
        """
装修须知
一、装修时间为每日8时至18时。
二、不得破坏承重结构。
""",
        {},
    ),
    "other 3": (
        "other",
        """
员工考勤表
部门：工程部 2021年4月
姓名 1 2 3 4 5
""",
        {},
    ),
    "other 4": (
        "other",
        """
会议签到表
日期：2021年4月2日
姓名	部门	电话
""",
        {},
    ),
    "tax_registration 1": (
        "tax_registration",
        """
税务登记证
（副本）
粤税字110108778899001号
纳税人名称：北京华岳工程咨询有限公司
法定代表人（负责人）：李强
地址：北京市朝阳区
登记注册类型：有限责任公司
经营范围：批发
发证税务机关：北京市国家税务局
2012年3月5日
""",
        {
            "name": "北京华岳工程咨询有限公司",
            "legal_rep": "李强",
            "cert_no": "粤税字110108778899001号",
            "issued": "2012-03-05",
        },
    ),
    "tax_registration 2": (
        "tax_registration",
        """
中华人民共和国税务登记证
纳税人名称	北京华岳工程咨询有限公司
税务登记号	110108778899001
法定代表人	李强
发证日期	2012年3月5日
登记机关	北京市地方税务局
""",
        {"name": "北京华岳工程咨询有限公司", "cert_no": "110108778899001", "issued": "2012-03-05"},
    ),
    "tax_registration 3": (
        "tax_registration",
        """
税务登记证
纳税人识别号：91110108MA01KFYD2A
纳税人名称：北京华岳工程咨询有限公司
发证日期：2012年3月5日
""",
        {"uscc": "91110108MA01KFYD2A", "name": "北京华岳工程咨询有限公司", "issued": "2012-03-05"},
    ),
    "marriage_certificate 1": (
        "marriage_certificate",
        """
结婚证
持证人	赵明远
登记日期	2011年6月3日
结婚证字号	J110105-2011-002233
姓名	赵明远	性别	男
身份证件号	110105198503071230
姓名	钱桂兰	性别	女
身份证件号	510107199202290044
""",
        {"name": "赵明远", "id_no": "110105198503071230", "cert_no": "J110105-2011-002233", "issued": "2011-06-03"},
    ),
    "marriage_certificate 2": (
        "marriage_certificate",
        """
中华人民共和国结婚证
结婚证字号：粤穗结字011200345
姓名：赵明远 性别：男 身份证号：110105198503071230
姓名：钱桂兰 性别：女 身份证号：510107199202290044
登记机关：北京市朝阳区民政局
登记日期：2011年6月3日
""",
        {"name": "赵明远", "id_no": "110105198503071230", "cert_no": "粤穗结字011200345", "issued": "2011-06-03"},
    ),
    "customer_form 1": (
        "customer_form",
        """
客户资料登记表
客户编号：C000123 登记日期：2020-03-04
客户名称	北京华岳工程咨询有限公司
统一社会信用代码	91110108MA01KFYD2A
法定代表人	李强
联系人	张三
联系电话	13800001111
""",
        {
            "customer_no": "C000123",
            "name": "北京华岳工程咨询有限公司",
            "uscc": "91110108MA01KFYD2A",
            "issued": "2020-03-04",
            "legal_rep": "李强",
        },
    ),
    "customer_form 2": (
        "customer_form",
        """
会员入会申请表
申请人：赵明远 会员编号：VIP-8899
身份证号：110105198503071230
申请日期：2020年3月4日
申请人签名：
""",
        {"name": "赵明远", "id_no": "110105198503071230", "issued": "2020-03-04", "customer_no": "VIP-8899"},
    ),
    "customer_form 3": (
        "customer_form",
        """
个人信息采集表
姓名	赵明远	性别	男
身份证号码	110105198503071230
联系电话	13800001111
填表日期	2020年3月4日
客户编号	20200304001
""",
        {"name": "赵明远", "id_no": "110105198503071230", "issued": "2020-03-04", "customer_no": "20200304001"},
    ),
    "appraisal_report 1": (
        "appraisal_report",
        """
房地产估价报告
估价项目名称：北京市朝阳区建国路12号3栋1201室房地产抵押价值评估
估价委托人：赵明远
估价机构：四川正衡房地产评估有限公司
估价作业日期：2020年3月4日至2020年3月10日
评估总价：人民币3,210,000元（大写：叁佰贰拾壹万元整）
估价报告编号：穗评字2020第0321号
""",
        {"name": "赵明远", "amount": "3210000.00"},
    ),
    "appraisal_report 2": (
        "appraisal_report",
        """
资产评估报告书
委托方：北京华岳工程咨询有限公司
评估对象：机器设备
评估基准日：2020年3月4日
评估结论：评估值为人民币321.5万元。
报告日期：2020年4月1日
""",
        {"name": "北京华岳工程咨询有限公司", "amount": "3215000.00", "issued": "2020-04-01"},
    ),
    "complaint 1": (
        "complaint",
        """
业主投诉登记表
业主姓名	赵明远
房号	3栋1201
投诉日期	2020年3月4日
投诉事项	噪音扰民
""",
        {"name": "赵明远", "issued": "2020-03-04"},
    ),
    "complaint 2": (
        "complaint",
        """
投诉记录
日期：2020年3月4日 客户：赵明远 电话：13800001111
投诉内容：工作人员态度差
处理意见：批评教育
""",
        {"name": "赵明远", "issued": "2020-03-04"},
    ),
    "contract 1": (
        "contract",
        """
前期物业服务协议
甲方：北辰置业有限公司
乙方（业主）：赵明远 身份证号码：110105198503071230
根据有关法律法规，双方达成如下协议：
第一条 服务内容
第二条 服务费每月每平方米2.5元。
本协议有效期自2020年1月1日至2022年12月31日止。
甲方签章：   乙方签名：
签订日期：2019年12月20日
""",
        {
            "party_a": "北辰置业有限公司",
            "party_b": "赵明远",
            "id_no": "110105198503071230",
            "signed": "2019-12-20",
            "expires": "2022-12-31",
        },
    ),
    "contract 2": (
        "contract",
        """
房屋租赁合同
出租人（甲方）：赵明远
身份证号：110105198503071230
承租人（乙方）：北辰置业有限公司
合同编号：ZL2020-008
租赁期限：2020年1月1日至2022年12月31日
月租金：人民币伍仟元整（¥5,000.00）
签约日期：2019年12月20日
""",
        {
            "party_a": "赵明远",
            "party_b": "北辰置业有限公司",
            "id_no": "110105198503071230",
            "contract_no": "ZL2020-008",
            "signed": "2019-12-20",
            "expires": "2022-12-31",
            "amount": "5000.00",
        },
    ),
    "contract 3": (
        "contract",
        """
劳动合同书
甲方（用人单位）：北辰置业有限公司
乙方（劳动者）：赵明远
公民身份号码：110105198503071230
一、合同期限：自2020年1月1日起至2022年12月31日止。
甲方（盖章）    乙方（签字）
2019年12月20日
""",
        {
            "party_a": "北辰置业有限公司",
            "party_b": "赵明远",
            "id_no": "110105198503071230",
            "signed": "2019-12-20",
            "expires": "2022-12-31",
        },
    ),
    "contract 4": (
        "contract",
        """
LEASE AGREEMENT
Contract Number: LA-2020-55
Landlord: 北辰置业有限公司
Tenant: Northwind Consulting Pte Ltd
Commencement Date: 2020-01-01
Expiration Date: 2022-12-31
Contract Price: RMB 500,000.00
Signing Date: 2019-12-20
""",
        {
            "party_a": "北辰置业有限公司",
            "party_b": "Northwind Consulting Pte Ltd",
            "contract_no": "LA-2020-55",
            "signed": "2019-12-20",
            "expires": "2022-12-31",
            "amount": "500000.00",
        },
    ),
    "contract 5": (
        "contract",
        """
PURCHASE CONTRACT
No.: PC-2020-77
Party A: Northwind Consulting Pte Ltd
Party B: 北辰置业有限公司
Date: December 20, 2019
This Contract is valid until December 31, 2022.
Total amount: CNY 88,000.00
""",
        {
            "party_a": "Northwind Consulting Pte Ltd",
            "party_b": "北辰置业有限公司",
            "signed": "2019-12-20",
            "expires": "2022-12-31",
            "amount": "88000.00",
            "contract_no": "PC-2020-77",
        },
    ),
    "income_proof 1": (
        "income_proof",
        """
工作证明
兹证明 赵明远 同志，身份证号码 110105198503071230，自2015年至今在我公司工作，现任经理职务，月收入人民币壹万伍仟元整。
特此证明！
单位（公章）：上海东岸文化传播有限公司
日期：2020年3月4日
""",
        {
            "name": "赵明远",
            "id_no": "110105198503071230",
            "employer": "上海东岸文化传播有限公司",
            "issued": "2020-03-04",
        },
    ),
    "receipt 1": (
        "receipt",
        """
收款收据
日期：2020年3月4日  No：0012345
交款单位（人）：北京华岳工程咨询有限公司
收款方式：转账
人民币（大写）：壹万贰仟元整  ¥12,000.00
收款事由：物业管理费
收款单位（盖章）：北辰置业有限公司
""",
        {"name": "北京华岳工程咨询有限公司", "issued": "2020-03-04", "amount": "12000.00"},
    ),
    "receipt 2": (
        "receipt",
        """
收条
今收到北京华岳工程咨询有限公司支付的装修押金人民币叁仟元整（¥3000.00）。
收款人：北辰置业有限公司
2020年3月4日
""",
        {"name": "北京华岳工程咨询有限公司", "issued": "2020-03-04", "amount": "3000.00"},
    ),
    "power_of_attorney 1": (
        "power_of_attorney",
        """
委 托 书
委托人姓名：赵明远
身份证号码：110105198503071230
受托人姓名：钱桂兰
身份证号码：510107199202290044
委托事项：代办产权证
委托期限至2021年3月4日止
委托人签名：赵明远
签署日期：2020年3月4日
""",
        {
            "name": "赵明远",
            "id_no": "110105198503071230",
            "agent": "钱桂兰",
            "issued": "2020-03-04",
            "expires": "2021-03-04",
        },
    ),
    "power_of_attorney 2": (
        "power_of_attorney",
        """
授权书
兹授权钱桂兰（身份证号：510107199202290044）代表北京华岳工程咨询有限公司办理合同签订事宜。
授权单位：北京华岳工程咨询有限公司
授权期限：2020年3月4日至2021年3月4日
2020年3月4日
""",
        {"name": "北京华岳工程咨询有限公司", "agent": "钱桂兰", "expires": "2021-03-04", "issued": "2020-03-04"},
    ),
    "property_certificate 1": (
        "property_certificate",
        """
不动产权证书
粤（2021）北京市不动产权第00123456号
权利人	赵明远、钱桂兰
共有情况	共同共有
坐落	朝阳区建国路1号
权利类型	国有建设用地使用权/房屋所有权
""",
        {"cert_no": "粤(2021)北京市不动产权第00123456号", "name": "赵明远"},
    ),
    "credit_report 1": (
        "credit_report",
        """
企业信用报告
企业名称：北京华岳工程咨询有限公司
统一社会信用代码：91110108MA01KFYD2A
报告时间：2020-03-04
信贷记录摘要
未结清信贷：0
""",
        {"name": "北京华岳工程咨询有限公司", "uscc": "91110108MA01KFYD2A", "issued": "2020-03-04"},
    ),
    "business_licence 1": (
        "business_licence",
        """
营业执照
统一社会信用代码：91110108MA01KFYD2A
名  称：北京华岳工程咨询有限公司
类  型：有限责任公司
住  所：北京市
法定代表人：李强
注册资本：100万元人民币
成立日期：2010年03月04日
营业期限：2010年03月04日至2040年03月03日
经营范围：贸易
登记机关（章）
2016年03月04日
""",
        {
            "name": "北京华岳工程咨询有限公司",
            "uscc": "91110108MA01KFYD2A",
            "legal_rep": "李强",
            "founded": "2010-03-04",
        },
    ),
    "invoice 1": (
        "invoice",
        """
广东通用机打发票
发票代码 144001900110 发票号码 00123456
开票日期：2020-03-04
付款方名称：北京华岳工程咨询有限公司
付款方识别号：91110108MA01KFYD2A
项目 金额
物业管理费 1200.00
合计（大写）：壹仟贰佰元整 （小写）￥1200.00
收款方名称：北辰置业有限公司
""",
        {
            "invoice_code": "144001900110",
            "invoice_no": "00123456",
            "issued": "2020-03-04",
            "buyer": "北京华岳工程咨询有限公司",
            "seller": "北辰置业有限公司",
            "amount": "1200.00",
        },
    ),
    "id_card 1": (
        "id_card",
        """
姓 名 赵明远
性 别 男 民 族 汉
出 生 1985 年 3 月 7 日
住 址 北京市朝阳区建国路88号
公民身份号码 110105198503071230
有效期限 2015.06.01-2035.06.01
签发机关 北京市公安局
中华人民共和国居民身份证
""",
        {"name": "赵明远", "id_no": "110105198503071230", "expires": "2035-06-01"},
    ),
    "household_register 1": (
        "household_register",
        """
居民户口簿
户别 家庭户 户主姓名 赵大伟
户号 0123456 住址 北京市朝阳区
常住人口登记卡
姓名 赵明远 户主或与户主关系 子
性别 男 出生日期 1985年3月7日
公民身份证件编号 110105198503071230
""",
        {"name": "赵明远", "id_no": "110105198503071230"},
    ),
}


@pytest.mark.parametrize("paper", PAPERS)
def test_type_in_other_words(paper: str) -> None:
    kind, text, _ = PAPERS[paper]
    verdict = classify([written(text)])
    assert verdict.code == kind, verdict
    assert verdict.confidence >= 0.9, verdict


@pytest.mark.parametrize("paper", PAPERS)
def test_fields_in_other_words(paper: str) -> None:
    kind, text, expected = PAPERS[paper]
    facts = extract([written(text)], kind, OWN)
    assert {name: facts.value(name) for name in expected} == expected, facts


@pytest.mark.parametrize("paper", PAPERS)
def test_every_field_says_where_it_was_found_and_why(paper: str) -> None:
    kind, text, _ = PAPERS[paper]
    facts = extract([written(text)], kind, OWN)
    for field in facts.fields.values():
        assert sentence(field.because, "zh")
        assert field.page == 1
        assert field.box is not None
        assert field.box[2] > 0
        assert 0 < field.confidence <= 1
