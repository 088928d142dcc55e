"""The program inside the sandbox: waits for a file, forks, and the fork answers for that one file and ends.

The waiting process has PyMuPDF and Pillow loaded and never sees a byte of any file, so a fork of it is as clean as a
new process and costs a hundredth of one.
"""

from __future__ import annotations

import array
import encodings.cp1252
import encodings.idna
import encodings.latin_1
import encodings.utf_16_be
import encodings.utf_16_le
import encodings.utf_32_le  # noqa: F401 - codecs are looked up on disk at first use, and there is no disk then
import os
import resource
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from workers import wire
from workers.confine import empty_world, forbid_debugging
from workers.limits import Limits
from workers.pages import Document, Raster, open_document
from workers.unreadable import Code, Unreadable

_MEMORY_WORDS = ("malloc", "calloc", "realloc", "memory")


def main() -> NoReturn:
    """Serve until the worker hangs up. The control socket is descriptor 0; `empty` asks for an empty root first."""
    with socket.socket(fileno=0) as control:
        forbid_debugging()
        if "empty" in sys.argv[1:]:
            empty_world()
        wire.send(control, {"ready": os.getpid()})
        with suppress(wire.Broken):
            while True:
                _serve_one(control)
    os._exit(0)


def _serve_one(control: socket.socket) -> None:
    """Take a file and a channel, fork, and tell how the fork ended."""
    descriptors = _receive_descriptors(control)
    child = os.fork()
    if child == 0:
        _answer_and_end(control, descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    _, status = os.waitpid(child, 0)
    wire.send(control, {"signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0})


def _receive_descriptors(control: socket.socket) -> list[int]:
    size = array.array("i").itemsize
    message, ancillary, _, _ = control.recvmsg(1, socket.CMSG_SPACE(2 * size))
    if not message:
        raise wire.Broken("the worker hung up")
    descriptors = array.array("i")
    for _, _, data in ancillary:
        descriptors.frombytes(data[: len(data) - len(data) % size])
    return list(descriptors)


def _answer_and_end(control: socket.socket, descriptors: list[int]) -> NoReturn:
    """The fork: bound it, open the file, answer until told to end. Leaves by `_exit`, whatever happens."""
    control.close()
    file, channel = descriptors
    try:
        with socket.socket(fileno=channel) as link, suppress(wire.Broken, BrokenPipeError, ConnectionError):
            _converse(link, file)
    finally:
        os._exit(0)


def _converse(link: socket.socket, file: int) -> None:
    first, _ = wire.receive(link)
    limits = Limits(**first["limits"])
    _bind(limits)
    if first["ask"] == "self_test":
        wire.send(link, _self_test(first))
        return
    document = _opened(link, file, first, limits)
    while document is not None:
        asked, _ = wire.receive(link)
        _allow_cpu(limits)
        _answer(link, document, asked)


def _bind(limits: Limits) -> None:
    """Limits on this process: memory, processor time, files, children (none). Source: parser sandbox recipe."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.written_file, limits.written_file))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits.open_files, limits.open_files))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.page_cpu, limits.child_cpu))


def _allow_cpu(limits: Limits) -> None:
    """The next page gets its own share of processor time, within the whole file's."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = min(limits.child_cpu - 1, int(used.ru_utime + used.ru_stime) + limits.page_cpu)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, limits.child_cpu))


def _opened(link: socket.socket, file: int, asked: dict[str, Any], limits: Limits) -> Document | None:
    try:
        with os.fdopen(file, "rb") as stream:
            stream.seek(0)
            document = open_document(stream.read(), asked["media_type"], limits, asked["password"])
    except BaseException as error:  # noqa: BLE001 - whatever a hostile file provokes becomes a named outcome
        wire.send(link, _named(error))
        return None
    wire.send(link, {"count": document.count, "flags": document.flags})
    return document


def _answer(link: socket.socket, document: Document, asked: dict[str, Any]) -> None:
    try:
        header, body = _answered(document, asked)
    except BaseException as error:  # noqa: BLE001 - as above
        wire.send(link, _named(error))
        return
    wire.send(link, header, body)


def _answered(document: Document, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes | memoryview]:
    """One question: a page's picture (`page`), its codes, its digest, or some pages as a file of their own."""
    if "codes" in asked:
        return {"codes": document.codes(int(asked["codes"]))}, b""
    if "digest" in asked:
        return {"digest": document.digest(int(asked["digest"]))}, b""
    if "extract" in asked:
        return {}, document.extract([int(number) for number in asked["extract"]])
    raster = document.render(int(asked["page"]))
    return _described(raster), memoryview(raster.samples)


def _described(raster: Raster) -> dict[str, Any]:
    return {
        "width": raster.width,
        "height": raster.height,
        "mode": raster.mode,
        "dpi": raster.dpi,
        "bitonal": raster.bitonal,
        "truncated": raster.truncated,
        "glyphs": raster.glyphs,
    }


def _named(error: BaseException) -> dict[str, str]:
    """The outcome that an error stands for."""
    if isinstance(error, Unreadable):
        return {"error": error.code, "detail": error.detail}
    said = f"{type(error).__name__}: {error}"[:500]
    memory = isinstance(error, MemoryError) or any(word in str(error).lower() for word in _MEMORY_WORDS)
    return {"error": Code.LIMIT_MEMORY if memory else Code.DAMAGED, "detail": said}


def _self_test(asked: dict[str, Any]) -> dict[str, bool]:
    """What this process can still reach. All three must be false in a sandbox worth the name."""
    return {
        "network": _reaches_network(asked["port"]),
        "home": any(_readable(Path(path)) for path in asked["homes"]),
        "etc": _readable(Path("/etc/passwd")),
    }


def _reaches_network(port: int) -> bool:
    """Whether a listener of the worker on this machine answers."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.settimeout(1.0)
            probe.connect(("127.0.0.1", port))
    except OSError:
        return False
    return True


def _readable(path: Path) -> bool:
    try:
        return bool(list(path.iterdir()) if path.is_dir() else path.read_bytes())
    except OSError:
        return False


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main()
