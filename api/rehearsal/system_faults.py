"""Faults that the system itself answers with: for this process, from now on, on chosen files only.

A filter of Linux's seccomp answers one system call on one open file with an error number, without
carrying it out: what a full or failing disk does to a program. Used by the journal's trials.
"""

import ctypes
import errno
import os
import platform
import sys
from pathlib import Path

# By machine: the numbers of the system calls by which a file is written and brought to disk.
_CALLS = {
    "x86_64": {"write": (1, 18), "sync": (74, 75)},  # write and pwrite64; fsync and fdatasync
    "aarch64": {"write": (64, 68), "sync": (82, 83)},
}
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _MODE_FILTER = 38, 22, 2
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_CALL_AT, _FIRST_ARGUMENT_AT = 0, 16  # in struct seccomp_data
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000


class _Step(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_ushort),
        ("if_true", ctypes.c_ubyte),
        ("if_false", ctypes.c_ubyte),
        ("value", ctypes.c_uint),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.POINTER(_Step))]


def available() -> bool:
    """Whether this machine can be told to fail."""
    return sys.platform == "linux" and platform.machine() in _CALLS


def fail(kind: str, file: Path, number: int) -> int:
    """From now on each `write` or `sync` of that open file fails with this error number.

    It holds for this process until it ends. Returns the descriptor that it holds for; raises
    `FileNotFoundError` where the process has not opened the file.
    """
    descriptor = descriptor_of(file)
    for call in _CALLS[platform.machine()][kind]:
        _filter(
            _Step(_LOAD, 0, 0, _CALL_AT),
            _Step(_JUMP_IF_EQUAL, 0, 3, call),
            _Step(_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
            _Step(_JUMP_IF_EQUAL, 0, 1, descriptor),
            _Step(_RETURN, 0, 0, _ERROR | number),
            _Step(_RETURN, 0, 0, _ALLOW),
        )
    return descriptor


def descriptor_of(file: Path) -> int:
    """The descriptor by which this process has the file open; raises `FileNotFoundError`."""
    for entry in Path("/proc/self/fd").iterdir():
        try:
            if entry.readlink() == file:
                return int(entry.name)
        except OSError:
            continue  # the descriptor by which the folder itself is read
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(file))


def _filter(*steps: _Step) -> None:
    program = _Program(len(steps), (_Step * len(steps))(*steps))
    system = ctypes.CDLL(None, use_errno=True)
    for words in (
        (_NO_NEW_PRIVILEGES, 1, 0, 0, 0),
        (_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0),
    ):
        if system.prctl(*words) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
