"""Sets sent to a site: made, sealed, put, read back there by other hands; and those thinned that the rule lets go.

    ask      has another copy sent there? then this one is closed, nothing is put          (commit)
    make     rows, then keys, as every set (`archive.backup`); packed and sealed on this machine
    name     a row of the set, not verified                                               (commit)
    put      rows and keys, each read back by the verifying credential; the description last
    verify   the row is verified                                                          (commit)

Rows are sealed under one secret of the key database, which goes with the keys of every set: any newer keys open older
rows. A crash leaves a set without a description, or one whose row is not verified: it goes with the thinning.
"""

from __future__ import annotations

import hashlib
import os
import tarfile
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive import backup, checkpoints
from archive.audit import DESTROYER, SCHEDULER, Act, record
from archive.base import now
from archive.canonical import canonical
from archive.codes import next_number
from archive.copying import digest_of
from archive.errors import Conflict, Damaged, Fault, Refusal
from archive.house import House
from archive.reigns import need_open, present, supersede
from archive.sealing import KEY_LENGTH, DocumentKey, Sealed, seal_stream
from archive.set_fetching import KEYS_OF, ROWS_KEY, ROWS_OF, SET, WITNESS, Found, Told, epochs_at, sets_in, told_at
from archive.signing import Purpose
from archive.site_sets import KEY_SETS, PLACES, SETS, Epoch, SiteSet, newest_set, sets_at, thinning
from archive.sites import SiteState, the_site
from archive.stores.port import Bucket, ObjectStore

FORMAT: Final = "anjuan-site-set/1"
COUNTER: Final = "site-set"


@dataclass(frozen=True, slots=True)
class Packed:
    """One sealed part of a set, on this machine still."""

    path: Path
    sealed: Sealed

    @property
    def told(self) -> dict[str, object]:
        """What the description says of it."""
        return {"size": self.sealed.length, "sha256": self.sealed.sha256}


@dataclass(frozen=True, slots=True)
class Draft:
    """A set that is about to go to a site; `manifest` is that of its rows."""

    site: str
    epoch: Epoch
    manifest: dict[str, Any]
    rows: Packed
    keys: Packed


def send_set(house: House, site: str) -> SiteSet | None:
    """Make a set and send it to one site; its row, verified; None to a site that takes none now.

    Conflict when another copy was promoted or has sent there: this one is closed.
    Away, StoreRefused when the site does not work; Damaged when it reads otherwise than it was put.
    """
    need_alone(house, site)
    with house.database.transaction() as session:
        need_open(session)
        if the_site(session, site).state != SiteState.ACTIVE:
            return None
        epoch = Epoch(present(session).number, next_number(session, COUNTER))
    with tempfile.TemporaryDirectory(prefix="site-set-", dir=_scratch(house)) as place:
        made = backup.lay_set(house, Path(place) / "rows", Path(place) / "keys", objects=False)
        return _sent(house, site, epoch, made, Path(place))


def _scratch(house: House) -> Path:
    house.settings.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    return house.settings.scratch


def _sent(house: House, site: str, epoch: Epoch, made: backup.Made, place: Path) -> SiteSet:
    secret, rows_secret = os.urandom(KEY_LENGTH), house.vault.secret(ROWS_OF, lambda: os.urandom(KEY_LENGTH))
    (place / ROWS_KEY).write_bytes(rows_secret)
    with_rows = {SET: made.folder, WITNESS: house.witness.folder}
    rows = _packed(with_rows, place / "rows.sealed", DocumentKey(ROWS_OF, rows_secret), epoch)
    with_keys = {SET: made.keys, ROWS_KEY: place / ROWS_KEY}
    keys = _packed(with_keys, place / "keys.sealed", DocumentKey(KEYS_OF, secret), epoch)
    draft = Draft(site, epoch, backup.manifest_of(made.folder), rows, keys)
    (place / "set.json").write_bytes(_described(house, draft, secret))
    row = _named(house, draft, made.log_size, backup.digest_of_file(place / "set.json"))
    for name, key in (("rows", epoch.rows), ("keys", epoch.keys), ("told", epoch.told)):
        _put(house, site, PLACES[name], key, place / key.rpartition("/")[2])
    with house.database.transaction() as session:
        row = session.get_one(SiteSet, (site, row.epoch))
        row.verified_at = now()
        detail = {"site": site, "log_size": row.log_size, "bytes": row.size}
        record(session, SCHEDULER, Act.SITE_SET_SENT, row.epoch, detail=detail)
    return row


