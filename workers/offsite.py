"""The step that copies to another site, and the duties that find what no transaction asked for."""

from __future__ import annotations

from sqlalchemy import select

from archive.errors import Away
from archive.house import House
from archive.jobs import Claim, clock, finish
from archive.owed import ask_to_replicate, owe_evidence, owe_missing, waits
from archive.repair import carry_out
from archive.replication import lacking_evidence, replicate
from archive.sites import Site, SiteState
from archive.stores.port import StoreRefused
from retention.mirror import carry_holds
from workers.tools import Tools


def copy_to_site(tools: Tools, held: Claim) -> None:
    """One turn of copying; originals that are held are held there too before anything else is done."""
    if replicate(tools.house, held):
        carry_holds(tools.house, held.subject)


def repair_copy(tools: Tools, held: Claim) -> None:
    """Put right what a reader found changed or missing at a site; held there again, if it is."""
    carry_out(tools.house, held)
    with tools.house.database.transaction() as session:
        finish(session, held)


def ring_for_sites(house: House) -> None:
    """Queue the copying to each site that is owed something and has no job: whoever owed it saw one end."""
    with house.database.transaction() as session:
        at = clock(session)
        for site in session.scalars(select(Site).where(Site.state == SiteState.ACTIVE.value)):
            if (site.next_at is None or site.next_at <= at) and waits(session, site.name):
                ask_to_replicate(session, site.name)


def owe_what_is_missing(house: House) -> None:
    """The set difference, for what was named by no transaction that knew of the site."""
    for site in house.sites()[1:]:
        try:
            evidence = lacking_evidence(house, site)
        except (Away, StoreRefused):
            evidence = []
        with house.database.transaction() as session:
            for key, size in evidence:
                owe_evidence(session, key, size, site)
            if owe_missing(session, site):
                ask_to_replicate(session, site)
