"""Fifty papers put in, read, found, looked at and destroyed by a running service; then every file is searched for them.

    python -m tests.integration.retention.canaries [--profile embedded|first|second] [--documents 50] [--servers DIR]

Searched are data folder (rows, keys, objects, index, broker), logs, temporary files and, distributed, the folders of
the servers (`make servers` of the checkout DIR): PostgreSQL with its log, object store, OpenSearch, broker. A paper
that was only planted in each of them has to be found, else the search proves nothing. Exit status 1 for a byte left.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import psycopg
from kombu import Connection
from sqlalchemy import select

from archive.audit import OPERATOR
from archive.base import new_id
from archive.documents import File
from archive.house import House, open_house
from archive.people import create_person
from archive.rights import Confidentiality, Role
from archive.settings import load_settings
from archive.signin import create_token
from archive.stores.port import Bucket
from indexes.opensearch.client import Cluster
from tests.acceptance import ROOT, service
from tests.drawing import born_digital
from tests.integration.retention.canary_scan import Needles, of_bytes, of_text, scan
from workers.originals import opened

PEOPLE = {
    "clerk": [Role.SCANNER], "sales": [Role.SEARCHER], "officer": [Role.OFFICER, Role.APPROVER],
    "officer2": [Role.OFFICER], "first": [Role.APPROVER], "second": [Role.APPROVER],
}  # fmt: skip
RARE = "柏棠榆槐桦楠椿樟榕枫桐柳"
PATIENCE = 1800.0
CLASS = {
    "code": "LIFE-5", "title": "five years", "period_years": 5, "events": ["contract_performed"], "counts": "last",
    "start_rule": "next_year_01_01", "action": "destroy", "basis": "resolution 5", "level": "document",
}  # fmt: skip


@dataclass
class Walk:
    """A running service, the people who ask it, and the installation behind it."""

    house: House
    client: httpx.Client
    tokens: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def ask(self, who: str, method: str, path: str, **given: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        answer = self.client.request(method, path, headers={"Authorization": f"Bearer {self.tokens[who]}"}, **given)
        if answer.is_error:
            raise SystemExit(f"canaries: {method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer

    def told(self, who: str, method: str, path: str, body: object = None) -> dict[str, Any]:
        found: dict[str, Any] = self.ask(who, method, path, json=body).json()
        return found

    def until(self, who: str, path: str, done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if done(found := self.told(who, "GET", path)):
                return found
            time.sleep(1)
        raise SystemExit(f"canaries: {path} took too long")


def main() -> int:
    """Print what was searched and found before and after; 1 when something is left."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", choices=["embedded", "first", "second"], default="embedded")
    parser.add_argument("--documents", type=int, default=50)
    parser.add_argument("--servers", type=Path, default=ROOT)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="anjuan-canaries-") as room, _everything_in(Path(room)):
        return _searched(asked.profile, asked.documents, asked.servers, Path(room))


