"""Writes the next revision of the schema from the difference between the rows and the newest revision.

python -m deploy.revision "what changed"
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import tempfile
from pathlib import Path

from alembic import command

import archive
import indexes
import retention
from archive.database import MIGRATIONS, Database, alembic_config


def load_rows() -> None:
    """Import every module that may hold a table."""
    for package in (archive, retention, indexes):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if ".migrations" not in module.name and not module.name.endswith(".verify"):
                importlib.import_module(module.name)


def main() -> int:
    """One revision, made on a scratch SQLite brought to the newest one first."""
    load_rows()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'scratch.sqlite'}")
        database.migrate()
        with database.engine.begin() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            number = len(list((MIGRATIONS / "versions").glob("0*.py"))) + 1
            command.revision(config, message=sys.argv[1], autogenerate=True, rev_id=f"{number:04d}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
