"""A site takes over: an empty machine restored from it, promoted; the old one closed and made a replica (F25, F33)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from archive.audit import OPERATOR
from archive.contents import plain
from archive.documents import Document, File, FileRole
from archive.errors import Conflict
from archive.homecoming import ask_to_fetch, fetch_turn, lacking_here, nowhere
from archive.house import House, open_house
from archive.jobs import OPEN, Claim, Job, Kind, claim
from archive.leaving import leave
from archive.reigns import need_open, present, promote
from archive.restoring import nobody
from archive.set_sending import look_who_counts, need_alone, send_set
from archive.settings import Settings
from archive.site_verification import verify_at
from archive.verification import verify
from service.commands.from_site import restore_from
from tests.houses import Home, png
from tests.sites import add_folder, copy_all, owed


def machine(home: Home, folder: Path, **other: object) -> Settings:
    """An empty machine with the master key from the safe."""
    update = {"data": folder, "master_key_file": None, "witness": None} | other
    settings = home.house.settings.model_copy(update=update)
    settings.master_key.parent.mkdir(parents=True)
    shutil.copy(home.house.settings.master_key, settings.master_key)
    return settings


@contextmanager
def restored(settings: Settings, place: Path) -> Iterator[House]:
    restore_from(settings, str(place), None, accept=False, told=nobody, as_json=True)
    house = open_house(settings)
    try:
        yield house
    finally:
        house.close()


def fetch_job(house: House) -> Claim | None:
    with house.database.transaction() as session:
        waiting = select(Job.id).where(Job.kind == Kind.FETCH_OBJECTS.value, Job.state.in_(OPEN))
        job = session.scalar(waiting)
    with house.database.transaction() as session:
        return claim(session, job, "test") if job else None


def fetch_all(house: House) -> int:
    came = 0
    while held := fetch_job(house):
        came += fetch_turn(house, held)
    return came


def read(house: House, document_id: str) -> bytes:
    with house.database.reading() as session:
        file = session.scalars(
            select(File).where(File.document_id == document_id, File.role == FileRole.ORIGINAL.value)
        ).one()
    return b"".join(plain(house, OPERATOR, house.vault.key(document_id), file))


@pytest.fixture
def nas(home: Home, tmp_path: Path) -> Path:
    add_folder(home.house, "nas", tmp_path / "nas")
    return tmp_path / "nas"


def test_an_empty_machine_reads_from_the_site_until_everything_is_here(home: Home, nas: Path, tmp_path: Path) -> None:
    kept, unsent = home.put(png(1)), home.put(png(2))
    copy_all(home.house, "nas")
    shutil.rmtree(nas / "records" / "documents" / unsent.id)
    gone = home.put(png(3)).id
    home.house.witness.destroyed({gone: "XH-2026-0001"})
    home.house.vault.destroy({gone: "XH-2026-0001"})
    send_set(home.house, "nas")
    with restored(machine(home, tmp_path / "new"), nas) as house:
        with house.database.reading() as session:
            assert (present(session).state, present(session).number, present(session).base) == (
                "standby", 2, "0001-00000001")  # fmt: skip
            assert session.get_one(Document, gone).destroying, "hidden before anybody may sign in"
            assert lacking_here(session) == 2
            with pytest.raises(Conflict) as refusal:
                need_open(session)
        assert refusal.value.code == "standby"
        assert read(house, kept.id) == png(1), "it comes from the site"
        assert fetch_all(house) == 1
        with house.database.reading() as session:
            assert lacking_here(session) == 1
        [found] = [one.finding for one in verify(house, full=True) if one.finding]
        assert (found.fault, found.document_id) == ("missing", unsent.id), "it is named, not passed over"
        shutil.rmtree(nas)
        assert read(house, kept.id) == png(1), "it is here"


def test_the_site_itself_becomes_the_primary_without_a_byte_copied(home: Home, nas: Path, tmp_path: Path) -> None:
    before, after = home.put(png(1)), home.put(png(2))
    copy_all(home.house, "nas")
    send_set(home.house, "nas")
    lost = home.put(png(3)).id
    with restored(machine(home, tmp_path / "new", store_url=nas.as_uri()), nas) as house:
        assert [one.finding for one in verify(house, full=True) if one.finding] == []
        assert (read(house, before.id), read(house, after.id)) == (png(1), png(2))
        assert house.sites() == ["primary"]
        assert fetch_job(house) is None
        with house.database.reading() as session:
            assert session.get(Document, lost) is None


def test_what_came_to_the_site_after_the_rows_were_sent_is_found_there(home: Home, nas: Path, tmp_path: Path) -> None:
    paper = home.put(png(1))
    send_set(home.house, "nas")
    copy_all(home.house, "nas")
    with restored(machine(home, tmp_path / "new"), nas) as house:
        with house.database.reading() as session:
            assert nowhere(session) == []
        assert read(house, paper.id) == png(1)


def test_after_a_failover_the_old_primary_closes_leaves_and_becomes_a_replica(
    home: Home, nas: Path, tmp_path: Path
) -> None:
    early = home.put(png(1))
    copy_all(home.house, "nas")
    send_set(home.house, "nas")
    with restored(machine(home, tmp_path / "new"), nas) as house:
        with house.database.transaction() as session:
            assert promote(session, OPERATOR, "the primary burnt", above=1).number == 2
        send_set(house, "nas")
        late = home.put(png(2))
        home.house.witness.destroyed({"gone": "XH-2026-0009"})
        with pytest.raises(Conflict) as refusal:
            need_alone(home.house, "nas")
        assert refusal.value.code == "superseded"
        with pytest.raises(Conflict):
            send_set(home.house, "nas")
        look_who_counts(house)
        with house.database.reading() as session:
            need_open(session)
        left = leave(home.house, OPERATOR, tmp_path / "left", "it came back")
        assert left.papers == 1, "nothing that the other has already"
        assert (tmp_path / "left" / "papers" / f"{late.id}.png").read_bytes() == png(2)
        assert late.id in {one["document"] for one in json.loads((tmp_path / "left/left.json").read_text())["papers"]}
        fetch_all(house)
        home.house.close()
        add_folder(house, "old", home.house.settings.data / "objects")
        copy_all(house, "old")
        assert owed(house, "old") == 0
        findings = [one.finding for one in verify_at(house, "old", full=True) if one.finding]
        assert {(one.fault, one.document_id) for one in findings} <= {("extra", late.id)}
        assert early.id


def test_nobody_leaves_who_counts(home: Home, tmp_path: Path) -> None:
    with pytest.raises(Conflict) as refusal:
        leave(home.house, OPERATOR, tmp_path / "left", "no reason")
    assert refusal.value.code == "not_superseded"


def test_a_fetch_that_was_killed_before_it_was_named_finds_its_object_here(
    home: Home, nas: Path, tmp_path: Path
) -> None:
    home.put(png(1))
    copy_all(home.house, "nas")
    send_set(home.house, "nas")
    with restored(machine(home, tmp_path / "new"), nas) as house:
        shutil.copytree(nas / "records" / "documents", house.settings.data / "objects" / "records" / "documents")
        with house.database.transaction() as session:
            ask_to_fetch(session)
        assert fetch_all(house) == 1
        assert [one.finding for one in verify(house, full=True) if one.finding] == []
