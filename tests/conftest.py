"""Installations that several rooms' tests stand on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import Run, runner
from tests.houses import Home, distributed, embedded, migrated_database, on_postgres


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """An embedded installation."""
    with embedded(tmp_path / "data") as made:
        yield made


@pytest.fixture(scope="session")
def template() -> Iterator[str]:
    """A migrated database that the tests' own are copied from."""
    with migrated_database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """An installation whose rows stand in each database in turn."""
    folder = tmp_path / "data"
    if request.param == "sqlite":
        with embedded(folder) as made:
            yield made
    else:
        with on_postgres(folder, request.getfixturevalue("template")) as made:
            yield made


@pytest.fixture
def postgres(template: str, tmp_path: Path) -> Iterator[Home]:
    """An installation with its rows in PostgreSQL, where sessions really run at once."""
    with on_postgres(tmp_path / "data", template) as made:
        yield made


@pytest.fixture
def cluster(template: str, tmp_path: Path) -> Iterator[Home]:
    """A distributed installation: PostgreSQL and MinIO."""
    with distributed(tmp_path / "data", template) as made:
        yield made


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands on the test's own data folder, in this process."""
    return runner(tmp_path / "data", monkeypatch, capsys)