def _packed(parts: dict[str, Path], target: Path, key: DocumentKey, epoch: Epoch) -> Packed:
    """Folders and files by the names that they get in the pack, as one sealed file; what is not there is left out."""
    with tempfile.TemporaryFile(dir=target.parent) as plain:
        with tarfile.open(fileobj=plain, mode="w:gz", compresslevel=1) as pack:
            for name, path in parts.items():
                if path.exists():
                    pack.add(path, name)
        plain.seek(0)
        with target.open("wb") as sealed:
            return Packed(target, seal_stream(key, str(epoch), plain, sealed))


def _described(house: House, draft: Draft, secret: bytes) -> bytes:
    """What is said of a set in the clear, signed: nothing of a paper, no address; the keys' key is wrapped."""
    key, master, name = house.signing.installation(Purpose.BACKUP), house.vault.master, str(draft.epoch)
    with house.database.reading() as session:
        reign = present(session)
    body: dict[str, Any] = {
        "format": FORMAT, "site": draft.site, "epoch": name, "made_at": draft.manifest["made_at"],
        "log": draft.manifest["log"], "base": reign.base,
        "base_at": reign.base_at.isoformat() if reign.base_at else None, "master_key": master.id,
        "wrapped": master.wrap(master.id, f"site-set/{name}", secret).hex(), "key": key.public.hex(),
        "rows": draft.rows.told, "keys": draft.keys.told,
    }  # fmt: skip
    return canonical({**body, "signature": key.sign_value(body).hex()})


def _named(house: House, draft: Draft, log_size: int, told_sha256: str) -> SiteSet:
    row = SiteSet(
        site=draft.site, epoch=str(draft.epoch), made_at=datetime.fromisoformat(draft.manifest["made_at"]),
        log_size=log_size, size=draft.rows.sealed.length + draft.keys.sealed.length, told_sha256=told_sha256,
    )  # fmt: skip
    with house.database.transaction() as session:
        session.add(row)
    return row


def _put(house: House, site: str, bucket: Bucket, key: str, path: Path) -> None:
    """Put a file and read it back by the other credential."""
    digest = backup.digest_of_file(path)
    with path.open("rb") as body:
        stored = house.writer_at(site).put(bucket, key, body, length=path.stat().st_size, sha256=digest)
    if digest_of(house.verifier_at(site), bucket, key, stored.version) != digest:
        raise Damaged(f"{key} reads differently at {site} from what was put.")


# Who counts


def need_own(house: House, store: ObjectStore) -> Told | None:
    """The newest set of a place, told by this installation's own key. Conflict for that of another installation.

    Whoever stole a site's credential cannot sign, and so cannot close the copy that counts.
    """
    newest = told_at(store)
    if newest and newest.says["key"] != house.signing.installation(Purpose.BACKUP).public.hex():
        raise Conflict("Another archive keeps its sets in that place. Give this one a place of its own.",
                       code="site_foreign")  # fmt: skip
    return newest


def need_alone(house: House, site: str) -> None:
    """Conflict, and this copy is closed, when the site has a newer set than ours, or one that we did not send."""
    newest = _strange(house, site)
    if newest is None:
        return
    with house.database.transaction() as session:
        base_at = datetime.fromisoformat(newest.says["base_at"]) if newest.says["base_at"] else None
        supersede(session, by=newest.epoch.reign, base_at=base_at, site=site)
    with house.database.reading() as session:
        need_open(session)


def _strange(house: House, site: str) -> Told | None:
    """The newest set there when it is of a higher reign than ours, or one of ours that these rows never sent."""
    newest = need_own(house, house.verifier_at(site))
    if newest is None:
        return None
    with house.database.reading() as session:
        ours, reign = session.get(SiteSet, (site, str(newest.epoch))), present(session).number
    known = newest.epoch.reign < reign or (ours is not None and ours.told_sha256 == newest.sha256)
    return None if known else newest


def newer_at(house: House) -> dict[str, str]:
    """Which sites have a newer set than these rows, and which one; nothing is closed."""
    found = {}
    for site in house.sites()[1:]:
        with suppress(Fault, Refusal):
            if told := _strange(house, site):
                found[site] = f"set {told.epoch} of {datetime.fromisoformat(told.says['made_at']):%Y-%m-%d %H:%M}Z"
    return found


def look_who_counts(house: House) -> None:
    """Close this copy when a site was told that another one counts; a site that is away tells nothing."""
    for site in house.sites()[1:]:
        with suppress(Fault, Refusal):
            need_alone(house, site)


