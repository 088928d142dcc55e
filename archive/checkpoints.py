"""Checkpoints of the log as signed notes (C2SP tlog-checkpoint, signed-note): origin, size, root, signatures.

    anjuan.example/log
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — anjuan.example/log Az3grl…

A signature is base64 of key id (4 bytes) ‖ Ed25519 signature over the text up to the empty line.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from archive.errors import Damaged
from archive.signing import SigningKey, verified

_ED25519: Final = b"\x01"
_ID: Final = 4
_BODY: Final = re.compile(r"(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]*)\n(?P<root>[A-Za-z0-9+/]{43}=)\n")
_LINE: Final = re.compile(r"— (?P<name>[^\s+]+) (?P<value>[A-Za-z0-9+/]+={0,2})")
_MOST_SIGNATURES: Final = 64


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log at one size. `origin` names the log: no blanks and no plus sign, such as `anjuan.example/log`."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The note's text, which is what is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: who, which key, and the signature itself."""

    name: str
    key_id: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint with the signatures of the log and, perhaps, of witnesses; nothing is verified yet."""

    checkpoint: Checkpoint
    signatures: tuple[NoteSignature, ...]


def key_id(name: str, public: bytes) -> bytes:
    """The four bytes by which a signature line names an Ed25519 key."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_ID]


def sign(checkpoint: Checkpoint, key: SigningKey) -> str:
    """The signed note; the key's name is the origin."""
    value = key_id(checkpoint.origin, key.public) + key.sign(checkpoint.text.encode())
    return f"{checkpoint.text}\n— {checkpoint.origin} {base64.b64encode(value).decode()}\n"


def parse(note: str) -> SignedCheckpoint:
    """Take a signed note apart; Damaged when it is not one of exactly the form above."""
    text, gap, lines = note.rpartition("\n\n")
    body = _BODY.fullmatch(text + "\n")
    if not gap or body is None or not lines.endswith("\n"):
        raise Damaged("This is not a checkpoint: it needs origin, size, root, an empty line and signatures.")
    checkpoint = Checkpoint(body["origin"], int(body["size"]), _decoded(body["root"]))
    return SignedCheckpoint(checkpoint, tuple(_signature(line) for line in lines[:-1].split("\n")[:_MOST_SIGNATURES]))


def verify(note: str, origin: str, public: bytes) -> Checkpoint:
    """The checkpoint, once it is of this log and this key's signature under it holds; Damaged otherwise."""
    signed = parse(note)
    checkpoint, wanted = signed.checkpoint, key_id(origin, public)
    if checkpoint.origin != origin:
        raise Damaged(f"The checkpoint is of the log {checkpoint.origin}, not of {origin}.")
    ours = [line.value for line in signed.signatures if (line.name, line.key_id) == (origin, wanted)]
    if not ours or not all(verified(public, checkpoint.text.encode(), value) for value in ours):
        raise Damaged(f"The checkpoint of {checkpoint.size} entries bears no signature of the log {origin} that holds.")
    return checkpoint


def _signature(line: str) -> NoteSignature:
    found = _LINE.fullmatch(line)
    if found is None:
        raise Damaged("The checkpoint has a signature line that is none.")
    value = _decoded(found["value"])
    return NoteSignature(found["name"], value[:_ID], value[_ID:])


def _decoded(letters: str) -> bytes:
    """Strict base64: what would be encoded in other letters is refused."""
    try:
        value = base64.b64decode(letters, validate=True)
    except binascii.Error as error:
        raise Damaged("The checkpoint holds letters that are not base64.") from error
    if base64.b64encode(value).decode() != letters:
        raise Damaged("The checkpoint holds letters that are not base64 as it is written.")
    return value
