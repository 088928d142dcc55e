"""Start and stop real servers on this machine, without Docker.

    python -m deploy.local.servers up [NAMES…] [--strict]   start; prints `export …` lines alone on standard output
    python -m deploy.local.servers down [NAMES…]            stop
    python -m deploy.local.servers status                   what runs where
    python -m deploy.local.servers env [--profile second]   the `export …` lines of what runs
    python -m deploy.local.servers fresh [ROOM]             new databases, buckets, broker room and index prefix
    python -m deploy.local.servers install                  fetch and build what is missing

Exit status 3 with `--strict` when something could not be started or installed.
"""

from __future__ import annotations

import argparse
import re
import secrets
import shlex
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

from deploy.local import minio, opensearch, postgres, rabbitmq, redis, versitygw
from deploy.local.installing import install
from deploy.local.places import Facts, load_state, one_at_a_time, save_state
from deploy.local.processes import alive, listens


class Server(Protocol):
    """What each server's module offers."""

    NAME: str

    def lacks(self) -> list[str]: ...  # noqa: D102 - see any of the modules
    def choose(self) -> Facts: ...  # noqa: D102 - as above
    def start(self, facts: Facts) -> None: ...  # noqa: D102 - as above
    def answers(self, facts: Facts) -> bool: ...  # noqa: D102 - as above
    def end(self, facts: Facts) -> None: ...  # noqa: D102 - as above
    def make_room(self, facts: Facts, room: str) -> None: ...  # noqa: D102 - as above
    def exports(self, facts: Facts, room: str) -> dict[str, str]: ...  # noqa: D102 - as above


SERVERS: Final[dict[str, Server]] = {
    module.NAME: module for module in (postgres, rabbitmq, redis, minio, versitygw, opensearch)
}
PROFILES: Final = {
    "first": ("redis", "versitygw", "postgres", "opensearch", "rabbitmq", "minio"),
    "second": ("rabbitmq", "minio", "postgres", "opensearch", "redis", "versitygw"),
}
"""Of two servers for one variable the later one wins."""

PORTS: Final = ("port", "console", "dist", "base")
STRICT: Final = 3
ROOM: Final = "anjuan"


