"""What of a certificate is laid down for good and handed to strangers: JSON, prints, bundle, time stamp, later looks.

An authority that is away holds nothing up: the certificate is laid down as it is and says that it is not stamped;
a job has it stamped later, and a new print and bundle lie above the first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.audit import CERTIFIER, Act, AuditDetail, record
from archive.base import now
from archive.errors import Away, Damaged, Unavailable
from archive.evidence import laid_down, lay_down
from archive.house import House
from archive.jobs import Kind, enqueue
from archive.log import inclusion
from archive.pdf import Form, write_form
from archive.seals import sealed
from archive.signing import Purpose
from archive.timestamps import TimeStamp
from retention.bundle import shape, verify
from retention.bundle.make import LogProof, make_bundle, signed_finding
from retention.disposal import CertificateRow, CertificateStamp, DestructionBatch, Recheck
from retention.prints import certificate_form
from retention.register import register, register_form


class Part(StrEnum):
    """The files of a certificate, by their names in the evidence bucket."""

    JSON = "certificate.json"
    PRINT = "certificate.pdf"
    REGISTER = "register.pdf"
    BUNDLE = "bundle.zip"


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a bundle is made of, read in one transaction; it is zipped and verified after that."""

    certificate: shape.Certificate
    manifest: shape.Manifest
    keys: shape.Keys
    log: LogProof
    appended: dict[str, bytes]

    def zipped(self) -> bytes:
        """The zip that a stranger checks. Damaged when it does not verify."""
        return make_bundle(self.certificate, self.manifest, self.keys, self.log, self.appended)


def contents(session: Session, house: House, row: CertificateRow) -> Contents:
    """What goes into a certificate's bundle, with a proof from a checkpoint made now."""
    batch = session.get_one(DestructionBatch, row.batch_id)
    proof = inclusion(session, row.entry_id, house.signing.installation(Purpose.CHECKPOINT))
    beside = session.get_one(AuditDetail, row.entry_id)
    if beside.salt is None or beside.plain is None:
        raise Damaged(f"The log has lost the detail of certificate {row.no}.")
    return Contents(
        certificate=cast("shape.Certificate", json.loads(row.body)),
        manifest=cast("shape.Manifest", json.loads(batch.manifest)),
        keys=cast("shape.Keys", json.loads(row.keys)),
        log=LogProof(proof.body, proof.index, proof.proof, proof.note, beside.salt, beside.plain),
        appended=_appended(session, row),
    )


def _appended(session: Session, row: CertificateRow) -> dict[str, bytes]:
    """What was found out after the issue, by the names of its files."""
    looks = session.scalars(select(Recheck).where(Recheck.batch_id == row.batch_id))
    found = {f"recheck-{look.days}.json": look.body for look in looks}
    stamped = session.get(CertificateStamp, row.no)
    return found | ({verify.STAMP: stamped.body, verify.TOKEN: stamped.token} if stamped else {})


def stamp_of(session: Session, no: str) -> dict[str, str] | None:
    """What is told of a certificate's time stamp, None where it bears none."""
    found = session.get(CertificateStamp, no)
    told: dict[str, str] | None = json.loads(found.body) if found else None
    return told


def store(house: House, no: str) -> None:
    """Put certificate, prints and bundle into the evidence bucket under a lock that nobody can shorten. Repeatable."""
    with house.database.reading() as session:
        if session.get_one(CertificateRow, no).stored_at is not None:
            return
    stamped = _stamped_now(house, no)
    files = _files(house, no)
    with house.database.reading() as session:
        row = session.get_one(CertificateRow, no)
        files |= {Part.JSON: row.body, Part.REGISTER: printed(house, register_form(register(session, row)))}
    _lay_down(house, no, files)
    with house.database.transaction() as session:
        session.get_one(CertificateRow, no).stored_at = now()
        if house.authority and not stamped:
            enqueue(session, Kind.STAMP_CERTIFICATE, no, key=f"stamp:{no}")


