"""Nobody plays two parts one after the other, and a folder goes whole or not at all until its last word (R08, R15)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from archive.errors import Conflict, Forbidden
from retention import batches
from retention.disposal import DestructionBatch
from retention.terms import Level
from tests.integration.retention.world import FIVE, World, open_world

WHOLE = replace(FIVE, code="LIFE-F", title="five years, whole folders", level=Level.FOLDER)


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("parts") / "data") as made:
        made.approved_class()
        made.approved_class(WHOLE)
        yield made


def refrozen(world: World, name: str, batch_id: str, *without: str) -> DestructionBatch:
    with world.as_(name) as (session, actor, _):
        return batches.refreeze(
            session, actor, batch_id, without=frozenset(without), fonds="A001", zone=world.house.settings.zone
        )


def test_who_executed_a_first_round_does_not_supervise_the_second(world: World) -> None:
    kept, gone = world.due_documents(2)
    batch = world.signed([kept, gone])
    world.begin(batch.id, "officer2", ("clerk", "sales"))
    hold = world.hold(kept)
    world.execute(batch.id)
    assert world.state(batch.id) == "partial"
    world.lift(hold)
    with pytest.raises(Forbidden):
        world.begin(batch.id, "third", ("officer2", "sales"))
    assert world.begin(batch.id, "third", ("clerk", "sales")).state == "executing"


def test_who_froze_a_list_anew_does_not_sign_it(world: World) -> None:
    left, out = world.due_documents(2)
    batch = world.proposed([left, out])
    again = refrozen(world, "third", batch.id, out)
    with pytest.raises(Forbidden):
        world.approve(again, "third")
    world.approve(again, "first")
    world.approve(again, "second")
    with pytest.raises(Forbidden):
        world.begin(batch.id, "third")
    assert world.begin(batch.id, "officer2").state == "executing"


def test_a_held_member_keeps_its_whole_folder_out_of_a_list(world: World) -> None:
    held, other = world.due_documents(2, klass="LIFE-F")
    batch = world.proposed([held, other])
    world.hold(held)
    with pytest.raises(Conflict):
        refrozen(world, "officer", batch.id, held)


def test_a_member_that_is_held_at_the_last_moment_keeps_its_whole_folder(world: World) -> None:
    held, other = world.due_documents(2, klass="LIFE-F")
    batch = world.signed([held, other])
    world.begin(batch.id)
    world.hold(held)
    world.execute(batch.id)
    assert (world.row(held).destroyed_at, world.row(other).destroyed_at) == (None, None)
    assert world.state(batch.id) == "partial"
