"""versitygw: a second, differently made S3 server over a plain folder; bucket policies give the three credentials."""

from __future__ import annotations

from typing import Final

from minio import Minio

from archive.stores.port import Bucket
from deploy.local.buckets import (
    CREDENTIALS,
    bucket_policy,
    credential_urls,
    make_buckets,
    prefix_of,
    site_url,
    user_of,
)
from deploy.local.places import BIN, VAR, Facts
from deploy.local.processes import LOCALHOST, free_port, healthy, launch, password, run, stop, wait_until

NAME: Final = "versitygw"
FOLDER: Final = VAR / NAME
ROOT_USER: Final = "anjuan-root"
PROGRAM: Final = BIN / "versitygw"


def lacks() -> list[str]:
    """What is missing here, each with its remedy."""
    return [] if PROGRAM.exists() else ["versitygw is not built: python -m deploy.local.servers install (needs go)"]


def choose() -> Facts:
    """Port and secrets of a new server."""
    secrets = {credential: password() for credential in CREDENTIALS}
    return {"port": free_port(), "password": password(), "secrets": secrets}


def start(facts: Facts) -> None:
    """Start the gateway over neighbouring folders, then make its accounts."""
    folders = {name: FOLDER / name for name in ("data", "versions", "accounts")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    env = {"ROOT_ACCESS_KEY": ROOT_USER, "ROOT_SECRET_KEY": facts["password"]}
    argv = [str(PROGRAM), "--port", f"{LOCALHOST}:{facts['port']}", "--health", "/health", "--quiet"]
    argv += ["--iam-dir", str(folders["accounts"])]
    argv += ["posix", "--versioning-dir", str(folders["versions"]), str(folders["data"])]
    launch(facts, argv, folder=FOLDER, env=env)
    wait_until(lambda: answers(facts), facts, NAME, FOLDER)
    _make_accounts(facts)


def _make_accounts(facts: Facts) -> None:
    there = _admin(facts, "list-users")
    for credential, secret in facts["secrets"].items():
        user = user_of(credential)
        if user not in there:
            _admin(facts, "create-user", "--access", user, "--secret", secret, "--role", "user")


def _admin(facts: Facts, *words: str) -> str:
    argv = [str(PROGRAM), "admin", "--endpoint-url", f"http://{LOCALHOST}:{facts['port']}", *words]
    return run(argv, env={"ADMIN_ACCESS_KEY": ROOT_USER, "ADMIN_SECRET_KEY": facts["password"]})


def answers(facts: Facts) -> bool:
    """Whether the gateway says it is well."""
    return healthy(facts["port"], "/health")


def end(facts: Facts) -> None:
    """Stop the gateway."""
    stop(facts)


def make_room(facts: Facts, room: str) -> None:
    """The three buckets of a prefix, each with its policy."""
    make_buckets(_root_url(facts, room))
    address = f"{LOCALHOST}:{facts['port']}"
    client = Minio(address, access_key=ROOT_USER, secret_key=facts["password"], secure=False)
    for bucket in Bucket:
        client.set_bucket_policy(bucket_name=f"{prefix_of(room)}-{bucket}", policy=bucket_policy(room, bucket))


def _root_url(facts: Facts, room: str) -> str:
    return site_url(facts["port"], ROOT_USER, facts["password"], room)


def exports(facts: Facts, room: str) -> dict[str, str]:
    """The variables that lead to this server, as the store of the room and as one of the tests' stores."""
    urls = credential_urls(facts, room)
    named = {f"ANJUAN_STORE{suffix}_URL": url for suffix, url in urls.items()}
    tests = {f"ANJUAN_TEST_VERSITYGW{suffix}_URL": url for suffix, url in urls.items()}
    return {**named, **tests, "ANJUAN_TEST_VERSITYGW_ROOT_URL": _root_url(facts, room)}
