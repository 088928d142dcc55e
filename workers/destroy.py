"""The steps that erase: a destruction batch, a withdrawn upload; with the only credential that may."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from archive.errors import Away
from archive.jobs import Claim, Dead, finish, postpone
from indexes.sync import Eraser
from retention import evidence, recheck, replay, reports
from retention.destruction import execute, finish_elsewhere, mark_partial
from retention.withdrawal import carry_out
from workers.tools import Tools

AUTHORITY_ASKED_AGAIN: Final = timedelta(minutes=10)


def execute_batch(tools: Tools, held: Claim) -> None:
    """Every item, every target, verified; resumes where a crash left it."""
    execute(tools.house, Eraser(tools.house.database, tools.index, tools.house.vault), held)
    with tools.house.database.transaction() as session:
        finish(session, held)


def finish_batch(tools: Tools, held: Claim) -> None:
    """What a site that was away has kept of a partial batch; SiteAway until it is back."""
    finish_elsewhere(tools.house, Eraser(tools.house.database, tools.index, tools.house.vault), held)
    with tools.house.database.transaction() as session:
        finish(session, held)


def withdraw_document(tools: Tools, held: Claim) -> None:
    """Erase what was withdrawn before it was filed, the same way."""
    carry_out(tools.house, Eraser(tools.house.database, tools.index, tools.house.vault), held)
    with tools.house.database.transaction() as session:
        finish(session, held)


def replay_destruction(tools: Tools, held: Claim) -> None:
    """Erase again what a restored database showed, and what had been destroyed."""
    replay.carry_out(tools.house, Eraser(tools.house.database, tools.index, tools.house.vault), held)
    with tools.house.database.transaction() as session:
        finish(session, held)


def recheck_batch(tools: Tools, held: Claim) -> None:
    """Look again at what a batch destroyed, and lay what was found into the locked bundle, too."""
    recheck.recheck(tools.house, Eraser(tools.house.database, tools.index, tools.house.vault), held)
    evidence.lay_anew(tools.house, held.subject)
    with tools.house.database.transaction() as session:
        finish(session, held)


def give_up_batch(session: Session, dead: Dead) -> None:
    """Attempts used up: the batch is partial, says what is missing, and can be executed again."""
    mark_partial(session, dead.subject, dead.error)


def issue_certificate(tools: Tools, held: Claim) -> None:
    """Lay the certificate, its print and its bundle into the evidence bucket, locked for good."""
    evidence.store(tools.house, held.subject)
    with tools.house.database.transaction() as session:
        finish(session, held)


def store_report(tools: Tools, held: Claim) -> None:
    """Print a finished appraisal's report and lay it into the evidence bucket, locked for good."""
    reports.store_report(tools.house, held.subject)
    with tools.house.database.transaction() as session:
        finish(session, held)


def stamp_certificate(tools: Tools, held: Claim) -> None:
    """Have a certificate time-stamped after its issue; an authority that is away is asked again, for ever."""
    try:
        evidence.stamp_later(tools.house, held.subject)
    except Away as error:
        with tools.house.database.transaction() as session:
            postpone(session, held, str(error), AUTHORITY_ASKED_AGAIN)
        return
    with tools.house.database.transaction() as session:
        finish(session, held)
