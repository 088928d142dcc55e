"""What people type, and what it means."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import Invalid
from indexes.analysis import terms
from indexes.language import parse
from indexes.query import And, Everything, Field, Holds, Is, Node, Not, Note, Nothing, Or, Phrase, Years, leaves


def p(text: str) -> Phrase:
    return Phrase(terms(text))


A, B, C = p("甲"), p("乙"), p("丙")
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
        ("年:2023", Years(2023, 2023)),
        ("年：2020..2023年", Years(2020, 2023)),
        ("year:2020..", Years(2020, 9999)),
        ("year:..2020", Years(0, 2020)),
        ("客户:张三", CUSTOMER),
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


@given(st.text(st.sampled_from('甲乙1a ()（）"“”-~:：ANDORNOT与或非客户年\ud800\n'), max_size=80))
def test_nothing_typed_breaks_the_reader(text: str) -> None:
    with suppress(Invalid):
        assert 0 < leaves(parse(text).node) <= 64


@given(st.text(st.sampled_from("甲乙丙12ab,。()-+*"), min_size=1, max_size=30))
def test_a_quotation_is_one_phrase(text: str) -> None:
    words = terms(text)
    assert parse(f'"{text}"').node == (Phrase(words) if words else Nothing())
