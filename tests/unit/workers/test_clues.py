"""What on a paper may point to its customer is found whatever the paper is, and compared as people would (B5)."""

from __future__ import annotations

import pytest

from archive.clues import ClueKind, normal
from tests.unit.workers.papers import drawn
from workers.clues import clues_of

NO, PHONE, ADDRESS = ClueKind.CONTRACT_NO, ClueKind.PHONE, ClueKind.ADDRESS


@pytest.mark.parametrize(
    ("rows", "clue"),
    [
        (("补充协议", "根据双方签订的《房屋租赁合同》（编号：QH-2026-0012），达成如下补充"), (NO, "QH-2026-0012")),
        (("收款收据", "事由：QH-2026-0012号合同项下第三季度租金"), (NO, "QH-2026-0012")),
        (("催款函", "贵司签订的租赁合同（合同编号：QH-2026-0012）项下款项至今未付"), (NO, "QH-2026-0012")),
        (("通知", "住址：台江区八一七中路66号2栋901室", "电话：0591-8765 4321"), (PHONE, "0591-87654321")),
        (("来访记录", "手机 139 0591 1234"), (PHONE, "13905911234")),
        (("来访记录", "住址：台江区八一七中路66号2栋901室"), (ADDRESS, "台江区八一七中路66号2栋901室")),
    ],
)
def test_clues_are_found_on_papers_of_every_type(rows: tuple[str, ...], clue: tuple[ClueKind, str]) -> None:
    assert clue in clues_of([drawn(*rows)])


def test_numbers_of_other_things_are_no_telephone_numbers() -> None:
    found = clues_of([drawn("转账凭证", "账号 6222021234567890123", "身份证 350102199001011234")])
    assert [kind for kind, _ in found] == []


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (NO, "QH-2026-0012", "qh2O26—00I2"),
        (NO, "京物(2026)字第018号", "京物（2026）字第O18號"),
        (PHONE, "+86 139 0591 1234", "13905911234"),
        (PHONE, "(0591) 8765-4321", "059187654321"),
        (ADDRESS, "福建省福州市鼓楼区五四路128号3层", "鼓楼区五四路128号 3层"),
    ],
)
def test_the_same_written_otherwise_is_the_same_clue(kind: ClueKind, one: str, other: str) -> None:
    assert normal(kind, one) == normal(kind, other) != ""


@pytest.mark.parametrize(
    ("kind", "vague"), [(NO, "合同一"), (NO, "2026"), (PHONE, "110"), (ADDRESS, "福建省福州市"), (ADDRESS, "本公司")]
)
def test_what_could_point_to_anybody_is_no_clue(kind: ClueKind, vague: str) -> None:
    assert normal(kind, vague) == ""