def know_sets(house: House, site: str) -> int:
    """Rows for the sets that stand at a site and were sent by an earlier reign, so that they are thinned; how many."""
    store, made = house.verifier_at(site), 0
    for found in list(sets_in(store)):
        body = b"".join(store.get(Bucket.RECORDS, found.epoch.told))
        with house.database.transaction() as session:
            if session.get(SiteSet, (site, str(found.epoch))) is None:
                session.add(_known(site, found, hashlib.sha256(body).hexdigest()))
                made += 1
    return made


def _known(site: str, found: Found, told_sha256: str) -> SiteSet:
    told = found.told
    return SiteSet(
        site=site, epoch=str(found.epoch), made_at=found.made_at, verified_at=now(), told_sha256=told_sha256,
        log_size=checkpoints.parse(told["log"]).checkpoint.size, size=told["rows"]["size"] + told["keys"]["size"],
        keys_gone_at=None if found.keyed else now(),
    )  # fmt: skip


def highest_reign(house: House, sites: Iterable[str]) -> int:
    """The highest reign that one of these sites was told of; 0 for none. Away, StoreRefused when one is not there."""
    return max((epoch.reign for site in sites for epoch in epochs_at(house.verifier_at(site))), default=0)


# Thinning


def thin(house: House, site: str, at: datetime | None = None) -> int:
    """Erase what the rule lets go, by the site's destroying credential; its verifying one proves it; how much."""
    with house.database.reading() as session:
        need_open(session)
        going = thinning(session, site, at or now())
    for epoch in going.keys:
        _erase(house, site, PLACES["keys"], Epoch.of(epoch).keys)
        _note(house, site, epoch, keys=True)
    for epoch in going.sets:
        _erase(house, site, PLACES["told"], Epoch.of(epoch).told)
        _erase(house, site, PLACES["rows"], Epoch.of(epoch).rows)
        _note(house, site, epoch, keys=False)
    return len(going.keys) + len(going.sets) + _clear_strays(house, site)


def replace_set(house: House, site: str, epoch: Epoch, *, keys_alone: bool) -> bool:
    """Erase a harmed set, or its keys alone, once a newer one stands; whether one does. As `send_set` and `thin`."""
    with house.database.reading() as session:
        row, newest = session.get_one(SiteSet, (site, str(epoch))), newest_set(session, site)
    if row.gone_at or (keys_alone and row.keys_gone_at):
        return True
    if (newest is None or newest.epoch == row.epoch) and send_set(house, site) is None:
        return False
    if row.keys_gone_at is None:
        _erase(house, site, PLACES["keys"], epoch.keys)
        _note(house, site, row.epoch, keys=True)
    if not keys_alone:
        _erase(house, site, PLACES["told"], epoch.told)
        _erase(house, site, PLACES["rows"], epoch.rows)
        _note(house, site, row.epoch, keys=False)
    return True


def _clear_strays(house: House, site: str) -> int:
    """What a sender left that died, whoever it was: older than the newest set, and of none that has a row."""
    with house.database.reading() as session:
        known, newest = {one.epoch for one in sets_at(session, site)}, newest_set(session, site)
    strays = [
        (bucket, found.key)
        for bucket, prefix in ((PLACES["rows"], f"{SETS}/"), (PLACES["keys"], f"{KEY_SETS}/"))
        for found in house.verifier_at(site).keys(bucket, prefix)
        if (epoch := found.key.split("/")[1]) not in known and newest is not None and epoch < newest.epoch
    ]
    for bucket, key in strays:
        _erase(house, site, bucket, key)
    return len(strays)


def _erase(house: House, site: str, bucket: Bucket, key: str) -> None:
    store, verifier = house.destroyer_at(site), house.verifier_at(site)
    for found in verifier.versions(bucket, key):
        store.purge(bucket, key, found.version)
    for upload in verifier.uploads(bucket, key):
        store.abort(bucket, upload)
    if not verifier.absent(bucket, key):
        raise Damaged(f"{key} stands at {site} though it was erased.")


def _note(house: House, site: str, epoch: str, *, keys: bool) -> None:
    with house.database.transaction() as session:
        row = session.get_one(SiteSet, (site, epoch))
        if keys:
            row.keys_gone_at = now()
        else:
            row.gone_at = now()
        what = "keys" if keys else "set"
        record(session, DESTROYER, Act.SITE_SET_THINNED, epoch, detail={"site": site, "what": what})


def due(session: Session, house: House, site: str, every_minutes: int) -> bool:
    """Whether a set is due: the newest is that old, or a document was destroyed since."""
    asked = select(SiteSet.made_at).where(SiteSet.site == site, SiteSet.verified_at.is_not(None))
    last = session.scalar(asked.order_by(SiteSet.made_at.desc()).limit(1))
    if last is None:
        return True
    return (now() - last).total_seconds() >= every_minutes * 60 or house.witness.told_since(last)
