"""A small sample of drawn papers, read as well as measured (`python -m tests.bench.papers_unseen` has the figures)."""

from __future__ import annotations

import random
import re

import pytest

from tests.bench.papers_unseen import Score, read_all, score
from tests.drawn.papers.cast import dice_of
from tests.drawn.papers.paper import Paper, papers
from tests.drawn.papers.reading import BAD, CLEAN, USUAL
from tests.drawn.papers.setting import LOOKS, drawn
from tests.drawn.papers.wordings import HELD_OUT, TUNED, UNSEEN, wordings

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


@pytest.mark.parametrize("name", list(LOOKS))
def test_a_paper_is_set_with_all_that_is_true_of_it(name: str) -> None:
    wanted = [one for one in papers(UNSEEN[0], 5, 65) if one.wording.look == name][:3]
    assert wanted
    for paper in wanted:
        pages = drawn(paper, dice_of(paper.wording.family), 40)
        printed = re.sub(r"\s", "", "".join(line for page in pages for line in page.lines))
        numbers = [paper.fields[field] for field in ("id_no", "uscc", "invoice_no") if field in paper.fields]
        assert all(re.sub(r"\s", "", number) in printed for number in numbers)
