"""Redis: Debian's package, with an append-only file. A room is one of its numbered databases."""

from __future__ import annotations

import shutil
import socket
from typing import Final

from deploy.local.places import VAR, Facts
from deploy.local.processes import LOCALHOST, free_port, launch, listens, password, stop, wait_until

NAME: Final = "redis"
FOLDER: Final = VAR / NAME
ROOMS: Final = 4096


def lacks() -> list[str]:
    """What is missing here, each with its remedy."""
    return [] if shutil.which("redis-server") else ["Redis is not installed: apt-get install redis-server"]


def choose() -> Facts:
    """Port and password of a new server; database 0 is left to tests."""
    return {"port": free_port(), "password": password(), "rooms": {}}


def start(facts: Facts) -> None:
    """Start the server; its password goes in by a file, not by the argument list."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    config = FOLDER / "redis.conf"
    config.touch(mode=0o600)
    lines = {
        "bind": LOCALHOST,
        "port": facts["port"],
        "requirepass": facts["password"],
        "dir": FOLDER,
        "databases": ROOMS,
        "appendonly": "yes",
        "save": '""',
    }
    config.write_text("".join(f"{key} {value}\n" for key, value in lines.items()), "utf-8")
    launch(facts, [str(shutil.which("redis-server")), str(config)], folder=FOLDER)
    wait_until(lambda: answers(facts), facts, NAME, FOLDER)


def answers(facts: Facts) -> bool:
    """Whether the server takes the password and answers a ping."""
    if not listens(facts["port"]):
        return False
    with socket.create_connection((LOCALHOST, facts["port"]), timeout=3) as line:
        line.sendall(f"AUTH {facts['password']}\r\nPING\r\n".encode("ascii"))
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(64), b"")) == b"+OK\r\n+PONG\r\n"


def end(facts: Facts) -> None:
    """Stop the server; the append-only file keeps what was written."""
    stop(facts)


def make_room(facts: Facts, room: str) -> None:
    """The next number that no room has."""
    facts["rooms"].setdefault(room, len(facts["rooms"]) + 1)


def exports(facts: Facts, room: str) -> dict[str, str]:
    """The variables that lead to this server."""
    address = f"redis://:{facts['password']}@{LOCALHOST}:{facts['port']}"
    return {"ANJUAN_BROKER_URL": f"{address}/{facts['rooms'][room]}", "ANJUAN_TEST_REDIS_URL": f"{address}/0"}
