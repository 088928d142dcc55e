"""An embedded service of a bench's own: asked over HTTP, its processes watched from outside."""

from __future__ import annotations

import http.client
import json
import os
import sqlite3
import subprocess
import threading
import time
import uuid
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from tests.acceptance import ANJUAN, service

TICK = os.sysconf("SC_CLK_TCK")
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Client:
    """A person with a token; each request has a connection of its own, as the service closes idle ones."""

    url: str
    token: str

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> Any:  # noqa: ANN401 - JSON
        """What the service answers; RuntimeError for a refusal."""
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Content-Type": kind} if body else {})
        with closing(http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=120)) as connection:
            connection.request(method, f"/api/v1{path}", body, headers)
            answer = connection.getresponse()
            said = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {said[:200]!r}")
        return json.loads(said) if said else None

    def upload(self, name: str, data: bytes) -> tuple[str, float]:
        """Put a file in: the document's id, and the seconds until it was answered."""
        edge = uuid.uuid4().hex
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + data + f"\r\n--{edge}--\r\n".encode()
        start = time.perf_counter()
        taken = self.ask("POST", "/documents", body, f"multipart/form-data; boundary={edge}")
        return str(taken["id"]), time.perf_counter() - start

    def found(self, query: str = "") -> int:
        """How many pages a search finds; all of them for no query."""
        return int(self.ask("POST", "/search", json.dumps({"q": query, "size": 1}).encode())["total"])


@dataclass(frozen=True, slots=True)
class Running:
    """The service: a client with the rights of scanner, officer and searcher, and its data folder."""

    client: Client
    data: Path

    def processes(self) -> dict[int, str]:
        """Its processes by id, each with what it is: service, light, read, or child."""
        own = set(_with_setting(f"ANJUAN_DATA={self.data}".encode()))
        return {pid: _part(pid) for pid in own | _below(own)}

    def seconds(self) -> dict[str, float]:
        """Processor seconds that each part has used, with those of its ended children."""
        used: dict[str, float] = {}
        for pid, part in self.processes().items():
            used[part] = used.get(part, 0.0) + _seconds(pid)
        return used

    def memory(self) -> dict[str, float]:
        """MiB of each part: proportional set size, so that what is shared counts once."""
        held: dict[str, float] = {}
        for pid, part in self.processes().items():
            held[part] = held.get(part, 0.0) + _pss(pid)
        return held

    def pages_read(self, document_id: str) -> int:
        """How far the reading of a document has come."""
        return int(self._row("SELECT pages_read FROM document WHERE id = ?", document_id))

    def open_jobs(self) -> int:
        """Jobs that are not over."""
        return int(self._row("SELECT count(*) FROM job WHERE state IN ('ready', 'running')"))

    def _row(self, question: str, *values: str) -> Any:  # noqa: ANN401 - a column
        with sqlite3.connect(f"file:{self.data}/rows/anjuan.sqlite?mode=ro", uri=True) as rows:
            return rows.execute(question, values).fetchone()[0]


class Watch:
    """The largest memory of every part and of all together, looked at twice a second in a thread of its own.

    With names of parts only these are looked at.
    """

    def __init__(self, running: Running, parts: Collection[str] = ()) -> None:
        self._running, self._parts = running, parts
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watch", daemon=True)
        self.peak: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *gone: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.5):
            seen = self._running.memory()
            now = {part: held for part, held in seen.items() if part in self._parts or not self._parts}
            for part, held in (now | {"all": sum(now.values())}).items():
                self.peak[part] = max(self.peak.get(part, 0.0), held)


@contextmanager
def running() -> Iterator[Running]:
    """A service from nothing, with one reading worker."""
    with service(None) as (url, environment, data):
        yield Running(Client(url, _token(environment)), data)


def _token(environment: dict[str, str]) -> str:
    roles = [word for role in ("scanner", "officer", "searcher") for word in ("--role", role)]
    _anjuan(environment, "user", "add", "bench", "--department", "archive", "--clearance", "secret", *roles)
    return str(json.loads(_anjuan(environment, "token", "create", "bench"))["token"])


def _anjuan(environment: dict[str, str], *words: str) -> str:
    asked = [ANJUAN, *words, "--json"]
    return subprocess.run(asked, env=environment, check=True, capture_output=True, text=True).stdout


def _with_setting(setting: bytes) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if setting in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
            except OSError:  # it ended, or is another's
                continue
    return found


def _part(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return "ended"
    if b"serve" in words:
        return "service"
    if b"workers.main" in words:
        return words[words.index(b"--queues") + 1].decode()
    return "child"


def _seconds(pid: int) -> float:
    try:
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(part) for part in told[11:15]) / TICK


def descendants_seconds() -> float:
    """Processor seconds of this process's children and theirs, the ended ones that somebody waited for among them."""
    return sum(_seconds(pid) for pid in _below({os.getpid()}))


def _below(roots: set[int]) -> set[int]:
    """The descendants of these processes: a parser's child, whose environment is empty, among them."""
    above = {int(path.name): _above(path) for path in Path("/proc").iterdir() if path.name.isdigit()}
    found, fresh = set[int](), roots
    while fresh:
        fresh = {pid for pid, parent in above.items() if parent in fresh} - found
        found |= fresh
    return found


def _above(folder: Path) -> int:
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _pss(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))
