"""The electronic seal on prints: PDF signatures (PAdES) by the installation's own certificate, or by configured ones.

The installation's is made on first need, self-signed, and rests in the key vault. Its key is ECDSA P-256 and signs
nothing else: PDF readers in offices do not know Ed25519. pyHanko signs; it is loaded with the first print.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from archive.base import now
from archive.settings import Settings
from archive.timestamps import Authority, beside, pem_certificates
from archive.vault import Vault

Untyped = Any
"""asn1crypto brings no types."""

FIELD: Final = "Anjuan"
ROOM: Final = 32 * 1024
"""Bytes kept free for a signature with its stamp, so that the authority is asked once for each print."""
_PLACE: Final = "signing/prints"
_VALID_FOR: Final = timedelta(days=36_525)
_LONGEST_NAME: Final = 64


@dataclass(frozen=True, slots=True)
class Seal:
    """A key and the certificates to it, the signer's first."""

    key: Untyped
    chain: list[Untyped]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the signer's certificate, in hex, as PDF readers show it."""
        return sha256(self.chain[0].dump()).hexdigest()


def seal_of(settings: Settings, vault: Vault) -> Seal:
    """The configured seal, else the installation's own, made on first need."""
    if settings.pdf_signer_file:
        return _loaded(settings.pdf_signer_file.read_bytes())
    return _loaded(vault.secret(_PLACE, lambda: _made(settings)))


def sealed(pdf: bytes, seal: Seal, authority: Authority | None = None) -> bytes:
    """The PDF with a signature over all of it, stamped by the authority if one is given. Away when that is away."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415 - see above
    from pyhanko.sign import signers  # noqa: PLC0415 - see above
    from pyhanko_certvalidator.registry import SimpleCertificateStore  # noqa: PLC0415 - see above

    known = SimpleCertificateStore()
    known.register_multiple(seal.chain)
    sign = partial(
        signers.sign_pdf,
        IncrementalPdfFileWriter(io.BytesIO(pdf)),
        signers.PdfSignatureMetadata(field_name=FIELD, md_algorithm="sha256"),
        signers.SimpleSigner(seal.chain[0], seal.key, known),
        timestamper=authority.asker if authority else None,
        bytes_reserved=ROOM,
    )
    return bytes(beside(sign).getvalue())


def _loaded(data: bytes) -> Seal:
    """From PEM: one private key, the signer's certificate, what leads on from it."""
    from asn1crypto import keys  # noqa: PLC0415 - see above

    key = serialization.load_pem_private_key(data, password=None)
    plain = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Seal(keys.PrivateKeyInfo.load(plain), pem_certificates(data))


def _made(settings: Settings) -> bytes:
    """A new key and a certificate of its own for the organisation, as PEM."""
    key, at = ec.generate_private_key(ec.SECP256R1()), now()
    whose = next(iter(settings.own_names), f"Anjuan {settings.fonds}")[:_LONGEST_NAME]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, whose)])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), at, at + _VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_SIGNS_ONLY, critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


_SIGNS_ONLY: Final = x509.KeyUsage(
    digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
    key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
)  # fmt: skip