def main() -> int:
    """Parse the command line and do one command."""
    options = _parser().parse_args()
    command: Callable[[argparse.Namespace], int] = options.command
    return command(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.local.servers", description="Real servers, locally.")
    commands = parser.add_subparsers(required=True)
    for name, command, words in (("up", _up, "start"), ("down", _down, "stop")):
        one = commands.add_parser(name, help=words)
        one.add_argument("names", nargs="*", choices=[[], *SERVERS], metavar="NAMES")
        one.add_argument("--strict", action="store_true", help="exit 3 when something is missing")
        one.add_argument("--profile", choices=PROFILES, default="first")
        one.set_defaults(command=command)
    commands.add_parser("status", help="what runs where").set_defaults(command=_status)
    env = commands.add_parser("env", help="export lines of what runs")
    env.add_argument("--profile", choices=PROFILES, default="first")
    env.set_defaults(command=_env)
    fresh = commands.add_parser("fresh", help="a room of its own on the running servers")
    fresh.add_argument("room", nargs="?", default="")
    fresh.add_argument("--profile", choices=PROFILES, default="first")
    fresh.set_defaults(command=_fresh)
    getting = commands.add_parser("install", help="fetch and build what is missing")
    getting.add_argument("--strict", action="store_true", help="exit 3 when something is missing")
    getting.set_defaults(command=_install)
    return parser


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


def _up(options: argparse.Namespace) -> int:
    with one_at_a_time():
        state = load_state()
        names = [name for name in options.names or SERVERS if _complete(name)]
        _choose(names, state)
        try:
            with ThreadPoolExecutor() as pool:
                came = list(pool.map(lambda name: _bring_up(name, state), names))
        finally:
            save_state(state)  # whatever was started is remembered, so that `down` finds it
    all_up = all(came) and len(names) == len(options.names or SERVERS)
    _print_exports(options.profile, ROOM)
    return STRICT if options.strict and not all_up else 0


def _complete(name: str) -> bool:
    """Whether this machine has what the server needs; says aloud what is missing."""
    lacking = SERVERS[name].lacks()
    for lack in lacking:
        _say(f"MISSING {name}: {lack}")
    return not lacking


def _choose(names: Iterable[str], state: dict[str, Facts]) -> None:
    """Ports and passwords are written down before a data folder is made with them."""
    for name in names:
        if name not in state:
            state[name] = SERVERS[name].choose()
    save_state(state)


def _bring_up(name: str, state: dict[str, Facts]) -> bool:
    """Start one server unless it runs already."""
    server, facts = SERVERS[name], state[name]
    try:
        if not (alive(facts) and server.answers(facts)):
            _say(f"starting {name}")
            server.end(facts)
            _leave_taken_ports(server, facts)
            server.start(facts)
        server.make_room(facts, ROOM)
    except Exception as fault:  # noqa: BLE001 - whatever ails one server, the others come up, and it is said aloud
        _say(f"FAILED {name}: {fault}")
        server.end(facts)
        return False
    _say(f"{name} runs, process {facts['pid']}")
    return True


def _leave_taken_ports(server: Server, facts: Facts) -> None:
    """Other ports than those remembered, where somebody else has come to listen on one."""
    remembered = {name: facts[name] for name in PORTS if name in facts}
    if any(listens(port) or (name == "base" and listens(port + 1)) for name, port in remembered.items()):
        facts.update({name: port for name, port in server.choose().items() if name in remembered})


def _running(state: dict[str, Facts]) -> list[str]:
    return [name for name in SERVERS if name in state and alive(state[name])]


def running_exports(profile: str = "first", room: str = ROOM) -> dict[str, str]:
    """The variables that lead to what runs now, empty when nothing does."""
    state = load_state()
    running = _running(state)
    variables: dict[str, str] = {}
    for name in PROFILES[profile]:
        if name in running:
            variables |= SERVERS[name].exports(state[name], room)
    return variables


def _print_exports(profile: str, room: str) -> None:
    for variable, value in running_exports(profile, room).items():
        print(f"export {variable}={shlex.quote(value)}")


def _down(options: argparse.Namespace) -> int:
    with one_at_a_time():
        state = load_state()
        for name in options.names or SERVERS:
            if name in state and alive(state[name]):
                SERVERS[name].end(state[name])
                _say(f"{name} ended")
    return 0


def _status(_options: argparse.Namespace) -> int:
    state = load_state()
    for name, server in SERVERS.items():
        lacking = "; ".join(server.lacks())
        runs = name in state and alive(state[name])
        print(f"{name:12}", f"runs, process {state[name]['pid']}" if runs else lacking or "stopped")
    return 0


def _env(options: argparse.Namespace) -> int:
    _print_exports(options.profile, ROOM)
    return 0


def _fresh(options: argparse.Namespace) -> int:
    room = options.room or f"r{secrets.token_hex(4)}"
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,20}", room):
        _say("A room's name is a letter and up to 20 letters, digits or hyphens, all small.")
        return 2
    with one_at_a_time():
        state = load_state()
        if room in _taken(state):
            _say(f"The room {room} was given out before; choose another name, or none.")
            return 2
        _make_rooms(state, room)
        save_state(state)
    _print_exports(options.profile, room)
    return 0


def _taken(state: dict[str, Facts]) -> Iterable[str]:
    return state.setdefault("rooms", {}).keys() | {ROOM, "postgres", "template0", "template1"}


def _make_rooms(state: dict[str, Facts], room: str) -> None:
    for name in _running(state):
        SERVERS[name].make_room(state[name], room)
    state["rooms"][room] = True


def _install(options: argparse.Namespace) -> int:
    missing = install(_say)
    return STRICT if options.strict and missing else 0


if __name__ == "__main__":
    sys.exit(main())
