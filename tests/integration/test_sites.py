"""A second site: what is put comes there, newest first, verified; one that is away is tried again; none is doubled."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from archive import replication, sites
from archive.audit import OPERATOR, AuditEntry
from archive.copying import Pace
from archive.documents import Copy, File
from archive.errors import Conflict, Invalid
from archive.evidence import lay_down
from archive.jobs import Job, Kind, LostLease
from archive.owed import Owed, being_copied
from archive.reconcile import Orphan
from archive.replication import lacking_evidence, replicate
from archive.site_figures import site_figures
from archive.sites import Site, SiteOrder
from archive.stores.port import Bucket, Version
from tests.commands import Ended, Run
from tests.contract.naughty import FlipStore
from tests.houses import Home, embedded, png
from tests.sites import add_folder, copy_all, job_of, objects, owed
from workers.offsite import owe_what_is_missing


def order_of_arrival(folder: Path) -> list[str]:
    found = [path for path in (folder / "records").rglob("*@*") if path.is_file()]
    return [path.parent.name for path in sorted(found, key=lambda path: path.stat().st_mtime_ns)]


def test_what_stood_before_the_site_and_what_comes_after_it_arrives_byte_by_byte(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replication, "TOGETHER", 1)  # what is taken together may arrive in any order
    earlier = home.put(png(1))
    add_folder(home.house, "two", tmp_path / "two")
    later = home.put(png(2))
    assert owed(home.house, "two") == 2
    assert copy_all(home.house, "two") == 2
    for document in (earlier, later):
        there = objects(home.house, "two", document.id)
        assert there
        assert there == objects(home.house, "primary", document.id)
    assert order_of_arrival(tmp_path / "two") == [later.id, earlier.id]
    with home.house.database.reading() as session:
        copies = session.scalars(select(Copy).where(Copy.site == "two")).all()
        [figures] = site_figures(session, 60)
    assert [copy.sealed_sha256 for copy in copies if copy.verified_at]
    assert (figures.copies, figures.waiting, figures.lag) == (2, 0, 0.0)


def test_evidence_comes_too_under_a_lock_as_long_as_at_the_primary(home: Home, tmp_path: Path) -> None:
    add_folder(home.house, "two", tmp_path / "two")
    lay_down(home.house, "certificates/XH-2026-0001/certificate.json", b"{}")
    assert copy_all(home.house, "two") == 1
    found = {}
    for site in ("primary", "two"):
        store = home.house.verifier_at(site)
        [version] = store.versions(Bucket.EVIDENCE, "certificates/XH-2026-0001/certificate.json")
        found[site] = store.retained_until(Bucket.EVIDENCE, version.key, version.version)
    assert found["two"]
    assert found["two"] == found["primary"]


def test_evidence_from_before_the_site_comes_by_what_the_two_lack_of_each_other(home: Home, tmp_path: Path) -> None:
    lay_down(home.house, "certificates/XH-2026-0001/certificate.json", b"{}")
    add_folder(home.house, "two", tmp_path / "two")
    assert owed(home.house, "two") == 0
    owe_what_is_missing(home.house)
    assert copy_all(home.house, "two") == 1
    assert lacking_evidence(home.house, "two") == []
    owe_what_is_missing(home.house)
    assert owed(home.house, "two") == 0


def test_f21_a_site_that_is_away_keeps_its_debts_and_is_tried_ever_later(home: Home, tmp_path: Path) -> None:
    add_folder(home.house, "two", tmp_path / "two")
    shutil.move(tmp_path / "two", tmp_path / "unplugged")
    home.put(png(1))
    waits = []
    for _ in range(3):
        assert copy_all(home.house, "two") == 0
        with home.house.database.reading() as session:
            site = session.get_one(Site, "two")
            assert site.next_at
            assert site.failing_since
            last = session.scalars(select(Job).where(Job.kind == Kind.REPLICATE.value).order_by(Job.created_at)).all()
            assert last[-1].not_before == site.next_at
            waits.append(site.failures)
    assert waits == [1, 2, 3]
    shutil.move(tmp_path / "unplugged", tmp_path / "two")
    assert copy_all(home.house, "two") == 1
    with home.house.database.reading() as session:
        site = session.get_one(Site, "two")
        assert (site.failures, site.next_at, site.error) == (0, None, None)


def test_a_copy_that_a_crash_left_unnamed_is_taken_for_the_copy(home: Home, tmp_path: Path) -> None:
    add_folder(home.house, "two", tmp_path / "two")
    document = home.put(png(1))
    held = job_of(home.house, "two")
    transaction = home.house.database.transaction
    calls = iter([transaction, None])

    def dying() -> object:
        following = next(calls)
        if following is None:
            raise KeyboardInterrupt
        return following()

    home.house.database.transaction = dying  # type: ignore[method-assign, assignment]
    with pytest.raises(KeyboardInterrupt):
        replicate(home.house, held)
    home.house.database.transaction = transaction  # type: ignore[method-assign]
    assert objects(home.house, "two", document.id)
    assert owed(home.house, "two") == 1
    assert copy_all(home.house, "two") == 1
    store = home.house.verifier_at("two")
    [key] = [found.key for found in store.keys(Bucket.RECORDS)]
    assert len(store.versions(Bucket.RECORDS, key)) == 1


def test_f24_what_is_damaged_at_the_primary_is_not_copied_and_holds_up_nothing_else(home: Home, tmp_path: Path) -> None:
    add_folder(home.house, "two", tmp_path / "two")
    good, bad = home.put(png(1)), home.put(png(2))
    [path] = [p for p in (tmp_path / "data/objects/records/documents" / bad.id).iterdir() if p.is_file()]
    path.chmod(0o644)
    flipped = bytearray(path.read_bytes())
    flipped[40] ^= 1
    path.write_bytes(flipped)
    assert copy_all(home.house, "two") == 1
    assert objects(home.house, "two", good.id)
    assert not objects(home.house, "two", bad.id)
    with home.house.database.reading() as session:
        [debt] = session.scalars(select(Owed)).all()
        assert debt.document_id == bad.id
        assert "not what was stored" in (debt.error or "")
        assert session.get_one(Site, "two").failing_since is None


def test_what_a_site_gives_back_otherwise_than_it_was_put_is_no_copy(home: Home, tmp_path: Path) -> None:
    add_folder(home.house, "two", tmp_path / "two")
    home.put(png(1))
    verifier = home.house.verifier_at("two")
    address, _ = home.house._opened["two", verifier.credential]
    home.house._opened["two", verifier.credential] = (address, FlipStore(verifier, 33))  # type: ignore[assignment]
    assert copy_all(home.house, "two") == 0
    with home.house.database.reading() as session:
        [debt] = session.scalars(select(Owed)).all()
        assert "reads differently at two" in (debt.error or "")
        assert session.scalar(select(Copy).where(Copy.site == "two")) is None


def test_a_paused_site_gets_nothing_and_catches_up(home: Home, tmp_path: Path) -> None:
    add_folder(home.house, "two", tmp_path / "two")
    with home.house.database.transaction() as session:
        sites.pause(session, OPERATOR, "two", "disk is being checked")
    home.put(png(1))
    assert copy_all(home.house, "two") == 0
    with home.house.database.transaction() as session:
        sites.resume(session, OPERATOR, "two")
    assert copy_all(home.house, "two") == 1


def test_f15_a_copier_that_wakes_after_its_document_was_destroyed_leaves_nothing(home: Home, tmp_path: Path) -> None:
    add_folder(home.house, "two", tmp_path / "two")
    document = home.put(png(1))
    held = job_of(home.house, "two")
    verifier = home.house.verifier_at("two")
    stat = verifier.stat

    def frozen(bucket: Bucket, key: str, *, version: str | None = None) -> Version | None:
        """The worker stands still here for longer than its lease, and its document is destroyed meanwhile."""
        with home.house.database.transaction() as session:
            assert being_copied(session, document.id)
            session.get_one(Job, held.job_id).fence += 1
            row = session.merge(document)
            row.destroying = True
        return stat(bucket, key, version=version)

    verifier.stat = frozen  # type: ignore[method-assign]
    with pytest.raises(LostLease):
        replicate(home.house, held)
    assert objects(home.house, "two", document.id)
    with home.house.database.reading() as session:
        [orphan] = session.scalars(select(Orphan)).all()
        assert document.id in orphan.key


def test_a_superseded_file_is_owed_no_more(home: Home, tmp_path: Path) -> None:
    add_folder(home.house, "two", tmp_path / "two")
    document = home.put(png(1))
    with home.house.database.transaction() as session:
        mine = select(File.id).where(File.document_id == document.id)
        session.execute(delete(Copy).where(Copy.file_id.in_(mine)))
        session.execute(delete(File).where(File.document_id == document.id))
    assert copy_all(home.house, "two") == 0
    assert owed(home.house, "two") == 0


def test_a_sites_name_and_place_are_its_own(home: Home, tmp_path: Path) -> None:
    add_folder(home.house, "two", tmp_path / "two")
    for name in ("primary", "Two", "search", ""):
        with pytest.raises(Invalid):
            SiteOrder(name, folder=tmp_path / "three").row()
    with pytest.raises(Invalid):
        SiteOrder("three", write=tmp_path / "w").row()
    with home.house.database.transaction() as session:
        assert sites.remove(session, OPERATOR, "two", "moved to another town") == 0
    with home.house.database.transaction() as session, pytest.raises(Conflict):
        sites.add(session, OPERATOR, SiteOrder("two", folder=tmp_path / "new").row())


def test_a_pace_is_kept() -> None:
    pace = Pace(10_000_000)
    for _ in range(3):
        pace.spend(500_000)
    assert 0.14 < pace._spent / pace.bytes_per_second < 0.16


def test_a_site_goes_through_its_life_by_commands(tmp_path: Path, run: Run) -> None:
    with embedded(tmp_path / "data") as home:
        home.put(png(1))

        def site(*words: str) -> Ended:
            return run("site", *words)

        assert json.loads(site("add", "two", "--folder", str(tmp_path / "two"), "--json").out)["waiting"] == 1
        assert site("pause", "two", "--reason", "moving").status == 0
        assert site("pause", "two", "--reason", "moving").status == 2
        assert site("resume", "two").status == 0
        [told] = json.loads(site("status", "--json").out)
        assert (told["name"], told["waiting"], told["state"]) == ("two", 1, "active")
        assert site("remove", "two", "--reason", "replaced").status == 0
        assert owed(home.house, "two") == 0
        assert json.loads(site("list", "--json").out) == []
        with home.house.database.reading() as session:
            acts = session.scalars(select(AuditEntry.action).where(AuditEntry.subject == "two").order_by(AuditEntry.at))
            assert list(acts) == ["site.added", "site.paused", "site.resumed", "site.removed"]
