"""What a role, a token or a page gives beyond what it should (reliability.md §5 A, P; §6 L; the table of rights)."""

from __future__ import annotations

import http.client
import re
import uuid
from collections.abc import Iterator

import httpx
import pytest

from archive.documents import Document, State
from archive.people import Person
from archive.rights import Confidentiality, Role
from tests.houses import png
from tests.integration.api.served import Served

NUMBER = "11010519900307002X"
COOKIE = "anjuan_session"


@pytest.fixture
def browser(service: Served) -> Iterator[httpx.Client]:
    """A browser at the service's own origin."""
    with httpx.Client(base_url=service.url, timeout=30, headers={"Accept": "text/html", "Origin": service.url}) as made:
        yield made


def signed_in(service: Served, browser: httpx.Client, name: str) -> str:
    """Sign in by the page; the form token."""
    given = {"name": name, "password": f"a pass phrase of {name}", "onward": "/inbox"}
    assert browser.post("/sign-in", data=given).status_code == 303
    page = browser.get("/log").text
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, page[:500]
    del service
    return found[1]


def look(service: Served, who: str, path: str) -> httpx.Response:
    """One of the pages in somebody's name."""
    headers = {"Authorization": f"Bearer {service.tokens[who]}", "Accept": "text/html"}
    return service.client.get(path, headers=headers)


# Tokens


@pytest.mark.parametrize(
    ("held", "asked"), [(("write",), "read"), (("read", "write"), "sign"), (("write", "sign"), "read")]
)
def test_a_token_makes_no_token_that_may_do_more(service: Served, held: tuple[str, ...], asked: str) -> None:
    person = service.home.person(service.person("maker", Role.SEARCHER), Role.SEARCHER)
    headers = {"Authorization": f"Bearer {service.token(person.id, *held)}"}
    answer = service.client.post("/api/v1/tokens", json={"scopes": [asked]}, headers=headers)
    assert answer.status_code == 403, answer.text


def test_a_reset_password_ends_tokens_too(service: Served) -> None:
    security = service.person("guard", Role.SECURITY)
    lost = service.home.person(service.person("lost", Role.SEARCHER), Role.SEARCHER)
    assert service.ask("lost", "GET", "/people/me").status_code == 200
    assert service.ask(security, "POST", f"/people/{lost.id}/reset-password").status_code == 200
    assert service.ask("lost", "GET", "/people/me").status_code == 401


def test_nobody_signs_with_a_password_that_another_person_gave(service: Served, browser: httpx.Client) -> None:
    service.person("novice", Role.APPROVER)
    token = signed_in(service, browser, "novice")
    with service.home.house.database.transaction() as session:
        session.get_one(Person, service.home.people["novice"].id).must_change = True
    given = {"csrf": token, "password": "a pass phrase of novice", "scopes": ["read"]}
    answer = browser.post("/account/tokens", data=given)
    assert answer.status_code == 403
    assert "aj_" not in answer.text


# Marks and classes


def test_nobody_opens_a_folder_above_their_own_clearance(service: Served) -> None:
    keeper = service.person("low keeper", Role.OFFICER, level="internal")
    customer = service.ask(keeper, "POST", "/customers", json={"kind": "company", "name": "Some Company"}).json()["id"]
    order = {"customer_id": customer, "title": "x", "department": "sales", "retention_class": "CT-GEN"}
    answer = service.ask(keeper, "POST", "/folders", json=order | {"confidentiality": "secret"})
    assert (answer.status_code, answer.json()["code"]) == (403, "above_clearance")


def test_a_folder_has_a_class_that_there_is(service: Served) -> None:
    keeper = service.person("keeper", Role.OFFICER, department="records", level="secret")
    customer = service.ask(keeper, "POST", "/customers", json={"kind": "company", "name": "Other Company"}).json()["id"]
    order = {"customer_id": customer, "title": "x", "department": "sales", "confidentiality": "internal"}
    answer = service.ask(keeper, "POST", "/folders", json=order | {"retention_class": "NO-SUCH"})
    assert answer.status_code == 422


