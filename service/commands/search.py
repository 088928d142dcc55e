"""Search on the host, with the rights of an account."""

from __future__ import annotations

from typing import Annotated

import typer

from archive.masking import find_sensitive
from archive.readable import readable_scope
from archive.rights import Right
from indexes import open_engine
from indexes.orders import Asked
from indexes.search import Finder
from service.commands.acting import AsPerson, acting
from service.commands.opening import AsJson, show, the_house
from service.searching import answer_view, note_search


def command(
    query: Annotated[str, typer.Argument(help="Words, quotes, and/or/not, fields.")],
    person: AsPerson,
    size: Annotated[int, typer.Option(help="How many pages to show.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Print the pages that the query finds."""
    asked = Asked(q=query, size=size)
    with the_house() as house:
        settings, actor = house.settings, acting(house, person)
        actor.need(Right.READ)
        engine = open_engine(settings.search_url, settings.index_folder, settings.search_prefix, writer=False)
        with house.database.reading() as session:
            scope = readable_scope(session, actor)
            found = answer_view(
                Finder(session, engine, house.vault, find_sensitive).search(scope, asked), house.vault, actor.id
            )
        note_search(house, actor, asked, found["total"])
        engine.close()
    lines = [f"{hit['document_id']}  p. {hit['page']}  {hit['title']}\n    {hit['snippet']}" for hit in found["hits"]]
    among = "" if found["documents"] is None else f" in {found['documents']} documents"
    show(found, "\n".join([*lines, f"{found['total']} pages{among}"]), as_json=as_json)
