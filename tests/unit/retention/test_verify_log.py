"""An exported log is verified by a stranger with Python alone, and every harm to it is found at its first place."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from archive import audit
from archive.anchors import anchor
from archive.audit import OPERATOR, Act, record
from archive.base import now
from archive.errors import Conflict, Invalid
from archive.log import checkpoint, sequence_all, verify_log
from archive.proofs import prove_consistency, prove_inclusion
from archive.signing import Purpose
from retention.bundle.log_export import export_log
from tests.houses import Home, embedded


def written(home: Home, count: int) -> str:
    """So many entries more, signed; the id of the last."""
    for number in range(count):
        with home.house.database.transaction() as session:
            last = record(session, OPERATOR, Act.PERSON_CHANGED, f"subject-{number}", detail={"to": "值"}).id
    with home.house.database.transaction() as session:
        sequence_all(session)
        checkpoint(session, home.house.signing.installation(Purpose.CHECKPOINT))
    anchor(home.house)
    return last


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, Path]]:
    """An installation whose log was signed at five entries and at thirteen, and its export."""
    folder = tmp_path_factory.mktemp("kept")
    with embedded(folder / "house") as home:
        for count in (5, 8):
            written(home, count)
        export_log(home.house, folder / "log")
        yield home, folder / "log"


@pytest.fixture
def exported(kept: tuple[Home, Path], tmp_path: Path) -> Path:
    """A copy of the export, to be harmed."""
    return shutil.copytree(kept[1], tmp_path / "log")


@pytest.fixture
def its_witness(kept: tuple[Home, Path]) -> Path:
    """What was kept elsewhere of its checkpoints."""
    return kept[0].house.settings.witness_folder / "checkpoints.jsonl"


def run(folder: Path, *arguments: str | Path) -> tuple[int, str]:
    """As a stranger runs it: isolated, in an empty environment."""
    command = [sys.executable, "-I", "verify_log.py", *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, env={}, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_a_stranger_verifies_a_whole_log(kept: tuple[Home, Path], exported: Path, its_witness: Path) -> None:
    code, told = run(exported)
    assert (code, "13 entries are whole" in told, "signed anew" in told) == (0, True, True)
    fingerprint = kept[0].house.signing.installation(Purpose.CHECKPOINT).fingerprint
    code, told = run(exported, "--anchors", its_witness, "--fingerprint", fingerprint)
    assert (code, "agrees with 2 that were kept elsewhere" in told, "cannot be known" in told) == (0, True, False)
    assert run(exported, "--fingerprint", "0" * 64)[0] == 1


def test_an_export_stands_by_itself(kept: tuple[Home, Path], exported: Path) -> None:
    with pytest.raises(Invalid):
        export_log(kept[0].house, exported)
    (exported / "verify.py").unlink()
    done = subprocess.run([sys.executable, "-I", "verify_log.py"], cwd=exported, capture_output=True, check=False)
    assert b"verify.py" in done.stderr
    published = Path(__file__).parents[3] / "deploy" / "verify_log.py"
    assert subprocess.run([sys.executable, "-I", published, exported], cwd="/", env={}, check=False).returncode == 0


def lines(path: Path, change: Callable[[list[bytes]], object]) -> None:
    held = path.read_bytes().splitlines(keepends=True)
    change(held)
    path.write_bytes(b"".join(held))


def both(folder: Path, change: Callable[[list[bytes]], object]) -> None:
    for name in ("entries.jsonl", "leaves.txt"):
        lines(folder / name, change)


def shortened(folder: Path) -> None:
    """The tail, its leaves, its checkpoint and what log.json says of it."""
    both(folder, lambda held: held.__delitem__(slice(5, None)))
    lines(folder / "checkpoints.jsonl", lambda held: held.pop())
    told = json.loads((folder / "log.json").read_text("utf-8"))
    note = json.loads((folder / "checkpoints.jsonl").read_text("utf-8"))["note"]
    told |= {"size": 5, "root": base64.b64decode(note.split("\n")[2]).hex()}
    (folder / "log.json").write_text(json.dumps(told), "utf-8")


HARMS: dict[str, tuple[Callable[[Path], None], str]] = {
    "edit": (
        lambda folder: lines(folder / "entries.jsonl", lambda held: held.__setitem__(3, held[3].replace(b"-3", b"-4"))),
        "entry 3 is not what was logged",
    ),
    "delete": (lambda folder: lines(folder / "entries.jsonl", lambda held: held.pop(4)), "entry 4 is not"),
    "delete with its leaf": (lambda folder: both(folder, lambda held: held.pop(4)), "first 5 entries are not those"),
    "swap": (lambda folder: both(folder, lambda held: held.insert(2, held.pop(3))), "first 5 entries are not those"),
    "insert": (lambda folder: both(folder, lambda held: held.insert(6, held[1])), "first 13 entries are not those"),
    "tail": (lambda folder: both(folder, lambda held: held.pop()), "13 entries were signed, 12 are here"),
    "leaf": (lambda folder: lines(folder / "leaves.txt", lambda held: held.pop()), "entry 12 has no leaf"),
    "checkpoint": (
        lambda folder: lines(
            folder / "checkpoints.jsonl", lambda held: held.__setitem__(0, held[0].replace(b"5", b"6"))
        ),
        "DISAGREES",
    ),
}


@pytest.mark.parametrize("harm", HARMS)
def test_every_harm_is_found_at_its_first_place(exported: Path, harm: str) -> None:
    change, named = HARMS[harm]
    change(exported)
    code, told = run(exported)
    assert (code, named in told) == (1, True), told


def test_a_log_cut_short_whole_is_found_by_what_was_kept_elsewhere(exported: Path, its_witness: Path) -> None:
    shortened(exported)
    assert run(exported)[0] == 0
    code, told = run(exported, "--anchors", its_witness)
    assert (code, "13 entries were signed, 5 are here" in told) == (1, True)


def test_proofs_are_checked_by_the_same_program(home: Home, tmp_path: Path) -> None:
    written(home, 5)
    export_log(home.house, tmp_path / "log")
    last, exported = written(home, 11), tmp_path / "log"
    key = home.house.signing.installation(Purpose.CHECKPOINT)
    with home.house.database.transaction() as session:
        proofs = [
            prove_inclusion(session, last, key),
            *(prove_consistency(session, old, key) for old in (0, 5, 6, 8, 16)),
        ]
        with pytest.raises(Conflict):
            prove_consistency(session, 17, key)
    path = exported.parent / "proof.json"
    for proof in proofs:
        path.write_text(json.dumps(proof), "utf-8")
        assert run(exported, "--proof", path)[0] == 0, proof
    for proof in (proofs[0], proofs[3]):
        path.write_text(json.dumps(proof | {"hashes": proof["hashes"][1:]}), "utf-8")
        assert run(exported, "--proof", path)[0] == 1
    path.write_text(json.dumps(proofs[3] | {"old_root": "00" * 32}), "utf-8")
    assert run(exported, "--proof", path)[0] == 1


def test_a_clock_that_was_set_back_is_told_and_breaks_nothing(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records-rules §7.8, clock skew: order is by place, not by time."""
    written(home, 3)
    monkeypatch.setattr(audit, "now", lambda: now() - timedelta(hours=1))
    written(home, 1)
    with home.house.database.reading() as session:
        found = verify_log(session, home.house.signing.installation(Purpose.CHECKPOINT), home.house.vault)
    assert (found.ok, found.clock.partition(" says")[0]) == (True, "Entry 3")
    export_log(home.house, tmp_path / "log")
    code, told = run(tmp_path / "log")
    assert (code, "CLOCK" in told, "entry 3" in told) == (0, True, True)


def test_an_export_of_harmed_rows_names_the_place_too(home: Home, tmp_path: Path) -> None:
    written(home, 6)
    with home.house.database.engine.begin() as connection:
        for name in ("stays", "lasts", "begins"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS audit_entry_{name}"))
        body = connection.execute(text("SELECT body FROM audit_entry WHERE leaf_index = 4")).scalar_one()
        connection.execute(
            text("UPDATE audit_entry SET body = :b WHERE leaf_index = 4"), {"b": bytes(body).replace(b"-4", b"-9")}
        )
    export_log(home.house, tmp_path / "log")
    assert "entry 4 is not what was logged" in run(tmp_path / "log")[1]
