"""What settings name beside rows, keys, objects and search, each looked at: folders, witness, stamps, seal."""

from __future__ import annotations

import stat
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from archive.base import now
from archive.house import House
from archive.settings import Settings
from archive.timestamps import Authority
from archive.witness import Witness
from service.disks import objects_folder, writable
from service.health import Part, asked

SOON: timedelta = timedelta(days=60)
"""A certificate that ends so soon is to be renewed."""


def folders(settings: Settings) -> Iterator[Part]:
    """The data folder, whether others may look into one of ours, the watched folder, the witness."""
    yield asked("data", lambda: _data(settings))
    if open_to_others := [path for path in _ours(settings) if path.is_dir() and path.stat().st_mode & 0o077]:
        told = f"others of this machine may look into it: chmod 700 {' '.join(map(str, open_to_others))}"
        yield Part("folders", ok=True, detail=told, needed=False, warns=True)
    if settings.watch:
        yield asked("watched folder", lambda: _watched(settings), needed=False)
    yield _witness(settings)


def _data(settings: Settings) -> str:
    if settings.data.exists():
        writable(settings.data)
    return str(settings.data)


def _ours(settings: Settings) -> Iterator[Path]:
    yield settings.data
    yield from (settings.data / "rows", settings.master_key.parent, settings.index_folder, settings.scratch)
    if folder := objects_folder(settings):
        yield folder
    yield settings.witness_folder


def _watched(settings: Settings) -> str:
    """Files are read there and taken away, by the workers' account, which is taken to be this one."""
    root = settings.watch
    assert root is not None  # noqa: S101 - asked of one alone
    if not root.is_dir():
        raise FileNotFoundError(f"there is no folder {root}; make it, and in it one for each account that scans")
    for place in (root, *(path for path in root.iterdir() if path.is_dir())):
        writable(place)
    return f"{root}: it and what lies in it can be written; {sum(path.is_dir() for path in root.iterdir())} folders"


def _witness(settings: Settings) -> Part:
    folder = settings.witness_folder
    if settings.witness is None:
        told = "in the data folder, and set back with it: name a folder elsewhere by ANJUAN_WITNESS"
        return Part("witness", ok=True, detail=told, needed=False)
    if not folder.exists():
        made = asked("witness", lambda: _could_be_made(folder))
        if not made.ok:
            return made
        told = f"{folder} is not there: made with the first thing that is told to it. Is its disk mounted?"
        return Part("witness", ok=True, detail=told, needed=False, warns=True)
    return asked("witness", lambda: _witnessed(folder))


def _could_be_made(folder: Path) -> str:
    """OSError when it never can be: tried beside it, for some places take a mode of their own and still nothing."""
    above = next(place for place in folder.parents if place.exists())
    Path(tempfile.mkdtemp(prefix=".anjuan-check-", dir=above)).rmdir()
    return str(above)


def _witnessed(folder: Path) -> str:
    writable(folder)
    held = Witness(folder)
    return f"{folder} can be written; {len(held.destructions())} destructions, {len(held.checkpoints())} checkpoints"


def signing(house: House) -> Iterator[Part]:
    """The time stamping authority, asked for a stamp over nothing of ours; the seal on prints, and its end."""
    settings = house.settings
    if house.authority:
        authority = house.authority
        yield asked("time stamps", lambda: _stamped(authority), needed=False)
    if settings.pdf_signer_file:
        file = settings.pdf_signer_file
        yield asked("seal", lambda: _sealing(file), needed=False)
        yield from _seal_warnings(file)


def _stamped(authority: Authority) -> str:
    stamp = authority.stamp(sha256(b"anjuan check").digest())
    return f"{authority.url} gave a stamp, signed by {stamp.authority}"


def _sealing(file: Path) -> str:
    data = file.read_bytes()
    certificate = x509.load_pem_x509_certificate(data)
    if load_pem_private_key(data, password=None).public_key() != certificate.public_key():
        raise ValueError(f"the key in {file} is not the one of its first certificate")
    if not certificate.not_valid_before_utc <= now() <= certificate.not_valid_after_utc:
        raise ValueError(f"the certificate in {file} holds until {certificate.not_valid_after_utc:%Y-%m-%d}: renew it")
    return f"key and certificate belong together, until {certificate.not_valid_after_utc:%Y-%m-%d}"


def _seal_warnings(file: Path) -> Iterator[Part]:
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        yield Part(
            "seal's file", ok=True, detail=f"others may read the key: chmod 600 {file}", needed=False, warns=True
        )
    try:
        ends = x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    except ValueError:  # said by the seal's own part
        return
    if now() <= ends < now() + SOON:
        yield Part("seal's end", ok=True, detail=f"it ends on {ends:%Y-%m-%d}: renew it", needed=False, warns=True)