def test_a_mark_given_by_an_officer_does_not_fall_by_filing(service: Served) -> None:
    clerk = service.person("own clerk", Role.SCANNER, level="confidential")
    keeper = service.person("keeper", Role.OFFICER, department="records", level="secret")
    paper = service.upload(clerk, png(801)).json()["id"]
    service.read(paper, "letter")
    tag = service.ask(keeper, "GET", f"/documents/{paper}").headers["etag"]
    marked = service.ask(
        keeper, "PATCH", f"/documents/{paper}", json={"confidentiality": "secret"}, headers={"If-Match": tag}
    )
    assert marked.json()["confidentiality"] == "secret"
    folder = service.folder(level="public")
    service.ask(clerk, "PATCH", f"/documents/{paper}", json={"folder_id": folder["id"]}, headers={"If-Match": "*"})
    with service.home.house.database.reading() as session:
        assert session.get_one(Document, paper).level == Confidentiality.SECRET


# Identity numbers


def test_a_list_covers_numbers_in_titles(service: Served) -> None:
    clerk, reader = service.person("clerk 2", Role.SCANNER), service.person("reader 2", Role.SEARCHER)
    folder = service.folder()
    paper = service.upload(clerk, png(802), f"{NUMBER}.png", folder_id=folder["id"]).json()["id"]
    service.read(paper, "letter")
    listed = service.ask(reader, "GET", f"/documents?folder={folder['id']}").text
    assert paper in listed
    assert NUMBER not in listed
    assert NUMBER not in look(service, reader, f"/folders/{folder['id']}").text


def test_a_document_that_nobody_has_read_yet_may_show_anything(service: Served) -> None:
    clerk, reader = service.person("clerk 3", Role.SCANNER), service.person("reader 3", Role.SEARCHER)
    folder = service.folder()
    paper = service.upload(clerk, png(803), folder_id=folder["id"]).json()["id"]
    for state in (State.RECEIVED, State.READING, State.QUARANTINED, State.NEEDS_PASSWORD):
        with service.home.house.database.transaction() as session:
            session.get_one(Document, paper).state = state.value
        answer = service.ask(reader, "GET", f"/documents/{paper}/original")
        assert (answer.status_code, answer.json()["code"]) == (403, "masked_only"), state
        assert service.ask(clerk, "GET", f"/documents/{paper}/original").status_code == 200


def test_a_misread_number_in_its_field_is_covered(service: Served) -> None:
    reader, keeper = service.person("reader 4", Role.SEARCHER), service.person("keeper", Role.OFFICER, level="secret")
    paper = service.paper("letter", folder=service.folder(), number=804)
    given = {"fields": {"id_no": "1101051990030700"}}
    assert service.ask(keeper, "PATCH", f"/documents/{paper}", json=given, headers={"If-Match": "*"}).status_code == 200
    seen = service.ask(reader, "GET", f"/documents/{paper}").json()["fields"]["id_no"]["value"]
    assert seen == "110*********0700"


# What a page shows without asking what its reader may see


def secret_paper(service: Served, number: int) -> tuple[str, str]:
    """A secret paper with a telling name, and its archival code."""
    folder = service.folder(level="secret")
    service.person("keeper", Role.OFFICER, department="records", level="secret")
    name = f"telling-{number}.png"
    paper: str = service.upload("keeper", png(number), name, folder_id=folder["id"]).json()["id"]
    service.read(paper, "letter")
    code = f"S-{number}-0001"
    with service.home.house.database.transaction() as session:
        session.get_one(Document, paper).archival_code = code
    return paper, code


def test_the_event_page_tells_nothing_of_a_hidden_document(service: Served) -> None:
    paper, code = secret_paper(service, 805)
    officer = service.person("low officer", Role.OFFICER, level="internal")
    hidden = look(service, officer, f"/events?kind=document&id={paper}")
    absent = look(service, officer, f"/events?kind=document&id={uuid.uuid4()}")
    assert code not in hidden.text
    assert hidden.status_code == absent.status_code == 404


