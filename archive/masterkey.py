"""The master key: 32 random bytes in a file of its own, which wrap every other key and encrypt nothing else.

The file is a keyring: the key in force stands first. During a rotation the former key stands behind it, until every
wrapped key was wrapped anew; so a rotation may be killed at any step and go on later (reliability F34).
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from archive.errors import Fault, Invalid
from archive.sealing import KEY_LENGTH, bound, open_with, seal_with
from archive.stores.disk import make_folders

_BLOCK: Final = re.compile(
    r"-----BEGIN ANJUAN MASTER KEY-----\nid: ([0-9a-f]{8})\n([A-Za-z0-9+/=]+)\n-----END ANJUAN MASTER KEY-----\n"
)
_PART: Final = re.compile(r"ANJUAN([12])([0-9A-F]{8})([A-Z2-7]{52})([A-Z2-7]{4})")
_GROUP: Final = 4
BACK: Final = "Put the file back, or have it made of its two parts: «anjuan keys restore»."
NEW: Final = "Only for a new installation «anjuan keys create» makes one."


class MasterKeyRefused(Fault):
    """The master key's file is missing, readable by others, garbled, or not the one this installation needs."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """The key in force and, during a rotation, the former ones. No repr shows a secret."""

    path: Path
    secrets: tuple[bytes, ...] = field(repr=False, compare=False)

    @property
    def id(self) -> str:
        """Eight hex digits that name the key in force and say nothing about it."""
        return key_id(self.secrets[0])

    @property
    def former(self) -> tuple[str, ...]:
        """The ids of keys that a rotation is still replacing; empty in ordinary times."""
        return tuple(key_id(secret) for secret in self.secrets[1:])

    @classmethod
    def load(cls, path: Path, *, create: bool = False) -> MasterKey:
        """Read the file; `create` (the embedded profile's first start) makes it. MasterKeyRefused says what to do."""
        if create and not path.exists():
            _write_new(path, (os.urandom(KEY_LENGTH),))
        return cls(path, _read(path))

    @classmethod
    def restore(cls, path: Path, part1: str, part2: str) -> MasterKey:
        """Put the key back from its two printed parts; refuses to replace a file."""
        if path.exists():
            raise MasterKeyRefused(f"{path} exists already. Move it away first if it is not the right one.")
        _write_new(path, (import_parts(part1, part2),))
        return cls.load(path)

    @contextmanager
    def one_rotation(self) -> Iterator[None]:
        """Hold the key file's folder for one rotation; MasterKeyRefused when another one is running."""
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            raise MasterKeyRefused("Another rotation is running; it does all that this one would.") from error
        finally:
            os.close(folder)

    def begin_rotation(self) -> MasterKey:
        """Put a fresh key before the present one, on disk first; goes on with a rotation that was begun already."""
        present = MasterKey.load(self.path)
        if not present.former:
            _replace(self.path, (os.urandom(KEY_LENGTH), *present.secrets))
        return MasterKey.load(self.path)

    def end_rotation(self) -> MasterKey:
        """Forget the former keys. Only the vault may call this, once nothing is wrapped by them."""
        _replace(self.path, self.secrets[:1])
        return MasterKey.load(self.path)

    def holds(self, name: str) -> bool:
        """Whether the master key of that id is in the file."""
        return name in (self.id, *self.former)

    def wrap(self, by: str, place: str, plain: bytes) -> bytes:
        """Wrap a secret under the master key `by`, bound to its place."""
        return seal_with(_wrapping(self._secret(by)), bound("wrap", place), plain)

    def unwrap(self, by: str, place: str, wrapped: bytes) -> bytes:
        """The secret that the master key `by` wrapped; MasterKeyRefused when the file does not hold that key."""
        return open_with(_wrapping(self._secret(by)), bound("wrap", place), wrapped, place)

    def _secret(self, wanted: str) -> bytes:
        for secret in self.secrets:
            if key_id(secret) == wanted:
                return secret
        raise MasterKeyRefused(f"A key is wrapped by master key {wanted}, which {self.path} does not hold. {BACK}")


def key_id(secret: bytes) -> str:
    """The public name of a master key: eight hex digits derived from it."""
    return _derived(secret, "id")[:4].hex()


def export_parts(master: MasterKey) -> tuple[str, str]:
    """Two printable parts for two safes; either alone says nothing, both together make the key again."""
    secret = master.secrets[0]
    pad = os.urandom(KEY_LENGTH)
    return _printed(1, master.id, pad), _printed(2, master.id, _xor(secret, pad))


