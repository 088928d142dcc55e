from __future__ import annotations

import pytest

from tests.unit.workers.papers import drawn
from workers.classify import classify, nearly_in
from workers.kinds import KINDS
from workers.sheets import PageState, Sheet


@pytest.mark.parametrize(
    ("title", "code"),
    [(title, kind.code) for kind in KINDS for title in kind.titles if len(title) > 2],
)
def test_every_title_of_the_table_decides_alone(title: str, code: str) -> None:
    assert classify([drawn(title, "", "2021年3月5日")]).code == code


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("房 屋 租 赁 合 同", "contract"),
        ("營業執照", "business_licence"),
        ("授权委讬书", "power_of_attorney"),
        ("居民身份证", "id_card"),
        ("客户信用评估报告", "credit_report"),
        ("《不动产权证书》", "property_certificate"),
        ("营业执照(副本)", "business_licence"),
        ("常住人囗登记卡", "household_register"),
        ("浙江增值税电子普通发票", "invoice"),
        ("委托合同", "contract"),
        ("投诉处理单", "complaint"),
    ],
)
def test_titles_spaced_misread_or_in_traditional_characters(title: str, code: str) -> None:
    assert classify([drawn(title, "", "2021年3月5日")]).code == code


def test_a_mention_in_a_sentence_is_no_title() -> None:
    page = drawn(
        "客户投诉处理单", "投诉人:李慧珍", "投诉内容:签订了房屋买卖合同,", "至今未见收入证明", "投诉时间:2021年3月5日"
    )
    assert classify([page]).code == "complaint"


def test_two_papers_in_one_file_are_not_sure() -> None:
    card = drawn("姓名 赵明远", "公民身份号码 110105198503071230", "居民身份证", "签发机关 北京市公安局", number=1)
    deed = drawn("不动产权证书", "权利人 赵明远", "不动产单元号 110105001001GB00123", "共有情况 单独所有", number=2)
    verdict = classify([card, deed])
    assert verdict.confidence < 0.9
    assert verdict.because[-1] == "several_papers:不动产权证书"


def test_nothing_readable_is_said_and_never_sure() -> None:
    verdict = classify([Sheet(1, 10, 10, 200, PageState.BLANK), Sheet(2, 0, 0, 0, PageState.FAILED, error="away")])
    assert (verdict.code, verdict.confidence, verdict.because) == ("other", 0.0, ("nothing_read",))


def test_plain_words_are_other() -> None:
    assert classify([drawn("今天下午三点在二楼开会", "请准时参加")]).code == "other"


@pytest.mark.parametrize(
    ("text", "found"),
    [("公民身份号码", True), ("公民身分号码", True), ("公民身体编码", False), ("x公民身份号", False), ("", False)],
)
def test_one_misread_character_in_a_phrase(text: str, found: bool) -> None:  # noqa: FBT001 - a table
    assert nearly_in(text, "公民身份号码") is found
