"""Do rows and objects agree, and are the bytes what was stored."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, field
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from archive.audit import OPERATOR, Act, record
from archive.errors import Away, Conflict, Invalid, Unavailable
from archive.house import House
from archive.repair import repair
from archive.set_harm import of_set
from archive.set_sending import replace_set
from archive.site_verification import verify_at
from archive.sites import PRIMARY
from archive.stores.port import StoreRefused
from archive.verification import Fault, Finding
from indexes import open_engine
from indexes.life import ask_to_tend
from indexes.sync import NO_DRIFT, Drift, drift
from retention.mirror import mirror_holds
from service.commands.counting import need_counting
from service.commands.opening import AsJson, show, tell, the_house


def command(
    full: Annotated[
        bool, typer.Option("--full/--structure", help="Open every byte, or compare names and sizes.")
    ] = False,
    site: Annotated[
        list[str] | None, typer.Option(help="This site alone; may be repeated. All of them unless said.")
    ] = None,
    mend: Annotated[
        bool, typer.Option("--repair", help="Mend what is wrong from a side that is good; each is logged.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check every object of every site and the search index; status 1 when anything is left wrong."""
    with the_house() as house:
        known = house.sites()
        if unknown := sorted(set(site or ()) - set(known)):
            raise Invalid(f"There is no site {unknown[0]}. There are: {', '.join(known)}.")
        if mend:
            need_counting(house)
        seen = [_site(house, name, full=full) for name in site or known]
        findings = [finding for one in seen for finding in one.findings]
        mended = [_mended(house, finding) if mend else "" for finding in findings]
        if mend and any(finding.fault is Fault.HOLD_LOST for finding in findings):
            mirror_holds(house, look=True)
        drifted = NO_DRIFT if site and PRIMARY not in site else _index(house)
    away = {one.name: one.away for one in seen if one.away}
    ok = (isinstance(drifted, str) or drifted.none) and not away and all(mended)
    pairs = list(zip(findings, mended, strict=True))
    told = [asdict(finding) | ({"repaired_from": source} if mend else {}) for finding, source in pairs]
    looked = sum(one.looked for one in seen)
    result = {"ok": ok, "objects": looked, "findings": told, "away": away, "index": _told(drifted)}
    lines = [_line(finding, source, mend=mend) for finding, source in pairs]
    lines += [f"{name} is away: {why}" for name, why in away.items()]
    lines.append(_said(drifted))
    counted = f"{looked} objects, {len(findings)} findings"
    if mend:
        repaired = sum(map(bool, mended))
        counted += f", {repaired} repaired, {len(findings) - repaired} left"
    show(result, "\n".join([*lines, counted]), as_json=as_json)
    sys.exit(0 if ok else 1)


@dataclass
class _Seen:
    """What was seen of one site."""

    name: str
    looked: int = 0
    findings: list[Finding] = field(default_factory=list)
    away: str = ""


def _site(house: House, name: str, *, full: bool) -> _Seen:
    """One site with its progress, and an entry in the log. The primary's being away ends the command."""
    seen = _Seen(name)
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(f"Verifying {name}", total=None)
        try:
            for checked in verify_at(house, name, full=full):
                seen.looked += 1
                seen.findings += [checked.finding] if checked.finding else []
                progress.advance(task)
        except (Away, StoreRefused) as error:
            if name == PRIMARY:
                raise
            seen.away = str(error)
    if not house.settings.read_only:
        with house.database.transaction() as session:
            told = {"full": full, "objects": seen.looked, "findings": len(seen.findings), "away": bool(seen.away)}
            record(session, OPERATOR, Act.STORE_VERIFIED, name, detail=told)
    return seen


def _mended(house: House, finding: Finding) -> str:
    """From which site; empty when it is not mended. The mirror puts holds back; a new set replaces a harmed one."""
    if finding.fault is Fault.HOLD_LOST:
        return PRIMARY
    try:
        if epoch := of_set(finding):
            alone = finding.key == epoch.keys
            return PRIMARY if replace_set(house, finding.site, epoch, keys_alone=alone) else ""
        return repair(house, OPERATOR, finding)
    except (Away, StoreRefused, Conflict) as error:
        tell(f"{finding.site}: {finding.key}: {error}")
        return ""


def _line(finding: Finding, source: str, *, mend: bool) -> str:
    outcome = (
        (f" — repaired from {source}" if source else " — no side is good, or nothing to mend it by") if mend else ""
    )
    return f"{finding.site}: {finding.fault}: {finding.bucket}/{finding.key} {finding.detail}".rstrip() + outcome


def _told(drifted: Drift | str) -> dict[str, object]:
    return {"away": drifted} if isinstance(drifted, str) else asdict(drifted)


def _said(drifted: Drift | str) -> str:
    if isinstance(drifted, str):
        return f"index: not looked at. {drifted}"
    return f"index: {len(drifted.missing)} missing, {len(drifted.stale)} stale, {len(drifted.extra)} without a row"


def _index(house: House) -> Drift | str:
    """How the search index differs from the rows, which a worker is asked to mend; why it cannot be asked if so."""
    settings = house.settings
    engine = open_engine(settings.search_url, settings.index_folder, settings.search_prefix, writer=False)
    try:
        with house.database.reading() as session:
            found = drift(session, engine)
    except Unavailable as away:
        return str(away)
    finally:
        engine.close()
    if not found.none and not settings.read_only:
        with house.database.transaction() as session:
            ask_to_tend(session)
    return found
