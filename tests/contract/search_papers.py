"""Papers drawn by code as real ones are: skewed words, numbers, names, forms of writing, broken lines."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate
from typing import Final

from indexes.port import Batch
from indexes.sounds import sounds
from tests.contract.search_samples import batch

LENGTH: Final = 700
PAGES: Final = 4
_COMMON: Final = (
    "的", "合同", "甲方", "乙方", "租赁", "买卖", "房屋", "公司", "有限", "管理", "物业", "服务", "付款", "期限", "年",
    "月", "日", "元", "第", "条", "应当", "双方", "约定", "违约", "责任", "一", "二", "三", "四", "五",
)  # fmt: skip
_TRADITIONAL: Final = "號國體龍門馬與業務貨買賣實權條爾發萬"
_RARE: Final = "𠀀𪚥𠮷𡃁𤭢𫝆㐂㒵"
_MARKS: Final = ("，", "。", "、", "：", "；", "（", "）", "《", "》", "-", "/", "·", " ", "　", "\n", "“", "％")
_LATIN: Final = (
    "Pacific Rim Co. Ltd",
    "e\u0301te\u0301",
    "ＡＢＣ",
    "№",
    "㎡",
    "ﬁne",
    "I.D.",
    "①",
    "½",
    "ｶﾞｲﾄﾞ",
    "v2.0",
    "Straße",
)
_SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_WORDS: Final = 20_000


class Words:
    """A vocabulary whose words come as often as words do (Zipf)."""

    def __init__(self, rng: random.Random) -> None:
        han = [chr(0x4E00 + n) for n in range(4000)] + list(_TRADITIONAL)
        often = list(accumulate(1 / (rank + 8) for rank in range(len(han))))
        drawn = ["".join(rng.choices(han, cum_weights=often, k=rng.choice((1, 2, 2, 2, 3, 4)))) for _ in range(_WORDS)]
        self._rng = rng
        self._words = [*_COMMON, *drawn]
        self._weights = list(accumulate(1 / (rank + 2) for rank in range(len(self._words))))

    def page(self) -> str:
        """About 700 characters."""
        rng = self._rng
        parts = rng.choices(self._words, cum_weights=self._weights, k=LENGTH // 2)
        for place in range(0, len(parts), 7):
            parts[place] += rng.choice(_MARKS)
        for _ in range(6):
            parts[rng.randrange(len(parts))] += self._special()
        text = "".join(parts)[:LENGTH]
        return "\n".join(text[start : start + 34] for start in range(0, len(text), 34))

    def _special(self) -> str:
        """A number, a name, or a form of writing that is met now and then."""
        rng = self._rng
        match rng.randrange(6):
            case 0:
                return f"HT-{rng.randrange(2000, 2027)}-{rng.randrange(10_000):04d}"
            case 1:
                return f"¥{rng.randrange(10**6):,}.{rng.randrange(100):02d}元"
            case 2:
                return f"（{rng.randrange(2000, 2027)}）租字第{rng.randrange(1000):03d}号"
            case 3:
                return rng.choice(_SURNAMES) + rng.choice(self._words)
            case 4:
                return rng.choice(_LATIN)
            case _:
                return rng.choice(_RARE) + rng.choice(_TRADITIONAL)


def library(pages: int, seed: int = 5) -> Iterator[Batch]:
    """Documents of four pages in three departments, with fields of every kind."""
    rng = random.Random(seed)  # noqa: S311 - samples
    words = Words(rng)
    for number in range(pages // PAGES):
        day = date(2015, 1, 1) + timedelta(days=rng.randrange(4000))
        customer = rng.randrange(max(8, pages // 40))
        name = f"{_SURNAMES[customer % len(_SURNAMES)]}{customer}物业公司"
        yield batch(
            f"{number:08d}",
            *(words.page() for _ in range(PAGES)),
            department=f"d{number % 3}",
            level=rng.randrange(4),
            folder=f"f{customer}",
            customer=f"c{customer}",
            customer_name=name,
            customer_sounds=sounds(name),
            contract_no=f"HT-{day.year}-{number:04d}",
            amount=rng.choice([None, rng.randrange(10**8)]),
            values=(f"HT-{day.year}-{number:04d}", name),
            document_type=rng.choice(["contract", "contract", "invoice", "letter", "other"]),
            retention_class=rng.choice(["CT-GEN", "ID-GEN"]),
            archival_code=f"A001-HT·{day.year}-{number:06d}",
            confidentiality="internal",
            title=f"合同 {number}",
            sort_date=day,
            year=day.year,
        )
