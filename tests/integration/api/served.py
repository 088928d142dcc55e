"""The service as a real server on a port of its own, and what its askers need."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn

from archive.audit import OPERATOR
from archive.documents import Document, File, FileRole, Page, State, changed, seal_page
from archive.masking import find_sensitive
from archive.rights import Confidentiality, Role
from archive.signin import create_token
from indexes import open_engine
from indexes.port import SearchEngine
from indexes.sync import index_now
from retention.classes import assign, propose_seed
from service.app import create_app
from tests.houses import Home, png

ALL = ("read", "write", "sign")


@dataclass
class Served:
    """A running service. `ask` is one request in somebody's name."""

    home: Home
    url: str
    writer: SearchEngine
    client: httpx.Client
    tokens: dict[str, str] = field(default_factory=dict)

    def person(self, name: str, *roles: Role, department: str = "sales", level: str = "confidential") -> str:
        """A person with a token; the name, for `ask`."""
        actor = self.home.person(name, *roles, department=department, clearance=Confidentiality.named(level))
        if name not in self.tokens:
            self.tokens[name] = self.token(actor.id)
        return name

    def token(self, person_id: str, *scopes: str) -> str:
        """A token with these scopes, else with all."""
        with self.home.house.database.transaction() as session:
            return create_token(session, OPERATOR, person_id, scopes or ALL)[1]

    def ask(self, who: str, method: str, path: str, **given: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        """One request to the API."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}", **given.pop("headers", {})}
        where = path if path.startswith(("/healthz", "/readyz", "/metrics", "/iiif")) else f"/api/v1{path}"
        return self.client.request(method, where, headers=headers, **given)

    def upload(self, who: str, body: bytes, name: str = "scan.png", **form: Any) -> httpx.Response:  # noqa: ANN401 - as above
        """A file put in."""
        headers = form.pop("headers", {})
        return self.ask(who, "POST", "/documents", files={"file": (name, body)}, data=form, headers=headers)

    def folder(self, *, department: str = "sales", level: str = "internal", klass: str = "CT-GEN") -> dict[str, Any]:
        """A new customer's new folder."""
        officer = self.person("keeper", Role.OFFICER, department="records", level="secret")
        named = {"kind": "company", "name": f"Company {time.monotonic_ns()}"}
        customer = self.ask(officer, "POST", "/customers", json=named).json()
        order = {
            "customer_id": customer["id"], "title": "matter", "department": department, "retention_class": klass,
            "confidentiality": level,
        }  # fmt: skip
        made: dict[str, Any] = self.ask(officer, "POST", "/folders", json=order).json()
        return made

    def paper(self, text: str, *, folder: Mapping[str, Any], number: int = 1, who: str = "keeper") -> str:
        """A document that was put in, read as `text` and filed; its id."""
        document_id: str = self.upload(who, png(number) + text.encode(), folder_id=folder["id"]).json()["id"]
        self.read(document_id, text)
        return document_id

    def read(self, document_id: str, text: str) -> None:
        """What a reading worker leaves behind, for a page that says `text`."""
        house = self.home.house
        key = house.vault.key(document_id)
        with house.database.transaction() as session:
            document = session.get_one(Document, document_id)
            page = Page(
                id=document_id, document_id=document_id, number=1, width=600, height=800, dpi=100, turn=0,
                state="recognised", confidence=0.99, source="ocr", engine="drawn", findings=[],
            )  # fmt: skip
            lines = text.split("\n")
            words = [
                {"text": line, "x": 10, "y": 20 * n, "w": 400, "h": 18, "confidence": 0.9, "line": n}
                for n, line in enumerate(lines)
            ]
            seal_page(key, page, text, words)
            session.add(page)
            document.sensitive, document.pages_read, document.page_count = bool(find_sensitive(text)), 1, 1
            document.document_type = document.document_type or "letter"
            document.state = State.FILED.value if document.folder_id else State.REVIEW.value
            assign(session, document)
            changed(session, document)
        with house.database.transaction() as session:
            index_now(session, self.writer, house.vault, document_id)

    def rendition(self, document_id: str, role: FileRole, file: File) -> None:
        """Name a stored file as a rendition of a document."""
        with self.home.house.database.transaction() as session:
            file.role, file.document_id = role.value, document_id
            session.add(file)


def bytes_at_rest(service: Served) -> bytes:
    """Every byte of the data folder but for the search index, which holds texts in the clear."""
    settings = service.home.house.settings
    files = [path for path in settings.data.rglob("*") if path.is_file() and settings.index_folder not in path.parents]
    return b"".join(path.read_bytes() for path in files)


@contextmanager
def served(home: Home) -> Iterator[Served]:
    """Run the service in a thread; the index has its one writer here."""
    settings = home.house.settings
    with home.house.database.transaction() as session:
        propose_seed(session)
    writer = open_engine("", settings.index_folder, "test", writer=True)
    reader = open_engine("", settings.index_folder, "test", writer=False)
    port = _free_port()
    config = uvicorn.Config(
        create_app(home.house, reader), host="127.0.0.1", port=port, log_config=None, access_log=False,
        lifespan="off", server_header=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=url, timeout=30) as client:
        _await(client)
        yield Served(home, url, writer, client)
    server.should_exit = True
    thread.join(timeout=10)
    reader.close()
    writer.close()


def _await(client: httpx.Client) -> None:
    for _ in range(200):
        try:
            if client.get("/healthz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError("the service did not come up")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
