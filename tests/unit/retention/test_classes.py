"""Classes: the seed is sound, floors and ceilings hold, the class of a document has one rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archive.documents import DOCUMENT_TYPES
from archive.errors import Invalid
from retention.classes import check_terms, effective_class
from retention.seed import OWN_CLASS, PROPOSED_FOR, SEED
from retention.terms import Action, Event, StartRule, Terms

GOOD = Terms("CT-X", "title", 10, (Event.MADE,), StartRule.EVENT_DATE, Action.REVIEW, "basis", floor_years=10)

CODES = {
    "CT-MAJOR", "CT-GEN", "CT-EC", "CT-GOV", "ID-FIN", "TX-FIN", "ID-GEN", "LIC-CUST", "LIC-OWN", "CERT", "CR-NEG",
    "CR-FILE", "AC-VCH", "AC-RPT", "AC-ANN", "AC-HND", "AC-FA", "TAX", "PI-GOV", "SYS-LOG", "RM-EVID",
}  # fmt: skip


def test_the_seed_has_every_code_once_and_contradicts_nothing() -> None:
    codes = [terms.code for terms in SEED]
    assert set(codes) >= CODES
    assert len(codes) == len(set(codes))
    for terms in SEED:
        check_terms(terms, terms.floor_years)


def test_every_document_type_has_a_class_in_the_seed() -> None:
    codes = {terms.code for terms in SEED}
    assert set(PROPOSED_FOR) == set(DOCUMENT_TYPES)
    assert {*PROPOSED_FOR.values(), *OWN_CLASS.values()} <= codes


@pytest.mark.parametrize(
    ("terms", "floor"),
    [
        (replace(GOOD, period_years=9), None),
        (replace(GOOD, period_years=9, floor_years=None), 10),
        (replace(GOOD, floor_years=5), 10),
        (replace(GOOD, period_years=0), None),
        (replace(GOOD, period_years=-1, floor_years=None), None),
        (replace(GOOD, period_years=1_000_000), None),
        (replace(GOOD, period_years=None), None),
        (replace(GOOD, action=Action.PERMANENT), None),
        (replace(GOOD, ceiling_years=5), None),
        (replace(GOOD, period_years=None, action=Action.PERMANENT, ceiling_years=50), None),
        (replace(GOOD, events=()), None),
        (replace(GOOD, events=(Event.MADE, Event.MADE)), None),
        (replace(GOOD, code="ct gen"), None),
        (replace(GOOD, code="X" * 21), None),
        (replace(GOOD, title=" "), None),
        (replace(GOOD, basis=""), None),
    ],
)
def test_a_class_that_contradicts_itself_or_the_law_is_refused(terms: Terms, floor: int | None) -> None:
    with pytest.raises(Invalid):
        check_terms(terms, floor)


def test_longer_than_the_floor_is_always_allowed() -> None:
    check_terms(replace(GOOD, period_years=30), 10)
    check_terms(replace(GOOD, period_years=None, action=Action.PERMANENT), 10)


@pytest.mark.parametrize(
    ("document_type", "folder_class", "expected"),
    [
        ("contract", "LIFE-5", ("LIFE-5", "folder")),
        ("id_card", "CT-GEN", ("ID-GEN", "type")),
        ("id_card", "", ("ID-GEN", "type")),
        ("invoice", "", ("AC-VCH", "proposal")),
        ("other", "", ("CT-GEN", "proposal")),
    ],
)
def test_the_class_of_a_document_has_one_rule(document_type: str, folder_class: str, expected: tuple[str, str]) -> None:
    assert effective_class(document_type, folder_class) == expected
