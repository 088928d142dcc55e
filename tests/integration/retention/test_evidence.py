"""What is laid down of a certificate: a sealed print, a bundle with later looks, a time stamp that may come late."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pymupdf
import pytest
import zxingcpp
from asn1crypto import x509 as asn1_x509
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from sqlalchemy import select

from archive.audit import AuditEntry, detail_of
from archive.errors import Conflict, Unavailable
from archive.jobs import Job, claim
from archive.stores.port import Bucket
from archive.timestamps import beside, pem_certificates
from retention import appraisals, evidence
from retention.disposal import CertificateRow
from retention.evidence import Part, part_key
from retention.reports import report_key, store_report, stored_report
from retention.supervision import confirm
from tests.authority import TestAuthority, time_stamping_authority
from tests.integration.retention.test_rechecks import due_jobs, executed, looked
from tests.integration.retention.world import World, open_world
from workers.destroy import stamp_certificate
from workers.tools import Tools


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path / "data") as made:
        made.approved_class()
        yield made


@pytest.fixture
def authority(world: World) -> Iterator[TestAuthority]:
    with time_stamping_authority() as running:
        world.house.settings = world.house.settings.model_copy(update={"tsa_url": running.url})
        yield running


def certified(world: World) -> str:
    """The number of a certificate that both supervisors brought about."""
    doc, batch = executed(world)
    for name in ("clerk", "sales"):
        with world.as_(name) as (session, actor, _):
            confirm(session, actor, world.house, batch_id=batch.id, observed="seen")
    return world.row(doc).certificate_no or ""


def printed(world: World, number: str, part: Part = Part.PRINT) -> bytes:
    with world.house.database.reading() as session:
        return b"".join(evidence.stored_part(world.house, session.get_one(CertificateRow, number), part))


def text_of(pdf: bytes) -> str:
    with pymupdf.open(stream=pdf) as opened:
        return "".join(page.get_text() for page in opened).replace("\n", "")


def unzipped(world: World, number: str, folder: Path) -> Path:
    with world.house.database.transaction() as session:
        inside = evidence.contents(session, world.house, session.get_one(CertificateRow, number))
    zipfile.ZipFile(io.BytesIO(inside.zipped())).extractall(folder)
    return folder


def checked(folder: Path) -> tuple[int, str]:
    run = [sys.executable, "-I", "verify.py"]
    done = subprocess.run(run, cwd=folder, env={}, capture_output=True, encoding="utf-8", check=False)
    return done.returncode, done.stdout


def soundness(pdf: bytes, *roots: asn1_x509.Certificate) -> tuple[bool, bool]:
    """Whether the PDF's only signature covers all of it and holds, and whether it bears a time stamp that holds."""
    [signature] = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    found = beside(lambda: validate_pdf_signature(signature, ValidationContext(trust_roots=roots)))
    stamp = found.timestamp_validity
    return found.bottom_line, bool(stamp and stamp.intact and stamp.valid and stamp.trusted)


def test_a_print_is_sealed_bears_its_code_and_says_plainly_that_it_is_not_stamped(world: World, tmp_path: Path) -> None:
    number = certified(world)
    evidence.store(world.house, number)
    pdf = printed(world, number)
    [own] = world.house.seal.chain
    assert soundness(pdf, own) == (True, False)
    assert soundness(printed(world, number, Part.REGISTER), own) == (True, False)
    assert "未加盖时间戳/not time-stamped" in text_of(pdf).replace(" / ", "/")
    assert not soundness(pdf.replace(b"Anjuan", b"Anjuam", 1), own)[0]
    said = json.loads(printed(world, number, Part.JSON))
    assert code_on(pdf) == [f"ANJUAN:{number}:{said['manifest_sha256']}:{said['signature']['key']}".upper()]
    code, told = checked(unzipped(world, number, tmp_path / "bundle"))
    assert (code, "NOT TIME-STAMPED" in told, "no later look" in told) == (0, True, True)


def code_on(pdf: bytes) -> list[str]:
    """What the QR codes of the pages say."""
    with pymupdf.open(stream=pdf) as opened:
        seen = [Image.open(io.BytesIO(page.get_pixmap(dpi=200).tobytes("png"))) for page in opened]
    return [code.text for image in seen for code in zxingcpp.read_barcodes(image)]


