"""Put a backup set into an empty installation, and replay what was destroyed since, before anybody reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archive import anchors, backup
from archive.audit import OPERATOR, Act, record
from archive.settings import load_settings
from indexes import open_engine
from indexes.sync import reindex
from service.commands.opening import AsJson, show, tell, the_house


def command(
    folder: Annotated[Path, typer.Argument(help="The set.")],
    keys: Annotated[Path, typer.Option(help="Its wrapped keys.")],
    as_json: AsJson = False,
) -> None:
    """Refuses a set that does not verify, and an installation that is not empty."""
    settings = load_settings()
    settings.make_data_folder()
    of = backup.restore(settings, folder, keys)
    with the_house() as house:  # opening hides what was destroyed since
        lost = anchors.set_back(house)
        with house.database.transaction() as session:
            told = {"set": folder.name, "of": of.isoformat(), "log_entries_lost": lost}
            record(session, OPERATOR, Act.BACKUP_RESTORED, folder.name, detail=told)
        engine = open_engine(settings.search_url, settings.index_folder, settings.search_prefix, writer=True)
        try:
            documents = reindex(house.database, engine, house.vault)
        finally:
            engine.close()
    shown = {"of": of.isoformat(), "documents": documents, "log_entries_lost": lost}
    show(shown, f"as of {of.isoformat()}: {documents} documents, {lost} entries of the log lost", as_json=as_json)
    tell("What was destroyed since is hidden, and erased again once the workers run. Now: «anjuan verify --full».")
