"""The log as it is read: one document's whole story, lists, proofs, and what looks unusual, each by whom may see it."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive import audit
from archive.anomalies import Unusual, kinds_of, parse_thresholds, threshold
from archive.audit import Act, record
from archive.base import now
from archive.rights import Role
from archive.settings import WrongSetting, load_settings
from retention.bundle.log_export import export_log
from tests.integration.api.served import Served


@pytest.fixture(scope="module")
def paper(service: Served) -> str:
    """A filed paper of the sales department, with a hold on its folder and a reader."""
    service.person("auditor", Role.AUDITOR)
    service.person("stranger", Role.OFFICER, department="records", level="internal")
    folder = service.folder(level="confidential")
    document = service.paper("致：远山茶业", folder=folder, number=3)
    hold = {"title": "suit", "reason": "court", "subjects": [{"kind": "folder", "id": folder["id"]}]}
    assert service.ask("keeper", "POST", "/holds", json=hold).status_code == 201
    assert service.ask("keeper", "GET", f"/documents/{document}/original").status_code == 200
    return document


def acts(service: Served, who: str, query: str) -> list[str]:
    return [entry["action"] for entry in service.ask(who, "GET", f"/audit?{query}").json()["entries"]]


def test_the_whole_story_of_a_document_holds_what_befell_its_folder(service: Served, paper: str) -> None:
    plain, whole = acts(service, "auditor", f"subject={paper}"), acts(service, "auditor", f"document={paper}&size=500")
    assert {"folder.created", "hold.placed", "customer.created"} <= set(whole)
    assert not {"folder.created", "hold.placed"} & set(plain)
    assert len(whole) > len(plain) >= 2
    assert acts(service, "keeper", f"document={paper}&action=hold.placed") == ["hold.placed"]


def test_who_does_not_see_the_document_learns_nothing_of_what_it_stands_in(service: Served, paper: str) -> None:
    nothing = acts(service, "stranger", "document=11111111-1111-4111-8111-111111111111")
    assert acts(service, "stranger", f"document={paper}") == nothing == []


def test_entries_come_as_a_list_for_spreadsheets(service: Served, paper: str) -> None:
    given = service.ask("auditor", "GET", f"/audit/entries.csv?document={paper}")
    lines = list(csv.reader(io.StringIO(given.content.decode("utf-8-sig"))))
    assert given.headers["content-type"] == "text/csv; charset=utf-8"
    assert (lines[0][0], {line[4] for line in lines[1:]} >= {"hold.placed", "document.downloaded"}) == (
        "sequence",
        True,
    )
    assert "keeper" in {line[3] for line in lines[1:]}
    assert "log.read" in acts(service, "auditor", "action=log.read")
    own = list(
        csv.reader(io.StringIO(service.ask("stranger", "GET", "/audit/entries.csv").content.decode("utf-8-sig")))
    )
    assert paper not in {line[5] for line in own}


def test_days_are_the_organisation_s(service: Served, paper: str) -> None:
    del paper
    day = now().astimezone(service.home.house.settings.zone).date()
    assert acts(service, "auditor", f"since={day}&until={day}&size=5")
    assert acts(service, "auditor", f"since={day + timedelta(days=1)}") == []
    assert service.ask("auditor", "GET", "/audit?since=yesterday").status_code == 422


def test_proofs_come_over_the_api_and_are_checked_offline(service: Served, paper: str, tmp_path: Path) -> None:
    kept = service.ask("auditor", "GET", "/audit/checkpoint").text
    old = int(kept.split("\n")[1])
    entry = service.ask("auditor", "GET", f"/audit?subject={paper}").json()["entries"][0]
    for name, path in (("in", f"/audit/{entry['id']}/proof"), ("grown", f"/audit/consistency?old={old}")):
        (tmp_path / name).write_text(json.dumps(service.ask("auditor", "GET", path).json()), "utf-8")
    export_log(service.home.house, tmp_path / "log")
    (tmp_path / "kept").write_text(kept, "utf-8")
    run = [sys.executable, "-I", str(tmp_path / "log" / "verify_log.py")]
    for arguments in (["--proof", "in"], ["--proof", "grown"], ["--anchors", "kept"]):
        done = subprocess.run([*run, *arguments], cwd=tmp_path, env={}, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode()
    assert service.ask("stranger", "GET", f"/audit/{entry['id']}/proof").status_code == 404
    assert service.ask("auditor", "GET", f"/audit/consistency?old={old + 10_000}").json()["code"] == "log_is_shorter"


def test_what_looks_unusual_is_listed_for_auditors_alone(
    service: Served, paper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = service.home.person("reader", Role.SEARCHER)
    midnight = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)  # half past midnight in Shanghai, on the 3rd
    monkeypatch.setattr(audit, "now", lambda: midnight)
    with service.home.house.database.transaction() as session:
        for act, times in ((Act.DOCUMENT_DOWNLOADED, 50), (Act.DOCUMENT_DENIED, 9), (Act.DOCUMENT_VIEWED, 2)):
            for _ in range(times):
                record(session, reader, act, paper)
    monkeypatch.undo()
    days = "/audit/anomalies?since=2026-03-01&until=2026-03-04"
    assert service.ask("auditor", "GET", days).json()["items"] == [
        {"day": "2026-03-03", "actor": reader.id, "kind": "night", "count": 52, "threshold": 20},
        {"day": "2026-03-03", "actor": reader.id, "kind": "downloads", "count": 50, "threshold": 50},
    ]
    assert service.ask("stranger", "GET", days).json()["code"] == "auditors_only"
    assert service.ask("auditor", "GET", "/audit/anomalies?since=2026-03-01&until=2026-09-01").status_code == 422


def test_thresholds_go_by_role_and_the_most_generous_counts() -> None:
    given = parse_thresholds(["downloads=5", "officer.downloads=40", "approver.downloads=9"])
    assert [threshold(given, roles, Unusual.DOWNLOADS) for roles in ((), ("searcher",), ("approver", "officer"))] == [
        5, 5, 40,
    ]  # fmt: skip
    for wrong in ("downloads=many", "king.downloads=5", "uploads=3", "downloads"):
        with pytest.raises(WrongSetting, match="ANJUAN_ANOMALIES"):
            load_settings(anomalies=wrong)


@pytest.mark.parametrize(("hour", "night"), [(21, False), (22, True), (0, True), (5, True), (6, False)])
def test_the_night_is_from_ten_to_six(hour: int, night: bool) -> None:  # noqa: FBT001 - a table's column
    assert (Unusual.NIGHT in kinds_of("document.viewed", datetime(2026, 3, 3, hour, 59, tzinfo=UTC))) is night
