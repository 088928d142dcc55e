"""Proposer, approvers, executor and supervisors are different people, whatever roles they hold; the rows say so too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from archive.base import new_id, now
from archive.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, StepUpRequired
from retention import batches, classes
from retention.destruction import begin
from retention.disposal import Approval, BatchState, DestructionBatch
from retention.holds import Hold, lift_hold
from retention.inbox import Matter, inbox, waiting_documents
from retention.supervision import confirm
from retention.terms import Event
from tests.integration.retention.world import FIVE, PEOPLE, World, open_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("parts") / "data") as made:
        made.approved_class()
        yield made


@pytest.fixture(scope="module")
def signed(world: World) -> DestructionBatch:
    """Proposed by officer, approved by first and second."""
    return world.signed(world.due_documents())


EXECUTORS = {"officer2", "third"}


@pytest.mark.parametrize("name", sorted(set(PEOPLE) - EXECUTORS))
def test_only_another_who_keeps_records_executes(world: World, signed: DestructionBatch, name: str) -> None:
    with pytest.raises((Forbidden, NotFound)):
        world.begin(signed.id, name, ("clerk", "auditor"))
    assert world.state(signed.id) == "approved"


@pytest.mark.parametrize(("one", "two"), sorted(product(PEOPLE, PEOPLE)))
def test_supervisors_are_two_people_without_another_part(
    world: World, signed: DestructionBatch, one: str, two: str
) -> None:
    free = {"clerk", "sales", "third", "auditor"}
    if one != two and {one, two} <= free:
        people = [world.people[name].id for name in (one, two)]
        with world.house.database.reading() as session:  # what it begins is taken back
            zone = world.house.settings.zone
            begun = begin(session, world.actor("officer2"), batch_id=signed.id, supervisors=people, zone=zone)
            assert begun.state == BatchState.EXECUTING
    else:
        with pytest.raises((Forbidden, Invalid)):
            world.begin(signed.id, "officer2", (one, two))


def test_execution_needs_a_fresh_sign_in(world: World, signed: DestructionBatch) -> None:
    people = [world.people[name].id for name in ("clerk", "sales")]
    with pytest.raises(StepUpRequired), world.as_("officer2", fresh=False) as (session, actor, _):
        begin(session, actor, batch_id=signed.id, supervisors=people, zone=world.house.settings.zone)


@pytest.mark.parametrize("name", ["clerk", "sales", "auditor", "officer2"])
def test_who_is_no_approver_signs_nothing(world: World, name: str) -> None:
    batch = world.proposed(world.due_documents())
    with pytest.raises(Forbidden):
        world.approve(batch, name)


def test_the_rows_refuse_the_proposers_signature_and_a_second_one(world: World) -> None:
    batch = world.proposed(world.due_documents())
    first, officer = world.people["first"].id, world.people["officer"].id
    values = {
        "batch_id": batch.id, "proposed_by": batch.proposed_by, "manifest_sha256": batch.manifest_sha256,
        "opinion": "x", "statement": b"", "signature": b"", "public_key": b"", "at": now(),
    }  # fmt: skip

    def sign(**changed: str) -> None:
        with world.house.database.transaction() as session:
            session.execute(insert(Approval).values(id=new_id(), **(values | changed)))

    with pytest.raises(IntegrityError, match="approver_is_another"):
        sign(person_id=officer)
    with pytest.raises(IntegrityError):  # a proposer who is another than the batch's
        sign(person_id=officer, proposed_by=first)
    sign(person_id=first)
    with pytest.raises(IntegrityError):
        sign(person_id=first)
    with pytest.raises(IntegrityError, match="executor"), world.house.database.transaction() as session:
        session.execute(update(DestructionBatch).where(DestructionBatch.id == batch.id).values(executor_id=officer))


def test_the_rows_refuse_a_hold_lifted_by_one(world: World) -> None:
    [doc] = world.due_documents()
    hold = world.hold(doc)
    officer = world.people["officer"].id
    alone = {"lift_asked_by": officer, "lifted_by": officer, "lifted_at": now()}
    with pytest.raises(IntegrityError, match="two_people"), world.house.database.transaction() as session:
        session.execute(update(Hold).where(Hold.id == hold).values(**alone))


def test_a_signature_that_was_tampered_with_does_not_count(world: World) -> None:
    batch = world.signed(world.due_documents())
    with world.house.database.transaction() as session:
        row = session.get_one(DestructionBatch, batch.id)
        row.standing[0].statement = row.standing[0].statement.replace(b"agreed", b"agrees")
    with pytest.raises(Conflict, match="2 approvers"):
        world.begin(batch.id)


def test_supervisors_confirm_once_after_it_is_done_and_freshly_signed_in(world: World) -> None:
    batch = world.signed(world.due_documents())
    world.begin(batch.id)
    assert attempt(world, batch, "clerk") is Conflict
    world.execute(batch.id)
    assert attempt(world, batch, "clerk", fresh=False) is StepUpRequired
    assert attempt(world, batch, "officer2") is Forbidden
    assert attempt(world, batch, "auditor") is Forbidden
    assert attempt(world, batch, "clerk") is None
    assert attempt(world, batch, "clerk") is None
    assert world.state(batch.id) == "executed"
    assert attempt(world, batch, "sales") is None
    assert world.state(batch.id) == "done"


def attempt(world: World, batch: DestructionBatch, name: str, *, fresh: bool = True) -> type[Refusal] | None:
    try:
        with world.as_(name, fresh=fresh) as (session, actor, _):
            confirm(session, actor, world.house, batch_id=batch.id, observed="seen")
    except Refusal as refusal:
        return type(refusal)
    return None


def test_a_batch_is_seen_by_its_supervisors_and_by_no_other_searcher(world: World) -> None:
    batch = world.signed(world.due_documents())
    world.begin(batch.id, supervisors=("clerk", "third"))
    with world.as_("clerk") as (session, clerk, _):
        assert batches.the_batch(session, clerk, batch.id).id == batch.id
        assert batch.id in {row.id for row in batches.batches(session, clerk)}
    with world.as_("sales") as (session, sales, _), pytest.raises(NotFound):
        batches.the_batch(session, sales, batch.id)


def test_approvers_may_read_what_waits_before_them_until_they_signed(world: World) -> None:
    [doc] = world.due_documents()
    batch = world.proposed([doc])
    for name, expected in (("first", True), ("officer", False), ("clerk", False)):
        with world.as_(name) as (session, actor, _):
            assert (doc in waiting_documents(session, actor)) is expected
    world.approve(batch, "first")
    with world.as_("first") as (session, actor, _):
        assert doc not in waiting_documents(session, actor)


def test_the_inbox_names_what_waits_for_each(world: World) -> None:
    doc, _ = world.due_documents(2)
    hold = world.hold(doc)
    assert Matter.APPRAISE_DUE in matters(world, "officer")
    with world.as_("officer") as (session, officer, scope):
        lift_hold(session, officer, scope, hold, "settled")
    assert hold in ids(world, "officer2", Matter.LIFT_HOLD)
    assert hold not in ids(world, "officer", Matter.LIFT_HOLD)
    with world.as_("officer2") as (session, officer, scope):
        lift_hold(session, officer, scope, hold, "settled")
    batch = world.proposed([doc])
    assert batch.id in ids(world, "first", Matter.APPROVE_BATCH)
    assert batch.id not in ids(world, "officer", Matter.APPROVE_BATCH)
    world.approve(batch, "first")
    world.approve(batch, "second")
    assert batch.id in ids(world, "officer2", Matter.EXECUTE_BATCH)
    assert batch.id not in ids(world, "officer", Matter.EXECUTE_BATCH)
    world.begin(batch.id)
    world.execute(batch.id)
    assert batch.id in ids(world, "sales", Matter.CONFIRM_BATCH)
    assert Matter.APPROVE_CLASSES in matters(world, "first")


def matters(world: World, name: str) -> set[Matter]:
    with world.as_(name) as (session, actor, scope):
        return {waiting.matter for waiting in inbox(session, actor, scope, world.today)}


def ids(world: World, name: str, matter: Matter) -> set[str]:
    with world.as_(name) as (session, actor, scope):
        return {waiting.id for waiting in inbox(session, actor, scope, world.today) if waiting.matter is matter}


def test_a_class_is_not_approved_by_who_proposed_it(world: World) -> None:
    mine = replace(FIVE, code="OWN-1", events=(Event.MADE,))
    with world.as_("officer") as (session, officer, _):
        classes.propose(session, officer, mine)
    with pytest.raises(Forbidden), world.as_("officer") as (session, officer, _):
        classes.approve(session, officer, ["OWN-1"])
    with world.as_("first") as (session, first, _):
        assert classes.approve(session, first, ["OWN-1"])[0].status == "approved"
    with pytest.raises(Conflict), world.as_("first") as (session, first, _):
        classes.approve(session, first, ["OWN-1"])
