"""Start, watch and stop ordinary processes by their id."""

from __future__ import annotations

import http.client
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from deploy.local.places import Facts

LOCALHOST: Final = "127.0.0.1"
STEP: Final = 0.1


class CannotStart(Exception):
    """A server did not come up; says which and where its log is."""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as one:
        one.bind((LOCALHOST, 0))
        port: int = one.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Whether something accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOCALHOST, port)) == 0


def healthy(port: int, path: str) -> bool:
    """Whether a GET of this path is answered with 200."""
    connection = http.client.HTTPConnection(LOCALHOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def password() -> str:
    """A new password of letters and digits, safe in an address."""
    return secrets.token_hex(16)


def birth(pid: int) -> str:
    """When the process began, in ticks since boot; empty when there is none or only its shell is left."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if fields[0] == "Z" else fields[19]


def alive(facts: Facts) -> bool:
    """Whether the remembered process still runs; a reused id is not mistaken for it."""
    return "pid" in facts and facts["born"] == birth(facts["pid"]) != ""


def launch(
    facts: Facts, argv: Sequence[str], *, folder: Path, env: Mapping[str, str] | None = None, user: str = ""
) -> None:
    """Start in a session of its own, output to `folder/server.log`, and remember pid and birth in `facts`."""
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env={**os.environ, **(env or {})},
            start_new_session=True,
            user=user or None,
            group=user or None,
            extra_groups=[] if user else None,
        )
    (folder / "server.pid").write_text(f"{process.pid}\n", "ascii")
    facts["pid"], facts["born"] = process.pid, birth(process.pid)
    process.returncode = 0  # it outlives this program on purpose: nobody waits, nobody warns


def wait_until(answers: Callable[[], bool], facts: Facts, name: str, folder: Path, seconds: float = 60) -> None:
    """Return as soon as the server answers; CannotStart when it ended or took too long."""
    deadline = time.monotonic() + seconds
    while not answers():
        if not alive(facts) or time.monotonic() > deadline:
            raise CannotStart(f"{name} did not come up; see {folder / 'server.log'}")
        time.sleep(STEP)


def stop(facts: Facts, how: signal.Signals = signal.SIGTERM, seconds: float = 30) -> None:
    """Ask the process to end; after `seconds` its whole group is killed."""
    if not alive(facts):
        return
    pid: int = facts["pid"]
    os.kill(pid, how)
    deadline = time.monotonic() + seconds
    while alive(facts) and time.monotonic() < deadline:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        time.sleep(STEP)
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def run(argv: Sequence[str], *, env: Mapping[str, str] | None = None, user: str = "", seconds: float = 120) -> str:
    """Run to the end and return what it printed; CannotStart with its last words when it failed."""
    done = subprocess.run(
        argv,
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **(env or {})},
        timeout=seconds,
        user=user or None,
        group=user or None,
        extra_groups=[] if user else None,
    )
    if done.returncode:
        raise CannotStart(f"{argv[0]} failed: {(done.stderr or done.stdout).strip()[-800:]}")
    return done.stdout
