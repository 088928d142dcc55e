"""Papers about companies in the wordings and layouts that offices use: the type and every field named must come out."""

from __future__ import annotations

import pytest

from tests.unit.workers.papers import written
from workers.classify import classify
from workers.dates import LONG_TERM
from workers.extract import extract

OWN = ("北辰置业有限公司",)
HUA, DONG, XI = "91110108MA01KFYD2A", "91310115MA1H7TR05D", "91510100MA6CXK4P8N"

PAPERS = {
    "licence, new form, two columns": (
        "business_licence",
        f"""
营业执照
(副  本)(1-1)
统一社会信用代码	{HUA}
名称	北京华岳工程咨询有限公司	注册资本	壹仟万元整
类型	有限责任公司(法人独资)	成立日期	2017年11月08日
法定代表人	冯志强	营业期限	2017年11月08日至2037年11月07日
经营范围	工程咨询;技术服务。	住所	北京市海淀区中关村大街1号
登记机关
2019年01月15日
国家企业信用信息公示系统网址:http://www.gsxt.gov.cn
""",
        {
            "name": "北京华岳工程咨询有限公司",
            "uscc": HUA,
            "legal_rep": "冯志强",
            "founded": "2017-11-08",
            "issued": "2019-01-15",
            "expires": "2037-11-07",
        },
    ),
    "licence of a household business": (
        "business_licence",
        """
个体工商户营业执照
统一社会信用代码 92330106MA2B1L8Q3G
名称 杭州市西湖区老友记面馆店
类型 个体工商户
经营者 何秀兰
经营场所 杭州市西湖区文二路9号
组成形式 个人经营
注册日期 2018年03月12日
经营范围 餐饮服务
登记机关
2018年03月12日
""",
        {
            "name": "杭州市西湖区老友记面馆店",
            "uscc": "92330106MA2B1L8Q3G",
            "legal_rep": "何秀兰",
            "founded": "2018-03-12",
        },
    ),
    "old licence with a registration number": (
        "business_licence",
        """
企业法人营业执照
注册号 110108000000016
名称 北京东方红旗机械厂
住所 北京市海淀区学院路5号
法定代表人姓名 郭宝林
注册资本 贰佰万元整
公司类型 集体所有制
经营范围 机械制造
成立日期 一九九八年六月三日
营业期限 自一九九八年六月三日至长期
""",
        {
            "name": "北京东方红旗机械厂",
            "legal_rep": "郭宝林",
            "founded": "1998-06-03",
            "cert_no": "110108000000016",
            "expires": LONG_TERM,
        },
    ),
    "tax registration": (
        "tax_registration",
        f"""
税务登记证
京税证字{HUA}号
纳税人名称 北京华岳工程咨询有限公司
法定代表人(负责人) 冯志强
地址 北京市海淀区中关村大街1号
登记注册类型 有限责任公司
经营范围 工程咨询
批准设立机关 北京市工商行政管理局
扣缴义务 依法确定
发证税务机关
2014年6月18日
""",
        {"name": "北京华岳工程咨询有限公司", "legal_rep": "冯志强", "issued": "2014-06-18"},
    ),
    "lease between us and a company": (
        "contract",
        f"""
房屋租赁合同
合同编号:BC-ZL-2021-018
出租方(甲方):北辰置业有限公司
承租方(乙方):上海东岸文化传播有限公司
统一社会信用代码:{DONG}
根据《中华人民共和国民法典》,甲乙双方经协商一致,订立本合同。
第一条 租赁期限自2021年6月1日起至2024年5月31日止。
第二条 租金总额为人民币(大写)叁拾陆万元整(¥360,000.00)。
第三条 乙方应于每月5日前支付租金。违约责任按本合同执行。
甲方(盖章):	乙方(盖章):
法定代表人:	法定代表人:
签订日期:2021年5月20日	签订日期:2021年5月20日
""",
        {
            "contract_no": "BC-ZL-2021-018",
            "party_a": "北辰置业有限公司",
            "party_b": "上海东岸文化传播有限公司",
            "uscc": DONG,
            "signed": "2021-05-20",
            "expires": "2024-05-31",
            "amount": "360000.00",
        },
    ),
    "sale with roles only and figures in ten thousands": (
        "contract",
        """
设备采购协议书
协议编号:CG20190307
需方:北辰置业有限公司
供方:成都西岭机电设备有限责任公司
一、合同总价:人民币35万元(大写:叁拾伍万元整)。
二、交货期限:2019年5月1日前。
三、违约责任:逾期交货按日千分之一支付违约金。
四、本协议有效期至2020年3月6日。
需方代表:            供方代表:
2019年3月7日
""",
        {
            "contract_no": "CG20190307",
            "party_a": "北辰置业有限公司",
            "party_b": "成都西岭机电设备有限责任公司",
            "signed": "2019-03-07",
            "expires": "2020-03-06",
            "amount": "350000.00",
        },
    ),
    "loan agreement with a person": (
        "contract",
        """
借款合同
编号:JK2020-11
甲方(出借人):北辰置业有限公司
乙方(借款人):赵明远
身份证号:110105198503071230
一、甲方向乙方出借人民币伍万元整(¥50000.00)。
二、借款期限:2020年1月10日至2021年1月9日。
三、争议由双方协商解决。
甲方:北辰置业有限公司(盖章)  乙方:赵明远
2020年1月10日
""",
        {
            "contract_no": "JK2020-11",
            "party_a": "北辰置业有限公司",
            "party_b": "赵明远",
            "id_no": "110105198503071230",
            "signed": "2020-01-10",
            "expires": "2021-01-09",
            "amount": "50000.00",
        },
    ),
    "traditional characters": (
        "contract",
        """
物業管理服務合同
合同編號:WY-2018-77
甲方:廣州東嶺實業有限公司
乙方:北辰置业有限公司
雙方根據《合同法》訂立本合同。
服務期限:2018年1月1日至2018年12月31日
合同金額:人民幣120,000.00元
簽訂日期:二〇一七年十二月二十日
""",
        {
            "contract_no": "WY-2018-77",
            "party_a": "廣州東嶺實業有限公司",
            "party_b": "北辰置业有限公司",
            "signed": "2017-12-20",
            "expires": "2018-12-31",
            "amount": "120000.00",
        },
    ),
    "English service agreement": (
        "contract",
        """
SERVICE AGREEMENT
Contract No.: SA-2022/031
This Agreement is made between Northwind Consulting Pte Ltd and 北辰置业有限公司 on
March 1, 2022.
1. This Agreement shall be governed by the laws of China.
2. Either party may terminate this Agreement with thirty days notice.
Term: from March 1, 2022 to February 28, 2023.
""",
        {
            "contract_no": "SA-2022/031",
            "party_a": "Northwind Consulting Pte Ltd",
            "party_b": "北辰置业有限公司",
            "expires": "2023-02-28",
        },
    ),
    "invoice, paper form": (
        "invoice",
        f"""
1100194130	北京增值税专用发票	No 20481632
发票联	开票日期:2020年04月16日
购	名称:北京华岳工程咨询有限公司	密
买	纳税人识别号:{HUA}	码
方	地址、电话:北京市海淀区中关村大街1号 010-88880000	区
货物或应税劳务、服务名称	规格型号	单位	数量	单价	金额	税率	税额
*不动产租赁*租金		月	3	10000.00	30000.00	9%	2700.00
合计					¥30000.00		¥2700.00
价税合计(大写)	叁万贰仟柒佰元整	(小写)¥32700.00
销	名称:北辰置业有限公司
售	纳税人识别号:91510100MA6CXK4P8N
方	地址、电话:成都市高新区天府大道1号
收款人:刘洋	复核:陈静	开票人:杨帆	销售方:(章)
""",
        {
            "buyer": "北京华岳工程咨询有限公司",
            "seller": "北辰置业有限公司",
            "issued": "2020-04-16",
            "amount": "32700.00",
            "invoice_no": "20481632",
            "uscc": HUA,
        },
    ),
    "fully digital invoice, sides beside each other": (
        "invoice",
        f"""
电子发票(普通发票)
发票号码:23312000000012345678
开票日期:2023年05月09日
购买方信息	销售方信息
名称:北辰置业有限公司	名称:上海东岸文化传播有限公司
统一社会信用代码/纳税人识别号:{XI}	统一社会信用代码/纳税人识别号:{DONG}
项目名称	规格型号	单位	数量	单价	金额	税率/征收率	税额
*广告服务*设计费		项	1	9433.96	9433.96	6%	566.04
价税合计(大写)	壹万元整	(小写)¥10000.00
开票人:高鹏
""",
        {
            "invoice_no": "23312000000012345678",
            "issued": "2023-05-09",
            "buyer": "北辰置业有限公司",
            "seller": "上海东岸文化传播有限公司",
            "amount": "10000.00",
            "uscc": DONG,
        },
    ),
    "commercial invoice": (
        "invoice",
        """
INVOICE
Invoice No.: INV-20210077
Invoice date: 12 July 2021
Bill to: Northwind Consulting Pte Ltd
Seller: 北辰置业有限公司
Description	Quantity	Amount
Management fee	1	4,500.00
Total: 4,500.00
""",
        {
            "invoice_no": "INV-20210077",
            "issued": "2021-07-12",
            "buyer": "Northwind Consulting Pte Ltd",
            "amount": "4500.00",
        },
    ),
    "receipt of a company's payment": (
        "receipt",
        """
收 据
2022年8月3日	No.0099123
交款单位:成都西岭机电设备有限责任公司
收款事由:投标保证金
人民币(大写):贰万元整	¥20,000.00
收款单位:北辰置业有限公司	收款人:刘洋
""",
        {"name": "成都西岭机电设备有限责任公司", "issued": "2022-08-03", "amount": "20000.00"},
    ),
    "power of attorney of a company": (
        "power_of_attorney",
        """
法定代表人授权委托书
委托单位:成都西岭机电设备有限责任公司
法定代表人:罗成
受托人:曹小燕  职务:销售经理
现委托上述受托人代表我单位参加设备采购项目的投标。
授权期限:2022年7月1日至2022年9月30日
委托单位(盖章):成都西岭机电设备有限责任公司
2022年6月30日
""",
        {"name": "成都西岭机电设备有限责任公司", "agent": "曹小燕", "issued": "2022-06-30", "expires": "2022-09-30"},
    ),
    "credit rating": (
        "credit_report",
        f"""
企业信用评级报告
受评单位	北京华岳工程咨询有限公司
统一社会信用代码	{HUA}
信用等级	AA+
报告日期	2021年9月10日
一、财务状况良好,资产负债率处于行业平均水平。
""",
        {"name": "北京华岳工程咨询有限公司", "uscc": HUA, "issued": "2021-09-10"},
    ),
    "appraisal": (
        "appraisal_report",
        """
房地产抵押估价报告
估价报告编号:川房估字(2020)第0456号
估价委托人:成都西岭机电设备有限责任公司
估价机构:四川正衡房地产估价有限公司
估价对象:成都市高新区天府大道1号办公用房
价值时点:2020年3月1日
估价结果:房地产市场价值总额为人民币(大写)捌佰伍拾万元整(¥8,500,000.00)
报告出具日期:2020年3月18日
""",
        {
            "name": "成都西岭机电设备有限责任公司",
            "amount": "8500000.00",
            "issued": "2020-03-18",
            "cert_no": "川房估字(2020)第0456号",
        },
    ),
    "letter to a customer": (
        "letter",
        """
催款函
致:成都西岭机电设备有限责任公司
    贵司与我司签订的《设备采购协议书》项下货款人民币50,000.00元至今未付,
请贵司于收到本函之日起七日内支付。
    特此函告。
                    北辰置业有限公司
                    2021年10月11日
""",
        {"name": "成都西岭机电设备有限责任公司", "issued": "2021-10-11"},
    ),
    "letter from a customer": (
        "letter",
        """
关于延期付款的函
北辰置业有限公司:
    贵司来函收悉。因资金周转困难,恳请延期至年底付款。
    此致
敬礼
                    上海东岸文化传播有限公司
                    2021年11月1日
""",
        {"name": "上海东岸文化传播有限公司", "issued": "2021-11-01"},
    ),
    "notice to everybody": (
        "other",
        """
关于清洗外墙的通知
各位业主:
    我处定于本周六清洗外墙,请关好门窗,不便之处敬请谅解。
                    物业服务中心
                    2021年4月2日
""",
        {},
    ),
    "minutes": (
        "other",
        """
会议纪要
时间:2021年4月2日 地点:三楼会议室
参会人员:张、王、李
主持人:王
会议议题:年度工作计划
""",
        {},
    ),
}


@pytest.mark.parametrize("paper", PAPERS)
def test_type_of_a_companys_paper(paper: str) -> None:
    kind, text, _ = PAPERS[paper]
    verdict = classify([written(text)])
    assert verdict.code == kind, verdict
    assert verdict.confidence >= 0.85, verdict


@pytest.mark.parametrize("paper", PAPERS)
def test_fields_of_a_companys_paper(paper: str) -> None:
    kind, text, expected = PAPERS[paper]
    facts = extract([written(text)], kind, OWN)
    assert {name: facts.value(name) for name in expected} == expected, facts
