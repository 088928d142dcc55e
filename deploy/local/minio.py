"""MinIO: the community server of its last commit, with the three credentials of a site as IAM users."""

from __future__ import annotations

from typing import Final

from deploy.local.buckets import CREDENTIALS, credential_urls, make_buckets, rooms_policy, site_url, user_of
from deploy.local.places import BIN, VAR, Facts
from deploy.local.processes import LOCALHOST, free_port, healthy, launch, password, run, stop, wait_until

NAME: Final = "minio"
FOLDER: Final = VAR / NAME
ROOT_USER: Final = "anjuan-root"


def lacks() -> list[str]:
    """What is missing here, each with its remedy."""
    missing = [program for program in ("minio", "mc") if not (BIN / program).exists()]
    return [f"{program} is not built: python -m deploy.local.servers install (needs go)" for program in missing]


def choose() -> Facts:
    """Ports and secrets of a new server."""
    secrets = {credential: password() for credential in CREDENTIALS}
    return {"port": free_port(), "console": free_port(), "password": password(), "secrets": secrets}


def start(facts: Facts) -> None:
    """Start the server, then make its users and their policies."""
    (FOLDER / "data").mkdir(parents=True, exist_ok=True)
    env = {"MINIO_ROOT_USER": ROOT_USER, "MINIO_ROOT_PASSWORD": facts["password"], "MINIO_CI_CD": "1"}
    argv = [str(BIN / "minio"), "server", str(FOLDER / "data"), "--quiet"]
    argv += ["--address", f"{LOCALHOST}:{facts['port']}", "--console-address", f"{LOCALHOST}:{facts['console']}"]
    launch(facts, argv, folder=FOLDER, env=env)
    wait_until(lambda: answers(facts), facts, NAME, FOLDER)
    _make_users(facts)


def _make_users(facts: Facts) -> None:
    site = f"http://{ROOT_USER}:{facts['password']}@{LOCALHOST}:{facts['port']}"
    for credential, secret in facts["secrets"].items():
        user, policy = user_of(credential), f"site-{credential}"
        document = FOLDER / f"{policy}.json"
        document.write_text(rooms_policy(credential), "utf-8")
        _admin(site, "policy", "create", "site", policy, str(document))
        _admin(site, "user", "add", "site", user, secret)
        if policy not in _admin(site, "user", "info", "site", user):
            _admin(site, "policy", "attach", "site", policy, "--user", user)


def _admin(site: str, *words: str) -> str:
    argv = [str(BIN / "mc"), "--config-dir", str(FOLDER / "mc"), "admin", *words]
    return run(argv, env={"MC_HOST_site": site})


def answers(facts: Facts) -> bool:
    """Whether the server can read and write."""
    return healthy(facts["port"], "/minio/health/cluster")


def end(facts: Facts) -> None:
    """Stop the server."""
    stop(facts)


def make_room(facts: Facts, room: str) -> None:
    """The three buckets of a prefix."""
    make_buckets(_root_url(facts, room))


def _root_url(facts: Facts, room: str) -> str:
    return site_url(facts["port"], ROOT_USER, facts["password"], room)


def exports(facts: Facts, room: str) -> dict[str, str]:
    """The variables that lead to this server, as the store of the room and as one of the tests' stores."""
    urls = credential_urls(facts, room)
    named = {f"ANJUAN_STORE{suffix}_URL": url for suffix, url in urls.items()}
    tests = {f"ANJUAN_TEST_MINIO{suffix}_URL": url for suffix, url in urls.items()}
    return {**named, **tests, "ANJUAN_TEST_MINIO_ROOT_URL": _root_url(facts, room)}
