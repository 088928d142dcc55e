"""Whether the credentials of a site can do what they should and no more, found out by trying what does no harm."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from archive.errors import Conflict, Fault, Refusal
from archive.house import House
from archive.sites import PRIMARY, Site
from archive.stores.port import Bucket, Credential, NotAllowed, ObjectStore, Upload

KEY: Final = "checks/credential"
NOBODYS: Final = "00000000-0000-4000-8000-000000000000"
"""A version that no store gave: erasing it, where that is allowed, erases nothing."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one credential of one site does; `excess` says what it can and should not."""

    site: str
    credential: Credential
    trouble: str = ""
    excess: tuple[str, ...] = ()


def credentials_of(house: House, site: str) -> Iterator[Standing]:
    """The three of one site, each asked to read and then to do what is not its own."""
    for credential, opened in (
        (Credential.WRITE, house.writer_at),
        (Credential.VERIFY, house.verifier_at),
        (Credential.DESTROY, house.destroyer_at),
    ):
        try:
            store = opened(site)
            for bucket in Bucket:
                store.versions(bucket, KEY)
            excess = tuple(what for what, tried in _TRIALS[credential] if _allowed(store, tried))
        except (Fault, Refusal, OSError, ValueError) as error:
            yield Standing(site, credential, f"{type(error).__name__}: {error}")
        else:
            yield Standing(site, credential, "", excess)


def _allowed(store: ObjectStore, tried: Callable[[ObjectStore], None]) -> bool:
    """Only a plain «you may not» is a no: whatever else a server says, it did not refuse the right."""
    try:
        tried(store)
    except NotAllowed:
        return False
    except (Fault, Refusal):
        return True
    return True


def _erase(store: ObjectStore) -> None:
    store.purge(Bucket.RECORDS, KEY, NOBODYS)


def _hold(store: ObjectStore) -> None:
    store.set_hold(Bucket.RECORDS, KEY, NOBODYS, on=False)


def _abort(store: ObjectStore) -> None:
    store.abort(Bucket.RECORDS, Upload(KEY, NOBODYS))


def _put(store: ObjectStore) -> None:
    """Nothing but a check's own key; whoever may do this and erase takes it back."""
    key = f"{KEY}-{secrets.token_hex(4)}"
    stored = store.put(Bucket.RENDITIONS, key, io.BytesIO(b""), length=0, sha256=sha256(b"").hexdigest())
    with suppress(Fault, Refusal):
        store.purge(Bucket.RENDITIONS, key, stored.version)


_TRIALS: Final[dict[Credential, tuple[tuple[str, Callable[[ObjectStore], None]], ...]]] = {
    Credential.WRITE: (("erase", _erase),),
    Credential.VERIFY: (("erase", _erase), ("set holds", _hold), ("abort uploads", _abort)),
    Credential.DESTROY: (("put", _put),),
}


def shared(house: House, sites: Sequence[Site]) -> list[str]:
    """Users of a server that stand for more than one credential, at one site or at two. In words."""
    seen: dict[tuple[str | None, str | None, int | None], str] = {}
    found = []
    for name, credential, address in _addresses(house, sites):
        parts = urlsplit(address)
        if parts.scheme == "file":
            continue
        who, mine = (parts.username, parts.hostname, parts.port), f"«{credential}» of {name}"
        if who in seen:
            found.append(f"{mine} is the same user as {seen[who]}")
        seen.setdefault(who, mine)
    return found


def _addresses(house: House, sites: Sequence[Site]) -> Iterator[tuple[str, Credential, str]]:
    settings = house.settings
    yield PRIMARY, Credential.WRITE, settings.objects_url
    yield PRIMARY, Credential.DESTROY, settings.store_destroy_url or settings.objects_url
    yield PRIMARY, Credential.VERIFY, settings.store_verify_url or settings.objects_url
    for site in sites:
        for credential in Credential:
            with suppress(Fault):  # said by `credentials_of`
                yield site.name, credential, site.address(credential)


def need_apart(house: House, added: Site, sites: Sequence[Site]) -> None:
    """Conflict when the site would stand in the place of another: erasing at one would erase at the other."""
    mine = place_of(added.address(Credential.WRITE))
    others = [(PRIMARY, house.settings.objects_url), *((site.name, site.address(Credential.WRITE)) for site in sites)]
    for name, address in others:
        host, path = place_of(address)
        if host == mine[0] and (path.is_relative_to(mine[1]) or mine[1].is_relative_to(path)):
            raise Conflict(f"That is where the site {name} is. Choose a place of its own.", code="site_overlaps")


def place_of(address: str) -> tuple[str, Path]:
    """Where an address leads, whoever goes there: server, and folder or prefix."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        return "", Path(unquote(parts.path)).resolve()
    return f"{parts.hostname}:{parts.port}", Path(parts.path.strip("/") or "anjuan")
