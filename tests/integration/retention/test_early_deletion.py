"""A data subject asks for deletion: what may go early goes the two-person way, the rest is stored and nothing else.

PIPL art. 47, 50; records-rules R38; mission E9.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from archive.audit import AuditEntry
from archive.documents import Document
from archive.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from archive.pdf import write_form
from archive.readable import any_document, readable, readable_scope, the_document
from archive.vault import Vault
from retention.certificate import certificate_json
from retention.disposal import CertificateRow, DestructionBatch
from retention.erasure import (
    Answer,
    RequestOrder,
    check_identity,
    decide,
    outlook,
    record_request,
    refuse,
    the_request,
    told_of,
)
from retention.inbox import Matter, inbox
from retention.letters import Letter, letter_form
from retention.register import cover, line, register
from retention.requests import ErasureRequest, Ground, Outcome
from retention.restriction import lift, restrictions
from retention.schedule import candidates
from retention.supervision import confirm
from retention.terms import Action, Level
from tests.integration.retention.world import FIVE, World, open_world

YEARS = 4


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("early") / "data") as made:
        made.approved_class(replace(FIVE, code="LONG-30", period_years=30))
        made.approved_class(replace(FIVE, code="FLOR-30", period_years=30, floor_years=YEARS))
        made.approved_class(replace(FIVE, code="EVER", period_years=None, action=Action.PERMANENT))
        made.approved_class(replace(FIVE, code="WHOL-30", period_years=30, level=Level.FOLDER))
        yield made


def undue(world: World, klass: str = "LONG-30", *, on: date | None = None) -> str:
    """A document whose period has long to run."""
    folder = world.folder(klass)
    doc = world.document(folder)
    if on:
        world.close(folder, on)
    return doc


def asked(world: World, *docs: str, checked: bool = True, who: str = "officer") -> str:
    with world.as_(who) as (session, actor, scope):
        order = RequestOrder("张三", "请删除我的资料", Ground.CONSENT_WITHDRAWN, world.today, document_ids=docs)
        request = record_request(session, actor, scope, world.house.vault, order, today=world.today)
        if checked:
            check_identity(session, actor, scope, world.house.vault, request.id, how="窗口核对身份证原件")
        return request.id


def answered(world: World, request: str, outcome: Outcome, *docs: str, who: str = "officer") -> None:
    with world.as_(who) as (session, actor, _):
        scope = world.known(actor.name, session)
        answers = [Answer(doc, outcome, "the person asked") for doc in docs]
        decide(session, actor, scope, request, answers, today=world.today)


def barred(world: World, request: str) -> list[list[str]]:
    with world.as_("officer") as (session, actor, _):
        found = the_request(session, world.known(actor.name, session), request)
        return [[bar.code for bar in each.bars] for each in outlook(session, found, today=world.today)]


def signed_batch(world: World, doc: str) -> DestructionBatch:
    batch = world.signed([doc])
    world.begin(batch.id)
    world.execute(batch.id)
    for name in ("clerk", "sales"):
        with world.as_(name) as (session, actor, _):
            confirm(session, actor, world.house, batch_id=batch.id, observed="seen")
    return batch


def test_what_nothing_bars_goes_early_by_the_same_two_people_with_the_request_on_its_proof(world: World) -> None:
    doc = undue(world)
    assert world.view(doc).due_date is None
    with pytest.raises(Conflict):
        world.appraised([doc])
    request = asked(world, doc)
    answered(world, request, Outcome.DELETE, doc)
    view = world.view(doc)
    assert (view.due_date, view.free, view.event) == (world.today, True, None)
    batch = signed_batch(world, doc)
    with world.house.database.reading() as session:
        row = session.scalars(select(CertificateRow).where(CertificateRow.batch_id == batch.id)).one()
        number = session.get_one(ErasureRequest, request).number
        made = register(session, row)
    [item] = made.manifest["items"]
    assert item["early"] == {
        "request": number, "ground": "consent_withdrawn", "granted_on": world.today.isoformat(),
    }  # fmt: skip
    assert number in line(item)[-1]
    [told] = [said for name, said in cover(made) if name == "提前删除依据"]
    assert number in told
    assert "第（三）项" in told
    assert certificate_json(row)["state"] == "complete"
    assert world.house.vault.absent(doc)


def test_a_whole_folder_does_not_keep_what_its_subject_wants_gone(world: World) -> None:
    folder = world.folder("WHOL-30")
    doc, neighbour = world.document(folder, renditions=0), world.document(folder, renditions=0)
    request = asked(world, doc)
    answered(world, request, Outcome.DELETE, doc)
    signed_batch(world, doc)
    assert world.row(doc).destroyed_at
    assert not world.row(neighbour).destroyed_at


@pytest.mark.parametrize(
    ("klass", "on", "bars"),
    [
        ("FLOR-30", None, ["floor_not_begun"]),
        ("FLOR-30", "recent", ["floor"]),
        ("FLOR-30", "2012-06-30", []),
        ("EVER", "2012-06-30", ["permanent"]),
        ("CT-GEN", "2012-06-30", ["class_unapproved"]),
    ],
)
def test_the_law_s_least_period_bars_a_deletion_and_says_so(
    world: World, klass: str, on: str | None, bars: list[str]
) -> None:
    day = date(world.today.year - 1, 6, 30) if on == "recent" else date.fromisoformat(on) if on else None
    doc = undue(world, klass, on=day)
    request = asked(world, doc)
    assert barred(world, request) == [bars]
    if bars:
        with pytest.raises(Conflict) as refused:
            answered(world, request, Outcome.DELETE, doc)
        assert refused.value.code == "not_erasable"
        assert not world.view(doc).free
    else:
        answered(world, request, Outcome.DELETE, doc)
        assert world.view(doc).free


def test_a_hold_bars_a_deletion_and_stops_one_that_was_granted(world: World) -> None:
    doc = undue(world)
    hold = world.hold(doc)
    request = asked(world, doc)
    assert barred(world, request) == [["held"]]
    world.lift(hold)
    answered(world, request, Outcome.DELETE, doc)
    batch = world.signed([doc])
    world.hold(doc)
    with pytest.raises(Conflict):
        world.begin(batch.id)
    assert not world.row(doc).destroyed_at


def test_nothing_is_decided_before_identity_was_checked_nor_after_a_refusal(world: World) -> None:
    doc = undue(world)
    request = asked(world, doc, checked=False)
    with pytest.raises(Conflict) as unchecked:
        answered(world, request, Outcome.DELETE, doc)
    assert unchecked.value.code == "identity_unchecked"
    with world.as_("officer") as (session, officer, scope):
        with pytest.raises(Invalid):
            refuse(session, officer, scope, world.house.vault, request, reason=" ")
        refuse(session, officer, scope, world.house.vault, request, reason="不是本人")
    with pytest.raises(Conflict) as refused:
        answered(world, request, Outcome.RESTRICT, doc)
    assert refused.value.code == "request_refused"
    assert not world.row(doc).restricted


def test_a_request_is_for_officers_who_see_all_of_it_and_names_nobody_in_the_clear(world: World) -> None:
    doc = undue(world)
    with pytest.raises(Forbidden):
        asked(world, doc, who="first")
    with pytest.raises(NotFound):
        asked(world, "00000000-0000-4000-8000-000000000000")
    with pytest.raises(Invalid):
        asked(world)
    request = asked(world, doc)
    with world.house.database.reading() as session:
        row = session.get_one(ErasureRequest, request)
        assert told_of(world.house.vault, row)["requester"] == "张三"
        assert "张三".encode() not in row.told
        details = session.scalars(select(AuditEntry.body).where(AuditEntry.subject == request)).all()
    assert not any("张三".encode() in body for body in details)


def restricted(world: World) -> tuple[str, str]:
    doc = undue(world, "FLOR-30", on=date(world.today.year - 1, 6, 30))
    request = asked(world, doc)
    answered(world, request, Outcome.RESTRICT, doc)
    return doc, request


def test_what_is_restricted_is_seen_by_nobody_and_known_to_officers(world: World) -> None:
    doc, _ = restricted(world)
    for name in ("clerk", "sales", "first", "officer"):
        with world.as_(name) as (session, actor, scope):
            assert session.scalar(select(Document.id).where(Document.id == doc, readable(scope))) is None
            with pytest.raises(Forbidden if name == "officer" else NotFound):
                the_document(session, scope, doc)
            with_storage = world.known(actor.name, session)
            known = session.scalar(select(Document.id).where(Document.id == doc, readable(with_storage)))
            assert (known == doc) == (name == "officer")
    with world.as_("officer") as (session, officer, _):
        scope = world.known(officer.name, session)
        assert doc in {row.document_id for row, _ in restrictions(session, scope)}


def test_two_people_lift_a_restriction(world: World) -> None:
    doc, _ = restricted(world)
    for name, lifts in (("officer", False), ("officer", False), ("officer2", True)):
        with world.as_(name) as (session, actor, _):
            scope = world.known(actor.name, session)
            [found] = [row.id for row, document in restrictions(session, scope) if document.id == doc]
            assert lift(session, actor, scope, found, "the person withdrew it")[1] is lifts
    with world.as_("sales") as (session, _, scope):
        assert the_document(session, scope, doc).id == doc


def test_what_was_restricted_is_asked_about_again_once_the_law_lets_it_go(world: World) -> None:
    doc = undue(world)
    hold = world.hold(doc)
    request = asked(world, doc)
    answered(world, request, Outcome.RESTRICT, doc)
    assert request not in waiting(world)
    world.lift(hold)
    assert request in waiting(world)
    answered(world, request, Outcome.DELETE, doc)
    assert request not in waiting(world)
    with world.as_("officer") as (session, officer, _):
        scope = world.known(officer.name, session)
        assert doc in {found.document.id for found in candidates(session, scope, world.today, size=500)[0]}
        with pytest.raises(Forbidden):
            any_document(session, readable_scope(session, officer), doc)


def waiting(world: World) -> set[str]:
    with world.as_("officer2") as (session, actor, _):
        scope = world.known(actor.name, session)
        return {each.id for each in inbox(session, actor, scope, world.today) if each.matter is Matter.ANSWER_REQUEST}


def test_the_letter_gives_the_reason_and_keeps_a_hold_s_to_itself(world: World) -> None:
    late = date(world.today.year - 1, 6, 30)
    kept, watched, gone = undue(world, "FLOR-30", on=late), undue(world), undue(world)
    world.hold(watched)
    request = asked(world, kept, watched, gone)
    answered(world, request, Outcome.RESTRICT, kept, watched)
    answered(world, request, Outcome.DELETE, gone)
    signed_batch(world, gone)
    text = json.dumps(printed(world, world.house.vault, request), ensure_ascii=False)
    assert f"法定最短保管期限 {YEARS} 年" in text
    assert "依法须继续保存" in text
    assert "lawsuit" not in text
    assert "张三" in text
    assert f"销毁证明 {world.row(gone).certificate_no}" in text


def printed(world: World, vault: Vault, request: str) -> list[str]:
    with world.as_("officer") as (session, officer, _):
        row = the_request(session, world.known(officer.name, session), request)
        seen = outlook(session, row, today=world.today)
        form = letter_form(Letter(row, told_of(vault, row), seen, "甲档案馆", world.today))
    assert write_form(form).startswith(b"%PDF")
    return [str(block) for block in form.blocks]


def test_a_destroyed_one_answers_with_its_certificate(world: World) -> None:
    doc = undue(world)
    hold = world.hold(doc)
    request = asked(world, doc)
    answered(world, request, Outcome.RESTRICT, doc)
    world.lift(hold)
    answered(world, request, Outcome.DELETE, doc)
    signed_batch(world, doc)
    with world.as_("sales") as (session, _, scope), pytest.raises(Gone):
        the_document(session, scope, doc)
