from __future__ import annotations

from dataclasses import replace

import pytest

from archive.reasons import parsed
from tests.unit.workers.papers import drawn
from workers.filing import POLICY as USUAL
from workers.filing import FilingPolicy, decide_filing
from workers.sheets import Facts, FieldValue, Finding, Match, PageState, Sheet, Verdict

POLICY = FilingPolicy()
PAGE = drawn("收据", "今收到 上海东岸文化传播有限公司")
SURE = Verdict("receipt", 0.99, ("title:收据",))
FACTS = Facts({"amount": FieldValue("10.00", 0.9, 1), "name": FieldValue("上海东岸文化传播有限公司", 0.9, 1)})
MATCH = Match("dong", 0.95, ("name_same",))


def test_a_sure_paper_of_a_known_customer_is_filed_with_reasons() -> None:
    filing = decide_filing([PAGE], SURE, FACTS, MATCH, POLICY, ("folder",))
    assert filing.filed
    assert filing.folder_id == "folder"
    assert [parsed(why).code for why in filing.because] == ["type_sure", "customer_sure", "name_same", "folder_only"]


def test_without_an_open_folder_a_new_one_is_announced() -> None:
    filing = decide_filing([PAGE], SURE, FACTS, MATCH, POLICY, ())
    assert filing.filed
    assert filing.folder_id is None
    assert filing.because[-1] == "folder_new"


FAILED = Sheet(2, 0, 0, 0, PageState.FAILED, error="away")
BLANK = Sheet(2, 100, 100, 200, PageState.BLANK)


@pytest.mark.parametrize(
    ("sheets", "verdict", "facts", "match", "policy", "folders", "code"),
    [
        ([PAGE, FAILED], SURE, FACTS, MATCH, POLICY, (), "page_failed"),
        ([PAGE, BLANK], SURE, FACTS, MATCH, POLICY, (), "page_blank"),
        ([BLANK], SURE, FACTS, MATCH, POLICY, (), "nothing_read"),
        ([replace(PAGE, confidence=0.5)], SURE, FACTS, MATCH, POLICY, (), "page_unsure"),
        ([PAGE], replace(SURE, confidence=0.7), FACTS, MATCH, POLICY, (), "type_uncertain"),
        ([PAGE], Verdict("other", 0.99), FACTS, MATCH, POLICY, (), "type_other"),
        ([PAGE], SURE, Facts(FACTS.fields, ("amount_disagrees:amount",)), MATCH, POLICY, (), "amount_disagrees"),
        ([PAGE], SURE, Facts(FACTS.fields, ("id_check_digit:id_no",)), MATCH, POLICY, (), "id_check_digit"),
        ([PAGE], SURE, Facts({}), MATCH, POLICY, (), "field_missing"),
        ([PAGE], SURE, FACTS, replace(MATCH, confidence=0.6), POLICY, (), "customer_uncertain"),
        ([PAGE], SURE, FACTS, Match(None, 0.0, ("customer_unknown:甲",), "甲"), POLICY, (), "customer_unknown"),
        ([PAGE], SURE, FACTS, Match(None, 0.0), POLICY, (), "customer_not_named"),
        ([PAGE], SURE, FACTS, MATCH, POLICY, ("one", "two"), "folder_ambiguous"),
        (
            [replace(PAGE, findings=(Finding("cut_off"),))],
            SURE, FACTS, MATCH, FilingPolicy(blocking_findings=frozenset(("cut_off",))), (), "page_finding",
        ),
        (
            [PAGE], SURE, Facts({**FACTS.fields, "name": FieldValue("上海", 0.2, 1)}), MATCH, POLICY, (),
            "low_confidence",
        ),
    ],
)  # fmt: skip
def test_each_doubt_waits_for_a_person(  # noqa: PLR0917 - a table
    sheets: list[Sheet],
    verdict: Verdict,
    facts: Facts,
    match: Match,
    policy: FilingPolicy,
    folders: tuple[str, ...],
    code: str,
) -> None:
    filing = decide_filing(sheets, verdict, facts, match, policy, folders)
    assert not filing.filed
    assert code in [parsed(why).code for why in filing.review]


def test_blank_backs_pass_where_the_policy_lets_them() -> None:
    assert decide_filing([PAGE, BLANK], SURE, FACTS, MATCH, FilingPolicy(blank_pages_wait=False), ()).filed


@pytest.mark.parametrize("code", ["truncated", "file_repaired"])
def test_a_paper_of_which_something_is_lost_waits_and_says_so(code: str) -> None:
    lost = replace(PAGE, findings=(Finding(code, "", "10.5.1"),))
    filing = decide_filing([lost], SURE, FACTS, MATCH, USUAL, ("folder",))
    assert [parsed(why).code for why in filing.review] == [code]


def test_a_failed_page_is_named_by_its_number() -> None:
    filing = decide_filing([PAGE, FAILED], SURE, FACTS, MATCH, USUAL, ("folder",))
    assert filing.review == ("page_failed:2",)
