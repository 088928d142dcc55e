"""What becomes of the paper of a batch, under supervisors of its own, on the certificate (E7; records-rules R33)."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from archive.audit import OPERATOR
from archive.errors import Conflict, Forbidden, Invalid
from archive.people import create_person
from archive.rights import Confidentiality, Role
from retention.certificate import certificate_json
from retention.disposal import CertificateRow, DestructionBatch
from retention.evidence import contents
from retention.paper import Fate, PaperPlan, confirm_paper, keep_paper, name_paper_supervisors, plan_paper
from retention.register import cover, register
from retention.supervision import confirm
from tests.integration.retention.world import World, open_world

PLACE, METHOD = "北京造纸厂", "化浆"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("paper") / "data") as made:
        made.approved_class()
        with made.house.database.transaction() as session:
            for name in ("watcher", "other watcher"):
                made.people[name], _ = create_person(
                    session, OPERATOR, name=name, roles=[Role.SEARCHER], department="sales",
                    clearance=Confidentiality.CONFIDENTIAL,
                )  # fmt: skip
        yield made


def planned(world: World, fate: Fate, place: str = PLACE, method: str = METHOD) -> DestructionBatch:
    batch = world.proposed(world.due_documents(renditions=0))
    return replanned(world, batch, fate, place, method)


def replanned(
    world: World, batch: DestructionBatch, fate: Fate, place: str = PLACE, method: str = METHOD
) -> DestructionBatch:
    zone = world.house.settings.zone
    with world.as_("officer") as (session, officer, _):
        return plan_paper(session, officer, batch.id, PaperPlan(fate, place, method), fonds="A001", zone=zone)


def named(world: World, batch: DestructionBatch, *names: str) -> None:
    with world.as_("officer") as (session, officer, _):
        name_paper_supervisors(session, officer, batch.id, [world.people[name].id for name in names])


def executed(world: World, batch: DestructionBatch) -> None:
    for name in ("first", "second"):
        world.approve(batch, name)
    world.begin(batch.id)
    world.execute(batch.id)


def seen(world: World, batch: DestructionBatch, name: str, *, paper: bool) -> str:
    with world.as_(name) as (session, actor, _):
        told = {"batch_id": batch.id, "observed": "seen"}
        done = confirm_paper if paper else confirm
        return done(session, actor, world.house, **told).state


def certificate(world: World, batch: DestructionBatch) -> CertificateRow:
    with world.house.database.reading() as session:
        return session.scalars(select(CertificateRow).where(CertificateRow.batch_id == batch.id)).one()


def checked(world: World, row: CertificateRow, folder: Path, *, spoil: str = "") -> tuple[int, str]:
    """What a stranger's Python says of the bundle."""
    with world.house.database.transaction() as session:
        zipped = contents(session, world.house, row).zipped()
    zipfile.ZipFile(io.BytesIO(zipped)).extractall(folder)
    if spoil:
        path = folder / "certificate.json"
        path.write_text(path.read_text("utf-8").replace(PLACE, spoil), "utf-8")
    said = subprocess.run(
        [sys.executable, "-I", str(folder / "verify.py"), str(folder)], capture_output=True, text=True, check=False
    )
    return said.returncode, said.stdout + said.stderr


def test_paper_is_destroyed_under_two_others_and_the_certificate_waits_for_them(world: World, tmp_path: Path) -> None:
    batch = planned(world, Fate.DESTROYED)
    named(world, batch, "watcher", "other watcher")
    executed(world, batch)
    with pytest.raises(Forbidden):
        seen(world, batch, "clerk", paper=True)
    assert [seen(world, batch, name, paper=False) for name in ("clerk", "sales")] == ["executed", "executed"]
    assert [seen(world, batch, name, paper=True) for name in ("watcher", "other watcher")] == ["executed", "done"]
    row = certificate(world, batch)
    told = certificate_json(row)["paper"]
    assert (told["fate"], told["place"], told["method"]) == ("destroyed / 销毁", PLACE, METHOD)
    assert [signed["person"]["name"] for signed in told["supervisors"]] == ["watcher", "other watcher"]
    with world.house.database.reading() as session:
        lines = dict(cover(register(session, row)))
    assert PLACE in lines["纸质原件"]
    assert "other watcher" in lines["纸质监销人 2"]
    code, said = checked(world, row, tmp_path / "whole")
    assert code == 0, said
    assert "paper: destroyed" in said
    assert checked(world, row, tmp_path / "spoilt", spoil="南京造纸厂")[0] == 1


def test_the_plan_is_signed_with_the_list_and_a_change_voids_the_signatures(world: World) -> None:
    batch = planned(world, Fate.KEPT, "三号库房", "")
    world.approve(batch, "first")
    fresh = replanned(world, batch, Fate.DESTROYED)
    assert fresh.manifest_sha256 != batch.manifest_sha256
    assert json.loads(fresh.manifest)["paper"] == {"fate": "destroyed / 销毁", "place": PLACE, "method": METHOD}
    assert fresh.standing == []
    named(world, fresh, "watcher", "other watcher")
    executed_batch = replanned(world, fresh, Fate.MOVED, "市档案馆", "")
    executed(world, executed_batch)
    with pytest.raises(Conflict):
        replanned(world, executed_batch, Fate.DESTROYED)
    for name in ("clerk", "sales"):
        seen(world, executed_batch, name, paper=False)
    assert certificate_json(certificate(world, executed_batch))["paper"]["fate"] == "moved / 移交"


def test_the_paper_s_supervisors_have_no_other_part(world: World) -> None:
    batch = planned(world, Fate.DESTROYED)
    for names in (("watcher",), ("watcher", "watcher"), ("watcher", "officer")):
        with pytest.raises((Invalid, Forbidden)):
            named(world, batch, *names)
    named(world, batch, "watcher", "clerk")
    for name in ("first", "second"):
        world.approve(batch, name)
    with pytest.raises(Forbidden, match="paper"):
        world.begin(batch.id)  # the clerk would watch both
    named(world, batch, "watcher", "other watcher")
    assert world.begin(batch.id).state == "executing"


def test_paper_that_is_not_destroyed_after_all_is_kept_and_the_certificate_says_so(
    world: World, tmp_path: Path
) -> None:
    batch = planned(world, Fate.DESTROYED)
    named(world, batch, "watcher", "other watcher")
    executed(world, batch)
    for name in ("clerk", "sales"):
        seen(world, batch, name, paper=False)
    assert world.state(batch.id) == "executed"
    with world.as_("officer") as (session, officer, _):
        assert keep_paper(session, officer, world.house, batch_id=batch.id, reason="the mill is closed").state == "done"
    row = certificate(world, batch)
    assert certificate_json(row)["paper"]["fate"] == "kept / 留存"
    assert checked(world, row, tmp_path)[0] == 0


@pytest.mark.parametrize(("fate", "place", "method"), [(Fate.DESTROYED, "", METHOD), (Fate.DESTROYED, PLACE, " ")])
def test_a_plan_says_where_and_how(world: World, fate: Fate, place: str, method: str) -> None:
    with pytest.raises(Invalid):
        planned(world, fate, place, method)
