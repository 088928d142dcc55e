"""The steps that copy to another site and send it sets, and the duties that find what no transaction asked for."""

from __future__ import annotations

from sqlalchemy import select

from archive.base import now
from archive.errors import Away
from archive.homecoming import fetch_turn
from archive.house import House
from archive.jobs import Claim, clock, finish
from archive.owed import ask_to_replicate, owe_evidence, owe_missing, waits
from archive.repair import carry_out
from archive.replication import lacking_evidence, replicate
from archive.set_harm import harmed
from archive.set_sending import due, send_set, thin
from archive.site_sets import ask_to_send, ask_to_thin, thinning
from archive.sites import Site, SiteState, standing
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


def send_set_to(tools: Tools, held: Claim) -> None:
    """A set of rows and keys for one site; another copy that was promoted meanwhile closes this one."""
    send_set(tools.house, held.subject)
    with tools.house.database.transaction() as session:
        finish(session, held)
        ask_to_thin(session, held.subject)


def thin_sets_of(tools: Tools, held: Claim) -> None:
    """Erase at one site what the rule lets go."""
    thin(tools.house, held.subject)
    with tools.house.database.transaction() as session:
        finish(session, held)


def fetch_objects(tools: Tools, held: Claim) -> None:
    """One turn of fetching what a restore left at a site."""
    fetch_turn(tools.house, held)


def ask_for_sets(house: House) -> None:
    """Queue a set for each site where one is due, or where the newest can no longer be restored."""
    every = house.settings.sets_every_minutes
    needy = harmed(house) if every else set()
    with house.database.transaction() as session:
        active = session.scalars(select(Site).where(Site.state == SiteState.ACTIVE.value)).all()
        for site in active if every else []:
            if site.name in needy or due(session, house, site.name, every):
                ask_to_send(session, site.name)


def ask_for_thinning(house: House) -> None:
    """Queue the thinning where the rule lets anything go, though nothing new is sent: keys go by their age alone."""
    with house.database.transaction() as session:
        for site in standing(session):
            going = thinning(session, site.name, now())
            if going.sets or going.keys:
                ask_to_thin(session, site.name)


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
