"""An index that is lost, damaged, of another day or of another edition is said to be, and stands again (F26, F27)."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archive.documents import Document, changed
from archive.errors import Away, Unavailable
from archive.jobs import Job, Kind
from indexes.life import Outcome, ailing, anything_indexed, ask_to_tend, tend
from indexes.open import open_engine
from indexes.port import Batch, SearchEngine, State
from indexes.search import SearchAnswer
from indexes.sync import drift, mend
from tests.integration.indexes.test_search_over_rows import TEXT, Hall
from tests.integration.retention.world import open_world


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with open_world(tmp_path / "data") as world:
        world.approved_class()
        engine = open_engine("", tmp_path / "index", "test", writer=True)
        hall = Hall(world, engine, world.folder())
        for _ in range(6):
            hall.document()
        yield hall
        hall.engine.close()


def lose_a_segment(folder: Path) -> None:
    files = sorted(folder.glob("*/*.idx")) + sorted(folder.glob("*/*.term"))
    random.Random(4).choice(files).unlink()  # noqa: S311 - any will do


def flip_bits(folder: Path) -> None:
    for path in folder.glob("*/meta.json"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def lose_it(folder: Path) -> None:
    shutil.rmtree(folder)


def spoil_the_pointer(folder: Path) -> None:
    (folder / "pointer.json").write_text('{"serving"')


def another_edition(folder: Path) -> None:
    (index,) = (path for path in folder.iterdir() if path.is_dir())
    index.rename(folder / f"0000beef-{index.name}")
    (folder / "pointer.json").write_text(f'{{"serving": "0000beef-{index.name}", "building": ""}}')


DAMAGES = [lose_a_segment, flip_bits, lose_it, spoil_the_pointer, another_edition]


def reopened(hall: Hall, folder: Path) -> SearchEngine:
    """The engine as a process that starts now opens it."""
    hall.engine.close()
    hall.engine = open_engine("", folder, "test", writer=True, fresh=not anything_indexed(hall.world.house.database))
    return hall.engine


def answers(hall: Hall) -> tuple[object, ...]:
    found: SearchAnswer = hall.search("sales", TEXT)
    return found.total, found.hits, found.facets


def tended(hall: Hall) -> Outcome:
    """Tend, and do the jobs that this queued."""
    house = hall.world.house
    done = tend(house.database, hall.engine, house.vault)
    for document_id in {*done.drift.missing, *done.drift.stale}:
        hall.index(document_id)
    return done.outcome


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_starts_degraded_and_is_built_anew(
    hall: Hall, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    before, folder = answers(hall), tmp_path / "index"
    damage(folder)
    engine = reopened(hall, folder)
    assert engine.health().state in {State.MISSING, State.DAMAGED}
    assert "anjuan reindex" in engine.health().advice
    assert ailing(engine)
    with pytest.raises(Unavailable) as refused:
        hall.search("sales", TEXT)
    assert refused.value.code == "search_degraded"
    with pytest.raises(Away):
        engine.replace([Batch("new", 1)])
    assert tended(hall) is Outcome.REBUILT
    assert answers(hall) == before
    assert tended(hall) is Outcome.FINE


def test_the_index_of_another_day_is_brought_to_this_one(hall: Hall, tmp_path: Path) -> None:
    folder, yesterday = tmp_path / "index", tmp_path / "yesterday"
    shutil.copytree(folder, yesterday)
    older, gone = sorted(hit.document_id for hit in hall.search("sales", TEXT).hits)[:2]
    with hall.world.house.database.transaction() as session:
        changed(session, session.get_one(Document, older))
    hall.index(older)
    hall.document()
    hall.alter(gone, destroying=True)
    hall.index(gone)
    today = answers(hall)
    shutil.rmtree(folder)
    shutil.copytree(yesterday, folder)
    reopened(hall, folder)
    assert tended(hall) is Outcome.MENDED
    assert answers(hall) == today
    assert hall.drifted() == ((), (), ())


def test_a_rebuild_that_was_interrupted_is_begun_again(hall: Hall, tmp_path: Path) -> None:
    before, folder = answers(hall), tmp_path / "index"
    hall.engine.begin_rebuild().replace([Batch("half", 1)])
    reopened(hall, folder)
    assert answers(hall) == before
    lose_a_segment(folder)
    reopened(hall, folder).begin_rebuild().replace([Batch("half", 1)])
    assert tended(hall) is Outcome.REBUILT
    assert answers(hall) == before
    assert len([path for path in folder.iterdir() if path.is_dir()]) == 1


def test_what_was_indexed_while_it_was_compared_stays(hall: Hall) -> None:
    with hall.world.house.database.reading() as session:
        found = drift(session, hall.engine)
    late = hall.document()
    with hall.world.house.database.transaction() as session:
        mend(session, hall.engine, type(found)((), (late,), ()))
    assert late in {hit.document_id for hit in hall.search("sales", TEXT).hits}


def test_it_is_asked_for_once(hall: Hall) -> None:
    with hall.world.house.database.transaction() as session:
        for _ in range(3):
            ask_to_tend(session)
    with hall.world.house.database.reading() as session:
        assert session.query(Job).where(Job.kind == Kind.TEND_INDEX.value).count() == 1
