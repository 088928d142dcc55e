"""A running service over an embedded installation, and people who ask it by token."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archive.logs import log_to_stderr
from tests.houses import embedded
from tests.integration.api.served import Served, served


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Logs as the service writes them, instead of drawn tracebacks."""
    log_to_stderr()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for a module of tests."""
    with embedded(tmp_path_factory.mktemp("house")) as home, served(home) as running:
        yield running
