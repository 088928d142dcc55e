"""Both engines answer what a plain scan of the text finds: nothing less, nothing else, for whatever is asked."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.access import ReadableScope
from archive.rights import Confidentiality
from indexes.analysis import terms
from indexes.language import parse
from indexes.port import Batch, SearchEngine
from indexes.query import And, Between, Everything, Field, Holds, Is, Node, Not, Nothing, Number, Or, Phrase, Sounds
from tests.contract.search_papers import library as papers
from tests.contract.search_places import ENGINES, asked, installation, walked
from tests.contract.search_samples import HAN, OTHER, drawn_batches, oracle, scope
from tests.contract.search_scan import TYPED_FILTERS, Scan, boolean, substring

BATCHES = drawn_batches(11, 120)
TEXTS = [page.text for batch in BATCHES for page in batch.entries if terms(page.text)]


@dataclass
class Library:
    engine: SearchEngine
    batches: list[Batch]


@pytest.fixture(scope="module", params=ENGINES)
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder: Path = tmp_path_factory.mktemp("library") / "index"
    with installation(request.param, folder) as place:
        place.opened[0].replace(BATCHES)
        yield Library(place.opened[0], BATCHES)


@st.composite
def pieces(draw: st.DrawFn, longest: int = 12) -> str:
    """A piece of some page, across punctuation, digits and line ends; now and then of none."""
    if draw(st.integers(0, 5)) == 0:
        return draw(st.text(HAN + OTHER, min_size=1, max_size=4))
    text = draw(st.sampled_from(TEXTS))
    start = draw(st.integers(0, len(text) - 1))
    return text[start : start + draw(st.integers(1, longest))]


def phrases(near: st.SearchStrategy[bool]) -> st.SearchStrategy[Node]:
    return st.builds(lambda text, near: Phrase(terms(text), near=near) if terms(text) else Nothing(), pieces(), near)


FILTERS: st.SearchStrategy[Node] = st.one_of(
    st.builds(Is, st.just(Field.TYPE), st.sampled_from(["contract", "invoice", "no such"])),
    st.builds(Is, st.just(Field.CUSTOMER), st.sampled_from(["c-1", "c-2"])),
    st.builds(Is, st.just(Field.CLASS), st.sampled_from(["HT-GEN", "ID-GEN"])),
    st.builds(Holds, st.just(Field.CUSTOMER), st.sampled_from([terms("物业"), terms("公司"), terms("乙")])),
    st.builds(Holds, st.just(Field.CODE), st.sampled_from([terms("A001"), terms("026-00"), terms("7")])),
    st.builds(Between, st.just(Field.YEAR), st.integers(2018, 2025), st.integers(2018, 2025)),
    st.builds(Between, st.just(Field.AMOUNT), st.sampled_from([0, 99, 100]), st.sampled_from([98, 99, 250_000_00])),
    st.builds(Between, st.just(Field.DATE), st.integers(737425, 737470), st.integers(737425, 737470)),
    st.builds(Holds, st.sampled_from([Field.CONTRACT, Field.TITLE]), st.sampled_from([terms("HT-00"), terms("合")])),
    st.builds(Sounds, st.sampled_from(["jfw", "fang", "yi", "fwy", "jiafangwuyes"])),
    st.builds(Number, st.sampled_from([terms("1" * 11), terms("20")])),
    st.just(Everything()),
)

TREES: st.SearchStrategy[Node] = st.recursive(
    phrases(st.just(value=False)) | FILTERS,
    lambda parts: (
        st.builds(lambda some: And(tuple(some)), st.lists(parts, min_size=1, max_size=3))
        | st.builds(lambda some: Or(tuple(some)), st.lists(parts, min_size=1, max_size=3))
        | st.builds(Not, parts)
    ),
    max_leaves=6,
)

SCOPES: st.SearchStrategy[ReadableScope] = st.builds(
    lambda everywhere, departments, clearance, folders, documents, own, unmasked: scope(
        everywhere=everywhere,
        departments=departments,
        clearance=clearance,
        folders=folders,
        documents=documents,
        own_unfiled=own,
        unmasked=unmasked,
        unmasked_folders=folders,
        unmasked_documents=documents,
    ),
    st.booleans(),
    st.sets(st.sampled_from(["sales", "finance", "records"])),
    st.sampled_from(Confidentiality),
    st.sets(st.sampled_from(["folder-1", "folder-2", "nowhere"])),
    st.sets(st.sampled_from([batch.document_id for batch in BATCHES]), max_size=3),
    st.booleans(),
    st.booleans(),
)

QUIET = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow], derandomize=True, database=None
)


@QUIET
@given(piece=pieces())
def test_every_substring_is_found_on_the_pages_that_have_it(library: Library, piece: str) -> None:
    words = terms(piece)
    if words:
        assert set(walked(library.engine, Phrase(words))) == oracle(library.batches, Phrase(words))


@QUIET
@given(node=TREES, reader=SCOPES)
def test_every_query_means_what_the_oracle_says(library: Library, node: Node, reader: ReadableScope) -> None:
    expected = oracle(library.batches, node, reader)
    assert set(walked(library.engine, node, reader)) == expected
    answer = asked(library.engine, node, reader, documents=True)
    assert (answer.total, answer.documents) == (len(expected), len({hit.document_id for hit in expected}))


@settings(QUIET, max_examples=50)
@given(node=phrases(st.just(value=True)))
def test_a_near_phrase_is_one_with_one_token_wrong_missing_or_too_many(library: Library, node: Node) -> None:
    assert set(walked(library.engine, node)) == oracle(library.batches, node)


def test_pieces_and_trees_as_they_are_typed_find_what_a_plain_scan_finds(library: Library) -> None:
    """A sample of what `python -m tests.bench --only exactness` does in full."""
    rng = random.Random(3)  # noqa: S311 - samples
    batches = list(papers(80))
    scan = Scan(batches)
    library.engine.replace(batches)
    readers = [
        scope(departments=["d0"], clearance=Confidentiality.INTERNAL),
        scope(departments=["d1", "d2"], folders=["f3"]),
    ]
    drawn = [(substring(rng, rng.choice(scan.pages)), scope(departments=["d0", "d1", "d2"])) for _ in range(100)]
    drawn += [(boolean(rng, scan.pages, TYPED_FILTERS), rng.choice(readers)) for _ in range(60)]
    for typed, reader in drawn:
        expected = scan.hits(typed.means, reader)
        assert typed.source is None or typed.source in expected, typed.text
        assert set(walked(library.engine, parse(typed.text).node, reader)) == expected, typed.text
    for batch in batches:
        library.engine.remove(batch.document_id, 1)


def test_both_engines_rank_alike(tmp_path: Path) -> None:
    orders = []
    for name in ENGINES:
        with installation(name, tmp_path / "index") as place:
            place.opened[0].replace(BATCHES)
            queries = ["合同", "租 合 同", "合 OR 年 -月", "物业管理~", "客户:物业 合", "A OR B OR 12", ""]
            orders.append([walked(place.opened[0], query, size=9) for query in queries])
    assert orders[0] == orders[1]
