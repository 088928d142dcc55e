"""The `anjuan` command line. Only the module of the command that was asked for is loaded.

Data goes to standard output and nothing else does; logs, progress and refusals go to standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Final, NoReturn

import typer

ABOUT: Final = (
    "Anjuan 案卷, an archive of scans. Data goes to standard output, progress and refusals to standard error.\n\n"
    "Exit status: 0 done, 1 found something wrong, 2 refused, 3 broken."
)
COMMANDS: Final = {
    "serve": "Run the service; embedded, its workers with it.",
    "worker": "Run one worker process.",
    "ingest": "Take in files and whole folders of files; may be repeated.",
    "separators": "Print separator sheets for stacks.",
    "search": "Search with the rights of an account.",
    "status": "What is in, what waits, what needs a person.",
    "check": "What is configured, reachable and missing.",
    "verify": "Compare rows and objects; --full opens every byte.",
    "site": "Sites beside the primary: added, looked at, paused, taken out.",
    "backup": "Make a backup set while work goes on.",
    "restore": "Put a backup set into an empty installation, and replay destructions.",
    "drill": "Rehearse a restore where it does no harm; a signed report.",
    "upgrade": "Bring the data of an earlier version to this one: checks, backup, new schema.",
    "reindex": "Build the search index anew, aside, and swap it in.",
    "types": "What was learned about types from corrections; the way back.",
    "demo": "Walk the whole main job on drawn samples in a scratch folder.",
    "user": "Accounts, on the host: made, listed, reset, disabled.",
    "token": "Tokens, made on the host.",
    "keys": "The master key: export for the safe, rotation.",
    "audit": "The log: verify it.",
}

INTERRUPTED: Final = 130
"""The status of who was ended by Ctrl-C, as shells have it."""


def main() -> None:
    """Run one command; its exit status: 0 done, 1 found something wrong, 2 refused, 3 broken."""
    words = sys.argv[1:]
    chosen = next((word for word in words if not word.startswith("-")), "")
    try:
        command_line(chosen)()
    except KeyboardInterrupt:  # before the command had its own way of ending
        sys.exit(INTERRUPTED)
    except SystemExit as end:
        if not isinstance(end.code, str):
            raise
        _end(end)
    except Exception as error:  # noqa: BLE001 - what people can do nothing about is raised again
        _end(error)


def _end(error: BaseException) -> NoReturn:
    """End with a line and a status for what people can do something about; a mistake of ours is raised again."""
    from archive.ending import ending  # noqa: PLC0415 - it knows the database's errors; the list of commands does not

    told = ending(error)
    if told is None:
        raise error
    sys.stderr.write(f"anjuan: {told[0]}\n")
    sys.exit(told[1])


def command_line(chosen: str) -> typer.Typer:
    """All commands by name and summary; the chosen one with its options."""
    root = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=ABOUT)
    for name, summary in COMMANDS.items():
        if name != chosen:
            root.command(name, help=summary)(_nothing)
            continue
        module = import_module(f"service.commands.{name}")
        if hasattr(module, "group"):
            root.add_typer(module.group, name=name, help=summary)
        else:
            root.command(name, help=summary)(_command(module))
    return root


def _command(module: object) -> Callable[..., None]:
    command: Callable[..., None] = module.command  # type: ignore[attr-defined]
    return command


def _nothing() -> None:
    """Stand in the list of commands."""