def test_a_stamp_stands_on_print_and_bundle_and_any_change_of_it_is_found(
    world: World, authority: TestAuthority, tmp_path: Path
) -> None:
    number = certified(world)
    evidence.store(world.house, number)
    roots = [*world.house.seal.chain, *pem_certificates(authority.certificate)]
    assert soundness(printed(world, number), *roots) == (True, True)
    assert len(authority.asked) == 3
    folder = unzipped(world, number, tmp_path / "bundle")
    code, told = checked(folder)
    assert (code, "the time stamp of" in told, "openssl ts -verify" in told) == (0, True, True)
    (tmp_path / "authority.pem").write_bytes(authority.certificate)
    asked = "openssl ts -verify -data certificate.json -in timestamp.tst -token_in -CAfile ../authority.pem"
    assert subprocess.run(asked.split(), cwd=folder, capture_output=True, check=False).returncode == 0
    (folder / "timestamp.json").unlink()
    assert "missing file: timestamp.json" in checked(folder)[1]


def test_an_authority_that_is_away_holds_nothing_up_and_stamps_later(
    world: World, authority: TestAuthority, tmp_path: Path
) -> None:
    authority.away = True
    number = certified(world)
    evidence.store(world.house, number)
    assert "not time-stamped" in text_of(printed(world, number))
    run_stamping(world, number, ends="ready")
    authority.away = False
    run_stamping(world, number, ends="done")
    assert "not time-stamped" not in text_of(printed(world, number))
    assert "Test Authority" in text_of(printed(world, number))
    assert "the time stamp of" in checked(unzipped(world, number, tmp_path / "bundle"))[1]
    laid = {found.key for found in world.house.verifier.keys(Bucket.EVIDENCE, f"certificates/{number}/")}
    assert part_key(number, "timestamp.tst") in laid
    assert len(list(world.house.verifier.versions(Bucket.EVIDENCE, part_key(number, Part.PRINT)))) == 2
    assert len(list(world.house.verifier.versions(Bucket.EVIDENCE, part_key(number, Part.JSON)))) == 1


def run_stamping(world: World, number: str, *, ends: str) -> None:
    """The stamping job, once, whenever it is due."""
    with world.house.database.transaction() as session:
        job = session.scalars(select(Job).where(Job.subject == number, Job.kind == "stamp_certificate")).one()
        job.not_before = job.created_at
    with world.house.database.transaction() as session:
        held = claim(session, job.id, "test")
    assert held
    stamp_certificate(Tools(world.house), held)
    with world.house.database.reading() as session:
        assert (session.get_one(Job, job.id).state, session.get_one(Job, job.id).attempt) == (ends, ends == "done")


def test_later_looks_are_in_the_bundle_as_they_were_signed(world: World, tmp_path: Path) -> None:
    doc, batch = executed(world)
    first, second = due_jobs(world, batch.id)
    looked(world, first)
    for name in ("clerk", "sales"):
        with world.as_(name) as (session, actor, _):
            confirm(session, actor, world.house, batch_id=batch.id, observed="seen")
    looked(world, second)
    folder = unzipped(world, world.row(doc).certificate_no or "", tmp_path / "bundle")
    code, told = checked(folder)
    assert (code, "after 1 days" in told, "after 7 days" in told) == (0, True, True)
    late = folder / "recheck-7.json"
    late.write_text(late.read_text("utf-8").replace('"absent":', '"absent":1'), "utf-8")
    assert "recheck-7.json" in checked(folder)[1]


def test_the_report_of_an_appraisal_is_a_sealed_record_from_its_end_on(world: World) -> None:
    doc, other = world.due_documents(2)
    with world.as_("officer") as (session, officer, scope):
        opened = appraisals.open_appraisal(
            session, officer, scope, title="x", document_ids=[other], today=world.today
        ).id
    with pytest.raises(Conflict), world.as_("officer") as (session, officer, _):
        stored_report(session, world.house, officer, opened)
    appraisal = world.appraised([doc])
    with pytest.raises(Unavailable), world.as_("auditor") as (session, auditor, _):
        stored_report(session, world.house, auditor, appraisal.id)
    for _ in range(2):
        store_report(world.house, appraisal.id)
    with world.as_("auditor") as (session, auditor, _):
        number, chunks = stored_report(session, world.house, auditor, appraisal.id)
        pdf = b"".join(chunks)
        [told] = session.scalars(select(AuditEntry).where(AuditEntry.action == "appraisal.reported"))
        assert (detail_of(session, told) or {}) == {"report_no": number, "sha256": sha256(pdf).hexdigest()}
    assert soundness(pdf, *world.house.seal.chain)[0]
    text = text_of(pdf)
    for said in (number, "鉴定意见", "销毁", "period over, no further value", "officer"):
        assert said in text
    [laid] = world.house.verifier.versions(Bucket.EVIDENCE, report_key(appraisal.id))
    assert world.house.verifier.retained_until(Bucket.EVIDENCE, report_key(appraisal.id), laid.version)
