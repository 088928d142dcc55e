"""The operator's page on a good day and with three things broken, in both languages."""

from __future__ import annotations

import html
from unittest import mock

import pytest

from archive import attendance
from archive.documents import Document
from archive.queues import Queue
from archive.rights import Role
from indexes.port import Health, State
from service.figures import Kept
from service.web.language import say
from tests.houses import png
from tests.integration.api.served import Served


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Kept, "get", lambda kept: kept._ask())


def page(service: Served, language: str) -> str:
    root = service.person("root", Role.ADMIN)
    headers = {"Authorization": f"Bearer {service.tokens[root]}", "Accept-Language": language, "Accept": "text/html"}
    answer = service.client.get("/health", headers=headers)
    assert answer.status_code == 200
    return html.unescape(answer.text)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_thing_that_is_broken_stands_with_what_to_do(service: Served, language: str) -> None:
    house = service.home.house
    house.vault.note_export()
    with house.database.transaction() as session:
        attendance.sign_in(session, "here:1", list(Queue), "bubblewrap", "0")
    well = page(service, language)
    for name in ("store", "search", "quarantine"):
        assert say(language, f"line.{name}_do") not in well
    service.person("keeper", Role.OFFICER, level="secret")
    document_id = service.upload("keeper", png(90)).json()["id"]
    with house.database.transaction() as session:
        document = session.get_one(Document, document_id)
        document.state, document.error = "quarantined", "DAMAGED"
    ill, read_only = Health(State.DAMAGED, advice="build it anew"), OSError(30, "on a read-only disk")
    with (
        mock.patch.object(type(service.writer), "health", return_value=ill),
        mock.patch("service.health.writable", side_effect=read_only),
    ):
        broken = page(service, language)
    for name in ("store", "search", "quarantine"):
        assert say(language, f"line.{name}_do") in broken
    assert say(language, "health.some_bad", count=1) in broken
    assert broken.index(say(language, "line.store_do")) < broken.index(say(language, "line.search_do"))
    assert say(language, "outcome.damaged") in broken
    with house.database.transaction() as session:
        session.get_one(Document, document_id).withdrawn = "done"
        attendance.sign_out(session, "here:1")


def test_who_looks_at_scans_does_not_see_the_operators_page(service: Served) -> None:
    keeper = service.person("keeper", Role.OFFICER, level="secret")
    headers = {"Authorization": f"Bearer {service.tokens[keeper]}"}
    assert service.client.get("/health", headers=headers).status_code == 403
