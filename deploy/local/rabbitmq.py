"""RabbitMQ: Debian's package, with node, ports, cookie and folders of its own. epmd on 4369 is shared."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from deploy.local.places import VAR, Facts
from deploy.local.processes import LOCALHOST, CannotStart, free_port, launch, listens, password, run, stop, wait_until

NAME: Final = "rabbitmq"
FOLDER: Final = VAR / NAME
PROGRAMS: Final = Path("/usr/lib/rabbitmq/bin")
ACCOUNT: Final = "anjuan"


def lacks() -> list[str]:
    """What is missing here, each with its remedy."""
    there = (PROGRAMS / "rabbitmq-server").exists()
    return [] if there else ["RabbitMQ is not installed: apt-get install rabbitmq-server"]


def choose() -> Facts:
    """Ports, node name and password of a new broker."""
    port = free_port()
    return {"port": port, "dist": free_port(), "node": f"anjuan{port}@localhost", "password": password()}


def _environment(facts: Facts) -> dict[str, str]:
    return {
        "HOME": str(FOLDER),
        "RABBITMQ_NODENAME": facts["node"],
        "RABBITMQ_NODE_IP_ADDRESS": LOCALHOST,
        "RABBITMQ_NODE_PORT": str(facts["port"]),
        "RABBITMQ_DIST_PORT": str(facts["dist"]),
        "RABBITMQ_MNESIA_BASE": str(FOLDER / "mnesia"),
        "RABBITMQ_LOG_BASE": str(FOLDER / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(FOLDER / "plugins"),
        "RABBITMQ_CONFIG_FILE": str(FOLDER / "rabbitmq"),
        "RABBITMQ_CONF_ENV_FILE": str(FOLDER / "rabbitmq-env.conf"),
    }


def _control(facts: Facts, *words: str) -> str:
    return run([str(PROGRAMS / "rabbitmqctl"), "-q", *words], env=_environment(facts))


def start(facts: Facts) -> None:
    """Start the broker; one account of ours instead of `guest`."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "plugins").write_text("[].\n", "ascii")
    (FOLDER / "rabbitmq.conf").touch()
    launch(facts, [str(PROGRAMS / "rabbitmq-server")], folder=FOLDER, env=_environment(facts))
    wait_until(lambda: answers(facts), facts, NAME, FOLDER)
    _control(facts, "await_startup", "--timeout", "60")
    _make_account(facts)


def _make_account(facts: Facts) -> None:
    accounts = {line.split("\t")[0] for line in _control(facts, "list_users").splitlines()}
    if ACCOUNT not in accounts:
        _control(facts, "add_user", ACCOUNT, facts["password"])
        _control(facts, "set_permissions", "-p", "/", ACCOUNT, ".*", ".*", ".*")
    if "guest" in accounts:
        _control(facts, "delete_user", "guest")


def answers(facts: Facts) -> bool:
    """Whether the broker listens and says it is well."""
    if not listens(facts["port"]):
        return False
    try:
        _control(facts, "status")
    except CannotStart:
        return False
    return True


def end(facts: Facts) -> None:
    """Stop the broker."""
    stop(facts)


def make_room(facts: Facts, room: str) -> None:
    """A virtual host of its own."""
    if room not in _control(facts, "list_vhosts", "name").split():
        _control(facts, "add_vhost", room)
        _control(facts, "set_permissions", "-p", room, ACCOUNT, ".*", ".*", ".*")


def exports(facts: Facts, room: str) -> dict[str, str]:
    """The variables that lead to this server."""
    address = f"amqp://{ACCOUNT}:{facts['password']}@{LOCALHOST}:{facts['port']}"
    return {"ANJUAN_BROKER_URL": f"{address}/{room}", "ANJUAN_TEST_RABBITMQ_URL": f"{address}/%2F"}
