"""What is restricted to storage is opened, found, listed, exported by nobody; officers know that it is there (R38)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import pytest

from archive.documents import Document
from archive.rights import Role
from indexes.sync import drift, index_now, reindex
from tests.houses import png
from tests.integration.api.served import Served
from tests.integration.api.test_hidden import LISTS, TAILS, same_but_for_ids

CANARY = "青铜镜第九号契约"
READERS = ("colleague", "putter")


@dataclass(frozen=True)
class Kept:
    """The paper, its bytes, and the request by which it is restricted."""

    paper: str
    folder: str
    request: str
    body: bytes


@pytest.fixture(scope="module")
def kept(service: Served) -> Kept:
    """A paper that a colleague could read and found, until its class's least period kept it from being deleted."""
    service.person("colleague", Role.SEARCHER)
    service.person("putter", Role.SCANNER)
    folder = service.folder(klass="CT-EC")
    service.person("chief", Role.APPROVER)
    approved = service.ask("chief", "POST", "/retention-classes/approve", json={"codes": ["CT-EC"]})
    assert approved.status_code == 200, approved.text
    text = f"致：远山茶业\n{CANARY}"
    paper = service.paper(text, folder=folder, number=91)
    for who in ("colleague", "keeper"):
        assert service.ask(who, "GET", f"/search?q={CANARY}").json()["total"] == 1
    request = service.ask(
        "keeper", "POST", "/erasure-requests",
        json={"requester": "李四", "statement": "删除", "ground": "consent_withdrawn", "received_on": "2026-01-05",
              "document_ids": [paper]},
    )  # fmt: skip
    assert request.status_code == 201, request.text
    [item] = request.json()["items"]
    assert [bar["code"] for bar in item["bars"]] == ["floor_not_begun"]
    here = f"/erasure-requests/{request.json()['id']}"
    answer = [{"document_id": paper, "outcome": "restrict", "reason": "least period"}]
    early = service.ask("keeper", "POST", f"{here}/decide", json=answer)
    assert (early.status_code, early.json()["code"]) == (409, "identity_unchecked")
    assert service.ask("keeper", "POST", f"{here}/identity", json={"how": "seen at the desk"}).status_code == 200
    barred = service.ask("keeper", "POST", f"{here}/decide", json=[answer[0] | {"outcome": "delete"}])
    assert (barred.status_code, barred.json()["code"]) == (409, "not_erasable")
    assert service.ask("keeper", "POST", f"{here}/decide", json=answer).status_code == 200
    return Kept(paper, folder["id"], request.json()["id"], png(91) + text.encode())


@pytest.mark.parametrize("who", READERS)
@pytest.mark.parametrize("tail", TAILS)
def test_it_answers_readers_as_what_is_absent(service: Served, kept: Kept, who: str, tail: str) -> None:
    absent = str(uuid.uuid4())
    one = service.ask(who, "GET", f"/documents/{kept.paper}{tail}")
    two = service.ask(who, "GET", f"/documents/{absent}{tail}")
    assert one.status_code == 404
    assert same_but_for_ids(one, kept.paper) == same_but_for_ids(two, absent)


@pytest.mark.parametrize("tail", TAILS)
def test_not_even_an_officer_opens_it(service: Served, kept: Kept, tail: str) -> None:
    answer = service.ask("keeper", "GET", f"/documents/{kept.paper}{tail}")
    assert (answer.status_code, answer.json()["code"]) == (403, "restricted")
    assert CANARY not in answer.text


def test_the_viewer_s_images_are_closed_too(service: Served, kept: Kept) -> None:
    for path in (f"/iiif/{kept.paper}/1/info.json", f"/iiif/{kept.paper}/manifest"):
        assert service.ask("colleague", "GET", path).status_code == 404
        assert service.ask("keeper", "GET", path).status_code in {403, 404}


@pytest.mark.parametrize("who", [*READERS, "keeper"])
def test_nobody_finds_it_before_and_after_the_index_has_heard(service: Served, kept: Kept, who: str) -> None:
    for _ in range(2):
        for query in (f"q={CANARY}", "q=青铜镜", "q=致", f"q={CANARY}&by=document"):
            found = service.ask(who, "GET", f"/search?{query}").json()
            assert found["total"] == 0, query
            assert not any(found["facets"].values())
        exported = service.ask(who, "POST", "/search/export", json={"q": CANARY})
        assert kept.paper not in exported.text
        with service.home.house.database.transaction() as session:
            index_now(session, service.writer, service.home.house.vault, kept.paper)


def test_an_index_that_is_built_anew_does_not_know_it(service: Served, kept: Kept) -> None:
    house = service.home.house
    with house.database.transaction() as session:
        index_now(session, service.writer, house.vault, kept.paper)
    reindex(house.database, service.writer, house.vault)
    with house.database.reading() as session:
        assert drift(session, service.writer).none
    assert kept.paper not in {document_id for document_id, _ in service.writer.versions()}


@pytest.mark.parametrize("who", [*READERS, "keeper"])
def test_no_list_has_it(service: Served, kept: Kept, who: str) -> None:
    for path in (*LISTS, f"/documents?folder={kept.folder}"):
        if path != "/audit?size=5":
            assert kept.paper not in service.ask(who, "GET", path).text, path


def test_the_same_bytes_put_in_again_do_not_tell_of_it(service: Served, kept: Kept) -> None:
    again = service.upload("putter", kept.body, "twin.png").json()
    assert again["duplicates"] == []
    assert kept.paper not in service.ask("putter", "GET", f"/documents/{again['id']}").text


def test_officers_know_that_it_is_there_and_nobody_else_does(service: Served, kept: Kept) -> None:
    listed = service.ask("keeper", "GET", "/restrictions")
    assert [row["document_id"] for row in listed.json()["items"]] == [kept.paper]
    assert CANARY not in listed.text
    for who in READERS:
        assert service.ask(who, "GET", "/restrictions").status_code == 403
    acts = service.ask("keeper", "GET", f"/audit?subject={kept.paper}&size=500").json()["entries"]
    assert {"document.restricted", "erasure.decided"} <= {entry["action"] for entry in acts}


def test_the_letter_is_a_pdf_and_is_logged(service: Served, kept: Kept) -> None:
    letter = service.ask("keeper", "GET", f"/erasure-requests/{kept.request}/letter.pdf")
    assert letter.headers["content-type"] == "application/pdf"
    assert letter.content.startswith(b"%PDF")
    acts = service.ask("keeper", "GET", f"/audit?subject={kept.request}").json()["entries"]
    assert "erasure.answered" in {entry["action"] for entry in acts}


def test_two_people_bring_it_back(service: Served, kept: Kept) -> None:
    service.person("keeper two", Role.OFFICER, department="records", level="secret")
    [row] = service.ask("keeper", "GET", "/restrictions").json()["items"]
    why = {"reason": "the person withdrew the request"}
    statuses = [
        service.ask(who, "POST", f"/restrictions/{row['id']}/lift", json=why).status_code
        for who in ("keeper", "keeper", "keeper two")
    ]
    assert statuses == [202, 202, 200]
    with service.home.house.database.transaction() as session:
        index_now(session, service.writer, service.home.house.vault, kept.paper)
        assert session.get_one(Document, kept.paper).restricted is False
    assert service.ask("colleague", "GET", f"/documents/{kept.paper}").status_code == 200
    assert service.ask("colleague", "GET", f"/search?q={CANARY}").json()["total"] == 1
