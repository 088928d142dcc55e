"""Nobody plays two parts one after the other, and a folder goes whole or not at all until its last word (R08, R15)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from archive.errors import Conflict, Forbidden, Invalid
from retention import appraisals, batches, certificate, events, evidence
from retention.differences import Difference, Differing, since_last_signature
from retention.disposal import DestructionBatch
from retention.paper import Fate, PaperPlan, plan_paper
from retention.subjects import Subject, SubjectKind
from retention.supervision import confirm
from retention.terms import Event, Level
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


def corrected(world: World, doc: str) -> None:
    """The event of this document alone, it turns out, was yesterday's: it is not due for years."""
    with world.as_("officer") as (session, officer, scope):
        order = events.EventOrder(
            Event.CONTRACT_PERFORMED, Subject(SubjectKind.DOCUMENT, doc), world.today, "acceptance note 18"
        )
        events.record_event(session, officer, scope, order, today=world.today)


def test_a_member_whose_event_is_corrected_in_the_batch_keeps_its_whole_folder(world: World) -> None:
    """R08 of records-rules: a batch is no reason to tear a folder apart."""
    moved, other = world.due_documents(2, klass="LIFE-F")
    batch = world.signed([other, moved])
    world.begin(batch.id)
    corrected(world, moved)
    world.execute(batch.id)
    assert (world.row(moved).destroyed_at, world.row(other).destroyed_at) == (None, None)


def test_what_is_not_due_any_more_is_withdrawn_and_the_others_go_on(world: World) -> None:
    moved, other = world.due_documents(2)
    appraisal = world.appraised([moved, other])
    corrected(world, moved)

    def propose() -> DestructionBatch:
        with world.as_("officer") as (session, officer, _):
            return batches.propose(
                session, officer, appraisal_id=appraisal.id, title="b", fonds="A001", zone=world.house.settings.zone
            )

    with pytest.raises(Conflict, match="not due"):
        propose()
    with world.as_("officer2") as (session, officer, _):
        appraisals.withdraw(session, officer, appraisal.id, [moved], "its event was corrected")
    batch = propose()
    assert [line["document_id"] for line in batches.item_lines(batch)] == [other]
    with pytest.raises(Conflict), world.as_("officer") as (session, officer, _):
        appraisals.withdraw(session, officer, appraisal.id, [other], "it stands in a batch")


def differs(world: World, batch_id: str) -> list[Differing]:
    with world.as_("second") as (session, second, _):
        return since_last_signature(batches.the_batch(session, second, batch_id))


def test_who_signs_again_sees_what_differs_from_what_was_signed(world: World) -> None:
    [doc] = world.due_documents()
    batch = world.proposed([doc])
    assert differs(world, batch.id) == []
    world.approve(batch, "first")
    plan = PaperPlan(Fate.DESTROYED, "cabinet 3", "pulped")
    with world.as_("officer") as (session, officer, _):
        fresh = plan_paper(session, officer, batch.id, plan, fonds="A001", zone=world.house.settings.zone)
    [whole] = differs(world, batch.id)
    assert not whole.code
    assert ("paper_place", "", "cabinet 3") in whole.values
    world.approve(fresh, "first")
    assert differs(world, batch.id) == [whole], "the second approver is shown it, too"
    hold = world.hold(doc)
    world.lift(hold)
    assert differs(world, batch.id) == [], "what the hold voided was this very list"


def test_one_document_sent_back_makes_a_new_list_that_is_signed_anew(world: World) -> None:
    out, stays = world.due_documents(2)
    batch = world.signed([out, stays])
    with pytest.raises(Invalid), world.as_("first") as (session, first, _):
        batches.reject_items(
            session, first, batch.id, documents=frozenset({"unknown"}), reason="no", fonds="A001",
            zone=world.house.settings.zone,
        )  # fmt: skip
    with world.as_("first") as (session, first, _):
        fresh = batches.reject_items(
            session, first, batch.id, documents=frozenset({out}), reason="still of use", fonds="A001",
            zone=world.house.settings.zone,
        )  # fmt: skip
    assert (fresh.state, fresh.standing, fresh.manifest_sha256 == batch.manifest_sha256) == ("proposed", [], False)
    code = world.row(out).archival_code
    assert differs(world, batch.id) == [Differing(Difference.LEFT, str(code))]
    world.approve(fresh, "first")
    assert world.approve(fresh, "second").state == "approved"
    assert world.proposed([out]).state == "proposed"


def test_a_partial_batch_ends_without_what_stays_and_its_certificate_says_so(world: World) -> None:
    stays, goes = world.due_documents(2)
    batch = world.signed([stays, goes])
    world.begin(batch.id)
    world.hold(stays)
    world.execute(batch.id)
    assert world.state(batch.id) == "partial"
    with world.as_("officer") as (session, officer, _):
        assert batches.let_stay(session, officer, batch.id, "the lawsuit may take years").state == "executed"
    for name in ("clerk", "sales"):
        with world.as_(name) as (session, actor, _):
            confirm(session, actor, world.house, batch_id=batch.id, observed="seen")
    with world.as_("auditor") as (session, auditor, _):
        row = certificate.the_certificate(session, auditor, world.row(goes).certificate_no or "")
        told = certificate.certificate_json(row)
        assert evidence.contents(session, world.house, row).zipped()
    assert (told["state"], told["kept"]) == ("partial", [{"document_id": stays, "why": "held"}])
    assert (bool(world.row(goes).destroyed_at), world.row(stays).certificate_no) == (True, None)


def test_what_was_destroyed_is_not_appraised_again(world: World) -> None:
    """Its stub keeps class and event, and would be due for ever: found by the state machine."""
    [gone] = world.due_documents(1)
    batch = world.signed([gone])
    world.begin(batch.id)
    world.execute(batch.id)
    assert world.row(gone).destroyed_at
    with pytest.raises(Conflict, match="not due"):
        world.appraised([gone])
