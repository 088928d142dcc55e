"""Take in files and folder trees. Stopped half-way, call it again: what is in already is not taken twice."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from archive.access import Actor
from archive.documents import Document
from archive.errors import Refusal
from archive.house import House
from archive.intake import Order, duplicates, take_in
from archive.readable import readable_scope
from archive.rights import Right
from archive.scan_batches import open_scan_batch
from service.commands.acting import AsPerson, acting
from service.commands.counting import need_counting
from service.commands.following import follow
from service.commands.opening import AsJson, show, the_house


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: taken, duplicate (its bytes were here), known (in already), refused or skipped: why."""

    path: str
    outcome: str
    document_id: str = ""
    reason: str = ""


def command(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders; folders with all that is in them.")],
    person: AsPerson,
    folder: Annotated[str | None, typer.Option(help="Id of the folder that they belong to.")] = None,
    batch: Annotated[str | None, typer.Option(help="Title of a scan batch to begin for them.")] = None,
    wait: Annotated[bool, typer.Option(help="Stay until all of it is read, and say how far it is.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take everything in; status 1 when a file was refused."""
    with the_house() as house:
        need_counting(house)
        actor = acting(house, person)
        actor.need(Right.CAPTURE)
        order = Order("", folder_id=folder, batch_id=_begin(house, actor, batch) if batch else None)
        found = _Found(paths)
        outcomes = _take_all(house, actor, order, found.files)
        states = follow(house, [one.document_id for one in outcomes if one.document_id]) if wait else {}
    outcomes += found.skipped
    counted = Counter(outcome.outcome for outcome in outcomes)
    summary = {name: counted[name] for name in ("taken", "duplicate", "known", "refused", "skipped")}
    named = {outcome: [one for one in outcomes if one.outcome == outcome] for outcome in ("refused", "skipped")}
    told = (
        f"{summary['taken']} taken, {summary['duplicate']} taken as duplicates for review, "
        f"{summary['known']} in already, {summary['refused']} refused, {summary['skipped']} skipped"
    )
    lines = [told, *(f"{outcome}: {one.path}: {one.reason}" for outcome in named for one in named[outcome])]
    lines += [", ".join(f"{count} {state}" for state, count in states.items())] if states else []
    files = {"files": _listed(named["refused"]), "skipped_files": _listed(named["skipped"])}
    show(summary | files | ({"states": states} if wait else {}), "\n".join(lines), as_json=as_json)
    sys.exit(1 if named["refused"] else 0)


def _listed(outcomes: list[Outcome]) -> list[dict[str, str]]:
    return [{"path": one.path, "reason": one.reason} for one in outcomes]


def _begin(house: House, actor: Actor, title: str) -> str:
    with house.database.transaction() as session:
        return open_scan_batch(session, actor, title=title).id


class _Found:
    """Plain files of paths and trees, and what is skipped in trees: links, which may lead out, and hidden files."""

    def __init__(self, paths: list[Path]) -> None:
        self.files = sorted({path for path in paths if not path.is_dir()})
        self.skipped: list[Outcome] = []
        for path in sorted({path for path in paths if path.is_dir()}):
            self._look(path)

    def _look(self, folder: Path) -> None:
        """What lies in a hidden folder is named by that folder."""
        for path in sorted(folder.iterdir()):
            if path.name.startswith("."):
                self.skipped.append(Outcome(str(path), "skipped", reason="hidden"))
            elif path.is_symlink():
                self.skipped.append(Outcome(str(path), "skipped", reason="a link: name what it leads to instead"))
            elif path.is_dir():
                self._look(path)
            elif path.is_file():
                self.files.append(path)


def _take_all(house: House, actor: Actor, order: Order, files: list[Path]) -> list[Outcome]:
    outcomes = []
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("Taking in", total=len(files))
        for path in files:
            outcomes.append(_take(house, actor, order, path))
            progress.advance(task)
    return outcomes


def _take(house: House, actor: Actor, order: Order, path: Path) -> Outcome:
    try:
        with path.open("rb") as source:
            key = _key(path, hashlib.file_digest(source, "sha256").hexdigest())
            named = Order(path.name, folder_id=order.folder_id, batch_id=order.batch_id, idempotency_key=key)
            document, new = take_in(house, actor, named, source)
    except Refusal as refusal:
        if refusal.code == "idempotency_key_reused":
            return Outcome(str(path), "known")
        return Outcome(str(path), "refused", reason=f"{refusal.code}: {refusal.detail}")
    except OSError as error:
        return Outcome(str(path), "refused", reason=f"unreadable: {error.strerror}")
    return Outcome(str(path), _became(house, actor, document) if new else "known", document.id)


def _became(house: House, actor: Actor, document: Document) -> str:
    with house.database.reading() as session:
        return "duplicate" if duplicates(session, readable_scope(session, actor), document) else "taken"


def _key(path: Path, content: str) -> str:
    """The same file at the same place with the same content is the same request."""
    return "ingest:" + hashlib.sha256(f"{path.resolve()}\0{content}".encode("utf-8", "surrogateescape")).hexdigest()
