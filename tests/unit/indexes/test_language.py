"""What people type, and what it means."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import Invalid
from indexes.analysis import terms
from indexes.language import parse
from indexes.query import (
    And,
    Between,
    Everything,
    Field,
    Holds,
    Is,
    Node,
    Not,
    Note,
    Nothing,
    Number,
    Or,
    Phrase,
    Sounds,
    leaves,
)
from indexes.values import LAST


def p(text: str) -> Phrase:
    return Phrase(terms(text))


A, B, C = p("甲"), p("乙"), p("丙")
ID_NUMBER = Number(terms("11010519900307002X"))


def days(first: date, last: date) -> Between:
    return Between(Field.DATE, first.toordinal(), last.toordinal())


CUSTOMER = Or((Is(Field.CUSTOMER, "张三"), Holds(Field.CUSTOMER, terms("张三"))))


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("", Everything()),
        (" 　\n", Everything()),
        ("合同", p("合同")),
        ("甲 乙", And((A, B))),
        ("甲　乙", And((A, B))),
        ('"甲 乙"', p("甲 乙")),
        ("“甲 乙” 丙", And((p("甲乙"), C))),
        ('"12 34"', p("12 34")),
        ("甲 AND 乙", And((A, B))),
        ("甲 与 乙", And((A, B))),
        ("甲 OR 乙 丙", Or((A, And((B, C))))),
        ("甲 或 乙", Or((A, B))),
        ("甲 NOT 乙", And((A, Not(B)))),
        ("甲 非 乙", And((A, Not(B)))),
        ("甲 -乙", And((A, Not(B)))),
        ("-(甲 乙)", Not(And((A, B)))),
        ("(甲 OR 乙) 丙", And((Or((A, B)), C))),
        ("（甲 或 （乙 丙））", Or((A, And((B, C))))),
        ("and 甲", And((p("and"), A))),
        ("(2024)租字第049号", p("2024租字第049号")),
        ("粤(2020)不动产权", p("粤2020不动产权")),
        ("((2024)号)", p("2024号")),
        ("HT-2009-3388", p("HT20093388")),
        ("合同编号：HT-2009", p("合同编号HT2009")),
        ("文种:合同", Is(Field.TYPE, "contract")),
        ("type:invoice", Is(Field.TYPE, "invoice")),
        ("类:ht-gen", Is(Field.CLASS, "HT-GEN")),
        ("年:2023", Between(Field.YEAR, 2023, 2023)),
        ("年：2020..2023年", Between(Field.YEAR, 2020, 2023)),
        ("year:2020..", Between(Field.YEAR, 2020, 9999)),
        ("year:..2020", Between(Field.YEAR, 0, 2020)),
        ("客户:张三", CUSTOMER),
        ("客户:zgrs", Or((Is(Field.CUSTOMER, "zgrs"), Holds(Field.CUSTOMER, terms("zgrs")), Sounds("zgrs")))),
        ("客户：Lü", Or((Is(Field.CUSTOMER, "Lü"), Holds(Field.CUSTOMER, terms("Lü")), Sounds("lv")))),
        ("合同号:HT-2009", Holds(Field.CONTRACT, terms("ht2009"))),
        ("题名:租赁", Holds(Field.TITLE, terms("租赁"))),
        ("密级:秘密", Is(Field.CONFIDENTIALITY, "confidential")),
        ("金额:>100000", Between(Field.AMOUNT, 10_000_001, LAST)),
        ("金额:≥10万", Between(Field.AMOUNT, 10_000_000, LAST)),
        ("金额：＜=¥1,234.50元", Between(Field.AMOUNT, 0, 123_450)),
        ("金额:<1", Between(Field.AMOUNT, 0, 99)),
        ("金额:100..2000", Between(Field.AMOUNT, 10_000, 200_000)),
        ("金额:88.5", Between(Field.AMOUNT, 8850, 8850)),
        ("日期:2023..2024", days(date(2023, 1, 1), date(2024, 12, 31))),
        ("日期:2024-02", days(date(2024, 2, 1), date(2024, 2, 29))),
        ("date:2023年5月1日", days(date(2023, 5, 1), date(2023, 5, 1))),
        ("日期:2023.05.01…2023.06.01", days(date(2023, 5, 1), date(2023, 6, 1))),
        ("日期:..2020", Between(Field.DATE, 0, date(2020, 12, 31).toordinal())),
        ("日期:>2020-06-30", Between(Field.DATE, date(2020, 7, 1).toordinal(), LAST)),
        ("日期:2024..2023", days(date(2024, 1, 1), date(2023, 12, 31))),
        ("11010519900307002X", ID_NUMBER),
        ("110105-19900307-002x", ID_NUMBER),
        ("110105 19900307 002X", ID_NUMBER),
        ('"110105 1990 0307 002X" 合同', And((ID_NUMBER, p("合同")))),
        ("138 0013 8000", Number(terms("13800138000"))),
        ("6222 0213 0400 1234 567", Number(terms("6222021304001234567"))),
        ("20230101 20240101", And((p("20230101"), p("20240101")))),
        ("110105 19901307 002X", And((p("110105"), p("19901307"), p("002X")))),
        ('客户:"张三"', CUSTOMER),
        ("档号:A001-HT", Holds(Field.CODE, terms("a001ht"))),
        ("-文种:合同 甲", And((Not(Is(Field.TYPE, "contract")), A))),
    ],
)
def test_a_query_means(text: str, node: Node) -> None:
    assert parse(text).node == node
    assert Note.UNBALANCED not in parse(text).notes


@pytest.mark.parametrize(
    ("text", "node", "note"),
    [
        ('"甲', A, Note.UNBALANCED),
        ("(甲", A, Note.UNBALANCED),
        ("甲)", A, Note.UNBALANCED),
        ("甲 “乙", And((A, B)), Note.UNBALANCED),
        ("???", Nothing(), Note.NOTHING_COUNTS),
        ('""', Nothing(), Note.NOTHING_COUNTS),
        ("()", Nothing(), Note.NOTHING_COUNTS),
        ("* -", Nothing(), Note.NOTHING_COUNTS),
        ("acl:甲", p("acl甲"), Note.UNKNOWN_FIELD),
        ("_source:甲", p("source甲"), None),
        ("年:abc", p("年abc"), None),
        ("日期:2023-02-31", Nothing(), Note.NO_SUCH_DATE),
        ("日期:0000", Nothing(), Note.NO_SUCH_DATE),
        ("日期:2023-13 甲", And((Nothing(), A)), Note.NO_SUCH_DATE),
        ("日期:明天", p("日期明天"), None),
        ("金额:>很多", p("金额很多"), None),
        ("金额:..", p("金额"), None),
        ("金额:>1..2", p("金额12"), None),
        ("年:2020..2x", p("年20202x"), None),
        ("OR", p("or"), None),
        ("甲 与", And((A, p("与"))), None),
        ("NOT", p("not"), None),
        ("甲 OR OR 乙", Or((And((A, p("or"))), B)), None),
        ("甲 OR ???", A, None),
        ("甲 -", A, None),
        ("' OR 1=1 --", p("1=1"), None),
        ("%_", Nothing(), Note.NOTHING_COUNTS),
        ("(a+)+$", p("a"), None),
        ("\ud800甲", A, None),
        ("甲\x00乙\u202e", p("甲乙"), None),
    ],
)
def test_what_is_out_of_place_is_plain_text(text: str, node: Node, note: Note | None) -> None:
    assert parse(text).node == node
    assert note is None or note in parse(text).notes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("甲" * 1001, "query_too_long"),
        (" OR ".join(["甲"] * 65), "query_too_wide"),
        ("(" * 21 + "甲" + ")" * 21, "query_too_deep"),
        ("-" * 21 + "甲", "query_too_deep"),
        ("(" * 499 + "甲" + ")" * 499, "query_too_deep"),
    ],
)
def test_a_query_beyond_its_bounds_is_refused(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(text)
    assert refused.value.code == code


def test_a_tilde_or_the_switch_makes_phrases_near() -> None:
    assert parse("租赁合同~ 甲").node == And((Phrase(terms("租赁合同"), near=True), A))
    assert parse('"租赁 合同"~').node == Phrase(terms("租赁合同"), near=True)
    assert parse("租赁合同", fuzzy=True).node == Phrase(terms("租赁合同"), near=True)
    digits = terms("11010519900307002X")
    assert parse("11010519900307002X~").node == Or((Number(digits), Phrase(digits, near=True)))


@given(st.text(st.sampled_from('甲乙1a ()（）"“”-~:：ANDORNOT与或非客户年\ud800\n'), max_size=80))
def test_nothing_typed_breaks_the_reader(text: str) -> None:
    with suppress(Invalid):
        assert 0 < leaves(parse(text).node) <= 64


@given(st.text(st.sampled_from("甲乙丙12ab,。()-+*"), min_size=1, max_size=10))
def test_a_quotation_is_one_phrase(text: str) -> None:
    words = terms(text)
    assert parse(f'"{text}"').node == (Phrase(words) if words else Nothing())
