"""A small sample of drawn papers, read as well as measured (`python -m tests.bench.papers_unseen` has the figures)."""

from __future__ import annotations

import random
import re
from datetime import date
from functools import cache

import pytest

from archive.han import simplified
from tests.bench.papers_unseen import Score, read_all, score, usual_count
from tests.drawn.papers import styles
from tests.drawn.papers.cast import dice_of
from tests.drawn.papers.paper import Paper, papers
from tests.drawn.papers.reading import BAD, CLEAN, USUAL
from tests.drawn.papers.setting import LOOKS, drawn
from tests.drawn.papers.styles import DATE_STYLES
from tests.drawn.papers.wordings import BLIND, HELD_OUT, TUNED, UNSEEN, wordings

PAPERS = 260


@pytest.fixture(scope="module")
def usual() -> Score:
    """What is made of papers read as engines usually read."""
    return score(read_all(TUNED, 7, PAPERS, USUAL))


def test_what_was_read_without_a_mistake_is_understood() -> None:
    total = score(read_all(TUNED, 8, PAPERS, CLEAN))
    assert total.types[False] <= 1, total.misses
    assert total.fields[True] / total.fields.total() >= 0.99, total.misses


def test_types_and_fields_survive_the_usual_mistakes_of_recognition(usual: Score) -> None:
    assert usual.types[True] / usual.types.total() >= 0.98, usual.misses
    assert usual.fields[True] / usual.fields.total() >= 0.95, usual.misses


def test_nothing_is_filed_wrongly_and_unknown_customers_wait(usual: Score) -> None:
    bad = score(read_all(TUNED, 9, PAPERS, BAD))
    assert usual.filed_wrong + bad.filed_wrong == 0, [*usual.misses, *bad.misses]
    assert usual.unknown_filed + bad.unknown_filed == 0


def test_most_papers_of_known_customers_need_no_person(usual: Score) -> None:
    assert usual.known_filed / usual.known >= 0.8, usual.misses


def test_every_type_is_drawn_in_wordings_of_both_halves() -> None:
    halves = {half: {one.kind for one in wordings() if one.half == half} for half in (TUNED, HELD_OUT)}
    assert halves[TUNED] == halves[HELD_OUT]
    assert len(halves[TUNED]) == 17


def test_the_same_seed_draws_the_same_papers_and_the_halves_share_no_wording() -> None:
    one, again = (list(papers(TUNED, 3, 40)) for _ in range(2))
    assert [paper.pages for paper in one] == [paper.pages for paper in again]
    assert not _families(one) & _families(list(papers(HELD_OUT, 3, 40)))


def _families(drawn: list[Paper]) -> set[tuple[str, str]]:
    return {(paper.wording.kind, paper.wording.family) for paper in drawn}


def test_the_truth_about_a_paper_stands_on_it() -> None:
    dice = dice_of("truth")
    for paper in random.Random(1).sample(list(papers(TUNED, 4, 60)), 20):  # noqa: S311 - a sample of drawn papers
        said = "".join(row.replace(" ", "") for page in paper.pages for row in page)
        row = paper.truth(f"{dice.random()}.pdf")
        assert row["kind"] == paper.wording.kind
        assert all(paper.fields[name].replace(" ", "") in said for name in ("cert_no",) if name in paper.fields)


@pytest.mark.parametrize("name", sorted({one.look for one in wordings() if one.half in UNSEEN}))
def test_a_paper_is_set_with_all_that_is_true_of_it(name: str) -> None:
    assert name in LOOKS
    wanted = [one for one in _unseen() if one.wording.look == name][:3]
    assert wanted
    for paper in wanted:
        printed = _printed(paper)
        numbers = [paper.fields[field] for field in ("id_no", "uscc", "invoice_no") if field in paper.fields]
        assert all(re.sub(r"\s", "", number) in printed for number in numbers)


@pytest.mark.parametrize("half", sorted({one.half for one in wordings()} & set(BLIND)))
def test_every_field_of_a_blind_paper_stands_on_it(half: str) -> None:
    for paper in papers(half, 6, usual_count(half) // 3):
        printed = simplified(_printed(paper))
        for field, value in paper.fields.items():
            ways = [re.sub(r"\s", "", way) for way in _ways(field, value)]
            assert any(simplified(way) in printed for way in ways), (paper.wording.family, field, value)


@cache
def _unseen() -> list[Paper]:
    return [one for half in UNSEEN for one in papers(half, 5, 65)]


def _printed(paper: Paper) -> str:
    pages = drawn(paper, dice_of(paper.wording.family), 40)
    return re.sub(r"\s", "", "".join(line for page in pages for line in page.lines))


def _ways(field: str, value: str) -> list[str]:
    """How a field's value may stand on paper."""
    if field in ("founded", "signed", "issued", "expires"):
        dates = [styles.dated(date.fromisoformat(value), style) for style in range(DATE_STYLES + 5)]
        return ["长期"] if value == "9999-12-31" else dates
    if field != "amount":
        return [value]
    yuan = float(value)
    figures = [f"{yuan:,.2f}", f"{yuan:.2f}", f"{yuan:,.0f}元", f"{yuan / 10000:.0f}万元"]
    return [*figures, styles.capitals(value), styles.capitals(value).replace("元", "圆")]
