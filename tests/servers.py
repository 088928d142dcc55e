"""The real servers that integration tests speak to: named by the environment, or running from `make servers`.

A missing server skips its tests aloud; with ANJUAN_REQUIRE_SERVERS=1 it fails them.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql

from deploy.local.servers import running_exports


def server_url(variable: str) -> str:
    """The value of one ANJUAN_TEST_… variable, from the environment or from the servers that run here."""
    value = os.environ.get(variable) or running_exports().get(variable)
    if value:
        return value
    missing = f"{variable} is not set and no such server runs here; start it with: make servers"
    if os.environ.get("ANJUAN_REQUIRE_SERVERS") == "1":
        pytest.fail(missing)
    pytest.skip(missing)


@dataclass(frozen=True)
class SiteUrls:
    """The addresses of one S3 site, one for each credential."""

    write: str
    destroy: str
    verify: str
    root: str


def s3_site(server: str) -> SiteUrls:
    """The site of `minio` or `versitygw`."""
    begin = f"ANJUAN_TEST_{server.upper()}"
    return SiteUrls(*(server_url(f"{begin}{suffix}_URL") for suffix in ("", "_DESTROY", "_VERIFY", "_ROOT")))


def redis_url() -> str:
    """Database 0, which no room uses."""
    return server_url("ANJUAN_TEST_REDIS_URL")


def rabbitmq_url() -> str:
    """The default virtual host, which no room uses."""
    return server_url("ANJUAN_TEST_RABBITMQ_URL")


def opensearch_url() -> str:
    """Choose an index prefix of your own there."""
    return server_url("ANJUAN_TEST_OPENSEARCH_URL")


@contextmanager
def postgres_database(template: str = "template1") -> Iterator[str]:
    """A new database, empty or a copy of another, as a SQLAlchemy address; dropped afterwards."""
    superuser = server_url("ANJUAN_TEST_POSTGRES_URL")
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(superuser.replace("+psycopg", "", 1), autocommit=True) as connection:
        order = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(order.format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield superuser.rpartition("/")[0] + f"/{name}"
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
