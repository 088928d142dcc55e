"""A long document over the API: its first pages while the rest is read, its progress, and the ways to read it again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from archive.jobs import due
from archive.progress import Progress
from archive.rights import Role
from service.commands.following import follow, told
from tests.bars import NUMBER, Bars, long_pdf
from tests.integration.api.served import Served
from workers.runner import run
from workers.tools import Tools

PAGES = 20


@pytest.fixture(scope="module")
def tools(service: Served) -> Iterator[Tools]:
    with closing(Tools(service.home.house, {"rapidocr": Bars()})) as made:
        yield made


@pytest.fixture(scope="module")
def document(service: Served, tools: Tools) -> str:
    """A long document of which ten pages were read."""
    service.person("clerk", Role.SCANNER)
    service.person("searcher", Role.SEARCHER)
    found: str = service.upload("clerk", long_pdf(PAGES), "long.pdf").json()["id"]
    for _ in range(3):
        work(service, tools)
    return found


def work(service: Served, tools: Tools) -> bool:
    """Do the most urgent job of reading; whether there was one."""
    with service.home.house.database.reading() as session:
        jobs = [job for job, kind in due(session) if kind != "index_document"]
    return bool(jobs) and run(tools, jobs[0])


def test_pages_are_there_as_soon_as_they_are_read_covered_for_whom_numbers_are_covered(
    service: Served, document: str
) -> None:
    seen = service.ask("clerk", "GET", f"/documents/{document}").json()
    assert (seen["state"], len(seen["pages"])) == ("reading", 10)
    assert (seen["progress"]["read"], seen["progress"]["total"]) == (10, PAGES)
    assert seen["progress"]["a_minute"] > 0
    assert seen["progress"]["seconds_left"] >= 0
    assert {page["engine"] for page in seen["pages"]} == {"bars"}
    for who, number in (("clerk", NUMBER), ("searcher", "110***********002X")):
        text = service.ask(who, "GET", f"/documents/{document}/pages/10/text")
        assert (text.status_code, text.text) == (200, f"第10页\n身份证号{number}")
        assert service.ask(who, "GET", f"/documents/{document}/pages/11/text").status_code == 404
    plain, covered = (
        service.ask(who, "GET", f"/documents/{document}/pages/10/image").content for who in ("clerk", "searcher")
    )
    assert plain != covered
    assert service.ask("searcher", "GET", f"/documents/{document}/pages/1/image").status_code == 200
    assert service.ask("searcher", "GET", f"/documents/{document}/original").json()["code"] == "masked_only"
    assert service.ask("clerk", "GET", f"/documents/{document}/searchable.pdf").status_code == 404


def test_nothing_is_corrected_or_read_again_before_the_end(service: Served, document: str) -> None:
    for given in (None, {"engine": "tesseract"}):
        answer = service.ask("clerk", "POST", f"/documents/{document}/reread", json=given)
        assert (answer.status_code, answer.json()["code"]) == (409, "being_read")


def test_a_follower_stays_until_the_end(service: Served, tools: Tools, document: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        followed = pool.submit(follow, service.home.house, [document])
        while work(service, tools):
            assert not followed.done() or followed.result() == {"review": 1}
        assert followed.result(timeout=30) == {"review": 1}
    seen = service.ask("clerk", "GET", f"/documents/{document}").json()
    assert (seen["state"], len(seen["pages"]), seen["progress"]) == ("review", PAGES, None)
    assert service.ask("searcher", "GET", f"/documents/{document}/searchable.pdf").status_code == 200


@pytest.mark.parametrize(
    "given", [{"engine": "guesswork"}, {"engine": ""}, {"password": "secret-" * 40}, {"password": 7}, {"turn": 90}]
)
def test_a_wrong_order_to_read_again_is_refused_and_not_repeated(
    service: Served, document: str, given: dict[str, object]
) -> None:
    answer = service.ask("clerk", "POST", f"/documents/{document}/reread", json=given)
    assert answer.status_code == 422
    assert "secret-" not in answer.text


def test_it_is_read_again_with_what_was_chosen(service: Served, document: str) -> None:
    answer = service.ask("clerk", "POST", f"/documents/{document}/reread", json={"engine": "rapidocr"})
    assert (answer.status_code, answer.json()["state"]) == (202, "received")
    logged = service.ask("clerk", "GET", f"/audit?subject={document}&action=document.reread").json()
    assert len(logged["entries"]) == 1
    assert "password" not in json.dumps(answer.json())


def test_what_can_be_said_of_the_time_that_is_left() -> None:
    assert told(Progress(1, 2)) == ""
    assert told(Progress(1, 2, 44.6, 3700)) == "45 pages a minute, 1:01:40 left"
