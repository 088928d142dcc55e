"""The key vault on SQLite and, where a server is named, on PostgreSQL: keys, destruction, rotation killed anywhere."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from archive import vault as vault_module
from archive.errors import Away, Damaged
from archive.masterkey import MasterKey, MasterKeyRefused
from archive.signing import Purpose, SigningKeys
from archive.vault import KeyDestroyed, KeyMissing, Vault
from archive.vault_rows import stands
from tests.servers import postgres_database


@pytest.fixture
def master(tmp_path: Path) -> MasterKey:
    return MasterKey.load(tmp_path / "master.key", create=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/vault of keys #1%20.db"
        return
    with postgres_database() as address:
        yield address


@pytest.fixture
def vault(url: str, master: MasterKey) -> Iterator[Vault]:
    opened = Vault(url, master)
    opened.prepare()
    yield opened
    opened.close()


@pytest.fixture
def elsewhere(url: str, vault: Vault) -> Iterator[Vault]:
    """The same vault as another process sees it."""
    other = Vault(url, MasterKey.load(vault.master.path))
    yield other
    other.close()


def test_a_key_is_random_lasting_and_seen_by_everyone_at_once(vault: Vault, elsewhere: Vault) -> None:
    made = vault.create("d1")
    assert elsewhere.key("d1").secret == vault.create("d1").secret == made.secret
    assert vault.create("d2").secret != made.secret
    assert {name: key.secret for name, key in vault.keys(["d1", "d2", "d9"]).items()} == {
        name: vault.key(name).secret for name in ("d1", "d2")
    }


def test_a_document_without_a_key_is_a_clear_refusal(vault: Vault) -> None:
    with pytest.raises(KeyMissing, match="no key of document d9"):
        vault.key("d9")
    assert vault.absent("d9")


def test_destroying_takes_effect_everywhere_at_once_and_for_good(vault: Vault, elsewhere: Vault) -> None:
    vault.create("d1")
    assert elsewhere.key("d1").document_id == "d1"
    assert not elsewhere.absent("d1")
    at = vault.destroy({"d1": "C-2026-0001"})["d1"]
    assert elsewhere.absent("d1")
    assert elsewhere.keys(["d1"]) == {}
    for ask in (elsewhere.key, vault.key, elsewhere.create):
        with pytest.raises(KeyDestroyed) as refusal:
            ask("d1")
        assert refusal.value.extra == {"certificate_no": "C-2026-0001"}
    again = elsewhere.destroy({"d1": "C-2026-0002", "d2": "C-2026-0002"})
    assert again["d1"] == at
    assert sorted(vault.destroyed()) == [("d1", "C-2026-0001", at), ("d2", "C-2026-0002", again["d2"])]
    assert list(vault.destroyed(again["d2"] + timedelta(seconds=1))) == []
    vault.scrub()
    assert vault.absent("d1")


def test_destroying_what_has_no_key_forbids_that_it_ever_gets_one(vault: Vault) -> None:
    vault.destroy({"d1": "C-1"})
    with pytest.raises(KeyDestroyed):
        vault.create("d1")


def test_a_destroyed_key_is_not_left_in_the_file(tmp_path: Path, master: MasterKey) -> None:
    vault = Vault(f"sqlite:///{tmp_path}/vault.db", master)
    vault.prepare()
    for number in range(40):
        vault.create(f"d{number}")
    with sqlite3.connect(tmp_path / "vault.db") as plain:
        wrapped = dict(plain.execute("SELECT document_id, wrapped FROM vault_key").fetchall())
    plain.close()
    assert (tmp_path / "vault.db").stat().st_mode & 0o077 == 0
    assert wrapped["d7"] in (tmp_path / "vault.db").read_bytes()
    vault.destroy({"d7": "C-1"})
    vault.close()
    left = b"".join(path.read_bytes() for path in tmp_path.glob("vault.db*"))
    assert wrapped["d7"] not in left
    assert wrapped["d7"][13:40] not in left
    assert wrapped["d8"] in left


def test_orphans_are_the_old_keys_of_unknown_documents(vault: Vault) -> None:
    for name in ("d1", "d2", "d3"):
        vault.create(name)
    later = datetime.now(UTC) + timedelta(seconds=1)
    assert vault.orphans(["d2"], later) == ["d1", "d3"]
    assert vault.orphans([], later - timedelta(hours=1)) == []
    vault.forget_orphan("d1")
    assert vault.absent("d1")
    assert vault.create("d1").document_id == "d1"


def test_the_reading_connection_cannot_write(vault: Vault) -> None:
    with vault._reading.connect() as connection, pytest.raises(DBAPIError, match=r"(?i)read.?only"):
        connection.execute(text("DELETE FROM vault_key"))


def test_blind_numbers_need_the_vault_s_secret(vault: Vault, elsewhere: Vault, tmp_path: Path) -> None:
    blinded = vault.blind("id_no", "11010519491231002X")
    assert blinded == elsewhere.blind("id_no", "11010519491231002X")
    assert len(blinded) == 64
    stranger = Vault(f"sqlite:///{tmp_path}/other.db", vault.master)
    stranger.prepare()
    others = [vault.blind("phone", "11010519491231002X"), stranger.blind("id_no", "11010519491231002X")]
    assert blinded not in [*others, vault.blind("id_n", "o11010519491231002X")]
    stranger.close()


def test_own_values_open_in_their_place_only(vault: Vault, elsewhere: Vault) -> None:
    sealed = vault.seal_own("person/1/totp", b"secret")
    assert elsewhere.open_own("person/1/totp", sealed) == b"secret"
    with pytest.raises(Damaged, match="person/2/totp"):
        vault.open_own("person/2/totp", sealed)


def test_signing_keys_are_made_once_and_kept(vault: Vault, elsewhere: Vault) -> None:
    keys = SigningKeys(vault)
    person = keys.person("p1")
    assert SigningKeys(elsewhere).person("p1").public == person.public
    assert len({person.public, keys.person("p2").public, *(keys.installation(p).public for p in Purpose)}) == 2 + len(
        Purpose
    )


def test_threads_that_ask_at_once_get_one_secret(vault: Vault) -> None:
    made: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: made.append(vault.secret("s", lambda: os.urandom(32)))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1


def test_a_vault_with_another_master_key_is_refused(url: str, vault: Vault, tmp_path: Path) -> None:
    vault.create("d1")
    wrong = Vault(url, MasterKey.load(tmp_path / "wrong.key", create=True))
    for ask in (wrong.prepare, lambda: wrong.key("d1"), lambda: wrong.create("d2")):
        with pytest.raises(MasterKeyRefused, match=vault.master.id):
            ask()
    wrong.close()


def test_a_vault_is_known_to_stand_so_that_a_lost_master_key_is_not_made_anew(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/vault.db"
    assert not stands(url)
    Vault(url, MasterKey.load(tmp_path / "master.key", create=True)).close()
    assert stands(url)
    (tmp_path / "master.key").unlink()
    with pytest.raises(MasterKeyRefused, match="cannot be read"):
        MasterKey.load(tmp_path / "master.key", create=not stands(url))


def test_a_vault_that_does_not_answer_is_away(tmp_path: Path, master: MasterKey) -> None:
    vault = Vault(f"sqlite:///{tmp_path}/vault.db", master)
    vault.prepare()
    vault.close()
    (tmp_path / "vault.db").write_bytes(b"this is no database, " * 100)
    with pytest.raises(Away):
        vault.key("d1")


def test_the_export_is_remembered_for_the_key_in_force(vault: Vault, elsewhere: Vault) -> None:
    assert not vault.exported()
    vault.note_export()
    vault.note_export()
    assert elsewhere.exported()
    vault.rotate()
    assert not vault.exported()


def test_after_a_rotation_everything_opens_and_the_former_key_is_forgotten(vault: Vault, elsewhere: Vault) -> None:
    former, secret = vault.master.id, vault.create("d1").secret
    blinded, person = vault.blind("id_no", "1"), SigningKeys(vault).person("p1").public
    assert elsewhere.key("d1").secret == secret
    assert vault.rotate() == 3  # the document's key, the root, the person's key
    assert vault.master.id != former
    assert not vault.master.former
    assert elsewhere.key("d1").secret == vault.key("d1").secret == secret
    assert elsewhere.create("d2").secret == vault.key("d2").secret
    assert elsewhere.blind("id_no", "1") == blinded
    assert SigningKeys(elsewhere).person("p1").public == person


class Killer:
    """Kills this process at its n-th step: before each statement, each commit, each flush and each change of a file."""

    def __init__(self, at: int) -> None:
        self.left = at

    def step(self, *_ignored: object) -> None:
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1

    def before(self, act: Callable[..., None]) -> Callable[..., None]:
        def guarded(*args: object) -> None:
            self.step()
            act(*args)

        return guarded

    def arm(self, patch: pytest.MonkeyPatch) -> None:
        for name in ("before_cursor_execute", "commit"):
            event.listen(Engine, name, self.step)
        for name in ("fsync", "replace", "close"):
            patch.setattr(os, name, self.before(getattr(os, name)))


def rotate_in_child(url: str, path: Path, kill_at: int) -> bool:
    """Rotate in a process of its own that dies at that step; whether it came to the end instead."""
    child = os.fork()
    if child == 0:
        with pytest.MonkeyPatch.context() as patch:
            vault_module._BATCH = 2
            vault = Vault(url, MasterKey.load(path))
            Killer(kill_at).arm(patch)
            vault.rotate()
            os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def test_a_rotation_killed_at_any_step_leaves_everything_open_and_can_go_on(url: str, master: MasterKey) -> None:
    vault = Vault(url, master)
    vault.prepare()
    secrets = {f"d{number}": vault.create(f"d{number}").secret for number in range(5)}
    person = SigningKeys(vault).person("p1").public
    vault.close()
    step, ended = 0, False
    while not ended:
        ended = rotate_in_child(url, master.path, step)
        after = Vault(url, MasterKey.load(master.path))
        assert {name: key.secret for name, key in after.keys(secrets).items()} == secrets
        assert SigningKeys(after).person("p1").public == person
        secrets[f"n{step}"] = after.create(f"n{step}").secret
        if step % 3 == 0:
            after.rotate()
            assert not after.master.former
            assert {name: key.secret for name, key in after.keys(secrets).items()} == secrets
        after.close()
        step += 1
    assert step > 20
    assert not MasterKey.load(master.path).former
