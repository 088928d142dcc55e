"""The main job from outside: runs the walk of one record's life and the score of reading on services of its own.

    python -m tests.acceptance --tools DIR --set DIR [--limit N]
        [--only life|life-site|life-distributed|life-second|score]

Each service starts from nothing: the embedded one in a temporary folder, the others in a fresh room of the local
servers. Exit status 1 when a line or a floor does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from archive.masterkey import MasterKey

ROOT = Path(__file__).resolve().parent.parent
ANJUAN = str(Path(sys.executable).with_name("anjuan"))
OWN_NAMES = "广州恒达物业管理有限公司"
FLOORS = {"text_recall": 0.97, "phrases_in_text": 0.94, "type_right": 0.90, "fields_right": 0.80}


def main() -> int:
    """Run what was asked for; the number of parts that failed, at most 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=Path, required=True)
    parser.add_argument("--set", type=Path, required=True)
    parser.add_argument(
        "--only", action="append", choices=["life", "life-site", "life-distributed", "life-second", "score"]
    )
    parser.add_argument("--limit", type=int, default=12)
    options = parser.parse_args()
    parts = options.only or ["life", "life-distributed", "score"]
    failed = [part for part in parts if not _part(part, options)]
    print(f"acceptance: {len(parts) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def _part(part: str, options: argparse.Namespace) -> bool:
    print(f"== {part}", flush=True)
    if part == "score":
        return _score(options)
    profile = {"life": None, "life-site": None, "life-distributed": "first", "life-second": "second"}[part]
    return _life(options, profile, second_site=part == "life-site")


def _life(options: argparse.Namespace, profile: str | None, *, second_site: bool) -> bool:
    with service(profile) as (url, environment, data), tempfile.TemporaryDirectory(prefix="anjuan-site-") as site:
        if second_site:
            words = [ANJUAN, "site", "add", "second", "--folder", site]
            subprocess.run(words, env=environment, check=True, stdout=sys.stderr)
        words = [
            sys.executable,
            str(options.tools / "life.py"),
            "--url",
            url,
            "--cli",
            ANJUAN,
            "--set",
            str(options.set),
        ]
        if profile is None:
            words += ["--data", str(data)]
        return subprocess.run(words, env=environment, check=False).returncode == 0


def _score(options: argparse.Namespace) -> bool:
    with service(None) as (url, environment, data):
        token = _person(environment)
        out = data / "score.json"
        words = [
            sys.executable, str(options.tools / "score.py"), "--url", url, "--token", token,
            "--set", str(options.set), "--json", str(out),
        ]  # fmt: skip
        words += ["--limit", str(options.limit)] if options.limit else []
        if subprocess.run(words, env=environment, check=False).returncode:
            return False
        return not list(shortfalls(json.loads(out.read_text(encoding="utf-8")), whole=not options.limit))


def shortfalls(score: dict[str, Any], *, whole: bool) -> Iterator[str]:
    """Each floor that does not hold, said on standard output as well."""
    for name, floor in FLOORS.items():
        reached = _share(score[name])
        if reached < floor:
            yield _say(f"{name} is {reached:.3f}, below {floor}")
    found = _share(score["search_finds_what_is_in_the_text"])
    if found < 1:
        yield _say(f"search finds {found:.3f} of what is in the text")
    if score["unfinished"] or score["refused"]:
        yield _say("files were refused or not finished")
    customers = score["customers"]
    if customers.get("unknown customer: filed on its own") or customers.get("no customer: given one"):
        yield _say("a paper was given to a customer that it is not of")
    known = {name: count for name, count in customers.items() if name.startswith("known customer")}
    filed = sum(count for name, count in known.items() if name.endswith("filed"))
    if whole and filed < 0.4 * sum(known.values()):
        yield _say(f"{filed} of {sum(known.values())} papers of known customers were filed without a person")
    if score["of_those_wrong"] > score["filed_without_a_person"] / 50:
        yield _say("more than one in fifty was filed wrongly")


def _say(text: str) -> str:
    print(f"FLOOR {text}", flush=True)
    return text


def _share(value: str | float) -> float:
    if isinstance(value, str):
        part, whole = (int(number) for number in value.split("/"))
        return part / whole if whole else 1.0
    return float(value)


def _person(environment: dict[str, str]) -> str:
    words = ["user", "add", "scorer", "--department", "archive", "--clearance", "secret", "--json"]
    roles = ["--role", "scanner", "--role", "officer", "--role", "searcher"]
    subprocess.run([ANJUAN, *words, *roles], env=environment, check=True, capture_output=True)
    made = subprocess.run(
        [ANJUAN, "token", "create", "scorer", "--json"], env=environment, check=True, capture_output=True, text=True
    )
    return str(json.loads(made.stdout)["token"])


@contextmanager
def service(profile: str | None, servers: Path = ROOT) -> Iterator[tuple[str, dict[str, str], Path]]:
    """A service from nothing, on the servers of a checkout: address, environment of its commands, data folder."""
    with tempfile.TemporaryDirectory(prefix="anjuan-") as folder:
        data, port = Path(folder), _free_port()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ANJUAN_")}
        environment |= {
            "ANJUAN_DATA": folder, "ANJUAN_OWN_NAMES": OWN_NAMES, "ANJUAN_DESTRUCTION_COOLING_DAYS": "0",
        }  # fmt: skip
        environment |= _room(profile, servers) if profile else {}
        if profile:
            environment["ANJUAN_MASTER_KEY_FILE"] = str(data / "master.key")
            MasterKey.load(data / "master.key", create=True)
        processes = _start(environment, port, distributed=profile is not None)
        try:
            url = f"http://127.0.0.1:{port}"
            _await(url, processes)
            yield url, environment, data
        finally:
            _stop(processes)


def _room(profile: str, servers: Path) -> dict[str, str]:
    words = [sys.executable, "-m", "deploy.local.servers", "fresh", "--profile", profile]
    told = subprocess.run(words, cwd=servers, check=True, capture_output=True, text=True).stdout
    pairs = (shlex.split(line)[1].split("=", 1) for line in told.splitlines() if line.startswith("export "))
    return {name: value for name, value in pairs if not name.startswith("ANJUAN_TEST_")}


def _start(environment: dict[str, str], port: int, *, distributed: bool) -> list[subprocess.Popen[bytes]]:
    words = [[ANJUAN, "serve", "--port", str(port)]]
    if distributed:
        words += [[ANJUAN, "worker", "--queues", "read"], [ANJUAN, "worker", "--queues", "light,destroy"]]
    return [subprocess.Popen(each, env=environment, stdout=sys.stderr, start_new_session=True) for each in words]


def _await(url: str, processes: list[subprocess.Popen[bytes]]) -> None:
    for _ in range(240):
        if any(process.poll() is not None for process in processes):
            raise SystemExit("acceptance: a process of the service ended at its start")
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2):  # noqa: S310 - loopback
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    raise SystemExit("acceptance: the service did not answer within a minute")


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
