"""Put a backup set into an empty installation, and replay what was destroyed since, before anybody reads it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from archive import anchors
from archive.audit import OPERATOR, Act, record
from archive.errors import Invalid
from archive.restoring import Restored, Step, Told, restore
from archive.settings import Settings
from indexes import open_engine
from indexes.sync import reindex
from service.commands import from_site
from service.commands.counting import tell_of_newer
from service.commands.opening import AsJson, show, tell, the_house, the_settings
from service.serving import alone

EMPTY: Final = "End the service first, and restore into an empty folder."
STEPS: Final = {
    Step.CHECK: "1/5 Is every file as it was",
    Step.KEYS: "2/5 Keys",
    Step.ROWS: "3/5 Rows",
    Step.OBJECTS: "4/5 Objects",
}


def command(
    folder: Annotated[Path | None, typer.Argument(help="The set.")] = None,
    keys: Annotated[Path | None, typer.Option(help="Its wrapped keys.")] = None,
    place: Annotated[
        str, typer.Option("--from", help="A site: its folder, or the file with its verifying S3 address.")
    ] = "",
    at: Annotated[str, typer.Option(help="From a site: the newest set of that time, such as 2026-11-25T16:00.")] = "",
    into: Annotated[Path | None, typer.Option(help="Data folder; ANJUAN_DATA unless given.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="Only list the sets of the site.")] = False,
    accept_older: Annotated[
        bool, typer.Option("--accept-older", "--accept", help="Though the witness, or the site, knows of a newer one.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Refuses a set that does not verify or is older than what the witness knows, and a place that is not empty."""
    settings = the_settings(**({"data": into} if into else {}))
    if place and listed:
        from_site.list_sets(place, as_json=as_json)
        return
    settings.make_data_folder()
    if place:
        when = from_site.moment(at)
        with alone(settings, EMPTY), _progress() as told:
            from_site.restore_from(settings, place, when, accept=accept_older, told=told, as_json=as_json)
        return
    if folder is None or keys is None:
        raise Invalid(
            "Name a set by both of its folders, SET --keys SET.keys, or a site by --from.", code="backup_halved"
        )
    with alone(settings, EMPTY):
        with _progress() as told:
            restored = restore(settings, folder, keys, accept_older=accept_older, told=told)
        documents, lost, newer = _opened(settings, folder.name, restored)
    of = restored.of.isoformat()
    shown = {"of": of, "documents": documents, "log_entries_lost": lost, "newer_set_at": newer}
    show(shown, f"as of {of}: {documents} documents, {lost} entries of the log lost", as_json=as_json)
    tell("What was destroyed since is hidden, and erased again once the workers run. Now: «anjuan verify --full».")


def _opened(settings: Settings, name: str, restored: Restored) -> tuple[int, int, list[str]]:
    """Open the house, which hides what was destroyed since; build the index.

    Documents in it, entries of the log lost, sites that have a newer set.
    """
    with the_house(
        migrate=True, given=settings
    ) as house:  # the set may be an earlier version's, and it is its own copy
        lost = anchors.set_back(house)
        with house.database.transaction() as session:
            told = {"set": name, "of": restored.of.isoformat(), "log_entries_lost": lost}
            record(session, OPERATOR, Act.BACKUP_RESTORED, name, detail=told)
        tell("5/5 Search index, from the rows")
        engine = open_engine(settings.search_url, settings.index_folder, settings.search_prefix, writer=True)
        try:
            return reindex(house.database, engine, house.vault), lost, tell_of_newer(house)
        finally:
            engine.close()


@contextmanager
def _progress() -> Iterator[Told]:
    """Each step as a bar with the time that is left at the rate of now; without a terminal a line when one begins."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    tasks: dict[Step, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as shown:

        def told(step: Step, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = shown.add_task(STEPS[step], total=total)
                if not sys.stderr.isatty():
                    tell(f"{STEPS[step]}: {total} bytes")
            shown.update(tasks[step], completed=done)

        yield told
