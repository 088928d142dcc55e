"""A machine whose clock runs ahead destroys nothing early: the database's clock has the last word (§5 R06; F29)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from archive import base
from archive.base import today
from archive.errors import Conflict
from retention import destruction
from tests.houses import migrated_database, on_postgres
from tests.integration.retention.world import World, peopled

AHEAD = timedelta(days=3700)


class Fast(datetime):
    """This machine's clock, ten years ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override] # plain instants come out
        return datetime.now(tz) + AHEAD


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with migrated_database() as template, on_postgres(tmp_path / "data", template) as home:
        home.house.settings = home.house.settings.model_copy(update={"destruction_cooling_days": 0})
        made = peopled(home.house)
        made.approved_class()
        yield made


def test_r06_what_is_due_by_a_fast_clock_alone_is_neither_begun_nor_condemned(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = world.folder()
    doc = world.document(folder, renditions=0)
    world.close(folder, date(world.today.year - 1, 6, 30))
    monkeypatch.setattr(base, "datetime", Fast)
    batch = world.signed([doc])
    with pytest.raises(Conflict):
        world.begin(batch.id)
    monkeypatch.setattr(destruction, "day_of", lambda _, zone: today(zone))  # begun on a machine that does not ask
    world.begin(batch.id)
    monkeypatch.setattr(base, "datetime", datetime)
    held = world.claimed(batch.id)
    monkeypatch.setattr(base, "datetime", Fast)
    destruction.execute(world.house, world.shelf, held)
    assert world.state(batch.id) == "partial"
    assert not world.row(doc).destroying
    assert not world.house.vault.absent(doc)
