"""The master key's file and its two printed parts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import Damaged, Invalid
from archive.masterkey import MasterKey, MasterKeyRefused, export_parts, import_parts, key_id


@pytest.fixture
def master(tmp_path: Path) -> MasterKey:
    return MasterKey.load(tmp_path / "keys" / "master.key", create=True)


def test_the_first_start_makes_a_file_for_its_owner_alone(master: MasterKey) -> None:
    assert master.path.stat().st_mode & 0o777 == 0o600
    assert MasterKey.load(master.path).secrets == MasterKey.load(master.path, create=True).secrets == master.secrets
    assert [path.name for path in master.path.parent.iterdir()] == [master.path.name]
    assert master.secrets[0].hex() not in repr(master)
    assert repr(master.secrets[0]) not in repr(master)


def test_two_processes_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    children = []
    for _ in range(8):
        child = os.fork()
        if child == 0:
            os._exit(0 if MasterKey.load(path, create=True).id == MasterKey.load(path).id else 1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 8


def test_a_missing_file_is_not_made_unless_asked(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyRefused, match="cannot be read"):
        MasterKey.load(tmp_path / "master.key")
    assert not list(tmp_path.iterdir())


def test_a_place_where_no_file_can_be_made_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    with pytest.raises(MasterKeyRefused, match="ANJUAN_MASTER_KEY_FILE"):
        MasterKey.load(tmp_path / "taken" / "master.key", create=True)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_may_read_is_refused_with_the_remedy(master: MasterKey, mode: int) -> None:
    master.path.chmod(mode)
    with pytest.raises(MasterKeyRefused, match=f"chmod 600 {master.path}"):
        MasterKey.load(master.path)


@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_a_changed_file_is_refused(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("key") / "master.key"
    secret = MasterKey.load(path, create=True).secrets
    text = path.read_bytes()
    at = data.draw(st.integers(0, len(text) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != text[at]))
    harmed = data.draw(st.sampled_from([text[:at], bytes([*text[:at], byte, *text[at + 1 :]]), text + b"x"]))
    path.write_bytes(harmed)
    with pytest.raises(MasterKeyRefused):
        MasterKey.load(path)
    path.write_bytes(text)
    assert MasterKey.load(path).secrets == secret


def test_what_is_wrapped_opens_in_its_place_only(master: MasterKey) -> None:
    wrapped = master.wrap(master.id, "key of document 1", b"secret")
    assert master.unwrap(master.id, "key of document 1", wrapped) == b"secret"
    with pytest.raises(Damaged, match="key of document 2"):
        master.unwrap(master.id, "key of document 2", wrapped)
    with pytest.raises(MasterKeyRefused, match="00000000"):
        master.unwrap("00000000", "key of document 1", wrapped)


def test_both_keys_stand_in_the_file_until_a_rotation_ends(master: MasterKey) -> None:
    rotating = master.begin_rotation()
    assert rotating.former == (master.id,)
    assert master.begin_rotation().secrets == rotating.secrets == MasterKey.load(master.path).secrets
    assert rotating.unwrap(master.id, "p", master.wrap(master.id, "p", b"x")) == b"x"
    assert rotating.end_rotation().secrets == rotating.secrets[:1]
    assert master.path.stat().st_mode & 0o777 == 0o600


def test_two_rotations_do_not_run_at_once(master: MasterKey) -> None:
    with (
        master.one_rotation(),
        pytest.raises(MasterKeyRefused, match="Another rotation"),
        MasterKey.load(master.path).one_rotation(),
    ):
        pass


def test_two_parts_make_the_key_again_and_one_says_nothing(master: MasterKey, tmp_path: Path) -> None:
    part1, part2 = export_parts(master)
    assert import_parts(part2.lower().replace("-", " "), part1) == master.secrets[0]
    assert export_parts(master)[0] != part1
    restored = MasterKey.restore(tmp_path / "again.key", part1, part2)
    assert (restored.id, restored.secrets) == (master.id, master.secrets)
    with pytest.raises(MasterKeyRefused, match="exists already"):
        MasterKey.restore(master.path, part1, part2)


def test_a_typing_mistake_is_found_in_its_part(master: MasterKey) -> None:
    part1, part2 = export_parts(master)
    for at in range(len("ANJUAN-1-"), len(part1)):
        if part1[at] == "-":
            continue
        typed = part1[:at] + ("B" if part1[at] != "B" else "C") + part1[at + 1 :]
        with pytest.raises(Invalid, match="Part 1 has a typing mistake"):
            import_parts(typed, part2)


def test_parts_that_do_not_belong_together_are_refused(master: MasterKey) -> None:
    part1, part2 = export_parts(master)
    other1, _ = export_parts(master)
    with pytest.raises(Invalid, match="do not belong together"):
        import_parts(other1, part2)
    with pytest.raises(Invalid, match="same part"):
        import_parts(part1, part1)
    with pytest.raises(Invalid, match="not a part"):
        import_parts(part1[:-6], part2)
    assert key_id(master.secrets[0]) == master.id
