"""Makes the golden data folder of this release: python -m tests.golden.make

A small archive as this version leaves it: papers that were drawn and really read (filed, in review, in quarantine), a
hold, a destruction with its certificate, a signed log. Every later version opens it. It is made once for a release and
never again: what an earlier release wrote is not to be had any more. The people in it do not exist, and its master key
protects nothing else.
"""

from __future__ import annotations

import json
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Final

from archive.anchors import anchor
from archive.documents import Document
from archive.house import House
from archive.jobs import due
from archive.log import checkpoint, sequence_all
from archive.signing import Purpose
from retention import evidence
from retention.supervision import confirm
from tests.drawing import coded, paper
from tests.houses import PNG, Home
from tests.integration.retention.world import World, open_world
from workers.runner import run
from workers.tools import Tools

HERE: Final = Path(__file__).parent
LEFT_OUT: Final = frozenset({"index", "scratch", "bell"})
"""What can be built anew, or is of the moment."""
SENTENCE: Final = "梧桐巷七号院内玉兰共三十一株"
LINES: Final = ("关于院内树木的函", "致：临江市青石街道办事处", SENTENCE, "2021年3月5日")
DPI: Final = 100


def main() -> int:
    """Write `tests/golden/VERSION.tar.gz`; refuses to replace one."""
    target = HERE / f"{version('anjuan')}.tar.gz"
    if target.exists():
        sys.stderr.write(f"{target} stands: a release's folder is made once.\n")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "golden"
        with open_world(data) as world:
            told = _filled(world)
        (data / "golden.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
        with tarfile.open(target, "w:gz") as packed:
            packed.add(data, "golden", filter=_kept)
    sys.stdout.write(f"{target}: {target.stat().st_size} bytes\n")
    return 0


def _kept(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    place = entry.name.split("/")
    entry.uname = entry.gname = ""
    return None if len(place) > 1 and place[1] in LEFT_OUT else entry


def _filled(world: World) -> dict[str, object]:
    """Fill the folder; what a later version has to find in it."""
    world.approved_class()
    destroyed, number = _destroyed(world)
    house = world.house
    home = Home(house, {}, {"clerk": world.actor("clerk", fresh=False)})
    page = paper(LINES, dpi=DPI, points=12.0).crop((0, 0, 827, 420)).convert("1")
    filed = home.put(coded(page, dpi=DPI), folder_id=world.folder())
    doubtful = home.put(coded(page.transpose(0), dpi=DPI), name="mirrored.png")
    broken = home.put(PNG + b"no picture", name="broken.png")
    _read_everything(house)
    world.hold(filed.id)
    size = _signed_log(house)
    with house.database.reading() as session:
        states = {one.id: session.get_one(Document, one.id).state for one in (filed, doubtful, broken)}
    return {"states": states, "sentence": SENTENCE, "found_in": filed.id, "destroyed": destroyed,
            "certificate": number, "log_size": size}  # fmt: skip


def _destroyed(world: World) -> tuple[str, str]:
    """A document that went the whole way, and its certificate's number."""
    [document_id] = world.due_documents(renditions=1)
    batch = world.signed([document_id])
    world.begin(batch.id)
    world.execute(batch.id)
    for name in ("clerk", "sales"):
        with world.as_(name) as (session, actor, _):
            confirm(session, actor, world.house, batch_id=batch.id, observed="screen and ledger seen")
    number = world.row(document_id).certificate_no
    assert number is not None
    evidence.store(world.house, number)
    return document_id, number


def _read_everything(house: House) -> None:
    """What the workers do, until nothing of it is left."""
    tools = Tools(house)
    tried: set[str] = set()
    while True:
        with house.database.reading() as session:
            waiting = [job for job, _ in due(session) if job not in tried]
        if not waiting:
            break
        for job in waiting:
            tried.add(job)
            run(tools, job)
    tools.sandbox.close()
    tools.index.close()


def _signed_log(house: House) -> int:
    with house.database.transaction() as session:
        sequence_all(session)
        size = checkpoint(session, house.signing.installation(Purpose.CHECKPOINT)).size
    anchor(house)
    return size


if __name__ == "__main__":
    sys.exit(main())
