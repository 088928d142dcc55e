"""The search port's promises, one test each, over tantivy and OpenSearch."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from archive.access import ReadableScope
from archive.errors import Away, Invalid, Unavailable
from archive.rights import Confidentiality
from indexes import port
from indexes.port import Batch, Facet, Hit, SearchEngine, Sort, State
from indexes.query import Everything
from tests.contract.search_places import ENGINES, Installation, asked, installation, walked
from tests.contract.search_samples import batch, drawn_batches, entry, lets_through, oracle, scope

EVERY_FACET = frozenset(Facet)


@pytest.fixture(params=ENGINES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    with installation(request.param, tmp_path / "index") as place:
        yield place


@pytest.fixture
def engine(place: Installation) -> SearchEngine:
    return place.opened[0]


# Writing


def test_replace_puts_all_pages_of_a_document_in_the_place_of_what_was_there(engine: SearchEngine) -> None:
    engine.replace([batch("a", "租赁合同", "第二页", "第三页")])
    engine.replace([batch("a", "买卖合同", version=2)])
    assert asked(engine, "租赁").total == asked(engine, "第三页").total == 0
    assert asked(engine, "").total == asked(engine, "买卖").total == 1


def test_an_older_write_never_overwrites_a_newer_one(engine: SearchEngine) -> None:
    assert engine.replace([batch("a", "新的", version=5)]) == {"a"}
    assert engine.replace([batch("a", "旧的", "旧的", version=4), batch("b", "别的")]) == {"b"}
    assert asked(engine, "旧的").total == 0
    assert asked(engine, "新的").total == 1


def test_the_same_version_may_be_written_again(engine: SearchEngine) -> None:
    for _ in range(2):
        assert engine.replace([batch("a", "合同", version=3)]) == {"a"}
    assert asked(engine, "合同").total == 1


def test_a_document_without_pages_is_known_and_not_found(engine: SearchEngine) -> None:
    engine.replace([Batch("a", 2)])
    assert list(engine.versions()) == [("a", 2)]
    assert asked(engine, "").total == 0


def test_remove_takes_out_and_is_not_undone_by_an_older_write(engine: SearchEngine) -> None:
    engine.replace([batch("a", "合同", version=2)])
    assert engine.remove("a", 1) is False
    assert asked(engine, "合同").total == 1
    assert engine.remove("a", 3) is True
    assert engine.replace([batch("a", "合同", version=2)]) == frozenset()
    assert asked(engine, "合同").total == 0
    assert list(engine.versions()) == []


def test_another_process_finds_what_was_written(place: Installation) -> None:
    reader = place.open(writer=False)
    assert asked(reader, "合同").total == 0
    place.opened[0].replace([batch("a", "合同")])
    assert asked(reader, "合同").total == 1


def test_writers_at_once_lose_nothing(place: Installation) -> None:
    engines = [place.open(writer=True) for _ in range(3)]

    def write(number: int) -> None:
        for step in range(4):
            engines[number].replace([batch(f"doc-{number}-{step}", "合同"), batch("shared", "合同", version=step + 1)])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked(place.opened[0], "合同").total == 13
    assert dict(place.opened[0].versions())["shared"] == 4


# Searching


READERS = {
    "nobody": scope(),
    "own department": scope(departments=["sales"]),
    "own department up to internal": scope(departments=["sales"], clearance=Confidentiality.INTERNAL),
    "two departments": scope(departments=["sales", "finance"], clearance=Confidentiality.CONFIDENTIAL),
    "everywhere up to public": scope(everywhere=True, clearance=Confidentiality.PUBLIC),
    "everywhere": scope(everywhere=True),
    "a folder, never above the clearance": scope(folders=["folder-1"], clearance=Confidentiality.INTERNAL),
    "a document, whatever its level": scope(documents=["doc-00003", "doc-00007"], clearance=Confidentiality.PUBLIC),
    "own until filed": scope(own_unfiled=True, clearance=Confidentiality.PUBLIC),
    "all of it": scope(departments=["records"], folders=["folder-2"], documents=["doc-00001"], own_unfiled=True),
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_only_what_the_scope_lets_through_is_found_and_counted(engine: SearchEngine, reader: ReadableScope) -> None:
    batches = drawn_batches(3, 60)
    engine.replace(batches)
    seen = [page for each in batches for page in each.entries if lets_through(reader, page)]
    answer = asked(engine, "", reader, facets=EVERY_FACET, documents=True)
    assert set(walked(engine, "", reader)) == {Hit(page.document_id, page.page) for page in seen}
    assert (answer.total, answer.documents) == (len(seen), len({page.document_id for page in seen}))
    assert dict(answer.facets[Facet.TYPE]) == Counter(page.document_type for page in seen)
    assert dict(answer.facets[Facet.YEAR]) == Counter(str(page.year) for page in seen if page.year)
    assert dict(answer.facets[Facet.CUSTOMER]) == Counter(page.customer for page in seen if page.customer)
    assert dict(answer.facets[Facet.DEPARTMENT]) == Counter(page.department for page in seen)


def test_a_number_that_is_hidden_from_the_reader_cannot_be_guessed_by_searching(engine: SearchEngine) -> None:
    text, shown = "身份证 110101199001011234 合同", "身份证 110           1234 合同"
    pages = [entry("a", text=text, shown=shown, folder="folder-1"), entry("a", 2, text="合同")]
    engine.replace([Batch("a", 1, pages)])
    most = scope(everywhere=True, unmasked=False)
    granted = scope(everywhere=True, unmasked=False, unmasked_folders=["folder-1"])
    for guess in ("1101", "19900101", "110101199001011234", "文种:x OR 9001", "19900101~"):
        assert asked(engine, guess, most).total == 0, guess
    assert asked(engine, "-19900101", most).total == 2
    assert asked(engine, "合同", most).total == 2
    assert asked(engine, "1234", most).total == 1
    assert asked(engine, "19900101", granted).total == asked(engine, "19900101").total == 1


def test_documents_are_counted_when_asked_for_and_up_to_a_bound(
    engine: SearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.replace([batch("a", "合同", "合同", year=2020), batch("b", "合同", title="合同", year=2021)])
    engine.replace([batch("c", "无关")])
    for size in (1, 2, 20):
        answer = asked(engine, "合同", size=size, documents=True)
        assert (answer.total, answer.documents) == (3, 2)
        assert (asked(engine, "合同", size=size).total, asked(engine, "合同", size=size).documents) == (3, None)
    monkeypatch.setattr(port, "MOST_COUNTED", 2)
    answer = asked(engine, "合同", facets=EVERY_FACET, documents=True)
    assert (answer.total, answer.documents) == (3, None)
    assert sum(count for _, count in answer.facets[Facet.YEAR]) == 3


def test_a_hidden_document_counts_nowhere(engine: SearchEngine) -> None:
    engine.replace([batch("a", "合同", document_type="contract"), batch("b", "合同", document_type="invoice")])
    answer = asked(engine, "合同", hidden=frozenset({"a", "never there"}), facets=EVERY_FACET, documents=True)
    assert (answer.total, answer.documents, answer.hits) == (1, 1, (Hit("b", 1),))
    assert answer.facets[Facet.TYPE] == (("invoice", 1),)


def test_facets_come_by_count_and_then_by_value(engine: SearchEngine) -> None:
    kinds = ["invoice", "contract", "other", "other"]
    engine.replace([batch(f"doc-{n}", "合同", document_type=kind) for n, kind in enumerate(kinds)])
    answer = asked(engine, "合同", facets=EVERY_FACET)
    assert answer.facets[Facet.TYPE] == (("other", 2), ("contract", 1), ("invoice", 1))


@pytest.mark.parametrize("sort", Sort)
def test_a_cursor_walks_every_hit_once_in_order(engine: SearchEngine, sort: Sort) -> None:
    batches = drawn_batches(4, 50)
    engine.replace(batches)
    whole = walked(engine, "合 OR 同 OR -合", sort=sort)
    assert len(whole) == sum(len(each.entries) for each in batches)
    assert set(whole) == oracle(batches, Everything())
    assert walked(engine, "合 OR 同 OR -合", size=7, sort=sort) == whole


def test_both_dates_order_the_answer_and_pages_stay_in_theirs(engine: SearchEngine) -> None:
    engine.replace([batch("old", "合同", "合同", sort_date=date(2001, 5, 1)), batch("new", "合同", "合同")])
    new, old = [Hit("new", 1), Hit("new", 2)], [Hit("old", 1), Hit("old", 2)]
    assert walked(engine, "合同", sort=Sort.NEWEST) == new + old
    assert walked(engine, "合同", sort=Sort.OLDEST) == old + new


def test_codes_order_the_answer_and_what_has_none_comes_last(engine: SearchEngine) -> None:
    codes = {"a": "A001-0002", "b": "", "c": "A001-0001"}
    engine.replace([batch(name, "合同", archival_code=code) for name, code in codes.items()])
    assert [hit.document_id for hit in walked(engine, "合同", sort=Sort.CODE, size=1)] == ["c", "a", "b"]


def test_relevance_puts_headlines_before_runs_before_the_rest_and_newer_first(engine: SearchEngine) -> None:
    engine.replace(
        [
            batch("scattered", "合同一份,已经租赁", sort_date=date(2024, 1, 1)),
            batch("together", "租赁合同", sort_date=date(2001, 1, 1)),
            batch("titled", "合同一份,已经租赁", title="租赁", sort_date=date(2000, 1, 1)),
            batch("older", "合同一份,已经租赁", sort_date=date(2002, 1, 1)),
        ]
    )
    order = [hit.document_id for hit in walked(engine, "租赁 合同", size=1)]
    assert order == ["titled", "together", "scattered", "older"]


def test_relevance_does_not_change_with_what_the_reader_may_not_see(engine: SearchEngine) -> None:
    engine.replace([batch("a", "合同合同租赁"), batch("b", "合同"), batch("c", "租赁合同")])
    reader = scope(departments=["sales"])
    before = walked(engine, "合同 OR 租赁", reader)
    engine.replace([batch(f"secret-{n}", "租赁" * 50, department="finance") for n in range(20)])
    assert walked(engine, "合同 OR 租赁", reader) == before


def test_near_phrases_come_behind_exact_ones(engine: SearchEngine) -> None:
    texts = {"exact": "租赁合同", "wrong": "租凭合同", "missing": "租合同", "extra": "租赁大合同", "other": "买卖合同"}
    engine.replace([batch(name, text) for name, text in texts.items()])
    hits = [hit.document_id for hit in walked(engine, "租赁合同~", size=1)]
    assert hits[0] == "exact"
    assert set(hits) == {"exact", "wrong", "missing", "extra"}


@pytest.mark.parametrize("size", [0, -1, 101, 10**9])
def test_a_size_out_of_bounds_is_refused(engine: SearchEngine, size: int) -> None:
    with pytest.raises(Invalid):
        asked(engine, "", size=size)


@pytest.mark.parametrize("cursor", ["x", "WzFd", "eyJhIjoxfQ", "W25hbl0", "null", "WzksIDEsIDFd", "\ud800"])
def test_a_cursor_that_is_none_is_refused(engine: SearchEngine, cursor: str) -> None:
    engine.replace([batch("a", "合同")])
    for sort in Sort:
        with pytest.raises(Invalid):
            asked(engine, "合同", cursor=cursor, sort=sort)


def test_a_cursor_goes_on_where_its_answer_ended_whatever_is_written_since(engine: SearchEngine) -> None:
    engine.replace([batch(f"doc-{n}", "合同", sort_date=date(2010, 1, n + 1)) for n in range(9)])
    first = asked(engine, "合同", size=4, sort=Sort.NEWEST)
    engine.replace([batch("newest", "合同", sort_date=date(2020, 1, 1)), batch("doc-8", "没有了", version=2)])
    second = asked(engine, "合同", size=100, sort=Sort.NEWEST, cursor=first.cursor)
    assert [hit.document_id for hit in second.hits] == [f"doc-{n}" for n in (4, 3, 2, 1, 0)]


# Purging


def test_a_purged_document_is_gone_and_comes_back_by_no_version(engine: SearchEngine) -> None:
    batches = [batch(f"doc-{n}", "租赁合同", "第二页") for n in range(6)]
    engine.replace(batches)
    engine.replace([batch("doc-4", "改过的合同", version=2)])
    while shared := engine.purge(["doc-1", "doc-2"]):
        assert not shared & {"doc-1", "doc-2"}
        assert not engine.absent("doc-1")
        versions = dict(engine.versions())
        engine.replace([batch(name, "再写的合同", version=versions[name]) for name in shared])
    assert engine.absent("doc-1")
    assert engine.absent("doc-2")
    assert not engine.absent("doc-3")
    assert engine.replace([batch("doc-1", "租赁合同", version=1000)]) == frozenset()
    assert {hit.document_id for hit in walked(engine, "合同")} == {"doc-0", "doc-3", "doc-4", "doc-5"}


def test_what_never_was_there_is_absent(engine: SearchEngine) -> None:
    engine.replace([batch("a", "合同")])
    assert engine.absent("b")


# Rebuilding


def test_a_rebuild_answers_nothing_until_swapped_and_takes_what_the_serving_index_takes(place: Installation) -> None:
    engine, reader = place.opened[0], place.open(writer=False)
    engine.replace([batch("a", "旧合同"), batch("gone", "旧合同")])
    rebuild = engine.begin_rebuild()
    rebuild.replace([batch("a", "新合同")])
    engine.replace([batch("b", "同时写的合同", version=7)])
    rebuild.replace([batch("b", "早先读的合同", version=6)])
    assert {hit.document_id for hit in walked(reader, "合同")} == {"a", "gone", "b"}
    rebuild.swap()
    assert {hit.document_id for hit in walked(reader, "合同")} == {"a", "b"}
    assert asked(reader, "新合同").total == asked(reader, "同时写的").total == 1
    assert dict(engine.versions()) == {"a": 1, "b": 7}


def test_a_rebuild_can_be_left_and_begun_again(engine: SearchEngine) -> None:
    engine.replace([batch("a", "合同")])
    first = engine.begin_rebuild()
    second = engine.begin_rebuild()
    with pytest.raises(Away):
        first.replace([batch("a", "合同")])
    second.abandon()
    assert asked(engine, "合同").total == 1


def test_what_was_removed_and_purged_stays_out_of_a_rebuilt_index(engine: SearchEngine) -> None:
    engine.replace([batch("a", "合同"), batch("b", "合同")])
    engine.remove("b", 3)
    rebuild = engine.begin_rebuild()
    assert rebuild.replace([batch("a", "合同"), batch("b", "合同", version=2)]) == {"a"}
    rebuild.swap()
    assert walked(engine, "合同") == [Hit("a", 1)]


# Health


def test_health_counts_documents_and_pages(engine: SearchEngine) -> None:
    engine.replace([batch("a", "一", "二"), batch("b", "三")])
    engine.remove("b", 1)
    health = engine.health()
    assert (health.state, health.documents, health.pages) == (State.READY, 1, 2)


def test_a_missing_index_is_said_and_not_answered_from(place: Installation) -> None:
    elsewhere = Installation(place.name, place.url, place.folder.parent / "nothing")
    engine = elsewhere.open(writer=False)
    assert engine.health().state is State.MISSING
    assert "anjuan reindex" in engine.health().advice
    with pytest.raises(Unavailable) as refused:
        asked(engine, "合同")
    assert refused.value.code == "search_degraded"
    engine.close()


def test_an_index_of_another_edition_is_never_read(place: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    place.opened[0].replace([batch("a", "合同")])
    for module in ("indexes.embedded.engine", "indexes.opensearch.engine"):
        monkeypatch.setattr(f"{module}.EDITION", "0000beef")
    newer = place.open(writer=True)
    assert newer.health().state is not State.READY
    with pytest.raises(Unavailable):
        asked(newer, "合同")
    rebuild = newer.begin_rebuild()
    rebuild.replace([batch("a", "新合同")])
    rebuild.swap()
    assert asked(newer, "新合同").total == 1
