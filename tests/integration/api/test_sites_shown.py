"""A site beside the primary on the operator's page, over the API and in readiness, well and away."""

from __future__ import annotations

import html
from pathlib import Path

import pytest

from archive import sites
from archive.audit import OPERATOR
from archive.base import now
from archive.rights import Role
from archive.sites import Site
from service.web.language import say
from tests.integration.api.served import Served
from tests.sites import add_folder


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_site_is_named_well_and_away_with_what_to_do(service: Served, tmp_path: Path, language: str) -> None:
    name, database = f"nas-{language}", service.home.house.database
    add_folder(service.home.house, name, tmp_path / "nas")
    keeper = service.person("backup", Role.BACKUP)
    headers = {"Authorization": f"Bearer {service.tokens[keeper]}", "Accept-Language": language, "Accept": "text/html"}
    well = html.unescape(service.client.get("/health", headers=headers).text)
    assert say(language, "line.site_well", name=name) in well
    with database.transaction() as session:
        session.get_one(Site, name).failing_since = now()
    away = html.unescape(service.client.get("/health", headers=headers).text)
    assert say(language, "line.site_do") in away
    assert name in away
    [told] = service.client.get("/api/v1/sites", headers=headers).json()
    assert (told["name"], told["waiting"]) == (name, 0)
    assert told["away_since"]
    assert f"site {name}" in service.client.get("/readyz").json()["degraded"]
    scanner = service.person("clerk", Role.SCANNER)
    refused = service.client.get("/api/v1/sites", headers={"Authorization": f"Bearer {service.tokens[scanner]}"})
    assert refused.status_code == 403
    with database.transaction() as session:
        sites.remove(session, OPERATOR, name, "the test is over")


def test_a_gone_site_with_nothing_to_copy_is_degraded(service: Served, tmp_path: Path) -> None:
    name, database = "unmounted", service.home.house.database
    add_folder(service.home.house, name, tmp_path / "nas")
    (tmp_path / "nas").rename(tmp_path / "elsewhere")
    ready = service.client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert f"site {name}" in ready.json()["degraded"]
    keeper = service.person("backup", Role.BACKUP)
    [told] = [one for one in service.ask(keeper, "GET", "/status").json()["parts"] if one["name"] == f"site {name}"]
    assert "Mount its disk" in told["detail"]
    with database.transaction() as session:
        sites.remove(session, OPERATOR, name, "the test is over")
