"""PostgreSQL shut down at once, again and again, under uploads (F19): nothing acknowledged is lost."""

from __future__ import annotations

import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from archive.errors import Away
from archive.masterkey import MasterKey
from deploy.local import postgres
from deploy.local.places import Facts
from deploy.local.processes import stop
from tests.houses import Home, home_of, png
from tests.integration.faults.wholeness import assert_whole
from tests.servers import server_url

UPLOADS, SENDERS, RESTARTS = 40, 4, 5
PATIENCE = 60.0


@contextmanager
def own_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Facts]:
    """A cluster of this test's own: stopping the shared one would fail everybody's tests."""
    folder = Path(tempfile.mkdtemp(prefix="anjuan-pg-"))
    folder.chmod(0o755)  # its server runs as another user
    monkeypatch.setattr(postgres, "FOLDER", folder)
    monkeypatch.setattr(postgres, "DATA", folder / "data")
    facts = postgres.choose()
    postgres.start(facts)
    try:
        yield facts
    finally:
        postgres.end(facts)
        shutil.rmtree(folder)


def restart(facts: Facts) -> None:
    """Immediate: no checkpoint, sessions cut; it recovers from its log at the next start."""
    stop(facts, signal.SIGQUIT)
    postgres.start(facts)


def send(home: Home, number: int) -> None:
    """One upload, sent again under its key until it is acknowledged."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            home.put(png(number), key=f"upload-{number}")
        except (DBAPIError, Away):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


def test_uploads_outlive_a_database_that_is_restarted_under_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server_url("ANJUAN_TEST_POSTGRES_URL")  # skips aloud, or fails, where there is no PostgreSQL
    with own_server(monkeypatch) as facts:
        postgres.make_room(facts, "f19")
        MasterKey.load(tmp_path / "keys" / "master.key", create=True)
        url = postgres.exports(facts, "f19")["ANJUAN_DATABASE_URL"]
        with home_of({"DATA": str(tmp_path), "DATABASE_URL": url}) as home:
            assert home.clerk
            kept: dict[int, bytes] = {}

            def sender(first: int) -> None:
                for number in range(first, UPLOADS, SENDERS):
                    send(home, number)
                    kept[number] = png(number)

            senders = [threading.Thread(target=sender, args=(first,)) for first in range(SENDERS)]
            for each in senders:
                each.start()
            for _ in range(RESTARTS):
                time.sleep(0.3)
                restart(facts)
            for each in senders:
                each.join(timeout=PATIENCE)
            assert len(kept) == UPLOADS
            documents = {home.put(body, key=f"upload-{number}").id: body for number, body in kept.items()}
            assert len(documents) == UPLOADS
            assert_whole(home.house, documents)