def test_the_holds_page_tells_nothing_of_a_hidden_document(service: Served) -> None:
    paper, code = secret_paper(service, 806)
    held = {"title": "suit", "reason": "letter", "subjects": [{"kind": "document", "id": paper}]}
    assert service.ask("keeper", "POST", "/holds", json=held).status_code == 201
    low, auditor = service.person("low officer", Role.OFFICER, level="internal"), service.person("aud", Role.AUDITOR)
    for who in (low, auditor):
        assert code not in look(service, who, "/holds").text
        assert code not in look(service, who, f"/holds?kind=document&id={paper}").text
    listed = service.ask(low, "GET", "/holds").text
    assert paper not in listed
    assert code in look(service, "keeper", "/holds").text


def test_what_came_lately_is_what_the_scanner_may_still_see(service: Served) -> None:
    clerk = service.person("late clerk", Role.SCANNER, level="internal")
    paper = service.upload(clerk, png(807), "mine-807.png").json()["id"]
    assert "mine-807.png" in look(service, clerk, "/capture").text
    service.read(paper, "letter")
    folder = service.folder(level="secret")
    keeper = service.person("keeper", Role.OFFICER, department="records", level="secret")
    filed = service.ask(
        keeper, "PATCH", f"/documents/{paper}", json={"folder_id": folder["id"]}, headers={"If-Match": "*"}
    )
    assert filed.status_code == 200
    assert service.ask(clerk, "GET", f"/documents/{paper}").status_code == 404
    assert paper not in look(service, clerk, "/capture").text
    assert paper not in look(service, clerk, "/capture/latest").text


@pytest.mark.parametrize("size", ["-1", "0", "100000000000000000000000", "1000000"])
def test_the_log_page_takes_no_size_that_the_api_does_not(service: Served, size: str) -> None:
    reader = service.person("reader 5", Role.SEARCHER)
    assert look(service, reader, f"/log?size={size}").status_code in {200, 422}


def test_a_repeated_upload_is_answered_as_the_first_was(service: Served) -> None:
    clerk = service.person("clerk 6", Role.SCANNER, level="internal")
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    first = service.upload(clerk, png(808), headers=headers).json()
    with service.home.house.database.transaction() as session:
        document = session.get_one(Document, first["id"])
        document.state = State.QUARANTINED.value
    again = service.upload(clerk, png(808), headers=headers).json()
    assert (again["id"], again["state"]) == (first["id"], first["state"])


