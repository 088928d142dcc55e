"""Papers about people in the wordings and layouts that offices use: the type and every field named must come out."""

from __future__ import annotations

import pytest

from tests.unit.workers.papers import written
from workers.classify import classify
from workers.dates import LONG_TERM
from workers.extract import extract

OWN = ("北辰置业有限公司",)
ZHAO, QIAN, SUN, LI = "110105198503071230", "510107199202290044", "310115197912315529", "440300196608152228"

PAPERS = {
    "id card, both sides, labels glued to values": (
        "id_card",
        f"""
姓名赵明远
性别男民族汉
出生1985年3月7日
住址北京市朝阳区建国路88号
公民身份号码{ZHAO}
中华人民共和国
居民身份证
签发机关北京市公安局朝阳分局
有效期限2015.06.01-2035.06.01
""",
        {"name": "赵明远", "id_no": ZHAO, "expires": "2035-06-01"},
    ),
    "id card, back first, unlimited": (
        "id_card",
        f"""
中华人民共和国
居民身份证
签发机关  成都市公安局武侯分局
有效期限  2012.02.29-长期
姓  名  钱桂兰
性  别  女    民  族  汉
出  生  1992 年 2 月 29 日
住  址  四川省成都市武侯区一环路南三段
        17号
公民身份号码  {QIAN}
""",
        {"name": "钱桂兰", "id_no": QIAN, "expires": LONG_TERM},
    ),
    "id card, sides beside each other": (
        "id_card",
        f"""
		中华人民共和国
姓名 孙晓		居民身份证
性别 女 民族 回
出生 1979年12月31日		签发机关 上海市公安局浦东分局
住址 上海市浦东新区世纪大道100号		有效期限 2008.01.01-2028.01.01
公民身份号码 {SUN}
""",
        {"name": "孙晓", "id_no": SUN, "expires": "2028-01-01"},
    ),
    "id card front alone, minority name": (
        "id_card",
        f"""
姓名 阿依古丽·买买提
性别 女 民族 维吾尔
出生 1966年8月15日
住址 新疆乌鲁木齐市天山区解放路1号
公民身份号码 {LI}
""",
        {"name": "阿依古丽·买买提", "id_no": LI},
    ),
    "household register as a table": (
        "household_register",
        f"""
常 住 人 口 登 记 卡
姓名	赵明远	户主或与户主关系	户主
曾用名		性别	男
出生地	北京市	民族	汉族
籍贯	河北省保定市	出生日期	1985年3月7日
本市(县)其他住址		宗教信仰
公民身份号码	{ZHAO}	身高	178	血型	O
文化程度	大学本科	婚姻状况	已婚	兵役状况
服务处所	北京远景科技有限公司	职业	工程师
何时由何地迁来本市(县)	2004年9月1日由河北省迁入
承办人签章:	登记日期:2018年5月20日
""",
        {"name": "赵明远", "id_no": ZHAO},
    ),
    "title deed as a list with colons": (
        "property_certificate",
        f"""
不动产权证书
京(2019)朝不动产权第0012345号
权利人:赵明远
共有情况:单独所有
证件号码:{ZHAO}
坐落:朝阳区建国路88号院5号楼1201
不动产单元号:110105001001GB00123F00050012
权利类型:国有建设用地使用权/房屋所有权
用途:住宅
登记日期:2019年4月30日
""",
        {"name": "赵明远", "id_no": ZHAO, "cert_no": "京(2019)朝不动产权第0012345号", "issued": "2019-04-30"},
    ),
    "old title deed": (
        "property_certificate",
        """
中华人民共和国
房屋所有权证
X京房权证朝字第1122334号
房屋所有权人	李慧珍
共有情况	单独所有
房屋坐落	朝阳区延静西里2号
登记时间	2008-11-05
房屋性质	商品房
规划用途	住宅
建筑面积	76.50平方米
""",
        {"name": "李慧珍", "cert_no": "X京房权证朝字第1122334号"},
    ),
    "marriage certificate": (
        "marriage_certificate",
        f"""
中华人民共和国
结婚证
持证人 钱桂兰
登记日期 2016年05月20日
结婚证字号 J510107-2016-003321
备注
姓名 钱桂兰	性别 女
国籍 中国	出生日期 1992年02月29日
身份证件号 {QIAN}
姓名 周立民	性别 男
国籍 中国	出生日期 1990年01月01日
身份证件号 110105198503071230
""",
        {"name": "钱桂兰", "id_no": QIAN, "cert_no": "J510107-2016-003321", "issued": "2016-05-20"},
    ),
    "divorce certificate in traditional characters": (
        "marriage_certificate",
        """
離婚證
持證人:鄭秀英
登記日期:2011年8月9日
離婚證字號:L440104-2011-000912
准予登記,發給此證
""",
        {"name": "鄭秀英", "cert_no": "L440104-2011-000912", "issued": "2011-08-09"},
    ),
    "income certificate, wrapped sentence": (
        "income_proof",
        """
收入证明
    兹证明赵明远先生(身份证号码:11010519
8503071230)系我公司员工,自2012年7月起在我公司
担任工程师职务,税后月收入为人民币贰万叁仟
伍佰元整(¥23,500.00)。
    特此证明。
              北京远景科技有限公司
              二〇二二年三月十五日
""",
        {
            "name": "赵明远",
            "id_no": ZHAO,
            "employer": "北京远景科技有限公司",
            "issued": "2022-03-15",
            "amount": "23500.00",
        },
    ),
    "work certificate with a form": (
        "income_proof",
        f"""
在职及收入证明
姓名:孙晓	性别:女
身份证号:{SUN}
兹有孙晓,身份证号{SUN},为我单位正式职工,年收入人民币180000元。
单位名称(盖章):上海明德中学
联系电话:021-60001111
日期:2020-09-01
""",
        {"name": "孙晓", "id_no": SUN, "employer": "上海明德中学", "issued": "2020-09-01"},
    ),
    "power of attorney, form": (
        "power_of_attorney",
        f"""
授 权 委 托 书
委托人:钱桂兰  性别:女  身份证号码:{QIAN}
受托人:周立民  性别:男  身份证号码:{ZHAO}
委托事项:代为办理位于成都市武侯区一环路房屋的出售手续。
委托权限:全权代理,受托人无转委托权。
委托期限:2021年1月1日至2021年12月31日
委托人(签字):
2020年12月28日
""",
        {"name": "钱桂兰", "id_no": QIAN, "agent": "周立民", "issued": "2020-12-28", "expires": "2021-12-31"},
    ),
    "power of attorney in a sentence": (
        "power_of_attorney",
        f"""
委托书
本人李慧珍(身份证号:{LI})因工作繁忙,不能亲自办理,特委托吴建国
(身份证号:{ZHAO})作为我的合法代理人,代为领取房屋钥匙。
委托人:李慧珍
日期:2019年6月8日
""",
        {"name": "李慧珍", "id_no": LI, "agent": "吴建国", "issued": "2019-06-08"},
    ),
    "customer form": (
        "customer_form",
        f"""
客户信息登记表
客户编号:KH-2020-00817	填表日期:2020年10月12日
客户姓名	孙晓	性别	女
证件类型	身份证	证件号码	{SUN}
联系电话	13912345678	电子邮箱	sun@example.com
通讯地址	上海市浦东新区世纪大道100号
工作单位	上海明德中学
客户签名:
""",
        {"name": "孙晓", "id_no": SUN, "customer_no": "KH-2020-00817", "issued": "2020-10-12"},
    ),
    "owner's form": (
        "customer_form",
        f"""
业主资料登记表
房号:3栋1201	登记日期:2017/08/15
业主姓名:赵明远	身份证号:{ZHAO}
紧急联系人:钱某	联系电话:13800000000
""",
        {"name": "赵明远", "id_no": ZHAO, "issued": "2017-08-15"},
    ),
    "complaint form": (
        "complaint",
        """
客户投诉登记表
编号:TS-2021-0456
投诉人:李慧珍	联系电话:13700001111
投诉日期:2021年7月3日	投诉方式:电话
投诉内容:电梯多次故障无人维修
处理意见:已安排维保单位检修
受理人:王芳
""",
        {"name": "李慧珍", "issued": "2021-07-03"},
    ),
    "complaint letter": (
        "complaint",
        """
投诉信
北辰置业有限公司:
    本人赵明远,系贵小区业主。现就楼上漏水一事投诉如下,
请尽快处理。
                  投诉人:赵明远
                  2022年11月2日
""",
        {"name": "赵明远", "issued": "2022-11-02"},
    ),
    "personal credit report": (
        "credit_report",
        f"""
个人信用报告
报告编号:2021030512345678901234	报告时间:2021-03-05 10:20:30
被查询者姓名	被查询者证件类型	被查询者证件号码	查询原因
赵明远	身份证	{ZHAO}	本人查询
信贷记录
逾期记录:无
""",
        {"name": "赵明远", "id_no": ZHAO, "issued": "2021-03-05"},
    ),
    "receipt from a person": (
        "receipt",
        """
收款收据
No 0012345	2019年12月1日
今收到 赵明远
交来 2019年度物业管理费
金额(大写) 叁仟陆佰元整	¥3,600.00
收款单位(盖章):北辰置业有限公司
""",
        {"name": "赵明远", "issued": "2019-12-01", "amount": "3600.00"},
    ),
}


@pytest.mark.parametrize("paper", PAPERS)
def test_type_of_a_persons_paper(paper: str) -> None:
    kind, text, _ = PAPERS[paper]
    verdict = classify([written(text)])
    assert verdict.code == kind, verdict
    assert verdict.confidence >= 0.9, verdict


@pytest.mark.parametrize("paper", PAPERS)
def test_fields_of_a_persons_paper(paper: str) -> None:
    kind, text, expected = PAPERS[paper]
    facts = extract([written(text)], kind, OWN)
    assert {name: facts.value(name) for name in expected} == expected, facts
