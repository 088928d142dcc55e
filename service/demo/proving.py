"""Last act: what is left is a proof that a stranger can check."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

from service.demo.finding import gone_from_search
from service.demo.stage import Stage
from service.demo.taking_in import CLASS, TakenIn


def prove(stage: Stage, taken: TakenIn, certificate: str) -> None:
    """The document is gone, the certificate holds, and so does the log."""
    _gone(stage, taken, certificate)
    _bundle(stage, certificate)
    _log(stage, taken)


def _gone(stage: Stage, taken: TakenIn, certificate: str) -> None:
    stage.story.chapter("五、证据留下，谁都能查", "5. What is left: a proof that anybody can check")
    seen = stage.by("sales").get(f"/documents/{taken.contract}")
    gone = seen.status == 410 and certificate in json.dumps(seen.body)  # noqa: PLR2004 - Gone
    stage.story.holds(
        "原来看得到的人得知：已销毁，证明号在此",
        "Who could read it is told: destroyed, with the certificate",
        gone,
        seen,
    )
    stranger = stage.by("finance").get(f"/documents/{taken.contract}")
    stage.answered("原来看不到的人仍一无所知", "Who could not, still learns nothing", stranger, 404)
    stage.story.holds("检索不再找到它", "Search finds it no more", gone_from_search(stage.by("sales")))
    neighbour = stage.by("sales").get(f"/documents/{taken.licence}")
    stage.answered("旁边的文件原封不动", "Its neighbours are untouched", neighbour)


def _bundle(stage: Stage, certificate: str) -> None:
    register = stage.by("auditor").get(f"/certificates/{certificate}/register.xlsx")
    stage.answered("销毁清册可取作表格", "The register of what was destroyed comes as a workbook", register)
    zipped = stage.by("auditor").get(f"/certificates/{certificate}/bundle")
    stage.answered("审计员取走证明包", "The auditor takes the certificate's bundle away", zipped)
    folder = stage.place.folder / "stranger"
    folder.mkdir()
    with zipfile.ZipFile(io.BytesIO(zipped.body)) as bundle:
        bundle.extractall(folder)
    program = next(folder.rglob("verify.py"))
    told = _verified(program)
    stage.story.holds(
        "陌生人只用 Python、不联网核对：相符", "A stranger checks it offline with nothing but Python: it agrees",
        told.returncode == 0, told.stdout + told.stderr,
    )  # fmt: skip
    manifest = program.with_name("manifest.json")
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(CLASS, "DEMO-6", 1), encoding="utf-8")
    told = _verified(program)
    stage.story.holds(
        "改一个字，核对便指出来", "One changed letter is found", told.returncode == 1, told.stdout + told.stderr
    )


def _verified(program: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-I", program.name]
    return subprocess.run(  # noqa: S603 - the program of our own bundle, isolated
        words, cwd=program.parent, check=False, capture_output=True, text=True, timeout=60
    )


def _log(stage: Stage, taken: TakenIn) -> None:
    entries = stage.by("auditor").get(f"/audit?size=200&subject={taken.contract}")["entries"]
    acts = {entry["action"] for entry in entries}
    whole = {"document.received", "document.recognised", "document.viewed", "document.denied", "document.destroyed"}
    stage.story.holds("日志记得它的一生", "The log knows its whole life", whole <= acts, sorted(acts))
    verified = stage.place.command("audit", "verify")
    size = verified.get("size")
    stage.story.holds(
        f"日志自证：{size} 条，未改一字",
        f"The log proves itself: {size} entries, unchanged",
        verified.get("ok") is True,
        verified,
    )
