"""The review queue over several clerks: nobody has another's paper, and nobody's change is covered unseen."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import update

from archive.base import now
from archive.documents import Document
from archive.review_leases import ReviewLease
from archive.rights import Role
from tests.houses import png
from tests.integration.api.served import Served

ASKED: Final = {"accept": "text/html", "x-anjuan-inline": "1"}


class Clerk:
    """A clerk at the pages, signed in by cookie."""

    def __init__(self, service: Served, name: str) -> None:
        service.person(name, Role.SCANNER)
        self.client = httpx.Client(base_url=service.url, follow_redirects=False, timeout=30)
        page = self.client.get("/sign-in", headers=ASKED)
        given = {"name": name, "password": f"a pass phrase of {name}", "csrf": self.csrf(page.text)}
        assert self.client.post("/sign-in", data=given, headers=ASKED).status_code == 303

    @staticmethod
    def csrf(page: str) -> str:
        found = re.search(r'name="csrf" value="([^"]*)"', page)
        return found[1] if found else ""

    def see(self, path: str) -> str:
        answer = self.client.get(path, headers=ASKED)
        assert answer.status_code == 200, answer.text
        return answer.text

    def taken(self, after: str = "", reason: str = "") -> str:
        """The id of the paper that comes next, empty when the list does."""
        answer = self.client.get("/review/next", params={"after": after, "reason": reason})
        return answer.headers["location"].partition("/review/")[2].partition("?")[0]

    def send(self, path: str, **form: str) -> httpx.Response:
        page = self.see("/review")
        return self.client.post(path, data={"csrf": self.csrf(page), **form}, headers=ASKED)


@pytest.fixture(scope="module")
def clerks(service: Served) -> Iterator[tuple[Clerk, Clerk]]:
    both = Clerk(service, "clerk"), Clerk(service, "second")
    yield both
    for each in both:
        each.client.close()


@pytest.fixture(scope="module")
def papers(service: Served, clerks: tuple[Clerk, Clerk]) -> list[str]:
    assert clerks
    return [paper(service, number) for number in range(4)]


def paper(service: Served, number: int, *review: str) -> str:
    document_id: str = service.upload("clerk", png(6200 + number) + b"queue", f"收到的{number}.png").json()["id"]
    service.read(document_id, f"第{number}份函件")
    with service.home.house.database.transaction() as session:
        document = session.get_one(Document, document_id)
        document.review, document.received_at = list(review or ["type_uncertain"]), now() - timedelta(days=9 - number)
    return document_id


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the desk's form."""
    found = re.findall(r'name="(version|seen_at|csrf)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def test_two_clerks_never_get_the_same_paper(clerks: tuple[Clerk, Clerk], papers: list[str]) -> None:
    one, other = clerks
    first, second = one.taken(), other.taken()
    assert [first, second] == papers[:2], "the oldest first"
    assert one.taken(after=first) == papers[2]
    assert other.taken(after=second) == papers[3]
    assert other.taken(after=papers[3]) == second, "from the top again, past what the other one has"
    assert "clerk 正在处理" in other.see(f"/review/{first}")
    assert "clerk 正在处理" in other.see("/review")


def test_a_lease_ends_by_itself_and_when_its_owner_leaves(
    service: Served, clerks: tuple[Clerk, Clerk], papers: list[str]
) -> None:
    one, other = clerks
    one.see(f"/review/{papers[0]}")
    assert other.taken(after=papers[3]) != papers[0]
    assert one.send(f"/review/{papers[0]}/leave").status_code == 204
    assert other.taken(after=papers[3]) == papers[0]
    assert one.send(f"/review/{papers[0]}/lease").status_code == 204
    assert "second 正在处理" in one.see(f"/review/{papers[0]}"), "a sign of life takes nothing from another"
    with service.home.house.database.transaction() as session:
        session.execute(update(ReviewLease).values(until=now() - timedelta(seconds=1)))
    assert "正在处理" not in one.see(f"/review/{papers[0]}")


def test_what_is_left_is_counted_by_reason(service: Served, clerks: tuple[Clerk, Clerk], papers: list[str]) -> None:
    blank = paper(service, 5, "page_blank", "type_uncertain")
    page = clerks[0].see("/review")
    assert re.search(r'reason=page_blank">[^<]*<span class="muted">1<', page)
    assert re.search(rf'reason=type_uncertain">文种不确定 <span class="muted">{len(papers) + 1}<', page)
    assert clerks[0].taken(reason="page_blank") == blank
    listed = clerks[0].see("/review?reason=page_blank")
    assert (blank in listed, papers[1] in listed) == (True, False)
    assert "收到的5.png" in listed


def test_a_stale_form_says_who_changed_what(service: Served, clerks: tuple[Clerk, Clerk], papers: list[str]) -> None:
    one, other = clerks
    mine = fields(one.see(f"/review/{papers[1]}"))
    theirs = fields(other.see(f"/review/{papers[1]}"))
    kept = other.client.post(
        f"/review/{papers[1]}", data={**theirs, "field-amount": "12.50", "document_type": "invoice", "act": "save"},
        headers=ASKED,
    )  # fmt: skip
    assert kept.status_code == 303, kept.text
    stale = one.client.post(f"/review/{papers[1]}", data={**mine, "act": "save"}, headers=ASKED)
    assert stale.status_code == 412
    assert "second 已改动" in stale.text
    assert ("文种" in stale.text, "金额" in stale.text) == (True, True)


def test_a_browser_that_looks_ahead_takes_no_paper(clerks: tuple[Clerk, Clerk], papers: list[str]) -> None:
    one, other = clerks
    one.send(f"/review/{papers[0]}/leave")
    for path in (f"/review/{papers[0]}", "/review/next"):
        assert one.client.get(path, headers={"Sec-Purpose": "prefetch;prerender"}).status_code == 403
    assert "正在处理" not in other.see(f"/review/{papers[0]}")
    other.send(f"/review/{papers[0]}/leave")


def test_a_refusal_comes_back_as_a_part_of_the_form(clerks: tuple[Clerk, Clerk], papers: list[str]) -> None:
    mine = fields(clerks[0].see(f"/review/{papers[2]}"))
    refused = clerks[0].client.post(f"/review/{papers[2]}", data={**mine, "act": "file"}, headers=ASKED)
    assert (refused.status_code, "<html" in refused.text) == (422, False)
    assert 'data-faulty="folder_id"' in refused.text


def test_a_paper_of_a_known_customer_is_filed_in_a_folder_that_is_opened(
    service: Served, clerks: tuple[Clerk, Clerk]
) -> None:
    assert clerks
    given: dict[str, Any] = {"kind": "company", "name": "首次来件有限公司"}
    service.person("keeper", Role.OFFICER, department="records", level="secret")
    customer = service.ask("keeper", "POST", "/customers", json=given).json()["id"]
    order = {"customer_id": customer, "open_folder": True, "state": "filed", "fields": {"party_a": given["name"]}}
    filed = [
        service.ask("clerk", "PATCH", f"/documents/{paper(service, n)}", json=order, headers={"If-Match": "*"}).json()
        for n in (6, 7)
    ]
    assert [one["state"] for one in filed] == ["filed", "filed"]
    assert filed[0]["folder"] == filed[1]["folder"], "one folder for both"


def test_several_are_withdrawn_or_read_again_at_once(service: Served, clerks: tuple[Clerk, Clerk]) -> None:
    one, other = clerks
    mine = [paper(service, number) for number in (8, 9)]
    reread = other.client.post(
        "/review/several", data={"csrf": other.csrf(other.see("/review")), "act": "reread", "chosen": mine}
    )
    assert reread.headers["location"].startswith("/review?told=reread_all")
    third = paper(service, 10)
    not_theirs = other.client.post(
        "/review/several", data={"csrf": other.csrf(other.see("/review")), "act": "withdraw", "chosen": [third]}
    )
    assert not_theirs.headers["location"].startswith("/review?told=withdraw_some")
    own = one.client.post(
        "/review/several", data={"csrf": one.csrf(one.see("/review")), "act": "withdraw", "chosen": [third]}
    )
    assert own.headers["location"].startswith("/review?told=withdraw_all")
    assert service.ask("clerk", "GET", f"/documents/{third}").status_code == 410


def test_a_page_is_turned_or_asked_for_again_and_the_next_paper_comes(
    service: Served, clerks: tuple[Clerk, Clerk]
) -> None:
    one, _ = clerks
    blurred, sideways, onward = (paper(service, number, "page_unsure") for number in (11, 12, 13))
    shown = fields(one.see(f"/review/{blurred}"))
    asked = one.client.post(f"/review/{blurred}/rescan", data={**shown, "page": "1"}, headers=ASKED)
    assert asked.headers["location"].startswith("/review/next?told=rescan_asked")
    listed = service.ask("clerk", "GET", "/rescans").json()["items"]
    assert [each["findings"][0]["code"] for each in listed if each["document_id"] == blurred] == ["asked"]
    assert service.ask("clerk", "GET", f"/documents/{blurred}").json()["state"] == "review"
    shown = fields(one.see(f"/review/{sideways}"))
    nowhere = one.client.post(f"/review/{sideways}/turn", data={**shown, "page": "7", "turn": "90"}, headers=ASKED)
    assert nowhere.status_code == 422
    turned = one.client.post(
        f"/review/{sideways}/turn", data={**shown, "page": "1", "turn": "90", "queue_reason": "page_unsure"},
        headers=ASKED,
    )  # fmt: skip
    assert turned.status_code == 303, turned.text
    assert service.ask("clerk", "GET", f"/documents/{sideways}").json()["state"] == "received"
    assert one.client.get(turned.headers["location"]).headers["location"].startswith(f"/review/{onward}?told=arranged")


def test_a_stale_form_turns_and_splits_nothing(service: Served, clerks: tuple[Clerk, Clerk]) -> None:
    document_id = paper(service, 14)
    shown = fields(clerks[0].see(f"/review/{document_id}")) | {"version": '"0"', "page": "1", "turn": "90", "cut": "2"}
    for act in ("turn", "split", "rescan"):
        refused = clerks[0].client.post(f"/review/{document_id}/{act}", data=shown, headers=ASKED)
        assert refused.status_code == 412, act
    assert service.ask("clerk", "GET", f"/documents/{document_id}").json()["state"] == "review"
