"""Signing keys (Ed25519, RFC 8032): of the installation, by purpose, and one for each person.

The private part rests in the key vault, wrapped under the master key. Who may use a person's key at this moment (a
sign-in not older than five minutes, or a token with the scope `sign`) is for the caller to ask: `Actor.need_fresh`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from archive.canonical import canonical
from archive.vault import Vault

_PLACE: Final = "signing"


class Purpose(StrEnum):
    """What an installation's key signs; no key signs two kinds of thing."""

    CHECKPOINT = "checkpoint"
    CERTIFICATE = "certificate"
    BACKUP = "backup"
    DRILL = "drill"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key pair. `owner` is a purpose or a person's id; no repr shows the private part."""

    owner: str
    private: Ed25519PrivateKey = field(repr=False, compare=False)

    @property
    def public(self) -> bytes:
        """The 32 bytes that verify."""
        return self.private.public_key().public_bytes_raw()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public key, in hex."""
        return fingerprint(self.public)

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self.private.sign(message)

    def sign_value(self, value: object) -> bytes:
        """The signature over a JSON value's canonical bytes. The value names what kind of statement it is."""
        return self.sign(canonical(value))


class SigningKeys:
    """The keys of one installation, each made on first use."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def installation(self, purpose: Purpose) -> SigningKey:
        """The installation's own key for one purpose."""
        return self._key(purpose.value, f"{_PLACE}/installation/{purpose}")

    def made(self, purpose: Purpose) -> SigningKey | None:
        """The installation's key for one purpose, None while nobody needed it yet."""
        secret = self._vault.stored_secret(f"{_PLACE}/installation/{purpose}")
        return SigningKey(purpose.value, Ed25519PrivateKey.from_private_bytes(secret)) if secret else None

    def person(self, person_id: str) -> SigningKey:
        """A person's key. Ask for a fresh sign-in before using it."""
        return self._key(person_id, f"{_PLACE}/person/{person_id}")

    def _key(self, owner: str, place: str) -> SigningKey:
        secret = self._vault.secret(place, lambda: Ed25519PrivateKey.generate().private_bytes_raw())
        return SigningKey(owner, Ed25519PrivateKey.from_private_bytes(secret))


def fingerprint(public: bytes) -> str:
    """SHA-256 of a public key, in hex: what is published, so that a certificate can be checked by strangers."""
    return hashlib.sha256(public).hexdigest()


def verified(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is of this message by this key; False for a key or signature of another shape, too."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
