"""Where untrusted files are opened: a child without network, home, or file system, bounded and watched.

Strengths, strongest first: bubblewrap; user namespaces by util-linux' unshare with an empty root; resource limits
alone, which the administrator is told about and which `required` refuses.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from workers import wire
from workers.limits import Limits

_ROOT = Path(__file__).resolve().parent.parent
_START_SECONDS = 30.0
_BOOT = "import sys; sys.path.insert(0, {root!r}); from workers.inmate import main; main()"
_DOCUMENTS_PER_NURSERY = 500


class Strength(StrEnum):
    """How much stands between a hostile file and the machine."""

    BUBBLEWRAP = "bubblewrap"
    NAMESPACES = "namespaces"
    LIMITS = "limits"


class SandboxMissing(Exception):
    """No sandbox of the demanded strength works on this machine."""


@dataclass(frozen=True, slots=True)
class SelfTest:
    """What a child of the sandbox could reach. All false is right; with limits alone all are likely true."""

    network: bool
    home: bool
    etc: bool

    @property
    def tight(self) -> bool:
        """Whether nothing was reached."""
        return not (self.network or self.home or self.etc)


class Nursery:
    """One sandboxed process with the parsers loaded that forks a fresh child for each file."""

    def __init__(self, strength: Strength) -> None:
        command = _command(strength)
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - an argument list of our own making
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"LANG": "C.UTF-8", "OMP_THREAD_LIMIT": "1", "MALLOC_ARENA_MAX": "1"},
                start_new_session=True,
                close_fds=True,
            )
        self._control = ours
        self._control.settimeout(_START_SECONDS)
        self.served = 0
        self._await_ready()

    def _await_ready(self) -> None:
        try:
            wire.receive(self._control)
        except (wire.Broken, TimeoutError, OSError) as error:
            self.kill()
            raise SandboxMissing(f"the sandboxed child did not start: {error}") from error

    def fork(self, file: int) -> socket.socket:
        """Start a child for the open file `file`; returns the channel to it."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._control, [b"f"], [file, theirs.fileno()])
        self.served += 1
        return ours

    def ended(self) -> int:
        """Wait for the child to end; returns the signal that ended it, 0 when it ended by itself."""
        header, _ = wire.receive(self._control)
        number = header.get("signal", 0)
        return number if isinstance(number, int) else 0

    @property
    def alive(self) -> bool:
        """Whether it can take another file."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it and everything inside it at once."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._control.close()


@dataclass
class Sandbox:
    """Makes nurseries of one strength and keeps idle ones for the next file."""

    strength: Strength
    limits: Limits = field(default_factory=Limits)
    _idle: list[Nursery] = field(default_factory=list, repr=False)

    @classmethod
    def detect(cls, mode: str = "auto", limits: Limits | None = None) -> Sandbox:
        """The strongest that passes its own test. `required` raises SandboxMissing rather than use limits alone."""
        for strength in (Strength.BUBBLEWRAP, Strength.NAMESPACES):
            sandbox = cls(strength, limits or Limits())
            if sandbox._works():
                return sandbox
        if mode == "required":
            raise SandboxMissing("neither bubblewrap nor user namespaces work here, and ANJUAN_SANDBOX is `required`")
        return cls(Strength.LIMITS, limits or Limits())

    def _works(self) -> bool:
        try:
            tight = self.self_test().tight
        except SandboxMissing:
            return False
        if not tight:
            self.close()
        return tight

    def self_test(self) -> SelfTest:
        """Let a child try the network, the home folders and /etc."""
        with socket.create_server(("127.0.0.1", 0)) as listener, memory_file() as empty, self.nursery() as nursery:
            with nursery.fork(empty.fileno()) as link:
                link.settimeout(_START_SECONDS)
                ask = {"ask": "self_test", "port": listener.getsockname()[1], "homes": _private()}
                wire.send(link, {**ask, "limits": asdict(self.limits)})
                answer = _self_test_answer(link)
            nursery.ended()
        return answer

    @contextmanager
    def nursery(self) -> Iterator[Nursery]:
        """A nursery for one file. A killed or worn one is not used again."""
        nursery = self._idle.pop() if self._idle else Nursery(self.strength)
        sound = False
        try:
            yield nursery
            sound = nursery.alive and nursery.served < _DOCUMENTS_PER_NURSERY
        finally:
            if sound:
                self._idle.append(nursery)
            else:
                nursery.kill()

    def close(self) -> None:
        """End the idle nurseries."""
        while self._idle:
            self._idle.pop().kill()


def _self_test_answer(link: socket.socket) -> SelfTest:
    try:
        answer, _ = wire.receive(link)
        return SelfTest(**{name: answer[name] is not False for name in ("network", "home", "etc")})
    except (wire.Broken, TimeoutError, KeyError) as error:
        raise SandboxMissing(f"the sandbox's self-test gave no answer: {error}") from error


def _private() -> list[str]:
    """Places that no child may see: our own code beside this room, and the home but for Python itself."""
    needed = [Path(path) for path in _needed()]
    home = [entry for entry in Path.home().iterdir() if not any(path.is_relative_to(entry) for path in needed)]
    return [str(_ROOT / "archive" / "errors.py"), str(_ROOT / "pyproject.toml"), *map(str, home)]


@contextmanager
def memory_file() -> Iterator[BinaryIO]:
    """A file without a name that no disk holds."""
    with os.fdopen(os.memfd_create("scan", os.MFD_CLOEXEC), "w+b") as file:
        yield file


def _command(strength: Strength) -> list[str]:
    python = [sys.executable, "-I", "-B", "-c", _BOOT.format(root=str(_ROOT))]
    if strength is Strength.BUBBLEWRAP:
        return [*_bubblewrap(), *python]
    if strength is Strength.NAMESPACES:
        return [*_unshare(), *python, "empty"]
    return python


def _bubblewrap() -> list[str]:
    found = shutil.which("bwrap")
    if found is None:
        raise SandboxMissing("bubblewrap is not installed")
    binds = [part for path in _needed() for part in ("--ro-bind-try", path, path)]
    rules = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    return [found, *rules, *binds, "--chdir", "/", "--"]


def _unshare() -> list[str]:
    found = shutil.which("unshare")
    if found is None:
        raise SandboxMissing("unshare is not installed")
    return [found, "--user", "--map-root-user", "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child", "--mount"]


def _needed() -> Sequence[str]:
    """What Python and the parsers read while they start: the system's libraries, the packages, this room."""
    own = [str(_ROOT / "workers"), str(_ROOT / "archive" / "__init__.py"), str(_ROOT / "archive" / "media.py")]
    python = [sys.base_prefix, sysconfig.get_path("platlib"), sysconfig.get_path("purelib"), str(Path(sys.executable))]
    libraries = ["/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/bin/python3", "/bin"]
    config = [str(Path(sys.prefix) / "pyvenv.cfg")]
    prefixes = [path for path in python if path != "/usr"]
    return list(dict.fromkeys([*libraries, *prefixes, *config, *own]))