def test_who_has_not_signed_in_is_refused_before_the_body_is_read(service: Served) -> None:
    """A stranger's file is not even begun: the rest of it never comes, and the answer does not wait for it."""
    connection = http.client.HTTPConnection(service.url.removeprefix("http://"), timeout=5)
    connection.putrequest("POST", "/api/v1/documents")
    connection.putheader("Authorization", "Bearer aj_forged")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", "100000000")
    connection.endheaders(b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n')
    assert connection.getresponse().status == 401
    connection.close()


# Every act is logged


@pytest.mark.parametrize("asked", [None, "bytes=0-", "bytes=00-", "bytes=1-", "bytes=-999999", "bytes=5-10"])
def test_whatever_part_of_a_file_is_taken_is_logged(service: Served, asked: str | None) -> None:
    clerk = service.person("clerk 9", Role.SCANNER)
    paper = service.upload(clerk, png(809)).json()["id"]
    headers = {"Range": asked} if asked else {}
    for _ in range(2):
        assert service.ask(clerk, "GET", f"/documents/{paper}/original", headers=headers).status_code in {200, 206}
    auditor = service.person("aud", Role.AUDITOR)
    entries = service.ask(auditor, "GET", f"/audit?subject={paper}&action=document.downloaded").json()["entries"]
    assert len(entries) == (1 if asked else 2)


def test_a_manifest_is_an_opening(service: Served) -> None:
    paper = service.paper("letter", folder=service.folder(), number=810)
    reader, auditor = service.person("reader 10", Role.SEARCHER), service.person("aud", Role.AUDITOR)
    assert service.ask(reader, "GET", f"/iiif/{paper}/manifest").status_code == 200
    who = service.home.people[reader].id
    entries = service.ask(auditor, "GET", f"/audit?subject={paper}&action=document.viewed&actor={who}").json()[
        "entries"
    ]
    assert len(entries) == 1


@pytest.mark.parametrize("turn", ["²", "٩٠", "-0", "1e1", "90.0"])
def test_figures_that_are_no_digits_are_refused(service: Served, turn: str) -> None:
    paper = service.paper("letter", folder=service.folder(), number=811)
    reader = service.person("reader 10", Role.SEARCHER)
    assert service.ask(reader, "GET", f"/iiif/{paper}/1/full/max/{turn}/default.jpg").status_code == 400


def test_a_count_beside_the_places_ends_with_the_grant(service: Served) -> None:
    """What waits in review of another department is counted for who was granted it, and not for a moment longer."""
    folder = service.folder(department="finance")
    clerk = service.person("finance clerk", Role.SCANNER, department="finance")
    paper = service.upload(clerk, png(812), folder_id=folder["id"]).json()["id"]
    service.read(paper, "letter")
    with service.home.house.database.transaction() as session:
        session.get_one(Document, paper).state = State.REVIEW.value
    reviewer, guard = service.person("reviewer", Role.SCANNER, department="law"), service.person("guard", Role.SECURITY)
    order = {"person_id": service.home.people[reviewer].id, "document_id": paper, "purpose": "a case"}
    given = service.ask(guard, "POST", "/grants", json=order | {"ends_at": "2090-01-01T00:00:00Z"}).json()
    counted = badge(look(service, reviewer, "/log").text)
    service.ask(guard, "DELETE", f"/grants/{given['id']}")
    assert (counted, badge(look(service, reviewer, "/log").text)) == (True, False)


def badge(page: str) -> bool:
    """Whether a count stands beside the review."""
    found = re.search(r'href="/review"[^>]*>(.*?)</a>', page, re.DOTALL)
    assert found, page[:2000]
    return bool(re.search(r">\s*\d+\s*<", found[1]))


def test_a_stolen_token_guesses_no_password(service: Served) -> None:
    service.person("robbed", Role.SEARCHER)
    tries = [
        service.ask("robbed", "POST", "/people/me/password", json={"old": f"guess {n}", "new": "another pass phrase"})
        for n in range(9)
    ]
    assert tries[0].json()["code"] == "password_wrong"
    assert (tries[-1].status_code, tries[-1].json()["code"]) == (429, "too_many_attempts")


# Classes


def test_only_an_officer_chooses_a_class(service: Served) -> None:
    clerk, keeper = service.person("clerk 11", Role.SCANNER), service.person("keeper", Role.OFFICER, level="secret")
    paper = service.paper("letter", folder=service.folder(), number=813)
    given = {"retention_class": "ID-GEN", "reason": "shorter"}
    for who, status in ((clerk, 403), (keeper, 200)):
        answer = service.ask(who, "PATCH", f"/documents/{paper}", json=given, headers={"If-Match": "*"})
        assert answer.status_code == status, answer.text


@pytest.mark.parametrize("given", [{"document_type": "id_card"}, {"retention_class": "ID-GEN", "reason": "shorter"}])
def test_papers_of_a_closed_folder_keep_their_classes(service: Served, given: dict[str, str]) -> None:
    keeper = service.person("keeper", Role.OFFICER, department="records", level="secret")
    folder = service.folder()
    paper = service.paper("letter", folder=folder, number=814)
    assert service.ask(keeper, "POST", f"/folders/{folder['id']}/close", json={"closed_on": "2026-01-31"}).is_success
    answer = service.ask(keeper, "PATCH", f"/documents/{paper}", json=given, headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["code"]) == (409, "folder_closed")
    title = service.ask(keeper, "PATCH", f"/documents/{paper}", json={"title": "letter 2"}, headers={"If-Match": "*"})
    assert title.status_code == 200


def test_the_log_page_is_narrowed_by_a_persons_name_as_by_the_id(service: Served) -> None:
    """Nobody knows an id by heart; a name that is nobody's finds nothing."""
    clerk, auditor = service.person("noted clerk", Role.SCANNER), service.person("reading auditor", Role.AUDITOR)
    assert service.upload(clerk, png(813)).status_code == 202
    known = service.home.people[clerk].id
    by_name, by_id, nobody = (look(service, auditor, f"/log?by={by}").text for by in (clerk, known, "nobody at all"))
    assert [f'href="/log?by={known}"' in page for page in (by_name, by_id, nobody)] == [True, True, False]
    assert f"actor={known}" in by_name, "and so is the list that is taken away"
