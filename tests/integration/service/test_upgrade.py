"""From an earlier schema to this one: checked, backed up, whole or not at all; no old program at newer data (F32)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from alembic import command
from sqlalchemy import Engine, event, inspect, select, text, update

from archive.attendance import GONE_AFTER, Attendance, sign_in
from archive.audit import OPERATOR, Act, AuditEntry, record
from archive.backup import check
from archive.base import new_id, now
from archive.database import Database, Schema, alembic_config, newest_revision
from archive.errors import Conflict
from archive.house import House, open_house
from archive.log import sequence_all
from archive.masterkey import MasterKey
from archive.people import Department
from archive.restoring import restore
from archive.settings import Settings
from archive.upgrade import upgrade
from tests.integration.faults.killing import Say, run_killed, spread
from tests.servers import postgres_database

FIRST: Final = "0001"


def at_revision(database: Database, revision: str, go: Callable[..., None] = command.upgrade) -> None:
    with database.engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        go(config, revision)


@contextmanager
def old_house(data: Path, **settings: str) -> Iterator[House]:
    """An installation of the first revision, with a department and an entry of the log in it."""
    MasterKey.load(data / "keys" / "master.key", create=True)
    house = open_house(Settings(data=data, **settings))  # type: ignore[arg-type]
    at_revision(house.database, FIRST)
    house.vault.prepare()
    house.site.prepare()
    with house.database.transaction() as session:
        session.add(Department(id=new_id(), name="客户服务部", created_at=now()))
        record(session, OPERATOR, Act.SIGNED_IN, "somebody")
    yield house
    house.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """In either database."""
    if request.param == "sqlite":
        with old_house(tmp_path / "data") as house:
            yield house
    else:
        with postgres_database() as url, old_house(tmp_path / "data", database_url=url) as house:
            yield house


@pytest.fixture
def elsewhere(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "sets", tmp_path / "keys"


def standing(house: House) -> tuple[str, list[str], list[str]]:
    """What can be seen of the rows' state: revision, tables with their columns, names of departments."""
    seen = inspect(house.database.engine)
    columns = [
        f"{name}.{column['name']}" for name in sorted(seen.get_table_names()) for column in seen.get_columns(name)
    ]
    with house.database.reading() as session:
        return str(house.database.revision()[0]), columns, list(session.scalars(select(Department.name)))


def test_an_upgrade_backs_up_migrates_and_is_in_the_log(old: House, elsewhere: tuple[Path, Path]) -> None:
    steps: list[str] = []
    done = upgrade(old, *elsewhere, steps.append)
    assert (done.before, done.after) == (FIRST, newest_revision())
    assert [step[:3] for step in steps] == ["1/3", "2/3", "3/3"]
    assert done.made
    assert not check(done.made.folder)["objects"]
    check(done.made.keys)
    assert old.database.schema() is Schema.CURRENT
    with old.database.transaction() as session:
        sequence_all(session)
        acts = session.scalars(select(AuditEntry.action).order_by(AuditEntry.leaf_index)).all()
        assert session.scalars(select(Department.name)).all() == ["客户服务部"]
    assert acts == [Act.SIGNED_IN, Act.BACKUP_MADE, Act.INSTALLATION_UPGRADED]
    again = upgrade(old, *elsewhere)
    assert (again.before, again.made) == (newest_revision(), None)


def test_killed_at_any_statement_the_old_state_stands_or_the_new_one(old: House, elsewhere: tuple[Path, Path]) -> None:
    before = standing(old)
    old.database.engine.dispose()

    def upgraded(at: int) -> Callable[[House, Say], None]:
        """An upgrade that is killed before its statement `at`; tells how many there were."""

        def work(house: House, say: Say) -> None:
            seen: list[str] = []

            def each(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:  # noqa: ANN401 - as SQLAlchemy calls it
                seen.append(statement)
                if len(seen) == at:
                    os.kill(os.getpid(), signal.SIGKILL)

            event.listen(Engine, "before_cursor_execute", each)
            upgrade(house, *elsewhere)
            say(len(seen))

        return work

    killed_at = [3, 40, *spread(260, 7)[1:]]
    for at in killed_at:
        run = run_killed(old.settings, upgraded(at))
        if old.database.schema() is Schema.CURRENT:
            break
        assert run.signal == signal.SIGKILL
        assert standing(old) == before
        old.database.engine.dispose()
    assert run_killed(old.settings, upgraded(0)).signal == 0
    assert old.database.schema() is Schema.CURRENT
    assert standing(old)[2] == before[2]
    upgrade(old, *elsewhere)


def test_nothing_opens_older_data_but_the_upgrade(old: House) -> None:
    with pytest.raises(Conflict, match="anjuan upgrade FOLDER") as refused:
        old.prepare()
    assert refused.value.code == "schema_older"


def test_an_old_program_refuses_newer_data_and_says_what_to_do(old: House, elsewhere: tuple[Path, Path]) -> None:
    old.database.migrate()
    with old.database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = standing(old)
    for act in (old.prepare, old.database.migrate, lambda: upgrade(old, *elsewhere)):
        with pytest.raises(Conflict, match=r"9999.*Install the newer version again") as refused:
            act()
        assert refused.value.code == "schema_newer"
    assert standing(old) == before
    assert not elsewhere[0].exists()


def test_the_commands_and_the_worker_refuse_with_status_2(tmp_path: Path) -> None:
    with old_house(tmp_path / "data") as house:
        house.database.migrate()
        with house.database.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    env = os.environ | {"ANJUAN_DATA": str(tmp_path / "data")}
    for words in (
        ["-c", "from service.cli import main; main()", "status"],
        ["-m", "workers.main", "--queues", "light"],
    ):
        done = subprocess.run(
            [sys.executable, *words], env=env, capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert "Install the newer version again" in done.stderr
        assert "Traceback" not in done.stderr


def test_an_upgrade_waits_for_no_worker_but_refuses_while_one_is_at_work(
    old: House, elsewhere: tuple[Path, Path]
) -> None:
    at_revision(old.database, "0014")  # the first that knows who is at work
    with old.database.transaction() as session:
        sign_in(session, "reader:7", ["read"], "bubblewrap", "0.1.0")
    with pytest.raises(Conflict, match="reader:7"):
        upgrade(old, *elsewhere)
    assert not elsewhere[0].exists()
    with old.database.transaction() as session:
        session.execute(update(Attendance).values(seen_at=now() - GONE_AFTER * 2))
    assert upgrade(old, *elsewhere).after == newest_revision()


def test_the_set_of_an_upgrade_goes_back_and_comes_forward_again(tmp_path: Path, elsewhere: tuple[Path, Path]) -> None:
    with old_house(tmp_path / "data") as house:
        made = upgrade(house, *elsewhere).made
        settings = house.settings
    assert made
    for place in ("rows", "keys/keys.sqlite"):
        (settings.data / place).rename(tmp_path / place.rpartition("/")[2])
    restore(settings, made.folder, made.keys)
    house = open_house(settings)
    assert house.database.schema() is Schema.OLDER
    assert house.database.revision()[0] == FIRST
    house.prepare(migrate=True)
    assert standing(house)[2] == ["客户服务部"]
    house.close()
