"""What is damaged or missing at one site is read from another, never served, and mended by a queued, logged repair."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from sqlalchemy import select, update

from archive import contents
from archive.audit import Act, AuditEntry
from archive.documents import Document, File
from archive.errors import Away, Damaged
from archive.evidence import laid_down, lay_down
from archive.house import House
from archive.jobs import Job, JobState, Kind
from archive.sealing import CHUNK
from archive.sites import Site
from archive.stores.port import NoSuchObject
from tests.houses import PNG, Home
from tests.integration.test_verified_sites import files_of, flip, found
from tests.sites import add_folder, copy_all
from workers.runner import run
from workers.tools import Tools

DICE = random.Random(7)  # noqa: S311 - dice, no secret
BODY = PNG + DICE.randbytes(3 * CHUNK)


@pytest.fixture
def paper(home: Home, tmp_path: Path) -> File:
    """A file of four chunks at two sites."""
    add_folder(home.house, "two", tmp_path / "two")
    document = home.put(BODY)
    copy_all(home.house, "two")
    with home.house.database.reading() as session:
        return session.scalars(select(File).where(File.document_id == document.id)).one()


def at_primary(root: Path) -> Path:
    return files_of(root / "data" / "objects")[0]


def read(home: Home, file: File) -> bytes:
    key = home.house.vault.key(file.document_id)
    return b"".join(contents.plain(home.house, home.officer, key, file))


def repairs(house: House) -> list[Job]:
    with house.database.reading() as session:
        return list(session.scalars(select(Job).where(Job.kind == Kind.REPAIR_COPY.value)))


def acts(house: House, act: Act) -> int:
    with house.database.reading() as session:
        return len(session.scalars(select(AuditEntry).where(AuditEntry.action == act.value)).all())


def damage(path: Path, chunk: int) -> None:
    """One bit of a chunk."""
    body = bytearray(path.read_bytes())
    body[12 + chunk * (CHUNK + 16) + 4] ^= 4
    path.chmod(0o644)
    path.write_bytes(body)


@pytest.mark.parametrize("chunk", [0, 2, 3])
def test_f24_a_flipped_bit_is_read_from_the_other_site_and_mended(
    home: Home, paper: File, tmp_path: Path, chunk: int
) -> None:
    damage(at_primary(tmp_path), chunk)
    assert read(home, paper) == BODY
    assert read(home, paper) == BODY
    [job] = repairs(home.house)
    assert (acts(home.house, Act.COPY_FOUND_FAULTY), acts(home.house, Act.COPY_REPAIRED)) == (1, 0)
    assert run(Tools(home.house), job.id)
    assert acts(home.house, Act.COPY_REPAIRED) == 1
    assert found(home.house) == []


def test_f23_a_part_of_a_damaged_file_comes_from_the_other_site(home: Home, paper: File, tmp_path: Path) -> None:
    damage(at_primary(tmp_path), 2)
    key, span = home.house.vault.key(paper.document_id), range(CHUNK + 5, 3 * CHUNK + 40)
    assert b"".join(contents.plain_range(home.house, home.officer, key, paper, span)) == BODY[span.start : span.stop]
    assert [job.args["fault"] for job in repairs(home.house)] == ["damaged"]


def test_what_is_missing_at_the_primary_comes_back_from_the_other_site(home: Home, paper: File, tmp_path: Path) -> None:
    at_primary(tmp_path).unlink()
    assert read(home, paper) == BODY
    [job] = repairs(home.house)
    assert run(Tools(home.house), job.id)
    assert found(home.house) == []


def test_what_no_site_has_whole_is_refused_and_stays_on_the_list(home: Home, paper: File, tmp_path: Path) -> None:
    damage(at_primary(tmp_path), 1)
    flip(files_of(tmp_path / "two")[0], DICE)
    with pytest.raises(Damaged):
        read(home, paper)
    jobs = repairs(home.house)
    assert {job.args["site"] for job in jobs} == {"primary", "two"}
    assert not any(run(Tools(home.house), job.id) for job in jobs)
    assert {job.state for job in repairs(home.house)} == {JobState.QUARANTINED}
    with pytest.raises(Damaged):
        read(home, paper)
    assert len(repairs(home.house)) == 2


def test_a_site_that_is_away_is_waited_for(home: Home, paper: File, tmp_path: Path) -> None:
    at_primary(tmp_path).unlink()
    with home.house.database.transaction() as session:
        session.execute(update(Site).values(folder=None, write_file="/none", destroy_file="/none", verify_file="/none"))
    with pytest.raises(Away):
        read(home, paper)
    [job] = repairs(home.house)
    run(Tools(home.house), job.id)
    [job] = repairs(home.house)
    assert (job.state, job.attempt) == (JobState.READY, 0)


def test_what_went_with_its_document_is_no_finding(home: Home, paper: File, tmp_path: Path) -> None:
    key = home.house.vault.key(paper.document_id)
    with home.house.database.transaction() as session:
        session.get_one(Document, paper.document_id).destroying = True
    for root in (tmp_path / "data" / "objects", tmp_path / "two"):
        files_of(root)[0].unlink()
    with pytest.raises(NoSuchObject):
        list(contents.plain(home.house, home.officer, key, paper))
    assert repairs(home.house) == []


def test_evidence_that_the_primary_lost_is_read_from_the_other_site(home: Home, tmp_path: Path) -> None:
    add_folder(home.house, "two", tmp_path / "two")
    lay_down(home.house, "certificates/C-1/certificate.json", b"{}")
    copy_all(home.house, "two")
    for path in (tmp_path / "data" / "objects" / "evidence").rglob("*@*"):
        path.unlink()
    assert b"".join(laid_down(home.house, "certificates/C-1/certificate.json")) == b"{}"
    with pytest.raises(NoSuchObject):
        laid_down(home.house, "certificates/C-2/certificate.json")
