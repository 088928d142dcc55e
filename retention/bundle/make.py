"""Making a certificate's bundle: statements and the certificate are signed, then everything goes into one zip.

The order of an issue: manifest → people's statements over its digest → keys → certificate, signed → log entry with
`issue_detail` → checkpoint that covers the entry → `make_bundle`. A bundle that does not verify is not handed out.
"""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from archive.canonical import canonical, digest
from archive.checkpoints import parse
from archive.errors import Damaged
from archive.signing import SigningKey, fingerprint
from retention.bundle import verify
from retention.bundle.shape import (
    KEYS_FORMAT,
    Certificate,
    CertificateBody,
    IssueDetail,
    Keys,
    Manifest,
    Person,
    PublicKey,
    Signature,
    SignedStatement,
    Statement,
)

_HERE: Final = Path(__file__).parent
_UNIX: Final = 3
_PLAIN_FILE: Final = 0o100644 << 16


@dataclass(frozen=True, slots=True)
class LogProof:
    """The log's entry of the issue: its canonical body, place and proof, the signed checkpoint, salt and detail."""

    entry: bytes
    index: int
    proof: Sequence[bytes]
    checkpoint: str
    salt: bytes
    detail: Mapping[str, object]


def signed_statement(key: SigningKey, person: Person, statement: Statement) -> SignedStatement:
    """The statement with the person's signature. Ask for a fresh sign-in first."""
    if not key.owner == person["id"] == statement["signer"]:
        raise ValueError("a person signs their own statement with their own key")
    return {
        "statement": statement,
        "person": person,
        "key": key.fingerprint,
        "signature": _base64(key.sign_value(statement)),
    }


def signed_certificate(key: SigningKey, body: CertificateBody) -> Certificate:
    """The certificate with the signature of the installation's certificate key."""
    signature: Signature = {"key": key.fingerprint, "value": _base64(key.sign_value(body))}
    return {**body, "signature": signature}


def public_key(public: bytes, use: Literal["certificate", "checkpoint", "person"], owner: str, name: str) -> PublicKey:
    """A line of `keys.json`; `owner` is the person's id, or the installation's name for its own keys."""
    return {"fingerprint": fingerprint(public), "public": _base64(public), "use": use, "owner": owner, "name": name}


def key_list(keys: Sequence[PublicKey]) -> Keys:
    """`keys.json`, each key once, in the order of their fingerprints; its digest stands in the certificate."""
    return {
        "format": KEYS_FORMAT,
        "keys": [key for _, key in sorted({key["fingerprint"]: key for key in keys}.items())],
    }


def issue_detail(certificate: Certificate) -> IssueDetail:
    """What the log's entry `certificate.issued` must hold as its detail, and nothing besides."""
    return {"certificate_no": certificate["number"], "certificate_sha256": digest(certificate)}


def signed_finding(key: SigningKey, told: Mapping[str, object]) -> bytes:
    """What was found out about a certificate after its issue, as a file of its bundle; `told` says its kind."""
    return canonical({**told, "key": key.fingerprint, "signature": key.sign_value(dict(told)).hex()})


NOTHING: Final[Mapping[str, bytes]] = MappingProxyType({})


def make_bundle(
    certificate: Certificate, manifest: Manifest, keys: Keys, log: LogProof, appended: Mapping[str, bytes] = NOTHING
) -> bytes:
    """The zip, the same bytes for the same contents; Damaged names what does not agree.

    `appended` are findings after the issue (`recheck-N.json`, `timestamp.json`) and the time stamp's token.
    """
    files = bundle_files(certificate, manifest, keys, log, appended)
    try:
        verify.report(files, [])
    except verify.Disagreement as error:
        raise Damaged(f"The bundle of certificate {certificate['number']} does not verify: {error}") from error
    return _zipped(files)


def bundle_files(
    certificate: Certificate, manifest: Manifest, keys: Keys, log: LogProof, appended: Mapping[str, bytes] = NOTHING
) -> dict[str, bytes]:
    """The bundle's files by name; nothing is verified here."""
    point = parse(log.checkpoint).checkpoint
    proof = {"hashes": [step.hex() for step in log.proof], "leaf_index": log.index, "tree_size": point.size}
    files = {
        "README.txt": (_HERE / "README.txt").read_bytes(),
        "certificate.json": canonical(certificate),
        "checkpoint.txt": log.checkpoint.encode(),
        "detail.json": canonical({"detail": log.detail, "salt": log.salt.hex()}),
        "entry.json": log.entry,
        "keys.json": canonical(keys),
        "manifest.json": canonical(manifest),
        "proof.json": canonical(proof),
        "verify.py": (_HERE / "verify.py").read_bytes(),
        **appended,
    }
    return {**files, verify.SUMS: sums(files)}


def sums(files: Mapping[str, bytes]) -> bytes:
    """`SHA256SUMS` in the form that `sha256sum -c` reads."""
    return "".join(f"{sha256(files[name]).hexdigest()}  {name}\n" for name in verify.in_order(files)).encode()


def _zipped(files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.external_attr = _UNIX, _PLAIN_FILE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return target.getvalue()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
