"""What stands in deploy/monitoring: rules that fire, and rules and dashboard that ask for what is exported."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from archive import attendance
from archive.base import now
from archive.documents import Document
from archive.queues import Queue
from archive.sites import SiteOrder
from indexes import open_engine
from service import health, standing
from service.metrics import Metrics
from service.sites import Sites
from service.web.language import table
from tests.houses import Home, embedded, png

MONITORING: Final = Path(__file__).resolve().parents[3] / "deploy" / "monitoring"
TESTS: Final = ("alerts_test.yml", "backup_test.yml")
METRIC: Final = re.compile(r"\b((?:anjuan|process)_[a-z_]+)(?:\{([^}]*)\})?")
GROUPED: Final = re.compile(r"\bby \(([a-z_, ]+)\)")
FOREIGN: Final = {"job", "instance"}
"""Labels that Prometheus itself adds."""


def rules() -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load((MONITORING / "alerts.yml").read_text("utf-8"))["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def panels() -> dict[str, str]:
    """Every question of the dashboard by its panel."""
    found = json.loads((MONITORING / "dashboard.json").read_text("utf-8"))["panels"]
    return {f"{panel['title']} {target['refId']}": target["expr"] for panel in found for target in panel["targets"]}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, set[str]]]:
    """What a service exports: its samples' names with their labels."""
    with embedded(tmp_path_factory.mktemp("house")) as home:
        yield samples(home)


def samples(home: Home) -> dict[str, set[str]]:
    house = home.house
    paper = home.put(png(1)).id
    with house.database.transaction() as session:
        attendance.sign_in(session, "here:1", list(Queue), "bubblewrap", "0")
        session.add(SiteOrder("harbour", folder=house.settings.data / "harbour").row())
        document = session.get_one(Document, paper)
        document.state, document.error = "quarantined", "DAMAGED"
        document.received_at = now() - timedelta(days=3)  # so that there is a forecast
    engine = open_engine("", house.settings.index_folder, "test", writer=True)
    metrics = Metrics(house, engine, Sites(house))
    metrics.requests.labels("GET", "/inbox", "2xx").observe(0.1)
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def promtool(*words: str) -> subprocess.CompletedProcess[str]:
    """Debian's promtool; without it the test is skipped aloud, or fails where every part is required."""
    found = shutil.which("promtool")
    if not found:
        told = "promtool is not installed: apt-get install prometheus"
        if os.environ.get("ANJUAN_REQUIRE_SERVERS") == "1":
            pytest.fail(told)
        pytest.skip(told)
    return subprocess.run([found, *words], cwd=MONITORING, capture_output=True, text=True, timeout=60, check=False)


def test_the_rules_are_well_formed_and_each_fires_once_and_none_on_a_good_day() -> None:
    checked = promtool("check", "rules", "alerts.yml")
    assert checked.returncode == 0, checked.stderr
    fired = promtool("test", "rules", *TESTS)
    assert fired.returncode == 0, fired.stdout + fired.stderr


def test_every_alert_has_a_test_that_lets_it_fire() -> None:
    tests = [test for file in TESTS for test in yaml.safe_load((MONITORING / file).read_text("utf-8"))["tests"]]
    fired = [one["alertname"] for test in tests for one in test["alert_rule_test"] if one["exp_alerts"]]
    quiet = [one["alertname"] for test in tests for one in test["alert_rule_test"] if not one["exp_alerts"]]
    assert set(fired) == set(quiet) == set(rules())


def test_rules_and_dashboard_ask_for_what_is_exported_by_the_labels_it_has(exported: dict[str, set[str]]) -> None:
    asked = {name: rule["expr"] for name, rule in rules().items()} | panels()
    assert len(asked) > 50
    for place, expr in asked.items():
        names = set()
        for name, matchers in METRIC.findall(expr):
            names.add(name)
            assert name in exported, f"{place}: {name} is not exported"
            wanted = set(re.findall(r"(\w+)\s*[=!]~?", matchers))
            assert wanted <= exported[name] | FOREIGN, f"{place}: {name} has no label {wanted - exported[name]}"
        grouped = {label.strip() for told in GROUPED.findall(expr) for label in told.split(",")}
        assert grouped <= set().union(*(exported[name] for name in names)) if names else not grouped, place


def test_every_figure_of_ours_is_looked_at_by_a_rule_or_the_dashboard(exported: dict[str, set[str]]) -> None:
    asked = " ".join([*(rule["expr"] for rule in rules().values()), *panels().values()])
    unseen = {name for name in exported if name.startswith("anjuan_") and not re.search(rf"\b{name}\b", asked)}
    assert unseen == {"anjuan_request_seconds_sum"}


def test_the_dashboards_questions_are_promql(tmp_path: Path) -> None:
    recorded = [{"record": f"panel:{n}", "expr": expr} for n, expr in enumerate(panels().values())]
    file = tmp_path / "panels.yml"
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": recorded}]}))
    checked = promtool("check", "rules", "--lint=none", str(file))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_rules_draw_the_bounds_of_the_operators_page() -> None:
    found = {name: {float(n) for n in re.findall(r"[<>]=? ([\d.]+)", rule["expr"])} for name, rule in rules().items()}
    waits = [{bounds[n].total_seconds() for bounds in standing.PATIENCE.values()} for n in (0, 1)]
    assert [found["AnjuanQueueLate"], found["AnjuanQueueStands"]] == waits
    fresh = standing.BACKUP_LATE[0].total_seconds()  # how old a set at a site may be that stands in for a backup
    backup = [{0.0, fresh, age.total_seconds()} for age in standing.BACKUP_LATE]
    assert [found["AnjuanBackupLate"], found["AnjuanBackupMissing"]] == backup
    assert found["AnjuanDiskLow"] == {standing.DISK_LOW[0], float(standing.DISK_DAYS[0]), 0.0}
    assert found["AnjuanDiskFull"] == {standing.DISK_LOW[1], float(standing.DISK_DAYS[1])}
    assert found["AnjuanIndexBehind"] == {float(standing.INDEX_BEHIND)}
    assert found["AnjuanSiteLate"] == {health.SITE_LATE, 0.0}
    assert found["AnjuanLogNotSequenced"] == {standing.LOG_LATE.total_seconds()}


def test_alerts_name_lines_of_the_operators_page() -> None:
    words = set(table("zh"))
    for name, rule in rules().items():
        assert {"summary", "action"} <= set(rule["annotations"]), name
        for line in filter(None, rule["annotations"].get("line", "").split(", ")):
            assert any(fnmatch(word, f"line.{line}_do") for word in words), f"{name}: {line}"
