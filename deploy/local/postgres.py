"""PostgreSQL: Debian's binaries, or those on PATH. It refuses root, so root lends it the `postgres` account."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from deploy.local.places import VAR, Facts
from deploy.local.processes import LOCALHOST, free_port, launch, listens, password, run, stop, wait_until

NAME: Final = "postgres"
FOLDER: Final = VAR / NAME
DATA: Final = FOLDER / "data"
ROLES: Final = ("anjuan", "anjuan_keys")


def _binary(name: str) -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    on_path = shutil.which(name)
    return found[-1] if found else Path(on_path) if on_path else None


def _user() -> str:
    return "postgres" if os.geteuid() == 0 else ""


def lacks() -> list[str]:
    """What is missing here, each with its remedy."""
    return [] if _binary("postgres") else ["PostgreSQL is not installed: apt-get install postgresql"]


def choose() -> Facts:
    """Port and passwords of a new server."""
    return {
        "port": free_port(),
        "password": password(),
        "roles": {role: password() for role in ROLES},
    }


def start(facts: Facts) -> None:
    """Make the cluster if there is none, start it, make the two roles."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not DATA.exists():
        _initialise(facts)
    argv = [str(_binary("postgres")), "-D", str(DATA), "-p", str(facts["port"]), "-h", LOCALHOST]
    launch(facts, [*argv, "-k", str(DATA), "-c", "max_connections=300"], folder=FOLDER, user=_user())
    wait_until(lambda: answers(facts), facts, NAME, FOLDER)
    _make_roles(facts)


def _initialise(facts: Facts) -> None:
    secret = FOLDER / "password"
    secret.write_text(facts["password"], "ascii")
    if _user():
        shutil.chown(FOLDER, _user())
        shutil.chown(secret, _user())
    secret.chmod(0o600)
    argv = [str(_binary("initdb")), "-A", "scram-sha-256", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"]
    run([*argv, f"--pwfile={secret}", "-D", str(DATA)], user=_user())
    secret.unlink()


def _connect(facts: Facts, database: str = "postgres") -> psycopg.Connection:
    return psycopg.connect(
        host=LOCALHOST,
        port=facts["port"],
        user="postgres",
        password=facts["password"],
        dbname=database,
        autocommit=True,
        connect_timeout=3,
    )


def _make_roles(facts: Facts) -> None:
    with _connect(facts) as connection:
        there = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        for role, secret in facts["roles"].items():
            if role not in there:
                order = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
                connection.execute(order.format(sql.Identifier(role), sql.Literal(secret)))


def answers(facts: Facts) -> bool:
    """Whether a superuser can sign in."""
    if not listens(facts["port"]):
        return False
    try:
        _connect(facts).close()
    except psycopg.OperationalError:
        return False
    return True


def end(facts: Facts) -> None:
    """Fast shutdown: sessions are cut, nothing committed is lost."""
    stop(facts, signal.SIGINT)


def make_room(facts: Facts, room: str) -> None:
    """Two databases of their own, one for rows and one for keys, each closed to the other's role."""
    with _connect(facts) as connection:
        there = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        for database, role in _databases(room).items():
            if database not in there:
                _make_database(connection, database, role)


def _databases(room: str) -> dict[str, str]:
    stem = room.replace("-", "_")
    return {stem: ROLES[0], f"{stem}_keys": ROLES[1]}


def _make_database(connection: psycopg.Connection, database: str, role: str) -> None:
    named = sql.Identifier(database)
    connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(named, sql.Identifier(role)))
    connection.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(named))


def exports(facts: Facts, room: str) -> dict[str, str]:
    """The variables that lead to this server."""
    address = f"{LOCALHOST}:{facts['port']}"
    urls = [
        f"postgresql+psycopg://{role}:{facts['roles'][role]}@{address}/{database}"
        for database, role in _databases(room).items()
    ]
    superuser = f"postgresql+psycopg://postgres:{facts['password']}@{address}/postgres"
    return {"ANJUAN_DATABASE_URL": urls[0], "ANJUAN_KEYS_URL": urls[1], "ANJUAN_TEST_POSTGRES_URL": superuser}