def import_parts(part1: str, part2: str) -> bytes:
    """The key of two typed-in parts; Invalid names the part whose check letters do not fit."""
    (number1, id1, half1), (number2, id2, half2) = _typed(part1), _typed(part2)
    if {number1, number2} != {"1", "2"}:
        raise Invalid("Give part 1 and part 2: the same part was given twice.")
    secret = _xor(half1, half2)
    if id1 != id2 or key_id(secret) != id1:
        raise Invalid("These two parts do not belong together.")
    return secret


def _derived(secret: bytes, purpose: str) -> bytes:
    info = b"anjuan master key: " + purpose.encode()
    return HKDF(algorithm=SHA256(), length=KEY_LENGTH, salt=None, info=info).derive(secret)


def _wrapping(secret: bytes) -> AESGCM:
    return AESGCM(_derived(secret, "wrap"))


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=")


def _check(number: str, name: str, letters: str) -> str:
    return _base32(hashlib.sha256(f"{number}{name}{letters}".encode()).digest())[:_GROUP]


def _printed(number: int, name: str, half: bytes) -> str:
    """`ANJUAN-1-0A1B2C3D-…`: part, key id, 13 groups of four letters and one group that checks them."""
    letters = _base32(half)
    body = letters + _check(str(number), name.upper(), letters)
    groups = [body[start : start + _GROUP] for start in range(0, len(body), _GROUP)]
    return "-".join(("ANJUAN", str(number), name.upper(), *groups))


def _typed(part: str) -> tuple[str, str, bytes]:
    found = _PART.fullmatch(re.sub(r"[\s-]+", "", part).upper())
    if found is None:
        raise Invalid("This is not a part of a master key: it begins with ANJUAN-1- or ANJUAN-2- and has 16 groups.")
    number, name, letters, check = found.groups()
    if check != _check(number, name, letters):
        raise Invalid(f"Part {number} has a typing mistake: its check letters do not fit.")
    return number, name.lower(), base64.b32decode(letters + "=" * (-len(letters) % 8))


def _read(path: Path) -> tuple[bytes, ...]:
    try:
        mode = path.stat().st_mode
        text = path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise MasterKeyRefused(f"The master key {path} cannot be read. {BACK}") from error
    if mode & 0o077:
        raise MasterKeyRefused(f"The master key {path} may be read by others. Run: chmod 600 {path}")
    blocks = _BLOCK.findall(text)
    if not blocks or _BLOCK.sub("", text):
        raise MasterKeyRefused(f"{path} is not a master key file, or it was cut. {BACK}")
    return tuple(_secret_of(path, name, letters) for name, letters in blocks)


def _secret_of(path: Path, name: str, letters: str) -> bytes:
    try:
        secret = base64.b64decode(letters, validate=True)
    except binascii.Error:
        secret = b""
    if len(secret) != KEY_LENGTH or key_id(secret) != name:
        raise MasterKeyRefused(f"The master key {name} in {path} is garbled. {BACK}")
    return secret


def _armoured(secrets: tuple[bytes, ...]) -> bytes:
    blocks = (
        f"-----BEGIN ANJUAN MASTER KEY-----\nid: {key_id(secret)}\n{base64.b64encode(secret).decode()}\n"
        "-----END ANJUAN MASTER KEY-----\n"
        for secret in secrets
    )
    return "".join(blocks).encode()


def _temporary(path: Path, secrets: tuple[bytes, ...]) -> Path:
    """The keyring beside its place, on the disk, mode 0600."""
    make_folders(path.parent)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(_armoured(secrets))
        file.flush()
        os.fsync(file.fileno())
    return Path(name)


def _write_new(path: Path, secrets: tuple[bytes, ...]) -> None:
    """Make the file unless another process just did: a link is made whole or not at all, and never replaces."""
    try:
        temporary = _temporary(path, secrets)
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            pass  # the other process's key counts; it is read next
        finally:
            temporary.unlink()
    except OSError as error:
        raise MasterKeyRefused(
            f"The master key {path} cannot be made ({error.strerror}). Let ANJUAN_MASTER_KEY_FILE name a folder of a "
            "local disk that this account may write to."
        ) from error
    _settle(path.parent)


def _replace(path: Path, secrets: tuple[bytes, ...]) -> None:
    try:
        temporary = _temporary(path, secrets)
        temporary.replace(path)
    except OSError as error:
        raise MasterKeyRefused(f"{path} cannot be replaced; a rotation needs to write it.") from error
    _settle(path.parent)


def _settle(folder: Path) -> None:
    """Bring the folder's entries to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
