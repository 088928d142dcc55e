"""Answers by document over streams of pages, however the pages of a document are strewn."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexes.embedded import TantivyEngine
from indexes.grouping import Group, by_document
from indexes.language import parse
from indexes.port import Answer, Batch, Hit, SearchOrder, Sort
from tests.contract.search_places import walked
from tests.contract.search_samples import ALL, batch, drawn_batches


def engine_of(folder: Path, batches: list[Batch]) -> TantivyEngine:
    engine = TantivyEngine(folder / "index", writer=True)
    engine.replace(batches)
    return engine


def groups_of(engine: TantivyEngine, query: str, size: int, sort: Sort) -> list[Group]:
    """All documents, cursor by cursor."""
    found: list[Group] = []
    order = SearchOrder(parse(query).node, sort=sort, size=size)
    while True:
        answer, groups = by_document(lambda each: engine.search(each, ALL, frozenset()), order)
        assert len(groups) <= size
        found += groups
        if not answer.cursor:
            return found
        assert groups
        order = SearchOrder(order.query, sort=sort, size=size, cursor=answer.cursor)


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("query", ["", "合 OR 同 OR 租", "合 同", "文种:合同"])
def test_every_document_stands_once_where_its_first_page_stands(tmp_path: Path, query: str, sort: Sort) -> None:
    engine = engine_of(tmp_path, drawn_batches(5, 70))
    pages = walked(engine, query, sort=sort)
    found = groups_of(engine, query, 7, sort)
    assert [group.pages[0].document_id for group in found] == list(dict.fromkeys(hit.document_id for hit in pages))
    for group in found:
        own = [hit for hit in pages if hit.document_id == group.pages[0].document_id]
        assert (group.pages, group.total) == (tuple(own[:4]), len(own))


def test_a_long_document_stands_once_and_hides_none_behind_it(tmp_path: Path) -> None:
    long = batch("long", *["合同"] * 250)
    engine = engine_of(tmp_path, [long, batch("other", "合同"), batch("third", "无关", "合同")])
    found = groups_of(engine, "合同", 1, Sort.NEWEST)
    assert {(group.pages[0].document_id, group.total) for group in found} == {("long", 250), ("other", 1), ("third", 1)}


def test_facets_and_totals_are_of_the_whole_answer(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, [batch(f"doc-{n}", "合同", "合同") for n in range(9)])
    order = SearchOrder(parse("合同").node, size=2, documents=True)
    answer: Answer = by_document(lambda each: engine.search(each, ALL, frozenset()), order)[0]
    assert (answer.total, answer.documents) == (18, 9)
    assert Hit("doc-0", 1) in set(walked(engine, "合同"))
