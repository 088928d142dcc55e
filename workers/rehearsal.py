"""The scratch environment of a drill: rows, keys, objects and index of its own, gone with it.

The real installation is read, and never written: its objects by the credential that only reads, its witness as a copy.
On PostgreSQL the scratch databases are made beside the real ones, by a name that nothing else has.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import DBAPIError

from archive.errors import Away
from archive.settings import Settings

PREFIX: Final = "anjuan_drill_"


@contextmanager
def scratch_settings(real: Settings, manifest: dict[str, Any], place: Path | None) -> Iterator[Settings]:
    """Settings of an empty installation for this set, in a folder below `place`. Away where none can be made."""
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="anjuan-drill-", dir=place)))
        held.callback(make_removable, folder)
        data = folder / "data"
        data.mkdir(mode=0o700)
        if real.witness_folder.is_dir():
            shutil.copytree(real.witness_folder, folder / "witness")
        reading = "" if manifest["objects"] else real.store_verify_url or real.store_url
        yield real.model_copy(
            update={
                "data": data,
                "database_url": held.enter_context(_beside(real.database_url)),
                "keys_url": held.enter_context(_beside(real.keys_url)),
                "master_key_file": real.master_key,
                "store_url": reading,
                "store_verify_url": reading,
                "store_destroy_url": "",
                "search_url": "",
                "broker_url": "",
                "witness": folder / "witness",
                "watch": None,
            }
        )


def make_removable(folder: Path) -> None:
    """Objects lie there read-only: their folders are opened so that all of it can be removed."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(0o700)


@contextmanager
def _beside(url: str) -> Iterator[str]:
    """An empty database on the same server; for SQLite none is needed, the data folder has its own."""
    parsed = make_url(url) if url else None
    if parsed is None or parsed.get_backend_name() == "sqlite":
        yield ""
        return
    name = f"{PREFIX}{secrets.token_hex(8)}"
    _run(url, f'CREATE DATABASE "{name}"')
    try:
        yield parsed.set(database=name).render_as_string(hide_password=False)
    finally:
        _run(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _run(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", hide_parameters=True)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
    except DBAPIError as error:
        problem = str(error.orig).partition("\n")[0]
        raise Away(f"A drill needs a database of its own ({problem}). Let its account make one: CREATEDB.") from error
    finally:
        engine.dispose()
