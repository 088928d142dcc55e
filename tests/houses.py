"""Installations for tests: a folder with SQLite, or PostgreSQL with MinIO; and people in them by name."""

from __future__ import annotations

import io
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path

from archive.access import Actor
from archive.audit import OPERATOR
from archive.base import now
from archive.customers import CustomerKind, create_customer
from archive.database import Database
from archive.documents import Document
from archive.folders import create_folder
from archive.house import House, open_house
from archive.intake import Order, take_in
from archive.masterkey import MasterKey
from archive.people import actor_for, create_person
from archive.rights import Confidentiality, Role
from archive.settings import Settings
from archive.stores import open_site
from archive.stores.port import Bucket, Credential
from tests.servers import postgres_database, s3_site

PNG = b"\x89PNG\r\n\x1a\n"
"""What makes a file a PNG to the door; nobody opens it there."""


@dataclass
class Home:
    """An installation, the people in it, and the environment that a child process needs to open it too."""

    house: House
    env: dict[str, str]
    people: dict[str, Actor] = field(default_factory=dict)

    def person(
        self,
        name: str,
        *roles: Role,
        department: str = "sales",
        clearance: Confidentiality = Confidentiality.CONFIDENTIAL,
    ) -> Actor:
        """The actor of that name, made on first use."""
        if name not in self.people:
            with self.house.database.transaction() as session:
                person, _ = create_person(
                    session, OPERATOR, name=name, roles=roles, department=department, clearance=clearance,
                    password="a pass phrase of " + name,
                )  # fmt: skip
                held = actor_for(person, scopes=frozenset({"read", "write"}), fresh_until=None)
            self.people[name] = held
        return self.people[name]

    @property
    def clerk(self) -> Actor:
        """Puts scans in."""
        return self.person("clerk", Role.SCANNER)

    @property
    def officer(self) -> Actor:
        """Keeps the records."""
        return self.person("officer", Role.OFFICER, clearance=Confidentiality.SECRET)

    def signing(self, actor: Actor) -> Actor:
        """The actor, freshly signed in."""
        return replace(actor, fresh_until=now() + timedelta(minutes=5))

    def put(self, body: bytes, *, name: str = "scan.png", key: str = "", **where: str) -> Document:
        """A file taken in by the clerk."""
        order = Order(file_name=name, idempotency_key=key, **where)
        return take_in(self.house, self.clerk, order, io.BytesIO(body))[0]

    def folder(self, *, department: str = "sales", level: Confidentiality = Confidentiality.INTERNAL) -> str:
        """A new customer's new folder."""
        with self.house.database.transaction() as session:
            customer = create_customer(
                session, self.officer, self.house.vault, kind=CustomerKind.COMPANY, name=f"公司{secrets.token_hex(4)}"
            )
            return create_folder(
                session, self.officer, customer_id=customer.id, title="matter", department=department,
                retention_class="CT-GEN", confidentiality=level, fonds="A001", year=2026,
            ).id  # fmt: skip


def png(number: int, length: int = 300) -> bytes:
    """Bytes that the door takes for a picture, different for each number."""
    return PNG + b"%d;" % number * (length // 3)


@contextmanager
def home_of(env: dict[str, str]) -> Iterator[Home]:
    """The installation that these settings (without their `ANJUAN_`) describe, prepared and closed afterwards."""
    if "DATABASE_URL" not in env:
        _lay_rows(Path(env["DATA"]) / "rows" / "anjuan.sqlite")
    house = open_house(Settings(**{name.lower(): value for name, value in env.items()}))  # type: ignore[arg-type]
    house.prepare()
    try:
        yield Home(house, {f"ANJUAN_{name}": value for name, value in env.items()})
    finally:
        house.close()


def _lay_rows(place: Path) -> None:
    """A new installation begins with a copy of migrated rows: every revision runs once for a test process."""
    if not place.exists():
        place.parent.mkdir(mode=0o700, parents=True)
        place.write_bytes(_migrated_rows())


@cache
def _migrated_rows() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/rows.sqlite")
        database.migrate()
        database.close()
        return (Path(folder) / "rows.sqlite").read_bytes()


@contextmanager
def embedded(folder: Path) -> Iterator[Home]:
    """SQLite and a folder of objects."""
    with home_of({"DATA": str(folder)}) as home:
        yield home


@contextmanager
def on_postgres(folder: Path, template: str) -> Iterator[Home]:
    """Rows in PostgreSQL, a copy of the migrated database `template`; keys and objects in the folder."""
    MasterKey.load(folder / "keys" / "master.key", create=True)
    with copied_database(template) as rows, home_of({"DATA": str(folder), "DATABASE_URL": rows}) as home:
        yield home


@contextmanager
def distributed(folder: Path, template: str) -> Iterator[Home]:
    """PostgreSQL for rows and keys, MinIO for objects, in databases and buckets of its own."""
    MasterKey.load(folder / "keys" / "master.key", create=True)  # this profile never makes one by itself
    with (
        copied_database(template) as rows,
        postgres_database() as keys,
        buckets() as stores,
        home_of({"DATA": str(folder), "DATABASE_URL": rows, "KEYS_URL": keys, **stores}) as home,
    ):
        yield home


@contextmanager
def migrated_database() -> Iterator[str]:
    """A database with the present schema and nothing in it, to be copied."""
    with postgres_database() as url:
        database = Database(url)
        database.migrate()
        database.close()
        yield url


@contextmanager
def copied_database(template: str) -> Iterator[str]:
    """A copy of a database that nobody is connected to."""
    with postgres_database(template.rpartition("/")[2]) as url:
        yield url


@contextmanager
def buckets() -> Iterator[dict[str, str]]:
    """Three buckets of a new prefix, emptied afterwards as far as their locks allow."""
    site, prefix = s3_site("minio"), f"anjuan-t{secrets.token_hex(6)}"
    rooted, write, destroy, verify = (
        f"{url.rpartition('/')[0]}/{prefix}" for url in (site.root, site.write, site.destroy, site.verify)
    )
    open_site(rooted, Credential.WRITE).prepare()
    yield {"STORE_URL": write, "STORE_DESTROY_URL": destroy, "STORE_VERIFY_URL": verify}
    eraser = open_site(destroy, Credential.DESTROY)
    for bucket in (Bucket.RECORDS, Bucket.RENDITIONS):
        for found in list(eraser.keys(bucket)):
            for version in eraser.versions(bucket, found.key):
                eraser.purge(bucket, found.key, version.version)
