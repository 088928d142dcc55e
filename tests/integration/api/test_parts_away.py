"""What the service answers while a part below it is away or full (F05, F06, F17, F21, F26, F36)."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from prometheus_client import REGISTRY
from sqlalchemy.exc import OperationalError

from archive.errors import Away, Unavailable
from archive.jobs import Kind
from archive.rights import Role
from archive.settings import Settings
from archive.stores.port import OutOfSpace
from service.bell import Bells
from tests.houses import png
from tests.integration.api.served import Served


@pytest.fixture
def clerk(service: Served) -> str:
    return service.person("clerk", Role.SCANNER)


@contextmanager
def broken(thing: object, name: str, error: Exception) -> Iterator[None]:
    """A part whose method raises, as its adapter does when what is behind it fails."""

    def fail(*_: Any, **__: Any) -> None:  # noqa: ANN401 - takes whatever the method takes
        raise error

    with mock.patch.object(type(thing), name, fail):
        yield


def documents(service: Served, who: str) -> int:
    return len(service.ask(who, "GET", "/documents?size=500").json()["items"])


def test_a_full_store_refuses_the_upload_and_heals_by_itself(service: Served, clerk: str) -> None:
    before = documents(service, clerk)
    with broken(service.home.house.site, "put", OutOfSpace("no space left on device")):
        answer = service.upload(clerk, png(1))
        assert (answer.status_code, answer.json()["code"]) == (507, "out_of_space")
        assert service.ask(clerk, "GET", "/documents").status_code == 200
    assert documents(service, clerk) == before
    assert service.upload(clerk, png(1)).status_code == 202


def test_a_store_that_is_away_says_when_to_come_back_and_keeps_the_rest_going(service: Served, clerk: str) -> None:
    found = service.upload(clerk, png(2)).json()["id"]
    with broken(service.home.house.site, "get", Away("connection refused")):
        answer = service.ask(clerk, "GET", f"/documents/{found}/original")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert "connection refused" not in answer.text
        assert service.ask(clerk, "GET", f"/documents/{found}").status_code == 200
        assert service.ask(clerk, "GET", "/search?q=a").status_code == 200
    assert service.ask(clerk, "GET", f"/documents/{found}/original").content == png(2)


def test_a_search_engine_that_is_away_leaves_uploads_and_reading(service: Served, clerk: str) -> None:
    engine = service.writer
    with broken(engine, "search", Unavailable("The index is away.")):
        assert service.ask(clerk, "GET", "/search?q=a").status_code == 503
        found = service.upload(clerk, png(3))
        assert found.status_code == 202
        assert service.ask(clerk, "GET", f"/documents/{found.json()['id']}/original").status_code == 200


def test_what_cannot_be_logged_is_not_shown(service: Served) -> None:
    keeper = service.person("keeper", Role.OFFICER, level="secret")
    found = service.paper("致：客户", folder=service.folder(), number=36)
    failure = OperationalError("INSERT INTO audit_entry", {}, OSError("disk I/O error"))
    with mock.patch("service.sightings.record", side_effect=failure):
        for tail in ("", "/pages/1/text", "/original"):
            answer = service.ask(keeper, "GET", f"/documents/{found}{tail}")
            assert answer.status_code == 503
            assert "致" not in answer.text
            assert "audit_entry" not in answer.text


def test_an_unknown_failure_is_generic_to_the_caller(service: Served, clerk: str) -> None:
    with broken(service.home.house.site, "put", ValueError("secret detail /srv/path")):
        answer = service.upload(clerk, png(4))
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret detail" not in answer.text


def test_a_commit_that_fails_is_never_a_success(service: Served) -> None:
    keeper = service.person("keeper", Role.OFFICER, level="secret")
    failure = OperationalError("COMMIT", {}, OSError("disk full"))
    with mock.patch("sqlalchemy.orm.session.SessionTransaction.commit", side_effect=failure):
        answer = service.ask(keeper, "POST", "/customers", json={"kind": "person", "name": "Never"})
    assert answer.status_code == 503
    assert service.ask(keeper, "GET", "/customers?q=Never").json()["items"] == []


def test_a_broker_that_is_away_costs_nobody_anything(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    silent = "anjuan_bell_silent_total"
    before = REGISTRY.get_sample_value(silent) or 0.0
    bells = Bells(Settings(data=tmp_path, broker_url="amqp://nobody:nobody@127.0.0.1:1//"))
    began = time.monotonic()
    bells([("a job", Kind.READ_DOCUMENT.value)])
    assert time.monotonic() - began < 0.1
    bells.close()
    assert (REGISTRY.get_sample_value(silent) or 0.0) > before