@contextmanager
def _everything_in(room: Path) -> Iterator[None]:
    """Data, logs and temporary files of all processes stand under one folder."""
    tempfile.tempdir = os.environ["TMPDIR"] = str(room)
    kept = os.dup(2)
    with (room / "processes.log").open("wb") as log:
        os.dup2(log.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            tempfile.tempdir = None


def _searched(profile: str, count: int, servers: Path, room: Path) -> int:
    folders = [room] + ([servers / "var" / "local"] if profile != "embedded" else [])
    with service(None if profile == "embedded" else profile, servers) as (url, environment, _):
        os.environ.update({name: value for name, value in environment.items() if name.startswith("ANJUAN_")})
        house = open_house(load_settings())
        with httpx.Client(base_url=f"{url}/api/v1", timeout=120) as client:
            walk = Walk(house, client)
            _people(walk)
            mark, planted = _mark(), _mark()
            doomed, folder_id = _papers(walk, mark, count)
            needles = of_text(mark, "text") | of_text(_number(mark), "number")
            needles |= _pieces(house, doomed)
            _used(walk, doomed, mark)
            _plant(house, room, planted)
            _told("standing", folders, {**needles, **of_text(planted, "planted")})
            _destroyed(walk, doomed, folder_id)
            left = _told("destroyed", folders, needles)
        house.close()
    return 1 if left else 0


def _mark() -> str:
    """Eight characters that stand nowhere else."""
    return "".join(random.SystemRandom().choices(RARE, k=8))


def _number(mark: str) -> str:
    """How the contracts' numbers begin."""
    return f"KX-{int(sha256(mark.encode()).hexdigest()[:12], 16):015d}"


def _told(when: str, folders: Sequence[Path], needles: Needles) -> int:
    """Search, and say what was searched and found, by place."""
    start = time.perf_counter()
    seen = scan(folders, needles)
    sys.stdout.write(
        f"{when}: {seen.files} files, {seen.bytes / 1e6:.0f} MB, blocks opened {dict(seen.blocks)}, "
        f"stored fields too long {len(seen.too_long)}; {len(needles)} forms; {len(seen.hits)} found; "
        f"{time.perf_counter() - start:.0f} s\n"
    )
    where: Counter[str] = Counter()
    for hit in seen.hits:
        path, _, what = hit.partition(": ")
        base = next(folder for folder in folders if Path(path.split(" (")[0]).is_relative_to(folder))
        where[f"{'/'.join(Path(path).relative_to(base).parts[:4])}: {what}"] += 1
    for place, times in sorted(where.items()):
        sys.stdout.write(f"  {place} x{times}\n")
    sys.stdout.flush()
    return len(seen.hits)


# The papers


def _people(walk: Walk) -> None:
    with walk.house.database.transaction() as session:
        for name, roles in PEOPLE.items():
            person, _ = create_person(
                session, OPERATOR, name=name, roles=roles, department="sales",
                clearance=Confidentiality.CONFIDENTIAL, password=f"a pass phrase of {name}",
            )  # fmt: skip
            walk.ids[name] = person.id
            walk.tokens[name] = create_token(session, OPERATOR, person.id, ("read", "write", "sign"))[1]


def _papers(walk: Walk, mark: str, count: int) -> tuple[list[str], str]:
    """So many contracts with the mark in name, title, text and fields, read and filed; and their folder."""
    walk.told("officer", "POST", "/retention-classes", CLASS)
    walk.told("first", "POST", "/retention-classes/approve", {"codes": ["LIFE-5"]})
    customer = walk.told("officer", "POST", "/customers", {"kind": "company", "name": "远山茶业有限公司"})
    order = {"title": "matter", "department": "sales", "retention_class": "LIFE-5", "confidentiality": "internal"}
    folder = walk.told("officer", "POST", "/folders", {"customer_id": customer["id"], **order})
    number, made = _number(mark), list[str]()
    for n in range(count):
        lines = ["房屋租赁合同", f"合同编号：{number}{n:03d}", f"甲方：{mark}有限公司", "乙方：远山茶业有限公司",
                 f"第{n}条 {mark}第{n}号院玉兰三十一株，按季度支付。", "签订日期：2018年3月1日"]  # fmt: skip
        body, form = born_digital(lines), {"folder_id": folder["id"], "document_type": "contract"}
        sent = walk.ask("clerk", "POST", "/documents", files={"file": (f"{mark}-{n}.pdf", body)}, data=form)
        made.append(str(sent.json()["id"]))
    for each in made:
        state = walk.until("officer", f"/documents/{each}", lambda told: told["state"] not in {"received", "reading"})
        if state["state"] not in {"filed", "review"} or (state.get("folder") or {}).get("id") != folder["id"]:
            raise SystemExit(f"canaries: {each} is {state['state']}: {state.get('error')} {state.get('review')}")
    return made, str(folder["id"])


def _pieces(house: House, doomed: Sequence[str]) -> dict[bytes, str]:
    """Pieces of every original and rendition as it is before it is sealed: from its middle and from near its end."""
    found: dict[bytes, str] = {}
    with house.database.reading() as session:
        files = session.scalars(select(File).where(File.document_id.in_(doomed))).all()
    for file in files:
        with opened(house, file) as source:
            body = source.read()
        for at in (len(body) // 2, len(body) * 9 // 10):
            piece = body[at : at + 24]
            if len(set(piece)) > 16:  # so that it stands nowhere else by chance
                found |= of_bytes(piece, file.role)
    return found


def _used(walk: Walk, doomed: Sequence[str], mark: str) -> None:
    """What people do with papers: search for them, look at them, take copies."""
    found = walk.until("sales", f"/search?q={mark}", lambda told: told["documents"] == len(doomed))
    walk.told("sales", "POST", "/search", {"q": mark, "size": min(50, found["total"])})
    for each in doomed:
        for tail in ("", "/pages/1/text", "/pages/1/words", "/pages/1/image?width=300", "/pages/1/image?width=1200"):
            walk.ask("officer", "GET", f"/documents/{each}{tail}")
        for tail in ("/original", "/searchable.pdf"):
            walk.ask("officer", "GET", f"/documents/{each}{tail}")


# What has to be found


def _plant(house: House, room: Path, mark: str) -> None:
    """The planted mark, in the clear, in every place that is searched."""
    settings = house.settings
    (room / "planted.log").write_text(f"line {mark}\n", "utf-8")
    (settings.data / "planted").write_text(mark, "utf-16-le")
    if settings.embedded_rows:
        return
    with psycopg.connect(settings.rows_url.replace("+psycopg", "", 1), autocommit=True) as rows:
        rows.execute("CREATE TABLE planted (told text)")
        rows.execute("INSERT INTO planted VALUES (%s)", (mark,))
    body = f"{mark} in an object".encode()
    place, digest = f"documents/{new_id()}/{new_id()}", sha256(body).hexdigest()
    house.site.put(Bucket.RENDITIONS, place, io.BytesIO(body), length=len(body), sha256=digest)
    cluster = Cluster(settings.search_url)
    cluster.ask("PUT", f"/{settings.search_prefix}-planted/_doc/1", {"told": mark})
    cluster.ask("POST", f"/{settings.search_prefix}-planted/_flush")
    cluster.close()
    with Connection(settings.broker_url) as broker:
        queue = broker.SimpleQueue("planted")
        queue.put({"told": mark, "filling": "." * 8192})
        queue.close()


# The end


def _destroyed(walk: Walk, doomed: list[str], folder_id: str) -> None:
    """From the event to the certificate, by the people whose parts these are."""
    walk.told("officer", "POST", f"/folders/{folder_id}/close", {"closed_on": "2019-06-30"})
    event = {"event": "contract_performed", "subject": {"kind": "folder", "id": folder_id}}
    walk.told("officer", "POST", "/trigger-events", {**event, "occurred_on": "2019-06-30", "evidence": "note 17"})
    appraisal = walk.told("officer", "POST", "/appraisals", {"title": "yearly", "document_ids": doomed})
    verdict = {"decision": "destroy", "reason": "period over, no further value"}
    decided = [{"document_id": each, **verdict} for each in doomed]
    walk.ask("officer", "PUT", f"/appraisals/{appraisal['id']}/decisions", json=decided)
    walk.told("officer", "POST", f"/appraisals/{appraisal['id']}/finish", {})
    order = {"appraisal_id": appraisal["id"], "title": "batch one"}
    batch = walk.told("officer", "POST", "/destruction-batches", order)
    path = f"/destruction-batches/{batch['id']}"
    for who in ("first", "second"):
        walk.told(who, "POST", f"{path}/approve", {"manifest_sha256": batch["manifest_sha256"], "opinion": "agreed"})
    supervisors = [walk.ids["clerk"], walk.ids["sales"]]
    walk.told("officer2", "POST", f"{path}/execute", {"supervisors": supervisors})
    over = walk.until("officer", path, lambda told: told["state"] in {"executed", "partial"})
    if over["state"] != "executed":
        raise SystemExit(f"canaries: the batch is {over['state']}: {over}")
    for who in ("clerk", "sales"):
        walk.told(who, "POST", f"{path}/confirm", {"observed": "ledger seen"})


if __name__ == "__main__":
    sys.exit(main())
