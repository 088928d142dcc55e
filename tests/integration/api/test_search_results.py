"""What an answer of a search carries: documents with their pages, marks, the picture of a place, filters by facet."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from archive.documents import FileRole
from archive.rights import Role
from tests.integration.api.served import Served
from tests.integration.api.test_pages_as_images import drawn, keep

ID_NUMBER = "11010519900307002X"


@pytest.fixture(scope="module")
def papers(service: Served) -> list[str]:
    """Four papers; the first shows a number, so its page is white to some and black to others."""
    service.person("colleague", Role.SEARCHER)
    service.person("stranger", Role.SEARCHER, department="finance")
    folder = service.folder()
    found = [service.paper(f"租赁合同\n身份证 {ID_NUMBER}", folder=folder, number=60)]
    found += [
        service.paper(text, folder=folder, number=61 + n) for n, text in enumerate(("租凭合同", "租末合同", "租未合同"))
    ]
    for role, colour in ((FileRole.PAGE, "white"), (FileRole.PAGE_MASKED, "black")):
        keep(service, found[0], role, drawn(colour))
    return found


def answer(service: Served, who: str, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - what JSON holds
    told = service.ask(who, "POST", "/search", json=asked)
    assert told.status_code == 200, told.text
    found: dict[str, Any] = told.json()
    return found


def test_near_hits_come_behind_exact_ones_and_say_so(service: Served, papers: list[str]) -> None:
    hits = answer(service, "keeper", q="租赁合同", fuzzy=True)["hits"]
    assert [(hit["document_id"], hit["near"]) for hit in hits][:2] == [(papers[0], False), (papers[1], True)]
    assert {hit["near"] for hit in hits[1:]} == {True}
    alike = answer(service, "keeper", q="租未合同~")["hits"]
    assert [hit["document_id"] for hit in alike[:2]] == [papers[3], papers[2]]


def test_by_document_names_its_pages_and_how_many(service: Served, papers: list[str]) -> None:
    found = answer(service, "keeper", q="合同", by="document", size=2)
    assert (found["total"], found["documents"], len(found["hits"])) == (4, 4, 2)
    assert all(hit["matching"] == 1 and [page["page"] for page in hit["pages"]] == [1] for hit in found["hits"])
    rest = answer(service, "keeper", q="合同", by="document", size=2, cursor=found["cursor"])
    assert {hit["document_id"] for hit in (*found["hits"], *rest["hits"])} == set(papers)
    assert rest["cursor"] == ""
    assert service.ask("keeper", "POST", "/search", json={"by": "folder"}).status_code == 422


@pytest.mark.parametrize(("who", "light"), [("keeper", 255), ("colleague", 0)])
def test_the_picture_of_a_place_is_covered_as_the_page_is(
    service: Served, papers: list[str], who: str, light: int
) -> None:
    hit = next(hit for hit in answer(service, who, q="租赁")["hits"] if hit["document_id"] == papers[0])
    picture = service.client.get(hit["image"], headers={"Authorization": f"Bearer {service.tokens[who]}"})
    with Image.open(io.BytesIO(picture.content)) as image:
        assert image.width <= 320
        assert image.convert("L").getpixel((3, 3)) == light


def test_the_picture_of_another_place_or_another_reader_is_not_there(service: Served, papers: list[str]) -> None:
    image = answer(service, "keeper", q="租赁")["hits"][0]["image"]
    path = image.removeprefix("/api/v1")
    for who, asked in (
        ("colleague", path),
        ("keeper", path.replace("x=", "x=1")),
        ("keeper", path[:-1]),
        ("stranger", path),
    ):
        assert service.ask(who, "GET", asked).status_code == 404, (who, asked)
    assert papers


def test_every_facet_narrows_to_what_it_counted(service: Served, papers: list[str]) -> None:
    whole = answer(service, "keeper", q="合同")
    assert set(whole["facets"]) == {"customer", "type", "year", "class", "confidentiality", "department"}
    for name, values in whole["facets"].items():
        for value in values:
            narrowed = answer(service, "keeper", q="合同", **{name: value["value"]})
            assert narrowed["total"] == value["count"], (name, value)
    assert answer(service, "keeper", q="合同", confidentiality="secret")["total"] == 0
    assert papers
