"""Build the search index anew, aside, and swap it in; or only compare it with the rows."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from archive.audit import OPERATOR, Act, record
from archive.house import House
from indexes import open_engine
from indexes.port import SearchEngine
from indexes.sync import drift, reindex
from service.commands.opening import AsJson, show, the_house


def command(
    only_check: Annotated[bool, typer.Option("--check", help="Only compare; status 1 when they differ.")] = False,
    as_json: AsJson = False,
) -> None:
    """Rebuild from the rows, aside, and swap; the service goes on meanwhile and answers from the index that stands."""
    with the_house() as house:
        settings = house.settings
        engine = open_engine(settings.search_url, settings.index_folder, settings.search_prefix, writer=not only_check)
        try:
            wrong = _compare(house, engine, as_json=as_json) if only_check else _rebuild(house, engine, as_json=as_json)
        finally:
            engine.close()
    sys.exit(1 if wrong else 0)


def _compare(house: House, engine: SearchEngine, *, as_json: bool) -> bool:
    with house.database.reading() as session:
        found = drift(session, engine)
    told = f"{len(found.missing)} missing, {len(found.stale)} stale, {len(found.extra)} without a row"
    show(asdict(found), told, as_json=as_json)
    return bool(found.missing or found.stale or found.extra)


def _rebuild(house: House, engine: SearchEngine, *, as_json: bool) -> bool:
    count = reindex(house.database, engine, house.vault)
    with house.database.transaction() as session:
        record(session, OPERATOR, Act.INDEX_REBUILT, "index", detail={"documents": count})
    show({"documents": count}, f"{count} documents", as_json=as_json)
    return False
