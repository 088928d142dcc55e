"""What is left after a destruction: not a byte of the text, a log that proves itself, and one of hold and purge."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from archive.documents import Document, Page, seal_page, seal_title
from archive.log import sequence_all, verify_log
from archive.signing import Purpose
from indexes.open import open_engine
from indexes.sync import Eraser, index_now
from retention.destruction import execute
from tests.integration.retention.races import raced
from tests.integration.retention.world import World, open_distributed_world, open_world

CANARY = "梧桐巷七号院内玉兰共三十一株"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path / "data") as made:
        made.approved_class()
        yield made


def written(world: World, doc: str) -> None:
    """The canary as text, words and title of the document's only page, and as an entry beside the log."""
    key = world.house.vault.key(doc)
    with world.house.database.transaction() as session:
        document = session.get_one(Document, doc)
        [page] = document.pages
        assert isinstance(page, Page)
        seal_page(key, page, CANARY, [{"text": CANARY, "x": 1, "y": 1, "w": 9, "h": 9, "confidence": 1}])
        seal_title(key, document, CANARY)
    hold = world.hold(doc)
    world.lift(hold)


def holding_it(folder: Path) -> list[str]:
    """The files in which the canary stands in the clear, plain or behind zlib."""
    needles = (CANARY.encode(), CANARY.encode("utf-16-le"), json.dumps(CANARY)[1:-1].encode())
    found = []
    for path in (path for path in folder.rglob("*") if path.is_file()):
        blob = path.read_bytes()
        if any(needle in blob or needle in inflated(blob) for needle in needles):
            found.append(path.name)
    return found


def inflated(blob: bytes) -> bytes:
    """Everything in the bytes that zlib can open."""
    opened, at = b"", blob.find(b"\x78\x9c")
    while at >= 0:
        with suppress(zlib.error):
            opened += zlib.decompressobj().decompress(blob[at:])
        at = blob.find(b"\x78\x9c", at + 1)
    return opened


def test_not_a_byte_of_the_text_is_left_and_the_log_holds(world: World) -> None:
    doc, kept = world.due_documents(2)
    written(world, doc)
    house = world.house
    with closing(open_engine("", house.settings.index_folder, "anjuan", writer=True)) as engine:
        with house.database.transaction() as session:
            for document_id in (doc, kept):
                index_now(session, engine, house.vault, document_id)
        batch = world.signed([doc])
        world.begin(batch.id)
        execute(house, Eraser(house.database, engine, house.vault), world.claimed(batch.id))
        assert engine.absent(doc)
        assert not engine.absent(kept)
    assert world.state(batch.id) == "executed"
    assert holding_it(house.settings.data) == []
    with house.database.transaction() as session:
        sequence_all(session)
        assert verify_log(session, house.signing.installation(Purpose.CHECKPOINT), house.vault).ok


def test_the_search_for_the_text_finds_what_stands(world: World) -> None:
    (world.house.settings.data / "note").write_bytes(b"1234" + zlib.compress(CANARY.encode()))
    (world.house.settings.data / "other").write_text(json.dumps([CANARY]), "ascii")
    assert sorted(holding_it(world.house.settings.data)) == ["note", "other"]


@pytest.fixture(params=[open_world, open_distributed_world], ids=["embedded", "distributed"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with request.param(tmp_path / "data") as made:
        made.approved_class()
        yield made


def test_a_hold_at_the_same_instant_keeps_it_or_is_told_that_it_is_too_late(either: World) -> None:
    outcomes = []
    for doc in either.due_documents(12, renditions=0):
        batch = either.signed([doc])
        either.begin(batch.id)
        outcomes.append(raced(either, doc, batch.id, delay=0.012 * len(outcomes)))
    assert set(outcomes) <= {"held", "destroyed"}
    assert len(outcomes) == 12
