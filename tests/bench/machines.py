"""Many machines as processes: two services, four workers, two schedulers on PostgreSQL, RabbitMQ, MinIO and OpenSearch.

Each process is replaced in turn under uploads; then the database is cut off and started again under them (F19). The
database is a cluster of the bench's own, the other servers are those of `make servers`, in a fresh room. A file here is
none that can be read: what is asked is whether it is kept and its jobs come to an end.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from unittest import mock

import psycopg

from archive.masterkey import MasterKey
from deploy.local import postgres
from deploy.local.processes import stop
from tests.acceptance import ANJUAN, ROOT, _await, _free_port, _person, _room
from tests.bench.figures import Figure
from tests.houses import PNG

PART: Final = "machines"
ROOM: Final = "machines"
WORKERS: Final = ("read", "read", "light,destroy", "light,destroy")
AT_ONCE: Final = 4
PATIENCE: Final = 120.0
"""Seconds for which one file is put in again while nobody takes it."""
DRAINED_WITHIN: Final = 600.0


def measure(uploads: int = 200, restarts: int = 20, servers: Path = ROOT) -> list[Figure]:
    """Both, one after the other, on one installation."""
    with tempfile.TemporaryDirectory(prefix="anjuan-machines-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs under an account of its own
        with _database(Path(folder)) as facts, _fleet(Path(folder), facts, servers) as fleet:
            return [*_rolled(fleet), *_cut_off(fleet, facts, uploads, restarts)]


@contextmanager
def _database(folder: Path) -> Iterator[dict[str, Any]]:
    facts, place = postgres.choose(), folder / "postgres"
    with mock.patch.multiple(postgres, FOLDER=place, DATA=place / "data"):
        postgres.start(facts)
        postgres.make_room(facts, ROOM)
        try:
            yield facts
        finally:
            postgres.end(facts)


class _Fleet:
    """The processes, each with the words that start it again, and a way in that goes on to the next service."""

    def __init__(self, environment: dict[str, str], ports: Sequence[int]) -> None:
        self.environment, self.ports, self.token = environment, ports, ""
        calls = [[ANJUAN, "serve", "--port", str(port)] for port in ports]
        self.calls = [*calls, *([ANJUAN, "worker", "--queues", queues] for queues in WORKERS)]
        self.processes = [self._begun(call) for call in self.calls]

    def _begun(self, call: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(call, env=self.environment, stdout=sys.stderr, start_new_session=True)

    def replace(self, at: int) -> None:
        """End one as a supervisor does, and begin it anew; a service is waited for."""
        self.processes[at].send_signal(signal.SIGTERM)
        self.processes[at].wait(timeout=60)
        self.processes[at] = self._begun(self.calls[at])
        if at < len(self.ports):
            _await(f"http://127.0.0.1:{self.ports[at]}", [self.processes[at]])

    def tend(self) -> None:
        """Begin anew what has ended, as a supervisor does: a worker that finds no database at its start ends."""
        for at, process in enumerate(self.processes):
            if process.poll() is not None:
                self.processes[at] = self._begun(self.calls[at])

    def ask(self, turn: int, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """One request; a service that takes no connection is passed over, as a balancer does, and no other fault."""
        for port in (*self.ports[turn % 2 :], *self.ports[: turn % 2]):
            link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            with closing(link), suppress(ConnectionRefusedError):
                link.request(method, f"/api/v1{path}", body, {"Authorization": f"Bearer {self.token}"} | headers)
                answer = link.getresponse()
                return answer.status, answer.read()
        return 0, b"no service takes a connection"

    def upload(self, turn: int, data: bytes, key: str) -> tuple[int, bytes]:
        """A file put in."""
        edge = uuid.uuid4().hex
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="scan.png"\r\n\r\n'
        body = head.encode() + data + f"\r\n--{edge}--\r\n".encode()
        kind = f"multipart/form-data; boundary={edge}"
        return self.ask(turn, "POST", "/documents", body, **{"Content-Type": kind, "Idempotency-Key": key})

    def end(self) -> None:
        """All at once."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def _fleet(folder: Path, facts: dict[str, Any], servers: Path) -> Iterator[_Fleet]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANJUAN_")}
    environment |= _room("first", servers)
    rows = {name: url for name, url in postgres.exports(facts, ROOM).items() if "TEST" not in name}
    environment |= rows | {"ANJUAN_DATA": str(folder / "data"), "ANJUAN_MASTER_KEY_FILE": str(folder / "master.key")}
    MasterKey.load(folder / "master.key", create=True)
    with ExitStack() as held:
        fleet = _Fleet(environment, [_free_port(), _free_port()])
        held.callback(fleet.end)
        for at, port in enumerate(fleet.ports):
            _await(f"http://127.0.0.1:{port}", [fleet.processes[at]])
        fleet.token = _person(environment)
        yield fleet


