"""The units for systemd: they call commands that there are, and leave the workers' sandbox its namespaces."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from service.cli import COMMANDS

UNITS: Final = Path(__file__).resolve().parents[3] / "deploy" / "systemd"
SERVICES: Final = sorted(UNITS.glob("*.service"))
PROGRAM: Final = "/opt/anjuan/.venv/bin/anjuan"


def lines(unit: Path) -> dict[str, list[str]]:
    """The values of each key of a unit, in their order."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_a_service_calls_a_command_and_writes_only_where_it_says(unit: Path) -> None:
    said = lines(unit)
    [call] = said["ExecStart"]
    program, command, *places = call.split()
    assert program == PROGRAM
    assert command in COMMANDS
    assert said["User"] == ["anjuan"]
    assert said["ProtectSystem"] == ["strict"]
    assert said["NoNewPrivileges"] == ["yes"]
    writable = {*said["ReadWritePaths"][0].split(), "/var/tmp"}  # noqa: S108 - PrivateTmp gives it one of its own
    assert {place for place in places if place.startswith("/")} <= writable


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_a_service_leaves_the_sandbox_its_namespaces(unit: Path) -> None:
    said = lines(unit)
    assert not {"RestrictNamespaces", "SystemCallFilter", "PrivateUsers", "PrivateNetwork"} & set(said)
    assert "AF_NETLINK" in said["RestrictAddressFamilies"][0].split()


def test_every_timer_has_its_service() -> None:
    timers = {unit.stem for unit in UNITS.glob("*.timer")}
    assert timers == {unit.stem for unit in SERVICES} - {"anjuan"}


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    for unit in UNITS.iterdir():
        # the program is not installed where the test runs, which is all that would be found wrong
        (tmp_path / unit.name).write_text(unit.read_text(encoding="utf-8").replace(PROGRAM, "/bin/true"))
    command = ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (checked.returncode, [line for line in checked.stderr.splitlines() if "anjuan" in line]) == (0, [])
