"""The same bytes again: said to who may see the other one, decided by a person, and never a hint to anybody else."""

from __future__ import annotations

from typing import Final

import pytest

from archive.documents import Document
from archive.intake import came_before
from archive.rights import Role
from tests.houses import png
from tests.integration.api.served import Served

SCAN: Final = png(7700) + b"twice"


@pytest.fixture(scope="module")
def people(service: Served) -> None:
    service.person("clerk", Role.SCANNER)
    service.person("stranger", Role.SCANNER, department="finance")


def put(service: Served, who: str, body: bytes, name: str) -> tuple[str, list[str]]:
    answer = service.upload(who, body, name).json()
    return answer["id"], answer["duplicates"]


def before(service: Served, document_id: str) -> bool:
    with service.home.house.database.reading() as session:
        return came_before(session, session.get_one(Document, document_id))


@pytest.mark.usefixtures("people")
def test_the_second_waits_for_a_person_and_the_first_does_not(service: Served) -> None:
    first, none = put(service, "clerk", SCAN, "first.png")
    second, known = put(service, "clerk", SCAN, "another name.png")
    assert (none, known) == ([], [first])
    assert (before(service, first), before(service, second)) == (False, True)


@pytest.mark.usefixtures("people")
def test_who_may_not_see_the_first_is_told_nothing(service: Served) -> None:
    body = SCAN + b"hidden"
    put(service, "clerk", body, "ours.png")
    theirs, known = put(service, "stranger", body, "theirs.png")
    assert (known, before(service, theirs)) == ([], False)


@pytest.mark.usefixtures("people")
def test_the_reason_is_shown_only_with_the_twin_in_sight(service: Served) -> None:
    body = SCAN + b"shown"
    first, _ = put(service, "clerk", body, "one.png")
    second, _ = put(service, "clerk", body, "two.png")
    with service.home.house.database.transaction() as session:
        session.get_one(Document, second).review = ["type_uncertain", "duplicate"]
    assert service.ask("clerk", "GET", f"/documents/{second}").json()["review"] == ["type_uncertain", "duplicate"]
    assert service.ask("clerk", "POST", f"/documents/{first}/withdraw", json={}).status_code == 202
    assert service.ask("clerk", "GET", f"/documents/{second}").json()["review"] == ["type_uncertain"]
    assert before(service, second) is False, "what was withdrawn is nobody's twin"
