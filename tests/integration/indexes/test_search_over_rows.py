"""Search, indexing, rebuilding and erasing over rows, keys and the embedded engine as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from archive.base import now
from archive.customers import rename_customer
from archive.documents import Document, changed
from archive.errors import Invalid
from archive.house import House
from archive.jobs import Job, Kind, due
from archive.masking import find_sensitive
from archive.rights import Confidentiality
from indexes.open import open_engine
from indexes.orders import Asked
from indexes.port import Batch, SearchEngine
from indexes.search import Finder, SearchAnswer
from indexes.sync import Eraser, drift, index_now, mend, reindex
from tests.integration.retention.world import World, open_world
from workers import index
from workers.runner import run
from workers.tools import Tools

TEXT = "乙方应于三日内付款"


@dataclass
class Hall:
    """A world whose documents are in a real index."""

    world: World
    engine: SearchEngine
    folder: str

    def document(self) -> str:
        document_id = self.world.document(self.folder, renditions=0)
        self.index(document_id)
        return document_id

    def index(self, document_id: str) -> None:
        with self.world.house.database.transaction() as session:
            index_now(session, self.engine, self.world.house.vault, document_id)

    def search(self, name: str, q: str, **how: object) -> SearchAnswer:
        with self.world.as_(name) as (session, _, scope):
            finder = Finder(session, self.engine, self.world.house.vault, find_sensitive)
            return finder.search(scope, Asked(q, **how))  # type: ignore[arg-type]

    def alter(self, document_id: str, **values: object) -> None:
        with self.world.house.database.transaction() as session:
            session.execute(update(Document).where(Document.id == document_id).values(**values))

    def drifted(self) -> tuple[tuple[str, ...], ...]:
        with self.world.house.database.reading() as session:
            found = drift(session, self.engine)
        return found.missing, found.extra, found.stale


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with open_world(tmp_path / "data") as world:
        world.approved_class()
        engine = open_engine("", tmp_path / "index", "test", writer=True)
        yield Hall(world, engine, world.folder())
        engine.close()


def test_a_hit_carries_title_customer_snippet_and_facets_by_name(hall: Hall) -> None:
    document_id = hall.document()
    answer = hall.search("sales", "三日内")
    (hit,) = answer.hits
    assert (hit.document_id, hit.page, hit.title) == (document_id, 1, "合同 甲公司")
    assert hit.customer.startswith("甲公司")
    assert [hit.snippet.text[start:end] for start, end in hit.snippet.marks] == ["三日内"]
    assert [(value.label, value.count) for value in answer.facets["customer"]] == [(hit.customer, 1)]
    assert [value.label for value in answer.facets["department"]] == ["sales"]


def test_what_changed_answers_nothing_until_it_is_indexed_anew(hall: Hall) -> None:
    document_id, other = hall.document(), hall.document()
    with hall.world.house.database.transaction() as session:
        changed(session, session.get_one(Document, document_id))
    answer = hall.search("sales", TEXT)
    assert (answer.total, answer.documents) == (1, 1)
    assert [hit.document_id for hit in answer.hits] == [other]
    assert [value.count for value in answer.facets["type"]] == [1]
    hall.index(document_id)
    assert hall.search("sales", TEXT).total == 2


def test_the_rows_have_the_last_word_on_every_hit(hall: Hall) -> None:
    document_id = hall.document()
    hall.alter(document_id, confidentiality=int(Confidentiality.SECRET))
    assert hall.search("sales", TEXT).hits == ()
    hall.alter(document_id, confidentiality=int(Confidentiality.PUBLIC), destroying=True)
    assert hall.search("sales", TEXT).total == 0


def test_another_department_finds_nothing_and_is_told_nothing(hall: Hall) -> None:
    hall.document()
    answer = hall.search("auditor", TEXT)
    assert (answer.total, answer.documents, answer.hits, answer.cursor) == (0, 0, (), "")
    assert not any(answer.facets.values())


def test_a_cursor_belongs_to_its_person_and_question(hall: Hall) -> None:
    for _ in range(3):
        hall.document()
    first = hall.search("sales", TEXT, size=2)
    assert len(hall.search("sales", TEXT, size=2, cursor=first.cursor).hits) == 1
    with pytest.raises(Invalid):
        hall.search("officer", TEXT, size=2, cursor=first.cursor)
    with pytest.raises(Invalid):
        hall.search("sales", "付款", size=2, cursor=first.cursor)


@pytest.mark.parametrize("how", [{"sort": "acl"}, {"year": "2x"}, {"size": 0}, {"size": 1000}, {"cursor": "x"}])
def test_what_cannot_be_asked_is_refused(hall: Hall, how: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        hall.search("sales", TEXT, **how)


def test_a_renamed_customer_is_found_by_the_new_name_and_no_more_by_the_old(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "PART", 2)
    papers = {hall.document() for _ in range(5)}
    house = hall.world.house
    with house.database.transaction() as session:
        customer = session.get_one(Document, min(papers)).customer_id or ""
        rename_customer(session, hall.world.actor("officer"), customer, "丙新名公司")
    tools = Tools(house)
    tools.__dict__["index"] = hall.engine
    steps = 0
    while job := _due(house, {Kind.INDEX_CUSTOMER, Kind.INDEX_DOCUMENT}):
        assert run(tools, job)
        steps += 1
    assert steps == 5 + 3
    assert {hit.document_id for hit in hall.search("sales", "客户:丙新名").hits} == papers
    assert hall.search("sales", "客户:甲公司").total == 0


def _due(house: House, kinds: set[Kind]) -> str:
    with house.database.reading() as session:
        return next((job_id for job_id, _ in due(session, sorted(kinds), 1)), "")


def test_filters_narrow_the_answer(hall: Hall) -> None:
    hall.document()
    assert hall.search("sales", "", type="contract", year="2018", retention_class="LIFE-5").total == 1
    assert hall.search("sales", "", type="invoice").total == 0
    assert hall.search("sales", "文种:合同 年:2017..2018 付款").total == 1
    assert hall.search("sales", "客户:甲公司 -年:2018").total == 0


def test_a_rebuilt_index_answers_as_the_one_that_grew(hall: Hall) -> None:
    ids = {hall.document() for _ in range(5)}
    house = hall.world.house
    hall.engine.replace([Batch("of another time", 3)])
    before = hall.search("sales", TEXT)
    assert reindex(house.database, hall.engine, house.vault) == 5
    after = hall.search("sales", TEXT)
    assert (after.hits, after.facets) == (before.hits, before.facets)
    assert {name for name, _ in hall.engine.versions()} == ids


def test_what_was_read_and_has_no_job_that_would_index_it_is_missing(hall: Hall) -> None:
    new, changed_since = hall.world.document(hall.folder, renditions=0), hall.document()
    house = hall.world.house
    with house.database.transaction() as session:
        changed(session, session.get_one(Document, changed_since))
        changed(session, session.get_one(Document, new))
    assert hall.drifted() == ((), (), ()), "jobs wait for both"
    with house.database.transaction() as session:
        session.execute(delete(Job).where(Job.kind == Kind.INDEX_DOCUMENT.value))
    assert hall.drifted() == ((new,), (), (changed_since,))
    with house.database.transaction() as session:
        mend(session, hall.engine, drift(session, hall.engine))
    assert hall.drifted() == ((), (), ())
    assert _due(house, {Kind.INDEX_DOCUMENT})


def test_drift_is_found_and_mended(hall: Hall) -> None:
    missing, stale, fine = (hall.document() for _ in range(3))
    assert hall.drifted() == ((), (), ())
    hall.engine.remove(missing, 1)
    hall.engine.replace([Batch("extra", 1), Batch(stale, 9)])
    assert hall.drifted() == ((missing,), ("extra",), (stale,))
    with hall.world.house.database.transaction() as session:
        mend(session, hall.engine, drift(session, hall.engine))
    for document_id in (missing, stale, fine):
        hall.index(document_id)
    assert hall.drifted()[1] == ()


def test_a_destroyed_document_leaves_no_byte_and_its_neighbours_stay(hall: Hall, tmp_path: Path) -> None:
    gone, *kept = (hall.document() for _ in range(4))
    hall.alter(gone, destroying=True)
    eraser = Eraser(hall.world.house.database, hall.engine, hall.world.house.vault)
    assert not eraser.absent(gone)
    eraser.purge(gone)
    assert eraser.absent(gone)
    assert {hit.document_id for hit in hall.search("sales", TEXT).hits} == set(kept)
    hall.alter(gone, destroyed_at=now())
    hall.index(gone)
    assert eraser.absent(gone)
    assert hall.search("officer", TEXT).total == 3
    assert list(tmp_path.glob("index/*/*"))
