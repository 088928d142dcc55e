from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from archive.stores.port import Bucket
from deploy.local import buckets, opensearch, places, processes, redis, servers

SITE_SECRETS = {"write": "w", "destroy": "d", "verify": "v"}
FACTS: dict[str, places.Facts] = {
    "postgres": {"port": 1, "password": "p", "roles": {"anjuan": "a", "anjuan_keys": "k"}},
    "rabbitmq": {"port": 2, "password": "p"},
    "redis": {"port": 3, "password": "p", "rooms": {"anjuan": 1, "life": 2}},
    "minio": {"port": 4, "password": "p", "secrets": SITE_SECRETS},
    "versitygw": {"port": 5, "password": "p", "secrets": SITE_SECRETS},
    "opensearch": {"base": 6},
}


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(places, "VAR", tmp_path)
    monkeypatch.setattr(places, "STATE", tmp_path / "state.json")
    return tmp_path / "state.json"


def remembered_as_running() -> None:
    me = {"pid": os.getpid(), "born": processes.birth(os.getpid())}
    places.save_state({name: {**facts, **me} for name, facts in FACTS.items()})


@pytest.mark.parametrize(
    ("profile", "store", "broker"),
    [
        ("first", ":4/anjuan-life", "amqp://anjuan:p@127.0.0.1:2/life"),
        ("second", ":5/anjuan-life", "redis://:p@127.0.0.1:3/2"),
    ],
)
def test_a_profile_says_which_of_two_servers_is_meant(state: Path, profile: str, store: str, broker: str) -> None:
    remembered_as_running()
    found = servers.running_exports(profile, "life")
    assert found["ANJUAN_STORE_URL"].endswith(store)
    assert found["ANJUAN_BROKER_URL"] == broker
    assert found["ANJUAN_DATABASE_URL"] == "postgresql+psycopg://anjuan:a@127.0.0.1:1/life"
    assert found["ANJUAN_KEYS_URL"] == "postgresql+psycopg://anjuan_keys:k@127.0.0.1:1/life_keys"
    assert found["ANJUAN_SEARCH_PREFIX"] == "life"


def test_what_ended_is_not_exported(state: Path) -> None:
    remembered_as_running()
    told = json.loads(state.read_text("utf-8"))
    told["redis"]["born"] = "another process"
    places.save_state(told)
    assert "ANJUAN_TEST_REDIS_URL" not in servers.running_exports()


def test_the_state_holds_passwords_and_is_for_its_owner_alone(state: Path) -> None:
    places.save_state(FACTS)
    assert state.stat().st_mode & 0o777 == 0o600
    assert places.load_state() == FACTS


def test_up_prints_export_lines_alone(
    state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered_as_running()
    monkeypatch.setattr(sys, "argv", ["servers", "env"])
    assert servers.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all(re.fullmatch(r"export ANJUAN_[A-Z_]+=\S+", line) for line in lines)


@pytest.mark.parametrize("room", ["Life", "1life", "a_b", "a" * 22, "anjuan", "postgres"])
def test_a_room_has_a_name_that_every_server_takes_and_nobody_has(
    state: Path, monkeypatch: pytest.MonkeyPatch, room: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["servers", "fresh", room])
    assert servers.main() == 2


def test_each_room_has_a_redis_database_of_its_own() -> None:
    facts: places.Facts = {"rooms": {}}
    for room in ("anjuan", "life", "other", "life"):
        redis.make_room(facts, room)
    assert facts["rooms"] == {"anjuan": 1, "life": 2, "other": 3}


def test_a_process_is_known_by_its_birth_and_stopped_by_its_id(tmp_path: Path) -> None:
    facts: places.Facts = {}
    processes.launch(facts, [sys.executable, "-c", "import time; time.sleep(60)"], folder=tmp_path)
    assert processes.alive(facts)
    assert not processes.alive({**facts, "born": "0"})
    processes.stop(facts)
    assert not processes.alive(facts)


def test_a_server_that_dies_at_once_is_told_with_its_log(tmp_path: Path) -> None:
    facts: places.Facts = {}
    processes.launch(facts, [sys.executable, "-c", "raise SystemExit('no')"], folder=tmp_path)
    with pytest.raises(processes.CannotStart, match=r"server\.log"):
        processes.wait_until(lambda: False, facts, "some", tmp_path, seconds=20)
    processes.stop(facts)
    assert (tmp_path / "server.log").read_text() == "no\n"


def test_ports_that_somebody_took_are_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        facts: places.Facts = {"port": other.getsockname()[1], "password": "kept"}
        servers._leave_taken_ports(servers.SERVERS["redis"], facts)
        assert facts["port"] != other.getsockname()[1]
    assert facts["password"] == "kept"


def test_opensearch_is_given_no_port_that_its_runner_refuses() -> None:
    assert opensearch.choose()["base"] + 1 <= 9299


@pytest.mark.parametrize("bucket", Bucket)
def test_a_bucket_policy_names_each_credential_and_that_bucket_alone(bucket: Bucket) -> None:
    statements = json.loads(buckets.bucket_policy("life", bucket))["Statement"]
    assert {one["Principal"]["AWS"][0] for one in statements} == {"anjuan-write", "anjuan-destroy", "anjuan-verify"}
    assert {one["Resource"].removesuffix("/*") for one in statements} == {f"arn:aws:s3:::anjuan-life-{bucket}"}


ELSEWHERE = """
import sys
from pathlib import Path
from deploy.local import places
places.VAR = Path(sys.argv.pop())
places.STATE = places.VAR / "state.json"
from deploy.local import servers
sys.exit(servers.main())
"""
ERASING = {"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"}


@pytest.mark.parametrize(
    ("credential", "may", "may_not"),
    [
        ("write", {"s3:PutObject"}, ERASING),
        ("destroy", ERASING, {"s3:PutObject"}),
        ("verify", {"s3:GetObject"}, ERASING | {"s3:PutObject", "s3:PutObjectRetention", "s3:PutObjectLegalHold"}),
    ],
)
def test_the_policies_part_writing_from_erasing(credential: str, may: set[str], may_not: set[str]) -> None:
    document = json.loads((places.POLICIES / f"{credential}.json").read_text("utf-8"))
    actions = {action for statement in document["Statement"] for action in statement["Action"]}
    assert may <= actions
    assert not may_not & actions
    assert not any("*" in action for action in actions)


def test_a_missing_program_is_named_with_its_remedy_and_fails_a_strict_start(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            ELSEWHERE,
            "up",
            "minio",
            "--strict",
            str(tmp_path),
        ],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "empty")},
    )
    assert done.returncode == servers.STRICT
    assert done.stdout == ""
    assert "MISSING minio: minio is not built: python -m deploy.local.servers install" in done.stderr
