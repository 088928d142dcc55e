"""What a process does to itself to have less: no debugger, no capabilities, no file system. Linux only."""

from __future__ import annotations

import ctypes
import os
import struct
import tempfile
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS, _PR_CAPBSET_DROP = 4, 38, 24
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION_3 = 0x20080522
_LAST_CAPABILITY = 40


def forbid_debugging() -> None:
    """Neither another process of this user nor a fork of this one may look into it."""
    _checked(_LIBC.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0), "PR_SET_DUMPABLE")


def empty_world() -> None:
    """Make a removed, hence for ever empty, directory the root and give up every capability.

    Needs a user namespace, or root. Whatever is wanted from the file system has to be loaded before.
    """
    hollow = tempfile.mkdtemp()
    os.chdir(hollow)
    Path(hollow).rmdir()
    os.chroot(".")
    drop_capabilities()


def drop_capabilities() -> None:
    """Give up all capabilities, now and for whatever is executed later."""
    _checked(_LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS")
    for capability in range(_LAST_CAPABILITY + 1):
        _LIBC.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = ctypes.create_string_buffer(struct.pack("II", _CAPABILITY_VERSION_3, 0))
    nothing = ctypes.create_string_buffer(struct.pack("6I", *([0] * 6)))
    _checked(_LIBC.syscall(_CAPSET[os.uname().machine], header, nothing), "capset")


def _checked(result: int, what: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), what)
