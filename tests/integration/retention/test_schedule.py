"""Due dates over rows: events of three sizes, superseding, folder-level classes, versions, extensions, holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from archive.documents import Document, State
from archive.errors import Conflict, Invalid, NotFound
from archive.folders import Folder
from retention import appraisals, batches, classes, events, holds
from retention.disposal import DestructionBatch, Extension
from retention.due import Status
from retention.holds import Ground, need_changeable
from retention.schedule import candidates
from retention.subjects import Subject, SubjectKind
from retention.terms import Counts, Event, Level
from tests.integration.retention.world import FIVE, World, open_world

LONG_AGO = date(2019, 6, 30)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("schedule") / "data") as made:
        made.approved_class()
        made.approved_class(replace(FIVE, code="FOLD-5", level=Level.FOLDER))
        made.approved_class(
            replace(FIVE, code="EVEN-1", period_years=1, events=(Event.MADE, Event.EXPIRED), counts=Counts.FIRST)
        )
        yield made


def happened(world: World, subject: Subject, on: date, event: Event = Event.CONTRACT_PERFORMED, old: str = "") -> str:
    with world.as_("officer") as (session, officer, scope):
        order = events.EventOrder(event, subject, on, "note", supersedes=old)
        return events.record_event(session, officer, scope, order, today=world.today).id


def found(world: World, *, size: int = 500) -> set[str]:
    after, ids = "", []
    while True:
        with world.as_("officer") as (session, _, scope):
            part, after = candidates(session, scope, world.today, after=after, size=size)
        ids += [candidate.document.id for candidate in part]
        if not after:
            assert len(ids) == len(set(ids))
            return set(ids)


@pytest.mark.parametrize("kind", list(SubjectKind))
def test_one_event_reaches_every_document_of_its_subject(world: World, kind: SubjectKind) -> None:
    fold = world.folder()
    docs = [world.document(fold, renditions=0) for _ in range(2)]
    with world.house.database.reading() as session:
        customer = session.get_one(Folder, fold).customer_id
    subject_id = {SubjectKind.DOCUMENT: docs[0], SubjectKind.FOLDER: fold, SubjectKind.CUSTOMER: customer}[kind]
    happened(world, Subject(kind, subject_id), LONG_AGO)
    reached = docs[:1] if kind is SubjectKind.DOCUMENT else docs
    assert {doc for doc in docs if world.view(doc).status is Status.DUE} == set(reached)
    assert found(world) & set(docs) == set(reached)


def test_a_superseding_event_takes_the_place_of_the_earlier_one(world: World) -> None:
    fold = world.folder()
    doc = world.document(fold, renditions=0)
    subject = Subject(SubjectKind.FOLDER, fold)
    wrong = happened(world, subject, LONG_AGO)
    right = happened(world, subject, world.today, old=wrong)
    assert world.view(doc).status is Status.RUNNING
    assert doc not in found(world)
    with pytest.raises(Conflict):
        happened(world, subject, LONG_AGO, old=wrong)
    with pytest.raises(NotFound):
        happened(world, Subject(SubjectKind.DOCUMENT, doc), LONG_AGO, old=right)


@pytest.mark.parametrize("day", [timedelta(days=1), timedelta(days=-200 * 365)])
def test_an_event_to_come_or_before_all_memory_is_refused(world: World, day: timedelta) -> None:
    with pytest.raises(Invalid):
        happened(world, Subject(SubjectKind.FOLDER, world.folder()), world.today + day)


def test_an_event_on_what_is_not_there_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        happened(world, Subject(SubjectKind.DOCUMENT, "no-such-document"), LONG_AGO)


def test_first_of_several_events_counts_where_the_class_says_so(world: World) -> None:
    fold = world.folder("EVEN-1")
    doc = world.document(fold, renditions=0)
    happened(world, Subject(SubjectKind.DOCUMENT, doc), world.today, Event.EXPIRED)
    assert world.view(doc).status is Status.RUNNING
    happened(world, Subject(SubjectKind.FOLDER, fold), LONG_AGO, Event.MADE)
    assert (world.view(doc).status, doc in found(world)) == (Status.DUE, True)


def test_a_folder_level_class_waits_for_its_latest_document_and_for_every_hold(world: World) -> None:
    fold = world.folder("FOLD-5")
    one, two = (world.document(fold, renditions=0) for _ in range(2))
    happened(world, Subject(SubjectKind.DOCUMENT, one), LONG_AGO)
    assert not {one, two} & found(world)
    happened(world, Subject(SubjectKind.DOCUMENT, two), LONG_AGO)
    assert {one, two} <= found(world)
    hold = world.hold(two)
    assert not {one, two} & found(world)
    world.lift(hold)
    assert {one, two} <= found(world)


def test_candidates_come_in_parts_that_miss_nothing(world: World) -> None:
    docs = set(world.due_documents(5, renditions=0))
    assert found(world, size=2) == found(world)
    assert docs <= found(world)


def test_what_is_being_read_or_lies_in_no_folder_is_no_candidate(world: World) -> None:
    reading, loose = world.due_documents(2, renditions=0)
    with world.house.database.transaction() as session:
        session.get_one(Document, reading).state = State.READING.value
        row = session.get_one(Document, loose)
        row.state, row.folder_id = State.REVIEW.value, None
    assert not {reading, loose} & found(world)


def test_an_identity_card_ends_by_its_own_class(world: World) -> None:
    doc = world.document(world.folder(), kind="id_card", renditions=0)
    view = world.view(doc)
    assert (view.class_code, world.row(doc).class_reason) == ("ID-GEN", "type")


def test_a_new_version_leaves_documents_with_theirs_and_the_floor_with_its_code(world: World) -> None:
    terms = replace(FIVE, code="VERS-1", floor_years=5)
    world.approved_class(terms)
    old = world.document(world.folder("VERS-1"), renditions=0)
    world.approved_class(replace(terms, period_years=9))
    new = world.document(world.folder("VERS-1"), renditions=0)
    assert (world.view(old).class_version, world.view(new).class_version) == (1, 2)
    with pytest.raises(Invalid), world.as_("officer") as (session, officer, _):
        classes.propose(session, officer, replace(terms, period_years=3, floor_years=None))
    with world.house.database.reading() as session:
        assert [row.version for row in classes.classes(session) if row.code == "VERS-1"] == [2]


def test_documents_of_a_version_that_nobody_approved_move_to_the_approved_one(world: World) -> None:
    terms = replace(FIVE, code="VERS-2")
    with world.as_("officer") as (session, officer, _):
        classes.propose(session, officer, terms)
    doc = world.document(world.folder("VERS-2"), renditions=0)
    assert world.view(doc).status is Status.UNAPPROVED
    world.approved_class(replace(terms, period_years=7))
    assert (world.view(doc).class_version, world.view(doc).status) == (2, Status.WAITING)


def test_extension_keeps_the_earlier_date_and_permanent_is_for_good(world: World) -> None:
    longer, forever = world.due_documents(2, renditions=0)
    due = world.view(longer).due_date
    with world.as_("officer") as (session, officer, scope):
        row = appraisals.open_appraisal(
            session, officer, scope, title="x", document_ids=[longer, forever], today=world.today
        )
        with pytest.raises(Conflict):
            appraisals.finish(session, officer, row.id, today=world.today)
        verdicts = [
            appraisals.Verdict(longer, appraisals.Decision.EXTEND, "still needed", 10),
            appraisals.Verdict(forever, appraisals.Decision.PERMANENT, "of lasting value"),
        ]
        appraisals.decide(session, officer, row.id, verdicts)
        appraisals.finish(session, officer, row.id, today=world.today)
    view = world.view(longer)
    assert view.due_date is not None
    assert (view.status, view.due_date.year) == (Status.RUNNING, world.today.year + 10)
    with world.house.database.reading() as session:
        kept = session.scalars(select(Extension).where(Extension.document_id == longer)).one()
        assert kept.earlier_due == due
    assert world.view(forever).status is Status.PERMANENT
    assert not {longer, forever} & found(world)
    with pytest.raises(Conflict):
        world.appraised([forever])


@pytest.mark.parametrize(
    ("decision", "reason", "years"),
    [
        (appraisals.Decision.DESTROY, " ", None),
        (appraisals.Decision.DESTROY, "x", 3),
        (appraisals.Decision.EXTEND, "x", None),
        (appraisals.Decision.EXTEND, "x", 0),
        (appraisals.Decision.EXTEND, "x", 1_000_000),
    ],
)
def test_a_decision_without_reason_or_with_odd_years_is_refused(
    world: World, decision: appraisals.Decision, reason: str, years: int | None
) -> None:
    [doc] = world.due_documents(renditions=0)
    with world.as_("officer") as (session, officer, scope):
        row = appraisals.open_appraisal(session, officer, scope, title="x", document_ids=[doc], today=world.today)
        with pytest.raises(Invalid):
            appraisals.decide(session, officer, row.id, [appraisals.Verdict(doc, decision, reason, years)])


def test_a_document_stands_in_one_appraisal_and_one_batch_at_a_time(world: World) -> None:
    [doc] = world.due_documents(renditions=0)
    batch = world.proposed([doc])
    with pytest.raises(Conflict):
        world.appraised([doc])
    with pytest.raises(Conflict), world.as_("officer") as (session, officer, _):
        batches.propose(
            session, officer, appraisal_id=batch.appraisal_id, title="again", fonds="A001",
            zone=world.house.settings.zone,
        )  # fmt: skip


@pytest.mark.parametrize("way", ["reject", "cancel"])
def test_a_rejected_or_cancelled_batch_frees_its_documents(world: World, way: str) -> None:
    [doc] = world.due_documents(renditions=0)
    batch = world.signed([doc])
    name = "first" if way == "reject" else "officer2"
    with world.as_(name) as (session, actor, _):
        getattr(batches, way)(session, actor, batch.id, "no")
    assert world.state(batch.id) == "cancelled"
    assert doc in found(world)
    with pytest.raises(Conflict):
        world.begin(batch.id)
    assert world.proposed([doc]).state == "proposed"


def test_leaving_one_out_makes_a_new_list_and_voids_the_signatures(world: World) -> None:
    out, stays = world.due_documents(2, renditions=0)
    batch = world.signed([out, stays])
    with world.as_("officer") as (session, officer, _):
        fresh = batches.refreeze(
            session, officer, batch.id, without=frozenset({out}), fonds="A001", zone=world.house.settings.zone
        )
        assert (fresh.state, fresh.standing) == ("proposed", [])
        assert fresh.manifest_sha256 != batch.manifest_sha256
        assert [line["document_id"] for line in batches.item_lines(fresh)] == [stays]
    assert out in found(world)
    with pytest.raises(Conflict):
        world.approve(batch, "first")


def test_a_change_of_an_item_after_freezing_stops_signing_and_executing(world: World) -> None:
    [doc] = world.due_documents(renditions=0)
    batch = world.proposed([doc])
    world.approve(batch, "first")
    with world.house.database.transaction() as session:
        session.get_one(Document, doc).confidentiality = 2
    with pytest.raises(Conflict, match="changed"):
        world.approve(batch, "second")


def test_nobody_signs_a_list_with_a_held_document(world: World) -> None:
    """R20: a signature given under a hold would count after its lifting, without another look."""
    doc, other = world.due_documents(2, renditions=0)
    batch = world.proposed([doc, other])
    hold = world.hold(doc)
    with pytest.raises(Conflict) as refused:
        world.approve(batch, "first")
    assert (refused.value.code, refused.value.extra["documents"]) == ("held", [doc])
    world.lift(hold)
    assert len(world.approve(batch, "first").standing) == 1


def test_an_event_earlier_than_the_paper_is_remarked(world: World) -> None:
    """What was recorded for a whole folder may be earlier than a paper that came into it later."""
    fold = world.folder()
    early, late = (world.document(fold, renditions=0) for _ in range(2))
    for doc, dated in ((early, date(2018, 1, 1)), (late, date(2022, 1, 1))):
        with world.house.database.transaction() as session:
            session.get_one(Document, doc).dated = dated
    with world.as_("officer") as (session, _, scope):
        assert events.dated_later(session, scope, Subject(SubjectKind.FOLDER, fold), LONG_AGO) == 1
    happened(world, Subject(SubjectKind.FOLDER, fold), LONG_AGO)
    remarked = [any(why.code == "event_before_paper" for why in world.view(doc).why) for doc in (early, late)]
    assert remarked == [False, True]


def test_a_batch_cools_before_it_may_begin(world: World) -> None:
    [doc] = world.due_documents(renditions=0)
    batch = world.proposed([doc])
    world.approve(batch, "first")
    settings = world.house.settings
    world.house.settings = settings.model_copy(update={"destruction_cooling_days": 7})
    assert world.approve(batch, "second").state == "cooling"
    world.house.settings = settings
    with pytest.raises(Conflict, match="cools"):
        world.begin(batch.id)
    with world.house.database.transaction() as session:
        row = session.get_one(DestructionBatch, batch.id)
        assert row.cooling_until
        row.cooling_until -= timedelta(days=7, seconds=1)
    assert world.begin(batch.id).state == "executing"


def test_signatures_grow_old(world: World) -> None:
    batch = world.signed(world.due_documents(renditions=0))
    with world.house.database.transaction() as session:
        row = session.get_one(DestructionBatch, batch.id)
        assert row.cooling_until
        row.cooling_until -= timedelta(days=31)
    with pytest.raises(Conflict, match="older than 30 days"):
        world.begin(batch.id)


def test_held_by_folder_by_customer_and_unsettled_all_keep(world: World) -> None:
    fold = world.folder()
    doc = world.document(fold, renditions=0)
    world.close(fold, LONG_AGO)
    with world.house.database.reading() as session:
        customer = session.get_one(Folder, fold).customer_id
    for subject, ground in (
        (Subject(SubjectKind.FOLDER, fold), Ground.HOLD),
        (Subject(SubjectKind.CUSTOMER, customer), Ground.UNSETTLED),
    ):
        with world.as_("officer") as (session, officer, scope):
            hold = holds.place_hold(session, officer, scope, holds.HoldOrder("t", "r", [subject], ground))
            assert holds.held(session, doc)
            with pytest.raises(Conflict):
                need_changeable(session, session.get_one(Document, doc))
        assert doc not in found(world)
        assert [each.id for each in world.view(doc).holds] == [hold.id]
        world.lift(hold.id)
    assert doc in found(world)


def test_two_holds_on_one_document_are_lifted_one_by_one(world: World) -> None:
    [doc] = world.due_documents(renditions=0)
    one, two = world.hold(doc), world.hold(doc)
    world.lift(one)
    assert doc not in found(world)
    world.lift(two)
    assert doc in found(world)
    with pytest.raises(Conflict):
        world.lift(two)
