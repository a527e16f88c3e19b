#!/usr/bin/env python3
"""Start giaonhan from a bare Python: make .venv, install the locked packages, pass the words on.

    python3 run.py demo            a service centre's day, then its pages on 127.0.0.1
    python3 run.py test            lint, types, import contracts and the whole test suite
    python3 run.py test --cov      the same, and which lines and branches no test has reached
    python3 run.py test -k label   only pytest, with these arguments
    python3 run.py WORD …          any other word goes to the command line `giaonhan WORD …`

Standard library only, because it runs before anything is installed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HOUSE = Path(__file__).resolve().parent
VENV = HOUSE / ".venv"
WINDOWS = os.name == "nt"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
INSTALL_ATTEMPTS = 3  # a registry that stalls once is no reason to send a newcomer away

TRACED = ["--cov"]  # by choice: it takes half as long again, and no test fails by it
CHECKS = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("importlinter.cli", "lint"),
)


def main(words: list[str]) -> int:
    if sys.version_info < (3, 11):
        found = ".".join(map(str, sys.version_info[:3]))
        sys.stderr.write(f"giaonhan needs Python 3.11 or newer; this is {found}.\n")
        return 2
    testing = words[:1] == ["test"]
    ensure_environment("requirements-test.lock" if testing else "requirements.lock")
    if testing:
        return test(words[1:])
    # The command line tells people to type what they have typed, and only this is on their path.
    os.environ["GIAONHAN_PROGRAM"] = f"{'python' if WINDOWS else 'python3'} {sys.argv[0]}"
    return run("-m", "api.cli", *words, replace=True)


def test(arguments: list[str]) -> int:
    if arguments not in ([], TRACED):
        return run("-m", "pytest", *arguments, replace=True)
    for check in CHECKS:
        print("→", *check, flush=True)
        if code := run("-m", *check):
            return code
    # Neighbours stay together as far as no core idles: they share servers and browsers.
    everywhere = ("--numprocesses=logical", "--dist=worksteal")
    return run("-m", "pytest", *everywhere, *arguments, replace=True)


def run(*arguments: str, replace: bool = False) -> int:
    """Run the environment's Python; `replace` hands this process over where the system can."""
    command = [str(PYTHON), *arguments]
    if replace and not WINDOWS:
        sys.stdout.flush()
        os.execv(command[0], command)
    return subprocess.call(command)


def ensure_environment(lock: str) -> None:
    """Install `lock` and the project itself unless the stamp says that this was done."""
    stamp = VENV / f"{lock}.stamp"
    wanted = fingerprint(HOUSE / lock)
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    print(
        f"Installing {lock} into {VENV.name} (once; about a minute) …", file=sys.stderr, flush=True
    )
    for attempt in range(1, INSTALL_ATTEMPTS + 1):
        try:
            install(lock)
            break
        except subprocess.CalledProcessError as error:
            if attempt == INSTALL_ATTEMPTS:
                sys.exit(f"Installation failed (exit {error.returncode}): {' '.join(error.cmd)}")
    stamp.write_text(wanted)


def fingerprint(lock: Path) -> str:
    digest = hashlib.sha256(f"{sys.version_info[:2]} {HOUSE}".encode())
    for file in (lock, HOUSE / "pyproject.toml"):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def install(lock: str) -> None:
    locked = ["--require-hashes", "-r", str(HOUSE / lock)]
    # The back end comes hashed from the lock, so the project itself is built without isolation.
    project = ["--no-deps", "--no-build-isolation", "-e", str(HOUSE)]
    if uv := shutil.which("uv"):
        if not PYTHON.exists():
            subprocess.check_call([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)])
        pip = [uv, "pip", "install", "--quiet", "--python", str(PYTHON)]
    else:
        pip = [*pip_of_a_new_venv(), "install", "-qq", "--disable-pip-version-check"]
    subprocess.check_call([*pip, *locked])
    subprocess.check_call([*pip, *project])


def pip_of_a_new_venv() -> list[str]:
    """The command line of a pip that installs into .venv, which is made if it is not there."""
    if (
        PYTHON.exists()
        and subprocess.call([PYTHON, "-m", "pip", "-V"], stdout=subprocess.DEVNULL) == 0
    ):
        return [str(PYTHON), "-m", "pip"]
    if subprocess.call([sys.executable, "-m", "venv", str(VENV)], stdout=subprocess.DEVNULL) == 0:
        return [str(PYTHON), "-m", "pip"]
    # Debian ships Python without ensurepip: a pip beside it can still fill a venv made without one.
    subprocess.check_call([sys.executable, "-m", "venv", "--without-pip", str(VENV)])
    if subprocess.call([sys.executable, "-m", "pip", "-V"], stdout=subprocess.DEVNULL) == 0:
        return [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    sys.exit("Neither uv nor pip was found. Install one: apt-get install python3-venv")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
