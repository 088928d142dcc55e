"""What a reader may not see is not there: by body, header, count, list, search, duplicate, picker and log."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from unittest import mock

import httpx
import pytest
from sqlalchemy import select

from archive.base import now
from archive.documents import Document
from archive.jobs import Job, Kind
from archive.masking import RULE
from archive.rights import Role
from tests.houses import embedded, png
from tests.integration.api.served import Served, served

CANARY = "紫云石七号协议"
ID_NUMBER = "11010519900307002X"
COVERED = "110***********002X"
TAILS = (
    "",
    "/original",
    "/searchable.pdf",
    "/alto.xml",
    "/hocr.html",
    "/pages/1/text",
    "/pages/1/words",
    "/pages/1/image",
    "/pages/1/image?width=200",
)

UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CHANGING = re.compile(r'"(cursor|hint|token|instance|[a-z_]*_at|at|since)":\s*"[^"]*"|Company \d+|seal=[0-9a-f]+')
LISTS = (
    "/documents", "/documents?state=review", "/documents?state=filed&size=2", "/folders", "/inbox", "/audit?size=5",
    "/people/me", "/tokens", "/retention-classes", "/destruction-batches", "/customers", "/departments", "/holds",
    "/scan-batches", "/appraisals/candidates", "/certificates", "/status", "/people",
    "/searches",
)  # fmt: skip
SEARCHES = (
    "q=", "q=协议", f"q={CANARY}", "q=NOT 茶", "q=致&sort=newest", "q=致&sort=oldest", "q=致&size=1", "year=2026",
    "q=致&by=document", "q=致&by=document&size=1", "q=致&sort=code", "confidentiality=secret",
    "q=客户:company", "q=金额:>0", "q=日期:2026", "q=档号:A001", "q=题名:scan", "q=位客～", "q=第0位~", "q=-客户 -密件",
    "type=letter", "class=CT-GEN", "q=石&fuzzy=true", *(f"q={char}" for char in "致第位客户往来协议密件他人紫云石七号"),
)  # fmt: skip
REQUESTS = (*LISTS, *(f"/search?{query}" for query in SEARCHES))


@pytest.fixture(scope="module")
def hidden(service: Served) -> str:
    """A paper of the sales department that says the canary."""
    service.person("stranger", Role.SEARCHER, department="finance")
    service.person("colleague", Role.SEARCHER)
    return service.paper(f"致：远山茶业\n{CANARY}\n身份号码 {ID_NUMBER}", folder=service.folder(), number=77)


def same_but_for_ids(answer: httpx.Response, asked: str) -> tuple[int, str, list[tuple[str, str]]]:
    headers = sorted((k, v) for k, v in answer.headers.items() if k not in {"date", "content-length", "x-request-id"})
    body = re.sub(r"urn:anjuan:request:[0-9a-f]+", "", answer.text).replace(asked, "X")
    return answer.status_code, body, headers


@pytest.mark.parametrize("tail", TAILS)
def test_unseen_and_absent_answer_alike_in_body_and_headers(service: Served, hidden: str, tail: str) -> None:
    absent = str(uuid.uuid4())
    for method in ("GET", "PATCH" if not tail else "GET"):
        one = service.ask("stranger", method, f"/documents/{hidden}{tail}", headers={"Range": "bytes=0-1"})
        two = service.ask("stranger", method, f"/documents/{absent}{tail}", headers={"Range": "bytes=0-1"})
        assert one.status_code in {403, 404}
        assert same_but_for_ids(one, hidden) == same_but_for_ids(two, absent)


def test_another_department_finds_counts_and_lists_nothing(service: Served, hidden: str) -> None:
    found = service.ask("stranger", "GET", f"/search?q={CANARY}").json()
    assert (found["total"], found["hits"], any(found["facets"].values())) == (0, [], False)
    assert hidden not in service.ask("stranger", "GET", "/documents").text
    assert service.ask("stranger", "GET", "/folders").json()["items"] == []
    assert service.ask("colleague", "GET", f"/search?q={CANARY}").json()["total"] == 1


def test_a_denial_is_in_the_log_whether_the_document_exists_or_not(service: Served, hidden: str) -> None:
    absent = str(uuid.uuid4())
    service.person("auditor", Role.AUDITOR)
    for asked in (hidden, absent):
        service.ask("stranger", "GET", f"/documents/{asked}")
        entries = service.ask("auditor", "GET", f"/audit?subject={asked}&action=document.denied").json()["entries"]
        assert len(entries) >= 1
        own = service.ask("stranger", "GET", f"/audit?subject={asked}").json()["entries"]
        assert {entry["action"] for entry in own} == {"document.denied"}


def test_an_opening_is_one_entry_and_each_download_is_one(service: Served, hidden: str) -> None:
    reader = service.person("reader", Role.OFFICER, level="secret")
    for tail in ("", "", "/pages/1/text", "/pages/1/words"):
        assert service.ask(reader, "GET", f"/documents/{hidden}{tail}").status_code == 200
    for _ in range(2):
        service.ask(reader, "GET", f"/documents/{hidden}/original")
    actor = service.home.people[reader].id
    told = service.ask(
        "auditor" if "auditor" in service.tokens else reader, "GET", f"/audit?subject={hidden}&actor={actor}"
    )
    actions = [entry["action"] for entry in told.json()["entries"]]
    assert (actions.count("document.viewed"), actions.count("document.downloaded")) == (1, 2)


def test_identity_numbers_are_covered_for_who_may_not_see_them(service: Served, hidden: str) -> None:
    for tail in ("", "/pages/1/text", "/pages/1/words"):
        seen = service.ask("colleague", "GET", f"/documents/{hidden}{tail}").text
        assert ID_NUMBER not in seen
    text = service.ask("colleague", "GET", f"/documents/{hidden}/pages/1/text").text
    assert COVERED in text
    hits = service.ask("colleague", "GET", f"/search?q={CANARY}").text
    assert ID_NUMBER not in hits
    refused = service.ask("colleague", "GET", f"/documents/{hidden}/original")
    assert (refused.status_code, refused.json()["code"]) == (403, "masked_only")
    bare = service.ask(service.person("bare reader", Role.OFFICER), "GET", f"/documents/{hidden}/pages/1/text")
    assert ID_NUMBER in bare.text


def test_a_grant_opens_and_its_revocation_closes_on_the_next_query(service: Served, hidden: str) -> None:
    guard = service.person("guard", Role.SECURITY)
    asker = service.home.people["stranger"].id
    order = {
        "person_id": asker, "document_id": hidden, "purpose": "audit visit", "unmasked": True,
        "ends_at": (now() + timedelta(days=1)).isoformat(),
    }  # fmt: skip
    granted = service.ask(guard, "POST", "/grants", json=order)
    assert granted.status_code == 201
    assert ID_NUMBER in service.ask("stranger", "GET", f"/documents/{hidden}/pages/1/text").text
    assert service.ask("stranger", "GET", f"/search?q={CANARY}").json()["total"] == 1
    service.ask(guard, "DELETE", f"/grants/{granted.json()['id']}")
    assert service.ask("stranger", "GET", f"/documents/{hidden}/pages/1/text").status_code == 404
    assert service.ask("stranger", "GET", f"/search?q={CANARY}").json()["total"] == 0


def test_a_clerk_sees_what_they_put_in_until_it_is_filed_elsewhere(service: Served) -> None:
    clerk = service.person("clerk of sales", Role.SCANNER)
    found = service.upload(clerk, png(91)).json()["id"]
    assert service.ask(clerk, "GET", f"/documents/{found}").status_code == 200
    service.read(found, "往来函件")
    keeper = service.person("keeper", Role.OFFICER, department="records", level="secret")
    tag = service.ask(keeper, "GET", f"/documents/{found}").headers["etag"]
    elsewhere = service.folder(department="finance")
    filed = service.ask(
        keeper, "PATCH", f"/documents/{found}", json={"folder_id": elsewhere["id"]}, headers={"If-Match": tag}
    )
    assert (filed.status_code, filed.json()["state"]) == (200, "filed")
    assert filed.json()["archival_code"].startswith(elsewhere["code"])
    assert service.ask(clerk, "GET", f"/documents/{found}").status_code == 404


def test_who_may_only_read_corrects_nothing(service: Served, hidden: str) -> None:
    tag = service.ask("colleague", "GET", f"/documents/{hidden}").headers["etag"]
    for who, status in (("colleague", 403), (service.person("finance clerk", Role.SCANNER, department="finance"), 404)):
        answer = service.ask(who, "PATCH", f"/documents/{hidden}", json={"title": "x"}, headers={"If-Match": tag})
        assert answer.status_code == status


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Served]]:
    """Two installations that differ by twelve papers that none of the three askers may see."""
    with (
        embedded(tmp_path_factory.mktemp("w0")) as first,
        served(first) as one,
        embedded(tmp_path_factory.mktemp("w1")) as second,
        served(second) as two,
    ):
        for world, secrets in ((one, 0), (two, 12)):
            furnish(world, secrets)
        yield one, two


def furnish(world: Served, secrets: int) -> None:
    """The same people and papers in both worlds, under the same ids; the hidden ones come last."""
    ids = (str(uuid.UUID(int=number * 2**96 + 1, version=4)) for number in count(1))
    with mock.patch("archive.intake.new_id", side_effect=ids):
        put_in(world, secrets)


def put_in(world: Served, secrets: int) -> None:
    world.person("searcher", Role.SEARCHER)
    world.person("scanner", Role.SCANNER)
    world.person("both", Role.SEARCHER, Role.APPROVER, department="finance", level="internal")
    home = world.folder()
    for number in range(4):
        world.paper(f"致：第{number}位客户\n普通往来协议", folder=home, number=number)
    vault = world.folder(department="legal", level="secret")
    for number in range(secrets):
        world.paper(f"致：他人\n{CANARY}\n密件{number}", folder=vault, number=100 + number)


def told(world: Served, who: str, path: str) -> str:
    """An answer with ids in the order in which they come and without times."""
    answer = world.ask(who, "GET", path)
    known: dict[str, str] = {}
    body = UUIDS.sub(lambda found: known.setdefault(found.group(), f"id{len(known)}"), answer.text)
    headers = {k: v for k, v in answer.headers.items() if k not in {"date", "content-length", "etag", "x-request-id"}}
    return json.dumps([answer.status_code, headers, CHANGING.sub("", body)], sort_keys=True, ensure_ascii=False)


@pytest.mark.parametrize("who", ["searcher", "scanner", "both"])
def test_worlds_that_differ_by_hidden_papers_answer_byte_for_byte_alike(
    worlds: tuple[Served, Served], who: str
) -> None:
    one, two = worlds
    for path in REQUESTS:
        assert told(one, who, path) == told(two, who, path), path
        assert CANARY not in two.ask(who, "GET", path).text or path.endswith(CANARY)


def test_the_data_folder_path_is_in_no_answer(service: Served, tmp_path: Path) -> None:
    service.person("stranger", Role.SEARCHER, department="finance")
    answer = service.ask("stranger", "GET", "/documents")
    assert str(tmp_path.parent) not in answer.text


def test_what_an_older_rule_covered_is_covered_anew_once_it_is_asked_for(service: Served, hidden: str) -> None:
    with service.home.house.database.transaction() as session:
        session.get_one(Document, hidden).covered_by = 0
    for tail in ("/pages/1/image", "/original", "/searchable.pdf"):
        answer = service.ask("colleague", "GET", f"/documents/{hidden}{tail}")
        assert (answer.status_code, answer.json()["code"]) == (503, "covered_anew")
    assert COVERED in service.ask("colleague", "GET", f"/documents/{hidden}/pages/1/text").text
    with service.home.house.database.transaction() as session:
        jobs = session.scalars(select(Job).where(Job.subject == hidden, Job.kind == Kind.COVER_DOCUMENT.value)).all()
        session.get_one(Document, hidden).covered_by = RULE
    assert len(jobs) == 1
