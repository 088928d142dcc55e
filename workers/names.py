"""Names of people and organisations compared: one written form, and how far two are apart as recognition misreads."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from archive.han import simplified

_IGNORED = re.compile(r"[\s·•.,，。、'\"“”\-_/()（）\[\]<>《》]+")

# fmt: off
_ALIKE = (
    "己已巳", "末未", "土士", "人入八", "日曰目", "干千于", "大太犬", "天夭夫", "刀力刁", "贝见", "免兔", "侯候",
    "鸟乌", "晴睛", "析折", "拆折", "今令", "代伐", "住佳往", "孑子孓", "戊戌戍成", "旦且", "田由甲申", "卯卵印",
    "冶治", "圆园", "博搏", "桥娇", "准淮", "杨扬", "杭抗", "栏拦", "桃挑", "材村", "沐沭", "泊洎", "汨汩", "毫亳",
    "辨辩辫", "竟竞", "菅管", "赢羸", "茶荼", "钧钓", "铜钢", "锋峰", "玲铃", "琪淇", "瑞端", "盈盛", "华毕",
    "信佶", "宏宠", "迅讯", "洋详", "达迖", "运远", "昌吕", "普晋", "宇字", "宁宇", "恒桓", "隆降", "泰秦奏",
    "春舂", "丰半", "业亚", "口囗", "历厉", "厂广", "市巾", "小少", "王玉主", "三王", "正止", "上土", "木本术",
    "白自", "石右", "古吉", "台合", "问向", "开井", "0o〇", "1li", "一-—",
)
"""Groups of characters that look alike in print."""
# fmt: on
_SIMILAR = frozenset((one, other) for group in _ALIKE for one in group for other in group if one != other)
_PER_CHARACTERS = 6
_CONFUSED = 0.4


def written(name: str) -> str:
    """The form in which names are compared: NFKC, simplified, lower case, without blanks and punctuation."""
    return _IGNORED.sub("", simplified(unicodedata.normalize("NFKC", name)).lower())


def distance(one: str, other: str) -> float:
    """Edit distance between two written names; exchanging characters that look alike costs less than half."""
    previous = [float(column) for column in range(len(other) + 1)]
    for row, left in enumerate(one, 1):
        current = [float(row)]
        for column, right in enumerate(other, 1):
            change = previous[column - 1] + _exchange(left, right)
            current.append(min(previous[column] + 1, current[column - 1] + 1, change))
        previous = current
    return previous[-1]


def _exchange(left: str, right: str) -> float:
    if left == right:
        return 0.0
    return _CONFUSED if (left, right) in _SIMILAR else 1.0


def only_misread(one: str, other: str) -> bool:
    """Whether two names differ in nothing but characters that recognition confuses, no more than one in six."""
    if len(one) != len(other):
        return False
    pairs = [(left, right) for left, right in zip(one, other, strict=True) if left != right]
    return len(pairs) <= max(1, len(one) // _PER_CHARACTERS) and all(pair in _SIMILAR for pair in pairs)


@dataclass(frozen=True, slots=True)
class OwnNames:
    """The names of the house itself, which is never a customer. A misread or shortened one is recognised too."""

    names: Sequence[str]
    _written: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_written", {written(name): name for name in self.names if written(name)})

    def holds(self, name: str) -> bool:
        """Whether a name is one of ours, up to misreading a character or so."""
        return bool(self.near(name))

    def near(self, name: str) -> str:
        """Which of our names it is, as we write it; an empty string for none."""
        seen = written(name)
        if seen in self._written:
            return self._written[seen]
        return next((name for own, name in self._written.items() if self._near(seen, own)), "")

    @staticmethod
    def _near(seen: str, own: str) -> bool:
        return len(own) >= _PER_CHARACTERS and distance(seen, own) <= max(1, len(own) // _PER_CHARACTERS - 1)
