"""What Prometheus and a load balancer are told, and by which door (reliability.md L22, L32, F26)."""

from __future__ import annotations

import io
import json
import logging
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from archive import attendance
from archive.base import now
from archive.documents import Document, Page
from archive.errors import Unavailable
from archive.jobs import Job, Kind, enqueue
from archive.logs import log_to_stderr
from archive.queues import Queue
from archive.rights import Role
from archive.stores.port import Bucket
from indexes.port import Health, State
from tests.houses import png
from tests.integration.api.served import Served
from workers import runner
from workers.runner import run
from workers.tools import Tools

TOKEN = "a scrape token of forty characters, long"


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    """Figures are asked at each scrape, and pages are counted at once."""
    with (
        mock.patch("service.figures.Kept.get", lambda kept: kept._ask()),
        mock.patch("service.figures.SETTLING", timedelta(0)),
    ):
        yield


@pytest.fixture
def admin(service: Served) -> str:
    return service.person("root", Role.ADMIN)


def figures(service: Served, who: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample by name and labels."""
    families = text_string_to_metric_families(service.ask(who, "GET", "/metrics").text)
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def value(service: Served, who: str, name: str, **labels: str) -> float:
    return figures(service, who).get((f"anjuan_{name}", frozenset(labels.items())), 0.0)


def scrape(service: Served, token: str, path: str = "/metrics") -> httpx.Response:
    return service.client.get(path, headers={"Authorization": f"Bearer {token}"})


def test_the_scrape_token_opens_the_metrics_and_nothing_else(service: Served, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    with_token = service.home.house.settings.model_copy(update={"metrics_token_file": file})
    with mock.patch.object(service.home.house, "settings", with_token):
        assert scrape(service, TOKEN).status_code == 200
        assert scrape(service, TOKEN, "/api/v1/status").status_code == 401
        assert scrape(service, TOKEN[:-1]).status_code == 401
        assert service.client.get("/metrics").status_code == 401
        file.write_text(TOKEN[::-1])
        assert [scrape(service, token).status_code for token in (TOKEN, TOKEN[::-1])] == [401, 200]
        for unfit in ("short", ""):
            file.write_text(unfit)
            assert scrape(service, unfit or "x").status_code == 401
        file.unlink()
        assert scrape(service, TOKEN).status_code == 401
    assert scrape(service, TOKEN).status_code == 401


def test_who_may_not_see_the_health_may_not_scrape(service: Served, admin: str) -> None:
    searcher = service.person("sam", Role.SEARCHER)
    assert service.ask(searcher, "GET", "/metrics").status_code == 403
    assert service.ask(admin, "GET", "/metrics").status_code == 200


def test_metrics_name_no_person_no_paper_and_no_word_that_was_sought(service: Served, admin: str) -> None:
    keeper = service.person("keeper", Role.OFFICER, level="secret")
    folder = service.folder()
    document_id = service.paper("甲方：沈玉兰 310101199001011234", folder=folder)
    service.ask(keeper, "GET", "/search?q=沈玉兰")
    service.ask(keeper, "GET", "/no/such/沈玉兰")
    told = service.ask(admin, "GET", "/metrics").text
    assert 'route="/api/v1/documents"' in told
    for secret in ("沈玉兰", "%E6", document_id, folder["id"], folder["code"], "keeper", "310101"):
        assert secret not in told


def test_a_request_is_timed_under_the_template_of_its_route(service: Served, admin: str) -> None:
    keeper = service.person("keeper", Role.OFFICER, level="secret")
    document_id = service.paper("致客户", folder=service.folder(), number=7)
    labels = {"method": "GET", "route": "/api/v1/documents/{document_id}/pages/{number}/text", "status": "2xx"}
    before = value(service, admin, "request_seconds_count", **labels)
    assert service.ask(keeper, "GET", f"/documents/{document_id}/pages/1/text").status_code == 200
    assert value(service, admin, "request_seconds_count", **labels) == before + 1
    for _ in range(2):
        service.client.get("/nothing/here")
    assert value(service, admin, "request_seconds_count", method="GET", route="none", status="4xx") >= 2


def test_the_queue_is_told_by_kind_with_its_oldest_job(service: Served, admin: str) -> None:
    with service.home.house.database.transaction() as session:
        old = enqueue(session, Kind.SPLIT_DOCUMENT, "s", key="seen:old")
        old.created_at = now() - timedelta(hours=2)
        later = now() + timedelta(days=90)
        enqueue(session, Kind.RECHECK_BATCH, "b", key="seen:later", not_before=later)
        enqueue(session, Kind.MIRROR_HOLDS, "x", key="seen:dead").state = "quarantined"
    labels = {"kind": "split_document", "queue": "read"}
    assert value(service, admin, "jobs_due", **labels) == 1
    assert 7200 <= value(service, admin, "jobs_oldest_seconds", **labels) < 7260
    planned = {"kind": "recheck_batch", "queue": "destroy"}
    assert value(service, admin, "jobs_due", **planned) == value(service, admin, "jobs_oldest_seconds", **planned) == 0
    assert value(service, admin, "jobs_given_up", kind="mirror_holds", queue="light") == 1


def test_failures_are_told_by_reason(service: Served, admin: str) -> None:
    service.person("keeper", Role.OFFICER, level="secret")
    document_id = service.upload("keeper", png(40)).json()["id"]
    with service.home.house.database.transaction() as session:
        document = session.get_one(Document, document_id)
        document.state, document.error = "quarantined", "DAMAGED"
    assert value(service, admin, "documents_failed", reason="DAMAGED") == 1
    assert value(service, admin, "documents", state="quarantined") == 1
    with service.home.house.database.transaction() as session:
        session.get_one(Document, document_id).withdrawn = "done"
    assert value(service, admin, "documents_failed", reason="DAMAGED") == 0


def test_pages_read_only_ever_grow(service: Served, admin: str) -> None:
    service.person("keeper", Role.OFFICER, level="secret")
    document_id = service.paper("致客户", folder=service.folder(), number=41)
    labels = {"state": "recognised", "reason": ""}
    before = value(service, admin, "pages_read_total", **labels)
    with service.home.house.database.transaction() as session:
        session.execute(update(Page).where(Page.document_id == document_id).values(read_at=now()))
    assert value(service, admin, "pages_read_total", **labels) == before + 1
    with service.home.house.database.transaction() as session:
        session.execute(update(Page).where(Page.document_id == document_id).values(read_at=None))
    assert value(service, admin, "pages_read_total", **labels) == before + 1


def test_a_database_that_is_away_is_told_and_breaks_no_scrape(service: Served, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    house = service.home.house
    with_token = house.settings.model_copy(update={"metrics_token_file": file})
    with (
        mock.patch.object(house, "settings", with_token),
        mock.patch.object(type(house.database), "reading", side_effect=OSError("gone")),
    ):
        told = scrape(service, TOKEN)
    assert told.status_code == 200
    assert 'anjuan_part_up{needed="yes",part="database"} 0.0' in told.text
    assert "anjuan_jobs_due" not in told.text


def test_degraded_is_told_from_dead(service: Served) -> None:
    house = service.home.house
    with house.database.transaction() as session:
        attendance.sign_in(session, "here:1", list(Queue), "bubblewrap", "0")
    assert service.client.get("/readyz").json() == {"status": "ready", "away": [], "degraded": []}
    ill = Health(State.DAMAGED, advice="build it anew")
    with mock.patch.object(type(service.writer), "health", return_value=ill):
        degraded = service.client.get("/readyz")
    assert (degraded.status_code, degraded.json()["status"]) == (200, "degraded")
    assert degraded.json()["degraded"] == ["search"]
    with mock.patch.object(type(house.site), "stat", side_effect=Unavailable("gone")):
        dead = service.client.get("/readyz")
    assert (dead.status_code, dead.json()["away"]) == (503, ["store"])
    with house.database.transaction() as session:
        attendance.sign_out(session, "here:1")
    assert service.client.get("/readyz").json()["degraded"] == ["crew"]
    assert service.client.get("/healthz").json() == {"status": "alive"}


def test_a_store_on_a_read_only_disk_is_away_before_anybody_uploads(service: Served) -> None:
    objects = service.home.house.settings.data / "objects"
    told = mock.Mock(f_flag=1, f_bavail=1)  # ST_RDONLY
    with mock.patch("service.disks.os.statvfs", return_value=told):
        answer = service.client.get("/readyz")
    assert (answer.status_code, answer.json()["away"]) == (503, ["store"])
    assert stat.S_ISDIR(objects.stat().st_mode)
    assert shutil.disk_usage(objects).free > 0
    assert service.home.house.site.stat(Bucket.RECORDS, "none") is None


def logged(act: Callable[[], object]) -> list[dict[str, Any]]:
    """The lines that are written to standard error meanwhile; each must be JSON."""
    written = io.StringIO()
    with mock.patch("sys.stderr", written):
        log_to_stderr()
        act()
    log_to_stderr()
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_the_number_of_a_request_goes_with_its_job_into_the_workers_log(
    service: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.person("keeper", Role.OFFICER, level="secret")
    answer = service.upload("keeper", png(42), headers={"X-Request-ID": "from-the-proxy-1"})
    assert answer.headers["x-request-id"] == "from-the-proxy-1"

    def follow(tools: Tools, held: runner.Claim) -> None:
        with tools.house.database.transaction() as session:
            enqueue(session, Kind.MATCH_WAITING, held.subject, key=f"follow:{held.job_id}")
        structlog.get_logger().warning("within")
        logging.getLogger("library").warning("from a %s", "library")
        raise ZeroDivisionError("a word of the paper")

    monkeypatch.setattr(runner, "STEPS", {"read_document": follow})
    with service.home.house.database.reading() as session:
        job = session.query(Job).filter_by(subject=answer.json()["id"], kind="read_document").one()
    lines = logged(lambda: run(Tools(service.home.house), job.id))
    assert [line["event"] for line in lines] == ["within", "from a library", "job.failed"]
    assert {(line["job"], line["request"], line["kind"]) for line in lines} == {
        (job.id, "from-the-proxy-1", "read_document")
    }
    assert lines[-1]["error"] == "ZeroDivisionError"
    with service.home.house.database.reading() as session:
        following = session.query(Job).filter_by(subject=answer.json()["id"], kind="match_waiting").one()
    assert following.request == "from-the-proxy-1"


def test_a_number_that_is_none_is_not_taken_over_and_errors_bear_ours(service: Served) -> None:
    for foreign in ("x", "a b\tc d e f g", "1" * 65):
        answer = service.client.get("/api/v1/people/me", headers={"X-Request-ID": foreign})
        number = answer.headers["x-request-id"]
        assert re.fullmatch(r"[0-9a-f]{16}", number)
        assert answer.json()["instance"] == f"urn:anjuan:request:{number}"
