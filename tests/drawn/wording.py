"""Sentences without a story: business words in random order, so that nothing can be guessed from the context."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random


def _words(listed: str) -> list[str]:
    return listed.split()


_NOUNS = _words(
    "仓库 设备 账户 租金 押金 物业 材料 图纸 工期 质量 发票 单据 样品 货款 订单 运费 保险 利息 担保 抵押 股权 "
    "土地 厂房 楼层 车位 门锁 水表 电梯 消防 管道 墙面 屋顶 地基 钢筋 水泥 砂石 木材 玻璃 油漆 涂料 阀门 配件 "
    "报价 招标 投标 评审 会议 纪要 通知 函件 附件 清单 目录 档案 印章 签名 日期 地点 期限 条款 义务 权利 责任 "
    "员工 主管 经理 董事 股东 客户 供应商 承包人 发包人 监理 审计 税务 银行 法院 仲裁 证据 争议 损失 赔偿 违约金"
)
_VERBS = _words(
    "交付 验收 支付 退还 检查 维修 更换 签署 盖章 提交 审核 批准 通知 保管 运输 安装 调试 拆除 登记 变更 解除 "
    "终止 延长 承担 赔偿 协商 确认 复核 抽查 归还 移交 公示 备案 披露 保证 履行 拒绝 接受 追加 扣除"
)
_LINKS = _words("应当 不得 可以 必须 已经 尚未 按时 及时 如实 另行 分批 一次性 共同 单独 书面 逐项 无条件 优先")
_ENDS = "，，，；。。。"
_LATIN = _words("Invoice Total Contract Model No. Date Page Rev. Limited Co. Account SWIFT Quality Report Serial")
_SURNAMES, _GIVEN = "赵钱孙李周吴郑王冯陈蒋沈韩杨朱秦许何吕张", "明远知秋海峰晓雯立国建华淑珍志强丽萍浩然雨桐"
_PLACES = _words("临江 青石 云溪 白鹿 河湾 松岭 竹园 槐荫 金桥 石塘")


def sentence(dice: Random, characters: int) -> str:
    """About so many characters of running text with a number here and there."""
    made = ""
    while len(made) < characters:
        made += dice.choice(_NOUNS) + dice.choice(_LINKS) + dice.choice(_VERBS) + dice.choice(_NOUNS)
        if dice.random() < 0.3:
            made += dice.choice((f"{dice.randint(2, 99)}日内", f"人民币{amount(dice)}元", f"第{dice.randint(1, 40)}条"))
        made += dice.choice(_ENDS)
    return made[:-1] + "。"


def paragraphs(dice: Random, count: int, characters: int) -> list[str]:
    """Texts of several sentences."""
    return [sentence(dice, round(characters * dice.uniform(0.5, 1.5))) for _ in range(count)]


def term(dice: Random) -> str:
    """A label of four characters."""
    return dice.choice(_NOUNS)[:2] + dice.choice(_NOUNS)[:2]


def title(dice: Random) -> str:
    """A heading."""
    return (
        dice.choice(_NOUNS) + dice.choice(_VERBS) + dice.choice(("通知书", "申请表", "登记表", "协议", "记录", "报告"))
    )


def person(dice: Random) -> str:
    """A name of two or three characters."""
    return dice.choice(_SURNAMES) + "".join(dice.sample(_GIVEN, dice.choice((1, 2))))


def company(dice: Random) -> str:
    """A company that does not exist."""
    return f"{dice.choice(_PLACES)}市{dice.choice(_PLACES)}{dice.choice(_NOUNS)[:2]}有限公司"


def amount(dice: Random) -> str:
    """Yuan with separators."""
    return f"{dice.randint(100, 9_999_999) / 100 * dice.choice((1, 10, 100)):,.2f}"


def code(dice: Random) -> str:
    """A number as on licences and contracts."""
    letters = "".join(dice.choice("ABCDEFGHJKLMNPQRSTUWXY") for _ in range(2))
    return f"{letters}-{dice.randint(1990, 2035)}-{dice.randint(1, 99999):05d}"


def day(dice: Random) -> str:
    """A date in one of the usual ways."""
    year, month, date = dice.randint(1990, 2035), dice.randint(1, 12), dice.randint(1, 28)
    return dice.choice((f"{year}年{month}月{date}日", f"{year}-{month:02d}-{date:02d}", f"{year}.{month}.{date}"))


def value(dice: Random) -> str:
    """What stands in a field."""
    return dice.choice((person, company, amount, code, day))(dice)


def english(dice: Random) -> str:
    """A few English words with a number."""
    return " ".join(dice.choices(_LATIN, k=dice.randint(2, 4))) + f" {dice.randint(10, 99999)}"


_TRADITIONAL = (
    "書東車長門開關會議國際貿易銀業務處請檢驗貨單據訂條約義責權償還擔質權產證號碼電話傳真領導機構層樓層園區縣鎮鄉廣場圖書館學"
    "習經濟發展計劃劃撥調撥轉讓繼續實際進農業漁業養殖環境衛監護臨時醫藥認識聯繫聲記錄運輸費總額萬億圓"
)


def traditional(dice: Random, characters: int) -> str:
    """Running text in traditional characters without digits or Latin letters."""
    plain = "之其者所以而不為人也於是上下中大小天地山水日月年文字正本公司民法文契立此存照憑信各無異議"
    return "".join(dice.choice(_TRADITIONAL if dice.random() < 0.5 else plain) for _ in range(characters))


def wrapped(text: str, most: int) -> Iterator[str]:
    """The text in lines of so many characters; a closing mark never begins one."""
    start = 0
    while start < len(text):
        end = min(len(text), start + most)
        if end < len(text) and text[end] in "，。；：、）":
            end += 1
        yield text[start:end]
        start = end