def _rolled(fleet: _Fleet) -> list[Figure]:
    """Every process replaced in turn while files are put in without a pause; requests that were not taken."""
    over, failed, taken = threading.Event(), [], 0

    def load() -> None:
        nonlocal taken
        while not over.is_set():
            try:
                status, said = fleet.upload(taken, PNG + os.urandom(200), uuid.uuid4().hex)
            except (OSError, http.client.HTTPException) as error:
                status, said = -1, repr(error).encode()
            taken += 1
            if status != http.HTTPStatus.ACCEPTED:
                failed.append((status, said[:200]))

    thread = threading.Thread(target=load)
    thread.start()
    try:
        for at in range(len(fleet.calls)):
            fleet.replace(at)
    finally:
        over.set()
        thread.join()
    print(*failed, sep="\n", file=sys.stderr)
    what = f"{len(fleet.calls)} processes replaced under {taken} uploads: requests that failed"
    return [Figure(PART, what, len(failed), "", ceiling=0)]


def _cut_off(fleet: _Fleet, facts: dict[str, Any], uploads: int, restarts: int) -> list[Figure]:
    """The database ended without a word and started again, so many times, while files are put in."""
    kept: dict[str, str] = {}
    back: list[float] = []

    def put(number: int) -> None:
        data, key, until = PNG + os.urandom(300), uuid.uuid4().hex, time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(OSError, http.client.HTTPException):
                status, said = fleet.upload(number, data, key)
                if status == http.HTTPStatus.ACCEPTED:
                    kept[json.loads(said)["id"]] = sha256(data).hexdigest()
                    return
            time.sleep(0.5)

    with ThreadPoolExecutor(AT_ONCE) as hands:
        waiting = [hands.submit(put, number) for number in range(uploads)]
        for _ in range(restarts):
            stop(facts, signal.SIGQUIT)
            postgres.start(facts)
            fleet.tend()
            began, before = time.monotonic(), len(kept)
            while len(kept) == before and not all(one.done() for one in waiting):
                time.sleep(0.05)
            back.append(time.monotonic() - began)
    lost = sum(not _whole(fleet, document, digest) for document, digest in kept.items())
    return [
        Figure(PART, f"{restarts} restarts of the database under {uploads} uploads: not taken in the end",
               uploads - len(kept), "", ceiling=0),
        Figure(PART, "acknowledged and lost, or changed", lost, "", ceiling=0),
        Figure(PART, "longest wait for the next upload after a restart", max(back), "s", ceiling=10),
        Figure(PART, "jobs that did not end", _left(fleet, facts), "", f"within {DRAINED_WITHIN:.0f} s", ceiling=0),
    ]  # fmt: skip


def _whole(fleet: _Fleet, document: str, digest: str) -> bool:
    status, body = fleet.ask(0, "GET", f"/documents/{document}/original")
    return status == http.HTTPStatus.OK and sha256(body).hexdigest() == digest


def _left(fleet: _Fleet, facts: dict[str, Any]) -> int:
    """Jobs of the files that are still open when their time is over."""
    address = postgres.exports(facts, ROOM)["ANJUAN_DATABASE_URL"].replace("+psycopg", "")
    asked = "SELECT count(*) FROM job WHERE state IN ('ready', 'running') AND kind LIKE '%document%'"
    until, left = time.monotonic() + DRAINED_WITHIN, -1
    while left and time.monotonic() < until:
        time.sleep(2)
        fleet.tend()
        with psycopg.connect(address) as rows:
            left = rows.execute(asked).fetchone()[0]  # type: ignore[index]
    return left
