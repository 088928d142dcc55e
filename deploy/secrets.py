"""Makes the secrets of the composed profile, once: `python -m deploy.secrets`. What is there is never overwritten.

A composed secret is a bind mount that keeps its owner on the host, so the files are given to the account that the
containers run as; that takes root. MinIO's three users are made from the policies in `deploy/policies/` with `mc`, as
`docs/guide.md` shows.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from typing import Final

from archive.masterkey import MasterKey

FOLDER: Final = Path(__file__).resolve().parent / "secrets"

CONTAINER: Final = 999
"""The account in the image (deploy/image/Dockerfile), in PostgreSQL's and in RabbitMQ's."""


def contents() -> dict[str, str]:
    """Every file and what it holds."""
    rows, root, bell = (secrets.token_urlsafe(24) for _ in range(3))
    users = {name: secrets.token_urlsafe(24) for name in ("write", "destroy", "verify")}
    store = {name: f"s3+http://anjuan-{name}:{secret}@minio:9000/anjuan" for name, secret in users.items()}
    return {
        "postgres_password": rows,
        "anjuan_database_url": f"postgresql+psycopg://anjuan:{rows}@postgres:5432/anjuan",
        "anjuan_keys_url": f"postgresql+psycopg://anjuan:{rows}@postgres:5432/anjuan_keys",
        "minio_root_user": "anjuan-root",
        "minio_root_password": root,
        "anjuan_store_url": store["write"],
        "anjuan_store_destroy_url": store["destroy"],
        "anjuan_store_verify_url": store["verify"],
        "anjuan_broker_url": f"amqp://anjuan:{bell}@rabbitmq:5672//",
        "rabbitmq.conf": f"default_user = anjuan\ndefault_pass = {bell}\n",
    }


def second() -> dict[str, str]:
    """The same for a second site (docker-compose.second-site.yml)."""
    users = {name: secrets.token_urlsafe(24) for name in ("write", "destroy", "verify")}
    address = "s3+http://anjuan-{}:{}@minio-second:9000/anjuan"
    root = {"second_root_user": "anjuan-second-root", "second_root_password": secrets.token_urlsafe(24)}
    return {f"second_{name}": address.format(name, secret) for name, secret in users.items()} | root


def main(words: list[str] | None = None) -> int:
    """Write the files, readable by the containers' account alone."""
    further = (sys.argv[1:] if words is None else words) == ["--second"]
    if os.geteuid() != 0:
        print("Run this as root: the secrets are to belong to the containers' account.", file=sys.stderr)
        return 1
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    if any(FOLDER.glob("second_*") if further else FOLDER.iterdir()):
        print(f"{FOLDER} has secrets already; nothing was changed.", file=sys.stderr)
        return 1
    for name, content in (second() if further else contents()).items():
        path = FOLDER / name
        path.touch(mode=0o600)
        path.write_text(content, encoding="utf-8")
    if not further:
        MasterKey.load(FOLDER / "master_key", create=True)
    for path in FOLDER.iterdir():
        os.chown(path, CONTAINER, CONTAINER)
    print(f"Secrets stand in {FOLDER}. Put a copy of master_key into a safe.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
