"""Verification of every site names exactly what is wrong there; repair mends it from a good side, or leaves it."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from archive import repair as repairing
from archive.audit import OPERATOR, Act, AuditEntry
from archive.documents import Copy, Document
from archive.errors import Damaged
from archive.evidence import lay_down
from archive.house import House
from archive.reconcile import Orphan
from archive.repair import repair
from archive.sealing import open_stream
from archive.site_verification import verify_at
from archive.stores.port import Bucket
from archive.verification import Fault, Finding
from tests.houses import Home, png
from tests.sites import add_folder, copy_all, objects

MANY = 24


@pytest.fixture
def two(home: Home, tmp_path: Path) -> Home:
    """Papers at two sites."""
    add_folder(home.house, "two", tmp_path / "two")
    for number in range(MANY):
        home.put(png(number))
    copy_all(home.house, "two")
    return home


def found(house: House, *, full: bool = True) -> list[Finding]:
    return [seen.finding for site in house.sites() for seen in verify_at(house, site, full=full) if seen.finding]


def files_of(root: Path) -> list[Path]:
    return sorted(path for path in (root / "records").rglob("*@*") if path.is_file())


def flip(path: Path, dice: random.Random) -> None:
    body = bytearray(path.read_bytes())
    bit = dice.randrange(len(body) * 8)
    body[bit // 8] ^= 1 << bit % 8
    path.chmod(0o644)
    path.write_bytes(body)


def test_f24_every_flipped_bit_at_both_sites_is_found_and_mended_or_listed(two: Home, tmp_path: Path) -> None:
    dice, house = random.Random(24), two.house  # noqa: S311 - dice, no secret
    roots = {"primary": tmp_path / "data" / "objects", "two": tmp_path / "two"}
    everything = [(site, path) for site, root in roots.items() for path in files_of(root)]
    assert len(everything) == 2 * MANY
    chosen = dice.sample(everything, MANY)
    for _, path in chosen:
        flip(path, dice)
    wrong = {(site, path.parent.name) for site, path in chosen}
    findings = found(house)
    assert {(one.site, one.document_id) for one in findings} == wrong
    assert len(findings) == len(wrong)
    hopeless = {document for site, document in wrong if {(other, document) for other in roots} <= wrong}
    assert hopeless, "the dice hit both copies of some"
    for finding in findings:
        assert bool(repair(house, OPERATOR, finding)) == (finding.document_id not in hopeless)
    assert {one.document_id for one in found(house)} == hopeless
    for document in hopeless:
        with pytest.raises(Damaged):
            whole(house, document)
    with house.database.reading() as session:
        logged = session.scalars(select(AuditEntry.subject).where(AuditEntry.action == Act.COPY_REPAIRED.value)).all()
    assert sorted(logged) == sorted(one.document_id for one in findings if one.document_id not in hopeless)


def whole(house: House, document_id: str) -> bytes:
    """The original, opened as readers open it."""
    [found] = house.site.keys(Bucket.RECORDS, f"documents/{document_id}/")
    key = house.vault.key(document_id)
    return b"".join(open_stream(key, found.key.split("/")[2], house.site.get(Bucket.RECORDS, found.key)))


@pytest.mark.parametrize("count", [0, 1, MANY])
def test_f25_exactly_the_missing_are_named_and_come_back(two: Home, tmp_path: Path, count: int) -> None:
    gone = random.Random(count).sample(files_of(tmp_path / "two"), count)  # noqa: S311 - as above
    for path in gone:
        path.unlink()
    findings = found(two.house, full=False)
    assert {(one.fault, one.site, one.document_id) for one in findings} == {
        (Fault.MISSING, "two", path.parent.name) for path in gone
    }
    assert all(repair(two.house, OPERATOR, finding) == "primary" for finding in findings)
    assert found(two.house) == []


def test_f25_the_primary_is_mended_from_the_other_site(two: Home, tmp_path: Path) -> None:
    [*_, last] = files_of(tmp_path / "data" / "objects")
    last.unlink()
    [finding] = found(two.house)
    assert (finding.fault, finding.site) == (Fault.MISSING, "primary")
    assert repair(two.house, OPERATOR, finding) == "two"
    assert found(two.house) == []
    assert whole(two.house, last.parent.name)


def test_a_strange_version_and_a_strange_object_and_a_lost_hold_are_named(two: Home) -> None:
    house = two.house
    with house.database.reading() as session:
        copy, other = session.scalars(select(Copy).where(Copy.site == "two").limit(2)).all()
        keys = {one.file_id: next(k for k in house.verifier.keys(Bucket.RECORDS) if k.key.endswith(one.file_id)).key
                for one in (copy, other)}  # fmt: skip
    put(house, keys[copy.file_id])
    put(house, f"documents/{other.file_id}/{other.file_id}")
    with house.database.transaction() as session:
        row = session.get_one(Copy, (other.file_id, "two"))
        row.held = True
    findings = {one.fault: one for one in found(house)}
    assert set(findings) == {Fault.WRONG_VERSION, Fault.EXTRA, Fault.HOLD_LOST}
    assert {one.site for one in findings.values()} == {"two"}
    assert repair(house, OPERATOR, findings[Fault.WRONG_VERSION]) == "two"
    assert repair(house, OPERATOR, findings[Fault.EXTRA]) == "", "nobody's object is nobody's to erase"
    assert {one.fault for one in found(house)} == {Fault.EXTRA, Fault.HOLD_LOST}


def put(house: House, key: str) -> None:
    body = b"somebody put this here"
    digest = sha256(body).hexdigest()
    house.writer_at("two").put(Bucket.RECORDS, key, io.BytesIO(body), length=len(body), sha256=digest)


def test_evidence_that_a_site_lost_is_named_and_owed_again(home: Home, tmp_path: Path) -> None:
    add_folder(home.house, "two", tmp_path / "two")
    lay_down(home.house, "checkpoints/000000000001-ab", b"a checkpoint")
    copy_all(home.house, "two")
    assert found(home.house) == []
    for path in (tmp_path / "two" / "evidence").rglob("*@*"):
        path.unlink()
    [finding] = found(home.house)
    assert (finding.fault, finding.bucket) == (Fault.MISSING, "evidence")
    assert repair(home.house, OPERATOR, finding) == "primary"
    assert copy_all(home.house, "two") == 1
    assert found(home.house) == []


def test_a_repair_of_what_was_condemned_meanwhile_leaves_nothing(
    two: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [path, *_] = files_of(tmp_path / "two")
    path.unlink()
    [finding] = found(two.house)
    put_it: Callable[..., str] = repairing._put

    def condemned_meanwhile(house: House, finding: Finding, source: Copy) -> str:
        with house.database.transaction() as session:
            session.get_one(Document, finding.document_id).destroying = True
        return put_it(house, finding, source)

    monkeypatch.setattr(repairing, "_put", condemned_meanwhile)
    assert repair(two.house, OPERATOR, finding) == ""
    with two.house.database.reading() as session:
        assert [orphan.key for orphan in session.scalars(select(Orphan))] == [finding.key]
    assert objects(two.house, "two", finding.document_id)