def stamp_later(house: House, no: str) -> None:
    """Have a certificate stamped that could not be at its issue; print and bundle anew. Away while that is so."""
    _stamp(house, no)
    _lay_down(house, no, _files(house, no))


def lay_anew(house: House, batch_id: str) -> None:
    """Print and bundle again, above the first, with what was found since. Away until the first is laid. Repeatable."""
    with house.database.reading() as session:
        row = session.scalar(select(CertificateRow).where(CertificateRow.batch_id == batch_id))
    if row is None:  # issued later, with everything that is known then
        return
    if row.stored_at is None:
        raise Away(f"Certificate {row.no} is being printed.")
    _lay_down(house, row.no, _files(house, row.no))


def _stamped_now(house: House, no: str) -> bool:
    try:
        return _stamp(house, no)
    except Away:
        return False


def _stamp(house: House, no: str) -> bool:
    """Whether the certificate bears a stamp, asked for where it has none. Away. Repeatable."""
    with house.database.reading() as session:
        digest = session.get_one(CertificateRow, no).sha256
        if session.get(CertificateStamp, no) is not None:
            return True
    if house.authority is None:
        return False
    given = house.authority.stamp(bytes.fromhex(digest))
    body = signed_finding(house.signing.installation(Purpose.CERTIFICATE), _told(no, digest, given))
    with house.database.transaction() as session:
        if session.get(CertificateStamp, no) is None:
            session.add(CertificateStamp(certificate_no=no, at=given.at, token=given.token, body=body))
            record(session, CERTIFIER, Act.CERTIFICATE_STAMPED, no, detail={"authority": given.authority})
    return True


def _told(no: str, digest: str, given: TimeStamp) -> dict[str, object]:
    """Our statement about a token; Away for one that the bundle's program could not read."""
    try:
        told = verify.stamped(given.token)
    except (verify.Disagreement, ValueError, IndexError) as error:
        raise Away(f"The time stamp is written in a form that strangers could not check: {error}") from error
    return {
        "statement": "timestamp",
        "certificate": no,
        "certificate_sha256": digest,
        "token_sha256": verify.sha256(given.token),
        "at": told.at.isoformat(),
        "authority": given.authority,
    }


def _files(house: House, no: str) -> dict[str, bytes]:
    """Print and bundle as they are now, and the stamp if there is one."""
    with house.database.transaction() as session:
        row = session.get_one(CertificateRow, no)
        inside, made = contents(session, house, row), register(session, row)
        stamped = stamp_of(session, no)
    looks = [json.loads(body) for name, body in sorted(inside.appended.items()) if name.startswith("recheck-")]
    form = certificate_form(made, seal=house.seal.fingerprint, stamp=stamped, looks=looks)
    stamp = {name: data for name, data in inside.appended.items() if name in {verify.STAMP, verify.TOKEN}}
    return {**stamp, Part.PRINT: printed(house, form), Part.BUNDLE: inside.zipped()}


def printed(house: House, form: Form) -> bytes:
    """The form as PDF under the installation's seal, stamped where the authority answers."""
    pdf = write_form(form)
    try:
        return sealed(pdf, house.seal, house.authority)
    except Away:
        return sealed(pdf, house.seal)


def _lay_down(house: House, no: str, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        lay_down(house, part_key(no, name), data)


def part_key(no: str, name: str) -> str:
    """Where a part of a certificate lies in the evidence bucket."""
    return f"certificates/{no}/{name}"


def stored_part(house: House, row: CertificateRow, part: Part) -> Iterator[bytes]:
    """A part as it was laid down, in chunks. Unavailable for the moments until a worker has made it."""
    if row.stored_at is None:
        raise Unavailable("The certificate is being printed. Try again in a few seconds.", code="being_printed")
    return laid_down(house, part_key(row.no, part))
