"""What officers and approvers do on the pages: take documents out, send them back, let them stay, look ahead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import httpx
import pytest

from archive.base import now
from archive.documents import Document
from archive.folders import Folder
from archive.people import Person
from archive.rights import Role
from retention.appraisals import Verdict, decide, open_appraisal
from retention.classes import known_approvers
from retention.disposal import Appraisal, Decision
from tests.houses import Home
from tests.integration.api.served import served
from tests.integration.retention.world import FIVE, World, open_world


@dataclass
class Desk:
    """An installation with the browsers of an officer and of an approver."""

    world: World
    officer: httpx.Client
    approver: httpx.Client
    guard: httpx.Client
    token: str


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("pages")
    with open_world(folder / "data") as world, served(Home(world.house, {})) as running:
        world.approved_class()
        keeper = running.person("keeper", Role.OFFICER)
        running.person("signer", Role.APPROVER)
        running.person("guard", Role.SECURITY)
        with (
            httpx.Client(base_url=running.url, headers={"accept": "text/html"}) as officer,
            httpx.Client(base_url=running.url, headers={"accept": "text/html"}) as approver,
            httpx.Client(base_url=running.url, headers={"accept": "text/html"}) as guard,
        ):
            for client, name in ((officer, "keeper"), (approver, "signer"), (guard, "guard")):
                client.post("/sign-in", data={"name": name, "password": f"a pass phrase of {name}"})
            yield Desk(world, officer, approver, guard, running.tokens[keeper])


def page(client: httpx.Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def sent(client: httpx.Client, path: str, **fields: object) -> httpx.Response:
    token = page(client, "/account").partition('name="anjuan-csrf" content="')[2].partition('"')[0]
    return client.post(path, data={"csrf": token, **fields})


def test_a_list_of_events_is_looked_at_and_then_recorded(desk: Desk) -> None:
    folder = desk.world.folder()
    doc = desk.world.document(folder, renditions=0)
    code = desk.world.row(doc).folder.code  # type: ignore[union-attr]
    text = f"event,code,occurred_on,evidence\ncontract_performed,{code},2019-06-30,note\n"
    assert "/events/list" in page(desk.officer, "/events")
    looked = sent(desk.officer, "/events/list", text=text.replace("note", ""))
    assert looked.status_code == 200
    assert 'name="record"' not in looked.text
    assert 'name="record"' in sent(desk.officer, "/events/list", text=text).text
    assert sent(desk.officer, "/events/list", text=text, record="yes").status_code == 303
    assert desk.world.view(doc).due_date


def test_an_event_before_the_papers_is_asked_about_first(desk: Desk) -> None:
    fold = desk.world.folder()
    doc = desk.world.document(fold, renditions=0)
    with desk.world.house.database.transaction() as session:
        session.get_one(Document, doc).dated = date(2022, 1, 1)
        code = session.get_one(Folder, fold).code
    given = {"code": code, "event": "contract_performed", "occurred_on": "2019-06-30", "evidence": "note 17"}
    asked = sent(desk.officer, "/events", **given)
    assert asked.status_code == 200
    assert 'name="sure"' in asked.text
    assert "note 17" in asked.text
    assert desk.world.view(doc).due_date is None
    assert sent(desk.officer, "/events", **given, sure="yes").status_code == 303
    assert desk.world.view(doc).due_date


def test_over_the_api_and_in_lists_an_event_before_the_papers_is_told_of(desk: Desk) -> None:
    fold = desk.world.folder()
    doc = desk.world.document(fold, renditions=0)
    code = desk.world.row(doc).folder.code  # type: ignore[union-attr]
    given = {"event": "contract_performed", "subject": {"kind": "folder", "id": fold}, "occurred_on": "2010-06-30",
             "evidence": "note 17"}  # fmt: skip
    api = {"headers": {"Authorization": f"Bearer {desk.token}"}}
    asked = desk.officer.post("/api/v1/trigger-events", json=given | {"confirm": False}, **api)
    assert (asked.status_code, asked.json()["code"], asked.json()["documents"]) == (409, "event_before_papers", 1)
    assert desk.world.view(doc).due_date is None
    told = desk.officer.post("/api/v1/trigger-events", json=given, **api)
    assert (told.status_code, told.json()["warnings"]) == (201, [{"code": "event_before_papers", "documents": 1}])
    text = f"event,code,occurred_on,evidence\ncontract_performed,{code},2011-06-30,note\n"
    lines = desk.officer.post("/api/v1/trigger-events/import", json={"csv": text}, **api).json()["lines"]
    assert [line["dated_later"] for line in lines] == [1]
    assert sent(desk.officer, "/events/list", text=text, record="yes").status_code == 200
    assert sent(desk.officer, "/events/list", text=text, record="yes", sure="yes").status_code == 303


def test_a_hold_by_query_stands_in_the_list(desk: Desk) -> None:
    assert sent(desk.officer, "/holds", title="audit", reason="letter", document_type="complaint").status_code == 303
    assert "audit" in page(desk.officer, "/holds")


def test_chosen_documents_are_taken_out_of_an_appraisal(desk: Desk) -> None:
    out, stays = desk.world.due_documents(2, renditions=0)
    appraisal = desk.world.appraised([out, stays])
    assert "/withdraw" in page(desk.officer, f"/appraisals/{appraisal.id}")
    assert sent(desk.officer, f"/appraisals/{appraisal.id}/withdraw", chosen=[out], why="not yet").status_code == 303
    assert "disabled" in page(desk.officer, f"/appraisals/{appraisal.id}")
    assert [desk.world.view(doc).appraised for doc in (out, stays)] == [False, True]


def test_an_approver_sends_one_document_back(desk: Desk) -> None:
    out, stays = desk.world.due_documents(2, renditions=0)
    batch = desk.world.signed([out, stays])
    path = f"/destruction/{batch.id}"
    assert "/reject-items" in page(desk.approver, path)
    assert sent(desk.approver, f"{path}/reject-items", documents=[out], reason="of use").status_code == 303
    assert desk.world.state(batch.id) == "proposed"


def test_the_rest_of_a_partial_batch_stays(desk: Desk) -> None:
    stays, goes = desk.world.due_documents(2, renditions=0)
    batch = desk.world.signed([stays, goes])
    desk.world.begin(batch.id)
    desk.world.hold(stays)
    desk.world.execute(batch.id)
    path = f"/destruction/{batch.id}"
    assert "/let-stay" in page(desk.officer, path)
    assert "1 held" in page(desk.officer, path) or "1 件在冻结中" in page(desk.officer, path)
    assert sent(desk.officer, f"{path}/let-stay", reason="a lawsuit").status_code == 303
    assert desk.world.state(batch.id) == "executed"


def test_the_calendar_shows_what_is_due(desk: Desk) -> None:
    desk.world.due_documents(1, renditions=0)
    assert "LIFE-5" in page(desk.officer, "/calendar")
    assert "/calendar" in page(desk.officer, "/schedule")


def test_a_request_to_delete_is_recorded_checked_and_answered(desk: Desk) -> None:
    desk.world.approved_class(replace(FIVE, code="LONG-30", period_years=30))
    desk.world.approved_class(replace(FIVE, code="FLOR-30", period_years=30, floor_years=9))
    goes, stays = (desk.world.document(desk.world.folder(code), renditions=0) for code in ("LONG-30", "FLOR-30"))
    codes = "\n".join(desk.world.row(doc).folder.code for doc in (goes, stays))  # type: ignore[union-attr]
    made = sent(
        desk.officer, "/erasures", requester="张三", statement="delete", ground="consent_withdrawn",
        received_on="2026-01-05", codes=codes,
    )  # fmt: skip
    path = made.headers["location"].partition("?")[0]
    assert path in page(desk.officer, "/erasures")
    assert "outcome-" not in page(desk.officer, path)
    assert sent(desk.officer, f"{path}/identity", how="seen at the desk").status_code == 303
    shown = page(desk.officer, path)
    assert shown.count('value="delete"') == 1
    answers = {f"outcome-{goes}": "delete", f"outcome-{stays}": "restrict"}
    reasons = {f"reason-{doc}": "the person asked" for doc in (goes, stays)}
    answered = sent(desk.officer, f"{path}/decide", document_id=[goes, stays], **answers, **reasons)
    assert answered.status_code == 303
    assert "letter.pdf" in page(desk.officer, path)
    assert desk.world.view(goes).free
    assert "/restrictions" in desk.officer.get(f"/documents/{stays}").text
    lifting = page(desk.officer, "/restrictions").partition('action="/restrictions/')[2].partition('"')[0]
    assert sent(desk.officer, f"/restrictions/{lifting}", reason="a mistake").status_code == 303
    assert desk.world.row(stays).restricted


def test_a_class_keeps_its_number_of_approvers_unless_another_is_given(desk: Desk) -> None:
    terms = {
        "code": "TEAM-9", "title": "team", "period_years": "9", "events": "made", "start_rule": "event_date",
        "action": "destroy", "basis": "resolution",
    }  # fmt: skip
    for given, expected in (("", 2), ("4", 4), ("", 4)):
        assert sent(desk.officer, "/classes", **terms, approvers=given).status_code == 303
        with desk.world.house.database.reading() as session:
            assert known_approvers(session, "TEAM-9") == expected


def test_the_security_officer_joins_accounts_and_has_a_leaver_replaced(desk: Desk) -> None:
    batch = desk.world.signed(desk.world.due_documents(renditions=0))
    second, third = (desk.world.people[name].id for name in ("second", "third"))
    assert f'value="{third}"' in page(desk.guard, f"/people/{second}")
    assert sent(desk.guard, f"/people/{second}/same-as", other=third).status_code == 303
    assert f"/people/{third}" in page(desk.guard, f"/people/{second}")
    assert sent(desk.guard, f"/people/{second}/same-as").status_code == 303
    assert "/replace" not in page(desk.guard, f"/people/{second}")
    with desk.world.house.database.transaction() as session:
        session.get_one(Person, second).disabled_at = now()
    replacing = f"/people/{second}/signatures/{batch.id}/replace"
    assert replacing in page(desk.guard, f"/people/{second}")
    assert sent(desk.guard, replacing, reason="left").status_code == 303
    assert desk.world.state(batch.id) == "proposed"
    with desk.world.house.database.transaction() as session:
        session.get_one(Person, second).disabled_at = None


def test_what_becomes_of_the_paper_is_said_on_the_batch(desk: Desk) -> None:
    batch = desk.world.signed(desk.world.due_documents(renditions=0))
    path = f"/destruction/{batch.id}"
    assert sent(desk.officer, f"{path}/paper", fate="destroyed", place="北京造纸厂", method="化浆").status_code == 303
    assert desk.world.state(batch.id) == "proposed"
    shown = page(desk.officer, path)
    assert "北京造纸厂" in shown
    first, second = (desk.world.people[name].id for name in ("clerk", "sales"))
    assert f'value="{first}"' in shown
    assert sent(desk.officer, f"{path}/paper/supervisors", first=first, second=second).status_code == 303
    assert "clerk" in page(desk.officer, path).partition("造纸厂")[2].partition("</section>")[0]
    refused = sent(desk.officer, f"{path}/paper/keep", reason="the mill is closed")
    assert refused.status_code == 409


def test_the_rest_of_an_appraisal_is_decided_alike(desk: Desk) -> None:
    docs = desk.world.due_documents(3, renditions=0)
    with desk.world.as_("officer") as (session, officer, scope):
        opened = open_appraisal(session, officer, scope, title="large", document_ids=docs, today=desk.world.today)
        decide(session, officer, opened.id, [Verdict(docs[0], Decision.PERMANENT, "a founding paper")])
    path = f"/appraisals/{opened.id}"
    assert docs[1] not in page(desk.officer, f"{path}?cursor=2")
    assert sent(desk.officer, f"{path}/rest", decision="destroy", reason="period over").status_code == 303
    with desk.world.house.database.reading() as session:
        decided = {item.document_id: item.decision for item in session.get_one(Appraisal, opened.id).items}
    assert [decided[doc] for doc in docs] == ["permanent", "destroy", "destroy"]
