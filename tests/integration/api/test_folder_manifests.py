"""A folder as a IIIF manifest: what its reader sees, in order, counted honestly, in parts where it is large."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import pytest

from archive.documents import Document, Page
from archive.rights import Confidentiality, Role
from service import folders
from tests.integration.api.served import Served

CANARY = "紫云石七号协议"


@pytest.fixture(scope="module")
def matter(service: Served) -> tuple[dict[str, Any], list[str]]:
    """Three papers of a sales folder; the last one is beyond the colleague's clearance."""
    folder = service.folder()
    papers = [
        service.paper(f"{text}\n往来", folder=folder, number=n) for n, text in enumerate(("甲", "乙", CANARY), 31)
    ]
    with service.home.house.database.transaction() as session:
        session.get_one(Document, papers[2]).confidentiality = int(Confidentiality.SECRET)
        first = session.get_one(Document, papers[0])
        measures = {"dpi": 100, "turn": 0, "state": "failed", "confidence": 0, "source": "ocr", "engine": "drawn"}
        session.add(
            Page(id=str(uuid.uuid4()), document_id=first.id, number=2, width=0, height=0, findings=[], **measures)
        )
    service.person("colleague", Role.SEARCHER, level="internal")
    service.person("stranger", Role.SEARCHER, department="finance")
    return folder, papers


def asked(service: Served, who: str, folder: dict[str, Any], tail: str = "") -> dict[str, Any]:
    answer = service.ask(who, "GET", f"/iiif/folders/{folder['id']}/manifest{tail}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def counts(told: dict[str, Any]) -> list[str]:
    return [each["value"]["none"][0] for each in told["metadata"]]


def shown(told: dict[str, Any]) -> list[str]:
    """The documents whose pages are in it, in order."""
    return list(dict.fromkeys(canvas["id"].split("/")[-3] for canvas in told["items"]))


def test_a_folder_has_its_papers_in_the_order_of_their_codes_with_a_table_of_contents(
    service: Served, matter: tuple[dict[str, Any], list[str]]
) -> None:
    folder, papers = matter
    told = asked(service, "keeper", folder)
    assert shown(told) == papers
    assert counts(told) == ["3", "4", "1/1"]
    (contents,) = told["structures"]
    assert [len(each["items"]) for each in contents["items"]] == [2, 1, 1]
    named = {item["id"] for each in contents["items"] for item in each["items"]}
    assert named == {canvas["id"] for canvas in told["items"]}


def test_a_page_without_an_image_keeps_its_place(
    service: Served, matter: tuple[dict[str, Any], list[str]]
) -> None:  # fmt: skip
    canvas = asked(service, "keeper", matter[0])["items"][1]
    assert canvas["label"]["none"][0].endswith(" 2")
    assert "items" not in canvas


def test_what_a_reader_may_not_see_is_neither_shown_nor_counted(
    service: Served, matter: tuple[dict[str, Any], list[str]]
) -> None:
    """L01, L13: a paper above the clearance changes nothing but what its readers get."""
    folder, papers = matter
    told = asked(service, "colleague", folder)
    assert shown(told) == papers[:2]
    assert counts(told) == ["2", "3", "1/1"]
    assert CANARY not in json.dumps(told, ensure_ascii=False)
    assert papers[2] not in json.dumps(told)


def test_a_folder_out_of_sight_is_not_there(service: Served, matter: tuple[dict[str, Any], list[str]]) -> None:
    hidden = service.ask("stranger", "GET", f"/iiif/folders/{matter[0]['id']}/manifest")
    absent = service.ask("stranger", "GET", f"/iiif/folders/{uuid.uuid4()}/manifest")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["detail"] == absent.json()["detail"]


def test_a_large_folder_comes_in_parts_that_are_the_whole_together(
    service: Served, matter: tuple[dict[str, Any], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, papers = matter
    monkeypatch.setattr(folders, "PART_PAGES", 3)
    first = asked(service, "keeper", folder)
    assert [counts(first), shown(first)] == [["3", "4", "1/2"], papers[:2]]
    (onward,) = first["seeAlso"]
    second = service.ask("keeper", "GET", onward["id"].removeprefix(service.url)).json()
    assert [counts(second), shown(second), second["id"]] == [["3", "4", "2/2"], papers[2:], onward["id"]]
    assert service.ask("keeper", "GET", f"/iiif/folders/{folder['id']}/manifest?part=3").status_code == 404


def test_every_address_in_it_is_ours_and_answers(
    service: Served, matter: tuple[dict[str, Any], list[str]]
) -> None:  # fmt: skip
    told = json.dumps(asked(service, "keeper", matter[0]))
    addresses = set(re.findall(r'"(https?://[^"]*)"', told)) - {"http://iiif.io/api/presentation/3/context.json"}
    assert all(address.startswith(service.url) for address in addresses)
    for address in [each for each in addresses if re.search(r"/\d+$", each)]:
        assert service.ask("keeper", "GET", address.removeprefix(service.url)).status_code == 303
