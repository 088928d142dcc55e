"""A list of papers is seen whole or is not there: appraisals, batches, certificates, over the API and on the pages.

reliability.md §5 P01–P04, P12; invariants 5 and 6; docs/decisions/0006.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from sqlalchemy import select, update

from archive.audit import OPERATOR
from archive.documents import Document
from archive.errors import Forbidden, Invalid, NotFound
from archive.logs import log_to_stderr
from archive.people import Person, create_person
from archive.rights import Confidentiality, Role
from retention import appraisals, batches
from retention.holds import Hold, HoldOrder, lift_hold, place_hold
from retention.inbox import inbox, waiting_documents
from retention.subjects import Subject, SubjectKind
from retention.supervision import confirm
from tests.houses import home_of
from tests.integration.api.served import Served, served
from tests.integration.retention.world import World, peopled

LOW = {"low keeper": Role.OFFICER, "low approver": Role.APPROVER, "low searcher": Role.SEARCHER}


@dataclass
class Lists:
    """An installation with lists in every state, each of a paper that all may see and one that the low may not."""

    world: World
    service: Served
    papers: list[str]
    appraisals: list[str]
    batches: list[str]
    certificate: str
    told: list[str]
    """What nobody of low clearance may ever be answered: ids, codes, titles."""


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lists]:
    log_to_stderr()
    env = {"DATA": str(tmp_path_factory.mktemp("sight") / "data"), "DESTRUCTION_COOLING_DAYS": "0"}
    with home_of(env) as home, served(home) as service:
        world = peopled(home.house)
        lowly(world)
        for name, person in world.people.items():
            service.tokens[name] = service.token(person.id)
        yield furnished(world, service)


def lowly(world: World) -> None:
    """People of every role that lists are for, who may see what is public."""
    with world.house.database.transaction() as session:
        for name, role in LOW.items():
            clearance = Confidentiality.PUBLIC
            create_person(session, OPERATOR, name=name, roles=[role], department="sales", clearance=clearance)
        world.people |= {person.name: person for person in session.scalars(select(Person))}


def mixed(world: World) -> list[str]:
    """A public paper and an internal one, both due."""
    papers = world.due_documents(2, renditions=0)
    level(world, papers[0], Confidentiality.PUBLIC)
    return papers


def level(world: World, document_id: str, given: Confidentiality) -> None:
    with world.house.database.transaction() as session:
        session.execute(update(Document).where(Document.id == document_id).values(confidentiality=int(given)))


def furnished(world: World, service: Served) -> Lists:
    world.approved_class()
    papers = [mixed(world) for _ in range(4)]
    with world.as_("officer") as (session, officer, scope):
        opened = appraisals.open_appraisal(
            session, officer, scope, title="yearly", document_ids=papers[0], today=world.today
        )
    finished = world.appraised(papers[1])
    waits, gone = world.proposed(papers[2]), world.signed(papers[3])
    world.begin(gone.id)
    world.execute(gone.id)
    for name in ("clerk", "sales"):
        with world.as_(name) as (session, actor, _):
            confirm(session, actor, world.house, batch_id=gone.id, observed="seen")
    every = [document_id for pair in papers for document_id in pair]
    codes = [world.row(document_id).archival_code or "" for document_id in every]
    numbers = world.row(papers[3][1]).certificate_no or ""
    held = [opened.id, finished.id, waits.appraisal_id, gone.appraisal_id]
    hidden = [pair[1] for pair in papers]
    told = [*hidden, *codes[1::2], *held, waits.id, gone.id, numbers, "batch one", "yearly"]
    return Lists(world, service, every, held, [waits.id, gone.id], numbers, told)


def page(lists: Lists, who: str, path: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {lists.service.tokens[who]}", "Accept": "text/html"}
    return lists.service.client.get(path, headers=headers)


@pytest.mark.parametrize("who", LOW)
@pytest.mark.parametrize(
    "path",
    [
        "/appraisals", "/appraisals?finished=true", "/appraisals/candidates", "/destruction-batches", "/certificates",
        "/inbox", "/audit?size=500", "/documents", "/holds",
    ],
)  # fmt: skip
def test_no_list_tells_of_a_list_with_a_paper_out_of_sight(lists: Lists, who: str, path: str) -> None:
    answer = lists.service.ask(who, "GET", path)
    assert answer.status_code in {200, 403}
    assert [each for each in lists.told if each in answer.text] == []


@pytest.mark.parametrize("who", LOW)
@pytest.mark.parametrize("path", ["/schedule", "/certificates", "/inbox", "/log"])
def test_no_page_tells_of_a_list_with_a_paper_out_of_sight(lists: Lists, who: str, path: str) -> None:
    answer = page(lists, who, path)
    assert answer.status_code in {200, 403}
    assert [each for each in lists.told if each in answer.text] == []


ACTS = (
    ("GET", "/appraisals/{appraisal}", None),
    ("PUT", "/appraisals/{appraisal}/decisions", [{"document_id": "{paper}", "decision": "permanent", "reason": "x"}]),
    ("POST", "/appraisals/{appraisal}/finish", {}),
    ("POST", "/destruction-batches", {"appraisal_id": "{appraisal}", "title": "mine"}),
    ("GET", "/destruction-batches/{batch}", None),
    ("POST", "/destruction-batches/{batch}/approve", {"manifest_sha256": "0" * 64, "opinion": "yes"}),
    ("POST", "/destruction-batches/{batch}/reject", {"reason": "no"}),
    ("POST", "/destruction-batches/{batch}/cancel", {"reason": "no"}),
    ("POST", "/destruction-batches/{batch}/execute", {"supervisors": ["{person}", "{person}"]}),
    ("POST", "/destruction-batches/{batch}/confirm", {"observed": "seen"}),
    ("GET", "/people/supervisors?batch={batch}", None),
    ("GET", "/certificates/{certificate}", None),
    ("GET", "/certificates/{certificate}.pdf", None),
    ("GET", "/certificates/{certificate}/bundle", None),
)


@pytest.mark.parametrize("who", LOW)
@pytest.mark.parametrize("act", ACTS, ids=lambda act: f"{act[0]} {act[1]}")
def test_an_unseen_list_answers_every_act_as_an_absent_one(
    lists: Lists, who: str, act: tuple[str, str, object]
) -> None:
    absent = {"appraisal": str(uuid.uuid4()), "batch": str(uuid.uuid4()), "certificate": "XH-1999-0001"}
    common = {"paper": lists.papers[0], "person": lists.world.people["clerk"].id}
    expected = answered(lists, who, act, absent | common)
    for appraisal in lists.appraisals:
        for batch in lists.batches:
            there = {"appraisal": appraisal, "batch": batch, "certificate": lists.certificate}
            assert answered(lists, who, act, there | common) == expected
    assert expected[0] in {403, 404}


def answered(lists: Lists, who: str, act: tuple[str, str, object], names: dict[str, str]) -> tuple[int, str]:
    """Status and body of one act with these names put in."""
    method, path, body = act
    spelled = json.dumps(body)
    for name, value in names.items():
        path, spelled = path.replace(f"{{{name}}}", value), spelled.replace(f"{{{name}}}", value)
    given = {} if body is None else {"json": json.loads(spelled)}
    answer = lists.service.ask(who, method, path, **given)
    return answer.status_code, json.dumps(answer.json() | {"instance": ""}, sort_keys=True)


def test_nothing_was_changed_by_all_this(lists: Lists) -> None:
    states = [lists.world.state(batch) for batch in lists.batches]
    assert states == ["proposed", "done"]
    with lists.world.as_("officer") as (session, officer, _):
        opened = appraisals.the_appraisal(session, officer, lists.appraisals[0])
        assert [item.decision for item in opened.items] == [None, None]


@pytest.mark.parametrize("who", ["officer", "first", "auditor"])
def test_who_sees_every_paper_sees_every_list(lists: Lists, who: str) -> None:
    found = [page(lists, who, f"/appraisals/{each}").status_code for each in lists.appraisals]
    found += [page(lists, who, f"/destruction/{each}").status_code for each in lists.batches]
    found.append(page(lists, who, f"/certificates/{lists.certificate}").status_code)
    assert set(found) == {200}
    assert lists.certificate in lists.service.ask(who, "GET", "/certificates").text


def test_a_form_that_names_an_unseen_paper_is_not_told_its_code(lists: Lists) -> None:
    """P07: the paper is named to an appraisal that the asker sees, in which it does not stand."""
    world = lists.world
    seen = world.due_documents(renditions=0)[0]
    level(world, seen, Confidentiality.PUBLIC)
    with world.as_("low keeper") as (session, actor, scope):
        opened = appraisals.open_appraisal(
            session, actor, scope, title="mine", document_ids=[seen], today=world.today
        ).id
    unseen = lists.papers[1]
    form = {"document_id": unseen, f"decision-{unseen}": "permanent", f"reason-{unseen}": "x"}
    headers = {"Authorization": f"Bearer {lists.service.tokens['low keeper']}", "Accept": "text/html"}
    answer = lists.service.client.post(f"/appraisals/{opened}/decisions", data=form, headers=headers)
    assert answer.status_code == 422
    assert (world.row(unseen).archival_code or "none") not in answer.text


def test_a_paper_in_sight_does_not_tell_the_title_of_a_list_that_is_not(lists: Lists) -> None:
    told = page(lists, "low keeper", f"/documents/{lists.papers[4]}")
    assert told.status_code == 200
    assert [each for each in lists.told if each in told.text] == []


def test_what_waits_before_an_approver_never_lifts_a_clearance(lists: Lists) -> None:
    """P12: a paper whose level is raised leaves the sight of those below on the next query, batch and all."""
    world = lists.world
    paper = world.due_documents(renditions=0)[0]
    level(world, paper, Confidentiality.PUBLIC)
    batch = world.proposed([paper])
    with world.as_("low approver") as (session, actor, scope):
        assert waiting_documents(session, actor) == {paper}
        assert batch.id in {each.id for each in inbox(session, actor, scope, world.today)}
    level(world, paper, Confidentiality.INTERNAL)
    with world.as_("low approver") as (session, actor, scope):
        assert waiting_documents(session, actor) == frozenset()
        assert batch.id not in {each.id for each in inbox(session, actor, scope, world.today)}
    with pytest.raises(NotFound):
        world.approve(batch, "low approver")


def test_a_supervisor_is_cleared_for_the_list_and_keeps_it_in_sight(lists: Lists) -> None:
    world = lists.world
    batch = world.signed(world.due_documents(renditions=0))
    with pytest.raises(Invalid, match="clearance"):
        world.begin(batch.id, supervisors=("clerk", "low searcher"))
    offered = page(lists, "officer2", f"/destruction/{batch.id}").text.partition('name="first"')[2]
    listed = lists.service.ask("officer2", "GET", f"/people/supervisors?batch={batch.id}").text
    for told in (offered, listed):
        assert world.people["clerk"].id in told
        for without in ("low searcher", "officer", "officer2", "first"):
            assert world.people[without].id not in told, without
    world.begin(batch.id)
    with world.house.database.transaction() as session:
        session.get_one(Person, world.people["clerk"].id).clearance = int(Confidentiality.PUBLIC)
        session.flush()
        clerk = world.actor("clerk")
        assert batches.the_batch(session, clerk, batch.id).id == batch.id
        session.rollback()


def test_nobody_lifts_a_hold_that_keeps_more_than_they_see(lists: Lists) -> None:
    """R19: who lifts judges all that the hold keeps."""
    world, (seen, unseen) = lists.world, lists.papers[:2]
    both = [Subject(SubjectKind.DOCUMENT, seen), Subject(SubjectKind.DOCUMENT, unseen)]
    with world.as_("officer") as (session, officer, scope):
        hold = place_hold(session, officer, scope, HoldOrder("lawsuit", "letter 7", both)).id
    for _ in range(2):
        with world.as_("low keeper") as (session, low, scope):
            with pytest.raises(Forbidden, match="more than you may see"):
                lift_hold(session, low, scope, hold, "settled")
            assert session.get_one(Hold, hold).lift_asked_by is None
    world.lift(hold)
